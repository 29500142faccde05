"""Heatmap of the similarity of models, with its tree and what independent noise has."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.clustering import Dendrogram
from core.similarity.matrix import SimilarityMatrix, TaskOverlap
from core.study import Study
from core.transfer.groups import group_of, groups_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.parts.colors import ink_on, scale_colors
from dashboard.figures.parts.matrix import (
    FULL_HOVER_UP_TO,
    HATCHED_UP_TO,
    Colors,
    counted_hover,
    flat_trace,
    hatch,
    matrix_layout,
    number_traces,
    positions,
    values_trace,
)
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.points import note
from dashboard.figures.parts.selection import selects_cells
from dashboard.figures.parts.theme import Theme
from dashboard.figures.parts.tree import TREE_GAP, TREE_WIDTH, tree_scale, tree_trace
from dashboard.text.names import (
    escape,
    sources_in_words,
    sources_label,
)
from dashboard.text.numbers import counted, number, on_scale, signed

BARELY_NEGATIVE = -0.1
DOT = 4.0
DOTS_FROM, DOTS_UP_TO = 12.0, 2_000
"""Sides of cells from which, and number up to which, cells are marked by a dot."""


# -- similarity --------------------------------------------------------------------------------


def _colors(similarity: SimilarityMatrix, theme: Theme) -> Colors:
    """From 0, or from −1 where values lie far below 0, to 1."""
    present = np.isfinite(similarity.values)
    least = float(np.nanmin(similarity.values)) if present.any() else 0.0
    # Debiased values just below 0 say the same as 0: they keep the scale that all others have.
    low = -1.0 if least < BARELY_NEGATIVE else 0.0
    zero = "≤ 0" if low == 0.0 and least < 0 else "0"
    ends = ((-1.0, on_scale(-1.0)), (0.0, "0")) if low < 0 else ((0.0, zero), (0.5, on_scale(0.5)))
    return Colors(
        scale=theme.correlation if low < 0 else theme.similarity,
        low=low,
        high=1.0,
        caption=f"{similarity.name}, 1 = {similarity.measure.kind.at_one}",
        ticks=(*ends, (1.0, on_scale(1.0))),
    )


def similarity_heatmap(
    similarity: SimilarityMatrix,
    study: Study,
    theme: Theme,
    *,
    tree: Dendrogram | None = None,
) -> go.Figure:
    """Similarity of models, training set by training set, on a linear scale from 0 to 1.

    The scale is from −1 where values lie far below 0. The diagonal is outlined: one training set
    across seeds, empty where it has one run. A dot marks pairs that share some of their training
    tasks. tree: of the rows as they stand, drawn at the right.
    """
    grid = similarity_grid(similarity, study, tree=tree)
    values = similarity.values
    present = np.isfinite(values)
    colors = _colors(similarity, theme)
    traces: list[Any] = []
    ground = None
    if values.size:
        hover = _similarity_hover(similarity)
        keys = [source_key(names) for names in similarity.sets]
        traces.append(values_trace(values, grid, hover, selects_cells(keys, keys)))
        if not present.all() and grid.gap == 0 and tree is None:
            # Where cells touch each other, what shows through is the ground.
            ground = theme.missing
        elif not present.all():
            traces.append(
                flat_trace(~present, theme.missing, grid, name="missing", hoverinfo="skip")
            )
        if grid.has_text:
            traces += number_traces(values, np.zeros_like(present), grid, colors, theme)
        traces += _shared_traces(similarity, grid, colors, theme)
    layout = matrix_layout(grid, colors, theme, rows="", columns="")
    annotations = []
    if tree is not None and len(tree.height):
        traces.append(tree_trace(tree, similarity, grid, theme))
        annotations = tree_scale(tree, similarity, grid, theme)
    shapes = layout["shapes"]
    if grid.has_outlines:
        if (~present).sum() <= HATCHED_UP_TO:
            shapes.append(grid.hatching(positions(~present), color=hatch(theme)))
        same = positions(similarity.shared == TaskOverlap.ALL)
        shapes.append(grid.outline(same, color=theme.text, width=1.5, name="same training set"))
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    if not values.size:
        annotations = [note("no models to compare", theme)]
    layout["annotations"] = annotations
    if ground is not None:
        layout["plot_bgcolor"] = ground
    return assembled(data=traces, layout=layout)


def similarity_grid(
    similarity: SimilarityMatrix,
    study: Study | None,
    *,
    cell: float | None = None,
    tree: Dendrogram | None = None,
) -> MatrixFrame:
    """The frame of a similarity matrix, with room for its tree."""
    labels = tuple(
        "+".join(tasks) if study is None else sources_label(study, tasks)
        for tasks in similarity.sets
    )
    beside = TREE_GAP + TREE_WIDTH if tree is not None and len(tree.height) else 0.0
    groups = {} if study is None else groups_of(study)
    of = tuple(group_of(tasks, groups) for tasks in similarity.sets) if groups else ()
    return MatrixFrame(
        labels,
        labels,
        means=False,
        wanted_cell=cell,
        beside=beside,
        row_groups=of,
        column_groups=of,
    )


def _shared_traces(
    similarity: SimilarityMatrix, grid: MatrixFrame, colors: Colors, theme: Theme
) -> list[dict[str, Any]]:
    """A dot in the corner of pairs that share some of their training tasks."""
    some = (similarity.shared == TaskOverlap.SOME) & np.isfinite(similarity.values)
    rows, columns = np.nonzero(some)
    if not len(rows) or len(rows) > DOTS_UP_TO or grid.cell < DOTS_FROM:
        return []
    behind = scale_colors(colors.scale, similarity.values[some], colors.low, colors.high)
    aside = 0.5 - (grid.gap / 2 + DOT) / grid.cell
    return [
        {
            "type": "scatter",
            "x": columns + aside,
            "y": rows - aside,
            "mode": "markers",
            "marker": {
                "size": DOT,
                "color": [ink_on(color, theme.ink_dark, theme.ink_light) for color in behind],
            },
            "hoverinfo": "skip",
            "name": "some tasks shared",
        }
    ]


def _similarity_hover(similarity: SimilarityMatrix) -> dict[str, Any]:
    if similarity.values.size > FULL_HOVER_UP_TO:
        return counted_hover(
            f"<b>%{{y}} and %{{x}}</b><br>{similarity.name} %{{z:.4~g}}, pairs of runs: ",
            np.minimum(similarity.n, 65_535).astype(np.uint16),
            np.isfinite(similarity.values),
        )
    size = len(similarity.sets)
    return {
        "hoverinfo": "text",
        "hoverongaps": True,
        "hovertext": [
            [
                "<br>".join(
                    f"<b>{escape(text)}</b>" if name == "pair" else f"{escape(name)} {escape(text)}"
                    for name, text in _similarity_rows(similarity, i, j)
                )
                for j in range(size)
            ]
            for i in range(size)
        ],
    }


def _similarity_rows(similarity: SimilarityMatrix, i: int, j: int) -> list[tuple[str, str]]:
    first, second = (sources_in_words(similarity.sets[at]) for at in (i, j))
    value, n = float(similarity.values[i, j]), int(similarity.n[i, j])
    if i == j:
        pair = f"{first} with itself, across seeds"
        why = "only one run of it: a run is never compared with itself"
    else:
        pair = f"{first} and {second}"
        why = f"no pair of runs has a {similarity.name} here"
    step = "last" if similarity.checkpoint == "last" else f"{similarity.checkpoint:,}"
    rows = [("pair", pair)]
    if math.isfinite(value):
        spread = float(similarity.sd[i, j])
        over = counted(n, "pair of runs", "pairs of runs")
        rows.append((similarity.name, number(value)))
        rows.append(("over", f"{over}, sd {number(spread)}" if math.isfinite(spread) else over))
    else:
        rows.append((similarity.name, f"none: {why}"))
    if math.isfinite(floor := float(similarity.floor[i, j])):
        rows.append(("independent noise", number(floor)))
        if math.isfinite(value):
            rows.append(("above noise by", signed(value - floor)))
    if i != j and len(similarity.sets[i]) > 1:
        common = [task for task in similarity.sets[i] if task in similarity.sets[j]]
        rows.append(("tasks in common", sources_in_words(common) if common else "none"))
    return [*rows, ("layer", str(similarity.layer)), ("checkpoint", step)]
