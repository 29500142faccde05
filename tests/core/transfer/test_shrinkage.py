from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.analyses.social_relations import pair_effects
from core.cli.formatters.matrix import matrix_text
from core.io import open_study
from core.study import Metric
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from core.transfer.shrinkage import by_definition, fit_shrinkage, shrink
from tests.core.small import square_study


def matrix_of(per_seed, *, kind=MatrixKind.ACTUAL, scale=Scale.STRICT, **study):
    made = square_study(np.asarray(per_seed, dtype=float), **study)
    return replace(transfer_matrix(made, TransferQuery("ft1", scale=scale)), kind=kind), made


def noisy(size=6, seeds=3, seed=0, noise=0.2):
    rng = np.random.default_rng(seed)
    truth = rng.normal(0.3, 0.3, (size, size))
    return truth + noise * rng.normal(size=(seeds, size, size))


def test_a_difference_worked_out_by_hand():
    """Means 0, 1, 2, 5, each of two seeds half away: s² = 0.5, v = 0.25, τ² = 14/3 − 0.25."""
    means = np.array([[0.0, 1.0], [2.0, 5.0]])
    found = shrink(*matrix_of([means - 0.5, means + 0.5], kind=MatrixKind.DIFFERENCE))
    b = 0.25 / (14 / 3)
    assert found.variance[0, 0] == pytest.approx(0.5)
    assert found.degrees[0, 0] == 4
    assert found.prior == pytest.approx(np.full((2, 2), 2.0))
    assert found.values == pytest.approx(2 + (1 - b) * (means - 2))
    spread = np.sqrt(0.25 * (1 - 0.75 * b) + 2 * b**2 * 9)
    assert found.high[1, 1] - found.values[1, 1] == pytest.approx(stats.t.ppf(0.975, 4) * spread)
    assert found.false_sign_rate[1, 1] == pytest.approx(stats.t.sf(found.values[1, 1] / spread, 4))


def beside_nothing(per_seed):
    """Minus those of another study, which are all 0 with each of its seeds."""
    matrix, study = matrix_of(per_seed, kind=MatrixKind.VERSUS)
    other = replace(matrix, per_seed=np.zeros_like(matrix.per_seed))
    return replace(matrix, subtracted=other), study


def test_of_two_studies_what_all_cells_of_a_seed_share_is_not_drawn_off():
    """The same beside another study: one seed is higher than the other throughout, which the
    seeds of another study do not share: all of v is in common.

    Cells differ by nothing else (B = 0), and each is as sure as two seeds are: t of 1 degree.
    """
    means = np.array([[0.0, 1.0], [2.0, 5.0]])
    found = shrink(*beside_nothing([means - 0.5, means + 0.5]))
    assert found.values == pytest.approx(means)
    assert found.high - means == pytest.approx(np.full((2, 2), stats.t.ppf(0.975, 1) * 0.5))
    assert found.false_sign_rate == pytest.approx(stats.t.sf(means / 0.5, 1))


def empty_differences(rng, shared):
    """Differences of 16 cells over four seeds, all 0 in truth; the seeds move all cells alike."""
    return rng.normal(size=(4, 4, 4)) + shared * rng.normal(size=(4, 1, 1))


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_a_zero_that_cells_of_a_seed_share_makes_no_cell_sure(shared):
    """In 200 empty studies, where a rate of 5 % to each side is 10 % of cells.

    With cells taken for independent of each other 43 % of all cells with a shared zero were sure.
    """
    rng = np.random.default_rng(8)
    sure = [shrink(*beside_nothing(empty_differences(rng, shared))).trusted for _ in range(200)]
    assert np.mean(sure) <= 0.12


def test_of_two_cells_on_one_side_the_one_farther_out_is_not_less_sure():
    """Where cells differ by no more than seeds do, all are drawn to their mean."""
    rng = np.random.default_rng(3)
    looked_at = 0
    for _ in range(60):
        matrix, study = matrix_of(0.4 + rng.normal(size=(4, 4, 4)), kind=MatrixKind.DIFFERENCE)
        fit = fit_shrinkage(matrix, study)
        found = fit.of_cells(matrix.values, matrix.n, matrix.trained)
        assert found.trusted[(found.low > 0) | (found.high < 0)].all()
        above = (matrix.values > found.prior) & (found.prior > 0)
        if fit.others.tau == 0 and above.any():
            looked_at += 1
            rates = found.false_sign_rate[above]
            nearer = found.false_sign_rate[~above & (matrix.values > 0)]
            assert rates == pytest.approx(np.full(rates.shape, rates[0]))
            assert (nearer >= rates[0]).all()
    assert looked_at > 10


