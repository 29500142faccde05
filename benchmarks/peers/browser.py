"""What is seen of a contender in Chromium, and when: states of the page, looked at in every frame.

A time runs from the browser's own time of what a person did (or from the navigation) to the first
frame after which the state held. States are of what is drawn: an image in a matrix is another one
than before, points or bars are there, a frame stands in the layer of shapes.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright
from playwright.sync_api import TimeoutError as LateError

from benchmarks.click import FLAGS, chromium
from benchmarks.sessions import SEEN_STEPS

PATIENCE_MS = 120_000
REPEATS = 3
"""Choices of a method, and clicks, in one visit; a visit counts their median."""
REST_MS = 250
"""A person's pointer rests on what it came to before the button goes down, whosever page it is."""

WATCHER = """(() => {
  const roots = function* (root) {
    yield root;
    for (const one of root.querySelectorAll("*")) {
      if (one.shadowRoot) { yield* roots(one.shadowRoot); }
    }
  };
  const all = (selector) => [...(window.benchDeep ? roots(document) : [document])]
    .flatMap((root) => [...root.querySelectorAll(selector)]);
  const seen = (one) => one.getClientRects().length
    && one.checkVisibility({ visibilityProperty: true });
  const plots = () => all(".js-plotly-plot").filter(seen);
  const bench = { at: {} };
  bench.pictures = () => plots()
    .map((gd) => [...gd.querySelectorAll(".main-svg image, canvas.matrix")]
      .map((one) => one.dataset.drawn || one.getAttribute("href")
        || one.getAttribute("xlink:href") || "").join())
    .filter(Boolean);
  bench.seen = (count) => bench.pictures().length >= count;
  bench.drawn = (type) => plots().some((gd) => gd.calcdata && gd.data.some((t) =>
    t.type.startsWith(type)) && gd.querySelector(".point, .gl-container canvas, .main-svg image"));
  bench.card = (id) => {
    const card = document.getElementById(id);
    return Boolean(card && seen(card)
      && (card.querySelector(".js-plotly-plot .point, .js-plotly-plot image, .scatterlayer path,"
          + " .gl-container canvas, .bars path")
        // A graph's canvas and a grid's rows are there before there is anything in them.
        || (card.querySelector("canvas[data-id]") && window.atlasGraph()?.nodes().nonempty())
        || [...card.querySelectorAll(".ag-cell")].some((one) => one.textContent)));
  };
  bench.changed = (count) => {
    const now = bench.pictures();
    return bench.before.length === now.length
      && now.filter((one, at) => one !== bench.before[at]).length >= count;
  };
  // Heading and body; what lies below the window comes to ours when that was painted.
  bench.said = () => all(".pair-panel, #panel")
    .map((one) => one.textContent + (one.shadowRoot ? one.shadowRoot.textContent : "")).join();
  bench.told = () => bench.said() !== bench.words && bench.said().includes(" → ");
  // What was waited for in vain, and what of the page may be why.
  bench.unreached = (names) => ({
    states: names.filter((name) => !bench.at[name]).map((name) => [name, bench.states[name]]),
    busy: all("[aria-busy='true']").map((one) => one.closest("[id]")?.id || one.className),
    said: all("[role=alert], [id$='-message']").filter((one) => one.getClientRects().length)
      .map((one) => one.innerText).filter(Boolean),
    pictures: bench.pictures().map((one) => one.length),
    plots: plots().map((gd) => [gd.closest("[id]")?.id, (gd.data || []).map((t) => t.type).join()]),
  });
  // Frames around cells: plotly's shapes, or ours over the figure.
  const frames = (within) => within
    .flatMap((one) => [...one.querySelectorAll(".shapelayer path, .selection-marks > *")])
    .map((one) => ["d", "x", "y", "cx", "cy"].map((name) => one.getAttribute(name)).join());
  bench.marks = (count) => plots()
    .filter((gd) => frames([gd]).some((one) => !bench.frames.includes(one))).length >= count;
  bench.arm = (states) => {
    bench.at = {};
    bench.before = bench.pictures();
    bench.words = bench.said();
    bench.frames = frames(plots());
    bench.states = states;
  };
  bench.cell = (row, column) => { // or one nearer the first that nothing covers: many are scrolled
    const gd = plots().find((one) => one.querySelector(".main-svg image"));
    const { xaxis, yaxis } = gd._fullLayout;
    const box = gd.getBoundingClientRect();
    for (; row || column; row >>= 1, column >>= 1) {
      const x = box.x + xaxis._offset + xaxis.c2p(column);
      const y = box.y + yaxis._offset + yaxis.c2p(row);
      if (gd.contains(gd.getRootNode().elementFromPoint(x, y))) { return { x, y }; }
    }
    throw new Error("no cell of the matrix can be hit");
  };
  const begun = (event) => { bench.at.begun ??= event.timeStamp; };
  document.addEventListener("click", begun, true);
  document.addEventListener("change", begun, true);
  window.bench = bench;
  bench.states = window.benchFirst || {};
  const look = () => {
    for (const [name, [state, ...given]] of Object.entries(bench.states)) {
      if (bench.at[name] === undefined && bench[state](...given)) {
        const painted = new MessageChannel();
        const at = bench.at;
        at[name] = null;
        painted.port1.onmessage = () => { at[name] = performance.now(); };
        painted.port2.postMessage(0);
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();"""


