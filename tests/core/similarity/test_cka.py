"""Linear CKA, plain and debiased."""

from __future__ import annotations

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ComputationError
from core.similarity import cka, preprocessing
from core.similarity.cka import cka_between, cka_matrix, linear_cka

RNG = np.random.default_rng(7)
BOTH = pytest.mark.parametrize("debiased", [False, True], ids=["plain", "debiased"])


def slow_cka(x, y):
    """With the n x n centring matrix, as in the paper."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    n = len(x)
    h = np.eye(n) - np.ones((n, n)) / n
    k, m = h @ x @ x.T @ h, h @ y @ y.T @ h
    return np.sum(k * m) / math.sqrt(np.sum(k * k) * np.sum(m * m))


def unbiased_hsic(x, y):
    """Equation 5 of Song et al. (2012), term by term, from Gram matrices that are not centred."""
    n = len(x)
    k, m = x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    one = np.ones(n)
    total = np.sum(k * m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
    return (total - 2 / (n - 2) * (one @ k @ m @ one)) / (n * (n - 3))


def slow_debiased(x, y):
    x, y = x.astype(np.float64), y.astype(np.float64)
    return unbiased_hsic(x, y) / math.sqrt(unbiased_hsic(x, x) * unbiased_hsic(y, y))


SLOW = {False: slow_cka, True: slow_debiased}


def related(n, *widths, dtype=np.float64, seed=0):
    """Models of n items that have a part in common, so that their CKA is neither 0 nor 1."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 5))
    return [
        (shared @ rng.normal(size=(5, p)) + rng.normal(size=(n, p))).astype(dtype) for p in widths
    ]


def all_slow(models, debiased=False):
    values = np.eye(len(models))
    for i, j in itertools.combinations(range(len(models)), 2):
        values[i, j] = values[j, i] = SLOW[debiased](models[i], models[j])
    return values


# -- against the formula ---------------------------------------------------------------------------

SHAPES = [
    pytest.param(40, (6, 9), id="features"),
    pytest.param(10, (30, 4), id="mixed"),
    pytest.param(12, (30, 25, 40), id="more features than items"),
    pytest.param(5, (1, 1), id="tiny"),
    pytest.param(300, (3, 8, 500, 1), id="one wide"),
    pytest.param(60, (8,) * 12, id="many models, Gram"),
]


@BOTH
@pytest.mark.parametrize(("n", "widths"), SHAPES)
def test_fast_equals_slow(n, widths, debiased):
    models = related(n, *widths)
    np.testing.assert_allclose(
        cka_matrix(models, debiased=debiased), all_slow(models, debiased), atol=1e-12
    )


@BOTH
@pytest.mark.parametrize(("n", "widths"), SHAPES)
def test_in_float32_fast_equals_slow_to_a_millionth(n, widths, debiased):
    models = related(n, *widths, dtype=np.float32)
    np.testing.assert_allclose(
        cka_matrix(models, debiased=debiased), all_slow(models, debiased), atol=1e-6
    )


@BOTH
def test_models_wider_than_a_panel_and_cut_by_it(monkeypatch, debiased):
    monkeypatch.setattr(cka, "PANEL", 64)
    models = related(400, 70, 150, 40, 2, dtype=np.float32)
    np.testing.assert_allclose(
        cka_matrix(models, debiased=debiased), all_slow(models, debiased), atol=1e-6
    )


@pytest.mark.parametrize("debiased", [False, True])
@pytest.mark.parametrize("split", [None, 2])
def test_threads_with_tiles_of_their_own_find_the_same(monkeypatch, split, debiased):
    models = [np.random.default_rng(k).normal(size=(60, 9 + k)) for k in range(5)]
    monkeypatch.setattr(cka, "TILES", 5 * 8 * 20**2)
    monkeypatch.setattr(cka, "blas_threads", lambda: 1)
    slow = cka._by_grams(models, split, debiased)
    monkeypatch.setattr(cka, "blas_threads", lambda: 3)
    assert cka._tiles_apart(models) == 3
    fast = cka._by_grams(models, split, debiased)
    for name in ("inner", "traces", "whole", "varies"):
        np.testing.assert_allclose(getattr(fast, name), getattr(slow, name), rtol=1e-12)
    models[3][7, 2] = np.nan
    with pytest.raises(ComputationError, match="representation 3 has values"):
        cka._by_grams(models, split, debiased)


