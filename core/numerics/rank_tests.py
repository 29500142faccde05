"""Spearman's rank correlation with its permutation p, and Holm's adjustment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from propcache.api import cached_property

from core.numerics.arrays import FloatArray, IntArray
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    SAMPLED_PERMUTATIONS,
    drawing_error,
    permutations,
)

FEWEST_TASKS = 3


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's ρ and its two-sided permutation p over n tasks; NaN = undefined, `why` says so."""

    rho: float
    p: float
    n: int
    permutations: int
    exhaustive: bool
    why: str = ""

    @property
    def error(self) -> float:
        """Standard error of p by drawing: 0 of all orders, NaN where p is undefined."""
        return drawing_error(self.p, self.permutations, exhaustive=self.exhaustive)


def rank_correlation(x: FloatArray, y: FloatArray, *, seed: int = 0) -> RankCorrelation:
    """Spearman's ρ of two (n,) arrays and its permutation p; pairs with a NaN are left out.

    See `rank_correlations`.
    """
    return rank_correlations([(x, y)], seed=seed)[0]


def rank_correlations(
    pairs: Sequence[tuple[FloatArray, FloatArray]], *, seed: int = 0
) -> list[RankCorrelation]:
    """Spearman's ρ of each two (n,) arrays and its permutation p; pairs with a NaN are left out.

    ρ is Pearson's r of the ranks, tied values sharing the mean of theirs. p: the share of the
    orders of y with |ρ*| ≥ |ρ| − 1e-12, up to 8 tasks of all n! (the one there is included,
    p = hits / n!), beyond of 10,000 drawn with `seed`: (1 + hits) / (1 + 10,000). Undefined
    below 3 pairs and where one of the two is constant.
    """
    asked = [_Ranked.of(x, y) for x, y in pairs]
    # Tests of as many tasks look at the same orders, which take as long to draw as to look at.
    for n in {one.n for one in asked if not one.why}:
        of_n = [one for one in asked if one.n == n and not one.why]
        for order in _orders(n, exhaustive=n <= EXHAUSTIVE_UP_TO, seed=seed):
            for one in of_n:
                one.look(order)
    return [one.found for one in asked]


@dataclass
class _Ranked:
    """One test: the unit ranks of x and y, and how many of the orders looked at are as far out."""

    a: FloatArray
    b: FloatArray
    why: str
    hits: int = 0

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray) -> _Ranked:
        both = np.isfinite(x) & np.isfinite(y)
        x, y = x[both], y[both]
        if len(x) < FEWEST_TASKS:
            why = f"needs at least {FEWEST_TASKS} tasks with a value, there are {len(x)}"
            return cls(x, y, why)
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            return cls(x, y, "all tasks have the same value")
        return cls(_unit_ranks(x), _unit_ranks(y), "")

    @property
    def n(self) -> int:
        return len(self.a)

    @cached_property
    def rho(self) -> float:
        rho = float(np.clip(self.a @ self.b, -1.0, 1.0))
        # Ranks are halves of whole numbers: what is this small is rounding.
        return 0.0 if abs(rho) < HIT_TOLERANCE else rho

    def look(self, order: IntArray) -> None:
        """Count among these orders, (k, n)."""
        far = np.abs(self.b[order] @ self.a) >= abs(self.rho) - HIT_TOLERANCE
        self.hits += int(far.sum())

    @property
    def found(self) -> RankCorrelation:
        """The answer, when all orders were looked at."""
        exhaustive = self.n <= EXHAUSTIVE_UP_TO
        count = math.factorial(self.n) if exhaustive else SAMPLED_PERMUTATIONS
        if self.why:
            return RankCorrelation(math.nan, math.nan, self.n, count, exhaustive, self.why)
        p = self.hits / count if exhaustive else (1 + self.hits) / (1 + count)
        return RankCorrelation(self.rho, p, self.n, count, exhaustive)


def untested(x: FloatArray, y: FloatArray, *, why: str) -> RankCorrelation:
    """In place of a test of (n,) x and y that would mean nothing: ρ and p undefined, and why."""
    n = int((np.isfinite(x) & np.isfinite(y)).sum())
    exhaustive = n <= EXHAUSTIVE_UP_TO
    count = math.factorial(n) if exhaustive else SAMPLED_PERMUTATIONS
    return RankCorrelation(math.nan, math.nan, n, count, exhaustive, why)


def mean_ranks(values: FloatArray) -> FloatArray:
    """(n,) ranks from 1 on; equal values share the mean of theirs, as scipy.stats.rankdata."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((count.cumsum() - (count - 1) / 2)[place])


def spearman(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """(ρ, two-sided p) of two columns of n ≥ 3 values, neither of them constant.

    p by Student's t with n − 2, for independent pairs: the same as scipy.stats.spearmanr, which
    takes half a second to import.
    """
    from scipy import special

    freedom = len(x) - 2
    rho = np.corrcoef(mean_ranks(x), mean_ranks(y))[1, 0]
    with np.errstate(divide="ignore"):
        t = rho * np.sqrt((freedom / ((rho + 1.0) * (1.0 - rho))).clip(0))
    return float(rho), float(2 * special.stdtr(freedom, -np.abs(t)))


def _unit_ranks(values: FloatArray) -> FloatArray:
    """Mean ranks, centred and of norm 1: the dot product of two is Spearman's ρ."""
    ranks = mean_ranks(values)
    ranks = ranks - ranks.mean()
    return np.asarray(ranks / np.linalg.norm(ranks))


def _orders(n: int, *, exhaustive: bool, seed: int) -> Iterator[IntArray]:
    if exhaustive:
        yield _all_orders(n)
    else:
        yield from permutations(n, exhaustive=False, seed=seed)


@lru_cache(maxsize=EXHAUSTIVE_UP_TO + 1)
def _all_orders(n: int) -> IntArray:
    """(n!, n) int64; the same for every covariate, so made once."""
    return np.concatenate(list(permutations(n, exhaustive=True, seed=0)))


def holm(p: Sequence[float], *, of: int | None = None) -> FloatArray:
    """(k,) p values adjusted for all tests by Holm (1979); undefined ones count for nothing.

    of: how many tests could have been looked at, where that is more than these; those that are not
    here are taken for the least significant, which makes no adjusted p too small. Valid however
    the tests depend on each other, as given, received and net do.
    """
    values = np.asarray(p, dtype=np.float64)
    adjusted = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    every = max(len(order), of or 0)
    factors = np.arange(every, every - len(order), -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * factors), 1.0)
    return adjusted
