"""What a page fetches as HTML, and how many components it has without."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

import pytest
from dash import Dash, html
from dash.development.base_component import Component
from flask import Flask

from core.cache.result_cache import ResultCache
from core.io.synthetic import SyntheticStudy, write_synthetic_study
from dashboard.pages import PAGES, network, pairs
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui import card, fetched
from dashboard.ui.controls import offer
from dashboard.ui.fixed import fixed
from dashboard.ui.help import help_body
from dashboard.ui.page import FetchedHtml
from dashboard.ui.url_sync import answer_state
from tests.dashboard.counted import MOST, MOST_AT_FIRST, of_dash
from tests.hostile import TASK, write_hostile_study


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


PIECES = [piece.name for page in PAGES for piece in page.fetched]


@pytest.fixture(scope="module")
def client(app_context):
    server = Flask("fetched")
    fetched.register(server, app_context, PAGES)
    return server.test_client()


@pytest.mark.parametrize("name", PIECES)
def test_every_piece_is_answered_for_the_query_of_an_address(client, name):
    answer = client.get(f"/fetched/{name}?study=atlantis&method=ftwb1&mode=dark&version=x")
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    # The example has nothing missing, failed or undefined to list, and no run that changes a plan.
    listings = {
        "plan-next-table",
        "overview-missing",
        "overview-failed",
        "overview-undefined",
        "overview-conflicting",
    }
    if name not in listings | {"overview-warnings", "overview-clipped", "compare-contrasts"}:
        assert answer.get_data(as_text=True).startswith("<div")


def test_what_is_none_is_404_and_what_cannot_be_shown_says_why(client):
    assert client.get("/fetched/elsewhere").status_code == 404
    assert client.get("/fetched/balance-table?study=nowhere%00&%ff=%fe").status_code == 200
    why = client.get("/fetched/balance-table?study=atlantis&seeds=none").get_data(as_text=True)
    assert "no seed chosen" in why
    assert "box-warning" in why


def test_a_failure_nobody_foresaw_has_a_reference_and_no_detail(app_context, caplog):
    def broken(*_):
        raise ZeroDivisionError("secret detail")

    class OnePage:
        fetched = (FetchedHtml("broken", (), broken),)

    server = Flask("fetched")
    fetched.register(server, app_context, [OnePage])
    text = server.test_client().get("/fetched/broken?study=atlantis").get_data(as_text=True)
    assert "secret detail" not in text
    assert "secret detail" in caplog.text


def test_hostile_names_are_text(app_context_of, tmp_path):
    files = write_hostile_study(tmp_path / "atlantis")
    server = Flask("fetched")
    fetched.register(server, app_context_of(files.folder), PAGES)
    client = server.test_client()
    texts = [client.get(f"/fetched/{name}").get_data(as_text=True) for name in PIECES]
    assert any(escape(TASK) in text for text in texts)
    assert not any("<img src=x" in text for text in texts)


# -- how many components a page has ----------------------------------------------------------------


def components(children: object) -> int:
    if isinstance(children, Component):
        return 1 + components(getattr(children, "children", None))
    if isinstance(children, list | tuple):
        return sum(map(components, children))
    return 0


def of_page(page, app_context, context) -> int:
    """Components of a tab: its layout, and what its cards put into it."""
    shown = page.card_contents(app_context, context).values()
    parts = [
        [content.finding, content.above, list(content.details), content.caption, content.message]
        for content in shown
    ]
    return components(page.layout()) + components(parts)


@pytest.fixture(scope="module", params=[None, 196])
def of_size(request, remembering, tmp_path_factory):
    """The example, and a made study of as many tasks as families of languages have.

    What tabs share is computed once.
    """
    if request.param is None:
        return remembering
    place = tmp_path_factory.mktemp("made")
    folder = place / "study"
    # Much is missing and most is cut, so that there is much to list.
    made = SyntheticStudy(request.param, seeds=2, missing=0.3, mean=1.4, pair=0.8)
    write_synthetic_study(made, folder)
    return AppContext(StudyLibrary([folder]), ResultCache(place / "cache"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_tab_has_more_components_than_dash_bears(page, of_size):
    # The layout of Pairs asks it for an address.
    Dash("components")
    context = of_size.view_context({"query": {}, "mode": "light"})
    assert 0 < of_page(page, of_size, context) <= MOST
    # What the controls offer are words, however many tasks there are.
    offered = offer(context.study, context.view, page.groups, pairs=page.pairs).options
    choices = [choice for options in offered.values() for choice in options]
    assert components([choice["label"] for choice in choices]) <= 10


def test_a_page_filled_by_all_callbacks_has_few_components(of_size):
    """What Dash's callbacks send, all tabs together, beside what the page has at first."""

    def sent(values: object) -> int:
        return len(list(of_dash([fixed(value) for value in values])))

    query = {"query": {}, "mode": "light"}
    arranged = [
        sent(answer_state(of_size, PAGES, {"query": {"tab": [page.name]}})) for page in PAGES
    ]
    listed = pairs.shown(of_size, query, offered=[], chosen=[])
    drawn = network.shown(of_size, query)
    filled = max(arranged) + sent(listed) + sent(drawn[2:]) + sent([help_body()])
    assert 0 < filled <= MOST - MOST_AT_FIRST


SCRIPT = (Path(__file__).parents[3] / "assets" / "js" / "page" / "elements.js").read_text("utf-8")
WRITTEN = re.compile(re.search(r"const KNOWN = /(.*)/;", SCRIPT)[1])
RENAMED = dict(re.findall(r"(\w+): \"(\w+)\"", re.search(r"const NAMES = {(.*)};", SCRIPT)[1]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_card_says_nothing_that_its_script_leaves_out(page, app_context):
    """elements.js makes elements of `dash.html` with these attributes, and nothing else."""
    context = app_context.view_context({"query": {}, "mode": "light"})
    for group in page.cards:
        if group.figure_input is None:
            continue
        for content in group.show(app_context, context):
            finding, above, _, _, _, caption, message, _ = content.values()
            holder = html.Div([finding, above, caption, message, *card.inside()])
            for one in holder._traverse():
                if isinstance(one, Component):
                    told = one.to_plotly_json()
                    assert told["namespace"] == "dash_html_components", one
                    for name in told["props"].keys() - {"children"}:
                        assert WRITTEN.fullmatch(RENAMED.get(name, name)), (name, one)
