"""Similarity of models by what they were trained on: CKA and its kin, set by training set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

import numpy as np

from core.errors import RequestError, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.remembered import remembered
from core.similarity.measures import Measure, Measured
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import (
    RunPairs,
    SkippedRun,
    pair_checkpoints,
    pair_layers,
    run_pairs,
    runs_compared,
)
from core.similarity.store import SimilarityStore
from core.study import Layer, Study

ANY = SimilarityQuery()
"""Plain CKA of single-task models, where nobody asks for more."""

TrainingSet = tuple[str, ...]
"""Names of the tasks a run was trained on, in manifest order."""


class TaskOverlap(IntEnum):
    """How many of their training tasks two training sets have in common."""

    NONE = 0
    SOME = 1
    ALL = 2


@dataclass(frozen=True)
class OverlapMean:
    """The similarity of pairs of training sets that share equally much.

    mean, low, high: of the pairs' values, NaN = no pair has one. floor: mean of theirs, NaN =
    unknown; n_floor pairs have one, above of these have a value above their own. n: pairs of
    training sets, n_runs: pairs of runs behind them.
    """

    shared: TaskOverlap
    mean: float
    low: float
    high: float
    floor: float
    above: int
    n_floor: int
    n: int
    n_runs: int


@dataclass(frozen=True)
class SimilarityMatrix(Measured):
    """Similarity of the base runs trained on equally many tasks, training set by training set.

    values: (n_sets, n_sets) float64, symmetric, mean over pairs of runs; never of a run with
        itself: the diagonal is one training set across seeds. NaN = no pair.
    n:      (n_sets, n_sets) int64, pairs of runs behind each value
    sd:     (n_sets, n_sets) float64, over these pairs; NaN below two
    floor:  (n_sets, n_sets) float64, the plain CKA that independent noise of these shapes would
        have, mean over the pairs; NaN = shapes unknown, or the measure is not plain CKA
    sets:   the training sets, in manifest order where nobody reordered them
    seeds:  those of the runs in the pairs
    origin: `table` or `representations`
    left_out: runs that cannot be compared, each with the reason
    """

    values: FloatArray
    n: IntArray
    sd: FloatArray
    floor: FloatArray
    sets: tuple[TrainingSet, ...]
    layer: Layer
    checkpoint: Checkpoint
    seeds: tuple[int, ...]
    origin: str
    measure: Measure = Measure.CKA
    debiased: bool = False
    left_out: tuple[SkippedRun, ...] = ()

    def __post_init__(self) -> None:
        size = (len(self.sets), len(self.sets))
        shapes = {array.shape for array in (self.values, self.n, self.sd, self.floor)}
        if shapes != {size}:
            raise ValueError(f"arrays {sorted(shapes)}, labels {size}")

    @property
    def tasks(self) -> tuple[str, ...]:
        """The task of each row. Raises ValueError where rows stand for several tasks."""
        return tuple(task for (task,) in self.sets)

    @property
    def mean_floor(self) -> float:
        """What independent noise would have, mean over all cells that know it; NaN = unknown."""
        known = self.floor[np.isfinite(self.floor)]
        return float(known.mean()) if known.size else np.nan

    @property
    def shared(self) -> IntArray:
        """(n_sets, n_sets) int64: how far the training sets overlap, as `TaskOverlap`."""
        return overlap(self.sets)

    def of(self, tasks: Sequence[str]) -> FloatArray:
        """(len(tasks), len(tasks)) values of single-task models in this order, NaN = unknown."""
        position = {names: i for i, names in enumerate(self.sets)}
        at = np.array([position.get((name,), -1) for name in tasks], dtype=np.int64)
        if np.array_equal(at, np.arange(len(self.sets))):
            return self.values.copy()
        known = at >= 0
        return np.asarray(np.where(known[:, None] & known, self.values[np.ix_(at, at)], np.nan))

    def without_tasks(self, tasks: Iterable[str]) -> SimilarityMatrix:
        """The same without the training sets any of these tasks is in."""
        gone = frozenset(tasks)
        return self.reordered([i for i, names in enumerate(self.sets) if not gone & {*names}])

    def reordered(self, order: Iterable[int]) -> SimilarityMatrix:
        """The same with only these rows and columns (positions), in this order."""
        at = np.fromiter(order, dtype=np.int64)
        square = np.ix_(at, at)
        return replace(
            self,
            sets=tuple(self.sets[i] for i in at),
            values=self.values[square],
            n=self.n[square],
            sd=self.sd[square],
            floor=self.floor[square],
        )

    @property
    def above_own(self) -> tuple[int, int]:
        """How many pairs lie above the diagonal of one of their two training sets; of how many.

        Counted are the pairs that have a value, and a diagonal for both of their training sets.
        """
        own = np.diag(self.values)
        least = np.minimum(own[:, None], own)
        there = np.triu(np.isfinite(self.values) & np.isfinite(least), k=1)
        return int((there & (self.values > least)).sum()), int(there.sum())

    def mean_by_overlap(self) -> tuple[OverlapMean, ...]:
        """Means over the pairs without, with some, with all training tasks in common.

        Each unordered pair counts once; all in common is the diagonal, across seeds. Only those
        that this matrix has pairs for, with a value or not.
        """
        upper, overlaps = np.triu(np.ones(self.values.shape, dtype=bool)), self.shared
        where = {shared: upper & (overlaps == shared) for shared in TaskOverlap}
        return tuple(_mean_of(self, shared, at) for shared, at in where.items() if at.any())


def overlap(sets: Sequence[TrainingSet]) -> IntArray:
    """(n, n) int64, read-only: how many training tasks each two sets share, as `TaskOverlap`."""
    return _overlap(tuple(sets))


@lru_cache(maxsize=4)
def _overlap(sets: tuple[TrainingSet, ...]) -> IntArray:
    # One card asks eight times, 30 ms each of a thousand sets.
    position = {task: i for i, task in enumerate(sorted({t for names in sets for t in names}))}
    # In float64, which is exact here: only floats have a fast product.
    member = np.zeros((len(sets), len(position)))
    for row, tasks in enumerate(sets):
        member[row, [position[task] for task in tasks]] = 1.0
    breathe()
    common, sizes = member @ member.T, member.sum(axis=1)
    whole = (common == sizes[:, None]) & (common == sizes)
    found = np.where(whole, TaskOverlap.ALL, np.minimum(common, TaskOverlap.SOME)).astype(np.int64)
    found.flags.writeable = False
    return found


def _mean_of(matrix: SimilarityMatrix, shared: TaskOverlap, where: BoolArray) -> OverlapMean:
    breathe()
    there = where & np.isfinite(matrix.values)
    values, floors = matrix.values[there], matrix.floor[there]
    known = floors[np.isfinite(floors)]
    some = len(values) > 0
    return OverlapMean(
        shared=shared,
        mean=float(values.mean()) if some else np.nan,
        low=float(values.min()) if some else np.nan,
        high=float(values.max()) if some else np.nan,
        floor=float(known.mean()) if len(known) else np.nan,
        above=int((values > floors).sum()),
        n_floor=len(known),
        n=len(values),
        n_runs=int(matrix.n[there].sum()),
    )


@remembered
def compared_sizes(study: Study) -> tuple[int, ...]:
    """On how many tasks the models were trained that can be compared, ascending.

    That is a number of tasks with any CKA and with two training sets at least.
    """
    return tuple(
        size
        for size in study.model_sizes
        if len({run.trained for run in study.models_of(size)}) > 1
        and similarity_layers(study, SimilarityQuery(trained=size))
    )


def has_similarity(study: Study) -> bool:
    """Whether any models can be compared, of one task each or of several."""
    return bool(similarity_layers(study) or compared_sizes(study))


@remembered
def similarity_layers(study: Study, query: SimilarityQuery = ANY) -> tuple[Layer, ...]:
    """Layers at which the study has any similarity of these models, in their order."""
    return pair_layers(study, _models(study, query.trained), query)


@remembered
def similarity_checkpoints(study: Study, query: SimilarityQuery) -> tuple[int, ...]:
    """Checkpoints at which the query's layer has similarity beside the last, ascending."""
    return pair_checkpoints(study, _models(study, query.trained), query)


