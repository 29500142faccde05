"""Few words: what stands on a tab before anything is opened, rail and panel aside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from dashboard.pages import PAGES
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
def test_a_tab_has_few_words(page: Page, served, study: str):
    first, *others = (tab.name for tab in PAGES)
    page.goto(f"{served.url}/?study={study}&tab={first}")
    words = {first: _words(page, first)}
    for tab in others:
        page.locator(f"#tab-{tab}").click()
        words[tab] = _words(page, tab)
    many = {tab: " ".join(found) for tab, found in words.items() if len(found) > MOST_WORDS}
    assert not many
    assert min(map(len, words.values())) > 10


def _words(page: Page, tab: str) -> list[str]:
    """What is read on a tab once its first card says something, be it why there is nothing."""
    card = FIRST_CARD[tab]
    said = page.locator(f"#{card}-finding:not(:empty), #{card}-message:not(:empty)")
    said.first.wait_for(state="attached")
    settled(page)
    found: list[str] = page.evaluate(WORDS)
    return found
