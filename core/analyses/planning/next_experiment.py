"""The next experiment: which cell, with one more run, would improve a plan most.

What a cell would show is not known, but how far it may be from what is believed is: its posterior
(`core.transfer.shrinkage`). For each cell one more seed is drawn many times from it; each time the
plan is made again with what would be believed then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis, Takes
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel
from core.analyses.planning.options import PlanOptions, ShrunkenValues
from core.analyses.planning.plan import ASKED, planned
from core.analyses.planning.search import Choices, Goal, all_sets, choose, covered_by, worth
from core.analyses.query import PlanQuery, TransferQuery
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.numerics.intervals import t_quantile
from core.study import Study
from core.transfer.matrix import TransferMatrix
from core.transfer.shrinkage import Shrunken

DRAWS = 4_000
SEED = 20260
"""Of the draws: the same question has the same answer."""

CELLS_KEPT = 50

MOST_TRIED = 6_000_000
"""Numbers looked at while plans are made again: sets × targets. Where all sets are more, tried are
the chosen one and those that differ from it in one source."""
_TRIED_S = 2e-7
"""Seconds of one of those numbers."""

_NOTHING = -1e6
"""Coverage by what has no value, when the largest value is 1: worse than all that can be."""
_NEVER = 1e12
"""Beyond all that coverage can be, of sets that there are none of: finite, as 0 × ∞ is nothing."""


@dataclass(frozen=True)
class Experiment:
    """One more run on `source`, looked at on `target`.

    gain:    how much more a plan made again is expected to cover than the one of today, both seen
             with the new run, in the unit of coverage: 0 = whatever it shows, nothing changes
    changes: how often other sources would be chosen then, as a share of the draws
    value:   what is believed of the cell now; sd: how far it may be from that
    seeds:   how many the cell has; 0 = it is missing
    """

    source: str
    target: str
    gain: float
    changes: float
    value: float
    sd: float
    seeds: int


EXPERIMENT_COLUMNS = (
    Column("source", "Source", lambda one: one.source, kind=ColumnKind.TEXT),
    Column("target", "Target", lambda one: one.target, kind=ColumnKind.TEXT),
    Column("gain", "Worth of the run", lambda one: one.gain, signed=True, help="next"),
    Column("changes", "Plan changes", lambda one: one.changes, kind=ColumnKind.SHARE),
    Column("value", "Believed now", lambda one: one.value),
    Column("sd", "Standard deviation", lambda one: one.sd, short="± sd"),
    Column("seeds", "Seeds", lambda one: one.seeds, kind=ColumnKind.COUNT),
)
"""What is known of an experiment; JSON, files, the page and the hover read it."""


@dataclass(frozen=True)
class NextExperiment:
    """The cells with which a plan may gain most, the largest expected gain first.

    cells: at most CELLS_KEPT, none of them without any gain; of: how many cells were looked at.
    every: all sets of that size were planned again; else those that differ in one source, so that
    gains are at least so large. why: the reason why nothing can be said, with no cells.
    """

    method: str
    goal: Goal
    sources: tuple[str, ...]
    cells: tuple[Experiment, ...]
    of: int
    draws: int
    every: bool
    why: str = ""


@dataclass(frozen=True)
class _Belief:
    """Of every cell, (n_sources, n_targets) float64: mean, variance, variance of one more seed."""

    mean: FloatArray
    variance: FloatArray
    noise: FloatArray
    degrees: float


def next_experiment(
    transfer: TransferMatrix,
    study: Study,
    tasks: Sequence[str],
    options: PlanOptions,
    *,
    most_tried: int = MOST_TRIED,
) -> NextExperiment:
    """The expected value of one more seed of each cell (expected value of sample information).

    A cell with posterior mean μ and variance V, seen once more with noise s², will be believed at
    μ + V/√(V + s²) · t, t drawn from Student's t with the degrees of freedom of s². Its gain is
    the mean over draws of the best coverage then, less that of the sources chosen today; a cell
    alone moves, the others stay. A missing cell of a source that has runs is believed
    at what cells like it are, with their spread. Sources without any run are not looked at.
    options: planned is on shrunken values, whatever they say.

    Raises RequestError as `core.analyses.planning.plan.plan_sources` does.

    Source: Raiffa & Schlaifer (1961), preposterior analysis;
    docs/methods.md, "Which tasks to train on?" and "Findings chosen because they are large".
    """
    single = transfer.single_sources()
    shrinking = ShrunkenValues(study)
    size, goal = options.size, options.goal
    ready = replace(options, values_of=shrinking).choices(single, tasks)
    shrunken = cast("Shrunken", shrinking.first)
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    among = [j for j, name in enumerate(single.targets) if name in {*tasks, *ready.targets}]
    looked_at = single.take([row_of[name] for name in ready.sources], among)
    chosen, _ = choose(ready, size, goal)
    covered_by(ready, chosen, size)
    sources = tuple(ready.sources[i] for i in chosen)
    if not shrunken.known:
        return NextExperiment(transfer.method, goal, sources, (), 0, 0, True, shrunken.why)
    column_of = {target: j for j, target in enumerate(looked_at.targets)}
    columns = [column_of[target] for target in ready.targets]
    belief = _belief(looked_at, shrunken, columns)
    sets, every = _sets(ready, chosen, size, most_tried)
    gain, changes = _values_of_information(ready, belief, sets, chosen, goal)
    gain, changes = np.nan_to_num(gain), np.nan_to_num(changes)
    return NextExperiment(
        transfer.method,
        goal,
        sources,
        _experiments(ready, belief, gain, changes, looked_at.n[:, columns]),
        int(np.isfinite(belief.variance).sum()),
        DRAWS,
        every,
    )


def _experiments(
    ready: Choices, belief: _Belief, gain: FloatArray, changes: FloatArray, seeds: IntArray
) -> tuple[Experiment, ...]:
    """The cells with the largest gains; of equal ones that which is known least comes first."""
    some = np.flatnonzero(gain > 0)
    ranks = -np.nan_to_num(belief.variance.ravel()[some]), -gain.ravel()[some]
    order = some[np.lexsort(ranks)][:CELLS_KEPT]
    cells = np.transpose(np.unravel_index(order, gain.shape)).tolist()
    return tuple(
        Experiment(
            source=ready.sources[i],
            target=ready.targets[j],
            gain=float(gain[i, j]),
            changes=float(changes[i, j]),
            value=float(belief.mean[i, j]),
            sd=float(np.sqrt(belief.variance[i, j])),
            seeds=int(seeds[i, j]),
        )
        for i, j in cells
    )


def _belief(matrix: TransferMatrix, shrunken: Shrunken, columns: Sequence[int]) -> _Belief:
    """What is believed of each cell; NaN where nothing can be."""
    half = (shrunken.high - shrunken.low) / 2
    mean = shrunken.values.copy()
    freedom: FloatArray = np.nanmax(shrunken.degrees, axis=0, initial=1.0)
    variance = (half / t_quantile(freedom)) ** 2
    metrics = np.nanmax(shrunken.variance, axis=0, initial=-np.inf)
    noise = np.broadcast_to(np.where(np.isfinite(metrics), metrics, np.nan), mean.shape)
    for group in (~matrix.trained, matrix.trained):
        known, gone = group & np.isfinite(mean), group & ~np.isfinite(mean)
        if gone.any() and known.any():
            like = _like(matrix.values, noise, shrunken.prior, known, gone)
            mean[gone], variance[gone] = like
    degrees = float(np.nanmin(shrunken.degrees))
    return _Belief(mean[:, columns], variance[:, columns], noise[:, columns], degrees)


def _like(
    values: FloatArray, noise: FloatArray, prior: FloatArray, known: BoolArray, gone: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """(mean, variance) of missing cells: what cells like them are, and how far those differ.

    The prior is a grand mean, or that with effects of rows and columns: so a missing one follows
    from three others, and where there are none it is their mean.
    """
    rows, columns = np.nonzero(gone)
    means = np.full(len(rows), float(prior[known].mean()))
    for at, (i, j) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)):
        beside, above = np.flatnonzero(known[i]), np.flatnonzero(known[:, j])
        corners = known[np.ix_(above, beside)]
        if corners.any():
            r, c = np.argwhere(corners)[0]
            k, m = above[r], beside[c]
            means[at] = prior[i, m] + prior[k, j] - prior[k, m]
    away = (values - prior)[known]
    in_row, in_column = known.sum(axis=1), known.sum(axis=0)
    effects = int((in_row > 0).sum() + (in_column > 0).sum()) - 1
    freedom = max(int(known.sum()) - effects, 1)
    spread = float(away @ away) / freedom
    between = max(0.0, spread - float(noise[known].mean()))
    share = 1 / np.maximum(in_row[rows], 1) + 1 / np.maximum(in_column[columns], 1)
    return means, between + spread * np.minimum(share, 1.0)


def _sets(
    ready: Choices, chosen: Sequence[int], size: int, most_tried: int
) -> tuple[list[IntArray], bool]:
    """The sets that a plan may be made of again, and whether those are all there are."""
    if ready.count(size) * ready.values.shape[1] <= most_tried:
        return [piece for piece in all_sets(ready, size) if len(piece)], True
    others = [i for i in range(len(ready.sources)) if i not in chosen]
    swapped = [list(chosen)]
    for out in chosen:
        rest = [i for i in chosen if i != out]
        swapped += [sorted([*rest, other]) for other in others]
    return [ready.affordable(np.array(swapped, dtype=np.int64))], False


@dataclass
class _Best:
    """The best coverage any set reaches, by what it has of a cell; larger is better.

    without: (n_sources,) of sets without the source. lowered: (n_sources, n_targets) of sets with
    it, if that cell were worth nothing. others: the same of all targets but that one: the sum of
    them (goal mean) or the smallest (worst).
    """

    without: FloatArray
    lowered: FloatArray
    others: FloatArray

    def take_in(self, values: FloatArray, sets: IntArray, goal: Goal) -> None:
        """More sets, (n_sets, size) positions."""
        breathe()
        reach = values[sets]
        at = reach.argmax(axis=1)
        first = reach.max(axis=1)
        if sets.shape[1] > 1:
            second = np.partition(reach, -2, axis=1)[:, -2]
        else:
            second = np.full_like(first, _NOTHING)
        breathe()
        if goal is Goal.MEAN:
            total = first.sum(axis=1, keepdims=True)
            others, lowered = total - first, total - first + second
        else:
            others = _least_of_others(first)
            lowered = np.minimum(others, second)
            total = first.min(axis=1, keepdims=True)
        self._take_in_without(total[:, 0], sets)
        # By place in the set, where each source is the only one: the sets of one lie together then.
        for place, own in enumerate(sets.T):
            breathe()
            order = np.argsort(own, kind="stable")
            sources, starts = np.unique(own[order], return_index=True)
            least = np.where(at == place, lowered, total)
            for best, one in ((self.lowered, least), (self.others, others)):
                found = np.maximum.reduceat(one[order], starts, axis=0)
                best[sources] = np.maximum(best[sources], found)

    def _take_in_without(self, total: FloatArray, sets: IntArray) -> None:
        """Of each source the best of the sets that lack it; total: (n_sets,)."""
        best = int(total.argmax())
        lacks_best = np.ones(len(self.without), dtype=bool)
        lacks_best[sets[best]] = False
        self.without[lacks_best] = np.maximum(self.without[lacks_best], total[best])
        for source in sets[best].tolist():
            lacking = ~(sets == source).any(axis=1)
            if lacking.any():
                self.without[source] = max(self.without[source], float(total[lacking].max()))


def _least_of_others(first: FloatArray) -> FloatArray:
    """(n_sets, n_targets): the smallest over all targets but this one; _NEVER where it is alone."""
    if first.shape[1] == 1:
        return np.full_like(first, _NEVER)
    two = np.partition(first, 1, axis=1)[:, :2]
    at = first.argmin(axis=1)
    least = np.repeat(two[:, :1], first.shape[1], axis=1)
    least[np.arange(len(first)), at] = two[:, 1]
    return least


def _nothing_yet(shape: tuple[int, int]) -> _Best:
    return _Best(np.full(shape[0], -_NEVER), np.full(shape, -_NEVER), np.full(shape, -_NEVER))


def _values_of_information(
    ready: Choices,
    belief: _Belief,
    sets: Sequence[IntArray],
    chosen: Sequence[int],
    goal: Goal,
) -> tuple[FloatArray, FloatArray]:
    """(gain, changes) of every cell; NaN where nothing is believed of it.

    A cell alone moves, so the best coverage as a function of its value x has three parts: sets
    without the source, sets with it that cover the target by another, and sets that cover it with
    x. Of those only the best one counts: max(c, (A + x)/n) for the mean of n targets, max(c,
    min(A, x)) for the worst.
    """
    scale = float(np.abs(belief.mean[np.isfinite(belief.mean)]).max(initial=0.0)) or 1.0
    values = np.where(np.isneginf(ready.values), _NOTHING, ready.values / scale)
    n = values.shape[1]
    best, own = _nothing_yet(values.shape), _nothing_yet(values.shape)
    for piece in sets:
        step = max(1, 2_000_000 // (piece.shape[1] * n))
        for start in range(0, len(piece), step):
            best.take_in(values, piece[start : start + step], goal)
    own.take_in(values, np.array([chosen]), goal)
    reached = values[list(chosen)].max(axis=0)
    per = n if goal is Goal.MEAN else 1
    now = float(worth(reached[None], goal)[0]) * per
    mean = belief.mean / scale
    total_variance = belief.variance + belief.noise
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(total_variance > 0, belief.variance / np.sqrt(total_variance), 0.0)
    spread = spread / scale
    draws = _Draws.of(belief.degrees)
    # Everything below in sums over targets (mean) or as it is (worst).
    in_plan = np.isin(np.arange(len(values)), chosen)[:, None]
    other = np.maximum(best.without[:, None], best.lowered)
    as_planned = np.maximum(own.without[:, None], own.lowered)
    more, less = (
        _expected(base, one.others, draws, mean, spread, goal)
        for base, one in ((other, best), (as_planned, own))
    )
    gain = (more - less) / per * scale
    # Other sources are better where the cell is so good that a set without it would be given up,
    # or so bad that the chosen one is.
    slack = 1e-9 * max(abs(now), 1.0)
    if goal is Goal.MEAN:
        high, low = now - best.others, other - np.where(in_plan, own.others, 0.0)
    else:
        high, low = np.where(in_plan, own.others, now), other
    rises = (
        best.others > np.where(in_plan, own.others, -_NEVER if goal is Goal.MEAN else now) + slack
    )
    falls = in_plan & (other > own.lowered + slack)
    changes = np.where(rises, draws.above(high, mean, spread).share, 0.0)
    changes = changes + np.where(falls, 1 - draws.above(low, mean, spread).share, 0.0)
    gain = np.where((gain > 1e-9 * scale) & (changes > 0), gain, 0.0)
    known = np.isfinite(mean) & np.isfinite(spread)
    return np.where(known, gain, np.nan), np.where(known, np.minimum(changes, 1.0), np.nan)


def _expected(
    other: FloatArray,
    others: FloatArray,
    draws: _Draws,
    mean: FloatArray,
    spread: FloatArray,
    goal: Goal,
) -> FloatArray:
    """The mean over draws x of max(other, others + x), or of max(other, min(others, x))."""
    breathe()
    if goal is Goal.MEAN:
        above = draws.above(other - others, mean, spread)
        by_cell = np.where(above.share > 0, others * above.share + above.total, 0.0)
        return np.asarray(np.where(above.share < 1, other * (1 - above.share), 0.0) + by_cell)
    middle = draws.above(other, mean, spread)
    top = draws.above(np.maximum(others, other), mean, spread)
    capped = np.where(top.share > 0, others * top.share, 0.0)
    then = other * (1 - middle.share) + middle.total - top.total + capped
    return np.asarray(np.where(others > other, then, other))


@dataclass(frozen=True)
class _Above:
    """The share of draws above a value, and the mean over all draws of those above (0 below)."""

    share: FloatArray
    total: FloatArray


@dataclass(frozen=True)
class _Draws:
    """Standard draws in ascending order, symmetric about 0, and the sums from each on."""

    ordered: FloatArray
    from_here: FloatArray

    @classmethod
    def of(cls, degrees: float) -> _Draws:
        """DRAWS of Student's t with those degrees of freedom."""
        half = np.random.default_rng(SEED).standard_t(max(degrees, 1.0), size=DRAWS // 2)
        ordered = np.sort(np.concatenate([half, -half]))
        sums = np.concatenate([np.cumsum(ordered[::-1])[::-1], [0.0]])
        return cls(ordered, sums)

    def above(self, least: FloatArray, mean: FloatArray, spread: FloatArray) -> _Above:
        """Of mean + spread · draw: what is above `least`, cell by cell."""
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.where(
                spread > 0, (least - mean) / spread, np.where(least < mean, -np.inf, np.inf)
            )
        breathe()
        at = np.searchsorted(self.ordered, z, side="right")
        breathe()
        share = 1.0 - at / len(self.ordered)
        breathe()
        total = mean * share + spread * self.from_here[at] / len(self.ordered)
        return _Above(share, total)


def next_experiment_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> NextExperiment:
    """The cells with which the plan may gain most."""
    transfer, tasks, options = planned(study, query, wanted)
    return next_experiment(transfer, study, tasks, options)


def trying_seconds(_study: object, queries: Sequence[Any], tasks: int) -> float:
    """About what the sets take that a plan may be made of again, where all of them are tried."""
    wanted = next(one for one in queries if isinstance(one, PlanQuery))
    numbers = math.comb(tasks, wanted.size) * (len(wanted.targets) or tasks)
    return _TRIED_S * numbers if numbers <= MOST_TRIED else 0.0


NEXT_EXPERIMENT = Analysis(
    "next-experiment",
    NextExperiment,
    next_experiment_of,
    (INCLUDED, Takes(PlanQuery, ASKED)),
    costs=CostModel(us=1.5, more=trying_seconds),
)
