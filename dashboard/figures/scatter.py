"""Points and bars: similarity against transfer, given against received, nets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.arrays import FloatArray
from core.association import Association, FitBand, Point
from core.balance import Balance, TaskBalance
from core.errors import listed
from core.statistics import Interval
from core.study import Study
from dashboard.figures.colors import mix
from dashboard.figures.grid import text_width
from dashboard.figures.halves import Half, half_names, halves
from dashboard.figures.labels import label_annotations
from dashboard.figures.selection import selects_many_points, selects_points
from dashboard.figures.words import (
    association_title,
    escape,
    in_words,
    interval_text,
    measured,
    name_in_words,
    number,
    shortened,
    signed,
    signed_decimals,
)
from dashboard.theme import Mode, Theme, task_colors

LABEL_ALL_UP_TO, LABEL_EXTREMES = 60, 24
GL_FROM = 2_000
MARK = 9
NAME_LENGTH = 18

ASSOCIATION_HEIGHT = 480
ASSOCIATION_WIDTH = 350
BALANCE_WIDTH = 470
BAR_HEIGHT = 30
GIVERS, TAKERS = Half("givers", "net givers"), Half("takers", "net takers")


# -- similarity against transfer ---------------------------------------------------------------


def association_scatter(
    association: Association,
    study: Study,
    theme: Theme,
    *,
    selected: str | tuple[str, str] | None = None,
    width: int = ASSOCIATION_WIDTH,
    height: int = ASSOCIATION_HEIGHT,
) -> go.Figure:
    """CKA against transfer, a point for every ordered pair of tasks.

    Coloured by source and labelled D→T; the line is the association's least squares. selected:
    a task, whose pairs stand out, or one pair. width: the narrowest frame it is shown in; labels
    find their places there and keep them in a wider one. The first trace holds the points in the
    association's order; `pair_at` turns a click on it into names.
    """
    points = association.points
    x = np.array([p.cka for p in points], dtype=np.float64)
    y = np.array([p.transfer for p in points], dtype=np.float64)
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
    if not points:
        layout["annotations"] = [_note(equation, theme)]
        return go.Figure(layout=layout)
    layout["shapes"] = [*_band(association.band, theme), *_fit_line(association, x, theme)]
    chosen = _chosen(points, selected)
    if len(points) <= GL_FROM:
        layout["annotations"] = _point_labels(
            association, x, y, x_range, y_range, width, height, margin, chosen, theme
        )
    return go.Figure(
        data=[
            _points_trace(association, x, y, study, chosen, theme),
            *_ring(points, selected, theme),
        ],
        layout=layout,
    )


def pair_at(association: Association, point: Mapping[str, Any]) -> tuple[str, str] | None:
    """(source, target) of a point of the browser's click or hover data; None off the points."""
    index = point.get("pointIndex", point.get("pointNumber"))
    if point.get("curveNumber", 0) != 0 or not isinstance(index, int):
        return None
    if not 0 <= index < len(association.points):
        return None
    found = association.points[index]
    return found.source, found.target


def _similarity_name(association: Association) -> str:
    step = association.cka_checkpoint
    at = "" if step == "last" else f", checkpoint {step:,}"
    return f"{measured(association)}, layer {association.layer}{at}"


def _transfer_name(study: Study, method: str) -> str:
    label = next((m.label for m in study.methods if m.name == method), method)
    return f"transfer, {escape(label)} ({'score' if study.scored else 'normalized improvement'})"


def _chosen(points: Sequence[Point], selected: str | tuple[str, str] | None) -> list[bool]:
    """Which points stand out; all of them where nothing is selected."""
    if isinstance(selected, str):
        marked = [selected in (p.source, p.target) for p in points]
        return marked if any(marked) else [True] * len(points)
    return [True] * len(points)


def _points_trace(
    association: Association,
    x: FloatArray,
    y: FloatArray,
    study: Study,
    chosen: Sequence[bool],
    theme: Theme,
) -> go.Scatter | go.Scattergl:
    points = association.points
    if len(points) > GL_FROM:
        return _many_points_trace(association, x, y, study, theme)
    colors = task_colors(study.tasks)
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        name="points",
        marker={
            "size": MARK,
            "color": [colors.get(p.source, theme.muted) for p in points],
            "opacity": [0.9 if c else 0.15 for c in chosen],
            "line": {"width": 1, "color": _rim(theme)},
        },
        **selects_points([(p.source, p.target) for p in points]),
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(in_words(p.source, p.target))}</b>"
            f"<br>{measured(association)} {number(p.cka)}"
            f"<br>transfer {number(p.transfer)}"
            for p in points
        ],
    )


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
        hovertemplate=f"<b>%{{text}}</b><br>{measured(association)} %{{x:.3f}}"
        "<br>transfer %{y:.3f}<extra></extra>",
    )


