"""The tree of a clustering beside a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.numerics.arrays import FloatArray
from core.numerics.clustering import Dendrogram
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import (
    escape,
)
from dashboard.text.numbers import number

if TYPE_CHECKING:
    from core.similarity.matrix import SimilarityMatrix


TREE_GAP, TREE_WIDTH = 10.0, 110.0
"""Pixels between a matrix and the tree of its rows, and of the tree."""


def _tree_places(tree: Dendrogram, grid: MatrixFrame, height: FloatArray) -> FloatArray:
    """Where heights of the tree are along x: its leaves at the matrix, the last merge outside."""
    low, high = _tree_ends(tree)
    start = len(grid.columns) - 0.5 + TREE_GAP / grid.cell
    share = (np.maximum(height, low) - low) / (high - low) if high > low else height * 0.0
    return np.asarray(start + share * TREE_WIDTH / grid.cell)


def _tree_ends(tree: Dendrogram) -> tuple[float, float]:
    """Heights at both ends: from 0, or where all merges are far from it, from before the first."""
    first, last = float(tree.height[:, 1].min()), float(tree.height.max())
    return (0.0 if first <= last / 2 or first == last else first - (last - first) / 4), last


def tree_trace(
    tree: Dendrogram, similarity: SimilarityMatrix, grid: MatrixFrame, theme: Theme
) -> dict[str, Any]:
    """The brackets of the tree, its leaves at the rows."""
    count = len(tree.height)
    x, y = np.full((count, 5), np.nan), np.full((count, 5), np.nan)
    x[:, :4], y[:, :4] = _tree_places(tree, grid, tree.height), tree.along
    text = [
        f"joined at a mean {escape(similarity.name)} of {number(1 - float(height))}"
        for height in tree.height[:, 1]
    ]
    return {
        "type": "scatter",
        "x": x.ravel(),
        "y": y.ravel(),
        "mode": "lines",
        "line": {"color": theme.muted, "width": 1.5},
        "hoverinfo": "text",
        "hovertext": [line for line in text for _ in range(5)],
        "name": "tree",
    }


def tree_scale(
    tree: Dendrogram, similarity: SimilarityMatrix, grid: MatrixFrame, theme: Theme
) -> list[dict[str, Any]]:
    """At what similarity the tree joins: its ends, above it."""
    ends = np.array(_tree_ends(tree))
    places = _tree_places(tree, grid, ends).tolist()
    shared = {
        "y": -0.5,
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "color": theme.muted},
    }
    numbers = ["1" if height == 0 else number(1 - height) for height in ends.tolist()]
    return [
        {"text": numbers[0], "x": places[0], "xanchor": "left", **shared},
        {"text": numbers[1], "x": places[1], "xanchor": "right", **shared},
        {
            "text": f"joined at {escape(similarity.name)}",
            "x": places[1],
            "xanchor": "right",
            "yshift": 14,
            **shared,
        },
    ]
