"""What a plan is asked for: how many sources, for which targets, and what is to be large."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.analyses.planning.search import Goal
from core.analyses.query import COST, TransferQuery, included_tasks
from core.errors import RequestError
from core.study import Study
from dashboard.state.fields.field import (
    NO_COMPARISON,
    Choice,
    Field,
    FieldReader,
    Kind,
    Look,
    Offer,
    one_of,
    say_nothing,
)
from dashboard.state.fields.keys import Key
from dashboard.state.fields.methods import pairs_method
from dashboard.state.fields.tasks import tasks_reader
from dashboard.text import numbers

USUAL_SIZE = 3
_MOST_DIGITS = 9
SIZES_OFFERED = 20
_SHARES = (0.25, 0.5, 0.75)
"""Of what all sources together cost: the budgets that are offered."""


def plan_candidates(
    study: Study, method: str, exclude: Sequence[str], include: Sequence[str]
) -> tuple[str, ...]:
    """The tasks a plan can choose from: with a run of a method on them alone."""
    if not method:
        return ()
    try:
        name = pairs_method(study, method)
    except RequestError:
        return ()
    alone = study.sources_alone.get(name, frozenset())
    asked = TransferQuery(exclude=tuple(exclude), include=tuple(include))
    return tuple(task for task in included_tasks(study, asked) if task in alone)


def _size(asked: FieldReader) -> int:
    # Of what the study has, not of what is ticked now: who unticks tasks and ticks them again has
    # the same size as before. How many can be chosen is seen when it is asked: `View.plan_query`.
    method, include = asked.found["method"], asked.found["include"]
    usual = max(min(USUAL_SIZE, len(plan_candidates(asked.study, method, (), ())) - 1), 1)
    text = asked.one(Key.SOURCES)
    if text is None:
        return usual
    # `int` refuses thousands of digits; no size is negative, so that 0 stands for what is none.
    size = int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else 0
    every = len(plan_candidates(asked.study, method, (), include))
    if 1 <= size <= max(every, SIZES_OFFERED):
        return size
    asked.fell_back("number of sources", text, str(usual))
    return usual


def _size_choices(offer: Offer) -> Sequence[Choice]:
    view = offer.view
    most = len(plan_candidates(offer.study, view.method, view.exclude, view.include))
    sizes = sorted({*range(1, min(most, SIZES_OFFERED) + 1), view.plan_size})
    return [
        Choice(
            str(size),
            numbers.counted(size, "task") + (f" ({most} to choose from)" if size > most else ""),
        )
        for size in sizes
    ]


def _budget(asked: FieldReader) -> float | None:
    text = asked.one(Key.BUDGET)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value) and value > 0 and _has_costs(asked.study):
        return value
    asked.fell_back("budget", text, "a plan without one")
    return None


def _has_costs(study: Study) -> bool:
    return any(COST in task.covariates for task in study.tasks)


def _budgets(offer: Offer) -> Sequence[Choice]:
    if not _has_costs(offer.study):
        return []
    total = sum(task.covariates.get(COST, 1.0) for task in offer.study.tasks)
    sums = {float(f"{share * total:.2g}") for share in _SHARES}
    if offer.view.plan_budget is not None:
        sums.add(offer.view.plan_budget)
    return [
        Choice(NO_COMPARISON, "no limit"),
        *[Choice(f"{one:g}", f"at most {numbers.quantity(one)}") for one in sorted(sums)],
    ]


def _task_choices(offer: Offer) -> Sequence[Choice]:
    return [
        Choice(task.name, f"{task.name} {task.label}")
        for task in offer.study.tasks
        if task.name not in offer.kept_out or task.name in offer.view.include
    ]


class PlanFields:
    """What a plan is asked for."""

    plan_size: Field[int] = Field(
        key=Key.SOURCES,
        id="plan-size",
        parse=_size,
        default=USUAL_SIZE,
        label="Tasks to train on",
        help="plan",
        about="planning",
        options=_size_choices,
        shown=say_nothing,
    )
    plan_goal: Field[Goal] = Field(
        key=Key.GOAL,
        id="plan-goal",
        parse=one_of(Key.GOAL, Goal, Goal.MEAN, "goal", "the mean"),
        default=Goal.MEAN,
        look=Look.RADIO,
        label="Best for",
        help="plan",
        about="planning",
        fixed=lambda: (
            Choice(Goal.MEAN.value, "Mean", "of the targets"),
            Choice(Goal.WORST.value, "Worst", "target"),
        ),
    )
    plan_targets: Field[tuple[str, ...]] = Field(
        # () = all of them.
        key=Key.COVER,
        id="plan-targets",
        parse=tasks_reader(Key.COVER, Key.COVER),
        default=(),
        kind=Kind.LIST,
        look=Look.CHOOSER,
        empty="all",
        label="Targets to cover",
        help="plan",
        about="planning",
        options=_task_choices,
    )
    plan_budget: Field[float | None] = Field(
        key=Key.BUDGET,
        id="plan-budget",
        parse=_budget,
        write=lambda view: ["" if view.plan_budget is None else f"{view.plan_budget:g}"],
        default=None,
        kind=Kind.OPTIONAL,
        label="Budget",
        help="plan",
        about="planning",
        options=_budgets,
        hidden=lambda offer: not _has_costs(offer.study),
    )
