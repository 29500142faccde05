"""`make bench` in its smallest form: that every number is there and the table has its form."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import by_size, cost_model, costs, relabelling, scale
from benchmarks.peers import report, shown, study
from benchmarks.peers.__main__ import CONTENDERS
from benchmarks.tabs import TABS
from benchmarks.waiting import Waited, as_markdown, longest
from core.analyses.query import TransferQuery
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study
from core.transfer.build import transfer_matrix
from dashboard.pages import PAGES


def test_what_needs_no_browser_is_measured_beside_a_script_in_every_row(tmp_path, monkeypatch):
    study.write(tmp_path / "made", 4, 2)
    found = scale.one_round(tmp_path / "made", 4, environments=tmp_path)
    assert found[scale.OURS].keys() == scale.ROWS.keys() - {"cka", "export"}
    beside = {"read", "copy", "matrices", "permutations", "read memory", "copy memory"}
    assert found[scale.SCRIPT].keys() == beside
    assert all(value > 0 for one in found.values() for value in one.values())
    monkeypatch.setattr(scale, "ITEMS", 60)
    similarity, fastest = scale.similarity(4, environments=tmp_path, repeats=1)
    assert [one.keys() for one in similarity.values()] == [{"cka"}, {"cka"}]
    assert fastest in ("netrep's formula", "plain, n × n")


def test_the_cost_model_measures_every_row_and_tells_growth_and_arithmetic(tmp_path):
    (found,) = cost_model.measure([5], 1, tmp_path).values()
    assert found.keys() == cost_model.ROWS.keys()
    grown = {n: {"read": 1e-6 * n**2, "browser": 6.5e-6 * n**2} for n in (250, 500, 1000)}
    assert cost_model.growth(grown, "read") == pytest.approx(2)
    assert cost_model.growth({5: found}, "read") is None
    assert cost_model.far(grown, "browser") == pytest.approx(650)
    table = cost_model.as_markdown(grown, rounds=1, machine="here").splitlines()
    assert (
        table[2] == "|  | 250 tasks | 500 tasks | 1,000 tasks | grows as n^ | 10,000, arithmetic |"
    )
    assert table[-1] == "| that JSON, MB | 0.41 | 1.6 | 6.5 | 2.0 | 650 |"
    plot = cost_model.as_plot(grown)
    assert (plot.startswith("<svg "), plot.count("<circle "), plot.count("<polyline ")) == (
        True,
        6,
        4,
    )


def test_estimates_are_told_beside_what_happened(tmp_path):
    made = open_study(costs.write_made(tmp_path, 4))
    found = {name: costs.seconds_of(made, name, 1) for name in ("balance", "mrqap", "comparison")}
    assert found["comparison"] == {}  # there is no other method
    for name in ("balance", "mrqap"):
        assert found[name].keys() == {"estimated", "measured"}
        assert all(value > 0 for value in found[name].values())
    told = {"balance": {"estimated": 0.25, "measured": 1.0}, "mrqap": {"estimated": 60.0}}
    table = costs.as_markdown({"4 tasks": told}, "here").splitlines()
    assert table[2] == "|  | 4 tasks: ms estimated | measured | × |"
    assert "| balance | 250 | 1,000 | 4 |" in table
    assert "| mrqap | 60,000 | — | — |" in table
    assert "| pairs | — | — | — |" in table


def test_clicks_beside_slow_questions_are_told_by_question():
    found = [Waited("transfer", 900.0, (30.0, 50.0)), Waited("balance", 400.0, (20.0, 95.0, 30.0))]
    table = as_markdown(196, (10.0, 15.0, 35.0), found).rstrip().splitlines()
    assert table[0].endswith("a click with nobody else there: 15 ms (median of 3; the longest 35)")
    assert "| transfer | 900 | 2 | 40 | 50 |" in table
    assert "| balance | 400 | 3 | 30 | 95 |" in table
    assert table[-1] == "All 5: +15 ms in the median, +80 ms at most."
    assert longest((10.0, 15.0, 35.0), found) == 80.0


def test_medians_are_over_the_rounds_that_have_a_number():
    rounds = [{"read": 1.0, "copy": 5.0}, {"read": 9.0}, {"read": 3.0}]
    assert by_size.medians(rounds) == {"read": 3.0, "copy": 5.0}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (5.81, "5.8"), (99.4, "99"), (99.8, "100"), (1234.5, "1,234")],
)
def test_numbers_of_a_table_have_no_powers(value, text):
    assert by_size.number(value, 2) == text


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_peers_show_the_same_matrix(tmp_path, missing):
    write_synthetic_study(SyntheticStudy(tasks=5, seeds=2, missing=missing), tmp_path)
    ours = transfer_matrix(open_study(tmp_path), TransferQuery("ft1"))
    # A study of few tasks with many gaps may lack a whole pair: it is no cell of a pivot table.
    plain = shown.reached(tmp_path, "ft1")
    plain = plain.reindex(index=named(ours).index, columns=named(ours).columns)
    np.testing.assert_allclose(plain, named(ours), atol=1e-9)


def test_peers_show_what_predicts_a_method_and_the_difference(tmp_path):
    study.write(tmp_path, 4, 2)
    opened = open_study(tmp_path)
    for kind in shown.MATRICES:
        ours = transfer_matrix(opened, TransferQuery("again", kind=kind))
        np.testing.assert_allclose(shown.matrix(tmp_path, "again", kind), named(ours), atol=1e-9)


def named(matrix):
    return pd.DataFrame(matrix.values, [s[0] for s in matrix.sources], list(matrix.targets))


def test_the_table_beside_the_peers_has_each_size_and_the_ratio_to_the_best(tmp_path, capsys):
    ours = {
        "start": 300.0,
        "first": 900.0,
        "plan": 50.0,
        "mark": 40.0,
        "read": 5.0,
        "held up": 20.0,
    }
    one = {
        "Transfer Atlas": ours,
        "plain Dash": {"start": 200.0, "first": 1000.0, "predictors": 100.0, "mark": 80.0},
        "Panel": {"start": 100.0, "first": 2000.0, "predictors": 25.0},
        "a script": {"read": 20.0, "export": 1500.0},
    }
    small = report.Size(one, rounds=5, load=(0.3, 1.9))
    large = report.Size({"Panel": one["Panel"]}, 1, (2.0, 2.5), ("Vizro was given up in round 0.",))
    report.write({7: small, 1000: large}, tmp_path)
    table = capsys.readouterr().out.splitlines()
    assert "## 7 tasks, medians of 5" in table
    said = f"{small.on}. Load 0.3 before, 1.9 after, of which this itself is 1 to 2."
    assert said in table
    assert "| start → first page, ms | 300 | 200 | 100 | — | 1.50 | 1.3 |" in table
    assert "| fresh browser → first figure, ms | 900 | 1,000 | 2,000 | — | 0.90 | 0.9 |" in table
    assert "| click → mark in all three, ms | 40 | 80 | — | — | 0.50 | 50 ms |" in table
    assert "| tab Plan, ms | 50 | — | — | — | 2.00 | 1 |" in table
    assert "| read the files, ms of a core | 5 | — | — | 20 | 0.25 |  |" in table
    assert table[table.index("## 1,000 tasks, medians of 1") + 4] == (
        "| | Panel | to the best peer | aim |"
    )
    assert "Vizro was given up in round 0." in table
    assert (tmp_path / "peers.svg").read_text(encoding="utf-8").count("<title>") == 5
    assert json.loads((tmp_path / "peers.json").read_text())["7"]["contenders"] == one
    # Each size may be measured by itself: the others stay.
    again = replace(small, rounds=3, on="another machine, another day")
    report.write({7: again}, tmp_path)
    assert report.kept(tmp_path) == {7: again, 1000: large}
    table = (tmp_path / "peers.md").read_text(encoding="utf-8")
    assert "## 7 tasks, medians of 3\n\nanother machine, another day. Load 0.3" in table
    assert "Vizro was given up in round 0." in table
    assert "## 1,000" not in capsys.readouterr().out


def test_every_tab_is_visited_and_has_a_row():
    tabs = {*TABS}
    assert tabs == {page.name for page in PAGES}
    assert {name for name, _, _ in CONTENDERS[scale.OURS].program.tabs} == tabs - {"transfer"}
    assert tabs - {"transfer"} <= report.WORDS.keys()
    assert "home" in report.WORDS


def test_relabellings_are_measured_beside_bare_ones(capsys):
    relabelling.main(["--tasks", "12", "--rounds", "1"])
    *_, line = capsys.readouterr().out.splitlines()
    assert line.startswith("| 12 | ")
    assert line.count("|") == 7
