"""Pairs: every training set on every target as a table to filter, sort, copy and take along.

The grid's script is a quarter of a first visit's load, so it comes when the tab is first looked at.
The grid never has all rows: it asks for a block, its filters and its order with it, and core finds
the rows (`core.analyses.pairs.table`). A million pairs cost the browser no more than a
hundred. What the grid asks and is answered goes through two stores, a number with each, see
assets/js/widgets/pairs-grid.js.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import dash
import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from dash.fingerprint import build_fingerprint

from core.analyses.columns import ColumnKind
from core.analyses.pairs.columns import PairColumn
from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey, find_rows
from core.analyses.pairs.table import PairTable
from core.analyses.registry import PAIRS
from core.errors import AtlasError, RequestError
from core.io.csv import csv_text
from core.numerics.arrays import IntArray
from core.study import Study
from dashboard.figures.parts.cell_hover import source_key
from dashboard.state.context import AppContext, NothingToShow, ViewContext
from dashboard.state.grid_filters import NUMBER_TESTS, TEXT_TESTS
from dashboard.text import captions, names, numbers
from dashboard.ui import card, facts, messages
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, input_store_id, part
from dashboard.ui.job_request import why_not
from dashboard.ui.page import EVERYWHERE, CardGroup, FigureInput, Page

NAME = "pairs"
TABLE = part(NAME, "table")
GRID, HOLDER, BODY = part(NAME, "grid"), part(NAME, "holder"), part(NAME, "body")
FINDING, CAPTION, MESSAGE = part(NAME, "finding"), part(NAME, "caption"), part(NAME, "message")
CHOOSER, COUNT, SAID = part(NAME, "columns"), part(NAME, "count"), part(NAME, "said")
SAVE, FILE = part(NAME, "save"), part(NAME, "file")
# The figure's input, once the grid's script is there; what is shown; what the grid asks
# and is answered.
READY, SHOWN, ASKED, ANSWER = (part(NAME, n) for n in ("ready", "shown", "asked", "answer"))
SCRIPT_AT = part(NAME, "script")
FIGURE_INPUT = FigureInput(NAME, (*EVERYWHERE, "layer", "cka_at", "not_source", "not_target"))

ROWS_IN_FILE = 100_000
"""A spreadsheet opens about a million; a browser is handed this many at most."""
BLOCK = 100
"""Rows the grid asks for at a time."""
MOST_AT_ONCE = 1_000
_WIDTHS = {
    "source": 176,
    "target": 128,
    "trained": 116,
    "n": 76,
    "unit": 100,
    "note": 320,
    "raw": 100,
    "values": 108,
    "low": 92,
    "high": 92,
    "cka": 92,
}
_SAID: Mapping[str, Callable[[str], str]] = {
    "unit": numbers.unit_text,
}
_FORMATS = {ColumnKind.COUNT: "pairsCount", ColumnKind.QUANTITY: "pairsRaw"}
"""How numbers are written in the grid, where not as `pairsNumber`; see pairs-format.js."""


SCRIPT = dag._js_dist[0]
"""Dash's entry for the grid's script; its other parts are loaded by this one."""
# Dash's own word for a script that no page begins with.
SCRIPT["async"] = "lazy"


def script_address() -> str:
    """Where the grid's script is served, with a fingerprint, so that a browser may keep it."""
    name = SCRIPT["relative_package_path"]
    changed = int((Path(dag.__file__).parent / name).stat().st_mtime)
    file = build_fingerprint(name, dag.__version__, changed)  # type: ignore[no-untyped-call]
    address = f"/_dash-component-suites/dash_ag_grid/{file}"
    return str(dash.get_relative_path(address))  # type: ignore[no-untyped-call]


def layout() -> Component:
    """The finding, the tools, the grid; the grid itself comes when it is first looked at."""
    return html.Div(
        [
            facts.first_hint(
                "Every pair of the method, one row each. Type under a column's name to filter,"
                " click the name to sort; a click on a row selects the pair everywhere, Escape"
                " lets go.",
                "pairs",
                "the columns",
            ),
            html.Section(
                className="card-figure card-wide",
                children=[
                    html.H2(id=FINDING, className="finding"),
                    html.Div(
                        id=BODY,
                        hidden=True,
                        children=[
                            _tools(),
                            card.loading(html.Div(id=HOLDER, className="grid-frame"), "the pairs"),
                            html.Div(id=CAPTION, className="caption"),
                        ],
                    ),
                    html.Div(id=MESSAGE),
                ],
            ),
            html.Div(id=SCRIPT_AT, hidden=True, **data(address=script_address())),
            *[dcc.Store(id=store) for store in (READY, SHOWN, ASKED, ANSWER)],
            dcc.Download(id=FILE),
        ]
    )


