"""Ordered pairs of tasks, similarity beside transfer: what an association is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.analyses.square_transfer import square_transfer
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.similarity.predictor_matrix import PredictorMatrix
from core.transfer.matrix import TransferMatrix, mean_present


@dataclass(frozen=True)
class DyadTable:
    """CKA, or what else predicts, and transfer of every ordered pair of tasks.

    cka:      (n_tasks, n_tasks) float64, symmetric unless `directed`, diagonal ignored, NaN = none
    transfer: (n_tasks, n_tasks) float64, row source, column target, NaN = none
    per_seed: (n_seeds, n_tasks, n_tasks) float64, the transfer of each seed
    one_base: some of the seeds share their base, so that they agree by birth
    """

    tasks: tuple[str, ...]
    cka: FloatArray
    transfer: FloatArray
    per_seed: FloatArray
    one_base: bool = False
    directed: bool = False

    @property
    def paired(self) -> BoolArray:
        """(n_tasks, n_tasks) bool: ordered pairs X≠Y that have both."""
        return self.pairs & np.isfinite(self.cka) & np.isfinite(self.transfer)

    @property
    def pairs(self) -> BoolArray:
        """(n_tasks, n_tasks) bool: all ordered pairs X≠Y."""
        return ~np.eye(len(self.tasks), dtype=bool)

    def without_task(self, at: int) -> DyadTable:
        """The same with one task (by position) left out."""
        return self._of(np.delete(np.arange(len(self.tasks)), at))

    def _of(self, keep: IntArray) -> DyadTable:
        """Some tasks (positions) alone."""
        return replace(
            self,
            tasks=tuple(self.tasks[i] for i in keep),
            cka=self.cka[np.ix_(keep, keep)],
            transfer=self.transfer[np.ix_(keep, keep)],
            per_seed=self.per_seed[:, keep][:, :, keep],
            one_base=self.one_base,
        )


@dataclass(frozen=True)
class Point:
    """One ordered pair; `label` is D→T."""

    source: str
    target: str
    label: str
    cka: float
    transfer: float


@dataclass(frozen=True)
class Points:
    """Ordered pairs with similarity and transfer, as columns: 1,000 tasks have a million.

    tasks, labels: names and short names; source, target: (n,) int64, positions in them; cka,
    transfer: (n,) float64. Iterates over `Point`.
    """

    tasks: tuple[str, ...]
    labels: tuple[str, ...]
    source: IntArray
    target: IntArray
    cka: FloatArray
    transfer: FloatArray

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[Point]:
        return (self[at] for at in range(len(self)))

    def __getitem__(self, at: int) -> Point:
        """The pair at a position; raises IndexError beyond the last."""
        i, j = int(self.source[at]), int(self.target[at])
        return Point(
            source=self.tasks[i],
            target=self.tasks[j],
            label=f"{self.labels[i]}→{self.labels[j]}",
            cka=float(self.cka[at]),
            transfer=float(self.transfer[at]),
        )

    def take(self, where: IntArray | slice) -> Points:
        """Those at some positions, (k,) int64 or a slice, in their order."""
        return replace(
            self,
            source=self.source[where],
            target=self.target[where],
            cka=self.cka[where],
            transfer=self.transfer[where],
        )


def points_of(table: DyadTable, labels: Sequence[str]) -> Points:
    """The points of all pairs that have both, by source, then target."""
    source, target = np.nonzero(table.paired)
    return Points(
        tasks=table.tasks,
        labels=tuple(labels),
        source=source.astype(np.int64),
        target=target.astype(np.int64),
        cka=table.cka[source, target],
        transfer=table.transfer[source, target],
    )


def dyad_table(
    transfer: TransferMatrix, predictor: PredictorMatrix, tasks: Sequence[str]
) -> DyadTable:
    """The predictor and transfer of `tasks`, those dropped that are in no pair with both.

    transfer: rows with one source are used. Raises nothing: what is not there is NaN.
    """
    return dyad_table_of(transfer, predictor.of(tasks), tasks, directed=predictor.directed)


def dyad_table_of(
    transfer: TransferMatrix, cka: FloatArray, tasks: Sequence[str], *, directed: bool = False
) -> DyadTable:
    """The same of predictions in the order of `tasks`: (n_tasks, n_tasks), NaN = none."""
    square = square_transfer(transfer, tasks)
    table = DyadTable(
        tasks=square.tasks,
        cka=cka,
        transfer=mean_present(square.per_seed, axis=0),
        per_seed=square.per_seed,
        one_base=square.one_base,
        directed=directed,
    )
    paired = table.paired
    paired_tasks = np.flatnonzero(paired.any(axis=0) | paired.any(axis=1))
    # All at once: of 1,000 tasks each copy takes a hundredth of a second.
    return table if len(paired_tasks) == len(table.tasks) else table._of(paired_tasks)
