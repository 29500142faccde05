"""Similarity: does it predict transfer, where, and what carries it."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.pages.predictors.association import association_contents
from dashboard.pages.predictors.by_layer import places, sweep_contents
from dashboard.pages.predictors.items import item_contents
from dashboard.pages.predictors.matrix import matrix_contents
from dashboard.pages.predictors.scoreboard import scoreboard_contents, scores_table, together_table
from dashboard.pages.predictors.specifications import curve_contents
from dashboard.state.context import AppContext
from dashboard.state.fields.keys import Key
from dashboard.ui import card, facts, fetched
from dashboard.ui.controls import SHARED
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Need, Page
from dashboard.ui.page import TRANSFER as NEEDS_TRANSFER

NAME = "predictors"
MATRIX = part(NAME, "matrix")
SCATTER, CEILINGS = part(NAME, "scatter"), part(NAME, "ceilings")
SWEEP, SWEEP_TABLE = part(NAME, "sweep"), part(NAME, "sweep-table")
TASKS = part(NAME, "tasks")
SCOREBOARD, SCOREBOARD_TABLE = part(NAME, "scoreboard"), part(NAME, "scoreboard-table")
TOGETHER_TABLE = part(NAME, "together")
ITEMS, ITEM_PAIRS = part(NAME, "items"), part(NAME, "item-pairs")
CURVE, CURVE_OPENER = part(NAME, "curve"), part(NAME, "curve-opener")
SCOREBOARD_OPENER, ITEMS_OPENER = part(SCOREBOARD, "opener"), part(ITEMS, "opener")
PLACE = part(NAME, "place")
"""The store of the layer and checkpoint of a button that was pressed."""

_PREDICTS = (Key.PREDICTOR, Key.PREDICTOR_LAYER)
_KEYS = (*EVERYWHERE, Key.INCLUDE, Key.LAYER, Key.CKA_AT, Key.MEASURE, *_PREDICTS)
MATRIX_INPUT = FigureInput(MATRIX, (*_KEYS, Key.STYLE))
SCATTER_INPUT = FigureInput(SCATTER, _KEYS)
SWEEP_INPUT = FigureInput(SWEEP, _KEYS)
_PLACE_KEYS = (*EVERYWHERE, Key.INCLUDE, Key.MEASURE, *_PREDICTS)
CURVE_INPUT = FigureInput(CURVE, _KEYS)
ITEMS_INPUT = FigureInput(ITEMS, _KEYS)
SCOREBOARD_INPUT = FigureInput(SCOREBOARD, (*EVERYWHERE, Key.INCLUDE))


def layout() -> Component:
    """What is held against transfer; the predictor itself where there is no transfer yet."""
    return html.Div(
        [
            dcc.Store(id=PLACE),
            html.Div(
                className="cards",
                children=[card.card(MATRIX, loads="what the predictor says", scrolls=True)],
            ),
            _against_transfer(),
        ]
    )


def _against_transfer() -> Component:
    """The scatter answers the question; beside it, where else to look and what is possible.

    The style sheet hides it where the matrix stands in its place.
    """
    return html.Div(
        className="against-transfer",
        children=[
            facts.first_hint(
                "Each point is an ordered pair of tasks. Look at QAP p first; a cell of the small"
                " matrix takes the scatter to its layer and checkpoint.",
                "qap",
                "QAP p",
            ),
            html.Div(
                className="cards",
                children=[
                    card.card(SCATTER, loads="similarity against transfer", wide=True),
                    html.Div(
                        className="cards-column",
                        children=[
                            html.Div(
                                [
                                    card.card(
                                        SWEEP, loads="r by layer and checkpoint", scrolls=True
                                    ),
                                    fetched.folded(
                                        SWEEP_TABLE, "Layers and checkpoints as a table of buttons"
                                    ),
                                ]
                            ),
                        ],
                    ),
                ],
            ),
            *_folds(),
        ],
    )


def _folds() -> list[Component]:
    """What is read after the scatter: each its own question, computed while it is open."""
    return [
        card.folded(
            "Which predictor finds the best source of a target",
            [
                html.Div(
                    className="cards-column cards-column-wide",
                    children=[
                        card.card(SCOREBOARD, loads="the scoreboard of predictors", wide=True),
                        fetched.folded(SCOREBOARD_TABLE, "All predictors as a table"),
                        fetched.folded(TOGETHER_TABLE, "Several predictors together (MRQAP)"),
                    ],
                )
            ],
            opener=SCOREBOARD_OPENER,
        ),
        card.folded(
            "r under every choice one could make",
            [card.card(CURVE, loads="r under every choice", wide=True)],
            opener=CURVE_OPENER,
        ),
        card.folded(
            "How much could be explained at most",
            [card.card(CEILINGS, loads="the ceilings")],
        ),
        card.folded(
            "What carries it: without each task, without each group of items",
            [
                html.Div(
                    className="cards-column cards-column-wide",
                    children=[
                        card.card(TASKS, loads="r without each task"),
                        card.card(ITEMS, loads="r without each group of items"),
                    ],
                ),
                card.card(ITEM_PAIRS, loads="changes of pairs", scrolls=True),
            ],
            opener=ITEMS_OPENER,
        ),
    ]


def register(app: Dash, _app_context: AppContext) -> None:
    """A click on the small matrix, or on one of its buttons, chooses layer and checkpoint."""

    # One callback sets both controls: one step of the history.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "goToPlace"),
        Output(Id.LAYER, "value", allow_duplicate=True),
        Output(Id.CKA_CHECKPOINT, "value", allow_duplicate=True),
        Input(PLACE, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "markPlace"),
        Input(Id.LAYER, "value"),
        Input(Id.CKA_CHECKPOINT, "value"),
        prevent_initial_call=True,
    )


PREDICTOR_OR_TRANSFER = Need(
    there=lambda study: NEEDS_TRANSFER.there(study) or bool(study.predictors),
    lacking="transfer and no predictor yet",
    add="This tab needs results of fine-tuned runs, or a predictor: add [evaluations] to"
    " study.toml, or [predictors.<name>] with a path to a table source,target,value.",
    add_opened="This tab needs results of fine-tuned runs, or a predictor: open the file again"
    " together with a table source,target,score, or with a matrix of what may predict transfer.",
)

PAGE = Page(
    name=NAME,
    title="Predictors",
    keywords=("cka", "similarity", "explains", "predicts", "correlation", "layers"),
    formerly=("similarity",),
    layout=layout,
    stays=True,
    needs=PREDICTOR_OR_TRANSFER,
    cards=(
        CardGroup((MATRIX,), matrix_contents, MATRIX_INPUT),
        CardGroup((SCATTER, CEILINGS, TASKS), association_contents, SCATTER_INPUT),
        CardGroup((SWEEP,), sweep_contents, SWEEP_INPUT),
        CardGroup((SCOREBOARD,), scoreboard_contents, SCOREBOARD_INPUT, SCOREBOARD_OPENER),
        CardGroup((CURVE,), curve_contents, CURVE_INPUT, CURVE_OPENER),
        CardGroup((ITEMS, ITEM_PAIRS), item_contents, ITEMS_INPUT, ITEMS_OPENER),
    ),
    fetched=(
        FetchedHtml(SWEEP_TABLE, _PLACE_KEYS, places),
        FetchedHtml(SCOREBOARD_TABLE, SCOREBOARD_INPUT.keys, scores_table),
        FetchedHtml(TOGETHER_TABLE, _KEYS, together_table),
    ),
    register=register,
    single_sources=True,
    groups=(*(*SHARED, Id.PREDICTOR, Id.PREDICTOR_LAYER, Id.LAYER, Id.CKA_CHECKPOINT, Id.MEASURE),),
)
