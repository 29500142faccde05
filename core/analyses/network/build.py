"""The directed transfer graph: who teaches whom, and who is worth learning from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, PLACE, Analysis
from core.analyses.balance import Balance, balance_from
from core.analyses.cost import CostModel
from core.analyses.inputs import shown_and_strict, similarity_if_any
from core.analyses.network.graph import Node, TransferGraph
from core.analyses.network.layouts import RING_UP_TO, SPRING_ITERATIONS
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.analyses.square_transfer import square_transfer
from core.analyses.standouts import JudgedCells, judged, pairs_only
from core.numerics.arborescence import spanning_arborescence
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.graphs import attraction, circle, hubs, in_unit_square, pagerank, spring_layout
from core.numerics.interrupt import breathe
from core.similarity.matrix import SimilarityMatrix
from core.similarity.store import SimilarityStore
from core.study import Study, ValueScale
from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class _TaskSquare:
    """Where the cells of a matrix' single sources stand in the square of some tasks.

    rows, columns: (n_tasks,) int64, where a task gives and takes in the matrix, -1 = nowhere.
    there: (n_tasks, n_tasks) bool, off the diagonal and a cell of the matrix. whole: the matrix
    is that square.
    """

    rows: IntArray
    columns: IntArray
    there: BoolArray
    whole: bool

    @classmethod
    def of(cls, matrix: TransferMatrix, tasks: Sequence[str]) -> _TaskSquare:
        row_of = {sources[0]: i for i, sources in enumerate(matrix.sources) if len(sources) == 1}
        column_of = {target: j for j, target in enumerate(matrix.targets)}
        rows = np.array([row_of.get(task, -1) for task in tasks], dtype=np.int64)
        columns = np.array([column_of.get(task, -1) for task in tasks], dtype=np.int64)
        there = (rows >= 0)[:, None] & (columns >= 0) & ~np.eye(len(tasks), dtype=bool)
        whole = (
            tuple((task,) for task in tasks) == matrix.sources and tuple(tasks) == matrix.targets
        )
        return cls(rows, columns, there, whole)

    def of_values(self, values: FloatArray) -> FloatArray:
        """(n_tasks, n_tasks) of the matrix' cells, NaN where it has none."""
        return np.asarray(self._placed(values.astype(np.float64), np.nan))

    def of_counts(self, counts: IntArray) -> IntArray:
        """The same of counts, 0 where there is none."""
        return np.asarray(self._placed(counts.astype(np.int64), 0))

    def _placed(self, cells: Any, nothing: float) -> Any:
        """cells: a copy, which may be written to."""
        if not cells.size:
            return np.full(self.there.shape, nothing, dtype=cells.dtype)
        if self.whole:
            np.fill_diagonal(cells, nothing)
            return cells
        return np.where(self.there, cells[np.ix_(self.rows, self.columns)], nothing)


def _nodes(
    oriented: TransferMatrix,
    balance: Balance,
    tasks: Sequence[str],
    positions: Mapping[str, tuple[float, float]],
) -> tuple[Node, ...]:
    """What each task gives and takes, and how central it is; more is better in `oriented`."""
    sums = {row.task: row for row in balance.tasks}
    model = balance.social_relations
    givers = {effect.task: effect.giver for effect in model.effects} if model else {}
    pagerank, hub, authority = _centralities(oriented, tasks)
    return tuple(
        Node(
            task=task,
            given=sums[task].given,
            received=sums[task].received,
            net=sums[task].net,
            pagerank=pagerank.get(task, math.nan),
            hub=hub.get(task, math.nan),
            authority=authority.get(task, math.nan),
            x=positions[task][0],
            y=positions[task][1],
            giver=givers.get(task, math.nan),
        )
        for task in tasks
    )


