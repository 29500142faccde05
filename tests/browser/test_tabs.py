"""Each tab comes up with its figures, and what is drawn is what core computes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.analyses.query import TransferQuery
from core.io import open_study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from dashboard.state.fields import first_method
from dashboard.text.numbers import in_cell
from tests.browser.conftest import EXAMPLE, Served
from tests.browser.kept import opened
from tests.browser.pages import (
    components,
    draws,
    finding,
    go,
    graph,
    in_address,
    settled,
    stands,
    texts,
    trace,
    unfold,
)
from tests.dashboard.counted import MOST_AT_FIRST

pytestmark = pytest.mark.browser

ASKED_WITHOUT_DASH = """() => performance.getEntriesByType("resource")
    .map(({ name }) => new URL(name))
    .filter(({ pathname, search }) => pathname === "/opening"
        || pathname === "/_dash-update-component" && !search)
    .map(({ pathname }) => pathname)"""

FIRST_LOAD, SECOND_LOAD = 1_200_000, 40_000
"""Bytes that come over the net, at most, until nothing is under way."""
BYTES = """() => performance.getEntries()
    .reduce((all, { transferSize = 0 }) => all + transferSize, 0)"""


SHIFTS = """(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value, hadRecentInput }) => {
        window.shifted += hadRecentInput ? 0 : value;
    })).observe({ type: "layout-shift", buffered: true });
})();"""
MOST_SHIFTED = 0.02
"""Of the window, as browsers count it: what moved, by how far."""


@pytest.fixture
def shifting(browser: Browser, served: Served) -> Iterator[Page]:
    """A page that adds up by how much what is seen in it moves by itself."""
    yield from opened(browser, served, script=SHIFTS, viewport={"width": 1440, "height": 900})


@pytest.fixture(scope="module")
def study():
    return open_study(EXAMPLE)


def test_it_says_where_it_is(served: Served):
    assert served.says(f"Transfer Atlas: {served.url}\n")
    assert served.says("Atlantis: 7 tasks, ")
    assert served.says("unreadable: cannot be read, ")


def test_the_bare_address_shows_the_first_tab_and_then_all_others(fresh_page: Page, served, study):
    page = fresh_page
    page.goto(served.url)
    stands(page, "overview")
    in_address(page, tab=["overview"])
    in_address(page, study=["atlantis"])
    # The head of the page has asked for the two groups of cards: nobody asks for them again.
    asked = page.evaluate(ASKED_WITHOUT_DASH)
    assert asked == ["/opening", "/_dash-update-component", "/_dash-update-component"]
    assert 100 < components(page) <= MOST_AT_FIRST
    assert 500_000 < page.evaluate(BYTES) <= FIRST_LOAD
    page.reload()
    stands(page, "overview")
    # What never changes was kept.
    assert 10_000 < page.evaluate(BYTES) <= SECOND_LOAD

    page.get_by_role("tab", name="Transfer").click()
    stands(page, "transfer")
    matrix = transfer_matrix(study, TransferQuery(first_method(study)))
    draws(page, "transfer-actual", map(in_cell, matrix.values.ravel()))
    assert len(texts(page, "transfer-actual")) >= matrix.values.size

    page.get_by_role("tab", name="Predictors").click()
    stands(page, "predictors")
    expect(page.locator("#predictors-scatter-graph .point")).to_have_count(30)
    expect(page.locator("#predictors-sweep-graph .textpoint")).to_have_count(24)

    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    expect(page.locator("#balance-scatter-graph .scatterlayer .point")).to_have_count(6)
    expect(page.locator("#balance-bars-graph .barlayer .point")).to_have_count(6)
    unfold(page, "balance-table")
    expect(page.locator("#balance-table tbody tr")).to_have_count(6)

    expect(page.locator("script[src*=dash_cytoscape]")).to_have_count(0)
    page.get_by_role("tab", name="Network").hover()
    expect(page.locator("script[src*=dash_cytoscape]")).to_have_count(1)
    # Where the pointer rests the tab is made ready, without being seen.
    page.wait_for_function("() => window.atlasGraph() && window.atlasGraph().nodes().length === 6")
    expect(page.locator("#page-network")).to_be_hidden()
    page.get_by_role("tab", name="Network").click()
    stands(page, "network")
    assert 0 < graph(page)["edges"] <= 30
    painted(page)

    page.get_by_role("tab", name="Plan").click()
    stands(page, "plan")
    # A point for each number of sources, and what was really trained.
    expect(page.locator("#plan-sizes-graph .point")).to_have_count(7)
    page.locator("#plan-size").select_option("2")
    expect(page.locator("#plan-sizes-finding")).to_contain_text("the best of them covers 6 targets")
    expect(page.locator("#plan-who-graph .xtick")).to_have_count(6)

    cells = page.locator("#pairs-grid .ag-center-cols-container .ag-cell")
    expect(cells).to_have_count(0)
    page.get_by_role("tab", name="Pairs").hover()
    expect(cells.first).not_to_be_empty()
    expect(page.locator("#page-pairs")).to_be_hidden()
    page.evaluate("window.made = document.querySelector('#pairs-grid .ag-root')")
    page.get_by_role("tab", name="Pairs").click()
    stands(page, "pairs")
    assert page.evaluate("window.made === document.querySelector('#pairs-grid .ag-root')")
    expect(page.locator(".page[data-ahead]")).to_have_count(0)
    # With all tabs drawn, a pair in the panel and all the help Dash has a few components more.
    cells.first.click()
    expect(page.locator("#panel-title")).to_be_visible()
    page.get_by_role("button", name="Help", exact=True).click()
    expect(page.locator(".help-entry").first).to_be_visible()
    settled(page)
    assert 100 < components(page) <= MOST_AT_FIRST


def painted(page: Page) -> None:
    """Wait until something else than background is on the graph's canvas."""
    page.wait_for_function(
        """() => [...document.querySelectorAll("#network-graph canvas")].some((canvas) => {
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return data.some((value, i) => i % 4 === 3 && value > 0);
        })"""
    )


