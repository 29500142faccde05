"""How the scores on a task are to be read: its direction, its zero and one, what is possible."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from core.io.files import MANIFEST
from core.io.problems import ProblemCollector, listed_quoted, quoted
from core.io.tables import Table
from core.metrics import Metric, are_fractions, are_per_cent
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.scale_ends import EndKey, EndOrigin, EndRow
from core.study import Task


@dataclass(frozen=True)
class TaskScale:
    """How the scores on a task are to be read, as the manifest says it.

    zero, one: a number, or `source:NAME`, a row of the file; one may be `diagonal`. zero_at,
    one_at: the manifest's keys that say so.
    """

    metric: Metric = Metric.ACCURACY
    zero: float | str | None = None
    one: float | str | None = None
    bounds: Sequence[float] | None = None
    zero_at: str = "scale.zero"
    one_at: str = "scale.one"

    @property
    def references(self) -> tuple[str, ...]:
        """The rows that are no task: `random` of `source:random`."""
        given = (self.zero, self.one)
        return tuple(
            reference_of(text) for text in given if isinstance(text, str) and text != "diagonal"
        )


def reference_of(given: str) -> str:
    """The row that `source:NAME` names, in NFC as names of tables are."""
    return unicodedata.normalize("NFC", given[7:].strip())


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
    def has_zero(self) -> bool:
        """Somebody said what no transfer reaches, of some task."""
        return any(one.zero is not None for one in (self.scale, *self.scales.values()))

    @property
    def references(self) -> frozenset[str]:
        """Every source that is a reference and no task."""
        scales = (self.scale, *self.scales.values())
        return frozenset(name for scale in scales for name in scale.references)


@dataclass(frozen=True)
class Reached:
    """What a reference reaches on one target.

    mean: over all its methods and seeds. own: by method, seed and step, None = any; empty where
    all is the same. methods: those with rows of it. rows: all of them.
    """

    mean: float
    own: Mapping[EndKey, float] = field(default_factory=lambda: MappingProxyType({}))
    methods: tuple[str, ...] = ()
    rows: tuple[EndRow, ...] = ()


def scaled(
    findings: ProblemCollector,
    table: Table,
    task: Task,
    scale: TaskScale,
    reached: Mapping[tuple[str, str], Reached] | None,
) -> Task:
    """A task with its direction, zero and one as numbers.

    reached: what each reference reaches on each target; None for a task that is no target.
    """

    def resolved(given: float | str | None, word: str) -> Reached | None:
        if not isinstance(given, str):
            return None if given is None else Reached(float(given))
        if reached is None:
            return None
        name = reference_of(given)
        value = reached.get((name, task.name))
        if value is None and any(source == name for source, _ in reached):
            findings.warn(
                table.file,
                "",
                f"no score of {quoted(name)} on {quoted(task.name)}, which is its {word}",
                "add the row, or write a number",
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
    full = None if scale.one == "diagonal" else resolved(scale.one, "one")
    none = resolved(scale.zero, "zero")
    one = "diagonal" if scale.one == "diagonal" else full.mean if full else None
    zero = none.mean if none else None
    if reached is not None:
        _check_order(findings, table, task, scale, zero, one)
    zeros, ones = (tuple(end.own.items()) if end else () for end in (none, full))
    return replace(
        task,
        metric=scale.metric,
        zero=zero,
        one=one,
        zeros=zeros,
        ones=ones,
        zero_read=_origin(scale.zero, scale.zero_at, none),
        one_read=_origin(scale.one, scale.one_at, full),
    )


def _origin(given: float | str | None, at: str, reached: Reached | None) -> EndOrigin:
    """Where an end was read: `at` in the manifest, and what that names."""
    if given is None:
        return EndOrigin()
    if reached is None or not isinstance(given, str):
        return EndOrigin(MANIFEST, at)
    return EndOrigin(MANIFEST, at, reference_of(given), reached.rows)


def warn_of_halves(
    findings: ProblemCollector, table: Table, tasks: Sequence[Task], tested: BoolArray
) -> None:
    """Warn where a scale is given that no score is on, as it is not given of every target."""
    there = [task for task, has in zip(tasks, tested.tolist(), strict=True) if has]
    for word, without in (("zero", "scores are shown as they are"), ("one", "scores are gains")):
        lacking = [task.name for task in there if getattr(task, word) is None]
        if (
            word == "zero"
            and len(lacking) == len(there)
            and any(task.one is not None for task in there)
        ):
            findings.warn(
                table.file,
                "",
                "`one` without `zero`: nothing says what no transfer reaches",
                f"write zero, too; until then {without}",
            )
        elif 0 < len(lacking) < len(there):
            findings.warn(
                table.file,
                "",
                f"no `{word}` for {listed_quoted(lacking)}, which other targets have",
                f"write {word} for each target, or under [scale]; until then all {without}",
            )
        if lacking:
            return


def _check_order(
    findings: ProblemCollector,
    table: Table,
    task: Task,
    scale: TaskScale,
    zero: float | None,
    one: float | str | None,
) -> None:
    """Warn where full transfer is no better than none: every score of the task is undefined."""
    if zero is None or not isinstance(one, float):
        return
    if one > zero if scale.metric.higher_is_better else one < zero:
        return
    better = "higher" if scale.metric.higher_is_better else "lower"
    told = f"one = {one:g} is no better than zero = {zero:g}, where {better} is better"
    findings.warn(
        table.file,
        "",
        f"{told}, on {quoted(task.name)}",
        "correct them, or metric; the task's scores are undefined",
    )


def warn_of_bounds(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    named: TasksNamed,
    target: IntArray,
    score: FloatArray,
) -> None:
    """Scores outside what the manifest says is possible, one warning for each task."""
    given = [named.scale_of(task.name).bounds for task in tasks]
    # Bounds the wrong way round are an error of the manifest.
    given = [bounds if bounds and bounds[0] < bounds[1] else None for bounds in given]
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


_FOR_NOTHING = (-1.0, -99.0, -999.0, -9999.0)
"""What some write for a score that is not there."""


def warn_of_words_for_nothing(
    findings: ProblemCollector, table: Table, named: TasksNamed, score: FloatArray
) -> None:
    """A number that is the only one below zero, now and then: one that stands for no score.

    Where bounds are said, they tell of it.
    """
    if named.scale.bounds or any(one.bounds for one in named.scales.values()):
        return
    below = np.flatnonzero(score < 0)
    if not 0 < len(below) * 5 <= np.isfinite(score).sum() or len(np.unique(score[below])) > 1:
        return
    first = int(below[0])
    if score[first] not in _FOR_NOTHING:
        return
    times = "once" if len(below) == 1 else f"{len(below):,} times"
    findings.warn(
        table.file_at(first),
        table.at(first),
        f"a score of {score[first]:g}, {times}, where all others are 0 or above",
        f'if it stands for none, write missing = ["{score[first]:g}"] under [evaluations.read]',
    )


_UNLIKE_SPREADS = 20
"""A target whose values are spread so many times as far as another's is most of their mean."""
_FEWEST_VALUES = 4
"""Of fewer a spread is known too little."""
_ROUNDED = 1e-12
"""Values within so much of their mean are the same: they differ by rounding."""