def test_the_prior_of_transfers_is_what_givers_and_takers_are():
    matrix, study = matrix_of(noisy())
    found = shrink(matrix, study)
    off = ~np.eye(6, dtype=bool)
    values = matrix.values
    assert (values - found.prior)[off] == pytest.approx(pair_effects(values)[off])
    assert np.ptp(np.diag(found.prior)) == pytest.approx(0)


def test_shrunken_lies_between_the_raw_value_and_its_prior():
    matrix, study = matrix_of(noisy(seed=4))
    found = shrink(matrix, study)
    low, high = np.minimum(matrix.values, found.prior), np.maximum(matrix.values, found.prior)
    assert (low - 1e-12 <= found.values).all()
    assert (found.values <= high + 1e-12).all()
    assert (found.low < found.values).all()
    assert (found.values < found.high).all()
    assert ((found.false_sign_rate >= 0) & (found.false_sign_rate <= 0.5)).all()


def test_more_noise_shrinks_more_and_none_not_at_all():
    truth = noisy(noise=0)[0]
    quiet = truth + 1e-9 * np.random.default_rng(1).normal(size=(3, 6, 6))
    matrix, study = matrix_of(quiet)
    assert shrink(matrix, study).values == pytest.approx(matrix.values, abs=1e-6)
    loud, study = matrix_of(0.3 + np.random.default_rng(2).normal(size=(3, 6, 6)))
    found = shrink(loud, study)
    off = ~np.eye(6, dtype=bool)
    assert np.std(found.values[off]) < np.std(loud.values[off])


def test_the_scale_and_the_order_of_tasks_change_nothing():
    values = noisy(seed=7)
    plain = shrink(*matrix_of(values))
    order = np.array([4, 0, 5, 2, 1, 3])
    moved = shrink(*matrix_of(values[:, order][:, :, order]))
    assert moved.values == pytest.approx(plain.values[np.ix_(order, order)])
    assert moved.false_sign_rate == pytest.approx(plain.false_sign_rate[np.ix_(order, order)])
    larger = shrink(*matrix_of(values * 1e6))
    assert larger.values == pytest.approx(plain.values * 1e6)
    assert larger.false_sign_rate == pytest.approx(plain.false_sign_rate)
    turned = shrink(*matrix_of(-values))
    assert turned.values == pytest.approx(-plain.values)


def test_targets_whose_seeds_differ_unlike_have_each_a_variance_of_their_own():
    """The unit of a target then changes nothing, and each variance is that of its column."""
    values = noisy(size=5, seeds=4)
    scale = np.array([1.0, 30.0, 0.1, 5.0, 400.0])
    found = shrink(*matrix_of(values * scale))
    own = values.var(axis=0, ddof=1).mean(axis=0) * scale**2
    assert found.unlike
    assert found.variance == pytest.approx(np.broadcast_to(own, (5, 5)))
    assert ((found.degrees > 8) & (found.degrees <= 15)).all()
    # However far apart the units are.
    other = shrink(*matrix_of(values * scale * [1.0, 7.0, 1.0, 1.0, 1.0]))
    assert other.values == pytest.approx(found.values * [1.0, 7.0, 1.0, 1.0, 1.0])
    assert other.prior == pytest.approx(found.prior * [1.0, 7.0, 1.0, 1.0, 1.0])
    assert other.low == pytest.approx(found.low * [1.0, 7.0, 1.0, 1.0, 1.0])
    assert other.false_sign_rate == pytest.approx(found.false_sign_rate)


