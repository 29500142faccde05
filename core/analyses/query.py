"""What can be asked of the analyses, and which tasks, seeds and method a question means."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses.planning.search import Goal
from core.errors import RequestError, listed
from core.similarity.query import SimilarityQuery
from core.study import Study
from core.transfer.query import TransferQuery

__all__ = [
    "COST",
    "DetailQuery",
    "MapQuery",
    "PlanQuery",
    "SimilarityQuery",
    "TransferQuery",
    "default_opponent",
    "included_tasks",
    "own_seeds",
    "single_source_method",
]


COST = "cost"
"""The covariate of a task (`[tasks.X.covariates]`) that says what a run on it costs."""


@dataclass(frozen=True)
class DetailQuery:
    """Which cell: a training set, and a target where it is a pair.

    sources: one task where it is that alone. other: a method to subtract.
    """

    sources: tuple[str, ...] = ()
    target: str = ""
    other: str | None = None


@dataclass(frozen=True)
class MapQuery:
    """Whose maps of the items are asked for, and of which kind.

    tasks: models of each of them alone, side by side; over_training: of the first, along its
    checkpoints. components: principal components though items have coordinates.
    """

    tasks: tuple[str, ...] = ()
    over_training: bool = False
    components: bool = False


@dataclass(frozen=True)
class PlanQuery:
    """How many sources, for which targets (() = all tasks), and what is to be large.

    shrunken: plan on shrunken values where there are seeds to know them from, else on means.
    costs: (task, what a run on it costs), before those of the manifest. budget: of all sources
    together; with one, fewer than `size` may be chosen.
    """

    size: int = 1
    targets: tuple[str, ...] = ()
    goal: Goal = Goal.MEAN
    shrunken: bool = False
    costs: tuple[tuple[str, float], ...] = ()
    budget: float | None = None


def included_tasks(study: Study, query: TransferQuery) -> tuple[str, ...]:
    """Names of the tasks association, balance and graph look at, in manifest order.

    Those the manifest excludes are left out unless the query includes them; what it excludes is
    dropped, too, and that wins. Raises RequestError for a task the study does not have.
    """
    dropped = {study.task(name).name for name in query.exclude}
    back = {study.task(name).name for name in query.include}
    return tuple(
        task.name
        for task in study.tasks
        if task.name not in dropped and (task.exclude is None or task.name in back)
    )


def own_seeds(study: Study, method: str, seeds: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The seeds asked for that a method has; all that were asked for where that leaves none."""
    if seeds is None:
        return None
    there = set(study.seeds_of(method))
    return tuple(seed for seed in seeds if seed in there) or seeds


def single_source_method(study: Study, method: str) -> str:
    """`method` itself, checked to have runs trained on one task alone.

    Raises RequestError naming the method that predicts it, where it has none.
    """
    chosen = study.method(method)
    if chosen in study.single_source_methods:
        return method
    instead = [chosen.predicted_from] if chosen.predicted_from else []
    instead = instead or [m.name for m in study.single_source_methods]
    raise RequestError(
        f"method {method} has no run trained on one task alone, so it has no X→Y;"
        f" use {listed(instead)}"
    )


def default_opponent(study: Study, method: str) -> str | None:
    """The method to compare with where nobody chose one: it shares most training sets.

    Ties go to the one nearest in the manifest, the earlier first. None where no other method
    shares a training set and a seed.
    """
    own = {run.trained for run in study.runs_of(method)}
    seeds = set(study.seeds_of(method))
    order = [m.name for m in study.methods]
    here = order.index(study.method(method).name)
    best: tuple[int, int] | None = None
    chosen = None
    for at, other in enumerate(order):
        if other == method or not seeds & set(study.seeds_of(other)):
            continue
        shared = len(own & {run.trained for run in study.runs_of(other)})
        rank = (shared, -abs(at - here))
        if shared and (best is None or rank > best):
            best, chosen = rank, other
    return chosen
