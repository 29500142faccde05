"""`[predictors.X]`: any number about pairs of tasks, to tell how well one teaches the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from core.errors import listed
from core.io.files import StudyFolder
from core.io.layouts.records import number, repeated
from core.io.layouts.square import Rows, long_table
from core.io.names.name_rules import flaw_in_task_name
from core.io.problems import ProblemCollector, listed_quoted, quoted
from core.io.sections import SourceSection
from core.io.sources import read_source
from core.io.table_cells.cells import texts_of, whole_number
from core.io.tables import Table
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import FINAL, Layer, Predictor, Run, Task

_COLUMNS = ("source", "target", "value")
_OPTIONAL = ("layer", "seed", "checkpoint")
_TOLERANCE = 1e-6
"""Two values of one pair that differ by less, relative to the larger, are one value."""


class PredictorSection(SourceSection):
    """`[predictors.<name>]`.

    directed: None = as the values show it. rows: what the names of a matrix's rows are.
    """

    layout: Literal["table", "square"] = "table"
    label: str = ""
    better: Literal["higher", "lower"] = "higher"
    directed: bool | None = None
    repeats: Literal["error", "mean"] = "error"
    rows: Rows | None = None


@dataclass(frozen=True)
class _Pairs:
    """One element per row about two tasks of the study; the arrays are those of `Predictor`.

    index: (N,) int64, the element of the table. by_run: (N,) bool, it names two runs.
    """

    source: IntArray
    target: IntArray
    layer: IntArray
    seed: IntArray
    seeded: BoolArray
    checkpoint: IntArray
    value: FloatArray
    index: IntArray
    by_run: BoolArray

    def select(self, chosen: IntArray | BoolArray) -> _Pairs:
        return _Pairs(**{name: values[chosen] for name, values in vars(self).items()})

    @property
    def place(self) -> tuple[IntArray | BoolArray, ...]:
        """What a value is of besides its pair."""
        return self.layer, self.seeded, self.seed, self.checkpoint


def read_predictor(
    folder: StudyFolder,
    section: PredictorSection,
    *,
    name: str,
    at: str,
    tasks: Sequence[Task],
    aliases: Mapping[str, str],
    runs: Sequence[Run],
) -> Predictor | None:
    """The values of one section; None, with errors, where none can be used.

    at: its key in the manifest. A source or target is a task, another name of one, or a run that
    was trained on one task alone.
    """
    findings = folder.findings
    table = _table(folder, section, at)
    if table is None:
        return None
    before = findings.n_errors
    layers, pairs = _pairs_of(findings, table, at, tasks, *_names(tasks, aliases, runs))
    if pairs is None:
        return None
    empty = ~np.isfinite(pairs.value)
    there = _once(findings, table, pairs.select(~empty), section.repeats)
    directed, there = _both_orders(findings, table, there, section, len(tasks), at)
    _warn_of_empty(findings, table, pairs.select(empty), there, len(tasks))
    if findings.n_errors > before:
        return None
    if not len(there.value):
        findings.error(table.file, "", "no value is a finite number", f"correct {at}.path")
        return None
    findings.recognize(table.file, table.recognized)
    order = np.lexsort((there.target, there.source, *reversed(there.place)))
    there = there.select(order)
    arrays = {
        word: getattr(there, word)
        for word in ("source", "target", "layer", "seed", "seeded", "checkpoint", "value")
    }
    arrays |= {"row": table.rows[there.index], "file": table.file_of[there.index]}
    for array in arrays.values():
        array.setflags(write=False)
    return Predictor(
        name=name,
        label=section.label or name,
        higher_is_better=section.better == "higher",
        directed=directed,
        files=table.files,
        layers=layers,
        **arrays,
    )


def _pairs_of(
    findings: ProblemCollector,
    table: Table,
    at: str,
    tasks: Sequence[Task],
    known: Mapping[str, int],
    run_of: Mapping[str, Run],
) -> tuple[tuple[Layer, ...], _Pairs | None]:
    """The layers, and the rows about two tasks of the study; no rows, with errors, where none is.

    known, run_of: as `_names` has them.
    """
    before = findings.n_errors
    source, target = _positions(table, "source", known), _positions(table, "target", known)
    _warn_of_unknown(findings, table, at, known, tasks)
    layers, layer, layered = _layers(findings, table, at)
    seed, seeded, readable = _seeds(findings, table, run_of)
    step, stepped = np.full(len(table), FINAL, dtype=np.int64), np.ones(len(table), dtype=bool)
    if "checkpoint" in table:
        step, stepped = table.integers(
            "checkpoint", findings, todo="write the training step, from 0 on", least=0
        )
    value, numeric = table.numbers("value", findings)
    if findings.n_errors > before:
        return layers, None
    by_run = np.array([cell in run_of for cell in table.texts("source")], dtype=bool)
    apart = (source >= 0) & (target >= 0) & (source != target)
    usable = apart & layered & readable & stepped & numeric
    pairs = _Pairs(source, target, layer, seed, seeded, step, value, np.arange(len(table)), by_run)
    if not usable.any():
        findings.error(
            table.file,
            "",
            "no row about two tasks of this study",
            f"correct {at}, or write aliases under the tasks: {listed(t.name for t in tasks)}",
        )
        return layers, None
    return layers, pairs.select(np.flatnonzero(usable))


def named_in(folder: StudyFolder, section: PredictorSection, *, at: str) -> tuple[str, ...]:
    """Every source and target that can be a task, in order of appearance, row by row."""
    table = _table(folder, section, at)
    if table is None:
        return ()
    sources, targets = table.names("source"), table.names("target")
    first: dict[str, int] = {}
    for later, names in enumerate((sources, targets)):
        for name, row in zip(names.names, names.first.tolist(), strict=True):
            first[name] = min(first.get(name, 2 * row + later), 2 * row + later)
    ordered = sorted(first, key=first.__getitem__)
    return tuple(name for name in ordered if flaw_in_task_name(name) is None)


def _table(folder: StudyFolder, section: PredictorSection, at: str) -> Table | None:
    """A row per value, under the words `source`, `target` and `value`."""
    todo = f"write it, or correct {at}.path: columns {','.join(_COLUMNS)}"
    if section.layout == "table":
        return read_source(folder, section, needed=_COLUMNS, optional=_OPTIONAL, todo=todo, at=at)
    table = long_table(folder, section, rows=section.rows, at=at)
    if table is None:
        return None
    words = {"sources": "source", "score": "value"}
    columns = {words.get(word, word): cells for word, cells in table.columns.items()}
    return replace(table, columns=columns)


def _names(
    tasks: Sequence[Task], aliases: Mapping[str, str], runs: Sequence[Run]
) -> tuple[dict[str, int], dict[str, Run]]:
    """Position of the task each known name stands for, -1 for a run that failed.

    And the runs that are such names: those of one task alone that no task is called like.
    """
    known = {task.name: i for i, task in enumerate(tasks)}
    of_alias = {other: known[task] for other, task in aliases.items() if task in known}
    known = of_alias | known
    run_of = {
        run.name: run
        for run in runs
        if run.is_single_source and not run.given and run.name not in known
    }
    for name, run in run_of.items():
        known[name] = -1 if run.failed else known[run.trained[0]]
    return known, run_of


def _positions(table: Table, column: str, known: Mapping[str, int]) -> IntArray:
    names = table.names(column)
    found = np.array([known.get(name, -1) for name in names.names], dtype=np.int64)
    return found[names.codes]


def _warn_of_unknown(
    findings: ProblemCollector,
    table: Table,
    at: str,
    known: Mapping[str, int],
    tasks: Sequence[Task],
) -> None:
    """One warning for all names that are no task's."""
    seen: dict[str, int] = {}
    for column in ("source", "target"):
        names = table.names(column)
        for name, first in zip(names.names, names.first.tolist(), strict=True):
            if name not in known:
                seen[name] = min(seen.get(name, first), first)
    if not seen:
        return
    first, row = min(seen.items(), key=lambda found: found[1])
    findings.warn(
        table.file_at(row),
        table.at(row),
        f"no task {listed_quoted(seen)} in this study, which {at} names",
        f"{findings.did_you_mean(first, (task.name for task in tasks))}"
        "these rows are ignored; if it is a task by another name, write it as an alias of it",
    )


