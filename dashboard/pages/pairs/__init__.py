"""Pairs: every training set on every target as a table to filter, sort, copy and take along.

The grid's script is a sixth of a first visit's load, so it comes when the tab is first looked at,
beside the first rows. The grid never has all rows: it asks for a block, its filters and its order
with it, and core finds the rows (`core.analyses.pairs.table`). A million pairs cost the browser no
more than a hundred. What the grid asks and is answered goes through two stores, a number with
each, see assets/js/widgets/pairs-grid.js.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from core.analyses.pairs.filtering import find_rows
from dashboard.pages.pairs.grid import BLOCK, definitions, shown_first, tools
from dashboard.pages.pairs.ids import (
    ANSWER,
    ASKED,
    BODY,
    CAPTION,
    CHOOSER,
    FILE,
    FINDING,
    GRID,
    MESSAGE,
    NAME,
    SAVE,
    SCRIPT_AT,
    SHOWN,
    TABLE,
)
from dashboard.pages.pairs.rows import (
    ROWS_IN_FILE,
    file_of,
    first_rows,
    found,
    frame_of,
    listed,
    pairs_of,
)
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.state.view import query_of
from dashboard.text import captions, names, numbers
from dashboard.text.findings.pairs import pairs_finding
from dashboard.ui import card, facts, messages
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED
from dashboard.ui.fixed import fixed
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import data
from dashboard.ui.ids import Id, input_store_id
from dashboard.ui.job_request import why_not
from dashboard.ui.lazy_script import asset_address
from dashboard.ui.page import EVERYWHERE, CardGroup, FigureInput, Page

if TYPE_CHECKING:
    from core.analyses.pairs.columns import PairColumn
    from core.analyses.pairs.table import PairTable


SCRIPT = "grid/grid-atlas.min.js"
"""The part of AG Grid that is served, see tools/grid."""
FIGURE_INPUT = FigureInput(
    NAME, (*EVERYWHERE, Key.LAYER, Key.CKA_AT, Key.NOT_SOURCE, Key.NOT_TARGET)
)


def layout() -> Component:
    """The finding, the tools, the grid; the grid itself comes when it is first looked at."""
    return html.Div(
        [
            facts.first_hint(
                # One line beside the panel, too: no row moves under the pointer that clicked it.
                "Type under a column's name to filter, click the name to sort, a row to select its"
                " pair everywhere.",
                "pairs",
                "the columns",
            ),
            html.Section(
                className="card-figure card-wide",
                **data(words=f"{FINDING} {MESSAGE}"),
                children=[
                    html.H2(id=FINDING, className="finding"),
                    html.Div(
                        id=BODY,
                        hidden=True,
                        children=[
                            tools(),
                            card.loading(
                                # It loads as long as what is shown is on its way.
                                html.Div(
                                    [
                                        html.Div(html.Div(id=GRID), className="grid-frame"),
                                        dcc.Store(id=SHOWN),
                                    ]
                                ),
                                "the pairs",
                            ),
                            html.Div(id=CAPTION, className="caption"),
                        ],
                    ),
                    html.Div(id=MESSAGE),
                ],
            ),
            html.Div(id=SCRIPT_AT, hidden=True, **data(address=asset_address(SCRIPT))),
            *[dcc.Store(id=store) for store in (ASKED, ANSWER)],
            dcc.Download(id=FILE),
        ]
    )


def register(app: Dash, app_context: AppContext) -> None:
    """What is shown, the rows the grid asks for, and the file."""

    @app.callback(
        Output(CHOOSER, "options"),
        Output(CHOOSER, "value"),
        Output(FINDING, "children"),
        Output(CAPTION, "children"),
        Output(SHOWN, "data"),
        Output(BODY, "hidden"),
        Output(MESSAGE, "children"),
        Input(input_store_id(NAME), "data"),
        State(CHOOSER, "options"),
        State(CHOOSER, "value"),
        prevent_initial_call=True,
    )
    def show_pairs(figure_input: object, offered: object, chosen: object) -> list[Any]:
        answer = shown(app_context, figure_input, offered=offered, chosen=chosen)
        return [fixed(value) for value in answer]

    @app.callback(
        Output(ANSWER, "data"),
        Input(ASKED, "data"),
        State(input_store_id(NAME), "data"),
        prevent_initial_call=True,
    )
    def find(asked: object, figure_input: object) -> dict[str, Any]:
        return found(app_context, figure_input, asked)

    @app.callback(
        Output(FILE, "data"),
        Input(SAVE, "n_clicks"),
        State(input_store_id(NAME), "data"),
        State(ASKED, "data"),
        State(CHOOSER, "value"),
        prevent_initial_call=True,
    )
    def save(_: int | None, figure_input: object, asked: object, chosen: object) -> dict[str, Any]:
        return file_of(app_context, figure_input, asked, chosen)

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


def shown(
    app_context: AppContext, figure_input: object, *, offered: object, chosen: object
) -> list[Any]:
    """The outputs of the grid's callback; where it fails, the reason in place of the grid.

    offered, chosen: what the column chooser offered and stood at before: what was unticked stays
    so.
    """
    try:
        context = app_context.view_context(figure_input)
        pairs = pairs_of(app_context, context)
    except Exception as error:
        return _instead(why_not(app_context, figure_input, "the pairs", error))
    if not len(pairs):
        return _instead(
            messages.box(
                "No pair is left to show: every source or every target is hidden.",
                hint="Bring tasks back under Controls.",
            )
        )
    before = [
        option.get("value")
        for option in listed(offered)
        if isinstance(option, Mapping) and not option.get("disabled")
    ]
    wanted = listed(chosen)
    visible = [
        key
        for key in (column.key for column in pairs.columns if not column.empty)
        if (key in wanted if key in before else key in shown_first(pairs))
    ]
    return [
        [_option(column) for column in pairs.columns],
        visible,
        pairs_finding(pairs, context.study),
        card.folded_caption(_caption(pairs, context)),
        {
            # Where this is another, rows that were asked for are no longer these.
            "rows_of": _rows_of(context),
            "columns": definitions(pairs, visible),
            "block": BLOCK,
            "first": first_rows(pairs),
        },
        False,
        None,
    ]


def _rows_of(context: ViewContext) -> list[Any]:
    """What the rows depend on, however the address says it."""
    query = query_of(context.view)
    return [context.study.digest, *(query[key] for key in FIGURE_INPUT.keys if key in query)]


def _instead(message: Component) -> list[Any]:
    nothing = [no_update] * 2
    return [*nothing, None, None, no_update, True, message]


def _option(column: PairColumn) -> dict[str, Any]:
    label: list[Component | str] = [column.title]
    if column.empty:
        why = column.why_empty or "no pair has a value"
        label.append(html.Span(f" {why}", className="option-reason"))
    elif column.help:
        label.append(help_button(column.help, column.title))
    return {
        "value": column.key,
        "label": fixed(html.Span(label)) if label[1:] else column.title,
        "disabled": column.empty or column.key in ("source", "target"),
    }


def _caption(pairs: PairTable, context: ViewContext) -> str:
    study, view = context.study, context.view
    of_cka = ""
    if not pairs.column("cka").empty:
        of_cka = f"CKA of single-task models, layer {pairs.layer},"
        of_cka += f" {captions.checkpoint_text(view.cka_checkpoint)}"
        if pairs.cka_seeds != pairs.seeds:
            of_cka += f", {names.seeds_text(pairs.cka_seeds)}"
    return captions.join(
        captions.method_label(study, pairs.method),
        captions.seeds_note(study, pairs),
        captions.scale_text(study, pairs.scale),
        captions.evaluated_at(study, pairs.checkpoint),
        f"n = {numbers.counted(len(pairs), 'pair')}",
        ""
        if study.has_given_scores
        else f"{numbers.counted(int(pairs.clipped.sum()), 'value')} cut to the scale",
        captions.missing_text(int(pairs.missing.sum())),
        f"nothing left without luck of {pairs.partly_shrunken}" if pairs.partly_shrunken else "",
        of_cka,
        captions.tasks_kept(study, view.exclude),
        _hidden("source", view.hidden_sources),
        _hidden("target", view.hidden_targets),
        captions.digest_text(study),
    )


def _hidden(role: str, tasks: Sequence[str]) -> str:
    return f"hidden as {role}: {', '.join(tasks)}" if tasks else ""


def _as_table(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The list as a table, the first rows of it where there are too many for a file."""
    pairs = pairs_of(app_context, context)
    rows = find_rows(pairs)[:ROWS_IN_FILE]
    caption = _caption(pairs, context)
    if rows.size < len(pairs):
        caption = captions.join(caption, f"the first {rows.size:,} pairs of {len(pairs):,}")
    return [
        CardContent(
            every_task=True,
            finding=pairs_finding(pairs, context.study),
            caption=caption,
            table_of=partial(frame_of, pairs, rows),
        )
    ]


PAGE = Page(
    name=NAME,
    title="Pairs",
    keywords=("table", "list", "cells", "download"),
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
