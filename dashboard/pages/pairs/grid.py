"""The grid: its columns, and the tools above it; the rest is told by pairs-options.js."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.analyses.columns import ColumnKind
from dashboard.pages.pairs.ids import CHOOSER, COUNT, SAID, SAVE
from dashboard.state.grid_filters import NUMBER_TESTS, TEXT_TESTS
from dashboard.ui.html_attributes import aria, data

if TYPE_CHECKING:
    from core.analyses.pairs.table import PairTable


BLOCK = 100
"""Rows the grid asks for at a time."""
_WIDTHS = {
    "source": 168,
    "target": 128,
    "trained": 104,
    "n": 76,
    "unit": 100,
    "note": 320,
    "raw": 124,
    "baseline": 124,
    "reference": 124,
    "values": 108,
    "low": 92,
    "high": 92,
    "cka": 92,
}
_LETTER, _WIDEST_NAME = 8.4, 260
"""Pixels of a letter, and of a column of names at most: a longer one is cut in its middle."""
_FORMATS = {
    ColumnKind.COUNT: "count",
    ColumnKind.P: "probability",
    ColumnKind.QUANTITY: "raw",
}
"""How numbers are written in the grid, where not as `number`; see pairs-options.js."""


def tools() -> Component:
    """How many rows there are, the chooser of columns, and what can be done with the rows."""
    return html.Div(
        className="grid-tools",
        children=[
            html.Span(
                [
                    html.Span(id=COUNT, role="status"),
                    html.Span(id=SAID, role="status", className="grid-said"),
                ],
                className="quiet numeric",
            ),
            html.Details(
                className="grid-columns",
                children=[
                    html.Summary("Columns", className="tool"),
                    html.Div(
                        className="grid-columns-list",
                        role="group",
                        **aria(label="Columns shown"),
                        children=dbc.Checklist(id=CHOOSER, options=[], value=[]),
                    ),
                ],
            ),
            html.Button("Clear filters", type="button", className="tool", **data(grid="clear")),
            html.Button(
                "Copy",
                type="button",
                className="tool",
                title="Copy the selected rows, or the cell in focus (Ctrl+C). A click selects a"
                " row; with Ctrl or Shift held, several.",
                **data(grid="copy"),
            ),
            html.Button("CSV", id=SAVE, type="button", className="tool", title="Download as CSV"),
        ],
    )


def definitions(pairs: PairTable, shown: Sequence[str]) -> list[dict[str, Any]]:
    """The grid's columns; `shown` are the keys of those that can be seen.

    In a column's context stand its `title` in full, for where rows are copied, and how its values
    are `written`, where not as they are.
    """
    result = []
    for column in pairs.columns:
        if column.empty:
            continue
        tests = TEXT_TESTS if column.is_text else NUMBER_TESTS
        definition: dict[str, Any] = {
            "colId": column.key,
            "field": column.key,
            "headerName": column.short or column.title,
            "headerTooltip": f"{column.title}: {column.about}",
            "context": {"title": column.title},
            "hide": column.key not in shown,
            "width": _WIDTHS.get(column.key, 116),
            "floatingFilter": True,
            "filter": "agTextColumnFilter" if column.is_text else "agNumberColumnFilter",
            "filterParams": {
                "maxNumConditions": 1,
                "debounceMs": 300,
                # The first is what typing under the name asks for.
                "filterOptions": [test.value for test in tests],
            },
        }
        if column.is_text:
            definition["tooltipField"] = column.key
            if column.key in ("source", "target"):
                longest = max(map(len, pairs.texts(column)[0]), default=0)
                wide = min(round(longest * _LETTER) + 24, _WIDEST_NAME)
                definition["width"] = max(definition["width"], wide)
                definition["context"]["written"] = "name"
        else:
            definition["cellClass"] = "numeric"
            definition["headerClass"] = "ag-right-aligned-header"
            written = "signed" if column.signed else _FORMATS.get(column.kind, "number")
            definition["context"]["written"] = written
            if column.judged:
                definition["context"]["judged"] = True
        result.append(definition)
    return result


def shown_first(pairs: PairTable) -> list[str]:
    """The columns that are seen before anybody chose: all with a value but each seed's own."""
    return [column.key for column in pairs.columns if not column.empty and column.seed is None]
