"""The tab before anything is drawn: the card with its tools, and the legend."""

from __future__ import annotations

import dash_cytoscape as cyto
from dash import dcc, html
from dash.development.base_component import Component

from core.study import Study
from dashboard.figures.network.legend import legend_items
from dashboard.pages.network.ids import (
    BODY,
    CAPTION,
    CARD,
    EMPTY,
    FINDING,
    GRAPH_FILES,
    GRAPH_ID,
    HOLDER,
    HOVER,
    LEGEND,
    MESSAGE,
    NOTE,
    RESET,
    SCRIPT_AT,
    SEARCH,
    SHOWN,
    STRUCTURE,
    TABLE,
)
from dashboard.ui import card, facts, fetched
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import part
from dashboard.ui.lazy_script import leave_out, script_address

leave_out(cyto)


def layout() -> Component:
    """The graph with its legend, and its tasks and arrows as tables for the keyboard."""
    return html.Div(
        [
            facts.first_hint(
                # One line beside the panel, too: the graph is not pushed down by a click on it.
                "Widest arrows first. Click a task for its own arrows, an arrow for its numbers;"
                " drag tasks or the ground.",
                "threshold",
                "threshold",
            ),
            html.Section(
                id=part(CARD, "card"),
                className="card-figure card-wide",
                **data(drawn="true", words=f"{FINDING} {MESSAGE}"),
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

    return [
        item(each.sign, each.text, *([help_button(*each.help)] if each.help else []))
        for each in legend_items(study, raw=study.is_raw, net=net, folds=folds)
    ]