@remembered
def similarity_seeds(
    study: Study, query: SimilarityQuery
) -> tuple[tuple[Checkpoint, tuple[int, ...]], ...]:
    """Seeds of the models that are compared at each checkpoint of the query's layer, then `last`.

    Of all models, without a look at values: what `similarity_checkpoints` names, and whose.
    """
    layer, _ = query.place
    models = np.array(_models(study, query.trained), dtype=np.int64)
    seed_of = np.array([run.seed for run in study.runs], dtype=np.int64)
    found: list[tuple[Checkpoint, tuple[int, ...]]] = []
    steps: tuple[Checkpoint, ...] = (*similarity_checkpoints(study, query), "last")
    for step in steps:
        runs = runs_compared(study, models, query.at(layer, step))
        found.append((step, tuple(np.unique(seed_of[runs]).tolist())))
    return tuple(found)


def default_layer(study: Study, query: SimilarityQuery = ANY) -> Layer:
    """The manifest's default layer, else the deepest there is.

    Raises RequestError where the study has no such similarity.
    """
    layers = similarity_layers(study, query)
    if not layers:
        raise RequestError(_nothing(study, query))
    default = study.default_layer
    return default if default is not None and default in layers else layers[-1]


def similarity_matrix(
    study: Study,
    query: SimilarityQuery = ANY,
    *,
    stored: SimilarityStore | None = None,
    tasks: Collection[str] | None = None,
) -> SimilarityMatrix:
    """Similarity of the base runs trained on `trained` tasks, mean over the pairs that exist.

    Where no two training sets have a value of the query's seeds, of all seeds (the result's
    `seeds` say which). Plain CKA comes from the study's tables where they have any at this layer
    and checkpoint; everything else is computed from the representations, but for what `stored`
    has of it. tasks: what is computed may lack pairs with a model of any other task, and those
    between these are what they were; None = all.

    Raises RequestError for a layer, checkpoint, number of tasks or measure that is not there.
    """
    query = at_known_layer(study, query)
    steps = similarity_checkpoints(study, query)
    if query.checkpoint != "last" and query.checkpoint not in steps:
        raise RequestError(
            f"no {query.name} at checkpoint {query.checkpoint} of layer {query.layer};"
            f" there are {listed(steps)}"
        )
    if tasks is not None:
        pairs = model_pairs(study, query, stored=stored, tasks=tasks)
        if _between_sets(study, pairs):
            return by_training_set(study, pairs, query)
        # Whether other seeds stand in is for all tasks to say.
    pairs = model_pairs(study, query, stored=stored)
    # Between two sets, not merely within one: otherwise there is nothing to compare.
    if query.seeds is not None and not _between_sets(study, pairs):
        pairs = model_pairs(study, query.of_seeds(None), stored=stored)
    return by_training_set(study, pairs, query)


