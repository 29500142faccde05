"""One selection: made anywhere, seen everywhere, told in the panel, kept in the address."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    addressed,
    click_cell,
    click_point,
    go,
    go_on,
    graph,
    inside,
    leave,
    marked,
    place_of,
    requests_of,
    selects,
    settled,
    stands,
    unfold,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: Page) -> Page:
    return open_page


def title(page: Page):
    return page.locator("#panel-title")


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name.capitalize()).click()
    stands(page, name)


def opened(page: Page, url: str, tab: str, *selection: str, **asked: str) -> None:
    go_on(page, url, tab, **asked, select=list(selection))


def test_a_cell_is_selected_in_every_view(page: Page, served):
    go_on(page, served.url, "transfer", method="ft1")
    click_cell(page, "transfer-actual", "angle", "distance")
    expect(title(page)).to_have_text("angle → distance")
    addressed(page, "angle", "distance")
    (mark,) = marked(page, "transfer-actual", 1)
    assert (mark["shape"], mark["exact"]) == ("rect", True)
    # Row 2 is angle, column 0 distance.
    middle = (mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    assert middle == pytest.approx(inside(page, "transfer-actual", 0, 2), abs=1)
    panel = page.locator("#panel")
    expect(panel).to_contain_text("evaluations.csv, row")
    expect(panel).to_contain_text("log(b / v) / log(b / s)")
    expect(panel).to_contain_text("CKA of angle and distance")

    tab(page, "predictors")
    selects(page, "predictors-scatter")
    (ring,) = marked(page, "predictors-scatter", 1)
    assert ring["shape"] == "circle"

    tab(page, "representations")
    selects(page, "representations-matrix")
    marked(page, "representations-matrix", 1)

    tab(page, "balance")
    assert not any(mark["exact"] for mark in marked(page, "balance-scatter", 2))
    # What stands below the window is marked when it comes into sight.
    page.locator("#balance-bars-graph").scroll_into_view_if_needed()
    marked(page, "balance-bars", 2)

    tab(page, "network")
    page.wait_for_function("() => window.atlasGraph().elements('.dimmed').length > 0")
    assert set(graph(page)["at"]) >= {"angle", "distance"}
    chosen = page.evaluate("window.atlasGraph().nodes('.chosen').map((n) => n.data('task')).sort()")
    assert chosen == ["angle", "distance"]
    expect(title(page)).to_have_text("angle → distance")


def test_what_the_pointer_rests_on_is_foreseen_and_asked_for_once(page: Page, served):
    go(page, served.url, "transfer", method="ft1")
    selects(page, "transfer-actual")
    with requests_of(page) as asked:
        left, top = place_of(page, "transfer-actual", 0, 2)
        page.mouse.move(left + 1, top + 1)
        with page.expect_response("**/panel/story*"):
            page.mouse.move(left, top)
        expect(page.locator("#panel")).to_be_hidden()
        page.mouse.click(left, top)
        expect(title(page)).to_have_text("angle → distance")
        expect(page.locator("#panel")).to_contain_text("evaluations.csv, row")
    assert len([one for one in asked if "/panel/story" in one.url]) == 1
    # A click that does not wait for it is answered as well.
    click_cell(page, "transfer-actual", "angle", "perimeter")
    expect(title(page)).to_have_text("angle → perimeter")


def test_escape_and_a_second_click_let_go(page: Page, served):
    go_on(page, served.url, "transfer", method="ft1")
    for let_go in ("escape", "again", "close"):
        click_cell(page, "transfer-actual", "compass", "inside")
        expect(title(page)).to_have_text("compass → inside")
        marked(page, "transfer-actual", 1)
        if let_go == "escape":
            page.keyboard.press("Escape")
        elif let_go == "again":
            click_cell(page, "transfer-actual", "compass", "inside")
        else:
            page.get_by_role("button", name="Let go of the selection").click()
        expect(page.locator("#panel")).to_be_hidden()
        marked(page, "transfer-actual", 0)
        addressed(page)


def test_points_bars_and_rows_select(page: Page, served):
    go_on(page, served.url, "predictors", method="ftwb1")
    click_point(page, "predictors-scatter", "inside", "perimeter")
    expect(title(page)).to_have_text("inside → perimeter")
    marked(page, "predictors-scatter", 1)

    tab(page, "balance")
    click_point(page, "balance-bars", "angle")
    expect(title(page)).to_have_text("angle")
    (bar,) = marked(page, "balance-bars", 1)
    assert bar["shape"] == "rect"
    marked(page, "balance-scatter", 1)
    unfold(page, "balance-table")
    row = page.locator("#balance-table").get_by_role("button", name="compass", exact=True)
    row.focus()
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("compass")
    expect(row).to_have_attribute("aria-pressed", "true")
    row.click()
    expect(page.locator("#panel")).to_be_hidden()
    expect(row).to_have_attribute("aria-pressed", "false")


PLACES = """(pairs) => {
    const gd = document.querySelector("#predictors-scatter-graph .js-plotly-plot");
    gd.scrollIntoView({ block: "center" });
    window.twice = 0;
    gd.on("plotly_doubleclick", () => { window.twice += 1; });
    const { x, y, customdata } = gd._fullData.find((t) => t.meta?.selects?.points);
    const { xaxis, yaxis } = gd._fullLayout;
    const box = gd.getBoundingClientRect();
    return pairs.map((wanted) => {
        const at = customdata.findIndex((pair) => String(pair) === String(wanted));
        return [box.left + xaxis._offset + xaxis.d2p(x[at]),
            box.top + yaxis._offset + yaxis.d2p(y[at])];
    });
}"""
"""Where these pairs stand in the window; from then on double clicks are counted."""
TWO_PAIRS = [["inside", "distance"], ["distance", "angle"]]


def test_quick_clicks_in_two_places_are_two_and_no_double_click(page: Page, served):
    go_on(page, served.url, "predictors", method="ftwb1")
    click_point(page, "predictors-scatter", "inside", "perimeter")
    expect(title(page)).to_have_text("inside → perimeter")
    selects(page, "predictors-scatter")
    for x, y in page.evaluate(PLACES, TWO_PAIRS):
        page.mouse.move(x + 1, y + 1)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.up()
    expect(title(page)).to_have_text("distance → angle")
    assert page.evaluate("window.twice") == 0


def test_quick_taps_in_two_places_are_two_and_no_double_tap(phone: Page, served):
    go(phone, served.url, "predictors", method="ftwb1")
    selects(phone, "predictors-scatter")
    # The panel comes up over what stands low.
    pairs = [["distance", "trianglearea"], ["perimeter", "trianglearea"]]
    places = phone.evaluate(PLACES, pairs)
    assert max(y for _, y in places) < 420
    for place in places:
        phone.touchscreen.tap(*place)
    expect(phone.locator("#panel-title")).to_have_text("perimeter → trianglearea")
    assert phone.evaluate("window.twice") == 0


def test_a_click_counts_however_soon_after_the_pointer_moved(page: Page, served):
    go_on(page, served.url, "predictors", method="ftwb1")
    click_point(page, "predictors-scatter", "inside", "perimeter")
    expect(title(page)).to_have_text("inside → perimeter")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    # A look at what is hovered that comes due while the button is down, and that less than 50 ms
    # before it goes up: from the second move on it is put off by that time.
    selects(page, "predictors-scatter")
    page.evaluate(
        """async () => {
            const gd = document.querySelector("#predictors-scatter-graph .js-plotly-plot");
            const drag = gd.querySelector(".nsewdrag");
            const at = gd._fullData.findIndex((t) => t.meta?.selects?.points);
            const { x, y } = gd._fullData[at];
            const { xaxis, yaxis } = gd._fullLayout;
            const box = gd.getBoundingClientRect();
            const place = { bubbles: true, clientX: box.left + xaxis._offset + xaxis.d2p(x[0]),
                clientY: box.top + yaxis._offset + yaxis.d2p(y[0]), detail: 1 };
            const mouse = (kind, on = drag) => on.dispatchEvent(new MouseEvent(kind, place));
            mouse("mousemove");
            mouse("mousemove");
            drag.dispatchEvent(new PointerEvent("pointerdown", { ...place, pointerType: "mouse" }));
            mouse("mousedown");
            await new Promise((done) => {
                gd.on("plotly_unhover", done);
                setTimeout(done, 60);
            });
            mouse("mouseup", document);
        }"""
    )
    expect(page.locator("#panel")).to_be_visible()


def test_a_label_selects_its_task_or_training_set(page: Page, served):
    go_on(page, served.url, "transfer", method="ft2")
    selects(page, "transfer-actual")
    page.locator("#transfer-actual-graph .xtick text", has_text="Co").first.click(force=True)
    expect(title(page)).to_have_text("compass")
    marked(page, "transfer-actual", 1)
    page.locator("#transfer-actual-graph .ytick text", has_text="D+A").first.click(force=True)
    expect(title(page)).to_have_text("distance + angle")
    addressed(page, "distance+angle")


def test_a_training_set_is_seen_through_its_tasks(page: Page, served):
    go_on(page, served.url, "transfer", method="ftwb2")
    click_cell(page, "transfer-difference", "angle+compass", "distance")
    expect(title(page)).to_have_text("angle + compass → distance")
    for card in ("transfer-actual", "transfer-predicted", "transfer-difference"):
        (mark,) = marked(page, card, 1)
        assert mark["exact"]
    expect(page.locator("#panel")).to_contain_text("Best single source")
    tab(page, "predictors")
    assert not any(ring["exact"] for ring in marked(page, "predictors-scatter", 2))
    tab(page, "network")
    page.wait_for_function("() => window.atlasGraph().nodes('.chosen').length === 3")
    # Its tasks alone, one click away.
    page.locator("#panel").get_by_role("button", name="compass", exact=True).first.click()
    expect(title(page)).to_have_text("compass → distance")


def first_number(page: Page):
    """The heading the panel begins with, and the number under it."""
    body = page.locator("#panel-body")
    return body.locator("h3").first, body.locator(".panel-means dd").first


def test_the_panel_begins_with_the_number_that_was_clicked(page: Page, served):
    go_on(page, served.url, "transfer", method="ftwb2")
    click_cell(page, "transfer-difference", "angle+compass", "distance")
    heading, number = first_number(page)
    expect(heading).to_contain_text("Difference from prediction")
    difference = number.inner_text()
    expect(page.locator("#panel")).to_contain_text("actual − predicted")
    addressed(page, "angle+compass", "distance", "difference")
    page.reload()
    stands(page, "transfer")
    expect(heading).to_contain_text("Difference from prediction")
    expect(number).to_have_text(difference)

    # The same pair in another matrix is another number of it, not a second click.
    click_cell(page, "transfer-predicted", "angle+compass", "distance")
    expect(heading).to_have_text(re.compile("^Predicted"))
    expect(number).not_to_have_text(difference)
    expect(page.locator("#panel")).to_contain_text("the best of its tasks alone: angle → distance")
    addressed(page, "angle+compass", "distance", "predicted")
    click_cell(page, "transfer-actual", "angle+compass", "distance")
    addressed(page, "angle+compass", "distance")
    expect(heading).to_contain_text("Predicted from single sources")
    click_cell(page, "transfer-actual", "angle+compass", "distance")
    expect(page.locator("#panel")).to_be_hidden()
    addressed(page)
    page.go_back()
    page.go_back()
    expect(heading).to_have_text(re.compile("^Predicted"))
    marked(page, "transfer-actual", 1)


def test_one_method_minus_another_is_what_was_clicked(page: Page, served):
    go_on(page, served.url, "compare", method="ftwb2")
    click_cell(page, "compare-matrix", "angle+compass", "distance")
    heading, number = first_number(page)
    expect(heading).to_contain_text("FTWB2 − FT2")
    expect(number).to_have_text(re.compile(r"^[+−]0\.\d+$"))
    expect(page.locator("#panel")).to_contain_text("Actual: FT2")
    addressed(page, "angle+compass", "distance", "versus")


def test_a_number_that_is_none_leaves_the_pair(page: Page, served):
    opened(page, served.url, "transfer", "angle", "distance", "product", method="ft1")
    expect(page.locator("#notice")).to_contain_text("No number of a pair")
    expect(title(page)).to_have_text("angle → distance")
    addressed(page, "angle", "distance")


def test_address_reload_back_and_forward_keep_it(page: Page, served):
    opened(page, served.url, "transfer", "angle+compass", "distance", method="ftwb2")
    expect(title(page)).to_have_text("angle + compass → distance")
    marked(page, "transfer-actual", 1)
    click_cell(page, "transfer-actual", "distance+inside", "angle")
    expect(title(page)).to_have_text("distance + inside → angle")
    addressed(page, "distance+inside", "angle")
    page.reload()
    stands(page, "transfer")
    expect(title(page)).to_have_text("distance + inside → angle")
    page.go_back()
    expect(title(page)).to_have_text("angle + compass → distance")
    (mark,) = marked(page, "transfer-actual", 1)
    page.go_forward()
    expect(title(page)).to_have_text("distance + inside → angle")
    page.wait_for_function(
        """(y) => {
            const mark = document.querySelector("#transfer-actual-graph .selection-marks rect");
            return mark && Number(mark.getAttribute("y")) !== y;
        }""",
        arg=mark["y"],
    )


def test_a_selection_stays_when_figures_are_drawn_anew(page: Page, served):
    opened(page, served.url, "transfer", "angle", "distance", method="ft1")
    marked(page, "transfer-actual", 1)
    page.locator("#method").select_option("ftwb1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    marked(page, "transfer-actual", 1)
    expect(page.locator("#panel")).to_contain_text("FTWB1")
    page.locator("#appearance").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_function(
        """() => {
            const mark = document.querySelector("#transfer-actual-graph .selection-marks rect");
            return mark && getComputedStyle(mark).stroke === "rgb(169, 162, 255)";
        }"""
    )
    leave(page)


def test_marks_follow_zoom_and_size(page: Page, served):
    opened(page, served.url, "predictors", "angle", "distance", method="ft1")
    (ring,) = marked(page, "predictors-scatter", 1)
    page.set_viewport_size({"width": 1100, "height": 900})
    page.wait_for_function(
        """(cx) => {
            const at = "#predictors-scatter-graph .selection-marks circle";
            return Number(document.querySelector(at).getAttribute("cx")) !== cx;
        }""",
        arg=ring["cx"],
    )
    page.evaluate(
        """() => window.Plotly.relayout(
            document.querySelector("#predictors-scatter-graph .js-plotly-plot"),
            {"xaxis.range": [2, 3]})"""
    )
    marked(page, "predictors-scatter", 0)
    leave(page)


@pytest.mark.parametrize(
    "selection", [("nobody",), ("angle", "nobody"), ("angle", "angle+compass"), ("a+b", "angle")]
)
def test_what_is_no_longer_there_falls_back_and_says_so(page: Page, served, selection):
    opened(page, served.url, "transfer", *selection, method="ft1")
    expect(page.locator("#notice")).to_contain_text("select")
    expect(page.locator("#panel")).to_be_hidden()
    addressed(page)


def cursor(page: Page, card: str) -> list[float] | None:
    """The middle of the cell a matrix' cursor stands on, in pixels of the figure."""
    return page.evaluate(
        """(id) => {
            const mark = document.querySelector(`#${id}-graph .cursor-marks .over`);
            const at = (name) => Number(mark.getAttribute(name));
            return mark && [at("x") + at("width") / 2, at("y") + at("height") / 2];
        }""",
        card,
    )


