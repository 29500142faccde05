"""A server that is away for a while: answers are asked for again, or the page says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import Served, opened
from tests.browser.pages import go, settled, shortened, unfold

pytestmark = pytest.mark.browser


LONGER_PAUSES_MS = (700, 1500, 3000, 6000)
"""Between two tries: the last of PAUSES_MS in assets/js/page/requests.js."""


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page whose console may say that the server was not there."""
    script, viewport = shortened(*LONGER_PAUSES_MS), {"width": 1440, "height": 900}
    yield from opened(browser, served, script=script, watched=False, viewport=viewport)


@contextmanager
def away(
    page: Page, *addresses: str, status: int | None = None, times: int | None = None
) -> Iterator[list[str]]:
    """No answer to requests of these addresses, or a proxy's in its place; they are listed.

    times: so often for each request; then it is answered.
    """
    asked: list[str] = []

    def refuse(route: Route) -> None:
        body = f"{route.request.url} {route.request.post_data}"
        if times is not None and asked.count(body) >= times:
            route.continue_()
            return
        asked.append(body)
        if status is None:
            route.abort("connectionreset")
        else:
            route.fulfill(status=status, body="nobody is there")

    for address in addresses:
        page.route(address, refuse)
    yield asked
    for address in addresses:
        page.unroute(address)


CALLBACKS = "**/_dash-update-component**"


@pytest.mark.parametrize("status", [None, 502])
def test_what_was_lost_for_a_moment_comes_by_itself(page: Page, served: Served, status):
    go(page, served.url, "transfer", method="ft1")
    caption = page.locator("#transfer-actual-caption")
    with away(page, CALLBACKS, status=status, times=3) as asked:
        page.get_by_role("radio", name="Strict").check()
        expect(caption).to_contain_text("strict scale")
        settled(page)
        assert max(asked.count(one) for one in asked) == 3
    expect(page.locator("#lost")).to_be_hidden()


def test_what_stays_lost_is_said_and_asked_for_again(page: Page, served: Served):
    go(page, served.url, "transfer", method="ft1")
    lost = page.locator("#lost")
    with away(page, CALLBACKS) as asked:
        page.get_by_role("radio", name="Strict").check()
        expect(lost).to_be_visible()
        expect(lost).to_contain_text("may not be what the controls and the address say")
        expect(page.locator("#transfer-actual-caption")).not_to_contain_text("strict scale")
        asked.clear()
        lost.get_by_role("button", name="Try again").click()
        expect(lost).to_be_visible()
        assert asked
        page.get_by_role("tab", name="Balance").click()
    # Gone already where what the tab asks for has found the server back: one answer is enough.
    page.locator("#lost-again").dispatch_event("click")
    expect(lost).to_be_hidden()
    # The tab that was chosen meanwhile is not blank either, and both agree with the control.
    expect(page.locator("#balance-scatter-caption")).to_contain_text("strict scale")
    unfold(page, "balance-table")
    expect(page.locator("#balance-table tbody tr")).to_have_count(6)
    page.get_by_role("tab", name="Transfer").click()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("strict scale")


def test_panel_and_tables_say_so_in_their_place(page: Page, served: Served):
    go(page, served.url, "balance", method="ft1")
    panel, table = page.locator("#panel"), page.locator("#balance-table")
    unfold(page, "balance-table")
    expect(table.locator("tbody tr")).to_have_count(6)
    with away(page, "**/panel/**", "**/fetched/**"):
        table.get_by_role("button", name="angle", exact=True).click()
        page.get_by_role("radio", name="Strict").check()
        expect(panel).to_contain_text("The server did not answer")
        expect(table).to_contain_text("The server did not answer")
    # Its second part may be lost by now, too: one click asks for both.
    panel.get_by_role("button", name="Try again").first.click()
    expect(panel).not_to_contain_text("did not answer")
    expect(panel).to_contain_text("Given")
    expect(page.locator("#panel-title")).to_have_text("angle")
    # Whoever has a network again need not click.
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(table.locator("tbody tr")).to_have_count(6)


def test_a_server_that_is_busy_is_asked_until_it_has_time(page: Page, served: Served):
    go(page, served.url, "transfer", method="ft1")
    asked: list[str] = []

    def busy(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 8:  # more often than a server that is away is asked
            route.continue_()
        else:
            assert route.request.headers["atlas-waits"]
            route.fulfill(status=202, headers={"Retry-After": "0.1"}, body="ask again")

    page.route(CALLBACKS, busy)
    page.get_by_role("radio", name="Strict").check()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("strict scale")
    expect(page.locator("#lost")).to_be_hidden()
    page.unroute(CALLBACKS)


PROGRAM_CHANGED = "The program has changed since this page was opened: reload it."


def test_a_refusal_stands_in_its_words_is_not_kept_and_a_proxys_page_is_no_answer(
    page: Page, served: Served
):
    go(page, served.url, "transfer", method="ft1")
    method, message = page.locator("#method"), page.locator("#transfer-actual-message")
    cards = "transfer-actual-finding"

    def instead(route: Route) -> None:
        if cards in (route.request.post_data or ""):
            route.fulfill(status=400, content_type="text/plain", body=PROGRAM_CHANGED)
        else:
            route.continue_()

    page.route(CALLBACKS, instead)
    method.select_option("ftwb1")
    expect(message).to_contain_text(PROGRAM_CHANGED)
    expect(page.locator("#transfer-actual-finding")).to_be_empty()
    page.unroute(CALLBACKS)
    method.select_option("ft1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FT1 ")
    method.select_option("ftwb1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    expect(message).to_be_empty()
    settled(page)

    # What stands in front of the server asks who this is, in a page, in place of all answers.
    page.route(CALLBACKS, lambda route: route.fulfill(content_type="text/html", body="<p>Log in"))
    # What the controls offer is asked when the figures were: the first answer that is one asks for
    # all others again.
    offers = "page-state.data"
    with page.expect_response(lambda told: offers in (told.request.post_data or "")):
        page.get_by_role("radio", name="Strict").check()
    lost = page.locator("#lost")
    expect(lost).to_be_visible()
    page.unroute(CALLBACKS)
    lost.get_by_role("button", name="Try again").click()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("strict scale")
    expect(lost).to_be_hidden()
