"""All that can be taken along of a study: `python -m tests.faults.taken STUDY CACHE FILE`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from dash import Dash

from dashboard.app import create_app
from dashboard.pages import PAGES
from dashboard.server.access import guard
from dashboard.server.settings import Settings

ADDRESSES = (
    "report.html",
    *[
        f"take/{card}.{kind}"
        for page in PAGES
        for card in page.card_names
        for kind in ("csv", "txt", "json")
    ],
)


def served(study: Path, cache: Path) -> Dash:
    """The application over a study."""
    return create_app(Settings(studies=(study,), cache_dir=cache))


TABLES = tuple(address for address in ADDRESSES if address.endswith(".csv"))
"""For which all is computed, and kept, that is for any of ADDRESSES: the third part of the work."""


def taken(app: Dash, query: str, addresses: Sequence[str] = ADDRESSES) -> dict[str, str]:
    """Address -> name and content of the file, or why there is none; days left out."""
    client = app.server.test_client()
    found = {}
    for address in addresses:
        answer = client.get(f"/{address}?{query}", environ_base=guard.INSIDE, buffered=True)
        name = answer.headers.get("Content-Disposition", "")
        text = f"{answer.status_code} {name}\n{answer.get_data(as_text=True)}"
        found[address] = re.sub(r"\d{4}-\d\d-\d\d", "DAY", text)
    return found


if __name__ == "__main__":
    folder, kept, query, out = sys.argv[1:]
    Path(out).write_text(json.dumps(taken(served(Path(folder), Path(kept)), query)))
