"""Does training on several tasks at once give more than its tasks alone, and is that predicted?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analyses.analysis import Analysis, of_transfer
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel, training_sets
from core.errors import RequestError
from core.numerics.arrays import BoolArray, FloatArray
from core.numerics.intervals import Interval, ResamplingUnit, jackknife_interval
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.cell_means import CellMean, cell_mean, mean_of_cells
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.predictions import PREDICTIONS
from core.transfer.query import TransferQuery

_PREDICTED_S = 7e-3
"""Seconds of every prediction of one training set, for all seeds."""


@dataclass(frozen=True)
class PredictionFit:
    """How far a prediction is from what was reached, over training sets and targets.

    error: mean over cells of |actual − predicted| (means over seeds), NaN without a cell. bias:
    mean actual − predicted with its interval over seeds: above 0 the prediction is too low.
    trained: over targets in the training set, transfer: over the others.
    """

    prediction: str
    trained_error: float
    trained_bias: CellMean
    transfer_error: float
    transfer_bias: CellMean


@dataclass(frozen=True)
class AgainstMember:
    """A training set minus one of its tasks alone, mean over the targets outside the set."""

    task: str
    difference: float
    interval: Interval


@dataclass(frozen=True)
class SetAgainstMembers:
    """A training set against each of its tasks alone, over targets that none of them is.

    value: what the set reaches there, mean over seeds; targets: how many there are.
    """

    sources: tuple[str, ...]
    value: float
    targets: int
    members: tuple[AgainstMember, ...]

    @property
    def least(self) -> float:
        """What the set adds to the best of its tasks: the smallest difference."""
        return self.closest.difference

    @property
    def closest(self) -> AgainstMember:
        """The task that reaches most alone: the smallest difference."""
        return min(self.members, key=lambda m: m.difference)

    @property
    def verdict(self) -> str:
        """Whether it beats each of its tasks alone; else which of them are told, by name."""
        if self.beats_all or self.below_all:
            return "beats each" if self.beats_all else "below each"
        beaten = [m.task for m in self.members if m.interval.low > 0]
        better = [m.task for m in self.members if m.interval.high < 0]
        told = [
            f"{word} {' and '.join(tasks)}"
            for word, tasks in (("above", beaten), ("below", better))
            if tasks
        ]
        rest = [m for m in self.members if not (m.interval.low > 0 or m.interval.high < 0)]
        if told and rest:
            told.append(f"not told from {' and '.join(m.task for m in rest)}")
        return ", ".join(told) or "not told"

    @property
    def beats_all(self) -> bool:
        """Each interval lies above zero: then all of them do, at the level of one (Berger 1982)."""
        return all(m.interval.low > 0 for m in self.members)

    @property
    def below_all(self) -> bool:
        """Each interval lies below zero: its tasks disturb each other."""
        return all(m.interval.high < 0 for m in self.members)


FIT_COLUMNS = (
    Column(
        "prediction",
        "Prediction",
        lambda fit: PREDICTIONS[fit.prediction].label,
        kind=ColumnKind.TEXT,
    ),
    Column("trained_error", "Off on trained targets", lambda fit: fit.trained_error),
    Column(
        "trained_bias",
        "Actual − predicted there",
        lambda fit: fit.trained_bias.value,
        signed=True,
        interval=lambda fit: fit.trained_bias.interval,
    ),
    Column("transfer_error", "Off on the others", lambda fit: fit.transfer_error),
    Column(
        "transfer_bias",
        "Actual − predicted on the others",
        lambda fit: fit.transfer_bias.value,
        signed=True,
        interval=lambda fit: fit.transfer_bias.interval,
    ),
)
"""Of a prediction: mean |actual − predicted| over cells, and what it is off by on average."""

SET_COLUMNS = (
    Column("sources", "Trained on", lambda one: " + ".join(one.sources), kind=ColumnKind.TEXT),
    Column("value", "Reaches on other targets", lambda one: one.value),
    Column(
        "least",
        "Minus the best of its tasks alone",
        lambda one: one.least,
        signed=True,
        interval=lambda one: one.closest.interval,
        remark=lambda one: f"({one.closest.task})",
    ),
    Column("verdict", "Against each of its tasks", lambda one: one.verdict, kind=ColumnKind.TEXT),
)
"""Of a training set: what it adds to the task that comes closest to it."""


@dataclass(frozen=True)
class SeveralTasks:
    """What training on several tasks adds to its tasks alone.

    single: the method of its tasks alone. seeds: those that both methods have. sets: by what they
    add to the best of their tasks, largest first.
    """

    method: str
    single: str
    seeds: tuple[int, ...]
    fits: tuple[PredictionFit, ...]
    sets: tuple[SetAgainstMembers, ...]


def several_tasks(study: Study, query: TransferQuery) -> SeveralTasks:
    """All registered predictions of a method, and each training set against its tasks.

    Raises RequestError for a method without `predicted_from`.
    """
    single = study.method(query.method).predicted_from
    if single is None:
        raise RequestError(
            f"method {query.method} has no `predicted_from` in study.toml: nothing predicts it"
        )
    actual = transfer_matrix(study, replace(query, kind=MatrixKind.ACTUAL)).oriented()
    alone = transfer_matrix(study, replace(query, method=single, seeds=None)).oriented()
    for seed in set(alone.seeds) - set(actual.seeds):
        alone = alone.without_seed(seed)
    sets = sorted(
        _against_members(actual, alone), key=lambda one: -np.nan_to_num(one.least, nan=-9e99)
    )
    return SeveralTasks(
        method=query.method,
        single=single,
        seeds=tuple(seed for seed in actual.seeds if seed in alone.seeds),
        fits=tuple(_fit(study, query, name) for name in PREDICTIONS),
        sets=tuple(sets),
    )


def _fit(study: Study, query: TransferQuery, prediction: str) -> PredictionFit:
    asked = replace(query, kind=MatrixKind.DIFFERENCE, prediction=prediction)
    gap = transfer_matrix(study, asked).oriented()
    return PredictionFit(
        prediction=prediction,
        trained_error=_error(gap, gap.trained),
        trained_bias=cell_mean(gap, gap.trained),
        transfer_error=_error(gap, ~gap.trained),
        transfer_bias=cell_mean(gap, ~gap.trained),
    )


def _error(gap: TransferMatrix, cells: BoolArray) -> float:
    return mean_of_cells(np.abs(gap.values[cells])[None])


def _against_members(actual: TransferMatrix, alone: TransferMatrix) -> Iterator[SetAgainstMembers]:
    """Only sets of several tasks with a value on some target outside."""
    seeds = [seed for seed in actual.seeds if seed in alone.seeds]
    own = [actual.seeds.index(seed) for seed in seeds]
    other = [alone.seeds.index(seed) for seed in seeds]
    row_of = {s[0]: at for at, s in enumerate(alone.sources) if len(s) == 1}
    columns: Mapping[str, int] = {target: at for at, target in enumerate(alone.targets)}
    one_base = bool(actual.seeds_of_one_base or alone.seeds_of_one_base)
    for row, sources in enumerate(actual.sources):
        outside = [
            at
            for at, target in enumerate(actual.targets)
            if not actual.trained[row, at] and target in columns
        ]
        known = [task for task in sources if task in row_of]
        if len(sources) < 2 or len(known) < len(sources) or not outside or not seeds:
            continue
        reached = actual.per_seed[np.ix_(own, [row], outside)][:, 0]
        there = [columns[actual.targets[at]] for at in outside]
        if not np.isfinite(reached).any():
            continue
        yield SetAgainstMembers(
            sources=sources,
            value=mean_of_cells(reached),
            targets=int(np.isfinite(reached).any(axis=0).sum()),
            members=tuple(
                _difference(
                    task,
                    reached - alone.per_seed[np.ix_(other, [row_of[task]], there)][:, 0],
                    one_base,
                )
                for task in sources
            ),
        )


def _difference(task: str, gaps: FloatArray, one_base: bool) -> AgainstMember:
    """gaps: (n_seeds, n_targets); interval by leaving seeds out, none where they share a base."""
    known = gaps[np.isfinite(gaps).any(axis=1)]
    value = mean_of_cells(known)
    kept = range(0 if one_base else len(known))
    replicates = np.array([mean_of_cells(np.delete(known, at, axis=0)) for at in kept])
    low, high = jackknife_interval(value, replicates)
    return AgainstMember(task, value, Interval(float(low), float(high), ResamplingUnit.SEEDS))


def predicting_seconds(study: Study, queries: Sequence[Any], _tasks: int) -> float:
    """About what every prediction of each set takes."""
    methods = [one.method for one in queries if isinstance(one, TransferQuery)]
    return _PREDICTED_S * training_sets(study, methods)


SEVERAL_TASKS = Analysis(
    "several-tasks",
    SeveralTasks,
    several_tasks,
    (of_transfer(),),
    costs=CostModel(more=predicting_seconds),
)
