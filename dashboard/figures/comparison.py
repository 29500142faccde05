"""One method against another: cell against cell, and how often differences are how large."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.parts.density import (
    BINNED_FROM,
    BINS,
    FARTHEST,
    density_axis,
    density_trace,
)
from dashboard.figures.parts.diagonal import (
    DiagonalSide,
    clear_of_names,
    side_areas,
    side_names,
)
from dashboard.figures.parts.label_placement import SQUARE, label_annotations
from dashboard.figures.parts.legend import legend_on_top
from dashboard.figures.parts.points import MARK, in_a_cloud, note
from dashboard.figures.parts.selection import selects_many_points, selects_points
from dashboard.figures.parts.square import SQUARE_FRAME
from dashboard.figures.parts.theme import Theme
from dashboard.text.findings.comparison import labels
from dashboard.text.names import escape, in_words, sources_label
from dashboard.text.numbers import counted, number, on_scale, percent, signed

if TYPE_CHECKING:
    from core.analyses.comparison import Comparison
    from core.transfer.cell_means import CellMean


SCATTER_WIDTH = 366
LABELLED = 14
FULL_HOVER_UP_TO = 2_000
GL_FROM = 3_000
"""Cells up to which points are SVG. Without a graphics card WebGL costs as much as some 2,900 of
them, however few it draws: 0.91 s of processor time beside 0.63 at 2,025, in the same minutes."""
LISTED_UP_TO = 300
HISTOGRAM_HEIGHT = 440
HEADING = 0.1
"""Of the height, for the two lines above each part."""
ALIKE, MOST_BINS = 1e-6, 60
"""Of the largest value, a span that no axis can be read over; no bar is narrower than one of so
many in the frame."""
ROLES = (("trained on the target", True), ("not trained on it (transfer)", False))


def comparison_scatter(comparison: Comparison, study: Study, theme: Theme) -> go.Figure:
    """First method (up) against second (right), both on one scale, with the diagonal.

    A point is a cell; above the diagonal the first method is better, of errors as they are below
    it, and where both kinds are shown each side is only named higher. Circles are trained cells,
    diamonds transfer; a click selects its pair. Of more than `BINNED_FROM` cells how many lie
    where, and those farthest from the diagonal as points. Figure and plot are square: the style
    sheet keeps the frame so.
    """
    first, second = labels(comparison, study)
    margin = {"l": 74, "r": 16, "t": 40, "b": 74}
    width = SCATTER_WIDTH if theme.canvas is None else theme.canvas.width
    inner = max(width - margin["l"] - margin["r"], 120)
    known = np.isfinite(comparison.first) & np.isfinite(comparison.second)
    low, high = _common_range(comparison, known)
    better_above = _more_is_better(comparison)
    named = "higher" if better_above is None else "better"
    above = DiagonalSide(f"first {named}", f"{first} {named}")
    below = DiagonalSide(f"second {named}", f"{second} {named}")
    sides = (below, above) if better_above is False else (above, below)
    points = np.column_stack([comparison.second[known], comparison.first[known]])
    low, high = clear_of_names(points, (low, high), sides, inner=inner, mark=MARK)
    measure = measure_of(study)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": inner + margin["t"] + margin["b"],
        "margin": margin,
        "meta": SQUARE_FRAME,
        "showlegend": True,
        # Also where the marks of a cloud are small.
        "legend": {**legend_on_top(), "itemsizing": "constant"},
        "xaxis": {"title": _axis_title(second, measure, theme), "range": (low, high)},
        "yaxis": {"title": _axis_title(first, measure, theme), "range": (low, high)},
        "shapes": side_areas(low, high, *sides, theme, better_above=better_above),
        "annotations": side_names(*sides, theme, better_above=better_above, covering=True),
    }
    if not known.any():
        layout["annotations"] = [note("no cell has a value with both", theme)]
        return assembled(layout=layout)
    if known.sum() <= GL_FROM:
        layout["annotations"] += _labels(
            comparison, known, study, (low, high), inner, theme, (sides[0].text, sides[1].text)
        )
    data: list[Any] = []
    shown = known
    if known.sum() > BINNED_FROM:
        values = np.concatenate([comparison.first[known], comparison.second[known]])
        reach = float(values.min()), float(values.max())
        data.append(
            density_trace(
                comparison.second[known],
                comparison.first[known],
                (reach, reach),
                hover="cells"
                f"<br>{escape(first)} about %{{y:.3~g}}"
                f"<br>{escape(second)} about %{{x:.3~g}}",
                bins=(BINS[0], BINS[0]),
            )
        )
        # Figure and plot are square: there is no room for a bar.
        layout["coloraxis"] = density_axis(data[0], theme, unit="cells", bar=False)
        shown = _farthest(comparison, known)
    data += [_points(comparison, shown, study, trained, name, theme) for name, trained in ROLES]
    return assembled(data=data, layout=layout)


def _more_is_better(comparison: Comparison) -> bool | None:
    """Whether more is better in the cells shown; None where errors stand beside other scores."""
    matrix = comparison.difference
    return None if matrix.mixes_directions else not matrix.lower_is_better


def _farthest(comparison: Comparison, known: BoolArray) -> BoolArray:
    """(n_sources, n_targets) bool: the `FARTHEST` cells whose methods differ most."""
    away = np.where(known, np.abs(comparison.difference.values), -np.inf).ravel()
    chosen = np.zeros(away.shape, dtype=bool)
    chosen[np.argsort(-away, kind="stable")[:FARTHEST]] = True
    return chosen.reshape(known.shape)


def _axis_title(method: str, measure: str, theme: Theme) -> dict[str, Any]:
    unit = f'<span style="font-size:11px;color:{theme.muted}">{measure}</span>'
    return {"text": f"{escape(method)}<br>{unit}", "standoff": 4}


def _common_range(comparison: Comparison, known: BoolArray) -> tuple[float, float]:
    values = np.concatenate([comparison.first[known], comparison.second[known]])
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or max(abs(high) * 0.1, 0.05)
    return low - room, high + room


def _points(
    comparison: Comparison,
    known: BoolArray,
    study: Study,
    trained: bool,
    name: str,
    theme: Theme,
) -> go.Scatter | go.Scattergl:
    matrix = comparison.difference
    rows, columns = np.nonzero(known & (matrix.trained == trained))
    color = theme.text if trained else theme.positive
    few = known.sum() <= FULL_HOVER_UP_TO
    kind = go.Scatter if known.sum() <= GL_FROM else go.Scattergl
    cells = list(zip(rows.tolist(), columns.tolist(), strict=True))
    cloud = in_a_cloud(len(cells))
    return kind(
        x=comparison.second[rows, columns],
        y=comparison.first[rows, columns],
        mode="markers",
        name=name,
        **(selects_points if len(cells) <= LISTED_UP_TO else selects_many_points)(
            [(source_key(matrix.sources[i]), matrix.targets[j]) for i, j in cells]
        ),
        marker={
            "symbol": "circle" if trained else "diamond-open",
            **cloud,
            # A filled mark looks larger than an open one.
            "size": cloud["size"] - 2 if trained else cloud["size"],
            "color": color,
            "line": {"width": 1.5 if cloud["size"] == MARK else 1, "color": color},
        },
        hoverinfo="text",
        hovertext=[_hover(comparison, study, cell, full=bool(few)) for cell in cells],
    )


def _hover(comparison: Comparison, study: Study, cell: tuple[int, int], *, full: bool) -> str:
    matrix = comparison.difference
    pair = escape(in_words(matrix.sources[cell[0]], matrix.targets[cell[1]]))
    gap = float(matrix.values[cell])
    lines = [f"<b>{pair}</b>", f"difference <b>{signed(gap)}</b>"]
    if matrix.targets[cell[1]] in matrix.lower_targets:
        lines[1] += ", lower is better"
    if not full:
        return "<br>".join(lines)
    first, second = map(escape, labels(comparison, study))
    seeds = int(matrix.n[cell])
    role = "trained on this target" if matrix.trained[cell] else "not trained on this target"
    return "<br>".join(
        [
            *lines,
            f"{first} {number(float(comparison.first[cell]))}",
            f"{second} {number(float(comparison.second[cell]))}",
            f"{counted(seeds, 'seed')}, {role}",
        ]
    )


def _labels(
    comparison: Comparison,
    known: BoolArray,
    study: Study,
    reach: tuple[float, float],
    inner: int,
    theme: Theme,
    corners: tuple[str, str],
) -> list[dict[str, Any]]:
    """Names of the cells that are furthest from the diagonal."""
    matrix = comparison.difference
    rows, columns = np.nonzero(known)
    names = [
        f"{sources_label(study, matrix.sources[i])}→{sources_label(study, (matrix.targets[j],))}"
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True)
    ]
    x, y = comparison.second[rows, columns], comparison.first[rows, columns]
    return label_annotations(
        x,
        y,
        names,
        np.abs(matrix.values[rows, columns]),
        reach,
        reach,
        (inner, inner),
        theme,
        most=LABELLED,
        avoid=np.repeat(np.linspace(*reach, 80)[:, None], 2, axis=1),
        stretches=SQUARE,
        corners=corners,
    )


# -- two studies -------------------------------------------------------------------------------


def means_of_two(
    means: Sequence[tuple[str, CellMean, CellMean]],
    labels: tuple[str, str],
    measure: str,
    theme: Theme,
) -> go.Figure:
    """A row for each mean, a point for each of two methods, with intervals over their own seeds.

    means: what it is called, of the first, of the second; those that one lacks have one point.
    measure: what the values are.
    """
    rows = [title for title, _, _ in means]
    data = []
    for side, (label_, symbol) in enumerate(zip(labels, ("circle", "diamond-open"), strict=True)):
        own = [row[2] if side else row[1] for row in means]
        ends = [(m.value - m.interval.low, m.interval.high - m.value) for m in own]
        color = theme.text if side else theme.positive
        data.append(
            go.Scatter(
                x=[mean.value for mean in own],
                # Beside each other, so that points of one value are both seen.
                y=[at + (0.12 - 0.24 * side) for at in range(len(rows))],
                mode="markers",
                name=escape(label_),
                marker={"symbol": symbol, "size": MARK + 3, "color": color, "line": {"width": 2}},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "arrayminus": [low for low, _ in ends],
                    "array": [high for _, high in ends],
                    "color": color,
                    "thickness": 1.5,
                    # Without an interval nothing is drawn, no end either.
                    "width": 0,
                },
                hoverinfo="text",
                hovertext=[
                    f"<b>{escape(label_)}</b><br>{title.lower()} {number(mean.value)}"
                    for title, mean in zip(rows, own, strict=True)
                ],
            )
        )
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 300,
        "margin": {"l": 90, "r": 16, "t": 40, "b": 58},
        "showlegend": True,
        "legend": legend_on_top(),
        "xaxis": {"title": {"text": f"mean {measure}"}},
        "yaxis": {
            "tickvals": list(range(len(rows))),
            "ticktext": rows,
            "range": (-0.6, len(rows) - 0.4),
        },
    }
    return assembled(data=data, layout=layout)


# -- histogram ---------------------------------------------------------------------------------


def difference_histogram(comparison: Comparison, study: Study, theme: Theme) -> go.Figure:
    """How often differences are how large: with the splitting task above, without it below.

    Shares of each part's own cells, so that parts of different size compare; blue is where the
    first is better, red where the second is, grey where errors and other scores are counted in one.
    The broken line is the mean.
    """
    histogram, contrast = comparison.histogram, comparison.contrast
    first, second = labels(comparison, study)
    parts = _parts(comparison)
    edges = histogram.edges
    most = max((_share(counts).max(initial=0.0) for _, counts, _ in parts), default=0.0) or 100.0
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": HISTOGRAM_HEIGHT if contrast else HISTOGRAM_HEIGHT // 2 + 40,
        # At the right half a number of the last tick has room.
        "margin": {"l": 78, "r": 28, "t": 12, "b": 58},
        "bargap": 0,
        "xaxis": {
            "title": {"text": f"{escape(first)} − {escape(second)}"},
            "range": _around(edges),
            "anchor": "y" if len(parts) == 1 else "y2",
        },
        "shapes": [],
        "annotations": [],
    }
    data = []
    for at, (heading, counts, mean) in enumerate(parts):
        axis = "y" if at == 0 else "y2"
        room = HEADING * (2 if len(parts) == 1 else 1)
        top = 1.0 - at * 0.53 - room
        bottom = 0.0 if len(parts) == 1 else top + room - 0.47
        layout["yaxis" if at == 0 else "yaxis2"] = {
            **theme.template.layout.yaxis.to_plotly_json(),
            "domain": (bottom, top),
            "range": (0, most * 1.05),
            # A share as a number of hundredths, with the space that all per cents here have.
            "ticksuffix": " %",
            "nticks": 4,
            "title": {"text": "share of cells"},
        }
        data.append(_bars(edges, counts, axis, theme, better_above=_more_is_better(comparison)))
        layout["shapes"].append(_upright(0.0, theme.text, "zero", f"{axis} domain", width=1.0))
        if math.isfinite(mean.value):
            layout["shapes"].append(
                _upright(mean.value, theme.text, "mean", f"{axis} domain", width=2.0, dash="dash")
            )
        layout["annotations"].append(_heading(heading, mean, top, theme))
    return assembled(data=data, layout=layout)


def _around(edges: FloatArray) -> tuple[float, float]:
    """All bins, with a little air at both ends; of one value as much as makes it readable."""
    low, high = float(edges[0]), float(edges[-1])
    largest = max(abs(low), abs(high))
    alike = high - low < ALIKE * largest
    air = largest / 2 if alike else float(edges[1] - edges[0]) / 2
    return low - air, high + air


def _parts(comparison: Comparison) -> list[tuple[str, IntArray, CellMean]]:
    histogram, contrast = comparison.histogram, comparison.contrast
    if contrast is None:
        return [("all training sets", histogram.without_task, comparison.overall)]
    name = contrast.task
    return [
        (
            f"with {name} ({counted(contrast.rows_with, 'training set')})",
            histogram.with_task,
            contrast.with_task,
        ),
        (
            f"without it ({counted(contrast.rows_without, 'training set')})",
            histogram.without_task,
            contrast.without_task,
        ),
    ]


def _share(counts: IntArray) -> FloatArray:
    """In per cent."""
    return np.asarray(100 * counts / max(int(counts.sum()), 1), dtype=np.float64)


def _bars(
    edges: FloatArray, counts: IntArray, axis: str, theme: Theme, *, better_above: bool | None
) -> go.Bar:
    middle = (edges[:-1] + edges[1:]) / 2
    share = _share(counts)
    low, high = _around(edges)
    return go.Bar(
        x=middle,
        y=share,
        width=np.maximum(np.diff(edges), (high - low) / MOST_BINS),
        yaxis=axis,
        name="differences",
        marker={
            "color": [_bar_color(m, better_above, theme) for m in middle.tolist()],
            "line": {"width": 1, "color": theme.background},
        },
        hoverinfo="text",
        hovertext=[
            f"<b>{_edge(low)} to {_edge(high)}</b><br>{counted(count, 'cell')}, {percent(part)}"
            for low, high, count, part in zip(
                edges[:-1].tolist(),
                edges[1:].tolist(),
                counts.tolist(),
                share.tolist(),
                strict=True,
            )
        ],
    )


def _bar_color(value: float, better_above: bool | None, theme: Theme) -> str:
    """Of differences about this large: blue where the first is better, grey where none is."""
    if better_above is None:
        return theme.muted
    return theme.positive if (value > 0) == better_above else theme.negative


def _edge(value: float) -> str:
    """A round number as it is, without what floats add to it."""
    return on_scale(float(f"{value:.6g}"))


def _upright(
    x: float, color: str, name: str, yref: str, *, width: float, dash: str = "solid"
) -> dict[str, Any]:
    return {
        "type": "line",
        "name": name,
        "x0": x,
        "x1": x,
        "yref": yref,
        "y0": 0,
        "y1": 1,
        "line": {"color": color, "width": width, "dash": dash},
    }


def _heading(text: str, mean: CellMean, top: float, theme: Theme) -> dict[str, Any]:
    told = f"mean <b>{signed(mean.value)}</b>, n = {counted(mean.cells, 'cell')}"
    return {
        "name": "part",
        "text": f"{escape(text)}<br>{told}",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": top,
        "yref": "paper",
        "yanchor": "bottom",
        "align": "left",
        "showarrow": False,
        "font": {"size": 12, "color": theme.text},
    }