def test_what_a_seed_moves_in_a_whole_column_is_known_from_so_many_seeds():
    """20 cells of 4 seeds have 60 degrees of freedom, but of a base that all share only 3."""
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(4, 6, 6))
    moved = 0.3 + 0.01 * noise
    moved[:, :, 0] += 0.5 * rng.normal(size=(4, 1))
    found = shrink(*matrix_of(moved))
    assert found.unlike
    assert found.degrees[0, 0] == pytest.approx(3, abs=0.1)
    assert (found.degrees[0, 1:] > 8).all()
    # Such a spread is no sign that targets are unlike where each has so few seeds.
    assert not shrink(*matrix_of(0.3 + 0.01 * noise + rng.normal(size=(4, 1, 6)))).unlike


def test_targets_may_be_apart_by_any_number():
    values = noisy(size=5, seeds=4)
    found = shrink(*matrix_of(values * [1e-100, 1.0, 30.0, 1.0, 1e100]))
    assert found.unlike
    assert ((found.low <= found.values) & (found.values <= found.high)).all()


def test_targets_are_alike_within_four_times_and_where_chance_could_be_all():
    values = noisy(size=5, seeds=4)
    assert not shrink(*matrix_of(values * [1.0, 1.0, 1.0, 1.0, 2.0])).unlike
    # Two seeds of two tasks say little of how far seeds differ.
    assert not shrink(*matrix_of(noisy(size=2, seeds=2) * [1.0, 30.0])).unlike


def test_a_target_without_spread_of_its_own_borrows_that_of_its_metric():
    """Seeds that agree to the last digit are no proof that others would."""
    values = noisy(size=5, seeds=4)
    values[:, :, 1] = 0.5
    found = shrink(*matrix_of(values * [1.0, 1.0, 30.0, 0.1, 5.0]))
    assert found.unlike
    assert found.variance[0, 1] > found.variance[0, 0]
    assert found.false_sign_rate[0, 1] > 0.05


def test_a_quiet_target_beside_noisy_ones_leaves_no_luck_in_theirs():
    """True differences are as large on all targets; in units of the quiet one they are 40 times."""
    rng = np.random.default_rng(2)
    truth = rng.normal(0.1, 0.05, (6, 6))
    measured = truth + np.array([0.005, *[0.2] * 5]) * rng.normal(size=(3, 6, 6))
    matrix, study = matrix_of(measured)
    found = shrink(matrix, study)
    assert found.unlike
    others = ~np.eye(6, dtype=bool)
    quiet, others[:, 0] = others[:, 0].copy(), False
    off, left = (np.std((one - truth)[others]) for one in (matrix.values, found.values))
    assert left < 0.75 * off
    assert found.values[quiet, 0] == pytest.approx(matrix.values[quiet, 0], abs=0.002)
    assert shrink(*matrix_of(5 * measured)).values == pytest.approx(5 * found.values)


def test_what_rounding_alone_moves_is_no_spread():
    """The mean of three times 0.1 is not 0.1 in floats: 1e-17 would be what all is counted in."""
    values = noisy(size=6)
    values[:, :, 1] = 0.1
    assert 0 < values[:, :, 1].var() < 1e-30
    found = shrink(*matrix_of(values))
    assert not found.unlike
    assert found.false_sign_rate[0, 1] > 0.05
    values[:, :, 1] = values[0, :, 1] = noisy(size=6, seed=1)[0, :, 1]
    assert not shrink(*matrix_of(values)).unlike


def test_raw_scores_of_any_size_have_the_same_degrees_of_freedom():
    values = noisy(size=5, seeds=4) * [1.0, 30.0, 0.1, 5.0, 400.0]
    plain = shrink(*matrix_of(values))
    for size in (1e-100, 1e140):
        found = shrink(*matrix_of(values * size))
        assert found.degrees == pytest.approx(plain.degrees)
        assert found.false_sign_rate == pytest.approx(plain.false_sign_rate)


@pytest.mark.parametrize(
    ("values", "study", "why"),
    [
        (noisy(seeds=1), {}, "one seed"),
        (noisy(seeds=3), {"one_base": True}, "share a base"),
        (np.where(np.arange(2)[:, None, None] == 0, 2.0, 9.0) * np.ones((2, 3, 3)), {}, "cut"),
    ],
)
def test_without_a_spread_over_seeds_there_is_nothing(values, study, why):
    found = shrink(*matrix_of(values, scale=Scale.PUBLISHED, **study))
    assert not found.known
    assert why in found.why
    for part in (found.values, found.low, found.high, found.false_sign_rate):
        assert np.isnan(part).all()
    assert not found.trusted.any()
    assert (found.seeds_for(0.1) == 0).all()


