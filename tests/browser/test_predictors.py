"""The small matrix of r: a cell or its button takes the scatter to a layer and a checkpoint."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    addressed,
    click_point,
    finding,
    go,
    go_on,
    in_address,
    leave,
    marked,
    settled,
    trace,
    unfold,
)

pytestmark = pytest.mark.browser

SCATTER = "#predictors-scatter"


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def cell(page: Page, column: int, row: int) -> tuple[float, float]:
    """Where on the page the middle of a cell of the small matrix is drawn."""
    page.locator("#predictors-sweep-graph .main-svg").first.wait_for(state="attached")
    at = page.evaluate(
        """([column, row]) => {
            const gd = document.querySelector("#predictors-sweep-graph .js-plotly-plot");
            const box = gd.getBoundingClientRect();
            const { xaxis, yaxis } = gd._fullLayout;
            return {x: box.left + xaxis._offset + xaxis.d2p(column),
                    y: box.top + yaxis._offset + yaxis.d2p(row)};
        }""",
        [column, row],
    )
    return at["x"], at["y"]


def chosen(page: Page) -> list[str]:
    return page.evaluate(
        """() => document.querySelector("#predictors-sweep-graph .js-plotly-plot").layout.shapes
            .filter((shape) => shape.name === "chosen").map((shape) => shape.path)"""
    )


def test_a_click_in_the_matrix_sets_layer_and_checkpoint_and_back_takes_it_back(page: Page, served):
    go_on(page, served.url, "predictors", method="ft1")
    expect(page.locator("#predictors-sweep-caption")).to_contain_text("places")
    settled(page)
    in_address(page, layer=["3"], cka_at=["last"])
    before, outline = finding(page, "predictors-scatter"), chosen(page)
    assert len(outline) == 1

    page.mouse.click(*cell(page, 1, 0))
    caption = page.locator(f"{SCATTER}-caption")
    expect(caption).to_contain_text("layer 1, checkpoint 1,600")
    in_address(page, layer=["1"], cka_at=["1600"])
    expect(page.locator("#layer")).to_have_value("1")
    expect(page.locator("#cka-checkpoint")).to_have_value("1600")
    settled(page)
    assert finding(page, "predictors-scatter") != before
    assert chosen(page) != outline

    page.go_back()
    expect(caption).not_to_contain_text("checkpoint 1,600")
    in_address(page, layer=["3"], cka_at=["last"])
    expect(page.locator("#layer")).to_have_value("3")
    settled(page)
    assert finding(page, "predictors-scatter") == before
    assert chosen(page) == outline

    # The same cell again, after something else: it is another click.
    page.mouse.click(*cell(page, 1, 0))
    expect(caption).to_contain_text("layer 1, checkpoint 1,600")


def test_the_same_by_keyboard(page: Page, served):
    go_on(page, served.url, "predictors", method="ft1")
    page.get_by_text("Layers and checkpoints as a table of buttons").click()
    button = page.get_by_role("button", name="Show layer 2, checkpoint 800")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{SCATTER}-caption")).to_contain_text("layer 2, checkpoint 800")
    in_address(page, layer=["2"], cka_at=["800"])
    expect(button).to_have_attribute("aria-pressed", "true")
    leave(page)


def test_influence_follows_the_place(page: Page, served):
    go(page, served.url, "predictors", method="ft1", layer="2", cka_at="800")
    expect(page.locator("#predictors-tasks-caption")).to_contain_text(
        "CKA, layer 2, checkpoint 800"
    )
    # Nobody sees them yet: they are computed where they can be seen.
    assert finding(page, "predictors-items") == finding(page, "predictors-scoreboard") == ""
    unfold(page, "predictors-items-card")
    items = page.locator("#predictors-items-caption")
    expect(items).to_contain_text("CKA, layer 2, checkpoint 800")
    expect(items).to_contain_text("6 groups")
    expect(page.locator("#predictors-items-finding")).to_contain_text("items of")
    expect(page.locator("#predictors-item-pairs-finding")).to_contain_text("hang most on one group")
    expect(page.locator("#predictors-ceilings-finding")).to_contain_text("CKA reaches")


def test_a_dot_without_a_task_selects_it_and_the_curve_is_computed_where_it_is_opened(
    page: Page, served
):
    go(page, served.url, "predictors", method="ftwb1")
    assert finding(page, "predictors-curve") == ""
    page.get_by_text("r under every choice one could make").click()
    expect(page.locator("#predictors-curve-finding")).to_contain_text("p of the whole curve")
    settled(page)
    assert trace(page, "predictors-curve")["traces"] == 5

    unfold(page, "predictors-tasks-card")
    click_point(page, "predictors-tasks", "angle")
    addressed(page, "angle")
    marked(page, "predictors-tasks", 1)
    page.keyboard.press("Escape")
    addressed(page)


def test_a_link_of_the_tabs_former_name_opens_it(page, served):
    page.goto(f"{served.url}/?study=atlantis&tab=similarity&method=ftwb1")
    expect(page.get_by_role("tab", name="Predictors")).to_have_attribute("aria-selected", "true")
    page.wait_for_url("**tab=predictors**")