def _ring(
    points: Sequence[Point], selected: str | tuple[str, str] | None, theme: Theme
) -> list[go.Scatter]:
    at = [p for p in points if (p.source, p.target) == selected]
    return [_ring_trace([p.cka for p in at], [p.transfer for p in at], theme)] if at else []


def _ring_trace(x: Sequence[float], y: Sequence[float], theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        name="selection",
        hoverinfo="skip",
        marker={
            "symbol": "circle-open",
            "size": MARK + 8,
            "color": theme.accent,
            "line": {"width": 2.5, "color": theme.accent},
        },
    )


def _rim(theme: Theme) -> str:
    """Around marks: on the dark page a dark task is seen by its rim."""
    return theme.background if theme.mode is Mode.LIGHT else theme.muted


def _fit_line(association: Association, x: FloatArray, theme: Theme) -> list[dict[str, Any]]:
    """The least-squares line of the association, as far as its points reach."""
    if not (math.isfinite(association.slope) and math.isfinite(association.intercept)):
        return []
    left, right = float(x.min()), float(x.max())
    return [
        {
            "type": "line",
            "name": "fit",
            "x0": left,
            "x1": right,
            "y0": association.slope * left + association.intercept,
            "y1": association.slope * right + association.intercept,
            "line": {"color": theme.text, "width": 2, "dash": "dot"},
            "layer": "below",
        }
    ]


def _band(band: FitBand, theme: Theme) -> list[dict[str, Any]]:
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
    chosen: Sequence[bool],
    theme: Theme,
) -> list[dict[str, Any]]:
    inner = (width - margin["l"] - margin["r"], height - margin["t"] - margin["b"])
    off_line = np.zeros(len(x))
    if math.isfinite(association.slope):
        off_line = np.abs(y - association.slope * x - association.intercept)
    importance = extremity(x) + extremity(y) + off_line / (y_range[1] - y_range[0])
    # What is selected comes before all else.
    importance = importance + np.where(chosen, 10.0, 0.0)
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
        dimmed=[not c for c in chosen],
        avoid=_along_fit(association, x),
    )


def extremity(values: FloatArray) -> FloatArray:
    """How far out each value is, 0 in the middle of the range to 1 at its ends."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(len(values))
    return np.abs(values - (low + high) / 2) / ((high - low) / 2)


def padded(values: FloatArray, share: float = 0.08) -> tuple[float, float]:
    """A range with room around the values; never empty."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    room = (high - low) * share if high > low else max(abs(high) * 0.1, 0.05)
    return low - room, high + room


def _note(text: str, theme: Theme) -> dict[str, Any]:
    return {
        "text": text,
        "name": "note",
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
        "font": {"size": 13, "color": theme.muted},
    }


# -- givers and takers -------------------------------------------------------------------------


def balance_scatter(
    balance: Balance,
    study: Study,
    theme: Theme,
    selected: str | None = None,
    *,
    width: int = BALANCE_WIDTH,
) -> go.Figure:
    """Given (up) against received (right), both on one scale, with the diagonal of balance.

    Above it are the net givers, below it the net takers. Bars are 95 % intervals over seeds.
    The first trace holds the tasks. width: the narrowest frame
    it is shown in. Figure and plot are square, so the style sheet keeps the frame square; an
    anchored scale would let plotly widen a range after an earlier, wider one.
    """
    known = [t for t in balance.tasks if math.isfinite(t.given) and math.isfinite(t.received)]
    margin = {"l": 74, "r": 16, "t": 16, "b": 74}
    inner = max(width - margin["l"] - margin["r"], 120)
    height = inner + margin["t"] + margin["b"]
    low, high = _common_range(known)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": height,
        "margin": margin,
        "xaxis": {
            "title": _sum_title("received", "sources", balance, study, theme),
            "range": (low, high),
        },
        "yaxis": {
            "title": _sum_title("given", "targets", balance, study, theme),
            "range": (low, high),
        },
    }
    if not known:
        text = "no task is both a source and a target"
        return go.Figure(layout={**layout, "annotations": [_note(text, theme)]})
    x = np.array([t.received for t in known])
    y = np.array([t.given for t in known])
    names = [shortened(name_in_words(t.task), NAME_LENGTH) for t in known]
    importance = np.abs(np.array([t.net for t in known]))
    importance = importance + np.array([1e6 if t.task == selected else 0.0 for t in known])
    layout["shapes"] = halves(low, high, GIVERS, TAKERS, theme)
    layout["annotations"] = [
        *half_names(GIVERS, TAKERS, theme, covering=True),
        *label_annotations(
            x,
            y,
            names,
            importance,
            (low, high),
            (low, high),
            (inner, inner),
            theme,
            most=LABEL_ALL_UP_TO,
            dimmed=[False] * len(known),
            size=12,
            avoid=np.concatenate(
                [
                    _along_whiskers(known, (high - low) / 60),
                    np.repeat(np.linspace(low, high, 80)[:, None], 2, axis=1),
                ]
            ),
        ),
    ]
    colors = task_colors(study.tasks)
    ring = [t for t in known if t.task == selected]
    quiet = mix(theme.muted, theme.background, 0.35)
    data = [
        go.Scatter(
            x=x,
            y=y,
            mode="markers",
            name="tasks",
            **selects_points([(t.task,) for t in known]),
            marker={
                "size": 12,
                "color": [colors.get(t.task, theme.muted) for t in known],
                "line": {"width": 1, "color": _rim(theme)},
            },
            error_x=_whiskers([t.received for t in known], _received(known), quiet),
            error_y=_whiskers([t.given for t in known], _given(known), quiet),
            hoverinfo="text",
            hovertext=[_balance_hover(t) for t in known],
        )
    ]
    if ring:
        data.append(_ring_trace([t.received for t in ring], [t.given for t in ring], theme))
    return go.Figure(data=data, layout=layout)


