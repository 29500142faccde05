"""The Representations tab in a browser: what is drawn, the tree, the measures, a chosen pair."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.analyses.query import SimilarityQuery
from core.io import open_study
from core.similarity.matrix import similarity_matrix
from dashboard.text.numbers import in_cell
from tests.browser.conftest import EXAMPLE
from tests.browser.pages import TOO_SMALL, addressed, draws, go, go_on, in_address, settled, texts

pytestmark = pytest.mark.browser

MATRIX, TRAINING = "representations-matrix", "representations-training"


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def lines(page: Page) -> list[str]:
    """Names of the traces of the figure over training."""
    return page.evaluate(
        """(id) => document.querySelector(`#${id}-graph .js-plotly-plot`)
            .data.map((t) => t.name)""",
        TRAINING,
    )


def test_the_matrix_its_order_and_its_measure(page: Page, served):
    study = open_study(EXAMPLE)
    go_on(page, served.url, "representations")
    draws(page, MATRIX, map(in_cell, similarity_matrix(study).values.ravel()))
    expect(page.locator(f"#{MATRIX}-finding")).to_contain_text("more alike than noise")
    expect(page.locator(f"#{MATRIX}-caption")).to_contain_text("that independent noise has")
    expect(page.locator(f"#{TRAINING}-caption")).to_contain_text("grow more alike")
    assert len(texts(page, MATRIX)) == 49

    page.get_by_role("radio", name="By clustering").check()
    expect(page.locator(f"#{MATRIX}-caption")).to_contain_text("average linkage")
    expect(page.locator(f"#{MATRIX}-graph .annotation")).to_have_count(3)
    in_address(page, order=["cluster"])

    page.locator("#measure").select_option("debiased")
    expect(page.locator(f"#{MATRIX}-finding")).to_contain_text("debiased CKA")
    expect(page.locator(f"#{TRAINING}-finding")).to_contain_text("debiased CKA")
    draws(
        page,
        MATRIX,
        map(in_cell, similarity_matrix(study, SimilarityQuery(debiased=True)).values.ravel()),
    )


def test_a_click_in_the_matrix_draws_the_pair_over_training(page: Page, served):
    go_on(page, served.url, "representations")
    settled(page)
    page.locator(f"#{MATRIX}-graph .nsewdrag").first.click(position={"x": 18, "y": 54})
    expect(page.locator(f"#{TRAINING}-caption")).not_to_contain_text("thin lines")
    addressed(page, "trianglearea", "distance")
    assert "T–D" in lines(page)


def test_a_pair_of_the_address_is_drawn_over_training(page: Page, served):
    page.goto(f"{served.url}/?study=atlantis&tab=representations&select=distance&select=perimeter")
    expect(page.locator(f"#{TRAINING}-finding")).not_to_be_empty()
    settled(page)
    page.locator(f"#{TRAINING}-graph .scatterlayer .trace").first.wait_for(state="attached")
    assert "D–P" in lines(page)
    assert sum("–" in name and not name.startswith("to ") for name in lines(page)) == 1


def test_on_a_small_screen_nothing_is_wider_than_the_page(phone: Page, served):
    go(phone, served.url, "representations", order="cluster")
    expect(phone.locator(f"#{TRAINING}-finding")).not_to_be_empty()
    settled(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.evaluate(TOO_SMALL) == []
    frame = phone.locator(f"#{MATRIX}-frame")
    assert frame.evaluate("(e) => e.scrollWidth > e.clientWidth")
