"""Columns of a tabular result as cells of a table and as facts of the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from core.analyses.columns import Column, ColumnKind
from dashboard.text import numbers
from dashboard.text.columns import bounds_text, clipped_text, value_text
from dashboard.text.heads import explained, told
from dashboard.ui.facts import Fact
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import data

CLIPPED = "* approximate: some values behind it are clipped"
LONG_FROM = 60
"""Rows that can be looked over; of more, a table can be sorted and searched."""


def column_head(column: Column) -> Component:
    """The head of a column of numbers, with its help."""
    title = column.short or column.title
    if column.unit and column.kind is ColumnKind.QUANTITY:
        title = f"{title}, {numbers.unit_text(column.unit)}"
    return html.Th(
        [title, *([help_button(column.help, column.title)] if column.help else [])],
        scope="col",
        className="numeric",
        title=told(column) or None,
    )


def column_cell(column: Column, row: Any, *, sorts: bool = False) -> Component:
    """A number with its interval in brackets and what is said of it.

    ~ where it stands for cells that are missing, * behind an interval some of whose values were
    cut to the scale. sorts: it says by what its rows are sorted.
    """
    value, text, ends = column.value(row), value_text(column, row), bounds_text(column, row)
    remark = column.remark(row) if column.remark is not None and value == value else ""
    stands_in = value == value and column.estimated is not None and column.estimated(row)
    title = "Some cells are missing: their mean is taken for them" if stands_in else None
    if clipped := clipped_text(column, row):
        title = f"{title}; {clipped}" if title else f"Approximate: {clipped}"
    star = "*" if clipped else ""
    if value != value and column.why_empty:
        title = column.why_empty
    if value != value and column.reason is not None and (reason := column.reason(row)):
        return html.Td(reason, className="quiet cell-reason")
    return html.Td(
        [
            f"~{text}" if stands_in else text,
            *(
                [html.Span(f" [{ends}]{star}", className="quiet")]
                if ends != numbers.NOTHING
                else []
            ),
            *([html.Span(f" {remark}", className="quiet")] if remark else []),
        ],
        className="numeric",
        title=title,
        **(data(value=str(value)) if sorts and value == value else {}),
    )


def column_table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Any],
    *,
    named: Callable[[Any], Component | str | list[Component | str]],
    corner: str = "",
) -> Component:
    """A table of all columns. named: what a row is about, its first cell; corner: over those.

    One of more than `LONG_FROM` rows is sorted, searched and scrolled in the page
    (assets/js/widgets/long-tables.js).
    """
    long = len(rows) > LONG_FROM
    approximate = any(clipped_text(column, row) for column in columns for row in rows)
    return html.Table(
        className=f"data-table{' data-table-long' if long else ''}",
        children=[
            html.Caption(
                [
                    html.Span(title, className="table-title"),
                    *([html.Span(f" {CLIPPED}", className="quiet")] if approximate else []),
                    *heads_told(columns),
                ]
            ),
            html.Thead(
                html.Tr(
                    [
                        html.Th(corner, scope="col") if corner else html.Td(),
                        *map(column_head, columns),
                    ]
                )
            ),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Th(named(row), scope="row"),
                            *[column_cell(column, row, sorts=long) for column in columns],
                        ]
                    )
                    for row in rows
                ]
            ),
        ],
    )


def heads_told(columns: Sequence[Column]) -> list[Component]:
    """What the heads say, folded: a hover says it of one, this to whoever has no mouse."""
    said = explained(columns)
    if not said:
        return []
    return [
        html.Details(
            [
                html.Summary("What the columns say"),
                html.Ul([html.Li(f"{title}: {text}.") for title, text in said]),
            ],
            className="heads-told",
        )
    ]


def column_fact(column: Column, row: Any) -> Fact:
    """The same as a fact: name, value, interval, and its help."""
    about = (column.help, column.name) if column.help else ("", "")
    clipped = clipped_text(column, row)
    ends = bounds_text(column, row) + (f", {clipped}" if clipped else "")
    return column.title, value_text(column, row), ends, about
