from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.analyses import BALANCE
from core.analyses.query import TransferQuery
from core.analyses.social_relations import social_relations
from core.analyses.square_transfer import SquareTransfer
from core.errors import RequestError
from core.study import Method, Run
from core.transfer.normalization import Scale
from tests.core.small import square_study, study_of, tasks_named


def balance_of(study, **params):
    params.setdefault("scale", Scale.STRICT)
    return BALANCE.compute(study, TransferQuery(method="ft1", **params))


def sums(result):
    return {row.task: (row.given, row.received, row.net) for row in result.tasks}


THREE = [[1.0, 0.6, 0.2], [0.1, 1.0, 0.3], [0.5, 0.4, 1.0]]


def test_given_and_received_are_sums_over_the_others():
    assert sums(balance_of(square_study([THREE]))) == {
        "a": pytest.approx((0.8, 0.6, 0.2)),
        "b": pytest.approx((0.4, 1.0, -0.6)),
        "c": pytest.approx((0.9, 0.5, 0.4)),
    }


@pytest.mark.parametrize("size", [2, 3, 6])
def test_nets_sum_to_zero(size):
    study = square_study(np.random.default_rng(size).normal(size=(2, size, size)))
    assert sum(row.net for row in balance_of(study).tasks) == pytest.approx(0.0, abs=1e-12)


def test_a_sum_with_missing_cells_is_their_mean_times_the_full_number_and_flagged():
    values = [[1.0, np.nan, 0.2], [0.1, 1.0, 0.3], [0.5, 0.4, 1.0]]
    a, b, c = balance_of(square_study([values])).tasks
    assert (a.given, a.received) == pytest.approx((0.4, 0.6))
    assert (a.given_of, a.full, a.estimated) == (1, 2, True)
    assert b.received == pytest.approx(0.8)
    assert b.estimated
    assert not c.estimated


def test_a_task_that_is_not_both_source_and_target_has_no_sums():
    tasks = tasks_named("abst")
    runs, values = [], {}
    scores = {"a": {"b": 0.5, "t": 0.9}, "b": {"a": -0.25, "t": 0.1}, "s": {"a": 0.7, "b": 0.2}}
    for source, row in scores.items():
        runs.append(Run(f"from {source}", "ft1", (source,), None, 0))
        values |= {(f"from {source}", target, "shifted", 0): v for target, v in row.items()}
    study = study_of(tasks, runs, values, layout="scores")
    result = sums(balance_of(study))
    assert result["a"] == pytest.approx((0.5, -0.25, 0.75))
    assert result["b"] == pytest.approx((-0.25, 0.5, -0.75))
    assert np.isnan([*result["s"], *result["t"]]).all()


def test_a_task_without_a_run_of_its_own_still_receives_and_the_others_are_flagged():
    """The same numbers whether its run failed or was never made."""
    study = square_study([THREE])
    runs = [run for run in study.runs if run.name != "ft-a-0"]
    failed = [replace(run, failed=run.name == "ft-a-0") for run in study.runs]
    values = {
        (f"ft-{source}-0", target, "shifted", 9): THREE["abc".index(source)]["abc".index(target)]
        for source in "bc"
        for target in "abc"
    }
    for target in "abc":
        values |= {("base0", target, "shifted", 9): 0.0, ("base0", target, "standard", 9): 1.0}
    for kept in (runs, failed):
        a, b, c = balance_of(study_of(study.tasks, kept, values)).tasks
        assert a.received == pytest.approx(0.6)
        assert math.isnan(a.given)
        assert math.isnan(a.net)
        assert b.given == pytest.approx(0.4)
        assert b.received == pytest.approx(0.8)
        assert (b.received_of, b.full, b.estimated) == (1, 2, True)
        assert c.estimated


def test_scores_of_extreme_size_are_sums_or_undefined_never_a_failure():
    for size in (1e154, 1e308, 1e-308):
        values = size * np.array([[1, 1, 0.5], [-0.5, 1, 1], [1, 0.25, 1]])
        values[2, 1] = np.nan
        with np.errstate(all="ignore"):
            result = balance_of(square_study([values.tolist()]))
        assert result.social_relations is not None


def test_intervals_over_seeds_are_those_of_the_sums_of_each_seed():
    """For a sum of means over complete seeds the jackknife is Student's t of the seeds' sums."""
    values = np.random.default_rng(5).normal(size=(4, 3, 3))
    row = balance_of(square_study(values)).tasks[0]
    per_seed = values[:, 0, 1] + values[:, 0, 2]
    low, high = stats.t.interval(0.95, 3, loc=per_seed.mean(), scale=stats.sem(per_seed))
    assert (row.given_interval.low, row.given_interval.high) == pytest.approx((low, high))
    alone = balance_of(square_study(values[:1]))
    assert not alone.has_intervals
    assert math.isnan(alone.tasks[0].net_interval.low)