def test_values_at_the_cut_count_nothing_for_the_spread():
    values = noisy(seed=3, noise=0.05).clip(0.05, 1.4)
    cut = values.copy()
    cut[:, 0, 1] = [-5.0, 3.0, 9.0]
    plain, with_cut = (shrink(*matrix_of(v, scale=Scale.PUBLISHED)) for v in (values, cut))
    assert with_cut.variance[2, 3] == pytest.approx(plain.variance[2, 3], rel=0.15)
    assert with_cut.degrees[2, 3] == plain.degrees[2, 3] - 2
    assert np.isfinite(with_cut.values[0, 1])


def test_each_metric_has_a_spread_of_its_own():
    matrix, study = matrix_of(noisy(seed=2))
    tasks = tuple(
        replace(task, metric=Metric.SCORE) if at < 2 else task
        for at, task in enumerate(study.tasks)
    )
    found = shrink(matrix, replace(study, tasks=tasks))
    assert np.unique(np.round(found.variance, 12)).size == 2
    assert found.degrees[0, 0] == 2 * 12
    assert found.degrees[0, 5] == 2 * 24


def test_a_metric_whose_cells_are_all_cut_is_named():
    values = noisy(seed=3, noise=0.05).clip(0.05, 1.4)
    values[:, :, :2] = [[[9.0, -5.0]]]
    matrix, study = matrix_of(values, scale=Scale.PUBLISHED)
    tasks = tuple(
        replace(task, metric=Metric.SCORE) if at < 2 else task
        for at, task in enumerate(study.tasks)
    )
    found = shrink(matrix, replace(study, tasks=tasks))
    assert found.known
    assert np.isnan(found.values[:, :2]).all()
    names = ", ".join(task.name for task in tasks[:2])
    why = f"{names}: each cell of that metric with two seeds has one that is cut to the scale"
    assert found.partly == why
    assert f"no luck can be taken off {why}\n" in matrix_text(matrix, found)
    assert shrink(matrix, study).partly == ""


def test_a_cell_with_one_seed_cut_has_no_spread_and_is_named_so():
    # Three seeds, of which two are not cut, in every cell.
    values = np.full((3, 3, 3), 0.5) + np.array([0.1, 0.0, 9.0])[:, None, None]
    matrix, study = matrix_of(values, scale=Scale.PUBLISHED)
    assert (~matrix.clipped).sum(axis=0).min() == 2
    assert shrink(matrix, study).why == "each cell with two seeds has one that is cut to the scale"
    once = np.where(np.arange(3)[:, None, None] == np.arange(3)[:, None], values, np.nan)
    alone, study = matrix_of(once, scale=Scale.PUBLISHED)
    assert alone.clipped.any()
    assert shrink(alone, study).why == "no cell has two seeds"


def test_missing_cells_stay_missing_and_cells_of_one_seed_borrow_the_spread():
    values = noisy(seed=5)
    values[:, 0, 1] = np.nan
    values[1:, 2, 3] = np.nan
    found = shrink(*matrix_of(values))
    assert np.isnan(found.values[0, 1])
    assert np.isnan(found.false_sign_rate[0, 1])
    assert found.high[2, 3] - found.low[2, 3] > found.high[2, 4] - found.low[2, 4]


@pytest.mark.parametrize("size", [1, 2, 3])
def test_few_cells_stay_as_they_are_or_go_to_one_mean(size):
    matrix, study = matrix_of(noisy(size=size, seed=8))
    found = shrink(matrix, study)
    assert np.isfinite(found.values).all()
    if size < 3:
        assert found.values == pytest.approx(matrix.values)
    assert (found.low < found.high).all()


def test_cells_without_any_spread_have_a_sign_for_sure():
    found = shrink(*matrix_of(np.ones((2, 4, 4)) * np.arange(4)[:, None]))
    assert (found.false_sign_rate[1:] == 0).all()
    assert (found.false_sign_rate[0] == 0.5).all()


