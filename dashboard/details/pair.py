"""Everything known of a training set and a target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.study import Study, ValueScale
from dashboard.details.blocks import (
    both,
    gap,
    heads,
    interval,
    means,
    role,
    shown,
    spark,
    table,
    two,
    where,
)
from dashboard.details.prediction import headline, predictions
from dashboard.details.provenance import doubts, seed_details, seed_table
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.parts.sparkline import SparklineSeries
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.ui import facts
from dashboard.ui.card import Children
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import data

if TYPE_CHECKING:
    from core.analyses.details.cell import CellDetail, CellSummary, ShrunkenCell
    from core.analyses.details.pair import PairDetail


BESIDE_SHOWN = 12


@dataclass(frozen=True)
class PanelPart:
    """One part of the panel: what is selected, in words, and what is told of it.

    number: which number of it comes first; where that changes, the panel is at its top again.
    """

    title: str
    body: Children = None
    number: str = ""

    def component(self) -> Component:
        """For the browser: an element that says in `data-…` what of it is no text of the body."""
        return html.Div(self.body, **data(title=self.title, number=self.number))


# -- a pair ------------------------------------------------------------------------------------


def about_pair(app_context: AppContext, context: ViewContext) -> list[Component]:
    """Everything known of the selected training set and target."""
    study = context.study
    query, detail = context.view.detail_query(study)
    found = app_context.fetch(analyses.PAIR, study, query, detail)
    cell = found.forward
    label = captions.method_label(study, cell.method)
    note = captions.instead_note(study, query.method, context.view.method)
    if len(cell.sources) > 1 and query.method != context.view.method:
        note = (
            f"{captions.method_label(study, context.view.method)} has no run trained on this set:"
            f" shown is {label}."
        )
    asked_first, gone = headline(found, context)
    return [
        where(
            label,
            captions.evaluated_at(study, query.checkpoint),
            role(cell) if not study.has_given_scores else "",
        ),
        *(html.P(text, className="note") for text in (note, gone) if text),
        *asked_first,
        *([html.H3(f"Actual: {label}")] if asked_first else []),
        *_direction(cell, context),
        *_subtracted(found, context),
        *predictions(found, context),
        *_without_luck(found, context),
        *_beside("Its tasks alone", found.single_sources, cell.target, study),
        *_way_back(found, study),
        *_given(found),
        *_curve(cell, context),
        *_beside("Other methods", found.other_methods, cell.target, study, by_method=True),
    ]


def _direction(cell: CellDetail, context: ViewContext) -> list[Component]:
    """What a method reached: its means, every seed, and where each number was read."""
    study = context.study
    return [
        means(cell.summary, context),
        *doubts(cell, study),
        seed_table(cell, study),
        *[seed_details(cell, seed, study, first=at == 0) for at, seed in enumerate(cell.seeds)],
    ]


def _without_luck(found: PairDetail, context: ViewContext) -> list[Component]:
    """What was measured and what is left of it when luck is taken off, side by side."""
    study, left = context.study, found.shrunken
    if study.is_raw:
        return []
    title = html.H3(["Without luck", help_button("shrunken", "what is left without luck")])
    if left.published.why or not math.isfinite(left.strict.mean + left.published.mean):
        why = left.published.why or left.strict.why or "there is nothing to compare it with"
        return [title, html.P(f"Luck cannot be told here: {why}.", className="quiet")]
    sides = shown(left, study)
    measured = shown(found.forward.summary, study)
    return [
        title,
        table(
            "Mean over seeds, 95 % in brackets",
            ("", *heads(study)),
            [
                ["measured", *(interval(one.mean, one.low, one.high) for one in measured)],
                ["what is left", *(interval(one.mean, one.low, one.high) for one in sides)],
                ["chance of a wrong sign", *(_chance(one.false_sign_rate) for one in sides)],
            ],
        ),
        html.P(_why_they_differ(left.on(context.view.scale)), className="quiet"),
    ]


def _chance(rate: float) -> str:
    """`< 0.001`, `0.03`."""
    return numbers.p_value(rate, "").replace(" = ", "").strip()


def _why_they_differ(left: ShrunkenCell) -> str:
    return (
        f"They differ because cells like this one are at {numbers.number(left.prior)} and single"
        f" seeds spread by {numbers.number(left.sd)}: the more they spread, the more is luck."
    )


def _subtracted(found: PairDetail, context: ViewContext) -> list[Component]:
    """The method that was subtracted, told as fully as the one it was subtracted from."""
    if found.other is None:
        return []
    label = captions.method_label(context.study, found.other.method)
    return [html.H3(f"Actual: {label}"), *_direction(found.other, context)]


def _curve(cell: CellDetail, context: ViewContext) -> list[Component]:
    """Transfer over the checkpoints of fine-tuning."""
    steps = cell.curve.steps.tolist()
    if len(steps) < 2:
        return []
    scale = context.view.scale
    mean = SparklineSeries(cell.curve.mean(scale))
    lines = [
        *(SparklineSeries(values, quiet=True) for values in cell.curve.values.on(scale)),
        mean,
    ]
    shown = context.view.checkpoint
    counts = cell.curve.seeds.tolist()
    uneven = len(set(counts)) > 1
    what = (
        "Score"
        if context.study.has_given_scores
        else f"Normalized improvement, {scale.value} scale,"
    )
    return [
        html.H3("Over fine-tuning"),
        *spark(
            f"{what} at each checkpoint; thin: every seed"
            + ("; not every point is of the same seeds" if uneven else ""),
            steps,
            [
                f"{step:,}" + (f" ({numbers.counted(n, 'seed')})" if uneven else "")
                for step, n in zip(steps, counts, strict=True)
            ],
            lines,
            context,
            within=(0.0, 1.0) if context.study.value_scale is ValueScale.NORMALIZED else None,
            # Where seeds end at different steps their last ones are no point of this line.
            here=(None if uneven else steps[-1]) if shown == "last" else float(shown),
        ),
    ]


def _way_back(found: PairDetail, study: Study) -> list[Component]:
    """Y→X and the asymmetry."""
    back, asymmetry = found.reverse, found.asymmetry
    if back is None or asymmetry is None:
        return []
    lower = back.target in study.lower_targets
    return [
        html.H3(
            facts.select_button(
                [source_key(back.sources), back.target], names.in_words(back.sources, back.target)
            )
        ),
        table(
            "The other way; asymmetry: this way minus the other, 95 % over seeds",
            ("", *heads(study)),
            [
                ["mean", *two(back.summary, study)],
                *[
                    [f"seed {seed.seed}", *both(seed.normalized, study)]
                    for seed in (back.seeds if study.names_seeds else ())
                ],
                ["asymmetry", *[gap(one, lower=lower) for one in shown(asymmetry, study)]],
            ],
        ),
        *_no_interval(found),
    ]


def _no_interval(found: PairDetail) -> list[Component]:
    """Why the asymmetry has no interval although each way has one; nothing where it has."""
    back, asymmetry = found.reverse, found.asymmetry
    if back is None or asymmetry is None or math.isfinite(asymmetry.published.low):
        return []
    ways = [
        {seed.seed for seed in way.seeds if math.isfinite(seed.normalized.published.value)}
        for way in (found.forward, back)
    ]
    if min(map(len, ways)) < 2 or ways[0] == ways[1]:
        return []
    alone = ", ".join(str(seed) for seed in sorted(ways[0] ^ ways[1]))
    which = "seed" if len(ways[0] ^ ways[1]) == 1 else "seeds"
    text = f"The asymmetry has no interval: only one of the two ways has {which} {alone}."
    return [html.P(text, className="quiet")]


def _given(found: PairDetail) -> list[Component]:
    """What predictors of the manifest say of the pair, and of the way back."""
    if not found.given:
        return []
    rows: list[list[str | Component]] = [
        [
            one.label
            + ("" if one.layer is None else f", layer {one.layer}")
            + ("" if one.higher_is_better else " (lower is better)"),
            numbers.number(one.forward),
            numbers.number(one.reverse) if one.directed else "the same",
        ]
        for one in found.given
    ]
    return [
        html.H3(["Predictors", help_button("predictor", "predictors")]),
        table("What was known in advance", ("", "this way", "the other way"), rows),
    ]


def _beside(
    title: str, cells: Sequence[CellSummary], target: str, study: Study, *, by_method: bool = False
) -> list[Component]:
    if not cells:
        return []
    rows: list[list[str | Component]] = []
    for cell in cells[:BESIDE_SHOWN]:
        label = captions.method_label(study, cell.method)
        name: str | Component = label
        if not by_method:
            name = html.Span(
                [
                    facts.select_button(
                        [source_key(cell.sources), target], names.sources_in_words(cell.sources)
                    ),
                    html.Span(f" {label}", className="quiet"),
                ]
            )
        rows.append([name, *two(cell.summary, study)])
    return [html.H3(title), table("Means over seeds", ("", *heads(study)), rows)]