def test_few_tiles_are_left_to_the_threads_of_blas(monkeypatch):
    monkeypatch.setattr(cka, "blas_threads", lambda: 2)
    assert cka._tiles_apart([np.ones((50, 3))] * 4) == 1


def test_a_case_worked_by_hand():
    # Centred x = (-1, 0, 1), y = (0, 1, -1): xᵀy = -1, xᵀx = yᵀy = 2, so 1 / 4.
    x, y = np.array([[1.0], [2], [3]]), np.array([[5.0], [6], [4]])
    assert linear_cka(x, y) == pytest.approx(0.25, abs=1e-15)


def test_a_debiased_case_worked_by_hand():
    # Centred x = (-1, 1, -1, 1), y = (-1, -1, 1, 1): xᵀy = 0, every diagonal entry is 1.
    # xy: 0 - 4 - 2/2 · 4 + 16/6 = -16/3;  xx: 16 - 4 - 4 + 16/6 = 32/3.
    x, y = np.array([[0.0], [2], [0], [2]]), np.array([[0.0], [0], [2], [2]])
    assert linear_cka(x, y) == pytest.approx(0, abs=1e-15)
    assert linear_cka(x, y, debiased=True) == pytest.approx(-0.5, abs=1e-14)


def test_many_models_at_once_are_the_pairs_one_by_one():
    models = [RNG.normal(size=(50, p)) for p in (3, 8, 5, 8)]
    matrix = cka_matrix(models)
    for i, x in enumerate(models):
        for j, y in enumerate(models):
            assert matrix[i, j] == pytest.approx(linear_cka(x, y), abs=1e-12)
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(4, 40),
    widths=st.lists(st.integers(1, 50), min_size=1, max_size=6),
    dtype=st.sampled_from([np.float16, np.float32, np.float64]),
    debiased=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_shape_is_symmetric_in_range_and_the_formula(n, widths, dtype, debiased, seed):
    models = related(n, *widths, dtype=dtype, seed=seed)
    matrix = cka_matrix(models, debiased=debiased)
    assert matrix.shape == (len(widths), len(widths))
    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diag(matrix), 1.0)
    assert (np.abs(matrix) <= 1 + 1e-6).all()
    assert debiased or (matrix >= 0).all()
    # Below 8 items the debiased norms may come close to 0, and errors grow with that.
    if not debiased or n >= 8:
        atol = 1e-9 if dtype == np.float64 else 5e-6
        np.testing.assert_allclose(matrix, all_slow(models, debiased), atol=atol)


# -- both ways, and the models of two sets ---------------------------------------------------------


@BOTH
@pytest.mark.parametrize("split", [None, 1, 3])
@pytest.mark.parametrize("size", [1, 2, 5, 16, 17, 40])
@pytest.mark.parametrize("few", [0, 256])
def test_features_and_gram_matrices_give_the_same(monkeypatch, size, split, few, debiased):
    monkeypatch.setattr(cka, "FEW", few)
    models = related(30, *(1 + k % 4 for k in range(size)))
    if split is not None and split >= size:
        return
    a = cka._by_features(models, split, debiased)
    b = cka._by_grams(models, split, debiased)
    wanted = np.ones((size, size), dtype=bool)
    if split is not None:
        wanted[:split, :split] = wanted[split:, split:] = False
        np.fill_diagonal(wanted, True)
    np.testing.assert_allclose(b.inner[wanted], a.inner[wanted], atol=1e-12)
    np.testing.assert_allclose(b.whole, a.whole, atol=1e-12)
    np.testing.assert_allclose(b.traces, a.traces, atol=1e-12)
    np.testing.assert_array_equal(b.varies, a.varies)


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "widths"), SHAPES)
def test_models_of_two_sets_are_the_corner_of_the_matrix_of_all(n, widths, dtype, debiased):
    models = related(n, *widths, dtype=dtype)
    matrix = cka_matrix(models, debiased=debiased)
    atol = 1e-12 if dtype == np.float64 else 1e-6
    for split in range(1, len(models)):
        between = cka_between(models[:split], models[split:], debiased=debiased)
        np.testing.assert_allclose(between, matrix[:split, split:], atol=atol)


