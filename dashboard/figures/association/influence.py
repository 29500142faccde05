"""What carries r and the similarity: without each task, without each group of items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray, IntArray
from core.study import Study
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.named_rows import room_for, row_axis
from dashboard.figures.parts.selection import selects_points
from dashboard.figures.parts.theme import Mode, Theme, task_colors
from dashboard.text.findings.predictors import measure_of
from dashboard.text.names import escape, shortened, shortened_apart
from dashboard.text.numbers import NOTHING, counted, number, signed, two_decimals

if TYPE_CHECKING:
    from core.analyses.association.association import Association
    from core.analyses.association.influence import ItemInfluence


ROW_HEIGHT = 26
PANEL_ROOM, PANEL_TOP = 54, 26
NAME_LENGTH = 18
MARK = 11
MOST_ROWS = 16
"""Groups or pairs of tasks that are drawn: those that change most."""
MANY_TASKS, MOST_TASKS = 50, 30
"""Of more tasks than the first, as many as the second are drawn; a thousand rows take a browser
half a minute."""
CLOSE = 0.05
"""Values nearer to each other than this are told with one digit more."""


# -- without each task -------------------------------------------------------------------------


def task_influence(association: Association, study: Study, theme: Theme) -> go.Figure:
    """r without each task, a row each, against r of all of them.

    Sorted by r; of many tasks those that change r most. A click on a dot selects its task.
    """
    order = _tasks_shown(association)
    tasks = [association.tasks[i] for i in order]
    colors = task_colors(study.tasks)
    panel = _Panel(
        title="r without the task",
        what="r",
        whole=association.pearson.r,
        names=shortened_apart(tasks, NAME_LENGTH),
        values=association.without_task[order],
        colors=[colors.get(task, theme.muted) for task in tasks],
        keys=tasks,
        hover=[f"without {task}" for task in tasks],
        selects=True,
    )
    return _dots([panel], theme)


def _tasks_shown(association: Association) -> list[int]:
    """Positions of the tasks that are drawn, in their order."""
    without = association.without_task
    if len(without) <= MANY_TASKS:
        return _sorted(without)
    most = _most_changed(without - association.pearson.r, MOST_TASKS)
    return [int(most[i]) for i in _sorted(without[most])]


def tasks_note(association: Association) -> str:
    """How many of the tasks are drawn; empty where all are."""
    many = len(association.without_task) > MANY_TASKS
    return f"the {MOST_TASKS} tasks that change r most" if many else ""


# -- without each group of items ---------------------------------------------------------------


def item_influence(influence: ItemInfluence, theme: Theme) -> go.Figure:
    """Mean similarity (above) and r (below) without each group of items, against all items.

    The same rows in both, sorted by r; of many groups those that change r most. Hollow diamonds
    are without as many items drawn at random.
    """
    order = _shown(influence)
    groups = [influence.groups[i] for i in order]
    counts = [int(influence.items[i]) for i in order]
    name = measure_of(influence)

    def panel(
        title: str, what: str, whole: float, values: FloatArray, random: FloatArray
    ) -> _Panel:
        return _Panel(
            title=title,
            what=what,
            whole=whole,
            names=[
                f"{group} ({count:,})"
                for group, count in zip(shortened_apart(groups, NAME_LENGTH), counts, strict=True)
            ],
            values=values[order],
            colors=[theme.text] * len(order),
            keys=groups,
            hover=[
                f"without {counted(count, 'item')} of {shortened(group, 40)}"
                for group, count in zip(groups, counts, strict=True)
            ],
            random=random[order],
        )

    return _dots(
        [
            panel(
                f"mean {name} without the group",
                name,
                influence.mean,
                influence.mean_without,
                influence.mean_random,
            ),
            panel("r without the group", "r", influence.r, influence.r_without, influence.r_random),
        ],
        theme,
    )


def _shown(influence: ItemInfluence) -> list[int]:
    """Positions of the groups that are drawn, in their order."""
    change = influence.r_without - influence.r
    if not math.isfinite(influence.r):
        change = influence.mean_without - influence.mean
    most = _most_changed(change, MOST_ROWS)
    return [int(most[i]) for i in _sorted(influence.r_without[most])]


def _most_changed(change: FloatArray, count: int) -> IntArray:
    """Positions of the largest changes in either direction, what is undefined last."""
    return np.argsort(-np.nan_to_num(np.abs(change), nan=-1.0), kind="stable")[:count]


def _sorted(values: FloatArray) -> list[int]:
    """Positions, the largest value first, what is undefined last."""
    return [int(i) for i in np.argsort(-values, kind="stable")]


@dataclass(frozen=True)
class _Panel:
    """One set of dots, a row each, against one vertical line at `whole`.

    names, values, colors, keys, hover: one a row. what: what the values are. random: what the
    values would be by chance, one a row, as hollow marks. selects: keys are tasks, and a click on
    a dot selects its own.
    """

    title: str
    what: str
    whole: float
    names: Sequence[str]
    values: FloatArray
    colors: Sequence[str]
    keys: Sequence[str]
    hover: Sequence[str]
    random: FloatArray | None = None
    selects: bool = False

    @property
    def height(self) -> int:
        """Pixels of the rows."""
        return ROW_HEIGHT * max(len(self.names), 1)


def _values_beside(panel: _Panel, axes: Mapping[str, str], theme: Theme) -> list[dict[str, Any]]:
    """Above the panel what it is of all, and at the right of each row its value."""
    texts: list[dict[str, Any]] = []
    if math.isfinite(panel.whole):
        texts.append(
            {
                "name": "whole",
                "text": f"{escape(panel.what)} of all: {number(panel.whole)}",
                "x": panel.whole,
                "y": -0.5,
                **axes,
                "showarrow": False,
                **_beside(panel),
                "yanchor": "bottom",
                "font": {"size": 11, "color": theme.muted},
            }
        )
    # Of many tasks each alone changes little: two digits would be the same for all.
    spread = panel.values[np.isfinite(panel.values)]
    close = spread.size > 1 and float(np.ptp(spread)) < CLOSE
    for row, value in enumerate(panel.values.tolist()):
        there = math.isfinite(value)
        texts.append(
            {
                "name": "value",
                "text": (number(value) if close else two_decimals(value)) if there else NOTHING,
                "x": 1,
                "xref": "paper",
                "y": row,
                "yref": axes["yref"],
                "xanchor": "right",
                "xshift": 46,
                "showarrow": False,
                "font": {"size": 12, "color": theme.text if there else theme.muted},
            }
        )
    return texts


def _dots(panels: Sequence[_Panel], theme: Theme) -> go.Figure:
    """Panels under each other; every row is named at the left, its value at the right."""
    heights = [panel.height + PANEL_TOP + PANEL_ROOM for panel in panels]
    total = sum(heights)
    margin = {
        "l": room_for(name for panel in panels for name in panel.names),
        "r": 52,
        "t": 0,
        "b": 0,
    }
    layout: dict[str, Any] = {"template": theme.template, "height": total, "margin": margin}
    shapes: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    traces = []
    top = 0
    for at, (panel, height) in enumerate(zip(panels, heights, strict=True)):
        suffix = "" if at == 0 else str(at + 1)
        rows = len(panel.names)
        domain = (
            1 - (top + PANEL_TOP + panel.height) / total,
            1 - (top + PANEL_TOP) / total,
        )
        top += height
        known = np.isfinite(panel.values)
        layout[f"xaxis{suffix}"] = {
            "range": _range(panel),
            "anchor": f"y{suffix}",
            "nticks": 5,
            "title": {"text": escape(panel.title), "standoff": 6},
        }
        layout[f"yaxis{suffix}"] = {
            **row_axis(panel.names),
            "range": (max(rows, 1) - 0.5, -0.5),
            "domain": domain,
            "anchor": f"x{suffix}",
        }
        axes = {"xref": f"x{suffix}", "yref": f"y{suffix}"}
        if math.isfinite(panel.whole):
            shapes += _reference(panel, axes, theme)
        annotations += _values_beside(panel, axes, theme)
        if panel.random is not None:
            traces.append(_random_trace(panel, panel.random, suffix, theme))
        traces.append(_dots_trace(panel, known, suffix, theme))
    layout["shapes"], layout["annotations"] = shapes, annotations
    return assembled(data=traces, layout=layout)


def _dots_trace(panel: _Panel, known: Any, suffix: str, theme: Theme) -> go.Scatter:
    at = np.flatnonzero(known).tolist()
    return go.Scatter(
        x=panel.values[at],
        y=at,
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        mode="markers",
        name=panel.what,
        cliponaxis=False,
        **(
            selects_points([(panel.keys[i],) for i in at])
            if panel.selects
            else {"customdata": [panel.keys[i] for i in at]}
        ),
        marker={
            "size": MARK,
            "color": [panel.colors[i] for i in at],
            "line": {
                "width": 1,
                "color": theme.background if theme.mode is Mode.LIGHT else theme.muted,
            },
        },
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(panel.hover[i])}</b><br>{escape(panel.what)}"
            f" {number(float(panel.values[i]))}"
            + (
                f"<br>{signed(float(panel.values[i]) - panel.whole)} against all"
                if math.isfinite(panel.whole)
                else ""
            )
            for i in at
        ],
    )


def _random_trace(panel: _Panel, random: FloatArray, suffix: str, theme: Theme) -> go.Scatter:
    at = np.flatnonzero(np.isfinite(random)).tolist()
    return go.Scatter(
        x=random[at],
        y=at,
        xaxis=f"x{suffix}",
        yaxis=f"y{suffix}",
        mode="markers",
        name=f"{panel.what} at random",
        marker={
            "symbol": "diamond-open",
            "size": MARK - 2,
            "color": theme.muted,
            "line": {"width": 1.5, "color": theme.muted},
        },
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(panel.hover[i])}</b><br>without as many drawn at random:"
            f" {escape(panel.what)} {number(float(random[i]))}"
            for i in at
        ],
    )


def _reference(panel: _Panel, axes: dict[str, str], theme: Theme) -> list[dict[str, Any]]:
    """The line of all, and from it a thin one to every dot."""
    quiet = mix(theme.muted, theme.background, 0.35)
    found = [
        {
            "type": "line",
            "name": "change",
            **axes,
            "x0": panel.whole,
            "x1": value,
            "y0": row,
            "y1": row,
            "layer": "below",
            "line": {"color": quiet, "width": 2},
        }
        for row, value in enumerate(panel.values.tolist())
        if math.isfinite(value)
    ]
    whole = {
        "type": "line",
        "name": "whole",
        **axes,
        "x0": panel.whole,
        "x1": panel.whole,
        "y0": -0.5,
        "y1": max(len(panel.names), 1) - 0.5,
        "layer": "below",
        "line": {"color": theme.text, "width": 1.5, "dash": "dot"},
    }
    return [*found, whole]


def _beside(panel: _Panel) -> dict[str, Any]:
    """The label of the line, on the side where there is more room."""
    low, high = _range(panel)
    share = (panel.whole - low) / (high - low)
    if share < 0.3:
        return {"xanchor": "left"}
    return {"xanchor": "right" if share > 0.7 else "center"}


def _range(panel: _Panel) -> tuple[float, float]:
    random = [] if panel.random is None else panel.random.tolist()
    known = [v for v in [*panel.values.tolist(), *random, panel.whole] if math.isfinite(v)]
    if not known:
        return -1.0, 1.0
    low, high = min(known), max(known)
    room = max((high - low) * 0.1, 0.01)
    return low - room, high + room


def rows_note(influence: ItemInfluence) -> str:
    """How many of the groups are drawn; empty where all are."""
    few = len(influence.groups) > MOST_ROWS
    return f"the {MOST_ROWS} groups that change r most" if few else ""
