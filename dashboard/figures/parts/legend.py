"""What says how a figure is to be read: the bar of its colours, the legend on its top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Theme

SHORTEST_BAR = 160
"""Pixels of a colour bar, also below a narrower matrix."""


def colorbar_below(
    grid: MatrixFrame, theme: Theme, *, ticks: Sequence[tuple[float, str]], title: str
) -> dict[str, Any]:
    """`coloraxis.colorbar`, lying below a matrix; ticks: (value, text); title is escaped."""
    return {
        "orientation": "h",
        "thickness": 8,
        "lenmode": "pixels",
        "len": max(grid.cell * len(grid.columns), SHORTEST_BAR),
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
            "font": {"size": 11, "color": theme.muted},
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