def _tools() -> Component:
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


def _grid(definitions: list[dict[str, Any]]) -> Component:
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
            "headerTooltip": column.title,
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
        else:
            definition["cellClass"] = "numeric"
            definition["headerClass"] = "ag-right-aligned-header"
            written = _FORMATS.get(column.kind, "pairsNumber")
            definition["valueFormatter"] = {"function": f"{written}(params.value)"}
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


def register(app: Dash, atlas: AppContext) -> None:
    """What is shown, the rows the grid asks for, and the file."""

    @app.callback(
        Output(HOLDER, "children"),
        Output(CHOOSER, "options"),
        Output(CHOOSER, "value"),
        Output(FINDING, "children"),
        Output(CAPTION, "children"),
        Output(SHOWN, "data"),
        Output(BODY, "hidden"),
        Output(MESSAGE, "children"),
        Input(READY, "data"),
        State(HOLDER, "children"),
        State(CHOOSER, "options"),
        State(CHOOSER, "value"),
        prevent_initial_call=True,
    )
    def show_pairs(
        figure_input: object, holder: object, offered: object, chosen: object
    ) -> list[Any]:
        return shown(atlas, figure_input, there=bool(holder), offered=offered, chosen=chosen)

    @app.callback(
        Output(ANSWER, "data"),
        Input(ASKED, "data"),
        State(READY, "data"),
        prevent_initial_call=True,
    )
    def find(asked: object, figure_input: object) -> dict[str, Any]:
        return found(atlas, figure_input, asked)

    @app.callback(
        Output(FILE, "data"),
        Input(SAVE, "n_clicks"),
        State(READY, "data"),
        State(ASKED, "data"),
        State(CHOOSER, "value"),
        prevent_initial_call=True,
    )
    def save(_: int | None, figure_input: object, asked: object, chosen: object) -> dict[str, Any]:
        return file_of(atlas, figure_input, asked, chosen)

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "loadGrid"),
        Output(READY, "data"),
        Input(input_store_id(NAME), "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "answerPairs"),
        Input(ANSWER, "data"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "showPairs"),
        Input(SHOWN, "data"),
        Input(CHOOSER, "value"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "arrangePairs"),
        Input(Id.FILTERS, "data"),
        Input(Id.SORTING, "data"),
    )


def _pairs(atlas: AppContext, scene: ViewContext) -> PairTable:
    return atlas.fetch(PAIRS, scene.study, scene.view.transfer_query, scene.view.similarity_query)


def shown(
    atlas: AppContext,
    figure_input: object,
    *,
    there: bool,
    offered: object,
    chosen: object,
) -> list[Any]:
    """The outputs of the grid's callback; where it fails, the reason in place of the grid.

    there: the grid is in the page, so that it keeps filters and widths. offered, chosen: what the
    column chooser offered and stood at before: what was unticked stays so.
    """
    try:
        scene = atlas.view_context(figure_input)
        pairs = _pairs(atlas, scene)
    except Exception as error:
        return _instead(why_not(atlas, figure_input, "the pairs", error))
    if not len(pairs):
        return _instead(
            messages.box(
                "No pair is left to show: every source or every target is hidden.",
                hint="Bring tasks back on the left.",
            )
        )
    before = [
        option.get("value")
        for option in _listed(offered)
        if isinstance(option, Mapping) and not option.get("disabled")
    ]
    wanted = _listed(chosen)
    visible = [
        key
        for key in (column.key for column in pairs.columns if not column.empty)
        if (key in wanted if key in before else key in shown_first(pairs))
    ]
    columns = definitions(pairs, visible)
    if there:
        set_props(GRID, {"columnDefs": columns})
    return [
        no_update if there else _grid(columns),
        [_option(column) for column in pairs.columns],
        visible,
        _finding(pairs, scene.study),
        card.folded_caption(_caption(pairs, scene)),
        # Another number each time: the rows there are no longer those asked for.
        {"figure_input": figure_input, "columns": [column["colId"] for column in columns]},
        False,
        None,
    ]


