"""Layout `scores`: results that somebody else has measured, one row per source and target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from core.errors import listed
from core.io.dialects import chosen, distinct, rows_where
from core.io.files import StudyFolder
from core.io.layouts.records import (
    EvaluationRecords,
    all_differ,
    build_evaluations,
    number,
    one_number,
    repeated,
)
from core.io.layouts.table import warn_of_values
from core.io.name_rules import flaw_in_name, flaw_in_task_name, near_twins
from core.io.problems import ProblemCollector, quoted
from core.io.runs import advise_tasks, parse_tasks
from core.io.sections import Section, SourceSection
from core.io.sources import read_source
from core.io.tables import Names, Table, each_once, whole_number
from core.metrics import Metric
from core.numerics.arrays import FloatArray, IntArray
from core.study import Evaluations, Run, Task

METHOD = "scores"
OPTIONAL = ("method", "seed", "checkpoint")

_COLUMNS = ("sources", "target", "score")
_SEED = re.compile(r"(?:seed|run|rep|fold|trial)?[\s_=-]*(\d+)", re.IGNORECASE)


class ScoresOptions(Section):
    """How scores are read whatever form they come in.

    repeats: what several values of one cell are. ordered: a training set is told apart by its
    order. leave_out: names that are no tasks, such as an average: rows with one as source or
    target do not count. joined_by: what stands between the names of a training set.
    """

    repeats: Literal["error", "mean", "seeds"] = "error"
    ordered: bool = False
    leave_out: list[str] = []
    joined_by: str = "+"


class ScoresLayout(ScoresOptions, SourceSection):
    """`[evaluations]` with `layout = "scores"`."""

    layout: Literal["scores"]


@dataclass(frozen=True)
class Scores:
    """A table of scores as a study sees it: one run per method, set of sources and seed."""

    tasks: tuple[Task, ...]
    runs: tuple[Run, ...]
    evaluations: Evaluations


@dataclass(frozen=True)
class TaskScale:
    """How the scores on a task are to be read, as the manifest says it.

    zero, one: a number, or `source:NAME`, a row of the file; one may be `diagonal`.
    """

    metric: Metric = Metric.ACCURACY
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Sequence[float] | None = None

    @property
    def references(self) -> tuple[str, ...]:
        """The rows that are no task: `random` of `source:random`."""
        given = (self.zero, self.one)
        return tuple(
            text[7:].strip() for text in given if isinstance(text, str) and text != "diagonal"
        )


@dataclass(frozen=True)
class TasksNamed:
    """The tasks a manifest names. others: names it does not have are tasks, too.

    aliases: another name of a task -> the task's name. scales: of named tasks; scale: of others.
    """

    tasks: tuple[Task, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    others: bool = True
    scale: TaskScale = TaskScale()
    scales: Mapping[str, TaskScale] = field(default_factory=lambda: MappingProxyType({}))

    def scale_of(self, task: str) -> TaskScale:
        """How scores on a task are to be read."""
        return self.scales.get(task, self.scale)

    @property
    def references(self) -> frozenset[str]:
        """Every source that is a reference and no task."""
        scales = (self.scale, *self.scales.values())
        return frozenset(name for scale in scales for name in scale.references)


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
    if len(table):
        table = _with_plain_sets(findings, table, options.joined_by)
    if options.leave_out and len(table):
        table = _without_names(table, options.leave_out)
    if not len(table):
        # Rows that were reported as unreadable are not missing on top of that.
        if not findings.has_errors_in(table.file):
            findings.error(
                table.file, "", "no scores", f"write one row per score: {','.join(_COLUMNS)}"
            )
        return None
    table, reached = _without_references(table, named.references)
    if not len(table):
        findings.error(table.file, "", "no scores but references", "correct zero and one")
        return None
    sources = _renamed(table.names("sources"), named.aliases, joined=True)
    targets = _renamed(table.names("target"), named.aliases)
    tasks = named.tasks
    if named.others:
        tasks = (*tasks, *_tasks_found(findings, table, sources, targets, tasks))
        _warn_of_twins(findings, table, tasks)
    order = {task.name: i for i, task in enumerate(tasks)}
    sets, source, orders = _read_sources(findings, table, sources, order, ordered=options.ordered)
    target = _read_targets(findings, table, targets, order)
    methods, method = _read_methods(findings, table)
    whole = np.zeros(len(table), dtype=np.int64)
    every = np.ones(len(table), dtype=bool)
    seed, seeded = (
        _seeds(table).integers("seed", findings, todo="write a number: 42 is 42, not original")
        if "seed" in table
        else (whole, every)
    )
    step, stepped = (
        table.integers(
            "checkpoint",
            findings,
            todo="write the training step, a whole number from 0 on",
            least=0,
        )
        if "checkpoint" in table
        else (whole, every)
    )
    score, readable = table.numbers("score", findings)
    usable = seeded & stepped & readable & (source >= 0) & (target >= 0) & (method >= 0)
    if not quiet:
        warn_of_values(findings, table, "score", usable & ~np.isfinite(score))
    rows = _Rows(method, source, seed, step, target, score, np.arange(len(table)))
    if not usable.all():
        rows = rows.select(np.flatnonzero(usable))
    tasks = tuple(
        _scaled(findings, table, task, named.scale_of(task.name), reached) for task in tasks
    )
    _warn_of_bounds(findings, table, tasks, named, target, score)
    _warn_of_percent(findings, table, tasks, methods, (method, target, score))
    names = (methods, sets, [task.name for task in tasks])
    rows = _once(findings, table, rows, names, orders, options.repeats)
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
            file=table.file_of[rows.index],
            row=table.rows[rows.index],
        ),
        files=table.files,
        runs=runs,
        tasks=tasks,
        findings=findings,
    )
    findings.recognize(table.file, table.recognized)
    return Scores(tasks, runs, evaluations)


SIGNS = (";", "&", ",", "|", "/", " and ", " then ")
"""What joins the names of a training set where it is not `+`."""
_LIST = re.compile(r"""\[\s*(?:'[^']*'|"[^"]*")(?:\s*,\s*(?:'[^']*'|"[^"]*"))*\s*\]""")
_IN_LIST = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def _with_plain_sets(findings: ProblemCollector, table: Table, joined_by: str) -> Table:
    """Training sets as `A+B`, however they are written: `['A', 'B']`, or with a sign of theirs."""
    cells = table.texts("sources")
    names = distinct(cells)
    lists = [name for name in names if name.startswith("[") and _LIST.fullmatch(name)]
    if lists:
        table.note("lists of names as training sets")
    if joined_by != "+":
        table.note(f"training sets joined by {joined_by.strip()}")
    elif sign := joining_sign(names, distinct(table.texts("target"))):
        one = next(name for name in names if sign in name)
        findings.warn(
            table.file,
            "",
            f"source {quoted(one)}, whose parts are tasks: one task by that name",
            f'if it is a training set, write joined_by = "{sign}" under [evaluations]',
        )
    if not lists and joined_by == "+":
        return table

    def plain(name: str) -> str:
        if name in listed_names:
            return "+".join(a or b for a, b in _IN_LIST.findall(name))
        if joined_by == "+":
            return name
        return "+".join(part.strip() for part in name.split(joined_by))

    listed_names = frozenset(lists)
    return replace(table, columns={**table.columns, "sources": each_once(cells, plain)})


