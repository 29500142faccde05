"""Who tells the best source of a target in advance? A scoreboard of predictors.

Each target is left out in turn: a predictor puts the possible sources in order without having
seen any transfer to that target, and is judged by the transfers there really are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from propcache.api import cached_property

from core.analyses.analysis import INCLUDED, Analysis
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.analyses.square_transfer import square_transfer
from core.errors import RequestError
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.numerics.intervals import Interval, ResamplingUnit, student_interval
from core.similarity.matrix import SimilarityMatrix, similarity_layers, similarity_matrix
from core.similarity.measures import EVERY_FORM
from core.similarity.predictor_matrix import predictor_matrix
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.matrix import TransferMatrix, mean_present

REVERSE, AVERAGE, CHANCE = "reverse transfer", "best source on average", "chance"

FEWEST_SOURCES = 2
_ROUNDING = 1e-14


@dataclass(frozen=True)
class PredictorScore:
    """How well one predictor finds the best source, mean over the targets it says anything about.

    regret_at_1, regret_at_3: transfer of the best source minus that of the best among the first
        one, three; in normalized improvement, 0 = never missed
    ndcg: discounted gain of the order over that of the best order, 1 = the best order; the gain
        of a source is its transfer above the target's worst source
    rank_correlation: Spearman's ρ of prediction and transfer; NaN where no target has one
    targets: how many it is over; interval: of regret_at_1 over targets, Student's t,
        from 0 where it would go below
    label: what figures call it; given: it is one of the manifest's, whatever it is called
    Among sources a predictor holds for equal each order counts alike: their expected value.
    """

    predictor: str
    label: str
    regret_at_1: float
    regret_at_3: float
    ndcg: float
    rank_correlation: float
    targets: int
    interval: Interval
    given: bool = False

    @property
    def is_chance(self) -> bool:
        """What knows nothing."""
        return self.predictor == CHANCE and not self.given


SCORE_COLUMNS = (
    Column("label", "Predictor", lambda score: score.label, kind=ColumnKind.TEXT),
    Column(
        "regret_at_1",
        "regret@1",
        lambda score: score.regret_at_1,
        interval=lambda score: score.interval,
    ),
    Column("regret_at_3", "regret@3", lambda score: score.regret_at_3),
    Column("ndcg", "NDCG", lambda score: score.ndcg, proper=True),
    Column(
        "rank_correlation",
        "Rank correlation",
        lambda score: score.rank_correlation,
        short="ρ",
    ),
    Column("targets", "Targets", lambda score: score.targets, kind=ColumnKind.COUNT),
)
"""What is known of a predictor; the command line, files, the page and the hover read it."""


@dataclass(frozen=True)
class PredictorScores:
    """The scoreboard of one single-source method, smallest regret first."""

    method: str
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    scores: tuple[PredictorScore, ...]


def predictor_scores(
    transfer: TransferMatrix,
    tasks: Sequence[str],
    similarities: Iterable[SimilarityMatrix] = (),
    given: Sequence[tuple[str, FloatArray]] = (),
    labels: Mapping[str, str] = MappingProxyType({}),
) -> PredictorScores:
    """Score every predictor on the transfers among `tasks`.

    similarities: each predicts the most similar task; none is made before there is something to
    choose between. given: (name, (n_tasks, n_tasks) float64)
    predicted transfer of source (row) to target (column), in the order of `tasks`, of any range:
    larger is better. labels: what given ones are called in figures. Always there:
    the reverse transfer, the source with the largest mean transfer to the other targets, chance.

    Raises RequestError where no target has two sources to choose from.

    Source: docs/methods.md, "Which tasks to train on?"; expected values among ties: McSherry &
    Najork (2008).
    """
    values = square_transfer(transfer, tasks).values
    targets = _Targets(values)
    if not len(targets):
        raise RequestError(
            f"method {transfer.method}: no target has a value from two other tasks alone, so"
            " there is nothing to choose between"
        )
    similar = [(f"{found.name}, layer {found.layer}", found.of(tasks)) for found in similarities]
    predictors: list[tuple[str, FloatArray]] = [
        *similar,
        *given,
        (REVERSE, values.T),
        (AVERAGE, _average_elsewhere(values)),
        (CHANCE, np.zeros_like(values)),
    ]
    scores = [_score(name, predicted, targets) for name, predicted in predictors]
    first = len(similar)
    for at in range(first, first + len(given)):
        name = scores[at].predictor
        scores[at] = replace(scores[at], label=labels.get(name, name), given=True)
    scores.sort(key=lambda score: (math.isnan(score.regret_at_1), score.regret_at_1))
    return PredictorScores(
        method=transfer.method, seeds=transfer.seeds, tasks=tuple(tasks), scores=tuple(scores)
    )


def _average_elsewhere(values: FloatArray) -> FloatArray:
    """[s, t]: mean transfer of s to all targets but t."""
    there = np.isfinite(values)
    known, none = np.where(there, values, 0.0), np.zeros((len(values), 1))
    # What is before and what is after, not all minus it: that would lose small beside large.
    before = np.cumsum(np.hstack([none, known[:, :-1]]), axis=1)
    after = np.cumsum(np.hstack([none, known[:, :0:-1]]), axis=1)[:, ::-1]
    count = there.sum(axis=1, keepdims=True) - there
    return np.asarray(np.where(count > 0, (before + after) / np.maximum(count, 1), np.nan))


class _Targets:
    """The targets that are judged, each a row with its sources from the worst to the best.

    All of them are scored at once: at 1,000 tasks there are a million pairs for each predictor.
    Where a target has fewer sources than another, the rest of its row is NaN.
    """

    def __init__(self, values: FloatArray) -> None:
        """values: (n_tasks, n_tasks) float64, row source, column target, NaN = none."""
        there = np.isfinite(values)
        self._judged = np.flatnonzero(there.sum(axis=0) >= FEWEST_SOURCES)
        rows = np.where(there, values, np.nan).T[self._judged]
        # NaN sorts last.
        breathe()
        self._from_worst = np.argsort(rows, axis=1, kind="stable")
        breathe()
        self._truth: FloatArray = np.take_along_axis(rows, self._from_worst, axis=1)
        breathe()
        self._there = np.isfinite(self._truth)
        self._count = self._there.sum(axis=1)
        self._best = np.max(self._truth, axis=1, where=self._there, initial=-np.inf)
        self._gain = np.where(self._there, self._truth - self._truth[:, :1], 0.0)
        discount = 1.0 / np.log2(np.arange(rows.shape[1]) + 2.0)
        self._discount = np.where(self._there, discount, 0.0)
        place = np.maximum(self._count[:, None] - 1 - np.arange(rows.shape[1]), 0)
        self._ideal = (self._gain * discount[place]).sum(axis=1)

    def __len__(self) -> int:
        return len(self._judged)

    def scored(self, predicted: FloatArray) -> FloatArray:
        """(n, 4): regret at 1, at 3, NDCG and rank correlation of the targets it speaks of.

        predicted: (n_tasks, n_tasks) as values, larger is better; a source nothing is said of
        comes last. n: the targets of which it says something.
        """
        breathe()
        said = np.take_along_axis(predicted.T[self._judged], self._from_worst, axis=1)
        known = np.isfinite(said) & self._there
        keys = np.where(known, -said, np.where(self._there, np.inf, np.nan))
        # Stable: among equals the worst comes first.
        breathe()
        order = np.argsort(keys, axis=1, kind="stable")
        breathe()
        keys, truth, gain = (
            np.take_along_axis(part, order, axis=1) for part in (keys, self._truth, self._gain)
        )
        breathe()
        ties = _Ties(keys)
        found = np.stack(
            [
                self._regret(truth, ties, 1),
                self._regret(truth, ties, 3),
                self._ndcg(gain, ties),
                self._spearman(known, order, ties),
            ],
            axis=1,
        )
        return np.asarray(found[known.any(axis=1)])

    def _regret(self, truth: FloatArray, ties: _Ties, k: int) -> FloatArray:
        """What the best of the first k lacks of the best: 0, not what rounding leaves of it."""
        breathe()
        lost = self._best - self._expected_best(truth, ties, k)
        size = np.max(np.abs(truth), axis=1, where=self._there, initial=0.0)
        return np.where(lost <= _ROUNDING * size, 0.0, lost)

    def _expected_best(self, truth: FloatArray, ties: _Ties, k: int) -> FloatArray:
        """The best transfer among the first k, expected over the orders of ties."""
        last = np.minimum(k, self._count) - 1
        first, end = (at[np.arange(len(last)), last] for at in (ties.first, ties.end))
        # Fewer than k stand before the group in which the k-th is.
        ahead = truth[:, : k - 1] if k > 1 else truth[:, :0]
        sure = np.max(
            ahead,
            axis=1,
            where=np.arange(ahead.shape[1]) < first[:, None],
            initial=-np.inf,
        )
        breathe()
        # The largest of `left` drawn from the group is its i-th smallest in C(i, left − 1) draws.
        left, place = last + 1 - first, np.arange(truth.shape[1]) - first[:, None]
        own = (place >= 0) & (place < (end - first)[:, None])
        draws = _choose(np.where(own, place, 0), left[:, None] - 1)
        breathe()
        share = np.where(own, draws, 0.0) / _choose(end - first, left)[:, None]
        breathe()
        best = np.where(own, np.maximum(truth, sure[:, None]), 0.0)
        return np.asarray((best * share).sum(axis=1))

    def _ndcg(self, gain: FloatArray, ties: _Ties) -> FloatArray:
        breathe()
        found = ties.per_row(ties.sums(gain) * ties.sums(self._discount) / ties.sizes)
        defined = self._ideal > 0
        return np.where(defined, found / np.where(defined, self._ideal, 1.0), np.nan)

    def _spearman(self, known: BoolArray, order: IntArray, ties: _Ties) -> FloatArray:
        """Spearman's ρ of what is known of; 0 where all are held for equal, NaN where all are.

        Held for equal: expected over the orders of ties.
        """
        truly = _centred_ranks(self._own_ties, known)
        breathe()
        truly = np.take_along_axis(truly, order, axis=1)
        # The best is said first: its rank is the smallest.
        said = _centred_ranks(ties, np.take_along_axis(known, order, axis=1))
        breathe()
        spread = (truly**2).sum(axis=1), (said**2).sum(axis=1)
        both = np.sqrt(spread[0] * spread[1])
        rho = -(truly * said).sum(axis=1) / np.where(both > 0, both, 1.0)
        return np.where(spread[0] > 0, np.clip(rho, -1.0, 1.0) + 0.0, np.nan)

    @cached_property
    def _own_ties(self) -> _Ties:
        return _Ties(self._truth)


class _Ties:
    """Which of the elements of sorted rows are equal; NaN, at the ends of rows, are not.

    first, end: (n_rows, n_columns) int64, where in its row the group of an element begins, and
    ends (exclusive). sizes: (n_groups,) int64, groups row after row.
    """

    def __init__(self, keys: FloatArray) -> None:
        n_rows, n_columns = keys.shape
        new = np.ones(keys.shape, dtype=bool)
        new[:, 1:] = keys[:, 1:] != keys[:, :-1]
        breathe()
        self._starts = np.flatnonzero(new)
        self._row = self._starts // max(n_columns, 1)
        self._n_rows = n_rows
        self.sizes = np.diff(self._starts, append=keys.size)
        column = self._starts - self._row * n_columns
        breathe()
        self.first = np.repeat(column, self.sizes).reshape(keys.shape)
        self.end = np.repeat(column + self.sizes, self.sizes).reshape(keys.shape)

    def sums(self, values: FloatArray) -> FloatArray:
        """(n_groups,): the sum over each group."""
        return np.asarray(np.add.reduceat(values.ravel(), self._starts))

    def per_row(self, of_groups: FloatArray) -> FloatArray:
        """(n_rows,): the sum over the groups of each row."""
        found = np.bincount(self._row, weights=of_groups, minlength=self._n_rows)
        return found.astype(np.float64, copy=False)


def _choose(of: IntArray, k: IntArray) -> FloatArray:
    """Binomial coefficients for k = 0 to 3."""
    n = of.astype(np.float64)
    return np.where(
        k == 0,
        1.0,
        np.where(k == 1, n, np.where(k == 2, n * (n - 1) / 2, n * (n - 1) * (n - 2) / 6)),
    )


def _centred_ranks(ties: _Ties, counted: BoolArray) -> FloatArray:
    """Ranks among those that are counted, ties sharing the mean of theirs; 0 for the others."""
    breathe()
    ones = counted.astype(np.float64)
    before = np.cumsum(ones, axis=1) - ones
    rows = np.arange(len(counted))[:, None]
    size = np.repeat(ties.sums(ones), ties.sizes).reshape(counted.shape)
    breathe()
    ranks = before[rows, ties.first] + (size + 1) / 2
    middle = (counted.sum(axis=1, keepdims=True) + 1) / 2
    return np.where(counted, ranks - middle, 0.0)


def _score(name: str, predicted: FloatArray, targets: _Targets) -> PredictorScore:
    table = targets.scored(predicted)
    if not len(table):
        nan = math.nan
        nothing = Interval(nan, nan, ResamplingUnit.TASKS)
        return PredictorScore(name, name, nan, nan, nan, nan, 0, nothing)
    means = mean_present(table, axis=0)
    spread = float(table[:, 0].std(ddof=1)) if len(table) > 1 else math.nan
    low, high = student_interval(float(means[0]), spread, len(table))
    return PredictorScore(
        name,
        name,
        regret_at_1=float(means[0]),
        regret_at_3=float(means[1]),
        ndcg=float(means[2]),
        rank_correlation=float(means[3]),
        targets=len(table),
        # Nothing can be lost below 0, which Student's t does not know.
        interval=Interval(float(np.maximum(low, 0.0)), float(high), ResamplingUnit.TASKS),
    )


def predictors_of(
    study: Study, query: TransferQuery, *, stored: SimilarityStore | None
) -> PredictorScores:
    """What is lost by believing each predictor."""
    kinds = (
        SimilarityQuery(measure=measure, debiased=debiased, seeds=query.seeds)
        for measure, debiased in EVERY_FORM
    )
    tasks = included_tasks(study, query)
    similarities = (
        similarity_matrix(study, kind.at(layer, "last"), stored=stored, tasks=tasks)
        for kind in kinds
        for layer in similarity_layers(study, kind)
    )
    given, labels = [], {}
    for predictor in study.predictors:
        for layer in predictor.layers or (None,):
            asked = SimilarityQuery(layer, seeds=query.seeds, predictor=predictor.name)
            found = predictor_matrix(study, asked)
            at = "" if layer is None else f", layer {layer}"
            # Of a distance the nearest is believed to be the best.
            better = found.of(tasks) if found.higher_is_better else -found.of(tasks)
            given.append((f"{predictor.name}{at}", better))
            labels[f"{predictor.name}{at}"] = f"{predictor.label}{at}"
    return predictor_scores(pair_matrix(study, query), tasks, similarities, given, labels)


PREDICTORS = Analysis(
    "predictors",
    PredictorScores,
    predictors_of,
    (INCLUDED,),
    looks_up=True,
    costs=CostModel(us=1.5, ms=6.0),
)