def transfer_graph(
    transfer: TransferMatrix,
    strict: TransferMatrix,
    left: JudgedCells,
    balance: Balance,
    tasks: Sequence[str],
    similarity: SimilarityMatrix | None,
) -> TransferGraph:
    """The graph over `tasks`, from their single-source transfer.

    strict: the same matrix on the strict scale (for given scores the same one). left: what is left
    of its cells among `tasks` without luck. similarity: CKA for the edges, None where the study
    has none.

    Source: docs/methods.md, "Transfer graph".
    """
    single, sign = transfer.single_sources(), strict.single_sources()
    oriented = single.oriented()
    square = _TaskSquare.of(single, tasks)
    of_left = _TaskSquare.of(left.matrix, tasks)
    low, high = single.interval
    breathe()
    cut = (single.clipped & np.isfinite(single.per_seed)).sum(axis=0)
    breathe()
    positions = _positions(tasks, square.of_values(oriented.values))
    pairs = pairs_only(left)
    return TransferGraph(
        method=transfer.method,
        scale=transfer.scale.value,
        seeds=transfer.seeds,
        nodes=_nodes(oriented, balance, tasks, positions),
        transfer=square.of_values(single.values),
        low=square.of_values(low),
        high=square.of_values(high),
        n=square.of_counts(single.n),
        clipped=square.of_counts(cut),
        strict=square.of_values(sign.values),
        cka=(
            np.full(square.there.shape, np.nan)
            if similarity is None
            else np.asarray(np.where(square.there, similarity.of(tasks), np.nan))
        ),
        shrunken=of_left.of_values(left.shrunken.values),
        false_sign_rate=of_left.of_values(left.shrunken.false_sign_rate),
        raw=transfer.value_scale is ValueScale.RAW,
        seeds_of_one_base=transfer.seeds_of_one_base,
        lower=tuple(task in transfer.lower_targets for task in tasks),
        harm_by_luck=pairs.by_luck(pairs.harmful, sign=-1),
    )


def _centralities(
    transfer: TransferMatrix, tasks: Sequence[str]
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """(PageRank of the reversed graph, HITS hub, HITS authority) over the positive part."""
    square = square_transfer(transfer, tasks)
    found = centralities(square.values)
    if found is None:
        return {}, {}, {}
    rank, hub, authority = (
        dict(zip(square.tasks, values.tolist(), strict=True)) for values in found
    )
    return rank, hub, authority


def centralities(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """(PageRank of the reversed graph, HITS hub, HITS authority), each (n,) and with sum 1.

    values: (n, n) transfer, NaN = none; only its positive part counts. None where there is none.
    """
    breathe()
    weights = np.nan_to_num(values, nan=0.0).clip(min=0.0)
    if not len(weights) or not weights.any():
        return None
    # All three only depend on proportions; of extreme scores the squares would overflow.
    weights /= weights.max()
    breathe()
    rank = pagerank(weights.T)
    breathe()
    hub = hubs(weights)
    breathe()
    authority = weights.T @ hub
    return rank, hub, np.asarray(authority / authority.sum())


def _positions(tasks: Sequence[str], transfer: FloatArray) -> dict[str, tuple[float, float]]:
    """Positions in the unit square: strong mutual transfer pulls together.

    A circle in manifest order is where the springs start, and where few tasks stay: on a ring
    every arrow has room.
    """
    if not tasks:
        return {}
    at = circle(len(tasks))
    if len(tasks) > RING_UP_TO:
        pull = attraction(transfer)
        at = spring_layout(pull + pull.T, at, iterations=SPRING_ITERATIONS)
    unit = in_unit_square(at)
    return {task: (float(x), float(y)) for task, (x, y) in zip(tasks, unit, strict=True)}


def teaching_tree(graph: TransferGraph) -> tuple[tuple[str, str], ...]:
    """The maximum spanning arborescence: each task but one gets one teacher, the best in sum.

    Edges (teacher, student) by signed weight, in the order of the nodes; empty where no
    arborescence reaches every task.
    """
    tasks = [node.task for node in graph.nodes]
    return tuple((tasks[i], tasks[j]) for i, j in spanning_arborescence(graph.weights))


def graph_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> TransferGraph:
    """The transfer graph, with arrows on the scale asked for and their signs on the strict one."""
    # Arrows carry scores as they are, whichever direction is better.
    transfer, strict = shown_and_strict(study, query)
    similarity = similarity_if_any(study, place.of_seeds(query.seeds), stored)
    tasks = included_tasks(study, query)
    return transfer_graph(
        transfer,
        strict,
        judged(strict, study, tasks),
        balance_from(study, query, transfer.oriented()),
        tasks,
        similarity,
    )


GRAPH = Analysis(
    "graph",
    TransferGraph,
    graph_of,
    (INCLUDED, PLACE),
    looks_up=True,
    costs=CostModel(us=1.5),
)
