"""All methods in one picture: what each reaches on targets it was trained on, and on the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from core.study import Study, ValueScale
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.legend import legend_on_top
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.points import note
from dashboard.figures.parts.theme import Theme
from dashboard.text.findings.overview import ROLES, label, mean_of
from dashboard.text.names import escape, shortened_apart
from dashboard.text.numbers import SAME, counted, interval_text, number, two_decimals

if TYPE_CHECKING:
    from core.analyses.overview import MethodSummary, Overview
    from core.transfer.cell_means import CellMean


ROW_HEIGHT = 52
PLACES = {"trained": -0.28, "transfer": 0.12}
"""How far below the middle of its method's line each mean stands."""
SEEDS_BELOW = 0.17
"""How far below its mean the seeds stand: on it they would hide."""
SEED_MARK = 8
"""Pixels across the mark of one seed: so large that it is hit."""
LABEL_LENGTH, LONG_LABEL = 22, 44
NAMES_ABOVE_FROM = 110
"""Pixels: where the longest name is wider, names stand above their lines and leave the width."""
ROW_WITH_NAME = 104


def methods_figure(overview: Overview, study: Study, theme: Theme) -> go.Figure:
    """Trained and transfer mean of every method, one line each, in manifest order.

    Small marks are single seeds, bars 95 % intervals over seeds. Circles are trained, diamonds
    transfer; `customdata` is the method's name.
    """
    methods = overview.methods
    names = shortened_apart((label(study, s.method) for s in methods), LABEL_LENGTH)
    left = max((text_width(name, 13) for name in names), default=40.0)
    above = left > NAMES_ABOVE_FROM
    row = ROW_WITH_NAME if above else ROW_HEIGHT
    measure = measure_of(study)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 118 + row * max(len(methods), 1),
        "margin": {"l": 16 if above else round(left) + 26, "r": 132, "t": 44, "b": 58},
        "showlegend": True,
        "legend": legend_on_top(),
        "xaxis": {"title": {"text": measure}, "range": _reach(methods, study)},
        "yaxis": {
            "range": (len(methods) - 0.5, -0.5),
            "showline": False,
            "ticks": "",
            # A mark at the edge of the frame reaches over it by half its size.
            "ticklabelstandoff": 10,
            "tickvals": [] if above else list(range(len(methods))),
            "ticktext": [] if above else [escape(name) for name in names],
            "tickfont": {"size": 13},
        },
    }
    if not methods:
        layout["annotations"] = [note("no method has a value here", theme)]
        return assembled(layout=layout)
    layout["shapes"] = _lines(methods, study, theme)
    layout["annotations"] = _numbers(methods, theme)
    if above:
        layout["annotations"] += _names_above(methods, study)
    data = []
    for role in ROLES:
        data += _traces(methods, role, study, theme)
    return assembled(data=data, layout=layout)


def _names_above(methods: Sequence[MethodSummary], study: Study) -> list[dict[str, Any]]:
    """Each method's name over its line, from the left edge on."""
    names = shortened_apart((label(study, s.method) for s in methods), LONG_LABEL)
    shared = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "top", "yshift": -1}
    return [
        {
            **shared,
            "name": "method",
            "text": escape(name),
            "y": at - 0.5,
            "showarrow": False,
            "borderpad": 0,
            "font": {"size": 13},
        }
        for at, name in enumerate(names)
    ]


def _place(at: int, role: str) -> float:
    return at + PLACES[role]


