"""Transfer: what a method reaches, what its single sources predict, and the difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from core import analyses
from core.errors import RequestError
from core.numerics.clustering import Order
from core.study import Study
from core.transfer.copied_seeds import copied_among
from core.transfer.groups import group_means
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.predictions import CROSS_FITTED, PREDICTIONS, USUAL
from core.transfer.shrinkage import by_definition, shrink
from core.transfer.table import matrix_table, measure_of, printed_table
from dashboard.figures.parts.cell_hover import source_key
from dashboard.figures.parts.color_limits import Limits, shared_limits
from dashboard.figures.transfer import figure_size, group_heatmap, transfer_heatmap
from dashboard.state.computing import NO_JOB_S
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, names, numbers
from dashboard.text.findings.transfer import cell_by_cell, difference_finding, transfer_finding
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.controls import SHARED
from dashboard.ui.group_key import GroupKey
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria
from dashboard.ui.ids import Id, part
from dashboard.ui.matrix_order import MatrixOrder, matrix_order
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    from core.analyses.several_tasks import SetAgainstMembers

NAME = "transfer"
TWO_LINES = 92
"""Characters of a sentence above a matrix at least."""
CARDS = tuple(part(NAME, name) for name in ("actual", "predicted", "difference", "versus"))
SIDE_BY_SIDE = 363
"""A third of the workspace on a screen of 1440 pixels, less gaps and a scroll bar."""
CELLS = (35.0, 34.0, 33.0, 32.0, 31.0, 30.0, 29.0, 28.0)
FIGURE_INPUT = FigureInput(
    NAME, (*EVERYWHERE, Key.PREDICTION, Key.AGAINST, Key.ORDER, Key.NOT_SOURCE, Key.NOT_TARGET)
)
CHECKPOINTS, STEP = part(NAME, "checkpoints"), part(NAME, "step")
SEVERAL, SEEDS_NEEDED = part(NAME, "several"), part(NAME, "seeds-needed")
"""The slider over the checkpoints of fine-tuning, and its frame."""


def layout() -> Component:
    """Four cards: the last only where a method is compared with."""
    return html.Div(
        [
            facts.first_hint(
                "Rows: what was trained on. Columns: what it was tested on. Look first at the cells"
                " without an outline: nobody trained on them, what they show is transfer. Hover or"
                " tap one for its raw values.",
                "reading",
                "how to read a matrix",
            ),
            _course(),
            html.Div(
                className="cards cards-matrices",
                children=[card.card(name, loads="the matrix", scrolls=True) for name in CARDS],
            ),
            fetched.folded(SEVERAL, "What training on several tasks adds to its tasks alone"),
            fetched.folded(SEEDS_NEEDED, "Seeds needed for narrower intervals"),
        ]
    )


def _course() -> Component:
    """Checkpoint, to run through: checkpoint-slider.js. The rail hides its own meanwhile."""
    return html.Div(
        id=CHECKPOINTS,
        className="checkpoints",
        hidden=True,
        role="group",
        **aria(label="Checkpoint of fine-tuning"),
        children=[
            html.Span(["Checkpoint", help_button("checkpoint", "checkpoint")], className="quiet"),
            dcc.Slider(
                id=STEP,
                min=0,
                max=1,
                step=1,
                value=1,
                marks=None,
                included=False,
                allow_direct_input=False,
                updatemode="mouseup",
                className="checkpoint-slider",
            ),
        ],
    )


def register(app: Dash, _: AppContext) -> None:
    """Two callbacks keep slider and control together."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "courseShown"),
        Output(CHECKPOINTS, "hidden"),
        Output(STEP, "max"),
        Output(STEP, "marks"),
        Output(STEP, "value"),
        Input(Id.CHECKPOINT, "value"),
        Input(Id.CHECKPOINT, "options"),
        State(STEP, "value"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("atlas", "courseMoved"),
        Input(STEP, "value"),
        State(Id.CHECKPOINT, "value"),
        State(Id.CHECKPOINT, "options"),
        prevent_initial_call=True,
    )


def contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """What the four cards show: they share their colours."""
    whole = _matrix(app_context, context, MatrixKind.ACTUAL)
    order = matrix_order(app_context, context, whole)
    actual = order.of(whole)
    method = context.study.method(context.view.method)
    told = partial(
        transfer_finding,
        label=method.label,
        fixed=by_definition(actual, context.study),
        copied=copied_among(context.study, actual.method, actual.seeds),
        names_seeds=context.study.names_seeds,
    )
    if not actual.values.size:
        # Once, not in each of the four: there is nothing to export, either.
        nothing = messages.box(
            f"{method.label} has no cell to show: every source or every target is left out.",
            hint="Bring tasks back under Controls.",
        )
        return CardContent(message=nothing), *(CardContent(hidden=True) for _ in range(3))
    if method.predicted_from is None:
        limits = _limits([actual], context)
        finding = told(actual)
        return (
            _card(actual, context, finding, limits, order),
            # Of runs on one task each nothing could be predicted.
            CardContent(message=_no_prediction(context))
            if context.study.has_several_sources
            else CardContent(hidden=True),
            CardContent(hidden=True),
            _versus(app_context, context),
        )
    predicted = order.of(_matrix(app_context, context, context.view.prediction))
    if not predicted.values.size:
        # Its runs on one task predict the others, and of those there is none here.
        finding = told(actual)
        nothing = messages.box(f"No run of {method.label} on several tasks is among these.")
        return (
            _card(actual, context, finding, _limits([actual], context), order),
            CardContent(message=nothing),
            CardContent(hidden=True),
            _versus(app_context, context),
        )
    difference = order.of(_matrix(app_context, context, MatrixKind.DIFFERENCE))
    limits = _limits([actual, predicted], context)
    fitted = None
    if context.view.prediction == USUAL:
        # The matrix shows the published prediction; the sentence tells the unbiased one as well.
        asked = replace(context.view.of_kind(MatrixKind.DIFFERENCE), prediction=CROSS_FITTED)
        fitted = order.of(app_context.fetch(analyses.TRANSFER, context.study, asked))
    finding = told(actual, predicted, difference, fitted=fitted)
    return (
        _card(actual, context, finding, limits, order),
        _card(predicted, context, _prediction_finding(predicted, context), limits, order),
        _difference_card(difference, context, order, picked=fitted is not None),
        _versus(app_context, context),
    )


def _limits(matrices: Sequence[TransferMatrix], context: ViewContext) -> Limits:
    """The ends of the scale of colours: of what is shown, cells or the means of blocks."""
    shown = None
    if context.view.order is Order.GROUPS:
        shown = [group_means(one, context.study).values for one in matrices]
    return shared_limits(matrices, context.study, shown=shown)


def _matrix(app_context: AppContext, context: ViewContext, kind: str) -> TransferMatrix:
    return app_context.fetch(analyses.TRANSFER, context.study, context.view.of_kind(kind))


def _help(kind: str, context: ViewContext) -> tuple[str, str]:
    """The entry of the glossary about a matrix, and what it is about."""
    if kind == MatrixKind.ACTUAL:
        return "improvement", measure_of(context.study)
    if kind == MatrixKind.VERSUS:
        return "versus", "versus"
    rule = PREDICTIONS[context.view.prediction if kind == MatrixKind.DIFFERENCE else kind]
    return rule.help, rule.word


