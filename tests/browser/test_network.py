"""The graph: hover, click, dim, threshold."""

from __future__ import annotations

import base64
import time

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    DRAWN_SECONDS,
    addressed,
    go_on,
    graph,
    in_address,
    node_at,
    query,
    settled,
    stands,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def test_click_hover_threshold(page: Page, served):
    go_on(page, served.url, "network", method="ft1")
    x, y = node_at(page, "angle")
    page.mouse.move(x, y)
    hover = page.locator("#network-hover")
    expect(hover).to_contain_text("angle")
    expect(hover).to_contain_text("received")

    page.mouse.click(x, y)
    panel = page.locator("#panel")
    expect(panel).to_be_visible()
    expect(panel).to_contain_text("Given")
    addressed(page, "angle")
    page.wait_for_function("() => window.atlasGraph().elements('.dimmed').length > 0")
    assert all("angle" in pair for pair in graph(page)["clear"])

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.wait_for_function("() => window.atlasGraph().elements('.dimmed').length === 0")
    addressed(page)

    settled(page)
    # The slider's value lies over nothing.
    value = page.locator("#group-threshold .dash-slider-tooltip").bounding_box()
    assert value["y"] + value["height"] <= page.locator("#group-signs").bounding_box()["y"]
    before = graph(page)
    page.locator("#group-threshold [role=slider]").focus()
    for _ in range(8):
        page.keyboard.press("ArrowLeft")
    # Each key is a question of its own: the last one's answer is waited for.
    page.wait_for_function(
        """() => {
            const handle = document.querySelector("#group-threshold [role=slider]");
            const said = document.querySelector("#network-finding").textContent;
            const strength = Number((/strength of ([0-9.]+[0-9])/.exec(said) || [])[1]);
            return Math.abs(strength - Number(handle.getAttribute("aria-valuenow"))) < 0.0006
                && window.atlasGraph().edges().length === parseInt(said, 10);
        }"""
    )
    after = graph(page)
    assert after["edges"] > before["edges"]
    assert after["at"] == before["at"]
    assert after["zoom"] == before["zoom"]
    assert float(query(page)["threshold"][0]) > 0
    expect(page.locator("#network-finding")).to_contain_text(f"{after['edges']} of 30 arrows")

    page.get_by_label("Of sure sign").check()
    expect(page.locator("#network-finding")).to_contain_text("arrows of sure sign")
    settled(page)
    in_address(page, signs=["sure"])
    assert 0 < graph(page)["edges"] < 30


def test_a_pair_by_keyboard_and_by_its_address(page: Page, served):
    go_on(page, served.url, "network", method="ft1")
    page.get_by_text("Tasks and arrows as tables").click()
    first = page.locator("#network-table [data-select*=',']").first
    name = first.inner_text()
    first.focus()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.locator("h2")).to_have_text(name)
    expect(panel).to_contain_text("Strict")
    page.wait_for_function(
        "() => new URLSearchParams(window.location.search).getAll('select').length === 2"
    )
    page.reload()
    stands(page, "network")
    expect(panel.locator("h2")).to_have_text(name)
    page.wait_for_function("() => window.atlasGraph().elements('.dimmed').length > 0")
    assert len(graph(page)["clear"]) == 1
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    expect(panel.locator("h2")).to_have_text(name)

    # A graph that nobody sees is not painted for a selection, but when it is seen again.
    dimmed = "window.atlasGraph().elements('.dimmed').length"
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    settled(page)
    assert page.evaluate(dimmed) > 0
    page.get_by_role("tab", name="Network").click()
    stands(page, "network")
    page.wait_for_function(f"() => {dimmed} === 0")


def test_the_wheel_scrolls_the_page_and_buttons_zoom(page: Page, served):
    page.set_viewport_size({"width": 1440, "height": 600})
    go_on(page, served.url, "network", method="ft1")
    node_at(page, "angle")
    settled(page)
    fitted = graph(page)["zoom"]
    box = page.locator("#page-network .graph-frame").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.keyboard.down("Control")
    page.mouse.wheel(0, 60)
    page.wait_for_function("(zoom) => window.atlasGraph().zoom() < zoom", arg=fitted)
    page.keyboard.up("Control")
    fit = page.get_by_role("button", name="Fit the whole graph")
    fit.click()
    assert graph(page)["zoom"] == pytest.approx(fitted)
    page.get_by_role("button", name="Zoom in").click()
    assert graph(page)["zoom"] > fitted
    fit.click()
    assert graph(page)["zoom"] == pytest.approx(fitted)
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.wheel(0, 120)
    page.wait_for_function("() => document.querySelector('#workspace').scrollTop > 0")
    assert graph(page)["zoom"] == pytest.approx(fitted)


