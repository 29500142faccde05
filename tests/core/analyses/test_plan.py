"""Planning: against trying all sets one by one, and worked out by hand."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from core.analyses.plan import Goal, plan_sources
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
    plan = plan_sources(transfers(values), "abc", size=2)
    assert plan.sources == ("a", "c")
    assert plan.coverage == pytest.approx(0.9)
    assert plan.exact
    assert (plan.at_most, plan.guarantee, plan.subsets) == (plan.coverage, 1.0, 3)
    told = [(c.target, c.source, c.transfer) for c in plan.per_target]
    assert told == [("a", "a", 1.0), ("b", "a", 0.8), ("c", "c", 0.9)]


def test_the_worst_target_decides_where_that_is_the_goal():
    # a is best on average, b leaves nobody behind.
    values = [[[1.0, 1.0, 0.0], [0.5, 0.5, 0.5], [0.0, 0.0, 0.6]]]
    assert plan_sources(transfers(values), "abc", size=1).sources == ("a",)
    plan = plan_sources(transfers(values), "abc", size=1, goal=Goal.WORST)
    assert (plan.sources, plan.coverage) == (("b",), 0.5)


def test_only_the_targets_that_were_ticked_count():
    values = [[[1.0, 0.8, 0.1], [0.2, 0.7, 0.3], [0.0, 0.1, 0.9]]]
    plan = plan_sources(transfers(values), "abc", size=1, targets=("c",))
    assert (plan.sources, plan.coverage) == (("c",), 0.9)
    assert [c.target for c in plan.per_target] == ["c"]


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_all_sets_are_tried(size, goal):
    values = np.random.default_rng(size).normal(size=(1, 7, 7))
    plan = plan_sources(transfers(values), "abcdefg", size=size, goal=goal)
    subset, worth = tried_one_by_one(values[0], size, goal)
    assert plan.sources == tuple("abcdefg"[i] for i in subset)
    assert plan.coverage == pytest.approx(worth)


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("seed", range(8))
def test_one_by_one_stays_within_its_bounds(seed, goal):
    values = np.random.default_rng(seed).uniform(0, 1, size=(1, 8, 8))
    one_by_one = plan_sources(transfers(values), "abcdefgh", size=3, goal=goal, most_subsets=1)
    best = plan_sources(transfers(values), "abcdefgh", size=3, goal=goal)
    assert not one_by_one.exact
    assert one_by_one.coverage <= best.coverage + 1e-12 <= one_by_one.at_most + 2e-12
    if goal is Goal.MEAN:
        assert one_by_one.guarantee == pytest.approx(1 - 1 / math.e)
        assert one_by_one.coverage >= one_by_one.guarantee * best.coverage
    else:
        assert math.isnan(one_by_one.guarantee)


def test_with_harm_one_by_one_promises_nothing():
    values = np.random.default_rng(0).normal(size=(1, 8, 8))
    plan = plan_sources(transfers(values), "abcdefgh", size=3, most_subsets=1)
    assert math.isnan(plan.guarantee)
    assert plan_sources(transfers(values), "abcdefgh", size=3).coverage <= plan.at_most + 1e-12


def test_what_is_missing_covers_nothing():
    values = [[[1.0, NAN, 0.2], [0.3, 0.4, 0.4], [NAN, NAN, 0.9]]]
    assert plan_sources(transfers(values), "abc", size=1).sources == ("b",)
    for most in (1, 100):
        plan = plan_sources(transfers(values), "abc", size=2, most_subsets=most)
        assert "b" in plan.sources


def test_how_steady_the_choice_is_over_seeds():
    # Without seed 0 b would be chosen, without seed 1 or 2 a is.
    seeds = [[[1.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [0.4, 0.4]], [[0.3, 0.3], [0.1, 0.1]]]
    plan = plan_sources(transfers(seeds), "ab", size=1)
    assert plan.sources == ("a",)
    assert plan.without_seed == (("b",), ("a",), ("a",))
    assert plan.steadiness("a") == pytest.approx(2 / 3)
    assert math.isnan(plan_sources(transfers(seeds[:1]), "ab", size=1).steadiness("a"))


def test_what_cannot_be_planned_is_said():
    values = [[[1.0, NAN, 0.2], [0.3, NAN, 0.4], [0.1, NAN, NAN]]]
    found = transfers(values)
    for size in (0, 4):
        with pytest.raises(RequestError, match=r"3 single sources among these tasks; ask for 1 to"):
            plan_sources(found, "abc", size=size)
    with pytest.raises(RequestError, match="no single source has a value on b"):
        plan_sources(found, "abc", size=1, targets=("b",))
    assert [c.target for c in plan_sources(found, "abc", size=1).per_target] == ["a", "c"]
    apart = transfers([[[1.0, NAN], [NAN, 1.0]]])
    with pytest.raises(RequestError, match="no 1 sources have a value on every target"):
        plan_sources(apart, "ab", size=1)
