"""A page has the scripts that Dash gives it, but those that nothing on it needs."""

import re

import pytest
from dash import Dash, html

from dashboard.app import create_app
from dashboard.server.page_scripts import LeanDash
from dashboard.server.settings import Settings
from tests.studies import write_study_files


def scripts(page):
    return re.findall(r'<script src="([^"]+)"', page)


def page_of(kind):
    app = kind(__name__, serve_locally=True, enable_mcp=False)
    app.layout = html.Div()
    return app.server.test_client().get("/").get_data(as_text=True)


def test_those_left_out_are_the_two_that_dash_calls_so():
    usual, lean = page_of(Dash), page_of(LeanDash)
    missing = [one for one in scripts(usual) if one not in scripts(lean)]
    assert len(missing) == 2
    assert "/deps/polyfill@" in missing[0]
    assert "/dash_table/bundle." in missing[1]
    # All others stand in their order.
    assert [one for one in scripts(usual) if one not in missing] == scripts(lean)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    files = write_study_files(folder / "study")
    return create_app(
        Settings(studies=(files.folder,), cache_dir=folder / "cache")
    ).server.test_client()


def test_what_dashs_scripts_took_from_what_is_left_out_another_one_has_before_them(client):
    names = scripts(client.get("/").get_data(as_text=True))
    texts = [client.get(name, buffered=True).get_data(as_text=True) for name in names]
    assert not any("polyfill" in name or "dash_table" in name for name in names)
    takes = [at for at, text in enumerate(texts) if "regeneratorRuntime.mark" in text]
    gives = [at for at, text in enumerate(texts) if "globalThis.regeneratorRuntime=" in text]
    assert takes
    assert gives[0] == min(takes)  # it takes it later, when a part is loaded
    assert "dash_bootstrap_components" in names[gives[0]]


def test_the_layout_has_no_table_of_dash(client):
    layout = client.get("/_dash-layout").get_data(as_text=True)
    assert '"namespace":"dash_html_components"' in layout
    assert "dash_table" not in layout
