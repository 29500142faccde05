"""Balance: who gives and who takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from core.errors import listed
from core.study import Study
from dashboard.figures.balance.bars import (
    between_bars,
    beyond_bars,
    effect_bars,
    net_bars,
    pale_bars,
    tasks_with_bars,
    with_bars,
)
from dashboard.figures.balance.scatter import balance_scatter, beyond_frame, has_whiskers
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields.keys import Key
from dashboard.text import captions, numbers
from dashboard.text.findings.balance import balance_finding, reciprocity_finding
from dashboard.ui import card, facts, fetched, messages
from dashboard.ui.card import CardContent
from dashboard.ui.columns import column_table
from dashboard.ui.group_key import GroupKey
from dashboard.ui.ids import part
from dashboard.ui.page import EVERYWHERE, CardGroup, FetchedHtml, FigureInput, Page

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.balance import Balance, BalanceRow

NAME = "balance"
TWO_LINES, ABOVE_SCATTER = 124, 136
"""Characters of a sentence above one of two figures on a screen of 1440 pixels."""
SCATTER, BARS = part(NAME, "scatter"), part(NAME, "bars")
TABLE = part(NAME, "table")
FIGURE_INPUT = FigureInput(NAME, (*EVERYWHERE, Key.INCLUDE))


def layout() -> Component:
    """Scatter and bars side by side, the numbers below as a table."""
    return html.Div(
        [
            html.Div(
                className="cards cards-two",
                children=[
                    card.card(SCATTER, loads="given against received"),
                    card.card(BARS, loads="the nets"),
                ],
            ),
            fetched.folded(TABLE, "The balance of every task as a table"),
        ]
    )


def _balance(app_context: AppContext, context: ViewContext) -> Balance:
    return app_context.fetch(
        analyses.BALANCE, context.study, context.view.pairs_query(context.study)
    )


def contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """Given against received, and the nets."""
    balance = _balance(app_context, context)
    study = context.study
    if not any(math.isfinite(task.net) for task in balance.tasks):
        return _nothing(balance, study)
    note = captions.instead_note(study, balance.method, context.view.method)
    head = captions.join(
        captions.method_label(study, balance.method), captions.seeds_note(study, balance)
    )
    caption = captions.join(
        captions.scale_text(study, context.view.scale),
        captions.evaluated_at(study, context.view.checkpoint),
        *_counted(balance),
        captions.tasks_left_out(study, [task.task for task in balance.tasks]),
        captions.digest_text(study),
    )
    if study.is_raw:
        return _of_raw_scores(balance, context, (head, caption), note)
    return (
        CardContent(
            finding=balance_finding(balance, names_seeds=study.names_seeds),
            headline=ABOVE_SCATTER,
            above=[
                facts.first_hint(
                    "Look first at the tasks farthest from the diagonal: below it a task gives more"
                    " than it gets. The bars are the same balance, sorted.",
                    "net",
                    "givers and takers",
                ),
                *([html.P(note, className="note")] if note else []),
            ],
            key=GroupKey(study.tasks),
            figure=balance_scatter(balance, study, context.theme),
            caption=captions.join(
                head,
                _one_seed(balance, study),
                _whiskers(balance) if has_whiskers(balance) else "",
                beyond_frame(balance),
                caption,
            ),
            table_of=partial(balance_table, balance, study),
        ),
        CardContent(
            finding=reciprocity_finding(balance.social_relations, tasks_with_bars(balance)),
            headline=TWO_LINES,
            figure=net_bars(balance, study, context.theme),
            caption=captions.join(
                pale_bars(balance),
                head,
                _one_seed(balance, study),
                "net = given − received; giver effects (table) compare over the same targets",
                between_bars(balance),
                _whiskers(balance),
                beyond_bars(balance),
                caption,
            ),
            table_of=partial(balance_table, balance, study),
        ),
    )


def _one_seed(balance: Balance, study: Study) -> str:
    """That nothing has an interval, of however many tasks; empty where a note says why."""
    if balance.seeds_of_one_base or len(balance.seeds) > 1:
        return ""
    # Of a study without seeds `one run` was said just before.
    return "one seed, so no interval over seeds" if study.names_seeds else "no interval over seeds"


def _whiskers(balance: Balance) -> str:
    """What the whiskers of bars are; empty where there are none."""
    if not balance.has_intervals:
        return ""
    ends = [
        one
        for task in balance.tasks
        for one in (task.given_interval, task.received_interval, task.net_interval)
    ]
    return f"whiskers: 95 % intervals over seeds, tasks held fixed{captions.cut_text(ends)}"


def _of_raw_scores(
    balance: Balance, context: ViewContext, told: tuple[str, str], note: str
) -> Sequence[CardContent]:
    """Giver effects first; the sums second, with the reason. told: method and seeds, the rest."""
    study, (head, caption) = context.study, told
    turned = "errors with their sign turned" if study.lower_targets else ""
    notes = [html.P(note, className="note")] if note else []
    if not with_bars(balance):
        return _sums(balance, context, told, turned, notes), _no_effects(balance)
    return (
        CardContent(
            finding=balance_finding(balance, raw=True, names_seeds=study.names_seeds),
            headline=ABOVE_SCATTER,
            above=[
                facts.first_hint(
                    "How each task does as source, once it is taken into account which targets it"
                    " was tested on. Deviations from the mean; the highest stands on top.",
                    "effects",
                    "giver effect",
                ),
                *notes,
            ],
            figure=effect_bars(balance, study, context.theme),
            caption=captions.join(
                pale_bars(balance),
                head,
                _one_seed(balance, study),
                _whiskers(balance),
                turned,
                between_bars(balance),
                beyond_bars(balance),
                caption,
            ),
            table_of=partial(balance_table, balance, study),
        ),
        _sums(balance, context, told, turned),
    )


def _sums(
    balance: Balance,
    context: ViewContext,
    told: tuple[str, str],
    turned: str,
    above: Sequence[Component] = (),
) -> CardContent:
    """Sums of scores as they were given. told: method and seeds, the rest; turned: of errors."""
    study, (head, caption) = context.study, told
    return CardContent(
        finding="Sums of scores mostly say how hard the targets are.",
        above=[*above],
        key=GroupKey(study.tasks),
        figure=balance_scatter(balance, study, context.theme),
        caption=captions.join(head, turned, beyond_frame(balance), caption),
        table_of=partial(balance_table, balance, study),
    )


def _no_effects(balance: Balance) -> CardContent:
    """What giver effects would need, in place of a frame without a bar."""
    return CardContent(message=messages.box(balance_finding(balance, raw=True)))


def _nothing(balance: Balance, study: Study) -> Sequence[CardContent]:
    """What a study without any balance would need for one, in place of figures without a mark."""
    rows = ", in rows of given scores with one source," if study.has_given_scores else ""
    left_out = captions.tasks_left_out(study, [task.task for task in balance.tasks])
    message = messages.box(
        balance_finding(balance),
        hint=f"A balance needs at least two tasks, each as source by itself{rows} and as target of"
        " the other." + (f" Shown now: {left_out}." if left_out else ""),
    )
    return CardContent(message=message), CardContent(hidden=True)


def _counted(balance: Balance) -> tuple[str, ...]:
    """How many tasks the sums are over, how many of their cells are missing, and who is not there.

    A cell without a value is missing in one given sum. A task that is not both source and target
    has no cells in the square: nothing is said to be missing there.
    """
    inside = [task for task in balance.tasks if task.full]
    outside = [task.task for task in balance.tasks if not task.full]
    missing = sum(max(task.full - task.given_of, 0) for task in inside)
    return (
        f"n = {numbers.counted(len(inside), 'task')}",
        f"{numbers.counted(missing, 'cell')} missing" + (" among them" if outside else ""),
        f"no balance of {listed(outside)}: not both source and target" if outside else "",
    )


def every_task_table(app_context: AppContext, context: ViewContext) -> Component:
    """The balance of every task, with its effects."""
    balance, study = _balance(app_context, context), context.study
    title = (
        "Effects first: sums of scores mostly say how hard the targets are. 95 % intervals over"
        " seeds in brackets."
        if study.is_raw
        else "Sums of normalized improvement, 95 % intervals over seeds in brackets;"
        " ~ marks a sum that stands for missing cells. Effects compare over the same targets, as a"
        " task is no target of its own: the highest giver effect need not be the largest net."
        if not study.has_given_scores
        else f"Sums of {captions.measures(study)}, 95 % intervals over seeds in brackets."
    )
    task, *others = balance.columns()
    return fetched.framed(
        label="Balance of every task as a table",
        table=column_table(
            title, others, balance.rows, named=partial(_named, study), corner=task.title
        ),
    )


def _named(study: Study, row: BalanceRow) -> list[Component | str]:
    task = row.sums.task
    return [facts.select_button([task], task), *facts.label_beside(study.task(task))]


def balance_table(balance: Balance, study: Study) -> pd.DataFrame:
    """Every column of every task, with the ends of its interval."""
    return balance.frame(captions.measures(study))


PAGE = Page(
    name=NAME,
    title="Balance",
    keywords=("givers", "gives", "giving", "takers", "takes", "taking", "asymmetry", "reciprocity"),
    layout=layout,
    stays=True,
    cards=(CardGroup((SCATTER, BARS), contents, FIGURE_INPUT),),
    fetched=(FetchedHtml(TABLE, FIGURE_INPUT.keys, every_task_table),),
    single_sources=True,
)
