"""The net of each task, or its giver effect, as a bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from core.numerics.intervals import Interval
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.balance.hover import hovers
from dashboard.figures.balance.whiskers import error_bars, told_beyond
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.named_rows import room_for, row_axis
from dashboard.figures.parts.points import NAME_LENGTH, note
from dashboard.figures.parts.selection import selects_points
from dashboard.figures.parts.theme import Theme
from dashboard.text import captions
from dashboard.text.names import shortened_apart
from dashboard.text.numbers import signed_column

if TYPE_CHECKING:
    from core.analyses.balance import Balance


BAR_HEIGHT = 30
VALUE_PX = 12
"""Pixels of the letters of the values."""
BARS_UP_TO, BARS_AT_EACH_END = 60, 20
"""Tasks that each have a bar; of more, those at both ends have one."""
PALE = 0.6
"""The share of the background in a bar whose sign is in doubt."""
Bar = tuple[str, float, Interval]
"""A task, its value and the interval of that."""


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


def sure_bars(balance: Balance) -> frozenset[str]:
    """The tasks whose bar has its full colour: those that the sentence above says are sure.

    Of nets those settled over all tasks; of giver effects, of which the sentence names the ends,
    those whose interval excludes zero. Without any interval, as of one run, that is all: where
    every bar is pale, that sets nothing apart.
    """
    known = _bar_values(balance)
    if not _has_intervals(known):
        return frozenset(task for task, *_ in known)
    if not balance.raw:
        return balance.settled_nets
    return frozenset(task for task, _, ends in known if ends.low > 0 or ends.high < 0)


def _has_intervals(bars: Sequence[Bar]) -> bool:
    return any(math.isfinite(ends.low) for *_, ends in bars)


def pale_bars(balance: Balance) -> str:
    """What is pale among the bars, in words; empty where none is, or where all are."""
    known = with_bars(balance)
    sure = sure_bars(balance)
    pale = [one for one in known if one[0] not in sure]
    if not pale or not _has_intervals(known):
        return ""
    if balance.raw:
        return "faint: the whisker holds 0"
    text = "faint: not sure"
    if any(ends.low > 0 or ends.high < 0 for *_, ends in pale):
        text += f"; of {len(_bar_values(balance))} tasks, one whisker in 20 misses 0 by luck"
    return text


def beyond_bars(balance: Balance) -> str:
    """Which whiskers end outside the bars' frame, in words; empty where none does."""
    known = with_bars(balance)
    ends = {task: [interval] for task, _, interval in known}
    return told_beyond(ends, _net_range(known))


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
    told = signed_column([value for _, value, _ in known])
    layout = _bars_layout(known, told, title, theme)
    if not known:
        return assembled(layout={**layout, "annotations": [note(nothing, theme)]})
    layout["shapes"] = _bar_lines(balance, theme)
    inks = [colors[0] if value > 0 else colors[1] for _, value, _ in known]
    doubtful = [task not in sure for task, *_ in known]
    room = _room_beside(told)
    layout["annotations"] = [
        _value_beside(at, text, theme.muted if doubt else ink, room)
        for at, (text, ink, doubt) in enumerate(zip(told, inks, doubtful, strict=True))
    ]
    told_of = hovers(balance)
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
                error_x=error_bars(
                    [value for _, value, _ in known],
                    [interval for *_, interval in known],
                    theme.text,
                ),
                hoverinfo="text",
                hovertext=[told_of[task] for task, *_ in known],
            )
        ],
        layout=layout,
    )


def _room_beside(told: Sequence[str]) -> int:
    """Pixels at the right of the frame that its values take, apart from a whisker at its edge."""
    return round(max((text_width(text, VALUE_PX) for text in told), default=0.0)) + 12


def _bars_layout(
    known: Sequence[Bar], told: Sequence[str], title: str, theme: Theme
) -> dict[str, Any]:
    """A row for each task, named in full where its name is not too long; told: its values."""
    names = shortened_apart((task for task, *_ in known), NAME_LENGTH)
    return {
        "template": theme.template,
        "height": 84 + BAR_HEIGHT * max(len(known), 3),
        "margin": {"l": room_for(names), "r": _room_beside(told) + 6, "t": 16, "b": 54},
        "bargap": 0.35,
        "xaxis": {
            "title": {"text": title},
            "range": _net_range(known),
        },
        "yaxis": row_axis(names),
    }


def _value_beside(row: int, text: str, color: str, room: int) -> dict[str, Any]:
    """A bar's value; all under each other at the right, where no whisker runs through them."""
    return {
        "name": "value",
        "text": text,
        "x": 1,
        "xref": "paper",
        "xanchor": "right",
        "xshift": room,
        "y": row,
        "showarrow": False,
        "font": {"size": VALUE_PX, "color": color},
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


def _net_range(known: Sequence[Bar]) -> tuple[float, float]:
    nets = [value for _, value, _ in known]
    reach = max((abs(net) for net in nets), default=1.0) or 1.0
    ends = [
        end for *_, interval in known for end in (interval.low, interval.high) if math.isfinite(end)
    ]
    low, high = min([0.0, *nets, *ends]), max([0.0, *nets, *ends])
    return max(low, -2 * reach) - 0.06 * reach, min(high, 2 * reach) + 0.06 * reach