def _instead(message: Component) -> list[Any]:
    nothing = [no_update] * 3
    return [*nothing, None, None, no_update, True, message]


def _option(column: PairColumn) -> dict[str, Any]:
    label: list[Component | str] = [column.title]
    if column.empty:
        why = column.why_empty or "no pair has a value"
        label.append(html.Span(f" {why}", className="option-reason"))
    return {
        "value": column.key,
        "label": html.Span(label),
        "disabled": column.empty or column.key in ("source", "target"),
    }


def _finding(pairs: PairTable, study: Study) -> str:
    label = captions.method_label(study, pairs.method)
    size = (
        f"{numbers.counted(len(pairs), 'pair')} of"
        f" {numbers.counted(len(pairs.sources), 'training set')} and"
        f" {numbers.counted(len(pairs.targets), 'target')}"
    )
    there = (
        Filter("trained", FilterOperator.NOT_EQUAL, "yes"),
        Filter("values", FilterOperator.NOT_BLANK),
    )
    rows = find_rows(pairs, there, [SortKey("values", descending=True)])
    if not rows.size:
        return f"{label} has {size}, none with a transfer to a target it was not trained on."
    values = pairs.values.ravel()
    top, low = int(rows[0]), int(rows[-1])
    text = (
        f"{label}, {size}: of the {rows.size:,} to targets not trained on, the most is"
        f" {names.in_words(*pairs.pair(top))} ({numbers.number(values[top])})"
    )
    if low != top:
        text += f", the least {names.in_words(*pairs.pair(low))} ({numbers.number(values[low])})"
    return text + "."


def _caption(pairs: PairTable, scene: ViewContext) -> str:
    study, view = scene.study, scene.view
    of_cka = ""
    if not pairs.column("cka").empty:
        of_cka = f"CKA of single-task models, layer {pairs.layer},"
        of_cka += f" {captions.checkpoint_text(view.cka_checkpoint)}"
        if pairs.cka_seeds != pairs.seeds:
            of_cka += f", {names.seeds_text(pairs.cka_seeds)}"
    return captions.join(
        captions.method_label(study, pairs.method),
        names.seeds_text(pairs.seeds),
        captions.one_base_text(pairs.seeds_of_one_base),
        captions.scale_text(study, pairs.scale),
        captions.evaluated_at(study, pairs.checkpoint),
        f"n = {numbers.counted(len(pairs), 'pair')}",
        ""
        if study.has_given_scores
        else f"{numbers.counted(int(pairs.clipped.sum()), 'value')} cut to the scale",
        captions.missing_text(int(pairs.missing.sum())),
        of_cka,
        captions.tasks_kept(study, view.exclude),
        _hidden("source", view.sources_out),
        _hidden("target", view.targets_out),
        captions.digest_text(study),
    )


def _hidden(role: str, tasks: Sequence[str]) -> str:
    return f"hidden as {role}: {', '.join(tasks)}" if tasks else ""


# -- rows ------------------------------------------------------------------------------------------


def found(atlas: AppContext, figure_input: object, asked: object) -> dict[str, Any]:
    """The answer to a question of the grid: its number, rows and how many there are in all.

    Where it cannot be answered there are no rows, and `fault` says why.
    """
    question = asked if isinstance(asked, Mapping) else {}
    answer: dict[str, Any] = {"id": question.get("id"), "rows": [], "count": 0, "of": 0}
    try:
        pairs = _pairs(atlas, atlas.view_context(figure_input))
        rows = _rows_asked(pairs, question)
        start, end = _block(question)
        part_of = rows[start:end]
        answer |= {"rows": rows_of(pairs, part_of), "count": int(rows.size), "of": len(pairs)}
    except NothingToShow:
        raise PreventUpdate from None
    except AtlasError as error:
        answer["fault"] = str(error)
    return answer


def _block(question: Mapping[str, Any]) -> tuple[int, int]:
    start, end = question.get("start"), question.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return 0, BLOCK
    start = max(start, 0)
    return start, min(max(end, start), start + MOST_AT_ONCE)


