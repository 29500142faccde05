from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.analyses.association.correlation import correlation_of
from core.analyses.association.pair_effects import of_pair_effects, of_ranks
from core.analyses.association.qap import qap
from core.analyses.social_relations import social_relations
from core.analyses.square_transfer import SquareTransfer
from tests.core.analyses.association.test_association import random_table, slow_qap, table_of


def off(values):
    return values[~np.eye(len(values), dtype=bool)]


def test_pair_effects_are_those_of_the_social_relations_model_and_sum_to_nothing():
    table = random_table(6)
    found = of_pair_effects(table)
    model = social_relations(SquareTransfer(table.tasks, table.per_seed))
    assert off(found.transfer) == pytest.approx(off(model.pair))
    for effects in (found.cka, found.transfer):
        assert np.nansum(effects, axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
        assert np.nansum(effects, axis=1) == pytest.approx(np.zeros(6), abs=1e-12)


def test_what_tasks_do_with_everybody_is_gone():
    """Giver and taker effects of any size, in both, change nothing about pairs."""
    table = random_table(7, seed=2)
    rng = np.random.default_rng(5)
    task_effects = rng.normal(size=7) * 9
    giving, taking = rng.normal(size=(2, 7)) * 9
    shifted = table_of(
        table.cka + task_effects[:, None] + task_effects[None],
        table.transfer + giving[:, None] + taking[None],
    )
    plain, other = of_pair_effects(table), of_pair_effects(shifted)
    assert correlation_of(other) == pytest.approx(correlation_of(plain))
    assert qap(other).p == pytest.approx(qap(plain).p)
    assert abs(correlation_of(shifted) - correlation_of(table)) > 0.05


def test_a_purely_additive_table_has_no_pair_effects_but_rounding():
    level = np.random.default_rng(1).random(6) * 1e3
    table = table_of(level[:, None] + level, random_table(6).transfer)
    assert (off(of_pair_effects(table).cka) == 0).all()
    assert np.isnan(correlation_of(of_pair_effects(table)))
    assert np.isnan(qap(of_pair_effects(table)).p)


@pytest.mark.parametrize("size", [2, 3])
def test_few_tasks_have_none(size):
    assert np.isnan(qap(of_pair_effects(random_table(size))).p)


def test_pair_effects_with_gaps_are_least_squares_over_the_pairs_there_are():
    table = random_table(6, seed=4)
    table.transfer[1, 3] = np.nan
    found = of_pair_effects(table)
    assert np.isnan(found.transfer[1, 3])
    assert np.nansum(found.transfer, axis=0) == pytest.approx(np.zeros(6), abs=1e-12)
    assert 0 < qap(found).p <= 1


def test_ranks_are_spearmans():
    table = random_table(6, seed=3)
    x, y = off(table.cka), off(table.transfer)
    assert correlation_of(of_ranks(table)) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_rank_qap_knows_no_monotone_change_and_counts_all_relabellings():
    table = random_table(5, seed=6)
    bent = table_of(np.exp(9 * table.cka), table.transfer**3)
    assert qap(of_ranks(bent)).p == qap(of_ranks(table)).p == slow_qap(of_ranks(table))