def _reach(methods: Sequence[MethodSummary], study: Study) -> tuple[float, float]:
    """As far as means and seeds reach; intervals widen it, but to no more than twice that.

    On a normalized scale also as far as 0 and 1, so that what lies between them is seen whole.
    Where all are one value, but for rounding, from 0 to a tenth more: its place says something.
    """
    means = [mean_of(s, role) for s in methods for role in ROLES]
    values = [v for m in means for v in (m.value, *m.per_seed.tolist()) if math.isfinite(v)]
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    least = SAME * max(map(abs, values))
    level = high - low <= least
    room = abs(high) * 0.1 or 0.05 if level else (high - low) / 2
    ends = [e for m in means for e in (m.interval.low, m.interval.high) if math.isfinite(e)]
    normalized = study.value_scale is ValueScale.NORMALIZED
    lowest, highest = low - room, high + room
    if normalized:
        lowest, highest = min(lowest, 0.0), max(highest, 1.0)
    low, high = max(min([low, *ends]), lowest), min(max([high, *ends]), highest)
    if high - low <= least:
        low, high = min(low - room, 0.0), max(high + room, 0.0)
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _traces(
    methods: Sequence[MethodSummary], role: str, study: Study, theme: Theme
) -> list[go.Scatter]:
    """Seeds first, so that the means lie on them."""
    trained = role == "trained"
    color = theme.text if trained else theme.positive
    symbol = "circle" if trained else "diamond"
    known = [
        (at, s, mean_of(s, role))
        for at, s in enumerate(methods)
        if math.isfinite(mean_of(s, role).value)
    ]
    if not known:
        # No entry in the legend for what is not there.
        return []
    seeds = _seed_points(known, role, study)
    halves = [
        m.interval.high - m.value if math.isfinite(m.interval.high) else 0.0 for _, _, m in known
    ]
    return [
        go.Scatter(
            x=[value for value, *_ in seeds],
            y=[y for _, y, *_ in seeds],
            mode="markers",
            name=f"{role}, one seed",
            showlegend=False,
            marker={
                "symbol": symbol,
                "size": SEED_MARK,
                "color": mix(theme.background, color, 0.7),
                "line": {"width": 1, "color": theme.background},
            },
            customdata=[method for *_, method in seeds],
            hoverinfo="text",
            hovertext=[escape(text) for _, _, text, _ in seeds],
        ),
        go.Scatter(
            x=[mean.value for _, _, mean in known],
            y=[_place(at, role) for at, _, _ in known],
            mode="markers",
            name="trained on the target" if trained else "not trained on it (transfer)",
            customdata=[s.method for _, s, _ in known],
            marker={
                "symbol": symbol if trained else f"{symbol}-open",
                "size": 11,
                "color": color,
                "line": {"width": 2, "color": color},
            },
            error_x={
                "type": "data",
                "array": halves,
                "visible": any(half > 0 for half in halves),
                "color": color,
                "thickness": 2,
                "width": 4,
            },
            hoverinfo="text",
            hovertext=[_hover(s, mean, role, study) for _, s, mean in known],
        ),
    ]


def _seed_points(
    known: Sequence[tuple[int, MethodSummary, CellMean]], role: str, study: Study
) -> list[tuple[float, float, str, str]]:
    """Mean, height, hover and method of each seed of the methods that have several."""
    return [
        (
            value,
            _place(at, role) + SEEDS_BELOW,
            f"{label(study, s.method)}, seed {seed}: {number(value)}",
            s.method,
        )
        for at, s, mean in known
        if len(mean.seeds) > 1
        for seed, value in zip(mean.seeds, mean.per_seed.tolist(), strict=True)
    ]


def _hover(method: MethodSummary, mean: CellMean, role: str, study: Study) -> str:
    where = "targets it was trained on" if role == "trained" else "the other targets"
    lines = [
        f"<b>{escape(label(study, method.method))}</b> on {where}",
        f"mean <b>{number(mean.value)}</b> over {counted(mean.cells, 'cell')}",
    ]
    if math.isfinite(mean.interval.low):
        lines.append(interval_text(mean.interval))
    lines += [
        f"seed {seed}: {number(value)}"
        for seed, value in list(zip(mean.seeds, mean.per_seed.tolist(), strict=True))[:8]
        if study.names_seeds
    ]
    if mean.incomplete:
        lines.append(f"{counted(mean.incomplete, 'cell')} without all seeds")
    if role == "transfer" and method.exposed:
        lines.append(f"a few samples were seen of {method.exposed} of them")
    return "<br>".join(lines)


def _lines(methods: Sequence[MethodSummary], study: Study, theme: Theme) -> list[dict[str, Any]]:
    """A hairline for each method, and the base's standard performance where it is in sight."""
    shapes: list[dict[str, Any]] = [
        {
            "type": "line",
            "name": "method",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": at + 0.5,
            "y1": at + 0.5,
            "layer": "below",
            "line": {"color": theme.line, "width": 1},
        }
        for at in range(len(methods) - 1)
    ]
    low, high = _reach(methods, study)
    for value in (0.0, 1.0):
        if not study.has_given_scores and low < value < high:
            shapes.append(
                {
                    "type": "line",
                    "name": "mark",
                    "x0": value,
                    "x1": value,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "layer": "below",
                    "line": {"color": theme.muted, "width": 1.5, "dash": "dot"},
                }
            )
    return shapes


def _numbers(methods: Sequence[MethodSummary], theme: Theme) -> list[dict[str, Any]]:
    """The means under each other at the right, each with how many cells it is over."""
    return [
        {
            "name": "value",
            "text": f"<b>{two_decimals(mean.value)}</b>"
            f'<span style="color:{theme.muted}">  {counted(mean.cells, "cell")}</span>',
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 14,
            # Beside the mean and its seeds, or the mean alone.
            "y": _place(at, role) + (SEEDS_BELOW / 2 if len(mean.seeds) > 1 else 0.0),
            "showarrow": False,
            "font": {"size": 12, "color": theme.text if role == "trained" else theme.positive},
        }
        for at, method in enumerate(methods)
        for role in ROLES
        if math.isfinite((mean := mean_of(method, role)).value)
    ]
