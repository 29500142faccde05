"""For everybody: axe-core finds nothing serious, and all of it goes by keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from dashboard.pages import PAGES
from tests.browser.conftest import Served
from tests.browser.pages import go, settled

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PAIR = ["angle", "distance"]
AXE = Axe()
RUN = """(parts) => {
    const { rules, tagExclude } = axe._audit;
    const asked = rules.filter((rule) => rule.enabled
        && ["serious", "critical"].includes(rule.impact)
        && !rule.tags.some((tag) => tagExclude.includes(tag)));
    const within = parts.length ? { include: parts.map((part) => [part]) } : document;
    return axe.run(within, { resultTypes: ["violations"],
        runOnly: { type: "rule", values: asked.map((rule) => rule.id) } })
        .then(({ violations }) => violations);
}"""
"""The rules that axe-core has by itself, without those whose findings are never serious: a fifth
of its time."""


def findings(page: Page, *parts: str) -> list[str]:
    """What axe-core finds that is serious or worse: the rule, the element, what is wrong.

    parts: where to look; everywhere where none is named.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.axe_script)
    found: list[dict[str, Any]] = page.evaluate(RUN, parts)
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def check(page: Page, where: str, *parts: str) -> None:
    """Fail for what is found in the page, or in parts of it where only they are new."""
    found = findings(page, *parts)
    assert not found, f"{where}:\n" + "\n".join(found)


def dressed(page: Page, mode: str, size: dict[str, int]) -> None:
    """Wait until the page has these colours and this width."""
    page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    expect(page.locator("html")).to_have_attribute("data-bs-theme", mode)
    loaded(page)


def loaded(page: Page) -> None:
    """Wait until nothing is pale because it loads, neither a figure nor the panel."""
    settled(page)
    expect(page.locator(".panel.is-waiting")).to_have_count(0)
    page.wait_for_function(
        """() => [...document.querySelectorAll(".loading-frame > *")]
            .every((e) => getComputedStyle(e).opacity === "1")"""
    )


NEW_IN_A_TAB = ("#workspace", "#panel")


@pytest.mark.parametrize(
    ("tab", "wide", "narrow"),
    [
        (tab.name, *(("light", "dark") if at % 2 else ("dark", "light")))
        for at, tab in enumerate(PAGES)
    ],
)
def test_axe_finds_nothing_serious_in(page: Page, served: Served, tab: str, wide: str, narrow: str):
    # A tab has the same words in both colours, and each size is seen in both: half of four. What
    # stands around the tabs is the same in all but the controls: once in each colour and size.
    parts = () if tab in [one.name for one in PAGES[:2]] else NEW_IN_A_TAB
    page.emulate_media(color_scheme=wide)  # type: ignore[arg-type]
    go(page, served.url, tab, select=PAIR)
    expect(page.locator("#panel-title")).to_have_text("angle → distance")
    loaded(page)
    check(page, f"{wide}, wide", *parts)
    dressed(page, narrow, PHONE)
    check(page, f"{narrow}, narrow", *parts)
    page.get_by_role("button", name="Controls", exact=True).click()
    expect(page.locator("#rail-body")).to_be_visible()
    check(page, f"{narrow}, narrow, controls open", "#rail")


FAULTS = """() => document.querySelector(".offcanvas.help").insertAdjacentHTML("afterbegin",
    '<p style="color: #888; background: #999">faint</p>'
    + '<img src="data:,"><button></button><input>')"""


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_serious_in_help_and_messages(page: Page, served: Served, mode: str):
    page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
    page.goto(f"{served.url}/?study=unreadable&tab=balance")
    expect(page.locator("#problems h1")).to_contain_text("unreadable")
    check(page, "a study that cannot be read")
    page.goto(f"{served.url}/?study=scored&tab=predictors")
    expect(page.locator("#predictors-scatter-message")).to_contain_text("no CKA")
    loaded(page)
    check(page, "a study without CKA")
    page.get_by_role("button", name="Help", exact=True).click()
    expect(page.locator(".offcanvas.help.show")).to_be_visible()
    expect(page.locator(".offcanvas.help.showing")).to_have_count(0)
    check(page, "help", ".offcanvas.help")
    # That nothing is found says something: such things would be.
    page.evaluate(FAULTS)
    assert {found.partition(":")[0] for found in findings(page, ".offcanvas.help")} == {
        "button-name",
        "color-contrast",
        "image-alt",
        "label",
    }