def at_known_layer(study: Study, query: SimilarityQuery) -> SimilarityQuery:
    """The query with its layer named, the default one where it asks for none.

    Raises RequestError where there is no such similarity, at that layer or at all.
    """
    layers = similarity_layers(study, query)
    layer = default_layer(study, query) if query.layer is None or not layers else query.layer
    if layer not in layers:
        raise RequestError(f"no {query.name} at layer {layer}; there are layers {listed(layers)}")
    return query.at(layer, query.checkpoint)


def model_pairs(
    study: Study,
    query: SimilarityQuery,
    *,
    stored: SimilarityStore | None = None,
    tasks: Collection[str] | None = None,
) -> RunPairs:
    """Pairs of the base runs trained on so many tasks, both of one of the query's seeds.

    tasks: as in `similarity_matrix`. See core.similarity.run_similarity.run_pairs.
    """
    models = _models(study, query.trained)
    if query.seeds is not None:
        wanted = frozenset(query.seeds)
        models = [run for run in models if study.runs[run].seed in wanted]
    if tasks is None:
        return run_pairs(study, models, query, stored=stored)
    names = frozenset(tasks)
    counting = {run for run in models if names.issuperset(study.runs[run].trained)}
    return run_pairs(study, models, query, stored=stored, counting=counting)


