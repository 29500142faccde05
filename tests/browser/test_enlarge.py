"""A figure as large as the window, the next one with an arrow key, and all of them on paper."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    click_cell,
    click_point,
    go,
    marked,
    place_of,
    selects,
    settled,
    stands,
    texts,
)

pytestmark = pytest.mark.browser

CARD = "transfer-actual"
SIZE = """(card) => {
    const box = document.querySelector(`#${card}-graph .main-svg`).getBoundingClientRect();
    return [box.width, box.height, box.right <= innerWidth, box.bottom <= innerHeight];
}"""

PLACE = """(card) => {
    const { width, height } = document.getElementById(`${card}-graph`).getBoundingClientRect();
    return [width, height];
}"""

DRAWN_DARK = """() => document.querySelector("#predictors-scatter-graph .js-plotly-plot")
    ._fullLayout.paper_bgcolor === "#14171c"
"""


def size(page: Page, card: str) -> list[float]:
    found: list[float] = page.evaluate(SIZE, card)
    return found


def enlarged(page: Page) -> str | None:
    name: str | None = page.evaluate("document.querySelector('.card-figure:popover-open')?.id")
    return name


def test_a_figure_grows_to_the_window_and_goes_back(page: Page, served):
    go(page, served.url, "transfer", method="ftwb1")
    before = size(page, CARD)
    button = page.locator(f"#{CARD}-card [data-enlarge]")
    button.click()
    expect(page.locator(f"#{CARD}-card")).to_have_attribute("role", "dialog")
    page.wait_for_function(f"(w) => ({SIZE})('{CARD}')[0] > 1.3 * w", arg=before[0])
    width, height, *inside = size(page, CARD)
    assert inside == [True, True]
    assert width / height == pytest.approx(before[0] / before[1], rel=0.02), "cells stay square"
    # It is the figure it was: a cell can be clicked.
    click_cell(page, CARD, "distance", "angle")
    expect(page.locator("#panel-title")).to_have_text("distance → angle")
    page.keyboard.press("Escape")
    expect(page.locator(f"#{CARD}-card")).not_to_have_attribute("role", "dialog")
    expect(button).to_be_focused()
    page.wait_for_function(f"(w) => Math.abs(({SIZE})('{CARD}')[0] - w) < 2", arg=before[0])
    expect(page.locator("#panel-title")).to_have_text("distance → angle")


def test_figures_are_presented_in_turn_by_keyboard(page: Page, served):
    go(page, served.url, "transfer", method="ftwb2")
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Back to the page")).to_be_focused()
    assert enlarged(page) == "transfer-actual-card"
    # Higher than wide, it is not made smaller: the texts stand beside it.
    settled(page)
    assert size(page, CARD)[1] >= 830
    page.keyboard.press("ArrowRight")
    assert enlarged(page) == "transfer-predicted-card"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert enlarged(page) == "transfer-difference-card"
    settled(page)
    assert texts(page, "transfer-difference")
    page.keyboard.press("f")
    assert enlarged(page) is None
    # A letter that somebody writes is a letter.
    page.locator("#sources-out").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".dash-dropdown-search")).to_be_focused()
    page.keyboard.type("f")
    assert enlarged(page) is None


@pytest.mark.parametrize(
    ("tab", "card"),
    [
        ("predictors", "predictors-scatter"),
        ("network", "network-drawing"),
        ("balance", "balance-scatter"),
    ],
)
def test_other_figures_take_the_window_too(page: Page, served, tab: str, card: str):
    go(page, served.url, tab, method="ftwb1")
    frame = page.locator(f"#{card}-card").locator(".figure-graph, .graph-frame")
    before = frame.bounding_box()
    page.locator(f"#{card}-card [data-enlarge]").click()
    settled(page)
    after = frame.bounding_box()
    assert after["height"] > 1.1 * before["height"]
    assert after["y"] + after["height"] <= 900
    page.keyboard.press("Escape")
    settled(page)
    assert frame.bounding_box()["height"] == pytest.approx(before["height"], abs=2)


def test_matrices_take_the_width_there_is(page: Page, served):
    go(page, served.url, "transfer", method="ftwb2")
    before = size(page, CARD)
    page.set_viewport_size({"width": 1920, "height": 1080})
    # The panel finds its room free: three matrices have no other size beside it.
    page.wait_for_function(f"(w) => ({SIZE})('{CARD}')[0] > 1.15 * w", arg=before[0])
    settled(page)
    last = page.locator("#transfer-difference-card").bounding_box()
    free = 1920 - last["x"] - last["width"]
    panel = page.evaluate(
        "parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--panel'))"
    )
    assert panel < free < panel + 60
    across, down, columns, bar, numbers = page.evaluate(
        """(id) => { const { _fullLayout: full, data } = document.querySelector(
            `#${id}-graph .js-plotly-plot`);
            const { xaxis: x, yaxis: y } = full;
            return [x._length / (x.range[1] - x.range[0]), y._length / (y.range[0] - y.range[1]),
                data[0].meta.selects.columns.length, full.coloraxis.colorbar.len,
                data.find(({ name }) => name === "numbers").textfont.size];
        }""",
        CARD,
    )
    assert across == pytest.approx(down, rel=0.02)
    assert bar == pytest.approx(across * columns, rel=0.03), "as long as the matrix is wide"
    assert numbers == 12
    # Another method of as many training sets has its cells drawn anew alone, in the same place.
    page.evaluate(f"tick = document.querySelector('#{CARD}-graph .xtick')")
    page.locator("#method").select_option("ft2")
    settled(page)
    assert page.evaluate("tick.isConnected")
    assert page.evaluate(f"({PLACE})('{CARD}')") == size(page, CARD)[:2]
    # A matrix beside another figure, too.
    for tab, card in (("compare", "compare-matrix"), ("representations", "representations-matrix")):
        page.locator(f"#tab-{tab}").click()
        stands(page, tab)
        page.wait_for_function(f"() => ({SIZE})('{card}')[0] > 440")
        page.wait_for_function(
            """() => { const { scrollWidth, clientWidth } = document.querySelector("#workspace");
                return scrollWidth <= clientWidth; }"""
        )
    page.locator("#tab-transfer").click()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"(w) => Math.abs(({SIZE})('{CARD}')[0] - w) < 2", arg=before[0])
    # One alone takes it in every window, and keeps it beside the panel.
    page.locator("#method").select_option("ft1")
    page.wait_for_function(f"(w) => ({SIZE})('{CARD}')[0] > 1.3 * w", arg=before[0])
    settled(page)
    alone = size(page, CARD)[:2]
    page.locator(f"#{CARD}-graph .nsewdrag").first.click(position={"x": 60, "y": 60})
    expect(page.locator("#panel")).to_be_visible()
    settled(page)
    assert size(page, CARD)[:2] == alone


# Figures are fitted to the room there is a frame after it changed.
WIDTH = f"document.querySelector('#{CARD}-graph .js-plotly-plot').layout.width"


PICTURE = """async ([size, turned]) => {
    const place = document.createElement("div");
    document.body.append(place);
    // From 0 to 1 along a row; the first cell of each is empty, the last is beyond the scale.
    const value = (row, at) => (
        at === 0 ? NaN : at === size - 1 ? 2 : row === 0 ? 0 : at / (size - 1));
    const along = Array.from({ length: size }, (_, at) => at);
    const z = along.map((row) => Float32Array.from(along, (at) => value(row, at)));
    await window.Plotly.newPlot(place, [{ type: "heatmap", z, coloraxis: "coloraxis" }], {
        width: 500, height: 500,
        coloraxis: { colorscale: [[0, "#200000"], [1, "#20ff00"]], cmin: 0, cmax: 1 },
        xaxis: { autorange: turned ? "reversed" : true },
        yaxis: { autorange: "reversed" },
    });
    const image = new Image();
    image.src = place.querySelector("image").href.baseVal;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    place.remove();
    return [0, 5].map((row) => [0, 1, 50, size - 1].map((at) => (
        [...context.getImageData(turned ? size - 1 - at : at, row, 1, 1).data])));
}"""


FITTED = """async () => {
    const letters = { size: 9, color: ["#111111", "#222222", "#333333", "#444444"] };
    const figure = (...values) => ({
        data: [
            { type: "heatmap", z: [values.slice(0, 2), values.slice(2)], coloraxis: "coloraxis" },
            { type: "scatter", mode: "text", x: [0, 1, 0, 1], y: [0, 0, 1, 1],
                text: values.map((value) => value.toFixed(1)), textfont: { ...letters } },
        ],
        layout: {
            width: 300, height: 300,
            coloraxis: { cmin: 0, cmax: 1, colorscale: [[0, "#200000"], [1, "#20ff00"]] },
            xaxis: { range: [-0.5, 1.5] }, yaxis: { range: [1.5, -0.5] },
        },
        config: {},
    });
    const drawn = async (...figures) => {
        const place = document.createElement("div");
        document.body.append(place);
        const { Plotly } = window;
        await Plotly.react(place, structuredClone(figures[0]));
        await Plotly.fit(place, { width: 420, height: 420 }, 12, [1]);
        const { _fullLayout: before } = place;
        for (const next of figures.slice(1)) {
            await Plotly.react(place, structuredClone(next));
        }
        const said = [place.querySelector(".heatmaplayer image").href.baseVal, place.layout.width,
            ...[...place.querySelectorAll(".textpoint text")].map((text) => [
                text.textContent, text.style.fontSize, text.style.fill, text.getAttribute("x")])];
        const quick = place._fullLayout === before;
        await Plotly.relayout(place, { "xaxis.range": [-0.5, 0.5] });
        await Plotly.react(place, structuredClone(figures.at(-1)));
        const zoomed = [place.layout.width, place._fullLayout.xaxis.range];
        place.remove();
        return { said: JSON.stringify(said), quick, zoomed: JSON.stringify(zoomed) };
    };
    const first = [figure(0, 0.2, 0.4, 0.6), figure(1, 0.1, 0.3, 0.5), figure(0.9, 0.8, 0.7, 0)];
    return [await drawn(...first), await drawn(figure(0.9, 0.8, 0.7, 0))];
}"""


def test_a_large_matrix_has_the_colours_of_a_small_one(page: Page, served):
    go(page, served.url, "transfer")
    # One that was fitted to a wide window has its cells drawn alone, and looks as if drawn whole.
    fitted, whole = page.evaluate(FITTED)
    assert fitted["quick"]
    assert fitted["said"] == whole["said"]
    assert "12px" in fitted["said"]
    assert fitted["zoomed"] == whole["zoomed"] == "[300,[-0.5,1.5]]"
    for size, turned in ((99, False), (120, False), (120, True)):
        found = page.evaluate(PICTURE, [size, turned])
        for row, shares in ((0, (0, 0)), (1, (1 / (size - 1), 50 / (size - 1)))):
            empty, *between, beyond = found[row]
            assert empty == [0, 0, 0, 0]
            assert beyond == [32, 255, 0, 255]
            for color, share in zip(between, shares, strict=True):
                assert [color[0], *color[2:]] == [32, 0, 255]
                assert abs(color[1] - 255 * share) <= 1


@pytest.mark.parametrize("which", ["actual", "predicted", "difference"])
def test_a_clicked_cell_of_three_matrices_stays_under_the_pointer(page: Page, served, which):
    go(page, served.url, "transfer", method="ftwb3")
    card = f"transfer-{which}"
    before = size(page, card)
    selects(page, card)
    # Scrolled to where it will be clicked.
    place_of(page, card, 4, 9)
    at = page.locator(f"#{card}-card").bounding_box()
    click_cell(page, card, "distance+angle+crossing", "inside")
    expect(page.locator("#panel")).to_be_visible()
    marked(page, card, 1)
    settled(page)
    expect(page.locator("#rail-body")).to_be_visible()
    assert size(page, card) == before
    now = page.locator(f"#{card}-card").bounding_box()
    covered = at["x"] + at["width"] - page.locator("#panel").bounding_box()["x"]
    assert now["y"] == pytest.approx(at["y"], abs=1)
    # What stands where the panel comes is scrolled out from under it, and nothing else.
    if which == "difference":
        assert covered < at["x"] - now["x"] < covered + 40
    else:
        assert now["x"] == at["x"]
    page.keyboard.press("Escape")
    settled(page)
    assert page.locator(f"#{card}-card").bounding_box()["x"] == at["x"]
    assert size(page, card) == before


SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => {
        window.shifted += value;
    })).observe({ type: "layout-shift" });
}"""
"""Also what moves on a click: `hadRecentInput` does not excuse it."""
FIGURES = """() => Object.fromEntries([...document.querySelectorAll(
    ".page:not([hidden]) .card-figure .js-plotly-plot")].map((gd) => {
        const { x, y, width, height } = gd.getBoundingClientRect();
        return [gd.closest(".card-figure").id, [x, y, width, height].map(Math.round)];
    }))"""


