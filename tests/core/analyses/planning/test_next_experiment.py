"""The next experiment: against planning again, draw by draw, cell by cell."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from core.analyses.planning import next_experiment as next_module
from core.analyses.planning.next_experiment import next_experiment
from core.analyses.planning.options import PlanOptions
from core.analyses.planning.search import Choices, Goal, choose
from core.errors import RequestError
from core.transfer.build import transfer_matrix
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from tests.core.small import square_study

NAMES = "abcdefgh"


def study_and_matrix(values):
    study = square_study(values)
    return study, transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))


def best(values: np.ndarray, size: int, goal: Goal) -> tuple[np.ndarray, np.ndarray]:
    """Of many matrices (n_draws, n, n): the best coverage, and the number of the set with it."""
    reached = np.stack(
        [values[:, list(s)].max(axis=1) for s in combinations(range(values.shape[1]), size)], axis=1
    )
    covered = reached.mean(axis=2) if goal is Goal.MEAN else reached.min(axis=2)
    return covered.max(axis=1), covered


@pytest.mark.parametrize("goal", list(Goal))
@pytest.mark.parametrize("size", [1, 2, 3])
def test_gains_and_changes_are_those_of_planning_again(size, goal, monkeypatch):
    monkeypatch.setattr(next_module, "DRAWS", 400)
    rng = np.random.default_rng(size)
    values = rng.normal(0.5, 0.2, size=(5, 5))
    belief = next_module._Belief(
        values, rng.uniform(0.01, 0.05, size=(5, 5)), np.full((5, 5), 0.02), 6.0
    )
    ready = Choices(tuple("abcde"), tuple("abcde"), values, np.ones(5))
    chosen, exact = choose(ready, size, goal)
    assert exact
    sets, every = next_module._sets(ready, chosen, size, 10**6)
    assert every
    gain, changes = next_module._values_of_information(ready, belief, sets, chosen, goal)
    draws = next_module._Draws.of(6.0).ordered
    for i in range(5):
        for j in range(5):
            then = np.repeat(values[None], len(draws), axis=0)
            spread = belief.variance[i, j] / math.sqrt(belief.variance[i, j] + 0.02)
            then[:, i, j] += spread * draws
            reached, covered = best(then, size, goal)
            planned = list(combinations(range(5), size)).index(tuple(chosen))
            more = (reached - covered[:, planned]).mean()
            assert gain[i, j] == pytest.approx(more, abs=1e-9), (i, j)
            other = (reached > covered[:, planned] + 1e-12).mean()
            assert changes[i, j] == pytest.approx(other, abs=1.5 / len(draws)), (i, j)


def noisy(seeds: int = 4) -> np.ndarray:
    rng = np.random.default_rng(3)
    true = rng.uniform(0.0, 1.0, size=(6, 6))
    return true + rng.normal(0, 0.3, size=(seeds, 6, 6))


def test_the_largest_gain_comes_first_and_the_same_question_has_the_same_answer():
    study, matrix = study_and_matrix(noisy())
    found = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2))
    gains = [cell.gain for cell in found.cells]
    assert gains == sorted(gains, reverse=True)
    assert min(gains) > 0
    assert found.of == 36
    assert found.every
    assert {cell.seeds for cell in found.cells} == {4}
    assert all(0 <= cell.changes <= 1 for cell in found.cells)
    assert found == next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2))


def test_where_no_plan_covers_every_target_no_run_is_proposed_either():
    values = noisy()
    values[:, :3, 3:] = np.nan
    values[:, 3:, :3] = np.nan
    study, matrix = study_and_matrix(values)
    with pytest.raises(RequestError, match="no 1 sources have a value on every target"):
        next_experiment(matrix, study, NAMES[:6], PlanOptions(size=1))


def test_a_missing_cell_is_believed_at_what_cells_like_it_are():
    values = noisy()
    # b teaches well what it was tried on, and nobody else teaches c.
    values[:, 1] += 0.4
    values[:, :, 2] -= 0.4
    values[:, 1, 2] = np.nan
    study, matrix = study_and_matrix(values)
    (cell,) = (
        one
        for one in next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2)).cells
        if one.seeds == 0
    )
    assert (cell.source, cell.target) == ("b", "c")
    others = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2)).cells
    # Nothing is known of it but its row and column: nobody is less sure of any other.
    assert cell.sd == max(one.sd for one in others)
    assert 0 < cell.value < 1


def test_with_one_seed_nothing_is_said():
    study, matrix = study_and_matrix(noisy(1))
    found = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2))
    assert found.cells == ()
    assert found.why == "one seed says nothing of how far another would differ"


def test_where_all_sets_are_too_many_those_that_differ_in_one_source_are_tried():
    study, matrix = study_and_matrix(noisy())
    every = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=3))
    some = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=3), most_tried=1)
    assert not some.every
    assert some.sources == every.sources
    gain_of = {(one.source, one.target): one.gain for one in every.cells}
    for cell in some.cells:
        assert cell.gain <= gain_of[cell.source, cell.target] + 1e-12


def test_values_of_any_size_have_the_same_order():
    study, matrix = study_and_matrix(noisy())
    plain = next_experiment(matrix, study, NAMES[:6], PlanOptions(size=2))
    tiny: TransferMatrix = replace(matrix, per_seed=matrix.per_seed * 1e-9)
    scaled = next_experiment(tiny, study, NAMES[:6], PlanOptions(size=2))
    places = [(one.source, one.target) for one in plain.cells]
    assert [(one.source, one.target) for one in scaled.cells][:5] == places[:5]
    assert scaled.cells[0].gain == pytest.approx(plain.cells[0].gain * 1e-9)


@pytest.mark.parametrize("goal", Goal)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_what_the_best_sets_reach_is_that_of_each_source_and_set_by_itself(goal, size):
    rng = np.random.default_rng(size)
    values = rng.normal(size=(7, 4)).round(1)  # with ties
    sets = np.array(list(combinations(range(7), size)))
    sets = sets[rng.random(len(sets)) < 0.6]
    best = next_module._nothing_yet(values.shape)
    for piece in np.array_split(sets, 2):
        best.take_in(values, piece, goal)
    together = np.sum if goal is Goal.MEAN else np.min
    for source in range(7):
        without = [together(values[one].max(axis=0)) for one in sets if source not in one]
        assert best.without[source] == pytest.approx(max(without))
        own = [one for one in sets if source in one]
        for target in range(4) if own else ():
            lowered = values.copy()
            lowered[source, target] = next_module._NOTHING
            others = np.delete(np.arange(4), target)
            assert best.lowered[source, target] == pytest.approx(
                max(together(lowered[one].max(axis=0)) for one in own)
            )
            assert best.others[source, target] == pytest.approx(
                max(together(values[one].max(axis=0)[others]) for one in own)
            )
