"""What a page declares: which of its cards are computed, and when."""

from __future__ import annotations

import pytest
from dash import Dash, html

from dashboard.pages import PAGES
from dashboard.ui.ids import part


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
