"""Intervals of values that were cut to the scale say how many: they are no surer for it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.analyses.balance import COLUMNS, balance_of
from core.analyses.columns import frame_of
from core.analyses.overview import overview
from core.analyses.query import TransferQuery
from core.cli.formatters.balance import balance_text
from core.cli.formatters.parts import APPROXIMATE, interval_report, row_report
from core.numerics.intervals import Interval, ResamplingUnit
from core.transfer.build import transfer_matrix
from core.transfer.cell_means import RowMeans, cell_mean
from core.transfer.normalization import Scale
from tests.core.small import square_study

# Seed by seed: a→b is below 0 in both, a→c in one; nothing else is cut.
VALUES = (
    ((0.9, -0.2, -0.1), (0.5, 0.9, 0.3), (0.4, 0.2, 0.9)),
    ((0.8, -0.3, 0.2), (0.6, 0.9, 0.1), (0.5, 0.4, 0.9)),
)
ASKED = TransferQuery("ft1")


@pytest.fixture(scope="module")
def study():
    return square_study(VALUES)


def test_sums_and_effects_count_what_they_are_made_of(study):
    by_task = {row.sums.task: row for row in balance_of(study, ASKED).rows}

    def cut(task, key):
        column = next(one for one in COLUMNS if one.key == key)
        interval = column.interval(by_task[task])
        return interval.clipped, interval.values

    # Each of three tasks gives to two others in two seeds.
    assert [cut("a", key) for key in ("given", "received", "net")] == [(3, 4), (0, 4), (3, 8)]
    assert [cut("b", key) for key in ("given", "received", "net")] == [(0, 4), (2, 4), (2, 8)]
    assert [cut("c", key) for key in ("giver", "taker")] == [(0, 4), (1, 4)]
    assert by_task["a"].sums.given_interval.said_of_clipped == "3 of 4 clipped"


def test_nothing_is_cut_on_the_strict_scale(study):
    found = balance_of(study, TransferQuery("ft1", scale=Scale.STRICT))
    assert not any(row.sums.net_interval.is_approximate for row in found.rows)
    assert APPROXIMATE not in balance_text(found)
    assert "clipped" not in json.dumps([row_report(COLUMNS, row) for row in found.rows])


def test_every_form_of_a_balance_says_it(study):
    found = balance_of(study, ASKED)
    text = balance_text(found)
    assert APPROXIMATE in text
    (line,) = [one for one in text.splitlines() if one.startswith("a ")]
    assert line.count("]*") == 3  # given, net and giver effect; nothing of what it receives
    report = row_report(COLUMNS, found.rows[0])["intervals"]
    assert {key: report["given"][key] for key in ("clipped", "values")} == {
        "clipped": 3,
        "values": 4,
    }
    assert "clipped" not in report["received"]
    frame = frame_of(COLUMNS, found.rows)
    (given,) = [name for name in frame if name.startswith("given") and "clipped" in name]
    assert frame[given].tolist() == [3, 0, 0]


def test_means_over_cells_count_theirs(study):
    matrix = transfer_matrix(study, ASKED)
    some = np.zeros((3, 3), dtype=bool)
    some[0, 1:] = True
    mean = cell_mean(matrix, some).interval
    assert (mean.clipped, mean.values) == (3, 4)
    assert mean.said_of_clipped == "3 of 4 clipped"
    rows = RowMeans(matrix, np.eye(3, dtype=bool)).over(0).interval
    assert (rows.clipped, rows.values) == (3, 6)
    of_method = overview(study, ASKED).methods[0].transfer.interval
    assert (of_method.clipped, of_method.values) == (3, 12)


def test_a_missing_value_is_neither_cut_nor_counted():
    values = np.array(VALUES)
    values[1, 0, 1] = np.nan
    matrix = transfer_matrix(square_study(values.tolist()), ASKED)
    every = np.ones((3, 3), dtype=bool)
    mean = cell_mean(matrix, every).interval
    assert (mean.clipped, mean.values) == (2, 17)


def test_where_there_is_no_interval_nothing_is_said_of_it():
    nothing = Interval(np.nan, np.nan, ResamplingUnit.SEEDS, clipped=2, values=3)
    assert nothing.said_of_clipped == ""
    assert "clipped" not in interval_report(nothing)
    one_seed = balance_of(square_study(VALUES[:1]), ASKED)
    assert APPROXIMATE not in balance_text(one_seed)
