"""How many components Dash has of a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from plotly.utils import PlotlyJSONEncoder

MOST = 300
"""Dash pays for every component of the page at its start and at every dispatch."""
MOST_AT_FIRST = 200
"""Of them on a page that nothing was filled in yet."""


def of_dash(sent: object) -> Iterator[dict[str, Any]]:
    """The components in what the server sends: neither elements of a tree nor data of a store."""
    return _among(json.loads(json.dumps(sent, cls=PlotlyJSONEncoder)))


def _among(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict) and {"namespace", "type", "props"} <= part.keys():
        yield part
        if part["type"] == "Store":
            return
    if isinstance(part, dict | list):
        for value in part.values() if isinstance(part, dict) else part:
            yield from _among(value)
