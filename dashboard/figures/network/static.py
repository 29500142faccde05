"""The transfer graph as a drawing: what Cytoscape draws in the page, for files and print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.numerics.arrays import FloatArray
from core.study import Study
from dashboard.figures.network.folds import Element
from dashboard.figures.network.interactive import (
    LABEL_SIZE,
    LINE,
    USUAL_LOOK,
    GraphLook,
    graph_elements,
)
from dashboard.figures.network.legend import Sign, legend_items
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape

if TYPE_CHECKING:
    from core.analyses.network.graph import TransferGraph


PADDING = 48.0
BEND = 0.16
"""How far an arrow's middle lies beside the straight line, as a share of its length."""
HEAD = 9.0
LEGEND_LINE, LEGEND_PADDING = 14, 12
NAME_SIZE = LABEL_SIZE


def graph_drawing(
    graph: TransferGraph,
    study: Study,
    theme: Theme,
    look: GraphLook = USUAL_LOOK,
    *,
    threshold: float,
    legend: bool = True,
) -> go.Figure:
    """Tasks and arrows where, as large and in the colours that the page has them.

    An arrow that harms is dashed and ends in a bar. Hovering a task tells of it. legend: below,
    what colours, sizes and arrows mean.
    """
    elements = graph_elements(graph, study, theme, look, threshold=threshold)
    nodes = _told_apart([_boxed(element) for element in elements if "position" in element])
    if not nodes:
        return assembled(layout={"template": theme.template})
    places = {node["data"]["id"]: _place(node) for node in nodes}
    drawn = {node["data"]["id"]: node["data"] for node in nodes}
    shapes: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []
    for edge in (element for element in elements if "position" not in element):
        data = edge["data"]
        shapes += _arrow(
            places[data["source"]],
            places[data["target"]],
            ends=(drawn[data["source"]], drawn[data["target"]]),
            width=data["width"],
            harms=data["harms"],
            raw=data["raw"],
            theme=theme,
        )
        if data["numbered"]:
            said.append(_number(places[data["source"]], places[data["target"]], data, theme))
    x, y = np.array([places[node["data"]["id"]] for node in nodes]).T
    (left, right), (low, high) = _reach(nodes, x, y)
    lines = _legend_lines(graph, study, theme, folds=look.folds is not None) if legend else []
    below = LEGEND_PADDING + LEGEND_LINE * len(lines) if lines else 0
    return assembled(
        data=[_tasks(nodes, x, y, theme)],
        layout={
            "template": theme.template,
            # A pixel of the page is a pixel here: arrows meet their tasks at no other size.
            "width": round(right - left),
            "height": round(high - low) + below,
            "margin": {"l": 0, "r": 0, "t": 0, "b": below},
            "annotations": [*said, *([_legend(lines, theme)] if lines else [])],
            "xaxis": {"visible": False, "range": (left, right), "fixedrange": True},
            "yaxis": {"visible": False, "range": (low, high), "fixedrange": True},
            # Over the arrows, under the names.
            "shapes": shapes + [_box(node, theme) for node in nodes if "fold" in node["data"]],
        },
    )


def _boxed(node: Element) -> Element:
    """A group's name stands in its box, as on the page."""
    return {**node, "data": {**node["data"], "inside": True}} if "fold" in node["data"] else node


def _box(node: Element, theme: Theme) -> dict[str, Any]:
    (x, y), data = _place(node), node["data"]
    return {
        "type": "rect",
        "name": "group",
        "x0": x - data["wide"] / 2,
        "x1": x + data["wide"] / 2,
        "y0": y - data["size"] / 2,
        "y1": y + data["size"] / 2,
        "fillcolor": data["color"],
        "line": {"width": 1, "color": theme.muted},
        "layer": "below",
    }


def _reach(
    nodes: Sequence[Element], x: FloatArray, y: FloatArray
) -> tuple[tuple[float, float], tuple[float, float]]:
    """From where to where nodes and their names reach, across and down; names reach further."""
    reach = max(node["data"]["size"] for node in nodes) / 2 + PADDING / 2
    names = [
        n["data"].get("wide") or text_width(n["data"]["label"], _letters(n["data"])) for n in nodes
    ]
    beside = max(reach, *(wide / 2 + 4 for wide in names))
    over = [_height_beside(node["data"]) for node in nodes]
    up = [size if node["data"]["above"] else 0.0 for node, size in zip(nodes, over, strict=True)]
    down = [size - part for size, part in zip(over, up, strict=True)]
    return (
        (x.min() - beside, x.max() + beside),
        (min(y.min() - reach, *(y - down)), max(y.max() + reach, *(y + up))),
    )


