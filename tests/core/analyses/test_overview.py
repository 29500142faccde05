"""Every method side by side, and the cells that stand out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.overview import HarmCount
from core.analyses.query import TransferQuery
from core.analyses.registry import OVERVIEW
from core.cache.codec import decode, encode
from core.metrics import Metric
from core.study import Method, Run, Task
from core.transfer.normalization import Scale
from tests.core.small import square_study, study_of, tasks_named

NAN = np.nan

HARM = [
    [[1.0, 0.5, -0.4], [0.2, 1.0, 0.6], [0.1, -0.2, 0.8]],
    [[1.0, 0.7, -0.2], [0.2, 1.0, 0.4], [0.1, -0.2, 0.8]],
]


def overview(study, **options):
    return OVERVIEW.compute(study, TransferQuery(**options))


def pairs(standouts):
    return [("".join(s.sources), s.target) for s in standouts]


def test_a_strategy_has_trained_and_transfer_means_over_seeds():
    (strategy,) = overview(square_study(HARM)).strategies
    assert (strategy.method, strategy.sizes, strategy.training_sets) == ("ft1", (1,), 3)
    assert strategy.trained.value == pytest.approx(2.8 / 3)
    # Published: what is below zero is cut to zero per seed.
    assert strategy.transfer.value == pytest.approx((0.6 + 0.2 + 0.5 + 0.1) / 6)
    np.testing.assert_allclose(strategy.transfer.per_seed, [1.4 / 6, 1.4 / 6])
    assert strategy.trained.cells == 3
    assert strategy.transfer.cells == 6
    strict = overview(square_study(HARM), scale=Scale.STRICT).strategies[0]
    assert strict.transfer.value == pytest.approx((0.6 + 0.2 + 0.5 + 0.1 - 0.3 - 0.2) / 6)


def test_gifts_and_harms_are_on_the_strict_scale_whatever_is_shown():
    for scale in Scale:
        found = overview(square_study(HARM), scale=scale)
        assert pairs(found.largest_gains) == [("a", "b"), ("b", "c"), ("b", "a"), ("c", "a")]
        assert pairs(found.largest_losses) == [("a", "c"), ("c", "b")]
        assert found.largest_losses[0].value == pytest.approx(-0.3)
        assert found.picked_from == 6
        assert found.harm_counts == (HarmCount("ft1", harmful=2, pairs=6),)
    # Two seeds 0.2 apart: half width 12.706 * 0.1, so the harm may be none.
    assert found.largest_losses[0].doubtful
    assert found.largest_losses[0].interval.low == pytest.approx(-0.3 - 1.27062, abs=1e-4)
    assert not found.largest_losses[1].doubtful
    assert found.largest_losses[0].seeds == (0, 1)


def test_without_harm_there_is_none_and_with_one_seed_no_interval():
    (found,) = [overview(square_study([[[1.0, 0.5], [0.25, 1.0]]]))]
    assert found.largest_losses == ()
    assert [count.harmful for count in found.harm_counts] == [0]
    assert (found.weakest.sources, found.weakest.target, found.weakest.value) == (("b",), "a", 0.25)
    assert np.isnan(found.largest_gains[0].interval.low)
    assert found.largest_gains[0].doubtful
    assert found.largest_residuals == ()
    assert found.predicted_methods == ()


def test_excluded_tasks_do_not_stand_out_but_count_in_the_means():
    study = square_study(HARM, excluded="c")
    found = overview(study)
    assert pairs(found.largest_gains) == [("a", "b"), ("b", "a")]
    assert found.largest_losses == ()
    assert found.strategies[0].transfer.cells == 6
    assert pairs(overview(study, include=("c",)).largest_losses) == [("a", "c"), ("c", "b")]
    dropped = overview(study, include=("c",), exclude=("c",))
    assert dropped.strategies[0].transfer.cells == 2
    assert dropped.largest_losses == ()


TASKS = tasks_named("abc")


def predicted_study(*, seeds=(0, 1), joint=0.4):
    """ft1 on a and b alone, ft2 on both: a→c 0.6, b→c 0.5; a+b→c is `joint`."""
    runs, cells = [], {}
    values = {"a": (1.0, 0.0, 0.6), "b": (0.0, 1.0, 0.5), "a+b": (1.0, 0.9, joint)}
    for k in seeds:
        runs.append(Run(f"base{k}", "pretrain", ("a", "b", "c"), None, k))
        for j, task in enumerate("abc"):
            cells[f"base{k}", task, "shifted", 9] = 0.0
            cells[f"base{k}", task, "standard", 9] = 1.0
            for key, row in values.items():
                cells[f"{key}-{k}", task, "shifted", 9] = row[j] + 0.02 * k * (key == "a+b")
        for key in values:
            method = "ft2" if "+" in key else "ft1"
            runs.append(Run(f"{key}-{k}", method, tuple(key.split("+")), f"base{k}", k))
    return study_of(TASKS, runs, cells, methods=[Method("ft1", "FT1"), Method("ft2", "FT2", "ft1")])


def test_surprises_are_actual_minus_predicted_with_their_sign():
    found = overview(predicted_study())
    first, second, third = found.largest_residuals
    assert (first.sources, first.target, first.method) == (("a", "b"), "c", "ft2")
    assert not first.trained
    assert first.value == pytest.approx(0.41 - 0.6)
    assert first.actual == pytest.approx(0.41)
    assert first.predicted == pytest.approx(0.6)
    # Seeds -0.20 and -0.18: half width 12.706 * 0.01.
    assert first.interval.high == pytest.approx(-0.19 + 0.127062, abs=1e-4)
    assert (second.target, third.target) == ("b", "a")
    assert second.trained
    assert third.value == pytest.approx(0.01)
    assert (found.predicted_cells, found.predicted_methods) == (3, ("ft2",))


def test_a_pair_that_several_methods_have_stands_once():
    study = predicted_study(seeds=(0,))
    again = [replace(r, name=f"x{r.name}", method="ftx") for r in study.runs if r.method == "ft1"]
    cells = {}
    for record in range(len(study.evaluations)):
        run = study.runs[study.evaluations.run[record]].name
        task = study.tasks[study.evaluations.task[record]].name
        split = "shifted" if study.evaluations.shifted[record] else "standard"
        value = study.evaluations.value[record]
        cells[run, task, split, 9] = value
        if f"x{run}" in {r.name for r in again}:
            cells[f"x{run}", task, split, 9] = value * 1.2 if task == "c" else -value - 0.1
    found = overview(study_of(TASKS, [*study.runs, *again], cells, methods=study.methods))
    assert pairs(found.largest_gains) == [("a", "c"), ("b", "c")]
    assert [gift.method for gift in found.largest_gains] == ["ftx", "ftx"]
    assert found.largest_gains[0].value == pytest.approx(0.72)
    assert pairs(found.largest_losses) == [("a", "b"), ("b", "a")]
    assert found.picked_from == 4
    # Each method's harms are its own: no pair counts because of another method.
    assert found.harm_counts == (HarmCount("ft1", 0, 4), HarmCount("ftx", 2, 4))


def test_a_method_without_the_seed_or_checkpoint_says_so():
    study = predicted_study()
    only = replace(study, runs=tuple(r for r in study.runs if (r.method, r.seed) != ("ft2", 1)))
    keep = [study.run_index[r.name] for r in only.runs]
    place = {old: new for new, old in enumerate(keep)}
    rows = np.isin(study.evaluations.run, keep)
    cut = {
        name: getattr(study.evaluations, name)[rows]
        for name in ("task", "shifted", "checkpoint", "value", "file", "row")
    }
    run = np.array([place[r] for r in study.evaluations.run[rows]])
    only = replace(
        only,
        evaluations=replace(study.evaluations, run=run, n_runs=len(keep), **cut),
    )
    found = overview(only, seeds=(1,))
    assert [s.method for s in found.strategies] == ["ft1"]
    assert found.left_out[0].method == "ft2"
    assert "no run with seed 1" in found.left_out[0].reason
    # Of two seeds asked for each method counts with the ones it has.
    assert [s.seeds for s in overview(only, seeds=(0, 1)).strategies] == [(0, 1), (0,)]
    nowhere = overview(only, checkpoint=5)
    assert nowhere.strategies == ()
    assert len(nowhere.left_out) == 2
    assert (nowhere.largest_gains, nowhere.picked_from, nowhere.weakest) == ((), 0, None)


def test_given_scores_stand_as_they_are():
    tasks = (Task("x", "x", Metric.ACCURACY), Task("y", "y", Metric.ACCURACY))
    runs = [Run("x", "scores", ("x",), None, 0), Run("y", "scores", ("y",), None, 0)]
    cells = {("x", "y", "shifted", 0): -2.5, ("y", "x", "shifted", 0): 3.0}
    found = overview(study_of(tasks, runs, cells, layout="scores"))
    # Nobody knows what no transfer is: the sign of a raw score means nothing.
    assert found.largest_gains == found.largest_losses == ()
    tasks = tuple(replace(task, zero=0.0) for task in tasks)
    found = overview(study_of(tasks, runs, cells, layout="scores"))
    assert pairs(found.largest_gains) == [("y", "x")]
    assert found.largest_gains[0].value == 3.0
    assert pairs(found.largest_losses) == [("x", "y")]
    assert np.isnan(found.strategies[0].trained.value)


def test_results_survive_the_cache():
    found = overview(predicted_study())
    again = decode(encode(found), OVERVIEW.result)
    assert again.largest_residuals == found.largest_residuals
    np.testing.assert_array_equal(
        again.strategies[0].transfer.per_seed, found.strategies[0].transfer.per_seed
    )
