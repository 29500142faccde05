"""Means over cells of a transfer matrix, with what the seeds say of them.

Source: METHODS, "Matrices" (trained and transfer mean) and "Intervals".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.arrays import BoolArray, FloatArray
from core.statistics import Interval, Over, jackknife_interval
from core.transfer import TransferMatrix, mean_present


@dataclass(frozen=True)
class CellMean:
    """A mean over cells, each of them a mean over the seeds that have it.

    value:      the mean, in the cells' unit; NaN where no cell has a value
    cells:      how many cells it is over
    incomplete: how many of them lack at least one seed
    seeds:      those with a value in at least one of the cells
    per_seed:   (n_seeds,) float64, each seed's mean over the cells it has
    interval:   95 % over seeds with the tasks held fixed; NaN below 2 seeds
    """

    value: float
    cells: int
    incomplete: int
    seeds: tuple[int, ...]
    per_seed: FloatArray
    interval: Interval


def cell_mean(matrix: TransferMatrix, cells: BoolArray) -> CellMean:
    """The mean of a matrix over some of its cells; cells: (n_sources, n_targets) bool.

    The interval is the delete-one-seed jackknife with t(K - 1). Where every seed has every cell
    it is Student's t over the per-seed means; where some are missing it stays centred on the
    mean, as the per-seed means are then over different cells.
    """
    chosen = matrix.per_seed[:, cells]
    there = np.isfinite(chosen).any(axis=1)
    chosen = chosen[there]
    present = np.isfinite(chosen)
    value = mean_of_cells(chosen)
    replicates = np.array([mean_of_cells(np.delete(chosen, k, axis=0)) for k in range(len(chosen))])
    low, high = jackknife_interval(value, replicates)
    return CellMean(
        value=value,
        cells=int(present.any(axis=0).sum()),
        incomplete=int((present.any(axis=0) & ~present.all(axis=0)).sum()),
        seeds=tuple(matrix.seeds[k] for k in np.flatnonzero(there)),
        per_seed=mean_present(chosen, axis=1),
        interval=Interval(float(low), float(high), Over.SEEDS),
    )


def mean_of_cells(per_seed: FloatArray) -> float:
    """Mean over cells of their means over seeds; (n_seeds, n_cells) -> NaN where none has one."""
    return float(mean_present(mean_present(per_seed, axis=0)))