def _layers(
    findings: ProblemCollector, table: Table, at: str
) -> tuple[tuple[Layer, ...], IntArray, BoolArray]:
    """The layers, the position of each row's among them, and which could be read."""
    every = np.ones(len(table), dtype=bool)
    if "layer" not in table:
        return (), np.zeros(len(table), dtype=np.int64), every
    names = table.names("layer")
    if "" in names.names:
        empty = names.first[names.names.index("")]
        findings.error(
            table.file_at(empty), table.at(empty), "no layer", f"name it, or correct {at}.columns"
        )
        return (), names.codes, every
    numbers = [whole_number(name, least=0) for name in names.names]
    if any(found is None for found in numbers):
        return names.names, names.codes, every
    ascending = sorted({found for found in numbers if found is not None})
    position = {layer: i for i, layer in enumerate(ascending)}
    codes = np.array([position[found] for found in numbers if found is not None], dtype=np.int64)
    return tuple(ascending), codes[names.codes], every


def _seeds(
    findings: ProblemCollector, table: Table, run_of: Mapping[str, Run]
) -> tuple[IntArray, BoolArray, BoolArray]:
    """Seed of each row, whether it has one, and which could be read.

    Two runs of one seed are of that seed; of two seeds, of none in particular.
    """
    every = np.ones(len(table), dtype=bool)
    if "seed" in table:
        seed, readable = table.integers(
            "seed", findings, todo="write a number: 42 is 42, not original"
        )
        return seed, every, readable
    seed, seeded = np.zeros(len(table), dtype=np.int64), ~every
    if run_of:
        both = zip(table.texts("source"), table.texts("target"), strict=True)
        for i, (one, other) in enumerate(both):
            if one in run_of and other in run_of and run_of[one].seed == run_of[other].seed:
                seed[i], seeded[i] = run_of[one].seed, True
    return seed, seeded, every


