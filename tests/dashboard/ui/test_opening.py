"""What the head of the page asks for is what the page asks for when it has started."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from flask import Flask

from core.cache.result_cache import ResultCache
from dashboard.pages import PAGES
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui import card, opening
from dashboard.ui.url_sync import ADDRESS, answer_state
from tests.studies import write_study_files

ADDRESSES = (
    *({"tab": [page.name]} for page in PAGES),
    {},
    {"study": ["nowhere"], "tab": ["nothing"]},
    {"tab": ["transfer"], "method": ["ftwb2"], "exclude": [""], "seeds": ["42"]},
    {"tab": ["balance"], "select": ["Airport", "Bridge"], "against": ["published"]},
)


def client_of(app_context):
    server = Flask("opening")
    opening.register(server, app_context, PAGES)
    return server.test_client()


@pytest.fixture(scope="module")
def client(remembering):
    return client_of(remembering)


@pytest.mark.parametrize("query", ADDRESSES)
def test_it_says_what_arrange_says_when_dash_has_started(client, remembering, query):
    answer = client.get(f"/opening?{urlencode(query, doseq=True)}&mode=dark")
    (state, *_) = answer_state(remembering, PAGES, {"query": query, "from": ADDRESS})
    told = answer.get_json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert told["query"] == state["query"]
    assert [told["tab"]] == state["query"]["tab"]
    assert (told["study"], told["version"]) == (state["study"], state["version"])
    page = next(page for page in PAGES if page.name == told["tab"])
    asked = [json.loads(text) for text in told["questions"]]
    assert [one["inputs"][0]["id"].removeprefix("figure-input-") for one in asked] == [
        figure_input.name
        for figure_input, group in page.fillings
        if group is not None and group.opener is None
    ]
    for one in asked:
        data = one["inputs"][0]["value"]
        assert (data["mode"], data["version"]) == ("dark", state["version"])
        assert data["query"].items() <= state["query"].items()


def test_a_question_is_written_as_the_browser_writes_it(client):
    told = client.get("/opening?tab=balance").get_json()
    (text,) = told["questions"]
    asked = json.loads(text)
    # JSON.stringify leaves no spaces; the names stand in the order of answers.js.
    assert text == json.dumps(asked, ensure_ascii=False, separators=(",", ":"))
    assert list(asked) == ["output", "outputs", "inputs", "changedPropIds"]
    assert list(asked["inputs"][0]["value"]) == ["query", "mode", "version"]
    names = [f"{one['id']}.{one['property']}" for one in asked["outputs"]]
    assert asked["output"] == f"..{'...'.join(names)}.."
    assert len(names) % len(card.PARTS) == 0


def test_letters_of_any_language_stand_as_they_are():
    page = next(page for page in PAGES if page.name == "balance")
    ((figure_input, group),) = [one for one in page.fillings if one[1] is not None]
    text = opening.question(figure_input, group, {"study": ["Übung 東"]}, "light", "v")
    assert '"study":["Übung 東"]' in text


def test_where_no_tab_can_be_shown_there_is_nothing_to_ask(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    nothing = client_of(AppContext(StudyLibrary([empty]), ResultCache(None)))
    assert nothing.get("/opening?tab=transfer").status_code == 204


@pytest.mark.parametrize(("layout", "slides"), [("table", True), ("scores", False)])
def test_it_says_whether_there_are_checkpoints_to_run_through(tmp_path, layout, slides):
    study = write_study_files(tmp_path / "study", layout)
    client = client_of(AppContext(StudyLibrary([study.folder]), ResultCache(None)))
    assert client.get("/opening?tab=transfer").get_json()["slides"] is slides
