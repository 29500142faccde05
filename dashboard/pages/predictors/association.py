"""Similarity against transfer: the scatter, the ceilings, and r without each task."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from dash import html
from dash.development.base_component import Component

from core import analyses
from core.numerics.intervals import Interval
from core.numerics.permutation import SAMPLED_PERMUTATIONS
from core.similarity.matrix import similarity_layers
from core.study import Study
from dashboard.figures.association import by_layer, influence
from dashboard.figures.association.scatter import association_scatter
from dashboard.figures.parts.density import BINNED_FROM, FARTHEST
from dashboard.pages.predictors.card_rules import TWO_LINES, has_transfer
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.text.findings.association import association_finding
from dashboard.ui import facts, messages
from dashboard.ui.card import CardContent
from dashboard.ui.group_key import GroupKey
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.association.association import Association
    from core.analyses.association.qap import PermutationTest
    from core.transfer.matrix import TransferMatrix


def association_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """Scatter, ceilings and what each task carries; without any CKA, what the study needs.

    Nothing without transfer: the matrix stands in its place.
    """
    if not has_transfer(context):
        return [CardContent(hidden=True)] * 3
    if not similarity_layers(context.study) and context.view.predictor is None:
        nothing = CardContent(hidden=True)
        return CardContent(message=_no_cka(context)), nothing, nothing
    query = context.view.pairs_query(context.study)
    found = app_context.fetch(
        analyses.ASSOCIATION, context.study, query, context.view.predictor_query
    )
    if not found.n:
        nothing = CardContent(hidden=True)
        return CardContent(message=messages.box(association_finding(found))), nothing, nothing
    transfer = app_context.fetch(analyses.TRANSFER, context.study, query)
    note = captions.instead_note(context.study, query.method, context.view.method)
    return (
        _scatter_card(found, transfer, note, context),
        _ceilings_card(found, context),
        _influence_card(found, context),
    )


def _scatter_card(
    found: Association, transfer: TransferMatrix, note: str, context: ViewContext
) -> CardContent:
    dependence = predictors.dependence(found)
    return CardContent(
        finding=association_finding(found),
        headline=TWO_LINES,
        above=[html.P(note, className="note")] if note else [],
        key=GroupKey(context.study.tasks, "the source"),
        more=[
            _facts(found),
            *([html.P(dependence, className="aside")] if dependence else []),
        ],
        figure=association_scatter(found, context.study, context.theme, transfer=transfer),
        caption=_caption(found, context),
        table_of=partial(_points, found),
    )


def _ceilings_card(found: Association, context: ViewContext) -> CardContent:
    return CardContent(
        finding=predictors.ceiling_finding(found, names_seeds=context.study.names_seeds),
        headline=TWO_LINES,
        above=figure_title("R² and its ceilings", "ceiling"),
        figure=by_layer.ceiling_bars(found, context.theme),
        caption=captions.join(
            captions.method_label(context.study, found.method),
            names.seeds_text(found.seeds, named=context.study.names_seeds),
            f"n = {numbers.counted(found.n, 'pair')}",
        ),
        table_of=partial(_ceilings_table, found),
    )


def _influence_card(found: Association, context: ViewContext) -> CardContent:
    """What each task carries; hidden where there is no r to carry."""
    if not math.isfinite(found.pearson.r):
        return CardContent(hidden=True)
    return CardContent(
        finding=predictors.task_influence_finding(found),
        headline=TWO_LINES,
        above=figure_title("Without each task", "influence"),
        figure=influence.task_influence(found, context.study, context.theme),
        caption=captions.join(
            "r without each task in turn, dotted: r of all",
            influence.tasks_note(found),
            predictors.measured_where(found),
            captions.method_label(context.study, found.method),
            names.seeds_text(found.seeds, named=context.study.names_seeds),
        ),
        table_of=partial(_without_task_table, found),
    )


def _facts(found: Association) -> Component:
    return facts.facts(
        ("QAP p", numbers.number(found.qap.p), _permutations(found.qap), ("qap", "QAP p")),
        (
            "r of pair effects",
            numbers.number(found.pair_effects.r),
            _p_value(found.pair_effects_qap),
            ("pair_effects", "pair effects"),
        ),
        (
            "Spearman ρ",
            numbers.number(found.spearman.r),
            _p_value(found.rank_qap),
            ("qap", "QAP p"),
        ),
        _interval("r, 95 % over seeds", found.interval),
        _interval("r, 95 % over tasks", found.interval_tasks),
        _interval("R², 95 % over seeds", found.r_squared_interval),
        (
            "|r| that can be found",
            f"from {numbers.number(found.detectable_r)}"
            if math.isfinite(found.detectable_r)
            else "none",
            "in 4 of 5 studies",
            ("detectable", "what could be found"),
        ),
        ("Textbook p", numbers.number(found.pearson.p), "pairs independent", ("qap", "QAP p")),
    )


def _interval(name: str, interval: Interval) -> facts.Fact:
    return name, numbers.bounds(interval.low, interval.high), "", ("intervals", "intervals")


def _permutations(test: PermutationTest) -> str:
    """`all 720 permutations`, `± 0.012, stopped after 800 of 10,000 permutations`."""
    exact = numbers.drawing_error(test.p, test.error).strip()
    exact = f"{exact}, " if exact else ""
    if test.stopped:
        return (
            f"{exact}stopped after {test.permutations:,} of {SAMPLED_PERMUTATIONS:,} permutations"
        )
    every = "all " if test.exhaustive and test.permutations > 1 else ""
    return f"{exact}{every}{numbers.counted(test.permutations, 'permutation')}"


def _p_value(test: PermutationTest) -> str:
    return numbers.drawn_p(test.p, test.error, "QAP p")


def _stopped(test: PermutationTest) -> str:
    """How exact p is, for a caption, where drawing stopped early; else empty."""
    return f"QAP p {_permutations(test)}" if test.stopped else ""


def _caption(found: Association, context: ViewContext) -> str:
    study: Study = context.study
    name = predictors.measure_of(found)
    others = found.cka_seeds and found.cka_seeds != found.seeds
    models = names.seeds_text(found.cka_seeds) if others else ""
    return captions.join(
        captions.method_label(study, found.method),
        predictors.measured_where(found),
        captions.seeds_note(study, found),
        f"{name} of {models}" if models else "",
        "" if found.higher_is_better else f"of {name} lower is better",
        captions.scale_text(study, context.view.scale),
        captions.evaluated_at(study, context.view.checkpoint),
        f"n = {numbers.counted(found.n, 'pair')}",
        _drawn(found),
        _stopped(found.qap),
        captions.tasks_left_out(study, found.tasks),
        captions.digest_text(study),
    )


def _drawn(found: Association) -> str:
    """What beside points is drawn: their number where they are many, else the line's band."""
    if found.n > BINNED_FROM:
        return f"shaded by how many; points: the {FARTHEST} farthest from the line"
    return "band: 95 % of the line over tasks" if math.isfinite(found.band.low[0]) else ""


def _ceilings_table(found: Association) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [(name, value) for name, value, _ in predictors.ceilings(found)],
        columns=["what", "share of the variance of transfer"],
    )


def _without_task_table(found: Association) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"task": found.tasks, "r without the task": found.without_task})


def _points(found: Association) -> pd.DataFrame:
    import pandas as pd

    points, names_of = found.points, np.array(found.points.tasks, dtype=object)
    return pd.DataFrame(
        {
            "source": names_of[points.source],
            "target": names_of[points.target],
            predictors.measure_of(found): points.cka,
            "transfer": points.transfer,
        }
    )


def _no_cka(context: ViewContext) -> Component:
    return messages.box(
        "This study has no CKA of single-task models, so there is no similarity to show.",
        hint="Open the file again together with a second one of what may predict transfer, such as"
        " a distance: a matrix, or a table source,target,value."
        if context.opened
        else "Add [cka] to study.toml with a summary, checkpoints or representations: with"
        " representations of the single-task models, CKA is computed here. Or add a predictor of"
        " your own, [predictors.<name>] with a path to a table source,target,value.",
        again=context.opened,
    )
