"""Similarity of models over training: along the checkpoints of a layer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.similarity.matrix import (
    ANY,
    SimilarityMatrix,
    TaskOverlap,
    TrainingSet,
    at_known_layer,
    by_training_set,
    model_pairs,
    overlap,
    sets_of_runs,
    similarity_checkpoints,
)
from core.similarity.measures import Measure, Measured
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import RunPairs
from core.similarity.store import SimilarityStore
from core.study import Layer, Study

SAME = 1e-6
"""Values this close are one: tables are rounded."""


@dataclass(frozen=True)
class SimilarityCurve:
    """One similarity along k checkpoints.

    mean:  (k,) float64, NaN = no value
    sd:    (k,) float64, spread over what the mean is over, NaN below two
    n:     (k,) int64, what the mean is over: pairs of runs of one pair of training sets, or the
        pairs of training sets
    floor: (k,) float64, as in SimilarityMatrix
    """

    mean: FloatArray
    sd: FloatArray
    n: IntArray
    floor: FloatArray

    @property
    def known(self) -> BoolArray:
        """(k,) bool: where there is a value."""
        return np.isfinite(self.mean)


@dataclass(frozen=True)
class Change:
    """How a similarity changed over training, over what has a value at both ends.

    before, after: mean at the first and at the last training step there is; n pairs have both.
    """

    first: int
    last: int
    before: float
    after: float
    n: int


@dataclass(frozen=True)
class Trajectories(Measured):
    """Similarity of the models trained on equally many tasks, at every checkpoint of a layer.

    checkpoints: k of them, ascending; `last` stands at the end where it tells more than the
        largest step (runs or seeds of which only the last was kept)
    values, sd, floor: (k, n_sets, n_sets) float64 and n: (k, n_sets, n_sets) int64, each as in
        SimilarityMatrix
    seeds: those of the runs in the pairs, per checkpoint
    origins: `table` or `representations`, per checkpoint
    """

    values: FloatArray
    n: IntArray
    sd: FloatArray
    floor: FloatArray
    checkpoints: tuple[Checkpoint, ...]
    sets: tuple[TrainingSet, ...]
    trained: int
    layer: Layer
    seeds: tuple[tuple[int, ...], ...]
    origins: tuple[str, ...]
    measure: Measure = Measure.CKA
    debiased: bool = False

    def pair(self, first: TrainingSet, second: TrainingSet) -> SimilarityCurve | None:
        """Of two training sets, or of one across seeds; None where the study lacks either."""
        if first not in self.sets or second not in self.sets:
            return None
        i, j = self.sets.index(first), self.sets.index(second)
        return SimilarityCurve(
            mean=self.values[:, i, j],
            sd=self.sd[:, i, j],
            n=self.n[:, i, j],
            floor=self.floor[:, i, j],
        )

    def sharing(self, shared: TaskOverlap) -> SimilarityCurve:
        """Mean and spread over the pairs of training sets that share so much, each pair once.

        TaskOverlap.ALL is every training set across seeds.
        """
        where = np.triu(overlap(self.sets) == shared)
        mean, sd, n = _over(self.values[:, where])
        return SimilarityCurve(mean=mean, sd=sd, n=n, floor=_over(self.floor[:, where])[0])

    def change(self, shared: TaskOverlap) -> Change | None:
        """From the first to the last training step at which such pairs have values.

        None where they have values at fewer than two steps.
        """
        values = self.values[:, np.triu(overlap(self.sets) == shared)]
        at = [
            i
            for i, checkpoint in enumerate(self.checkpoints)
            if checkpoint != "last" and np.isfinite(values[i]).any()
        ]
        if len(at) < 2:
            return None
        first, last = at[0], at[-1]
        both = np.isfinite(values[first]) & np.isfinite(values[last])
        return Change(
            first=int(self.checkpoints[first]),
            last=int(self.checkpoints[last]),
            before=float(values[first, both].mean()) if both.any() else np.nan,
            after=float(values[last, both].mean()) if both.any() else np.nan,
            n=int(both.sum()),
        )

    def telling_pairs(self) -> tuple[tuple[TrainingSet, TrainingSet], ...]:
        """Up to three pairs worth looking at, each once.

        The most and the least alike at the last checkpoint, and the one that changed most from its
        first to its last value.
        """
        # Column by column, as they are listed: of equal ones the first counts.
        second, first = np.tril_indices(len(self.sets), k=-1)
        values = self.values[:, first, second]
        known = np.isfinite(values[-1])
        if not known.any():
            return ()
        first, second, values = first[known], second[known], values[:, known]
        there = np.isfinite(values).argmax(axis=0)
        moved = np.abs(values[-1] - np.take_along_axis(values, there[None], axis=0)[0])
        found = dict.fromkeys((values[-1].argmax(), values[-1].argmin(), moved.argmax()))
        return tuple((self.sets[first[at]], self.sets[second[at]]) for at in found)

    def without_tasks(self, tasks: Iterable[str]) -> Trajectories:
        """The same without the training sets any of these tasks is in."""
        gone = frozenset(tasks)
        keep = np.array([i for i, names in enumerate(self.sets) if not gone & {*names}], dtype=int)

        def kept(array: FloatArray) -> FloatArray:
            return np.asarray(array[:, keep[:, None], keep])

        return replace(
            self,
            sets=tuple(self.sets[i] for i in keep),
            values=kept(self.values),
            n=self.n[:, keep[:, None], keep],
            sd=kept(self.sd),
            floor=kept(self.floor),
        )


def _over(values: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Mean, sample sd and number of the finite values of each row of (k, m)."""
    there = np.isfinite(values)
    n = there.sum(axis=1)
    mean = np.where(n > 0, np.where(there, values, 0.0).sum(axis=1) / np.maximum(n, 1), np.nan)
    squares = np.where(there, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
    sd = np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.nan)
    return mean, sd, n.astype(np.int64)


