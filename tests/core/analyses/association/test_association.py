from __future__ import annotations

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from core.analyses import ASSOCIATION, ASSOCIATION_SWEEP
from core.analyses.association.correlation import (
    correlation_of,
    leave_tasks_out,
    why_no_correlation,
)
from core.analyses.association.dyads import DyadTable
from core.analyses.association.noise_ceiling import ceiling_of, seed_ceiling, symmetric_ceiling
from core.analyses.association.qap import (
    PermutationTest,
    qap,
    qap_all,
    qap_of_maximum,
)
from core.analyses.association.relabelling import relabelled_r
from core.errors import RequestError
from core.numerics import permutation
from core.numerics.intervals import ResamplingUnit
from core.study import FINAL
from core.transfer.matrix import mean_present
from core.transfer.normalization import Scale
from tests.core.small import cka_table, queries_of, square_study

STRICT = Scale.STRICT


def table_of(cka, transfer) -> DyadTable:
    per_seed = np.asarray(transfer, dtype=float)
    per_seed = per_seed[None] if per_seed.ndim == 2 else per_seed
    size = per_seed.shape[1]
    return DyadTable(
        tasks=tuple("abcdefghijkl"[:size]),
        cka=np.asarray(cka, dtype=float),
        transfer=mean_present(per_seed, axis=0),
        per_seed=per_seed,
    )


def random_table(size, *, seed=0, n_seeds=1) -> DyadTable:
    rng = np.random.default_rng(seed)
    cka = rng.random((size, size))
    return table_of((cka + cka.T) / 2, rng.random((n_seeds, size, size)))


def associate(study, **params):
    params.setdefault("scale", STRICT)
    return ASSOCIATION.compute(study, *queries_of("ft1", **params))


def random_study(size=5, n_seeds=1, seed=3, **changed):
    rng = np.random.default_rng(seed)
    cka = rng.random((size, size))
    return square_study(
        rng.normal(0.5, 0.2, (n_seeds, size, size)), cka=(cka + cka.T) / 2, **changed
    )


def test_agrees_with_scipy_over_all_ordered_pairs():
    result = associate(random_study())
    assert result.n == 20
    assert {(p.source, p.target) for p in result.points} == set(permutations("abcde", 2))
    x = np.array([p.cka for p in result.points])
    y = np.array([p.transfer for p in result.points])
    fit = stats.linregress(x, y)
    assert result.pearson.r == pytest.approx(fit.rvalue)
    assert result.pearson.p == pytest.approx(fit.pvalue)
    assert result.r_squared == pytest.approx(fit.rvalue**2)
    assert (result.slope, result.intercept) == pytest.approx((fit.slope, fit.intercept))
    rho = stats.spearmanr(x, y)
    assert (result.spearman.r, result.spearman.p) == pytest.approx((rho.statistic, rho.pvalue))


def test_points_are_named_source_to_target_and_similarity_is_symmetric():
    result = associate(random_study())
    by_pair = {(p.source, p.target): p for p in result.points}
    assert by_pair["b", "d"].label == "B→D"
    assert by_pair["b", "d"].cka == by_pair["d", "b"].cka
    assert by_pair["b", "d"].transfer != by_pair["d", "b"].transfer


def test_excluded_tasks_stay_out_unless_included():
    study = random_study(excluded="c")
    assert associate(study).tasks == ("a", "b", "d", "e")
    assert associate(study).n == 12
    assert associate(study, include=("c",)).tasks == tuple("abcde")
    assert associate(study, include=("c",), exclude=("a",)).tasks == tuple("bcde")


def slow_qap(table):
    size = len(table.tasks)
    off = ~np.eye(size, dtype=bool) & np.isfinite(table.transfer)
    r = abs(correlation_of(table))
    hits = 0
    for labels in permutations(range(size)):
        x = table.cka[np.ix_(labels, labels)]
        both = off & np.isfinite(x)
        hits += abs(np.corrcoef(x[both], table.transfer[both])[0, 1]) >= r - 1e-12
    return hits / math.factorial(size)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_qap_is_all_relabellings_of_rows_and_columns_together(size):
    table = random_table(size, seed=size)
    found = qap(table)
    assert found.p == slow_qap(table)
    assert found.permutations == math.factorial(size)
    assert found.exhaustive


