"""Figures, data and captions, taken along from the page."""

from __future__ import annotations

import base64
import csv
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Download, Locator, Page, Route, expect

from core.analyses.query import TransferQuery
from core.io import open_study
from core.transfer.build import transfer_matrix
from dashboard.export.html_page import FONT
from tests.browser.conftest import EXAMPLE, Served, opened
from tests.browser.pages import go, go_on, leave, settled

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


CARD = "predictors-scatter"


# Texts of drawings that do not lie in their drawing.
CUT = """(drawings) => Object.entries(drawings).flatMap(([name, text]) => {
    const frame = document.createElement("div");
    frame.style = "position: fixed; inset: 0 auto auto 0";
    frame.innerHTML = text;
    document.body.append(frame);
    const svg = frame.querySelector("svg");
    const edge = svg.getBoundingClientRect();
    const cut = [...svg.querySelectorAll("text")].filter((one) => {
        const { left, top, right, bottom, width } = one.getBoundingClientRect();
        return width && (left < edge.left - 1 || top < edge.top - 1
            || right > edge.right + 1 || bottom > edge.bottom + 1);
    }).map((one) => `${name}: ${one.textContent}`);
    frame.remove();
    return cut;
})"""


def dialog_of(page: Page, card: str) -> Locator:
    """The export dialog of a card, its picture drawn."""
    page.locator(f'[data-export="{card}"]').click()
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.get_by_role("img")).to_be_visible()
    return dialog


def taken(page: Page, dialog: Locator, kind: str) -> tuple[str, bytes]:
    """Name and content of what the dialog saves."""
    tables = {"csv": "CSV", "tex": "LaTeX", "md": "Markdown"}
    if kind not in tables:
        dialog.get_by_label("Format").select_option(kind)
    name = tables.get(kind, "Save")
    with page.expect_download() as saved:
        dialog.get_by_role("button", name=name, exact=True).click()
    return saved.value.suggested_filename, saved.value.path().read_bytes()


def png_size(data: bytes) -> tuple[int, int]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def test_a_figure_is_saved_for_a_paper_and_what_was_chosen_is_kept(page: Page, served):
    go_on(page, served.url, "predictors", method="ftwb1", seeds="42")
    dialog = dialog_of(page, CARD)
    expect(dialog.get_by_role("status")).to_have_text(re.compile(r"89 × \d+ mm, letters of 7 pt"))
    dialog.get_by_label("Look").select_option("log")
    expect(dialog.get_by_label("Heading or equation")).to_be_checked()
    expect(dialog.get_by_label("Band")).not_to_be_checked()

    made_from = open_study(EXAMPLE).digest[:12]
    name, data = taken(page, dialog, "pdf")
    assert name == f"atlantis-predictors-scatter-ftwb1-{made_from}.pdf"
    assert data.startswith(b"%PDF-")
    (box,) = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert float(box[0]) == pytest.approx(89 / 25.4 * 72, abs=0.1)
    # Letters are letters, in a typeface that goes along; the picture is no picture of it.
    assert b"/FontFile2" in data
    assert b"/Subtype /Image" not in data

    name, data = taken(page, dialog, "svg")
    drawing = ElementTree.fromstring(data)  # noqa: S314  (our own drawing)
    assert drawing.get("width") == "89mm"
    texts = {"".join(text.itertext()) for text in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"D→T", "T→D"} <= texts
    # Its labels are as wide elsewhere as here.
    style = next(drawing.iter("{http://www.w3.org/2000/svg}style")).text or ""
    font = re.search(r'Inter Variable.*url\("data:font/woff2;base64,([^"]+)"', style)
    assert font is not None
    assert base64.b64decode(font[1]) == FONT.read_bytes()

    dialog.get_by_label("Format").select_option("png")
    dialog.get_by_label("Dots per inch").fill("300")
    name, data = taken(page, dialog, "png")
    assert png_size(data)[0] == pytest.approx(89 / 25.4 * 300, abs=2)

    page.keyboard.press("Escape")
    expect(page.locator(f'[data-export="{CARD}"]')).to_be_focused()
    page.reload()
    settled(page)
    dialog = dialog_of(page, CARD)
    expect(dialog.get_by_label("Look")).to_have_value("log")
    leave(page)


