"""`make bench` in its smallest form: that every number is there and the table has its form."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks import plain_dash, relabelling, scale
from core.analyses.query import TransferQuery
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study
from core.transfer.build import transfer_matrix


def test_a_small_study_is_measured_in_every_row(tmp_path):
    found = scale.measure([4], 1, tmp_path)
    assert found[4].keys() == scale.ROWS.keys()
    assert all(value > 0 for value in found[4].values())
    table = scale.as_markdown({4: found[4], 1000: {}}, rounds=1, machine="here").splitlines()
    assert table[2:4] == ["| | 4 tasks | 1,000 tasks |", "|---|---|---|"]
    assert len(table) == 4 + len(scale.ROWS)
    assert all(line.endswith("| — |") for line in table[4:])
    plot = scale.as_plot(found)
    assert plot.startswith("<svg ")
    assert plot.count("<polyline ") == 8


def test_medians_are_over_the_rounds_that_have_a_number():
    rounds = [{"read": 1.0, "copy": 5.0}, {"read": 9.0}, {"read": 3.0}]
    assert scale.medians(rounds) == {"read": 3.0, "copy": 5.0}


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_plain_dash_shows_the_same_numbers(tmp_path, missing):
    write_synthetic_study(SyntheticStudy(tasks=5, seeds=2, missing=missing), tmp_path)
    ours = transfer_matrix(open_study(tmp_path), TransferQuery("ft1"))
    plain = plain_dash.improvement(tmp_path)
    named = pd.DataFrame(ours.values, [s[0] for s in ours.sources], list(ours.targets))
    # A study of few tasks with many gaps may lack a whole pair: it is no cell of a pivot table.
    plain = plain.reindex(index=named.index, columns=named.columns)
    np.testing.assert_allclose(plain, named, atol=1e-9)


def test_relabellings_are_measured_beside_bare_ones(capsys):
    relabelling.main(["--tasks", "12", "--rounds", "1"])
    *_, line = capsys.readouterr().out.splitlines()
    assert line.startswith("| 12 | ")
    assert line.count("|") == 7
