"""The scoreboard: against every order of ties one by one, and worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import stats

import core.io
from core.analyses import PREDICTORS
from core.analyses.predictor_scores import AVERAGE, CHANCE, REVERSE, predictor_scores
from core.errors import RequestError
from core.io import open_study
from core.similarity.matrix import similarity_layers, similarity_matrix
from core.similarity.measures import EVERY_FORM
from core.similarity.query import SimilarityQuery
from core.transfer.build import transfer_matrix
from core.transfer.matrix import mean_present
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from tests.core.similarity.test_predictor_matrix import predictor_of
from tests.core.small import square_study
from tests.models import write_models

NAN = math.nan
HAND = [[[NAN, 0.9, 0.1], [0.2, NAN, 0.5], [0.6, 0.3, NAN]]]


def scored(values, names="abc", **options):
    transfer = transfer_matrix(
        square_study(values, names=names), TransferQuery("ft1", scale=Scale.STRICT)
    )
    found = predictor_scores(transfer, names, **options)
    return {score.predictor: score for score in found.scores}


def one_by_one(truth, said):
    """Regret at 1 and 3 and NDCG: the mean over every order that the prediction allows."""
    orders = [
        order
        for order in permutations(range(len(truth)))
        if all(said[a] >= said[b] for a, b in pairwise(order))
    ]
    worst = min(truth)
    ideal = sum((v - worst) / math.log2(i + 2) for i, v in enumerate(sorted(truth)[::-1]))
    rows = []
    for order in orders:
        ranked = [truth[i] for i in order]
        gain = sum((v - worst) / math.log2(i + 2) for i, v in enumerate(ranked))
        rows.append((max(truth) - ranked[0], max(truth) - max(ranked[:3]), gain / ideal))
    return [sum(column) / len(rows) for column in zip(*rows, strict=True)]


def test_by_hand():
    scores = scored(HAND)
    # Targets a, b, c have sources (b .2, c .6), (a .9, c .3), (a .1, b .5).
    # Reverse: a→b .9 above a→c .1 picks b for a: .4 lost; b→a .2 below b→c .5 picks c for b: .6
    # lost; c→a .6 above c→b .3 picks a for c: .4 lost.
    assert scores[REVERSE].regret_at_1 == pytest.approx((0.4 + 0.6 + 0.4) / 3)
    assert scores[REVERSE].rank_correlation == pytest.approx(-1.0)
    # Average elsewhere, a left out: b .5, c .3 picks b; b: a .1, c .6 picks c; c: a .9, b .2.
    assert scores[AVERAGE].regret_at_1 == pytest.approx((0.4 + 0.6 + 0.4) / 3)
    # Chance loses half of each difference; with two sources nothing is lost at three.
    assert scores[CHANCE].regret_at_1 == pytest.approx((0.4 + 0.6 + 0.4) / 6)
    assert scores[CHANCE].regret_at_3 == 0.0
    assert scores[CHANCE].rank_correlation == 0.0


@pytest.mark.parametrize("seed", range(6))
def test_ties_count_as_every_order_of_them(seed):
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(1, 6, 6))
    said = draw.integers(0, 3, size=(6, 6)).astype(float)
    found = scored(values, "abcdef", given=[("drawn", said)])["drawn"]
    expected, ranks = [], []
    for target in range(6):
        others = [i for i in range(6) if i != target]
        truth, guess = values[0, others, target].tolist(), said[others, target].tolist()
        expected.append(one_by_one(truth, guess))
        constant = len(set(guess)) == 1
        ranks.append(0.0 if constant else stats.spearmanr(truth, guess).statistic)
    told = (found.regret_at_1, found.regret_at_3, found.ndcg)
    np.testing.assert_allclose(told, np.mean(expected, axis=0), atol=1e-12)
    assert found.rank_correlation == pytest.approx(np.mean(ranks))


def test_who_knows_the_transfers_never_misses():
    values = np.random.default_rng(3).normal(size=(1, 5, 5))
    found = scored(values, "abcde", given=[("truth", values[0])])["truth"]
    assert (found.regret_at_1, found.regret_at_3) == (0.0, 0.0)
    assert found.ndcg == pytest.approx(1.0)
    assert found.rank_correlation == pytest.approx(1.0)


def test_a_source_of_which_nothing_is_said_comes_last():
    said = np.array([[NAN, NAN, 1.0], [0.1, NAN, NAN], [NAN, 0.5, NAN]])
    found = scored(HAND, given=[("some", said)])["some"]
    # For a: b known, c best: 0.4 lost. For b: c known, a best: 0.6. For c: a known, b best: 0.4.
    assert found.regret_at_1 == pytest.approx(1.4 / 3)
    assert math.isnan(found.rank_correlation)
    nobody = scored(HAND, given=[("nothing", np.full((3, 3), NAN))])["nothing"]
    assert nobody.targets == 0
    assert math.isnan(nobody.regret_at_1)


def test_cka_is_among_the_predictors_of_a_study_that_has_it():
    cka = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.2], [0.1, 0.2, 1.0]])
    study = square_study(np.nan_to_num(HAND), cka=cka)
    result = PREDICTORS.compute(study, TransferQuery("ft1"))
    assert result.scores[0].predictor == "CKA, layer 5"
    scores = {score.predictor: score for score in result.scores}
    # Most similar: b for a (0.4 lost), a for b (best), b for c (best).
    assert scores["CKA, layer 5"].regret_at_1 == pytest.approx(0.4 / 3)


def test_only_models_of_tasks_that_count_are_compared(tmp_path, monkeypatch):
    study = open_study(write_models(tmp_path / "models", representations=True).folder)
    tasks = ["north", "east", "<b>west</b>"]
    whole = [
        similarity_matrix(study, kind.at(layer, "last"))
        for kind in (SimilarityQuery(measure=one, debiased=many) for one, many in EVERY_FORM)
        for layer in similarity_layers(study, kind)
    ]
    expected = predictor_scores(transfer_matrix(study, TransferQuery("ft1")), tasks, whole)
    read, real = set(), core.io.load_representation

    def told(index, run, layer, step):
        read.add(run)
        return real(index, run, layer, step)

    monkeypatch.setattr(core.io, "load_representation", told)
    assert PREDICTORS.compute(study, TransferQuery("ft1", exclude=("south",))) == expected
    assert {study.runs[study.run_index[run]].trained for run in read} == {(t,) for t in tasks}


def test_where_there_is_nothing_to_choose_that_is_said():
    with pytest.raises(RequestError, match="no target has a value from two other tasks"):
        scored([[[1.0, 0.5], [0.5, 1.0]]], "ab")


def test_where_there_is_nothing_to_choose_nothing_is_compared(monkeypatch):
    study = square_study(np.random.default_rng(0).random((1, 3, 3)), cka=np.eye(3))
    monkeypatch.setattr("core.analyses.predictor_scores.similarity_matrix", None)
    left = TransferQuery("ft1", exclude=(study.tasks[0].name,))
    with pytest.raises(RequestError, match="no target has a value from two other tasks"):
        PREDICTORS.compute(study, left)


def test_a_given_predictor_is_scored_by_its_direction_beside_the_others():
    """By hand: the nearest source is the best of b, the second best of a and of c."""
    distance = [[0, 1, 5], [2, 0, 1], [4, 3, 0]]
    rows = [(i, j, distance[i][j]) for i in range(3) for j in range(3) if i != j]
    near = predictor_of(rows, better="lower", name="far")
    alike = predictor_of(rows, name="chance")
    study = replace(square_study(HAND), predictors=(near, alike))
    found = PREDICTORS.compute(study, TransferQuery("ft1", scale=Scale.STRICT))
    scores = {(score.predictor, score.given): score for score in found.scores}
    # a: b (2) is nearer than c (4), c is better by .4; b: a (1) nearer than c, the best;
    # c: b (1) nearer than a, b .5 is the best.
    assert scores["far", True].regret_at_1 == pytest.approx(0.4 / 3)
    assert scores["far", True].label == "FAR"
    # Taken for a similarity it chooses the others: a: c, the best; b: c, .6; c: a, .4.
    assert scores["chance", True].regret_at_1 == pytest.approx(1.0 / 3)
    assert not scores["chance", True].is_chance
    assert scores["chance", False].is_chance


def test_layers_of_a_given_predictor_are_scored_apart():
    pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
    rows = [(i, j, float(i), layer) for i, j in pairs for layer in (0, 1)]
    study = replace(square_study(HAND), predictors=(predictor_of(rows, layers=("in", "out")),))
    found = PREDICTORS.compute(study, TransferQuery("ft1", scale=Scale.STRICT))
    labels = [score.label for score in found.scores if score.given]
    assert labels == ["LOGME, layer in", "LOGME, layer out"]


def test_errors_as_they_are_have_their_best_source_at_the_smallest(tmp_path):
    """By hand: raw errors; what is lost is error above the smallest, in the error's unit."""
    error = {("a", "b"): 5.0, ("c", "b"): 2.0, ("b", "a"): 1.0, ("c", "a"): 4.0,
             ("a", "c"): 3.0, ("b", "c"): 3.5}  # fmt: skip
    (tmp_path / "study.toml").write_text(
        'title = "e"\n[scale]\nmetric = "error"\n[evaluations]\nlayout = "scores"\n'
        'path = "s.csv"\n[predictors.size]\npath = "p.csv"\nbetter = "lower"\n'
    )
    rows = "".join(f"{s},{t},{v}\n" for (s, t), v in error.items())
    (tmp_path / "s.csv").write_text(f"sources,target,score\n{rows}")
    (tmp_path / "p.csv").write_text(f"source,target,value\n{rows}")
    study = open_study(tmp_path)
    found = {s.predictor: s for s in PREDICTORS.compute(study, TransferQuery("scores")).scores}
    # Told the errors themselves, lower is better: nothing is lost.
    assert found["size"].regret_at_1 == 0.0
    assert found["size"].ndcg == pytest.approx(1.0)
    assert found["size"].rank_correlation == pytest.approx(1.0)
    # Reverse: for b it looks at b→a 1 and b→c 3.5 and believes a (5), c (2) is best: 3 lost; for a
    # at a→b 5, a→c 3 and believes c (4): 3 lost; for c at c→a 4, c→b 2 and believes b (3.5): .5.
    assert found["reverse transfer"].regret_at_1 == pytest.approx((3 + 3 + 0.5) / 3)
    # Chance loses half of each difference: 3, 3, .5.
    assert found["chance"].regret_at_1 == pytest.approx((3 + 3 + 0.5) / 6)