def joining_sign(sources: Sequence[str], targets: Sequence[str]) -> str:
    """What joins names of tasks in a source, `&` in `A & B`; empty where none are joined so."""
    known = {*sources, *targets}
    for sign in SIGNS:
        for name in sources:
            parts = [part.strip() for part in name.split(sign)] if sign in name else []
            if len(parts) > 1 and all(part in known for part in parts):
                return sign
    return ""


def _without_names(table: Table, names: Sequence[str]) -> Table:
    gone = frozenset(names)
    beside = rows_where(table.texts("sources"), lambda name: name in gone)
    beside |= rows_where(table.texts("target"), lambda name: name in gone)
    if beside.any():
        table.note(f"left out as told: {listed(names)}")
    return select_rows(table, np.flatnonzero(~beside))


def _without_references(
    table: Table, references: frozenset[str]
) -> tuple[Table, Mapping[tuple[str, str], float]]:
    """The table without rows of references, and what each of those reaches on each target."""
    if not references:
        return table, {}
    sources, targets = table.texts("sources"), table.texts("target")
    score, _ = table.numbers("score", ProblemCollector())
    found: dict[tuple[str, str], list[float]] = {}
    theirs = rows_where(sources, lambda source: source in references)
    for i in np.flatnonzero(theirs & np.isfinite(score)).tolist():
        found.setdefault((sources[i], targets[i]), []).append(float(score[i]))
    means = {at: float(np.mean(values)) for at, values in found.items()}
    return select_rows(table, np.flatnonzero(~theirs)), means


def select_rows(table: Table, kept: Sequence[int] | IntArray) -> Table:
    """Some rows of a table."""
    at = np.asarray(kept, dtype=np.int64)
    return replace(
        table,
        file_of=table.file_of[at],
        rows=table.rows[at],
        columns={word: chosen(cells, at) for word, cells in table.columns.items()},
    )


