"""Evaluations as arrays: the grid of one checkpoint, and where each value was read."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluations import AT_CHECKPOINT, Evaluations, Split, place_in_file

NAN = float("nan")

# Two runs on two tasks: run, task, shifted, checkpoint, value, file, row.
ROWS = [
    (0, 0, False, 100, 0.1, 0, 1),
    (0, 0, False, 200, 0.2, 0, 2),
    (0, 1, False, 100, 0.3, 0, 3),
    (0, 1, False, 200, NAN, 0, 4),
    (0, 1, True, 200, 0.9, 1, AT_CHECKPOINT),
    (1, 1, False, 50, 0.5, 2, 0),
]


@pytest.fixture
def evaluations() -> Evaluations:
    run, task, shifted, checkpoint, value, file, row = (
        np.array(column) for column in zip(*ROWS, strict=True)
    )
    files = ("a.csv", "b.json", "c.txt")
    return Evaluations(run, task, shifted, checkpoint, value, file, row, files, n_runs=2, n_tasks=2)


def test_the_last_checkpoint_is_each_cells_own(evaluations: Evaluations) -> None:
    grid = evaluations.grid(Split.STANDARD)
    # What is not finite at the last step stays so: 0.3 of an earlier one does not stand in.
    np.testing.assert_array_equal(grid.values, [[0.2, NAN], [NAN, 0.5]])
    np.testing.assert_array_equal(grid.records, [[1, 3], [-1, 5]])
    np.testing.assert_array_equal(grid.checkpoints, [[200, 200], [-1, 50]])


def test_a_grid_of_one_checkpoint_and_split(evaluations: Evaluations) -> None:
    np.testing.assert_array_equal(
        evaluations.grid(Split.STANDARD, 100).values, [[0.1, 0.3], [NAN, NAN]]
    )
    np.testing.assert_array_equal(evaluations.grid(Split.SHIFTED).values, [[NAN, 0.9], [NAN, NAN]])


@pytest.mark.parametrize("runs", [(), (0,), (1,), (0, 1)])
def test_of_some_runs_a_grid_has_their_rows(
    evaluations: Evaluations, runs: tuple[int, ...]
) -> None:
    for split in Split:
        whole = evaluations.grid(split).values
        np.testing.assert_array_equal(evaluations.grid(split, runs=runs).values, whole[list(runs)])


@pytest.mark.parametrize(
    "cells",
    [
        [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)],  # each once
        [(0, 0, 1), (0, 0, 2), (0, 1, 1), (1, 1, 1)],  # as many, one twice and one not
        [(0, 0, 1), (0, 1, 1), (0, 1, 2), (1, 0, 1)],
        [(0, 0, 1), (0, 1, 1), (1, 0, 1)],
    ],
)
def test_a_grid_whose_cells_are_there_once_each_is_told_as_cell_by_cell(cells, monkeypatch) -> None:
    run, task, checkpoint = (np.array(column) for column in zip(*cells, strict=True))
    value, ones = np.arange(len(cells)) / 10, np.ones(len(cells), dtype=np.int64)
    shifted = ones.astype(bool)
    found = Evaluations(run, task, shifted, checkpoint, value, ones, ones, ("a",), 2, 2)
    of_one = Evaluations(run[:2], task[:2] * 0, shifted[:2], checkpoint[:2], value[:2], ones, ones,
                         ("a",), 2, 1)  # fmt: skip
    quick = [one.grid(Split.SHIFTED, runs=runs) for one in (found, of_one) for runs in (None, (0,))]
    monkeypatch.setattr(Evaluations, "_is_each_cell_once", lambda *_: False)
    slow = [one.grid(Split.SHIFTED, runs=runs) for one in (found, of_one) for runs in (None, (0,))]
    for fast, plain in zip(quick, slow, strict=True):
        np.testing.assert_array_equal(fast.values, plain.values)
        np.testing.assert_array_equal(fast.records, plain.records)


def test_steps_and_curves(evaluations: Evaluations) -> None:
    assert evaluations.steps([0]) == (100, 200)
    assert evaluations.steps([0, 1]) == (50, 100, 200)
    assert evaluations.curve(0, 1, Split.STANDARD).tolist() == [2, 3]
    assert evaluations.curve(1, 0, Split.STANDARD).tolist() == []


def test_where_a_value_was_read(evaluations: Evaluations) -> None:
    told = [evaluations.source(record) for record in (1, 4, 5)]
    assert told == ["a.csv, row 2", "b.json, key checkpoint-200", "c.txt"]
    assert place_in_file(0, 100) == ""
