from __future__ import annotations

import json
import re
from pathlib import Path

import dash_cytoscape
import pytest
from dash import no_update

from core.cache.result_cache import ResultCache
from core.errors import AtlasError, ComputationError
from core.study import ValueScale
from dashboard import app as application
from dashboard.app import create_app
from dashboard.pages import PAGES
from dashboard.pages.pairs import SCRIPT
from dashboard.server.settings import Settings
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from dashboard.ui.controls import all_groups
from dashboard.ui.first_steps import STEPS
from dashboard.ui.help import help_body
from dashboard.ui.ids import Id, panel_of, part
from dashboard.ui.lazy_script import asset_address, script_address
from dashboard.ui.messages import failure, why_not
from dashboard.ui.url_sync import answer_state, how_read
from tests.dashboard.counted import MOST_AT_FIRST, of_dash
from tests.studies import write_study_files

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    good = write_study_files(folder / "good", cka=True)
    bad = write_study_files(folder / "bad")
    bad.write("study.toml", "title = ")
    settings = Settings(studies=(bad.folder, good.folder), cache_dir=folder / "cache")
    return create_app(settings).server.test_client()


def test_the_page_and_all_it_names_are_served_from_here(client):
    page = client.get("/", buffered=True)
    text = page.get_data(as_text=True)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert len(addresses) > 15
    for address in addresses:
        assert address.startswith("/"), address
        answer = client.get(address.replace("&amp;", "&"), buffered=True)
        assert answer.status_code == 200, address
    assert "http://" not in re.sub(r"http://www\.w3\.org", "", text)


def test_a_path_of_nothing_is_a_page_that_links_home(client):
    for path in ("/nonsense/path", "/nonsense", "/index.html", "/a/b/<img onerror=x>?tab=pairs"):
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 404
        assert answer.mimetype == "text/html"
        assert '<a href="/">Open Transfer Atlas</a>' in text
        assert "nonsense" not in text
        assert "onerror" not in text
        assert "script" not in text
    assert client.get("/?tab=nonsense").status_code == 200


def test_every_answer_keeps_the_browser_on_this_host(client):
    for address in ("/", "/_dash-layout", "/assets/favicon.svg", "/nothing/here"):
        headers = client.get(address, buffered=True).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy
        assert "unsafe-eval" not in policy
        assert re.search(r"script-src [^;]*", policy).group().count("unsafe") == 0
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_files_that_never_change_are_kept_and_compressed_once(client):
    text = client.get("/", buffered=True).get_data(as_text=True)
    scripts = [a.replace("&amp;", "&") for a in re.findall(r'src="([^"]+)"', text)]
    for address in scripts:
        answer = client.get(address, headers={"Accept-Encoding": "br"}, buffered=True)
        assert "immutable" in answer.headers["Cache-Control"], address
        again = client.get(address, headers={"Accept-Encoding": "br"}, buffered=True)
        assert again.data == answer.data
        if len(client.get(address, buffered=True).data) > 1024:
            assert answer.headers["Content-Encoding"] == "br"
    assert client.get("/", buffered=True).headers["Cache-Control"] == "no-cache"


def components(part):
    """All components in a layout, as the browser gets it."""
    if isinstance(part, list):
        for child in part:
            yield from components(child)
    elif isinstance(part, dict) and "props" in part:
        yield part
        for value in part["props"].values():
            yield from components(value)


def component_ids(layout):
    return (one["props"]["id"] for one in components(layout) if "id" in one["props"])


def test_ids_are_unique_and_every_page_has_its_place(client):
    ids = list(component_ids(client.get("/_dash-layout", buffered=True).get_json()))
    assert len(ids) == len(set(ids))
    assert {panel_of(page.name) for page in PAGES} <= set(ids)
    assert {part("group", group) for group in all_groups()} <= set(ids)


def test_the_layout_has_few_components(client):
    layout = client.get("/_dash-layout", buffered=True).get_json()
    assert 100 < len(list(of_dash(layout))) <= MOST_AT_FIRST


