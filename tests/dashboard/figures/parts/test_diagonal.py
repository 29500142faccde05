"""What stands in the corners on both sides of a diagonal covers no point."""

import numpy as np

from dashboard.figures.parts.diagonal import DiagonalSide, clear_of_names

SIDES = DiagonalSide("takers", "net takers"), DiagonalSide("givers", "net givers")
ROOM, WIDE = 29, 79
"""Pixels that a name and half a point need at least: a line with its pad, ten letters."""
PIXEL = 1e-6
"""What rounding leaves."""


def shares(points, reach):
    """(n, 2) where points lie in the square, from 0 to 1."""
    low, high = reach
    return (np.asarray(points) - low) / (high - low)


def clear(points, reach=(0.0, 10.0), inner=276):
    return clear_of_names(np.array(points, dtype=float), reach, SIDES, inner=inner, mark=12)


def test_a_range_is_left_where_nothing_lies_under_a_name():
    assert clear([[5, 9.9], [0.1, 5], [5, 0.1], [9.9, 9.9]]) == (0.0, 10.0)


def test_a_point_in_a_corner_has_the_name_above_or_below_it():
    low, high = clear([[0.5, 9.8]])
    assert low == 0
    assert 10 < high < 12
    (_, top) = shares([[0.5, 9.8]], (low, high))[0]
    assert (1 - top) * 276 >= ROOM - 1e-6
    low, high = clear([[9.5, 0.3]])
    assert high == 10
    (_, bottom) = shares([[9.5, 0.3]], (low, high))[0]
    assert bottom * 276 >= ROOM - 1e-6


def test_what_a_wider_range_brings_under_a_name_is_looked_at_too():
    rng = np.random.default_rng(0)
    for inner in (120, 276, 600):
        for points in rng.uniform(0, 10, (40, 12, 2)):
            at = shares(points, clear(points, inner=inner)) * inner
            assert not ((at[:, 0] < WIDE) & (at[:, 1] > inner - ROOM + PIXEL)).any()
            assert not ((at[:, 0] > inner - WIDE) & (at[:, 1] < ROOM - PIXEL)).any()
