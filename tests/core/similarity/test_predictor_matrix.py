"""What a given predictor says at a layer, a checkpoint and of some seeds; and its association."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from core.analyses import ASSOCIATION, ASSOCIATION_SWEEP
from core.analyses.query import SimilarityQuery
from core.cli.formatters.association import (
    association_report,
    association_text,
    sweep_report,
    sweep_text,
)
from core.cli.json_text import pieces
from core.errors import RequestError
from core.similarity.matrix import similarity_matrix
from core.similarity.predictor_matrix import PredictorMatrix, predictor_matrix
from core.study import FINAL, Predictor
from core.transfer.normalization import Scale
from tests.core.small import queries_of, square_study


def predictor_of(rows, *, layers=(), directed=True, better="higher", name="logme") -> Predictor:
    """rows: (source, target, value[, layer position, seed or None, checkpoint])"""
    full = [(*row, *(0, None, FINAL)[len(row) - 3 :]) for row in rows]
    source, target, value, layer, seed, step = zip(*full, strict=True)
    count = len(full)
    return Predictor(
        name=name,
        label=name.upper(),
        higher_is_better=better == "higher",
        directed=directed,
        source=np.array(source),
        target=np.array(target),
        layer=np.array(layer),
        seed=np.array([0 if s is None else s for s in seed]),
        seeded=np.array([s is not None for s in seed]),
        checkpoint=np.array(step),
        value=np.array(value, dtype=float),
        row=np.arange(2, count + 2),
        file=np.zeros(count, dtype=np.int64),
        files=("logme.csv",),
        layers=layers,
    )


def study_with(*predictors, size=4, seed=1, n_seeds=1, cka=None):
    transfer = np.random.default_rng(seed).normal(0.5, 0.2, (n_seeds, size, size))
    return replace(square_study(transfer, cka=cka), predictors=predictors)


def asked(**place):
    return SimilarityQuery(predictor="logme", **place)


def at(study, **place):
    return predictor_matrix(study, asked(**place)).values


def test_values_stand_at_source_and_target():
    study = study_with(predictor_of([(0, 1, -3.5), (1, 0, 2.0)]))
    found = predictor_matrix(study, asked())
    assert found.values[0, 1] == -3.5
    assert found.values[1, 0] == 2.0
    assert np.isnan(found.values).sum() == 14
    assert (found.name, found.label, found.layer, found.seeds) == ("logme", "LOGME", None, ())
    assert found.of(("b", "nobody", "a"))[0, 2] == 2.0


def test_the_last_layer_and_the_last_checkpoint_of_each_pair():
    study = study_with(
        predictor_of(
            [
                (0, 1, 1.0, 0, None, 10),
                (0, 1, 2.0, 1, None, 10),
                (0, 1, 3.0, 1, None, 20),
                (1, 0, 4.0, 1, None, 10),
            ],
            layers=("first", "second"),
        )
    )
    assert at(study)[0, 1] == 3.0
    assert at(study)[1, 0] == 4.0
    assert at(study, layer="first")[0, 1] == 1.0
    assert at(study, layer="second", checkpoint=10)[0, 1] == 2.0
    assert math.isnan(at(study, checkpoint=20)[1, 0])


def test_the_mean_over_the_seeds_asked_for_or_over_all():
    study = study_with(predictor_of([(0, 1, 1.0, 0, 5), (0, 1, 4.0, 0, 6), (0, 1, 1e308, 0, 7)]))
    assert at(study, seeds=(5, 6))[0, 1] == 2.5
    assert at(study, seeds=(6, 99))[0, 1] == 4.0
    whole = predictor_matrix(study, asked(seeds=(99,)))
    assert whole.values[0, 1] == pytest.approx(1e308 / 3)
    assert whole.seeds == (5, 6, 7)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"predictor": "leep"}, "no predictor 'leep' in this study; it has logme"),
        ({"layer": 3}, "LOGME has no layers; name none"),
        ({"checkpoint": 5}, "no LOGME at checkpoint 5; it has no checkpoints"),
    ],
)
def test_what_is_not_there_is_said(place, message):
    study = study_with(predictor_of([(0, 1, 1.0)]))
    with pytest.raises(RequestError, match=message):
        predictor_matrix(study, replace(asked(), **place))
    with pytest.raises(RequestError, match=r"add \[predictors\.<name>\] to study"):
        predictor_matrix(study_with(), asked())
    layered = study_with(predictor_of([(0, 1, 1.0)], layers=("a",)))
    with pytest.raises(RequestError, match="no LOGME at layer b; there are layers a"):
        predictor_matrix(layered, asked(layer="b"))


def test_similarity_of_models_is_a_predictor_too():
    cka = np.array([[1, 0.2, 0.3], [0.2, 1, 0.4], [0.3, 0.4, 1]])
    study = study_with(size=3, cka=cka)
    found = predictor_matrix(study, SimilarityQuery())
    np.testing.assert_array_equal(
        found.values, PredictorMatrix.of_models(similarity_matrix(study)).values
    )
    assert (found.name, found.label, found.layer, found.directed) == ("cka", "CKA", 5, False)


def directed(size=5):
    rng = np.random.default_rng(4)
    return predictor_of(
        [(i, j, rng.normal(-2, 3)) for i in range(size) for j in range(size) if i != j]
    )


def associate(study, **place):
    transfer, similarity = queries_of("ft1", scale=Scale.STRICT, **place)
    return ASSOCIATION.compute(study, transfer, replace(similarity, predictor="logme"))


def test_the_association_is_over_ordered_pairs_and_has_no_symmetric_ceiling():
    study = study_with(directed(), size=5, n_seeds=2)
    found = associate(study)
    x = [p.cka for p in found.points]
    y = [p.transfer for p in found.points]
    assert found.n == 20
    assert x[:2] == study.predictors[0].value[:2].tolist()
    assert found.pearson.r == pytest.approx(stats.pearsonr(x, y).statistic)
    assert math.isnan(found.ceiling.symmetric)
    assert math.isfinite(found.ceiling.seeds)
    report = association_report(found)
    assert report["predictor"] == "logme"
    assert report["directed"] is True
    assert report["ceiling"]["symmetric"] is None
    assert report["layer"] is None
    assert report["measure"] is None
    text = association_text(found)
    assert text.startswith("ft1, LOGME, 5 tasks, n = 20 ordered pairs\n")
    assert "LOGME is directed: no symmetric ceiling; seeds agree" in text
    assert json.loads("".join(pieces(report)))["points"]


def test_qap_relabels_a_directed_one_rows_and_columns_together():
    """By hand: three tasks, six relabellings."""
    values = np.array([[0, 1, 2], [4, 0, 3], [0, 5, 0]], dtype=float)
    transfer = np.array([[[1, 0.1, 0.4], [0.5, 1, 0.3], [0.2, 0.9, 1]]])
    rows = [(i, j, values[i, j]) for i in range(3) for j in range(3) if i != j]
    study = replace(square_study(transfer), predictors=(predictor_of(rows),))
    found = associate(study)
    off = ~np.eye(3, dtype=bool)
    import itertools

    r = [
        np.corrcoef(values[np.ix_(p, p)][off], transfer[0][off])[0, 1]
        for p in itertools.permutations(range(3))
    ]
    assert found.pearson.r == pytest.approx(r[0])
    assert found.qap.p == np.mean(np.abs(r) >= abs(r[0]) - 1e-12)


def test_a_distance_is_correlated_as_it_is_and_said_to_be_one():
    study = study_with(
        predictor_of(
            [(0, 1, 3.0), (1, 0, 3.0), (0, 2, 5.0), (2, 0, 5.0)], directed=False, better="lower"
        )
    )
    found = associate(study)
    assert not found.higher_is_better
    assert found.points[0].cka == 3.0
    assert math.isfinite(found.ceiling.symmetric)
    assert association_report(found)["better"] == "lower"
    assert "lower is better: it tells where r is negative" in association_text(found)


def test_the_sweep_is_over_its_layers_and_checkpoints():
    rng = np.random.default_rng(7)
    rows = [
        (i, j, rng.normal(), layer, None, step)
        for i in range(4)
        for j in range(4)
        for layer in (0, 1)
        for step in (10, 20)
        if i != j
    ]
    study = study_with(predictor_of(rows, layers=("in", "out")))
    transfer, place = queries_of("ft1", scale=Scale.STRICT)
    sweep = ASSOCIATION_SWEEP.compute(study, transfer, replace(place, predictor="logme"))
    assert sweep.layers == ("in", "out")
    assert sweep.checkpoints == (10, 20, "last")
    assert sweep.r[1, 0] == associate(study, layer="out", cka_checkpoint=10).pearson.r
    assert sweep.r[1, 2] == sweep.r[1, 1] == associate(study).pearson.r
    assert sweep_report(sweep)["predictor"] == "logme"
    assert "layer in, checkpoint 10" in sweep_text(sweep)
    single = study_with(directed(4))
    plain = ASSOCIATION_SWEEP.compute(single, transfer, replace(place, predictor="logme"))
    assert plain.layers == (None,)
    assert "last checkpoint" in sweep_text(plain)
