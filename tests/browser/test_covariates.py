"""The Teachers tab in Chromium: what is drawn, what is said of chance, on a phone too."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import go, settled, unfold

pytestmark = pytest.mark.browser

CARD = "#teachers-scatters"


def test_small_scatters_with_their_tests_and_tables_of_a_layer(page: Page, served):
    go(page, served.url, "teachers", method="ftwb1")
    expect(page.locator(f"{CARD}-graph .scatterlayer .trace")).to_have_count(18)
    expect(page.locator(f"{CARD}-graph .scatterlayer .point")).to_have_count(18 * 6)
    expect(page.locator(f"{CARD}-finding")).to_contain_text("7 tasks could")
    expect(page.locator(f"{CARD}-caption")).to_contain_text("No test is offered")
    unfold(page, "teachers-tables")
    expect(page.locator("#teachers-tables table")).to_have_count(2)
    tests, values = page.locator("#teachers-tables table").all()
    assert tests.locator("tbody tr").count() == 7
    assert values.locator("tbody tr").count() == 6
    expect(tests).to_contain_text("undefined: tasks differ in metric or unit")
    expect(page.locator("#include-list .ticks-apart")).to_have_text("Not ticked by All:")
    expect(page.locator("#tasks-list .ticks-apart")).to_be_hidden()
    page.locator("#include-list input").check()
    expect(page.locator(f"{CARD}-graph .scatterlayer .point")).to_have_count(18 * 7)
    expect(page.locator(f"{CARD}-finding")).to_contain_text("after Holm")
    page.get_by_role("button", name="What is: p after Holm?").first.click()
    expect(page.locator("#explanation")).to_contain_text("Holm’s correction")
    page.keyboard.press("Escape")
    # Another layer moves what is known of representations.
    table = page.locator("#teachers-tables")
    expect(table).to_contain_text("participation ratio (layer 3)")
    page.locator("#layer").select_option("1")
    expect(table).to_contain_text("participation ratio (layer 1)")


def test_on_a_phone_the_scatters_scroll_in_their_frame(phone: Page, served):
    go(phone, served.url, "teachers", method="ftwb1")
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    wide = phone.locator(f"{CARD}-frame").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide[0] > wide[1]
    # A shade says that there is more at the right, until it is seen.
    expect(phone.locator(f".goes-on > {CARD}-frame")).to_be_visible()
    phone.locator(f"{CARD}-frame").evaluate("e => { e.scrollLeft = e.scrollWidth; }")
    expect(phone.locator(f".goes-on > {CARD}-frame")).to_have_count(0)