def test_by_keyboard(page: Page, served):
    go(page, served.url, "transfer", method="ft1")
    selects(page, "transfer-actual")
    frame, said = page.locator("#transfer-actual-frame"), page.locator("#cursor-said")
    expect(frame).to_have_attribute("role", "application")
    assert cursor(page, "transfer-actual") is None
    page.keyboard.press("Tab")
    frame.focus()
    expect(said).to_have_text(re.compile(r"^distance → distance, normalized improvement \d"))
    assert cursor(page, "transfer-actual") == pytest.approx(
        inside(page, "transfer-actual", 0, 0), abs=1
    )
    # The cursor goes through the cells and ends at the edges; nothing is selected by that.
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(said).to_have_text(re.compile(r"^angle → trianglearea, normalized improvement \d"))
    assert cursor(page, "transfer-actual") == pytest.approx(
        inside(page, "transfer-actual", 1, 2), abs=1
    )
    addressed(page)
    expect(page.locator("#panel")).to_be_hidden()

    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("angle → trianglearea")
    expect(title(page)).to_have_attribute("aria-live", "polite")
    addressed(page, "angle", "trianglearea")
    marked(page, "transfer-actual", 1)
    expect(frame).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(said).to_have_text(re.compile("^angle → crossing,"))
    expect(title(page)).to_have_text("angle → trianglearea")
    page.keyboard.press("Space")
    expect(title(page)).to_have_text("angle → crossing")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    addressed(page)
    expect(frame).to_be_focused()
    assert cursor(page, "transfer-actual") is not None

    # A second press on the same lets go; from within the panel Escape leads back.
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("angle → crossing")
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("angle → crossing")
    page.locator("#panel summary").first.focus()
    assert cursor(page, "transfer-actual") is None
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(frame).to_be_focused()


