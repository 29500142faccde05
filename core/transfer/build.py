"""Building transfer matrices: actual, predicted, difference, versus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import RequestError, listed
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.study import Study
from core.transfer.difference import minus_method, minus_prediction
from core.transfer.matrix import MatrixKind, TransferMatrix, matrix_kinds
from core.transfer.member_prediction import MemberPrediction
from core.transfer.normalization import (
    Improvement,
    PerScale,
    Scale,
    UndefinedReason,
    strict_of,
)
from core.transfer.predictions import PREDICTIONS, USUAL
from core.transfer.provenance import CellProvenance
from core.transfer.query import TransferQuery
from core.transfer.run_grid import RunGrid, run_grid
from core.transfer.run_scores import NO_RUN, RunScores

Why = Callable[[int, int, int], str]
"""(seed, row, task) positions -> why that cell has no value."""

_Raw = tuple[FloatArray, FloatArray, FloatArray]
"""The run's value, baseline and reference of each cell, (n_seeds, n_sources, n_tasks) each."""


def transfer_matrix(study: Study, query: TransferQuery) -> TransferMatrix:
    """The transfer matrix of one method.

    Read of the query: method, kind, prediction, other, seeds, exclude, scale and checkpoint; bases
    stand at their last.

    - actual: normalized improvement of every run.
    - a name of `core.transfer.predictions`: what the single-source runs (same seed) of the tasks
      the run was trained on predict, with the run's own base; for `predicted` per target the best
      raw value among them, missing where one of them is; for `cross-fitted` per seed the source
      with the best mean normalized score over the study's other seeds (ties: manifest order),
      scored on this seed. Of a method that is predicted from itself only training sets of several
      tasks have a row: what predicts them is not predicted.
    - difference: actual - the query's prediction, per seed, over the rows that has.
    - versus: method - other, per seed, over the training sets both have.

    Raises RequestError for a method, seed, task or checkpoint the study does not have, for an
    unknown kind, for a prediction of a method without `predicted_from`, and for `versus` without a
    shared training set or seed.

    Source: docs/methods.md, "Matrices".
    """
    if query.kind not in matrix_kinds():
        raise RequestError(f"no kind of matrix {query.kind!r}; there are {listed(matrix_kinds())}")
    if query.prediction not in PREDICTIONS:
        raise RequestError(f"no prediction {query.prediction!r}; there are {listed(PREDICTIONS)}")
    kind, other, method = query.kind, query.other, query.method
    if (other is not None) != (kind == MatrixKind.VERSUS):
        raise RequestError("kind `versus` needs the other method, and no other kind takes one")
    scores, wanted, left_out = _asked(study, query)
    builder = TransferMatrixBuilder(scores)
    if other is not None:
        matrix = minus_method(builder.actual(method, wanted), builder.actual(other, wanted))
    elif kind == MatrixKind.ACTUAL:
        matrix = builder.actual(method, wanted)
    elif kind == MatrixKind.DIFFERENCE:
        predicted = builder.predicted(method, wanted, prediction=query.prediction)
        matrix = minus_prediction(builder.actual(method, wanted), predicted)
    else:
        matrix = builder.predicted(method, wanted, prediction=kind)
    return matrix.without_tasks(left_out)


def actual_matrices(
    study: Study, query: TransferQuery, methods: Sequence[str]
) -> tuple[TransferMatrix, ...]:
    """The actual matrices of several methods, without provenance; the scores are read once.

    Read of the query: seeds, exclude, scale and checkpoint. Raises what `transfer_matrix` raises.
    """
    scores, wanted, left_out = _asked(study, query, methods)
    builder = TransferMatrixBuilder(scores, provenance=False)
    return tuple(builder.actual(method, wanted).without_tasks(left_out) for method in methods)


def actual_on_both_scales(study: Study, query: TransferQuery) -> PerScale[TransferMatrix]:
    """The query's actual matrix on either scale, as `actual_matrices` makes them.

    Given scores are on one scale: both are the one asked for.
    """
    scores, wanted, left_out = _asked(study, query, (query.method,))
    builder = TransferMatrixBuilder(scores, provenance=False)
    both = builder.on_both_scales(query.method, wanted)
    published = both.published.matrix.without_tasks(left_out)
    if both.strict is both.published:
        return PerScale(published, published)
    return PerScale(published, both.strict.matrix.without_tasks(left_out))


