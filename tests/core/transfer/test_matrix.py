"""Means over what is there: the short way is the long one."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from core.transfer import matrix as matrix_module
from core.transfer.build import transfer_matrix
from core.transfer.matrix import mean_present
from core.transfer.query import TransferQuery
from tests.core.small import square_study


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


def test_a_large_matrix_holds_up_no_other_one(monkeypatch):
    # In Python 3.11 functools.cached_property holds one lock for all instances.
    study = square_study([[[0.1, 0.2], [0.3, 0.4]]])
    query = TransferQuery(study.single_source_methods[0].name)
    large, small = (transfer_matrix(study, query) for _ in range(2))
    begun, done = threading.Event(), threading.Event()

    def breathe() -> None:
        if threading.current_thread() is computing:
            begun.set()
            assert done.wait(60)

    monkeypatch.setattr(matrix_module, "breathe", breathe)
    found: list[int] = []
    computing = threading.Thread(target=lambda: found.append(int(large.n.sum())))
    other = threading.Thread(target=lambda: found.append(int(small.n.sum())))
    computing.start()
    assert begun.wait(60)
    other.start()
    other.join(10)
    was_held_up = other.is_alive()
    done.set()
    for thread in (computing, other):
        thread.join()
    assert not was_held_up
    assert found[0] == found[1] > 0
