"""What the browser tests do to a page and read from it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

DRAWN_SECONDS = 60
PATIENCE_MS = 90_000
"""For a machine with much else to do: who waits so long waits for nothing."""
FIRST_CARD = {
    "overview": "overview-methods",
    "compare": "compare-scatter",
    "transfer": "transfer-actual",
    "predictors": "predictors-scatter",
    "representations": "representations-matrix",
    "balance": "balance-scatter",
    "network": "network",
    "plan": "plan-sizes",
    "pairs": "pairs",
    "teachers": "teachers-scatters",
}


def go(page: Page, url: str, tab: str, **query: str | list[str]) -> None:
    """Open a tab by its address and wait until its figures stand."""
    page.goto(f"{url}/?{urlencode({'study': 'atlantis', 'tab': tab, **query}, True)}")
    stands(page, tab)


def go_on(page: Page, url: str, tab: str, **query: str | list[str]) -> None:
    """The same in the page that is open, as Back leads to an address: without loading it anew.

    That takes half of the time, or less. What was drawn, unfolded and fetched before is there
    still: a test that cares for that begins with `go`, one that leaves a page as no person could
    ends with `leave`. Of another study the page is loaded.
    """
    asked = {"study": "atlantis", "tab": tab, **query}
    address = f"/?{urlencode(asked, True)}"
    if page.url.startswith(url) and page.evaluate(GO_ON, [address, asked["study"]]):
        # Until then all that is on show may be of the address before: it is completed with that.
        page.wait_for_function(TAKEN_UP, arg=address)
        stands(page, tab)
    else:
        go(page, url, tab, **query)


def leave(page: Page) -> None:
    """Have the next test that goes on begin with a page that is loaded."""
    page.evaluate("window.leftAsItIs = true")


GO_ON = """([address, study]) => {
    const shown = window.atlasNavigation?.shown();
    if (window.leftAsItIs || !shown || shown.unreadable || shown.study !== study) {
        return false;
    }
    document.activeElement.blur();
    document.querySelector("#workspace").scrollTo(0, 0);
    window.history.pushState(null, "", address);
    window.dispatchEvent(new PopStateEvent("popstate"));
    return true;
}"""


TAKEN_UP = "(address) => window.location.pathname + window.location.search !== address"


def stands(page: Page, tab: str) -> None:
    """Wait until a tab is shown with its first finding."""
    expect(page.locator(f"#page-{tab}")).to_be_visible()
    # What is below is held back until what is above has come.
    expect(page.locator(f"#page-{tab} [data-later]")).to_have_count(0)
    # And not only because it was waited for long enough.
    page.wait_for_function(COME, arg=f"#page-{tab}")
    expect(page.locator(f"#{FIRST_CARD[tab]}-finding")).not_to_be_empty()
    settled(page)


COME = """(page) => [...document.querySelectorAll(`${page} :is(.card-figure, [data-fetched])`)]
    .filter((part) => part.getClientRects().length && !part.closest("details"))
    .every(window.atlasStanding.hasCome)"""


def settled(page: Page) -> None:
    """Wait until nothing is under way: no request, script, font, callback of Dash or transition.

    Not Playwright's "networkidle": it is remembered for good, so it says nothing of a later click,
    and costs half a second with every address. `opened` counts requests and knows which scripts
    have come (COUNT_REQUESTS), and Dash's store tells which callbacks wait or run.
    """
    page.wait_for_function(QUIET)


@contextlib.contextmanager
def requests_of(page: Page) -> Iterator[list[Request]]:
    """What a page asks for meanwhile, and no longer: it is kept for other tests."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    try:
        yield asked
    finally:
        page.remove_listener("request", note)