def _legend_lines(graph: TransferGraph, study: Study, theme: Theme, *, folds: bool) -> list[str]:
    """What the page says below the graph, as HTML: tasks, arrows, those of groups."""
    glyphs = {
        Sign.GIVER: ("●", theme.positive),
        Sign.TAKER: ("●", theme.negative),
        Sign.ARROW: ("→", theme.muted),
        Sign.BETTER: ("→", theme.positive),
        Sign.WORSE: ("⊣", theme.negative),
        Sign.FOLDED: ("→", theme.muted),
    }
    lines: dict[str, list[str]] = {"tasks": [], "arrows": [], "groups": []}
    for item in legend_items(study, raw=graph.raw, net=graph.net, folds=folds):
        if item.sign is Sign.FOLD:
            # Nothing in a picture can be clicked.
            continue
        glyph, color = glyphs.get(item.sign, ("", ""))
        mark = f'<span style="color:{color}">{glyph}</span> ' if glyph else ""
        lines[item.sign.about].append(mark + item.text)
    return ["   ".join(line) for line in lines.values() if line]


def _legend(lines: Sequence[str], theme: Theme) -> dict[str, Any]:
    """Below the graph."""
    return {
        "text": "<br>".join(lines),
        "name": "legend",
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0,
        "yanchor": "top",
        "yshift": -4,
        "showarrow": False,
        "font": {"size": 11, "color": theme.text},
    }


def _number(
    start: tuple[float, float], end: tuple[float, float], data: dict[str, Any], theme: Theme
) -> dict[str, Any]:
    """An arrow's number in the middle of its bend."""
    a, b = np.array(start), np.array(end)
    x, y = (a + b) / 2 + np.array([-(b - a)[1], (b - a)[0]]) * BEND / 2
    return {
        "text": escape(data["label"]),
        "x": float(x),
        "y": float(y),
        "showarrow": False,
        "borderpad": 1,
        "bgcolor": theme.background,
        "font": {"size": 11, "color": theme.text},
    }


def _place(node: Element) -> tuple[float, float]:
    # Downwards on a screen, upwards on an axis.
    return node["position"]["x"], -node["position"]["y"]


def _tasks(nodes: list[Element], x: Any, y: Any, theme: Theme) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": x,
        "y": y,
        "marker": {
            # That of a group lies within its box.
            "size": [n["data"]["size"] - (4 if "fold" in n["data"] else 0) for n in nodes],
            "symbol": ["square" if "fold" in node["data"] else "circle" for node in nodes],
            "color": [node["data"]["color"] for node in nodes],
            "opacity": 1,
            "line": {
                "width": [0 if "fold" in node["data"] else 1 for node in nodes],
                "color": theme.muted,
            },
        },
        "text": [escape(node["data"]["label"]).replace("\n", "<br>") for node in nodes],
        "textposition": [_beside(node["data"]) for node in nodes],
        "textfont": {
            "size": _letters(nodes[0]["data"]),
            "color": [
                node["data"]["ink"] if node["data"]["inside"] else theme.text for node in nodes
            ],
        },
        "hoverinfo": "text",
        "hovertext": [escape(node["data"]["info"]).replace("\n", "<br>") for node in nodes],
        "cliponaxis": False,
    }


def _told_apart(nodes: list[Element]) -> list[Element]:
    """The same tasks, with short names where whole ones would lie over each other.

    Where those of many tasks still would, only those are named that the page names from afar.
    """
    if any("short" not in node["data"] for node in nodes) or not _meet(nodes):
        return nodes
    short = [{**node, "data": {**node["data"], "label": _short(node["data"])}} for node in nodes]
    from_afar = ["named-from-afar" in node["classes"].split() for node in nodes]
    if not any(from_afar) or not _meet(short):
        return short
    return [
        {**node, "data": {**node["data"], **({} if named else {"label": ""}), "large": True}}
        for node, named in zip(nodes, from_afar, strict=True)
    ]


