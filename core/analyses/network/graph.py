"""The directed transfer graph: its nodes, its edges, and which of them are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from propcache.api import cached_property

from core.analyses.columns import Column, ColumnKind
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.intervals import Interval, ResamplingUnit
from core.transfer.shrinkage import LEVEL

if TYPE_CHECKING:
    import networkx as nx

ROUNDING = 1e-9
"""Of the largest strength: as far below a threshold an arrow still reaches it."""


@dataclass(frozen=True)
class Node:
    """A task in the graph. Sums in normalized improvement; NaN = undefined.

    pagerank: on the reversed graph, weights the positive part of transfer: high = worth learning
    from; the nodes' values sum to 1. hub, authority: HITS hub and authority, each sums to 1.
    x, y: a position in the unit square, the same whatever the threshold. giver: its giver effect.
    """

    task: str
    given: float
    received: float
    net: float
    pagerank: float
    hub: float
    authority: float
    x: float
    y: float
    giver: float = math.nan


@dataclass(frozen=True)
class Edge:
    """Transfer from one task to another; NaN = undefined.

    transfer: mean over seeds on the shown scale, [low, high] its 95 % interval over seeds;
    clipped: how many of the n values behind it were cut to that scale;
    strict: the same on the strict scale, which alone can be negative;
    asymmetry: transfer of this direction minus the other; cka: of the two single-task models.
    weight: the signed strength it is drawn by, more is better; strength: what the threshold is
    held against. raw: a score as it was given, whose sign means nothing.
    shrunken: what is left of `strict` when luck is taken off, false_sign_rate the probability that
    its sign is wrong; NaN where nothing can be told from luck. net: it stands for both directions,
    and weight and strength are by how much this one is above the other.
    """

    source: str
    target: str
    transfer: float
    low: float
    high: float
    n: int
    clipped: int
    strict: float
    asymmetry: float
    cka: float
    weight: float
    strength: float
    shrunken: float
    false_sign_rate: float
    raw: bool = False
    net: bool = False

    @property
    def sure(self) -> bool:
        """Its sign is wrong with at most 5 %."""
        return self.false_sign_rate <= LEVEL

    @property
    def harms(self) -> bool:
        """Negative on the strict scale: the source makes the target worse."""
        return self.strict < 0 and not self.raw and not self.net


@dataclass(frozen=True)
class EdgeColumns:
    """Many edges: what an `Edge` has, (n_edges,) each, so that a `Column` reads all at once."""

    source: npt.NDArray[np.object_]
    target: npt.NDArray[np.object_]
    transfer: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray
    clipped: IntArray
    strict: FloatArray
    asymmetry: FloatArray
    cka: FloatArray
    weight: FloatArray
    strength: FloatArray
    shrunken: FloatArray
    false_sign_rate: FloatArray


def _role(node: Node) -> str:
    return "net giver" if node.net > 0 else "net taker" if node.net < 0 else "in balance"


SUM, VALUE = "sum of {measure}", "{measure}"
NOT_BOTH, NOTHING_POSITIVE = (
    "none: it is not both a source and a target",
    "undefined: nothing positive to weigh",
)
NODE_COLUMNS = (
    Column("task", "Task", lambda node: node.task, kind=ColumnKind.TEXT),
    Column("given", "Given", lambda node: node.given, unit=SUM),
    Column("received", "Received", lambda node: node.received, unit=SUM),
    Column(
        "net",
        "Net",
        lambda node: node.net,
        unit=SUM,
        signed=True,
        remark=_role,
        help="net",
        why_empty=NOT_BOTH,
    ),
    Column(
        "pagerank",
        "Worth learning from (PageRank)",
        lambda node: node.pagerank,
        kind=ColumnKind.SHARE,
        why_empty=NOTHING_POSITIVE,
    ),
    Column(
        "teacher",
        "Teacher (HITS hub)",
        lambda node: node.hub,
        kind=ColumnKind.SHARE,
        why_empty=NOTHING_POSITIVE,
    ),
    Column(
        "student",
        "Student (HITS authority)",
        lambda node: node.authority,
        kind=ColumnKind.SHARE,
        why_empty=NOTHING_POSITIVE,
    ),
)
"""What is known of a task; JSON, graph files, the page and the hover read it."""
GIVER_EFFECT = Column(
    "giver",
    "Giver effect",
    lambda node: node.giver,
    unit=VALUE,
    signed=True,
    help="effects",
    why_empty="effects need at least 3 tasks",
)
EDGE_COLUMNS = (
    Column("source", "Source", lambda edge: edge.source, kind=ColumnKind.TEXT),
    Column("target", "Target", lambda edge: edge.target, kind=ColumnKind.TEXT),
    Column(
        "transfer",
        "Transfer",
        lambda edge: edge.transfer,
        unit=VALUE,
        interval=lambda edge: Interval(
            edge.low, edge.high, ResamplingUnit.SEEDS, edge.clipped, edge.n
        ),
    ),
    Column("n", "Seeds", lambda edge: edge.n, kind=ColumnKind.COUNT),
    Column(
        "strict",
        "Strict scale",
        lambda edge: edge.strict,
        remark=lambda edge: "harms" if edge.harms else "",
    ),
    Column("weight", "Strength", lambda edge: edge.weight),
    Column("shrunken", "Left without luck", lambda edge: edge.shrunken, help="shrunken"),
    Column(
        "false_sign_rate",
        "Wrong sign (probability)",
        lambda edge: edge.false_sign_rate,
        kind=ColumnKind.P,
        help="shrunken",
    ),
    Column("asymmetry", "Minus the other way", lambda edge: edge.asymmetry, signed=True),
    Column("cka", "CKA", lambda edge: edge.cka, proper=True),
)
"""The same of an arrow. Given scores are on one scale: they have no strict one."""


class Signs(StrEnum):
    """Which arrows: all, or those whose sign is no luck (false sign rate up to 5 %)."""

    ANY = "any"
    SURE = "sure"


@dataclass(frozen=True)
class TransferGraph:
    """All tasks and every X→Y that has a value.

    Arrays are (n_tasks, n_tasks), row source, column target, in the order of `nodes`; NaN in
    `transfer` = no edge (the diagonal always). What they hold is told at `Edge`; `n` counts
    seeds. raw: scores as they were given, whose sign means nothing; lower: (n_tasks,) bool, of
    the target they are errors. seeds_of_one_base: seeds that share their base; where there are
    any, no interval is. signs: which arrows it holds. net: of each pair with both directions one
    edge, the stronger way; `weights` and `strengths` are the difference of the two, never below 0,
    and signs are not asked. harm_by_luck: how many of the arrows that surely harm are
    expected to have no effect. Edge objects are made on demand: 1,000 tasks have a million of them.
    """

    method: str
    scale: str
    seeds: tuple[int, ...]
    nodes: tuple[Node, ...]
    transfer: FloatArray
    low: FloatArray
    high: FloatArray
    n: IntArray
    clipped: IntArray
    strict: FloatArray
    cka: FloatArray
    shrunken: FloatArray
    false_sign_rate: FloatArray
    raw: bool = False
    signs: Signs = Signs.ANY
    seeds_of_one_base: tuple[int, ...] = ()
    lower: tuple[bool, ...] = ()
    net: bool = False
    harm_by_luck: float = 0.0

    def __post_init__(self) -> None:
        size = (len(self.nodes), len(self.nodes))
        for name in (
            "transfer",
            "low",
            "high",
            "n",
            "clipped",
            "strict",
            "cka",
            "shrunken",
            "false_sign_rate",
        ):
            if getattr(self, name).shape != size:
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, labels {size}")

    def node_columns(self, measure: str = "normalized improvement") -> tuple[Column, ...]:
        """All columns of tasks; measure: what the values are, for the units.

        Of scores as they were given sums say how hard the targets are: the giver effect alone.
        """
        return _of_measure((NODE_COLUMNS[0], GIVER_EFFECT) if self.raw else NODE_COLUMNS, measure)

    def edge_columns(self, measure: str = "normalized improvement") -> tuple[Column, ...]:
        """The same of arrows; of scores without the strict scale, which is their own."""
        is_score = measure != "normalized improvement"
        measure = measure if is_score else f"{measure}, {self.scale} scale"
        shown = tuple(one for one in EDGE_COLUMNS if not (is_score and one.key == "strict"))
        return _of_measure(shown, measure)

    @cached_property
    def weights(self) -> FloatArray:
        """(n_tasks, n_tasks): `Edge.weight` of every pair, NaN = no edge.

        Transfer on the shown scale, but of an edge that harms the value on the strict scale: the
        published one has no negative values and would hide it. Of errors as they are −x.
        """
        if not self.net:
            return self._each_way
        above = self._each_way - self._each_way.T
        return np.asarray(np.where(above > 0, above, np.nan))

    @cached_property
    def _each_way(self) -> FloatArray:
        """The same where each direction is an edge."""
        if self.raw:
            lower = np.array(self.lower or (False,) * len(self.nodes), dtype=bool)
            return np.asarray(np.where(lower, -self.transfer, self.transfer))
        return np.asarray(
            np.where(np.isnan(self.transfer) | ~(self.strict < 0), self.transfer, self.strict)
        )

    @property
    def edge_count(self) -> int:
        """How many edges there are without a threshold."""
        return int(np.isfinite(self.strengths).sum())

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, by source, then target."""
        return self.above(0.0)

    @cached_property
    def strengths(self) -> FloatArray:
        """(n_tasks, n_tasks): what the threshold is held against, NaN = no such edge.

        The size of the shown transfer, or of the strict one where that harms and is larger: over
        seeds the two means can differ in sign. Of scores as they were given: the score where none
        is negative, else how much better than the worst of them.
        """
        if self.net:
            return self.weights
        if self.raw:
            return np.asarray(self.weights - self.worst)
        harm = np.where(self.strict < 0, -self.strict, 0.0)
        size = np.maximum(np.abs(self.transfer), harm)
        if self.signs is Signs.SURE:
            size = np.where(self.false_sign_rate <= LEVEL, size, np.nan)
        return size

    @property
    def worst(self) -> float:
        """Of scores as they were given: what strength is counted from, more as better."""
        return float(min(np.min(self.weights, initial=0.0, where=np.isfinite(self.weights)), 0.0))

    @property
    def tells_signs(self) -> bool:
        """Whether there are false sign rates: not of one seed, nor of scores without a zero."""
        return bool(np.isfinite(self.false_sign_rate).any())

    def of_signs(self, signs: Signs) -> TransferGraph:
        """The same tasks with the arrows of these signs alone; all where no rate is known."""
        if signs is Signs.ANY or not self.tells_signs:
            return self
        return replace(self, signs=signs)

    @property
    def rounding(self) -> float:
        """How far below a threshold a strength counts as equal to it: what floats may lose."""
        known = np.isfinite(self.strengths)
        return ROUNDING * float(np.max(self.strengths, initial=0.0, where=known))

    def reaching(self, threshold: float) -> BoolArray:
        """(n_tasks, n_tasks): the edges whose strength is at least `threshold`, but for rounding.

        Counts, arrows and sentences all go by this one choice.
        """
        return np.asarray(self.strengths >= threshold - self.rounding)

    def above(self, threshold: float) -> tuple[Edge, ...]:
        """The edges whose strength is at least `threshold`, but for rounding."""
        return self._edges(np.argwhere(self.reaching(threshold)))

    def edge(self, source: str, target: str) -> Edge | None:
        """The edge between two tasks (names); None where there is none."""
        position = {node.task: i for i, node in enumerate(self.nodes)}
        i, j = position.get(source), position.get(target)
        if i is None or j is None or not math.isfinite(self.weights[i, j]):
            return None
        return self._edges(np.array([[i, j]]))[0]

    def columns_of(self, places: IntArray) -> EdgeColumns:
        """The edges at (n_edges, 2) places, rows and columns of the arrays, in their order."""
        at = i, j = places[:, 0], places[:, 1]
        names = np.array([node.task for node in self.nodes], dtype=object)
        return EdgeColumns(
            source=names[i],
            target=names[j],
            transfer=self.transfer[at],
            low=self.low[at],
            high=self.high[at],
            n=self.n[at],
            clipped=self.clipped[at],
            strict=self.strict[at],
            asymmetry=self.transfer[at] - self.transfer[j, i],
            cka=self.cka[at],
            weight=self.weights[at],
            strength=self.strengths[at],
            shrunken=self.shrunken[at],
            false_sign_rate=self.false_sign_rate[at],
        )

    def _edges(self, places: IntArray) -> tuple[Edge, ...]:
        columns = self.columns_of(places)
        lists = [getattr(columns, field.name).tolist() for field in fields(columns)]
        names = [field.name for field in fields(columns)]
        return tuple(
            Edge(**dict(zip(names, values, strict=True)), raw=self.raw, net=self.net)
            for values in zip(*lists, strict=True)
        )


