"""MRQAP: equal to regressions done one by one, as netlm's `qapspp` does them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from core.analyses.association.mrqap import mrqap
from core.errors import RequestError
from core.similarity.predictor_matrix import PredictorMatrix
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from tests.core.small import square_study


def matrix_of(values, name="x") -> PredictorMatrix:
    names = tuple("abcdefghijkl"[: len(values)])
    return PredictorMatrix(name, name.upper(), np.asarray(values, float), names, None, "last", ())


def transfer_of(values):
    return transfer_matrix(square_study([values]), TransferQuery("ft1", scale=Scale.STRICT))


def t_values(y, columns):
    """Coefficients, t and R² of a regression with a constant, by the textbook."""
    design = np.column_stack([np.ones(len(y)), *columns])
    b, *_ = np.linalg.lstsq(design, y, rcond=None)
    left = y - design @ b
    sigma = left @ left / (len(y) - design.shape[1])
    t = b / np.sqrt(sigma * np.diag(np.linalg.inv(design.T @ design)))
    return b[1:], t[1:], 1 - left @ left / ((y - y.mean()) @ (y - y.mean()))


def netlm_qapspp(y, xs):
    """sna::netlm(y, xs, nullhyp = "qapspp"), with every relabelling instead of drawn ones."""
    off = ~np.eye(len(y), dtype=bool)
    b, t, r2 = t_values(y[off], [x[off] for x in xs])
    p = []
    for at, x in enumerate(xs):
        others = [other for i, other in enumerate(xs) if i != at]
        design = np.column_stack([np.ones(off.sum()), *[other[off] for other in others]])
        left = np.zeros_like(x)
        left[off] = x[off] - design @ np.linalg.lstsq(design, x[off], rcond=None)[0]
        hits = []
        for order in map(list, itertools.permutations(range(len(y)))):
            columns = [*[other[off] for other in others], left[np.ix_(order, order)][off]]
            hits.append(abs(t_values(y[off], columns)[1][-1]) >= abs(t[at]) - 1e-9)
        p.append(np.mean(hits))
    return b, t, r2, p


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scale", [1.0, 1e120])
def test_equal_to_netlm_with_every_relabelling(seed, scale):
    rng = np.random.default_rng(seed)
    y, first, second = rng.normal(size=(3, 5, 5))
    second += 0.5 * first
    y += 0.8 * second
    found = mrqap(
        transfer_of(y), [matrix_of(first * scale, "one"), matrix_of(second, "two")], "abcde"
    )
    b, t, r2, p = netlm_qapspp(y, [first, second])
    assert [c.predictor for c in found.coefficients] == ["one", "two"]
    np.testing.assert_allclose([c.b for c in found.coefficients], b / np.array([scale, 1.0]))
    np.testing.assert_allclose([c.t for c in found.coefficients], t)
    np.testing.assert_allclose([c.p for c in found.coefficients], p)
    assert found.r_squared == pytest.approx(r2)
    assert (found.n, found.permutations, found.exhaustive) == (20, 120, True)


def test_one_that_only_repeats_the_other_has_nothing_of_its_own():
    rng = np.random.default_rng(5)
    cause, noise = rng.normal(size=(2, 7, 7))
    echo = cause + 0.3 * rng.normal(size=(7, 7))
    found = mrqap(transfer_of(cause + 0.2 * noise), [matrix_of(cause), matrix_of(echo)], "abcdefg")
    real, repeated = found.coefficients
    assert real.p < 0.01
    assert repeated.p > 0.05
    assert abs(real.beta) > 0.8


def test_many_tasks_are_drawn_with_a_seed():
    rng = np.random.default_rng(6)
    y, x, z = rng.normal(size=(3, 10, 10))
    found = mrqap(transfer_of(y), [matrix_of(x), matrix_of(z)], "abcdefghij")
    assert (found.permutations, found.exhaustive) == (10_000, False)
    assert found == mrqap(transfer_of(y), [matrix_of(x), matrix_of(z)], "abcdefghij")
    assert all(0 < c.p <= 1 for c in found.coefficients)


def test_what_cannot_be_asked_is_said():
    rng = np.random.default_rng(7)
    y, x, z = rng.normal(size=(3, 4, 4))
    first, second = matrix_of(x), matrix_of(z)
    with pytest.raises(RequestError, match="together need at least two"):
        mrqap(transfer_of(y), [first], "abcd")
    with pytest.raises(RequestError, match="X is constant, or made of the other predictors"):
        mrqap(transfer_of(y), [matrix_of(2 * z - 1), second], "abcd")
    gap = replace(first, values=np.where(x == x[0, 1], np.nan, x))
    with pytest.raises(RequestError, match="for every pair of tasks: X has gaps"):
        mrqap(transfer_of(y), [gap, second], "abcd")
    with pytest.raises(RequestError, match="2 pairs are too few for 2 predictors"):
        mrqap(transfer_of(y), [first, second], "ab")
    with pytest.raises(RequestError, match="transfer is the same for every pair"):
        mrqap(transfer_of(np.ones((4, 4))), [first, second], "abcd")
