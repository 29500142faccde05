"""Layout `scores`: results that somebody else has measured, one row per source and target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from core.evaluations import Evaluations
from core.io.dialects.raw_table import distinct
from core.io.files import StudyFolder
from core.io.layouts.records import (
    EvaluationRecords,
    build_evaluations,
)
from core.io.layouts.references import references_of
from core.io.layouts.score_cells import RowNames, ScoreRows, each_cell_once
from core.io.layouts.score_directions import warn_of_contradictions
from core.io.layouts.score_names import (
    read_methods,
    read_sources,
    read_targets,
    renamed,
    tasks_found,
    warn_of_mistyped,
    warn_of_sides,
    warn_of_twins,
    warn_of_untrained,
    warn_of_whole_sets,
    with_plain_sets,
)
from core.io.layouts.score_rows import select_rows, with_everything, with_selves, without_names
from core.io.layouts.score_runs import make_runs
from core.io.layouts.table import warn_of_values
from core.io.layouts.task_scales import (
    Reached,
    TasksNamed,
    scaled,
    warn_of_bounds,
    warn_of_halves,
    warn_of_percent,
    warn_of_unlike_spreads,
    warn_of_words_for_nothing,
)
from core.io.names.name_rules import LONGEST_NAME
from core.io.names.source_words import untrained_among
from core.io.problems import ProblemCollector
from core.io.sections import Section, SourceSection
from core.io.sources import read_source
from core.io.table_cells.cells import each_once, whole_number
from core.io.tables import Names, Table
from core.numerics.arrays import BoolArray, IntArray
from core.study import Run, Task

OPTIONAL = ("method", "seed", "checkpoint")

_COLUMNS = ("sources", "target", "score")
_NUMBERED = {
    "seed": re.compile(r"(?:seed|run|rep|fold|trial)?[\s_=-]*(\d+)", re.IGNORECASE),
    "checkpoint": re.compile(
        r"(?:checkpoint|ckpt|global_?step|step|epoch|iteration|iter)?[\s_=-]*(\d+)", re.IGNORECASE
    ),
}
"""What names of seeds and checkpoints look like that hold a number."""


Repeats = Literal["error", "mean", "seeds"]
"""What several values of one cell are."""
REPEATS: tuple[str, ...] = get_args(Repeats)


class ScoresOptions(Section):
    """How scores are read whatever form they come in.

    repeats: what several values of one cell are. ordered: a training set is told apart by its
    order. leave_out: names that are no tasks, such as an average: rows with one as source or
    target do not count. joined_by: what stands between the names of a training set. itself: a
    target, or source, that stands for the other one, such as `self`. everything: a source that
    stands for a run trained on all tasks that other rows are trained on, such as `multitask`.
    """

    repeats: Repeats = "error"
    ordered: bool = False
    leave_out: list[str] = []
    joined_by: str = "+"
    itself: str = ""
    everything: str = ""


class ScoresLayout(ScoresOptions, SourceSection):
    """`[evaluations]` with `layout = "scores"`."""

    layout: Literal["scores"]


@dataclass(frozen=True)
class Scores:
    """A table of scores as a study sees it: one run per method, set of sources and seed.

    untrained, names_seeds: as in `Study`.
    """

    tasks: tuple[Task, ...]
    runs: tuple[Run, ...]
    evaluations: Evaluations
    untrained: tuple[str, ...] = ()
    names_seeds: bool = True


def read_scores(folder: StudyFolder, section: ScoresLayout, named: TasksNamed) -> Scores | None:
    """All scores; None, with errors, without a usable file."""
    todo = f"write it, or correct evaluations.path: columns {','.join(_COLUMNS)}"
    table = read_source(folder, section, needed=_COLUMNS, optional=OPTIONAL, todo=todo)
    if table is None:
        return None
    return scores_of(folder.findings, table, named, section)


def scores_of(
    findings: ProblemCollector,
    table: Table,
    named: TasksNamed,
    options: ScoresOptions,
    *,
    quiet: bool = False,
) -> Scores | None:
    """The scores of a table with the columns `sources,target,score[,method][,seed][,checkpoint]`.

    Names the manifest does not have are tasks where `named.others`, in order of first appearance,
    a row's sources before its target. quiet: no warning for a cell without a number.
    """
    table, reached = _counted(findings, table, named, options)
    if not len(table):
        return None
    called, targets = table.names("sources"), renamed(table.names("target"), named.aliases)
    untrained = _untrained(findings, table, named, called, targets)
    sources, tasks = renamed(called, named.aliases, joined=True), named.tasks
    if named.others:
        tasks = (*tasks, *tasks_found(findings, table, sources, targets, tasks))
        if any(len(task.name) > LONGEST_NAME for task in tasks):
            return None  # an error by now, and millions of runs may carry such a name
        warn_of_twins(findings, table, tasks)
        warn_of_mistyped(findings, table, [task.name for task in named.tasks], sources, targets)
    order = {task.name: i for i, task in enumerate(tasks)}
    sets, source, orders = read_sources(findings, table, sources, order, ordered=options.ordered)
    target = read_targets(findings, table, targets, order)
    methods, method = read_methods(findings, table)
    (seed, seeded), (step, stepped) = _seeds_and_steps(findings, table)
    score, readable = table.numbers("score", findings)
    usable = seeded & stepped & readable & (source >= 0) & (target >= 0) & (method >= 0)
    if not quiet:
        warn_of_values(findings, table, "score", usable & ~np.isfinite(score))
    rows = ScoreRows(method, source, seed, step, target, score, np.arange(len(table)))
    if not usable.all():
        rows = rows.select(np.flatnonzero(usable))
    tested = np.bincount(target[target >= 0], minlength=len(tasks)) > 0
    warn_of_whole_sets(
        findings, table, [task.name for task in named.tasks], sources.names, targets.names
    )
    warn_of_sides(findings, table, [task.name for task in tasks], sets, tested.tolist())
    tasks = _scaled(findings, table, (tasks, tested), named, reached)
    warn_of_bounds(findings, table, tasks, named, target, score)
    warn_of_words_for_nothing(findings, table, named, score)
    warn_of_percent(findings, table, tasks, named, methods, (method, target, score))
    warn_of_unlike_spreads(findings, table, tasks, target, score)
    of_rows = (rows.source, rows.target, rows.score)
    warn_of_contradictions(findings, table, tasks, sets, of_rows, has_zero=named.has_zero)
    names = RowNames(methods, sets, [task.name for task in tasks], orders)
    rows = each_cell_once(findings, table, rows, names, options.repeats)
    runs, run = make_runs(
        methods, sets, (rows.method, rows.source, rows.seed), ordered=options.ordered
    )
    evaluations = _evaluations(findings, table, rows, (runs, run), tasks)
    findings.recognize(table.file, table.recognized)
    names_seeds = "seed" in table or bool(rows.seed.any())
    return Scores(tasks, runs, evaluations, untrained, names_seeds)


def _counted(
    findings: ProblemCollector, table: Table, named: TasksNamed, options: ScoresOptions
) -> tuple[Table, Mapping[tuple[str, str], Reached]]:
    """The rows that count, and what each reference reaches; no row, with an error, without any."""
    if len(table):
        table = with_plain_sets(findings, table, options.joined_by)
    if options.itself and len(table):
        table = with_selves(table, options.itself)
    if options.everything and len(table):
        table = with_everything(findings, table, named, options.everything, options.leave_out)
    if options.leave_out and len(table):
        table = without_names(table, options.leave_out)
    if not len(table):
        # Rows that were reported as unreadable are not missing on top of that.
        if not findings.has_errors_in(table.file):
            findings.error(
                table.file, "", "no scores", f"write one row per score: {','.join(_COLUMNS)}"
            )
        return table, {}
    theirs, reached = references_of(findings, table, named, _NUMBERED)
    if theirs.any():
        table = select_rows(table, np.flatnonzero(~theirs))
    if not len(table):
        findings.error(table.file, "", "no scores but references", "correct zero and one")
    return table, reached


def _scaled(
    findings: ProblemCollector,
    table: Table,
    tested: tuple[Sequence[Task], BoolArray],
    named: TasksNamed,
    reached: Mapping[tuple[str, str], Reached],
) -> tuple[Task, ...]:
    """Tasks with their scale. tested: the tasks, and which of them are a target: (n_tasks,)."""
    tasks = tuple(
        scaled(findings, table, task, named.scale_of(task.name), reached if has else None)
        for task, has in zip(tested[0], tested[1].tolist(), strict=True)
    )
    warn_of_halves(findings, table, tasks, tested[1])
    return tasks


def _evaluations(
    findings: ProblemCollector,
    table: Table,
    rows: ScoreRows,
    runs: tuple[tuple[Run, ...], IntArray],
    tasks: tuple[Task, ...],
) -> Evaluations:
    """Rows as evaluations. runs: all, and the one of each row."""
    whole = len(rows.index) == len(table)
    return build_evaluations(
        EvaluationRecords(
            run=runs[1],
            task=rows.target,
            shifted=np.ones(len(runs[1]), dtype=bool),
            checkpoint=rows.checkpoint,
            value=rows.score,
            file=table.file_of if whole else table.file_of[rows.index],
            row=table.rows if whole else table.rows[rows.index],
        ),
        files=table.files,
        runs=runs[0],
        tasks=tasks,
        findings=findings,
    )


def _untrained(
    findings: ProblemCollector, table: Table, named: TasksNamed, sources: Names, targets: Names
) -> tuple[str, ...]:
    """Sources such as `scratch` of which the manifest does not say what they are.

    They count as sources, as nothing is decided by a name alone, with a warning where they may be
    the zero.
    """
    if not named.others:
        return ()
    meant = {*named.aliases, *(task.name for task in named.tasks)}
    found = [one for one in untrained_among(sources.names, targets.names) if one not in meant]
    if not named.has_zero:
        warn_of_untrained(findings, table, sources, found)
    return tuple(found)


def _seeds_and_steps(
    findings: ProblemCollector, table: Table
) -> tuple[tuple[IntArray, BoolArray], tuple[IntArray, BoolArray]]:
    """Of each row its seed and its checkpoint, 0 where there is none, and whether it is one."""
    none = np.zeros(len(table), dtype=np.int64), np.ones(len(table), dtype=bool)
    return (
        _numbered(table, "seed").integers(
            "seed", findings, todo="write a number: 42 is 42, not original"
        )
        if "seed" in table
        else none,
        _numbered(table, "checkpoint").integers(
            "checkpoint",
            findings,
            todo="write the training step, a whole number from 0 on",
            least=0,
        )
        if "checkpoint" in table
        else none,
    )


def _numbered(table: Table, word: str) -> Table:
    """The same table with `seed0`, `run 3`, `checkpoint-100` as the numbers they hold."""
    cells = table.columns[word]
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "i":
        return table
    cells = table.texts(word)
    if all(whole_number(cell) is not None for cell in distinct(cells)):
        return table
    found = {cell: _NUMBERED[word].fullmatch(cell) for cell in distinct(cells)}
    if not all(found.values()):
        return table
    table.note(f"{word}s by the number in their name")
    numbers = {cell: match[1] for cell, match in found.items() if match}
    return replace(table, columns={**table.columns, word: each_once(cells, numbers.__getitem__)})