def test_qap_with_missing_values_is_over_the_pairs_that_have_both():
    table = random_table(5, seed=1)
    table.cka[0, 1] = table.cka[1, 0] = np.nan
    table.transfer[3, 2] = np.nan
    assert qap(table).p == slow_qap(table)


def test_qap_counts_the_identity_however_strong_the_association():
    cka = random_table(4).cka
    found = qap(table_of(cka, 0.3 + 2 * cka))
    assert found.p == pytest.approx(1 / 24)


def test_qap_beyond_eight_tasks_is_drawn_with_a_seed():
    table = random_table(9)
    found = qap(table)
    assert found == qap(table)
    assert (found.permutations, found.exhaustive) == (10_000, False)
    assert found.p >= 1 / 10_001
    assert abs(found.p - qap(table, seed=1).p) < 0.03


def slow_null(table):
    """|r*| of every relabelling."""
    size = len(table.tasks)
    off = ~np.eye(size, dtype=bool)
    return [
        abs(np.corrcoef(table.cka[np.ix_(p, p)][off], table.transfer[off])[0, 1])
        for p in permutations(range(size))
    ]


def test_p_of_the_maximum_relabels_all_places_at_once():
    first, second = random_table(5, seed=1), random_table(5, seed=2)
    second = table_of(second.cka, first.transfer)
    largest = np.max([slow_null(first), slow_null(second)], axis=0)
    expected = [np.mean(largest >= abs(correlation_of(table)) - 1e-12) for table in (first, second)]
    found = qap_of_maximum([first, second])
    assert [one.p for one in found] == expected
    assert [one.error for one in found] == [0, 0]
    assert all(a.p >= b.p for a, b in zip(found, qap_all([first, second]), strict=True))
    assert qap_of_maximum([first])[0].p == qap(first).p


def test_p_of_the_maximum_with_gaps_and_undefined_places():
    whole, constant = random_table(5, seed=1), table_of(np.ones((5, 5)), random_table(5).transfer)
    few = whole.without_task(4)
    p = np.array([one.p for one in qap_of_maximum([whole, constant, few])])
    assert np.isnan(p[1])
    assert (p[[0, 2]] >= 1 / 120).all()
    assert (p[[0, 2]] <= 1).all()
    (undefined,) = qap_of_maximum([constant])
    assert np.isnan([undefined.p, undefined.error]).all()
    assert len(qap_of_maximum([])) == 0
    drawn = [random_table(9, seed=k) for k in range(2)]
    first, second = qap_of_maximum(drawn), qap_of_maximum(drawn)
    assert [one.p for one in first] == [one.p for one in second]
    for one in first:
        assert one.error == pytest.approx(math.sqrt(one.p * (1 - one.p) / 10_000), rel=1e-3)


def test_the_spread_is_that_of_r_over_all_relabellings():
    table = random_table(5, seed=7)
    off = ~np.eye(5, dtype=bool)
    signed = [
        np.corrcoef(table.cka[np.ix_(p, p)][off], table.transfer[off])[0, 1]
        for p in permutations(range(5))
    ]
    assert qap(table).spread == pytest.approx(np.std(signed))


def test_what_can_be_found_hangs_on_the_spread_and_on_how_many_relabellings_there_are():
    assert PermutationTest(0.2, 720, exhaustive=True, spread=0.2).detectable == pytest.approx(0.56)
    assert math.isnan(PermutationTest(0.2, 6, exhaustive=True, spread=0.2).detectable)
    assert math.isnan(PermutationTest(0.2, 24, exhaustive=True, spread=0.4).detectable)
    assert math.isnan(qap(random_table(3)).detectable)
    six = np.mean([qap(random_table(6, seed=k)).detectable for k in range(20)])
    assert 0.5 < six < 0.9
    assert qap(random_table(12)).detectable < 0.5


@pytest.mark.parametrize("size", [9, 14])
def test_large_and_small_relabellings_with_gaps_agree_with_numpy(size):
    table = table_of(random_table(9).cka, random_table(9).transfer)
    if size == 14:
        rng = np.random.default_rng(0)
        cka = rng.random((size, size))
        table = DyadTable(
            tuple("abcdefghijklmn"), (cka + cka.T) / 2, rng.random((size, size)), cka[None]
        )
    table.transfer[2, 5] = table.cka[0, 1] = table.cka[1, 0] = np.nan
    off = ~np.eye(size, dtype=bool)
    (first, *_) = permutation.permutations(size, exhaustive=False, seed=0)
    expected = []
    for labels in first[:50]:
        x = table.cka[np.ix_(labels, labels)]
        both = off & np.isfinite(x) & np.isfinite(table.transfer)
        expected.append(np.corrcoef(x[both], table.transfer[both])[0, 1])
    found = np.concatenate(list(relabelled_r([table], 0)))[:50, 0]
    assert found == pytest.approx(expected, abs=1e-12)


