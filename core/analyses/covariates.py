"""Why do some tasks teach and others learn? Givers and takers against what is known of a task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from core.analyses import task_covariates
from core.analyses.analysis import INCLUDED, PLACE, Analysis
from core.analyses.balance import Balance, BalanceRow, balance_from
from core.analyses.columns import Column, ColumnKind
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix, similarity_if_any
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.analyses.task_covariates import SHARED, Covariate
from core.numerics.arrays import FloatArray
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    LEVEL,
    SAMPLED_PERMUTATIONS,
    permutations_of,
)
from core.numerics.rank_tests import (
    FEWEST_TASKS,
    RankCorrelation,
    holm,
    rank_correlations,
    untested,
)
from core.similarity.matrix import similarity_layers
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.normalization import Scale

RESPONSES = ("given", "received", "net")
"""What a task gives, receives and gives on balance: fields of core.analyses.balance.TaskBalance."""
EFFECTS = {"giver effect": "giver", "taker effect": "taker"}
"""The same of scores as they were given, whose sums mostly say how hard the targets are: fields of
core.analyses.balance.TaskEffects."""


# -- against what tasks give and receive ---------------------------------------------------------


@dataclass(frozen=True)
class CovariateTest:
    """One response against one covariate; adjusted: p after Holm over all that are looked at.

    Both p are NaN where no test is offered.
    """

    response: str
    covariate: str
    correlation: RankCorrelation
    adjusted: float


TEST_COLUMNS = (
    Column("covariate", "Covariate", lambda test: test.covariate, kind=ColumnKind.TEXT),
    Column("outcome", "Outcome", lambda test: test.response, kind=ColumnKind.TEXT),
    Column("rho", "Spearman's rho", lambda test: test.correlation.rho, short="ρ", proper=True),
    Column(
        "p",
        "Permutation p",
        lambda test: test.correlation.p,
        kind=ColumnKind.P,
        short="p",
    ),
    Column(
        "error",
        "Standard error of p",
        lambda test: test.correlation.error,
    ),
    Column(
        "adjusted",
        "p after Holm",
        lambda test: test.adjusted,
        kind=ColumnKind.P,
        help="holm",
        short="Holm",
    ),
    Column("n", "n tasks", lambda test: test.correlation.n, kind=ColumnKind.COUNT),
    Column("orders", "Orders", lambda test: test.correlation.permutations, kind=ColumnKind.COUNT),
    Column(
        "exhaustive", "All orders", lambda test: test.correlation.exhaustive, kind=ColumnKind.TEXT
    ),
    Column("why", "Undefined because", lambda test: test.correlation.why, kind=ColumnKind.TEXT),
)
"""What is known of a test; the page and files read it."""


@dataclass(frozen=True)
class CovariateTests:
    """Outcomes of the tasks against everything known of them.

    responses: what the tasks are told by: RESPONSES, or EFFECTS of scores as they were given
    response_values:  (n_responses, n_tasks) float64: sums of transfer, or effects; NaN = undefined
    estimated: tasks with a sum that stands for missing cells
    tests:     covariate by covariate, in the order of `responses` within each
    looked_at: how many tests can be looked at: responses × covariates × layers
    """

    method: str
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    response_values: FloatArray
    estimated: tuple[str, ...]
    covariates: tuple[Covariate, ...]
    tests: tuple[CovariateTest, ...]
    responses: tuple[str, ...] = RESPONSES
    looked_at: int = 0

    @property
    def offered(self) -> bool:
        """Can any p be at most 0.05 after Holm with so many tasks and tests?"""
        return self.looked_at * _smallest_p(self.n) <= LEVEL + HIT_TOLERANCE

    @property
    def tasks_needed(self) -> int | None:
        """How many tasks it would take for a test; None where drawn orders are too few for it."""
        sizes = range(FEWEST_TASKS, EXHAUSTIVE_UP_TO + 2)
        enough = (n for n in sizes if self.looked_at * _smallest_p(n) <= LEVEL + HIT_TOLERANCE)
        return next(enough, None)

    @property
    def tested(self) -> tuple[CovariateTest, ...]:
        """The tests that are defined."""
        return tuple(test for test in self.tests if math.isfinite(test.correlation.rho))

    @property
    def expected_by_chance(self) -> float:
        """How many of the tests would have p ≤ 0.05 at most, on average, were there nothing."""
        return LEVEL * len(self.tested) if self.offered else 0.0

    @property
    def below_level(self) -> int:
        """How many of the tests have p ≤ 0.05, before any adjustment."""
        return sum(test.correlation.p <= LEVEL for test in self.tested)

    @property
    def closest(self) -> CovariateTest | None:
        """The test with the smallest p, of those the one with the largest |ρ|; None without any.

        Where no test is offered, the one with the largest |ρ|.
        """
        return min(
            self.tested,
            key=lambda t: (np.nan_to_num(t.correlation.p), -abs(t.correlation.rho)),
            default=None,
        )

    @property
    def n(self) -> int:
        """Tasks with a net: the largest n of a test."""
        return int(np.isfinite(self.response_values[-1]).sum())

    @property
    def shown(self) -> tuple[Covariate, ...]:
        """Covariates with a test that is defined; the others have nothing to draw."""
        named = {test.covariate for test in self.tested}
        return tuple(c for c in self.covariates if c.name in named)

    @property
    def not_shown(self) -> tuple[tuple[str, str], ...]:
        """(name, why) of every other covariate."""
        shown = {covariate.name for covariate in self.shown}
        return tuple(
            (c.name, c.why or self.test(self.responses[-1], c.name).correlation.why)
            for c in self.covariates
            if c.name not in shown
        )

    def value_columns(self) -> tuple[Column, ...]:
        """Of the tasks, by position: what they give and receive, and what is known of them."""
        return (
            Column("task", "Task", lambda at: self.tasks[at], kind=ColumnKind.TEXT),
            *[
                Column(
                    name,
                    name,
                    partial(_float_at, values),
                    signed=name not in ("given", "received"),
                )
                for name, values in zip(self.responses, self.response_values, strict=True)
            ],
            *[
                Column(
                    one.name,
                    one.name,
                    partial(_float_at, one.values),
                    unit=one.unit,
                    kind=ColumnKind.QUANTITY,
                    proper=True,
                    reason=one.reasons.__getitem__,
                )
                for one in self.covariates
            ],
        )

    def test(self, response: str, covariate: str) -> CovariateTest:
        """The test of that response and covariate."""
        return next(t for t in self.tests if (t.response, t.covariate) == (response, covariate))


def _float_at(values: FloatArray, at: int) -> float:
    return float(values[at])


def _smallest_p(n: int) -> float:
    if n < FEWEST_TASKS:
        return math.nan
    return 1 / (1 + SAMPLED_PERMUTATIONS) if n > EXHAUSTIVE_UP_TO else 2 / math.factorial(n)


def covariate_tests(
    balance: Balance, covariates: Sequence[Covariate], *, seed: int = 0
) -> CovariateTests:
    """Rank correlations of every response with every covariate, all tested together.

    Holm's adjustment is over all responses, covariates and the layers these can be looked at. Where
    with so few tasks no p could be at most 0.05 after it, no test is offered: ρ stands without p.
    Covariates of the same name are told apart by a number behind it.
    """
    responses = tuple(EFFECTS) if balance.raw else RESPONSES
    response_values = np.array(
        [[_response(row, response) for row in balance.rows] for response in responses],
        dtype=np.float64,
    ).reshape(len(responses), len(balance.tasks))
    named = _told_apart(covariates)
    asked = [
        (covariate, response, values)
        for covariate in named
        for response, values in zip(responses, response_values, strict=True)
    ]
    tested = iter(
        rank_correlations(
            [(c.values, y) for c, response, y in asked if response not in c.shares], seed=seed
        )
    )
    found = [
        (
            response,
            covariate.name,
            untested(covariate.values, values, why=SHARED.format(response=response))
            if response in covariate.shares
            else next(tested),
        )
        for covariate, response, values in asked
    ]
    layers = {covariate.name: covariate.layers for covariate in named}
    looked_at = sum(layers[name] for _, name, one in found if math.isfinite(one.rho))
    adjusted = holm([correlation.p for *_, correlation in found], of=looked_at)
    result = CovariateTests(
        method=balance.method,
        seeds=balance.seeds,
        tasks=tuple(task.task for task in balance.tasks),
        response_values=response_values,
        estimated=tuple(task.task for task in balance.tasks if task.estimated),
        covariates=named,
        tests=tuple(
            CovariateTest(*test, adjusted=float(p)) for test, p in zip(found, adjusted, strict=True)
        ),
        responses=responses,
        looked_at=looked_at,
    )
    if result.offered:
        return result
    without_p = (
        replace(test, adjusted=math.nan, correlation=replace(test.correlation, p=math.nan))
        for test in result.tests
    )
    return replace(result, tests=tuple(without_p))


def _response(row: BalanceRow, response: str) -> float:
    if response not in EFFECTS:
        return float(getattr(row.sums, response))
    return math.nan if row.effects is None else float(getattr(row.effects, EFFECTS[response]))


def _told_apart(covariates: Sequence[Covariate]) -> tuple[Covariate, ...]:
    seen: dict[str, int] = {}
    result = []
    for covariate in covariates:
        seen[covariate.name] = count = seen.get(covariate.name, 0) + 1
        result.append(
            covariate if count == 1 else replace(covariate, name=f"{covariate.name} ({count})")
        )
    return tuple(result)


def covariates_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> CovariateTests:
    """What goes with what a task gives and takes: the manifest's covariates and measured ones."""
    tasks = included_tasks(study, query)
    transfer = pair_matrix(study, query, provenance=True)
    place = place.of_seeds(query.seeds)
    similarity = similarity_if_any(study, place, stored)
    runs = (run for run in study.runs_of(query.method) if run.is_single_source)
    steps = study.evaluations.steps(study.run_index[run.name] for run in runs)
    strict = [
        (step, pair_matrix(study, replace(query, checkpoint=step, scale=Scale.STRICT)))
        for step in ([] if study.has_given_scores else steps)
    ]
    index = study.representations
    layer = place.layer if similarity is None else similarity.layer
    if layer is None and index is not None and index.layers:
        layer = index.layers[-1]
    covariates = (
        *task_covariates.from_manifest(study, tasks),
        task_covariates.base_standard(study, transfer, tasks),
        task_covariates.base_loss(study, transfer, tasks),
        *(() if study.has_given_scores else (task_covariates.half_improvement(strict, tasks),)),
        replace(
            task_covariates.representation_dimension(study, tasks, replace(place, layer=layer)),
            layers=max(len(index.layers), 1) if index is not None else 1,
        ),
        replace(
            task_covariates.mean_similarity(similarity, tasks),
            layers=max(len(similarity_layers(study)), 1),
        ),
    )
    return covariate_tests(balance_from(study, query, transfer), covariates)


_ORDER_S, _TASK_S = 0.7e-6, 0.07e-6
"""Seconds of one order of the tasks, for five covariates, and of each task in it."""


def reordering_seconds(_study: object, _queries: Sequence[Any], tasks: int) -> float:
    """About what the orders of tasks take on one core, of all covariates a study usually has."""
    return permutations_of(tasks) * (_ORDER_S + _TASK_S * tasks)


COVARIATES = Analysis(
    "covariates",
    CovariateTests,
    covariates_of,
    (INCLUDED, PLACE),
    looks_up=True,
    costs=CostModel(us=2.0, more=reordering_seconds),
)
