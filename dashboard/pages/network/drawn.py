"""What is drawn, in the page and in files: which arrows, where tasks stand, what is folded."""

from __future__ import annotations

from core import analyses
from core.analyses.network.graph import TransferGraph
from dashboard.figures.network.folds import Folds
from dashboard.figures.network.interactive import (
    MANY_TASKS,
    GraphLook,
    default_threshold,
)
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.network import Arrows, Folding, community, drawn_graph


def graph_shown(app_context: AppContext, context: ViewContext) -> tuple[TransferGraph, float]:
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


def look_of(app_context: AppContext, context: ViewContext, graph: TransferGraph) -> GraphLook:
    """How a view draws a graph."""
    return GraphLook(
        layout=context.view.graph_layout,
        moved=context.view.moved,
        numbers=Arrows.NUMBERS in context.view.arrows,
        folds=_folds(app_context, context, graph),
    )


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