def warn_of_percent(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    named: TasksNamed,
    methods: Sequence[str],
    rows: tuple[IntArray, IntArray, FloatArray],
) -> None:
    """Values in per cent beside values in fractions of one target, or beside such a zero.

    Once each, the first with both methods.

    Not of a target whose bounds say what is possible.
    """
    method, target, score = rows
    if not (score > 10).any():  # then nothing is in per cent
        return
    # Rows by target once: a pass over all of them for each task takes longest in a large table.
    narrow = target.astype(np.int16) if len(tasks) < 2**15 else target
    order = np.argsort(narrow, kind="stable")
    edges = np.searchsorted(target[order], np.arange(len(tasks) + 1))
    rows_of_tasks = []
    for at in range(len(tasks)):
        here = order[edges[at] : edges[at + 1]]
        rows_of_tasks.append(here[np.isfinite(score[here])])
    _warn_of_zero_in_shares(findings, table, tasks, named, [score[here] for here in rows_of_tasks])
    few: list[tuple[Task, IntArray]] = []
    for task, here in zip(tasks, rows_of_tasks, strict=True):
        low = high = -1
        if not task.metric.higher_is_better or named.scale_of(task.name).bounds:
            continue
        if 1 < len(here) < _FEWEST_VALUES:
            few.append((task, here))
        for one in range(len(methods)):
            values = score[here[method[here] == one]]
            if not len(values):
                continue
            if are_fractions(values):
                low = one if low < 0 else low
            elif are_per_cent(values):
                high = one if high < 0 else high
        if low >= 0 and high >= 0:
            what = (
                f"method {quoted(methods[high])} in per cent, {quoted(methods[low])} in fractions"
            )
        elif len(here) >= _FEWEST_VALUES and _are_both(score[here]):
            what = _BOTH
        else:
            continue
        _warn_of_both(findings, table, what, task, here[score[here] > 1])
        return
    # Three values of one target say little; that it is so of most targets says enough.
    both = [(task, here) for task, here in few if _are_both(score[here], zero_may_be_either=True)]
    if len(both) > len(few) / 2 and len(few) > 1:
        task, here = both[0]
        _warn_of_both(findings, table, _BOTH, task, here[score[here] > 1])