def target_by_target(truth, said):
    """The slow form: one target, its groups of equals one after the other."""
    known = np.isfinite(said)
    order = np.where(known, said, -np.inf)
    groups = [np.flatnonzero(order == level) for level in np.unique(order)[::-1]]

    def expected_best(k):
        best, left = -math.inf, min(k, len(truth))
        for group in groups:
            if len(group) > left:
                ways = math.comb(len(group), left)
                return sum(
                    max(best, value) * math.comb(i, left - 1) / ways
                    for i, value in enumerate(np.sort(truth[group]))
                )
            best, left = max(best, truth[group].max()), left - len(group)
            if not left:
                break
        return best

    gain = truth - truth.min()
    discount = 1 / np.log2(np.arange(len(gain)) + 2.0)
    found = np.concatenate([np.full(len(g), gain[g].mean()) for g in groups])
    ideal = np.sort(gain)[::-1] @ discount
    if known.sum() < 2 or np.ptp(truth[known]) == 0:
        rho = NAN
    else:
        flat = np.ptp(said[known]) == 0
        rho = 0.0 if flat else stats.spearmanr(truth[known], said[known]).statistic
    return (
        truth.max() - expected_best(1),
        truth.max() - expected_best(3),
        found @ discount / ideal if ideal > 0 else NAN,
        rho,
    )


