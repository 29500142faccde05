"""What is computed otherwise of many tasks is the same number."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.analyses.association import qap as module
from core.analyses.association.correlation import (
    correlation_of,
    fit_band,
    least_squares,
    leave_tasks_out,
)
from core.analyses.association.dyads import DyadTable
from core.analyses.association.qap import qap_all


def table_of(size, *, seed=0, missing=0.0, symmetric=True, signal=0.3):
    rng = np.random.default_rng(seed)
    cka = rng.random((size, size))
    if symmetric:
        cka = (cka + cka.T) / 2
    transfer = signal * cka + rng.normal(0, 0.3, (size, size))
    transfer[rng.random((size, size)) < missing] = np.nan
    names = tuple(f"t{i}" for i in range(size))
    return DyadTable(tasks=names, cka=cka, transfer=transfer, per_seed=transfer[None])


def test_of_very_many_tasks_drawing_stops_when_p_is_known_and_says_how_exactly(monkeypatch):
    table = table_of(16, seed=2)
    unrelated = replace(table, cka=table_of(16, seed=9).cka)
    (whole,) = qap_all([unrelated])
    assert whole.permutations == 10_000
    monkeypatch.setattr(module, "SEQUENTIAL_FROM", 16)
    (found,) = qap_all([unrelated])
    assert 400 <= found.permutations < 10_000
    assert found.p == pytest.approx(whole.p, abs=4 * found.error)
    assert 0 < found.error <= 0.06 * found.p
    strong = replace(table, transfer=table.cka)
    (certain,) = qap_all([strong])
    assert (certain.permutations, certain.p) == (10_000, pytest.approx(1 / 10_001))
    assert math.isnan(replace(certain, p=math.nan).error)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize("size", [3, 5, 30])
def test_leaving_tasks_out_by_sums_is_leaving_them_out(size, missing):
    table = table_of(size, missing=missing, seed=4)
    parts = [table.without_task(i) for i in range(size)]
    slow = [correlation_of(part) for part in parts]
    np.testing.assert_allclose(leave_tasks_out(table), slow, atol=1e-9)
    band = fit_band(table)
    lines = [least_squares(part) for part in parts]
    if np.isfinite(lines).all() and size >= 4:
        assert np.isfinite(band.low).all()
        heights = np.array([a * band.cka + b for a, b in lines])
        spread = (size - 1) / size * ((heights - heights.mean(axis=0)) ** 2).sum(axis=0)
        half = (band.high - band.low) / 2
        assert np.ptp(half / np.sqrt(spread)) < 1e-6


def test_what_is_constant_without_a_task_has_no_correlation():
    table = table_of(6)
    flat = np.full((6, 6), 0.25)
    flat[2, :] = flat[:, 2] = np.linspace(0, 1, 6)
    constant = replace(table, transfer=flat)
    found = leave_tasks_out(constant)
    assert np.isnan(found[2])
    assert np.isfinite(np.delete(found, 2)).all()


@pytest.mark.parametrize("scale", [1e150, 1e-150, 1.0])
def test_leaving_out_knows_no_scale(scale):
    table = table_of(12)
    scaled = replace(table, cka=table.cka * scale, transfer=table.transfer / scale)
    np.testing.assert_allclose(leave_tasks_out(scaled), leave_tasks_out(table), atol=1e-12)