def _given(tasks: Sequence[TaskBalance]) -> list[Interval]:
    return [t.given_interval for t in tasks]


def _received(tasks: Sequence[TaskBalance]) -> list[Interval]:
    return [t.received_interval for t in tasks]


def _sum_title(
    name: str, others: str, balance: Balance, study: Study, theme: Theme
) -> dict[str, Any]:
    """Two lines: what it is, and the unit it is in."""
    full = max((t.full for t in balance.tasks), default=0)
    measure = "scores" if study.scored else "normalized improvement"
    over = f" over {full} {others if full != 1 else others[:-1]}" if full else ""
    unit = f'<span style="font-size:11px;color:{theme.muted}">sum of {measure}{over}</span>'
    return {"text": f"{name}<br>{unit}", "standoff": 4}


def _common_range(tasks: Sequence[TaskBalance]) -> tuple[float, float]:
    """One range for both axes; intervals widen it, but not beyond three times the points'."""
    if not tasks:
        return 0.0, 1.0
    sums = np.array([[t.given, t.received] for t in tasks])
    low, high = padded(sums.ravel(), 0.15)
    ends = np.array(
        [
            end
            for t in tasks
            for i in (t.given_interval, t.received_interval)
            for end in (i.low, i.high)
            if math.isfinite(end)
        ]
    )
    if ends.size:
        span = high - low
        low = max(min(low, float(ends.min()) - span * 0.03), low - span)
        high = min(max(high, float(ends.max()) + span * 0.03), high + span)
    return low, high


def beyond_frame(balance: Balance, *, net: bool = False) -> str:
    """Which whiskers end outside `balance_scatter`, or with `net` outside `net_bars`; in words.

    Of a few seeds they can be many times as long as all tasks lie apart. Empty where none does.
    """
    if net:
        of_net = [t for t in balance.tasks if math.isfinite(t.net)]
        low, high = _net_range(of_net)
        ends = {t.task: [t.net_interval] for t in of_net}
    else:
        known = [t for t in balance.tasks if math.isfinite(t.given) and math.isfinite(t.received)]
        low, high = _common_range(known)
        ends = {t.task: [t.given_interval, t.received_interval] for t in known}
    out = [task for task, found in ends.items() if any(i.low < low or i.high > high for i in found)]
    if not out:
        return ""
    names = listed(shortened(name_in_words(task), NAME_LENGTH) for task in out)
    return f"whiskers of {names} go on beyond the frame: hover says how far"


def _along_whiskers(tasks: Sequence[TaskBalance], step: float) -> FloatArray:
    """(m, 2) places on the error bars, close enough that no label fits between them."""
    places = [np.empty((0, 2))]
    for t in tasks:
        for ends, across in ((t.received_interval, False), (t.given_interval, True)):
            if math.isfinite(ends.low) and math.isfinite(ends.high):
                count = min(200, math.ceil((ends.high - ends.low) / step) + 1)
                along = np.linspace(ends.low, ends.high, count)
                fixed = np.full(count, t.received if across else t.given)
                places.append(np.column_stack([fixed, along] if across else [along, fixed]))
    return np.concatenate(places)


