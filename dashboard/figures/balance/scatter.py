"""Givers and takers: what each task received against what it gave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval
from core.study import Study
from dashboard.figures.balance.hover import hovers
from dashboard.figures.balance.whiskers import error_bars, told_beyond
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.diagonal import (
    DiagonalSide,
    clear_of_names,
    side_areas,
    side_names,
)
from dashboard.figures.parts.label_placement import SQUARE, label_annotations
from dashboard.figures.parts.points import (
    LABEL_ALL_UP_TO,
    LABEL_EXTREMES,
    MANY,
    MARK,
    MARK_OF_MANY,
    NAME_LENGTH,
    extremes_first,
    note,
    padded,
    rim,
)
from dashboard.figures.parts.selection import selects_points
from dashboard.figures.parts.square import SQUARE_FRAME
from dashboard.figures.parts.theme import Theme, task_colors
from dashboard.text import captions
from dashboard.text.names import shortened_apart

if TYPE_CHECKING:
    from core.analyses.balance import Balance, TaskBalance


BALANCE_WIDTH = 350
WHISKERS_UP_TO = 24
"""Tasks whose sums have whiskers in the scatter; of more they hide the points."""
TICKS = 8
SHORT_NAME = 10
"""Letters of a name where whiskers leave longer ones no room."""
MARK_OF_FEW = 12
"""Pixels across points that have whiskers."""
GIVERS, TAKERS = DiagonalSide("givers", "net givers"), DiagonalSide("takers", "net takers")


def has_whiskers(balance: Balance) -> bool:
    """Whether the scatter draws intervals: of more tasks they would hide the points."""
    return len(_known(balance)) <= WHISKERS_UP_TO


def balance_scatter(balance: Balance, study: Study, theme: Theme) -> go.Figure:
    """Received (up) against given (right), both on one scale, with the diagonal of balance.

    Below it are the net givers, above it the net takers. Bars are 95 % intervals over seeds.
    The first trace holds the tasks. Figure and plot are square, so the style sheet keeps the frame
    square (SQUARE_FRAME); an anchored scale would let plotly widen a range after an earlier one.
    """
    known = _known(balance)
    low, high = _common_range(known)
    # The titles stand beside numbers such as 4.5 or −0.25; returns of games are longer.
    longer = 8 * max(0, max(len(f"{end:,.0f}") for end in (low, high)) - 5)
    margin = {"l": 74 + longer, "r": 16, "t": 16 + longer, "b": 74}
    width = BALANCE_WIDTH if theme.canvas is None else theme.canvas.width
    inner = max(width - margin["l"] - margin["r"], 120)
    height = inner + margin["t"] + margin["b"]
    named = ("as source", "as target") if balance.raw else ("given", "received")
    titles = [
        _sum_title(word, of, balance, study, theme)
        for word, of in zip(named, ("targets", "sources"), strict=True)
    ]
    shared = {"range": (low, high), "tick0": 0, "dtick": _tick_step(high - low)}
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": height,
        "margin": margin,
        "meta": SQUARE_FRAME,
        "xaxis": {"title": titles[0], **shared},
        "yaxis": {"title": titles[1], **shared},
    }
    if not known:
        text = "no task is both a source and a target"
        return assembled(layout={**layout, "annotations": [note(text, theme)]})
    layout["shapes"], layout["annotations"] = [], []
    if not balance.raw:
        low, high = clear_of_names(
            _marked(known, (low, high)),
            (low, high),
            (TAKERS, GIVERS),
            inner=inner,
            mark=_mark(len(known)),
        )
        for axis in ("xaxis", "yaxis"):
            layout[axis] |= {"range": (low, high), "dtick": _tick_step(high - low)}
        layout["shapes"] = side_areas(low, high, TAKERS, GIVERS, theme, better_above=False)
        layout["annotations"] = side_names(TAKERS, GIVERS, theme, better_above=False, covering=True)
    layout["annotations"] += _names(known, (low, high), inner, theme, corners=not balance.raw)
    return assembled(data=[_tasks(balance, known, study, theme)], layout=layout)


def _marked(known: Sequence[TaskBalance], reach: tuple[float, float]) -> FloatArray:
    """(m, 2) places that a name must not hide: points, and ends of whiskers in the frame."""
    places = [[t.given, t.received] for t in known]
    for t in known if len(known) <= WHISKERS_UP_TO else ():
        given, received = t.given_interval, t.received_interval
        places += [[end, t.received] for end in (given.low, given.high)]
        places += [[t.given, end] for end in (received.low, received.high)]
    found = np.array(places)
    return np.asarray(np.clip(found[np.isfinite(found).all(axis=1)], *reach))


def _names(
    known: Sequence[TaskBalance],
    reach: tuple[float, float],
    inner: int,
    theme: Theme,
    *,
    corners: bool,
) -> list[dict[str, Any]]:
    """What names the tasks; where whiskers leave whole names no room, shorter ones name more.

    reach: of both axes. inner: pixels of the square. corners: names of the sides stand in them.
    """
    few = len(known) <= WHISKERS_UP_TO
    x = np.array([t.given for t in known])
    y = np.array([t.received for t in known])
    low, high = reach
    lines = [
        _along_whiskers(known if few else (), (high - low) / 60),
        np.repeat(np.linspace(low, high, 80)[:, None], 2, axis=1),
    ]
    place = partial(
        label_annotations,
        importance=extremes_first(x - y, x, y),
        x_range=reach,
        y_range=reach,
        inner=(inner, inner),
        theme=theme,
        most=LABEL_ALL_UP_TO if few else LABEL_EXTREMES,
        size=12,
        avoid=np.concatenate(lines),
        mark=_mark(len(known)),
        stretches=SQUARE,
        corners=(TAKERS.text, GIVERS.text) if corners else None,
        slant=few,
    )
    whole = shortened_apart((t.task for t in known), NAME_LENGTH)
    placed = place(x, y, whole)
    if not few or len(placed) == len(known):
        return placed
    short = shortened_apart((t.task for t in known), SHORT_NAME)
    return max(placed, place(x, y, short), key=len) if short != whole else placed


def _known(balance: Balance) -> list[TaskBalance]:
    """Tasks that give and receive: those with a point."""
    return [t for t in balance.tasks if math.isfinite(t.given) and math.isfinite(t.received)]


def _mark(count: int) -> int:
    """Pixels across a point, of so many."""
    few = count <= WHISKERS_UP_TO
    return MARK_OF_FEW if few else MARK if count <= MANY else MARK_OF_MANY


def _tasks(
    balance: Balance,
    known: Sequence[TaskBalance],
    study: Study,
    theme: Theme,
) -> go.Scatter:
    """The points of the scatter, of few tasks with the intervals of both sums."""
    whiskers = len(known) <= WHISKERS_UP_TO
    colors = task_colors(study.tasks)
    quiet = mix(theme.muted, theme.background, 0.35)
    told_of = hovers(balance)
    given, received = [t.given for t in known], [t.received for t in known]
    return go.Scatter(
        x=np.array(given),
        y=np.array(received),
        mode="markers",
        name="tasks",
        **selects_points([(t.task,) for t in known]),
        marker={
            "size": _mark(len(known)),
            "color": [colors.get(t.task, theme.muted) for t in known],
            "line": {"width": 1, "color": rim(theme)},
        },
        error_x=error_bars(given, _given(known), quiet, whiskers),
        error_y=error_bars(received, _received(known), quiet, whiskers),
        hoverinfo="text",
        hovertext=[told_of[t.task] for t in known],
    )


def _given(tasks: Sequence[TaskBalance]) -> list[Interval]:
    return [t.given_interval for t in tasks]


def _received(tasks: Sequence[TaskBalance]) -> list[Interval]:
    return [t.received_interval for t in tasks]


def _sum_title(
    name: str, others: str, balance: Balance, study: Study, theme: Theme
) -> dict[str, Any]:
    """Two lines: what it is, and the unit it is in."""
    full = max((t.full for t in balance.tasks), default=0)
    measure = captions.measures(study)
    over = f" over {full} {others if full != 1 else others[:-1]}" if full else ""
    unit = f'<span style="font-size:11px;color:{theme.muted}">sum of {measure}{over}</span>'
    return {"text": f"{name}<br>{unit}", "standoff": 4}


def _tick_step(span: float) -> float:
    """From one tick to the next, on both axes alike: at most TICKS of them."""
    least = span / TICKS
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= least)


def _common_range(tasks: Sequence[TaskBalance]) -> tuple[float, float]:
    """One range for both axes; whiskers widen it, but not beyond three times the points'."""
    if not tasks:
        return 0.0, 1.0
    sums = np.array([[t.given, t.received] for t in tasks])
    # Of many, a name stands beside its point or nowhere: those at the edge have room beyond it.
    low, high = padded(sums.ravel(), 0.15 if len(tasks) <= MANY else 0.24)
    if len(tasks) > WHISKERS_UP_TO:
        return low, high
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


def beyond_frame(balance: Balance) -> str:
    """Which whiskers end outside the scatter, or why none is drawn; empty where there are none."""
    known = _known(balance)
    if not balance.has_intervals:
        return ""
    if len(known) > WHISKERS_UP_TO:
        return f"no whiskers: of more than {WHISKERS_UP_TO} tasks they hide the points; hover"
    ends = {t.task: [t.given_interval, t.received_interval] for t in known}
    return told_beyond(ends, _common_range(known))


def _along_whiskers(tasks: Sequence[TaskBalance], step: float) -> FloatArray:
    """(m, 2) places on the error bars, too close for a label between them; NaN after each."""
    places = [np.empty((0, 2))]
    for t in tasks:
        for ends, across in ((t.given_interval, False), (t.received_interval, True)):
            if math.isfinite(ends.low) and math.isfinite(ends.high):
                count = min(200, math.ceil((ends.high - ends.low) / step) + 1)
                along = np.linspace(ends.low, ends.high, count)
                fixed = np.full(count, t.given if across else t.received)
                places.append(np.column_stack([fixed, along] if across else [along, fixed]))
                places.append(np.full((1, 2), math.nan))
    return np.concatenate(places)
