"""Compare: one method against another on the training sets both have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.analyses.query import default_opponent
from core.numerics.clustering import Order
from core.study import Study
from core.transfer.table import matrix_table, measure_of
from dashboard.figures import comparison as figures
from dashboard.figures.parts.color_limits import shared_limits
from dashboard.figures.parts.density import BINNED_FROM, FARTHEST
from dashboard.figures.transfer import figure_size, group_heatmap, transfer_heatmap
from dashboard.pages import compare_studies
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, names, numbers
from dashboard.text.findings.comparison import (
    comparison_finding,
    contrast_finding,
    fixed_cells,
    labels,
    leads_finding,
    methods_of,
)
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.help import help_button
from dashboard.ui.ids import Id, part
from dashboard.ui.matrix_order import hidden_text, matrix_order
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.comparison import Comparison, PresenceContrast
    from core.transfer.cell_means import CellMean
    from core.transfer.matrix import TransferMatrix

NAME = "compare"
SCATTER, MATRIX, HISTOGRAM = (part(NAME, name) for name in ("scatter", "matrix", "histogram"))
CARDS = (SCATTER, MATRIX, HISTOGRAM)
CONTRASTS = part(NAME, "contrasts")
TWO_LINES, ABOVE_MATRIX = 155, 84
"""Characters of a sentence on a screen of 1440 pixels; above a matrix at least."""
FIGURE_INPUT = FigureInput(
    NAME,
    (*EVERYWHERE, Key.AGAINST, Key.BESIDE, Key.SPLIT, Key.ORDER, Key.NOT_SOURCE, Key.NOT_TARGET),
)


def layout() -> Component:
    """Scatter and matrix side by side; the histogram and every task's difference below."""
    return html.Div(
        [
            facts.first_hint(
                "Each point is a training set on a target. Above the diagonal the first method is"
                " higher.",
                "compare",
                "comparing two methods",
            ),
            html.Div(
                className="cards cards-compare",
                children=[
                    card.card(SCATTER, loads="one method against the other"),
                    card.card(MATRIX, loads="the matrix of differences", scrolls=True),
                ],
            ),
            fetched.folded(CONTRASTS, "With and without every task, as a table"),
            html.Div(
                className="cards cards-two cards-below",
                children=[card.card(HISTOGRAM, loads="the differences")],
            ),
        ]
    )


def compared(app_context: AppContext, context: ViewContext) -> Comparison | None:
    """The comparison asked for; None where no other method shares a training set, or no cell."""
    if context.view.beside is not None:
        return compare_studies.beside(app_context, context).found.comparison
    query = context.view.comparison(context.study)
    return None if query is None else app_context.fetch(analyses.COMPARISON, context.study, query)


def contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """Scatter, matrix, histogram."""
    if context.view.beside is not None:
        return _two_studies(app_context, context)
    found = compared(app_context, context)
    if found is None:
        return (
            CardContent(message=_alone(context)),
            CardContent(hidden=True),
            CardContent(hidden=True),
        )
    said = partial(captions.matrix_caption, study=context.study, exclude=context.view.exclude)
    return (
        _scatter(found, context),
        _matrix(app_context, found, context, said),
        _histogram(found, context, partial(_caption, found, context)),
    )


