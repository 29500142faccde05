"""A column stands in one place: a made-up one is found wherever a result is shown."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from core.analyses import OVERVIEW, balance, comparison, covariates, standouts
from core.analyses.columns import Column, ColumnKind, frame_of
from core.analyses.network import graph as transfer_graphs
from core.cli.formatters.balance import balance_report, balance_text
from core.cli.formatters.graph import graph_report
from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.details.task import about_task
from dashboard.figures.balance.bars import net_bars
from dashboard.figures.balance.scatter import balance_scatter
from dashboard.figures.network.interactive import graph_elements
from dashboard.figures.parts.theme import Mode, theme
from dashboard.pages import balance as page
from dashboard.pages import comparison as comparison_page
from dashboard.pages import covariates as covariates_page
from dashboard.pages import network as network_page
from dashboard.pages.network.drawn import graph_shown
from dashboard.pages.overview import standouts as standouts_page
from dashboard.text.columns import bounds_text, in_words, value_text
from dashboard.ui.columns import LONG_FROM, column_cell, column_table
from dashboard.ui.safe_html import safe_html
from tests.dashboard.pages.test_transfer import figure_input, said

MADE_UP = Column(
    "made_up",
    "Made up",
    lambda row: 0.125 * row.sums.full,
    unit="parsecs",
    signed=True,
    interval=lambda row: Interval(0.5, 0.75, ResamplingUnit.SEEDS),
)


@pytest.fixture
def found(app_context, monkeypatch):
    """The balance of the example, with one column more."""
    # Not at the end: a hover keeps to six lines, and the rest is behind the click.
    task, *others = balance.COLUMNS
    monkeypatch.setattr(balance, "COLUMNS", (task, MADE_UP, *others))
    context = app_context.view_context(figure_input())
    return page._balance(app_context, context), context


def test_in_json_and_text(found):
    result, _ = found
    row = balance_report(result)["tasks"][0]
    assert row["made_up"] == 0.625
    assert row["intervals"]["made_up"]["low"] == 0.5
    assert set(row) == {
        *("task", "given", "received", "net", "estimated", "intervals", "giver", "taker"),
        "made_up",
    }
    text = balance_text(result)
    assert "made_up" in text
    assert "0.625 [0.500 to 0.750]" in text


def test_in_the_file_of_a_card(found):
    result, context = found
    table = page.balance_table(result, context.study)
    assert set(table["made up (parsecs)"]) == {0.625}
    assert set(table["made up, 95 % high"]) == {0.75}


def test_on_the_page_and_in_the_panel(found, app_context):
    _, context = found
    table = said(page.every_task_table(app_context, context))
    assert "Made up" in table
    assert "0.500 to 0.750" in table
    panel = app_context.view_context(figure_input(select=["angle"]))
    assert "Made up" in said(about_task(app_context, panel))


def test_in_the_hovers(found):
    result, context = found
    for draw in (balance_scatter, net_bars):
        (first, *_) = draw(result, context.study, theme(Mode.LIGHT)).data[0].hovertext
        assert "made up +0.625 (95 % over seeds: 0.500 to 0.750)" in first


def test_texts_and_counts_are_written_as_such():
    assert value_text(Column("a", "A", lambda row: row, kind=ColumnKind.TEXT), "x") == "x"
    count = Column("a", "A", lambda row: row, kind=ColumnKind.COUNT)
    assert value_text(count, 1234) == "1,234"
    assert bounds_text(count, 1234) == "—"


def test_a_made_up_column_of_the_graph_is_everywhere(app_context, monkeypatch):
    node = Column("made_up", "Made up", lambda node: node.net / 2, remark=lambda _: "half of it")
    edge = Column("made_up", "Made up", lambda edge: edge.transfer * 2, signed=True)
    monkeypatch.setattr(transfer_graphs, "NODE_COLUMNS", (*transfer_graphs.NODE_COLUMNS, node))
    monkeypatch.setattr(transfer_graphs, "EDGE_COLUMNS", (*transfer_graphs.EDGE_COLUMNS, edge))
    context = app_context.view_context(figure_input())
    graph, threshold = graph_shown(app_context, context)
    report = graph_report(graph, threshold=0.0)
    assert report["nodes"][0]["made_up"] == graph.nodes[0].net / 2
    assert report["edges"][0]["made_up"] == graph.edges[0].transfer * 2
    exported = transfer_graphs.to_networkx(graph)
    assert exported.nodes[graph.nodes[0].task]["made_up"] == graph.nodes[0].net / 2
    assert "Made up" in said(network_page.tasks_and_arrows(app_context, context))
    assert len(network_page.arrows_table(graph, context.study)["made up"]) == graph.edge_count
    drawn = graph_elements(graph, context.study, theme(Mode.LIGHT), threshold=threshold)
    assert "made up: " in drawn[0]["data"]["info"]
    assert "(half of it)" in drawn[0]["data"]["info"]
    assert "made up: +" in drawn[-1]["data"]["info"]


def test_json_of_the_graph_has_its_keys(app_context):
    graph, _ = graph_shown(app_context, app_context.view_context(figure_input()))
    report = graph_report(graph, threshold=0.0)
    sums = {"given", "received", "net", "pagerank", "teacher", "student"}
    assert set(report["nodes"][0]) == {"id", "task"} | sums
    values = {"transfer", "interval", "n", "strict", "weight", "asymmetry", "cka"}
    assert {"source", "target"} | values <= set(report["edges"][0])


def test_a_made_up_column_of_the_other_tables_is_in_them(app_context, monkeypatch):
    context = app_context.view_context(figure_input(method=["ftwb2"], against=["ft2"]))
    made_up = Column("made_up", "Made up", lambda row: 0.25, signed=True, remark=lambda _: "so")
    monkeypatch.setattr(comparison, "CONTRAST_COLUMNS", (*comparison.CONTRAST_COLUMNS, made_up))
    table = said(comparison_page.contrasts_table(app_context, context))
    assert "Made up" in table
    assert "+0.250" in table
    monkeypatch.setattr(standouts, "STANDOUT_COLUMNS", (*standouts.STANDOUT_COLUMNS, made_up))
    found = app_context.fetch(OVERVIEW, context.study, context.view.transfer_query)
    cells = found.largest_residuals.cells
    frame = standouts_page._standouts_table(cells, context.study)
    assert set(frame["made up"]) == {0.25}
    assert {
        "actual (normalized improvement)",
        "difference",
        "difference, 95 % low",
        "seeds",
    } <= set(frame)
    made_up = replace(made_up, short="Made up")
    monkeypatch.setattr(covariates, "TEST_COLUMNS", (*covariates.TEST_COLUMNS, made_up))
    assert "Made up" in said(covariates_page.both_tables(app_context, context))


def test_names_that_somebody_gave_stay_as_they_are():
    given = Column("Entropy", "Entropy", lambda row: row, kind=ColumnKind.QUANTITY, proper=True)
    other = Column("entropy", "entropy", lambda row: -row, kind=ColumnKind.QUANTITY)
    assert list(frame_of((given, other, given), [4.0])) == [
        "Entropy",
        "entropy",
        "Entropy (Entropy, 2)",
    ]
    assert value_text(given, 4.0) == "4"


def test_what_has_no_value_says_why():
    column = Column("a", "A", lambda row: math.nan, reason=lambda row: f"because {row}")
    assert "because it" in said(column_cell(column, "it"))
    p = Column("p", "P", lambda row: row, kind=ColumnKind.P)
    assert [value_text(p, value) for value in (0.055, 0.0001, 1.0, math.nan)] == [
        *("0.055", "< 0.001", "1", "—"),
    ]
    share = Column("s", "S", lambda row: row, kind=ColumnKind.SHARE, why_empty="nothing there")
    assert in_words(share, math.nan) == "nothing there"


@pytest.mark.parametrize("count", [LONG_FROM, LONG_FROM + 1, 1_000])
def test_a_long_table_has_every_row_and_says_what_its_cells_are_worth(count):
    columns = [
        Column("half", "Half", lambda row: math.nan if row == 1 else row / 2),
        Column("word", "Word", lambda row: f"<b>{row}</b>", kind=ColumnKind.TEXT),
    ]
    text = safe_html(column_table("", columns, range(count), named=lambda row: f"<i>{row}"))
    long = count > LONG_FROM
    assert text.count("<tr>") == count + 1
    assert ("data-table-long" in text) == long
    assert ('<td class="numeric" data-value="1.5">' in text) == long
    assert ('data-value="&lt;b&gt;3&lt;/b&gt;"' in text) == long
    # What is undefined stands last, wherever a table is sorted.
    assert text.count("data-value") == (2 * count - 1 if long else 0)
    assert "<b>" not in text
    assert "<i>" not in text
