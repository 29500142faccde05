"""Layout `scores`: results that somebody else has normalized, one row per source and target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.io.files import StudyFolder
from core.io.layouts.records import EvaluationRecords, build_evaluations
from core.io.layouts.table import warn_of_values
from core.io.name_rules import flaw_in_name, flaw_in_task_name
from core.io.problems import ProblemCollector, quoted
from core.io.runs import advise_tasks, parse_tasks
from core.io.tables import Names, Table, read_table
from core.numerics.arrays import IntArray
from core.study import Evaluations, Metric, Run, Task

METHOD = "scores"

_COLUMNS = ("sources", "target", "score")


@dataclass(frozen=True)
class Scores:
    """A table of scores as a study sees it: one run per method, set of sources and seed."""

    tasks: tuple[Task, ...]
    runs: tuple[Run, ...]
    evaluations: Evaluations


def read_scores(folder: StudyFolder, name: str, tasks: Sequence[Task]) -> Scores | None:
    """All scores; None, with errors, without a usable file.

    Without `tasks`, every name found is a task, in order of first appearance, a row's sources
    before its target.
    """
    findings = folder.findings
    todo = f"write it, or correct evaluations.path: columns {','.join(_COLUMNS)}"
    table = read_table(folder, name, needed=_COLUMNS, optional=("method", "seed"), todo=todo)
    if table is None:
        return None
    if not len(table):
        findings.error(name, "", "no scores", f"write one row per score: {','.join(_COLUMNS)}")
        return None
    sources, targets = table.names("sources"), table.names("target")
    tasks = tuple(tasks) or _tasks_found(findings, table, sources, targets)
    order = {task.name: i for i, task in enumerate(tasks)}
    trained, source = _read_sources(findings, table, sources, order)
    target = _read_targets(findings, table, targets, order)
    methods, method = _read_methods(findings, table)
    seed, seeded = (
        table.integers("seed", findings, todo="write a number: 42 is 42, not original")
        if "seed" in table
        else (np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=bool))
    )
    score, readable = table.numbers("score", findings)
    usable = seeded & readable & (source >= 0) & (target >= 0) & (method >= 0)
    warn_of_values(findings, table, "score", usable & ~np.isfinite(score))
    rows = np.flatnonzero(usable)
    runs, run = _make_runs(
        methods, trained, np.column_stack((method[rows], source[rows], seed[rows]))
    )
    evaluations = build_evaluations(
        EvaluationRecords(
            run=run,
            task=target[rows],
            shifted=np.ones(len(rows), dtype=bool),
            checkpoint=np.zeros(len(rows), dtype=np.int64),
            value=score[rows],
            file=np.zeros(len(rows), dtype=np.int64),
            row=table.rows[rows],
        ),
        files=(name,),
        runs=runs,
        tasks=tasks,
        findings=findings,
    )
    return Scores(tasks, runs, evaluations)


def _tasks_found(
    findings: ProblemCollector, table: Table, sources: Names, targets: Names
) -> tuple[Task, ...]:
    found: dict[str, None] = {}
    mentions = [(first, 0, name) for name, first in zip(sources.names, sources.first, strict=True)]
    mentions += [(first, 1, name) for name, first in zip(targets.names, targets.first, strict=True)]
    for first, is_target, mention in sorted(mentions):
        names = [mention] if is_target else [part.strip() for part in mention.split("+")]
        for name in names:
            # An empty source is reported where the sources are read.
            if name in found or not (name or is_target):
                continue
            if flaw := flaw_in_task_name(name):
                column = "target" if is_target else "sources"
                findings.error(
                    table.file,
                    table.at(first),
                    f"{column} is {quoted(mention)}: {flaw}",
                    "write one task as target, one or several joined by + as sources",
                )
            found[name] = None
    return tuple(Task(name=name, label=name, metric=Metric.ACCURACY) for name in found)


def _read_sources(
    findings: ProblemCollector, table: Table, names: Names, order: dict[str, int]
) -> tuple[list[tuple[str, ...]], IntArray]:
    """The sets of sources there are, and which of them each row has, -1 = none: (N,) int64."""
    sets: dict[tuple[str, ...], int] = {}
    position = np.full(len(names.names), -1, dtype=np.int64)
    for i, text in enumerate(names.names):
        trained, flaw = parse_tasks(text, order)
        if flaw:
            findings.error(
                table.file,
                table.at(names.first[i]),
                f"sources: {flaw}",
                advise_tasks(findings, text, order),
            )
        else:
            # A+B and B+A are the same set.
            position[i] = sets.setdefault(trained, len(sets))
    return list(sets), position[names.codes]


def _read_targets(
    findings: ProblemCollector, table: Table, names: Names, order: dict[str, int]
) -> IntArray:
    """Position of each row's target in `order`, -1 where it is unknown: (N,) int64."""
    for name, first in zip(names.names, names.first, strict=True):
        if name not in order:
            findings.error(
                table.file,
                table.at(first),
                f"unknown target {quoted(name)}",
                f"{findings.did_you_mean(name, order)}name a task of the manifest",
            )
    return np.array([order.get(name, -1) for name in names.names], dtype=np.int64)[names.codes]


def _read_methods(findings: ProblemCollector, table: Table) -> tuple[tuple[str, ...], IntArray]:
    """The methods there are, and which of them each row has, -1 = none: (N,) int64."""
    if "method" not in table:
        return (METHOD,), np.zeros(len(table), dtype=np.int64)
    names = table.names("method")
    position = np.arange(len(names.names), dtype=np.int64)
    for i, name in enumerate(names.names):
        if flaw := flaw_in_name(name):
            position[i] = -1
            findings.error(
                table.file, table.at(names.first[i]), f"method: {flaw}", "name the method"
            )
    return names.names, position[names.codes]


def _make_runs(
    methods: Sequence[str], trained: Sequence[tuple[str, ...]], keys: IntArray
) -> tuple[tuple[Run, ...], IntArray]:
    """One run per distinct row of `keys` (method, sources, seed), and the run of each row.

    Runs are in order of first appearance.
    """
    unique, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first)
    rank = np.empty_like(by_appearance)
    rank[by_appearance] = np.arange(len(by_appearance))
    names: set[str] = set()
    runs = []
    for method, source, seed in unique[by_appearance].tolist():
        name = f"{methods[method]}: {'+'.join(trained[source])}, seed {seed}"
        while name in names:  # only where names of methods and tasks hold colons
            name += "'"
        names.add(name)
        runs.append(Run(name, methods[method], trained[source], None, seed, given=True))
    return tuple(runs), rank[inverse.reshape(-1)]