def _two_studies(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """The same of a method of another study; its means alone where no cell is in both."""
    two = compare_studies.beside(app_context, context)
    found = two.found.comparison
    if found is None:
        means = compare_studies.means_card(two, context)
        return means, CardContent(hidden=True), CardContent(hidden=True)
    said = partial(compare_studies.caption, two, context, hidden_text(context))
    scatter = CardContent(
        finding=compare_studies.finding(two),
        headline=TWO_LINES,
        more=[compare_studies.means(two)],
        figure=figures.comparison_scatter(found, context.study, context.theme),
        caption=captions.join(said(), _of_many(found)),
        table_of=partial(cells_table, found, context.study),
        every_task=True,
    )
    matrix = _matrix(app_context, found, context, lambda _: compare_studies.caption(two, context))
    return scatter, matrix, _histogram(found, context, said)


def _alone(context: ViewContext) -> Component:
    name = captions.method_label(context.study, context.view.method)
    if len(context.study.tested_methods) < 2:
        return messages.box(
            f"{name} is the only method of this study: there is nothing to compare it with.",
            hint="Open the file again with the rows of another method in it, and choose the column"
            " that names the method."
            if context.opened
            else "Choose a study under Method of another study; or add results of another method"
            " on the same training sets to the files that study.toml names.",
            again=context.opened,
        )
    methods = [method.name for method in context.study.tested_methods]
    if not any(default_opponent(context.study, method) for method in methods):
        return messages.box(
            "No two methods of this study share a training set and a seed.",
            hint="Only equal training sets can be compared.",
        )
    return messages.box(
        f"{name} shares no training set and seed with another method.",
        hint="Choose another method under Controls; only equal training sets can be compared.",
    )


def _scatter(found: Comparison, context: ViewContext) -> CardContent:
    study = context.study
    chosen = []
    if context.view.against is None:
        first, second = labels(found, study)
        chosen = [
            html.P(
                f"{second} stands beside {first} because they share most training sets; choose"
                " another under Against another method.",
                className="note-plain",
            )
        ]
    return CardContent(
        finding=comparison_finding(found, study),
        headline=TWO_LINES,
        more=[*chosen, three_numbers(found, fixed_cells(found, study))],
        figure=figures.comparison_scatter(found, study, context.theme),
        caption=_caption(found, context, _of_many(found)),
        table_of=partial(cells_table, found, study),
        every_task=True,
    )


def _of_many(found: Comparison) -> str:
    """How the scatter draws more cells than there are pixels."""
    if found.overall.cells <= BINNED_FROM:
        return ""
    return f"shaded by how many; points: the {FARTHEST} cells farthest from the diagonal"


def three_numbers(found: Comparison, fixed: int = 0) -> Component:
    """Mean differences over all cells, trained ones and the others, with intervals over seeds.

    fixed: so many of the trained ones are 0 by definition; where all are, nothing is sure of it.
    """
    trained = _spread(found.trained)
    if fixed and fixed == found.trained.cells:
        trained = f"by definition, {numbers.counted(fixed, 'cell')}"
    about = ("intervals", "intervals over seeds")
    three = facts.facts(
        ("All cells", numbers.signed(found.overall.value), _spread(found.overall), about),
        ("Trained", numbers.signed(found.trained.value), trained, ("", "")),
        ("Transfer", numbers.signed(found.transfer.value), _spread(found.transfer), ("", "")),
    )
    return html.Div(three, className="facts-under")


def _spread(mean: CellMean) -> str:
    cells = numbers.counted(mean.cells, "cell")
    ends = numbers.bounds(mean.interval.low, mean.interval.high)
    if ends == numbers.NOTHING:
        return cells
    return captions.join(f"95 % {ends}, {cells}", mean.interval.said_of_clipped)


def _caption(found: Comparison, context: ViewContext, *more: str) -> str:
    study, matrix = context.study, found.difference
    seeds = len(matrix.seeds)
    lacking = found.overall.incomplete
    return captions.join(
        " − ".join(labels(found, study)),
        captions.seeds_of(study, matrix.method, matrix.seeds, matrix.other),
        captions.one_base_text(matrix.seeds_of_one_base)
        or (
            "intervals over seeds, tasks held fixed"
            if seeds > 1
            else f"{'one seed, so ' if study.names_seeds else ''}no interval"
        ),
        captions.scale_text(study, matrix.scale),
        captions.evaluated_at(study, matrix.checkpoint),
        captions.own_steps_text(study, methods_of(found), matrix.seeds, matrix.checkpoint),
        f"n = {numbers.counted(found.overall.cells, 'cell')} of"
        f" {numbers.counted(len(matrix.sources), 'training set')}",
        f"{numbers.counted(lacking, 'cell')} without all seeds" if lacking else "",
        captions.tasks_kept(study, context.view.exclude),
        hidden_text(context),
        *more,
        captions.digest_text(study),
    )


def _matrix(
    app_context: AppContext,
    found: Comparison,
    context: ViewContext,
    said: Callable[[TransferMatrix], str],
) -> CardContent:
    study = context.study
    shown = matrix_order(app_context, context, found.difference)
    matrix = shown.of(found.difference)
    called = dict(zip(methods_of(found), labels(found, study), strict=True))
    limits = shared_limits([found.difference], study)
    if context.view.order is Order.GROUPS:
        figure, size = group_heatmap(matrix, study, context.theme)
    else:
        figure = transfer_heatmap(matrix, study, context.theme, limits=limits)
        size = figure_size(matrix, study)
    return CardContent(
        finding=leads_finding(found, study),
        headline=max(ABOVE_MATRIX, card.two_lines(size[0])),
        above=html.Div(
            [names.kind_in_words(matrix, called), help_button("versus", "versus")],
            className="figure-title as-named",
        ),
        figure=figure,
        size=size,
        caption=captions.join(said(matrix), *shown.notes),
        table_of=partial(cells_table, found, study),
        every_task=True,
    )


def _histogram(found: Comparison, context: ViewContext, said: Callable[..., str]) -> CardContent:
    tasks = len(found.contrasts)
    why = (
        f"shown is the task that parts them furthest{_widened(tasks)}; choose another under With"
        " and without"
        if found.split_by_default
        else ""
    )
    return CardContent(
        finding=contrast_finding(found),
        headline=TWO_LINES,
        above=html.Div(
            ["differences with and without a task", help_button("split", "with and without")],
            className="figure-title",
        ),
        figure=figures.difference_histogram(found, context.study, context.theme),
        caption=said(
            "cells share runs and targets, so they are not independent: no test is made of them",
            why,
        ),
        table_of=partial(histogram_table, found),
        every_task=True,
    )


def _widened(tasks: int) -> str:
    """That the interval of the task that was picked allows for those it was picked from."""
    return f" of {tasks}, its interval widened for that (Bonferroni)" if tasks > 1 else ""


def cells_table(found: Comparison, study: Study) -> pd.DataFrame:
    """Every cell with both values and their difference."""
    table = matrix_table(found.difference, study)
    at = list(table.columns).index("target was trained on")
    for name, values in zip(labels(found, study), (found.first, found.second), strict=True):
        at += 1
        table.insert(at, f"{name} ({measure_of(study)})", values.ravel(), allow_duplicates=True)
    return table


def histogram_table(found: Comparison) -> pd.DataFrame:
    """Bins and how many cells are in each, with and without the splitting task."""
    import pandas as pd

    histogram = found.histogram
    name = found.split_task or ""
    counts = {
        f"cells with {name}": histogram.with_task,
        f"cells without {name}": histogram.without_task,
    }
    return pd.DataFrame(
        {
            "difference from": histogram.edges[:-1],
            "to": histogram.edges[1:],
            **(counts if name else {"cells": histogram.without_task}),
        }
    )


def contrasts_table(app_context: AppContext, context: ViewContext) -> Component | None:
    """Every task: mean difference with it, without it, and how far they are apart."""
    from core.analyses.comparison import CONTRAST_COLUMNS

    found, study = compared(app_context, context), context.study
    if found is None:
        return None
    if not found.contrasts:
        return html.P("No task is in some of the training sets and not in others.")
    return fetched.framed(
        label="Mean differences with and without each task",
        table=column_table(
            "Mean differences with and without each task in the training set, how many cells, and"
            " their distance with its 95 % interval over seeds, of each task by itself.",
            CONTRAST_COLUMNS[1:],
            found.contrasts,
            named=partial(_contrast_name, found, study),
            corner=CONTRAST_COLUMNS[0].title,
        ),
    )


def _contrast_name(
    found: Comparison, study: Study, contrast: PresenceContrast
) -> list[Component | str]:
    shown = contrast.task == found.split_task
    return [
        html.Strong(contrast.task) if shown else contrast.task,
        *facts.label_beside(study.task(contrast.task)),
        *([html.Span("shown", className="option-hint")] if shown else []),
    ]


PAGE = Page(
    name=NAME,
    title="Compare",
    keywords=("against", "better", "versus", "difference", "methods"),
    layout=layout,
    stays=True,
    cards=(CardGroup(CARDS, contents, FIGURE_INPUT),),
    fetched=(FetchedHtml(CONTRASTS, FIGURE_INPUT.keys, contrasts_table),),
    groups=(*SHARED, Id.AGAINST, Id.BESIDE, Id.SPLIT, Id.ORDER, Id.SOURCES_OUT, Id.TARGETS_OUT),
    pairs=False,
)
