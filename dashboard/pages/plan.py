"""Plan: which tasks to train on, and what to run next."""

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
from core.transfer.table import measure_of
from dashboard.figures import plan as figures
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, names, numbers
from dashboard.text.findings.plan import (
    how_found,
    next_finding,
    plan_finding,
    trained_text,
    values_text,
)
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.planning.next_experiment import NextExperiment
    from core.analyses.planning.plan import Plan, PlanSizes

NAME = "plan"
SIZES, WHO, NEXT = (part(NAME, name) for name in ("sizes", "who", "next"))
NEXT_TABLE, NEXT_OPENER = part(NEXT, "table"), part(NEXT, "opener")
TWO_LINES = 155
"""Characters of a sentence above the plan on a screen of 1440 pixels."""
KEYS = (*EVERYWHERE, Key.INCLUDE, Key.SOURCES, Key.GOAL, Key.COVER, Key.BUDGET)
FIGURE_INPUT = FigureInput(NAME, KEYS)
NEXT_INPUT = FigureInput(NEXT, KEYS)


def layout() -> Component:
    """The plan as a curve and a matrix; the next experiment folded below."""
    return html.Div(
        [
            facts.first_hint(
                # One line beside the panel, too; the caption says what is outlined.
                "Choose under Controls how many tasks to train on and what they are to cover.",
                "plan",
                "planning",
            ),
            html.Div(
                className="cards cards-compare",
                children=[
                    card.card(SIZES, loads="the plan"),
                    card.card(WHO, loads="who covers whom", scrolls=True),
                ],
            ),
            card.folded(
                "The next experiment: which run more would change the plan most",
                [
                    html.Div(
                        className="cards-column cards-column-wide",
                        children=[
                            card.card(NEXT, loads="the next experiment", wide=True),
                            fetched.folded(NEXT_TABLE, "These runs as a table"),
                        ],
                    )
                ],
                opener=NEXT_OPENER,
            ),
        ]
    )


def _plan(app_context: AppContext, context: ViewContext) -> Plan:
    study, view = context.study, context.view
    return app_context.fetch(analyses.PLAN, study, view.pairs_query(study), view.plan_query(study))


def contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """Coverage by size with the chosen set, and who covers whom; or why there is no plan."""
    from core.analyses.planning.plan import SIZE_COLUMNS

    study, view = context.study, context.view
    try:
        plan = _plan(app_context, context)
    except RequestError as reason:
        return CardContent(message=_no_plan(reason)), CardContent(hidden=True)
    sizes = app_context.fetch(
        analyses.PLAN_SIZES, study, view.pairs_query(study), view.plan_query(study)
    )
    note = captions.instead_note(study, plan.method, view.method)
    really = [
        html.P(trained_text(plan, one, study), className="note-plain") for one in plan.trained
    ]
    drawn, size = figures.who_covers_whom(plan, study, context.theme)
    every, few = len(plan.targets), len(figures.shown_targets(plan))
    return (
        CardContent(
            finding=plan_finding(plan, study),
            headline=TWO_LINES,
            above=[*([html.P(note, className="note")] if note else []), *really],
            figure=figures.sizes_figure(sizes, plan, study, context.theme),
            caption=_caption(plan, context),
            table_of=partial(frame_of, SIZE_COLUMNS, _as_given(sizes, plan)),
        ),
        CardContent(
            finding=f"Who covers whom: the {few} of {every:,} targets covered worst"
            if few < every
            else "Who covers whom",
            figure=drawn,
            size=size,
            caption=captions.join(
                "outlined: the best chosen source of a target",
                _caption(plan, context),
            ),
            table_of=partial(cells_table, plan, measure_of(study)),
        ),
    )


def _no_plan(reason: RequestError) -> Component:
    return messages.box(
        f"{names.capital(str(reason))}.",
        hint="A plan needs runs on single tasks with a value on what is to be covered.",
    )


def _as_given(sizes: PlanSizes, plan: Plan) -> Sequence[object]:
    """Rows with coverages as values are written."""
    from core.analyses.planning.plan import as_given

    sign = as_given(1.0, plan.targets, plan.lower_targets)
    return [
        replace(one, coverage=sign * one.coverage, at_most=sign * one.at_most)
        for one in sizes.plans
    ]


