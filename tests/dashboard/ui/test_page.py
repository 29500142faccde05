"""What a page declares: which of its cards are computed, and when."""

from __future__ import annotations

from contextlib import suppress

import pytest
from dash import Dash, html

from core.errors import AtlasError
from dashboard.pages import PAGES
from dashboard.ui.ids import part


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


def _ids(within):
    return {one.id for one in within._traverse() if type(one) is html.Section}


@pytest.fixture(scope="module", autouse=True)
def prefix():
    """What addresses in layouts begin with is known once there is an app."""
    Dash("page")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_cards_behind_a_closed_fold_are_computed_where_it_is_opened(page):
    layout = page.layout()
    folds = [
        one
        for one in layout._traverse()
        if type(one) is html.Details and getattr(one, "className", "") == "folded-cards"
    ]
    behind = {
        name: getattr(fold, "data-opens", None)
        for fold in folds
        for name in page.card_names
        if part(name, "card") in _ids(fold)
    }
    for group in page.cards:
        if group.figure_input is None:
            continue
        openers = {behind.get(name) for name in group.cards}
        # One result of which a part is seen is computed with that part.
        assert group.opener == (openers.pop() if len(openers) == 1 else None), group.cards


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("left", [0, 1, 2])
def test_where_hardly_a_task_is_left_a_card_says_what_is_wrong_and_never_fails(
    app_context, example, page, left
):
    out = [task.name for task in example.tasks][left:]
    asked = {"study": ["atlantis"], "method": ["ftwb1"], "exclude": out}
    context = app_context.view_context({"query": asked, "mode": "light"})
    for group in page.cards:
        # Its words stand in the place of the cards.
        with suppress(AtlasError):
            contents = group.show(app_context, context)
            assert len(contents) == len(group.cards)
            # Of nothing there is no picture, and so none to take along.
            assert left or not any(content.figure for content in contents), group.cards