def to_networkx(graph: TransferGraph, *, threshold: float = 0.0) -> nx.DiGraph[str]:
    """The graph as `networkx.DiGraph`; attributes that are undefined are left out.

    threshold: only edges whose strength is at least this. Graph attributes: method, convention,
    threshold. Scores as they were given are on no such scale: there tasks have their giver effect.
    """
    import networkx as nx

    result: nx.DiGraph[str] = nx.DiGraph(method=graph.method)
    if not graph.raw:
        result.graph["convention"] = graph.scale
    result.graph["threshold"] = threshold
    columns = [one for one in EDGE_COLUMNS if not (graph.raw and one.key == "strict")]
    for node in graph.nodes:
        result.add_node(node.task, **_defined(_attributes(graph.node_columns(), node)))
    for edge in graph.above(threshold):
        attributes = {"low": edge.low, "high": edge.high, **_attributes(columns, edge)}
        result.add_edge(edge.source, edge.target, **_defined(attributes))
    return result


def _attributes(columns: Sequence[Column], row: Node | Edge) -> dict[str, float]:
    """The numbers of a row by key; names are what nodes and edges are called by."""
    return {one.key: one.value(row) for one in columns if one.kind is not ColumnKind.TEXT}


def _defined(attributes: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in attributes.items() if math.isfinite(value)}


# Every task and arrow is told of by them: made once, not 1,000 times.
@lru_cache(maxsize=64)
def _of_measure(columns: tuple[Column, ...], measure: str) -> tuple[Column, ...]:
    return tuple(replace(one, unit=one.unit.format(measure=measure)) for one in columns)
