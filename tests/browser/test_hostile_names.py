"""Tasks that are called as JavaScript calls parts of every object: names and nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.pages import PAGES
from tests.browser.pages import addressed, choose, go, settled

pytestmark = pytest.mark.browser

NAMED = {"study": "named", "method": "ftwb1", "include": "constructor"}
"""The study whose tasks are `__proto__` and `constructor`."""


def test_every_tab_is_drawn_and_nothing_goes_wrong(page: Page, served):
    """`opened` fails for whatever the console says."""
    page.goto(f"{served.url}/?study=named&method=ftwb1&include=constructor")
    settled(page)
    for tab in [page.name for page in PAGES]:
        page.locator(f"#tab-{tab}").click()
        expect(page.get_by_role("tab", selected=True)).to_have_id(f"tab-{tab}")
        expect(page.locator(f"#page-{tab}")).to_be_visible()
        settled(page)


def test_such_a_task_is_hidden_selected_and_drawn(page: Page, served):
    go(page, served.url, "transfer", **NAMED)
    choose(page, page.locator("#sources-out"), "proto")
    page.wait_for_url("**not_source=__proto__&**")
    page.reload()
    page.wait_for_url("**not_source=__proto__&**")
    go(page, served.url, "network", **NAMED, threshold="0")
    page.wait_for_function("() => window.atlasGraph() && window.atlasGraph().nodes().length === 2")
    tasks = page.evaluate("window.atlasGraph().nodes().map((node) => node.data('task')).sort()")
    assert tasks == ["__proto__", "constructor"]
    page.get_by_text("Tasks and arrows as tables").click()
    page.locator("""#network-table [data-select='["__proto__"]']""").click()
    addressed(page, "__proto__")
    expect(page.locator("#panel-body")).to_contain_text("Given")
