"""Means over cells of a transfer matrix, with what the seeds say of them.

Source: docs/methods.md, "Matrices" (trained and transfer mean) and "Intervals".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe, breathing
from core.numerics.intervals import Interval, ResamplingUnit, jackknife_interval, unpaired_interval
from core.transfer.matrix import TransferMatrix, mean_present


@dataclass(frozen=True)
class CellMean:
    """A mean over cells, each of them a mean over the seeds that have it.

    value:      the mean, in the cells' unit; NaN where no cell has a value
    cells:      how many cells it is over
    incomplete: how many of them lack at least one seed of the matrix
    seeds:      those with a value in at least one of the cells
    per_seed:   (n_seeds,) float64, each seed's mean over the cells it has
    interval:   95 % over seeds with the tasks held fixed; NaN below 2 seeds, and where seeds
                share a base
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
    breathe()
    present = np.isfinite(chosen)
    there = present.any(axis=1)
    chosen = chosen[there]
    value = mean_of_cells(chosen)
    breathe()
    varied = [] if matrix.seeds_of_one_base else range(len(chosen))
    left = (np.delete(chosen, k, axis=0) for k in breathing(varied, every=1))
    replicates = np.array([mean_of_cells(one) for one in left])
    breathe()
    low, high = jackknife_interval(value, replicates)
    found = CellMean(
        value=value,
        cells=int(present.any(axis=0).sum()),
        incomplete=int((present.any(axis=0) & ~present.all(axis=0)).sum()),
        seeds=tuple(matrix.seeds[k] for k in np.flatnonzero(there)),
        per_seed=mean_present(chosen, axis=1),
        interval=Interval(
            float(low),
            float(high),
            ResamplingUnit.SEEDS,
            clipped=int((matrix.clipped[:, cells] & present).sum()),
            values=int(present.sum()),
        ),
    )
    if matrix.subtracted is None:
        return found
    return replace(found, interval=difference_interval(found, cell_mean(matrix.subtracted, cells)))


def difference_interval(
    first: CellMean, second: CellMean, *, centre: float | None = None
) -> Interval:
    """95 % of the difference of two means whose seeds are no pairs: both spreads count (Welch).

    centre: what it is the interval of, None = the value of the first, from which the mean of the
    second is taken off already.
    """
    one, two = first.interval, second.interval
    low, high = unpaired_interval(
        first.value if centre is None else centre,
        ((one.high - one.low) / 2, (two.high - two.low) / 2),
        (len(first.seeds) - 1, len(second.seeds) - 1),
    )
    return replace(one, low=float(low), high=float(high))


def mean_of_cells(per_seed: FloatArray) -> float:
    """Mean over cells of their means over seeds; (n_seeds, n_cells) -> NaN where none has one."""
    return float(mean_present(mean_present(per_seed, axis=0)))


