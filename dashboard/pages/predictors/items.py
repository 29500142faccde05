"""What each group of items carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from core import analyses
from dashboard.figures.association import influence
from dashboard.figures.association.pair_changes import (
    pair_changes,
    pair_changes_size,
    pairs_note,
)
from dashboard.pages.predictors.card_rules import (
    ABOVE_MATRIX,
    TWO_LINES,
    has_similarity,
    has_transfer,
)
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings import predictors
from dashboard.text.names import sentence
from dashboard.ui import card, messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import figure_title

if TYPE_CHECKING:
    import pandas as pd

    from core.analyses.association.influence import ItemInfluence


def item_contents(app_context: AppContext, context: ViewContext) -> Sequence[CardContent]:
    """What each group of items carries, or what the study needs for that."""
    from core.analyses.association.influence import DRAWS, why_no_groups

    if (
        not has_transfer(context)
        or context.view.predictor is not None
        or not has_similarity(context)
    ):
        return CardContent(hidden=True), CardContent(hidden=True)
    if why := why_no_groups(context.study):
        message = messages.box(
            "Which items carry the similarity cannot be said here.", hint=sentence(why)
        )
        return CardContent(message=message), CardContent(hidden=True)
    asked = context.view.pairs_query(context.study), context.view.similarity_query
    found = app_context.fetch(analyses.ITEM_INFLUENCE, context.study, *asked)
    shown = app_context.fetch(analyses.ASSOCIATION, context.study, *asked)
    caption = captions.join(
        predictors.measured_where(found),
        f"from the representations of {numbers.counted(found.models, 'model')}",
        f"{numbers.counted(found.n_items, 'item')} in"
        f" {numbers.counted(len(found.groups), 'group')}",
        f"{numbers.counted(found.ungrouped, 'item')} in none" if found.ungrouped else "",
        predictors.untried_note(found),
        f"left out: {'; '.join(found.left_out)}" if found.left_out else "",
    )
    return (
        CardContent(
            finding=predictors.item_influence_finding(found),
            headline=TWO_LINES,
            above=figure_title("Without each group of items", "influence"),
            figure=influence.item_influence(found, context.theme),
            caption=captions.join(
                f"◇ without as many items at random, mean of {DRAWS} draws",
                caption,
                captions.method_label(context.study, found.method),
                names.seeds_text(found.seeds, named=context.study.names_seeds),
                influence.rows_note(found),
                predictors.tables_note(found, shown),
            ),
            table_of=partial(_groups_table, found),
        ),
        CardContent(
            finding=predictors.pair_change_finding(found),
            headline=max(ABOVE_MATRIX, card.two_lines(pair_changes_size(found, context.study)[0])),
            figure=pair_changes(found, context.study, context.theme),
            size=pair_changes_size(found, context.study),
            caption=captions.join(
                f"{predictors.measure_of(found)} without the group minus with all items",
                "outlined: the largest change of the pair",
                pairs_note(found),
            ),
            table_of=partial(_pair_changes_table, found),
        ),
    )


def _groups_table(found: ItemInfluence) -> pd.DataFrame:
    import pandas as pd

    mean = f"mean {predictors.measure_of(found)} without"
    return pd.DataFrame(
        {
            "group": found.groups,
            "items": found.items,
            mean: found.mean_without,
            "r without": found.r_without,
            f"{mean} as many at random": found.mean_random,
            "r without as many at random": found.r_random,
        }
    )


def _pair_changes_table(found: ItemInfluence) -> pd.DataFrame:
    import pandas as pd

    measure, group = predictors.measure_of(found), "group without which it changes most"
    return pd.DataFrame(
        [(p.first, p.second, p.similarity, p.group, p.change) for p in found.pair_changes()],
        columns=["task", "other task", measure, group, "change"],
    )
