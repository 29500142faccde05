"""Rows told apart by numbers: the quick ways say what comparing rows one by one says."""

from __future__ import annotations

import numpy as np
import pytest

from core.io.layouts.records import all_differ, one_number
from core.io.layouts.score_runs import _distinct_rows

# What keys are drawn from, and how many rows.
KINDS = {
    "few numbers": ((0, 3), 40),
    "below zero": ((-5, 2), 200),
    "many numbers": ((0, 2**20), 300),
    "far apart": ((-(2**40), 2**40), 300),
    "one alone": ((7, 8), 5),
}


def drawn(kind, seed, columns=3):
    (low, high), rows = KINDS[kind]
    rng = np.random.default_rng(seed)
    keys = [rng.integers(low, high, rows) for _ in range(columns)]
    # Half of the rows come again.
    again = rng.integers(0, rows, rows // 2)
    return [np.concatenate([key, key[again]]) for key in keys], keys


def rows_of(keys):
    return list(zip(*(key.tolist() for key in keys), strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_rows_as_one_number_stand_in_the_order_of_the_rows_and_differ_as_they_do(kind, seed):
    keys, _ = drawn(kind, seed)
    rows, code = rows_of(keys), one_number(*keys)
    assert code is not None
    assert len({*code.tolist()}) == len({*rows})
    assert [rows[at] for at in np.argsort(code, kind="stable")] == sorted(rows)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_rows_that_all_differ_are_told_as_a_set_tells_them(kind, seed):
    keys, once = drawn(kind, seed)
    assert not all_differ(*keys)
    distinct = [np.array(column) for column in zip(*dict.fromkeys(rows_of(once)), strict=True)]
    for order in (slice(None), slice(None, None, -1), np.lexsort(distinct[::-1])):
        assert all_differ(*[key[order] for key in distinct])
        # The last row as the first one.
        assert not all_differ(*[np.append(key[order], key[order][0]) for key in distinct])


@pytest.mark.parametrize("columns", [3, 6])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(5))
def test_distinct_rows_are_those_of_a_dictionary(kind, seed, columns):
    keys, _ = drawn(kind, seed, columns)
    rows = rows_of(keys)
    # Six numbers below 2^20 are no number of 64 bits; what is far apart is counted first.
    assert (one_number(*keys) is None) == (columns == 6 and kind == "many numbers")
    first, number = _distinct_rows(keys)
    slow = {row: at for at, row in reversed([*enumerate(rows)])}
    known = list(dict.fromkeys(rows))
    assert first.tolist() == [slow[row] for row in known]
    assert number.tolist() == [known.index(row) for row in rows]
