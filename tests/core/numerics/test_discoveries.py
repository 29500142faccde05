"""How much of what is found among many is there by luck."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, stats

from core.numerics.discoveries import falling, null_probability, settled


def test_of_p_that_say_nothing_all_is_luck():
    p = (np.arange(400) + 0.5) / 400
    assert null_probability(p) == pytest.approx(np.ones(400))


def test_half_of_nothing_by_hand():
    # 200 p of nothing, ten in each of 20 bins, and 200 near 0: of 400 there are 1 + 100 above one
    # half, so π₀ = 101 / 200; the first bin holds 210, so its density is 210 / 20.
    p = np.concatenate([(np.arange(200) + 0.5) / 200, np.full(200, 1e-6)])
    found = null_probability(p)
    assert found[-1] == found[0] == pytest.approx(101 / 200 / (210 / 20))
    assert found[199] == pytest.approx(1.0)
    # So many are luck of those in the first bin: ten, and the one that is counted to be safe.
    assert found[p < 0.05].sum() == pytest.approx(10.1)


def test_what_never_rises_is_that_of_isotonic_regression():
    assert falling(np.array([1.0, 3.0, 2.0, 0.0, 4.0])).tolist() == [2.0] * 5
    assert falling(np.array([3.0, 1.0, 2.0, 0.0])).tolist() == [3.0, 1.5, 1.5, 0.0]
    rng = np.random.default_rng(1)
    for n in (1, 2, 20, 100):
        y = rng.poisson(5, n).astype(float)
        expected = optimize.isotonic_regression(y, increasing=False).x
        assert falling(y) == pytest.approx(expected)


def test_findings_at_a_rate_by_hand():
    # Of five at 5 % the limits are 0.01, 0.02, 0.03, 0.04, 0.05: the third is above its own, but
    # below that of the fourth, which stands with all before it.
    assert settled(np.array([0.2, 0.012, 0.035, 0.009, 0.031]), 0.05).tolist() == [
        False,
        True,
        True,
        True,
        True,
    ]
    assert not settled(np.array([0.02, 0.5, 0.9]), 0.05).any()
    assert settled(np.array([]), 0.05).shape == (0,)
    p = np.random.default_rng(0).uniform(size=60) ** 3
    assert (settled(p, 0.1) == (stats.false_discovery_control(p) <= 0.1)).all()