def _rows_asked(pairs: PairTable, question: object) -> IntArray:
    """The rows a question of the grid is about, in its order."""
    asked = question if isinstance(question, Mapping) else {}
    return find_rows(pairs, conditions(asked.get("filter")), _sortings(asked.get("sort")))


def conditions(model: object) -> list[Filter]:
    """AG Grid's filter model as conditions. Raises RequestError for what is none."""
    result = []
    for key, asked in (model if isinstance(model, Mapping) else {}).items():
        if not isinstance(asked, Mapping):
            raise RequestError(f"a filter of {key} that is none")
        try:
            test = FilterOperator(str(asked.get("type")))
        except ValueError:
            raise RequestError(f"no test {asked.get('type')!r}") from None
        value, upto = asked.get("filter"), asked.get("filterTo")
        if not isinstance(value, str | int | float):
            value = ""
        result.append(
            Filter(
                column=str(key),
                test=test,
                value=value,
                upto=float(upto) if isinstance(upto, int | float) else math.nan,
            )
        )
    return result


def _sortings(model: object) -> list[SortKey]:
    return [
        SortKey(str(sort["colId"]), descending=sort.get("sort") == "desc")
        for sort in (model if isinstance(model, list) else [])
        if isinstance(sort, Mapping) and "colId" in sort
    ]


def rows_of(pairs: PairTable, rows: IntArray) -> list[dict[str, Any]]:
    """Rows as the grid shows them: by column key, names in words, None where there is nothing.

    `id` is the row, `pair` what a click selects.
    """
    columns = [column for column in pairs.columns if not column.empty]
    values: dict[str, list[Any]] = {}
    for column in columns:
        if column.is_text:
            names, which = pairs.texts(column)
            said = [_SAID.get(column.key, str)(name) for name in names]
            values[column.key] = [said[at] for at in which[rows].tolist()]
        else:
            numbers = pairs.numbers(column)[rows].tolist()
            values[column.key] = [n if math.isfinite(n) else None for n in numbers]
    result = []
    for at, row in enumerate(rows.tolist()):
        sources, target = pairs.pair(row)
        cells = {key: column[at] for key, column in values.items()}
        result.append({"id": str(row), "pair": [source_key(sources), target], **cells})
    return result


def file_of(
    atlas: AppContext, figure_input: object, asked: object, chosen: object
) -> dict[str, Any]:
    """The CSV of the rows that pass the grid's filters, in its order, with the columns chosen."""
    try:
        scene = atlas.view_context(figure_input)
        pairs = _pairs(atlas, scene)
        rows = _rows_asked(pairs, asked)[:ROWS_IN_FILE]
    except (NothingToShow, AtlasError):
        raise PreventUpdate from None
    wanted = _listed(chosen)
    keys = [c.key for c in pairs.columns if c.key in wanted and not c.empty]
    return {
        "content": csv_text(pairs.frame(rows, keys=keys)),
        "filename": f"pairs-{_plain(pairs.method)}-{scene.study.digest[:8]}.csv",
        "type": "text/csv;charset=utf-8",
        "base64": False,
    }


def _listed(value: object) -> list[Any]:
    """What a browser sent where a list belongs; nothing where it is none."""
    return value if isinstance(value, list) else []


def _plain(name: str) -> str:
    """A name as part of a file's: letters, digits, dash, underscore."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]


def _as_table(atlas: AppContext, scene: ViewContext) -> Sequence[CardContent]:
    """The list as a table, the first rows of it where there are too many for a file."""
    pairs = _pairs(atlas, scene)
    rows = find_rows(pairs)[:ROWS_IN_FILE]
    caption = _caption(pairs, scene)
    if rows.size < len(pairs):
        caption = captions.join(caption, f"the first {rows.size:,} pairs of {len(pairs):,}")
    return [
        CardContent(
            every_task=True,
            finding=_finding(pairs, scene.study),
            caption=caption,
            table_of=partial(pairs.frame, rows),
        )
    ]


PAGE = Page(
    name=NAME,
    title="Pairs",
    layout=layout,
    cards=(CardGroup((TABLE,), _as_table),),
    own=(FIGURE_INPUT,),
    register=register,
    groups=(
        *(group for group in SHARED if group != Id.STYLE),
        *(Id.LAYER, Id.CKA_CHECKPOINT, Id.SOURCES_OUT, Id.TARGETS_OUT),
    ),
    pairs=False,
)
