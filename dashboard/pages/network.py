"""Network: the directed graph of who teaches whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import dash_cytoscape as cyto
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from core import analyses
from core.analyses.columns import frame_of
from core.analyses.network.graph import Signs, TransferGraph
from core.study import Study
from core.transfer.shrinkage import LEVEL
from core.transfer.table import measure_of
from dashboard.figures.network.folds import Folds
from dashboard.figures.network.interactive import (
    MANY_TASKS,
    default_threshold,
    graph_elements,
    graph_stylesheet,
)
from dashboard.figures.network.static import graph_drawing
from dashboard.figures.parts.theme import Style
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.state.fields.network import Arrows, Folding, community, drawn_graph
from dashboard.text import captions, names, numbers
from dashboard.text.findings.network import graph_finding
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, input_store_id, part
from dashboard.ui.job_request import why_not
from dashboard.ui.lazy_script import leave_out, script_address
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

leave_out(cyto)
NAME = "network"
GRAPH_ID = part(NAME, "graph")
HOLDER, SHOWN, SCRIPT_AT, EMPTY = (
    part(NAME, name) for name in ("holder", "shown", "script", "empty")
)
FINDING, NOTE, CAPTION, MESSAGE, BODY, TABLE, HOVER = (
    part(NAME, name) for name in ("finding", "note", "caption", "message", "body", "table", "hover")
)
LEGEND = part(NAME, "legend")
SEARCH, RESET = part(NAME, "search"), part(NAME, "reset")
CARD = part(NAME, "drawing")
GRAPH_INPUT = FigureInput(
    NAME,
    (
        *EVERYWHERE,
        Key.INCLUDE,
        Key.LAYER,
        Key.THRESHOLD,
        Key.SIGNS,
        Key.LAYOUT,
        Key.ARROWS,
        Key.FOLD,
        Key.OPENED,
        Key.MOVED,
    ),
)
GRAPH_FILES = (("graphml", "GraphML"), ("gexf", "GEXF"))
"""Kinds of file that other programs read graphs from."""
ROWS_SHOWN = 200
STRUCTURE = part(NAME, "structure")
LEADS = {
    "pagerank": "Worth learning from (PageRank)",
    "teacher": "Teacher (HITS hub)",
    "student": "Student (HITS authority)",
}


def layout() -> Component:
    """The graph with its legend, and its tasks and arrows as tables for the keyboard."""
    return html.Div(
        [
            facts.first_hint(
                "Look at the widest arrows first. Click a task to see its own arrows, an arrow for"
                " its numbers; Escape lets go. Drag tasks or the ground; + and − zoom.",
                "threshold",
                "threshold",
            ),
            html.Section(
                id=part(CARD, "card"),
                className="card-figure card-wide",
                **data(drawn="true"),
                children=[
                    html.H2(id=FINDING, className="finding"),
                    html.P(id=NOTE, className="note", hidden=True),
                    html.Div(
                        id=BODY,
                        hidden=True,
                        children=[
                            html.Div(
                                className="graph-holder",
                                children=[
                                    _tools(),
                                    card.loading(
                                        html.Div(
                                            id=HOLDER,
                                            className="graph-frame",
                                            role="img",
                                            **aria(labelledby=FINDING),
                                        ),
                                        "the graph",
                                    ),
                                ],
                            ),
                            html.Ul(id=LEGEND, className="legend", **aria(label="Legend")),
                            html.Div(id=CAPTION, className="caption"),
                            card.take_along(CARD),
                            _graph_files(),
                            fetched.folded(TABLE, "Tasks and arrows as tables"),
                            fetched.folded(
                                STRUCTURE, "Tree, leaders, communities: do the seeds agree?"
                            ),
                        ],
                    ),
                    html.Div(id=MESSAGE),
                ],
            ),
            html.Div(id=HOVER, className="hover-card", hidden=True),
            html.Div(id=SCRIPT_AT, hidden=True, **data(address=script_address(cyto))),
            dcc.Store(
                id=EMPTY,
                data=_graph().to_plotly_json(),  # type: ignore[no-untyped-call]
            ),
            dcc.Store(id=SHOWN),
        ]
    )


def _graph() -> Component:
    """The graph with nothing in it; it comes with its script, when the tab is looked at."""
    graph: Component = cyto.Cytoscape(
        id=GRAPH_ID,
        elements=[],
        stylesheet=[],
        layout={"name": "preset", "fit": True, "padding": 28},
        minZoom=0.1,
        maxZoom=4,
        boxSelectionEnabled=False,
        autoRefreshLayout=False,
        className="graph",
        style={"width": "100%", "height": "100%"},
    )
    return graph


def _graph_files() -> Component:
    """Buttons that save the arrows shown for other programs; downloads.js listens to them."""
    return html.Div(
        [
            html.Button(
                text,
                type="button",
                className="take",
                title=f"The arrows shown as {text}, for programs that draw graphs",
                **data(take=kind, card=CARD),
            )
            for kind, text in GRAPH_FILES
        ],
        className="take-along",
        role="group",
        **aria(label="Save the graph for other programs"),
    )


def _tools() -> Component:
    """What is done to the graph, above it; network-graph.js listens to them."""

    def tool(does: str, text: str, label: str) -> Component:
        return html.Button(
            text,
            type="button",
            className="tool",
            title=label,
            **data(graph=does),
            **aria(label=label),
        )

    return html.Div(
        className="graph-tools",
        children=[
            html.Label("Find a task in the graph", htmlFor=SEARCH, className="visually-hidden"),
            dcc.Input(
                id=SEARCH,
                type="search",
                placeholder="Find a task",
                className="form-control form-control-sm graph-search",
            ),
            html.Button(
                "Reset",
                id=RESET,
                type="button",
                className="tool",
                hidden=True,
                title="Put the tasks that were dragged back, close the groups that were opened",
                **data(graph="reset"),
            ),
            tool("in", "+", "Zoom in"),
            tool("out", "−", "Zoom out"),
            tool("fit", "Fit", "Fit the whole graph into its frame"),
        ],
    )


def legend(study: Study, *, net: bool = False, folds: bool = False) -> list[Component]:
    """What sizes, colours and arrows mean on the scale of the study's values.

    net: an arrow is the difference of the two directions. folds: groups stand as one node each.
    """

    def item(sign: str, *text: str | Component) -> Component:
        return html.Li([html.Span(className=f"sign sign-{sign}"), html.Span(list(text))])

    if folds:
        help_of = help_button("graph_folds", "groups as one node")
        return [item("fold", "a group: click to open", help_of), *legend(study, net=net)]

    if study.is_raw:
        lower = ", lower is better" if study.lower_targets else ""
        return [
            item("size", "larger: higher giver effect", help_button("effects", "giver effect")),
            item("arrow", "better by; wider: more")
            if net
            else item("arrow", f"score as given{lower}; wider: better"),
        ]
    tasks = [
        item("giver", "net giver", help_button("net", "net giver")),
        item("taker", "net taker"),
        item("size", "larger: gives more; paler: net nearer 0"),
    ]
    if net:
        return [*tasks, item("better", "gives more than it gets back; wider: more")]
    return [
        *tasks,
        item("better", "helps; wider: stronger"),
        item(
            "worse",
            "dashed, blunt: harms"
            + ("" if study.has_given_scores else " (sign on the strict scale)"),
            *([] if study.has_given_scores else [help_button("scale", "strict scale")]),
        ),
    ]


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
        elements, stylesheet, *rest = shown(app_context, figure_input)
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
        graph, threshold = _graph_of(app_context, context)
        drawn = _drawn(app_context, context, graph)
    except Exception as error:
        return _instead(why_not(app_context, figure_input, "the graph", error))
    finding = graph_finding(graph, threshold, has_given_scores=context.study.has_given_scores)
    if not graph.nodes:
        return _instead(messages.box(finding))
    note = captions.instead_note(context.study, graph.method, context.view.method)
    return [
        graph_elements(graph, context.study, context.theme, threshold=threshold, **drawn),
        graph_stylesheet(context.theme),
        finding,
        note,
        not note,
        card.folded_caption(_caption(graph, threshold, context, drawn["folds"])),
        False,
        None,
        legend(context.study, net=graph.net, folds=drawn["folds"] is not None),
    ]


def _drawn(app_context: AppContext, context: ViewContext, graph: TransferGraph) -> dict[str, Any]:
    """Where tasks stand and what arrows say: the same in the page and in files."""
    return {
        "folds": _folds(app_context, context, graph),
        "layout": context.view.graph_layout,
        "moved": context.view.moved,
        "numbers": Arrows.NUMBERS in context.view.arrows,
    }


def _folds(app_context: AppContext, context: ViewContext, graph: TransferGraph) -> Folds | None:
    """The groups that stand as one node each; None = every task by itself."""
    study, view = context.study, context.view
    many = len(graph.nodes) > MANY_TASKS
    if view.fold is Folding.TASKS or (view.fold is Folding.USUAL and not (many and study.groups)):
        return None
    of = {node.task: study.task(node.task).group for node in graph.nodes}
    if not study.groups:
        found = app_context.fetch(analyses.GRAPH_STRUCTURE, study, view.pairs_query(study))
        named = enumerate(found.communities, 1)
        of = {task: community(at) for at, one in named for task in one.tasks}
    folds = Folds({task: group for task, group in of.items() if group}, view.opened)
    # One node for everything says nothing.
    return folds if len(set(folds.of.values())) > 1 else None


def _graph_of(app_context: AppContext, context: ViewContext) -> tuple[TransferGraph, float]:
    """The graph, and from which strength on its arrows are shown."""
    graph = app_context.fetch(
        analyses.GRAPH,
        context.study,
        context.view.pairs_query(context.study),
        context.view.similarity_query,
    )
    graph = drawn_graph(graph, context.view)
    threshold = context.view.threshold
    return graph, default_threshold(graph) if threshold is None else threshold


def _instead(message: Component) -> list[Any]:
    return [no_update, no_update, None, None, True, None, True, message, no_update]


def _caption(
    graph: TransferGraph, threshold: float, context: ViewContext, folds: Folds | None
) -> str:
    study = context.study
    return captions.join(
        captions.method_label(study, graph.method),
        names.seeds_text(graph.seeds),
        captions.one_base_text(graph.seeds_of_one_base),
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


def structure_tables(app_context: AppContext, context: ViewContext) -> Component:
    """Teaching tree, leaders and communities, each with how often it is so without one seed."""
    from core.analyses.network.structure import COMMUNITY_COLUMNS, LEADER_COLUMNS, TREE_COLUMNS

    found = app_context.fetch(
        analyses.GRAPH_STRUCTURE, context.study, context.view.pairs_query(context.study)
    )
    tables = (
        column_table(
            "Teaching tree: each task but one has one teacher, the best in sum",
            TREE_COLUMNS[1:],
            found.tree,
            named=lambda edge: facts.select_button(
                [edge.source, edge.target], names.in_words(edge.source, edge.target)
            ),
            corner="Arrow",
        ),
        column_table(
            "First by each measure",
            LEADER_COLUMNS[1:],
            found.leaders,
            named=lambda one: LEADS[one.measure],
            corner="Measure",
        ),
        column_table(
            "Communities: tasks that transfer to each other more than to the others",
            COMMUNITY_COLUMNS[1:],
            found.communities,
            named=lambda one: ", ".join(one.tasks),
            corner="Tasks",
        ),
    )
    return html.Div(
        [
            html.P(
                "How often: of the graphs with one seed left out, which is no probability, but says"
                " what hangs on one seed.",
                className="quiet",
            ),
            html.Div(
                className="tables-two",
                children=[html.Div(className="table-frame", children=table) for table in tables],
            ),
        ]
    )


def tasks_and_arrows(app_context: AppContext, context: ViewContext) -> Component:
    """Tasks and arrows as tables whose names are buttons: the graph for the keyboard."""
    graph, threshold = _graph_of(app_context, context)
    edges = sorted(graph.above(threshold), key=lambda edge: -edge.strength)[:ROWS_SHOWN]
    measure = measure_of(context.study)
    tables = (
        column_table(
            "Tasks",
            graph.node_columns(measure)[1:],
            graph.nodes,
            named=lambda node: facts.select_button([node.task], node.task),
        ),
        column_table(
            f"Arrows shown, {'best' if graph.raw else 'strongest'} first",
            graph.edge_columns(measure)[2:],
            edges,
            named=lambda edge: facts.select_button(
                [edge.source, edge.target], names.in_words(edge.source, edge.target)
            ),
        ),
    )
    return html.Div(
        className="tables-two",
        children=[html.Div(className="table-frame", children=table) for table in tables],
    )


def _drawing(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The graph as a drawing, with all its arrows as a table."""
    from core.cli.formatters.graph import graph_markup

    graph, threshold = _graph_of(app_context, context)
    if not graph.nodes:
        return [CardContent(message=messages.box(graph_finding(graph, threshold)))]
    drawn = _drawn(app_context, context, graph)
    legend_shown = context.theme.style is not Style.BARE
    drawing = graph_drawing(
        graph,
        context.study,
        context.theme,
        threshold=threshold,
        legend=legend_shown,
        **drawn,
    )
    return [
        CardContent(
            finding=graph_finding(
                graph, threshold, has_given_scores=context.study.has_given_scores
            ),
            figure=drawing,
            size=(int(drawing.layout.width), int(drawing.layout.height)) if drawing.data else None,
            caption=_caption(graph, threshold, context, drawn["folds"]),
            table_of=partial(arrows_table, graph, context.study),
            files={
                kind: partial(graph_markup, graph, threshold=threshold, form=kind)
                for kind, _ in GRAPH_FILES
            },
        )
    ]


def arrows_table(graph: TransferGraph, study: Study) -> pd.DataFrame:
    """Every arrow of the signs chosen, whatever the threshold; one row each."""
    return frame_of(graph.edge_columns(measure_of(study)), graph.edges)


PAGE = Page(
    name=NAME,
    title="Network",
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