def context_of(browser: Browser, **options: Any) -> BrowserContext:
    """A new context that waits as long as all others; options: as Playwright takes them."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def prepared(opened: BrowserContext | Page) -> None:
    """Have what is opened here count its requests, and know the first steps already."""
    opened.add_init_script(COUNT_REQUESTS)
    opened.add_init_script(SEEN_STEPS)


def shortened(*pauses_ms: int) -> str:
    """A script for `opened` or a context: these pauses take a tenth of their time."""
    return (
        "(() => { const bare = window.setTimeout;"
        " window.setTimeout = (does, ms, ...told) => bare("
        f"does, {list(pauses_ms)}.includes(ms) ? ms / 10 : ms, ...told); }})();"
    )


COUNT_REQUESTS = """(() => {
    const bare = window.fetch;
    window.underWay = 0;
    window.fetch = (...request) => {
        window.underWay += 1;
        return bare(...request).finally(() => { window.underWay -= 1; });
    };
    window.come = new WeakSet();
    for (const kind of ["load", "error"]) {
        document.addEventListener(kind, (event) => window.come.add(event.target), true);
    }
})();"""

# Who has seen the first steps is not shown them again; a test of them says that it has not.
SEEN_STEPS = """(() => {
    try {
        if (!window.sessionStorage.getItem("newcomer")) {
            window.localStorage.setItem("transfer-atlas-steps", "done");
        }
    } catch { /* about:blank */ }
})();"""

# One callback's answer starts the next, and a timer may stand between: quiet is quiet for a while.
# And for some looks, one a frame: on a busy machine nothing but time may have passed.
QUIET = """() => {
    const { stored, completed, ...queues } = window.store?.getState().callbacks || {};
    const busy = document.readyState !== "complete"
        || (document.getElementById("react-entry-point") && !window.store)
        || [...document.scripts].some((script) => script.src && !window.come.has(script))
        || window.underWay || window.atlasCards?.busy() || document.fonts.status === "loading"
        || Object.values(queues).some((queue) => Array.isArray(queue) && queue.length)
        || document.getAnimations().some((animation) => animation.playState === "running");
    const now = performance.now();
    window.quietSince = busy ? undefined : window.quietSince ?? now;
    window.quietLooks = busy ? 0 : (window.quietLooks || 0) + 1;
    return window.quietLooks > 3 && now - window.quietSince > 120;
}"""


def components(page: Page) -> int:
    """How many components Dash's store has, of the whole page; data of a store are none."""
    return page.evaluate(
        """() => {
            const count = (part) => {
                if (!part || typeof part !== "object") {
                    return 0;
                }
                const is = Boolean(part.namespace && part.type && part.props);
                return is + (is && part.type === "Store" ? 0
                    : Object.values(part).reduce((all, one) => all + count(one), 0));
            };
            return count(window.store.getState().layout.components);
        }"""
    )


def finding(page: Page, card: str) -> str:
    return page.locator(f"#{card}-finding").inner_text()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def addressed(page: Page, *selection: str) -> None:
    """Wait until the address has this selection; it follows what is seen."""
    page.wait_for_function(
        """(wanted) => String(new URLSearchParams(window.location.search).getAll("select")
            .filter(Boolean)) === String(wanted)""",
        arg=list(selection),
    )


def in_address(page: Page, **wanted: list[str]) -> None:
    """Wait until the address has these values of these keys; a control may show them before."""
    page.wait_for_function(
        """(wanted) => {
            const asked = new URLSearchParams(window.location.search);
            return Object.entries(wanted).every(
                ([key, values]) => String(asked.getAll(key)) === String(values));
        }""",
        arg=wanted,
    )


def click_says(page: Page, button: Locator, text: str) -> None:
    """Click a button that says for a moment what it did, and wait until it has said so."""
    button.evaluate(
        """(button, text) => {
            window.hasSaid = false;
            new MutationObserver((_, all) => {
                if (button.textContent === text) {
                    window.hasSaid = true;
                    all.disconnect();
                }
            }).observe(button, { childList: true, characterData: true, subtree: true });
        }""",
        text,
    )
    button.click()
    page.wait_for_function("() => window.hasSaid")


def texts(page: Page, card: str) -> list[str]:
    """The numbers drawn in the cells of a matrix."""
    return page.locator(f"#{card}-graph .textpoint").all_text_contents()


def draws(page: Page, card: str, numbers: Iterable[str]) -> None:
    """Wait until all these numbers stand in a matrix; drawing comes after the answer."""
    wanted = set(numbers)
    deadline = time.monotonic() + DRAWN_SECONDS
    while missing := wanted - set(texts(page, card)):
        assert time.monotonic() < deadline, f"{card} does not show {sorted(missing)}"
        page.wait_for_timeout(100)


