"""Transfer of pairs as a square: the tasks that give and take at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.numerics.intervals import Interval, ResamplingUnit, jackknife_interval
from core.transfer.matrix import TransferMatrix, mean_present


@dataclass(frozen=True)
class SquareTransfer:
    """Single-source transfer among the tasks that are both source and target.

    per_seed: (n_seeds, n_tasks, n_tasks) float64, row source, column target; the diagonal (a
    task on itself) is ignored, NaN = missing. one_base: some of the seeds share their base, so
    that nothing has an interval over seeds. clipped: as `per_seed`, cut to the scale; None where
    nobody asks.
    """

    tasks: tuple[str, ...]
    per_seed: FloatArray
    one_base: bool = False
    clipped: BoolArray | None = None

    @cached_property
    def values(self) -> FloatArray:
        """(n_tasks, n_tasks) float64: mean over seeds, diagonal NaN."""
        values = mean_present(self.per_seed, axis=0)
        np.fill_diagonal(values, np.nan)
        values.setflags(write=False)
        return values

    @cached_property
    def cut(self) -> list[list[tuple[int, int]]]:
        """Of each task, given and received: how many values were cut to the scale, of how many."""
        there = np.isfinite(self.per_seed) & ~np.eye(len(self.tasks), dtype=bool)
        clipped = there & self.clipped if self.clipped is not None else np.zeros_like(there)
        ways = [(cut.sum(axis=(0, 2)), cut.sum(axis=(0, 1))) for cut in (clipped, there)]
        return [
            [(int(ways[0][way][at]), int(ways[1][way][at])) for way in range(2)]
            for at in range(len(self.tasks))
        ]

    @property
    def known_seeds(self) -> IntArray:
        """Positions of the seeds with a value of a task on another; without (all its runs failed)
        it is none.
        """
        known = np.isfinite(self.per_seed)
        known[:, np.arange(len(self.tasks)), np.arange(len(self.tasks))] = False
        return np.flatnonzero(known.any(axis=(1, 2)))

    @cached_property
    def without_each_seed(self) -> tuple[SquareTransfer, ...]:
        """The square with each known seed left out in turn; nothing with one, or with one base."""
        known = self.per_seed[self.known_seeds]
        if len(known) < 2 or self.one_base:
            return ()
        return tuple(
            SquareTransfer(self.tasks, np.delete(known, at, axis=0)) for at in range(len(known))
        )


def square_transfer(
    transfer: TransferMatrix, tasks: Sequence[str], *, both_only: bool = False
) -> SquareTransfer:
    """The transfer among `tasks`, in the order given; a row or column that is not there is NaN.

    both_only: only those that are both source (alone) and target. In given scores a source that
    is never a target is normal; in a study of runs a task without its run lacks a value.
    """
    single = transfer.single_sources()
    row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
    column_of = {target: j for j, target in enumerate(single.targets)}
    chosen = [t for t in tasks if not both_only or (t in row_of and t in column_of)]
    if chosen == list(row_of) == list(column_of):
        one_base = bool(single.seeds_of_one_base)
        return SquareTransfer(tuple(chosen), single.per_seed, one_base, single.clipped)
    per_seed = np.full((len(single.seeds), len(chosen), len(chosen)), np.nan)
    own = [i for i, source in enumerate(chosen) if source in row_of]
    known = [j for j, target in enumerate(chosen) if target in column_of]
    rows = [row_of[chosen[i]] for i in own]
    columns = [column_of[chosen[j]] for j in known]
    every = range(len(single.seeds))
    clipped = np.zeros(per_seed.shape, dtype=bool)
    breathe()
    per_seed[np.ix_(every, own, known)] = single.per_seed[np.ix_(every, rows, columns)]
    breathe()
    clipped[np.ix_(every, own, known)] = single.clipped[np.ix_(every, rows, columns)]
    return SquareTransfer(
        tasks=tuple(chosen),
        per_seed=per_seed,
        one_base=bool(single.seeds_of_one_base),
        clipped=clipped,
    )


def with_intervals(
    estimate: FloatArray,
    replicates: Sequence[FloatArray],
    cut: Sequence[Sequence[tuple[int, int]]],
) -> list[list[tuple[float, Interval]]]:
    """Each element of (n_tasks, k) with its jackknife interval over seeds.

    cut: of each task, given and received, how many values were cut to the scale, of how many; what
    the third of k columns is made of is both.
    """
    stacked = np.stack(replicates) if replicates else np.empty((0, *estimate.shape))
    low, high = jackknife_interval(estimate, stacked)
    # As lists: from arrays number by number a thousand tasks take ten times as long.
    return [
        [
            (value, Interval(lower, upper, ResamplingUnit.SEEDS, *counted))
            for value, lower, upper, counted in zip(*row, _with_both(own), strict=False)
        ]
        for *row, own in zip(estimate.tolist(), low.tolist(), high.tolist(), cut, strict=True)
    ]


def _with_both(own: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The counts of given and received, and of both together."""
    (given, of_given), (received, of_received) = own
    return [*own, (given + received, of_given + of_received)]
