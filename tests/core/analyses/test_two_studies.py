"""A method of one study beside a method of another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.analyses import TRANSFER
from core.analyses.query import TransferQuery
from core.analyses.two_studies import compare_studies, same_tasks
from core.errors import RequestError
from core.io import open_study
from core.study import ValueScale
from core.transfer.cell_means import difference_interval
from core.transfer.shrinkage import fit_shrinkage
from tests.core.analyses.test_comparison import PAIRS, X, Y, paired_study
from tests.core.small import tasks_named

FIRST = paired_study(X, Y)


def matrices(first, second, *methods):
    studies = first, second
    return tuple(
        TRANSFER.compute(study, TransferQuery(method))
        for study, method in zip(studies, methods, strict=True)
    )


def beside(second, *, method="y", **options):
    found = matrices(FIRST, second, "x", method)
    return compare_studies((FIRST, second), found, ("X (one)", "Y (two)"), **options), found


def test_the_same_cells_are_subtracted_whatever_the_seeds_are_called():
    second = replace(paired_study(X, Y), digest="other")
    found, (one, two) = beside(second)
    difference = found.comparison.difference
    assert (difference.method, difference.other) == ("X (one)", "Y (two)")
    np.testing.assert_allclose(difference.values, one.values - two.values)
    np.testing.assert_allclose(found.comparison.second, two.values)
    assert found.first.overall.value - found.second.overall.value == pytest.approx(
        found.comparison.overall.value
    )
    assert found.empty == 0
    assert found.only_first == found.only_second == ()


def test_tasks_go_by_name_then_by_alias():
    named = tasks_named("axc")
    other = (named[0], replace(named[1], aliases=("b", "c")), named[2])
    second = paired_study(X, Y, tasks=other, sets=(("a", "x"), ("a", "c"), ("x", "c")))
    # `c` is `c` already, whatever it is an alias of; so `x` is the task that is left.
    assert same_tasks(FIRST, second) == {"a": "a", "c": "c", "x": "b"}
    found, _ = beside(second)
    assert found.comparison.difference.sources == PAIRS
    assert found.comparison.difference.targets == ("a", "b", "c")
    # Whichever of the two says so.
    assert same_tasks(second, FIRST) == {"a": "a", "c": "c", "b": "x"}


def test_what_one_of_the_two_lacks_is_told():
    second = paired_study(
        [[row[:2] for row in seed[:1]] for seed in X],
        [[row[:2] for row in seed[:1]] for seed in Y],
        tasks=tasks_named("abd")[:2],
        sets=(("a", "b"),),
    )
    found, _ = beside(second)
    assert found.only_first == (("a", "c"), ("b", "c"))
    assert found.only_second == ()
    assert found.targets_first == ("c",)
    assert found.comparison.overall.cells == 2


def test_a_cell_without_a_value_is_in_no_mean():
    one, two = matrices(FIRST, FIRST, "x", "y")
    holed = two.per_seed.copy()
    holed[:, 0, 0] = np.nan
    found = compare_studies(
        (FIRST, FIRST), (one, replace(two, per_seed=holed)), ("X (one)", "Y (two)")
    )
    assert found.empty == 1
    assert found.first.overall.cells == found.second.overall.cells == 8
    assert "Y (two): no value" in [gap.reason for gap in found.comparison.difference.missing]


def test_without_a_common_cell_each_has_its_own_means():
    other = paired_study(X, Y, tasks=tasks_named("uvw"), sets=(("u", "v"),))
    found, (one, two) = beside(other)
    assert found.comparison is None
    assert found.first.trained.value == pytest.approx(one.trained_mean)
    assert found.second.trained.value == pytest.approx(two.trained_mean)
    assert len(found.only_first) == 3


def test_hidden_tasks_are_left_out():
    found, _ = beside(paired_study(X, Y), hidden_targets=("a",), hidden_sources=("c",))
    assert found.comparison.difference.sources == (("a", "b"),)
    assert found.comparison.difference.targets == ("b", "c")


def test_the_spread_of_both_counts_as_welch_has_it():
    """Means per seed of two studies, whose seeds are no pairs: scipy's Welch interval."""
    rng = np.random.default_rng(2)
    ours, theirs = (0.5 + 0.1 * rng.normal(size=(n, 3, 3)) for n in (4, 3))
    first, second = (paired_study(v, v, seeds=len(v)) for v in (ours, theirs))
    found = compare_studies((first, second), matrices(first, second, "x", "x"), ("one", "two"))
    welch = stats.ttest_ind(
        ours.mean(axis=(1, 2)), theirs.mean(axis=(1, 2)), equal_var=False
    ).confidence_interval(0.95)
    overall = found.comparison.overall
    assert (overall.interval.low, overall.interval.high) == pytest.approx((welch.low, welch.high))
    told = difference_interval(
        found.first.overall,
        found.second.overall,
        centre=found.first.overall.value - found.second.overall.value,
    )
    assert (told.low, told.high) == pytest.approx((welch.low, welch.high))
    # A cell, and what a task makes of the differences.
    cell = stats.ttest_ind(ours[:, 0, 1], theirs[:, 0, 1], equal_var=False)
    low, high = found.comparison.difference.interval
    assert (low[0, 1], high[0, 1]) == pytest.approx(tuple(cell.confidence_interval(0.95)))
    with_a, without = (
        [side[:, rows].mean(axis=(1, 2)) for side in (ours, theirs)] for rows in ([0, 1], [2])
    )
    gap = stats.ttest_ind(with_a[0] - without[0], with_a[1] - without[1], equal_var=False)
    contrast = next(one for one in found.comparison.contrasts if one.task == "a")
    assert (contrast.interval.low, contrast.interval.high) == pytest.approx(
        tuple(gap.confidence_interval(0.95))
    )


