"""How the similarity of each pair changes without a group of items, as a matrix."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.study import Study
from dashboard.figures.association.influence import MOST_ROWS
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.axes import diverging_axis, reach_of
from dashboard.figures.parts.colors import ink_on, scale_colors
from dashboard.figures.parts.matrix import hatch, positions
from dashboard.figures.parts.matrix_frame import MatrixFrame
from dashboard.figures.parts.theme import Theme
from dashboard.text.findings.predictors import measure_of
from dashboard.text.names import escape, labels_of, shortened
from dashboard.text.numbers import counted, in_cell, number, signed

if TYPE_CHECKING:
    from core.analyses.association.influence import ItemInfluence


MOST_COLUMNS = 12


# -- which pairs of tasks ----------------------------------------------------------------------


def pair_changes(influence: ItemInfluence, study: Study, theme: Theme) -> go.Figure:
    """How the similarity of pairs of tasks changes without each group of items.

    Rows are pairs, the most changed first, columns groups; the largest change of a pair is
    outlined. Blue is more alike without the group, red less.
    """
    grid, pairs, groups = _pair_grid(influence, study)
    position = {task: i for i, task in enumerate(influence.tasks)}
    change = influence.change
    values = np.array(
        [[change[g, position[a], position[b]] for g in groups] for a, b in pairs],
        dtype=np.float64,
    ).reshape(len(pairs), len(groups))
    reach = reach_of(values)
    layout: dict[str, Any] = {
        "template": theme.template,
        **grid.axes(theme, rows="pair of tasks", columns="without"),
        "coloraxis": diverging_axis(reach, f"change of {measure_of(influence)}", grid, theme),
    }
    present = np.isfinite(values)
    traces: list[Any] = [
        go.Heatmap(
            z=values,
            coloraxis="coloraxis",
            xgap=grid.gap,
            ygap=grid.gap,
            name="changes",
            hoverinfo="text",
            hoverongaps=True,
            hovertext=[
                [_pair_hover(influence, pair, g, position) for g in groups] for pair in pairs
            ],
        )
    ]
    if grid.has_text and present.any():
        rows, columns = np.nonzero(present)
        shown = values[rows, columns]
        behind = scale_colors(theme.correlation, shown, -reach, reach)
        traces.append(
            go.Scatter(
                x=columns.astype(float),
                y=rows.astype(float),
                mode="text",
                text=[in_cell(value) for value in shown.tolist()],
                textfont={
                    "size": 10,
                    "color": [ink_on(color, theme.ink_dark, theme.ink_light) for color in behind],
                },
                hoverinfo="skip",
                name="numbers",
            )
        )
    most = [
        (row, int(np.nanargmax(np.abs(values[row]))))
        for row in range(len(pairs))
        if present[row].any()
    ]
    shapes = [
        grid.hatching(positions(~present), color=hatch(theme)),
        grid.outline(most, color=theme.text, width=1.5, name="largest"),
    ]
    layout["shapes"] = [shape for shape in shapes if shape is not None]
    return assembled(data=traces, layout=layout)


def pair_changes_size(influence: ItemInfluence, study: Study) -> tuple[int, int]:
    """(width, height) in pixels at which the cells have their intended size."""
    size = _pair_grid(influence, study)[0].size
    return size.width, size.height


def _pair_grid(
    influence: ItemInfluence, study: Study
) -> tuple[MatrixFrame, list[tuple[str, str]], list[int]]:
    """Where everything is, the pairs in their order, and the positions of the groups."""
    changes = influence.pair_changes()[:MOST_ROWS]
    pairs = [(change.first, change.second) for change in changes]
    largest = np.nanmax(
        np.abs(np.nan_to_num(influence.change)).reshape(len(influence.groups), -1),
        axis=1,
        initial=0.0,
    )
    most = set(np.argsort(-largest, kind="stable")[:MOST_COLUMNS].tolist())
    named = {influence.groups.index(change.group) for change in changes}
    most = set([*named, *(most - named)][:MOST_COLUMNS]) | named
    groups = [i for i in range(len(influence.groups)) if i in most]
    rows = tuple("–".join(labels_of(study, pair)) for pair in pairs)
    columns = tuple(influence.groups[i] for i in groups)
    return MatrixFrame(rows, columns, means=False, wanted_cell=36.0), pairs, groups


def _pair_hover(
    influence: ItemInfluence, pair: tuple[str, str], group: int, position: dict[str, int]
) -> str:
    i, j = (position[task] for task in pair)
    first, second = pair
    whole = float(influence.similarity[i, j])
    without = float(influence.without[group, i, j])
    name = influence.groups[group]
    lines = [
        f"<b>{escape(first)} and {escape(second)}</b>",
        f"{escape(measure_of(influence))} {number(whole)} with all items",
        f"{number(without)} without {counted(int(influence.items[group]), 'item')}"
        f" of {escape(shortened(name, 40))}",
    ]
    if math.isfinite(without):
        lines.append(f"change <b>{signed(without - whole)}</b>")
    return "<br>".join(lines)


def pairs_note(influence: ItemInfluence) -> str:
    """How many of the pairs of tasks are drawn; empty where all are."""
    pairs = len(influence.tasks) * (len(influence.tasks) - 1) // 2
    return f"the {MOST_ROWS} pairs of {pairs:,} that change most" if pairs > MOST_ROWS else ""
