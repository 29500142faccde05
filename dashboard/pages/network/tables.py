"""What the graph holds as tables: its tasks and arrows, its tree, leaders and communities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.analyses.columns import frame_of
from core.analyses.network.graph import TransferGraph
from core.study import Study
from core.transfer.table import measure_of
from dashboard.pages.network.drawn import graph_shown
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import names
from dashboard.ui import facts
from dashboard.ui.columns import column_table

if TYPE_CHECKING:
    import pandas as pd

ROWS_SHOWN = 200
LEADS = {
    "pagerank": "Worth learning from (PageRank)",
    "teacher": "Teacher (HITS hub)",
    "student": "Student (HITS authority)",
}


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
    graph, threshold = graph_shown(app_context, context)
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


def arrows_table(graph: TransferGraph, study: Study) -> pd.DataFrame:
    """Every arrow of the signs chosen, whatever the threshold; one row each."""
    return frame_of(graph.edge_columns(measure_of(study)), graph.edges)