def _scaled(
    findings: ProblemCollector,
    table: Table,
    task: Task,
    scale: TaskScale,
    reached: Mapping[tuple[str, str], float],
) -> Task:
    """A task with its direction, zero and one as numbers."""

    def resolved(given: float | str | None, word: str) -> float | None:
        if not isinstance(given, str):
            return None if given is None else float(given)
        name = given[7:].strip()
        value = reached.get((name, task.name))
        if value is None and any(source == name for source, _ in reached):
            findings.warn(
                table.file,
                "",
                f"no score of {quoted(name)} on {quoted(task.name)}, which is its {word}",
                "add the row, or write a number; the task's scores have no scale",
            )
        elif value is None:
            findings.error(
                table.file,
                "",
                f"no row of source {quoted(name)}, which is the {word} of {quoted(task.name)}",
                f"correct {word}",
            )
        return value

    one: float | Literal["diagonal"] | None
    one = "diagonal" if scale.one == "diagonal" else resolved(scale.one, "one")
    return replace(task, metric=scale.metric, zero=resolved(scale.zero, "zero"), one=one)


def _warn_of_bounds(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    named: TasksNamed,
    target: IntArray,
    score: FloatArray,
) -> None:
    given = [named.scale_of(task.name).bounds for task in tasks]
    if not any(given):
        return
    # Of each task what is possible, and nothing where nothing is said of it, or no task is known.
    least = np.array([-np.inf if one is None else one[0] for one in given] + [-np.inf])
    most = np.array([np.inf if one is None else one[1] for one in given] + [np.inf])
    beyond = np.flatnonzero((score < least[target]) | (score > most[target]))
    for at, (task, bounds) in enumerate(zip(tasks, given, strict=True)):
        if bounds is None:
            continue
        outside = beyond[target[beyond] == at]
        if len(outside):
            first = int(outside[0])
            findings.warn(
                table.file_at(first),
                table.at(first),
                f"{len(outside)} score{'s' if len(outside) > 1 else ''} of {quoted(task.name)}"
                f" outside bounds [{bounds[0]:g}, {bounds[1]:g}], first {score[first]:g}",
                "correct them, or bounds; they are shown as they are",
            )


def _warn_of_percent(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    methods: Sequence[str],
    rows: tuple[IntArray, IntArray, FloatArray],
) -> None:
    """Values in per cent beside values in fractions of one target: once, with both methods."""
    method, target, score = rows
    if not (score > 10).any():  # then nothing is in per cent
        return
    # Rows by target once: a pass over all of them for each task takes longest in a large table.
    narrow = target.astype(np.int16) if len(tasks) < 2**15 else target
    order = np.argsort(narrow, kind="stable")
    edges = np.searchsorted(target[order], np.arange(len(tasks) + 1))
    for at, task in enumerate(tasks):
        here = order[edges[at] : edges[at + 1]]
        here = here[np.isfinite(score[here])]
        low = high = -1
        if not task.metric.higher_is_better:
            continue
        for one in range(len(methods)):
            values = score[here[method[here] == one]]
            if not len(values):
                continue
            if values.min() >= 0 and values.max() <= 1:
                low = one if low < 0 else low
            elif values.min() > 1 and values.max() <= 100 and np.median(values) > 10:
                high = one if high < 0 else high
        mixed = score[here]
        if low >= 0 and high >= 0:
            what = (
                f"method {quoted(methods[high])} in per cent, {quoted(methods[low])} in fractions"
            )
        elif (
            len(mixed) > 3
            and mixed.min() >= 0
            and 10 < mixed.max() <= 100
            and 0.2 < (mixed <= 1).mean() < 0.8
            and not ((mixed > 1) & (mixed < 5)).any()
        ):
            what = "some scores in per cent, some in fractions"
        else:
            continue
        first = int(here[score[here] > 1][0])
        findings.warn(
            table.file_at(first),
            table.at(first),
            f"{what}, of target {quoted(task.name)}",
            "divide those in per cent by 100, or write bounds = [0, 100] if both are right",
        )
        return


def _seeds(table: Table) -> Table:
    """The same table with `seed0`, `run 3` as the numbers they hold."""
    cells = table.columns["seed"]
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "i":
        return table
    cells = table.texts("seed")
    if all(whole_number(cell) is not None for cell in distinct(cells)):
        return table
    found = {cell: _SEED.fullmatch(cell) for cell in distinct(cells)}
    if not all(found.values()):
        return table
    table.note("seeds by the number in their name")
    numbers = {cell: match[1] for cell, match in found.items() if match}
    return replace(table, columns={**table.columns, "seed": each_once(cells, numbers.__getitem__)})


def _renamed(names: Names, aliases: Mapping[str, str], *, joined: bool = False) -> Names:
    """Names with aliases replaced; joined: each is one or several joined by `+`."""
    if not aliases:
        return names
    called = [
        "+".join(aliases.get(part.strip(), part.strip()) for part in name.split("+"))
        if joined and name not in aliases
        else aliases.get(name, name)
        for name in names.names
    ]
    index = {name: i for i, name in enumerate(dict.fromkeys(called))}
    codes = np.array([index[name] for name in called], dtype=np.int64)
    first = np.full(len(index), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, codes, names.first)
    return Names(codes[names.codes], tuple(index), first)


