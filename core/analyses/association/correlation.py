"""Pearson and Spearman correlation of the pairs, the fitted line and its band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import FloatArray, largest
from core.numerics.intervals import ResamplingUnit, jackknife_interval

BAND_POINTS = 41


@dataclass(frozen=True)
class Correlation:
    """A coefficient and its p value; NaN = undefined."""

    r: float
    p: float


@dataclass(frozen=True)
class ConfidenceBand:
    """The 95 % band of the least-squares line: cka, low, high (k,) float64, all NaN = none.

    Over tasks: would other tasks give the same line? Delete-one-task jackknife with t(n − 1) of
    the line's height at each CKA; the pairs of one task go together, which the textbook's band
    does not know.
    """

    cka: FloatArray
    low: FloatArray
    high: FloatArray
    over: ResamplingUnit


def correlation_of(table: DyadTable) -> float:
    """Pearson's r over the pairs, in [-1, 1]; NaN below 2 pairs or where either is constant."""
    paired = table.paired
    return _pearson(table.cka[paired], table.transfer[paired])


def _pearson(x: FloatArray, y: FloatArray) -> float:
    if len(x) < 2 or is_constant(x) or is_constant(y):
        return math.nan
    # Squares of values near 1e±155 would leave the range of floats; r knows no scale.
    x, y = x / largest(x), y / largest(y)
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / math.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def why_no_correlation(table: DyadTable) -> str:
    """Why Pearson's r is undefined; empty where it is not."""
    x, y = table.cka[table.paired], table.transfer[table.paired]
    if not len(x):
        return "no pair of tasks has both a similarity and a transfer"
    if len(x) < 2:
        return "only one pair of tasks has both a similarity and a transfer"
    if is_constant(x):
        return "the similarity is the same for every pair"
    return "transfer is the same for every pair" if is_constant(y) else ""


def textbook_p(r: float, n: int) -> float:
    """Two-sided p of r for n independent pairs, n ≥ 3, under normality.

    r then follows a beta distribution on [-1, 1] with both shapes n/2 − 1 (as in scipy's pearsonr,
    which warns of nearly constant input; what is constant here is decided before).
    """
    from scipy import special

    shape = n / 2 - 1
    return float(2 * special.betaincc(shape, shape, (min(abs(r), 1.0) + 1) / 2))


def least_squares(table: DyadTable) -> tuple[float, float]:
    """(slope, intercept) of transfer on CKA over the pairs; NaN where CKA is constant."""
    x, y = table.cka[table.paired], table.transfer[table.paired]
    if len(x) < 2 or is_constant(x):
        return math.nan, math.nan
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    return slope, float(y.mean() - slope * x.mean())


def fit_band(table: DyadTable) -> ConfidenceBand:
    """The band of the line at `BAND_POINTS` places over the range of CKA.

    All NaN below 4 tasks, or where without one of them there is no line.
    """
    x = table.cka[table.paired]
    slope, intercept = least_squares(table)
    lines = [least_squares(table.without_task(i)) for i in range(len(table.tasks))]
    if len(lines) < 4 or not np.isfinite([(slope, intercept), *lines]).all():
        nothing = np.full(BAND_POINTS, np.nan)
        return ConfidenceBand(cka=nothing, low=nothing, high=nothing, over=ResamplingUnit.TASKS)
    at = np.linspace(x.min(), x.max(), BAND_POINTS)
    replicates = np.array([a * at + b for a, b in lines])
    low, high = jackknife_interval(slope * at + intercept, replicates)
    return ConfidenceBand(cka=at, low=low, high=high, over=ResamplingUnit.TASKS)


def is_constant(values: FloatArray) -> bool:
    """Constant up to the rounding of a mean."""
    return bool(np.ptp(values) <= 1e-12 * max(np.abs(values).max(), 1e-300))


def leave_tasks_out(table: DyadTable) -> FloatArray:
    """(n_tasks,) float64: r with each task left out in turn, NaN where it is then undefined."""
    return np.array([correlation_of(table.without_task(i)) for i in range(len(table.tasks))])
