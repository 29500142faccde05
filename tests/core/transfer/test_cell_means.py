"""Means over cells and what seeds say of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from core.transfer.cell_means import RowMeans, cell_mean
from tests.dashboard.figures.samples import matrix

NAN = np.nan


def everywhere(found):
    return np.ones_like(found.trained)


def test_mean_over_two_seeds_by_hand():
    found = matrix([[[1.0, 0.2, 0.4]], [[0.8, 0.4, 0.4]]])
    mean = cell_mean(found, ~found.trained)
    assert mean.value == pytest.approx((0.3 + 0.4) / 2)
    assert (mean.cells, mean.incomplete, mean.seeds) == (2, 0, (40, 41))
    np.testing.assert_allclose(mean.per_seed, [0.3, 0.4])
    # s = 0.1 / sqrt(2), so the half width is 12.706 * 0.05.
    assert mean.interval.low == pytest.approx(0.35 - 12.7062 * 0.05, abs=1e-4)
    assert mean.interval.high == pytest.approx(0.35 + 12.7062 * 0.05, abs=1e-4)


def test_one_seed_has_no_interval():
    mean = cell_mean(found := matrix([[[1.0, 0.2, 0.4]]]), everywhere(found))
    assert mean.value == pytest.approx(1.6 / 3)
    assert np.isnan([mean.interval.low, mean.interval.high]).all()


def test_missing_cells_are_counted_and_the_mean_is_that_of_the_matrix():
    found = matrix([[[1.0, NAN, 0.4]], [[0.8, 0.4, 0.4]], [[NAN, NAN, NAN]]])
    mean = cell_mean(found, everywhere(found))
    assert mean.value == pytest.approx(found.mean) == pytest.approx((0.9 + 0.4 + 0.4) / 3)
    assert (mean.cells, mean.incomplete) == (3, 3), "the third seed has none of them"
    assert mean.seeds == (40, 41), "a seed without any of the cells says nothing of them"
    np.testing.assert_allclose(mean.per_seed, [0.7, 1.6 / 3])


def test_no_cell_has_no_mean():
    found = matrix([[[NAN, NAN, NAN]]])
    mean = cell_mean(found, everywhere(found))
    assert np.isnan(mean.value)
    assert (mean.cells, mean.seeds, len(mean.per_seed)) == (0, (), 0)


@given(arrays(np.float64, (4, 2, 3), elements=st.floats(-2, 2)))
def test_with_all_cells_the_interval_is_students_over_the_seeds(values):
    found = matrix(values, sources=[("distance",), ("angle",)])
    mean = cell_mean(found, everywhere(found))
    per_seed = values.reshape(4, -1).mean(axis=1)
    half = stats.t.ppf(0.975, 3) * per_seed.std(ddof=1) / 2
    assert mean.value == pytest.approx(per_seed.mean(), abs=1e-12)
    assert mean.interval.low == pytest.approx(per_seed.mean() - half, abs=1e-9)
    assert mean.interval.high == pytest.approx(per_seed.mean() + half, abs=1e-9)


@given(
    arrays(np.float64, (3, 4, 2), elements=st.one_of(st.floats(-2, 2), st.just(NAN))),
    arrays(np.bool_, 4),
)
def test_sums_along_rows_give_the_same_means(values, rows):
    found = matrix(values, sources=[(name,) for name in "abcd"], targets=("a", "b"))
    plain = cell_mean(found, np.repeat(rows[:, None], 2, axis=1))
    quick = RowMeans(found, np.stack([~rows, rows])).over(1)
    assert quick.value == pytest.approx(plain.value, abs=1e-12, nan_ok=True)
    assert (quick.cells, quick.incomplete, quick.seeds) == (
        plain.cells,
        plain.incomplete,
        plain.seeds,
    )
    np.testing.assert_allclose(quick.per_seed, plain.per_seed, atol=1e-12)
    assert quick.interval.low == pytest.approx(plain.interval.low, abs=1e-9, nan_ok=True)