def test_a_method_without_single_source_runs_names_the_one_that_has():
    tasks = tasks_named("ab")
    runs = [
        Run("base", "pretrain", ("a", "b"), None, 0),
        Run("x", "two", ("a", "b"), "base", 0),
        Run("y", "one", ("a",), "base", 0),
    ]
    methods = [Method("two", "Two", predicted_from="one")]
    with pytest.raises(RequestError) as caught:
        BALANCE.compute(study_of(tasks, runs, {}, methods=methods), TransferQuery(method="two"))
    assert str(caught.value) == (
        "method two has no run trained on one task alone, so it has no X→Y; use one"
    )


# -- social relations model ------------------------------------------------------------------------


def square(values, names="abcdefghij") -> SquareTransfer:
    array = np.asarray(values, dtype=float)
    array = array[None] if array.ndim == 2 else array
    return SquareTransfer(tuple(names[: array.shape[1]]), array)


def additive(giver, taker, grand=0.4):
    return grand + np.asarray(giver)[:, None] + np.asarray(taker)[None, :]


def test_effects_of_an_additive_square_are_found_exactly():
    giver, taker = np.array([0.3, -0.1, 0.0, -0.2]), np.array([-0.05, 0.1, -0.1, 0.05])
    result = social_relations(square(additive(giver, taker)))
    assert result.grand_mean == pytest.approx(0.4)
    np.testing.assert_allclose([e.giver for e in result.effects], giver, atol=1e-12)
    np.testing.assert_allclose([e.taker for e in result.effects], taker, atol=1e-12)
    np.testing.assert_allclose(result.pair[~np.eye(4, dtype=bool)], 0.0, atol=1e-12)


def test_net_is_n_times_giver_minus_taker():
    values = np.random.default_rng(2).normal(size=(6, 6))
    effects = social_relations(square(values)).effects
    off = values * ~np.eye(6, dtype=bool)
    nets = off.sum(axis=1) - off.sum(axis=0)
    np.testing.assert_allclose(nets, [6 * (e.giver - e.taker) for e in effects], atol=1e-12)


def test_formula_and_least_squares_agree_where_nothing_is_missing():
    from core.analyses import social_relations as relations

    values = np.random.default_rng(8).normal(size=(5, 5))
    np.fill_diagonal(values, np.nan)
    grand, effects = relations._effects(values)
    fitted_grand, fitted = relations._least_squares_effects(values)
    assert grand == pytest.approx(fitted_grand)
    np.testing.assert_allclose(effects, fitted, atol=1e-12)


@pytest.mark.parametrize(("size", "missing"), [(4, 0.2), (40, 0.1), (40, 0.6), (60, 0.88)])
def test_the_descent_finds_what_a_solver_of_the_whole_system_does(size, missing, monkeypatch):
    from core.analyses import social_relations as relations

    rng = np.random.default_rng(4)
    values = rng.normal(size=(size, size)) + rng.normal(size=(size, 1))
    values[rng.random(values.shape) < missing] = np.nan
    np.fill_diagonal(values, np.nan)
    row, column = np.nonzero(np.isfinite(values))
    design = np.zeros((len(row) + 2, 2 * size + 1))
    design[:-2, 0] = 1
    design[np.arange(len(row)), 1 + row] = 1
    design[np.arange(len(row)), 1 + size + column] = 1
    design[-2, 1 : 1 + size] = design[-1, 1 + size :] = 1
    slow = np.linalg.lstsq(design, np.append(values[row, column], [0, 0]), rcond=None)[0]
    for descents in (relations.DESCENTS, 0):
        monkeypatch.setattr(relations, "DESCENTS", descents)
        grand, effects = relations._least_squares_effects(values)
        np.testing.assert_allclose([grand, *effects.T.ravel()], slow, atol=1e-10)


def test_an_incomplete_square_has_least_squares_effects_and_no_variances():
    values = additive([0.3, -0.1, 0.0, -0.2], [-0.05, 0.1, -0.1, 0.05])
    values[0, 1] = np.nan
    result = social_relations(square(values))
    np.testing.assert_allclose(
        [e.giver for e in result.effects], [0.3, -0.1, 0.0, -0.2], atol=1e-12
    )
    assert math.isnan(result.giver_variance)


