"""Maps of the items side by side: where each model puts them, coloured by their group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray, IntArray
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix
from dashboard.figures.parts.points import heading, note, padded
from dashboard.figures.parts.theme import TASK_PALETTE, Theme
from dashboard.text.names import escape, shortened, shortened_apart
from dashboard.text.numbers import number

if TYPE_CHECKING:
    from core.similarity.item_maps import ItemMap, ItemMaps


COLUMNS = 3
CELL_WIDTH, LOWEST, HIGHEST = 240, 110, 240
"""Pixels; a map's height goes by what is on it, so that both axes have one scale."""
HEAD, GAP, FOOT, LEGEND, EDGE = 24, 14, 12, 52, 10
POINTS_SHOWN = 1_000
"""Of a map; of more items every so manieth is drawn."""
GROUPS_COLOURED = len(TASK_PALETTE)
NAME_LENGTH = 22


def _limits(found: ItemMaps) -> tuple[tuple[float, float], tuple[float, float], int]:
    """Ends of both axes, of one scale, and the height of a map in pixels.

    Where the places are known a point far beyond them is out of sight: it would make all others
    small.
    """
    every = np.vstack([one.points for one in found.maps] or [np.zeros((1, 2))])
    if found.target is not None:
        low, high = np.nanmin(found.target, axis=0), np.nanmax(found.target, axis=0)
        room = 0.3 * (high - low)
        every = np.vstack([every.clip(low - room, high + room), found.target])
    (left, right), (bottom, top) = padded(every[:, 0], 0.04), padded(every[:, 1], 0.04)
    wide, tall = right - left, top - bottom
    height = float(np.clip(CELL_WIDTH * tall / wide, LOWEST, HIGHEST))
    scale = max(wide / CELL_WIDTH, tall / height)
    more = (scale * CELL_WIDTH - wide) / 2, (scale * height - tall) / 2
    return (left - more[0], right + more[0]), (bottom - more[1], top + more[1]), round(height)


def figure_size(found: ItemMaps) -> tuple[int, int]:
    """Width and height in pixels: three maps in a row."""
    *_, high = _limits(found)
    count = len(found.maps) + (found.target is not None)
    columns, rows = min(count, COLUMNS), max(math.ceil(count / COLUMNS), 1)
    return (
        2 * EDGE + columns * CELL_WIDTH + (columns - 1) * GAP,
        LEGEND + rows * (high + HEAD) + (rows - 1) * GAP + FOOT,
    )


def drawn_items(found: ItemMaps) -> IntArray:
    """Positions of the items that have a point: all, or every so manieth."""
    step = max(1, math.ceil(len(found.items) / POINTS_SHOWN))
    return np.arange(0, len(found.items), step)


def maps_figure(found: ItemMaps, theme: Theme, *, over_training: bool) -> go.Figure:
    """A map for each model; first, where there are any, the coordinates themselves.

    All have the same axes, which nobody needs to read: what counts is where items lie to each
    other.
    """
    grouped = _grouped(found)
    width, height = figure_size(found)
    layout: dict[str, Any] = {
        "template": theme.template,
        "width": width,
        "height": height,
        "margin": {"l": EDGE, "r": EDGE, "t": LEGEND, "b": FOOT},
        "showlegend": bool(found.groups),
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 12},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    }
    maps: list[tuple[ItemMap | None, FloatArray]] = [(one, one.points) for one in found.maps]
    if found.target is not None:
        maps.insert(0, (None, found.target))
    if not found.maps:
        return assembled(layout={**layout, "annotations": [note("no map", theme)]})
    x_range, y_range, high = _limits(found)
    inner = (width - 2 * EDGE, height - LEGEND - FOOT)
    at = drawn_items(found)
    data: list[Any] = []
    annotations = []
    tasks = list(dict.fromkeys(one.task for one, _ in maps if one is not None))
    called = dict(zip(tasks, shortened_apart(tasks, NAME_LENGTH), strict=True))
    for place, (one, points) in enumerate(maps):
        row, column = divmod(place, COLUMNS)
        left = column * (CELL_WIDTH + GAP) / inner[0]
        top = 1 - (row * (high + HEAD + GAP) + HEAD) / inner[1]
        axes = (f"x{place + 1}" if place else "x", f"y{place + 1}" if place else "y")
        plain = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False}
        line = {"showline": True, "mirror": True, "linecolor": theme.line, "linewidth": 1}
        layout[f"xaxis{place + 1 if place else ''}"] = {
            **plain,
            **line,
            "domain": (left, min(left + CELL_WIDTH / inner[0], 1.0)),
            "anchor": axes[1],
            "range": x_range,
        }
        layout[f"yaxis{place + 1 if place else ''}"] = {
            **plain,
            **line,
            "domain": (max(top - high / inner[1], 0.0), top),
            "anchor": axes[0],
            "range": y_range,
        }
        data += _points(found, points, at, axes, theme, grouped, first=place == 0)
        name = "" if one is None else called[one.task]
        if one is not None and over_training:
            name = f"checkpoint {one.checkpoint:,}"
        annotations.append(_head(found, one, axes, theme, name=name))
    return assembled(data=data, layout={**layout, "annotations": annotations})


