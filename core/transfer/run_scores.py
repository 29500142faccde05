"""What every run reached: its raw values, its base's two, and why a value is missing."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from propcache.api import cached_property

from core.errors import listed
from core.evaluations import Checkpoint, MetricGrid, Split
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.scale_ends import EndKey
from core.study import Study, ValueScale
from core.transfer.given_ends import end_read, nearest
from core.transfer.matrix import THE_TARGET
from core.transfer.normalization import (
    Improvement,
    Scale,
    UndefinedReason,
    given_improvement,
    normalized_improvement,
)
from core.transfer.provenance import RawValue, raw_value

NO_RUN = -1
UNDEFINED = "undefined"
"""What the reason of a cell starts with that has all its metrics and still no value."""


_OF_RUNS = "run", "base shifted", "base standard"
"""What the three values of a run are called."""


class RunScores:
    """A study's runs on all its tasks, at one checkpoint and on one scale.

    checkpoint is that of the runs; bases stand at their last. A failed run, and a run whose base
    failed, has no values. In a `scores` study the raw value is the score, and there is no base.

    runs: (n,) int64, ascending, None = all: those that are asked about, and no others are read.
    A question about another one is a ValueError.
    """

    def __init__(
        self,
        study: Study,
        *,
        scale: Scale,
        checkpoint: Checkpoint,
        runs: IntArray | None = None,
    ) -> None:
        self.study = study
        self.scale = scale
        self.checkpoint = checkpoint
        self._row: IntArray | None = None
        some = None
        if runs is not None:
            some = runs.tolist()
            self._row = np.full(len(study.runs), NO_RUN, dtype=np.int64)
            self._row[runs] = np.arange(len(runs))
        self._shifted = study.evaluations.grid(Split.SHIFTED, checkpoint, runs=some)
        self._base_of = np.array(
            [NO_RUN if r.base is None else study.run_index[r.base] for r in study.runs],
            dtype=np.int64,
        )
        self._failed = np.array([run.failed for run in study.runs], dtype=bool)
        self._whys_of_bases: dict[tuple[int, int], str] = {}

    def on(self, scale: Scale) -> RunScores:
        """The same runs on another scale; what both need is read once."""
        # Made before they are asked for: a copy shares what there is.
        _ = self.raw, self._base_grids, self._base_row
        other = copy(self)
        other.scale = scale
        return other

    @cached_property
    def _base_grids(self) -> dict[Split, MetricGrid]:
        """Of the bases alone, a row each as `_base_row` has them."""
        bases = self._bases.tolist()
        return {split: self.study.evaluations.grid(split, runs=bases) for split in Split}

    @cached_property
    def _bases(self) -> IntArray:
        """The runs that others start from, ascending."""
        return np.unique(self._base_of[self._base_of >= 0])

    @cached_property
    def _base_row(self) -> IntArray:
        """(n_runs,) int64: the row of each run's base in `_base_grids`, NO_RUN = none."""
        row = np.searchsorted(self._bases, self._base_of)
        return np.where(self._base_of >= 0, row, NO_RUN)

    @cached_property
    def higher_is_better(self) -> BoolArray:
        """(n_tasks,) bool."""
        return np.array([t.metric.higher_is_better for t in self.study.tasks], dtype=bool)

    @cached_property
    def logarithmic(self) -> BoolArray:
        """(n_tasks,) bool: improvement is a ratio of logarithms."""
        return np.array([t.metric.logarithmic for t in self.study.tasks], dtype=bool)

    @cached_property
    def raw(self) -> FloatArray:
        """(n_runs, n_tasks) float64: the run's shifted value in the task's unit.

        Where only some runs are read, their rows alone: `raw_of` knows which.
        """
        failed = self._failed if self._row is None else self._failed[self._row >= 0]
        values = self._shifted.values
        return np.where(failed[:, None], np.nan, values) if failed.any() else values

    def raw_of(self, runs: IntArray, tasks: IntArray | slice = slice(None)) -> FloatArray:
        """`raw` of runs (index; of NO_RUN anything): (..., n_tasks), or broadcast with `tasks`."""
        return np.asarray(self.raw[self._rows_of(runs), tasks])

    def records_of(self, runs: IntArray, tasks: IntArray) -> IntArray:
        """Index in the study's evaluations of the same, -1 = none."""
        breathe()
        return np.asarray(self._shifted.records[self._rows_of(runs), tasks])

    def checkpoints_of(self, runs: IntArray, tasks: IntArray) -> IntArray:
        """The training step of the same, -1 = none."""
        records = self.records_of(runs, tasks)
        steps = self.study.evaluations.checkpoint
        if not len(steps):
            return np.full(records.shape, -1, dtype=np.int64)
        return np.where(records >= 0, steps[records], -1)

    def _rows_of(self, runs: IntArray) -> IntArray:
        if self._row is None:
            return runs
        rows = self._row[runs]
        if ((rows < 0) & (np.asarray(runs) >= 0)).any():
            raise ValueError("asked about a run that was not read")
        return rows

    @cached_property
    def baseline(self) -> FloatArray:
        """(n_runs, n_tasks) float64: the shifted value of the run's own base (0 on the scale).

        Of given scores what the manifest says no transfer reaches, that of the run's own method
        and seed where they have one, NaN = not known.
        """
        if self.study.has_given_scores:
            tasks = self.study.tasks
            zero = [np.nan if task.zero is None else task.zero for task in tasks]
            return self._ends_of_runs(zero, [task.zeros for task in tasks])
        return self._of_base(Split.SHIFTED)

    @cached_property
    def reference(self) -> FloatArray:
        """(n_runs, n_tasks) float64: the standard value of the run's own base (1 on the scale).

        Of given scores what the manifest says counts as full; `diagonal`: what the run of the same
        method and seed that was trained on the task alone reaches on it.
        """
        if self.study.has_given_scores:
            return self._given_reference()
        return self._of_base(Split.STANDARD)

    def _given_reference(self) -> FloatArray:
        study = self.study
        diagonal = [i for i, task in enumerate(study.tasks) if task.one == "diagonal"]
        one = [task.one if isinstance(task.one, float) else np.nan for task in study.tasks]
        ones = self._ends_of_runs(one, [task.ones for task in study.tasks])
        if diagonal:
            names = [(study.tasks[i].name,) for i in diagonal]
            kinds, which = self._kinds
            own = np.array(
                [[self._alone.get((*kind, name), NO_RUN) for name in names] for kind in kinds],
                dtype=np.int64,
            ).reshape(len(kinds), len(names))
            reached = np.where(own == NO_RUN, np.nan, self.raw[own, diagonal])
            ones[:, diagonal] = reached[which]
        return ones

    @cached_property
    def _kinds(self) -> tuple[list[tuple[str, int]], IntArray]:
        """Every method and seed there are runs of, and which of them each run is of: (n_runs,)."""
        of_runs = [(run.method, run.seed) for run in self.study.runs]
        kinds = list(dict.fromkeys(of_runs))
        place = {kind: at for at, kind in enumerate(kinds)}
        return kinds, np.array([place[kind] for kind in of_runs], dtype=np.int64)

    def _ends_of_runs(
        self, ends: Sequence[float], own: Sequence[Sequence[tuple[EndKey, float]]]
    ) -> FloatArray:
        """(n_runs, n_tasks) float64: an end of each task's scale, or what a run has as its own.

        The nearest counts.
        """
        runs = self.study.runs
        found = np.tile(np.array(ends, dtype=np.float64), (len(runs), 1))
        if not any(own):
            return found
        kinds, which = self._kinds
        keys = [nearest(method, seed, self.checkpoint) for method, seed in kinds]
        for i, of_task in enumerate(map(dict, own)):
            if of_task:
                near = [next((of_task[k] for k in near if k in of_task), ends[i]) for near in keys]
                found[:, i] = np.array(near)[which]
        return found

    def given_ends(self, run: int, task: int) -> tuple[RawValue | None, RawValue | None]:
        """Zero and one of a run of given scores and where they were read; None = not counted."""
        one, of, scale = self.study.runs[run], self.study.tasks[task], self.study.value_scale
        if scale is ValueScale.RAW:
            return None, None
        near = nearest(one.method, one.seed, self.checkpoint)
        zero, full = (float(side[run, task]) for side in (self.baseline, self.reference))
        zero_read = end_read(of.zero_read, dict(of.zeros), zero, near)
        if scale is ValueScale.GAIN:
            return zero_read, None
        if of.one != "diagonal":
            return zero_read, end_read(of.one_read, dict(of.ones), full, near)
        alone = self._alone.get((one.method, one.seed, (of.name,)))
        if alone is None:
            return zero_read, RawValue("", Split.SHIFTED)
        record = int(self.records_of(np.array(alone), np.array(task)))
        name = f"{of.name} on itself"
        return zero_read, raw_value(self.study.evaluations, record, run=name, split=Split.SHIFTED)

    @cached_property
    def _alone(self) -> dict[tuple[str, int, tuple[str, ...]], int]:
        """Of each method, seed and training set the run, as its index."""
        return {(r.method, r.seed, r.trained): at for at, r in enumerate(self.study.runs)}

    def base_record(self, run: int, task: int, split: Split) -> int:
        """Index in the study's evaluations of what the base of a run reached, -1 = none."""
        base = int(self._base_row[run])
        return NO_RUN if base == NO_RUN else int(self._base_grids[split].records[base, task])

    def baseline_of(self, runs: IntArray) -> FloatArray:
        """(..., n_tasks) float64: the rows of `baseline` of some runs, without making the rest."""
        if self.study.has_given_scores:
            return self.baseline[runs]
        return self._of_base(Split.SHIFTED, runs)

    def reference_of(self, runs: IntArray) -> FloatArray:
        """(..., n_tasks) float64: the rows of `reference` of some runs, as `baseline_of`."""
        if self.study.has_given_scores:
            return self.reference[runs]
        return self._of_base(Split.STANDARD, runs)

    def _of_base(self, split: Split, runs: IntArray | None = None) -> FloatArray:
        runs = np.arange(len(self.study.runs)) if runs is None else runs
        base, row = self._base_of[runs], self._base_row[runs]
        if not len(self._bases):
            return np.full((*runs.shape, len(self.study.tasks)), np.nan)
        usable = (base >= 0) & ~self._failed[base]
        breathe()
        values = self._base_grids[split].values[row]
        return values if usable.all() else np.where(usable[..., None], values, np.nan)

    def improvement(
        self, value: FloatArray, baseline: FloatArray, reference: FloatArray
    ) -> Improvement:
        """Normalized improvement of (..., n_tasks) raw values; given scores stay as they are.

        baseline, reference: the same shape, the base's shifted and standard values, in the
        target's unit. Source: docs/methods.md, "Normalized improvement".
        """
        return self._improvement(value, baseline, reference, slice(None))

    def improvement_on(
        self, task: int, value: FloatArray, baseline: FloatArray, reference: FloatArray
    ) -> Improvement:
        """The same of broadcastable raw values of one task (index)."""
        return self._improvement(value, baseline, reference, task)

    def _improvement(
        self,
        value: FloatArray,
        baseline: FloatArray,
        reference: FloatArray,
        tasks: int | slice,
    ) -> Improvement:
        higher, in_logs = self.higher_is_better[tasks], self.logarithmic[tasks]
        if self.study.has_given_scores:
            return given_improvement(
                value,
                baseline,
                reference,
                higher,
                on=self.study.value_scale,
                logarithmic=in_logs,
            )
        return normalized_improvement(
            value, baseline, reference, higher, logarithmic=in_logs, scale=self.scale
        )

    def normalized(self, runs: IntArray) -> Improvement:
        """(n, n_tasks): the normalized improvement of these runs."""
        return self.improvement(self.raw_of(runs), self.baseline_of(runs), self.reference_of(runs))

    @property
    def no_score(self) -> str:
        """Why a cell of a `scores` study is empty where no row stands for it."""
        return f"no score in {listed(self.study.evaluations.files)}"

    # -- why there is no value -------------------------------------------------------------

    def why_run_missing(self, run: int, task: int) -> str:
        """Why a run has no usable value on a task; empty where it has one."""
        name, target = self.study.runs[run].name, self.study.tasks[task].name
        evaluations = self.study.evaluations
        record = int(self.records_of(np.array(run), np.array(task)))
        if self._failed[run]:
            return f"run {name} failed"
        if self.study.has_given_scores:
            if record < 0:
                return self.no_score
            if not np.isfinite(evaluations.value[record]):
                return f"score is not a finite number ({evaluations.source(record)})"
            if self.study.tasks[task].one == "diagonal":
                return f"no score of {target} on itself, which counts as 1"
            return ""
        return self._why_metric_missing(name, target, record, Split.SHIFTED, self._at_checkpoint)

    def never_tested(self, runs: IntArray, tasks: IntArray) -> BoolArray:
        """(n,) bool: no evaluation of a run that did not fail; not of given scores.

        runs, tasks: (n,) int64. `why_never_tested` says so of all targets of a run at once.
        """
        if self.study.has_given_scores:
            return np.zeros(runs.shape, dtype=bool)
        return ~self._failed[runs] & (self.records_of(runs, tasks) < 0)

    def why_never_tested(self, run: int) -> str:
        """`why_run_missing` where a run was not tested, with `THE_TARGET` for the target."""
        name = self.study.runs[run].name
        return self._why_metric_missing(
            name, THE_TARGET, NO_RUN, Split.SHIFTED, self._at_checkpoint
        )

    @property
    def _at_checkpoint(self) -> str:
        return "" if self.checkpoint == "last" else f" at checkpoint {self.checkpoint}"

    def why_base_missing(self, run: int, task: int) -> str:
        """Why the base of a run does not give a scale on a task; empty where it does."""
        base = int(self._base_of[run])
        if base == NO_RUN:
            return ""
        # The same for all runs that started from it.
        if (base, task) not in self._whys_of_bases:
            self._whys_of_bases[base, task] = self._why_no_scale(base, task)
        return self._whys_of_bases[base, task]

    def has_scale(self, run: int) -> BoolArray:
        """(n_tasks,) bool: where `why_base_missing` of a run is empty."""
        if self._base_of[run] == NO_RUN:
            return np.ones(len(self.study.tasks), dtype=bool)
        of = np.array(run)
        return np.isfinite(self.baseline_of(of)) & np.isfinite(self.reference_of(of))

    def _why_no_scale(self, base: int, task: int) -> str:
        name, target = self.study.runs[base].name, self.study.tasks[task].name
        if self._failed[base]:
            return f"base {name} failed"
        for split, grid in self._base_grids.items():
            record = int(grid.records[np.searchsorted(self._bases, base), task])
            why = self._why_metric_missing(f"base {name}", target, record, split, "")
            if why:
                return why
        return ""

    def _why_metric_missing(
        self, name: str, target: str, record: int, split: Split, at: str
    ) -> str:
        evaluations = self.study.evaluations
        if record < 0:
            return f"no {split} evaluation of {name} on {target}{at}"
        if not np.isfinite(evaluations.value[record]):
            step = evaluations.checkpoint[record]
            return (
                f"{split} value of {name} on {target} at checkpoint {step}"
                f" is not a finite number ({evaluations.source(record)})"
            )
        return ""

    def why_undefined(
        self, status: UndefinedReason, task: int, value: float, baseline: float, reference: float
    ) -> str:
        """Why the strict scale has no value where all three metrics are there."""
        given = self.study.has_given_scores
        run, low, high = ("score", "zero", "one") if given else _OF_RUNS
        three = f"({run} {value:.4g}, {low} {baseline:.4g}, {high} {reference:.4g})"
        if status is UndefinedReason.OUT_OF_RANGE:
            return f"{UNDEFINED}: the ratio leaves the range of a number {three}"
        if status is UndefinedReason.NOT_POSITIVE:
            return f"{UNDEFINED}: the logarithm needs positive values {three}"
        sign = "≤" if self.higher_is_better[task] else "≥"
        return (
            f"{UNDEFINED}: no room for improvement"
            f" ({high} {reference:.4g} {sign} {low} {baseline:.4g})"
        )
