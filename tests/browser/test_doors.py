"""A page behind a login works as any other."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dashboard.server.access.users import add_user
from tests.browser.conftest import Served, opened
from tests.browser.pages import context_of, go, stands
from tests.processes import GUNICORN, free_port, running
from tests.studies import write_study_files

pytestmark = pytest.mark.browser
PASSWORD = "a long enough one"


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locked")
    study = write_study_files(folder / "tiny", cka=True)
    add_user(folder / "users", "ada", PASSWORD)
    port = free_port()
    with running(
        [*GUNICORN, "--config", "gunicorn.conf.py", "dashboard.app:server"],
        folder,
        port,
        STUDY=str(study.folder),
        PORT=str(port),
        AUTH="basic",
        AUTH_FILE=str(folder / "users"),
    ) as server:
        yield Served(f"http://127.0.0.1:{port}", server.log)
        assert "Traceback" not in server.said()


@pytest.fixture
def page(browser, locked):
    yield from opened(
        browser,
        locked,
        http_credentials={"username": "ada", "password": PASSWORD, "send": "always"},
    )


def test_who_is_logged_in_sees_every_tab(page, locked):
    go(page, locked.url, "transfer")
    page.get_by_role("tab", name="Overview").click()
    stands(page, "overview")
    # There is nothing to draw for so few pairs, which is an answer like any other.
    page.get_by_role("tab", name="Predictors").click()
    expect(page.get_by_text("No pair of tasks has both a CKA and a transfer.")).to_be_visible()
    assert page.context.cookies() == []


def test_who_is_not_sees_nothing(browser, locked):
    context = context_of(browser)
    answer = context.request.get(locked.url)
    assert answer.status == 401
    assert answer.text() == "Log in to see this.\n"
    context.close()
