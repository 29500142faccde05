"""Long names of tasks: whole in a matrix that stands alone where there is room, else cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Served, opened, serving
from tests.browser.pages import go, selects, settled

pytestmark = pytest.mark.browser

TASKS = tuple(f"recognition of <traffic> sign {at}" for at in range(6))

ROWS = """() => {
    const gd = document.querySelector("#transfer-actual-graph .js-plotly-plot");
    const frame = gd.closest(".figure-frame");
    return { names: [...gd.querySelectorAll(".yaxislayer-above .ytick text")]
            .map((text) => text.textContent).slice(0, 6),
        columns: [...gd.querySelectorAll(".xaxislayer-above .xtick text")]
            .map((text) => text.textContent).slice(0, 6),
        scrolls: frame.scrollWidth > frame.clientWidth + 1,
        cut: [...gd.querySelectorAll(".ytick text, .xtick text")].some((text) => {
            const { left, top } = text.getBoundingClientRect();
            const box = gd.getBoundingClientRect();
            return left < box.left || top < box.top;
        }) };
}"""


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("long")
    study = folder / "long"
    study.mkdir()
    (study / "study.toml").write_text(
        '[scale]\nmetric = "score"\nzero = 0.0\none = 1.0\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    rows = [f"{one},{other},0.5" for one, other in itertools.product(TASKS, TASKS)]
    (study / "scores.csv").write_text("\n".join(["sources,target,score", *rows]) + "\n")
    with serving(folder, [study]) as served:
        yield served


@pytest.fixture
def page(browser: Browser, long_names: Served) -> Iterator[Page]:
    yield from opened(browser, long_names, viewport={"width": 1440, "height": 900})


def test_a_matrix_alone_writes_names_whole_where_there_is_room(page: Page, long_names: Served):
    go(page, long_names.url, "transfer", study="long")
    selects(page, "transfer-actual")
    whole = {"names": [*TASKS], "columns": [*TASKS], "scrolls": False, "cut": False}
    page.wait_for_function(f"(wanted) => ({ROWS})().names[0] === wanted", arg=TASKS[0])
    assert page.evaluate(ROWS) == whole
    # On a phone they would leave the cells no room.
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"(wanted) => ({ROWS})().names[0] !== wanted", arg=TASKS[0])
    settled(page)
    assert all(len(name) <= 16 for name in page.evaluate(ROWS)["names"])
    page.set_viewport_size({"width": 1440, "height": 900})
    page.wait_for_function(f"(wanted) => ({ROWS})().names[0] === wanted", arg=TASKS[0])
    settled(page)
    assert page.evaluate(ROWS) == whole
    # Nor do they push the matrix below a low window.
    page.set_viewport_size({"width": 1440, "height": 560})
    page.wait_for_function(f"(wanted) => ({ROWS})().names[0] !== wanted", arg=TASKS[0])
