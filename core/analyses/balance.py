"""Givers and takers: sums of transfer given and received, and the social relations model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from propcache.api import cached_property

from core.analyses.analysis import INCLUDED, Analysis
from core.analyses.columns import Column, ColumnKind, frame_of
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import TransferQuery, included_tasks
from core.analyses.social_relations import SocialRelations, TaskEffects, social_relations
from core.analyses.square_transfer import SquareTransfer, square_transfer, with_intervals
from core.numerics.arrays import FloatArray
from core.numerics.discoveries import settled
from core.numerics.intervals import NO_INTERVAL, Interval, t_quantile
from core.numerics.student import above, in_spreads
from core.study import Study, ValueScale
from core.transfer.matrix import TransferMatrix, mean_present

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TaskBalance:
    """What one task gives and receives, in normalized improvement summed over the others.

    given: Σ over Y≠X of X→Y; received: Σ over Y≠X of Y→X; net = given − received. NaN where the
    task is not both source and target. `given_of`, `received_of`: how many cells each sum is
    over; below `full` the sum is their mean times `full`. Intervals over seeds.
    """

    task: str
    given: float
    received: float
    net: float
    given_of: int
    received_of: int
    full: int
    given_interval: Interval
    received_interval: Interval
    net_interval: Interval

    @property
    def estimated(self) -> bool:
        """A sum stands for cells that are missing."""
        return 0 < self.given_of < self.full or 0 < self.received_of < self.full


@dataclass(frozen=True)
class BalanceRow:
    """All that is known of one task: its sums, and its effects where the model has any."""

    sums: TaskBalance
    effects: TaskEffects | None


LEVEL = 0.05
"""The share of tasks said to give or take that may do neither."""
SUM, EFFECT = "sum of {measure}", "{measure}"
COLUMNS = (
    Column("task", "Task", lambda row: row.sums.task, kind=ColumnKind.TEXT),
    Column(
        "given",
        "Given",
        lambda row: row.sums.given,
        unit=SUM,
        interval=lambda row: row.sums.given_interval,
        estimated=lambda row: row.sums.given_of < row.sums.full,
    ),
    Column(
        "received",
        "Received",
        lambda row: row.sums.received,
        unit=SUM,
        interval=lambda row: row.sums.received_interval,
        estimated=lambda row: row.sums.received_of < row.sums.full,
    ),
    Column(
        "net",
        "Net",
        lambda row: row.sums.net,
        unit=SUM,
        signed=True,
        interval=lambda row: row.sums.net_interval,
        estimated=lambda row: row.sums.estimated,
        help="net",
    ),
    Column(
        "giver",
        "Giver effect",
        lambda row: row.effects.giver if row.effects else math.nan,
        unit=EFFECT,
        signed=True,
        interval=lambda row: row.effects.giver_interval if row.effects else NO_INTERVAL,
        help="effects",
        why_empty="effects need at least 3 tasks",
    ),
    Column(
        "taker",
        "Taker effect",
        lambda row: row.effects.taker if row.effects else math.nan,
        unit=EFFECT,
        signed=True,
        interval=lambda row: row.effects.taker_interval if row.effects else NO_INTERVAL,
        help="effects",
        why_empty="effects need at least 3 tasks",
    ),
)
"""What is known of a task; the command line, files, the page, hover and panel all read it."""
RAW_TITLES = {
    "given": "Sum as source",
    "received": "Sum as target",
    "net": "Difference of sums",
}
"""What sums are called where scores are as they were given: nobody gives anything there."""


@dataclass(frozen=True)
class Balance:
    """Givers and takers of one method; `tasks` in manifest order.

    seeds_of_one_base: seeds that share their base; where there are any, no interval is.
    raw: of scores as they were given (errors with their sign turned). Their sums say how hard the
    targets are rather than what is given: effects come first.
    """

    method: str
    seeds: tuple[int, ...]
    tasks: tuple[TaskBalance, ...]
    social_relations: SocialRelations | None
    seeds_of_one_base: tuple[int, ...] = ()
    raw: bool = False

    @property
    def has_intervals(self) -> bool:
        """Whether seeds say how sure the sums are: several that share no base."""
        return len(self.seeds) > 1 and not self.seeds_of_one_base

    @cached_property
    def settled_nets(self) -> frozenset[str]:
        """The tasks whose net is not zero, at a false discovery rate of 5 % over all tasks.

        Of ten tasks that give what they take, the interval of one excludes zero in two studies of
        five. Each net is held against Student's t of its own jackknife; none where no interval is.

        Source: docs/methods.md, "Findings chosen because they are large".
        """
        known = [task for task in self.tasks if math.isfinite(task.net_interval.low)]
        if len(self.seeds) < 2 or not known:
            return frozenset()
        freedom = len(self.seeds) - 1
        size = np.array([abs(task.net) for task in known])
        half = np.array([task.net_interval.high - task.net_interval.low for task in known]) / 2
        away = in_spreads(size, half / t_quantile(freedom))
        sure = settled(2 * above(away, freedom), LEVEL)
        return frozenset(task.task for task, one in zip(known, sure.tolist(), strict=True) if one)

    @property
    def rows(self) -> tuple[BalanceRow, ...]:
        """One a task, in manifest order."""
        model = self.social_relations
        effects = {effect.task: effect for effect in model.effects} if model else {}
        return tuple(BalanceRow(task, effects.get(task.task)) for task in self.tasks)

    def columns(self, measure: str = "normalized improvement") -> tuple[Column, ...]:
        """All columns there are; measure: what the values are, for the units."""
        shown = tuple(replace(one, unit=one.unit.format(measure=measure)) for one in COLUMNS)
        if not self.raw:
            return shown
        named = {one.key: one for one in shown}
        sums = (
            replace(named.pop(key), title=title, head=title.lower(), help="")
            for key, title in RAW_TITLES.items()
        )
        # Effects first, and what was added by others where it stands.
        late = tuple(sums)
        return (*named.values(), *late)

    def frame(self, measure: str = "normalized improvement") -> pd.DataFrame:
        """A row a task, with the ends of the intervals and the cells behind the sums."""
        table = frame_of(self.columns(measure), self.rows)
        table["cells given"] = [task.given_of for task in self.tasks]
        table["cells received"] = [task.received_of for task in self.tasks]
        return table


def balance(transfer: TransferMatrix, tasks: Sequence[str], *, both_only: bool = False) -> Balance:
    """Given, received and net of each of `tasks`, and the social relations model.

    A sum with missing cells is the mean of the present ones times their full number; the nets
    then need not sum to zero; a sum without any cell is NaN. both_only: sums only of and over
    tasks that are both source and target (given scores). Intervals: delete-one-seed jackknife,
    none with one seed.

    Source: docs/methods.md, "Givers and takers".
    """
    square = square_transfer(transfer, tasks, both_only=both_only)
    estimate = _sums(square.values)
    replicates = [_sums(part.values) for part in square.without_each_seed]
    sums = with_intervals(estimate, replicates, square.cut)
    present = np.isfinite(square.values)
    given_of, received_of = (present.sum(axis=axis).tolist() for axis in (1, 0))
    position = {task: i for i, task in enumerate(square.tasks)}
    full = max(len(square.tasks) - 1, 0)
    rows = []
    for task in tasks:
        at = position.get(task)
        if at is None:
            none, no = math.nan, NO_INTERVAL
            rows.append(TaskBalance(task, none, none, none, 0, 0, 0, no, no, no))
            continue
        (given, given_interval), (received, received_interval), (net, net_interval) = sums[at]
        rows.append(
            TaskBalance(
                task=task,
                given=given,
                received=received,
                net=net,
                given_of=given_of[at],
                received_of=received_of[at],
                full=full,
                given_interval=given_interval,
                received_interval=received_interval,
                net_interval=net_interval,
            )
        )
    return Balance(
        method=transfer.method,
        seeds=transfer.seeds,
        tasks=tuple(rows),
        social_relations=social_relations(_connected(square)),
        seeds_of_one_base=transfer.seeds_of_one_base,
        raw=transfer.value_scale is ValueScale.RAW,
    )


def _connected(square: SquareTransfer) -> SquareTransfer:
    """Only the tasks with anything given and anything received: the others have no effects."""
    present = np.isfinite(square.values)
    keep = np.flatnonzero(present.any(axis=0) & present.any(axis=1))
    if len(keep) == len(square.tasks):
        return square
    return SquareTransfer(
        tasks=tuple(square.tasks[i] for i in keep),
        per_seed=square.per_seed[:, keep][:, :, keep],
        one_base=square.one_base,
        clipped=None if square.clipped is None else square.clipped[:, keep][:, :, keep],
    )


def _sums(values: FloatArray) -> FloatArray:
    """(n_tasks, 3): given, received, net; a partial sum is scaled up to all the others."""
    full = max(len(values) - 1, 0)
    given = mean_present(values, axis=1) * full
    received = mean_present(values, axis=0) * full
    return np.stack([given, received, given - received], axis=1)


def balance_of(study: Study, query: TransferQuery) -> Balance:
    """What each task gives and takes."""
    return balance_from(study, query, pair_matrix(study, query))


def balance_from(study: Study, query: TransferQuery, transfer: TransferMatrix) -> Balance:
    """The same of a transfer matrix that is there already."""
    tasks = included_tasks(study, query)
    return balance(transfer, tasks, both_only=study.has_given_scores)


BALANCE = Analysis("balance", Balance, balance_of, (INCLUDED,), costs=CostModel(us=1.0))