@BOTH
def test_a_model_on_both_sides_and_a_constant_one(debiased):
    x, y = related(60, 5, 7)
    between = cka_between([x, np.ones((60, 3))], [y, x], debiased=debiased)
    assert between[0, 0] == pytest.approx(linear_cka(x, y, debiased=debiased), abs=1e-12)
    assert between[0, 1] == pytest.approx(1, abs=1e-12)
    assert np.isnan(between[1]).all()


def test_an_empty_side_has_no_values_and_errors_count_through_both():
    (x,) = related(20, 4)
    assert cka_between([], [x]).shape == (0, 1)
    assert cka_between([x], []).shape == (1, 0)
    with pytest.raises(ComputationError, match="representation 1 has values that are not finite"):
        cka_between([x], [np.full((20, 2), np.nan)])


def test_the_cheaper_way_is_taken():
    def by_features(n, d, size, split=None):
        models = [np.broadcast_to(np.float32(0), (n, d))] * size
        return cka._cost_by_features(models, split) <= cka._cost_by_grams(models, split)

    assert by_features(4413, 128, 21)
    assert by_features(4413, 128, 40)
    assert by_features(1000, 64, 7)
    assert not by_features(4413, 512, 21)
    assert not by_features(500, 2048, 12)
    # More than is held at once is centred again and again, more often for Gram matrices.
    assert by_features(20_000, 32, 400, 200)


# -- invariances -----------------------------------------------------------------------------------


@BOTH
def test_a_rotation_a_shift_and_a_scale_change_nothing(debiased):
    x, y = related(60, 7, 5)
    rotation, _ = np.linalg.qr(RNG.normal(size=(7, 7)))

    def cka(a, b):
        return linear_cka(a, b, debiased=debiased)

    assert cka(x, 3.5 * x @ rotation - 20) == pytest.approx(1.0)
    assert cka(x @ rotation, y) == pytest.approx(cka(x, y))
    assert cka(1e-12 * x, 1e12 * y) == pytest.approx(cka(x, y))


def test_an_invertible_map_that_is_no_rotation_does_change_it():
    x = RNG.normal(size=(60, 4))
    assert linear_cka(x, x * [1, 1, 1, 30]) < 0.9


@BOTH
def test_the_order_of_items_and_of_models_does_not_matter(debiased):
    models = related(70, 9, 4, 6)
    matrix = cka_matrix(models, debiased=debiased)
    items, order = RNG.permutation(70), [2, 0, 1]
    moved = cka_matrix([models[m][items] for m in order], debiased=debiased)
    np.testing.assert_allclose(moved, matrix[np.ix_(order, order)], atol=1e-12)


# -- precision -------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("offset", [0.0, 1.0, 1e4])
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e30])
@pytest.mark.parametrize(("n", "widths"), [(150, (12, 5, 20)), (64, (200, 120, 90))])
def test_float32_holds_at_offsets_and_scales(n, widths, offset, scale, debiased):
    at = [offset * RNG.normal(size=p) for p in widths]
    models = [
        ((x + shift) * scale).astype(np.float32)
        for x, shift in zip(related(n, *widths), at, strict=True)
    ]
    # What was given, not what it was before it was rounded to float32.
    exact = [x.astype(np.float64) / scale for x in models]
    expected = all_slow([x - x.mean(axis=0) for x in exact], debiased)
    np.testing.assert_allclose(cka_matrix(models, debiased=debiased), expected, atol=1e-6)


def test_a_large_offset_of_the_columns_does_no_harm():
    x, y = RNG.normal(size=(80, 6)), RNG.normal(size=(80, 6))
    moved = (x + 1e4).astype(np.float32)
    assert linear_cka(moved, y) == pytest.approx(linear_cka(x, y), abs=1e-3)
    exact = moved.astype(np.float64) - 1e4
    assert linear_cka(moved, y) == pytest.approx(linear_cka(exact, y), abs=1e-9)