def test_relabelling_the_tasks_changes_nothing():
    table = random_table(6)
    order = np.array([3, 0, 5, 1, 4, 2])
    moved = table_of(table.cka[np.ix_(order, order)], table.transfer[np.ix_(order, order)])
    assert correlation_of(moved) == pytest.approx(correlation_of(table))
    assert qap(moved).p == pytest.approx(qap(table).p)
    assert symmetric_ceiling(moved) == pytest.approx(symmetric_ceiling(table))


def test_two_tasks_have_a_constant_similarity_and_no_correlation():
    result = associate(random_study(2))
    assert result.n == 2
    values = (result.pearson.r, result.pearson.p, result.qap.p, result.slope, result.r_squared)
    assert np.isnan(values).all()


def test_constant_transfer_has_no_correlation_but_a_flat_line():
    study = square_study(np.full((1, 4, 4), 0.25), cka=random_table(4).cka)
    result = associate(study)
    assert math.isnan(result.pearson.r)
    assert (result.slope, result.intercept) == pytest.approx((0.0, 0.25))
    assert math.isnan(result.ceiling.symmetric)


def test_a_symmetric_transfer_can_be_explained_whole_an_antisymmetric_one_not_at_all():
    values = random_table(5).cka
    assert symmetric_ceiling(table_of(values, values)) == pytest.approx(1.0)
    skew = np.triu(values) - np.triu(values).T
    assert symmetric_ceiling(table_of(values, skew)) == pytest.approx(0.0)


def test_no_symmetric_predictor_exceeds_the_ceiling():
    table = random_table(6, seed=4)
    best = (table.transfer + table.transfer.T) / 2
    assert correlation_of(table_of(best, table.transfer)) ** 2 == pytest.approx(
        symmetric_ceiling(table)
    )
    assert correlation_of(table) ** 2 <= symmetric_ceiling(table)


def test_seed_ceiling_is_icc_c_k():
    # Shrout & Fleiss (1979), table 2: six targets, four judges; ICC(3,4) = 0.91 by their table 4.
    ratings = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    )
    per_seed = np.full((4, 3, 3), np.nan)
    per_seed[:, ~np.eye(3, dtype=bool)] = ratings.T
    assert seed_ceiling(table_of(np.ones((3, 3)), per_seed)) == pytest.approx(0.91, abs=0.005)


def test_seed_ceiling_is_one_where_seeds_agree_and_undefined_with_one_seed():
    table = random_table(4)
    again = table_of(table.cka, np.stack([table.transfer, table.transfer + 0.3]))
    assert seed_ceiling(again) == pytest.approx(1.0)
    assert math.isnan(seed_ceiling(table))


def test_interval_over_seeds_is_a_jackknife_on_fishers_z():
    study = random_study(5, n_seeds=3)
    result = associate(study)
    z = np.arctanh(result.pearson.r)
    parts = [
        np.arctanh(associate(study, seeds=tuple(s for s in range(3) if s != gone)).pearson.r)
        for gone in range(3)
    ]
    half = stats.t.ppf(0.975, 2) * math.sqrt(2 / 3 * ((parts - np.mean(parts)) ** 2).sum())
    assert (result.interval.low, result.interval.high) == pytest.approx(
        (np.tanh(z - half), np.tanh(z + half))
    )
    assert result.interval.over is ResamplingUnit.SEEDS


def test_with_one_seed_there_is_no_interval_over_seeds_but_one_over_tasks():
    result = associate(random_study(5))
    assert math.isnan(result.interval.low)
    assert result.interval_tasks.over is ResamplingUnit.TASKS
    assert result.interval_tasks.low < result.pearson.r < result.interval_tasks.high