def _asked(
    study: Study, query: TransferQuery, methods: Sequence[str] | None = None
) -> tuple[RunScores, tuple[int, ...] | None, list[str]]:
    """The scores, the seeds (None = all) and the tasks left out. Raises RequestError for a task.

    methods: whose runs are asked about, None = all; of given scores all are read, as the end of a
    scale may be another run's.
    """
    left_out = [study.task(name).name for name in query.exclude]
    seeds = None if query.seeds is None else tuple(sorted(set(query.seeds)))
    runs = None
    if methods is not None and not study.has_given_scores:
        own = {run.name for method in methods for run in study.runs_of(method)}
        runs = np.array(sorted(study.run_index[name] for name in own), dtype=np.int64)
    scores = RunScores(study, scale=query.scale, checkpoint=query.checkpoint, runs=runs)
    return scores, seeds, left_out


@dataclass(frozen=True)
class PlacedMatrix:
    """A matrix, and how each of its cells came to stand where it does on the scale.

    placed: (n_seeds, n_sources, n_targets) each.
    """

    matrix: TransferMatrix
    placed: Improvement


class TransferMatrixBuilder:
    """Turns scores of runs into matrices, several of them from one reading of the scores.

    Where a method takes `only`, the matrix has the row of that training set (task names in
    manifest order) and no other.
    """

    def __init__(self, scores: RunScores, *, provenance: bool = True) -> None:
        """provenance: matrices have `records`, which take as long as the values."""
        self.scores = scores
        self.provenance = provenance
        self.study = scores.study

    def actual(
        self,
        method: str,
        seeds: tuple[int, ...] | None,
        *,
        only: tuple[str, ...] | None = None,
    ) -> TransferMatrix:
        """Normalized improvement of every run; raises what `transfer_matrix` raises."""
        return self._actual(method, seeds, only).matrix

    def on_both_scales(
        self,
        method: str,
        seeds: tuple[int, ...] | None,
        *,
        only: tuple[str, ...] | None = None,
    ) -> PerScale[PlacedMatrix]:
        """The same on either scale; given scores are on one, which both are then."""
        if self.study.has_given_scores:
            one = self._actual(method, seeds, only)
            return PerScale(one, one)
        published = self._of_scale(Scale.PUBLISHED)._actual(method, seeds, only)
        # Most often the strict scale is a by-product, whose cells are empty for the same reasons.
        if (placed := strict_of(published.placed)) is not None:
            matrix = replace(
                published.matrix,
                scale=Scale.STRICT,
                per_seed=placed.values,
                clipped=placed.clipped,
            )
            return PerScale(published, PlacedMatrix(matrix, placed))
        return PerScale(published, self._of_scale(Scale.STRICT)._actual(method, seeds, only))

    def _of_scale(self, scale: Scale) -> TransferMatrixBuilder:
        if self.scores.scale is scale:
            return self
        return TransferMatrixBuilder(self.scores.on(scale), provenance=self.provenance)

    def _actual(
        self, method: str, seeds: tuple[int, ...] | None, only: tuple[str, ...] | None = None
    ) -> PlacedMatrix:
        """The same, with what its cells were made of."""
        grid = self._run_grid(method, seeds, only)
        run = np.repeat(grid.run[:, :, None], len(self.study.tasks), axis=2)

        def why(seed: int, row: int, task: int) -> str:
            own = int(grid.run[seed, row])
            if own == NO_RUN:
                return grid.why_no_run(seed)
            return self.scores.why_run_missing(own, task) or self.scores.why_base_missing(own, task)

        breathe()
        raw = self._raw(grid)
        scaled = self.scores.improvement(*raw)
        breathe()
        matrix = self._matrix(grid, MatrixKind.ACTUAL, run, raw, scaled, why)
        return PlacedMatrix(matrix, scaled.columns(self._columns()))

    def predicted(
        self,
        method: str,
        seeds: tuple[int, ...] | None,
        *,
        prediction: str = USUAL,
        only: tuple[str, ...] | None = None,
    ) -> TransferMatrix:
        """What the single sources predict; raises what `transfer_matrix` raises."""
        rule = PREDICTIONS[prediction]
        single = self.study.method(method).predicted_from
        if single is None:
            raise RequestError(
                f"method {method} has no `predicted_from` in study.toml: nothing predicts it"
            )
        grid = self._run_grid(method, seeds, only)
        if single == method:
            # What predicts is not predicted: it would be its own prediction, and off by nothing.
            grid = grid.of_several_tasks()
        made = MemberPrediction(self.scores, rule, grid, single)
        chosen, combined, unmet = made.made
        raw = self._raw(grid, chosen)
        scaled = combined or self.scores.improvement(*raw)
        alike = (unmet, made.needs)
        return self._matrix(grid, rule.name, chosen, raw, scaled, made.why_empty, alike=alike)

    def _run_grid(
        self, method: str, seeds: tuple[int, ...] | None, only: tuple[str, ...] | None
    ) -> RunGrid:
        return run_grid(self.study, method, seeds, checkpoint=self.scores.checkpoint, only=only)

    # -- cells -------------------------------------------------------------------------------

    def _raw(self, grid: RunGrid, run: IntArray | None = None) -> _Raw:
        """Raw values of the runs in `run`, and the scale of the base of the row's own run.

        run: (n_seeds, n_sources, n_tasks) int64, index into Study.runs, -1 = none; None = each
        row's own run, whose values lie together
        """
        scores, own = self.scores, (grid.run != NO_RUN)[:, :, None]
        if run is None:
            value = _where(own, scores.raw_of(grid.run))
        else:
            value = _where(run != NO_RUN, scores.raw_of(run, np.arange(len(self.study.tasks))))
        return (
            value,
            _where(own, scores.baseline_of(grid.run)),
            _where(own, scores.reference_of(grid.run)),
        )

    def _matrix(
        self,
        grid: RunGrid,
        kind: str,
        run: IntArray,
        raw: _Raw,
        scaled: Improvement,
        why: Why,
        *,
        alike: tuple[BoolArray, str] | None = None,
    ) -> TransferMatrix:
        """A matrix of scaled cells with what is known of them.

        run, raw: as of `_raw`. alike: cells that are all empty for one and the same reason, and
        that reason.
        """
        study, scores = self.study, self.scores
        columns = self._columns()
        reason, reasons = self._reasons(scaled, why, run, raw, columns, alike)
        breathe()
        trained, exposed = self._masks(grid)
        records = None
        if self.provenance and not study.has_given_scores:
            records = self._records(run, raw)
        matrix = TransferMatrix(
            method=grid.method,
            kind=kind,
            other=None,
            scale=scores.scale,
            checkpoint=scores.checkpoint,
            seeds=grid.seeds,
            sources=grid.sources,
            targets=tuple(task.name for task in study.tasks),
            per_seed=scaled.values,
            trained=trained,
            exposed=exposed,
            clipped=scaled.clipped,
            reason=reason,
            reasons=reasons,
            records=records,
            value_scale=study.value_scale,
            given=study.has_given_scores,
            lower_targets=study.lower_targets,
            starts=self._starts(grid),
            names_seeds=study.names_seeds,
        )
        breathe()
        return matrix.take(range(len(grid.sources)), np.flatnonzero(columns).tolist())

    def _reasons(
        self,
        scaled: Improvement,
        why: Why,
        run: IntArray,
        raw: _Raw,
        columns: BoolArray,
        alike: tuple[BoolArray, str] | None,
    ) -> tuple[IntArray, tuple[str, ...]]:
        """Why cells are empty: for each an index into the texts, 0 = it is not.

        raw, alike: as of `_matrix`.
        """
        scores, tasks = self.scores, np.arange(len(self.study.tasks))
        reasons = {"": 0}
        reason = np.zeros(scaled.values.shape, dtype=np.int64)
        empty = ~np.isfinite(scaled.values) & columns
        if self.study.has_given_scores:
            # Most of a sparse table is empty for one and the same reason: told once for all.
            absent = empty & (run != NO_RUN) & (scores.records_of(run, tasks) < 0)
            reason[absent] = reasons.setdefault(scores.no_score, len(reasons))
            empty &= ~absent
        if alike is not None:
            same, text = empty & alike[0], alike[1]
            if same.any():
                reason[same] = reasons.setdefault(text, len(reasons))
                empty &= ~same
        cells, picked = np.argwhere(empty), run[empty]
        # Most that is missing is an evaluation of the cell's own run.
        missing = scaled.status[empty] == UndefinedReason.MISSING
        own = missing & (picked != NO_RUN)
        own[own] = scores.never_tested(picked[own], cells[own, 2])
        runs, which = np.unique(picked[own], return_inverse=True)
        codes = np.zeros(len(cells), dtype=np.int64)
        texts = [scores.why_never_tested(run) for run in runs.tolist()]
        codes[own] = np.array([reasons.setdefault(t, len(reasons)) for t in texts], dtype=int)[
            which
        ]
        for at in np.flatnonzero(~own).tolist():
            seed, row, task = cells[at].tolist()
            cell, status = (seed, row, task), UndefinedReason(int(scaled.status[seed, row, task]))
            text = ""
            if missing[at] and picked[at] != NO_RUN:
                text = scores.why_run_missing(int(picked[at]), task)
            if not text:
                text = (
                    why(*cell)
                    if status is UndefinedReason.MISSING
                    else scores.why_undefined(status, task, *(side[cell] for side in raw))
                )
            codes[at] = reasons.setdefault(text, len(reasons))
        reason[empty] = codes
        return reason, tuple(reasons)

    def _records(self, run: IntArray, raw: _Raw) -> CellProvenance:
        """Where the cells came from; raw: as of `_matrix`."""
        study, scores, chosen = self.study, self.scores, run != NO_RUN
        tasks, (value, baseline, reference) = np.arange(len(study.tasks)), raw
        file, line, files = self._read_from(np.where(chosen, scores.records_of(run, tasks), -1))
        return CellProvenance(
            run=run,
            value=value,
            baseline=baseline,
            reference=reference,
            checkpoint=np.where(chosen, scores.checkpoints_of(run, tasks), -1),
            file=file,
            row=line,
            files=files,
            runs=tuple(r.name for r in study.runs),
            bases=tuple(r.base or "" for r in study.runs),
        )

    def _starts(self, grid: RunGrid) -> tuple[tuple[int, ...], ...]:
        """For each seed the bases of its runs that did not fail; empty of given scores."""
        study = self.study
        if study.has_given_scores:
            return ()
        return tuple(
            tuple(
                sorted(
                    {
                        study.run_index[base]
                        for at in runs[runs != NO_RUN].tolist()
                        if (base := study.runs[at].base) is not None and not study.runs[at].failed
                    }
                )
            )
            for runs in grid.run
        )

    def _read_from(self, record: IntArray) -> tuple[IntArray, IntArray, tuple[str, ...]]:
        """(file, row, files) of evaluation records, -1 = none; `files` are those that occur."""
        evaluations = self.study.evaluations
        there = record >= 0
        if not there.any():
            return np.full_like(record, -1), np.zeros_like(record), ()
        known = np.where(there, record, record.max())
        breathe()
        of = evaluations.file[known]
        used = np.flatnonzero(np.bincount(of.ravel(), minlength=len(evaluations.files)))
        breathe()
        position = np.zeros(len(evaluations.files), dtype=np.int64)
        position[used] = np.arange(len(used))
        file = np.where(there, position[of], -1)
        breathe()
        row = np.where(there, evaluations.row[known], 0)
        return file, row, tuple(evaluations.files[i] for i in used)

    def _columns(self) -> BoolArray:
        """(n_tasks,) bool: all tasks; of given scores those that were ever tested."""
        every = np.ones(len(self.study.tasks), dtype=bool)
        return self.study.is_tested if self.study.has_given_scores else every

    def _masks(self, grid: RunGrid) -> tuple[BoolArray, BoolArray]:
        """(trained, exposed), each (n_sources, n_tasks) bool."""
        index, runs = self.study.task_index, self.study.runs
        trained = np.zeros((len(grid.sources), len(self.study.tasks)), dtype=bool)
        exposed = np.zeros_like(trained)
        for row, (sources, of_row) in enumerate(
            zip(grid.sources, grid.run.T.tolist(), strict=True)
        ):
            trained[row, [index[name] for name in sources]] = True
            for run in of_row:
                if run != NO_RUN and runs[run].exposed:
                    exposed[row, [index[name] for name in runs[run].exposed]] = True
        return trained, exposed & ~trained


def _where(there: BoolArray, values: FloatArray) -> FloatArray:
    """The values, NaN where nothing is there; most often everything is."""
    return values if there.all() else np.where(there, values, np.nan)