def test_what_is_left_without_luck_counts_the_seeds_of_both():
    rng = np.random.default_rng(4)
    ours, theirs = (0.5 + 0.1 * rng.normal(size=(n, 3, 3)) for n in (4, 3))
    first, second = (paired_study(v, v, seeds=len(v)) for v in (ours, theirs))
    found = compare_studies((first, second), matrices(first, second, "x", "x"), ("one", "two"))
    left = fit_shrinkage(found.comparison.difference, first)
    pooled = [side.var(axis=0, ddof=1).mean() for side in (ours, theirs)]
    assert left.variance == pytest.approx(np.full(3, pooled[0]))
    assert left.added == pytest.approx(np.full((3, 3), pooled[1] / 3))
    v = pooled[0] / 4, pooled[1] / 3
    joint = sum(v) ** 2 / (v[0] ** 2 / 27 + v[1] ** 2 / 18)
    assert left.degrees == pytest.approx(np.full(3, joint))
    alone = replace(found.comparison.difference, subtracted=None)
    assert (fit_shrinkage(alone, first).others.noise) < left.others.noise
    one_seed = paired_study(theirs[:1], theirs[:1], seeds=1)
    none = compare_studies((first, one_seed), matrices(first, one_seed, "x", "x"), ("one", "two"))
    assert "one seed says nothing" in fit_shrinkage(none.comparison.difference, first).why
    assert not np.isfinite(none.comparison.overall.interval.low)


def test_raw_scores_are_compared_where_metric_and_unit_are_the_same(tmp_path):
    def study(name, better):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "s.csv").write_text(
            "sources,target,score,seed\nA,A,0.9,1\nA,B,0.4,1\nA,A,0.7,2\nA,B,0.2,2\n"
        )
        (folder / "study.toml").write_text(
            f'title = "{name}"\n[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
            f'[scale]\nmetric = "{better}"\n'
        )
        return open_study(folder)

    one, two, errors = study("one", "accuracy"), study("two", "accuracy"), study("e", "error")
    assert one.value_scale is two.value_scale is ValueScale.RAW
    found = compare_studies((one, two), matrices(one, two, "scores", "scores"), ("one", "two"))
    assert found.comparison.overall.value == pytest.approx(0)
    assert found.first.trained.value == pytest.approx(0.8)
    with pytest.raises(RequestError, match=r"on A one has .*higher is better and e .*lower is"):
        compare_studies((one, errors), matrices(one, errors, "scores", "scores"), ("a", "b"))


def test_raw_scores_in_per_cent_and_in_fractions_are_refused(tmp_path):
    def study(name, times, more=""):
        folder = tmp_path / name
        folder.mkdir()
        rows = [f"{s},{t},{v * times:g}" for s, t, v in (("A", "A", 0.9), ("A", "B", 0.4))]
        (folder / "s.csv").write_text("\n".join(["sources,target,score", *rows]))
        (folder / "study.toml").write_text(
            f'title = "{name}"\n{more}[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
        )
        return open_study(folder)

    shares, cents = study("shares", 1), study("cents", 100)
    both = matrices(shares, cents, "scores", "scores")
    with pytest.raises(RequestError, match="on A shares is in fractions and cents in per cent"):
        compare_studies((shares, cents), both, ("a", "b"))
    # Numbers of no unit, or of one that both name, are compared as they are.
    other = study("other", 3)
    assert compare_studies((shares, other), matrices(shares, other, "scores", "scores"), ("a", "b"))
    unit = "".join(f'[tasks.{one}]\nunit = "points"\n' for one in "AB")
    first, second = study("first", 1, unit), study("second", 100, unit)
    both = matrices(first, second, "scores", "scores")
    assert compare_studies((first, second), both, ("a", "b")).comparison is not None


def test_other_scales_are_refused_with_a_sentence(write_study):
    raw = open_study(write_study(layout="scores").folder)
    if raw.value_scale is ValueScale.NORMALIZED:
        pytest.fail("the small study of scores is normalized: take another")
    with pytest.raises(RequestError, match="both are on one scale"):
        compare_studies((FIRST, raw), matrices(FIRST, FIRST, "x", "y"), ("a", "b"))


@pytest.mark.parametrize(
    ("method", "trained", "transfer"),
    [
        ("ft1", None, 0.359),
        ("ft2", 0.886, 0.367),
        ("ft3", 0.912, 0.502),
        ("ftwb1", None, 0.449),
        ("ftwb2", 0.900, 0.585),
        ("ftwb3", 0.920, 0.706),
    ],
)
def test_the_published_means_are_those_of_the_methods(method, trained, transfer):
    """METHODS, "Matrices": trained and transfer means published for seed 42."""
    published = open_study("examples/published")
    matrix = TRANSFER.compute(published, TransferQuery(method))
    assert published.value_scale is ValueScale.NORMALIZED
    assert matrix.seeds == (42,)
    assert matrix.transfer_mean == transfer
    assert matrix.trained_mean == trained or (trained is None and np.isnan(matrix.trained_mean))