def _card(
    matrix: TransferMatrix,
    context: ViewContext,
    finding: str,
    limits: Limits,
    order: MatrixOrder,
    *,
    means_in_sight: bool = True,
) -> CardContent:
    called = {method.name: method.label for method in context.study.methods}
    title = names.kind_in_words(matrix, called)
    cell = _fitting_cell(matrix, context.study)
    if context.view.order is Order.GROUPS:
        figure, size = group_heatmap(matrix, context.study, context.theme, limits=limits)
    else:
        figure = transfer_heatmap(matrix, context.study, context.theme, limits=limits, cell=cell)
        size = figure_size(matrix, context.study, cell=cell)
    room = max(TWO_LINES, card.two_lines(size[0]))
    said, means = captions.headline(finding, room)[0], facts.means(matrix)
    told = " reaches " in said or " is at " in said
    beside = means_in_sight and not told
    in_groups = any(shape.name == "group" for shape in figure.layout.shapes)
    return CardContent(
        finding=finding,
        above=[
            html.Div(
                [title, help_button(*_help(matrix.kind, context))], className=_title_class(matrix)
            ),
            # The sentence has them where it speaks of nothing else.
            *([means] if beside else []),
        ],
        key=GroupKey(context.study.tasks) if in_groups else None,
        more=[] if beside else [means],
        headline=room,
        figure=figure,
        size=size,
        caption=captions.join(
            captions.matrix_caption(matrix, context.study, exclude=context.view.exclude),
            _margins_text(matrix, context),
            *order.notes,
        ),
        table_of=partial(matrix_table, matrix, context.study),
        printed_of=partial(printed_table, matrix, context.study),
        every_task=True,
    )


def _margins_text(matrix: TransferMatrix, context: ViewContext) -> str:
    """What the strips at the margins are; empty where there are none."""
    if context.view.order is Order.GROUPS or matrix.mixes_directions:
        return ""
    return "means at the margins: trained cells included, unlike Balance"


def _title_class(matrix: TransferMatrix) -> str:
    """What begins with a method's name keeps its letters."""
    return "figure-title as-named" if matrix.kind == MatrixKind.VERSUS else "figure-title"


def _fitting_cell(matrix: TransferMatrix, study: Study) -> float | None:
    """The side of a cell at which three matrices stand side by side; None = the usual one.

    Matrices too wide for that even with the smallest readable cells keep the usual size.
    """
    if figure_size(matrix, study)[0] <= SIDE_BY_SIDE:
        return None
    # Of many tasks the cells alone are wider: their names are not measured for each size.
    fitting = (c for c in CELLS if c * len(matrix.targets) <= SIDE_BY_SIDE)
    return next((c for c in fitting if figure_size(matrix, study, cell=c)[0] <= SIDE_BY_SIDE), None)


def _prediction_finding(predicted: TransferMatrix, context: ViewContext) -> str:
    source = context.study.method(context.view.method).predicted_from or ""
    what = PREDICTIONS[predicted.kind].what
    label = captions.method_label(context.study, source)
    named = context.study.names_seeds
    found = transfer_finding(predicted, label="it", names_seeds=named)
    return f"Predicted: the {what} of {label}; {found}"


def _difference_card(
    difference: TransferMatrix, context: ViewContext, order: MatrixOrder, *, picked: bool
) -> CardContent:
    label = captions.method_label(context.study, difference.method)
    finding, headline = cell_by_cell(difference, label=label, picked=picked)
    limits = _limits([difference], context)
    # The first sentence has the number that counts: these may be of another prediction.
    content = _card(difference, context, finding, limits, order, means_in_sight=not picked)
    return replace(content, headline=headline)


def several_tables(app_context: AppContext, context: ViewContext) -> Component:
    """How well each prediction fits, and each training set against its tasks alone."""
    from core.analyses.several_tasks import FIT_COLUMNS, SET_COLUMNS

    query = context.view.of_kind(MatrixKind.ACTUAL)
    found = app_context.fetch(analyses.SEVERAL_TASKS, context.study, query, seconds=NO_JOB_S)
    single = captions.method_label(context.study, found.single)
    tables = (
        column_table(
            f"Predictions from {single}, with 95 % intervals over seeds",
            FIT_COLUMNS[1:],
            found.fits,
            named=lambda fit: PREDICTIONS[fit.prediction].label,
            corner=FIT_COLUMNS[0].title,
        ),
        column_table(
            f"Training sets on targets outside of them, 95 % over seeds{by_luck(found.sets)}",
            SET_COLUMNS[1:],
            found.sets,
            named=lambda one: facts.select_button(
                [source_key(one.sources)], names.sources_in_words(one.sources)
            ),
            corner=SET_COLUMNS[0].title,
        ),
    )
    return html.Div(
        className="tables-two",
        children=[html.Div(className="table-frame", children=table) for table in tables],
    )


