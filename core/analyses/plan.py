"""Which tasks to train on: the sources that together cover the targets best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, islice

import numpy as np

from core.errors import RequestError, listed
from core.numerics.arrays import FloatArray, IntArray
from core.transfer.matrix import TransferMatrix

MOST_SUBSETS = 200_000
"""So many sets of sources are tried one and all; where there are more, sources are added one by
one."""

_AT_ONCE = 4_096_000
"""Numbers held at once while subsets are tried."""


class Goal(StrEnum):
    """What is to be large: the mean coverage of the targets, or the smallest."""

    MEAN = "mean"
    WORST = "worst"


@dataclass(frozen=True)
class PlanQuery:
    """How many sources, for which targets (() = all tasks), and what is to be large."""

    size: int = 1
    targets: tuple[str, ...] = ()
    goal: Goal = Goal.MEAN


@dataclass(frozen=True)
class Covered:
    """A target, the source of the plan that transfers to it best, and how well.

    Where target and source are the same task it is the value of the trained task itself.
    """

    target: str
    source: str
    transfer: float


@dataclass(frozen=True)
class Plan:
    """Sources to train on, in manifest order, and what they cover.

    coverage:  mean (or smallest) over the targets of the best transfer from any of the sources
    exact:     every set of that size was tried; else sources were added one by one
    at_most:   no set of that size covers more than this; `coverage` itself where exact
    guarantee: the share of the best coverage that adding one by one reaches at least: 1 where
        exact, 1 − 1/e for the mean of transfers none of which is negative or missing, else NaN
    subsets:   how many sets of that size there are
    without_seed: per seed of the matrix the sources chosen without it; empty below 2 seeds
    """

    method: str
    goal: Goal
    sources: tuple[str, ...]
    coverage: float
    exact: bool
    at_most: float
    guarantee: float
    subsets: int
    per_target: tuple[Covered, ...]
    seeds: tuple[int, ...]
    without_seed: tuple[tuple[str, ...], ...] = ()

    def steadiness(self, source: str) -> float:
        """Share of the seeds without which this source is chosen all the same; NaN below 2."""
        chosen = [source in sources for sources in self.without_seed]
        return sum(chosen) / len(chosen) if chosen else math.nan


def plan_sources(
    transfer: TransferMatrix,
    tasks: Sequence[str],
    *,
    size: int,
    targets: Sequence[str] = (),
    goal: Goal = Goal.MEAN,
    most_subsets: int = MOST_SUBSETS,
) -> Plan:
    """The `size` sources among `tasks` that cover the targets best.

    coverage(S) = mean (goal `worst`: smallest) over targets t of the largest s→t with s in S,
    where t→t is the value of the run trained on t. transfer: one row per single source is used.
    targets: () = all of `tasks` that any source has a value on. All sets are tried while there
    are at most `most_subsets`; beyond, the source that helps most is added until there are
    enough. Of equally good sets the first in manifest order.

    Raises RequestError for a size that does not fit, and for targets no source has a value on.

    Source: METHODS, "Which tasks to train on? (planning)"; the greedy bound: Nemhauser, Wolsey &
    Fisher (1978); `at_most` is the bound from the data of Leskovec et al. (2007).
    """
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    sources = [task for task in tasks if task in row_of]
    if not 1 <= size <= len(sources):
        raise RequestError(
            f"--size {size}: method {transfer.method} has {len(sources)} single sources among"
            f" these tasks; ask for 1 to {len(sources)}"
        )
    rows = [row_of[task] for task in sources]
    wanted = _targets(single, rows, column_of, tasks, targets)
    block = single.per_seed[:, rows][:, :, [column_of[name] for name in wanted]]
    values = _means(block)
    chosen, exact = _choose(values, size, goal, most_subsets)
    reached = values[chosen].max(axis=0)
    if np.isneginf(reached).any():
        lacking = [name for name, value in zip(wanted, reached, strict=True) if np.isneginf(value)]
        raise RequestError(
            f"no {size} sources have a value on every target (such as {listed(lacking)}):"
            " ask for more with --size, or name the targets with --target"
        )
    best = values[chosen].argmax(axis=0)
    coverage = float(_worth(reached[None], goal)[0])
    without = []
    if len(block) > 1:
        for seed in range(len(block)):
            rest = _means(np.delete(block, seed, axis=0))
            again, _ = _choose(rest, size, goal, most_subsets)
            without.append(tuple(sources[i] for i in again))
    return Plan(
        method=transfer.method,
        goal=goal,
        sources=tuple(sources[i] for i in chosen),
        coverage=coverage,
        exact=exact,
        at_most=coverage if exact else _at_most(values, chosen, goal),
        guarantee=_guarantee(values, goal, exact=exact),
        subsets=math.comb(len(sources), size),
        per_target=tuple(
            Covered(name, sources[chosen[best[j]]], float(reached[j]))
            for j, name in enumerate(wanted)
        ),
        seeds=single.seeds,
        without_seed=tuple(without),
    )


def _targets(
    single: TransferMatrix,
    rows: Sequence[int],
    column_of: dict[str, int],
    tasks: Sequence[str],
    asked: Sequence[str],
) -> list[str]:
    """The targets asked for, in the order of the matrix; all with a value where none were."""
    there = np.asarray(np.isfinite(single.values[rows]).any(axis=0))
    names = set(asked or tasks)
    known = [name for name in column_of if name in names and there[column_of[name]]]
    lacking = [name for name in asked if name not in known]
    if lacking or not known:
        raise RequestError(
            f"method {single.method}: no single source has a value on"
            f" {listed(lacking or tasks)}; choose other targets with --target"
        )
    return known


def _means(per_seed: FloatArray) -> FloatArray:
    """(n_sources, n_targets): mean over seeds; what is missing is worse than everything."""
    present = np.isfinite(per_seed)
    count = present.sum(axis=0)
    total = np.where(present, per_seed, 0.0).sum(axis=0)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), -np.inf))


def _worth(reached: FloatArray, goal: Goal) -> FloatArray:
    """(n_sets, n_targets) -> (n_sets,): what each set covers."""
    axis = -1
    return np.asarray(reached.mean(axis=axis) if goal is Goal.MEAN else reached.min(axis=axis))


def _choose(values: FloatArray, size: int, goal: Goal, most_subsets: int) -> tuple[list[int], bool]:
    """Positions of the chosen sources, ascending, and whether every set was tried."""
    if math.comb(len(values), size) <= most_subsets:
        return _best_subset(values, size, goal), True
    return _greedy(values, size, goal), False


def _best_subset(values: FloatArray, size: int, goal: Goal) -> list[int]:
    subsets = combinations(range(len(values)), size)
    step = max(1, _AT_ONCE // (size * values.shape[1]))
    best, found = -np.inf, list(range(size))
    while some := list(islice(subsets, step)):
        at: IntArray = np.array(some, dtype=np.int64)
        worth = _worth(values[at].max(axis=1), goal)
        first = int(worth.argmax())
        if worth[first] > best:
            best, found = float(worth[first]), list(some[first])
    return found


def _greedy(values: FloatArray, size: int, goal: Goal) -> list[int]:
    """One source after the other: the one with which most targets have a value, then most worth.

    The worth of what is covered decides among those; for the worst target its mean does, where
    several leave that at the same value.
    """
    reached = np.full(values.shape[1], -np.inf)
    chosen: list[int] = []
    for _ in range(size):
        after = np.maximum(values, reached)
        known = np.isfinite(after)
        held = np.where(known, after, 0.0)
        mean = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        least = np.where(known, after, np.inf).min(axis=1)
        worth = mean if goal is Goal.MEAN else least
        order = np.lexsort((-np.arange(len(values)), mean, worth, known.sum(axis=1)))
        pick = next(int(i) for i in order[::-1] if i not in chosen)
        chosen.append(pick)
        reached = after[pick]
    return sorted(chosen)


def _at_most(values: FloatArray, chosen: Sequence[int], goal: Goal) -> float:
    """No set of as many sources covers more than this."""
    ceiling = float(_worth(values.max(axis=0)[None], goal)[0])
    if goal is Goal.WORST:
        return ceiling
    reached = values[list(chosen)].max(axis=0)
    gains = np.sort((np.maximum(values, reached) - reached).mean(axis=1))[::-1]
    return min(ceiling, float(reached.mean() + gains[: len(chosen)].sum()))


def _guarantee(values: FloatArray, goal: Goal, *, exact: bool) -> float:
    if exact:
        return 1.0
    return 1.0 - 1.0 / math.e if goal is Goal.MEAN and (values >= 0).all() else math.nan