def _models(study: Study, trained: int) -> list[int]:
    return [study.run_index[run.name] for run in study.models_of(trained)]


def _nothing(study: Study, query: SimilarityQuery) -> str:
    """Why there is no similarity at all, and what to do."""
    of = "single-task models"
    if query.trained != 1:
        of = f"models trained on {query.trained} tasks"
    if similarity_layers(study, SimilarityQuery(trained=query.trained)):
        return (
            f"{query.name} of {of} needs their representations: the study's tables hold plain CKA;"
            " add representations to [cka] in study.toml"
        )
    if others := compared_sizes(study):
        sizes = " and ".join(str(size) for size in others)
        return f"this study has no CKA of {of}; it has that of models trained on {sizes}"
    return (
        f"this study has no CKA of {of}: add [cka] to study.toml"
        " with a summary, checkpoints or representations"
    )


def _between_sets(study: Study, pairs: RunPairs) -> bool:
    set_of = sets_of_runs(study)
    return bool((set_of[pairs.first] != set_of[pairs.second]).any())


def sets_of_runs(study: Study) -> IntArray:
    """(n_runs,) int64: equal numbers for equal training sets."""
    number: dict[TrainingSet, int] = {}
    return np.array([number.setdefault(r.trained, len(number)) for r in study.runs], dtype=np.int64)


def by_training_set(study: Study, pairs: RunPairs, query: SimilarityQuery) -> SimilarityMatrix:
    """Pairs of runs as a matrix of all training sets of so many tasks; the rest is its labels."""
    layer, checkpoint = query.place
    found = {run.trained for run in study.models_of(query.trained)}
    sets = tuple(sorted(found, key=lambda names: [study.task_index[name] for name in names]))
    position = {names: i for i, names in enumerate(sets)}
    set_of = np.array([position.get(run.trained, -1) for run in study.runs], dtype=np.int64)
    a, b = set_of[pairs.first], set_of[pairs.second]
    low, high = np.minimum(a, b), np.maximum(a, b)
    size = (len(sets), len(sets))
    flat = low * len(sets) + high
    # As tables of many pairs are: what is once is no sum, and its mean is itself.
    once = bool((flat[1:] > flat[:-1]).all())

    def total(of: FloatArray | None, *, nothing: float = 0.0) -> FloatArray:
        """Sums of what each pair of runs has, None = 1; `nothing` of none, where each is once."""
        if once:
            both = np.full(size, nothing)
            both[low, high] = both[high, low] = 1.0 if of is None else of
            return both
        upper = np.bincount(flat, weights=of, minlength=len(sets) ** 2).reshape(size)
        both = np.asarray(upper + upper.T, dtype=np.float64)
        np.fill_diagonal(both, upper.diagonal())
        return both

    n = total(None)
    breathe()
    values = total(pairs.value, nothing=np.nan)
    if not once:
        values = _divided(values, n, least=1)
    breathe()
    sd, floor = np.full(size, np.nan), np.full(size, np.nan)
    if n.max(initial=0.0) > 1:
        deviation = total((pairs.value - values[a, b]) ** 2)
        sd = np.sqrt(_divided(deviation, n - 1, least=1))
    breathe()
    shaped = np.isfinite(pairs.floor)
    if shaped.any():
        floors = total(np.where(shaped, pairs.floor, 0.0))
        floor = _divided(floors, total(shaped.astype(np.float64)), least=1)
    used = np.zeros(len(study.runs), dtype=bool)
    used[pairs.first], used[pairs.second] = True, True
    seeds = {study.runs[run].seed for run in np.flatnonzero(used).tolist()}
    return SimilarityMatrix(
        values=values,
        n=n.astype(np.int64),
        sd=sd,
        floor=floor,
        sets=sets,
        layer=layer,
        checkpoint=checkpoint,
        seeds=tuple(sorted(seeds)),
        origin=pairs.origin,
        measure=query.measure,
        debiased=query.debiased,
        left_out=pairs.left_out,
    )


def _divided(total: FloatArray, by: FloatArray, *, least: int) -> FloatArray:
    """total / by, NaN where `by` is below `least`."""
    return np.asarray(np.where(by >= least, total / np.maximum(by, 1), np.nan))
