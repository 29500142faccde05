"""What each task gives and receives, as a scatter and as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.analyses.columns import Column, ColumnKind
from core.errors import listed
from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.cell_hover import HOVER_LINES
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.diagonal import DiagonalSide, side_areas, side_names
from dashboard.figures.parts.label_placement import SQUARE, label_annotations
from dashboard.figures.parts.named_rows import room_for, row_axis
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
from dashboard.figures.parts.theme import Theme, task_colors
from dashboard.text import captions
from dashboard.text.columns import value_and_interval
from dashboard.text.names import escape, shortened_apart
from dashboard.text.numbers import signed_column

if TYPE_CHECKING:
    from core.analyses.balance import Balance, BalanceRow, TaskBalance


BALANCE_WIDTH = 350
BAR_HEIGHT = 30
WHISKERS_UP_TO = 24
"""Tasks whose sums have whiskers in the scatter; of more they hide the points."""
MARK_OF_FEW = 12
"""Pixels across points that have whiskers."""
BARS_UP_TO, BARS_AT_EACH_END = 60, 20
"""Tasks that each have a bar; of more, those at both ends have one."""
PALE = 0.6
"""The share of the background in a bar whose sign is in doubt."""
Bar = tuple[str, float, Interval]
"""A task, its value and the interval of that."""
GIVERS, TAKERS = DiagonalSide("givers", "net givers"), DiagonalSide("takers", "net takers")


# -- givers and takers -------------------------------------------------------------------------


def has_whiskers(balance: Balance) -> bool:
    """Whether the scatter draws intervals: of more tasks they would hide the points."""
    known = sum(math.isfinite(t.given) and math.isfinite(t.received) for t in balance.tasks)
    return known <= WHISKERS_UP_TO


def balance_scatter(balance: Balance, study: Study, theme: Theme) -> go.Figure:
    """Received (up) against given (right), both on one scale, with the diagonal of balance.

    Below it are the net givers, above it the net takers. Bars are 95 % intervals over seeds.
    The first trace holds the tasks. Figure and plot are square, so the style sheet keeps the frame
    square; an anchored scale would let plotly widen a range after an earlier, wider one.
    """
    known = [t for t in balance.tasks if math.isfinite(t.given) and math.isfinite(t.received)]
    margin = {"l": 74, "r": 16, "t": 16, "b": 74}
    width = BALANCE_WIDTH if theme.canvas is None else theme.canvas.width
    inner = max(width - margin["l"] - margin["r"], 120)
    height = inner + margin["t"] + margin["b"]
    few = has_whiskers(balance)
    low, high = _common_range(known)
    named = ("as source", "as target") if balance.raw else ("given", "received")
    titles = [
        _sum_title(word, of, balance, study, theme)
        for word, of in zip(named, ("targets", "sources"), strict=True)
    ]
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": height,
        "margin": margin,
        "xaxis": {"title": titles[0], "range": (low, high)},
        "yaxis": {"title": titles[1], "range": (low, high)},
    }
    if not known:
        text = "no task is both a source and a target"
        return assembled(layout={**layout, "annotations": [note(text, theme)]})
    x = np.array([t.given for t in known])
    y = np.array([t.received for t in known])
    names = shortened_apart((t.task for t in known), NAME_LENGTH)
    layout["shapes"], layout["annotations"] = [], []
    if not balance.raw:
        layout["shapes"] = side_areas(low, high, TAKERS, GIVERS, theme, better_above=False)
        layout["annotations"] = side_names(TAKERS, GIVERS, theme, better_above=False, covering=True)
    layout["annotations"] += [
        *label_annotations(
            x,
            y,
            names,
            extremes_first(x - y, x, y),
            (low, high),
            (low, high),
            (inner, inner),
            theme,
            most=LABEL_ALL_UP_TO if few else LABEL_EXTREMES,
            size=12,
            avoid=np.concatenate(
                [
                    _along_whiskers(known if few else (), (high - low) / 60),
                    np.repeat(np.linspace(low, high, 80)[:, None], 2, axis=1),
                ]
            ),
            mark=_mark(len(known)),
            stretches=SQUARE,
            corners=None if balance.raw else (TAKERS.text, GIVERS.text),
        ),
    ]
    return assembled(data=[_tasks(balance, known, study, theme, whiskers=few)], layout=layout)


def _mark(count: int) -> int:
    """Pixels across a point, of so many."""
    few = count <= WHISKERS_UP_TO
    return MARK_OF_FEW if few else MARK if count <= MANY else MARK_OF_MANY


def _tasks(
    balance: Balance,
    known: Sequence[TaskBalance],
    study: Study,
    theme: Theme,
    *,
    whiskers: bool,
) -> go.Scatter:
    """The points of the scatter; whiskers: with the intervals of both sums."""
    colors = task_colors(study.tasks)
    quiet = mix(theme.muted, theme.background, 0.35)
    hovers = _hovers(balance)
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
        error_x=_whiskers(given, _given(known), quiet, whiskers),
        error_y=_whiskers(received, _received(known), quiet, whiskers),
        hoverinfo="text",
        hovertext=[hovers[t.task] for t in known],
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


def beyond_frame(balance: Balance, *, net: bool = False) -> str:
    """Which whiskers end outside `balance_scatter`, or with `net` outside `net_bars`; in words.

    Of a few seeds they can be many times as long as all tasks lie apart. Empty where none does.
    """
    if net:
        of_net = with_bars(balance)
        low, high = _net_range([(value, interval) for _, value, interval in of_net])
        ends = {task: [interval] for task, _, interval in of_net}
    else:
        known = [t for t in balance.tasks if math.isfinite(t.given) and math.isfinite(t.received)]
        if len(known) > WHISKERS_UP_TO:
            return f"no whiskers: of more than {WHISKERS_UP_TO} tasks they hide the points; hover"
        low, high = _common_range(known)
        ends = {t.task: [t.given_interval, t.received_interval] for t in known}
    out = [task for task, found in ends.items() if any(i.low < low or i.high > high for i in found)]
    if not out:
        return ""
    called = dict(zip(ends, shortened_apart(ends, NAME_LENGTH), strict=True))
    names = listed(called[task] for task in out)
    return f"whiskers of {names} go on beyond the frame: hover says how far"


def _bar_values(balance: Balance) -> list[Bar]:
    """(task, value, interval) of every bar: nets, of scores as they were given giver effects."""
    if balance.raw:
        model = balance.social_relations
        effects = model.effects if model else ()
        found = [(e.task, e.giver, e.giver_interval) for e in effects]
    else:
        found = [(t.task, t.net, t.net_interval) for t in balance.tasks]
    known = [one for one in found if math.isfinite(one[1])]
    return sorted(known, key=lambda one: one[1], reverse=True)


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


def _whiskers(
    values: Sequence[float], intervals: Sequence[Interval], color: str, shown: bool = True
) -> dict[str, Any]:
    """Error bars from intervals; none where an interval has no ends, or none is shown."""
    if not shown:
        return {"visible": False}
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


def _hovers(balance: Balance) -> dict[str, str]:
    """What is said of each task when it is pointed at, by name."""
    columns = balance.columns()
    return {row.sums.task: _hover(row, columns) for row in balance.rows}


def _hover(row: BalanceRow, columns: Sequence[Column]) -> str:
    task = row.sums
    lines = [f"<b>{escape(task.task)}</b>"]
    if not math.isfinite(task.net):
        return "<br>".join([*lines, "balance none: it is not both a source and a target"])
    lines += [
        f"{escape(one.name)} {escape(value_and_interval(one, row))}"
        for one in columns
        if one.kind is ColumnKind.NUMBER and math.isfinite(one.value(row))
    ][: HOVER_LINES - 2]
    text = f"{task.given_of} and {task.received_of} of {task.full}"
    lines.append(f"targets and sources {text}" + (", the rest estimated" * task.estimated))
    return "<br>".join(lines)


def with_bars(balance: Balance) -> list[Bar]:
    """What has a bar, the greatest on top: all tasks, or of many those at both ends.

    Nets; of scores as they were given giver effects.
    """
    known = _bar_values(balance)
    if len(known) <= BARS_UP_TO:
        return known
    return known[:BARS_AT_EACH_END] + known[-BARS_AT_EACH_END:]


def between_bars(balance: Balance) -> str:
    """How many tasks have no bar, in words; empty where each has one."""
    left_out = len(_bar_values(balance)) - len(with_bars(balance))
    if not left_out:
        return ""
    return f"{tasks_with_bars(balance)}; {left_out:,} tasks between them stand in the table"


def tasks_with_bars(balance: Balance) -> str:
    """Which tasks have a bar, in words."""
    if len(_bar_values(balance)) == len(with_bars(balance)):
        return "each task"
    which = "highest and lowest" if balance.raw else "greatest givers and takers"
    return f"the {BARS_AT_EACH_END} {which}"


def effect_bars(balance: Balance, study: Study, theme: Theme) -> go.Figure:
    """The giver effect of each task as a bar, the highest on top; whiskers are 95 % over seeds.

    Of scores as they were given: how a task does as source, whatever the targets are like. Of more
    than `BARS_UP_TO` tasks only those at both ends, with a line where the others were.
    """
    return _bars(
        balance,
        theme,
        name="giver effect",
        title=f"giver effect, in {captions.measures(study)}",
        nothing="giver effects need at least 3 tasks",
        colors=(theme.muted, theme.muted),
        sure=sure_bars(balance),
    )


def net_bars(balance: Balance, study: Study, theme: Theme) -> go.Figure:
    """The net of each task as a bar, the greatest giver on top; whiskers are 95 % over seeds.

    Pale is what `balance_finding` does not call sure. Of more than `BARS_UP_TO` tasks only those
    at both ends, with a line where the others were.
    """
    return _bars(
        balance,
        theme,
        name="net",
        title=f"net {measure_of(study).removeprefix('normalized ')}, given − received",
        nothing="no task is both a source and a target",
        colors=(theme.positive, theme.negative),
        sure=sure_bars(balance),
    )


def sure_bars(balance: Balance) -> frozenset[str]:
    """The tasks whose bar has its full colour: those that the sentence above says are sure.

    Of nets those settled over all tasks; of giver effects, of which the sentence names the ends,
    those whose interval excludes zero. None without intervals.
    """
    if not balance.raw:
        return balance.settled_nets
    return frozenset(
        task for task, _, ends in _bar_values(balance) if ends.low > 0 or ends.high < 0
    )


def pale_bars(balance: Balance) -> str:
    """What is pale among the bars, in words; empty where none is, or where all are."""
    known = with_bars(balance)
    sure = sure_bars(balance)
    pale = [one for one in known if one[0] not in sure]
    if not pale or not any(math.isfinite(ends.low) for *_, ends in known):
        return ""
    if balance.raw:
        return "pale: the whisker holds 0"
    text = "pale: not sure"
    if any(ends.low > 0 or ends.high < 0 for *_, ends in pale):
        text += f"; of {len(_bar_values(balance))} tasks, one whisker in 20 misses 0 by luck"
    return text


def _bars(
    balance: Balance,
    theme: Theme,
    *,
    name: str,
    title: str,
    nothing: str,
    colors: tuple[str, str],
    sure: frozenset[str],
) -> go.Figure:
    """Bars from top to bottom; colors: of values above zero and below; sure: not in doubt."""
    known = with_bars(balance)
    layout = _bars_layout(known, title, theme)
    if not known:
        return assembled(layout={**layout, "annotations": [note(nothing, theme)]})
    layout["shapes"] = _bar_lines(balance, theme)
    told = signed_column([value for _, value, _ in known])
    inks = [colors[0] if value > 0 else colors[1] for _, value, _ in known]
    doubtful = [task not in sure for task, *_ in known]
    layout["annotations"] = [
        _value_beside(at, text, theme.muted if doubt else ink)
        for at, (text, ink, doubt) in enumerate(zip(told, inks, doubtful, strict=True))
    ]
    hovers = _hovers(balance)
    return assembled(
        data=[
            go.Bar(
                x=[value for _, value, _ in known],
                y=list(range(len(known))),
                orientation="h",
                name=name,
                **selects_points([(task,) for task, *_ in known]),
                # A sign in doubt is pale, as in a matrix.
                marker={
                    "color": [
                        mix(ink, theme.surface, PALE) if doubt else ink
                        for ink, doubt in zip(inks, doubtful, strict=True)
                    ]
                },
                error_x=_whiskers(
                    [value for _, value, _ in known],
                    [interval for *_, interval in known],
                    theme.text,
                ),
                hoverinfo="text",
                hovertext=[hovers[task] for task, *_ in known],
            )
        ],
        layout=layout,
    )


def _bars_layout(known: Sequence[Bar], title: str, theme: Theme) -> dict[str, Any]:
    """A row for each task, named in full where its name is not too long."""
    names = shortened_apart((task for task, *_ in known), NAME_LENGTH)
    return {
        "template": theme.template,
        "height": 84 + BAR_HEIGHT * max(len(known), 3),
        "margin": {"l": room_for(names), "r": 58, "t": 16, "b": 54},
        "bargap": 0.35,
        "xaxis": {
            "title": {"text": title},
            "range": _net_range([(value, interval) for _, value, interval in known]),
        },
        "yaxis": row_axis(names),
    }


def _value_beside(row: int, text: str, color: str) -> dict[str, Any]:
    """A bar's value; all under each other at the right, where no whisker runs through them."""
    return {
        "name": "value",
        "text": text,
        "x": 1,
        "xref": "paper",
        "xanchor": "right",
        "xshift": 52,
        "y": row,
        "showarrow": False,
        "font": {"size": 12, "color": color},
    }


def _bar_lines(balance: Balance, theme: Theme) -> list[dict[str, Any]]:
    """Zero, and where bars between the first and the last ones are left out."""
    lines: list[dict[str, Any]] = [
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
    if between_bars(balance):
        lines.append(
            {
                "type": "line",
                "name": "between",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": BARS_AT_EACH_END - 0.5,
                "y1": BARS_AT_EACH_END - 0.5,
                "line": {"color": theme.muted, "width": 1, "dash": "dot"},
            }
        )
    return lines


def _net_range(known: Sequence[tuple[float, Interval]]) -> tuple[float, float]:
    nets = [value for value, _ in known]
    reach = max((abs(net) for net in nets), default=1.0) or 1.0
    ends = [
        end for _, interval in known for end in (interval.low, interval.high) if math.isfinite(end)
    ]
    low, high = min([0.0, *nets, *ends]), max([0.0, *nets, *ends])
    return max(low, -2 * reach) - 0.06 * reach, min(high, 2 * reach) + 0.06 * reach
