"""The same figures as files, of ours: as `python -m core export` writes each of them.

STUDY=folder python -m benchmarks.peers.atlas_export OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers import shown
from dashboard.export import app_context_of
from dashboard.export.cards import exportable_card, page_of
from dashboard.export.collect import ExportItem
from dashboard.export.images import drawing
from dashboard.pages import PAGES

CARDS = {
    **{f"transfer-{kind}": kind for kind in shown.MATRICES},
    "predictors-scatter": "scatter",
    "balance-bars": "bars",
}
"""Our cards, and what the other script calls its files."""


def main(out: Path) -> None:
    """Three matrices, the scatter and the bars, as SVG."""
    app_context = app_context_of(shown.study())
    query = {"method": [shown.METHODS[1]], "style": ["paper"]}
    context = app_context.view_context({"query": query, "mode": "light"})
    with drawing() as draw:
        for card, name in CARDS.items():
            content = exportable_card(app_context, context, page_of(PAGES, card), card)
            item = ExportItem(name, "", "", content, None, "")
            (out / f"{name}.svg").write_bytes(draw(item, "svg"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