def test_what_comes_later_moves_nothing_that_is_seen(shifting: Page, served: Served):
    for width, tab in ((1440, "transfer"), (1440, "representations"), (390, "overview")):
        shifting.set_viewport_size({"width": width, "height": 844})
        go(shifting, served.url, tab)
        assert shifting.evaluate("window.shifted") < MOST_SHIFTED, (width, tab)
        expect(shifting.locator("[data-later]")).to_have_count(0)


def test_another_method_draws_another_matrix_with_its_prediction(page: Page, served, study):
    go(page, served.url, "transfer", method="ft1")
    single = transfer_matrix(study, TransferQuery("ft1")).values.ravel()
    draws(page, "transfer-actual", map(in_cell, single))
    before = texts(page, "transfer-actual")
    page.locator("#method").select_option("ftwb2")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB2 is")
    for kind in (MatrixKind.ACTUAL, "predicted", MatrixKind.DIFFERENCE):
        values = transfer_matrix(study, TransferQuery("ftwb2", kind=kind)).values.ravel()
        draws(page, f"transfer-{kind}", map(in_cell, values))
    assert texts(page, "transfer-actual") != before
    expect(page.locator("#transfer-actual-caption")).to_contain_text("cut to the scale")
    expect(page.locator("#transfer-actual-caption")).to_contain_text("missing")
    expect(page.locator("#summary")).to_have_text(
        f"FTWB2, {len(study.seeds_of('ftwb2'))} seeds, published scale, crossing shown"
    )
    page.locator("#against").select_option("ft2")
    expect(page.locator("#transfer-versus-finding")).to_contain_text("FTWB2 minus FT2")


