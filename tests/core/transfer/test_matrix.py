"""Means over what is there: the short way is the long one."""

from __future__ import annotations

import numpy as np
import pytest

from core.transfer.matrix import mean_present


@pytest.mark.parametrize("axis", [None, 0, 1, 2])
@pytest.mark.parametrize("shape", [(3, 4, 5), (1, 2, 3), (2, 1, 1)])
def test_the_mean_of_what_is_there_is_numpys_with_and_without_gaps(shape, axis):
    whole = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(mean_present(whole, axis), np.nanmean(whole, axis), rtol=1e-13)
    gaps = whole.copy()
    gaps[0, 0, 0] = np.nan
    # Where nothing is there, numpy warns.
    sums, counts = np.nansum(gaps, axis), np.isfinite(gaps).sum(axis)
    slow = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    np.testing.assert_allclose(mean_present(gaps, axis), slow, rtol=1e-13)
    # Infinite is not there either.
    gaps[0, 0, 0] = np.inf
    np.testing.assert_array_equal(np.isfinite(mean_present(gaps, axis)), counts > 0)


def test_of_nothing_there_is_no_mean():
    assert np.isnan(mean_present(np.empty((0, 3)), 0)).all()
    assert mean_present(np.empty((0, 3)), 1).shape == (0,)
    assert np.isnan(mean_present(np.full((2, 2), np.nan)))
