"""Which tasks to train on: the sources that together cover the targets best."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis, Takes
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel, seeds_asked
from core.analyses.inputs import pair_matrix
from core.analyses.planning.options import PlanOptions, ShrunkenValues, ValuesOf, known_costs, means
from core.analyses.planning.search import (
    MOST_SUBSETS,
    Goal,
    at_most,
    choose,
    covered_by,
    guarantee,
    sets_as_good,
    worth,
)
from core.analyses.query import PlanQuery, TransferQuery, included_tasks, own_seeds
from core.numerics.arrays import FloatArray
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class Covered:
    """A target, the source of the plan that transfers to it best, and how well.

    Where target and source are the same task it is the value of the trained task itself.
    """

    target: str
    source: str
    transfer: float


@dataclass(frozen=True)
class TrainedSets:
    """Training sets as large as a plan that runs were really trained on.

    method: of those runs. sets: how many there are with a value on every target. best, coverage:
    the best of them, and the mean (or smallest) of its runs on the targets, shrunken where there
    are seeds. planned: the same of the planned sources, NaN where no run was trained on them.
    """

    method: str
    sets: int
    best: tuple[str, ...]
    coverage: float
    planned: float

    @property
    def regret(self) -> float:
        """What the planned set has less than the best one; NaN where it was not trained."""
        return self.coverage - self.planned


def as_given(value: float, targets: Sequence[str], lower_targets: Sequence[str]) -> float:
    """What covers these targets, as their values are written: errors with their own sign.

    Beside values of which more is better, errors keep the turned sign of the plan.
    """
    return -value if targets and set(targets) <= set(lower_targets) else value


@dataclass(frozen=True)
class Plan:
    """Sources to train on, in manifest order, and what they cover.

    coverage:  mean (or smallest) over the targets of the best transfer from any of the sources
    exact:     every set of that size was tried; else sources were added one by one, then exchanged
    at_most:   no set of that size covers more than this; `coverage` itself where exact
    guarantee: the share of the best coverage that adding one by one reaches at least: 1 where
        exact, 1 − 1/e for the mean of transfers none of which is negative or missing, else NaN
    subsets:   how many sets of that size there are
    alike:     how many of them cover as much, itself among them, but for rounding; 1 where they
        were not all tried
    without_seed: per seed of the matrix the sources chosen without it; empty below 2 seeds
    shrunken:  planned on shrunken values; else on means over seeds, `why` says the reason if it
        was asked for
    of_means:  coverage of the same sources by the means; the same as `coverage` where not shrunken
    values:    (n_sources, n_targets) float64 what was planned on, in the order of `sources` and
        `per_target`; NaN = nothing known
    cost:      of the sources together; NaN where no costs are known
    clipped:   how many of the `values_read` behind what was planned on were cut to the scale
    trained:   what was really trained on as many tasks, for each method that has such runs
    """

    method: str
    goal: Goal
    sources: tuple[str, ...]
    coverage: float
    exact: bool
    at_most: float
    guarantee: float
    subsets: int
    per_target: tuple[Covered, ...]
    seeds: tuple[int, ...]
    values: FloatArray
    of_means: float
    without_seed: tuple[tuple[str, ...], ...] = ()
    shrunken: bool = False
    why: str = ""
    cost: float = math.nan
    budget: float | None = None
    lower_targets: tuple[str, ...] = ()
    clipped: int = 0
    values_read: int = 0
    trained: tuple[TrainedSets, ...] = ()
    alike: int = 1

    @property
    def targets(self) -> tuple[str, ...]:
        """What is to be covered."""
        return tuple(covered.target for covered in self.per_target)

    def steadiness(self, source: str) -> float:
        """Share of the seeds without which this source is chosen all the same; NaN below 2."""
        chosen = [source in sources for sources in self.without_seed]
        return sum(chosen) / len(chosen) if chosen else math.nan


def plan_sources(transfer: TransferMatrix, tasks: Sequence[str], options: PlanOptions) -> Plan:
    """The `size` sources among `tasks` that cover the targets best.

    coverage(S) = mean (goal `worst`: smallest) over targets t of the largest s→t with s in S,
    where t→t is the value of the run trained on t. transfer: one row per single source is used.
    All sets are tried while there are at most `most_subsets`; beyond, the source that helps most
    is added until there are enough, then one is exchanged for another as long as that helps. Of
    equally good sets the first in manifest order.

    Raises RequestError for a size that does not fit, for targets no source has a value on, and
    for a budget that pays no source.

    Source: docs/methods.md, "Which tasks to train on?"; the greedy bound: Nemhauser, Wolsey &
    Fisher (1978); `at_most` is the bound from the data of Leskovec et al. (2007).
    """
    single = transfer.single_sources()
    ready = options.choices(single, tasks)
    size, goal = options.size, options.goal
    chosen, exact = choose(ready, size, goal, options.most_subsets)
    sources, values = ready.sources, ready.values
    reached = covered_by(ready, chosen, size)
    best = values[chosen].argmax(axis=0)
    coverage = float(worth(reached[None], goal)[0])
    settled = replace(options, targets=ready.targets)
    of_means = coverage
    if options.values_of is not means:
        plain = replace(settled, values_of=means).choices(single, tasks).values
        of_means = float(worth(plain[chosen].max(axis=0)[None], goal)[0])
    return Plan(
        method=transfer.method,
        goal=goal,
        sources=tuple(sources[i] for i in chosen),
        coverage=coverage,
        exact=exact,
        at_most=coverage if exact else at_most(values, chosen, size, goal),
        guarantee=guarantee(ready, goal, exact=exact),
        subsets=ready.count(size),
        per_target=tuple(
            Covered(name, sources[chosen[best[j]]], float(reached[j]))
            for j, name in enumerate(ready.targets)
        ),
        seeds=single.seeds,
        values=np.where(np.isneginf(values[chosen]), np.nan, values[chosen]),
        of_means=of_means,
        without_seed=_without_seed(single, tasks, settled),
        cost=float(ready.costs[chosen].sum()) if options.costs else math.nan,
        budget=options.budget,
        alike=sets_as_good(ready, size, goal, coverage) if exact else 1,
    )


def _without_seed(
    single: TransferMatrix, tasks: Sequence[str], options: PlanOptions
) -> tuple[tuple[str, ...], ...]:
    """Per seed the sources chosen without it; empty below 2 seeds."""
    if len(single.seeds) < 2:
        return ()
    chosen = []
    for seed in single.seeds:
        rest = options.choices(single.without_seed(seed), tasks, lenient=True)
        again, _ = choose(rest, options.size, options.goal, options.most_subsets)
        chosen.append(tuple(rest.sources[i] for i in again))
    return tuple(chosen)


def really_trained(
    plan: Plan, matrix: TransferMatrix, values: FloatArray, tasks: Sequence[str]
) -> TrainedSets | None:
    """The training sets of a method that are as large as the plan; None where it has none.

    matrix: its rows are training sets, more is better; values: (n_sources, n_targets) of it.
    tasks: those that are looked at. A set without a value on one of the targets does not count.
    """
    at = {target: j for j, target in enumerate(matrix.targets)}
    if not set(plan.targets) <= at.keys():
        return None
    among, size = set(tasks), len(plan.sources)
    block = values[:, [at[target] for target in plan.targets]]
    rows = [
        i
        for i, sources in enumerate(matrix.sources)
        if len(sources) == size and among.issuperset(sources) and np.isfinite(block[i]).all()
    ]
    if not rows:
        return None
    reached = worth(block[rows], plan.goal)
    best = int(reached.argmax())
    planned = [
        float(value)
        for i, value in zip(rows, reached, strict=True)
        if set(matrix.sources[i]) == set(plan.sources)
    ]
    return TrainedSets(
        method=matrix.method,
        sets=len(rows),
        best=matrix.sources[rows[best]],
        coverage=float(reached[best]),
        planned=planned[0] if planned else math.nan,
    )


# -- by size -----------------------------------------------------------------------------------

_TRIED_S = 1e-8
"""Seconds of one value of one set of sources."""
LARGEST_SHOWN = 10
"""Up to so many sources coverage is shown by their number; the one asked for is there, too."""


@dataclass(frozen=True)
class SizedPlan:
    """The best sources of one size. coverage is NaN where none of it have a value everywhere."""

    size: int
    sources: tuple[str, ...]
    coverage: float
    exact: bool
    at_most: float


@dataclass(frozen=True)
class PlanSizes:
    """What a plan could cover by how many sources it has, smallest first."""

    method: str
    goal: Goal
    plans: tuple[SizedPlan, ...]


SIZE_COLUMNS = (
    Column("size", "Sources", lambda one: one.size, kind=ColumnKind.COUNT),
    Column("chosen", "Chosen", lambda one: " + ".join(one.sources), kind=ColumnKind.TEXT),
    Column("coverage", "Coverage", lambda one: one.coverage),
    Column("at_most", "No set covers more than", lambda one: one.at_most),
    Column(
        "exact", "All sets tried", lambda one: "yes" if one.exact else "no", kind=ColumnKind.TEXT
    ),
)


def plan_sizes(transfer: TransferMatrix, tasks: Sequence[str], options: PlanOptions) -> PlanSizes:
    """`plan_sources` of every size up to LARGEST_SHOWN, and of the one asked for.

    Raises RequestError as that does.
    """
    ready, goal = options.choices(transfer.single_sources(), tasks), options.goal
    sizes = sorted({*range(1, min(len(ready.sources), LARGEST_SHOWN) + 1), options.size})
    plans = []
    for k in sizes:
        chosen, exact = choose(ready, k, goal, options.most_subsets)
        reached = float(worth(ready.values[chosen].max(axis=0)[None], goal)[0])
        known = math.isfinite(reached)
        most = reached if exact or not known else at_most(ready.values, chosen, k, goal)
        plans.append(
            SizedPlan(
                size=k,
                sources=tuple(ready.sources[i] for i in chosen),
                coverage=reached if known else math.nan,
                exact=exact,
                at_most=most if known else math.nan,
            )
        )
    return PlanSizes(method=transfer.method, goal=goal, plans=tuple(plans))


def planned(
    study: Study, query: TransferQuery, wanted: PlanQuery, values_of: ValuesOf = means
) -> tuple[TransferMatrix, tuple[str, ...], PlanOptions]:
    """What every plan is made of: transfers, tasks, and what is asked of a plan."""
    # What looks like a model without transfer is nothing to train on.
    tasks = tuple(task for task in included_tasks(study, query) if task not in study.untrained)
    options = PlanOptions(
        size=wanted.size,
        targets=[study.task(name).name for name in wanted.targets],
        goal=wanted.goal,
        values_of=values_of,
        costs=known_costs(study, tasks, wanted.costs),
        budget=wanted.budget,
    )
    return pair_matrix(study, query), tasks, options


def plan_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> Plan:
    """The sources that cover the targets best, and the best sets really trained."""
    shrinking = ShrunkenValues(study)
    values_of = shrinking if wanted.shrunken else means
    transfer, tasks, options = planned(study, query, wanted, values_of)
    plan = plan_sources(transfer, tasks, options)
    behind = transfer.single_sources().named([(task,) for task in tasks], plan.targets)
    read = np.isfinite(behind.per_seed)
    why = shrinking.why
    trained = []
    for method in study.tested_methods:
        if query.method not in (method.name, method.predicted_from):
            continue
        sizes = {len(run.trained) for run in study.runs_of(method.name)}
        if len(plan.sources) not in sizes - {1}:
            continue
        seeds = own_seeds(study, method.name, query.seeds)
        of_sets = replace(query, method=method.name, seeds=seeds, exclude=())
        matrix = transfer_matrix(study, of_sets).oriented()
        if found := really_trained(plan, matrix, values_of(matrix), tasks):
            trained.append(found)
    return replace(
        plan,
        shrunken=wanted.shrunken and not why,
        why=why,
        lower_targets=study.lower_targets,
        clipped=int(behind.clipped[read].sum()),
        values_read=int(read.sum()),
        trained=tuple(trained),
    )


def plan_sizes_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> PlanSizes:
    """The best sources of every size."""
    values_of = ShrunkenValues(study) if wanted.shrunken else means
    return plan_sizes(*planned(study, query, wanted, values_of))


ASKED = frozenset({"size", "targets", "goal", "costs", "budget"})


def searching_seconds(study: Study, queries: Sequence[Any], tasks: int) -> float:
    """About what trying all sets of the size asked for takes: twice of all seeds, without each."""
    wanted = next(one for one in queries if isinstance(one, PlanQuery))
    seeds = seeds_asked(study, queries)
    return (2 + (seeds if seeds > 1 else 0)) * _tried_seconds(wanted, tasks, {wanted.size})


def sizing_seconds(_study: Study, queries: Sequence[Any], tasks: int) -> float:
    """About what trying all sets of every size takes."""
    wanted = next(one for one in queries if isinstance(one, PlanQuery))
    return _tried_seconds(wanted, tasks, {wanted.size, *range(1, LARGEST_SHOWN + 1)})


def _tried_seconds(wanted: PlanQuery, tasks: int, sizes: Collection[int]) -> float:
    """Where there are few enough sets; who adds one source after the other takes little."""
    sets = (math.comb(tasks, size) for size in sizes)
    return _TRIED_S * (len(wanted.targets) or tasks) * sum(n for n in sets if n <= MOST_SUBSETS)


OF_A_PLAN = (INCLUDED, Takes(PlanQuery, ASKED | {"shrunken"}))


PLAN = Analysis("plan", Plan, plan_of, OF_A_PLAN, costs=CostModel(us=1.0, more=searching_seconds))


PLAN_SIZES = Analysis(
    "plan-sizes", PlanSizes, plan_sizes_of, OF_A_PLAN, costs=CostModel(us=1.0, more=sizing_seconds)
)