def test_the_widest_type_decides_the_precision():
    halves = related(50, 6, 7, dtype=np.float16)
    assert linear_cka(*halves) == pytest.approx(slow_cka(*halves), abs=1e-6)
    x, y = related(50, 6, 7)
    mixed = linear_cka(x.astype(np.float32), y)
    assert mixed == pytest.approx(slow_cka(x.astype(np.float32), y), abs=1e-12)
    counts = [[1, 0], [0, 1], [4, 2], [1, 1]]
    assert linear_cka(counts, counts) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8"])
def test_files_mapped_into_memory_are_read_and_left_alone(tmp_path, dtype, order):
    models = []
    for at, x in enumerate(related(90, 8, 11, 200)):
        np.save(tmp_path / f"{at}.npy", np.asarray(x, dtype=dtype, order=order))
        models.append(np.load(tmp_path / f"{at}.npy", mmap_mode="r"))
    before = [x.copy() for x in models]
    matrix = cka_matrix(models)
    np.testing.assert_allclose(matrix, all_slow(before), atol=1e-6)
    for x, copy in zip(models, before, strict=True):
        np.testing.assert_array_equal(x, copy)


def test_inputs_are_never_written_to():
    models = related(40, 6, 90, dtype=np.float32)
    copies = [x.copy() for x in models]
    for debiased in (False, True):
        cka_matrix(models, debiased=debiased)
        cka_matrix(models[:1], debiased=debiased)
    for x, copy in zip(models, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


# -- memory ----------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("n", "widths"),
    [
        (400, (20, 7, 13, 30, 9)),
        (50, (80, 3, 120, 60, 40)),
        (90, (8,) * 30),
        (120, (90, 70, 101)),
    ],
)
@pytest.mark.parametrize("memory", [1, 60_000, 200_000, 400_000])
def test_less_memory_changes_no_value(monkeypatch, n, widths, memory, debiased):
    models = related(n, *widths)
    at_once = cka_matrix(models, debiased=debiased)
    monkeypatch.setattr(cka, "MEMORY", memory)
    monkeypatch.setattr(cka, "TILES", memory // 10)
    monkeypatch.setattr(cka, "PANEL", 16)
    monkeypatch.setattr(cka, "SUMMED", 100)
    np.testing.assert_allclose(cka_matrix(models, debiased=debiased), at_once, atol=1e-12)
    between = cka_between(models[:2], models[2:], debiased=debiased)
    np.testing.assert_allclose(between, at_once[:2, 2:], atol=1e-12)


@BOTH
@pytest.mark.parametrize(
    ("n", "widths"),
    [(2000, (64,) * 20), (300, (700,) * 12), (600, (110,) * 14)],
    ids=["features", "strips", "squares"],
)
def test_memory_is_bounded(monkeypatch, n, widths, debiased):
    models = related(n, *widths, dtype=np.float32)
    memory = 4 * 2**20
    monkeypatch.setattr(cka, "MEMORY", memory)
    monkeypatch.setattr(cka, "TILES", memory // 4)
    tracemalloc.start()
    cka_matrix(models, debiased=debiased)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    tile = 4 * cka.PANEL**2
    assert peak < memory + tile + 3 * models[0].nbytes


def test_blocks_are_runs_that_fit():
    assert preprocessing.blocks([], 10) == []
    assert preprocessing.blocks([3, 3, 4], 10) == [slice(0, 3)]
    assert preprocessing.blocks([2, 2, 2, 9, 1], 5) == [
        slice(0, 2),
        slice(2, 3),
        slice(3, 4),
        slice(4, 5),
    ]
    assert preprocessing.room_for_two([3, 3, 4], 10) == 10
    assert preprocessing.room_for_two([3, 3, 4, 1], 10) == 5


# -- what has no CKA -------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constant", [0.0, 1.0, 1e6, 0.1, 1e-20, 1e30])
@pytest.mark.parametrize(("n", "p"), [(3000, 4), (30, 50)])
def test_a_constant_representation_has_no_cka(n, p, constant, dtype, debiased):
    flat = np.full((n, p), constant, dtype=dtype)
    x, y = related(n, p, p, dtype=dtype)
    matrix = cka_matrix([x, flat, y], debiased=debiased)
    assert np.isnan(matrix[1]).all()
    assert np.isnan(matrix[:, 1]).all()
    assert matrix[0, 2] == pytest.approx(linear_cka(x, y, debiased=debiased), abs=1e-6)
    assert matrix[0, 0] == 1.0


def test_what_varies_by_rounding_only_is_constant():
    nearly = np.full((50, 3), 0.3)
    nearly[::2] = 0.1 + 0.2
    assert nearly.std() > 0
    assert math.isnan(linear_cka(nearly, RNG.normal(size=(50, 3))))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_column_among_others_counts_for_nothing(dtype):
    x, y = related(4000, 5, 5, dtype=dtype)
    offset = np.full((4000, 1), 1e12 / 3)
    beside = np.concatenate([x, offset.astype(dtype)], axis=1)
    assert linear_cka(beside, y) == pytest.approx(linear_cka(x, y), abs=1e-7)


def test_a_change_in_the_last_place_of_a_float32_is_a_change():
    x = np.full((4000, 1), 0.1, dtype=np.float32)
    x[7] = np.nextafter(x[7], np.float32(1))
    expected = np.zeros((4000, 1))
    expected[7] = 1
    assert linear_cka(x, expected.astype(np.float32)) == pytest.approx(1, abs=1e-6)


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
        (np.array([[np.nan, 1.0]] * 30), "representation 1 has values that are not finite"),
        (
            np.array([[-np.inf, 1.0]] * 30, dtype=np.float16),
            "representation 1 has values that are not finite",
        ),
        (
            np.ones((30, 2), dtype=complex),
            "representation 1 is complex128; it must be real numbers",
        ),
        (np.ones((30, 2), dtype=object), "representation 1 is object; it must be real numbers"),
    ],
)
@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_cannot_be_compared_is_named(x, message, dtype, debiased):
    with pytest.raises(ComputationError) as caught:
        cka_matrix([RNG.normal(size=(30, 4)).astype(dtype), x], debiased=debiased)
    assert str(caught.value) == message


