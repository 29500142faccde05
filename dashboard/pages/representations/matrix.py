"""How alike models are, training set by training set."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from dash import html
from dash.development.base_component import Component

from core import analyses
from core.errors import RequestError
from core.numerics.clustering import Dendrogram, Order, cluster_by_similarity, order_by_net
from core.similarity.matrix import (
    OverlapMean,
    SimilarityMatrix,
    TaskOverlap,
    has_similarity,
    similarity_seeds,
)
from core.transfer.groups import order_by_group
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.similarity.heatmap import similarity_heatmap
from dashboard.figures.transfer import figure_size
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.similarity import (
    left_out_text,
    models_text,
    representations_finding,
    sharing_text,
)
from dashboard.ui import card, messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria

if TYPE_CHECKING:
    import pandas as pd

TWO_LINES = 80
"""Characters of a sentence above the matrix, at least."""
SIGNS = {
    TaskOverlap.ALL: ("outlined", "same training set, other seed"),
    TaskOverlap.SOME: ("dot", "some tasks in common"),
    TaskOverlap.NONE: ("plain", "no task in common"),
}


def matrix_contents(app_context: AppContext, context: ViewContext) -> list[CardContent]:
    """Similarity training set by training set, or what a study without any needs."""
    if not has_similarity(context.study):
        return [CardContent(message=_nothing(context))]
    whole = app_context.fetch(analyses.SIMILARITY, context.study, context.view.similarity_query)
    shown, tree, note = _arranged(app_context, context, whole.without_tasks(context.view.exclude))
    if not shown.sets:
        return [CardContent(message=messages.box(representations_finding(shown)))]
    size = figure_size(shown, context.study, tree=tree)
    return [
        CardContent(
            finding=representations_finding(shown),
            headline=max(TWO_LINES, card.two_lines(size[0])),
            above=[
                _title(shown, context, tree),
                *([html.P(note, className="note")] if note else []),
                _legend(shown, seeds=_seeds_where_they_differ(context, shown)),
            ],
            figure=similarity_heatmap(shown, context.study, context.theme, tree=tree),
            size=size,
            caption=_matrix_caption(shown, context, tree),
            table_of=partial(_matrix_table, shown),
            every_task=True,
        )
    ]


def _arranged(
    app_context: AppContext, context: ViewContext, similarity: SimilarityMatrix
) -> tuple[SimilarityMatrix, Dendrogram | None, str]:
    """Rows in the order asked for, the tree where they are clustered, and what stood against it."""
    if context.view.order is Order.CLUSTER:
        tree = cluster_by_similarity(similarity.values)
        return similarity.reordered(tree.order), tree, ""
    if context.view.order is Order.NET:
        try:
            balance = app_context.fetch(
                analyses.BALANCE, context.study, context.view.pairs_query(context.study)
            )
        except RequestError as reason:
            return similarity, None, f"In the order of the study: {reason}."
        net = {task.task: task.net for task in balance.tasks}
        return similarity.reordered(order_by_net(similarity.sets, net)), None, ""
    if context.view.order in (Order.GROUP, Order.GROUPS):
        return similarity.reordered(order_by_group(similarity.sets, context.study)), None, ""
    return similarity, None, ""


def _title(
    similarity: SimilarityMatrix, context: ViewContext, tree: Dendrogram | None
) -> Component:
    models = models_text(_trained(similarity, context))
    parts: list[Component | str] = [
        f"{names.capital(similarity.name)} of {models}",
        help_button("measure", "the measures"),
    ]
    if tree is not None:
        parts += [", clustered", help_button("clustering", "clustering and its tree")]
    return html.Div(parts, className="figure-title")


def _seeds_where_they_differ(context: ViewContext, similarity: SimilarityMatrix) -> str:
    """`, 4 seeds`; nothing where the same seeds are behind every checkpoint of the layer."""
    asked = replace(context.view.similarity_query, layer=similarity.layer)
    found = {seeds for _, seeds in similarity_seeds(context.study, asked.of_seeds(None)) if seeds}
    return f", {numbers.counted(len(similarity.seeds), 'seed')}" if len(found) > 1 else ""


def _legend(similarity: SimilarityMatrix, *, seeds: str) -> Component:
    """What the marks of the matrix mean, with the mean of the cells that have them."""

    def item(mean: OverlapMean) -> Component:
        sign, text = SIGNS[mean.shared]
        return html.Li(
            [
                html.Span(className=f"sign sign-{sign}"),
                html.Span([f"{text}: ", html.B(sharing_text(mean)), seeds * (mean.n > 0)]),
            ]
        )

    return html.Ul(
        className="legend",
        **aria(label="Legend"),
        children=[item(mean) for mean in reversed(similarity.mean_by_overlap())],
    )


def _matrix_caption(
    similarity: SimilarityMatrix, context: ViewContext, tree: Dendrogram | None
) -> str:
    floor = similarity.mean_floor
    return captions.join(
        f"{names.capital(similarity.name)} of {models_text(_trained(similarity, context))}",
        f"layer {similarity.layer}",
        captions.checkpoint_text(similarity.checkpoint),
        names.seeds_text(similarity.seeds),
        "mean over pairs of runs, never a run with itself",
        f"independent noise of these shapes: {numbers.number(floor)}"
        if math.isfinite(floor)
        else "noise floor unknown: no representations of these models"
        if similarity.is_plain
        else "",
        "rows by average linkage on 1 − similarity; the tree joins at the mean of a group"
        if tree is not None
        else "",
        f"from {'tables' if similarity.origin == 'table' else 'representations'}",
        left_out_text(similarity.left_out),
        captions.tasks_kept(context.study, context.view.exclude),
        captions.digest_text(context.study),
    )


def _trained(similarity: SimilarityMatrix, context: ViewContext) -> int:
    return len(similarity.sets[0]) if similarity.sets else context.view.trained


def _matrix_table(similarity: SimilarityMatrix) -> pd.DataFrame:
    """Every unordered pair of training sets once, the diagonal with them."""
    import pandas as pd

    rows, columns = np.triu_indices(len(similarity.sets))
    names = np.array([source_key(tasks) for tasks in similarity.sets], dtype=object)
    shared = np.array([one.name.lower() for one in TaskOverlap], dtype=object)
    return pd.DataFrame(
        {
            "first training set": names[rows],
            "second training set": names[columns],
            "training tasks in common": shared[similarity.shared[rows, columns]],
            "layer": similarity.layer,
            "checkpoint": str(similarity.checkpoint),
            similarity.name: similarity.values[rows, columns],
            "sd over pairs of runs": similarity.sd[rows, columns],
            "pairs of runs": similarity.n[rows, columns],
            "independent noise": similarity.floor[rows, columns],
        }
    )


def _nothing(context: ViewContext) -> Component:
    return messages.box(
        "This study has no similarity of models to show.",
        hint="Open the file again together with a table of CKA between the runs: columns exp1,"
        " exp2, layer and final_cka."
        if context.opened
        else "Add [cka] to study.toml with a summary, checkpoints or representations: with"
        " representations, CKA is computed here.",
        again=context.opened,
    )
