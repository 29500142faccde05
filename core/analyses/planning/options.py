"""What is asked of a plan: how many sources for which targets, on which values, at what costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from core.analyses.planning.search import MOST_SUBSETS, Choices, Goal
from core.analyses.query import COST
from core.errors import RequestError, listed
from core.numerics.arrays import FloatArray
from core.study import Study
from core.transfer.matrix import TransferMatrix
from core.transfer.shrinkage import Shrunken, shrink

ValuesOf = Callable[[TransferMatrix], FloatArray]
"""What is planned on: (n_sources, n_targets) of a matrix, NaN = nothing known."""


def means(single: TransferMatrix) -> FloatArray:
    """What a plan is made on: (n_sources, n_targets) means over seeds, NaN = none."""
    return single.values


class ShrunkenValues:
    """Plan on shrunken values: the best of noisy means is best partly by luck.

    A cell that cannot be shrunken, as with one seed, stays its mean. first: what came of the
    first matrix that was asked for, which is the whole one.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.first: Shrunken | None = None

    @property
    def why(self) -> str:
        """Why none of the first matrix could be shrunken; empty where they could."""
        return "" if self.first is None else self.first.why

    def __call__(self, single: TransferMatrix) -> FloatArray:
        """(n_sources, n_targets) of a matrix."""
        found = shrink(single, self._study)
        if self.first is None:
            self.first = found
        return np.where(np.isfinite(found.values), found.values, single.values)


def known_costs(
    study: Study, tasks: Sequence[str], given: Sequence[tuple[str, float]]
) -> dict[str, float]:
    """What runs on tasks cost: as given, else the covariate `cost` of the manifest.

    Raises RequestError for a cost that is no positive number and for a task that is none.
    """
    costs = {
        task.name: task.covariates[COST] for task in study.tasks if COST in task.covariates
    } | {study.task(name).name: cost for name, cost in given}
    for name, cost in costs.items():
        if not (math.isfinite(cost) and cost > 0):
            raise RequestError(f"the cost of {name} is {cost:g}: write a number above 0")
    return {name: costs[name] for name in tasks if name in costs}


@dataclass(frozen=True)
class PlanOptions:
    """The `size` sources that cover the targets best.

    targets: () = all tasks of the plan that any source has a value on. goal: what is to be large.
    most_subsets: all sets are tried while there are at most so many. values_of: what is planned
    on. costs: of sources, 1 where there is none; budget: None = none, else at most `size` sources
    that together cost no more.
    """

    size: int
    targets: Sequence[str] = ()
    goal: Goal = Goal.MEAN
    most_subsets: int = MOST_SUBSETS
    values_of: ValuesOf = means
    costs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    budget: float | None = None

    def choices(
        self, single: TransferMatrix, tasks: Sequence[str], *, lenient: bool = False
    ) -> Choices:
        """What can be chosen from: the sources among `tasks`, and what they do on the targets.

        single: a row per single source. lenient: targets nobody has a value on stay, as with a seed
        left out.

        Raises RequestError as `plan_sources` does.
        """
        size, budget = self.size, self.budget
        row_of = {sources[0]: i for i, sources in enumerate(single.sources)}
        column_of = {target: j for j, target in enumerate(single.targets)}
        sources = [task for task in tasks if task in row_of]
        if not 1 <= size <= len(sources):
            raise RequestError(
                f"size {size}: the method has {len(sources)} single sources among these"
                + (f" tasks; ask for 1 to {len(sources)}" if sources else " tasks")
            )
        rows = [row_of[task] for task in sources]
        wanted = list(self.targets)
        if not lenient:
            wanted = _targets_of(single, rows, column_of, tasks, self.targets)
        # What is left out of the plan is no part of what its values are drawn towards either.
        in_plan = {*tasks, *wanted}
        among = [column for name, column in column_of.items() if name in in_plan]
        values = self.values_of(single.take(rows, among))
        place = {column: at for at, column in enumerate(among)}
        block = values[:, [place[column_of[name]] for name in wanted]]
        paid = np.array([self.costs.get(name, 1.0) for name in sources])
        if budget is not None and not (paid <= budget).any():
            raise RequestError(
                f"a budget of {budget:g} pays no source: the cheapest costs {paid.min():g}"
            )
        return Choices(
            sources=tuple(sources),
            targets=tuple(wanted),
            values=np.where(np.isfinite(block), block, -np.inf),
            costs=paid,
            budget=math.inf if budget is None else budget,
        )


def _targets_of(
    single: TransferMatrix,
    rows: Sequence[int],
    column_of: dict[str, int],
    tasks: Sequence[str],
    asked: Sequence[str],
) -> list[str]:
    """The targets asked for, in the order of the matrix; all with a value where none were.

    Raises RequestError for one that no source has a value on.
    """
    there = np.asarray(np.isfinite(single.values[rows]).any(axis=0))
    names = set(asked or tasks)
    known = [name for name in column_of if name in names and there[column_of[name]]]
    lacking = [name for name in asked if name not in known]
    if lacking or not known:
        raise RequestError(
            f"no single source has a value on {listed(lacking or tasks)}; choose other targets"
        )
    return known
