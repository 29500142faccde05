"""A predicted or subtracted number, and the single sources it comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core.transfer.matrix import MatrixKind
from core.transfer.predictions import PREDICTIONS, USUAL
from dashboard.details.blocks import (
    filled,
    gap,
    heads,
    means,
    number_facts,
    scales,
    shown,
    spread_of,
    table,
    two,
)
from dashboard.details.provenance import provenance, sources
from dashboard.state.context import ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.formula import difference, mean
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    from core.analyses.details.estimates import DifferenceEstimate
    from core.analyses.details.pair import PairDetail
    from core.analyses.details.prediction import Prediction
    from core.transfer.normalization import PerScale


# -- the number that was asked for, where it is not the actual one ------------------------------


def headline(found: PairDetail, context: ViewContext) -> tuple[list[Component], str]:
    """That number and how it comes about, or nothing and why there is none."""
    number = context.view.number
    label = captions.method_label(context.study, found.forward.method)
    if number == MatrixKind.ACTUAL:
        return [], ""
    if number == MatrixKind.VERSUS:
        if found.other is None or found.difference is None:
            return [], f"{label} stands beside no other method here: shown is its own value."
        other = captions.method_label(context.study, found.other.method)
        title = f"{label} {numbers.MINUS} {other}"
        return _difference(title, "versus", found.difference, (label, other), context), ""
    if not found.predictions:
        return [], f"{label} has no prediction: shown is its own value."
    subtracts = number == MatrixKind.DIFFERENCE
    kind = context.view.prediction if subtracts else number
    prediction = next(one for one in found.predictions if one.kind == kind)
    if not subtracts:
        return _prediction(prediction, found, context), ""
    called, rule = ("actual", "predicted"), PREDICTIONS[kind]
    title = "Difference from prediction" + (f": {rule.word}" if kind != USUAL else "")
    return _difference(title, rule.help, prediction.difference, called, context), ""


def _difference(
    title: str,
    about: str,
    gaps: PerScale[DifferenceEstimate],
    called: tuple[str, str],
    context: ViewContext,
) -> list[Component]:
    """A difference on both scales, and the two means it is of."""
    on_scales = [(gaps.on(scale), name) for scale, name in scales(context)]
    lines = [(name, difference(gap, *called)) for gap, name in on_scales]
    return [
        html.H3([title, help_button(about, title)], className="panel-first"),
        number_facts(
            [
                (name, numbers.signed(gap.value), spread_of(gap.n, math.nan, gap.low, gap.high))
                for gap, name in on_scales
            ]
        ),
        *filled(lines),
    ]


def _prediction(prediction: Prediction, found: PairDetail, context: ViewContext) -> list[Component]:
    """A predicted mean, the single sources it is of, and where their numbers were read."""
    study = context.study
    rule = PREDICTIONS[prediction.kind]
    title, lines = names.capital(rule.title), []
    for scale, name in scales(context):
        values = [best.seed_result.normalized.on(scale).value for best in prediction.best]
        there = [value for value in values if math.isfinite(value)]
        lines.append((name, mean(there, prediction.summary.on(scale).mean)))
    return [
        html.H3([title, help_button(rule.help, title)], className="panel-first"),
        means(prediction.summary, context),
        sources(prediction, found.forward.target, study),
        *filled(lines),
        *provenance(prediction, found.forward, study, opened=True),
    ]


def predictions(found: PairDetail, context: ViewContext) -> list[Component]:
    """What single sources predict, and how far the cell is from it."""
    if not found.predictions:
        return []
    study = context.study
    rows: list[list[str | Component]] = []
    for prediction in found.predictions:
        rows.append([PREDICTIONS[prediction.kind].label.lower(), *two(prediction.summary, study)])
        lower = found.forward.target in study.lower_targets
        gaps = shown(prediction.difference, study)
        rows.append(["difference", *(gap(one, lower=lower) for one in gaps)])
    label = captions.method_label(study, found.predictions[0].method)
    return [
        html.H3(["Predicted from single sources", help_button("predicted", "predicted")]),
        table(
            f"From {label}; difference: reached − predicted, 95 % over seeds",
            ("", *heads(study)),
            rows,
        ),
        *(
            # Where a prediction was asked for, its sources stand at the top.
            []
            if context.view.number in PREDICTIONS
            else [
                sources(found.predictions[0], found.forward.target, study),
                *provenance(found.predictions[0], found.forward, study, opened=False),
            ]
        ),
    ]
