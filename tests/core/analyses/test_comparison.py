"""One method against another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.analyses import COMPARISON
from core.analyses.comparison import bin_edges, compare
from core.analyses.query import TransferQuery, default_opponent
from core.cache.codec import decode, encode
from core.errors import RequestError
from core.io import open_study
from core.metrics import Metric
from core.study import Method, Run, Task
from tests.core.small import study_of, tasks_named

TASKS = tasks_named("abc")
PAIRS = (("a", "b"), ("a", "c"), ("b", "c"))


@pytest.fixture(scope="module")
def example():
    return open_study(Path(__file__).parents[3] / "examples" / "atlantis" / "study")


def paired_study(first, second, *, seeds=2, sets=PAIRS, extra=(), tasks=TASKS):
    """Methods x and y; values[seed][row][target] is the normalized improvement."""
    runs, cells = [], {}
    for k in range(seeds):
        runs.append(Run(f"base{k}", "pretrain", tuple(t.name for t in tasks), None, k))
        for task in tasks:
            cells[f"base{k}", task.name, "shifted", 9] = 0.0
            cells[f"base{k}", task.name, "standard", 9] = 1.0
        for method, values in (("x", first), ("y", second)):
            for i, trained in enumerate(sets):
                name = f"{method}{i}-{k}"
                runs.append(Run(name, method, trained, f"base{k}", k))
                for j, task in enumerate(tasks):
                    cells[name, task.name, "shifted", 9] = float(values[k][i][j])
    return study_of(tasks, [*runs, *extra], cells, methods=[Method("x", "X"), Method("y", "Y")])


X = [[[0.9, 0.8, 0.3], [0.9, 0.2, 0.8], [0.1, 0.9, 0.9]]] * 2
Y = [
    [[0.7, 0.8, 0.2], [0.8, 0.2, 0.8], [0.3, 0.9, 0.8]],
    [[0.7, 0.8, 0.0], [0.8, 0.2, 0.8], [0.3, 0.9, 0.8]],
]


def test_three_numbers_by_hand():
    found = compare(paired_study(X, Y), TransferQuery("x", other="y"))
    # Trained: .2 0, .1 0, 0 .1; transfer: .1 or .3, 0, -.2.
    assert found.trained.value == pytest.approx(0.4 / 6)
    assert found.transfer.value == pytest.approx(0.0, abs=1e-12)
    assert found.overall.value == pytest.approx(0.4 / 9)
    assert (found.overall.cells, found.trained.cells, found.transfer.cells) == (9, 6, 3)
    assert found.trained.interval.low == pytest.approx(found.trained.value), "seeds agree there"
    np.testing.assert_allclose(found.transfer.per_seed, [-0.1 / 3, 0.1 / 3], atol=1e-12)
    # Two means 1/15 apart: standard error 1/30, t with one degree of freedom.
    assert found.transfer.interval.high == pytest.approx(12.7062 / 30, abs=1e-4)
    np.testing.assert_allclose(found.first - found.second, found.difference.values, atol=1e-12)


def test_a_task_parts_the_training_sets():
    found = compare(paired_study(X, Y), TransferQuery("x", other="y", split="a"))
    with_a = found.contrast
    assert (found.split_task, found.split_by_default) == ("a", False)
    assert (with_a.rows_with, with_a.rows_without) == (2, 1)
    # With a: .2 0 .2, .1 0 0; without: -.2 0 .1.
    assert with_a.with_task.value == pytest.approx(0.5 / 6)
    assert with_a.without_task.value == pytest.approx(-0.1 / 3)
    assert with_a.difference == pytest.approx(0.5 / 6 + 0.1 / 3)
    assert [p.task for p in found.contrasts] == ["a", "b", "c"]


def test_without_a_choice_it_is_the_task_that_parts_them_furthest():
    study = paired_study(X, Y)
    found = compare(study, TransferQuery("x", other="y"))
    furthest = max(found.contrasts, key=lambda p: abs(p.difference))
    assert (found.split_task, found.split_by_default) == (furthest.task, True) == ("c", True)
    # With it 0, without 0.1 and 1/6: standard error 1/30. t(1) at 1 − 0.025 and 1 − 0.025/3.
    for interval, t in ((furthest.interval, 12.7062), (furthest.if_picked, 38.1885)):
        ends = (interval.low, interval.high)
        assert ends == pytest.approx((-0.4 / 3 - t / 30, -0.4 / 3 + t / 30), abs=1e-4)
    assert furthest.if_picked.values == furthest.interval.values == 18
    assert (
        compare(study, TransferQuery("x", other="y", split="nothing here")).split_task
        == furthest.task
    )


def test_one_training_set_cannot_be_parted():
    found = compare(
        paired_study([[X[0][0]]] * 2, [[Y[0][0]]] * 2, sets=PAIRS[:1]),
        TransferQuery("x", other="y", split="a"),
    )
    assert (found.contrasts, found.split_task, found.contrast) == ((), None, None)
    assert found.histogram.with_task.sum() == 0
    assert found.histogram.without_task.sum() == 3


def test_a_cell_counts_with_the_seeds_that_both_methods_have():
    first = np.array(X, dtype=float)
    first[1, 0, 2] = np.nan
    found = compare(paired_study(first, Y), TransferQuery("x", other="y"))
    assert found.first[0, 2] == pytest.approx(0.3)
    assert found.second[0, 2] == pytest.approx(0.2), "seed 1 of y has no counterpart"
    assert found.overall.incomplete == 1


def test_seeds_that_one_of_them_lacks_are_left_out():
    study = paired_study(X, Y)
    more = replace(study, runs=(*study.runs, Run("x9", "x", ("a", "b"), "base0", 9)))
    more = replace(more, evaluations=replace(more.evaluations, n_runs=len(more.runs)))
    assert compare(more, TransferQuery("x", other="y", seeds=(1, 9))).overall.seeds == (1,)
    with pytest.raises(RequestError, match=r"share none of the seeds 9; both have 0, 1"):
        compare(more, TransferQuery("x", other="y", seeds=(9,)))


def test_a_task_left_out_takes_its_training_sets_with_it():
    found = compare(paired_study(X, Y), TransferQuery("x", other="y", exclude=("a",)))
    assert found.difference.sources == (("b", "c"),)
    assert found.overall.cells == 2


def test_what_is_hidden_counts_nowhere():
    found = compare(
        paired_study(X, Y),
        TransferQuery("x", other="y", hidden_sources=("c",), hidden_targets=("a",)),
    )
    assert found.difference.sources == (("a", "b"),)
    assert found.difference.targets == ("b", "c")
    assert found.overall.cells == found.histogram.without_task.sum() == 2
    assert found.overall.value == pytest.approx(0.1)
    nothing = compare(
        paired_study(X, Y), TransferQuery("x", other="y", hidden_sources=("a", "b", "c"))
    )
    assert nothing.overall.cells == 0
    assert np.isnan(nothing.overall.value)


def test_methods_without_a_shared_training_set_are_refused():
    single = [Run("z0", "z", ("a",), "base0", 0)]
    study = paired_study(X, Y, extra=single)
    with pytest.raises(RequestError, match="x and z share no training set"):
        compare(study, TransferQuery("x", other="z"))
    assert default_opponent(study, "x") == "y"
    assert default_opponent(study, "z") is None


def test_the_default_is_the_nearest_of_those_that_share_most(example):
    assert default_opponent(example, "ftwb3") == "ft3"
    assert default_opponent(example, "ft2") == "ftwb2"
    assert default_opponent(example, "ft1") == "ftwb1"


def test_results_survive_the_cache(example):
    params = TransferQuery("ftwb3", other="ft3", split="distance")
    found = COMPARISON.compute(example, params)
    again = decode(encode(found), COMPARISON.result)
    np.testing.assert_array_equal(again.difference.per_seed, found.difference.per_seed)
    assert again.contrast.difference == found.contrast.difference
    assert again.contrast.with_task.cells + again.contrast.without_task.cells == 49


improvements = arrays(
    np.float64,
    (2, 3, 3),
    elements=st.one_of(st.floats(-3, 3), st.just(np.nan)),
)


@given(improvements, improvements, st.sampled_from(["published", "strict"]))
def test_swapping_the_methods_swaps_the_signs(first, second, scale):
    study = paired_study(first, second)
    there, back = (
        compare(study, TransferQuery(a, other=b, scale=scale, split="a"))
        for a, b in (("x", "y"), ("y", "x"))
    )
    for one in ("overall", "trained", "transfer"):
        ahead, behind = getattr(there, one), getattr(back, one)
        assert ahead.value == pytest.approx(-behind.value, abs=1e-12, nan_ok=True)
        assert ahead.interval.low == pytest.approx(-behind.interval.high, abs=1e-9, nan_ok=True)
        assert ahead.cells == behind.cells
    np.testing.assert_array_equal(there.first, back.second)


@given(improvements, improvements, st.sampled_from(["a", "b", "c", None]))
def test_the_parts_of_the_histogram_are_all_cells(first, second, task):
    found = compare(paired_study(first, second), TransferQuery("x", other="y", split=task))
    histogram = found.histogram
    assert histogram.with_task.sum() + histogram.without_task.sum() == found.overall.cells
    if found.contrast is not None:
        assert histogram.with_task.sum() == found.contrast.with_task.cells
        assert histogram.without_task.sum() == found.contrast.without_task.cells


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30))
def test_bins_hold_every_value_and_never_mix_signs(values):
    edges = bin_edges(np.array(values))
    counts, _ = np.histogram(values, edges)
    assert counts.sum() == len(values)
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= 60
    assert not ((edges[:-1] < 0) & (edges[1:] > 0) & (np.diff(edges) > 1e-12)).any()


def test_bins_are_round():
    np.testing.assert_allclose(
        bin_edges(np.array([-0.03, 0.205])), np.arange(-3, 22) * 0.01, atol=1e-12
    )


def test_errors_are_compared_on_their_own_scale():
    """An error of 1 where the base has 100 and knows 1 is as good as new: 1 − 0 = 1."""
    tasks = (Task("a", "A", Metric.ERROR), Task("b", "B", Metric.ERROR))
    runs = [Run("base", "pretrain", ("a", "b"), None, 0)]
    cells = {}
    for task in "ab":
        cells["base", task, "shifted", 1] = 100.0
        cells["base", task, "standard", 1] = 1.0
    for method, value in (("x", 1.0), ("y", 100.0)):
        runs.append(Run(method, method, ("a",), "base", 0))
        cells[method, "a", "shifted", 1] = cells[method, "b", "shifted", 1] = value
    found = compare(study_of(tasks, runs, cells), TransferQuery("x", other="y"))
    assert found.overall.value == pytest.approx(1.0)
    assert np.isnan(found.overall.interval.low)