FIRST_FINDING_IS_FREE = """() => {
    const step = document.getElementById("first-steps").getBoundingClientRect();
    const [first] = [...document.querySelectorAll("#workspace .page:not([hidden]) .finding")]
        .map((one) => one.getBoundingClientRect()).filter((one) => one.height);
    return !window.atlasCards.busy() && first && (step.left >= first.right
        || step.right <= first.left || step.top >= first.bottom || step.bottom <= first.top);
}"""

MOVE_FIRST_FINDING_UNDER_STEP = """() => {
    const step = document.getElementById("first-steps").getBoundingClientRect();
    const first = [...document.querySelectorAll("#workspace .page:not([hidden]) .finding")]
        .find((one) => one.getBoundingClientRect().height);
    const { left, top } = first.getBoundingClientRect();
    Object.assign(first.style, { position: "relative", top: `${step.top - top}px`,
        left: `${step.left - left}px` });
}"""


STEP_SIZES = ((1440, "light"), (390, "dark"))


def test_a_newcomer_is_shown_four_steps_once(page: Page, served: Served):
    go(page, served.url, "transfer")
    for width, mode in STEP_SIZES:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("data-bs-theme", mode)
        settled(page)
        four_steps(page, width)
    # Somebody who has not seen them: they come by themselves, and may be skipped.
    page.evaluate("sessionStorage.setItem('newcomer', 'yes')")
    page.evaluate("localStorage.removeItem('transfer-atlas-steps')")
    page.goto("about:blank")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
    page.goto(f"{served.url}/?study=atlantis&tab=balance")
    expect(page.locator("#balance-scatter-finding")).not_to_be_empty()
    expect(page.locator("#first-steps")).to_be_hidden()
    for width, _ in STEP_SIZES:
        page.evaluate("localStorage.removeItem('transfer-atlas-steps')")
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(served.url)
        steps_by_themselves(page)


def four_steps(page: Page, width: int) -> None:
    """Go through the steps by way of the help."""
    steps = page.locator("#first-steps")
    expect(steps).to_be_hidden()
    page.get_by_role("button", name="Help", exact=True).click()
    page.get_by_role("button", name="First steps").click()
    expect(steps.get_by_role("button", name="Next")).to_be_focused()
    for at, heading in enumerate(("A cell", "Point and click", "Choose a method", "How sure?")):
        expect(steps.locator("h2:visible")).to_contain_text(heading)
        box = steps.bounding_box()
        assert box
        assert 0 <= box["x"] <= width - box["width"]
        assert 0 <= box["y"] <= 844 - box["height"]
        # They look alike: each is read once, in one of the two sizes and colours.
        if STEP_SIZES[at % 2][0] == width:
            check(page, f"step {heading}", "#first-steps")
        page.keyboard.press("Enter")
        if heading != "How sure?":
            expect(steps.locator("h2:visible")).not_to_contain_text(heading)
    expect(steps).to_be_hidden()


def steps_by_themselves(shown: Page) -> None:
    """The steps stand on a page that was opened, and are skipped."""
    expect(shown.locator("#first-steps")).to_be_visible()
    # Also when the cards have come that were under way: the first finding can be read.
    shown.wait_for_function(FIRST_FINDING_IS_FREE)
    # And when it comes to lie elsewhere while nothing changes its size.
    shown.evaluate(MOVE_FIRST_FINDING_UNDER_STEP)
    shown.wait_for_function(FIRST_FINDING_IS_FREE)
    shown.locator("#first-steps").get_by_role("button", name="Skip").click()
    expect(shown.locator("#first-steps")).to_be_hidden()
    assert shown.evaluate("localStorage.getItem('transfer-atlas-steps')") == "done"


