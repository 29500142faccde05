"""Layout `scores`: results that somebody else has measured, one row per source and target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from core.errors import listed
from core.evaluations import Evaluations
from core.io.dialects.raw_table import chosen, distinct, rows_where
from core.io.files import MANIFEST, StudyFolder
from core.io.layouts.records import (
    EvaluationRecords,
    all_differ,
    build_evaluations,
    number,
    one_number,
    repeated,
)
from core.io.layouts.references import references_of
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
    without_plus,
)
from core.io.layouts.table import warn_of_values
from core.io.layouts.task_scales import (
    Reached,
    TasksNamed,
    scaled,
    warn_of_bounds,
    warn_of_halves,
    warn_of_percent,
    warn_of_unlike_spreads,
)
from core.io.name_rules import LONGEST_NAME
from core.io.problems import ProblemCollector, quoted
from core.io.sections import Section, SourceSection
from core.io.source_words import untrained_among
from core.io.sources import read_source
from core.io.tables import Names, Table, each_once, whole_number
from core.numerics.arrays import BoolArray, FloatArray, IntArray
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

    untrained: as in `Study`.
    """

    tasks: tuple[Task, ...]
    runs: tuple[Run, ...]
    evaluations: Evaluations
    untrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rows:
    """One element per row of scores, (N,) each: positions, seeds, steps, values."""

    method: IntArray
    source: IntArray
    seed: IntArray
    checkpoint: IntArray
    target: IntArray
    score: FloatArray
    index: IntArray

    def select(self, chosen: IntArray) -> _Rows:
        return _Rows(**{name: values[chosen] for name, values in vars(self).items()})


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
    rows = _Rows(method, source, seed, step, target, score, np.arange(len(table)))
    if not usable.all():
        rows = rows.select(np.flatnonzero(usable))
    tested = np.bincount(target[target >= 0], minlength=len(tasks)) > 0
    warn_of_whole_sets(
        findings, table, [task.name for task in named.tasks], sources.names, targets.names
    )
    warn_of_sides(findings, table, [task.name for task in tasks], sets, tested.tolist())
    tasks = tuple(
        scaled(findings, table, task, named.scale_of(task.name), reached if has else None)
        for task, has in zip(tasks, tested.tolist(), strict=True)
    )
    warn_of_halves(findings, table, tasks, tested)
    warn_of_bounds(findings, table, tasks, named, target, score)
    warn_of_percent(findings, table, tasks, named, methods, (method, target, score))
    warn_of_unlike_spreads(findings, table, tasks, target, score)
    of_rows = (rows.source, rows.target, rows.score)
    warn_of_contradictions(findings, table, tasks, sets, of_rows, has_zero=named.has_zero)
    names = (methods, sets, [task.name for task in tasks])
    rows = _once(findings, table, rows, names, orders, options.repeats)
    whole = len(rows.index) == len(table)
    runs, run = _make_runs(
        methods, sets, (rows.method, rows.source, rows.seed), ordered=options.ordered
    )
    evaluations = build_evaluations(
        EvaluationRecords(
            run=run,
            task=rows.target,
            shifted=np.ones(len(run), dtype=bool),
            checkpoint=rows.checkpoint,
            value=rows.score,
            file=table.file_of if whole else table.file_of[rows.index],
            row=table.rows if whole else table.rows[rows.index],
        ),
        files=table.files,
        runs=runs,
        tasks=tasks,
        findings=findings,
    )
    findings.recognize(table.file, table.recognized)
    return Scores(tasks, runs, evaluations, untrained)


def _counted(
    findings: ProblemCollector, table: Table, named: TasksNamed, options: ScoresOptions
) -> tuple[Table, Mapping[tuple[str, str], Reached]]:
    """The rows that count, and what each reference reaches; no row, with an error, without any."""
    if len(table):
        table = with_plain_sets(findings, table, options.joined_by)
    if options.itself and len(table):
        table = _with_selves(table, options.itself)
    if options.everything and len(table):
        table = _with_everything(findings, table, named, options)
    if options.leave_out and len(table):
        table = _without_names(table, options.leave_out)
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


def _with_selves(table: Table, itself: str) -> Table:
    """With names instead of a word such as `self`, which stands for the one on the other side."""
    columns = dict(table.columns)
    sources, targets = table.texts("sources"), table.texts("target")
    for word, cells, other in (("target", targets, sources), ("sources", sources, targets)):
        stands = rows_where(cells, lambda cell: cell == itself)
        if stands.any():
            pairs = zip(stands.tolist(), cells, other, strict=True)
            columns[word] = [name if here else cell for here, cell, name in pairs]
            table.note(f"`{itself}` as the same task on both sides")
    return replace(table, columns=columns)


def _with_everything(
    findings: ProblemCollector, table: Table, named: TasksNamed, options: ScoresOptions
) -> Table:
    """With all tasks that other rows are trained on instead of a word such as `multitask`."""
    word, no_tasks = options.everything, {*options.leave_out, *named.references}
    cells = table.texts("sources")
    no_tasks.update((word, *untrained_among(distinct(cells), distinct(table.texts("target")))))
    others = [name for name in distinct(cells) if name not in no_tasks]
    tasks = dict.fromkeys(
        named.aliases.get(part.strip(), part.strip())
        for name in others
        for part in without_plus(name, named.aliases).split("+")
    )
    stands = rows_where(cells, lambda cell: cell == word)
    if not stands.any() or not tasks:
        findings.warn(
            MANIFEST,
            "evaluations.everything",
            f"everything = {quoted(word)}, and no row is trained on that beside others",
            f"correct it; sources are {listed(distinct(cells))}",
        )
        return table
    table.note(
        f"`{word}` as a run trained on all {len(tasks)} tasks that other rows are trained on"
    )
    called = each_once(
        cells, {**{name: name for name in distinct(cells)}, word: "+".join(tasks)}.__getitem__
    )
    return replace(table, columns={**table.columns, "sources": called})


