"""Who tells the best source of a target in advance? A scoreboard of predictors.

Each target is left out in turn: a predictor puts the possible sources in order without having
seen any transfer to that target, and is judged by the transfers there really are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from core.analyses.columns import Column, ColumnKind
from core.errors import RequestError
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.intervals import Interval, ResamplingUnit, student_interval
from core.similarity.matrix import SimilarityMatrix
from core.transfer.matrix import TransferMatrix, mean_present

REVERSE, AVERAGE, CHANCE = "reverse transfer", "best source on average", "chance"

FEWEST_SOURCES = 2


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
    similarities: Sequence[SimilarityMatrix] = (),
    given: Sequence[tuple[str, FloatArray]] = (),
    labels: Mapping[str, str] = MappingProxyType({}),
) -> PredictorScores:
    """Score every predictor on the transfers among `tasks`.

    similarities: each predicts the most similar task. given: (name, (n_tasks, n_tasks) float64)
    predicted transfer of source (row) to target (column), in the order of `tasks`, of any range:
    larger is better. labels: what given ones are called in figures. Always there:
    the reverse transfer, the source with the largest mean transfer to the other targets, chance.

    Raises RequestError where no target has two sources to choose from.

    Source: METHODS, "Which tasks to train on?"; expected values among ties: McSherry & Najork
    (2008).
    """
    values = _square(transfer, tasks)
    judged = np.flatnonzero(np.isfinite(values).sum(axis=0) >= FEWEST_SOURCES)
    if not len(judged):
        raise RequestError(
            f"method {transfer.method}: no target has a value from two other tasks alone, so"
            " there is nothing to choose between"
        )
    predictors: list[tuple[str, FloatArray]] = [
        *((f"{matrix.name}, layer {matrix.layer}", matrix.of(tasks)) for matrix in similarities),
        *given,
        (REVERSE, values.T),
        (AVERAGE, _average_elsewhere(values)),
        (CHANCE, np.zeros_like(values)),
    ]
    scores = [_score(name, predicted, values, judged.tolist()) for name, predicted in predictors]
    first = len(similarities)
    for at in range(first, first + len(given)):
        name = scores[at].predictor
        scores[at] = replace(scores[at], label=labels.get(name, name), given=True)
    scores.sort(key=lambda score: (math.isnan(score.regret_at_1), score.regret_at_1))
    return PredictorScores(
        method=transfer.method, seeds=transfer.seeds, tasks=tuple(tasks), scores=tuple(scores)
    )


def _square(transfer: TransferMatrix, tasks: Sequence[str]) -> FloatArray:
    """(n_tasks, n_tasks): transfer of source to target, mean over seeds; diagonal NaN."""
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    values = np.full((len(tasks), len(tasks)), np.nan)
    for i, source in enumerate(tasks):
        for j, target in enumerate(tasks):
            if i != j and source in row_of and target in column_of:
                values[i, j] = single.values[row_of[source], column_of[target]]
    return values


def _average_elsewhere(values: FloatArray) -> FloatArray:
    """[s, t]: mean transfer of s to all targets but t."""
    predicted = np.full_like(values, np.nan)
    for target in range(len(values)):
        predicted[:, target] = mean_present(np.delete(values, target, axis=1), axis=1)
    return predicted


def _score(
    name: str, predicted: FloatArray, values: FloatArray, targets: Sequence[int]
) -> PredictorScore:
    rows = []
    for target in targets:
        there = np.isfinite(values[:, target])
        truth, said = values[there, target], predicted[there, target]
        if np.isfinite(said).any():
            rows.append(_on_target(truth, said))
    if not rows:
        nan = math.nan
        nothing = Interval(nan, nan, ResamplingUnit.TASKS)
        return PredictorScore(name, name, nan, nan, nan, nan, 0, nothing)
    table = np.array(rows)
    means = mean_present(table, axis=0)
    spread = float(table[:, 0].std(ddof=1)) if len(rows) > 1 else math.nan
    low, high = student_interval(float(means[0]), spread, len(rows))
    return PredictorScore(
        name,
        name,
        regret_at_1=float(means[0]),
        regret_at_3=float(means[1]),
        ndcg=float(means[2]),
        rank_correlation=float(means[3]),
        targets=len(rows),
        # Nothing can be lost below 0, which Student's t does not know.
        interval=Interval(float(np.maximum(low, 0.0)), float(high), ResamplingUnit.TASKS),
    )


def _on_target(truth: FloatArray, said: FloatArray) -> tuple[float, float, float, float]:
    """Regret at 1, at 3, NDCG and rank correlation; a source nothing is said of comes last."""
    known = np.isfinite(said)
    order = np.where(known, said, -np.inf)
    return (
        float(truth.max()) - _expected_best(truth, order, 1),
        float(truth.max()) - _expected_best(truth, order, 3),
        _ndcg(truth, order),
        _spearman(truth[known], said[known]),
    )


def _groups(order: FloatArray) -> list[IntArray]:
    """Positions of equally placed sources, the best first."""
    return [np.flatnonzero(order == level) for level in np.unique(order)[::-1]]


def _expected_best(truth: FloatArray, order: FloatArray, k: int) -> float:
    """The best transfer among the first k, expected over the orders of ties."""
    best, left = -math.inf, min(k, len(truth))
    for group in _groups(order):
        if len(group) <= left:
            best, left = max(best, float(truth[group].max())), left - len(group)
            if not left:
                return best
            continue
        # The largest of `left` drawn from the group is its i-th smallest in C(i, left − 1) draws.
        draws = math.comb(len(group), left)
        return sum(
            max(best, float(value)) * math.comb(i, left - 1) / draws
            for i, value in enumerate(np.sort(truth[group]))
        )
    return best


def _ndcg(truth: FloatArray, order: FloatArray) -> float:
    gain = truth - truth.min()
    discount = 1.0 / np.log2(np.arange(len(gain)) + 2.0)
    ideal = float(np.sort(gain)[::-1] @ discount)
    if ideal <= 0:
        return math.nan
    found = np.concatenate([np.full(len(g), gain[g].mean()) for g in _groups(order)])
    return float(found @ discount) / ideal


def _spearman(truth: FloatArray, said: FloatArray) -> float:
    """Spearman's ρ; 0 where all are held for equal (expected over orders), NaN where all are."""
    if len(truth) < FEWEST_SOURCES or np.ptp(truth) == 0:
        return math.nan
    if np.ptp(said) == 0:
        return 0.0
    a, b = _mean_ranks(truth), _mean_ranks(said)
    return float(np.clip((a @ b) / math.sqrt((a @ a) * (b @ b)), -1.0, 1.0))


def _mean_ranks(values: FloatArray) -> FloatArray:
    """Ranks, ties sharing the mean of theirs, centred."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = (ends - (counts - 1) / 2.0)[inverse]
    return np.asarray(ranks - ranks.mean())