class RowMeans:
    """Means over the cells of many sets of whole rows, from sums along the rows.

    `over(at)` is `cell_mean` of all cells of the rows of a set, but for rounding; a thousand sets
    of a thousand rows take no longer than a few of `cell_mean`.
    """

    def __init__(self, matrix: TransferMatrix, sets: BoolArray) -> None:
        """sets: (n_sets, n_sources) bool, the rows of each."""
        of_sets = sets.T.astype(np.float64)
        self._seeds = matrix.seeds
        self._subtracted = _off(matrix, sets)
        self._one_base = bool(matrix.seeds_of_one_base)
        present = np.isfinite(matrix.per_seed)
        by_row = _sums(matrix.values)
        self._own = [part @ of_sets for part in _sums(matrix.per_seed)]
        self._all = [part @ of_sets for part in by_row]
        without = [
            _sums(mean_present(np.delete(matrix.per_seed, k, axis=0), axis=0))
            for k in range(len(matrix.seeds))
        ]
        shape = (len(matrix.seeds), len(matrix.sources))
        self._without = [
            np.array([sums[part] for sums in without]).reshape(shape) @ of_sets for part in range(2)
        ]
        self._incomplete = (present.any(axis=0) & ~present.all(axis=0)).sum(axis=1) @ of_sets
        self._rows = (by_row[1] > 0) @ of_sets
        self._clipped = (matrix.clipped & present).sum(axis=(0, 2)) @ of_sets
        self._values = present.sum(axis=(0, 2)) @ of_sets

    def gap(self, first: int, second: int, *, picked_from: int = 1) -> tuple[float, Interval]:
        """Mean over the first set of rows − over the second, and its 95 % interval over seeds.

        Delete-one-seed jackknife. picked_from: as in `jackknife_interval`.
        """
        seeds = np.union1d(self.seeds(first), self.seeds(second))
        gap = self.value(first) - self.value(second)
        replicates = self.replicates(first, seeds) - self.replicates(second, seeds)
        ends = jackknife_interval(gap, replicates, picked_from=picked_from)
        if self._subtracted is not None:
            other = self._subtracted
            _, own = other.gap(first, second, picked_from=picked_from)
            others = np.union1d(other.seeds(first), other.seeds(second))
            halves = (ends[1] - ends[0]) / 2, (own.high - own.low) / 2
            freedom = len(seeds) - 1, len(others) - 1
            ends = unpaired_interval(gap, halves, freedom, picked_from=picked_from)
        return gap, self.interval(*ends, first, second)

    def interval(self, low: FloatArray, high: FloatArray, *sets: int) -> Interval:
        """These ends, with how many values of these sets (positions) were cut to the scale."""
        at = list(sets)
        return Interval(
            float(low),
            float(high),
            ResamplingUnit.SEEDS,
            clipped=int(self._clipped[at].sum()),
            values=int(self._values[at].sum()),
        )

    def cells(self, at: int) -> int:
        """How many cells of a set (position) have a value."""
        return int(self._all[1][at])

    def rows(self, at: int) -> int:
        """How many of its rows have a value."""
        return int(self._rows[at])

    def seeds(self, at: int) -> IntArray:
        """(k,) int64: positions of the seeds that have a value in the rows `at` a position."""
        return np.flatnonzero(self._own[1][:, at])

    def replicates(self, at: int, seeds: IntArray) -> FloatArray:
        """(k,): the mean over these rows without each of (k,) seeds (positions).

        Empty where seeds share a base: what leaving one out changes says nothing then.
        """
        if self._one_base:
            return np.empty(0)
        total, count = (part[seeds, at] for part in self._without)
        return _ratio(total, count)

    def value(self, at: int) -> float:
        """The mean over these rows."""
        total, count = (part[at] for part in self._all)
        return float(_ratio(total, count))

    def over(self, at: int) -> CellMean:
        """The mean over the cells of these rows, with what the seeds say of it."""
        seeds, value = self.seeds(at), self.value(at)
        own_total, own_count = (part[seeds, at] for part in self._own)
        low, high = jackknife_interval(value, self.replicates(at, seeds))
        found = CellMean(
            value=value,
            cells=self.cells(at),
            incomplete=int(self._incomplete[at]),
            seeds=tuple(self._seeds[k] for k in seeds),
            per_seed=_ratio(own_total, own_count),
            interval=self.interval(low, high, at),
        )
        if self._subtracted is None:
            return found
        return replace(found, interval=difference_interval(found, self._subtracted.over(at)))


def _off(matrix: TransferMatrix, sets: BoolArray) -> RowMeans | None:
    """The same of what was taken off with seeds of its own."""
    return None if matrix.subtracted is None else RowMeans(matrix.subtracted, sets)


def _sums(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum and count of the finite values along the last axis."""
    there = np.isfinite(values)
    return np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1).astype(np.float64)


def _ratio(total: FloatArray, count: FloatArray) -> FloatArray:
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1.0), np.nan))
