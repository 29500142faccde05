"""Teachers: why some tasks teach and others learn, against everything known of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.analyses.columns import frame_of
from core.study import Study
from dashboard.figures.covariates import covariate_scatters, figure_size
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, names, numbers
from dashboard.text.findings.covariates import (
    chance_note,
    covariates_finding,
    permutations_text,
)
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_cell, column_head, column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.group_key import GroupKey
from dashboard.ui.ids import Id, part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.columns import Column
    from core.analyses.covariates import CovariateTest, CovariateTests
    from core.analyses.task_covariates import Covariate

NAME = "teachers"
SCATTERS, TESTS = part(NAME, "scatters"), part(NAME, "tests")
TABLES = part(NAME, "tables")
FIGURE_INPUT = FigureInput(NAME, (*EVERYWHERE, Key.INCLUDE, Key.LAYER, Key.CKA_AT))


def layout() -> Component:
    """The scatters, then every test and every value as a table."""
    return html.Div(
        [
            facts.first_hint(
                "What is known of the tasks, against how they do as source and as target."
                " Several tests are made at once: read p after Holm.",
                "holm",
                "p after Holm",
            ),
            html.Div(
                className="cards",
                children=[card.card(SCATTERS, loads="what is known of the tasks", scrolls=True)],
            ),
            fetched.folded(TABLES, "Every test and every value as tables"),
        ]
    )


def _result(app_context: AppContext, context: ViewContext) -> CovariateTests:
    return app_context.fetch(
        analyses.COVARIATES,
        context.study,
        context.view.pairs_query(context.study),
        context.view.similarity_query,
    )


def _content(result: CovariateTests, context: ViewContext) -> CardContent:
    study = context.study
    note = captions.instead_note(study, result.method, context.view.method)
    above: list[Component] = [html.P(note, className="note")] if note else []
    if _warns(result):
        above.append(html.P(chance_note(result), className="note"))
    if not result.shown:
        return CardContent(
            finding=covariates_finding(result),
            above=above,
            message=messages.box(
                # What is missing the finding says.
                "A file alone says nothing of the tasks themselves; python -m core init FILE,"
                " on the command line, writes a study.toml where [tasks.<name>.covariates] does."
                if context.opened
                else "Write what you know of a task as numbers under [tasks.<name>.covariates] in"
                " study.toml, or add evaluations over checkpoints and representations.",
            ),
            table_of=partial(values_table, result),
        )
    return CardContent(
        finding=covariates_finding(result),
        above=above,
        key=GroupKey(study.tasks),
        figure=covariate_scatters(result, study, context.theme),
        size=figure_size(result, context.theme),
        caption=_caption(result, context),
        table_of=partial(values_table, result),
    )


def _warns(result: CovariateTests) -> bool:
    """Whether some p are small enough to be taken for findings: elsewhere the headline says all."""
    return result.offered and result.below_level > 0


def _caption(result: CovariateTests, context: ViewContext) -> str:
    study, view = context.study, context.view
    return captions.join(
        captions.method_label(study, result.method),
        names.seeds_text(result.seeds, named=study.names_seeds),
        captions.scale_text(study, view.scale),
        captions.evaluated_at(study, view.checkpoint),
        f"n = {numbers.counted(result.n, 'task')}",
        _measured(study),
        f"Spearman’s ρ, {permutations_text(result.tested)}; bold: p ≤ 0.05 before Holm"
        if result.offered
        else "Spearman’s ρ, without tests",
        "" if _warns(result) else chance_note(result).rstrip("."),
        _estimated(result),
        _not_shown(result),
        captions.tasks_left_out(study, result.tasks),
        captions.digest_text(study),
    )


def _measured(study: Study) -> str:
    """What the tasks are told by."""
    if study.is_raw:
        turned = ", errors with their sign turned" if study.lower_targets else ""
        return f"effects of scores as given{turned}; their sums mostly say how hard targets are"
    return f"given, received, net: sums of {captions.measures(study)}"


def _estimated(result: CovariateTests) -> str:
    tasks = ", ".join(result.estimated)
    return f"sums of {tasks} stand for missing cells" if tasks else ""


def _not_shown(result: CovariateTests) -> str:
    parts = [f"{name}: {why}" for name, why in result.not_shown]
    return f"not drawn: {'; '.join(parts)}" if parts else ""


# -- tables ----------------------------------------------------------------------------------------


def both_tables(app_context: AppContext, context: ViewContext) -> Component:
    """Every test, and every value behind them."""
    result = _result(app_context, context)
    return html.Div([_test_table(result), _value_table(result, context)])


def _measured_columns() -> list[Column]:
    """What a test has a number for; the table has them for each response."""
    from core.analyses.covariates import TEST_COLUMNS

    return [column for column in TEST_COLUMNS if column.short]


def _test_table(result: CovariateTests) -> Component:
    head = html.Thead(
        [
            html.Tr(
                [
                    html.Th("What is known of a task", scope="col", rowSpan=2),
                    *[
                        html.Th(o, scope="colgroup", colSpan=len(_measured_columns()))
                        for o in result.responses
                    ],
                    html.Th("n", scope="col", rowSpan=2, className="numeric"),
                ]
            ),
            html.Tr(
                [column_head(column) for _ in result.responses for column in _measured_columns()]
            ),
        ]
    )
    undefined = dict(result.not_shown)
    rows = [
        html.Tr(
            [
                html.Th(_described(covariate), scope="row"),
                *_test_cells(
                    [result.test(outcome, covariate.name) for outcome in result.responses],
                    undefined.get(covariate.name),
                ),
            ]
        )
        for covariate in result.covariates
    ]
    return _framed(
        "Every test: Spearman’s ρ, its permutation p, and p after Holm over all of them.",
        "Every test as a table",
        [head, html.Tbody(rows)],
    )


def _described(covariate: Covariate) -> list[Component | str]:
    unit = f", {numbers.unit_text(covariate.unit)}" if covariate.unit else ""
    meaning = covariate.meaning or "a number of the study’s manifest"
    return [
        covariate.name + unit,
        html.Span(meaning, className="covariate-meaning"),
    ]


def _test_cells(tests: Sequence[CovariateTest], undefined: str | None) -> list[Component]:
    most = html.Td(str(max(test.correlation.n for test in tests)), className="numeric")
    if undefined is not None:
        wide = len(_measured_columns()) * len(tests)
        return [html.Td(f"undefined: {undefined}", colSpan=wide, className="quiet"), most]
    return [*[column_cell(column, test) for test in tests for column in _measured_columns()], most]


def _value_table(result: CovariateTests, context: ViewContext) -> Component:
    task, *columns = result.value_columns()
    empty = {covariate.name for covariate in result.covariates if covariate.why}
    return fetched.framed(
        label="Every value as a table",
        table=column_table(
            "Every value, and why one is missing.",
            [column for column in columns if column.key not in empty],
            range(len(result.tasks)),
            named=lambda at: [
                facts.select_button([result.tasks[at]], result.tasks[at]),
                *facts.label_beside(context.study.task(result.tasks[at])),
            ],
            corner=task.title,
        ),
    )


def _framed(title: str, label: str, parts: Sequence[Component]) -> Component:
    return fetched.framed(
        label=label,
        table=html.Table(
            className="data-table",
            children=[html.Caption(html.Span(title, className="table-title")), *parts],
        ),
    )


def values_table(result: CovariateTests) -> pd.DataFrame:
    """The tasks, what they give and receive, and everything known of them; NaN = undefined."""
    return frame_of(result.value_columns(), range(len(result.tasks)))


def tests_table(result: CovariateTests) -> pd.DataFrame:
    """One row per test; NaN = undefined, with the reason."""
    from core.analyses.covariates import TEST_COLUMNS

    return frame_of(TEST_COLUMNS, result.tests)


def _scatters(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    return [_content(_result(app_context, context), context)]


def _tests(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    result = _result(app_context, context)
    return [
        CardContent(
            finding=covariates_finding(result),
            caption=_caption(result, context),
            table_of=partial(tests_table, result),
        )
    ]


PAGE = Page(
    name=NAME,
    title="Teachers",
    keywords=("covariates", "explains", "properties"),
    layout=layout,
    stays=True,
    cards=(CardGroup((SCATTERS,), _scatters, FIGURE_INPUT), CardGroup((TESTS,), _tests)),
    fetched=(FetchedHtml(TABLES, FIGURE_INPUT.keys, both_tables),),
    single_sources=True,
    groups=(*SHARED, Id.LAYER, Id.CKA_CHECKPOINT),
)
