"""Compare: another method, a task to part by, hidden sources."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    choose,
    finding,
    go_on,
    in_address,
    settled,
    unfold,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def test_the_default_opponent_and_another_one(page: Page, served):
    go_on(page, served.url, "compare", method="ftwb3")
    assert finding(page, "compare-scatter").startswith("FTWB3 reaches more than FT3: +0.043")
    expect(page.locator("#compare-scatter-graph .point")).to_have_count(49)
    expect(page.locator("#compare-matrix-caption")).to_contain_text("7 training sets × 7 targets")
    page.locator("#method").select_option("ft2")
    expect(page.locator("#compare-scatter-finding")).to_contain_text("FT2 reaches less than FTWB2")
    page.locator("#against").select_option("ft1")
    expect(page.locator("#compare-scatter-message")).to_contain_text("share no training set")
    expect(page.locator("#compare-matrix-card")).to_be_hidden()
    page.locator("#against").select_option("ftwb2")
    expect(page.locator("#compare-matrix-card")).to_be_visible()
    in_address(page, against=["ftwb2"])


def test_a_task_parts_the_histogram_and_a_source_is_hidden_by_keyboard(page: Page, served):
    go_on(page, served.url, "compare", method="ftwb2")
    unfold(page, "compare-contrasts")
    expect(page.locator("#compare-contrasts tbody tr")).to_have_count(7)
    page.locator("#split").select_option("distance")
    expect(page.locator("#compare-histogram-finding")).to_contain_text("With distance")
    page.wait_for_url(re.compile("split=distance"))
    expect(page.locator("#compare-contrasts strong")).to_have_text("distance")
    settled(page)
    choose(page, page.get_by_role("button", name="Hidden as source no task"), "crossing")
    page.wait_for_url(re.compile("not_source=crossing"))
    for card in ("scatter", "matrix", "histogram"):
        expect(page.locator(f"#compare-{card}-caption")).to_contain_text("as source: crossing")
    page.go_back()
    expect(page.locator("#compare-scatter-caption")).not_to_contain_text("hidden")


def test_rows_are_hidden_and_ordered(page: Page, served):
    go_on(page, served.url, "compare", method="ftwb2", not_source="crossing", order="net")
    expect(page.locator("#compare-matrix-caption")).to_contain_text("hidden as source: crossing")
    expect(page.locator("#compare-matrix-caption")).to_contain_text("by net of FTWB1")
    labels = page.locator("#compare-matrix-graph .ytick text").all_text_contents()
    assert not [label for label in labels if "Cr" in label]
    page.get_by_role("radio", name="As in the study").check()
    settled(page)
    expect(page.locator("#compare-matrix-caption")).not_to_contain_text("by net")
    expect(page.locator("#compare-matrix-graph .ytick text").first).to_have_text("D+T")
