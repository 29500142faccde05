from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analyses.standouts import (
    _largest,
    judged,
    notable,
    pairs_only,
    sign_count,
    standouts,
    weakest,
)
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from core.transfer.query import TransferQuery
from tests.core.small import square_study

TRUTH = np.array(
    [[1, 0.5, -0.3, 0.2], [0.2, 1, 0.6, 0.1], [0.1, -0.2, 0.9, 0.4], [0.3, 0.2, 0.1, 1]]
)


def cells_of(noise=0.01, seeds=3, tasks="abcd", name="ft1", truth=TRUTH):
    seen = truth + np.random.default_rng(0).normal(0, noise, (seeds, 4, 4))
    study = square_study(seen)
    matrix = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
    return pairs_only(judged(replace(matrix, method=name), study, tasks))


def test_a_task_on_itself_and_tasks_that_are_out_are_never_picked():
    assert standouts([cells_of()], sign=1).cells[0].value < 0.9
    among = standouts([cells_of(tasks="abc")], sign=1)
    assert all("d" not in (*cell.sources, cell.target) for cell in among.cells)


def test_only_what_a_task_is_to_itself_is_no_pair():
    cells = cells_of()
    matrix = cells.matrix
    # Another order, a source of two tasks, and one that is never a target.
    sources = (("c",), ("a", "b"), ("e",), ("a",))
    odd = replace(cells, matrix=replace(matrix, sources=sources), usable=np.ones((4, 4), bool))
    one_by_one = [[s != (t,) for t in matrix.targets] for s in sources]
    assert pairs_only(odd).usable.tolist() == one_by_one
    assert [row.count(False) for row in one_by_one] == [1, 0, 0, 1]


@pytest.mark.parametrize("tasks", ["", "a"])
def test_among_no_pair_nothing_is_picked(tasks):
    found = standouts([cells_of(tasks=tasks)], sign=0)
    assert (found.found, found.cells) == (0, ())


def test_of_several_methods_a_cell_stands_once_with_the_largest():
    weak, strong = cells_of(), cells_of(name="ft2", truth=TRUTH * 1.5)
    found = standouts([weak, strong], sign=1)
    assert {cell.method for cell in found.cells} == {"ft2"}
    assert found.found == 10
    assert standouts([weak, weak], sign=-1).cells[0].method == "ft1"
    assert standouts([weak, strong], sign=0).found == 24


def test_a_method_that_cannot_be_told_from_luck_does_not_stand_out_beside_one_that_can():
    one_seed = cells_of(seeds=1, name="ft2", truth=TRUTH * 5)
    found = standouts([one_seed, cells_of()], sign=1)
    assert {cell.method for cell in found.cells} == {"ft1"}
    alone = standouts([one_seed], sign=1)
    assert alone.order_only
    assert [cell.value for cell in alone.cells] == sorted(
        (cell.value for cell in alone.cells), reverse=True
    )


def test_what_is_expected_to_be_wrong_is_the_sum_of_the_rates_of_what_was_found():
    cells = cells_of(noise=0.2)
    found = standouts([cells], sign=1)
    rates = cells.shrunken.false_sign_rate
    picked = cells.usable & cells.shrunken.trusted & (cells.shrunken.values > 0)
    assert found.found == picked.sum() < 10
    assert found.expected_wrong == pytest.approx(rates[picked].sum())
    assert found.expected_wrong <= 0.05 * found.found


def test_helps_and_harms_are_counted_by_the_same_rule():
    cells = cells_of(noise=0.2)
    count = sign_count(cells)
    assert count.helpful == standouts([cells], sign=1).found
    assert count.harmful == standouts([cells], sign=-1).found
    assert count.below == (cells.matrix.values < 0)[~np.eye(4, dtype=bool)].sum() >= count.harmful
    assert (count.pairs, count.told) == (12, True)


def test_nothing_has_no_standouts():
    assert standouts([], sign=1).cells == ()
    assert standouts([], sign=1).order_only == "there is no cell"
    assert weakest([]) is None
    assert weakest([cells_of()]).target == "c"


def told_of_luck(truth, noise, studies=60):
    """(cells found, of which so many are said to be luck), over made studies of eight tasks."""
    found = luck = 0.0
    rng = np.random.default_rng(3)
    for _ in range(studies):
        study = square_study(truth + rng.normal(0, noise, (3, 8, 8)))
        matrix = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
        count = sign_count(pairs_only(judged(matrix, study, "abcdefgh")))
        found += count.helpful + count.harmful
        luck += count.helpful_by_luck + count.harmful_by_luck
    return found, luck


def test_where_nothing_transfers_what_is_found_is_told_to_be_luck():
    """The false sign rate says a thirtieth of it: nothing has a sign there."""
    found, luck = told_of_luck(np.zeros((8, 8)), 0.1)
    assert found > 60
    assert 0.5 * found < luck <= found


def test_where_all_transfers_well_next_to_nothing_is_told_to_be_luck():
    found, luck = told_of_luck(np.full((8, 8), 0.5), 0.1)
    assert found == 60 * 56
    assert luck < 0.01 * found


def test_of_a_list_no_more_is_luck_than_is_in_it():
    cells = cells_of(noise=0.2)
    for sign in (1, -1, 0):
        found = standouts([cells], sign=sign)
        assert 0 <= found.by_luck <= found.found
    assert cells.by_luck(np.zeros((4, 4), dtype=bool), sign=0) == 0
    assert standouts([cells_of(seeds=1)], sign=1).by_luck == 0


def test_intervals_of_a_cell_say_how_many_of_its_values_are_cut():
    study = square_study(
        np.array([[[1, 2.0], [0.5, 1]], [[1, 1.4], [0.6, 1]], [[1, 1.7], [0.4, 1]]])
    )
    matrix = transfer_matrix(study, TransferQuery("ft1"))
    told = notable(judged(matrix, study, ["a", "b"]), (0, 1))
    for ends in (told.interval, told.shrunken_interval):
        assert (ends.clipped, ends.values) == (2, 3)
    free = notable(judged(matrix, study, ["a", "b"]), (1, 0))
    assert (free.interval.clipped, free.interval.values) == (0, 3)


@given(st.lists(st.sampled_from([-math.inf, -1.0, 0.0, 0.5, 2.0, math.inf])), st.integers(0, 9))
def test_the_largest_are_those_that_all_in_order_begin_with(values, most):
    values, most = np.array(values, dtype=float), min(most, len(values))
    assert _largest(values, most).tolist() == np.argsort(-values, kind="stable")[:most].tolist()