DRAWN = """() => [...document.querySelectorAll("#page-transfer .cards-matrices .js-plotly-plot")]
    .filter((gd) => gd._fullLayout && gd.checkVisibility())
    .map((gd) => {
        const told = (key, value) => (["_inputArray", "uid"].includes(key) ? undefined : value);
        const inner = (key, value) => (key.startsWith("_") ? undefined : told(key, value));
        const svg = [...gd.querySelectorAll("svg")].map((one) => {
            const copy = one.cloneNode(true);
            // plotly places a colour bar a pixel lower the first time; sums differ in a last digit.
            copy.querySelectorAll(".colorbar").forEach((bar) => bar.remove());
            return copy.outerHTML.replaceAll(gd._fullLayout._uid, "")
                .replace(/class="trace[^"]*"/g, "")
                .replace(/\\d+\\.\\d+/g, (digits) => Number(digits).toFixed(2));
        });
        return [svg.join(), JSON.stringify(gd.data, told), JSON.stringify(gd.layout, told),
                JSON.stringify(gd._fullData, inner)];
    })"""


def choose_method(page: Page, method: str) -> list[list[str]]:
    """What is drawn of another method."""
    ahead = finding(page, "transfer-actual")
    page.locator("#method").select_option(method)
    expect(page.locator("#transfer-actual-finding")).not_to_have_text(ahead)
    settled(page)
    return page.evaluate(DRAWN)


def test_cells_drawn_anew_alone_are_what_a_fresh_page_draws(page: Page, served):
    go(page, served.url, "transfer", method="ft2")
    fresh = {"ft2": page.evaluate(DRAWN)}
    page.evaluate("tick = document.querySelector('#transfer-actual-graph .xtick')")
    drawn = {"ftwb2": choose_method(page, "ftwb2")}
    # Another method of as many training sets: nothing around the cells was touched.
    assert page.evaluate("tick.isConnected")
    # Who has zoomed in sees all of another method, and all of a method with other training sets.
    page.evaluate(
        """(zoom) => Plotly.relayout(
            document.querySelector("#transfer-actual-graph .js-plotly-plot"), zoom)""",
        {"xaxis.range": [0.5, 2.5]},
    )
    drawn["ft2"] = choose_method(page, "ft2")
    drawn["ft1"] = choose_method(page, "ft1")
    for method in ("ftwb2", "ft1"):
        go(page, served.url, "transfer", method=method)
        fresh[method] = page.evaluate(DRAWN)
    assert [len(figures) for figures in fresh.values()] == [3, 3, 1]
    assert drawn == fresh


def test_a_choice_that_dash_is_told_of_later_is_not_lost(page: Page, served):
    go(page, served.url, "transfer", method="ft2")
    shown, method = page.locator("#transfer-actual-finding"), page.locator("#method")
    page.evaluate(
        """() => {
            const { afterDrawn } = window.atlasFigures;
            const held = [];
            window.hold = () => { window.atlasFigures.afterDrawn = (does) => held.push(does); };
            window.goOn = () => {
                window.atlasFigures.afterDrawn = afterDrawn;
                held.splice(0).forEach((does) => does());
            };
        }"""
    )

    def choose_while(chosen: str, happens: str) -> None:
        page.evaluate("hold()")
        method.select_option(chosen)
        page.evaluate(happens)
        settled(page)
        page.evaluate("goOn()")
        settled(page)

    # The list is drawn anew by what Dash knows.
    choose_while(
        "ftwb2",
        """dash_clientside.set_props("method", {options:
            [...document.querySelectorAll("#method option")].map(
                ({ value, textContent }) => ({ value, label: textContent }))})""",
    )
    expect(method).to_have_value("ftwb2")
    expect(shown).to_contain_text("FTWB2")
    # Another choice comes, of something else than the list.
    choose_while("ft2", 'dash_clientside.set_props("method", {value: "ftwb1"})')
    expect(method).to_have_value("ftwb1")
    expect(shown).to_contain_text("FTWB1")
    in_address(page, method=["ftwb1"])
    # Somebody goes back at once.
    choose_while(
        "ft2",
        """new Promise((went) => {
            window.addEventListener("popstate", () => went(), { once: true });
            window.history.back();
        })""",
    )
    in_address(page, method=["ftwb1"])
    expect(method).to_have_value("ftwb1")
    expect(shown).to_contain_text("FTWB1")
    # Somebody looks at another tab and comes back.
    page.evaluate("hold()")
    page.get_by_role("tab", name="Representations").click()
    expect(page.locator("#page-representations")).to_be_visible()
    page.get_by_role("tab", name="Transfer", exact=True).click()
    expect(page.locator("#page-transfer")).to_be_visible()
    page.evaluate("goOn()")
    settled(page)
    expect(method).to_be_visible()
    expect(page.locator("#measure")).to_be_hidden()