@pytest.mark.parametrize(
    ("tab", "card", "point"),
    [
        ("predictors", "scatter", ("compass", "inside")),
        ("balance", "scatter", ("compass",)),
        ("compare", "scatter", ("inside", "inside")),
        ("teachers", "scatters", ("compass",)),
    ],
)
@pytest.mark.parametrize("width", [1440, 1920])
def test_a_clicked_point_and_all_beside_it_stay_where_they_are(
    page: Page, served, tab, card, point, width
):
    page.set_viewport_size({"width": width, "height": 900})
    card = f"{tab}-{card}"
    go(page, served.url, tab)
    selects(page, card)
    page.evaluate(SHIFTS)
    before = page.evaluate(FIGURES)
    click_point(page, card, *point)
    expect(page.locator("#panel")).to_be_visible()
    settled(page)
    up = before[f"{card}-card"][1] - page.evaluate(FIGURES)[f"{card}-card"][1]
    scrolled = page.locator("#workspace").evaluate("(it) => it.scrollTop")
    after = page.evaluate(FIGURES)
    assert up == pytest.approx(scrolled, abs=1), "only to where it was clicked"
    assert {name: [x, y + up, *size] for name, (x, y, *size) in after.items()} == before, (
        "nothing shrinks, and nothing goes below another"
    )
    assert page.evaluate("window.shifted") < 0.01
    page.keyboard.press("Escape")
    settled(page)
    assert page.locator("#panel").is_hidden()
    assert page.evaluate(FIGURES) == after


