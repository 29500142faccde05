"""How far out a value is, and how probable farther."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.numerics.student import above, in_spreads


@pytest.mark.parametrize("freedom", [1, 3, 40, 199, 199.5, 200, 999, 50_000])
def test_the_tail_is_students(freedom):
    t = np.array([-6.0, -2.0, 0.0, 0.5, 3.0, 6.0])
    assert above(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-9)
    assert above(np.array([np.inf, -np.inf]), freedom).tolist() == [0.0, 1.0]
    assert np.isnan(above(np.array([np.nan]), freedom)).all()


@pytest.mark.parametrize("degrees", [3.0, 200.0, 1_000.0, 1e6])
def test_signs_of_many_degrees_of_freedom_are_those_of_students_t(degrees):
    values = np.concatenate([np.linspace(0, 40, 81), [np.nan]])
    found = above(np.abs(in_spreads(values, np.ones(82))), np.full(82, degrees))
    np.testing.assert_allclose(found, stats.t.sf(values, degrees), atol=1e-14)


def test_tails_of_many_are_those_of_each_by_itself():
    t = np.random.default_rng(0).normal(size=(60, 700)) * 3
    of_columns, of_few = np.linspace(200, 1e6, 700), np.linspace(2, 400, 700)
    of_few[7] = np.nan
    t[3, 5], t[4, 6] = np.nan, np.inf
    for degrees in (of_columns, np.broadcast_to(of_columns, t.shape), 5_000, of_few, of_few / 9):
        each = np.broadcast_to(degrees, t.shape)
        rows = [above(own, of) for own, of in zip(t, each, strict=True)]
        np.testing.assert_array_equal(above(t, degrees), rows)
    assert above(np.empty((0, 3)), 5_000).shape == (0, 3)


def test_a_value_without_spread_is_infinitely_far_out_and_zero_is_not():
    values = np.array([0.0, -2.0, 3.0, -1.0, np.nan])
    assert in_spreads(values, np.array([0.0, 0.0, 0.0, 2.0, 1.0]))[:4].tolist() == [
        0.0,
        -np.inf,
        np.inf,
        -0.5,
    ]
    assert np.isnan(in_spreads(values, np.ones(5))[4])