def zoom_in(page: Page, figure: str) -> None:
    """Draws a box over a part of a figure, and leaves the pointer there."""
    box = page.locator(f"#{figure}-graph .nsewdrag").first.bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + box["width"] * 0.2, top + box["height"] * 0.2, steps=4)
    page.mouse.move(left + box["width"] * 0.4, top + box["height"] * 0.4, steps=4)
    page.mouse.up()


def test_a_part_of_a_matrix_tells_no_stale_cell_and_goes_back_to_all_of_it(page: Page, served):
    go(page, served.url, "transfer", method="ft2")
    settled(page)
    # What all of it is depends on the method that is shown now: one with fewer rows.
    page.locator("#method").select_option("ft1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FT1")
    settled(page)
    first = page.locator("#transfer-actual-graph .ytick text").first
    label = first.text_content()
    whole = page.locator(".whole-figure")
    expect(whole).to_have_count(0)
    for leave in ("the button", "two clicks"):
        zoom_in(page, "transfer-actual")
        expect(whole).to_have_count(1)
        expect(first).not_to_have_text(label)
        # Another cell than the one that was under it lies under the pointer, which rests.
        expect(page.locator(".hover-of-figure")).to_be_hidden()
        if leave == "the button":
            whole.click()
        else:
            page.locator("#transfer-actual-graph .nsewdrag").first.dblclick()
        expect(whole).to_have_count(0)
        expect(first).to_have_text(label)
    # Two clicks select nothing.
    expect(page.locator("html")).to_have_attribute("data-selected", "off")
    assert "select=t" not in page.url


def test_hovering_a_cell_tells_what_is_behind_it(page: Page, served):
    go(page, served.url, "transfer", method="ftwb1")
    cell = page.locator("#transfer-actual-graph .textpoint").nth(1)
    box = cell.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + box["height"] / 2)
    card = page.locator(".hover-of-figure")
    expect(card).to_be_visible()
    for part in ("→", " at ", "seed 42", "95 %", "few samples"):
        expect(card).to_contain_text(part)
    assert card.locator("> div").count() <= 6
    # Beside the cell: neither its labels nor the cells around it are covered.
    over = card.bounding_box()
    row = page.locator("#transfer-actual-graph .ytick text").first.bounding_box()
    column = page.locator("#transfer-actual-graph .xtick text").nth(1).bounding_box()
    following = page.locator("#transfer-actual-graph .textpoint").nth(2).bounding_box()
    for kept in (row, column, following):
        assert over
        assert kept
        apart = (
            over["x"] >= kept["x"] + kept["width"]
            or over["x"] + over["width"] <= kept["x"]
            or over["y"] >= kept["y"] + kept["height"]
            or over["y"] + over["height"] <= kept["y"]
        )
        assert apart, (over, kept)
    page.mouse.down()
    page.mouse.up()
    expect(card).to_be_hidden()
    expect(page.locator("#panel-title")).to_be_visible()


