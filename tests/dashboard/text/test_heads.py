"""Every head of a table says what it is, from one place, by hover and folded above the table."""

from __future__ import annotations

import importlib
import pkgutil
from html import escape

import pytest

import core.analyses
from core.analyses.columns import Column, ColumnKind
from dashboard.text.heads import HEADS, explained, told
from dashboard.ui.columns import column_head, column_table
from dashboard.ui.safe_html import safe_html

TABLES = {
    f"{module.name}.{name}": held
    for module in pkgutil.walk_packages(core.analyses.__path__, "core.analyses.")
    for name, held in vars(importlib.import_module(module.name)).items()
    if isinstance(held, tuple)
    and held
    and isinstance(held[0], Column)
    # Written for files and in words alone.
    and name != "STANDOUT_COLUMNS"
}
"""The columns of every table, by module and name."""


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_numbers_says_what_it_is(name):
    silent = [
        column.title
        for column in TABLES[name]
        if column.kind not in (ColumnKind.TEXT, ColumnKind.COUNT) and not told(column)
    ]
    assert silent == []


def test_a_sentence_is_said_of_something():
    titles = {column.title for columns in TABLES.values() for column in columns}
    assert HEADS.keys() - titles == {"b", "beta", "t", "p"}, "those are of the regression"
    assert not any(text.endswith(".") for text in HEADS.values())


def test_a_head_says_it_by_hover_and_a_fold_to_whoever_has_no_mouse():
    columns = (
        Column("regret_at_1", "regret@1", float),
        Column("own", "Own", float, about="said <here>"),
        Column("bare", "Bare", float),
    )
    assert column_head(columns[0]).title == HEADS["regret@1"]
    assert getattr(column_head(columns[2]), "title", None) is None
    assert explained(columns) == (("regret@1", HEADS["regret@1"]), ("Own", "said <here>"))
    text = safe_html(column_table("Scores", columns, [1.0], named=str))
    fold = "<summary>What the columns say</summary><ul>"
    assert f"{fold}<li>regret@1: {escape(HEADS['regret@1'])}.</li>" in text
    assert "<li>Own: said &lt;here&gt;.</li></ul></details>" in text
    assert "<details" not in safe_html(column_table("", columns[2:], [1.0], named=str))
