"""Planning: against trying all sets one by one, and worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from core.analyses.planning.options import PlanOptions, ShrunkenValues, known_costs
from core.analyses.planning.plan import PLAN, plan_sizes, plan_sources, really_trained
from core.analyses.planning.search import Goal
from core.analyses.query import PlanQuery
from core.errors import RequestError
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from tests.core.small import square_study

NAN = math.nan


def matrix(study: Study) -> TransferMatrix:
    return transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))


def transfers(values) -> TransferMatrix:
    return matrix(square_study(values))


def tried_one_by_one(values: np.ndarray, size: int, goal: Goal) -> tuple[tuple[int, ...], float]:
    """Every set, every target, every source: no array operations."""
    best, found = -math.inf, ()
    for subset in combinations(range(len(values)), size):
        reached = [max(values[s][t] for s in subset) for t in range(len(values))]
        worth = sum(reached) / len(reached) if goal is Goal.MEAN else min(reached)
        if worth > best + 1e-12:
            best, found = worth, subset
    return found, best


def test_two_sources_by_hand():
    # a covers a and b; c covers itself alone: {a, c} reaches 1, 0.8, 0.9.
    values = [[[1.0, 0.8, 0.1], [0.2, 0.7, 0.3], [0.0, 0.1, 0.9]]]
    plan = plan_sources(transfers(values), "abc", PlanOptions(size=2))
    assert plan.sources == ("a", "c")
    assert plan.coverage == pytest.approx(0.9)
    assert plan.exact
    assert (plan.at_most, plan.guarantee, plan.subsets) == (plan.coverage, 1.0, 3)
    told = [(c.target, c.source, c.transfer) for c in plan.per_target]
    assert told == [("a", "a", 1.0), ("b", "a", 0.8), ("c", "c", 0.9)]


def test_the_worst_target_decides_where_that_is_the_goal():
    # a is best on average, b leaves nobody behind.
    values = [[[1.0, 1.0, 0.0], [0.5, 0.5, 0.5], [0.0, 0.0, 0.6]]]
    assert plan_sources(transfers(values), "abc", PlanOptions(size=1)).sources == ("a",)
    plan = plan_sources(transfers(values), "abc", PlanOptions(size=1, goal=Goal.WORST))
    assert (plan.sources, plan.coverage) == (("b",), 0.5)


def test_only_the_targets_that_were_ticked_count():
    values = [[[1.0, 0.8, 0.1], [0.2, 0.7, 0.3], [0.0, 0.1, 0.9]]]
    plan = plan_sources(transfers(values), "abc", PlanOptions(size=1, targets=("c",)))
    assert (plan.sources, plan.coverage) == (("c",), 0.9)
    assert [c.target for c in plan.per_target] == ["c"]


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_sets_are_tried(size, goal):
    values = np.random.default_rng(size).normal(size=(1, 7, 7))
    plan = plan_sources(transfers(values), "abcdefg", PlanOptions(size=size, goal=goal))
    subset, worth = tried_one_by_one(values[0], size, goal)
    assert plan.sources == tuple("abcdefg"[i] for i in subset)
    assert plan.coverage == pytest.approx(worth)


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(8))
def test_one_by_one_stays_within_its_bounds(seed, goal):
    values = np.random.default_rng(seed).uniform(0, 1, size=(1, 8, 8))
    one_by_one = plan_sources(
        transfers(values), "abcdefgh", PlanOptions(size=3, goal=goal, most_subsets=1)
    )
    best = plan_sources(transfers(values), "abcdefgh", PlanOptions(size=3, goal=goal))
    assert not one_by_one.exact
    assert one_by_one.coverage <= best.coverage + 1e-12 <= one_by_one.at_most + 2e-12
    if goal is Goal.MEAN:
        assert one_by_one.guarantee == pytest.approx(1 - 1 / math.e)
        assert one_by_one.coverage >= one_by_one.guarantee * best.coverage
    else:
        assert math.isnan(one_by_one.guarantee)


def test_with_harm_one_by_one_promises_nothing():
    values = np.random.default_rng(0).normal(size=(1, 8, 8))
    plan = plan_sources(transfers(values), "abcdefgh", PlanOptions(size=3, most_subsets=1))
    assert math.isnan(plan.guarantee)
    assert (
        plan_sources(transfers(values), "abcdefgh", PlanOptions(size=3)).coverage
        <= plan.at_most + 1e-12
    )


def test_what_is_missing_covers_nothing():
    values = [[[1.0, NAN, 0.2], [0.3, 0.4, 0.4], [NAN, NAN, 0.9]]]
    assert plan_sources(transfers(values), "abc", PlanOptions(size=1)).sources == ("b",)
    for most in (1, 100):
        plan = plan_sources(transfers(values), "abc", PlanOptions(size=2, most_subsets=most))
        assert "b" in plan.sources


@pytest.mark.parametrize("goal", Goal)
def test_sets_that_cover_as_much_are_counted(goal):
    # a covers all, b and c nothing: {a, b} and {a, c} are as good, {b, c} is not.
    first = [[0.3, 0.1 + 0.2, 0.3], [0.0, 0.3, 0.0], [0.0, 0.0, 0.1]]
    two = plan_sources(transfers([first]), "abc", PlanOptions(size=2, goal=goal))
    assert (two.sources, two.subsets, two.alike) == (("a", "b"), 3, 2)
    one = plan_sources(transfers([first]), "abc", PlanOptions(size=1, goal=goal))
    assert one.alike == 1
    level = plan_sources(transfers([[[0.3] * 4] * 4]), "abcd", PlanOptions(size=2, goal=goal))
    assert (level.sources, level.alike) == (("a", "b"), 6)
    not_tried = PlanOptions(size=2, goal=goal, most_subsets=1)
    assert plan_sources(transfers([[[0.3] * 4] * 4]), "abcd", not_tried).alike == 1


def test_how_steady_the_choice_is_over_seeds():
    # Without seed 0 b would be chosen, without seed 1 or 2 a is.
    seeds = [[[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.4, 0.4]], [[0.3, 0.3], [0.1, 0.1]]]
    plan = plan_sources(transfers(seeds), "ab", PlanOptions(size=1))
    assert plan.sources == ("a",)
    assert plan.without_seed == (("b",), ("a",), ("a",))
    assert plan.steadiness("a") == pytest.approx(2 / 3)
    assert math.isnan(plan_sources(transfers(seeds[:1]), "ab", PlanOptions(size=1)).steadiness("a"))


def test_what_cannot_be_planned_is_said():
    values = [[[1.0, NAN, 0.2], [0.3, NAN, 0.4], [0.1, NAN, NAN]]]
    found = transfers(values)
    for size in (0, 4):
        with pytest.raises(RequestError, match=r"3 single sources among these tasks; ask for 1 to"):
            plan_sources(found, "abc", PlanOptions(size=size))
    with pytest.raises(RequestError, match="no single source has a value on b"):
        plan_sources(found, "abc", PlanOptions(size=1, targets=("b",)))
    assert [c.target for c in plan_sources(found, "abc", PlanOptions(size=1)).per_target] == [
        "a",
        "c",
    ]
    apart = transfers([[[1.0, NAN], [NAN, 1.0]]])
    with pytest.raises(RequestError, match="no 1 sources have a value on every target"):
        plan_sources(apart, "ab", PlanOptions(size=1))


@pytest.mark.parametrize("goal", list(Goal))
def test_no_exchange_of_one_source_covers_more_than_what_was_found_one_by_one(goal):
    values = np.random.default_rng(4).normal(size=(1, 12, 12))
    plan = plan_sources(
        transfers(values), "abcdefghijkl", PlanOptions(size=5, goal=goal, most_subsets=1)
    )
    chosen = ["abcdefghijkl".index(name) for name in plan.sources]
    for out in chosen:
        for into in set(range(12)) - set(chosen):
            reached = values[0][[*(set(chosen) - {out}), into]].max(axis=0)
            covered = reached.mean() if goal is Goal.MEAN else reached.min()
            assert covered <= plan.coverage + 1e-12


def test_a_plan_on_shrunken_values_is_not_led_by_one_lucky_cell():
    rng = np.random.default_rng(0)
    seeds = 0.5 + rng.normal(0, 0.2, size=(3, 8, 8))
    study = square_study(seeds)
    found = matrix(study)
    values_of = ShrunkenValues(study)
    plan = plan_sources(found, "abcdefgh", PlanOptions(size=2, values_of=values_of))
    plain = plan_sources(found, "abcdefgh", PlanOptions(size=2))
    assert values_of.why == ""
    # All cells are 0.5: what is left of luck is small.
    assert abs(plan.coverage - 0.5) < abs(plain.coverage - 0.5)
    assert plan.of_means <= plain.coverage + 1e-12
    assert plan.values.shape == (2, 8)


def test_shrinking_needs_seeds():
    study = square_study([[[1.0, 0.8], [0.2, 0.7]]])
    values_of = ShrunkenValues(study)
    plan = plan_sources(matrix(study), "ab", PlanOptions(size=1, values_of=values_of))
    assert (plan.sources, plan.coverage) == (("a",), pytest.approx(0.9))
    assert values_of.why == "one seed says nothing of how far another would differ"


@pytest.mark.parametrize("most", [1, 1000])
def test_a_budget_pays_for_what_is_chosen(most):
    values = [[[1.0, 0.9, 0.9], [0.5, 0.8, 0.5], [0.5, 0.5, 0.8]]]
    costs = {"a": 3.0, "b": 1.0}
    plan = plan_sources(
        transfers(values), "abc", PlanOptions(size=2, costs=costs, budget=2.0, most_subsets=most)
    )
    assert (plan.sources, plan.cost) == (("b", "c"), 2.0)
    free = plan_sources(
        transfers(values), "abc", PlanOptions(size=2, costs=costs, most_subsets=most)
    )
    assert (free.sources[0], free.cost) == ("a", 4.0)
    with pytest.raises(RequestError, match=r"a budget of 0\.5 pays no source"):
        plan_sources(transfers(values), "abc", PlanOptions(size=1, budget=0.5))


def test_costs_are_given_or_a_covariate():
    study = square_study([[[1.0, 0.8], [0.2, 0.7]]])
    a, b = study.tasks
    priced = replace(study, tasks=(replace(a, covariates={"cost": 4.0}), b))
    assert known_costs(priced, "ab", ()) == {"a": 4.0}
    assert known_costs(priced, "ab", [("a", 2.0), ("b", 1.0)]) == {"a": 2.0, "b": 1.0}
    with pytest.raises(RequestError, match="the cost of b is -1: write a number above 0"):
        known_costs(priced, "ab", [("b", -1.0)])


def test_coverage_grows_with_the_number_of_sources():
    values = np.random.default_rng(1).normal(size=(1, 6, 6))
    sizes = plan_sizes(transfers(values), "abcdef", PlanOptions(size=2))
    assert [one.size for one in sizes.plans] == [1, 2, 3, 4, 5, 6]
    covered = [one.coverage for one in sizes.plans]
    assert covered == sorted(covered)
    assert covered[1] == plan_sources(transfers(values), "abcdef", PlanOptions(size=2)).coverage


def test_what_was_really_trained_on_as_many_tasks():
    plan = plan_sources(
        transfers([[[1.0, 0.2, 0.1], [0.2, 0.7, 0.3], [0.0, 0.1, 0.9]]]),
        "abc",
        PlanOptions(size=2),
    )
    assert plan.sources == ("a", "b") or plan.sources == ("a", "c")
    found = transfers([[[1.0, 0.2, 0.1], [0.2, 0.7, 0.3], [0.0, 0.1, 0.9]]])
    sets = replace(found, method="ft2", sources=(("a", "b"), ("a", "c"), ("b", "c")))
    trained = really_trained(
        plan, sets, np.array([[0.5, 0.5, 0.5], [0.3, 0.6, 0.3], [NAN, 1, 1]]), "abc"
    )
    assert (trained.method, trained.sets, trained.best, trained.coverage) == (
        "ft2",
        2,
        ("a", "b"),
        0.5,
    )
    at = {("a", "b"): 0.5, ("a", "c"): 0.4}
    assert trained.regret == pytest.approx(0.5 - at[plan.sources])
    assert really_trained(plan, found, found.values, "abc") is None


def test_a_plan_counts_the_values_behind_it_that_are_cut():
    values = np.array([[[1, -0.5, 0.2], [0.4, 1, 1.9], [0.1, 0.3, 1]]] * 2)
    study = square_study(values)
    asked = PlanQuery(size=1)
    for scale, cut in ((Scale.PUBLISHED, 4), (Scale.STRICT, 0)):
        plan = PLAN.compute(study, TransferQuery("ft1", scale=scale), asked)
        assert (plan.clipped, plan.values_read) == (cut, 18)
