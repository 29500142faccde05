"""Rows below each other, each named at the left: of bars, of points, of lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.figures.parts.matrix_frame import text_width
from dashboard.text.names import escape

NAME_PX = 12
LEAST_PX = 40.0
BESIDE_PX, STANDOFF_PX = 22, 8
"""Pixels beside a name, and of them those to the frame: a whisker may end at its edge."""


def row_axis(names: Sequence[str]) -> dict[str, Any]:
    """`layout.yaxis` of rows 0, 1, … from the top; names are escaped here."""
    return {
        "range": (len(names) - 0.5, -0.5),
        "showline": False,
        "ticks": "",
        "ticklabelstandoff": STANDOFF_PX,
        "tickvals": list(range(len(names))),
        "ticktext": [escape(name) for name in names],
    }


def room_for(names: Iterable[str]) -> int:
    """Pixels that the names of rows take at the left."""
    widest = max((text_width(name, NAME_PX) for name in names), default=LEAST_PX)
    return round(widest) + BESIDE_PX