def test_an_excluded_task_comes_back_with_one_click(page: Page, served):
    go(page, served.url, "balance", method="ft1")
    unfold(page, "balance-table")
    expect(page.locator("#balance-table tbody tr")).to_have_count(6)
    expect(page.locator("#group-tasks")).to_contain_text("left out:")
    page.get_by_role("checkbox", name="crossing Cr").check()
    expect(page.locator("#balance-table tbody tr")).to_have_count(7)
    in_address(page, include=["crossing"])
    page.get_by_role("checkbox", name="angle A", exact=True).uncheck()
    expect(page.locator("#balance-table tbody tr")).to_have_count(6)
    expect(page.locator("#summary")).to_contain_text("without angle")


def test_no_seed_chosen_says_so_in_place_of_the_figure(page: Page, served):
    page.goto(f"{served.url}/?study=atlantis&tab=transfer&seeds=none")
    expect(page.locator("#transfer-actual-message")).to_contain_text("no seed chosen")
    expect(page.locator("#transfer-actual-frame")).to_be_hidden()
    page.locator("#group-seeds input").first.check()
    expect(page.locator("#transfer-actual-frame")).to_be_visible()
    assert "FT1" in finding(page, "transfer-actual")


def test_an_unreadable_study_lists_its_problems_and_the_others_stay_usable(page: Page, served):
    page.goto(f"{served.url}/?study=unreadable&tab=balance")
    expect(page.locator("#problems h1")).to_contain_text("unreadable")
    rows = page.locator("#problems tbody tr")
    expect(rows.first).to_contain_text("study.toml")
    assert rows.count() >= 2
    expect(page.locator("#page-balance")).to_be_hidden()
    page.locator("#study").select_option("atlantis")
    stands(page, "balance")
    expect(page.locator("#problems")).to_be_hidden()


def test_a_study_of_scores_has_no_similarity_and_says_what_to_do(page: Page, served):
    page.goto(f"{served.url}/?study=scored&tab=predictors")
    expect(page.locator("#predictors-scatter-message")).to_contain_text("no CKA")
    expect(page.locator("#group-scale")).to_be_hidden()
    page.get_by_role("tab", name="Transfer").click()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("given scores")


def test_balance_keeps_one_scale_when_tasks_change(page: Page, served):
    ranges = """() => {
        const {xaxis, yaxis} = document.querySelector(
            "#balance-scatter-graph .js-plotly-plot")._fullLayout;
        return [xaxis.range, yaxis.range, [xaxis._length, yaxis._length]];
    }"""
    go(page, served.url, "balance", method="ft1")
    trace(page, "balance-scatter")
    before = page.evaluate(ranges)
    page.locator("#tasks-list input[value=inside]").uncheck()
    page.wait_for_function(f"(x) => ({ranges})()[0][0] !== x", arg=before[0][0])
    settled(page)
    across, up, lengths = page.evaluate(ranges)
    assert across == up
    assert lengths[0] == pytest.approx(lengths[1], abs=1)


BARS = """() => document.querySelector("#balance-bars-graph .js-plotly-plot")
    .calcdata[0].map(({ s }) => s)"""


def test_a_tab_is_drawn_before_it_is_opened_and_never_shows_another_method(page: Page, served):
    balance = page.locator("#page-balance")
    points = page.locator("#balance-scatter-graph .scatterlayer .point")
    go(page, served.url, "balance", method="ftwb2")
    wanted = (finding(page, "balance-bars"), page.evaluate(BARS))
    go(page, served.url, "transfer", method="ft1")
    # What the server has answered before comes when somebody is there and nothing else is to do.
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    assert page.evaluate(BARS) != wanted[1]
    go(page, served.url, "transfer", method="ft1")
    expect(points).to_have_count(0)
    page.mouse.move(5, 5)
    expect(points).to_have_count(6)
    expect(balance).to_be_hidden()

    page.select_option("#method", "ftwb2")
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    assert (finding(page, "balance-bars"), page.evaluate(BARS)) == wanted
