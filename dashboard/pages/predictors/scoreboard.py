"""Which predictor finds the best source of a target, alone and beside the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.analyses.columns import frame_of
from core.errors import RequestError
from core.similarity.matrix import similarity_layers
from dashboard.figures.association import scoreboard
from dashboard.pages.predictors.card_rules import TWO_LINES, has_transfer
from dashboard.state.computing import NO_JOB_S
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.text.heads import HEADS
from dashboard.text.names import sentence
from dashboard.ui import fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.predictor_scores import PredictorScores


def scoreboard_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """What is lost by believing each predictor, every target left out in turn."""
    if not has_transfer(context) or not (
        similarity_layers(context.study) or context.study.predictors
    ):
        return [CardContent(hidden=True)]
    try:
        found = _scores(app_context, context)
    except RequestError as nothing:
        return [CardContent(message=messages.box(sentence(nothing)))]
    shown = scoreboard.drawn(found)
    return [
        CardContent(
            finding=predictors.scoreboard_finding(found),
            headline=TWO_LINES,
            above=figure_title("Scoreboard of predictors", "scoreboard"),
            figure=scoreboard.scoreboard(found, context.study, context.theme),
            caption=captions.join(
                "regret: transfer of the best source less that of the source believed in",
                captions.method_label(context.study, found.method),
                names.seeds_text(found.seeds, named=context.study.names_seeds),
                "each target left out in turn; lines: 95 % over targets",
                f"the first {len(shown)} of {len(found.scores):,}"
                if len(shown) < len(found.scores)
                else "",
                captions.scale_text(context.study, context.view.scale),
                captions.tasks_left_out(context.study, found.tasks),
                captions.digest_text(context.study),
            ),
            table_of=partial(_scores_table, found),
        )
    ]


def _scores(app_context: AppContext, context: ViewContext) -> PredictorScores:
    return app_context.fetch(
        analyses.PREDICTORS, context.study, context.view.pairs_query(context.study)
    )


def _scores_table(found: PredictorScores) -> pd.DataFrame:
    from core.analyses.predictor_scores import SCORE_COLUMNS

    return frame_of(SCORE_COLUMNS, found.scores)


def scores_table(app_context: AppContext, context: ViewContext) -> Component | None:
    """Every predictor, the smallest regret first; nothing where there is no choice of sources."""
    from core.analyses.predictor_scores import SCORE_COLUMNS

    try:
        found = _scores(app_context, context)
    except RequestError:
        return None
    predictor, *columns = SCORE_COLUMNS
    return fetched.framed(
        column_table(
            "Every predictor, the smallest regret first; in brackets 95 % over targets.",
            columns,
            found.scores,
            named=lambda score: score.label,
            corner=predictor.title,
        ),
        label="Scoreboard of predictors",
    )


def together_table(app_context: AppContext, context: ViewContext) -> Component:
    """Similarity and every given predictor in one regression; a sentence where that cannot be."""
    study = context.study
    similarity = replace(context.view.similarity_query, trained=1)
    try:
        found = app_context.fetch(
            analyses.TOGETHER,
            study,
            context.view.pairs_query(study),
            similarity,
            seconds=NO_JOB_S,
        )
    except RequestError as why:
        return messages.box(sentence(why))
    heads = ("b", "beta", "t", "p")
    rows = [
        html.Tr(
            [
                html.Th(one.label, scope="row"),
                *[
                    html.Td(text, className="numeric")
                    for text in (
                        *map(numbers.number, (one.b, one.beta, one.t)),
                        numbers.number(one.p) + numbers.drawing_error(one.p, found.error(one.p)),
                    )
                ],
            ]
        )
        for one in found.coefficients
    ]
    every = "all " if found.exhaustive else ""
    drawn = every + numbers.counted(found.permutations, "relabelling")
    head = [html.Th("Predictor", scope="col")]
    head += [html.Th(text, scope="col", className="numeric", title=HEADS[text]) for text in heads]
    caption = (
        f"Transfer on all of them, R² {numbers.number(found.r_squared)},"
        f" {numbers.counted(found.n, 'pair')}. Each beside the others: b per unit, beta of"
        f" standardized values, p by double semi-partialling ({drawn})."
    )
    return fetched.framed(
        html.Table(
            [html.Caption(caption), html.Thead(html.Tr(head)), html.Tbody(rows)],
            className="data-table",
        ),
        label="Several predictors together",
    )