def group_names(found: ItemMaps) -> list[str]:
    """The groups that have a colour of their own, largest first; the others share one."""
    names, counts = np.unique(np.array(found.groups, dtype=object).astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [str(names[i]) for i in order[:GROUPS_COLOURED]]


Grouped = tuple[np.ndarray, list[str], dict[str, str]]
"""(n_items,) what each item is drawn as, the traces there are, and their colours."""


def _grouped(found: ItemMaps) -> Grouped:
    named = group_names(found) if found.groups else []
    groups = np.array([g if g in named else "others" for g in found.groups], dtype=object)
    rest = len(named) and "others" not in named and (groups == "others").any()
    colors = {name: TASK_PALETTE[i % len(TASK_PALETTE)] for i, name in enumerate(named)}
    return groups, [*named, *(["others"] if rest else [])] or [""], colors


def _points(
    found: ItemMaps,
    points: FloatArray,
    at: IntArray,
    axes: tuple[str, str],
    theme: Theme,
    grouped: Grouped,
    *,
    first: bool,
) -> list[Any]:
    """A trace for each group, so that the legend names them once."""
    groups, kinds, colors = grouped
    traces = []
    for kind, name in zip(kinds, shortened_apart(kinds, NAME_LENGTH), strict=True):
        mine = at if not found.groups else at[groups[at] == kind]
        mine = mine[np.isfinite(points[mine]).all(axis=1)]
        traces.append(
            {
                "type": "scattergl" if len(at) * len(found.maps) > 6_000 else "scatter",
                "mode": "markers",
                "name": escape(name) or "items",
                "legendgroup": kind,
                "showlegend": first and bool(found.groups),
                "x": points[mine, 0],
                "y": points[mine, 1],
                "xaxis": axes[0],
                "yaxis": axes[1],
                "marker": {
                    "size": 5,
                    "opacity": 0.85,
                    "color": colors.get(kind, mix(theme.muted, theme.background, 0.3)),
                    "line": {"width": 0},
                },
                "hoverinfo": "text",
                "hovertext": [_hover(found, int(i), points) for i in mine],
            }
        )
    return traces


def _hover(found: ItemMaps, item: int, points: FloatArray) -> str:
    lines = [f"<b>{escape(found.items[item])}</b>"]
    if found.groups:
        lines.append(escape(found.groups[item]))
    if found.axes and found.target is not None and points is not found.target:
        off = float(np.hypot(*(points[item] - found.target[item])))
        lines.append(f"{number(off)} from its place")
    return "<br>".join(lines)


def _head(
    found: ItemMaps,
    one: ItemMap | None,
    axes: tuple[str, str],
    theme: Theme,
    *,
    name: str,
) -> dict[str, Any]:
    if one is None:
        x, y = found.axes
        text = f"<b>as it is</b>  {escape(shortened(f'{x}, {y}', NAME_LENGTH))}"
    else:
        text = f"<b>{escape(name)}</b>  {quality_text(found, one)}"
    return heading(axes, text, theme.text, name="head")


def quality_text(found: ItemMaps, one: ItemMap) -> str:
    """`R² 0.95` of a probe, `61 % of variance` of components."""
    if found.axes:
        return f"R² {number(one.quality)}"
    return (
        f"{number(100 * one.quality)} % of variance" if math.isfinite(one.quality) else "constant"
    )