_BOTH = "some scores in per cent, some in fractions"


def _are_both(values: FloatArray, *, zero_may_be_either: bool = False) -> bool:
    """Whether some of a target's values are in per cent and some in fractions."""
    told = values[values != 0] if zero_may_be_either else values
    return bool(
        len(told)
        and told.min() >= 0
        and 10 < told.max() <= 100
        and 0.2 < (told <= 1).mean() < 0.8
        and not ((told > 1) & (told < 5)).any()
    )


def _warn_of_both(
    findings: ProblemCollector, table: Table, what: str, task: Task, in_per_cent: IntArray
) -> None:
    first = int(in_per_cent[0])
    findings.warn(
        table.file_at(first),
        table.at(first),
        f"{what}, of target {quoted(task.name)}",
        "divide those in per cent by 100, or write bounds = [0, 100] if both are right",
    )


def _warn_of_zero_in_shares(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    named: TasksNamed,
    scores: Sequence[FloatArray],
) -> None:
    """A zero of at most 1 below all values of a target, which are in per cent: once.

    scores: of each task its finite values.
    """
    wrong = [
        task
        for task, values in zip(tasks, scores, strict=True)
        if task.zero is not None
        and 0 < task.zero <= 1
        and len(values)
        and not named.scale_of(task.name).bounds
        and task.zero < values.min()
        and 10 < values.max() <= 100
        and np.median(values) > 1.5
    ]
    if wrong:
        findings.warn(
            table.file,
            "",
            f"zero is {wrong[0].zero:g} where values are per cent, of"
            f" {listed_quoted(task.name for task in wrong)}",
            "write zero in the values' unit, such as 50, or bounds = [0, 100] if it is right",
        )


def warn_of_unlike_spreads(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    target: IntArray,
    score: FloatArray,
) -> None:
    """Targets whose values are spread so unlike that a mean over targets is that of one: once.

    Not where a zero and a one put them on one scale.
    """
    there = (target >= 0) & np.isfinite(score)
    of, values = target[there], score[there]
    n = np.bincount(of, minlength=len(tasks))
    # In units of the largest: squares of any float stay finite.
    largest = max(float(np.abs(values).max(initial=0.0)), np.finfo(float).tiny)
    values = values / largest
    mean = np.bincount(of, values, len(tasks)) / np.maximum(n, 1)
    spread = np.sqrt(np.bincount(of, (values - mean[of]) ** 2, len(tasks)) / np.maximum(n - 1, 1))
    varied = spread > _ROUNDED * np.abs(mean)
    known = [
        at
        for at in np.flatnonzero((n >= _FEWEST_VALUES) & varied).tolist()
        if tasks[at].zero is None or tasks[at].one is None
    ]
    if len(known) < 2:
        return
    least, most = (pick(known, key=spread.__getitem__) for pick in (min, max))
    times = float(spread[most] / spread[least])
    if times > _UNLIKE_SPREADS:
        findings.warn(
            table.file,
            "",
            f"values of {quoted(tasks[most].name)} are spread {times:,.0f} times as far as those of"
            f" {quoted(tasks[least].name)}: a mean over targets is mostly that of the first",
            "write zero and one, which put targets on one scale, or look at targets one by one",
        )
