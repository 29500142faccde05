"""What says how a figure is to be read: the bar of its colours, the legend on its top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures.parts.matrix_frame import MatrixFrame, drawn_width
from dashboard.figures.parts.theme import Theme

SHORTEST_BAR = 160
"""Pixels of a colour bar, also below a narrower matrix."""
LONGEST_BAR = 280
"""Pixels of one below a wider matrix: it is read at one look, on a telephone, too."""


BAR_TITLE = 11
"""Pixels of the letters below a bar."""
BETWEEN = " ← 0 → "
"""What stands between the two directions that a bar of differences has."""


def bar_length(grid: MatrixFrame) -> float:
    """Pixels of the bar below a matrix: as wide as its cells, within bounds."""
    return min(max(grid.cell * len(grid.columns), SHORTEST_BAR), LONGEST_BAR)


def in_lines(title: str, also: str, grid: MatrixFrame) -> str:
    """A title below a bar, in two lines where it is wider than the figure; both are escaped.

    It stands about the middle of the bar. also: what follows it, behind a dot; may be empty. Two
    directions (`BETWEEN`) have a line each, with names cut that are too long for one.
    """
    whole = f"{title} · {also}" if also else title
    middle = grid.margins["l"] + bar_length(grid) / 2
    room = 2 * min(middle, grid.size.width - middle)
    if drawn_width(whole, BAR_TITLE) <= room or BETWEEN not in title:
        return whole
    worse, _, better = title.partition(BETWEEN)
    return f"← {worse}<br>{better} →" + (f" · {also}" if also else "")


def colorbar_below(
    grid: MatrixFrame, theme: Theme, *, ticks: Sequence[tuple[float, str]], title: str
) -> dict[str, Any]:
    """`coloraxis.colorbar`, lying below a matrix; ticks: (value, text); title is escaped."""
    return {
        "orientation": "h",
        "thickness": 8,
        "lenmode": "pixels",
        "len": bar_length(grid),
        "x": 0,
        "xanchor": "left",
        "xpad": 0,
        "y": 0,
        "yref": "paper",
        "yanchor": "top",
        "ypad": 10,
        "outlinewidth": 0,
        "tickvals": [value for value, _ in ticks],
        "ticktext": [text for _, text in ticks],
        "ticks": "outside",
        "ticklen": 3,
        "tickcolor": theme.muted,
        "tickfont": {"size": 11, "color": theme.text},
        "title": {
            "text": title,
            "side": "bottom",
            "font": {"size": BAR_TITLE, "color": theme.muted},
        },
    }


def legend_on_top() -> dict[str, Any]:
    """`layout.legend`, a line above the axes; a click on it hides nothing."""
    return {
        "orientation": "h",
        "x": 0,
        "xref": "paper",
        "y": 1,
        "yref": "container",
        "yanchor": "top",
        "itemclick": False,
        "itemdoubleclick": False,
        "font": {"size": 12},
    }
