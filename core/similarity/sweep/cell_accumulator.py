"""A cell of a sweep while it is filled."""

from __future__ import annotations

import numpy as np

from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.similarity.sweep.plan import Cell


class CellAccumulator:
    """A cell while it is filled.

    open:   (m, m) bool, symmetric: pairs without a decision
    values: (m, m) float64, symmetric, NaN = none (yet)
    usable: (m,) bool: runs that can have values
    """

    def __init__(self, cell: Cell, steps: frozenset[Checkpoint]) -> None:
        """`steps`: checkpoints with a sheet of their own, whose pairs `last` need not repeat."""
        m = len(cell.keys)
        self.cell = cell
        self.values = np.full((m, m), np.nan)
        self.usable = np.ones(m, dtype=bool)
        self.open = ~np.eye(m, dtype=bool)
        if cell.checkpoint == "last":
            step = np.array([key[2] for key in cell.keys])
            self.open &= (step[:, None] != step) | ~np.isin(step, [s for s in steps if s != "last"])
        self.n_open = self._count()

    def decide(self, rows: IntArray, columns: IntArray, values: FloatArray) -> int:
        """Take values of open pairs over, in both orders; returns of how many. NaN is no value.

        rows: (k,), columns: (m,) int64, positions; values: (k, m) float64.
        """
        at = np.ix_(rows, columns)
        there = np.isfinite(values) & self.open[at]
        self.values[at] = np.where(there, values, self.values[at])
        self.values[np.ix_(columns, rows)] = self.values[at].T
        return self._close(rows, columns, there)

    def undecidable(self, rows: IntArray, columns: IntArray) -> int:
        """Leave what is open among pairs of (k,) rows, (m,) columns undefined; returns how many."""
        return self._close(rows, columns, self.open[np.ix_(rows, columns)])

    def drop(self, at: int) -> None:
        """Leave all pairs of a run undefined, also those that have a value."""
        self.usable[at] = False
        self.values[at] = self.values[:, at] = np.nan
        self.open[at] = self.open[:, at] = False
        self.n_open = self._count()

    def _close(self, rows: IntArray, columns: IntArray, which: BoolArray) -> int:
        before = self.n_open
        self.open[np.ix_(rows, columns)] &= ~which
        self.open[np.ix_(columns, rows)] &= ~which.T
        self.n_open = self._count()
        return before - self.n_open

    def _count(self) -> int:
        return int(np.count_nonzero(self.open)) // 2
