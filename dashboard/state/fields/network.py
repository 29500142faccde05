"""How the graph of Network is drawn: where tasks stand, and what its arrows are."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from core.analyses.network.layouts import GraphLayout, Place
from dashboard.state.fields.keys import Key

if TYPE_CHECKING:
    from core.analyses.network.graph import TransferGraph
    from dashboard.state.view import View
from dashboard.state.fields.field import (
    Choice,
    Field,
    FieldReader,
    Kind,
    Look,
    one_of,
    quote,
    say_nothing,
)

FARTHEST = 3.0
"""Whoever drags a task out of all sight finds it this many drawings away."""


class Arrows(StrEnum):
    """What arrows show besides themselves: their numbers; of each pair the difference alone."""

    NUMBERS = "numbers"
    NET = "net"


class Folding(StrEnum):
    """Whether tasks stand as one node a group; usual: where there are many, and groups."""

    USUAL = "usual"
    TASKS = "tasks"
    GROUPS = "groups"


def _arrows(asked: FieldReader) -> tuple[Arrows, ...]:
    wanted = asked.many(Key.ARROWS)
    if unknown := [text for text in wanted if text not in set(Arrows)]:
        asked.notices.append(f"Arrows cannot be shown with {quote(', '.join(unknown))}.")
    return tuple(one for one in Arrows if one in wanted)


def community(number: int) -> str:
    """What a community that was found is called, where the manifest has no groups."""
    return f"community {number}"


def _opened(asked: FieldReader) -> tuple[str, ...]:
    """Groups of the manifest, else communities; what is neither is no group that could be open."""
    there = asked.study.groups or tuple(map(community, range(1, len(asked.study.tasks) + 1)))
    return tuple(dict.fromkeys(text for text in asked.many(Key.OPENED) if text in there))


def _moved(asked: FieldReader) -> tuple[Place, ...]:
    """`x,y,task`; what cannot be read, or is of no task, stays where the layout has it."""
    places: dict[str, Place] = {}
    for text in asked.many(Key.MOVED):
        x, y, task = (*text.split(",", 2), "", "")[:3]
        try:
            at = float(x), float(y)
        except ValueError:
            continue
        if task in asked.study.task_index and all(map(math.isfinite, at)):
            across, up = (max(-FARTHEST, min(one, FARTHEST)) for one in at)
            places[task] = (task, across, up)
    return tuple(places.values())


def _write_moved(view: View) -> list[str]:
    return [f"{x:.3f},{y:.3f},{task}" for task, x, y in view.moved] or [""]


def drawn_graph(graph: TransferGraph, view: View) -> TransferGraph:
    """The graph with the arrows a view wants; how sure a difference is, nobody knows."""
    if Arrows.NET in view.arrows:
        return replace(graph, net=True)
    return graph.of_signs(view.signs)


class NetworkFields:
    """How the graph is drawn."""

    graph_layout: Field[GraphLayout] = Field(
        key=Key.LAYOUT,
        parse=one_of(Key.LAYOUT, GraphLayout, GraphLayout.USUAL, "layout", "the usual one"),
        default=GraphLayout.USUAL,
        label="Arrangement",
        help="graph_layout",
        fixed=lambda: (
            Choice(GraphLayout.USUAL.value, "As it suits"),
            Choice(GraphLayout.CIRCLE.value, "Circle"),
            Choice(GraphLayout.FORCE.value, "Forces"),
            Choice(GraphLayout.LAYERS.value, "Layers"),
        ),
        shown=say_nothing,
    )
    arrows: Field[tuple[Arrows, ...]] = Field(
        key=Key.ARROWS,
        parse=_arrows,
        default=(),
        kind=Kind.LIST,
        look=Look.CHECKLIST,
        label="Arrows",
        help="net_arrows",
        # Numbers are a matter of looks; that arrows are differences is said.
        fixed=lambda: (
            Choice(Arrows.NET.value, "One a pair", "the difference"),
            Choice(Arrows.NUMBERS.value, "With numbers"),
        ),
        options=lambda _: NetworkFields.arrows.fixed(),
        shown=lambda offer: "one arrow a pair" if Arrows.NET in offer.view.arrows else "",
    )
    fold: Field[Folding] = Field(
        key=Key.FOLD,
        parse=one_of(Key.FOLD, Folding, Folding.USUAL, "way to fold", "the usual one"),
        default=Folding.USUAL,
        label="Groups of tasks",
        help="graph_folds",
        fixed=lambda: (
            Choice(Folding.USUAL.value, "As it suits"),
            Choice(Folding.TASKS.value, "Each task by itself"),
            Choice(Folding.GROUPS.value, "One node a group"),
        ),
        shown=say_nothing,
    )
    opened: Field[tuple[str, ...]] = Field(
        key=Key.OPENED,
        parse=_opened,
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
    moved: Field[tuple[Place, ...]] = Field(
        key=Key.MOVED,
        parse=_moved,
        write=_write_moved,
        default=(),
        kind=Kind.LIST,
        look=Look.STORE,
        arranges=False,
    )