def _meet(nodes: Sequence[Element]) -> bool:
    """Whether a name lies over another."""
    boxes: FloatArray = np.array([_name_box(node) for node in nodes]).reshape(-1, 4)
    left, right, bottom, top = boxes.T
    across = (left[:, None] < right) & (left < right[:, None])
    down = (bottom[:, None] < top) & (bottom < top[:, None])
    return bool(np.triu(across & down, 1).any())


def _letters(data: dict[str, Any]) -> float:
    """Pixels of a name's letters."""
    return float(data["fontSize"]) if data.get("large") else NAME_SIZE


def _short(data: dict[str, Any]) -> str:
    """A label with its name cut; its number stays."""
    return "\n".join([data["short"].split("\n")[0], *data["label"].split("\n")[1:]])


def _name_box(node: Element) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a name, in pixels."""
    x, y = _place(node)
    lines = node["data"]["label"].split("\n")
    half = max(text_width(line, NAME_SIZE) for line in lines) / 2
    high, circle = len(lines) * NAME_SIZE * LINE, node["data"]["size"] / 2
    if node["data"]["inside"]:
        return x - half, x + half, y - high / 2, y + high / 2
    bottom = y + circle if node["data"]["above"] else y - circle - high
    return x - half, x + half, bottom, bottom + high


def _height_beside(data: dict[str, Any]) -> float:
    """How far from the middle of its circle a name reaches that stands above or below it."""
    lines = data["label"].count("\n") + 1
    return 0.0 if data["inside"] else data["size"] / 2 + lines * _letters(data) * LINE + 14


def _beside(data: dict[str, Any]) -> str:
    """Where a name stands at its circle."""
    return f"{'middle' if data['inside'] else 'top' if data['above'] else 'bottom'} center"


def _arrow(
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    ends: tuple[dict[str, Any], dict[str, Any]],
    width: float,
    harms: bool,
    raw: bool,
    theme: Theme,
) -> list[dict[str, Any]]:
    """A bent line from edge to edge of two circles or boxes, and its head. ends: their data."""
    a, b = np.array(start), np.array(end)
    length = float(np.hypot(*(b - a))) or 1.0
    beside = np.array([-(b - a)[1], (b - a)[0]]) / length
    middle = (a + b) / 2 + beside * length * BEND
    head = HEAD + width
    away, toward = _unit(middle - a), _unit(b - middle)
    a = a + away * (_to_edge(ends[0], away) + 1)
    tip = b - toward * (_to_edge(ends[1], toward) + 3)
    neck = tip - toward * (0.0 if harms else head * 0.8)
    color = theme.muted if raw else theme.negative if harms else theme.positive
    across = np.array([-toward[1], toward[0]])
    line = {
        "type": "path",
        "path": f"M {_xy(a)} Q {_xy(middle)} {_xy(neck)}",
        "line": {"color": color, "width": width, "dash": "9px,5px" if harms else "solid"},
        "layer": "below",
        "opacity": 0.85,
    }
    if harms:
        bar = f"M {_xy(tip + across * head / 2)} L {_xy(tip - across * head / 2)}"
        return [line, {**line, "path": bar, "line": {"color": color, "width": max(width, 2.5)}}]
    corners = (tip, neck + across * head / 2, neck - across * head / 2)
    return [
        line,
        {
            "type": "path",
            "path": f"M {_xy(corners[0])} L {_xy(corners[1])} L {_xy(corners[2])} Z",
            "line": {"width": 0, "color": color},
            "fillcolor": color,
            "layer": "below",
            "opacity": 0.85,
        },
    ]


def _to_edge(data: dict[str, Any], way: Any) -> float:
    """From the middle of a circle, or of a group's box, to its edge on that way, in pixels."""
    if "fold" not in data:
        return float(data["size"]) / 2
    sides = zip((data["wide"], data["size"]), np.abs(way), strict=True)
    # No way at all where an address has two nodes on one place.
    return float(min((side / 2 / along for side, along in sides if along > 0), default=0.0))


def _unit(vector: Any) -> Any:
    return vector / (math.hypot(*vector) or 1.0)


def _xy(point: Any) -> str:
    return f"{point[0]:.2f},{point[1]:.2f}"
