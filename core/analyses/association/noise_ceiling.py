"""How much of the transfers any symmetric predictor, or other seeds, could explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.analyses.association.correlation import is_constant
from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import largest
from core.numerics.interrupt import breathe


@dataclass(frozen=True)
class NoiseCeiling:
    """What could be explained at most: by a symmetric predictor; seeds agreeing (ICC(C,K))."""

    symmetric: float
    seeds: float

    @property
    def corrected(self) -> float:
        """The symmetric ceiling less what noise adds to it: symmetric − (1 − ICC)/2.

        Noise is half symmetric, so that it lifts the ceiling as it stands. NaN with one seed.
        """
        return self.symmetric - (1 - self.seeds) / 2


def symmetric_ceiling(table: DyadTable) -> float:
    """The largest R² any symmetric predictor can reach, in [0, 1]; NaN where transfer is constant.

    NaN also of a directed predictor, which is none of them.

    Variance of the means of X→Y and Y→X over the variance of the values, over the pairs with
    CKA and both directions.
    """
    both = table.paired & table.paired.T
    values = table.transfer[both]
    if table.directed or len(values) < 2 or is_constant(values):
        return math.nan
    scale = largest(values)
    means = (table.transfer / scale + table.transfer.T / scale)[both] / 2
    return float(means.var() / (values / scale).var())


def seed_ceiling(table: DyadTable) -> float:
    """ICC(C,K) = (MS_cells − MS_residual) / MS_cells over cells × seeds.

    NaN below 2 seeds, and where seeds share a base: they agree by birth.

    The share of the variance of the cells' means over seeds that another set of seeds would
    show again (McGraw & Wong 1996). Cells that have every seed; can be negative.
    """
    cells = table.per_seed[:, table.paired].T
    breathe()
    cells = cells[np.isfinite(cells).all(axis=1)]
    breathe()
    n, k = cells.shape
    if k < 2 or n < 2 or table.one_base:
        return math.nan
    breathe()
    cells = cells / largest(cells)
    breathe()
    grand = cells.mean()
    of_cells, of_seeds = cells.mean(axis=1), cells.mean(axis=0)
    residual = cells - of_cells[:, None] - of_seeds[None, :] + grand
    breathe()
    ms_cells = k * ((of_cells - grand) ** 2).sum() / (n - 1)
    breathe()
    ms_residual = (residual**2).sum() / ((n - 1) * (k - 1))
    if ms_cells <= 1e-24 * max(grand**2, 1e-300):
        return math.nan
    return float((ms_cells - ms_residual) / ms_cells)


def ceiling_of(table: DyadTable) -> NoiseCeiling:
    """Both ceilings of one table."""
    return NoiseCeiling(symmetric=symmetric_ceiling(table), seeds=seed_ceiling(table))