def test_seeds_restrict_cka_too_unless_it_has_none_of_them():
    study = random_study(4, n_seeds=2)  # CKA is of seed 0 alone
    assert associate(study).cka_seeds == (0,)
    elsewhere = associate(study, seeds=(1,))
    assert elsewhere.seeds == (1,)
    assert elsewhere.cka_seeds == (0,)


def test_a_task_without_similarity_is_in_no_pair():
    cka = random_table(4).cka
    cka[2] = cka[:, 2] = np.nan
    result = associate(square_study(np.random.default_rng(0).random((1, 4, 4)), cka=cka))
    assert result.tasks == ("a", "b", "d")
    assert result.n == 6


def test_large_and_small_batches_agree(monkeypatch):
    table = random_table(7)
    whole = qap(table)
    monkeypatch.setattr(permutation, "_BATCH_ELEMENTS", 1000)
    assert qap(table) == whole


def test_a_study_without_cka_says_what_to_add():
    study = square_study(np.zeros((1, 3, 3)))
    with pytest.raises(RequestError) as caught:
        associate(study)
    assert str(caught.value) == (
        "this study has no CKA of single-task models: add [cka] to study.toml"
        " with a summary, checkpoints or representations"
    )


def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(RequestError, match=r"^no CKA at layer 7; there are layers 5$"):
        associate(random_study(), layer=7)


def test_the_sweep_is_the_association_at_every_layer_and_checkpoint():
    rng = np.random.default_rng(0)
    study = random_study(4)
    names = [run.name for run in study.single_task_models]
    rows = [
        (a, b, layer, step, float(rng.random()))
        for layer, steps in ((3, (100, FINAL)), (5, (100, 200, FINAL)))
        for step in steps
        for i, a in enumerate(names)
        for b in names[:i]
    ]
    table = cka_table(study, rows)
    study = replace(study, cka=table)
    sweep = ASSOCIATION_SWEEP.compute(study, *queries_of("ft1", scale=STRICT))
    assert (sweep.layers, sweep.checkpoints) == ((3, 5), (100, 200, "last"))
    assert sweep.n.tolist() == [[12, 0, 12], [12, 12, 12]]
    assert math.isnan(sweep.r[0, 1])
    assert sweep.why(0, 1) == "no CKA at checkpoint 200 of layer 3; there are 100"
    assert sweep.why(0, 0) == ""
    assert (sweep.cka_seeds[0][1], sweep.cka_seeds[0][0]) == ((), (0,))
    for i, layer in enumerate(sweep.layers):
        for j, checkpoint in enumerate(sweep.checkpoints):
            if (layer, checkpoint) == (3, 200):
                continue
            one = associate(study, layer=layer, cka_checkpoint=checkpoint)
            assert sweep.r[i, j] == one.pearson.r
            assert sweep.r_squared[i, j] == one.r_squared
            assert sweep.qap_p[i, j] == one.qap.p
            assert sweep.qap_error[i, j] == one.qap.error
    assert sweep.ceiling.symmetric == associate(study, layer=3).ceiling.symmetric


def test_leaving_tasks_out_is_r_of_the_others():
    table = random_table(5)
    without = leave_tasks_out(table)
    keep = [0, 1, 3, 4]
    other = table_of(table.cka[np.ix_(keep, keep)], table.transfer[np.ix_(keep, keep)])
    assert without[2] == pytest.approx(correlation_of(other))
    study = random_study(5)
    found = associate(study)
    for task, r in zip(found.tasks, found.without_task, strict=True):
        assert r == pytest.approx(associate(study, exclude=(task,)).pearson.r)
    assert np.isnan(associate(random_study(3)).without_task).all()


@pytest.mark.parametrize("size", [4, 9])
def test_tables_that_share_the_relabellings_are_what_each_is_alone(size):
    first = random_table(size)
    others = [replace(first, cka=random_table(size, seed=k).cka) for k in range(3)]
    gap = replace(first, cka=first.cka.copy())
    gap.cka[0, 1] = gap.cka[1, 0] = np.nan
    constant = replace(first, cka=np.ones((size, size)))
    tables = [first, others[0], gap, constant, *others[1:], random_table(size - 1)]
    together = qap_all(tables)
    alone = [qap(table) for table in tables]
    np.testing.assert_array_equal([one.p for one in together], [one.p for one in alone])
    assert [one.permutations for one in together] == [one.permutations for one in alone]