def test_a_task_that_only_gives_leaves_the_effects_unidentified():
    values = np.random.default_rng(0).normal(size=(3, 3))
    values[:, 2] = np.nan
    effects = social_relations(square(values)).effects
    assert all(math.isnan(e.giver) for e in effects)


def test_sizes_from_which_there_are_effects_and_variances():
    rng = np.random.default_rng(1)
    assert social_relations(square(rng.normal(size=(2, 2)))) is None
    three = social_relations(square(rng.normal(size=(3, 3))))
    assert math.isfinite(three.effects[0].giver)
    assert math.isnan(three.pair_variance)
    assert math.isfinite(social_relations(square(rng.normal(size=(4, 4)))).pair_variance)


def test_variance_components_are_unbiased():
    """Squares drawn from the model: the mean estimate is the truth within its standard error."""
    rng = np.random.default_rng(1)
    size, draws = 6, 1500
    truth = np.array([0.5, 0.3, 0.8, 0.2, -0.3])
    of_tasks = np.linalg.cholesky([[0.5, 0.2], [0.2, 0.3]])
    of_pairs = np.linalg.cholesky([[0.8, -0.3], [-0.3, 0.8]])
    upper = np.triu_indices(size, k=1)
    found = []
    for _ in range(draws):
        effects = rng.normal(size=(size, 2)) @ of_tasks.T
        values = 2 + effects[:, [0]] + effects[:, 1]
        there, back = of_pairs @ rng.normal(size=(2, len(upper[0])))
        values[upper] += there
        values.T[upper] += back
        result = social_relations(square(values))
        found.append(
            (
                result.giver_variance,
                result.taker_variance,
                result.pair_variance,
                result.giver_taker_covariance,
                result.pair_covariance,
            )
        )
    error = np.std(found, axis=0) / math.sqrt(draws)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error).all()


def test_negative_variance_estimates_stay_and_are_named():
    rng = np.random.default_rng(0)
    results = [social_relations(square(rng.normal(size=(4, 4)))) for _ in range(50)]
    negative = [r for r in results if r.giver_variance < 0]
    assert negative
    assert all("giver" in r.negative_variances for r in negative)
    assert all(math.isnan(r.generalized_reciprocity) for r in negative)
    assert {r.generalized_reason for r in negative} == {"a variance is estimated at zero or below"}
    few = social_relations(square(rng.normal(size=(3, 3))))
    assert few.generalized_reason == "needs at least 4 tasks and every transfer between them"


def test_reciprocities_have_the_sign_of_what_made_them():
    rng = np.random.default_rng(3)
    pair = rng.normal(size=(8, 8))
    mutual = social_relations(square(pair + pair.T))
    assert mutual.dyadic_reciprocity == pytest.approx(1.0)
    opposed = social_relations(square(pair - pair.T))
    assert opposed.dyadic_reciprocity < -0.5


def test_a_seed_all_of_whose_runs_failed_is_no_seed():
    values = np.random.default_rng(3).normal(size=(3, 5, 5))
    failed = values.copy()
    failed[2] = np.nan
    with_it, without = balance_of(square_study(failed)), balance_of(square_study(values[:2]))
    for one, other in zip(with_it.rows, without.rows, strict=True):
        for name in ("given_interval", "received_interval", "net_interval"):
            a, b = getattr(one.sums, name), getattr(other.sums, name)
            assert (a.low, a.high) == pytest.approx((b.low, b.high))
        assert one.effects.giver_interval == other.effects.giver_interval


@pytest.mark.parametrize("power", [-165, -150, 150, 155])
def test_reciprocities_know_no_scale(power):
    values = np.random.default_rng(5).normal(size=(1, 6, 6))
    plain = social_relations(SquareTransfer(tuple("abcdef"), values))
    scaled = social_relations(SquareTransfer(tuple("abcdef"), values * 10.0**power))
    assert scaled.dyadic_reciprocity == pytest.approx(plain.dyadic_reciprocity)
    assert scaled.generalized_reciprocity == pytest.approx(
        plain.generalized_reciprocity, nan_ok=True
    )


def test_a_covariance_beyond_what_the_variances_allow_is_no_correlation():
    beyond = 0
    for seed in range(200):
        values = np.random.default_rng(seed).normal(size=(1, 4, 4))
        found = social_relations(SquareTransfer(tuple("abcd"), values))
        assert abs(found.dyadic_reciprocity) <= 1
        if found.negative_variances:
            continue
        size = math.sqrt(found.giver_variance * found.taker_variance)
        if size and abs(found.giver_taker_covariance) > size * (1 + 1e-6):
            beyond += 1
            assert math.isnan(found.generalized_reciprocity)
            assert found.generalized_reason == "covariance larger than the variances allow"
            # Where it is beyond the spread of the effects, too, there is no p of it either.
            assert (0 < found.generalized_p <= 1) == (abs(found.attenuated_reciprocity) <= 1)
        elif size:
            r = found.giver_taker_covariance / size
            assert found.generalized_reciprocity == pytest.approx(r)
            assert found.generalized_reason == ""
    assert beyond > 10


