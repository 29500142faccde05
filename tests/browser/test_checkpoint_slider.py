"""The slider over checkpoints, above the matrices of the Transfer tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import go_on, in_address, settled

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


THUMB = "#transfer-checkpoints [role=slider]"


def at(page: Page, step: str) -> None:
    """Wait until address, control and figures stand at a checkpoint."""
    expect(page.locator("#checkpoint")).to_have_value(step)
    caption = page.locator("#transfer-actual-caption")
    expect(caption).to_contain_text("last checkpoint" if step == "last" else f"checkpoint {step}")
    settled(page)
    in_address(page, at=[step])


def test_by_keyboard_through_fine_tuning_and_back(page: Page, served):
    go_on(page, served.url, "transfer", method="ftwb2")
    thumb = page.locator(THUMB)
    expect(thumb).to_have_attribute("aria-label", "Checkpoint of fine-tuning")
    expect(thumb).to_have_attribute("aria-valuetext", "last")
    finding = page.locator("#transfer-actual-finding")
    before = finding.inner_text()
    thumb.focus()
    page.keyboard.press("Home")
    at(page, "100")
    expect(thumb).to_have_attribute("aria-valuetext", "100")
    expect(finding).not_to_have_text(before)
    page.keyboard.press("ArrowRight")
    at(page, "200")
    page.go_back()
    at(page, "100")
    expect(thumb).to_have_attribute("aria-valuenow", "0")


def test_the_checkpoint_stands_once_and_is_the_same_in_control_and_slider(page: Page, served):
    go_on(page, served.url, "transfer", method="ftwb2", at="300")
    thumb = page.locator(THUMB)
    expect(thumb).to_have_attribute("aria-valuenow", "2")
    control = page.locator("#checkpoint")
    expect(control).to_be_hidden()
    page.get_by_role("tab", name="Overview").click()
    control.select_option("last")
    page.get_by_role("tab", name="Transfer").click()
    at(page, "last")
    expect(control).to_be_hidden()
    expect(thumb).to_have_attribute("aria-valuenow", "5")
    box = page.locator("#transfer-checkpoints").get_by_text("400", exact=True).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    at(page, "400")


def test_with_one_checkpoint_there_is_no_slider(page: Page, served):
    page.goto(f"{served.url}/?study=scored&tab=transfer")
    expect(page.locator("#transfer-actual-caption")).to_contain_text("given scores")
    expect(page.locator("#transfer-checkpoints")).to_be_hidden()
