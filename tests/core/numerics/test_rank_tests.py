"""What is computed without scipy.stats is to the last bit what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.analyses.association.correlation import textbook_p
from core.numerics.intervals import t_quantile
from core.numerics.rank_tests import mean_ranks, rank_correlation, rank_correlations, spearman


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


def test_several_rank_correlations_together_are_those_of_each_by_itself():
    rng = np.random.default_rng(0)
    x, y, z = rng.normal(size=(3, 12))
    gap = np.where(np.arange(12) < 2, np.nan, y)
    pairs = [(x, y), (x, gap), (x[:6], z[:6]), (y, z), (x, np.ones(12)), (x[:2], y[:2])]
    together = rank_correlations(pairs, seed=3)
    # As text: what is undefined is NaN.
    assert [str(one) for one in together] == [str(rank_correlation(a, b, seed=3)) for a, b in pairs]
    assert len({one.p for one in together[:4]}) == 4