def _whiskers(values: Sequence[float], intervals: Sequence[Interval], color: str) -> dict[str, Any]:
    """Error bars from intervals; none where an interval has no ends."""
    known = [math.isfinite(i.low) and math.isfinite(i.high) for i in intervals]
    pairs = list(zip(values, intervals, known, strict=True))
    return {
        "type": "data",
        "visible": any(known),
        "symmetric": False,
        "array": [i.high - v if there else 0.0 for v, i, there in pairs],
        "arrayminus": [v - i.low if there else 0.0 for v, i, there in pairs],
        "color": color,
        "thickness": 1.2,
        "width": 3,
    }


def balance_table(task: TaskBalance) -> list[tuple[str, str]]:
    """(name, text) rows about a task: what it gives and receives, with intervals."""
    rows = [("task", name_in_words(task.task))]
    if not math.isfinite(task.net):
        return [*rows, ("balance", "none: it is not both a source and a target")]
    for name, value, interval in (
        ("given", number(task.given), task.given_interval),
        ("received", number(task.received), task.received_interval),
        ("net", signed(task.net), task.net_interval),
    ):
        rows.append((name, f"{value} ({interval_text(interval)})"))
    text = f"{task.given_of} and {task.received_of} of {task.full}"
    rows.append(("targets and sources", text + (", the rest estimated" * task.estimated)))
    return rows


def _balance_hover(task: TaskBalance) -> str:
    (_, name), *rows = balance_table(task)
    return "<br>".join(
        [f"<b>{escape(name)}</b>", *(f"{escape(key)} {escape(text)}" for key, text in rows)]
    )


def net_bars(
    balance: Balance, study: Study, theme: Theme, selected: str | None = None
) -> go.Figure:
    """The net of each task as a bar, the greatest giver on top; whiskers are 95 % over seeds."""
    known = sorted(
        (t for t in balance.tasks if math.isfinite(t.net)), key=lambda t: t.net, reverse=True
    )
    names = [shortened(name_in_words(t.task), NAME_LENGTH) for t in known]
    widest = max((text_width(name, 12) for name in names), default=40.0)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 84 + BAR_HEIGHT * max(len(known), 3),
        "margin": {"l": round(widest) + 18, "r": 58, "t": 16, "b": 54},
        "bargap": 0.35,
        "xaxis": {
            "title": {
                "text": f"net {'score' if study.scored else 'improvement'}, given − received"
            },
            "range": _net_range(known),
        },
        "yaxis": {
            "range": (len(known) - 0.5, -0.5),
            "showline": False,
            "ticks": "",
            "tickvals": list(range(len(known))),
            "ticktext": [
                f"<b>{escape(name)}</b>" if task.task == selected else escape(name)
                for name, task in zip(names, known, strict=True)
            ],
        },
    }
    if not known:
        text = "no task is both a source and a target"
        return go.Figure(layout={**layout, "annotations": [_note(text, theme)]})
    layout["shapes"] = [
        {
            "type": "line",
            "name": "zero",
            "x0": 0,
            "x1": 0,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": theme.text, "width": 1.5},
        }
    ]
    # Under each other at the right, where no whisker runs through them.
    layout["annotations"] = [
        {
            "name": "value",
            "text": signed_decimals(task.net),
            "x": 1,
            "xref": "paper",
            "xanchor": "right",
            "xshift": 52,
            "y": at,
            "showarrow": False,
            "font": {"size": 12, "color": theme.positive if task.net > 0 else theme.negative},
        }
        for at, task in enumerate(known)
    ]
    return go.Figure(
        data=[
            go.Bar(
                x=[t.net for t in known],
                y=list(range(len(known))),
                orientation="h",
                name="net",
                **selects_points([(t.task,) for t in known]),
                marker={
                    "color": [theme.positive if t.net > 0 else theme.negative for t in known],
                    "line": {
                        "width": [3 if t.task == selected else 0 for t in known],
                        "color": theme.accent,
                    },
                },
                error_x=_whiskers(
                    [t.net for t in known],
                    [t.net_interval for t in known],
                    theme.text,
                ),
                hoverinfo="text",
                hovertext=[_balance_hover(t) for t in known],
            )
        ],
        layout=layout,
    )


def _net_range(tasks: Sequence[TaskBalance]) -> tuple[float, float]:
    nets = [t.net for t in tasks]
    reach = max((abs(net) for net in nets), default=1.0) or 1.0
    ends = [
        end
        for t in tasks
        for end in (t.net_interval.low, t.net_interval.high)
        if math.isfinite(end)
    ]
    low, high = min([0.0, *nets, *ends]), max([0.0, *nets, *ends])
    return max(low, -2 * reach) - 0.06 * reach, min(high, 2 * reach) + 0.06 * reach
