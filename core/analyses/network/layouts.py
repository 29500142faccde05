"""Where the tasks of the transfer graph stand: a circle, forces, or layers."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from core.analyses.network.graph import TransferGraph
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.graphs import attraction, circle, in_unit_square, spring_layout

RING_UP_TO = 12
SPRING_ITERATIONS = 50

Place = tuple[str, float, float]
"""A task and where it stands instead, as `positions` has it: x, y in the unit square, or beyond."""


class GraphLayout(StrEnum):
    """usual: a circle in the study's order of few tasks, forces of many."""

    USUAL = "usual"
    CIRCLE = "circle"
    FORCE = "force"
    LAYERS = "layers"


def positions(graph: TransferGraph, layout: GraphLayout) -> FloatArray:
    """(n_tasks, 2) float64: places in the unit square, y upwards, in the order of `graph.nodes`.

    circle: by net, the greatest giver on top, clockwise. force: strong mutual transfer pulls
    together (Fruchterman & Reingold 1991); of more than 12 tasks that is the usual one. layers:
    about √n rows, givers on top, takers below; within a row by where those above it stand that
    give most. Of scores as they were given the giver effect stands for the net.
    """
    # The graph has been through the forces already, which of 1,000 tasks take seconds.
    sprung = layout is GraphLayout.FORCE and len(graph.nodes) > RING_UP_TO
    if layout is GraphLayout.USUAL or sprung or not graph.nodes:
        return np.array([(node.x, node.y) for node in graph.nodes]).reshape(-1, 2)
    order = _by_net(graph)
    if layout is GraphLayout.LAYERS:
        return _layers(graph, order)
    # From the top, clockwise.
    ring = np.empty((len(order), 2))
    ring[order] = circle(len(order))[:, ::-1]
    if layout is GraphLayout.FORCE:
        pull = attraction(graph.weights)
        ring = spring_layout(pull + pull.T, ring, iterations=SPRING_ITERATIONS)
    return in_unit_square(ring)


def _by_net(graph: TransferGraph) -> IntArray:
    """(n,) positions of the nodes, greatest givers first, unknown ones last."""
    nets = np.array([node.giver if graph.raw else node.net for node in graph.nodes])
    return np.argsort(-np.nan_to_num(nets, nan=-math.inf), kind="stable")


def _layers(graph: TransferGraph, order: IntArray) -> FloatArray:
    rows = np.array_split(order, max(round(math.sqrt(len(order))), min(2, len(order))))
    pull, at = attraction(graph.weights), np.empty((len(order), 2))
    above: IntArray | None = None
    for row, found in enumerate(rows):
        members = found
        if above is not None:
            given = pull[np.ix_(above, members)]
            total = given.sum(axis=0)
            wanted = np.where(total > 0, at[above, 0] @ given / np.where(total > 0, total, 1), 0.5)
            members = members[np.argsort(wanted, kind="stable")]
        # Every other row is shifted, so that arrows over two rows pass between tasks.
        shift = 0.25 if row % 2 else 0.0
        at[members, 0] = (np.arange(len(members)) + 0.5 + shift) / (len(members) + 0.25)
        at[members, 1] = -row
        above = members
    return in_unit_square(at)
