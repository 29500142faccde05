"""How far another seed would differ: one variance for the targets of a metric, or each its own."""

from __future__ import annotations

import numpy as np

from core.errors import listed
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.study import Study
from core.transfer.matrix import TransferMatrix

ALIKE_WITHIN = 4.0
"""How many times further apart the seeds of one target may be than those of another."""
_SURELY_UNLIKE = 0.001
"""The p of Bartlett's test from which on they are."""
_ROUNDED = 1e-12
"""Seeds within so much of a target's largest value are the same: they differ by rounding."""


def no_two_seeds(matrix: TransferMatrix, cells: BoolArray, which: str) -> str:
    """Why these cells (n_sources, n_targets) have no spread of seeds; which: what they are.

    A cell is left out of it where one of its seeds is cut, as the others spread too little then.
    """
    if (cells & (matrix.n > 1)).any():
        return f"each cell{which} with two seeds has one that is cut to the scale"
    return f"no cell{which} has two seeds"


def without_spread(matrix: TransferMatrix, variance: FloatArray, free: BoolArray) -> str:
    """Which targets with values have no spread of seeds, because no cell of their metric has one.

    variance: (n_targets,) float64, NaN = none; free: as in `pooled_variance`. Empty where all
    have one.
    """
    lacking = np.isnan(variance) & np.isfinite(matrix.values).any(axis=0)
    if not lacking.any():
        return ""
    targets = listed(t for t, lacks in zip(matrix.targets, lacking.tolist(), strict=True) if lacks)
    return f"{targets}: {no_two_seeds(matrix, free & lacking, ' of that metric')}"


def pooled_variance(
    matrix: TransferMatrix, study: Study, free: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """(variance of a seed, its degrees of freedom) of each target: those of its metric.

    free: (n_sources, n_targets) bool, cells that the scale does not fix.
    """
    free = free & ~matrix.clipped.any(axis=0)
    squares = matrix.squares
    metrics = [study.task(target).metric for target in matrix.targets]
    variance, degrees = (np.full(len(metrics), np.nan) for _ in range(2))
    for metric in dict.fromkeys(metrics):
        columns = np.array([one is metric for one in metrics])
        breathe()
        used = free & columns & (matrix.n > 1)
        freedom = float((matrix.n[used] - 1).sum())
        if freedom > 0:
            variance[columns] = squares[used].sum() / freedom
            degrees[columns] = freedom
    return variance, degrees


def of_unlike(
    matrix: TransferMatrix, free: BoolArray, variance: FloatArray, degrees: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(variance, degrees, unit) of each target: its own where they are unlike, else as they are.

    variance, degrees: (n_targets,) of its metric, which stand where a target has no spread of its
    own; free: as in `pooled_variance`.
    """
    used = free & ~matrix.clipped.any(axis=0) & (matrix.n > 1)
    own_degrees = np.where(used, matrix.n - 1, 0).sum(axis=0)
    breathe()
    own = np.where(used, matrix.squares, 0.0).sum(axis=0) / np.maximum(own_degrees, 1)
    largest = np.abs(np.where(used, matrix.values, 0.0)).max(axis=0, initial=0.0)
    there = (own_degrees > 0) & (np.sqrt(own) > _ROUNDED * largest)
    unit = np.ones(len(own))
    if not there.any() or own[there].max() <= ALIKE_WITHIN**2 * own[there].min():
        return variance, degrees, unit
    effective = _effective_degrees(matrix, used, own_degrees)
    if not _are_unlike(own[there], effective[there]):
        return variance, degrees, unit
    variance, degrees = np.where(there, own, variance), np.where(there, effective, degrees)
    known = np.isfinite(variance) & (variance > 0)
    unit[known] = np.sqrt(variance[known])
    return variance, degrees, unit


def _effective_degrees(matrix: TransferMatrix, used: BoolArray, degrees: IntArray) -> FloatArray:
    """(n_targets,) float64: degrees of freedom of each target's own variance of seeds.

    Cells of a column share the base of each seed. What a seed moves in all of them is known from
    as many seeds as there are, however many cells: Satterthwaite's degrees of the sum of both.

    used: (n_sources, n_targets) bool, its cells; degrees: as if they were independent.
    """
    shared, squares = (np.zeros(used.shape[1]) for _ in range(2))
    seeds = np.zeros(used.shape[1], dtype=np.int64)
    for own in matrix.per_seed:
        there = used & np.isfinite(own)
        away = np.where(there, own - matrix.values, 0.0)
        number = there.sum(axis=0)
        shared += away.sum(axis=0) ** 2 / np.maximum(number, 1)
        squares += (away**2).sum(axis=0)
        seeds += number > 0
    of_shared = np.maximum(seeds - 1, 1)
    # In shares of both, as squares of squares may leave the range of a number.
    part = np.divide(shared, squares, out=np.ones_like(shared), where=squares > 0).clip(0.0, 1.0)
    of_rest = degrees - of_shared
    parts = part**2 / of_shared + np.where(of_rest > 0, (1 - part) ** 2 / np.maximum(of_rest, 1), 0)
    with np.errstate(divide="ignore"):
        found = 1 / parts
    return np.minimum(found, degrees)


def _are_unlike(variance: FloatArray, degrees: FloatArray) -> bool:
    """Do these variances differ by more than chance (Bartlett 1937)? All are above 0."""
    from scipy import special

    n, all_degrees = len(variance), degrees.sum()
    # In units of the largest: products of degrees and values stay finite. Small ones may come to 0.
    share, logs_of = variance / variance.max(), np.log(variance) - np.log(variance.max())
    logs = all_degrees * np.log((degrees * share).sum() / all_degrees) - degrees @ logs_of
    correction = 1 + ((1 / degrees).sum() - 1 / all_degrees) / (3 * (n - 1))
    return bool(special.chdtrc(n - 1, logs / correction) < _SURELY_UNLIKE)
