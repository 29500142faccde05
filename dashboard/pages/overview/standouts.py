"""The three lists: gifts, harms and surprises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core.analyses.columns import frame_of
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.parts.cell_hover import source_key
from dashboard.state.context import ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.overview import (
    pairs_finding,
    size_of,
    standout_brief,
    standout_text,
    surprises_finding,
)
from dashboard.ui import facts, messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import data

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.overview import Overview
    from core.analyses.standouts import NotableCell, Standouts

TWO_LINES = 80
"""Characters of a sentence above one of three lists side by side."""
AT_FIRST_SIGHT = 1
"""How many of a list stand on the page; the others are one click away."""


def _left_out(context: ViewContext) -> str:
    """Tasks that cannot stand out; their reasons stand beside them on the left."""
    shown = context.view.shown_tasks(context.study)
    gone = [t.name for t in context.study.tasks if t.name not in shown]
    return f"without {', '.join(gone)}" if gone else ""


def _how_to_say_zero(study: Study, *, opened: bool) -> str:
    """What brings a zero: of targets that lack it alone, rows or names that are right."""
    if study.lacking_zero:
        then = ", and open the file again." if opened else ", or write zero under its [tasks.…]."
        return f"Correct the name, if it is mistyped, or add its row of the reference{then}"
    likely = study.untrained[:1]
    if opened:
        such = [f" If it is {name}, that is source:{name}." for name in likely]
        return "".join(["Open the file again to say it as zero.", *such])
    such = [f' If it is {name}, that is zero = "source:{name}".' for name in likely]
    return "".join(["Write it as [scale] zero into study.toml.", *such])


def strongest_card(found: Overview, context: ViewContext, *, harm: bool) -> CardContent:
    """Gifts, or harms: the pairs whose transfer is largest, or lowest."""
    study = context.study
    told = found.losses if harm else found.gains
    if study.is_raw:
        if harm:
            return CardContent(hidden=True)
        return CardContent(
            message=messages.box(
                pairs_finding(found, study, harm=False),
                hint=_how_to_say_zero(study, opened=context.opened)
                + " Who teaches best is told on Balance, by giver effects.",
                again=context.opened,
            )
        )
    if not found.picked_from:
        if harm:
            return CardContent(hidden=True)
        return CardContent(
            message=messages.box(
                pairs_finding(found, study, harm=False),
                hint="Tick more tasks under Controls; what of the data is missing stands below."
                if found.single_source_methods
                else "Add runs fine-tuned on a single task to see what each task gives.",
            )
        )
    scale = "given scores" if study.has_given_scores else "strict scale"
    return CardContent(
        finding=pairs_finding(found, study, harm=harm),
        headline=TWO_LINES,
        above=_standouts(told, study, "Harms" if harm else "Gifts"),
        caption=captions.join(
            f"{scale}",
            "a pair several methods have stands once, with the one in which it is"
            f" {'worst' if harm else 'largest'}"
            if len(found.single_source_methods) > 1
            else "",
            _how_picked(told),
            _left_out(context),
        ),
        table_of=partial(_standouts_table, told.cells, study),
    )


def surprises_card(found: Overview, context: ViewContext) -> CardContent:
    """Where training on several tasks reached what no prediction said."""
    study = context.study
    if not study.has_several_sources:
        return CardContent(hidden=True)
    if not found.predicted_methods:
        return CardContent(
            message=messages.box(
                "No method of this study is predicted by another, so there are no surprises.",
                hint=captions.no_predicted_from(opened=context.opened)
                + ": its best source then predicts what training on several tasks reaches.",
            )
        )
    if not found.predicted_cells:
        return CardContent(message=messages.box(surprises_finding(found, study)))
    return CardContent(
        finding=surprises_finding(found, study),
        headline=TWO_LINES,
        above=_standouts(found.largest_residuals, study, "Surprises"),
        caption=captions.join(
            "actual − predicted by the best single source of this seed"
            if found.largest_residuals.order_only
            else "actual − cross-fitted prediction",
            _how_picked(found.largest_residuals),
            f"of {numbers.counted(found.predicted_cells, 'cell')}"
            f" of {names.joined(captions.method_label(study, m) for m in found.predicted_methods)}",
            captions.scale_text(study, found.scale),
            captions.evaluated_at(study, found.checkpoint),
            _left_out(context),
        ),
        table_of=partial(_standouts_table, found.largest_residuals.cells, study),
    )


def _how_picked(told: Standouts) -> str:
    """By what the cells of a list were picked."""
    if told.order_only:
        # The sentence above says so.
        return ""
    return "numbers are what is left when luck is taken off; signs wrong with at most 5 %"


def _standouts(told: Standouts, study: Study, title: str) -> Component | None:
    if not told.cells:
        return None
    heading = f"{title}, {'in order' if told.order_only else 'without luck'}"
    items = [_item(standout, study) for standout in told.cells]
    first, others = items[:AT_FIRST_SIGHT], items[AT_FIRST_SIGHT:]
    more = html.Details(
        [
            html.Summary(f"{len(others):,} more", className="details-word"),
            html.Ol(others, className="standouts", start=str(AT_FIRST_SIGHT + 1)),
        ]
    )
    return html.Div(
        [
            html.Div([heading, help_button("standouts", title.lower())], className="figure-title"),
            html.Ol(first, className="standouts"),
            *([more] if others else []),
        ]
    )


def _item(standout: NotableCell, study: Study) -> Component:
    """A button that selects the pair, its value, and what stands behind it."""
    size = size_of(standout)
    more_is_better = standout.target not in study.lower_targets
    sign = "better" if (size > 0) is more_is_better else "worse"
    notes = [standout_text(standout, study)]
    if standout.trained:
        notes.append("trained")
    if math.isfinite(standout.against_best) and math.isfinite(standout.shrunken):
        notes.append(f"{numbers.signed(standout.against_best)} from each seed's best source")
    return html.Li(
        [
            html.Span(numbers.signed_decimals(size), className=f"standout-value {sign}"),
            html.Div(
                [
                    facts.select_button(
                        [source_key(standout.sources), standout.target],
                        names.in_words(standout.sources, standout.target),
                    ),
                    html.Span(
                        standout_brief(standout, study),
                        className="quiet",
                        title=", ".join(notes),
                    ),
                ]
            ),
        ],
        # overview.js: the pair is shown with the method it stands out in.
        **data(method=standout.method),
    )


def _standouts_table(shown: Sequence[NotableCell], study: Study) -> pd.DataFrame:
    from core.analyses.standouts import standout_columns

    labelled = [replace(cell, method=captions.method_label(study, cell.method)) for cell in shown]
    return frame_of(standout_columns(shown, measure_of(study)), labelled)
