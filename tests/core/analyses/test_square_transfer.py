from __future__ import annotations

import numpy as np
import pytest

from core.analyses.square_transfer import SquareTransfer, with_intervals
from core.numerics.intervals import Interval, ResamplingUnit, jackknife_interval


@pytest.mark.parametrize("replicates", [0, 1, 3])
def test_all_at_once_intervals_are_those_of_each_number(replicates):
    draw = np.random.default_rng(0)
    estimate = draw.normal(size=(4, 2))
    left_out = [estimate + draw.normal(size=(4, 2)) for _ in range(replicates)]
    cut = [[(i, 8), (2 * i, 9)] for i in range(4)]
    found = with_intervals(estimate, left_out, cut)
    for (i, j), value in np.ndenumerate(estimate):
        low, high = jackknife_interval(value, np.array([one[i, j] for one in left_out]))
        told, interval = found[i][j]
        assert type(told) is type(interval.low) is float
        assert told == value
        expected = Interval(float(low), float(high), ResamplingUnit.SEEDS, *cut[i][j])
        np.testing.assert_equal(vars(interval), vars(expected))


def test_a_seed_with_nothing_but_tasks_on_themselves_is_none():
    per_seed = np.full((4, 3, 3), np.nan)
    per_seed[1] = np.eye(3)
    per_seed[1][~np.eye(3, dtype=bool)] = np.nan
    per_seed[2, 0, 1] = per_seed[3, 2, 0] = 0.5
    square = SquareTransfer(("a", "b", "c"), per_seed)
    assert square.known_seeds.tolist() == [2, 3]
    assert [len(part.per_seed) for part in square.without_each_seed] == [1, 1]
    assert SquareTransfer((), np.empty((2, 0, 0))).known_seeds.tolist() == []
