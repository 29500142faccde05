"""What the browser tests do to a page and read from it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Page, expect

DRAWN_SECONDS = 20
FIRST_CARD = {
    "overview": "overview-strategies",
    "compare": "compare-scatter",
    "transfer": "transfer-actual",
    "similarity": "similarity-scatter",
    "representations": "representations-matrix",
    "balance": "balance-scatter",
    "network": "network",
    "pairs": "pairs",
    "teachers": "teachers",
}


def go(page: Page, url: str, tab: str, **query: str | list[str]) -> None:
    """Open a tab by its address and wait until its figures stand."""
    page.goto(f"{url}/?{urlencode({'study': 'atlantis', 'tab': tab, **query}, True)}")
    stands(page, tab)


def stands(page: Page, tab: str) -> None:
    """Wait until a tab is shown with its first finding."""
    expect(page.locator(f"#page-{tab}")).to_be_visible()
    expect(page.locator(f"#{FIRST_CARD[tab]}-finding")).not_to_be_empty()
    settled(page)


def settled(page: Page) -> None:
    """Wait until no request is under way and what came is drawn."""
    page.wait_for_load_state("networkidle")
    page.evaluate("() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")


def finding(page: Page, card: str) -> str:
    return page.locator(f"#{card}-finding").inner_text()


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


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
            cy.nodes().forEach((n) => { at[n.id()] = n.position(); });
            return {at, nodes: cy.nodes().length, edges: cy.edges().length, zoom: cy.zoom(),
                    dimmed: cy.elements(".dimmed").length,
                    clear: cy.edges().not(".dimmed")
                        .map((e) => [e.source().id(), e.target().id()])};
        }"""
    )


def node_at(page: Page, task: str) -> tuple[float, float]:
    """Where on the page the middle of a task is drawn."""
    page.wait_for_function("window.atlasGraph() && window.atlasGraph().nodes().length > 0")
    at = page.evaluate(
        """(task) => {
            const cy = window.atlasGraph();
            const box = cy.container().getBoundingClientRect();
            const p = cy.getElementById(task).renderedPosition();
            return {x: box.left + p.x, y: box.top + p.y};
        }""",
        task,
    )
    return at["x"], at["y"]
