"""The few statistics every result shares: jackknife intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray


class ResamplingUnit(StrEnum):
    """What an interval is about: other seeds (tasks held fixed), or other tasks."""

    SEEDS = "seeds"
    TASKS = "tasks"


@dataclass(frozen=True)
class Interval:
    """A 95 % interval; NaN where there is none. `over` names what was varied.

    clipped: how many of the `values` (one a run and target) it is mostly made of were cut to the
    scale, 0 where nobody counts: such values spread less than they should, and where all are cut
    at one end not at all, so that the interval is approximate (docs/methods.md, "Intervals").
    """

    low: float
    high: float
    over: ResamplingUnit
    clipped: int = 0
    values: int = 0

    @property
    def is_approximate(self) -> bool:
        """There is one, and some of its values were cut."""
        return self.clipped > 0 and math.isfinite(self.low)

    @property
    def all_clipped(self) -> bool:
        """There are values, an interval or not, and every one of them was cut."""
        return 0 < self.values == self.clipped

    @property
    def said_of_clipped(self) -> str:
        """`3 of 6 clipped`; empty where it is not approximate."""
        return f"{self.clipped:,} of {self.values:,} clipped" if self.is_approximate else ""


NO_INTERVAL = Interval(math.nan, math.nan, ResamplingUnit.SEEDS)


def t_quantile(freedom: IntArray | FloatArray | int, *, picked_from: int = 1) -> FloatArray:
    """The 97.5 % quantile of Student's t; the same as scipy.stats.t.ppf.

    picked_from: for the one of so many intervals that lies furthest out (Bonferroni): what is
    above the quantile is shared among them.

    From scipy.special, which is there at once: scipy.stats takes half a second to import.
    """
    from scipy import special

    return np.asarray(special.stdtrit(freedom, 1 - 0.025 / picked_from))


def student_interval(
    mean: FloatArray | float, sd: FloatArray | float, n: IntArray | int
) -> tuple[FloatArray, FloatArray]:
    """Low and high ends of the 95 % interval of a mean of n values: Student's t with n - 1.

    mean, sd (sample standard deviation), n: broadcastable, the ends as broadcast, in the unit of
    the mean. NaN where n < 2.
    """
    of = np.maximum(n, 1)
    half = np.where(of > 1, _quantiles(np.maximum(of - 1, 1)), np.nan) * sd / np.sqrt(of)
    return np.asarray(mean - half), np.asarray(mean + half)


def _quantiles(freedom: IntArray) -> FloatArray:
    """`t_quantile` of whole numbers, each that occurs looked up once where they are many."""
    if freedom.size and freedom.max() < freedom.size:
        return np.asarray(t_quantile(np.arange(1, freedom.max() + 1))[freedom - 1])
    return t_quantile(freedom)


def unpaired_interval(
    estimate: FloatArray | float,
    halves: tuple[FloatArray | float, FloatArray | float],
    freedom: tuple[IntArray | int, IntArray | int],
    *,
    picked_from: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Low and high ends of the 95 % interval of a difference of two that have no unit in common.

    halves: half of each one's own 95 % interval, by Student's t with its degrees of `freedom`; in
    the unit of the estimate, all broadcastable. The variances add up, and so do their degrees of
    freedom (Welch 1947, Satterthwaite). NaN where one of the two has no interval. picked_from: as
    in `t_quantile`, of the halves and of what is returned.
    """
    variances = [
        np.square(half / t_quantile(np.maximum(df, 1), picked_from=picked_from))
        for half, df in zip(halves, freedom, strict=True)
    ]
    joint = summed_freedom(variances, freedom)
    half = t_quantile(joint, picked_from=picked_from) * np.sqrt(variances[0] + variances[1])
    return np.asarray(estimate - half), np.asarray(estimate + half)


def summed_freedom(
    variances: Sequence[FloatArray | float],
    freedom: Sequence[FloatArray | IntArray | float],
) -> FloatArray:
    """Degrees of freedom of a sum of independent variances (Satterthwaite 1946).

    At least the fewest of its parts, which is also what a sum of nothing but zeros has.
    """
    parts = [np.maximum(df, 1.0) for df in freedom]
    fewest = reduce(np.minimum, parts)
    total = sum(np.asarray(one) for one in variances)
    # By shares, which no unit makes too small to square.
    shares = [one / np.where(total > 0, total, 1.0) for one in variances]
    weights = sum(share**2 / df for share, df in zip(shares, parts, strict=True))
    return np.where(weights > 0, 1 / np.where(weights > 0, weights, 1.0), fewest)


def jackknife_interval(
    estimate: FloatArray | float,
    replicates: FloatArray,
    *,
    picked_from: int = 1,
    counts: BoolArray | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Delete-one jackknife 95 % interval with t(K - 1), centred on the estimate.

    estimate: (...,), replicates: (K, ...) the estimate with each unit left out. Returns low and
    high, (...,) each; NaN where K < 2 or a replicate is not finite.
    se² = (K - 1)/K · Σ (replicate - their mean)² (Efron & Tibshirani 1993, ch. 11).
    picked_from: as in `t_quantile`. counts: (K, ...) bool, the units that each estimate is over,
    where they are not all the same: K is then how many those are, and the others' replicates are
    not looked at.
    """
    centre = np.asarray(estimate, dtype=np.float64)
    if len(replicates) < 2:
        return np.full(centre.shape, np.nan), np.full(centre.shape, np.nan)
    there = True if counts is None else counts
    k = len(replicates) if counts is None else counts.sum(axis=0)
    of = np.maximum(k, 2)
    mean = np.where(there, replicates, 0.0).sum(axis=0) / of
    spread = np.where(there, (replicates - mean) ** 2, 0.0).sum(axis=0)
    half = t_quantile(of - 1, picked_from=picked_from) * np.sqrt((of - 1) / of * spread)
    half = np.where(k > 1, half, np.nan)
    return centre - half, centre + half


def jackknife_correlation(r: float, replicates: FloatArray, over: ResamplingUnit) -> Interval:
    """The same for a correlation, on Fisher's z = atanh(r); undefined at |r| = 1."""
    if not np.isfinite(r) or not np.isfinite(replicates).all() or len(replicates) < 2:
        return Interval(np.nan, np.nan, over)
    if max(abs(r), *np.abs(replicates)) >= 1:
        return Interval(np.nan, np.nan, over)
    low, high = jackknife_interval(np.arctanh(r), np.arctanh(replicates))
    return Interval(float(np.tanh(low)), float(np.tanh(high)), over)
