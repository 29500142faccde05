"""Narrow strips in the colours of groups, between a matrix and its labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.figures.parts.matrix_frame import MatrixFrame

FROM_CELLS, TO_CELLS = 1, 4
"""Pixels from the outermost cells at which a strip begins and ends: labels stand beyond it."""


def group_strips(grid: MatrixFrame, colors: Mapping[str, str]) -> list[dict[str, Any]]:
    """A shape along each group of rows and of columns, where groups stand together.

    colors: group -> its colour; a group without one has no strip.
    """
    near, far = FROM_CELLS, TO_CELLS
    rows = [
        {
            **_along("y", block.first, block.count),
            **{"xref": "paper", "xsizemode": "pixel", "xanchor": 0, "x0": -far, "x1": -near},
            "fillcolor": colors[block.group],
        }
        for block in grid.row_blocks
        if block.group in colors
    ]
    columns = [
        {
            **_along("x", block.first, block.count),
            **{"yref": "paper", "ysizemode": "pixel", "yanchor": 1, "y0": near, "y1": far},
            "fillcolor": colors[block.group],
        }
        for block in grid.column_blocks
        if block.group in colors
    ]
    return rows + columns


def _along(axis: str, first: int, count: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "name": "group",
        f"{axis}ref": axis,
        f"{axis}0": first - 0.5,
        f"{axis}1": first + count - 0.5,
        "line": {"width": 0},
    }
