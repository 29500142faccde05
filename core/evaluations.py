"""What models scored: one evaluation per run, task, split and checkpoint, with where it was read.

Runs and tasks are told here by their index in `Study.runs` and `Study.tasks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import numpy as np
from propcache.api import cached_property

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe

Checkpoint = int | Literal["last"]
"""A training step, or `last`: the largest step a file has."""

AT_CHECKPOINT = -1
"""Row of an evaluation that stands under the JSON key `checkpoint-<step>`."""


class Split(StrEnum):
    """Which entities an evaluation is about: those of the base, or new ones."""

    STANDARD = "standard"
    SHIFTED = "shifted"


@dataclass(frozen=True)
class MetricGrid:
    """One metric value per run, task and split, at one checkpoint.

    values:  (n_runs, n_tasks) float64, NaN = no value
    records: (n_runs, n_tasks) int64, index into Evaluations' arrays, -1 = no evaluation
    steps:   (N,) int64, Evaluations' own checkpoints
    """

    values: FloatArray
    records: IntArray
    steps: IntArray

    @cached_property
    def checkpoints(self) -> IntArray:
        """(n_runs, n_tasks) int64, the step each value is of, -1 = no evaluation."""
        found = np.full(self.records.shape, -1, dtype=np.int64)
        present = self.records >= 0
        breathe()
        found[present] = self.steps[self.records[present]]
        return found


@dataclass(frozen=True)
class Evaluations:
    """Every evaluation of a study, one element per run x task x split x checkpoint.

    run, task:   (N,) int64, indices into Study.runs and Study.tasks
    shifted:     (N,) bool, False = standard evaluation
    checkpoint:  (N,) int64, training step
    value:       (N,) float64, mean of the metric in the task's unit; NaN = missing or not finite
    file:        (N,) int64, index into `files`
    row:         (N,) int64, line in that file counted from 1; AT_CHECKPOINT = a JSON key named
                 after the checkpoint; 0 = the file is about this one value
    details:     `median`, `std`, `valid_ratio` -> (N,) float64, only those the study has

    Sorted by run, task, split, checkpoint; each of these combinations at most once.
    """

    run: IntArray
    task: IntArray
    shifted: BoolArray
    checkpoint: IntArray
    value: FloatArray
    file: IntArray
    row: IntArray
    files: tuple[str, ...]
    n_runs: int
    n_tasks: int
    details: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))

    def __len__(self) -> int:
        return len(self.value)

    def grid(
        self,
        split: Split,
        checkpoint: Checkpoint = "last",
        *,
        runs: Sequence[int] | None = None,
    ) -> MetricGrid:
        """The value of every run on every task at one checkpoint.

        runs: only these (indices, ascending), a row each in this order; None = all of them.
        `last` is the largest step of each run and task on its own: a value that is not finite
        there stays missing, an earlier checkpoint never stands in.
        """
        breathe()
        is_shifted = Split(split) is Split.SHIFTED
        if runs is None:
            chosen = np.flatnonzero(self.shifted if is_shifted else ~self.shifted)
        else:
            chosen = self._of_runs(runs)
            chosen = chosen[self.shifted[chosen] == is_shifted]
        if checkpoint != "last":
            chosen = chosen[self.checkpoint[chosen] == checkpoint]
        breathe()
        shape = (self.n_runs if runs is None else len(runs), self.n_tasks)
        if self._is_each_cell_once(chosen, shape):
            records = chosen.reshape(shape)
            return MetricGrid(self.value[records], records, steps=self.checkpoint)
        row = self.run[chosen]
        if runs is not None:
            place = np.full(self.n_runs, -1, dtype=np.int64)
            place[np.asarray(runs, dtype=np.int64)] = np.arange(len(runs))
            row = place[row]
        breathe()
        records, values = np.full(shape, -1, dtype=np.int64), np.full(shape, np.nan)
        # Sorted by checkpoint within a cell: of repeated indices the last assignment stays.
        at = row * self.n_tasks + self.task[chosen]
        records.ravel()[at] = chosen
        values.ravel()[at] = self.value[chosen]
        return MetricGrid(values=values, records=records, steps=self.checkpoint)

    def _is_each_cell_once(self, records: IntArray, shape: tuple[int, int]) -> bool:
        """Whether these, in order, are one record of each of so many runs and all tasks."""
        if not len(records) or len(records) != shape[0] * shape[1]:
            return False
        each = records.reshape(shape)
        first, last = self.run[each[:, 0]], self.run[each[:, -1]]
        return bool(
            (first == last).all()
            and (first[1:] > first[:-1]).all()
            and (self.task[each] == np.arange(shape[1])).all()
        )

    def _of_runs(self, runs: Sequence[int]) -> IntArray:
        """(n,) int64: the records of these runs, which lie together."""
        first, end = (np.searchsorted(self.run, runs, side=side) for side in ("left", "right"))
        each = [np.arange(a, b) for a, b in zip(first.tolist(), end.tolist(), strict=True)]
        return np.concatenate(each) if each else np.zeros(0, dtype=np.int64)

    def steps(self, runs: Iterable[int]) -> tuple[int, ...]:
        """All checkpoints at which any of these runs (indices) was evaluated, ascending."""
        breathe()
        mask = np.isin(self.run, np.fromiter(runs, dtype=np.int64))
        breathe()
        return tuple(int(step) for step in np.unique(self.checkpoint[mask]))

    def curve(self, run: int, task: int, split: Split) -> IntArray:
        """(n,) int64: the records of one run, task (indices) and split, by checkpoint."""
        first, end = np.searchsorted(self.run, [run, run + 1])
        shifted = Split(split) is Split.SHIFTED
        own = (self.task[first:end] == task) & (self.shifted[first:end] == shifted)
        return np.asarray(first + np.flatnonzero(own), dtype=np.int64)

    def source(self, record: int) -> str:
        """File and row a record came from: `evaluations.csv, row 17`."""
        place = place_in_file(int(self.row[record]), int(self.checkpoint[record]))
        name = self.files[int(self.file[record])]
        return f"{name}, {place}" if place else name


def place_in_file(row: int, checkpoint: int) -> str:
    """`row 17` or `key checkpoint-900`, of an element of `Evaluations.row`; empty for 0."""
    if row == AT_CHECKPOINT:
        return f"key checkpoint-{checkpoint}"
    return f"row {row}" if row else ""
