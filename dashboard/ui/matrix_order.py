"""Rows and columns as a view wants them: hidden, ordered, and what is left out named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core import analyses
from core.errors import RequestError
from core.numerics.clustering import Order
from core.transfer.display_order import RowColumnOrder, row_column_order
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions

if TYPE_CHECKING:
    from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class MatrixOrder:
    """Rows and columns, and what a caption says of them: what is hidden, and the order."""

    order: RowColumnOrder
    notes: tuple[str, ...]

    def of(self, matrix: TransferMatrix) -> TransferMatrix:
        """A matrix with these rows and columns, in this order."""
        return self.order.of(matrix)


def matrix_order(
    app_context: AppContext, context: ViewContext, matrix: TransferMatrix
) -> MatrixOrder:
    """How the rows and columns of a matrix, and of those beside it, are shown."""
    view = context.view
    net, by = None, ""
    if view.order is Order.NET:
        net, by = _nets(app_context, context)
    elif view.order is Order.CLUSTER:
        by = "rows and columns by clustering (average linkage)"
    elif view.order is Order.GROUP:
        by = f"by group: {_named(context.study.groups)}"
    elif view.order is Order.GROUPS:
        by = "means of blocks, over cells not trained on"
    found = row_column_order(
        matrix,
        view.order,
        net=net,
        study=context.study,
        hidden_sources=view.hidden_sources,
        hidden_targets=view.hidden_targets,
    )
    return MatrixOrder(found, (hidden_text(context), by))


def hidden_text(context: ViewContext) -> str:
    """`hidden as source: crossing; as target: inside`; empty where nothing is hidden."""
    parts = [
        f"as {role}: {_named(tasks)}"
        for role, tasks in (
            ("source", context.view.hidden_sources),
            ("target", context.view.hidden_targets),
        )
        if tasks
    ]
    return f"hidden {'; '.join(parts)}" if parts else ""


def _named(tasks: Iterable[str]) -> str:
    return ", ".join(tasks)


def _nets(app_context: AppContext, context: ViewContext) -> tuple[dict[str, float] | None, str]:
    """Every task's net, those the manifest leaves out among them, and what it is called."""
    study = context.study
    try:
        query = context.view.pairs_query(study)
        query = replace(query, include=tuple(task.name for task in study.excluded))
        balance = app_context.fetch(analyses.BALANCE, study, query)
    except RequestError:
        return None, "no order by net: no method has runs trained on one task alone"
    label = captions.method_label(study, balance.method)
    return {task.task: task.net for task in balance.tasks}, f"by net of {label}, givers first"