TOPS = """() => [".grid-frame", ".graph-holder", "#plan-who-card .js-plotly-plot"]
    .map((of) => document.querySelector(of)).filter((one) => one?.checkVisibility())
    .map((one) => Math.round(one.getBoundingClientRect().top))"""


@pytest.mark.parametrize("tab", ["pairs", "network", "plan"])
def test_what_was_clicked_stands_as_high_beside_the_panel(page: Page, served, tab):
    """What stands above it takes no other line there."""
    go(page, served.url, tab)
    settled(page)
    before = page.evaluate(TOPS)
    assert len(before) == 1
    page.evaluate("atlasSelection.choose(['distance', 'angle'])")
    expect(page.locator("#panel")).to_be_visible()
    settled(page)
    assert page.evaluate(TOPS) == before


def test_at_the_left_the_panel_covers_no_figure_but_the_controls(page: Page, served):
    go(page, served.url, "transfer", method="ftwb3")
    before = page.evaluate(FIGURES)
    click_cell(page, CARD, "distance+angle+crossing", "inside")
    up = before["transfer-actual-card"][1] - page.evaluate(FIGURES)["transfer-actual-card"][1]
    page.get_by_role("button", name="To the left: over the controls").click()
    settled(page)
    after = page.evaluate(FIGURES)
    assert {name: [x, y + up, *size] for name, (x, y, *size) in after.items()} == before
    assert all(x + width <= 1440 for x, _, width, _ in after.values())
    panel, rail = page.locator("#panel").bounding_box(), page.locator("#rail").bounding_box()
    assert (panel["x"], panel["width"]) == (0, rail["width"])
    expect(page.locator("#rail-body")).to_be_hidden()
    # It is found there again, and the controls when it goes.
    go(page, served.url, "compare", select=["inside", "compass"])
    expect(page.locator("#panel")).to_be_visible()
    assert page.locator("#panel").bounding_box()["x"] == 0
    page.keyboard.press("Escape")
    expect(page.locator("#rail-body")).to_be_visible()
    click_cell(page, "compare-matrix", "inside", "compass")
    expect(page.locator("#rail-body")).to_be_hidden()
    page.get_by_role("button", name="To the right: the controls come back").click()
    expect(page.locator("#rail-body")).to_be_visible()
    assert page.locator("#panel").bounding_box()["x"] > 1000