def test_what_is_changed_by_way_of_dash_is_a_component_of_its_own(client):
    """Elements in a tree never change: Dash would be told of what it does not know."""
    layout = client.get("/_dash-layout", buffered=True).get_json()
    known = {one["props"].get("id") for one in of_dash(layout)}
    elements = set(component_ids(layout)) - known
    scripts = "".join(path.read_text("utf-8") for path in (ASSETS / "js").rglob("*.js"))
    told = set(re.findall(r"\b(?:tell|set_props)\(\"([\w-]+)\"", scripts))
    assert {"job-text", "state", "alarm"} <= told
    assert not told & elements
    for callback in client.get("/_dash-dependencies", buffered=True).get_json():
        running = (callback.get("running") or {}).get("running", {})
        assert {name.rsplit(".", 1)[0] for name in running} <= known
        asked = {one["id"] for one in (*callback["inputs"], *callback["state"])}
        if asked & known:
            assert not asked & elements


@pytest.mark.parametrize("scale", ValueScale)
def test_no_explanation_takes_the_id_of_a_part_of_the_page(client, scale):
    """One called as a store was took it along when the words of another study came."""
    layout = client.get("/_dash-layout", buffered=True).get_json()
    explained = {section.id for section in help_body(scale)}
    assert len(explained) == len(help_body(scale)) > 20
    assert not explained & {one for one in component_ids(layout) if not one.startswith("help-")}
    assert not explained & set(Id)


def test_style_sheets_of_the_screen_look_into_no_element():
    """Each `:has` costs a walk through the page whenever anything in it is drawn."""
    for sheet in sorted((ASSETS / "css").glob("*.css")):
        on_screen = sheet.read_text(encoding="utf-8").split("@media print")[0]
        assert ":has(" not in on_screen, sheet.name


def test_a_box_of_each_tone_that_means_something_has_an_edge():
    """Their classes are put together from the tone, so no search finds who uses them."""
    sheets = "".join(path.read_text(encoding="utf-8") for path in (ASSETS / "css").glob("*.css"))
    for said in (why_not("a figure", AtlasError("too few")), failure("ab12")):
        tone = said.className.split()[-1]
        assert re.search(rf"^\.{tone} \{{\s+border-left: 3px", sheets, re.MULTILINE), tone


def test_first_steps_stand_beside_what_is_on_the_page(client):
    said = client.get("/_dash-layout", buffered=True).get_data(as_text=True)
    ids = set(component_ids(json.loads(said)))
    for selector in (selector for step in STEPS for selector in step.beside):
        for kind, name in re.findall(r"([#.])([\w-]+)", selector):
            assert (name in ids) if kind == "#" else (name in said), selector


@pytest.mark.parametrize("which", ["grid", "graph"])
def test_the_grid_and_the_graph_are_loaded_by_the_tabs_that_need_them(client, which):
    page = client.get("/", buffered=True).get_data(as_text=True)
    address = asset_address(SCRIPT) if which == "grid" else script_address(dash_cytoscape)
    assert address.rpartition("/")[0] not in page
    answer = client.get(address, headers={"Accept-Encoding": "br"}, buffered=True)
    assert answer.status_code == 200
    assert "javascript" in answer.content_type
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Encoding"] == "br"


def post(client, state):
    """The page_state of a state, as the browser asks for it."""
    dependencies = json.loads(client.get("/_dash-dependencies", buffered=True).data)
    spec = next(d for d in dependencies if "page-state.data" in d["output"])
    outputs = [
        dict(zip(("id", "property"), output.rsplit(".", 1), strict=True))
        for output in spec["output"].strip(".").split("...")
    ]
    body = {
        "output": spec["output"],
        "outputs": outputs,
        "inputs": [{"id": "state", "property": "data", "value": state}],
        "changedPropIds": ["state.data"],
        "state": [{**one, "value": None} for one in spec["state"]],
    }
    return client.post("/_dash-update-component", json=body, buffered=True)


def test_a_study_that_cannot_be_read_lists_its_problems(client):
    answer = post(client, {"query": {"study": ["bad"]}, "from": "address"})
    response = json.loads(answer.data)["response"]
    assert response["page-state"]["data"]["unreadable"]
    assert response[Id.PROBLEMS]["hidden"] is False
    assert "study.toml" in json.dumps(response[Id.PROBLEMS]["children"])
    assert response[Id.RAIL]["hidden"] is True


