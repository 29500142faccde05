"""Records: evaluations as they are found, in any order, until they become Evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from core.evaluations import Evaluations
from core.io.problems import ProblemCollector
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import Run, Task

DETAILS = ("median", "std", "valid_ratio")


@dataclass(frozen=True)
class EvaluationRecords:
    """One element per evaluation found; the arrays are those of `Evaluations`, unsorted.

    value may be infinite here.
    """

    run: IntArray
    task: IntArray
    shifted: BoolArray
    checkpoint: IntArray
    value: FloatArray
    file: IntArray
    row: IntArray
    details: Mapping[str, FloatArray] = field(default_factory=lambda: MappingProxyType({}))

    def select(self, chosen: IntArray | BoolArray) -> EvaluationRecords:
        """The chosen elements, in that order."""
        return EvaluationRecords(
            run=self.run[chosen],
            task=self.task[chosen],
            shifted=self.shifted[chosen],
            checkpoint=self.checkpoint[chosen],
            value=self.value[chosen],
            file=self.file[chosen],
            row=self.row[chosen],
            details={name: values[chosen] for name, values in self.details.items()},
        )


def build_evaluations(
    records: EvaluationRecords,
    *,
    files: Sequence[str],
    runs: Sequence[Run],
    tasks: Sequence[Task],
    findings: ProblemCollector,
) -> Evaluations:
    """Sort the records; the same cell twice is an error unless both are equal (NaN equals NaN)."""
    cell = one_number(records.run, records.task, records.shifted, records.checkpoint)
    if cell is None or not _each_above(cell):
        records = records.select(_sorted(records, cell))
        repeats = repeated(records.run, records.task, records.shifted, records.checkpoint)
        if repeats.any():
            records = _each_once(records, repeats, files, runs, tasks, findings)
    value = _finite(records.value)
    details = {name: _finite(values) for name, values in records.details.items()}
    evaluations = Evaluations(
        run=records.run,
        task=records.task,
        shifted=records.shifted,
        checkpoint=records.checkpoint,
        value=value,
        file=records.file,
        row=records.row,
        files=tuple(files),
        n_runs=len(runs),
        n_tasks=len(tasks),
        details=MappingProxyType(details),
    )
    for array in (*vars(records).values(), value, *details.values()):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return evaluations


def _each_once(
    records: EvaluationRecords,
    repeats: BoolArray,
    files: Sequence[str],
    runs: Sequence[Run],
    tasks: Sequence[Task],
    findings: ProblemCollector,
) -> EvaluationRecords:
    """Without those that repeat the one before; an error for each that has another value."""
    firsts = np.maximum.accumulate(np.where(repeats, 0, np.arange(len(repeats))))
    equal = np.ones(len(repeats), dtype=bool)
    for values in (records.value, *records.details.values()):
        equal &= (values == values[firsts]) | (np.isnan(values) & np.isnan(values[firsts]))
    for i in np.flatnonzero(repeats & ~equal):
        first = firsts[i]
        cell = (
            f"run {runs[records.run[i]].name}, task {tasks[records.task[i]].name}, "
            f"{'shifted' if records.shifted[i] else 'standard'}, "
            f"checkpoint {records.checkpoint[i]}"
        )
        findings.error(
            files[records.file[i]],
            f"row {records.row[i]}",
            f"{cell} a second time: {number(records.value[i])}, "
            f"row {records.row[first]} has {number(records.value[first])}",
            "keep one of the two rows",
        )
    return records.select(~repeats)


def _finite(values: FloatArray) -> FloatArray:
    """The same with NaN where a value is infinite."""
    there = np.isfinite(values)
    return values if there.all() else np.where(there, values, np.nan)


def _sorted(records: EvaluationRecords, cell: IntArray | None) -> IntArray:
    """The order of run, task, split, checkpoint (as one number, where they fit) and row."""
    if cell is not None and (records.row[1:] >= records.row[:-1]).all():
        # Rows are in order already: a stable sort by one number leaves them so.
        order = np.argsort(cell)
        if _each_above(cell[order]):  # nothing is there twice: any sort is stable
            return order
        return np.argsort(cell, kind="stable")
    return np.lexsort((records.row, records.checkpoint, records.shifted, records.task, records.run))


def _each_above(code: IntArray) -> bool:
    """Each number is above the one before."""
    return bool((code[1:] > code[:-1]).all())


def one_number(*keys: IntArray | BoolArray) -> IntArray | None:
    """Keys as one number each, in the order of the keys; None where it would not fit: (N,) int64.

    A sort by one number takes a tenth of one by five.
    """
    code: IntArray | None = None
    size = 1
    for key in keys:
        if not len(key):
            continue
        least, most = int(key.min()), int(key.max())
        if least == most:
            continue
        if most - least >= 2**31:
            values, key = np.unique(key, return_inverse=True)
            least, most = 0, len(values) - 1
        width = most - least + 1
        size *= width
        if size >= 2**62:
            return None
        if code is None:
            code = key - np.int64(least)
        else:
            code *= width
            code += key - np.int64(least) if least else key
    return np.zeros(len(keys[0]), dtype=np.int64) if code is None else code


def all_differ(*keys: IntArray | BoolArray) -> bool:
    """No two elements have the same keys; False where that takes long to find out."""
    code = one_number(*keys)
    if code is None:
        return False
    if _each_above(code):
        return True
    size = int(code.max(initial=0)) + 1
    if size <= 4 * len(code) + 2**16:
        # Few numbers are counted faster than sorted.
        there = np.zeros(size, dtype=bool)
        there[code] = True
        return int(there.sum()) == len(code)
    return _each_above(np.sort(code))


def no_evaluations(n_runs: int, n_tasks: int) -> Evaluations:
    """Those of a study that has none."""
    none = np.zeros(0, dtype=np.int64)
    return Evaluations(
        run=none,
        task=none,
        checkpoint=none,
        file=none,
        row=none,
        shifted=np.zeros(0, dtype=bool),
        value=np.zeros(0),
        files=(),
        n_runs=n_runs,
        n_tasks=n_tasks,
    )


def repeated(*keys: IntArray | BoolArray) -> BoolArray:
    """Which elements of sorted keys equal the one before: (N,) bool."""
    same = np.ones(max(len(keys[0]) - 1, 0), dtype=bool)
    for values in keys:
        same &= values[1:] == values[:-1]
    return np.append(np.zeros(min(len(keys[0]), 1), dtype=bool), same)


def number(value: float) -> str:
    """A number for a message: as short as reads back the same, NaN in capitals."""
    return "NaN" if value != value else repr(float(value))
