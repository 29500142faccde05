"""Means over seeds and differences of two of them, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.numerics.intervals import student_interval
from core.transfer.matrix import TransferMatrix, mean_present


@dataclass(frozen=True)
class SeedSummary:
    """Mean over seeds on one scale; NaN = none.

    [low, high]: its 95 % interval over seeds (Student's t), tasks held fixed. sd: sample standard
    deviation. n: seeds with a value. clipped: how many of them the scale cut. reason: why the
    first seed without a value has none.
    """

    mean: float
    sd: float
    low: float
    high: float
    n: int
    clipped: int
    reason: str


def summary_of(matrix: TransferMatrix, column: int) -> SeedSummary:
    """Of the first row's cell in a column."""
    return summaries_of(matrix.take([0], [column]))[0]


def summaries_of(matrix: TransferMatrix) -> list[SeedSummary]:
    """Of all cells, row by row."""
    low, high = matrix.interval
    columns = (
        matrix.values,
        matrix.sd,
        low,
        high,
        matrix.n,
        matrix.clipped.sum(axis=0),
        matrix.first_reason,
    )
    return [
        SeedSummary(
            mean, sd, left, right, n, clipped, matrix.reason_of(why, at % len(matrix.targets))
        )
        for at, (mean, sd, left, right, n, clipped, why) in enumerate(
            zip(*(column.ravel().tolist() for column in columns), strict=True)
        )
    ]


@dataclass(frozen=True)
class DifferenceEstimate:
    """A difference, and its 95 % interval over seeds; NaN = none.

    value: `first` - `second`, the means it is of. The interval is that of the seeds' own
    differences (Student's t), `n` of them.
    """

    value: float
    low: float
    high: float
    n: int
    first: float
    second: float


def difference_between(
    first: Mapping[int, float],
    second: Mapping[int, float],
    *,
    one_base: bool = False,
    means: tuple[float, float] | None = None,
) -> DifferenceEstimate:
    """A difference of two quantities, seed -> value; NaN = none.

    means: what it is the difference of; None = the means over the seeds that have both. one_base:
    seeds share a base, so there is no interval.
    """
    present = [{s: v for s, v in values.items() if math.isfinite(v)} for values in (first, second)]
    shared = sorted(present[0].keys() & present[1].keys())
    sides = [np.array([side[seed] for seed in shared], dtype=np.float64) for side in present]
    differences = sides[0] - sides[1]
    if means is None:
        of = (float(mean_present(sides[0])), float(mean_present(sides[1])))
        mean = float(mean_present(differences))
    else:
        of, mean = means, means[0] - means[1]
    if (
        one_base
        or len(shared) < 2
        or (means is not None and present[0].keys() != present[1].keys())
    ):
        return DifferenceEstimate(mean, math.nan, math.nan, len(shared), *of)
    low, high = student_interval(mean, float(differences.std(ddof=1)), len(shared))
    return DifferenceEstimate(mean, float(low), float(high), len(shared), *of)