def by_luck(sets: Sequence[SetAgainstMembers]) -> str:
    """How many of the verdicts on a set and one of its tasks luck alone would give.

    One interval in twenty excludes 0 where nothing differs.
    """
    judged = sum(math.isfinite(m.interval.low) for one in sets for m in one.members)
    if not judged:
        return ""
    wrong = f"about {0.05 * judged:,.0f}" if judged >= 20 else "fewer than one"
    return f"; luck alone would tell {wrong} of {numbers.counted(judged, 'comparison')} apart"


WIDTHS = (2.0, 1.0, 0.5, 0.25, 0.1)
"""Of intervals, in units of the spread of the values: from useless to very sure."""


def seeds_needed(app_context: AppContext, context: ViewContext) -> Component:
    """How many seeds 95 % intervals no wider than some widths would take, over the cells."""
    matrix = _matrix(app_context, context, MatrixKind.ACTUAL)
    shrunken = shrink(matrix, context.study)
    if not shrunken.known:
        return messages.box(f"How many seeds it would take cannot be said: {shrunken.why}.")
    spread = float(np.nanstd(matrix.values)) or 1.0
    rows = []
    for share in WIDTHS:
        width = float(f"{share * spread:.1g}")
        needed = shrunken.seeds_for(width)
        needed = needed[needed > 0]
        cells = (numbers.number(width), f"{int(np.median(needed)):,}", f"{int(needed.max()):,}")
        rows.append(html.Tr([html.Td(text, className="numeric") for text in cells]))
    heads = ("Width of the interval", "Seeds, half of the cells", "Seeds, every cell")
    head = [html.Th(text, scope="col", className="numeric") for text in heads]
    over = "the cells of each target" if shrunken.unlike else "the cells"
    caption = (
        f"So many seeds make 95 % intervals of means no wider, by the spread of the"
        f" {numbers.counted(len(matrix.seeds), 'seed')} there are, pooled over {over}. Other"
        " widths: python -m core matrix … --width W."
    )
    table = [html.Caption(caption), html.Thead(html.Tr(head)), html.Tbody(rows)]
    return fetched.framed(html.Table(table, className="data-table"), label="Seeds needed")


def _no_prediction(context: ViewContext) -> Component:
    label = captions.method_label(context.study, context.view.method)
    predicted = [m.label for m in context.study.tested_methods if m.predicted_from]
    hint = (
        f"Choose {names.joined(predicted, 'or')} under Controls to see a prediction beside the"
        " result."
        if predicted
        else captions.no_predicted_from(opened=context.opened) + "."
    )
    return messages.box(
        f"{label} has no prediction: the study names no single-source method for it.", hint=hint
    )


def _versus(app_context: AppContext, context: ViewContext) -> CardContent:
    if context.view.against is None:
        return CardContent(hidden=True)
    try:
        whole = _matrix(app_context, context, MatrixKind.VERSUS)
    except RequestError as error:
        return CardContent(message=messages.box(str(error), tone="warning"))
    order = matrix_order(app_context, context, whole)
    matrix = order.of(whole)
    labels = (
        captions.method_label(context.study, matrix.method),
        captions.method_label(context.study, context.view.against),
    )
    finding = difference_finding(matrix, labels=labels, names_seeds=context.study.names_seeds)
    limits = _limits([matrix], context)
    return _card(matrix, context, finding, limits, order)


PAGE = Page(
    name=NAME,
    title="Transfer",
    keywords=("matrix", "heatmap", "scores", "predicted"),
    layout=layout,
    cards=(CardGroup(CARDS, contents, FIGURE_INPUT),),
    fetched=(
        FetchedHtml(SEVERAL, FIGURE_INPUT.keys, several_tables),
        FetchedHtml(SEEDS_NEEDED, FIGURE_INPUT.keys, seeds_needed),
    ),
    register=register,
    groups=(
        *SHARED,
        Id.PREDICTION,
        Id.AGAINST,
        Id.ORDER,
        Id.SOURCES_OUT,
        Id.TARGETS_OUT,
    ),
    pairs=False,
)