def test_a_correlation_that_is_undefined_says_why():
    table = random_table(4)
    nothing = np.full((4, 4), np.nan)
    one = nothing.copy()
    one[0, 1] = 0.5
    ones = np.ones((4, 4))
    assert why_no_correlation(table) == ""
    for found, why in (
        (replace(table, cka=nothing), "no pair of tasks has both a similarity and a transfer"),
        (replace(table, cka=one), "only one pair of tasks has both a similarity and a transfer"),
        (replace(table, cka=ones), "the similarity is the same for every pair"),
        (replace(table, transfer=ones), "transfer is the same for every pair"),
    ):
        assert math.isnan(correlation_of(found))
        assert why_no_correlation(found) == why


def test_the_band_is_a_jackknife_over_tasks_of_the_lines_height():
    result = associate(random_study(5))
    band = result.band
    assert band.over is ResamplingUnit.TASKS
    x = [point.cka for point in result.points]
    assert (band.cka[0], band.cka[-1]) == pytest.approx((min(x), max(x)))
    line = result.slope * band.cka + result.intercept
    np.testing.assert_allclose((band.low + band.high) / 2, line)
    parts = [associate(random_study(5), exclude=(task,)) for task in "abcde"]
    heights = np.array([part.slope * band.cka[7] + part.intercept for part in parts])
    half = stats.t.ppf(0.975, 4) * math.sqrt(4 / 5 * ((heights - heights.mean()) ** 2).sum())
    assert band.high[7] - line[7] == pytest.approx(half)
    assert np.isnan(associate(random_study(3)).band.low).all()


@pytest.mark.parametrize("gap", [False, True])
@pytest.mark.parametrize("power", [-165, -150, 150, 155])
def test_r_qap_and_ceilings_know_no_scale(power, gap):
    plain = random_table(5, seed=4, n_seeds=3)
    if gap:
        transfer = plain.transfer.copy()
        transfer[0, 1] = np.nan
        plain = replace(plain, transfer=transfer)
    factor = 10.0**power
    scaled = replace(plain, transfer=plain.transfer * factor, per_seed=plain.per_seed * factor)
    assert correlation_of(scaled) == pytest.approx(correlation_of(plain))
    assert qap(scaled).p == qap(plain).p
    assert ceiling_of(scaled).symmetric == pytest.approx(ceiling_of(plain).symmetric)
    assert ceiling_of(scaled).seeds == pytest.approx(ceiling_of(plain).seeds)


def test_a_seed_all_of_whose_runs_failed_is_no_seed():
    values = np.random.default_rng(8).normal(size=(3, 5, 5))
    failed = values.copy()
    failed[2] = np.nan
    similarity = np.random.default_rng(9).uniform(size=(5, 5))
    similarity = (similarity + similarity.T) / 2
    with_it, without = (
        ASSOCIATION.compute(
            square_study(per_seed, cka=similarity),
            *queries_of("ft1", scale=STRICT),
        )
        for per_seed in (failed, values[:2])
    )
    assert with_it.seeds == without.seeds == (0, 1)
    assert with_it.interval.low == pytest.approx(without.interval.low)
    assert with_it.interval.high == pytest.approx(without.interval.high)
    assert with_it.ceiling.seeds == pytest.approx(without.ceiling.seeds)


def test_the_interval_of_r_squared_is_that_of_r_squared_and_holds_zero_where_r_may_be_none():
    study = square_study(np.random.default_rng(8).normal(size=(3, 5, 5)), cka=random_table(5).cka)
    found = ASSOCIATION.compute(study, *queries_of("ft1", scale=STRICT))
    for low, high, ends in ((0.2, 0.6, (0.04, 0.36)), (-0.6, -0.2, (0.04, 0.36))):
        one = replace(found, interval=replace(found.interval, low=low, high=high))
        assert (one.r_squared_interval.low, one.r_squared_interval.high) == pytest.approx(ends)
    across = replace(found, interval=replace(found.interval, low=-0.3, high=0.1))
    assert across.r_squared_interval.low == 0
    assert across.r_squared_interval.high == pytest.approx(0.09)


def test_the_corrected_ceiling_takes_away_what_noise_adds():
    found = ceiling_of(random_table(5, seed=4, n_seeds=3))
    assert found.corrected == pytest.approx(found.symmetric - (1 - found.seeds) / 2)
    assert math.isnan(ceiling_of(random_table(5)).corrected)
