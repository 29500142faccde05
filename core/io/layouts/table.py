"""Layout `table`: one CSV or Parquet file of evaluations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from core.evaluations import Evaluations, Split
from core.io.files import StudyFolder
from core.io.layouts.missing_evaluations import warn_of_missing
from core.io.layouts.records import DETAILS, EvaluationRecords, build_evaluations, number
from core.io.problems import MOST_PROBLEMS, ProblemCollector, quoted, rows_in
from core.io.runs import RUNS, RunList
from core.io.sections import SourceSection
from core.io.sources import read_source
from core.io.tables import Names, Table
from core.numerics.arrays import BoolArray, IntArray
from core.study import Task

_COLUMNS = ("run", "task", "split", "checkpoint", "value")
_SPLITS = (Split.STANDARD.value, Split.SHIFTED.value)


class TableLayout(SourceSection):
    """`[evaluations]` with `layout = "table"`."""

    layout: Literal["table"]


def read_evaluation_table(
    folder: StudyFolder, section: TableLayout, tasks: Sequence[Task], run_list: RunList
) -> Evaluations | None:
    """All evaluations of known runs on known tasks; None, with errors, without a usable file."""
    todo = f"write it, or correct evaluations.path: columns {','.join(_COLUMNS)}"
    table = read_source(folder, section, needed=_COLUMNS, optional=DETAILS, todo=todo)
    return None if table is None else evaluations_of(folder, table, tasks, run_list)


def evaluations_of(
    folder: StudyFolder, table: Table, tasks: Sequence[Task], run_list: RunList
) -> Evaluations:
    """The evaluations of a table with the columns `run,task,split,checkpoint,value`."""
    findings = folder.findings
    runs = table.names("run")
    run = _positions(runs, run_list.positions)
    _warn_of_unknown_runs(findings, table, runs, run_list)
    names = table.names("task")
    order = {task.name: i for i, task in enumerate(tasks)}
    task = _positions(names, order)
    _warn_of_unknown_tasks(findings, table, names, order)
    split = _read_splits(findings, table)
    checkpoint, stepped = table.integers(
        "checkpoint", findings, todo="write the training step, a whole number from 0 on", least=0
    )
    value, readable = table.numbers("value", findings)
    details = {}
    for column in DETAILS:
        if column in table:
            details[column], fine = table.numbers(column, findings)
            readable &= fine
    known = (run >= 0) & (task >= 0) & (split >= 0)
    usable = known & stepped & readable
    failed = np.array([run.failed for run in run_list.runs], dtype=bool)
    warn_of_values(findings, table, "value", usable & ~_at(failed, run) & ~np.isfinite(value))
    evaluations = build_evaluations(
        EvaluationRecords(
            run=run,
            task=task,
            shifted=split == 1,
            checkpoint=checkpoint,
            value=value,
            file=table.file_of,
            row=table.rows,
            details=details,
        ).select(usable),
        files=table.files,
        runs=run_list.runs,
        tasks=tasks,
        findings=findings,
    )
    findings.recognize(table.file, table.recognized)
    present = np.zeros((len(run_list.runs), len(tasks), 2), dtype=bool)
    # Rows that were reported as unreadable are not missing on top of that.
    present[run[known], task[known], split[known]] = True
    warn_of_missing(
        findings,
        run_list.runs,
        tasks,
        present,
        place=lambda run, task, split: (
            table.file,
            f"run {run.name}, task {task.name}, {split}",
            "no row",
        ),
    )
    return evaluations


def warn_of_values(
    findings: ProblemCollector,
    table: Table,
    column: str,
    unusable: BoolArray,
    *,
    again: str = "evaluate",
) -> None:
    """Warn of each number that is missing or not finite; `again` is what to do once more."""
    flawed = np.flatnonzero(unusable)
    findings.more_warnings(max(len(flawed) - MOST_PROBLEMS, 0))
    for i in flawed[:MOST_PROBLEMS].tolist():
        cell = table.columns[column][i]
        text = quoted(cell) if isinstance(cell, str) else number(cell)
        findings.warn(
            table.file_at(i),
            table.at(i),
            f"{column} is {text}, not a finite number",
            f"{again} it again; the cell stays empty",
        )


def _positions(names: Names, order: Mapping[str, int]) -> IntArray:
    """Per element the position of its name, -1 where it has none."""
    found = np.array([order.get(name, -1) for name in names.names], dtype=np.int64)
    return found[names.codes]


def _at(flags: BoolArray, positions: IntArray) -> BoolArray:
    """flags[positions], False for -1."""
    return np.append(flags, False)[positions]


def _warn_of_unknown_runs(
    findings: ProblemCollector, table: Table, names: Names, run_list: RunList
) -> None:
    for name, first, count in zip(names.names, names.first, names.counts(), strict=True):
        if not run_list.knows(name):
            findings.warn(
                table.file_at(first),
                table.at(first),
                f"run {quoted(name)}, which {RUNS} does not know, in {rows_in(count)}",
                f"{findings.did_you_mean(name, run_list.named or ())}the rows are ignored",
            )


def _warn_of_unknown_tasks(
    findings: ProblemCollector, table: Table, names: Names, order: Mapping[str, int]
) -> None:
    for name, first, count in zip(names.names, names.first, names.counts(), strict=True):
        if name not in order:
            findings.warn(
                table.file_at(first),
                table.at(first),
                f"task {quoted(name)}, which the manifest does not know, in {rows_in(count)}",
                f"{findings.did_you_mean(name, order)}the rows are ignored",
            )


def _read_splits(findings: ProblemCollector, table: Table) -> IntArray:
    """0 standard, 1 shifted, -1 neither, with one error for each other name: (N,) int64."""
    names = table.names("split")
    for name, first, count in zip(names.names, names.first, names.counts(), strict=True):
        if name not in _SPLITS:
            findings.error(
                table.file_at(first),
                table.at(first),
                f"split {quoted(name)} in {rows_in(count)}",
                "write standard or shifted",
            )
    return _positions(names, {name: i for i, name in enumerate(_SPLITS)})