def trace(page: Page, card: str) -> dict[str, Any]:
    """What plotly was told of a figure's first trace."""
    page.locator(f"#{card}-graph .js-plotly-plot .main-svg").first.wait_for(state="attached")
    return page.evaluate(
        """(id) => {
            const gd = document.querySelector(`#${id}-graph .js-plotly-plot`);
            return {type: gd.data[0].type, points: gd.calcdata ? gd.calcdata[0].length : 0,
                    background: gd._fullLayout.paper_bgcolor, traces: gd.data.length};
        }""",
        card,
    )


def graph(page: Page) -> dict[str, Any]:
    """What Cytoscape has drawn: positions, edges, what is dimmed."""
    return page.evaluate(
        """() => {
            const cy = window.atlasGraph();
            const at = {};
            cy.nodes().forEach((n) => { at[n.data('task')] = n.position(); });
            return {at, nodes: cy.nodes().length, edges: cy.edges().length, zoom: cy.zoom(),
                    dimmed: cy.elements(".dimmed").length,
                    clear: cy.edges().not(".dimmed")
                        .map((e) => e.data('pair'))};
        }"""
    )


def node_at(page: Page, task: str) -> tuple[float, float]:
    """Where on the page the middle of a task is drawn."""
    page.wait_for_function("() => window.atlasGraph() && window.atlasGraph().nodes().length > 0")
    at = page.evaluate(
        """(task) => {
            const cy = window.atlasGraph();
            const box = cy.container().getBoundingClientRect();
            const p = cy.nodes().filter((n) => n.data('task') === task).renderedPosition();
            return {x: box.left + p.x, y: box.top + p.y};
        }""",
        task,
    )
    return at["x"], at["y"]


def inside(page: Page, card: str, x: float, y: float) -> tuple[float, float]:
    """Where in a figure a point of its axes is drawn, in pixels."""
    at = page.evaluate(
        """([id, x, y]) => {
            const gd = document.querySelector(`#${id}-graph .js-plotly-plot`);
            const { xaxis, yaxis } = gd._fullLayout;
            return [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)];
        }""",
        [card, x, y],
    )
    return at[0], at[1]


def place_of(page: Page, card: str, x: float, y: float) -> tuple[float, float]:
    """Where on the page a point of a figure's axes is drawn, scrolled to where it is seen."""
    left, top = inside(page, card, x, y)
    box = page.evaluate(
        """([id, left, top]) => {
            const gd = document.querySelector(`#${id}-graph .js-plotly-plot`);
            const scrolled = document.querySelector("#workspace");
            // As by a wheel: what was clicked before is not held where it was any more.
            scrolled.dispatchEvent(new WheelEvent("wheel", { bubbles: true }));
            scrolled.scrollTop += gd.getBoundingClientRect().top + top - window.innerHeight / 2;
            // And out from under the panel, where that stands over it.
            const { right } = scrolled.getBoundingClientRect();
            scrolled.scrollLeft += Math.max(0, gd.getBoundingClientRect().left + left + 48 - right);
            const { left: x, top: y } = gd.getBoundingClientRect();
            return { x, y };
        }""",
        [card, left, top],
    )
    return box["x"] + left, box["y"] + top


def click_cell(page: Page, card: str, source: str, target: str) -> None:
    """Click the cell of a matrix by its names."""
    selects(page, card)
    row, column = page.evaluate(
        """([id, source, target]) => {
            const gd = document.querySelector(`#${id}-graph .js-plotly-plot`);
            const { rows, columns } = gd.data.find((t) => t.meta?.selects?.rows).meta.selects;
            return [rows.indexOf(source), columns.indexOf(target)];
        }""",
        [card, source, target],
    )
    assert min(row, column) >= 0, (source, target)
    click_at(page, card, column, row)


