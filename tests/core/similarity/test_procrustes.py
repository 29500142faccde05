"""Orthogonal Procrustes similarity."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ComputationError
from core.similarity import procrustes
from core.similarity.procrustes import procrustes_between, procrustes_matrix, procrustes_similarity

RNG = np.random.default_rng(11)


def unit(x):
    x = np.asarray(x, dtype=np.float64)
    x = x - x.mean(axis=0)
    return x / np.linalg.norm(x)


def padded(x, width):
    return np.pad(x, ((0, 0), (0, width - x.shape[1])))


def slow(x, y):
    """Turn one onto the other, both with as many columns, and see what they have in common."""
    width = max(x.shape[1], y.shape[1])
    x, y = padded(unit(x), width), padded(unit(y), width)
    turn, scale = scipy.linalg.orthogonal_procrustes(x, y)
    assert np.sum((x @ turn) * y) == pytest.approx(scale)
    return scale


@pytest.mark.parametrize(("n", "p", "q"), [(40, 6, 6), (40, 9, 4), (8, 30, 12), (12, 5, 30)])
def test_it_is_what_the_best_rotation_leaves_in_common(n, p, q):
    x, y = RNG.normal(size=(n, p)), RNG.normal(size=(n, q)) + 3
    assert procrustes_similarity(x, y) == pytest.approx(slow(x, y), abs=1e-12)
    single = procrustes_similarity(x.astype(np.float32), y.astype(np.float32))
    assert single == pytest.approx(slow(x, y), abs=2e-6)


def test_a_case_worked_by_hand():
    # Centred and of norm 1 x = (-1, 0, 1)/√2, y = (0, 1, -1)/√2: |xᵀy| = 1/2.
    x, y = np.array([[1.0], [2], [3]]), np.array([[5.0], [6], [4]])
    assert procrustes_similarity(x, y) == pytest.approx(0.5, abs=1e-15)


def test_it_is_one_minus_half_the_squared_distance_of_ding():
    x, y = RNG.normal(size=(30, 5)), RNG.normal(size=(30, 5))
    turn, _ = scipy.linalg.orthogonal_procrustes(unit(x), unit(y))
    distance = np.linalg.norm(unit(x) @ turn - unit(y)) ** 2
    assert procrustes_similarity(x, y) == pytest.approx(1 - distance / 2)


@pytest.mark.parametrize("p", [7, 90])
def test_a_rotation_a_shift_a_scale_and_columns_of_zeros_change_nothing(p):
    x, y = RNG.normal(size=(60, p)), RNG.normal(size=(60, 5))
    rotation, _ = np.linalg.qr(RNG.normal(size=(p, p)))
    assert procrustes_similarity(x, 3.5 * x @ rotation - 20) == pytest.approx(1.0)
    assert procrustes_similarity(x @ rotation, y) == pytest.approx(procrustes_similarity(x, y))
    assert procrustes_similarity(1e-12 * x, 1e12 * y) == pytest.approx(procrustes_similarity(x, y))
    assert procrustes_similarity(padded(x, p + 9), y) == pytest.approx(procrustes_similarity(x, y))


def test_an_invertible_map_that_is_no_rotation_does_change_it():
    x = RNG.normal(size=(60, 4))
    assert procrustes_similarity(x, x * [1, 1, 1, 30]) < 0.9


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 30),
    widths=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_shape_is_symmetric_and_in_range(n, widths, dtype, seed):
    rng = np.random.default_rng(seed)
    models = [rng.normal(size=(n, p)).astype(dtype) for p in widths]
    copies = [x.copy() for x in models]
    matrix = procrustes_matrix(models)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert ((matrix >= 0) & (matrix <= 1)).all()
    expected = [[slow(x, y) for y in models] for x in models]
    np.testing.assert_allclose(matrix, expected, atol=1e-9 if dtype == np.float64 else 5e-6)
    for x, copy in zip(models, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


def test_less_memory_changes_no_value(monkeypatch):
    models = [RNG.normal(size=(40, p)) for p in (5, 60, 3, 8, 50)]
    at_once = procrustes_matrix(models)
    monkeypatch.setattr(procrustes, "MEMORY", 20_000)
    np.testing.assert_allclose(procrustes_matrix(models), at_once, atol=1e-14)


@pytest.mark.parametrize("memory", [20_000, 2**20])
def test_models_of_two_sets_are_the_corner_of_the_matrix_of_all(monkeypatch, memory):
    monkeypatch.setattr(procrustes, "MEMORY", memory)
    models = [RNG.normal(size=(40, p)) for p in (5, 60, 3, 8, 50)]
    models[3] = np.ones((40, 2))
    matrix = procrustes_matrix(models)
    for split in range(6):
        between = procrustes_between(models[:split], models[split:])
        np.testing.assert_allclose(between, matrix[:split, split:], atol=1e-14)


def test_a_constant_representation_has_none():
    models = [RNG.normal(size=(30, 4)), np.full((30, 4), 0.1), RNG.normal(size=(30, 2))]
    matrix = procrustes_matrix(models)
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert matrix[0, 2] == pytest.approx(slow(models[0], models[2]))
    assert math.isnan(procrustes_similarity(models[1], models[0]))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(5), "representation 1 has shape (5,); it must be items x features, not empty"),
        (
            np.zeros((9, 3)),
            "Procrustes similarity needs the same items everywhere: item counts [9, 30]",
        ),
        (np.full((30, 2), np.nan), "representation 1 has values that are not finite"),
    ],
)
def test_what_cannot_be_compared_is_named(x, message):
    with pytest.raises(ComputationError) as caught:
        procrustes_matrix([RNG.normal(size=(30, 4)), x])
    assert str(caught.value) == message


def test_no_model_and_one_model():
    assert procrustes_matrix([]).shape == (0, 0)
    assert procrustes_matrix([RNG.normal(size=(20, 4))]).tolist() == [[1.0]]