def test_the_first_readable_study_is_shown_where_none_is_asked_for(client):
    response = json.loads(post(client, {"query": {}, "from": "address"}).data)["response"]
    page_state = response["page-state"]["data"]
    assert page_state["values"]["study"] == "good"
    assert page_state["query"]["study"] == ["good"]
    assert response[Id.NOTICE]["hidden"] is True


@pytest.mark.parametrize("state", [None, 7, [], {"query": {"study": 3}}, {"query": {"a": [[]]}}])
def test_any_state_is_answered(client, state):
    assert post(client, state).status_code == 200


def test_what_fails_in_a_callback_is_a_number_in_the_browser_and_all_in_the_log(
    client, monkeypatch, caplog
):
    def broken(*_):
        raise ValueError("secret detail")

    monkeypatch.setattr("dashboard.ui.url_sync.answer_state", broken)
    answer = post(client, {"query": {}})
    text = answer.get_data(as_text=True)
    assert answer.status_code in (200, 204)
    assert "secret detail" not in text
    assert "Traceback" not in text
    reference = re.search(r"under ([0-9a-f]{8})", text).group(1)
    assert reference in caplog.text
    assert "secret detail" in caplog.text


def test_nothing_is_asked_of_a_request_that_is_too_large(client):
    answer = client.post("/_dash-update-component", data=b"x" * (5 * 2**20), buffered=True)
    assert answer.status_code in (400, 413, 415)


def test_server_is_made_when_it_is_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY", str(write_study_files(tmp_path / "one").folder))
    monkeypatch.setenv("CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(application, "configure_logging", lambda _: None)
    try:
        server = application.server
        assert server.test_client().get("/", buffered=True).status_code == 200
        assert application.server is server
    finally:
        vars(application).pop("server", None)
    with pytest.raises(AttributeError):
        _ = application.nothing_of_that_name


def test_no_update_is_what_dash_says():
    # `fill` relies on it for figures that stay as they are.
    assert no_update is not None
    assert issubclass(ComputationError, Exception)


def test_what_was_asked_stays_while_the_study_is_being_read(tmp_path, monkeypatch):
    """After a restart a click must not make the address forget the scale somebody chose."""
    library = StudyLibrary([write_study_files(tmp_path / "slow").folder])
    reading = library.claim()
    context = AppContext(library, ResultCache(None))
    query = {"study": ["slow"], "tab": ["balance"], "scale": ["strict"], "seeds": ["1"]}
    (state, *_) = answer_state(context, PAGES, {"query": query})
    assert state["unreadable"]
    # The first part of the answer has waited; the second would make it twice as long.
    waited = []
    find = library.find

    def noted(slug, *, wait_s):
        waited.append(wait_s)
        return find(slug, wait_s=wait_s)

    monkeypatch.setattr(library, "find", noted)
    assert how_read(context, {"query": query}) == [None, True]
    assert waited == [0]
    monkeypatch.undo()
    assert state["query"] == query
    assert len(list(reading)) == 1
    (state, *_) = answer_state(context, PAGES, {"query": query})
    assert (state["unreadable"], state["query"]["scale"]) == (False, ["strict"])


def test_what_the_page_asks_for_by_itself_the_server_knows_and_dash_does_not(client):
    """cards.js asks for cards as Dash would, by what the plan of the page says."""
    layout = client.get("/_dash-layout", buffered=True).get_json()
    ids = set(component_ids(layout))
    told = [one["props"] for one in components(layout) if one["props"].get("id") == Id.PLAN]
    (plan,) = (props["data"] for props in told)
    known = json.loads(client.get("/_dash-dependencies", buffered=True).data)
    asked = {}
    for page in plan["pages"].values():
        for figure_input in page["figureInputs"]:
            if "cards" in figure_input:
                parts = [
                    f"{card}-{name}.{prop}"
                    for card in figure_input["cards"]
                    for name, prop in plan["cardParts"]
                ]
                inputs = [figure_input["store"], figure_input["opener"]]
                asked[f"..{'...'.join(parts)}.."] = [name for name in inputs if name]
    for callback in known:
        inputs = [one["id"] for one in callback["inputs"]]
        if callback["output"] in asked:
            assert inputs == asked.pop(callback["output"])
            assert not ids & set(inputs)
        elif not callback["clientside_function"]:
            assert set(inputs) <= ids, callback["output"]
    assert not asked