def test_an_r_of_one_but_for_rounding_is_one_and_none_of_rounding():
    effects = np.random.default_rng(2).normal(size=6)
    both = effects[:, None] + effects[None, :]
    found = social_relations(SquareTransfer(tuple("abcdef"), both[None]))
    assert found.generalized_reciprocity == pytest.approx(1.0)
    assert found.generalized_reciprocity <= 1
    additive = np.arange(5.0)[:, None] * 0.1 + np.arange(5.0)[None, :] * 0.3
    found = social_relations(SquareTransfer(tuple("abcde"), additive[None]))
    assert math.isnan(found.dyadic_reciprocity)


def test_reciprocities_have_the_p_of_a_correlation_and_of_an_f_test():
    rng = np.random.default_rng(3)
    square = SquareTransfer(tuple("abcdef"), rng.normal(size=(1, 6, 6)))
    model = replace(
        social_relations(square),
        generalized_reciprocity=-1.0,
        attenuated_reciprocity=-0.576,
        dyadic_reciprocity=0.38,
    )
    t = -0.576 * math.sqrt(4 / (1 - 0.576**2))
    assert model.generalized_p == pytest.approx(2 * stats.t.cdf(t, 4))
    assert model.dyadic_p == pytest.approx(2 * stats.f.sf(1.38 / 0.62, 9, 10))
    assert replace(model, dyadic_reciprocity=1.0).dyadic_p == 0
    assert replace(model, dyadic_reciprocity=-1.0).dyadic_p == 0
    undefined = replace(model, attenuated_reciprocity=math.nan, dyadic_reciprocity=math.nan)
    assert math.isnan(undefined.generalized_p)
    assert math.isnan(undefined.dyadic_p)


def test_variances_that_are_rounding_are_none():
    values = np.full((6, 6), 0.3)
    values[1, 2] += 5e-17
    model = social_relations(square(values))
    assert model.negative_variances == ()
    assert (model.giver_variance, model.taker_variance) == (0.0, 0.0)


def test_teaching_and_learning_go_together_by_luck_in_few_studies():
    """Estimated r is often beyond ±1 in noise; its p is that of what can be seen of it."""
    rng = np.random.default_rng(5)
    for givers in (0.0, 2.0):
        found = 0
        for _ in range(300):
            values = rng.normal(size=(5, 5)) + givers * rng.normal(size=(5, 1))
            found += (
                social_relations(square(values + givers * rng.normal(size=5))).generalized_p <= 0.05
            )
        assert found <= 27
    small = social_relations(square(values)).generalized_p
    for scale in (1e-165, 1e155):
        assert social_relations(square(values * scale)).generalized_p == pytest.approx(small)


def test_effects_of_a_square_that_is_flat_but_for_gaps_are_found():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = np.where(rng.random((4, 4)) < 0.4, math.nan, 0.1 + 0.2)
        values[rng.integers(4), rng.integers(4)] = 0.3
        found = social_relations(square(values))
        known = [effect.giver for effect in found.effects if math.isfinite(effect.giver)]
        assert all(abs(giver) < 1e-12 for giver in known)


def test_who_gives_as_much_as_he_takes_is_seldom_said_to_give():
    """Of seven tasks one has an interval without zero in 3 of 10 such studies."""
    rng = np.random.default_rng(5)
    intervals = said = 0
    for _ in range(200):
        found = balance_of(square_study(0.4 + rng.normal(0, 0.1, (3, 7, 7))))
        outside = {t.task for t in found.tasks if t.net_interval.low * t.net_interval.high > 0}
        assert found.settled_nets <= outside
        intervals += bool(outside)
        said += bool(found.settled_nets)
    assert said < 16 < 40 < intervals


def test_sure_givers_are_settled_and_none_is_with_one_seed():
    giver = np.full((7, 7), 0.3)
    giver[0] += 0.5
    noise = np.random.default_rng(5).normal(0, 0.01, (4, 7, 7))
    assert "a" in balance_of(square_study(giver + noise)).settled_nets
    assert balance_of(square_study(giver[None])).settled_nets == frozenset()
