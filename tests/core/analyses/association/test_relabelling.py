"""Relabellings of many tasks, a shift at a time, are those made one by one."""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from core.analyses.association import qap as module
from core.analyses.association import relabelling
from core.analyses.association.correlation import correlation_of
from core.analyses.association.mrqap import mrqap
from core.analyses.association.qap import qap_all, qap_of_maximum
from tests.core.analyses.association.test_many_tasks import table_of
from tests.core.analyses.association.test_mrqap import matrix_of, transfer_of
from tests.core.analyses.association.test_specifications import curve_of, sides


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("size", [7, 12, 101])
def test_shifts_of_an_order_are_relabellings_one_by_one(size, symmetric, missing):
    table = table_of(size, symmetric=symmetric, missing=missing)
    tables = [table, replace(table, cka=table_of(size, seed=1, symmetric=symmetric).cka)]
    labels = np.random.default_rng(3).permutation(size)
    every = relabelling.shifts_of(labels)
    for one in (*every, *every.T):
        assert sorted(one) == list(range(size))
    if missing:
        fast = relabelling._with_gaps_by_shifts(table)(labels[None])
        slow = relabelling._with_gaps(table)(every)
    else:
        fast = relabelling._complete_by_shifts(tables)(labels[None])
        slow = relabelling._complete(tables)(every)
    np.testing.assert_allclose(fast, slow, atol=1e-13)
    moved = table.cka[np.ix_(every[2], every[2])]
    assert fast[2, 0] == pytest.approx(correlation_of(replace(table, cka=moved)), abs=1e-13)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_p_by_shifts_is_p_of_relabellings_drawn_one_by_one(monkeypatch, missing):
    tables = [table_of(20, seed=k, missing=missing, signal=0.03 * k) for k in range(4)]
    slow, most = qap_all(tables), qap_of_maximum(tables)
    monkeypatch.setattr(relabelling, "SHIFTED_FROM", 20)
    fast = qap_all(tables)
    for one, other in zip(fast, slow, strict=True):
        assert one.permutations == other.permutations == 10_000
        assert one.p == pytest.approx(other.p, abs=4 * math.hypot(one.error, other.error))
        assert one.spread == pytest.approx(other.spread, rel=0.05)
    assert min(one.p for one in fast) < 0.5 < max(one.p for one in fast)
    for one, other in zip(qap_of_maximum(tables), most, strict=True):
        assert one.p == pytest.approx(other.p, abs=4 * math.hypot(one.error, other.error))


def test_a_p_by_shifts_varies_no_more_than_it_says(monkeypatch):
    monkeypatch.setattr(relabelling, "SHIFTED_FROM", 20)
    monkeypatch.setattr(relabelling, "SAMPLED_PERMUTATIONS", 1_000)
    monkeypatch.setattr(module, "SAMPLED_PERMUTATIONS", 1_000)
    # Two families of alike tasks: few values of r*, so that hits come together.
    family = np.arange(20) < 8
    alike = np.equal.outer(family, family).astype(float)
    blocks = replace(table_of(20), cka=alike, transfer=alike + table_of(20, seed=3).transfer * 3)
    for table in (blocks, table_of(20, seed=1, signal=0.08)):
        found = [qap_all([table], seed=seed)[0] for seed in range(120)]
        spread = np.std([one.p for one in found])
        said = np.mean([one.error for one in found])
        # The standard error of a standard deviation of 120 is 6.5 %.
        assert spread < 1.25 * said


def every_p(executor=None):
    """All that relabels, of tasks drawn one by one and by shifts, complete and with gaps."""
    found = []
    for size in (9, 101):
        tables = [table_of(size, seed=k, missing=k * 0.1, signal=0.04) for k in (0, 1)]
        found += [*qap_all(tables, executor=executor)]
    maximum = qap_of_maximum([table_of(9, seed=k) for k in (0, 1)], executor=executor)
    found += [one.p for one in maximum]
    names = tuple("abcdefghijk")
    for missing in (False, True):
        similar, transfers = sides(np.random.default_rng(3), size=11, missing=missing)
        exclusions = [("all", names), ("without a", names[1:])]
        curve = curve_of(similar, transfers, exclusions, names, executor=executor)
        found += [curve.p.tolist(), curve.median_p, curve.low.tolist(), curve.high.tolist()]
    rng = np.random.default_rng(4)
    squares = [matrix_of(square) for square in rng.normal(size=(2, 9, 9))]
    joint = mrqap(transfer_of(rng.normal(size=(9, 9))), squares, "abcdefghi", executor=executor)
    return [*found, joint]


def test_workers_make_the_same_bits_as_this_thread_however_many_they_are():
    alone = every_p()
    with ThreadPoolExecutor(3) as executor:
        assert every_p(executor) == alone
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as processes:
        assert every_p(processes) == alone
