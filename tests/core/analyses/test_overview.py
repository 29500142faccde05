"""Every method side by side, and the cells that stand out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses import OVERVIEW
from core.analyses.query import TransferQuery
from core.analyses.standouts import SignCount
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
    (method,) = overview(square_study(HARM)).methods
    assert (method.method, method.sizes) == ("ft1", (1,))
    assert method.trained.value == pytest.approx(2.8 / 3)
    # Published: what is below zero is cut to zero per seed.
    assert method.transfer.value == pytest.approx((0.6 + 0.2 + 0.5 + 0.1) / 6)
    np.testing.assert_allclose(method.transfer.per_seed, [1.4 / 6, 1.4 / 6])
    assert method.trained.cells == 3
    assert method.transfer.cells == 6
    strict = overview(square_study(HARM), scale=Scale.STRICT).methods[0]
    assert strict.transfer.value == pytest.approx((0.6 + 0.2 + 0.5 + 0.1 - 0.3 - 0.2) / 6)


def sure_study():
    """ft1 of four tasks, three seeds that differ by a hundredth: every sign is sure."""
    truth = [[1, 0.5, -0.3, 0.2], [0.2, 1, 0.6, 0.1], [0.1, -0.2, 0.9, 0.4], [0.3, 0.2, 0.1, 1]]
    noise = np.random.default_rng(0).normal(0, 0.01, (3, 4, 4))
    return square_study(np.array(truth) + noise)


def test_gifts_and_harms_are_on_the_strict_scale_whatever_is_shown():
    for scale in Scale:
        found = overview(sure_study(), scale=scale)
        top = pairs(found.gains.cells)
        assert top == [("b", "c"), ("a", "b"), ("c", "d"), ("d", "a"), *top[4:]]
        assert pairs(found.losses.cells) == [("a", "c"), ("c", "b")]
        assert found.losses.cells[0].value == pytest.approx(-0.3, abs=0.03)
        assert found.losses.cells[0].shrunken == pytest.approx(-0.3, abs=0.03)
        assert found.losses.cells[0].shrunken != found.losses.cells[0].value
        assert (found.gains.found, found.losses.found, found.picked_from) == (10, 2, 12)
        assert found.gains.expected_wrong < 0.1
        (count,) = found.sign_counts
        assert count.helpful_wrong == pytest.approx(found.gains.expected_wrong)
        assert count.harmful_wrong == pytest.approx(found.losses.expected_wrong)
        assert count.helpful_by_luck == pytest.approx(found.gains.by_luck)
        assert count.harmful_by_luck == pytest.approx(found.losses.by_luck)
        assert (count.method, count.helpful, count.harmful, count.below) == ("ft1", 10, 2, 2)
        assert (count.pairs, count.told) == (12, True)
    assert found.losses.cells[0].seeds == (0, 1, 2)
    assert found.losses.cells[0].interval.high < 0


def test_what_may_be_luck_stands_in_no_list():
    """Harms of 0.3 and 0.2 beside seeds that differ by half: measured, and not believed."""
    noisy = np.array(HARM[0]) + np.array([-0.3, 0.3])[:, None, None] * np.sign(HARM[0])
    found = overview(square_study(noisy))
    assert found.sign_counts[0].harmful < found.sign_counts[0].below
    assert len(found.losses.cells) == found.losses.found < 2
    assert not found.losses.order_only


def test_with_one_seed_there_is_order_and_no_finding():
    (found,) = [overview(square_study([[[1.0, 0.5], [0.25, 1.0]]]))]
    assert found.losses.cells == ()
    assert found.sign_counts == (
        SignCount("ft1", helpful=0, harmful=0, below=0, pairs=2, told=False),
    )
    assert (found.weakest.sources, found.weakest.target, found.weakest.value) == (("b",), "a", 0.25)
    assert pairs(found.gains.cells) == [("a", "b"), ("b", "a")]
    assert "one seed" in found.gains.order_only
    assert (found.gains.found, found.gains.expected_wrong) == (0, 0.0)
    assert np.isnan(found.gains.cells[0].interval.low)
    assert np.isnan(found.gains.cells[0].shrunken)
    assert found.largest_residuals.cells == ()
    assert found.predicted_methods == ()


def test_excluded_tasks_do_not_stand_out_but_count_in_the_means():
    study = square_study(HARM, excluded="c")
    found = overview(study)
    assert pairs(found.gains.cells) == [("a", "b"), ("b", "a")]
    assert found.losses.cells == ()
    assert found.methods[0].transfer.cells == 6
    assert [c.below for c in overview(study, include=("c",)).sign_counts] == [2]
    dropped = overview(study, include=("c",), exclude=("c",))
    assert dropped.methods[0].transfer.cells == 2
    assert dropped.losses.cells == ()


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
    first, second = found.largest_residuals.cells
    assert (first.sources, first.target, first.method) == (("a", "b"), "c", "ft2")
    assert not first.trained
    assert first.value == pytest.approx(0.41 - 0.6)
    assert first.actual == pytest.approx(0.41)
    assert first.predicted == pytest.approx(0.6)
    # Seeds -0.20 and -0.18: half width 12.706 * 0.01.
    assert first.interval.high == pytest.approx(-0.19 + 0.127062, abs=1e-4)
    assert second.target == "b"
    assert second.trained
    assert second.false_sign_rate < 0.05
    # a+b→a is 0.01 above its prediction, seeds differ by 0.02: nobody knows its sign.
    assert found.largest_residuals.found == 2
    # Of one source the cross-fitted prediction is the best of each seed.
    assert first.against_best == pytest.approx(first.value)
    alone = overview(predicted_study(seeds=(0,))).largest_residuals
    assert "one seed" in alone.order_only
    assert [cell.target for cell in alone.cells] == ["c", "b"]
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
    assert pairs(found.gains.cells) == [("a", "c"), ("b", "c")]
    assert [gift.method for gift in found.gains.cells] == ["ftx", "ftx"]
    assert found.gains.cells[0].value == pytest.approx(0.72)
    assert pairs(found.losses.cells) == [("a", "b"), ("b", "a")]
    assert found.picked_from == 4
    # Each method's harms are its own: no pair counts because of another method.
    assert found.sign_counts == (
        SignCount("ft1", 0, 0, 0, 4, told=False),
        SignCount("ftx", 0, 0, 2, 4, told=False),
    )


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
    assert [s.method for s in found.methods] == ["ft1"]
    assert found.left_out[0].method == "ft2"
    assert "no run with seed 1" in found.left_out[0].reason
    # Of two seeds asked for each method counts with the ones it has.
    assert [s.seeds for s in overview(only, seeds=(0, 1)).methods] == [(0, 1), (0,)]
    nowhere = overview(only, checkpoint=5)
    assert nowhere.methods == ()
    assert len(nowhere.left_out) == 2
    assert (nowhere.gains.cells, nowhere.picked_from, nowhere.weakest) == ((), 0, None)


def test_given_scores_stand_as_they_are():
    tasks = (Task("x", "x", Metric.ACCURACY), Task("y", "y", Metric.ACCURACY))
    runs = [Run("x", "scores", ("x",), None, 0), Run("y", "scores", ("y",), None, 0)]
    cells = {("x", "y", "shifted", 0): -2.5, ("y", "x", "shifted", 0): 3.0}
    found = overview(study_of(tasks, runs, cells, layout="scores"))
    # Nobody knows what no transfer is: the sign of a raw score means nothing.
    assert found.gains.cells == found.losses.cells == ()
    tasks = tuple(replace(task, zero=0.0) for task in tasks)
    found = overview(study_of(tasks, runs, cells, layout="scores"))
    assert pairs(found.gains.cells) == [("y", "x")]
    assert found.gains.cells[0].value == 3.0
    assert pairs(found.losses.cells) == [("x", "y")]
    assert np.isnan(found.methods[0].trained.value)


def test_results_survive_the_cache():
    found = overview(predicted_study())
    again = decode(encode(found), OVERVIEW.result)
    assert again.largest_residuals.cells == found.largest_residuals.cells
    np.testing.assert_array_equal(
        again.methods[0].transfer.per_seed, found.methods[0].transfer.per_seed
    )
