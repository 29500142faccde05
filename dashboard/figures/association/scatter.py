"""Points and bars: similarity against transfer, given against received, nets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.cell_hover import CellTexts
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.density import (
    BAR_MARGIN,
    BINNED_FROM,
    FARTHEST,
    density_axis,
    density_trace,
)
from dashboard.figures.parts.label_placement import label_annotations
from dashboard.figures.parts.points import (
    CLOUD,
    GL_FROM,
    LABEL_ALL_UP_TO,
    LABEL_EXTREMES,
    in_a_cloud,
    note,
    padded,
    rim,
)
from dashboard.figures.parts.selection import selects_many_points, selects_points
from dashboard.figures.parts.theme import Theme, task_colors
from dashboard.text.findings.association import association_title, measured
from dashboard.text.findings.predictors import place_words
from dashboard.text.names import escape, in_words
from dashboard.text.numbers import number

if TYPE_CHECKING:
    from core.analyses.association.association import Association
    from core.analyses.association.correlation import ConfidenceBand
    from core.transfer.matrix import TransferMatrix


ASSOCIATION_HEIGHT = 480
ASSOCIATION_WIDTH = 350
HIDES_FROM = 500
"""More points hide a line that lies below them."""


# -- similarity against transfer ---------------------------------------------------------------


def association_scatter(
    association: Association,
    study: Study,
    theme: Theme,
    *,
    transfer: TransferMatrix | None = None,
) -> go.Figure:
    """CKA against transfer, a point for every ordered pair of tasks.

    Coloured by source and labelled D→T; the line is the association's least squares. transfer: its
    matrix, for the interval of each point, which its hover has. Labels find their places in the
    narrowest frame it is shown in and keep them in a wider one.
    The first trace holds the points in the association's order; of more than `BINNED_FROM` how
    many lie where, the second those farthest from the line.
    """
    width, height = ASSOCIATION_WIDTH, ASSOCIATION_HEIGHT
    if theme.canvas is not None:
        width, height = theme.canvas.width, theme.canvas.height
    points = association.points
    x, y = points.cka, points.transfer
    margin = {"l": 64, "r": 16, "t": 72, "b": 54}
    x_range, y_range = padded(x), padded(y)
    equation, numbers = association_title(association)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": height,
        "margin": margin,
        "title": {
            "text": escape(equation),
            "xref": "container",
            "x": 0,
            "y": 1,
            "pad": {"l": 12, "t": 12},
            "subtitle": {"text": escape(numbers), "font": {"size": 12, "color": theme.muted}},
        },
        "xaxis": {"title": {"text": _similarity_name(association)}, "range": x_range},
        "yaxis": {"title": {"text": _transfer_name(study, association.method)}, "range": y_range},
    }
    if not len(points):
        layout["annotations"] = [note(equation, theme)]
        return assembled(layout=layout)
    layout["shapes"] = [
        *_band(association.band, theme),
        *_fit_line(association, x, theme, hidden=len(points) > HIDES_FROM),
    ]
    if len(points) > BINNED_FROM:
        data = _binned_traces(association, study, theme)
        layout["coloraxis"] = density_axis(data[0], theme, unit="pairs", bar=True)
        layout["margin"] = {**margin, "r": BAR_MARGIN}
        layout["shapes"] = _fit_line(association, x, theme, hidden=True)
        return assembled(data=data, layout=layout)
    if len(points) <= GL_FROM:
        layout["annotations"] = _point_labels(
            association, x, y, x_range, y_range, width, height, margin, theme
        )
    return assembled(
        data=[_points_trace(association, x, y, study, theme, transfer)],
        layout=layout,
    )


def _similarity_name(association: Association) -> str:
    place = place_words(association.layer, association.cka_checkpoint)
    better = "" if association.higher_is_better else "lower is better"
    return escape(", ".join(part for part in (measured(association), place, better) if part))


def _transfer_name(study: Study, method: str) -> str:
    label = next((m.label for m in study.methods if m.name == method), method)
    value = measure_of(study)
    return f"transfer, {escape(label)} ({value})"


def _points_trace(
    association: Association,
    x: FloatArray,
    y: FloatArray,
    study: Study,
    theme: Theme,
    transfer: TransferMatrix | None,
) -> go.Scatter | go.Scattergl:
    points = association.points
    if len(points) > GL_FROM:
        return _many_points_trace(association, x, y, study, theme)
    colors = task_colors(study.tasks)
    told = _values(transfer, study)
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        name="points",
        marker={
            **in_a_cloud(len(points)),
            "color": [colors.get(p.source, theme.muted) for p in points],
            # Rims of many points would hide the points.
            "line": {"width": 1 if len(points) <= CLOUD else 0, "color": rim(theme)},
        },
        **selects_points([(p.source, p.target) for p in points]),
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(in_words(p.source, p.target))}</b>"
            f"<br>{escape(measured(association))} {number(p.cka)}"
            f"<br>transfer {escape(told.get((p.source, p.target)) or number(p.transfer))}"
            for p in points
        ],
    )


def _values(transfer: TransferMatrix | None, study: Study) -> dict[tuple[str, str], str]:
    """What is told of each pair's transfer: its value, the interval, how many seeds."""
    if transfer is None:
        return {}
    texts = CellTexts(transfer, study)
    return {
        (sources[0], target): f"{texts.value(i, j)}, {texts.spread(i, j)}"
        for i, sources in enumerate(transfer.sources)
        for j, target in enumerate(transfer.targets)
        if len(sources) == 1 and np.isfinite(transfer.values[i, j])
    }


