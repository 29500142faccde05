"""Tasks that are called as JavaScript calls parts of every object: names and nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dashboard.pages import PAGES
from tests.browser.conftest import Served, opened
from tests.browser.pages import addressed, choose, go, settled
from tests.processes import DASHBOARD, free_port, running
from tests.studies import write_study_files

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """A server of its own, over a study whose tasks are `__proto__` and `constructor`."""
    folder = tmp_path_factory.mktemp("named")
    study = write_study_files(folder / "tiny", cka=True)
    for path in study.folder.rglob("*"):
        if path.suffix in (".csv", ".toml"):
            text = path.read_text(encoding="utf-8")
            text = text.replace("distance", "__proto__").replace("crossing", "constructor")
            path.write_text(text, encoding="utf-8")
    port = free_port()
    with running(DASHBOARD, folder, port, STUDY=str(study.folder), PORT=str(port)) as server:
        yield Served(f"http://127.0.0.1:{port}", server.log)
        assert "Traceback" not in server.said()


@pytest.fixture
def page(browser, named):
    yield from opened(browser, named, viewport={"width": 1440, "height": 900})


def test_every_tab_is_drawn_and_nothing_goes_wrong(page, named):
    """`opened` fails for whatever the console says."""
    page.goto(f"{named.url}/?study=tiny&method=ftwb1&include=constructor")
    settled(page)
    for tab in [page.name for page in PAGES]:
        page.locator(f"#tab-{tab}").click()
        expect(page.get_by_role("tab", selected=True)).to_have_id(f"tab-{tab}")
        expect(page.locator(f"#page-{tab}")).to_be_visible()
        settled(page)


def test_such_a_task_is_hidden_selected_and_drawn(page, named):
    go(page, named.url, "transfer", method="ftwb1", include="constructor")
    choose(page, page.locator("#sources-out"), "proto")
    page.wait_for_url("**not_source=__proto__&**")
    page.reload()
    page.wait_for_url("**not_source=__proto__&**")
    go(page, named.url, "network", method="ftwb1", include="constructor", threshold="0")
    page.wait_for_function("() => window.atlasGraph() && window.atlasGraph().nodes().length === 2")
    tasks = page.evaluate("window.atlasGraph().nodes().map((node) => node.data('task')).sort()")
    assert tasks == ["__proto__", "constructor"]
    page.get_by_text("Tasks and arrows as tables").click()
    page.locator("""#network-table [data-select='["__proto__"]']""").click()
    addressed(page, "__proto__")
    expect(page.locator("#panel-body")).to_contain_text("Given")
