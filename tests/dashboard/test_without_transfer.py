"""A study in which nothing was fine-tuned: Representations works, the others say what they need."""

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


def page_state(atlas, **query):
    state = {"query": {key: [value] for key, value in query.items()}, "from": "address"}
    return answer_state(atlas, PAGES, state)


def test_the_first_tab_is_the_one_that_works(folder, atlas_of):
    atlas = atlas_of(folder)
    shown, *_ = page_state(atlas)
    assert shown["query"]["tab"] == ["representations"]
    assert not shown["unreadable"]
    view, notices = parse_view(shown["query"], open_study(folder))
    assert notices == ()
    assert query_of(view)["layer"] == ["<i>stem</i>"]


@pytest.mark.parametrize("page", [page for page in PAGES if page.transfer], ids=lambda p: p.name)
def test_other_tabs_say_what_they_need(folder, atlas_of, page):
    shown, *rest = page_state(atlas_of(folder), tab=page.name)
    assert shown["unreadable"]
    text = to_json(rest)
    assert "This tab needs results of fine-tuned runs" in text
    assert "What it has is on the tab Representations." in text


def test_its_cards_and_exports_are_there_and_nothing_of_a_layer_is_html(folder, atlas_of):
    atlas, study = atlas_of(folder), open_study(folder)
    view, _ = parse_view({}, study)
    page = next(page for page in PAGES if page.name == "representations")
    cards = exportable_cards(atlas, ViewContext(study, view, theme("light")), page)
    # Maps of the items need representations, and say so.
    needs = to_json(cards.pop("representations-maps").message)
    assert "No representation of a model of one task alone is stored." in needs
    assert all(card.figure is not None for card in cards.values())
    assert "<i>" not in "".join(card.figure.to_json() for card in cards.values())
    found = collect(atlas, ExportRequest(query={}))
    assert {item.tab for item in found.items} == {"Representations"}
    assert found.methods == ()
