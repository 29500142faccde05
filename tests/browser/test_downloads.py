"""Figures, data and captions, taken along from the page."""

from __future__ import annotations

import base64
import csv
import io
import re
import struct
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from core.analyses.query import TransferQuery
from core.io import open_study
from core.transfer.build import transfer_matrix
from dashboard.export.html_page import FONT
from tests.browser.conftest import EXAMPLE
from tests.browser.pages import go, prepared, settled

pytestmark = pytest.mark.browser

CARD = "transfer-actual"


def taken(page: Page, card: str, kind: str) -> tuple[str, bytes]:
    """Name and content of what a button saves."""
    with page.expect_download() as saved:
        page.locator(f'[data-take="{kind}"][data-card="{card}"]').click()
    return saved.value.suggested_filename, saved.value.path().read_bytes()


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_a_figure_is_saved_as_image_drawing_and_data(page: Page, served):
    go(page, served.url, "transfer", method="ftwb1", seeds="42")
    name, data = taken(page, CARD, "png")
    made_from = open_study(EXAMPLE).digest[:12]
    assert name == f"atlantis-transfer-actual-ftwb1-{made_from}.png"
    assert png_size(data)[0] >= 2000

    name, data = taken(page, CARD, "svg")
    assert name.endswith(".svg")
    drawing = ElementTree.fromstring(data)  # noqa: S314  (our own drawing)
    texts = {"".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"D", "T", "A", "Co", "I", "P", "Cr"} <= texts
    # Its labels are as wide elsewhere as here.
    style = next(drawing.iter("{http://www.w3.org/2000/svg}style")).text or ""
    font = re.search(r'Inter Variable.*url\("data:font/woff2;base64,([^"]+)"', style)
    assert font is not None
    assert base64.b64decode(font[1]) == FONT.read_bytes()

    name, data = taken(page, CARD, "csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    matrix = transfer_matrix(open_study(EXAMPLE), TransferQuery("ftwb1", seeds=(42,)))
    assert len(rows) == matrix.values.size
    for row in rows:
        at = matrix.sources.index((row["trained on"],)), matrix.targets.index(row["target"])
        assert float(row["normalized improvement"]) == matrix.values[at]


def test_a_caption_is_copied_with_all_it_takes_to_make_the_figure_again(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, served.url, "balance", method="ftwb1")
    button = page.locator('[data-take="txt"][data-card="balance-scatter"]')
    button.click()
    expect(button).to_have_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    assert page.locator("#balance-scatter-finding").inner_text() in text
    for part in ("FTWB1", "4 seeds", "published scale", open_study(EXAMPLE).digest):
        assert part in text
    expect(button).to_have_text("Caption")


def test_the_graph_is_saved_by_keyboard_as_the_page_has_it(page: Page, served):
    go(page, served.url, "network", method="ftwb1")
    button = page.locator('[data-take="svg"][data-card="network-drawing"]')
    button.focus()
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    drawing = ElementTree.fromstring(saved.value.path().read_bytes())  # noqa: S314  (our own)
    texts = "".join(drawing.itertext())
    assert all(label in texts for label in ("D", "T", "Co"))
    expect(button).to_be_focused()


def test_what_fails_is_said_in_the_page(browser: Browser, served):
    page = browser.new_page()
    prepared(page)
    go(page, served.url, "balance")
    page.route("**/take/*", lambda route: route.fulfill(status=409, body="No seed chosen."))
    page.locator('[data-take="csv"][data-card="balance-bars"]').click()
    expect(page.locator("#alarm")).to_have_text("No seed chosen.")
    page.close()


def test_paper_is_white_in_the_dark_and_in_the_address(page: Page, served):
    page.emulate_media(color_scheme="dark")
    go(page, served.url, "balance")
    page.get_by_role("radio", name="Paper white").check()
    page.wait_for_function("location.search.includes('style=paper')")
    settled(page)
    page.wait_for_function(
        """() => document.querySelector("#balance-scatter-graph .js-plotly-plot")
            ._fullLayout.paper_bgcolor === "#ffffff" """
    )
    page.reload()
    expect(page.get_by_role("radio", name="Paper white")).to_be_checked()
