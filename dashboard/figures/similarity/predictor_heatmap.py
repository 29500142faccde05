"""Heatmap of what a predictor says of every ordered pair of tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import BoolArray, FloatArray
from core.study import Study
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.matrix import (
    FULL_HOVER_UP_TO,
    HATCHED_UP_TO,
    Colors,
    flat_trace,
    hatch,
    matrix_layout,
    number_traces,
    positions,
    values_trace,
)
from dashboard.figures.parts.matrix_frame import MatrixFrame, text_width
from dashboard.figures.parts.points import note
from dashboard.figures.parts.selection import selects_cells
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape, labels_of, shortened
from dashboard.text.numbers import common_power, number

if TYPE_CHECKING:
    from core.similarity.predictor_matrix import PredictorMatrix


TICK_SIZE = 11


def predictor_heatmap(found: PredictorMatrix, study: Study, theme: Theme) -> go.Figure:
    """A predictor, source by target, from its smallest to its largest value.

    A number of any range has no zero that would mean something. The colours say what is better:
    those of a distance run the other way. The diagonal is empty.
    """
    grid = _grid(found, study)
    known = found.known
    values = np.where(known, found.values, np.nan)
    if not known.any():
        colors = _colors(found, np.zeros(1), theme)
        layout = matrix_layout(grid, colors, theme, rows="", columns="")
        return assembled(layout=layout | {"annotations": [note("no pair has a value", theme)]})
    colors = _colors(found, values[known], theme)
    traces: list[Any] = [
        values_trace(values, grid, _hover(found, known), selects_cells(found.tasks, found.tasks)),
        flat_trace(~known, theme.missing, grid, name="missing", hoverinfo="skip"),
    ]
    if grid.has_text:
        colors = replace(colors, power=common_power(values.ravel().tolist()))
        traces += number_traces(values, np.zeros_like(known), grid, colors, theme)
    sides = ("source", "target") if found.directed else ("", "")
    layout = matrix_layout(grid, colors, theme, rows=sides[0], columns=sides[1])
    gaps = positions(~known & ~np.eye(len(known), dtype=bool))
    if grid.has_outlines and 0 < len(gaps) <= HATCHED_UP_TO:
        layout["shapes"].append(grid.hatching(gaps, color=hatch(theme)))
    return assembled(data=traces, layout=layout)


def predictor_size(found: PredictorMatrix, study: Study) -> tuple[int, int]:
    """(width, height) in pixels at which the cells have their intended size."""
    size = _grid(found, study).size
    return size.width, size.height


def _grid(found: PredictorMatrix, study: Study) -> MatrixFrame:
    labels = tuple(labels_of(study, found.tasks))
    high = number(float(found.values[found.known].max(initial=-np.inf)))
    # The last number below the bar is centred at its end: half of it needs room, or is not drawn.
    beside = text_width(high, TICK_SIZE) / 2
    return MatrixFrame(labels, labels, means=False, beside=beside)


def _colors(found: PredictorMatrix, values: FloatArray, theme: Theme) -> Colors:
    low, high = float(values.min()), float(values.max())
    scale = theme.similarity
    if not found.higher_is_better:
        scale = tuple((1.0 - at, color) for at, color in reversed(scale))
    ends = {low: number(low), high: number(high)}
    better = "higher" if found.higher_is_better else "lower"
    return Colors(
        scale=scale,
        low=low,
        # A scale needs two ends, also where all pairs have one value.
        high=high if high > low else low + 1.0,
        caption=f"{escape(shortened(found.label, 24))}, {better} is better",
        ticks=tuple(ends.items()),
    )


def _hover(found: PredictorMatrix, known: BoolArray) -> dict[str, Any]:
    between = " → " if found.directed else " and "
    if known.size > FULL_HOVER_UP_TO:
        # Without the label, which is somebody else's text: in a template it would be read.
        template = f"<b>%{{y}}{between}%{{x}}</b><br>%{{z:.4~g}}<extra></extra>"
        return {"hoverongaps": False, "hovertemplate": template}
    return {
        "hoverinfo": "text",
        "hoverongaps": True,
        "hovertext": [
            [
                f"<b>{escape(source + between + target)}</b><br>"
                + (
                    escape(f"{found.label} {number(float(found.values[i, j]))}")
                    if known[i, j]
                    else "no value"
                )
                if i != j
                else f"<b>{escape(source)}</b><br>a task with itself is not looked at"
                for j, target in enumerate(found.tasks)
            ]
            for i, source in enumerate(found.tasks)
        ],
    }