def common_checkpoint(several: Sequence[Trajectories], shared: TaskOverlap) -> Checkpoint | None:
    """The latest checkpoint at which all of these can be compared for pairs that share so much.

    Among those at which all have such pairs, one at which they are of the same seeds comes first:
    pairs across seeds are less alike than pairs of one seed. None where there is none.
    """
    if not several:
        return None
    best: tuple[bool, int] | None = None
    order = [c for c in several[0].checkpoints if all(c in one.checkpoints for one in several)]
    for rank, checkpoint in enumerate(order):
        at = [one.checkpoints.index(checkpoint) for one in several]
        pairs = zip(several, at, strict=True)
        if all(one.sharing(shared).known[i] for one, i in pairs):
            seeds = {one.seeds[i] for one, i in zip(several, at, strict=True)}
            best = max(best or (False, -1), (len(seeds) == 1, rank))
    return None if best is None else order[best[1]]


def trajectories(
    study: Study, query: SimilarityQuery = ANY, *, stored: SimilarityStore | None = None
) -> Trajectories:
    """Similarity of the base runs trained on `trained` tasks at every checkpoint of a layer.

    A line must not bend because other runs join it: of every pair of training sets, the training
    steps hold the pairs of runs that are known at the most steps, and where there are several
    steps none that is known at one alone. `last` holds all.

    A checkpoint without pairs of the query's seeds has no values, other seeds never stand in; its
    checkpoint plays no part. Tables, representations and `stored` as in `similarity_matrix`,
    checkpoint by checkpoint.

    Raises RequestError for a layer, number of tasks or measure that is not there.
    """
    query = at_known_layer(study, query)
    at_layer, _ = query.place

    def pairs_at(checkpoint: Checkpoint) -> RunPairs:
        return model_pairs(study, query.at(at_layer, checkpoint), stored=stored)

    def matrix(checkpoint: Checkpoint, pairs: RunPairs) -> SimilarityMatrix:
        return by_training_set(study, pairs, query.at(at_layer, checkpoint))

    steps = similarity_checkpoints(study, query)
    lasting = _lasting(study, [pairs_at(step) for step in steps])
    found = [matrix(step, pairs) for step, pairs in zip(steps, lasting, strict=True)]
    last = matrix("last", pairs_at("last"))
    if not found or _tells_more(last, found[-1]):
        found.append(last)
    return Trajectories(
        values=np.stack([one.values for one in found]),
        n=np.stack([one.n for one in found]),
        sd=np.stack([one.sd for one in found]),
        floor=np.stack([one.floor for one in found]),
        checkpoints=tuple(one.checkpoint for one in found),
        sets=last.sets,
        trained=query.trained,
        layer=at_layer,
        seeds=tuple(one.seeds for one in found),
        origins=tuple(one.origin for one in found),
        measure=query.measure,
        debiased=query.debiased,
    )


def _lasting(study: Study, along: Sequence[RunPairs]) -> list[RunPairs]:
    """Of each pair of training sets the pairs of runs that most steps know."""
    if not along:
        return []
    ends = np.cumsum([len(pairs.value) for pairs in along])[:-1]
    first = np.concatenate([pairs.first for pairs in along])
    second = np.concatenate([pairs.second for pairs in along])
    set_of = sets_of_runs(study)
    low, high = np.sort([set_of[first], set_of[second]], axis=0)
    _, runs, steps = np.unique(
        first * len(study.runs) + second, return_inverse=True, return_counts=True
    )
    _, sets = np.unique(low * len(study.runs) + high, return_inverse=True)
    most = np.full(len(sets), min(2, len(along)))
    np.maximum.at(most, sets, steps[runs])
    stays = np.split(steps[runs] == most[sets], ends)
    return [pairs.only(which) for pairs, which in zip(along, stays, strict=True)]


def _tells_more(last: SimilarityMatrix, largest: SimilarityMatrix) -> bool:
    same = np.isclose(last.values, largest.values, rtol=0, atol=SAME, equal_nan=True)
    return not (same.all() and np.array_equal(last.n, largest.n))
