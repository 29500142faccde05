"""The address is the state; appearance, keyboard and small screens."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from core.io import open_study
from tests.browser.conftest import EXAMPLE
from tests.browser.pages import (
    addressed,
    click_says,
    go,
    graph,
    in_address,
    query,
    requests_of,
    settled,
    stands,
    trace,
)
from tests.browser.test_access import check

pytestmark = pytest.mark.browser


def test_of_two_studies_chosen_at_once_the_last_is_shown(page: Page, served):
    go(page, served.url, "transfer", study="scored")

    def late(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/_dash-update-component", late)
    page.locator("#study").select_option("atlantis")
    page.locator("#study").select_option("scored")
    settled(page)
    page.unroute("**/_dash-update-component")
    expect(page.locator("#transfer-actual-caption")).to_contain_text("given scores")
    in_address(page, study=["scored"])
    # Nor is it stuck: the other one can still be chosen, and left again.
    page.locator("#study").select_option("atlantis")
    expect(page.locator("#transfer-actual-caption")).to_contain_text("4 seeds")
    page.go_back()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("given scores")
    expect(page.locator("#study")).to_have_value("scored")


@pytest.mark.parametrize("between", [[], ["digits", "atlantis"]])
def test_another_study_is_told_nothing_of_the_one_before(page: Page, served, between: list[str]):
    # The study shown meanwhile has predictors, tasks and seeds that the other one has not.
    go(page, served.url, "predictors", exclude="distance")
    expect(page.locator("#study")).to_have_value("atlantis")

    def late(route: Route) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.route("**/_dash-update-component", late)
    for study in [*between, "digits"]:
        page.locator("#study").select_option(study)
    settled(page)
    page.unroute("**/_dash-update-component")
    page.wait_for_function("() => window.location.search.includes('study=digits&')")
    settled(page)
    expect(page.locator("#study")).to_have_value("digits")
    assert "exclude" not in query(page), page.url
    in_address(page, seeds=["all"])
    # Chosen for a moment only, the other one leaves nothing behind either.
    page.locator("#study").select_option("atlantis")
    page.locator("#study").select_option("digits")
    page.locator("#study").select_option("atlantis")
    page.wait_for_function("() => window.location.search.includes('study=atlantis&')")
    settled(page)
    expect(page.locator("#study")).to_have_value("atlantis")
    assert "exclude" not in query(page), page.url


def test_findings_of_another_study_are_not_shown_as_those_of_this_one(page: Page, served):
    go(page, served.url, "transfer")
    card, finding = page.locator("#transfer-actual-card"), page.locator("#transfer-actual-finding")
    said = finding.inner_text()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "transfer-actual-finding" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component", hold)
    with page.expect_request(lambda one: "transfer-actual-finding" in (one.post_data or "")):
        page.locator("#study").select_option("scored")
    expect(finding).to_be_hidden()
    expect(card.locator("[aria-busy=true]")).to_contain_text("Loading")
    for route in held:
        route.continue_()
    page.unroute("**/_dash-update-component")
    expect(finding).to_be_visible()
    expect(finding).not_to_have_text(said)
    expect(card.locator("[aria-busy]")).to_have_count(0)
    # What is kept stands as it was.
    page.locator("#study").select_option("atlantis")
    expect(finding).to_have_text(said)
    expect(finding).to_be_visible()
    # Chosen and left again before an answer came: nothing stays hidden.
    page.locator("#study").select_option("scored")
    page.locator("#study").select_option("atlantis")
    settled(page)
    expect(finding).to_have_text(said)
    expect(finding).to_be_visible()
    expect(
        page.locator("#page-transfer [data-elsewhere], #page-transfer [aria-busy]")
    ).to_have_count(0)


def test_reload_back_and_forward_keep_the_state(page: Page, served):
    go(page, served.url, "transfer", method="ft1")
    page.locator("#method").select_option("ftwb1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    page.get_by_role("radio", name="Strict").check()
    expect(page.locator("#transfer-actual-caption")).to_contain_text("strict scale")
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    in_address(page, scale=["strict"], tab=["balance"])
    here = page.url

    page.reload()
    stands(page, "balance")
    assert page.url == here
    expect(page.locator("#method")).to_have_value("ftwb1")
    expect(page.get_by_role("radio", name="Strict")).to_be_checked()

    page.go_back()
    stands(page, "transfer")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    page.go_back()
    expect(page.get_by_role("radio", name="Published")).to_be_checked()
    page.go_back()
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FT1 ")
    expect(page.locator("#method")).to_have_value("ft1")
    page.go_forward()
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    expect(page.locator("#method")).to_have_value("ftwb1")


def test_another_choice_leaves_open_what_is_open_and_one_that_was_shown_asks_nothing(
    page: Page, served
):
    go(page, served.url, "transfer", method="ft1")
    details = page.locator("#transfer-actual-caption details")
    details.locator("summary").click()
    page.locator("#method").select_option("ftwb1")
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FTWB1")
    expect(details).to_have_attribute("open", "")
    settled(page)
    with requests_of(page) as asked:
        page.locator("#method").select_option("ft1")
        # In the same breath: neither a server nor Dash stands between.
        assert "FT1 " in page.locator("#transfer-actual-finding").text_content()
        settled(page)
    wanted = [one.post_data or "" for one in asked if "atlas-foreseen" not in one.headers]
    assert not [one for one in wanted if "figure-input-transfer" in one]
    expect(page.locator("#transfer-actual-caption")).to_contain_text("4 seeds")


def test_nonsense_in_the_address_falls_back_and_says_so(page: Page, served):
    page.goto(
        f"{served.url}/?study=atlantis&tab=transfer&method=%3Cb%3Enope&seeds=7,x&scale=big"
        "&layer=99&exclude=nothing&threshold=-1&select=a&select=b&select=c"
    )
    stands(page, "transfer")
    notice = page.locator("#notice")
    for text in ("<b>nope", "seed", "scale", "layer", "threshold", "select"):
        expect(notice).to_contain_text(text)
    in_address(page, method=["ft1"])
    assert "exclude" not in query(page)
    page.get_by_role("radio", name="Strict").check()
    expect(notice).to_be_hidden()


def test_appearance_changes_figures_too_and_is_kept(page: Page, served):
    go(page, served.url, "balance")
    light = trace(page, "balance-scatter")["background"]
    page.locator("#appearance").select_option("dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.wait_for_function(
        """(light) => document.querySelector("#balance-scatter-graph .js-plotly-plot")
            ._fullLayout.paper_bgcolor !== light""",
        arg=light,
    )
    page.reload()
    stands(page, "balance")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#appearance")).to_have_value("dark")


WORD_GOES_DOWN = """() => {
    const old = document.querySelector("#page-predictors [aria-label='What is: QAP p?']");
    window.word = old.cloneNode(true);
    old.replaceWith(window.word);
    document.getElementById("workspace").style.paddingTop = "90px";
}"""
IS_BESIDE_WORD = """() => {
    const word = window.word.getBoundingClientRect();
    const told = document.getElementById("explanation").getBoundingClientRect();
    return [told.top - word.bottom, word.top - told.bottom].some((gap) => Math.abs(gap - 6) < 1);
}"""


def test_by_keyboard_alone(page: Page, served):
    # Where the Tab key stops: test_access.py.
    go(page, served.url, "compare", method="ft1")
    page.get_by_role("tab", name="Compare").focus()
    page.keyboard.press("ArrowRight")
    stands(page, "predictors")
    expect(page.get_by_role("tab", name="Predictors")).to_be_focused()
    page.get_by_role("button", name="What is: QAP p?").first.click()
    explanation = page.locator("#explanation")
    expect(explanation.locator("h2")).to_have_text("QAP p")
    # It stays beside its word where a card above grows, and where the word is written anew.
    page.evaluate(WORD_GOES_DOWN)
    page.wait_for_function(IS_BESIDE_WORD)
    page.evaluate("word.remove()")
    expect(explanation).to_be_hidden()
    # One at a time, and on: the Tab key goes on from the word.
    page.get_by_role("button", name="What is: Scale?").first.click()
    expect(explanation.locator("h2")).to_have_text("Published and strict scale")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(explanation).to_be_hidden()


def test_a_link_to_this_view_is_copied(page: Page, served):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(page, served.url, "network", method="ftwb1")
    click_says(page, page.get_by_role("button", name="Copy link"), "Link copied")
    link, address = page.evaluate("navigator.clipboard.readText()"), page.url
    made_from = open_study(EXAMPLE).digest[:12]
    assert link == f"{address}&digest={made_from}"
    page.goto(link)
    stands(page, "network")
    # In the address of who goes on from there it has no place: what is shown is what there is.
    assert page.url == address
    notice = page.locator("#notice")
    expect(notice).to_be_hidden()
    page.goto(link.replace(f"digest={made_from}", "digest=0123456789ab"))
    stands(page, "network")
    expect(notice).to_contain_text("have changed since the link was made")
    expect(notice).to_contain_text(made_from)


IS_WIDE = """() => {
    const box = window.atlasGraph().nodes().boundingBox({ includeLabels: false });
    return box.w > box.h;
}"""


def test_a_phone_loses_nothing_at_the_side(phone: Page, served):
    go(phone, served.url, "transfer", method="ft2")
    for tab in ("Overview", "Transfer", "Compare", "Predictors", "Balance", "Network"):
        phone.get_by_role("tab", name=tab).click()
        stands(phone, tab.lower())
        assert phone.evaluate("document.documentElement.scrollWidth") == 390
        wide = phone.evaluate(
            """() => [...document.querySelectorAll("main *")].filter((e) =>
                e.checkVisibility() && e.getBoundingClientRect().right > 391
                && !e.closest(".figure-frame-scrolls, .table-frame, .graph-frame, svg"))
                .map((e) => e.id || e.className)"""
        )
        assert wide == [], f"{tab}: {wide}"
    expect(phone.locator("#rail-body")).to_be_hidden()
    phone.get_by_role("button", name="Controls", exact=True).click()
    expect(phone.locator("#threshold")).to_be_visible()
    phone.locator("#method").select_option("ftwb1")
    expect(phone.locator("#network-caption")).to_contain_text("FTWB1")
    phone.keyboard.press("Escape")
    expect(phone.locator("#rail-body")).to_be_hidden()
    settled(phone)
    assert graph(phone)["nodes"] == 6
    # Its tasks stand closer in a narrow window, whenever it became that.
    closer = graph(phone)["at"]
    phone.set_viewport_size({"width": 1440, "height": 900})
    phone.wait_for_function(IS_WIDE)
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.wait_for_function(f"() => !({IS_WIDE})()")
    for task, place in graph(phone)["at"].items():
        assert place == pytest.approx(closer[task], abs=1e-6), task


def test_a_wide_matrix_scrolls_in_its_frame_and_holds_its_row_labels(phone: Page, served):
    phone.set_viewport_size({"width": 320, "height": 640})
    go(phone, served.url, "transfer", method="ft3")
    frame = phone.locator("#transfer-actual-frame")
    far = frame.evaluate("e => { e.scrollLeft = 1000; return [e.scrollLeft, e.scrollWidth]; }")
    assert far[0] > 0, f"nothing to scroll: {far}"
    labels = frame.locator(".ytick text")
    edge = frame.bounding_box()["x"]
    for at in range(3):
        phone.wait_for_function(
            "([e, edge]) => e.getBoundingClientRect().left >= edge - 1",
            arg=[labels.nth(at).element_handle(), edge],
        )


def test_a_tab_that_needs_single_sources_changes_its_control_and_back_gives_it_back(
    page: Page, served
):
    go(page, served.url, "transfer", method="ft2")
    page.get_by_role("tab", name="Balance").click()
    stands(page, "balance")
    expect(page.locator("#method")).to_have_value("ft1")
    expect(page.locator("#summary")).to_contain_text("FT1, 4 seeds")
    expect(page.locator("#balance-scatter-caption")).to_contain_text("FT1")
    offered = page.locator("#method option:not([disabled])").all_text_contents()
    assert offered == ["FT1", "FTWB1"]
    in_address(page, method=["ft1"])
    said = "FT2 has no single sources: FT1 is shown."
    expect(page.locator("#notice")).to_have_text(said)
    expect(page.get_by_text(said).locator("visible=true")).to_have_count(1)
    # What was chosen is remembered, through a reload and in whatever tab can draw it.
    page.reload()
    stands(page, "balance")
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#method")).to_have_value("ft2")
    in_address(page, method=["ft2"])
    page.go_back()
    expect(page.locator("#method")).to_have_value("ft1")
    page.get_by_role("tab", name="Transfer").click()
    expect(page.locator("#transfer-actual-finding")).to_contain_text("FT2")
    # A link says why it shows another method.
    go(page, served.url, "balance", method="ft2")
    expect(page.get_by_text(said).locator("visible=true")).to_have_count(1)


def test_all_and_none_tick_a_list_and_a_dead_end_offers_the_way_back(page: Page, served):
    go(page, served.url, "transfer")
    page.get_by_role("button", name="No seeds").click()
    expect(page.locator("#notice")).to_contain_text("No seed is chosen.")
    in_address(page, seeds=["none"])
    page.get_by_role("button", name="Take all seeds").click()
    expect(page.locator("#notice")).to_be_hidden()
    stands(page, "transfer")
    in_address(page, seeds=["all"])
    page.get_by_role("button", name="No tasks").click()
    expect(page.locator("#notice")).to_contain_text("All tasks are left out.")
    assert page.locator("#tasks-list input:checked").count() == 0
    page.get_by_role("button", name="All tasks", exact=True).click()
    expect(page.locator("#notice")).to_be_hidden()
    assert (
        page.locator("#tasks-list input:checked").count()
        == page.locator("#tasks-list input").count()
    )


LINES_APART = """(pixels) => {
    const [one, next] = [...document.querySelectorAll("#tasks-list .ticks-line")].slice(-2)
        .map((line) => parseFloat(line.style.top));
    return next - one === pixels;
}"""


def test_a_list_of_a_thousand_draws_what_is_in_sight(page: Page, served):
    go(page, served.url, "pairs")
    page.evaluate("""() => {
        const tasks = Array.from({ length: 1000 }, (_, at) => (
            { value: `t${at}`, label: `t${at}`, group: `domain ${at % 4}` }));
        window.dash_clientside.set_props("tasks-offered", { data: tasks });
    }""")
    ticks = page.locator("#tasks-list .ticks-line:not(.ticks-group) input")
    expect(page.locator("#tasks-list .ticks-group").first).to_contain_text("domain 0 250")
    assert 10 < ticks.count() < 120
    page.locator("#tasks-list .ticks-scroll").evaluate("(box) => { box.scrollTop = 1e6; }")
    expect(page.locator("#tasks-list input[value=t999]")).to_be_visible()
    assert ticks.count() < 120
    page.locator("#tasks-list input[value=t999]").press("Home")
    expect(page.locator("#tasks-list .ticks-group input").first).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator("#tasks-list input[value=t999]")).to_be_focused()
    for _ in range(60):  # faster than what is scrolled to is drawn
        page.keyboard.press("ArrowUp")
    expect(page.locator("#tasks-list input:focus")).to_be_in_viewport()
    assert page.locator("#tasks-list input:focus").get_attribute("value") == "t279"
    expect(page.locator("#tasks-list input[value=t999]")).to_have_count(0)
    # For fingers the lines are higher, also where the window becomes narrow.
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(LINES_APART, arg=32)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(LINES_APART, arg=24)
    page.get_by_role("searchbox", name="Find in tasks").fill("t99")
    expect(ticks).to_have_count(11)


def test_go_to_finds_by_name_and_leads_there_by_keyboard(page: Page, served):
    go(page, served.url, "balance")
    page.get_by_role("button", name="Go to", exact=True).focus()
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Go to")
    expect(box).to_be_focused()
    options = page.locator("#go-to-list").get_by_role("option")
    expect(options.first).to_contain_text("Overview")
    page.keyboard.press("Tab")
    expect(box).to_be_focused()
    check(page, "the box of Go to")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Go to", exact=True)).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("angle comp")
    expect(options.first).to_contain_text("angle → compass")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_have_text("angle → compass")
    addressed(page, "angle", "compass")
    in_address(page, tab=["balance"])

    # Enter is of what was typed last, not of what was found before.
    page.keyboard.press("Control+k")
    page.keyboard.type("ftwb3")
    page.keyboard.press("Enter")
    page.wait_for_url("**method=ftwb3**")
    stands(page, "transfer")
    in_address(page, select=["angle", "compass"])
    page.go_back()
    stands(page, "balance")

    page.get_by_role("button", name="Go to", exact=True).click()
    page.keyboard.type("no such thing at all")
    expect(page.get_by_text("Nothing of that name.")).to_be_visible()


def test_a_figure_is_pinned_to_a_board_that_is_presented_and_undone(page: Page, served):
    go(page, served.url, "balance")
    page.locator("[data-pin=balance-scatter]").click()
    dialog = page.get_by_role("dialog", name="Pin to a board")
    expect(dialog.get_by_label("Board", exact=True)).to_be_visible()
    # The page may be shared with other tests: a board may be there already.
    dialog.get_by_label("Board", exact=True).select_option("")
    dialog.get_by_label("Title of the new board").fill("Kept <b>here</b>")
    dialog.get_by_label("Note, in Markdown").fill("It is *inside* that takes.")
    check(page, "the dialog of Pin")
    dialog.get_by_role("button", name="Pin the figure").click()
    expect(dialog.get_by_role("link", name="Open the board")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/boards/*")
    figure = page.locator(".pinned .js-plotly-plot .main-svg").first
    expect(figure).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kept <b>here</b>")
    expect(page.locator(".note em")).to_have_text("inside")
    check(page, "a board")
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Data as CSV")).to_be_hidden()
    expect(figure).to_be_visible()
    page.emulate_media(media="screen")

    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(figure).to_be_visible()
    # In a low window it is drawn smaller, whole.
    page.set_viewport_size({"width": 1440, "height": 500})
    page.wait_for_function(
        "() => document.querySelector('.is-shown .frame').getBoundingClientRect().bottom <= 500"
    )
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present")).to_be_focused()

    page.get_by_role("button", name="Remove figure 1").click()
    expect(page.get_by_text("Nothing is pinned here yet")).to_be_visible()
    page.wait_for_load_state("load")
    page.get_by_text("Removed: 1 figure").click()
    page.get_by_role("button", name="Put back").click()
    expect(figure).to_be_visible()
    page.wait_for_load_state("load")
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/boards#deleted")
    expect(page.locator(".board-list").first).not_to_contain_text("Kept")
    # What undoes it is in sight.
    expect(page.get_by_role("button", name="Put back")).to_be_visible()
    check(page, "the list of boards")