def test_the_cursor_begins_at_what_is_selected_and_takes_its_number(page: Page, served):
    opened(page, served.url, "transfer", "angle+compass", "distance", method="ftwb2")
    selects(page, "transfer-difference")
    page.locator("#transfer-difference-frame").focus()
    page.keyboard.press("ArrowRight")
    said = page.locator("#cursor-said")
    expect(said).to_have_text(re.compile("^angle [+] compass → trianglearea, difference [+−]?0"))
    page.keyboard.press("Enter")
    expect(first_number(page)[0]).to_contain_text("Difference from prediction")
    addressed(page, "angle+compass", "trianglearea", "difference")


def test_hostile_names_are_said_as_text(page: Page, served):
    go(page, served.url, "transfer", method="ft1")
    selects(page, "transfer-actual")
    page.evaluate(
        """() => {
            const gd = document.querySelector("#transfer-actual-graph .js-plotly-plot");
            const text = "<b>&lt;img src=x&gt; → b</b><br>value <b>1</b><br>";
            return window.Plotly.restyle(gd, { hovertext: [[[text]]] }, [0]);
        }"""
    )
    page.locator("#transfer-actual-frame").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#cursor-said")).to_have_text("<img src=x> → b, value 1")
    leave(page)


IN_SIGHT = """([id, bottom]) => {
    const mark = document.querySelector(`#${id}-graph .selection-marks .exact`);
    const box = mark.getBoundingClientRect();
    const space = document.querySelector("#workspace").getBoundingClientRect();
    const end = bottom ? document.querySelector(bottom).getBoundingClientRect().top : space.bottom;
    return box.top >= space.top && box.bottom <= end && box.left >= space.left
        && box.right <= space.right;
}"""


