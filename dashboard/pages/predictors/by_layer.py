"""r at every layer and checkpoint, as a small matrix and as a table of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.study import Layer
from dashboard.figures.association import by_layer
from dashboard.pages.predictors.card_rules import ABOVE_MATRIX, has_places
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.ui import card, facts, fetched
from dashboard.ui.card import CardContent
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.association.by_layer import AssociationSweep


def sweep_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """r at every layer and checkpoint; nothing where the other cards say what is lacking.

    Nor for a given predictor that has one place alone: the scatter shows it.
    """
    if not has_places(context):
        return [CardContent(hidden=True)]
    found = _sweep(app_context, context)
    if not found.n.any():
        # The card beside it says so.
        return [CardContent(hidden=True)]
    return [
        CardContent(
            finding=predictors.sweep_finding(found),
            headline=max(ABOVE_MATRIX, card.two_lines(by_layer.sweep_size(found)[0])),
            above=figure_title("Every layer and checkpoint", "sweep"),
            figure=by_layer.sweep_heatmap(found, context.theme, chosen=_chosen(context)),
            size=by_layer.sweep_size(found),
            caption=captions.join(
                f"r of {predictors.measure_of(found)} and transfer",
                captions.method_label(context.study, found.method),
                names.seeds_text(found.seeds, named=context.study.names_seeds),
                predictors.models_of_places(found),
                "p of the strongest: of the maximum over all places",
                f"quieter: QAP p above {numbers.CHANCE:g}" if by_layer.has_numbers(found) else "",
                "outlined: the scatter's",
            ),
            table_of=partial(_sweep_table, found),
        )
    ]


def _sweep(app_context: AppContext, context: ViewContext) -> AssociationSweep:
    return app_context.fetch(
        analyses.ASSOCIATION_SWEEP,
        context.study,
        context.view.pairs_query(context.study),
        context.view.predictor_query,
    )


def _chosen(context: ViewContext) -> tuple[Layer, Any] | None:
    view = context.view
    if view.predictor is not None:
        return None if view.predictor_layer is None else (view.predictor_layer, "last")
    return None if view.layer is None else (view.layer, view.cka_checkpoint)


def _sweep_table(found: AssociationSweep) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            (layer, str(step), found.r[i, j], found.r_squared[i, j], found.qap_p[i, j],
             found.qap_error[i, j], found.max_p[i, j], found.max_error[i, j], found.n[i, j],
             len(found.cka_seeds[i][j]), found.why(i, j))
            for i, layer in enumerate(found.layers)
            for j, step in enumerate(found.checkpoints)
        ],
        columns=["layer", "checkpoint", "r", "R²", "QAP p", "standard error of QAP p",
                 "p of the maximum", "standard error of p of the maximum",
                 "n (ordered pairs)", "seeds compared", "why no r"],
    )  # fmt: skip


def places(app_context: AppContext, context: ViewContext) -> Component | None:
    """The sweep as a table of buttons, for the keyboard; of a given predictor without buttons."""
    if not has_places(context):
        return None
    found = _sweep(app_context, context)
    heads = predictors.checkpoint_heads(found)
    head = [html.Th(words, scope="col") for words in heads]
    rows = [
        html.Tr(
            [
                html.Th("" if layer is None else str(layer), scope="row"),
                *[html.Td(_place(found, i, j, words)) for j, words in enumerate(heads)],
            ]
        )
        for i, layer in enumerate(found.layers)
    ]
    return fetched.framed(
        html.Table(
            [html.Thead(html.Tr([html.Th("Layer", scope="col"), *head])), html.Tbody(rows)],
            className="data-table",
        ),
        label="r, R² and QAP p at every layer and checkpoint",
    )


def _place(found: AssociationSweep, row: int, column: int, head: str) -> list[Component]:
    p, error = float(found.qap_p[row, column]), float(found.qap_error[row, column])
    beside = (
        f"R² {numbers.number(float(found.r_squared[row, column]))},"
        f" {numbers.drawn_p(p, error, 'QAP p')}"
    )
    why = found.why(row, column)
    if found.measure is not None and not found.cka_seeds[row][column]:
        return [html.Span(numbers.NOTHING, title=why)]
    layer, step = found.layers[row], found.checkpoints[column]
    r = f"r = {numbers.number(float(found.r[row, column]))}" if not why else "r undefined"
    if found.measure is None:
        return [html.Span(r), html.Span(why or beside, className="quiet")]
    return [
        facts.place_button(
            [str(layer), str(step)],
            r,
            label=f"Show layer {layer}, {head}",
        ),
        html.Span(why or beside, className="quiet"),
    ]