def test_one_value_that_is_not_finite_is_found_in_many():
    models = related(700, 30, 30, 30, dtype=np.float32)
    models[2][699, 29] = np.nan
    with pytest.raises(
        ComputationError, match=r"^representation 2 has values that are not finite$"
    ):
        cka_matrix(models)


@BOTH
def test_no_model_and_one_model(debiased):
    assert cka_matrix([], debiased=debiased).shape == (0, 0)
    (x,) = related(20, 4)
    assert cka_matrix([x], debiased=debiased).tolist() == [[1.0]]


def test_one_item_has_no_cka():
    assert np.isnan(cka_matrix([np.ones((1, 3)), np.ones((1, 2))])).all()


# -- debiased --------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3])
def test_debiased_needs_four_items(n):
    models = related(n, 2, 3)
    assert np.isnan(cka_matrix(models, debiased=True)).all()
    assert np.isfinite(cka_matrix(related(4, 2, 3), debiased=True)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_debiased_is_undefined_where_all_items_are_equally_far_apart(dtype):
    apart = np.eye(40, dtype=dtype)
    (x,) = related(40, 6, dtype=dtype)
    matrix = cka_matrix([apart, x], debiased=True)
    assert np.isnan(matrix[0]).all()
    assert matrix[1, 1] == 1.0
    assert linear_cka(apart, x) > 0


@pytest.mark.parametrize(("n", "p", "q"), [(60, 20, 20), (40, 300, 200)])
def test_debiased_cka_of_independent_noise_is_zero_on_average_and_not_clipped(n, p, q):
    rng = np.random.default_rng(1)

    def noise(debiased):
        x, y = rng.normal(size=(n, p)), rng.normal(size=(n, q))
        return linear_cka(x.astype(np.float32), y.astype(np.float32), debiased=debiased)

    values = np.array([noise(debiased=True) for _ in range(100)])
    assert abs(values.mean()) < 4 * values.std() / math.sqrt(len(values))
    assert (values < 0).mean() > 0.3
    assert noise(debiased=False) > 10 * abs(values.mean()) + 0.2