def test_on_paper_stand_the_figures_with_their_captions_and_no_controls(page: Page, served):
    go(page, served.url, "predictors", method="ftwb1")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for gone in ("#bar", "#rail", ".take-along", ".help-button"):
        expect(page.locator(gone).first).to_be_hidden()
    for card in ("scatter", "sweep", "ceilings", "tasks", "items"):
        expect(page.locator(f"#predictors-{card}-finding")).to_be_visible()
        expect(page.locator(f"#predictors-{card}-frame")).to_be_visible()
    expect(page.locator("#predictors-scatter-caption p").first).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator("#predictors-scatter-caption p").first).to_be_hidden()
    expect(page.locator("#rail")).to_be_visible()


def test_ctrl_p_draws_what_is_folded_and_prints_in_light_colours(page: Page, served):
    go(page, served.url, "predictors", method="ftwb1")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DRAWN_DARK)
    # Whatever stands on the page when the printer is called.
    page.evaluate(
        """() => { window.print = () => {
            window.paper = {
                theme: document.documentElement.dataset.bsTheme,
                head: document.querySelector(".print-head").textContent,
                undrawn: [...document.querySelectorAll(
                    "#page-predictors .card-figure:not([hidden])")].filter((card) =>
                    !card.querySelector(".finding").textContent
                    && card.checkVisibility()).map((card) => card.id),
                heights: [...document.querySelectorAll(
                    "#page-predictors .figure-frame:not([hidden])")].map((frame) =>
                    frame.style.getPropertyValue("--print-zoom") * frame.offsetHeight),
            };
        }; }"""
    )
    page.keyboard.press("Control+p")
    page.wait_for_function("() => window.paper")
    paper = page.evaluate("window.paper")
    assert (paper["theme"], paper["undrawn"]) == ("light", [])
    assert paper["head"].startswith("Atlantis · Predictors · FTWB1, 4 seeds")
    assert len(paper["heights"]) >= 5
    assert max(paper["heights"]) < 480, "a sheet holds it"
    page.wait_for_function(DRAWN_DARK)
    expect(page.locator(".print-head")).to_have_count(0)
    assert not page.locator(".folded-cards[open]").count()


BREAKS_AROUND = """(of) => {
    const found = [];
    for (let one = document.querySelector(of); one; one = one.parentElement) {
        found.push(getComputedStyle(one).breakInside);
    }
    return found;
}"""


def test_the_rows_of_pairs_stand_on_paper(page: Page, served):
    go(page, served.url, "pairs", method="ftwb1")
    expect(page.locator("#pairs-count")).to_have_text("49 pairs")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    rows = page.locator(".print-rows tbody tr")
    expect(rows).to_have_count(49)
    expect(rows.nth(1)).to_contain_text("trianglearea")
    # They begin below their finding: nothing around them goes to the next sheet as a whole.
    page.emulate_media(media="print")
    assert set(page.evaluate(BREAKS_AROUND, ".print-rows")) == {"auto"}
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(rows).to_have_count(0)
