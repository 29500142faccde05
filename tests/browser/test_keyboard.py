"""Figures are gone through by keyboard: Enter selects, arrows go on, Escape lets go."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import addressed, go_on, marked, selects

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def test_points_by_keyboard(page: Page, served):
    go_on(page, served.url, "balance", method="ft1")
    selects(page, "balance-bars")
    page.locator("#balance-bars-frame").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    first = page.locator("#panel-title").inner_text()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#panel-title")).not_to_have_text(first)
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize(
    "card", ["compare-scatter", "predictors-scatter", "teachers-scatters", "balance-scatter"]
)
def test_points_of_every_scatter_by_keyboard(page: Page, served, card):
    go_on(page, served.url, card.partition("-")[0], method="ft1")
    selects(page, card)
    frame = page.locator(f"#{card}-frame")
    frame.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_contain_text("distance")
    first = page.locator("#panel-title").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#panel-title")).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#panel-title")).to_have_text(first)
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(frame).to_be_focused()
    addressed(page)


def test_cells_of_representations_by_keyboard(page: Page, served):
    card = "representations-matrix"
    go_on(page, served.url, "representations", method="ft1")
    selects(page, card)
    frame = page.locator(f"#{card}-frame")
    frame.focus()
    for press in ("ArrowRight", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(press)
    expect(page.locator("#panel")).to_be_visible()
    marked(page, card, 1)
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(frame).to_be_focused()
    marked(page, card, 0)
    addressed(page)