def _without_names(table: Table, names: Sequence[str]) -> Table:
    gone = frozenset(names)
    beside = rows_where(table.texts("sources"), lambda name: name in gone)
    beside |= rows_where(table.texts("target"), lambda name: name in gone)
    if beside.any():
        table.note(f"left out as told: {listed(names)}")
    return select_rows(table, np.flatnonzero(~beside))


def select_rows(table: Table, kept: Sequence[int] | IntArray) -> Table:
    """Some rows of a table."""
    at = np.asarray(kept, dtype=np.int64)
    return replace(
        table,
        file_of=table.file_of[at],
        rows=table.rows[at],
        columns={word: chosen(cells, at) for word, cells in table.columns.items()},
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


def _once(
    findings: ProblemCollector,
    table: Table,
    rows: _Rows,
    names: tuple[Sequence[str], Sequence[tuple[str, ...]], Sequence[str]],
    orders: IntArray,
    repeats: str,
) -> _Rows:
    """Each cell once: as `repeats` says, else an error in one line where values differ."""
    keys = (rows.method, rows.source, rows.seed, rows.checkpoint, rows.target)
    if all_differ(*keys):
        return rows
    sort = np.lexsort((rows.index, *reversed(keys)))
    again = repeated(*(key[sort] for key in keys))
    if not again.any():
        return rows
    if repeats == "seeds":
        table.note("repeated cells as seeds, numbered in order")
        cells = (rows.method, rows.source, rows.checkpoint, rows.target)
        sort = np.lexsort((rows.index, *reversed(cells)))
        start = ~repeated(*(key[sort] for key in cells))
        along = np.arange(len(sort))
        nth = np.empty_like(sort)
        nth[sort] = along - np.maximum.accumulate(np.where(start, along, 0)) + 1
        return replace(rows, seed=nth.astype(np.int64))
    if repeats == "mean":
        table.note("repeated cells as their mean")
        group = np.cumsum(~again) - 1
        score, present = rows.score[sort], np.isfinite(rows.score[sort])
        total = np.bincount(group, weights=np.where(present, score, 0.0))
        count = np.bincount(group, weights=present)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = total / count
        return replace(rows.select(sort[~again]), score=mean)
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(again))))
    one, other = rows.score[sort], rows.score[sort[first]]
    differ = again & ~((one == other) | (np.isnan(one) & np.isnan(other)))
    if differ.any():
        found = int(np.flatnonzero(differ)[0])
        row, before = int(sort[found]), int(sort[first[found]])
        here, there = int(rows.index[row]), int(rows.index[before])
        methods, sets, tasks = names
        cell = f"{'+'.join(sets[rows.source[row]])} → {tasks[rows.target[row]]}"
        if len(methods) > 1:
            cell += f", method {methods[rows.method[row]]}"
        if "seed" in table:
            cell += f", seed {rows.seed[row]}"
        n_differ = int(differ.sum())
        by_order = (orders[here] != orders[there]) if len(orders) else False
        findings.error(
            table.file_at(here),
            table.at(here),
            f"{n_differ} cell{'s' if n_differ > 1 else ''} a second time with another value, first"
            f" {cell}: {number(rows.score[row])}, {table.at_other(there, here)} has"
            f" {number(rows.score[before])}",
            "write ordered = true under [evaluations] if the order of training matters"
            if by_order
            else 'write repeats = "mean" or repeats = "seeds" under [evaluations], or a column that'
            " tells them apart (method, seed, checkpoint)",
        )
    return rows.select(np.sort(sort[~again]))


def _distinct_rows(keys: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The first position of each distinct row of keys, (n_distinct,), and which each row is: (N,).

    In order of first appearance. As one number each while they fit into one: ten times as fast
    as by columns.
    """
    code = one_number(*keys)
    size = 0 if code is None else int(code.max(initial=0)) + 1
    if code is None or size > 4 * len(code) + 2**16:
        rows = np.column_stack(keys) if code is None else code
        found = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        _, first, number = found
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return first[order], rank[number.reshape(-1)]
    # Few numbers are counted faster than sorted.
    first = np.full(size, -1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    there = np.flatnonzero(first >= 0)
    there = there[np.argsort(first[there])]
    rank = np.zeros(size, dtype=np.int64)
    rank[there] = np.arange(len(there))
    return first[there], rank[code]


def _make_runs(
    methods: Sequence[str],
    trained: Sequence[tuple[str, ...]],
    keys: tuple[IntArray, IntArray, IntArray],
    *,
    ordered: bool = False,
) -> tuple[tuple[Run, ...], IntArray]:
    """One run per distinct method, sources and seed, `keys`, and the run of each row.

    Runs are in order of first appearance.
    """
    there, run = _distinct_rows(keys)
    joint = " then " if ordered else "+"
    sets = [joint.join(tasks) for tasks in trained]
    keys_there = list(zip(*(key[there].tolist() for key in keys), strict=True))
    names = [f"{methods[m]}: {sets[source]}, seed {seed}" for m, source, seed in keys_there]
    if len({*names}) < len(names):  # only where names of methods and tasks hold colons
        names = _told_apart(names)
    runs = tuple(
        Run(name, methods[method], trained[source], None, seed, given=True)
        for name, (method, source, seed) in zip(names, keys_there, strict=True)
    )
    return runs, run


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same, each that was there before with a mark more."""
    seen: dict[str, None] = {}
    for name in names:
        while name in seen:
            name += "'"
        seen[name] = None
    return list(seen)
