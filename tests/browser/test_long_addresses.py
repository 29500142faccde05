"""An address longer than servers take: reloaded, copied, and what is fetched for it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import KEPT, LEFT_OUT
from tests.browser.pages import click_says, settled, stands, unfold

pytestmark = pytest.mark.browser


def show(page: Page, url: str) -> str:
    """Leave the tasks out as a click would; returns the address."""
    page.goto(f"{url}/?study=large&tab=balance")
    stands(page, "balance")
    page.evaluate(
        "(names) => { const query = {study: ['large'], tab: ['balance'], exclude: names,"
        " not_source: names};"  # what is unticked is a bit each, what is hidden a name each
        " history.pushState(null, '', window.atlasQuery.toAddress(query));"
        " window.dispatchEvent(new PopStateEvent('popstate')); }",
        list(LEFT_OUT),
    )
    expect(page.locator("#balance-scatter-caption")).to_contain_text("without")
    stands(page, "balance")
    return page.url


def test_a_long_address_is_reloaded_and_what_it_leads_to_is_fetched(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = show(page, served.url)
    assert len(address) > 8190
    finding = page.locator("#balance-scatter-finding").inner_text()
    with page.expect_response("**/fetched/balance-table*") as fetched:
        page.reload()
        stands(page, "balance")
        unfold(page, "balance-table")
    assert page.url == address
    expect(page.locator("#balance-scatter-finding")).to_have_text(finding)
    assert page.locator("#notice").is_hidden()

    page.locator('[data-export="balance-bars"]').click()
    dialog = page.get_by_role("dialog", name="Export")
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="CSV").click()
    dialog.get_by_role("button", name="Close").click()
    table = saved.value.path().read_text(encoding="utf-8-sig")
    assert {line.split(",")[0] for line in table.splitlines()[1:]} == set(KEPT)

    # Of the address only what the table is made of: a bit for each task.
    assert (fetched.value.status, fetched.value.request.method) == (200, "GET")
    expect(page.locator("#balance-table table")).to_contain_text("gamma")

    page.evaluate("window.dash_clientside.set_props('selection', {data: ['alpha', 'beta']})")
    expect(page.locator("#panel-title")).to_contain_text("alpha")
    assert len(page.url) > 8190

    click_says(page, page.get_by_role("button", name="Copy link"), "Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    other = page.context.new_page()
    other.goto(link)
    stands(other, "balance")
    expect(other.locator("#panel-title")).to_contain_text("alpha")
    expect(other.locator("#balance-scatter-finding")).to_have_text(finding)
    assert other.url == page.url
    other.close()


def test_the_way_to_the_figures_leaves_a_long_address_as_it_is(page: Page, served):
    address = show(page, served.url)
    page.locator("a.skip-link").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#workspace")).to_be_focused()
    assert page.url == address


def test_a_report_of_a_long_address_is_saved(page: Page, served):
    show(page, served.url)
    with page.expect_download(timeout=120_000) as saved:
        page.get_by_role("link", name="Report").click()
    assert saved.value.suggested_filename.startswith("large-")
    assert "Large" in saved.value.path().read_text(encoding="utf-8")[:4000]
    settled(page)