def _warn_of_twins(findings: ProblemCollector, table: Table, tasks: Sequence[Task]) -> None:
    for name, twin, why in near_twins([task.name for task in tasks]):
        findings.warn(
            table.file,
            "",
            f"{quoted(name)} and {quoted(twin)} differ only in {why}: two tasks",
            f'if they are one, write aliases = ["{twin}"] under [tasks."{name}"]',
        )


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
            f" {cell}: {number(rows.score[row])}, {table.at(there)} has"
            f" {number(rows.score[before])}",
            "write ordered = true under [evaluations] if the order of training matters"
            if by_order
            else 'write repeats = "mean" or repeats = "seeds" under [evaluations], or a column that'
            " tells them apart (method, seed, checkpoint)",
        )
    return rows.select(np.sort(sort[~again]))


def _tasks_found(
    findings: ProblemCollector,
    table: Table,
    sources: Names,
    targets: Names,
    known: Sequence[Task],
) -> tuple[Task, ...]:
    found: dict[str, None] = {}
    there = {task.name for task in known}
    mentions = [(first, 0, name) for name, first in zip(sources.names, sources.first, strict=True)]
    mentions += [(first, 1, name) for name, first in zip(targets.names, targets.first, strict=True)]
    for first, is_target, mention in sorted(mentions):
        names = [mention] if is_target else [part.strip() for part in mention.split("+")]
        for name in names:
            # An empty source is reported where the sources are read.
            if name in found or name in there or not (name or is_target):
                continue
            if flaw := flaw_in_task_name(name):
                column = "target" if is_target else "sources"
                findings.error(
                    table.file_at(first),
                    table.at(first),
                    f"{column} is {quoted(mention)}: {flaw}",
                    "write one task as target, one or several joined by + as sources",
                )
            found[name] = None
    return tuple(Task(name=name, label=name, metric=Metric.ACCURACY) for name in found)


def _read_sources(
    findings: ProblemCollector,
    table: Table,
    names: Names,
    order: Mapping[str, int],
    *,
    ordered: bool,
) -> tuple[list[tuple[str, ...]], IntArray, IntArray]:
    """The sets of sources there are, which of them each row has (-1 = none), and its spelling.

    (N,) int64 each; A+B and B+A are one set in two spellings unless `ordered`.
    """
    sets: dict[tuple[str, ...], int] = {}
    position = np.full(len(names.names), -1, dtype=np.int64)
    for i, text in enumerate(names.names):
        trained, flaw = parse_tasks(text, order, ordered=ordered)
        if flaw:
            findings.error(
                table.file_at(names.first[i]),
                table.at(names.first[i]),
                f"sources: {flaw}",
                advise_tasks(findings, text, order),
            )
        else:
            position[i] = sets.setdefault(trained, len(sets))
    return list(sets), position[names.codes], names.codes


def _read_targets(
    findings: ProblemCollector, table: Table, names: Names, order: Mapping[str, int]
) -> IntArray:
    """Position of each row's target in `order`, -1 where it is unknown: (N,) int64."""
    for name, first in zip(names.names, names.first, strict=True):
        if name not in order:
            findings.error(
                table.file_at(first),
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
                table.file_at(names.first[i]),
                table.at(names.first[i]),
                f"method: {flaw}",
                "name the method",
            )
    return names.names, position[names.codes]


def _distinct_rows(keys: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The first position of each distinct row of keys, (n_distinct,), and which each row is: (N,).

    As one number each while they fit into one: ten times as fast as by columns.
    """
    code = one_number(*keys)
    if code is None:
        found = np.unique(np.column_stack(keys), axis=0, return_index=True, return_inverse=True)
        return found[1], found[2].reshape(-1)
    size = int(code.max(initial=0)) + 1
    if size > 4 * len(code) + 2**16:
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        return first, inverse.reshape(-1)
    # Few numbers are counted faster than sorted.
    first = np.full(size, -1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code) - 1, -1, -1)
    there = np.flatnonzero(first >= 0)
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
    first, inverse = _distinct_rows(keys)
    by_appearance = np.argsort(first)
    rank = np.empty_like(by_appearance)
    rank[by_appearance] = np.arange(len(by_appearance))
    names: set[str] = set()
    runs = []
    there = first[by_appearance]
    for method, source, seed in zip(*(key[there].tolist() for key in keys), strict=True):
        joint = " then " if ordered else "+"
        name = f"{methods[method]}: {joint.join(trained[source])}, seed {seed}"
        while name in names:  # only where names of methods and tasks hold colons
            name += "'"
        names.add(name)
        runs.append(Run(name, methods[method], trained[source], None, seed, given=True))
    return tuple(runs), rank[inverse]
