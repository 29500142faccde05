"""Pearson and Spearman correlation of the pairs, the fitted line and its band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import FloatArray, largest
from core.numerics.intervals import ResamplingUnit, jackknife_interval

BAND_POINTS = 41
_LITTLE = 1e-6
"""A share of the variance below which what is left of it may be rounding."""


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
    lines = _without_each_task(table).lines
    if len(lines) < 4 or not np.isfinite([(slope, intercept), *lines]).all():
        nothing = np.full(BAND_POINTS, np.nan)
        return ConfidenceBand(cka=nothing, low=nothing, high=nothing, over=ResamplingUnit.TASKS)
    at = np.linspace(x.min(), x.max(), BAND_POINTS)
    replicates = np.array([a * at + b for a, b in lines])
    low, high = jackknife_interval(slope * at + intercept, replicates)
    return ConfidenceBand(cka=at, low=low, high=high, over=ResamplingUnit.TASKS)


def is_constant(values: FloatArray) -> bool:
    """Whether (n,) finite values are constant, up to the rounding of a mean."""
    return bool(np.ptp(values) <= 1e-12 * max(np.abs(values).max(), 1e-300))


def leave_tasks_out(table: DyadTable) -> FloatArray:
    """(n_tasks,) float64: r with each task left out in turn, NaN where it is then undefined."""
    return _without_each_task(table).r


@dataclass(frozen=True)
class _LeftOut:
    """With each task left out: r (n_tasks,); slope and intercept (n_tasks, 2), NaN = undefined."""

    r: FloatArray
    lines: FloatArray


def _without_each_task(table: DyadTable) -> _LeftOut:
    """From the sums over all pairs less those of one task's row and column.

    Where little variance is left (a constant is told from a rounding error then) the pairs
    themselves are looked at.
    """
    paired, size = table.paired, len(table.tasks)
    x, y = table.cka[paired], table.transfer[paired]
    r, lines = np.full(size, np.nan), np.full((size, 2), np.nan)
    slow = np.ones(size, dtype=bool)
    if len(x) >= 2 and not is_constant(x) and not is_constant(y):
        unit = largest(x), largest(y)
        middle = x.mean() / unit[0], y.mean() / unit[1]
        u = np.where(paired, table.cka / unit[0] - middle[0], 0.0)
        v = np.where(paired, table.transfer / unit[1] - middle[1], 0.0)

        def less(values: FloatArray) -> FloatArray:
            return np.asarray(values.sum() - values.sum(axis=0) - values.sum(axis=1))

        n = less(paired.astype(np.float64))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean_u, mean_v = less(u) / n, less(v) / n
            uu, vv = less(u * u) - n * mean_u**2, less(v * v) - n * mean_v**2
            uv = less(u * v) - n * mean_u * mean_v
            r = np.clip(uv / np.sqrt(uu * vv), -1.0, 1.0)
            slope = uv / uu * (unit[1] / unit[0])
            lines = np.stack(
                [
                    slope,
                    (mean_v + middle[1]) * unit[1] - slope * (mean_u + middle[0]) * unit[0],
                ],
                axis=1,
            )
            slow = ~((uu > _LITTLE * (u * u).sum()) & (vv > _LITTLE * (v * v).sum()))
    for at in np.flatnonzero(slow).tolist():
        part = table.without_task(at)
        r[at], lines[at] = correlation_of(part), least_squares(part)
    return _LeftOut(r, lines)
