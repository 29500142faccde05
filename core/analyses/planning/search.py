"""The set of sources that covers the targets best: all of them, or one by one and by exchanges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, combinations, islice

import numpy as np

from core.errors import RequestError, listed
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.interrupt import breathe

MOST_SUBSETS = 50_000
"""So many sets of sources are tried one and all; where there are more, sources are added one by
one and then exchanged one for one."""

_AT_ONCE = 250_000
"""Numbers held at once while subsets are tried."""

_EXCHANGES = 20

_ROUNDING = 1e-12


class Goal(StrEnum):
    """What is to be large: the mean coverage of the targets, or the smallest."""

    MEAN = "mean"
    WORST = "worst"


@dataclass(frozen=True)
class Choices:
    """What can be chosen from, ready to be tried.

    values: (n_sources, n_targets) float64, −inf = nothing known; costs: (n_sources,) float64.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    values: FloatArray
    costs: FloatArray
    budget: float = math.inf

    @property
    def limited(self) -> bool:
        """Not every set can be paid."""
        return math.isfinite(self.budget)

    def sizes(self, size: int) -> Sequence[int]:
        """Of how many sources sets are tried: within a budget fewer may be all that can be paid."""
        return range(1, size + 1) if self.limited else (size,)

    def count(self, size: int) -> int:
        """How many sets of up to, or of just, so many sources there are to try."""
        return sum(math.comb(len(self.sources), k) for k in self.sizes(size))

    def affordable(self, sets: IntArray) -> IntArray:
        """Those of (n_sets, size) positions that the budget pays."""
        if not self.limited:
            return sets
        paid = self.costs[sets].sum(axis=1) <= self.budget * (1 + 1e-12)
        return np.asarray(sets[paid])


def covered_by(ready: Choices, chosen: Sequence[int], size: int) -> FloatArray:
    """(n_targets,) what chosen sources have of each target.

    Raises RequestError where they have no value on one: then no `size` sources have.
    """
    reached = np.asarray(ready.values[list(chosen)].max(axis=0))
    lacking = [
        name for name, value in zip(ready.targets, reached, strict=True) if np.isneginf(value)
    ]
    if lacking:
        raise RequestError(
            f"no {size} sources have a value on every target (such as {listed(lacking)}):"
            " ask for more sources, or for other targets"
        )
    return reached


def worth(reached: FloatArray, goal: Goal) -> FloatArray:
    """(n_sets, n_targets) -> (n_sets,): what each set covers."""
    axis = -1
    return np.asarray(reached.mean(axis=axis) if goal is Goal.MEAN else reached.min(axis=axis))


def choose(
    ready: Choices, size: int, goal: Goal, most_subsets: int = MOST_SUBSETS
) -> tuple[list[int], bool]:
    """Positions of the chosen sources, ascending, and whether every set was tried."""
    if ready.count(size) <= most_subsets:
        return _best_subset(ready, size, goal), True
    return _greedy(ready, size, goal), False


def all_sets(ready: Choices, size: int) -> Iterator[IntArray]:
    """Every set that can be paid, some at a time, all of a piece of one size."""
    for k in ready.sizes(size):
        subsets = combinations(range(len(ready.sources)), k)
        step = max(1, _AT_ONCE // (k * ready.values.shape[1]))
        while some := list(islice(subsets, step)):
            flat = np.fromiter(chain.from_iterable(some), dtype=np.int64, count=len(some) * k)
            yield ready.affordable(flat.reshape(-1, k))


def _all_worths(ready: Choices, size: int, goal: Goal) -> Iterator[tuple[IntArray, FloatArray]]:
    """Every set that can be paid, some at a time, (k, size), and what each covers, (k,)."""
    for at in all_sets(ready, size):
        if not len(at):
            continue
        reached = ready.values[at[:, 0]]
        for member in at.T[1:]:
            reached = np.maximum(reached, ready.values[member])
        yield at, worth(reached, goal)


def sets_as_good(ready: Choices, size: int, goal: Goal, coverage: float) -> int:
    """How many sets cover this much or more, but for rounding; all of them are tried."""
    least = coverage - _ROUNDING * abs(coverage)
    return sum(int((reaches >= least).sum()) for _, reaches in _all_worths(ready, size, goal))


def _best_subset(ready: Choices, size: int, goal: Goal) -> list[int]:
    best, found = -np.inf, list(range(size))
    for at, reaches in _all_worths(ready, size, goal):
        if not np.isfinite(best):
            found = at[0].tolist()
        first = int(reaches.argmax())
        if reaches[first] > best:
            best, found = float(reaches[first]), at[first].tolist()
    return found


def _greedy(ready: Choices, size: int, goal: Goal) -> list[int]:
    """One source after the other: the one with which most targets have a value, then most worth.

    The worth of what is covered decides among those; for the worst target its mean does, where
    several leave that at the same value. What cannot be paid any more is passed over.
    """
    values, left = ready.values, ready.budget
    reached = np.full(values.shape[1], -np.inf)
    chosen: list[int] = []
    for _ in range(size):
        breathe()
        after = np.maximum(values, reached)
        known = np.isfinite(after)
        held = np.where(known, after, 0.0)
        mean = held.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        least = np.where(known, after, np.inf).min(axis=1)
        covered = mean if goal is Goal.MEAN else least
        order = np.lexsort((-np.arange(len(values)), mean, covered, known.sum(axis=1)))
        picks = (int(i) for i in order[::-1] if i not in chosen and ready.costs[i] <= left)
        pick = next(picks, None)
        if pick is None:
            break
        chosen.append(pick)
        left -= float(ready.costs[pick])
        reached = after[pick]
    return _swapped(ready, sorted(chosen), goal)


def _swapped(ready: Choices, chosen: list[int], goal: Goal) -> list[int]:
    """One source exchanged for another as long as that covers more; the best exchange first."""
    values = ready.values
    best = float(worth(values[chosen].max(axis=0)[None], goal)[0])
    for _ in range(_EXCHANGES):
        found: tuple[float, int, int] | None = None
        paid = float(ready.costs[chosen].sum())
        for out in chosen:
            rest = [i for i in chosen if i != out]
            kept = values[rest].max(axis=0) if rest else np.full(values.shape[1], -np.inf)
            reached = worth(np.maximum(values, kept), goal)
            reached[chosen] = -np.inf
            reached[ready.costs > ready.budget - paid + ready.costs[out]] = -np.inf
            into = int(reached.argmax())
            if reached[into] > best + _ROUNDING * abs(best):
                best, found = float(reached[into]), (float(reached[into]), out, into)
        if found is None:
            break
        chosen = sorted([*(i for i in chosen if i != found[1]), found[2]])
    return chosen


def at_most(values: FloatArray, chosen: Sequence[int], size: int, goal: Goal) -> float:
    """No set of as many sources covers more than this."""
    ceiling = float(worth(values.max(axis=0)[None], goal)[0])
    if goal is Goal.WORST:
        return ceiling
    reached = values[list(chosen)].max(axis=0)
    gains = np.sort((np.maximum(values, reached) - reached).mean(axis=1))[::-1]
    return min(ceiling, float(reached.mean() + gains[:size].sum()))


def guarantee(ready: Choices, goal: Goal, *, exact: bool) -> float:
    """What part of the best coverage a choice has at least."""
    if exact:
        return 1.0
    bound = goal is Goal.MEAN and not ready.limited and bool((ready.values >= 0).all())
    return 1.0 - 1.0 / math.e if bound else math.nan
