from __future__ import annotations

import math

import numpy as np
import pytest

from core.alignment import cka_matrix, linear_cka
from core.errors import ComputationError, RequestError
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


def slow_cka(x, y):
    """With the n x n centring matrix, as in the paper."""
    n = len(x)
    h = np.eye(n) - np.ones((n, n)) / n
    k, m = h @ x @ x.T @ h, h @ y @ y.T @ h
    return np.sum(k * m) / math.sqrt(np.sum(k * k) * np.sum(m * m))


@pytest.mark.parametrize("shape", [(40, 6, 9), (10, 30, 4), (12, 30, 25), (5, 1, 1)])
def test_fast_equals_slow(shape):
    n, p, q = shape
    x, y = RNG.normal(size=(n, p)), RNG.normal(size=(n, q)) + 3
    assert linear_cka(x, y) == pytest.approx(slow_cka(x, y), abs=1e-12)


def test_many_models_at_once_are_the_pairs_one_by_one():
    models = [RNG.normal(size=(50, p)) for p in (3, 8, 5, 8)]
    matrix = cka_matrix(models)
    for i, x in enumerate(models):
        for j, y in enumerate(models):
            assert matrix[i, j] == pytest.approx(linear_cka(x, y), abs=1e-12)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)


def test_a_rotation_a_shift_and_a_scale_change_nothing():
    x, y = RNG.normal(size=(60, 7)), RNG.normal(size=(60, 5))
    rotation, _ = np.linalg.qr(RNG.normal(size=(7, 7)))
    assert linear_cka(x, 3.5 * x @ rotation - 20) == pytest.approx(1.0)
    assert linear_cka(x @ rotation, y) == pytest.approx(linear_cka(x, y))
    assert linear_cka(1e-12 * x, 1e12 * y) == pytest.approx(linear_cka(x, y))


def test_an_invertible_map_that_is_no_rotation_does_change_it():
    x = RNG.normal(size=(60, 4))
    assert linear_cka(x, x * [1, 1, 1, 30]) < 0.9


def test_a_large_offset_of_the_columns_does_no_harm():
    x, y = RNG.normal(size=(80, 6)), RNG.normal(size=(80, 6))
    moved = (x + 1e4).astype(np.float32)
    assert linear_cka(moved, y) == pytest.approx(linear_cka(x, y), abs=1e-3)
    exact = moved.astype(np.float64) - 1e4
    assert linear_cka(moved, y) == pytest.approx(linear_cka(exact, y), abs=1e-9)


@pytest.mark.parametrize("constant", [0.0, 1.0, 1e6, 0.1])
def test_a_constant_representation_has_no_cka(constant):
    flat = np.full((30, 4), constant, dtype=np.float32)
    x, y = RNG.normal(size=(30, 4)), RNG.normal(size=(30, 4))
    matrix = cka_matrix([x, flat, y])
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert matrix[0, 2] == pytest.approx(linear_cka(x, y))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(5), "representation 1 has shape (5,); it must be items x features, not empty"),
        (
            np.zeros((0, 3)),
            "representation 1 has shape (0, 3); it must be items x features, not empty",
        ),
        (np.zeros((9, 3)), "CKA needs the same items everywhere: item counts [9, 30]"),
        (np.full((30, 2), np.inf), "representation 1 has values that are not finite"),
    ],
)
def test_what_cannot_be_compared_is_named(x, message):
    with pytest.raises(ComputationError) as caught:
        cka_matrix([RNG.normal(size=(30, 4)), x])
    assert str(caught.value) == message


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
