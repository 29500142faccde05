"""What values tell of their scale: own scores that are the worst, losses below 0, differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import Problem
from core.io.problems import ProblemCollector, listed_quoted
from core.io.tables import Table
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.study import Task

OWN_ARE_WORST = "what was trained on a task is the worst of all on it"
ALL_BELOW_ZERO = "are below 0, as of errors that were negated"
LEAST_COLUMNS, LEAST_OTHERS = 3, 2
"""Targets with a score of their own, and others on each, that say something together."""
NEARLY_ALL = 0.9
MOST_CELLS = 10_000_000


def is_doubt(problem: Problem) -> bool:
    """A warning says that the values contradict the direction."""
    return OWN_ARE_WORST in problem.found or ALL_BELOW_ZERO in problem.found


def warn_of_contradictions(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    sets: Sequence[tuple[str, ...]],
    rows: tuple[IntArray, IntArray, FloatArray],
    *,
    has_zero: bool,
) -> None:
    """Warn where values contradict their direction, or that no zero is given.

    rows: the training set, the target and the score of each, (N,).
    """
    _warn_of_direction(findings, table, tasks, sets, rows)
    if not has_zero:
        _warn_of_differences(findings, table, tasks, sets, rows)


def _warn_of_direction(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    sets: Sequence[tuple[str, ...]],
    rows: tuple[IntArray, IntArray, FloatArray],
) -> None:
    """Warn, once, where values contradict the direction of their tasks.

    Errors below 0, all of a target; else a score of their own that is the worst of nearly every
    target. rows: the training set, the target and the score of each, (N,).
    """
    source, target, score = rows
    if not (there := np.isfinite(score)).all():
        source, target, score = source[there], target[there], score[there]
    if below := _all_below_zero(tasks, target, score):
        findings.warn(
            table.file,
            "",
            f"all values of {listed_quoted([task.name for task in below])} {ALL_BELOW_ZERO}, and"
            " lower is better here",
            'write metric = "score" if higher is better; else nothing is to do',
        )
        return
    worst, told = _own_are_worst(tasks, sets, (source, target, score))
    if told < LEAST_COLUMNS or worst < NEARLY_ALL * told:
        return
    of = f"all {told}" if worst == told else f"{worst} of {told}"
    higher = tasks[0].metric.higher_is_better
    other = "error" if higher else "score"
    findings.warn(
        table.file,
        "",
        f"{OWN_ARE_WORST}, for {of} targets, where {'higher' if higher else 'lower'} is better",
        f'write metric = "{other}" if {"lower" if higher else "higher"} is better; else nothing is'
        " to do",
    )


def _warn_of_differences(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[Task],
    sets: Sequence[tuple[str, ...]],
    rows: tuple[IntArray, IntArray, FloatArray],
) -> None:
    """Warn where scores are differences, of which 0 is no transfer, and no zero says so.

    Own scores that are 0, all of at least three, and others on both sides of it. rows: as above.
    """
    source, target, score = rows
    names = [one[0] if len(one) == 1 else "" for one in sets]
    order = {name: at for at, name in enumerate(names) if name}
    own_of = np.array([order.get(task.name, -1) for task in tasks], dtype=np.int64)
    own = (own_of[target] == source) & np.isfinite(score)
    if len(np.unique(target[own])) < LEAST_COLUMNS or score[own].any():
        return
    if (score[~own] < 0).any() and (score[~own] > 0).any():
        findings.warn(
            table.file,
            "",
            "scores on both sides of 0, and 0 wherever a task is tested on itself: they look like"
            " differences, of which 0 is no transfer",
            "write zero = 0 under [scale]; else nothing is to do",
        )


def _all_below_zero(tasks: Sequence[Task], target: IntArray, score: FloatArray) -> list[Task]:
    """Tasks whose values are errors and all of them below 0."""
    count = np.bincount(target, minlength=len(tasks))
    below = np.bincount(target[score < 0], minlength=len(tasks))
    all_below = (count > 1) & (below == count)
    return [
        task
        for task, so in zip(tasks, all_below.tolist(), strict=True)
        if so and not task.metric.higher_is_better
    ]


def _own_are_worst(
    tasks: Sequence[Task],
    sets: Sequence[tuple[str, ...]],
    rows: tuple[IntArray, IntArray, FloatArray],
) -> tuple[int, int]:
    """Of how many targets the own score is the worst, and how many have one beside others.

    As means over all rows of a cell, of training sets of one task, where the directions of all are
    one. Own scores that are all 0 are a convention (a difference to themselves) and say nothing.
    """
    source, target, score = rows
    shape = (len(sets), len(tasks))
    tested = np.flatnonzero(np.bincount(target, minlength=len(tasks))).tolist()
    directions = {tasks[at].metric.higher_is_better for at in tested}
    if len(directions) != 1 or shape[0] * shape[1] > MOST_CELLS:
        return 0, 0
    key = source * shape[1] + target
    with np.errstate(invalid="ignore"):
        total = np.bincount(key, weights=score, minlength=shape[0] * shape[1])
        means = (total / np.bincount(key, minlength=shape[0] * shape[1])).reshape(shape)
    means = means if directions.pop() else -means
    alone = np.array([len(one) == 1 for one in sets])
    order = {task.name: at for at, task in enumerate(tasks)}
    own: BoolArray = np.zeros(shape, dtype=bool)
    for at in np.flatnonzero(alone).tolist():
        own[at, order[sets[at][0]]] = True
    others = np.where(own | ~alone[:, None], np.nan, means)
    mine = np.where(own, means, np.nan)
    enough = np.isfinite(others).sum(axis=0) >= LEAST_OTHERS
    enough &= np.isfinite(mine).any(axis=0)
    if not enough.any() or not mine[own & np.isfinite(mine)].any():
        return 0, 0
    worst = np.nanmax(mine[:, enough], axis=0) < np.nanmin(others[:, enough], axis=0)
    return int(worst.sum()), int(enough.sum())
