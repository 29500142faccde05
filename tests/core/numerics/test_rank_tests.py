"""What is computed without scipy.stats is to the last bit what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.analyses.association.correlation import textbook_p
from core.numerics.intervals import t_quantile
from core.numerics.rank_tests import mean_ranks, spearman


@pytest.mark.parametrize("n", [3, 4, 10, 400])
@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_spearman_is_that_of_scipy(n, decimals):
    draws = np.random.default_rng(n + decimals)
    x = np.r_[draws.normal(size=n - 2), -9.0, 9.0].round(decimals)
    y = np.r_[draws.normal(size=n - 2), 9.0, -9.0].round(decimals)
    assert (mean_ranks(x) == stats.rankdata(x)).all()
    wanted = stats.spearmanr(x, y)
    assert spearman(x, y) == (wanted.statistic, wanted.pvalue)


def test_a_perfect_order_has_no_chance():
    assert spearman(np.arange(5.0), np.arange(5.0) ** 3) == tuple(
        stats.spearmanr(np.arange(5), np.arange(5) ** 3)
    )


def test_quantiles_and_p_are_those_of_scipy():
    freedom = np.arange(1, 500)
    assert (t_quantile(freedom) == stats.t.ppf(0.975, freedom)).all()
    assert (t_quantile(freedom, picked_from=7) == stats.t.ppf(1 - 0.025 / 7, freedom)).all()
    for n in (3, 4, 20, 300):
        for r in (-1.0, -0.3, 0.0, 1e-9, 0.999, 1.0, 1 + 1e-15):
            shape = n / 2 - 1
            assert textbook_p(r, n) == 2 * stats.beta.sf(abs(r), shape, shape, loc=-1, scale=2)
