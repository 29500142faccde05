"""Everything known of a task or a training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.errors import AtlasError
from core.evaluations import Split
from core.study import Study
from dashboard.details.blocks import colored, heads, or_least, place, table, where
from dashboard.figures.parts.cell_hover import source_key
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, numbers
from dashboard.ui import facts
from dashboard.ui.columns import column_fact
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    from core.analyses.details.cell import CellSummary
    from core.analyses.details.task import BasePerformance, TaskDetail, TrainedRun


RUNS_SHOWN = 60


# -- a task, or a training set ---------------------------------------------------------------------


def about_task(app_context: AppContext, context: ViewContext) -> list[Component]:
    """Everything known of the selected task or training set."""
    study = context.study
    query, detail = context.view.detail_query(study)
    told = app_context.fetch(analyses.TASK, study, query, detail)
    note = captions.instead_note(study, query.method, context.view.method)
    label = captions.method_label(study, told.method)
    single = len(told.sources) == 1
    return [
        where(label, captions.evaluated_at(study, query.checkpoint), _measured(told, study)),
        *([html.P(note, className="note")] if note and single else []),
        *(_sums(app_context, context, told.sources[0]) if single else []),
        *_exchanges(
            "As source, on" if study.is_raw else "Gives to",
            [
                ([source_key(told.sources), given.target], given.target, given.reached)
                for given in told.outgoing
            ],
            study,
        ),
        *_exchanges(
            "As target, from" if study.is_raw else "Learns from",
            [
                ([source_key(gets.sources), told.sources[0]], gets.sources[0], gets)
                for gets in told.incoming
            ],
            study,
        ),
        *_standings(told.bases, told.unit),
        *_runs(told.runs, study),
    ]


def _measured(told: TaskDetail, study: Study) -> str:
    """How the task is measured; a training set has several measures."""
    if study.has_given_scores or len(told.sources) > 1:
        return ""
    return f"{told.metric.label}{f' in {numbers.unit_text(told.unit)}' if told.unit else ''}"


def _sums(app_context: AppContext, context: ViewContext, task: str) -> list[Component]:
    """Given, received, net; nothing of a task that is left out of the balance."""
    try:
        balance = app_context.fetch(
            analyses.BALANCE, context.study, context.view.pairs_query(context.study)
        )
    except AtlasError:
        return []
    found = next((row for row in balance.rows if row.sums.task == task), None)
    if found is None or found.sums.net != found.sums.net:
        return [
            html.P(
                "Not in the balance: it is left out, or not both source and target.",
                className="quiet",
            )
        ]
    over = numbers.counted(len(balance.tasks), "task")
    scale = captions.scale_text(context.study, context.view.scale)
    said = f"Sums over the other tasks, {over} in all, {scale}."
    if context.study.is_raw:
        said += " They mostly say how hard the targets are; the effects do not."
    return [
        facts.facts(*[column_fact(column, found) for column in balance.columns()[1:]]),
        html.P(said, className="panel-said quiet"),
    ]


def _exchanges(
    title: str, rows: Sequence[tuple[list[str], str, CellSummary]], study: Study
) -> list[Component]:
    """Pairs with the strongest first; what harms on the strict scale is red.

    Of scores as they were given the best first, without colour.
    """
    if not rows:
        return []
    lower = study.lower_targets

    def strength(row: tuple[list[str], str, CellSummary]) -> float:
        turned = -1.0 if row[0][1] in lower else 1.0
        summary = row[2].summary
        return or_least(turned * summary.strict.mean, turned * summary.published.mean)

    strongest = sorted(rows, key=strength, reverse=True)
    shown = [
        [facts.select_button(pair, name), *colored(beside, study)]
        for pair, name, beside in strongest
    ]
    return [html.H3(title), table("Means over seeds", ("", *heads(study)), shown)]


def _standings(standings: Sequence[BasePerformance], unit: str) -> list[Component]:
    """The two ends of the scale: what each base reaches on the task."""
    if not standings:
        return []
    named = f" ({numbers.unit_text(unit)})" if unit else ""
    return [
        html.H3(["Standard performance", help_button("baselines", "base and reference")]),
        table(
            f"What each base reaches{named}, its last checkpoint",
            ("Base", Split.STANDARD.value, Split.SHIFTED.value),
            [
                [
                    html.Span(one.base, title=f"{place(one.standard)}; {place(one.shifted)}"),
                    numbers.number(one.standard.value),
                    numbers.number(one.shifted.value),
                ]
                for one in standings
            ],
        ),
    ]


def _runs(runs: Sequence[TrainedRun], study: Study) -> list[Component]:
    """Every run trained on exactly this, of all methods."""
    if not runs or study.has_given_scores:
        return []
    labels = {method.name: method.label for method in study.methods}
    more = len(runs) - RUNS_SHOWN
    return [
        html.Details(
            className="seed",
            children=[
                html.Summary(f"Its {numbers.counted(len(runs), 'run')}"),
                table(
                    "Trained on exactly this" + (f"; the first {RUNS_SHOWN}" if more > 0 else ""),
                    ("Run", "Method", "Seed"),
                    [
                        [
                            html.Span(
                                run.run + (" (failed)" if run.failed else ""),
                                title=f"from {run.base}" if run.base else "a base",
                            ),
                            labels.get(run.method, run.method),
                            str(run.seed),
                        ]
                        for run in runs[:RUNS_SHOWN]
                    ],
                ),
            ],
        )
    ]