def test_a_dragged_task_stays_there_in_the_link_and_the_picture_until_reset(page: Page, served):
    go_on(page, served.url, "network", method="ft1", layout="layers")
    reset = page.get_by_role("button", name="Reset")
    expect(reset).to_be_hidden()
    x, y = node_at(page, "angle")
    settled(page)
    before = graph(page)["at"]["angle"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    page.mouse.up()
    expect(reset).to_be_visible()
    settled(page)
    (place,) = query(page)["moved"]
    assert place.endswith(",angle")
    moved = graph(page)["at"]["angle"]
    assert moved != before
    drawing = page.request.get(
        f"{served.url}/take/network-drawing.json?{page.url.split('?')[1]}"
    ).json()
    (trace,) = drawing["data"]
    drawn = [text.split("<br>")[0] for text in trace["text"]].index("angle")
    page.reload()
    stands(page, "network")
    node_at(page, "angle")
    kept = graph(page)["at"]["angle"]
    assert kept == pytest.approx(moved, abs=1)
    x_axis = np.frombuffer(base64.b64decode(trace["x"]["bdata"]), trace["x"]["dtype"])
    assert x_axis[drawn] == pytest.approx(kept["x"])

    search = page.get_by_label("Find a task in the graph")
    search.fill("angl")
    page.wait_for_function("() => window.atlasGraph().nodes('.found').length === 2")
    search.fill("perim")
    page.keyboard.press("Enter")
    addressed(page, "perimeter")
    reset.click()
    expect(reset).to_be_hidden()
    settled(page)
    assert graph(page)["at"]["angle"] == pytest.approx(before)


FRAMES_ASKED_FOR = """() => new Promise((done) => {
    const ask = window.requestAnimationFrame;
    let asked = 0;
    window.requestAnimationFrame = (does) => {
        asked += 1;
        return ask(does);
    };
    const look = (frames) => ask(() => {
        if (frames) {
            look(frames - 1);
        } else {
            window.requestAnimationFrame = ask;
            done(asked);
        }
    });
    look(20);
})"""


def rests(page: Page) -> None:
    """Wait until nothing in the page asks for a frame of the screen any more."""
    deadline = time.monotonic() + DRAWN_SECONDS
    while asked := page.evaluate(FRAMES_ASKED_FOR):
        assert time.monotonic() < deadline, f"asks for {asked} frames in 20"


def test_a_graph_that_stands_still_asks_for_no_frame_until_it_changes(page: Page, served):
    go_on(page, served.url, "network", method="ft1")
    node_at(page, "angle")
    rests(page)
    page.evaluate("() => { window.atlasGraph().on('render', () => { window.drawn = true; }); }")
    for change in ("a click", "a button", "another method"):
        page.evaluate("window.drawn = false")
        if change == "a click":
            page.mouse.click(*node_at(page, "angle"))
        elif change == "a button":
            page.get_by_role("button", name="Zoom in").click()
        else:
            page.locator("#method").select_option("ftwb1")
        page.wait_for_function("() => window.drawn")
        rests(page)
    # Nor does one that nobody sees.
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    rests(page)


def test_a_community_that_was_found_opens_with_a_click_and_closes_with_back(page: Page, served):
    go_on(page, served.url, "network", study="parted", fold="groups")

    def folded(*labels: str) -> None:
        page.wait_for_function(
            "(wanted) => String(window.atlasGraph()?.nodes().map((n) => n.data('label')).sort())"
            " === String(wanted)",
            arg=sorted(labels),
        )

    both = ("community 1\n3 tasks", "community 2\n3 tasks")
    folded(*both)
    settled(page)
    expect(page.locator("#network-legend")).to_contain_text("a group: click to open")
    page.mouse.click(*node_at(page, ""))
    opened = ("ant\n0.00", "bee\n0.00", "cat\n0.00", both[1])
    folded(*opened)
    in_address(page, opened=["community 1"])
    page.go_back()
    folded(*both)
    page.go_forward()
    folded(*opened)
    page.get_by_role("button", name="Reset").click()
    folded(*both)