def test_the_data_and_all_figures_of_a_tab_are_saved(page: Page, served):
    go_on(page, served.url, "transfer", method="ftwb1", seeds="42")
    dialog = dialog_of(page, "transfer-actual")
    _, data = taken(page, dialog, "csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    matrix = transfer_matrix(open_study(EXAMPLE), TransferQuery("ftwb1", seeds=(42,)))
    assert len(rows) == matrix.values.size
    for row in rows:
        at = matrix.sources.index((row["trained on"],)), matrix.targets.index(row["target"])
        assert float(row["normalized improvement"]) == matrix.values[at]
    assert b"\\toprule" in taken(page, dialog, "tex")[1]

    dialog.get_by_label("Format").select_option("svg")
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Save all of this tab").click()
    with zipfile.ZipFile(saved.value.path()) as found:
        held = set(found.namelist())
        assert {"captions.txt", "transfer-actual.svg", "transfer-actual.csv"} <= held
        drawings = {name: found.read(name).decode() for name in held if name.endswith(".svg")}
        assert drawings["transfer-actual.svg"].startswith("<svg")
        assert not page.evaluate(CUT, drawings)
    count = len(drawings)
    expect(dialog).to_contain_text(f"{count} of {count} figures saved")

    # Closed meanwhile it is given up: what is asked for next is not saved.
    waiting: list[Route] = []
    more: list[Download] = []
    page.on("download", lambda one: more.append(one))
    page.route("**/take/*.csv?*", lambda one: waiting.append(one))
    with page.expect_request("**/take/*.csv?*"):
        dialog.get_by_role("button", name="Save all of this tab").click()
    expect(dialog).to_contain_text(f"0 of {count} figures made; close this to cancel")
    page.keyboard.press("Escape")
    waiting[0].continue_()
    page.wait_for_function("() => !document.querySelector('#export-dialog[aria-busy]')")
    page.unroute("**/take/*.csv?*")
    assert len(waiting) == 1
    assert not more


def test_a_caption_is_copied_with_all_it_takes_to_make_the_figure_again(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go_on(page, served.url, "balance", method="ftwb1")
    button = page.locator('[data-take="txt"][data-card="balance-scatter"]')
    button.click()
    expect(button).to_have_text("Copied")
    text = page.evaluate("navigator.clipboard.readText()")
    # What stands above the figure is the beginning of what is said.
    assert page.locator("#balance-scatter-finding").inner_text().removesuffix(".") in text
    for part in ("FTWB1", "4 seeds", "published scale", open_study(EXAMPLE).digest):
        assert part in text
    expect(button).to_have_text("Caption")


def test_the_graph_is_saved_by_keyboard(page: Page, served):
    go_on(page, served.url, "network", method="ftwb1")
    button = page.locator('[data-export="network-drawing"]')
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.get_by_role("img")).to_be_visible()
    drawing = ElementTree.fromstring(taken(page, dialog, "svg")[1])  # noqa: S314  (our own)
    texts = "".join(drawing.itertext())
    assert all(label in texts for label in ("D", "T", "Co"))
    leave(page)


@pytest.fixture
def unwatched(browser: Browser, served: Served) -> Iterator[Page]:
    """A page whose console may say that a request failed."""
    yield from opened(browser, served, watched=False, viewport={"width": 1440, "height": 900})


def test_what_fails_is_said_in_the_dialog(unwatched: Page, served):
    page = unwatched
    go(page, served.url, "balance")
    dialog = dialog_of(page, "balance-scatter")
    dialog.get_by_label("Letters, pt").fill("24")
    dialog.get_by_label("Letters, pt").press("Tab")
    expect(dialog.get_by_role("alert")).to_contain_text("are too narrow for letters of 24 pt")
    page.keyboard.press("Escape")
    page.route("**/take/*", lambda route: route.fulfill(status=409, body="No seed chosen."))
    page.locator('[data-export="balance-bars"]').click()
    expect(dialog.get_by_role("alert")).to_have_text("No seed chosen.")


def test_paper_is_white_in_the_dark_and_in_the_address(page: Page, served):
    page.emulate_media(color_scheme="dark")
    go_on(page, served.url, "balance")
    page.get_by_role("radio", name="Paper white").check()
    page.wait_for_function("() => location.search.includes('style=paper')")
    settled(page)
    page.wait_for_function(
        """() => document.querySelector("#balance-scatter-graph .js-plotly-plot")
            ._fullLayout.paper_bgcolor === "#ffffff" """
    )
    page.reload()
    expect(page.get_by_role("radio", name="Paper white")).to_be_checked()
