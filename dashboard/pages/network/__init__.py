"""Network: the directed graph of who teaches whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update
from dash.development.base_component import Component

from core.analyses.network.graph import Signs, TransferGraph
from core.transfer.shrinkage import LEVEL
from dashboard.figures.network.folds import Folds
from dashboard.figures.network.interactive import graph_elements
from dashboard.figures.network.static import graph_drawing
from dashboard.figures.network.stylesheet import graph_stylesheet
from dashboard.figures.parts.theme import Style
from dashboard.pages.network.drawn import graph_shown, look_of
from dashboard.pages.network.graph_card import layout, legend
from dashboard.pages.network.ids import (
    BODY,
    CAPTION,
    CARD,
    EMPTY,
    FINDING,
    GRAPH_FILES,
    GRAPH_INPUT,
    HOLDER,
    LEGEND,
    MESSAGE,
    NAME,
    NOTE,
    SHOWN,
    STRUCTURE,
    TABLE,
)
from dashboard.pages.network.tables import arrows_table, structure_tables, tasks_and_arrows
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, numbers
from dashboard.text.findings.network import graph_finding
from dashboard.ui import card, messages
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED
from dashboard.ui.fixed import fixed
from dashboard.ui.ids import Id, input_store_id
from dashboard.ui.job_request import why_not
from dashboard.ui.page import CardGroup, FetchedHtml, Page


def register(app: Dash, app_context: AppContext) -> None:
    """The graph; network-graph.js shows the selection in it."""

    @app.callback(
        Output(SHOWN, "data"),
        Output(FINDING, "children"),
        Output(NOTE, "children"),
        Output(NOTE, "hidden"),
        Output(CAPTION, "children"),
        Output(BODY, "hidden"),
        Output(MESSAGE, "children"),
        Output(LEGEND, "children"),
        Input(input_store_id(GRAPH_INPUT.name), "data"),
        prevent_initial_call=True,
    )
    def show_graph(figure_input: object) -> list[Any]:
        elements, stylesheet, *said = shown(app_context, figure_input)
        rest = [fixed(value) for value in said]
        if elements is no_update:
            return [no_update, *rest]
        return [{"elements": elements, "stylesheet": stylesheet}, *rest]

    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "loadGraph"),
        Output(HOLDER, "children"),
        Input(input_store_id(GRAPH_INPUT.name), "data"),
        State(EMPTY, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "drawGraph"),
        Input(SHOWN, "data"),
        Input(HOLDER, "children"),
    )


def shown(app_context: AppContext, figure_input: object) -> list[Any]:
    """Elements, style sheet and what is said of them; where it fails, the reason in their place."""
    try:
        context = app_context.view_context(figure_input)
        graph, threshold = graph_shown(app_context, context)
        look = look_of(app_context, context, graph)
    except Exception as error:
        return _instead(why_not(app_context, figure_input, "the graph", error))
    finding = graph_finding(graph, threshold, has_given_scores=context.study.has_given_scores)
    if not graph.nodes:
        return _instead(messages.box(finding))
    note = captions.instead_note(context.study, graph.method, context.view.method)
    return [
        graph_elements(graph, context.study, context.theme, look, threshold=threshold),
        graph_stylesheet(context.theme),
        finding,
        note,
        not note,
        card.folded_caption(_caption(graph, threshold, context, look.folds)),
        False,
        None,
        legend(context.study, net=graph.net, folds=look.folds is not None),
    ]


def _instead(message: Component) -> list[Any]:
    return [no_update, no_update, None, None, True, None, True, message, no_update]


def _caption(
    graph: TransferGraph, threshold: float, context: ViewContext, folds: Folds | None
) -> str:
    study = context.study
    return captions.join(
        captions.method_label(study, graph.method),
        captions.seeds_note(study, graph),
        captions.arrow_scale_text(study, context.view.scale),
        captions.evaluated_at(study, context.view.checkpoint),
        f"n = {numbers.counted(len(graph.nodes), 'task')},"
        f" {numbers.counted(graph.edge_count, 'arrow')}",
        "one arrow a pair: the difference of its directions" if graph.net else "",
        f"arrows from {numbers.number(threshold)} up",
        f"one node a group of {len(set(folds.of.values()))}" if folds else "",
        _signs_text(graph, context.view.signs),
        captions.tasks_left_out(study, [node.task for node in graph.nodes]),
        captions.digest_text(study),
    )


def _signs_text(graph: TransferGraph, signs: Signs) -> str:
    if signs is Signs.ANY or graph.net:
        return ""
    if not graph.tells_signs:
        return "every arrow: of none it is known how sure its sign is"
    return f"only arrows whose sign is wrong with a probability of at most {LEVEL:.0%}"


def _drawing(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The graph as a drawing, with all its arrows as a table."""
    from core.cli.formatters.graph import graph_markup

    graph, threshold = graph_shown(app_context, context)
    finding = graph_finding(graph, threshold, has_given_scores=context.study.has_given_scores)
    if not graph.nodes:
        return [CardContent(message=messages.box(finding))]
    look = look_of(app_context, context, graph)
    legend_shown = context.theme.style is not Style.BARE
    drawing = graph_drawing(
        graph,
        context.study,
        context.theme,
        look,
        threshold=threshold,
        legend=legend_shown,
    )
    return [
        CardContent(
            finding=finding,
            figure=drawing,
            size=(int(drawing.layout.width), int(drawing.layout.height)) if drawing.data else None,
            caption=_caption(graph, threshold, context, look.folds),
            table_of=partial(arrows_table, graph, context.study),
            files={
                kind: partial(graph_markup, graph, threshold=threshold, form=kind)
                for kind, _ in GRAPH_FILES
            },
        )
    ]


PAGE = Page(
    name=NAME,
    title="Network",
    keywords=("graph", "arrows", "hubs", "givers", "gives", "giving", "takers", "takes", "taking"),
    layout=layout,
    cards=(CardGroup((CARD,), _drawing),),
    fetched=(
        FetchedHtml(TABLE, GRAPH_INPUT.keys, tasks_and_arrows),
        FetchedHtml(STRUCTURE, GRAPH_INPUT.keys, structure_tables),
    ),
    own=(GRAPH_INPUT,),
    register=register,
    single_sources=True,
    groups=(*SHARED, Id.THRESHOLD, Id.SIGNS, Id.GRAPH_LAYOUT, Id.FOLD, Id.ARROWS),
)