@pytest.mark.parametrize("bits", [0, 3, 40])
@pytest.mark.parametrize("missing", [0.0, 0.3, 0.8])
def test_all_targets_at_once_are_what_they_are_one_by_one(bits, missing):
    # Ties in few binary digits: their sums are exact, so that means tie, too.
    rng = np.random.default_rng([bits, int(missing * 10)])
    size = 17
    values, said = np.round(rng.normal(size=(2, size, size)) * 2**bits) / 2**bits
    values[rng.random(values.shape) < missing] = NAN
    said[rng.random(said.shape) < missing] = NAN
    np.fill_diagonal(values, NAN)
    names = [f"t{at:02}" for at in range(size)]
    found = scored(values[None], names=names, given=[("somebody", said)])
    averages = np.array(
        [
            [
                np.nanmean(np.delete(row, t)) if np.isfinite(np.delete(row, t)).any() else NAN
                for t in range(size)
            ]
            for row in values
        ]
    )
    for name, predicted in (
        ("somebody", said),
        (REVERSE, values.T),
        (AVERAGE, averages),
        (CHANCE, np.zeros_like(values)),
    ):
        rows = []
        for t in range(size):
            there = np.isfinite(values[:, t])
            if there.sum() > 1 and np.isfinite(predicted[there, t]).any():
                rows.append(target_by_target(values[there, t], predicted[there, t]))
        mean = mean_present(np.array(rows), axis=0)
        score = found[name]
        assert score.targets == len(rows)
        assert (score.regret_at_1, score.regret_at_3) == pytest.approx(tuple(mean[:2]), abs=1e-12)
        assert (score.ndcg, score.rank_correlation) == pytest.approx(
            tuple(mean[2:]), abs=1e-12, nan_ok=True
        )


def test_what_rounding_leaves_is_no_regret():
    values = np.full((1, 4, 4), 0.1 + 0.2)
    values[0, 1] = 0.3
    assert scored(values)[CHANCE].regret_at_1 == 0.0
