"""The grid: its script, its columns, how it looks, and the tools above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from core.analyses.columns import ColumnKind
from dashboard.pages.pairs.ids import CHOOSER, COUNT, GRID, SAID, SAVE
from dashboard.state.grid_filters import NUMBER_TESTS, TEXT_TESTS
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.lazy_script import leave_out

if TYPE_CHECKING:
    from core.analyses.pairs.table import PairTable


BLOCK = 100
"""Rows the grid asks for at a time."""
_WIDTHS = {
    "source": 176,
    "target": 128,
    "trained": 116,
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
    ColumnKind.COUNT: "pairsCount",
    ColumnKind.P: "pairsProbability",
    ColumnKind.QUANTITY: "pairsRaw",
}
"""How numbers are written in the grid, where not as `pairsNumber`; see pairs-format.js."""


leave_out(dag)


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


def grid_of(definitions: list[dict[str, Any]]) -> Component:
    """The grid with these columns and no rows yet."""
    grid: Component = dag.AgGrid(
        id=GRID,
        rowModelType="infinite",
        columnDefs=definitions,
        defaultColDef={
            "sortable": True,
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "suppressHeaderFilterButton": True,
            "cellDataType": False,
        },
        rowClassRules={"row-chosen": "pairsIsChosen(params)"},
        getRowId="params.data.id",
        dashGridOptions={
            "theme": {"function": "pairsTheme(themeQuartz)"},
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": False,
                "headerCheckbox": False,
                "enableClickSelection": True,
            },
            "cacheBlockSize": BLOCK,
            # The component's own first question is never answered: pairs-grid.js asks.
            "maxConcurrentDatasourceRequests": 3,
            "maxBlocksInCache": 20,
            "maintainColumnOrder": True,
            # Arrows go from cell to cell; the Tab key leaves the rows, however many there are.
            "tabToNextCell": {"function": "false"},
            "suppressCsvExport": True,
            "enableCellTextSelection": False,
            "rowHeight": 32,
            "headerHeight": 34,
            "floatingFiltersHeight": 36,
            "tooltipShowDelay": 400,
            "animateRows": False,
            "localeText": {
                "noRowsToShow": "No pair passes the filters. “Clear filters” brings all back.",
            },
        },
        style={"height": "100%", "width": "100%"},
    )
    return grid


def definitions(pairs: PairTable, shown: Sequence[str]) -> list[dict[str, Any]]:
    """The grid's columns; `shown` are the keys of those that can be seen."""
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
            # What it is called in full, where rows are copied.
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
                cut = "pairsName(params.value, params.column)"
                definition["valueFormatter"] = {"function": cut}
        else:
            definition["cellClass"] = "numeric"
            definition["headerClass"] = "ag-right-aligned-header"
            written = _FORMATS.get(column.kind, "pairsNumber")
            row = ", params.data" if written == "pairsRaw" else ""
            definition["valueFormatter"] = {"function": f"{written}(params.value{row})"}
        if column.signed:
            definition["valueFormatter"] = {"function": "pairsSigned(params.value)"}
            definition["cellClassRules"] = {
                "worse": "params.value < 0",
                "better": "params.value > 0",
            }
        result.append(definition)
    return result


def shown_first(pairs: PairTable) -> list[str]:
    """The columns that are seen before anybody chose: all with a value but each seed's own."""
    return [column.key for column in pairs.columns if not column.empty and column.seed is None]
