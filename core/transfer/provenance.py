"""Where a raw value was read: one type and one wording for hover, panel, text and JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.evaluations import Evaluations, Split, place_in_file
from core.numerics.arrays import FloatArray, IntArray

NO_STEP = -1


@dataclass(frozen=True)
class RawValue:
    """One raw value and where it was read.

    value: in the task's unit, NaN = none. checkpoint: the training step it is of, -1 = none.
    file: relative to the study's folder, place: row or JSON key in it; empty = not there.
    """

    run: str
    split: Split
    checkpoint: int = NO_STEP
    value: float = math.nan
    file: str = ""
    place: str = ""

    @property
    def source(self) -> str:
        """`evaluations.csv, row 17`; empty where nothing was read."""
        return ", ".join(part for part in (self.file, self.place) if part)


def raw_value(
    evaluations: Evaluations, record: int, *, run: str, split: Split, value: float | None = None
) -> RawValue:
    """What stands at a record (index, -1 = none) of a run's evaluations.

    value: given where not all that is read is used.
    """
    if record < 0:
        return RawValue(run, split)
    return RawValue(
        run=run,
        split=split,
        checkpoint=int(evaluations.checkpoint[record]),
        value=float(evaluations.value[record]) if value is None else value,
        file=evaluations.files[int(evaluations.file[record])],
        place=place_in_file(int(evaluations.row[record]), int(evaluations.checkpoint[record])),
    )


CELL_ARRAYS = ("run", "value", "baseline", "reference", "checkpoint", "file", "row")
"""The fields of CellProvenance that have one element per seed and cell."""


@dataclass(frozen=True)
class CellProvenance:
    """Where the cells of an actual or predicted matrix came from, per seed.

    run:        (n_seeds, n_sources, n_targets) int64, index into `runs`, -1 = none
    value:      same shape, the run's shifted value in the task's unit, NaN = none
    baseline:   same shape, the base's shifted value
    reference:  same shape, the base's standard value
    checkpoint: same shape, int64 training step of `value`, -1 = none
    file:       same shape, int64 index into `files`, where `value` was read, -1 = none
    row:        same shape, int64, as Evaluations.row
    runs, bases: names; `bases[i]` is the base of `runs[i]`, empty where it has none
    """

    run: IntArray
    value: FloatArray
    baseline: FloatArray
    reference: FloatArray
    checkpoint: IntArray
    file: IntArray
    row: IntArray
    runs: tuple[str, ...]
    bases: tuple[str, ...]
    files: tuple[str, ...]

    def raw(self, cell: tuple[int, int, int]) -> RawValue:
        """The value of (seed, source, target) positions, and where it was read."""
        run, at = int(self.run[cell]), int(self.file[cell])
        name = self.runs[run] if run >= 0 else ""
        if at < 0:
            return RawValue(name, Split.SHIFTED, value=float(self.value[cell]))
        step = int(self.checkpoint[cell])
        return RawValue(
            run=name,
            split=Split.SHIFTED,
            checkpoint=step,
            value=float(self.value[cell]),
            file=self.files[at],
            place=place_in_file(int(self.row[cell]), step),
        )