ACTIVE = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    const labels = [...(e.labels || [])].map((label) => label.innerText).join(" ");
    const by = (e.getAttribute("aria-labelledby") || "").split(" ")
        .map((id) => document.getElementById(id)?.innerText || "").join(" ");
    return {
        at: e.id || e.dataset.help || e.dataset.glossary || e.dataset.take || e.className
            || e.tagName,
        name: (e.getAttribute("aria-label") || by.trim() || labels || e.innerText
            || e.title || e.querySelector("[aria-label]")?.ariaLabel || "").trim(),
        part: e.closest("#bar, #rail, #workspace, #panel, .sheet-buttons")?.id || "",
        role: e.getAttribute("role") || e.tagName.toLowerCase(),
        ringed: style.outlineStyle !== "none",
        seen: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth,
    };
}"""
MOST_STOPS = 200


def walk(page: Page) -> list[dict[str, Any]]:
    """Where the Tab key stops, from the top of the page until it leaves it."""
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(ACTIVE)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"the Tab key does not leave the page: {stops[-6:]}")


@pytest.mark.parametrize("tab", ["transfer", "pairs", "network"])
def test_the_tab_key_reaches_everything_in_order_and_leaves(page: Page, served: Served, tab: str):
    go(page, served.url, tab, method="ft1", select=PAIR)
    expect(page.locator("#panel-title")).to_have_text("angle → distance")
    stops = walk(page)
    for stop in stops:
        assert stop["name"], f"no name: {stop}"
        assert stop["ringed"], f"no visible focus: {stop}"
        assert stop["seen"], f"focus out of sight: {stop}"
    assert [stop["name"] for stop in stops[:2]] == [
        "Skip to the figures",
        "Skip to what is selected",
    ]
    parts = [stop["part"] for stop in stops[2:] if stop["part"]]
    assert list(dict.fromkeys(parts)) == ["bar", "rail", "workspace", "panel"]
    assert parts == sorted(parts, key=["bar", "rail", "workspace", "panel"].index)
    assert sum(stop["role"] == "tab" for stop in stops) == 1
    reached = {stop["at"] for stop in stops}
    wanted = {"study", "appearance", "share", "reading", "method", "checkpoint", "rail-fold"}
    if tab == "transfer":  # The slider is there instead.
        wanted -= {"checkpoint"}
    assert wanted <= reached, sorted(wanted - reached)
    labels = {stop["name"] for stop in stops}
    of_tab = {
        "transfer": {"Against another method", "Hidden as source", "Export"},
        "pairs": {"Clear filters", "CSV"},
        "network": {"Weakest arrow shown", "Tasks and arrows as tables"},
    }[tab]
    missing = {label for label in of_tab if not any(label in name for name in labels)}
    assert not missing, sorted(labels)


def test_the_skip_links_lead_past_the_controls(page: Page, served: Served):
    go(page, served.url, "transfer", method="ft1", select=PAIR)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#workspace")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(ACTIVE)["part"] == "workspace"
    page.get_by_role("link", name="Skip to what is selected").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()


def test_escape_closes_what_is_on_top_and_gives_the_focus_back(page: Page, served: Served):
    go(page, served.url, "transfer", method="ft1", select=PAIR)
    panel = page.locator("#panel-title")
    expect(panel).to_have_text("angle → distance")

    asked = page.locator("#group-method [data-help]")
    asked.focus()
    page.keyboard.press("Enter")
    explanation = page.locator("#explanation")
    expect(explanation).to_be_focused()
    page.keyboard.press("Escape")
    expect(explanation).to_be_hidden()
    expect(asked).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#help")).to_be_visible()
    expect(explanation).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_have_count(0)
    expect(asked).to_be_focused()
    expect(panel).to_be_visible()

    # A drawer that closes may take the focus once more: the key is for the list alone.
    settled(page)
    chooser = page.locator("#sources-out")
    chooser.focus()
    expect(chooser).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".dash-dropdown-content")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".dash-dropdown-content")).to_have_count(0)
    expect(chooser).to_be_focused()
    expect(panel).to_be_visible()

    # What the closed list still does to the focus is over before the next key.
    settled(page)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(chooser).to_be_focused()


def test_a_sheet_closes_before_the_selection_and_when_the_focus_leaves_it(
    phone: Page, served: Served
):
    go(phone, served.url, "transfer", method="ft1", select=PAIR)
    panel = phone.locator("#panel-title")
    expect(panel).to_have_text("angle → distance")
    button = phone.get_by_role("button", name="Controls", exact=True)
    button.click()
    expect(phone.locator("#rail-fold")).to_be_focused()
    phone.keyboard.press("Escape")
    expect(phone.locator("#rail-body")).to_be_hidden()
    expect(button).to_be_focused()
    expect(panel).to_be_visible()

    button.press("Enter")
    expect(phone.locator("#rail-fold")).to_be_focused()
    phone.keyboard.press("Shift+Tab")
    expect(phone.locator("#rail-body")).to_be_hidden()
    assert phone.evaluate(ACTIVE)["part"] == "bar"
    phone.keyboard.press("Escape")
    expect(panel).to_be_hidden()
