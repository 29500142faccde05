"""Reports as somebody who got one by mail opens them: from a file, without a network."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from plotly.graph_objects import Figure, Scattergl

from core.cache.result_cache import ResultCache
from dashboard.export import (
    ExportItem,
    ExportRequest,
    ImageFormat,
    collect,
    html_page,
    report_html,
    write_study,
)
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.card import CardContent
from tests.browser.conftest import EXAMPLE
from tests.browser.pages import context_of, go
from tests.hostile import write_hostile_study

pytestmark = pytest.mark.browser


class Mailed:
    """A page without a network, in which one file is opened after the other."""

    def __init__(self, browser: Browser) -> None:
        self.page = context_of(browser, offline=True).new_page()
        self.own: tuple[str, ...] = ("about:",)
        self.faults: list[str] = []
        self.page.on("console", lambda m: m.type == "error" and self.faults.append(m.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "request", lambda asked: asked.url.startswith(self.own) or self.faults.append(asked.url)
        )

    def show(
        self, path: Path, scheme: Literal["dark", "light"] = "light", width: int = 1440
    ) -> tuple[Page, list[str]]:
        """The page of a file, and what went wrong in it so far."""
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 900})
        self.faults, self.own = [], (path.as_uri(), "data:", "blob:")
        self.page.goto(path.as_uri())
        return self.page, self.faults


@pytest.fixture(scope="module")
def opened(browser: Browser):
    """`opened(file, scheme, width)`: see `Mailed.show`."""
    mailed = Mailed(browser)
    yield mailed.show
    mailed.page.context.close()


def drawn_one_by_one(page: Page) -> int:
    """Scroll to every figure; returns how many are drawn."""
    places = page.locator("[data-figure]")
    for at in range(places.count()):
        places.nth(at).evaluate("place => place.scrollIntoView()")
        expect(places.nth(at).locator(".main-svg").first).to_be_attached()
    return places.count()


@pytest.fixture(scope="module")
def report(tmp_path_factory, results) -> Path:
    """The report of the example study, one method."""
    folder = tmp_path_factory.mktemp("report")
    app_context = AppContext(StudyLibrary([EXAMPLE]), ResultCache(results))
    path = folder / "report.html"
    path.write_text(
        report_html(collect(app_context, ExportRequest(methods=("ftwb1",)))), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("width", [1440, 390])
def test_a_report_draws_every_figure_in_the_width_there_is_and_asks_nobody(opened, report, width):
    page, faults = opened(report, width=width)
    expect(page.locator("h1")).to_have_text("Atlantis")
    assert drawn_one_by_one(page) >= 15
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not faults


def test_hover_tells_the_numbers(opened, report):
    page, faults = opened(report)
    page.locator('[data-figure="transfer-actual"]').scroll_into_view_if_needed()
    cell = page.locator('[data-figure="transfer-actual"] .textpoint').first
    # Drawn, it is listened to a frame later: a pointer that rests by then says nothing more.
    page.wait_for_function(
        """() => document.querySelector('[data-figure="transfer-actual"]')
            ._ev?._events?.plotly_hover"""
    )
    cell.hover(force=True)
    card = page.locator(".hover-of-figure")
    expect(card).to_contain_text("95 %")
    assert 2 <= card.locator("> div").count() <= 6
    # Beside it, as on the page: the cell's neighbour stays in sight.
    over = card.bounding_box()
    following = page.locator('[data-figure="transfer-actual"] .textpoint').nth(1).bounding_box()
    assert over
    assert following
    assert over["x"] >= following["x"] + following["width"] or over["y"] >= (
        following["y"] + following["height"]
    )
    page.mouse.move(2, 2)
    expect(card).to_be_hidden()
    assert not faults


def test_figures_change_with_the_colours_of_the_page(opened, report):
    page, faults = opened(report, "dark")
    place = page.locator('[data-figure="overview-methods"]')
    expect(place.locator(".main-svg").first).to_be_attached()
    ground = "document.querySelector('[data-figure]')._fullLayout.paper_bgcolor"
    assert page.evaluate(ground) == "#14171c"
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(ground) == "#ffffff"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    assert not faults


def test_data_are_saved_from_the_report(opened, report):
    page, faults = opened(report)
    with page.expect_download() as saved:
        page.locator("#balance-bars").get_by_role("link", name="Data as CSV").click()
    assert saved.value.suggested_filename == "balance-bars.csv"
    text = saved.value.path().read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("task,")
    assert not [fault for fault in faults if "balance-bars" not in fault]


def test_hostile_names_run_nothing_and_ask_nobody(opened, tmp_path):
    files = write_hostile_study(tmp_path / "study")
    app_context = AppContext(StudyLibrary([files.folder]), ResultCache(None))
    found = collect(app_context, ExportRequest())
    out = tmp_path / "out"
    write_study(found, out, ImageFormat.HTML)
    for name in ("report.html", "index.html", "balance-bars.html"):
        page, faults = opened(out / name)
        drawn_one_by_one(page)
        assert "window.hacked=1" in page.inner_text("body")
        assert page.evaluate("window.hacked") is None
        assert not faults


def test_many_points_are_drawn_under_the_policy_too(opened, tmp_path):
    """Beyond 2,000 points figures use WebGL, whose shaders must not need eval."""
    figure = Figure(Scattergl(x=list(range(3000)), y=list(range(3000)), mode="markers"))
    item = ExportItem("points", "Points", "", CardContent(figure=figure), None, "Points.")
    path = tmp_path / "points.html"
    whole = html_page.page(item.tab, html_page.article(item), figures=[item])
    path.write_text(whole, encoding="utf-8")
    shown, faults = opened(path)
    expect(shown.locator(".gl-canvas").first).to_be_attached()
    assert not [fault for fault in faults if "WebGL" not in fault]


def test_the_page_saves_a_report_of_what_is_chosen(page: Page, served, opened, tmp_path):
    go(page, served.url, "balance", method="ft1", seeds="42")
    with page.expect_download(timeout=120_000) as saved:
        page.get_by_role("link", name="Report").click()
        cancel = page.get_by_role("link", name="Cancel the report")
        expect(cancel).to_have_text(re.compile("Cancel|/"))
    expect(page.locator("[data-report]")).to_have_text("Report")
    assert saved.value.suggested_filename.startswith("atlantis-")
    path = tmp_path / "saved.html"
    saved.value.save_as(path)
    mailed, faults = opened(path)
    expect(mailed.locator(".about").first).to_contain_text("; FT1; 7 tasks")
    expect(mailed.locator("#balance-bars")).to_contain_text("seeds")
    assert not faults


def test_markup_that_got_through_could_do_nothing(opened, report, tmp_path):
    """The policy of the file holds by itself: as if an escape were missing."""
    hurt = tmp_path / "hurt.html"
    planted = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
    hurt.write_text(report.read_text(encoding="utf-8").replace("<main>", f"<main>{planted}", 1))
    page, faults = opened(hurt)
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in fault for fault in faults)