def click_point(page: Page, card: str, *selection: str) -> None:
    """Click a point or a bar of a figure by what it selects."""
    selects(page, card)
    x, y = page.evaluate(
        """([id, wanted]) => {
            const gd = document.querySelector(`#${id}-graph .js-plotly-plot`);
            const trace = gd._fullData.find((t) => t.meta?.selects?.points);
            const at = trace.customdata.findIndex((d) => String(d) === String(wanted));
            return [trace.type === "bar" ? trace.x[at] / 2 : trace.x[at], trace.y[at]];
        }""",
        [card, list(selection)],
    )
    click_at(page, card, x, y)


def click_at(page: Page, card: str, x: float, y: float) -> None:
    settled(page)
    place = None
    deadline = time.monotonic() + DRAWN_SECONDS
    while place != (place := place_of(page, card, x, y)):
        assert time.monotonic() < deadline, f"{card} does not stand still"
        # What came into sight may be drawn now, and a press while it is would be lost.
        settled(page)
        left, top = place
        # Plotly clicks what was hovered before.
        page.mouse.move(left + 1, top + 1)
        page.mouse.move(left, top)
        page.wait_for_function(
            """(id) => document.querySelector(`#${id}-graph .js-plotly-plot`)._hoverdata?.length""",
            arg=card,
        )
    page.mouse.click(*place)


def choose(page: Page, chooser: Locator, typed: str, option: str | None = None) -> None:
    """Choose in a dropdown by keyboard: open it, search, Enter, close it."""
    chooser.focus()
    page.keyboard.press("Enter")
    search = page.locator(".dash-dropdown-search")
    expect(search).to_be_focused()
    page.keyboard.type(typed)
    expect(search).to_have_value(typed)
    found = page.locator(".dash-dropdown-option", has_text=option or typed)
    expect(page.locator(".dash-dropdown-option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(found.locator("input")).to_be_checked()
    page.keyboard.press("Escape")
    expect(search).to_have_count(0)


def selects(page: Page, card: str) -> None:
    """Wait until a figure is drawn and its clicks are listened to."""
    page.locator(f"#{card}-graph .js-plotly-plot.selects").wait_for(state="attached")
    settled(page)


MARKS = """(id) => {
    const layer = document.querySelector(`#${id}-graph .selection-marks`);
    const places = ["x", "y", "width", "height", "cx", "cy", "r"];
    return [...(layer?.children || [])].map((mark) => ({
        shape: mark.tagName,
        exact: mark.classList.contains("exact"),
        ...Object.fromEntries(places.filter((name) => mark.hasAttribute(name))
            .map((name) => [name, Number(mark.getAttribute(name))])),
    }));
}"""


def marked(page: Page, card: str, count: int) -> list[dict[str, Any]]:
    """Wait until so many things are marked in a figure; the marks, in pixels of the figure."""
    page.wait_for_function(f"([id, count]) => ({MARKS})(id).length === count", arg=[card, count])
    found: list[dict[str, Any]] = page.evaluate(MARKS, card)
    return found


def unfold(page: Page, name: str) -> None:
    """Open the line that something stands under, if it is closed."""
    around = page.locator(f"details:has(#{name})").last
    if around.get_attribute("open") is None:
        around.locator("> summary").click()


TOO_SMALL = """() => {
    const drawn = (element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        const more = getComputedStyle(element, "::before");
        const by = more.content !== "none" && more.position === "absolute"
            ? Math.max(0, -parseFloat(more.top)) : 0;
        return [left - by, top - by, right + by, bottom + by];
    };
    const whole = (element) => [element, ...(element.labels || [])].map(drawn).reduce(
        (one, other) => one.map((at, i) => Math[i < 2 ? "min" : "max"](at, other[i])));
    const kinds = "button, select, input, summary, [role=slider]";
    return [...document.querySelectorAll(kinds)]
        .filter((element) => element.checkVisibility({ visibilityProperty: true })
            && !element.disabled && !element.matches(".help-button, .visually-hidden"))
        .map((element) => [element.outerHTML.slice(0, 120), ...whole(element)])
        .filter(([, left, top, right, bottom]) => right > left && bottom > top
            && Math.min(right - left, bottom - top) < 23.9)
        .map(([html]) => html);
}"""
"""What a finger has to hit in less than 24 pixels (WCAG 2.2), but for what stands in text."""
