from __future__ import annotations

import math

import numpy as np
import pytest

from core.alignment import linear_cka
from core.errors import RequestError
from core.loading import open_study
from core.similarity import (
    FINAL,
    default_layer,
    noise_floor,
    similarity_checkpoints,
    similarity_layers,
    similarity_matrix,
)
from core.study import Run
from tests.core.small import study_of, tasks_named

RNG = np.random.default_rng(7)


def test_independent_noise_has_about_the_floor():
    n, p, q = 500, 64, 128
    found = linear_cka(RNG.normal(size=(n, p)), RNG.normal(size=(n, q)))
    assert found == pytest.approx(noise_floor(n, p, q), rel=0.05)
    assert noise_floor(550, 64, 64) == pytest.approx(0.10, abs=0.005)


# -- by task ---------------------------------------------------------------------------------------


def study_with(cka, **changed):
    tasks = tasks_named("abc")
    runs = [Run(f"{t}{k}", "pretrain", (t,), None, k) for k in (1, 2) for t in "abc"]
    runs.append(Run("all", "pretrain", tuple("abc"), None, 1))
    return study_of(tasks, runs, {}, cka=cka, **changed)


ROWS = [
    ("a1", "b1", 3, FINAL, 0.2),
    ("a2", "b2", 3, FINAL, 0.4),
    ("b1", "a2", 3, FINAL, 0.6),
    ("a1", "a2", 3, FINAL, 0.9),
    ("a1", "c1", 3, 100, 0.1),
    ("c1", "a1", 3, 2000, 0.3),
    ("a1", "b1", 3, 100, 0.05),
    ("all", "b1", 3, FINAL, 0.99),
    ("a1", "b1", 4, FINAL, 0.5),
]


def test_the_mean_is_over_the_pairs_of_runs_that_exist_never_a_run_with_itself():
    matrix = similarity_matrix(study_with(ROWS), layer=3)
    assert matrix.tasks == ("a", "b", "c")
    assert matrix.values[0, 1] == matrix.values[1, 0] == pytest.approx((0.2 + 0.4 + 0.6) / 3)
    assert matrix.n.tolist() == [[1, 3, 1], [3, 0, 0], [1, 0, 0]]
    assert matrix.values[0, 0] == pytest.approx(0.9)
    assert math.isnan(matrix.values[1, 1])
    assert math.isnan(matrix.values[1, 2])
    assert matrix.seeds == (1, 2)


def test_last_is_the_summary_and_without_it_the_largest_checkpoint():
    matrix = similarity_matrix(study_with(ROWS), layer=3, seeds=[1])
    assert matrix.values[0, 1] == pytest.approx(0.2)
    assert matrix.values[0, 2] == pytest.approx(0.3)
    assert similarity_checkpoints(study_with(ROWS), 3) == (100, 2000)
    early = similarity_matrix(study_with(ROWS), layer=3, checkpoint=100)
    assert early.values[0, 1] == pytest.approx(0.05)
    assert early.values[0, 2] == pytest.approx(0.1)


def test_seeds_restrict_both_runs_of_a_pair_and_fall_back_to_all():
    study = study_with(ROWS)
    assert similarity_matrix(study, layer=3, seeds=[2]).values[0, 1] == pytest.approx(0.4)
    assert similarity_matrix(study, layer=3, seeds=[2]).seeds == (2,)
    assert similarity_matrix(study, layer=4, seeds=[2]).seeds == (1,)


def test_a_value_that_cannot_be_used_is_no_pair():
    rows = [("a1", "b1", 3, FINAL, math.nan), ("a2", "b2", 3, FINAL, 0.4)]
    matrix = similarity_matrix(study_with(rows))
    assert matrix.values[0, 1] == pytest.approx(0.4)
    assert matrix.n[0, 1] == 1


def test_layers_and_the_default_one():
    assert similarity_layers(study_with(ROWS)) == (3, 4)
    assert default_layer(study_with(ROWS)) == 4
    assert default_layer(study_with(ROWS, default_layer=3)) == 3
    assert default_layer(study_with(ROWS, default_layer=9)) == 4


def test_a_checkpoint_that_is_not_there_is_named():
    with pytest.raises(
        RequestError, match=r"^no CKA at checkpoint 7 of layer 3; there are 100, 2000$"
    ):
        similarity_matrix(study_with(ROWS), layer=3, checkpoint=7)


def test_a_representation_that_went_bad_leaves_its_pairs_empty_and_says_so(write_study):
    files = write_study(representations=True)
    files.replace("study.toml", 'summary = "cka_summary.csv"\n', "")
    files.replace("study.toml", 'checkpoints = "cka_checkpoints.csv"\n', "")
    study = open_study(files.folder)
    whole = similarity_matrix(study)
    assert (whole.origin, whole.left_out) == ("representations", ())
    assert math.isfinite(whole.values[0, 1])
    path = study.representations.files["pt1-1", 5, 10000]
    array = np.load(path)
    array[0, 0] = np.nan
    np.save(path, array)
    matrix = similarity_matrix(study)
    assert np.isnan(matrix.values).all()
    assert matrix.left_out == ("pt1-1: values that are not finite at checkpoint 10000",)


def test_without_tasks_keeps_the_others_as_they_are():
    matrix = similarity_matrix(study_with(ROWS), layer=3)
    rest = matrix.without_tasks(["b"])
    assert rest.tasks == ("a", "c")
    assert rest.values[0, 1] == matrix.values[0, 2]
    assert rest.n.tolist() == [[1, 1], [1, 0]]
