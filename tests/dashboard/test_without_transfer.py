"""A study in which nothing was fine-tuned: what it has is shown, other tabs say what they need."""

from __future__ import annotations

import pytest
from dash._utils import to_json

from core.io import open_study
from dashboard.export.cards import exportable_cards
from dashboard.export.collect import ExportRequest, collect
from dashboard.figures.parts.theme import theme
from dashboard.pages import PAGES
from dashboard.state.context import ViewContext
from dashboard.state.view import parse_view, query_of
from dashboard.ui.url_sync import answer_state

MANIFEST = 'title = "Alone"\n[cka]\nsummary = "cka.csv"\n'
RUNS = "run,method,trained,base,seed\n" + "".join(f"{t},single,{t},,0\n" for t in "abc")
CKA = "exp1,exp2,layer,final_cka\na,b,<i>stem</i>,0.75\na,c,<i>stem</i>,0.5\nb,c,<i>stem</i>,0.25\n"


@pytest.fixture
def folder(tmp_path):
    for name, text in (("study.toml", MANIFEST), ("runs.csv", RUNS), ("cka.csv", CKA)):
        (tmp_path / name).write_text(text)
    return tmp_path


def page_state(app_context, **query):
    state = {"query": {key: [value] for key, value in query.items()}, "from": "address"}
    return answer_state(app_context, PAGES, state)


def test_the_first_tab_is_the_one_that_works(folder, app_context_of):
    app_context = app_context_of(folder)
    shown, *_ = page_state(app_context)
    assert shown["query"]["tab"] == ["representations"]
    assert not shown["unreadable"]
    view, notices = parse_view(shown["query"], open_study(folder))
    assert notices == ()
    assert query_of(view)["layer"] == ["<i>stem</i>"]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name != "representations"], ids=lambda p: p.name
)
def test_other_tabs_say_what_they_need(folder, app_context_of, page):
    shown, *rest = page_state(app_context_of(folder), tab=page.name)
    assert shown["unreadable"]
    text = to_json(rest)
    assert "This tab needs results of fine-tuned runs" in text
    assert "What it has is on " in text
    assert "tab=representations" in text


def test_its_cards_and_exports_are_there_and_nothing_of_a_layer_is_html(folder, app_context_of):
    app_context, study = app_context_of(folder), open_study(folder)
    view, _ = parse_view({}, study)
    page = next(page for page in PAGES if page.name == "representations")
    cards = exportable_cards(app_context, ViewContext(study, view, theme("light")), page)
    # Maps of the items need representations, and say so.
    needs = to_json(cards.pop("representations-maps").message)
    assert "No representation of a model of one task alone is stored." in needs
    course = to_json(cards.pop("representations-training").message)
    assert "Known at one checkpoint only" in course
    assert all(card.figure is not None for card in cards.values())
    assert "<i>" not in "".join(card.figure.to_json() for card in cards.values())
    found = collect(app_context, ExportRequest(query={}))
    assert {item.tab for item in found.items} == {"Representations"}
    assert found.methods == ()


SQUARE = ",a,b,c\na,,52.34,\nb,52.34,,101.5\nc,,101.5,\n"
DISTANCE = (
    '[predictors.far]\nlabel = "<i>far</i>"\nlayout = "square"\npath = "p.csv"\nbetter = "lower"\n'
)
DIRECTED = "source,target,value\na,b,-2.5\nb,a,0.5\na,c,1.5\n"


@pytest.fixture
def given(tmp_path):
    (tmp_path / "study.toml").write_text(DISTANCE)
    (tmp_path / "p.csv").write_text(SQUARE)
    return tmp_path


def cards_of_predictors(app_context, folder):
    study = open_study(folder)
    view, notices = parse_view({}, study)
    assert notices == ()
    page = next(page for page in PAGES if page.name == "predictors")
    return exportable_cards(app_context, ViewContext(study, view, theme("light")), page)


def test_of_predictors_alone_their_tab_is_the_first(given, app_context_of):
    app_context = app_context_of(given)
    shown, *_ = page_state(app_context)
    assert shown["query"]["tab"] == ["predictors"]
    assert not shown["unreadable"]
    shown, *rest = page_state(app_context, tab="representations")
    assert shown["unreadable"]
    assert "has no similarity of models" in to_json(rest)
    assert "tab=predictors" in to_json(rest)


def test_of_predictors_alone_the_matrix_is_the_only_card(given, app_context_of):
    app_context = app_context_of(given)
    cards = cards_of_predictors(app_context, given)
    assert list(cards) == ["predictors-matrix"]
    card = cards["predictors-matrix"]
    assert card.finding == (
        "<i>far</i> is lowest for a and b (52.3), highest for b and c (102); the lower, the better."
    )
    assert "lower is better" in card.caption
    assert "the same in both directions" in card.caption
    assert card.table.values.tolist() == [
        ["a", "b", 52.34],
        ["b", "a", 52.34],
        ["b", "c", 101.5],
        ["c", "b", 101.5],
    ]
    assert "<i>" not in card.figure.to_json()
    found = collect(app_context, ExportRequest(query={}))
    assert [(item.tab, item.name) for item in found.items] == [("Predictors", "predictors-matrix")]


def test_a_directed_predictor_is_told_by_its_directions(given, app_context_of):
    (given / "study.toml").write_text('[predictors.logme]\nlabel = "LogME"\npath = "p.csv"\n')
    (given / "p.csv").write_text(DIRECTED)
    card = cards_of_predictors(app_context_of(given), given)["predictors-matrix"]
    assert card.finding == (
        "LogME is highest for a → c (1.50), lowest for a → b (−2.50); the higher, the better."
    )
    assert "direction" not in card.caption


def test_beside_similarity_a_predictor_is_one_choice_of_two(folder, app_context_of):
    with (folder / "study.toml").open("a") as manifest:
        manifest.write('[predictors.logme]\npath = "p.csv"\n')
    (folder / "p.csv").write_text(DIRECTED)
    card = cards_of_predictors(app_context_of(folder), folder)["predictors-matrix"]
    assert card.finding.startswith("CKA is highest for a and b (0.750)")
    rest = page_state(app_context_of(folder), tab="transfer")[1:]
    said = to_json(rest)
    assert "tab=predictors" in said
    assert "tab=representations" in said
