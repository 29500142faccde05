"""Few words: what stands on a tab before anything is opened, rail and panel aside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.pages import PAGES
from dashboard.ui.page import Page as Tab
from tests.browser.pages import FIRST_CARD, settled

pytestmark = pytest.mark.browser

MOST_WORDS = 180
# Words that can be seen, in what is neither a drawing nor a table: their text is their data.
WORDS = """() => {
    const walk = document.createTreeWalker(
        document.querySelector("#workspace"), NodeFilter.SHOW_TEXT);
    const words = [];
    while (walk.nextNode()) {
        const { parentElement: at, textContent: text } = walk.currentNode;
        const box = at.getBoundingClientRect();
        if (at.checkVisibility() && box.width > 1 && box.height > 1
            && !at.closest("svg, .ag-root, table")) {
            words.push(...text.split(/\\s+/).filter((word) => /\\p{L}/u.test(word)));
        }
    }
    return words;
}"""


@pytest.mark.parametrize("study", ["atlantis", "digits", "published"])
def test_arrows_lead_through_all_tabs_and_round_and_each_has_few_words(
    page: Page, served, study: str
):
    first, *others = PAGES
    page.goto(f"{served.url}/?study={study}&tab={first.name}")
    words = {first.name: _words(page, first.name)}
    page.get_by_role("tab", name=first.title, exact=True).focus()
    for tab in others:
        page.keyboard.press("ArrowRight")
        _is_at(page, tab)
        words[tab.name] = _words(page, tab.name)
    page.keyboard.press("ArrowRight")
    _is_at(page, first)
    page.keyboard.press("End")
    _is_at(page, PAGES[-1])
    settled(page)
    many = {tab: " ".join(found) for tab, found in words.items() if len(found) > MOST_WORDS}
    assert not many
    assert min(map(len, words.values())) > 10


def _is_at(page: Page, tab: Tab) -> None:
    """Wait until a tab is shown and has the focus."""
    expect(page.get_by_role("tab", name=tab.title, exact=True)).to_be_focused()
    expect(page.locator(f"#page-{tab.name}")).to_be_visible()


def _words(page: Page, tab: str) -> list[str]:
    """What is read on a tab once its first card says something, be it why there is nothing."""
    card = FIRST_CARD[tab]
    said = page.locator(f"#{card}-finding:not(:empty), #{card}-message:not(:empty)")
    said.first.wait_for(state="attached")
    settled(page)
    found: list[str] = page.evaluate(WORDS)
    return found
