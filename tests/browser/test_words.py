"""Few words: what stands on a tab before anything is opened, rail and panel aside."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from dashboard.pages import PAGES
from tests.browser.pages import go, stands

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


def test_a_tab_has_few_words(page: Page, served):
    first, *others = (tab.name for tab in PAGES)
    go(page, served.url, first)
    words = {first: page.evaluate(WORDS)}
    for tab in others:
        page.locator(f"#tab-{tab}").click()
        stands(page, tab)
        words[tab] = page.evaluate(WORDS)
    many = {tab: " ".join(found) for tab, found in words.items() if len(found) > MOST_WORDS}
    assert not many
    assert min(map(len, words.values())) > 10
