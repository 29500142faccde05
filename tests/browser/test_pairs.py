"""The Pairs tab: filter, sort, columns, copying, the file, and the selection it makes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Served, opened
from tests.browser.pages import TOO_SMALL, addressed, go, in_address, query, settled

pytestmark = pytest.mark.browser


def column(page: Page, key: str) -> list[str]:
    """The cells of a column that are drawn, from top to bottom."""
    return page.evaluate(
        """(key) => [...document.querySelectorAll("#pairs-grid .ag-row")]
            .map((row) => [Number(row.getAttribute("row-index")),
                           row.querySelector(`[col-id="${key}"]`)])
            .sort((a, b) => a[0] - b[0]).map(([, cell]) => cell ? cell.textContent : null)""",
        key,
    )


def row(page: Page, at: int) -> Locator:
    return page.locator(f'#pairs-grid .ag-row[row-index="{at}"]')


def cell(page: Page, at: int, key: str) -> Locator:
    return row(page, at).locator(f'[col-id="{key}"]')


def header(page: Page, key: str) -> Locator:
    return page.locator(f'#pairs-grid .ag-header-cell[col-id="{key}"] .ag-header-cell-label')


def show(page: Page, url: str, **asked: str | list[str]) -> None:
    go(page, url, "pairs", **asked)
    expect(cell(page, 0, "source")).not_to_be_empty()


def count(page: Page) -> Locator:
    return page.locator("#pairs-count")


def test_filter_sort_and_the_file_of_what_is_left(page: Page, served):
    show(page, served.url, method="ftwb1")
    expect(count(page)).to_have_text("49 pairs")
    page.get_by_label("source Filter Input").fill("COMP")
    expect(count(page)).to_have_text("7 of 49 pairs")
    expect(page.locator("#pairs-grid .ag-center-cols-container .ag-row")).to_have_count(7)
    assert set(column(page, "source")) == {"compass"}
    header(page, "values").click()
    header(page, "values").click()
    expect(cell(page, 0, "target")).to_have_text("compass")
    values = [float(text) for text in column(page, "values")]
    assert values == sorted(values, reverse=True)
    page.get_by_role("spinbutton", name="transfer Filter Input").fill("99")
    expect(count(page)).to_have_text("0 of 49 pairs · transfer ≥ 99")
    expect(page.locator("#pairs-grid .ag-overlay")).to_contain_text("Clear filters")
    page.get_by_role("button", name="Clear filters").click()
    expect(count(page)).to_have_text("49 pairs")
    # The file has the rows and columns on show.
    page.get_by_label("target Filter Input").fill("angle")
    expect(count(page)).to_have_text("7 of 49 pairs")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename.startswith("pairs-ftwb1-")
    text = download.value.path().read_text(encoding="utf-8")
    head, *rows = csv.reader(io.StringIO(text))
    assert head[:4] == ["source", "target", "trained on the target", "transfer"]
    assert "transfer, seed 42" not in head
    assert len(rows) == 7
    assert {line[1] for line in rows} == {"angle"}
    assert all(0 < float(line[3]) < 1.5 for line in rows)


def test_filters_and_order_are_in_the_address(page: Page, served):
    show(page, served.url, method="ftwb1", filter=["source contains COMP"], sort=["values desc"])
    expect(count(page)).to_have_text("7 of 49 pairs")
    expect(page.get_by_label("source Filter Input")).to_have_value("COMP")
    values = [float(text) for text in column(page, "values")]
    assert values == sorted(values, reverse=True)
    page.get_by_label("target Filter Input").fill("ang")
    expect(count(page)).to_have_text("2 of 49 pairs")
    page.wait_for_url("**filter=target+contains+ang**")
    in_address(page, filter=["source contains COMP", "target contains ang"])
    header(page, "target").click()
    page.wait_for_url("**sort=target+asc**")
    expect(cell(page, 0, "target")).to_have_text("angle")
    page.reload()
    expect(count(page)).to_have_text("2 of 49 pairs")
    expect(cell(page, 0, "target")).to_have_text("angle")
    page.go_back()
    page.go_back()
    expect(count(page)).to_have_text("7 of 49 pairs")
    expect(page.get_by_label("target Filter Input")).to_have_value("")
    in_address(page, sort=["values desc"])
    page.get_by_role("button", name="Clear filters").click()
    expect(count(page)).to_have_text("49 pairs")
    page.wait_for_url("**filter=&**")
    # Another study has nothing of it.
    page.locator("#study").select_option("scored")
    page.wait_for_url("**study=scored**")
    assert "sort" not in query(page)


# Back is pressed again between the answer to the first and the page's following it.
BACK_MEANWHILE = """(address) => {
    const { atlas } = window.dash_clientside;
    const follow = atlas.gather;
    atlas.gather = (...given) => {
        const said = window.dash_clientside.callback_context.triggered.map((one) => one.prop_id);
        if (said.some((prop) => prop.startsWith("filters.")) && !said.includes("address.data")) {
            atlas.gather = follow;
            window.history.replaceState(null, "", address);
            window.dispatchEvent(new PopStateEvent("popstate"));
            window.wentBack = true;
        }
        return follow(...given);
    };
}"""


def test_back_is_not_undone_by_the_answer_to_the_back_before_it(page: Page, served):
    show(page, served.url, method="ftwb1", filter=["source contains COMP"])
    expect(count(page)).to_have_text("7 of 49 pairs")
    first = page.url
    for typed, found in (("ang", "2 of 49 pairs"), ("angle", "1 of 49 pairs")):
        page.get_by_label("target Filter Input").fill(typed)
        expect(count(page)).to_have_text(found)
        page.wait_for_url(f"**filter=target+contains+{typed}**")
    settled(page)
    page.evaluate(BACK_MEANWHILE, first)
    page.go_back()
    page.wait_for_function("() => window.wentBack")
    expect(count(page)).to_have_text("7 of 49 pairs")
    settled(page)
    assert page.url == first


def test_a_filter_that_is_none_is_left_out_and_said(page: Page, served):
    asked = ["source contains comp", "bogus contains x", "values contains 3", "source blank"]
    show(page, served.url, method="ftwb1", filter=asked, sort=["values sideways"])
    expect(count(page)).to_have_text("7 of 49 pairs")
    expect(page.locator("#notice")).to_contain_text("Cannot filter the pairs by")
    expect(page.locator("#notice")).to_contain_text("Cannot sort the pairs by “values sideways”")
    in_address(page, filter=["source contains comp"])
    # One that is known, of a column without a value here, is left out by the table.
    show(page, served.url, method="ft1", filter=["predicted greaterThan 0.5"])
    expect(count(page)).to_have_text("49 pairs")
    expect(page.locator("#pairs-said")).to_contain_text("left out")
    page.wait_for_url("**filter=&**")


def test_columns_can_be_chosen_and_stay_with_the_rows_of_another_method(page: Page, served):
    show(page, served.url, method="ftwb1")
    value = cell(page, 0, "values").text_content()
    expect(header(page, "low")).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    chooser = page.get_by_role("group", name="Columns shown")
    chooser.get_by_role("checkbox", name=re.compile("^95 % low")).uncheck()
    chooser.get_by_role("checkbox", name="transfer, seed 43").check()
    # What luck has to do with it is explained beside the column, which stays as it was.
    chooser.get_by_role("button", name="What is: left without luck?").click()
    expect(page.locator("#explanation")).to_contain_text("its sign is wrong")
    page.keyboard.press("Escape")
    expect(chooser.get_by_role("checkbox", name="left without luck")).to_be_checked()
    expect(header(page, "low")).to_have_count(0)
    expect(header(page, "seed:43")).to_be_visible()
    page.keyboard.press("Escape")
    expect(chooser).to_be_hidden()
    page.locator("#method").select_option("ft1")
    expect(page.locator("#pairs-finding")).to_contain_text("FT1,")
    expect(header(page, "seed:43")).to_be_visible()
    expect(header(page, "low")).to_have_count(0)
    # It brings other rows.
    expect(cell(page, 0, "values")).not_to_have_text(value)
    page.locator("#method").select_option("ftwb2")
    expect(count(page)).to_have_text("147 pairs")
    expect(cell(page, 0, "source")).to_have_text("distance + trianglearea")


def test_a_click_on_a_row_selects_its_pair_and_a_second_lets_go(page: Page, served):
    show(page, served.url, method="ftwb1")
    cell(page, 2, "source").click()
    settled(page)
    addressed(page, "distance", "angle")
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(1)
    cell(page, 2, "source").click()
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(0)
    settled(page)
    addressed(page)
    cell(page, 3, "source").click()
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(0)
    # On a tab that is not seen the rows wait: a click elsewhere is not theirs to hold up.
    page.locator("#tab-transfer").click()
    expect(page.locator("#pairs-grid")).to_be_hidden()
    page.evaluate("atlasSelection.choose(['distance', 'angle'])")
    settled(page)
    addressed(page, "distance", "angle")
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(0)
    page.locator("#tab-pairs").click()
    expect(page.locator("#pairs-grid .row-chosen [col-id=source]")).to_have_text("distance")
    expect(page.locator("#pairs-grid .row-chosen")).to_be_in_viewport()


def test_a_training_set_of_two_tasks_is_selected_with_its_target(page: Page, served):
    show(page, served.url, method="ftwb2")
    cell(page, 2, "source").click()
    expect(page.locator("#panel")).to_be_visible()
    settled(page)
    addressed(page, "distance+trianglearea", "angle")
    page.reload()
    expect(page.locator("#pairs-grid .row-chosen [col-id=target]")).to_have_text("angle")


@pytest.fixture
def unwatched(browser: Browser, served: Served) -> Iterator[Page]:
    """A page whose console may say that a script did not come."""
    yield from opened(browser, served, watched=False, viewport={"width": 1440, "height": 900})


def test_a_pair_of_the_address_is_marked_and_in_sight_also_when_the_grid_came_late(
    unwatched: Page, served
):
    page, script = unwatched, "**/grid-atlas.min.js*"
    page.route(script, lambda route: route.abort())
    go(page, served.url, "pairs", method="ftwb1", select=["crossing", "distance"])
    expect(page.locator("#pairs-message")).to_contain_text("The table could not be loaded")
    page.unroute(script)
    page.locator("#tab-transfer").click()
    expect(page.locator("#page-pairs")).to_be_hidden()
    page.locator("#tab-pairs").click()
    expect(page.locator("#pairs-grid .row-chosen [col-id=source]")).to_have_text("crossing")
    expect(page.locator("#pairs-grid .row-chosen")).to_be_in_viewport()
    expect(page.locator("#pairs-grid .row-chosen [col-id=target]")).to_have_text("distance")
    expect(page.locator("#pairs-message")).to_be_empty()


def test_by_keyboard_a_cell_is_copied_and_a_row_chosen(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(page, served.url, method="ftwb1")
    page.get_by_role("columnheader", name="source").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):  # past the filters
        page.keyboard.press(key)
    page.keyboard.press("Control+c")
    expect(page.locator("#pairs-said")).to_contain_text("copied one cell: ")
    focused = page.evaluate("document.activeElement.textContent")
    assert page.evaluate("navigator.clipboard.readText()") == focused
    page.keyboard.press("Enter")
    expect(page.locator("#pairs-grid .row-chosen")).to_have_count(1)


def test_selected_rows_are_copied_as_a_table(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    show(page, served.url, method="ftwb1")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#pairs-said")).to_contain_text("nothing to copy: click a row first")
    cell(page, 1, "target").click()
    cell(page, 3, "target").click(modifiers=["Control"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#pairs-said")).to_contain_text("copied 2 rows")
    text = page.evaluate("navigator.clipboard.readText()")
    head, *lines = [line.split("\t") for line in text.splitlines()]
    assert head[:2] == ["source", "target"]
    assert [line[:2] for line in lines] == [["distance", "trianglearea"], ["distance", "compass"]]
    # A number is copied whole, not as it is rounded for the eye.
    assert len(lines[0][head.index("transfer")]) > 6


WIDEN = """(newWidth) => window.atlasPairs()
    .setColumnWidths([{ key: "target", newWidth }])"""


def test_on_a_phone_the_grid_scrolls_in_its_frame(phone: Page, served):
    show(phone, served.url, method="ftwb2")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    frame = phone.locator(".grid-frame").bounding_box()
    assert frame is not None
    assert frame["width"] <= 390
    # Source, target and value are seen without scrolling.
    for name in ("source", "target", "transfer"):
        box = phone.locator(".ag-header-cell", has_text=name).first.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    # A name that fits is whole.
    target = phone.locator(".ag-row [col-id=target]", has_text="trianglearea")
    expect(target.first).to_be_visible()
    # Nor does it stay cut where its column becomes wider; and who turns the phone finds them again.
    phone.evaluate(WIDEN, 60)
    expect(target.first).to_have_count(0)
    # What is left of it fits: it is not cut once more.
    assert phone.locator(".ag-row [col-id=target]").evaluate_all(
        "cells => cells.every((cell) => cell.scrollWidth <= cell.clientWidth)"
    )
    phone.evaluate(WIDEN, 300)
    expect(target.first).to_be_visible()
    phone.set_viewport_size({"width": 1000, "height": 844})
    phone.wait_for_function("() => document.querySelector('#pairs-grid').clientWidth > 640")
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.wait_for_function(
        """() => document.querySelector(".ag-header-cell[col-id=target]")
            .getBoundingClientRect().width === 116"""
    )
    expect(target.first).to_be_visible()
    assert phone.evaluate(TOO_SMALL) == []
    # The button of the sheet lies over nothing of the page.
    button = phone.get_by_role("button", name="Controls", exact=True).bounding_box()
    workspace = phone.locator("#workspace").bounding_box()
    assert button
    assert workspace
    assert workspace["y"] + workspace["height"] <= button["y"]