def test_how_many_seeds_an_interval_takes():
    means = np.array([[0.0, 1.0], [2.0, 5.0]])
    found = shrink(*matrix_of([means - 0.5, means + 0.5], kind=MatrixKind.DIFFERENCE))
    t = stats.t.ppf(0.975, 4)
    assert (found.seeds_for(1.0) == np.ceil(4 * t**2 * 0.5)).all()
    assert (found.seeds_for(100.0) == 2).all()
    assert (found.seeds_for(0.5) >= found.seeds_for(1.0) * 3).all()
    assert (found.seeds_for(5e-324) > 1e15).all()


def of_diagonal(tmp_path, rows, kind=MatrixKind.ACTUAL):
    """Two seeds of methods on tasks A and B, 0 and 1 on the scale where training on itself ends."""
    (tmp_path / "scores.csv").write_text("method,seed,sources,target,score\n" + rows)
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n[scale]\nzero = 0\n'
        'one = "diagonal"\n'
    )
    study = open_study(tmp_path)
    other = {"other": "n"} if kind == MatrixKind.VERSUS else {}
    return transfer_matrix(study, TransferQuery("m", kind=kind, **other)), study


def ones_and(method, *per_seed):
    """Rows of A and B, 1 on themselves; per_seed: (A→B, B→A) of each seed."""
    return "".join(
        f"{method},{seed},A,A,1\n{method},{seed},A,B,{there}\n"
        f"{method},{seed},B,A,{back}\n{method},{seed},B,B,1\n"
        for seed, (there, back) in enumerate(per_seed)
    )


def test_cells_that_are_one_by_definition_are_nowhere_counted(tmp_path):
    """A→B 0.1, 0.3 and B→A 0.4, 0.8: s² = (0.02 + 0.08) / 2, of two degrees and not of four."""
    matrix, study = of_diagonal(tmp_path, ones_and("m", (0.1, 0.4), (0.3, 0.8)))
    found = shrink(matrix, study)
    assert np.diag(matrix.values) == pytest.approx([1, 1])
    assert found.fixed.tolist() == np.eye(2, dtype=bool).tolist()
    assert by_definition(matrix, study).tolist() == found.fixed.tolist()
    assert (found.variance[0, 1], found.degrees[0, 1]) == pytest.approx((0.05, 2))
    # Two cells are too few to know how far cells differ: they stay as they are, v = s²/2.
    assert found.values == pytest.approx(matrix.values)
    rates = stats.t.sf(np.array([0.2, 0.6]) / np.sqrt(0.025), 2)
    assert found.false_sign_rate[[0, 1], [1, 0]] == pytest.approx(rates)
    assert np.isnan(np.diag(found.false_sign_rate)).all()
    assert (np.diag(found.low), np.diag(found.high)) == (pytest.approx([1, 1]),) * 2
    assert (found.seeds_for(0.1)[0, 0], found.judged.sum()) == (0, 2)
    text = matrix_text(matrix, found)
    assert "1 of 2 cells have a sign that is wrong with at most 5 %" in text
    assert "; 2 more are 1 by definition\n" in text


def test_two_methods_that_are_both_one_by_definition_are_not_compared_there(tmp_path):
    rows = ones_and("m", (0.1, 0.4), (0.3, 0.8)) + ones_and("n", (0.1, 0.2), (0.1, 0.2))
    matrix, study = of_diagonal(tmp_path, rows, MatrixKind.VERSUS)
    found = shrink(matrix, study)
    # Differences 0, 0.2 and 0.2, 0.6: s² = (0.02 + 0.08) / 2; the prior is the mean of two.
    assert (found.variance[0, 1], found.degrees[0, 1]) == pytest.approx((0.05, 2))
    assert found.prior[[0, 1], [1, 0]] == pytest.approx([0.25, 0.25])
    assert "; 2 more are 0 by definition\n" in matrix_text(matrix, found)


def test_where_all_cells_are_one_by_definition_nothing_is_known(tmp_path):
    rows = "".join(f"m,{seed},A,A,1\nm,{seed},B,B,1\n" for seed in (0, 1))
    assert shrink(*of_diagonal(tmp_path, rows)).why == (
        "no cell that the scale leaves free has two seeds"
    )