def _once(findings: ProblemCollector, table: Table, pairs: _Pairs, repeats: str) -> _Pairs:
    """Each pair once at a place: values of several runs, or where `mean` says so, as their mean."""
    keys = (*pairs.place, pairs.source, pairs.target)
    pairs = pairs.select(np.lexsort((pairs.index, *reversed(keys))))
    again = repeated(*pairs.place, pairs.source, pairs.target)
    firsts = np.maximum.accumulate(np.where(again, 0, np.arange(len(again))))
    kept = np.flatnonzero(~again)
    if repeats == "error":
        same = _same(pairs.value, pairs.value[firsts])
        for i in np.flatnonzero(again & ~same & ~pairs.by_run).tolist():
            row, there = pairs.index[i], pairs.index[firsts[i]]
            findings.error(
                table.file_at(row),
                table.at(row),
                f"{_pair(table, row)} a second time: {number(pairs.value[i])}, "
                f"{table.at_other(there, row)} has {number(pairs.value[firsts[i]])}",
                'keep one of the two rows, or write repeats = "mean"',
            )
    if not again.any():
        return pairs
    counts = np.diff([*kept.tolist(), len(again)])
    shares = pairs.value / np.repeat(counts, counts)  # before the sum, which could overflow
    return replace(pairs.select(kept), value=np.add.reduceat(shares, kept))


def _both_orders(
    findings: ProblemCollector,
    table: Table,
    pairs: _Pairs,
    section: PredictorSection,
    n_tasks: int,
    at: str,
) -> tuple[bool, _Pairs]:
    """Whether it is directed; where not, with both orders of every pair."""
    there, back = _ids(pairs, n_tasks)
    order = np.argsort(there)
    found = np.minimum(np.searchsorted(there[order], back), max(len(there) - 1, 0))
    other = order[found] if len(there) else order
    has_other = there[other] == back
    differ = has_other & ~_same(pairs.value, pairs.value[other])
    directed = bool(differ.any()) if section.directed is None else section.directed
    if directed:
        return True, pairs
    for i in np.flatnonzero(differ & (pairs.source < pairs.target)).tolist():
        row = pairs.index[i]
        findings.error(
            table.file_at(row),
            table.at(row),
            f"{_pair(table, row)} is {number(pairs.value[i])},"
            f" the other way round {number(pairs.value[other[i]])}",
            f"write directed = true under [{at}]",
        )
    if not has_other.any() and section.directed is None:
        table.note("each pair once: it stands for both orders")
    missing = pairs.select(~has_other)
    turned = replace(missing, source=missing.target, target=missing.source)
    whole = {
        name: np.concatenate([values, getattr(turned, name)])
        for name, values in vars(pairs).items()
    }
    return False, _Pairs(**whole)


def _ids(pairs: _Pairs, n_tasks: int) -> tuple[IntArray, IntArray]:
    """(N,) int64 twice: a number for each ordered pair at its place, and for its reverse."""
    _, place = np.unique(np.column_stack(pairs.place), axis=0, return_inverse=True)
    base = place.reshape(-1).astype(np.int64) * n_tasks**2
    return (
        base + pairs.source * n_tasks + pairs.target,
        base + pairs.target * n_tasks + pairs.source,
    )


def _warn_of_empty(
    findings: ProblemCollector, table: Table, empty: _Pairs, there: _Pairs, n_tasks: int
) -> None:
    """One warning for all pairs that a row names and that have no number at any place."""
    known = np.unique(there.source * n_tasks + there.target)
    lacking = np.flatnonzero(~np.isin(empty.source * n_tasks + empty.target, known))
    if len(lacking):
        row = empty.index[lacking[0]]
        count = len(lacking)
        findings.warn(
            table.file_at(row),
            table.at(row),
            f"{count} pair{'s' if count > 1 else ''} without a finite number,"
            f" first {_pair(table, row)}",
            "they have no value",
        )


def _same(one: FloatArray, other: FloatArray) -> BoolArray:
    scale = np.maximum(np.abs(one), np.abs(other))
    return np.asarray(np.abs(one / 2 - other / 2) <= _TOLERANCE / 2 * scale)


def _pair(table: Table, row: int | np.integer[Any]) -> str:
    cells = (texts_of(table.columns[word][int(row) : int(row) + 1]) for word in _COLUMNS[:2])
    return " → ".join(quoted(cell) for (cell,) in cells)
