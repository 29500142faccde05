"""A column stands in one place: a made-up one is found wherever a result is shown."""

from __future__ import annotations

import pytest

from core.analyses import balance
from core.analyses.columns import Column, ColumnKind
from core.cli import formatters
from core.numerics.intervals import Interval, ResamplingUnit
from dashboard.details.task import about_task
from dashboard.figures.balance import balance_scatter, net_bars
from dashboard.figures.parts.theme import Mode, theme
from dashboard.pages import balance as page
from dashboard.text.columns import bounds_text, value_text
from tests.dashboard.pages.test_transfer import feed, said

MADE_UP = Column(
    "made_up",
    "Made up",
    lambda row: 0.125 * row.sums.full,
    unit="parsecs",
    signed=True,
    interval=lambda row: Interval(0.5, 0.75, ResamplingUnit.SEEDS),
)


@pytest.fixture
def found(atlas, monkeypatch):
    """The balance of the example, with one column more."""
    monkeypatch.setattr(balance, "COLUMNS", (*balance.COLUMNS, MADE_UP))
    scene = atlas.view_context(feed())
    return page._balance(atlas, scene), scene


def test_in_json_and_text(found):
    result, _ = found
    row = formatters.balance_report(result)["tasks"][0]
    assert row["made_up"] == 0.625
    assert row["intervals"]["made_up"]["low"] == 0.5
    assert set(row) == {
        *("task", "given", "received", "net", "estimated", "intervals", "giver", "taker"),
        "made_up",
    }
    text = formatters.balance_text(result)
    assert "made_up" in text
    assert "0.625 [0.500 to 0.750]" in text


def test_in_the_file_of_a_card(found):
    result, scene = found
    table = page.balance_table(result, scene.study)
    assert set(table["made up (parsecs)"]) == {0.625}
    assert set(table["made up, 95 % high"]) == {0.75}


def test_on_the_page_and_in_the_panel(found, atlas):
    _, scene = found
    table = said(page.every_task_table(atlas, scene))
    assert "Made up" in table
    assert "0.500 to 0.750" in table
    panel = atlas.view_context(feed(select=["angle"]))
    assert "Made up" in said(about_task(atlas, panel))


def test_in_the_hovers(found):
    result, scene = found
    for draw in (balance_scatter, net_bars):
        (first, *_) = draw(result, scene.study, theme(Mode.LIGHT)).data[0].hovertext
        assert "made up +0.625 (95 % over seeds: 0.500 to 0.750)" in first


def test_texts_and_counts_are_written_as_such():
    assert value_text(Column("a", "A", lambda row: row, kind=ColumnKind.TEXT), "x") == "x"
    count = Column("a", "A", lambda row: row, kind=ColumnKind.COUNT)
    assert value_text(count, 1234) == "1,234"
    assert bounds_text(count, 1234) == "—"
