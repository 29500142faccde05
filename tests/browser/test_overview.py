"""The landing tab: the study in a minute, and ways into it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    addressed,
    go_on,
    in_address,
    stands,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def test_the_bare_address_lands_on_the_overview(page: Page, served):
    page.goto(served.url)
    stands(page, "overview")
    in_address(page, tab=["overview"])
    expect(page.locator("#overview-study h2")).to_have_text("Atlantis")
    expect(page.locator("#overview-study")).to_contain_text("280 fine-tuned")
    # Of each method two means: circles and diamonds, beside those of the seeds.
    expect(page.locator("#overview-methods-graph .scatterlayer .trace")).to_have_count(4)
    expect(page.locator("#overview-methods-graph .point")).to_have_count(6 * 2 * 5)
    expect(page.locator("#overview-gifts-card .standouts li")).to_have_count(5)
    expect(page.locator("#overview-harms-finding")).to_contain_text("No harm")
    expect(page.locator("#overview-condition-finding")).to_contain_text("The data are whole")
    expect(page.locator("#group-method")).to_be_hidden()
    expect(page.locator("#summary")).to_contain_text("all methods")
    # A point of the methods leads to its matrix.
    at = page.evaluate(
        """() => {
            const gd = document.querySelector("#overview-methods-graph .js-plotly-plot");
            const trace = gd._fullData.find((one) => one.customdata?.includes("ftwb1"));
            const i = trace.customdata.indexOf("ftwb1");
            const { xaxis, yaxis } = gd._fullLayout;
            const box = gd.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.d2p(trace.x[i]),
                    box.top + yaxis._offset + yaxis.d2p(trace.y[i])];
        }"""
    )
    page.mouse.move(*at)
    expect(page.locator(".hover-of-figure")).to_contain_text("FTWB1")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1 reaches")


def test_a_gift_selects_its_pair_with_its_method(page: Page, served):
    go_on(page, served.url, "overview", method="ft2")
    item = page.locator("#overview-gifts-card .standouts li").first
    item.locator("button").click()
    page.wait_for_url(re.compile("select=perimeter"))
    addressed(page, "perimeter", "trianglearea")
    in_address(page, method=["ftwb1"])


def test_fewer_seeds_take_the_intervals_away(page: Page, served):
    go_on(page, served.url, "overview", seeds="42")
    expect(page.locator("#overview-methods-caption")).to_contain_text("no interval over seeds")
    page.get_by_role("checkbox", name="43").check()
    expect(page.locator("#overview-methods-caption")).to_contain_text("2 seeds (42, 43)")


def test_a_study_of_scores_has_an_overview(page: Page, served):
    page.goto(f"{served.url}/?study=scored&tab=overview&include=crossing")
    stands(page, "overview")
    expect(page.locator("#overview-methods-caption")).to_contain_text("given scores")
    expect(page.locator("#overview-surprises-message")).to_contain_text("predicted_from")
    details = page.locator("#overview-condition-card details").first
    details.locator("summary").click()
    expect(details.locator("table")).to_be_visible()
    expect(details.locator("table")).to_contain_text("scores.csv")


def test_a_surprise_selects_its_training_set_with_its_method(page: Page, served):
    go_on(page, served.url, "overview", method="ft1")
    item = page.locator("#overview-surprises-card .standouts li").first
    item.locator("button").click()
    page.wait_for_url(re.compile("select=trianglearea"))
    addressed(page, "trianglearea+angle+inside", "trianglearea")
    in_address(page, method=["ft3"])
    expect(item.locator("button")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#panel")).to_contain_text("trianglearea")
