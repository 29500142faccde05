"""What the transfer graph is made of, and how often seeds say so: tree, leaders, communities."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel, seeds_asked
from core.analyses.inputs import shown_and_strict
from core.analyses.network.build import centralities
from core.analyses.query import TransferQuery, included_tasks
from core.analyses.square_transfer import SquareTransfer, square_transfer
from core.numerics.arborescence import spanning_arborescence
from core.numerics.arrays import FloatArray
from core.study import Study
from core.transfer.matrix import TransferMatrix, mean_present

MEASURES = ("pagerank", "teacher", "student")
REPLICATED_UP_TO = 120
"""Of more tasks the structure is told once, without how often seeds agree: a tree of n tasks looks
at n² arrows."""
_FOUND_S, _GROUPED_S = 1.5e-3, 11e-6
"""Seconds of one structure, and of its communities a pair of tasks."""
COMMUNITIES_UP_TO = 400


@dataclass(frozen=True)
class TreeEdge:
    """An arrow of the teaching tree; share: of the trees with one seed left out that have it."""

    source: str
    target: str
    share: float


@dataclass(frozen=True)
class Leader:
    """The task that is first by a measure; share: how often it is with one seed left out."""

    measure: str
    task: str
    share: float


@dataclass(frozen=True)
class Community:
    """Tasks that help each other more than the others; share: how often just these, as above."""

    tasks: tuple[str, ...]
    share: float


_SHARE = Column(
    "share",
    "How often",
    lambda one: one.share,
    kind=ColumnKind.SHARE,
    why_empty="no seed can be left out",
)
TREE_COLUMNS = (
    Column("edge", "Arrow", lambda one: f"{one.source} → {one.target}", kind=ColumnKind.TEXT),
    _SHARE,
)
LEADER_COLUMNS = (
    Column("measure", "Measure", lambda one: one.measure, kind=ColumnKind.TEXT),
    Column("task", "Task", lambda one: one.task, kind=ColumnKind.TEXT),
    _SHARE,
)
COMMUNITY_COLUMNS = (
    Column("tasks", "Tasks", lambda one: ", ".join(one.tasks), kind=ColumnKind.TEXT),
    _SHARE,
)
"""Of an arrow of the tree, of a leader, of a community."""


@dataclass(frozen=True)
class GraphStructure:
    """Tree, leaders and communities of all seeds. Shares are NaN where nothing can be left out:
    with one seed, where seeds share a base, and of very many tasks.

    tree: the maximum spanning arborescence over signed weights, in the order of the tasks.
    leaders: by PageRank of the reversed graph, HITS hub and authority of the positive part.
    communities: by modularity (Louvain) of the positive part, both directions added; the largest
    first, none of very many tasks.
    """

    method: str
    seeds: tuple[int, ...]
    tree: tuple[TreeEdge, ...]
    leaders: tuple[Leader, ...]
    communities: tuple[Community, ...]


_Found = tuple[tuple[tuple[int, int], ...], tuple[int | None, ...], tuple[tuple[int, ...], ...]]


def graph_structure(
    transfer: TransferMatrix, strict: TransferMatrix, tasks: Sequence[str]
) -> GraphStructure:
    """The structure over `tasks` of their single-source transfer, and of it without each seed.

    strict: the same on the strict scale, where harm shows.

    Source: docs/methods.md, "Transfer graph".
    """
    shown, signed = square_transfer(transfer, tasks), square_transfer(strict, tasks)
    tree, leaders, communities = _found(shown, signed, list(range(len(shown.per_seed))))
    known = shown.known_seeds.tolist()
    left_out = len(known) > 1 and not shown.one_base and len(tasks) <= REPLICATED_UP_TO
    replicates = [
        _found(shown, signed, [at for at in known if at != out])
        for out in (known if left_out else [])
    ]
    edges = Counter(edge for found, _, _ in replicates for edge in found)
    groups = Counter(group for _, _, found in replicates for group in found)

    def share(count: int) -> float:
        return count / len(replicates) if replicates else math.nan

    return GraphStructure(
        method=transfer.method,
        seeds=transfer.seeds,
        tree=tuple(TreeEdge(tasks[i], tasks[j], share(edges[i, j])) for i, j in tree),
        leaders=tuple(
            Leader(measure, tasks[first], share(sum(one[1][at] == first for one in replicates)))
            for at, (measure, first) in enumerate(zip(MEASURES, leaders, strict=True))
            if first is not None
        ),
        communities=tuple(
            Community(tuple(tasks[i] for i in group), share(groups[group])) for group in communities
        ),
    )


def _found(shown: SquareTransfer, signed: SquareTransfer, seeds: list[int]) -> _Found:
    """(tree, first by each measure, communities) of the means over these seeds, as positions."""
    values, strict = (mean_present(one.per_seed[seeds], axis=0) for one in (shown, signed))
    for square in (values, strict):
        np.fill_diagonal(square, np.nan)
    weights = np.where(strict < 0, strict, values)
    ranked = centralities(values)
    first = (None,) * len(MEASURES) if ranked is None else tuple(int(r.argmax()) for r in ranked)
    return spanning_arborescence(weights), first, _communities(values)


def _communities(values: FloatArray) -> tuple[tuple[int, ...], ...]:
    """Groups of positions, the largest first, then in order; none without positive transfer."""
    import networkx as nx

    positive = np.nan_to_num(values, nan=0.0).clip(min=0.0)
    if not positive.any() or len(positive) > COMMUNITIES_UP_TO:
        return ()
    both = positive / positive.max()
    graph = nx.from_numpy_array(both + both.T)
    found = nx.community.louvain_communities(graph, weight="weight", seed=0)
    groups = [tuple(sorted(int(node) for node in group)) for group in found]
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def graph_structure_of(study: Study, query: TransferQuery) -> GraphStructure:
    """Tree, leaders and communities of the graph."""
    transfer, strict = (one.oriented() for one in shown_and_strict(study, query))
    return graph_structure(transfer, strict, included_tasks(study, query))


def grouping_seconds(study: Study, queries: Sequence[Any], tasks: int) -> float:
    """About what tree, leaders and communities take, of all seeds and without each."""
    seeds = seeds_asked(study, queries)
    times = 1 + (seeds if seeds > 1 and tasks <= REPLICATED_UP_TO else 0)
    return times * (_FOUND_S + (_GROUPED_S * tasks**2 if tasks <= COMMUNITIES_UP_TO else 0.0))


GRAPH_STRUCTURE = Analysis(
    "graph-structure",
    GraphStructure,
    graph_structure_of,
    (INCLUDED,),
    costs=CostModel(us=2.5, more=grouping_seconds),
)