State = tuple[str | int, ...]
"""A function of the watcher, and what it is asked."""
THREE: State = ("seen", 3)


@dataclass(frozen=True)
class Program:
    """How a contender is looked at.

    address: after the server's own. home: what to click to see the matrices again. tabs: of each
    other tab its name, what to click, and its state. clicks: whether a click marks a cell and
    tells of its pair.
    deep: its page has shadow roots. select: of the choice of a method; None = a word to click.
    """

    address: str
    tabs: tuple[tuple[str, str, State], ...]
    home: str
    clicks: bool
    deep: bool = False
    select: str | None = None


@contextmanager
def fresh(program: Program) -> Iterator[Page]:
    """A page of a browser that was started just now and has nothing in its cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.add_init_script(SEEN_STEPS)
        deep = str(program.deep).lower()
        first = json.dumps({"first": ("seen", 1), "three": THREE})
        page.add_init_script(f"window.benchDeep = {deep}; window.benchFirst = {first};")
        page.add_init_script(WATCHER)
        try:
            yield page
        finally:
            browser.close()


def visit(url: str, program: Program, tasks: int) -> dict[str, float]:
    """Milliseconds of one visit: `first`, `three`, each tab, methods, and clicks."""
    with fresh(program) as page:
        page.goto(url + program.address)
        found = _reached(page, "first", "three")
        _quiet(page)
        for name, target, state in program.tabs:
            found |= _open(page, name, target, state)
        found |= _open(page, "home", program.home, THREE)
        repainted = []
        for turn in range(REPEATS):
            _arm(page, {"a matrix": ("changed", 1), "all three": ("changed", 3)})
            _choose(page, program, ("ft1", "again")[turn % 2])
            repainted.append(_since(page, "a matrix", "all three"))
            _quiet(page)
        found |= _medians(repainted)
        if program.clicks:
            clicks = [_click(page, tasks, at) for at in range(REPEATS + 1)]
            found |= _medians(clicks[1:])  # the first may open the panel and move the figures
        return found


class UnreachedError(Exception):
    """A state did not come within PATIENCE_MS. First argument: what the page was like instead."""


def _arm(page: Page, states: dict[str, State]) -> None:
    page.evaluate("(states) => bench.arm(states)", states)


def _open(page: Page, name: str, target: str, state: State) -> dict[str, float]:
    tab = page.locator(target).first
    tab.hover()
    page.wait_for_timeout(REST_MS)
    _arm(page, {name: state})
    tab.click()
    found = _since(page, name)
    _quiet(page)
    return found


def _choose(page: Page, program: Program, method: str) -> None:
    if program.select:
        page.select_option(program.select, method)
    else:
        page.get_by_text(method, exact=True).first.click()


def _click(page: Page, tasks: int, at: int) -> dict[str, float]:
    step = tasks // 7  # of many tasks a cell is a pixel or two: which pair is hit does not matter
    row, column = (at + 1) * step, ((at + 3) % 7) * step
    place = page.evaluate("([row, column]) => bench.cell(row, column)", [row, column])
    page.mouse.move(place["x"] + 1, place["y"] + 1)
    page.mouse.move(place["x"], place["y"])
    page.wait_for_timeout(REST_MS)
    _arm(page, {"mark": ("marks", 3), "panel": ("told",)})
    page.mouse.click(place["x"], place["y"])
    found = _since(page, "mark", "panel")
    _quiet(page)
    return found


def _reached(page: Page, *names: str) -> dict[str, float]:
    try:
        page.wait_for_function(
            "(names) => names.every((name) => bench.at[name])", arg=list(names), polling=50
        )
    except LateError as late:
        raise UnreachedError(
            page.evaluate("(names) => bench.unreached(names)", list(names))
        ) from late
    at = page.evaluate("bench.at")
    return {name: at[name] for name in names}


def _since(page: Page, *names: str) -> dict[str, float]:
    found = _reached(page, *names)
    begun = page.evaluate("bench.at.begun")
    return {name: at - begun for name, at in found.items()}


def _quiet(page: Page) -> None:
    """Until nothing was drawn or asked for in a while, so that the next time is its own."""
    page.wait_for_function(
        """() => {
            const seen = [performance.getEntriesByType("resource").length,
                document.getElementsByTagName("*").length, bench.pictures().join().length];
            const now = performance.now();
            if (String(seen) !== window.benchSeen) {
                window.benchSeen = String(seen);
                window.benchStill = now;
            }
            return now - window.benchStill > 400;
        }""",
        polling=100,
    )


def _medians(several: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in several) for name in several[0]}