def _caption(plan: Plan, context: ViewContext) -> str:
    study = context.study
    tasks = {*plan.sources, *plan.targets}
    return captions.join(
        how_found(plan),
        values_text(plan),
        captions.method_label(study, plan.method),
        captions.seeds_of(study, plan.method, plan.seeds),
        captions.scale_text(study, context.view.scale),
        f"{numbers.counted(plan.clipped, 'value')} of {plan.values_read:,} cut to the scale"
        if plan.clipped
        else "",
        captions.evaluated_at(study, context.view.checkpoint),
        f"{numbers.counted(len(plan.targets), 'target')}, a task covers itself if it is trained on",
        "" if len(context.view.plan_targets) else captions.tasks_left_out(study, sorted(tasks)),
        captions.digest_text(study),
    )


def cells_table(plan: Plan, measure: str) -> pd.DataFrame:
    """A row for each chosen source and target: the value planned on, and who covers it."""
    import pandas as pd

    from core.analyses.planning.plan import as_given

    return pd.DataFrame(
        [
            {
                "source": source,
                "target": covered.target,
                f"{measure}{', shrunken' if plan.shrunken else ''}": as_given(
                    float(plan.values[i, j]), [covered.target], plan.lower_targets
                ),
                "covers the target": covered.source == source,
                "chosen with a seed left out": plan.steadiness(source),
            }
            for i, source in enumerate(plan.sources)
            for j, covered in enumerate(plan.per_target)
        ]
    )


# -- next --------------------------------------------------------------------------------------


def _next(app_context: AppContext, context: ViewContext) -> NextExperiment:
    study, view = context.study, context.view
    return app_context.fetch(
        analyses.NEXT_EXPERIMENT, study, view.pairs_query(study), view.plan_query(study)
    )


def next_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The runs that are worth most, or why there is nothing to say."""
    from core.analyses.planning.next_experiment import EXPERIMENT_COLUMNS

    try:
        found = _next(app_context, context)
    except RequestError:
        # The card above says why.
        return [CardContent(hidden=True)]
    if not found.cells:
        return [CardContent(message=messages.box(next_finding(found), hint=_hint(found)))]
    return [
        CardContent(
            finding=next_finding(found),
            headline=TWO_LINES,
            figure=figures.next_bars(found, context.theme),
            caption=captions.join(
                "one seed more of a cell, the plan made again with what would be believed then",
                f"{numbers.counted(found.draws, 'draw')} from the posterior of each of"
                f" {found.of:,} cells, Student’s t",
                "all sets tried again"
                if found.every
                else "only sets that differ in one source tried again: worth at least so much",
                captions.method_label(context.study, found.method),
                captions.digest_text(context.study),
            ),
            table_of=partial(frame_of, EXPERIMENT_COLUMNS, found.cells),
        )
    ]


def _hint(found: NextExperiment) -> str:
    if found.why:
        return "Run the single tasks again with another seed and a base of its own."
    return "Try other targets or another number of tasks."


def next_table(app_context: AppContext, context: ViewContext) -> Component:
    """The same as a table whose pairs are buttons."""
    from core.analyses.planning.next_experiment import EXPERIMENT_COLUMNS

    found = _next(app_context, context)
    if not found.cells:
        return html.P(next_finding(found))
    return fetched.framed(
        label="The next runs as a table",
        table=column_table(
            "What one run more of a cell is worth to the plan",
            EXPERIMENT_COLUMNS[2:],
            found.cells,
            named=lambda one: facts.select_button(
                [one.source, one.target], names.in_words(one.source, one.target)
            ),
            corner="Run",
        ),
    )


PAGE = Page(
    name=NAME,
    title="Plan",
    keywords=("sources", "next", "budget", "choose"),
    layout=layout,
    cards=(
        CardGroup((SIZES, WHO), contents, FIGURE_INPUT),
        CardGroup((NEXT,), next_contents, NEXT_INPUT, NEXT_OPENER),
    ),
    fetched=(FetchedHtml(NEXT_TABLE, KEYS, next_table),),
    single_sources=True,
    groups=(*SHARED, Id.PLAN_SIZE, Id.PLAN_GOAL, Id.PLAN_TARGETS, Id.PLAN_BUDGET),
)