def scrolled(page: Page) -> float:
    return page.evaluate("document.querySelector('#workspace').scrollTop")


def test_a_clicked_cell_stays_in_sight(page: Page, phone: Page, served):
    go(page, served.url, "transfer", method="ftwb2")
    before = page.locator("#transfer-difference-frame").bounding_box()
    click_cell(page, "transfer-difference", "angle+compass", "angle")
    expect(page.locator("#panel")).to_be_visible()
    marked(page, "transfer-difference", 1)
    addressed(page, "angle+compass", "angle", "difference")
    settled(page)
    # The panel has taken the room beside: the matrix stands below the others now.
    assert page.locator("#transfer-difference-frame").bounding_box()["x"] < before["x"]
    assert page.evaluate(IN_SIGHT, ["transfer-difference", None])

    # What is seen anyway does not move; and what the panel does moves nothing.
    click_cell(page, "transfer-difference", "distance+inside", "angle")
    at = scrolled(page)
    addressed(page, "distance+inside", "angle", "difference")
    settled(page)
    assert scrolled(page) == at
    page.locator("#workspace").evaluate("(e) => { e.scrollTop = 0; }")
    page.locator("#panel").get_by_role("button", name="inside", exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("inside → angle")
    addressed(page, "inside", "angle")
    settled(page)
    assert scrolled(page) == 0

    go(phone, served.url, "transfer", method="ftwb2")
    click_cell(phone, "transfer-difference", "angle+compass", "angle")
    expect(phone.locator("#panel")).to_be_visible()
    addressed(phone, "angle+compass", "angle", "difference")
    settled(phone)
    assert phone.evaluate(IN_SIGHT, ["transfer-difference", "#panel"])


def test_a_clicked_cell_stays_at_the_height_of_the_pointer(page: Page, served):
    """Beside the panel a sentence above it may take another line: the page is scrolled."""
    go(page, served.url, "transfer", method="ftwb2")
    page.evaluate(
        """() => document.addEventListener(
            "pointerdown", ({ clientY }) => { window.pressedAt = clientY; }, true)"""
    )
    click_cell(page, "transfer-actual", "angle+perimeter", "angle")
    expect(page.locator("#panel")).to_be_visible()
    marked(page, "transfer-actual", 1)
    addressed(page, "angle+perimeter", "angle")
    settled(page)
    assert page.evaluate(
        """() => {
            const mark = document.querySelector("#transfer-actual-graph .selection-marks .exact");
            const { top, bottom } = mark.getBoundingClientRect();
            return top <= window.pressedAt && window.pressedAt <= bottom;
        }"""
    )
    leave(page)


def test_the_panel_pushes_and_on_a_phone_comes_from_below(page: Page, phone: Page, served):
    opened(page, served.url, "transfer", "angle", "distance", method="ft1")
    expect(page.locator("#panel")).to_be_visible()
    box, figures = (page.locator(at).bounding_box() for at in ("#panel", "#workspace"))
    assert box["width"] == 340
    assert figures["x"] + figures["width"] <= box["x"] + 1

    opened(phone, served.url, "transfer", "angle", "distance", method="ft1")
    expect(phone.locator("#panel")).to_be_visible()
    box = phone.locator("#panel").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    below = phone.locator(".sheet-buttons").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(below["y"], abs=1)
    assert below["y"] + below["height"] == 844
    assert phone.evaluate("document.querySelector('#panel').scrollWidth") <= 390


def test_scores_and_hostile_names(page: Page, served):
    page.goto(f"{served.url}/?study=scored&tab=transfer&select=crossing&select=distance")
    expect(title(page)).to_have_text("crossing → distance")
    expect(page.locator("#panel")).to_contain_text("scores.csv, row 3")
    page.goto(
        f"{served.url}/?study=scored&tab=transfer&select=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E"
    )
    expect(page.locator("#notice")).to_contain_text("<img src=x onerror=alert(1)>")


NONSENSE = {
    "tab": "nowhere",
    "method": "'; drop table",
    "seeds": "-1,NaN,99999999999999999999",
    "scale": "PUBLISHED",
    "at": "1e9",
    "layer": "3.5",
    "cka_at": "yesterday",
    "measure": "cosine",
    "predictor": "constructor",
    "predictor_layer": "9",
    "size": "-2",
    "exclude": "\u202eeert",
    "include": "distance",
    "not_source": "nobody",
    "not_target": "<b>",
    "sources": "-2",
    "goal": "glory",
    "cover": "nobody",
    "budget": "a fortune",
    "order": "random",
    "prediction": "oracle",
    "against": "itself",
    "beside": "elsewhere",
    "split": "🜁",
    "threshold": "-inf",
    "signs": "omens",
    "style": "baroque",
    "layout": "spiral",
    "arrows": "backwards",
    "fold": "origami",
    "opened": "nowhere",
    "moved": "nobody,up,left",
    "plane": "astral",
    "filter": "values equals nan",
    "sort": "sideways",
    "select": "x" * 2000,
}


def test_nonsense_in_every_key_falls_back_and_says_so(page: Page, served):
    page.goto(f"{served.url}/?{urlencode({'study': 'atlantis', **NONSENSE})}")
    # A layer of no predictor is not spoken of, nor which group of the graph would be open, nor
    # where in it no task was moved to.
    expect(page.locator("#notice p")).to_have_count(len(NONSENSE) - 3)
    first = page.locator("[role=tab]").first.get_attribute("data-tab")
    expect(page.locator(f"#page-{first}")).to_be_visible()
    settled(page)
    state = page.evaluate("[...new URLSearchParams(window.location.search)]")
    assert {key for key, _ in state} == {"study", *NONSENSE}
    assert not {tuple(pair) for pair in state} & set(NONSENSE.items())


def test_the_whole_state_stands_in_the_address_also_where_it_is_the_default(page: Page, served):
    page.goto(served.url)
    expect(page.locator("[role=tab][aria-selected=true]")).to_have_count(1)
    page.wait_for_function("() => window.location.search.length > 0")
    settled(page)
    keys = page.evaluate("[...new URLSearchParams(window.location.search).keys()]")
    assert keys == list(dict.fromkeys(keys))
    assert set(keys) == {"study", *NONSENSE}


def test_who_zooms_into_a_large_matrix_is_shown_the_names_that_have_room(page: Page, served):
    go(page, served.url, "transfer", method="ft1")
    selects(page, "transfer-actual")
    said = """(wanted) => [...document.querySelectorAll("#transfer-actual-graph .ytick text")]
        .map((tick) => tick.textContent).join() === wanted"""
    page.evaluate("""() => {
        const gd = document.querySelector("#transfer-actual-graph .js-plotly-plot");
        const names = Array.from({ length: 100 }, (_, at) => [at, `task ${at}`]);
        const axis = (range) => ({
            range, tickmode: "array", tickvals: [0, 5], ticktext: ["task 0", "task 5"],
            labelalias: Object.fromEntries(names),
        });
        const z = names.map(() => names.map(([at]) => at));
        const layout = {
            width: 300, height: 300, xaxis: axis([-0.5, 99.5]), yaxis: axis([99.5, -0.5]),
            meta: { short: { yaxis: { 21: "<b>21</b>" } } },
        };
        const part = { "xaxis.range": [19.5, 22.5], "yaxis.range": [22.5, 19.5] };
        return window.Plotly.react(gd, [{ type: "heatmap", z }], layout)
            .then(() => window.Plotly.relayout(gd, part));
    }""")
    page.wait_for_function(said, arg="task 20,21,task 22")
    page.evaluate("""() => {
        const gd = document.querySelector("#transfer-actual-graph .js-plotly-plot");
        return window.Plotly.relayout(gd, { "yaxis.range": [99.5, -0.5] });
    }""")
    page.wait_for_function(said, arg="task 0,task 5")
    leave(page)