def _many_points_trace(
    association: Association, x: FloatArray, y: FloatArray, study: Study, theme: Theme
) -> go.Scattergl:
    """Thousands of points: a label and two numbers each, colours as positions in a scale."""
    colors = [*task_colors(study.tasks).values(), theme.muted]
    index = study.task_index
    source = [index.get(p.source, len(colors) - 1) for p in association.points]
    return go.Scattergl(
        x=x.astype(np.float32),
        y=y.astype(np.float32),
        mode="markers",
        name="points",
        marker={
            "size": 5,
            "opacity": 0.5,
            "color": np.array(source, dtype=np.uint16),
            "cmin": -0.5,
            "cmax": len(colors) - 0.5,
            # Each colour is a flat step of the scale.
            "colorscale": [
                [edge / len(colors), color]
                for at, color in enumerate(colors)
                for edge in (at, at + 1)
            ],
        },
        text=np.array([escape(p.label) for p in association.points], dtype=object),
        **selects_many_points([(p.source, p.target) for p in association.points]),
        hovertemplate=f"<b>%{{text}}</b><br>{escape(measured(association))} %{{x:.4~g}}"
        "<br>transfer %{y:.4~g}<extra></extra>",
    )


def _binned_traces(association: Association, study: Study, theme: Theme) -> list[Any]:
    """How many points lie where, and the ones farthest from the line as points to click."""
    points = association.points
    density = density_trace(
        points.cka,
        points.transfer,
        (
            (float(points.cka.min()), float(points.cka.max())),
            (float(points.transfer.min()), float(points.transfer.max())),
        ),
        hover="pairs"
        f"<br>{escape(measured(association))} about %{{x:.3~g}}<br>transfer about %{{y:.3~g}}",
    )
    away = extremity(points.cka) + extremity(points.transfer)
    if math.isfinite(association.slope):
        away = np.abs(points.transfer - association.slope * points.cka - association.intercept)
    farthest = points.take(np.argsort(-away, kind="stable")[:FARTHEST].astype(np.int64))
    part = replace(association, points=farthest)
    outliers = _many_points_trace(part, farthest.cka, farthest.transfer, study, theme)
    return [density, outliers.update(name="farthest")]


def _fit_line(
    association: Association, x: FloatArray, theme: Theme, *, hidden: bool = False
) -> list[dict[str, Any]]:
    """The least-squares line of the association, as far as its points reach.

    hidden: below its points nothing of it would be seen, so it lies on them, parted from them.
    """
    if not (math.isfinite(association.slope) and math.isfinite(association.intercept)):
        return []
    left, right = float(x.min()), float(x.max())
    line = {
        "type": "line",
        "name": "fit",
        "x0": left,
        "x1": right,
        "y0": association.slope * left + association.intercept,
        "y1": association.slope * right + association.intercept,
        "line": {"color": theme.text, "width": 2, "dash": "dot"},
        "layer": "above" if hidden else "below",
    }
    under = {"name": "under the fit", "line": {"color": theme.background, "width": 6}}
    return [*([{**line, **under, "opacity": 0.75}] if hidden else []), line]


def _band(band: ConfidenceBand, theme: Theme) -> list[dict[str, Any]]:
    """The 95 % band of the line, a faint area under everything else; nothing without one."""
    if not np.isfinite(band.low).all():
        return []
    outline = np.concatenate(
        [
            np.column_stack([band.cka, band.high]),
            np.column_stack([band.cka[::-1], band.low[::-1]]),
        ]
    )
    return [
        {
            "type": "path",
            "name": "band",
            "path": "M" + "L".join(f"{x:.6g},{y:.6g}" for x, y in outline.tolist()) + "Z",
            "fillcolor": mix(theme.background, theme.muted, 0.1),
            "line": {"width": 0},
            "layer": "below",
        }
    ]


def _along_fit(association: Association, x: FloatArray) -> FloatArray | None:
    """(200, 2) places on the line; None where there is none."""
    if not math.isfinite(association.slope):
        return None
    along = np.linspace(x.min(), x.max(), 200)
    return np.column_stack([along, association.slope * along + association.intercept])


def _point_labels(
    association: Association,
    x: FloatArray,
    y: FloatArray,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    width: int,
    height: int,
    margin: Mapping[str, int],
    theme: Theme,
) -> list[dict[str, Any]]:
    inner = (width - margin["l"] - margin["r"], height - margin["t"] - margin["b"])
    off_line = np.zeros(len(x))
    if math.isfinite(association.slope):
        off_line = np.abs(y - association.slope * x - association.intercept)
    importance = extremity(x) + extremity(y) + off_line / (y_range[1] - y_range[0])
    few = len(x) <= LABEL_ALL_UP_TO
    names = [p.label for p in association.points]
    return label_annotations(
        x,
        y,
        names,
        importance,
        x_range,
        y_range,
        inner,
        theme,
        most=None if few else LABEL_EXTREMES,
        avoid=_along_fit(association, x),
    )


def extremity(values: FloatArray) -> FloatArray:
    """How far out each value is, 0 in the middle of the range to 1 at its ends."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(len(values))
    return np.abs(values - (low + high) / 2) / ((high - low) / 2)
