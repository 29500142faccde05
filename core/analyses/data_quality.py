"""The state a study's data are in: how much there is, and what of it is missing or in doubt.

It is about the whole study: every method, seed and task, at the last checkpoint.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from propcache.api import cached_property

from core.analyses.analysis import Analysis
from core.analyses.cost import CostModel
from core.analyses.integrity import integrity
from core.analyses.integrity.finding import IntegrityFinding
from core.errors import About, Problem
from core.evaluations import AT_CHECKPOINT, Split
from core.io.runs import RUNS
from core.numerics.arrays import BoolArray, IntArray
from core.numerics.interrupt import breathe, breathing
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import THE_TARGET, TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from core.transfer.run_scores import UNDEFINED

MOST_NOTES = 200
"""How many notes of one kind are spelled out; all of them are counted."""


@dataclass(frozen=True)
class StudyCounts:
    """How large a study is.

    runs: all of them; bases, tuned and given (rows of a `scores` study) sum to it. failed: how
    many of them. seeds: of all runs. evaluations: values read, every checkpoint of every split.
    """

    runs: int
    bases: int
    tuned: int
    given: int
    failed: int
    seeds: tuple[int, ...]
    tasks: int
    excluded: int
    methods: int
    evaluations: int


@dataclass(frozen=True)
class IssueGroup:
    """Values that lack something for one reason.

    count: how many; method, sources, target, seed: of the first of them. file: where the reason
    is, with its row where rows mean something; empty where no file is to blame.
    """

    count: int
    method: str
    sources: tuple[str, ...]
    target: str
    seed: int
    reason: str
    file: str


@dataclass(frozen=True)
class IssueCount:
    """How many values, and why: at most `MOST_NOTES` notes. reasons: how many there would be."""

    count: int
    reasons: int
    notes: tuple[IssueGroup, ...]


@dataclass(frozen=True)
class FailedRun:
    """A run marked as failed, and the row of the list of runs that says so."""

    run: str
    method: str
    trained: tuple[str, ...]
    seed: int
    file: str


@dataclass(frozen=True)
class DataQuality:
    """What of a study's data can be used.

    values: how many the matrices of all methods would hold, one per run, target and seed;
    missing: those without a raw value or a baseline; undefined: those the strict scale cannot
    place; clipped: those the published scale cuts. conflicting: warnings of two files that stand
    for the same thing (the same cell given twice is an error, and stops a study). warnings: all
    that the files were warned of. doubts: what looks as if the study were not what it says.
    """

    census: StudyCounts
    values: int
    missing: IssueCount
    undefined: IssueCount
    clipped: IssueCount
    failed: tuple[FailedRun, ...]
    conflicting: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    doubts: tuple[IntegrityFinding, ...]


def data_quality(study: Study) -> DataQuality:
    """Count what is there, and what is missing, undefined, clipped, failed or in conflict."""
    places = _Places(study)
    values = 0
    missing, undefined, clipped = _Tallying(places), _Tallying(places), _Tallying(places)
    for method in study.tested_methods:
        strict = transfer_matrix(study, TransferQuery(method.name, scale=Scale.STRICT))
        values += strict.per_seed.size
        reasons, cells, counts = _reasons(strict)
        is_undefined = np.array([text.startswith(UNDEFINED) for text in reasons], dtype=bool)
        for tallying, of in ((undefined, is_undefined), (missing, ~is_undefined)):
            own = [text for text, one in zip(reasons, of.tolist(), strict=True) if one]
            tallying.add(strict, own, cells[of], counts[of])
        if study.has_given_scores:
            continue  # given scores are never cut
        published = transfer_matrix(study, TransferQuery(method.name))
        breathe()
        cut = published.clipped
        pairs = zip(strict.per_seed[cut].tolist(), published.per_seed[cut].tolist(), strict=True)
        told = [
            f"{uncut:.3g} on the strict scale, cut to {value:g}"
            for uncut, value in breathing(pairs)
        ]
        breathe()
        clipped.add(published, told, np.argwhere(cut), np.ones(len(told), dtype=np.int64))
    return DataQuality(
        census=census(study),
        values=values,
        missing=missing.tally,
        undefined=undefined.tally,
        clipped=clipped.tally,
        failed=tuple(
            FailedRun(run.name, run.method, run.trained, run.seed, places.of_failed(run.name))
            for run in study.runs
            if run.failed
        ),
        conflicting=tuple(p for p in study.warnings if p.about is About.CONFLICT),
        warnings=study.warnings,
        doubts=integrity(study),
    )


_Cell = tuple[int, int, int]
"""Seed, source and target positions."""


def _reasons(matrix: TransferMatrix) -> tuple[list[str], IntArray, IntArray]:
    """The reasons for empty cells: each, its first cell, (n, 3), and how many there are, (n,)."""
    columns = len(matrix.targets)
    empty = np.argwhere(matrix.reason > 0)
    breathe()
    reason = matrix.reason[tuple(empty.T)]
    # What names the target is a reason of its own for each.
    names_it = np.array([THE_TARGET in text for text in matrix.reasons])
    codes = reason * columns + np.where(names_it[reason], empty[:, 2], 0)
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    order = np.argsort(first)
    cells = empty[first[order]]
    told = zip(reason[first[order]].tolist(), cells[:, 2].tolist(), strict=True)
    return [matrix.reason_of(*one) for one in told], cells, counts[order]


class _Tallying:
    """Counts values by their reason: one that several methods share is one note."""

    def __init__(self, places: _Places) -> None:
        self._places = places
        self._count = 0
        self._reasons: dict[tuple[str, Hashable], int] = {}
        self._first: dict[tuple[str, Hashable], tuple[TransferMatrix, _Cell]] = {}

    def add(
        self, matrix: TransferMatrix, reasons: Sequence[str], cells: IntArray, counts: IntArray
    ) -> None:
        """Groups of values: of each the reason, its first cell, (n, 3), and how many, (n,)."""
        keys = zip(reasons, self._places.told_apart(matrix, cells), strict=True)
        # A thousand tasks may have a hundred thousand: a place is told where it is a note.
        groups = zip(keys, cells.tolist(), counts.tolist(), strict=True)
        for key, cell, count in breathing(groups):
            self._reasons[key] = self._reasons.get(key, 0) + count
            if len(self._first) < MOST_NOTES:
                self._first.setdefault(key, (matrix, tuple(cell)))
        self._count += int(counts.sum())

    @property
    def tally(self) -> IssueCount:
        notes = [
            IssueGroup(
                count=self._reasons[reason, place],
                method=matrix.method,
                sources=matrix.sources[row],
                target=matrix.targets[column],
                seed=matrix.seeds[seed],
                reason=reason,
                file=self._places.of_cell(matrix, (seed, row, column)),
            )
            for (reason, place), (matrix, (seed, row, column)) in self._first.items()
        ]
        return IssueCount(self._count, len(self._reasons), tuple(notes))


class _Places:
    """The files and rows that reasons are about."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._grids = {split: study.evaluations.grid(split) for split in Split}
        self._missing: dict[tuple[str, str], str] = {}
        self._failed: dict[str, str] = {}
        for problem in study.warnings:
            if problem.about is About.MISSING:
                self._missing.setdefault((problem.run, problem.task), problem.file)
            elif problem.about is About.FAILED:
                self._failed.setdefault(problem.run, _in_file(problem.file, problem.at))

    @cached_property
    def _faults(self) -> BoolArray:
        """(n_runs, n_tasks) bool: where `_of_run` has something to say.

        Most often it has not, and each of a million pairs may have a cell that is cut.
        """
        study = self._study
        faults = np.zeros((len(study.runs), len(study.tasks)), dtype=bool)
        bases = np.array([run.is_base for run in study.runs], dtype=bool)
        for split, grid in self._grids.items():
            counts = bases | (split is Split.SHIFTED)
            faults |= (grid.records >= 0) & ~np.isfinite(grid.values) & counts[:, None]
        faults[[run.failed for run in study.runs]] = True
        for run, task in self._missing:
            if run in study.run_index and task in study.task_index:
                faults[study.run_index[run], study.task_index[task]] = True
        return faults

    def told_apart(self, matrix: TransferMatrix, cells: IntArray) -> list[Hashable]:
        """A key for each of (n, 3) cells, the same where `of_cell` is."""
        records, study = matrix.records, self._study
        if records is None or not len(cells):
            return [""] * len(cells)
        at = tuple(cells.T)
        run, step = records.run[at], records.row[at] == AT_CHECKPOINT
        step = np.where(step, records.checkpoint[at], 0)
        task = np.array([study.task_index[name] for name in matrix.targets])[cells[:, 2]]
        breathe()
        base = np.array([study.run_index.get(name, -1) for name in records.bases])[run]
        faulty = self._faults[run, task] | ((base >= 0) & self._faults[base, task])
        breathe()
        # -1 is no file, and stands behind them.
        file = np.array([*records.files, ""], dtype=object)[records.file[at]]
        breathe()
        keys: list[Hashable] = list(
            zip(file.tolist(), records.row[at].tolist(), step.tolist(), strict=True)
        )
        for i in np.flatnonzero((run < 0) | faulty).tolist():
            keys[i] = self.of_cell(matrix, tuple(cells[i].tolist())) or keys[i]
        return keys

    def of_failed(self, run: str) -> str:
        return self._failed.get(run, RUNS)

    def of_cell(self, matrix: TransferMatrix, cell: _Cell) -> str:
        """Where a cell of an actual matrix got its value from, or should have got it."""
        study, records = self._study, matrix.records
        if records is None:
            return ", ".join(study.evaluations.files[:1])
        run = int(records.run[cell])
        if run < 0:
            return RUNS
        task = matrix.targets[cell[2]]
        for at in (run, study.run_index.get(records.bases[run], -1)):
            if at >= 0 and self._faults[at, study.task_index[task]]:
                return self._of_run(at, task)
        return records.raw(cell).source

    def _of_run(self, run: int, task: str) -> str:
        """Where the fault of a run on a task is; empty where it has none."""
        study = self._study
        name = study.runs[run].name
        if study.runs[run].failed:
            return self.of_failed(name)
        if (name, task) in self._missing:
            return self._missing[name, task]
        splits = tuple(Split) if study.runs[run].is_base else (Split.SHIFTED,)
        for split in splits:
            record = int(self._grids[split].records[run, study.task_index[task]])
            if record >= 0 and not np.isfinite(study.evaluations.value[record]):
                return study.evaluations.source(record)
        return ""


def _in_file(file: str, at: str) -> str:
    return f"{file}, {at}" if at else file


def census(study: Study) -> StudyCounts:
    """Count what a study holds."""
    return StudyCounts(
        runs=len(study.runs),
        bases=sum(run.is_base for run in study.runs),
        tuned=sum(not run.is_base and not run.given for run in study.runs),
        given=sum(run.given for run in study.runs),
        failed=sum(run.failed for run in study.runs),
        seeds=tuple(sorted({run.seed for run in study.runs})),
        tasks=len(study.tasks),
        excluded=len(study.excluded),
        methods=len(study.tested_methods),
        evaluations=len(study.evaluations),
    )


DATA_QUALITY = Analysis("data-quality", DataQuality, data_quality, costs=CostModel(us=2.5))
