"""The Predictors tab: its cards, and what it says where something is lacking."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.analyses.association.qap import PermutationTest
from dashboard.pages.predictors import (
    CEILINGS,
    CURVE,
    ITEM_PAIRS,
    ITEMS,
    MATRIX,
    PAGE,
    SCATTER,
    SCOREBOARD,
    SWEEP,
    TASKS,
    association,
)
from dashboard.pages.predictors.association import _permutations, _stopped
from dashboard.pages.predictors.by_layer import places
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


def figure_input(**query):
    return {"query": {"study": ["atlantis"], **query}, "mode": "light"}


def shown(app_context, *cards, **query):
    """These cards and those made with them; else all but the curve of every choice, which takes
    a second or two.
    """
    context = app_context.view_context(figure_input(**query))
    groups = [
        group
        for group in PAGE.cards
        if (set(cards) & set(group.cards) if cards else CURVE not in group.cards)
    ]
    return {
        name: card
        for group in groups
        for name, card in group.contents(app_context, context).items()
    }


def said(component) -> str:
    """All text in a component tree."""
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def test_every_card_has_finding_figure_caption_and_table(app_context):
    cards = shown(app_context, *PAGE.card_names, method=["ftwb1"])
    assert cards.pop(MATRIX).hidden  # of studies that have nothing else
    assert list(cards) == [SCATTER, CEILINGS, TASKS, SWEEP, SCOREBOARD, CURVE, ITEMS, ITEM_PAIRS]
    for name, content in cards.items():
        assert content.figure is not None, name
        assert isinstance(content.finding, str), name
        assert content.finding.endswith("."), name
        assert content.caption, name
        assert len(content.table), name
    assert list(cards[SCATTER].table.columns) == ["source", "target", "CKA", "transfer"]
    assert len(cards[SCATTER].table) == 30
    assert len(cards[SWEEP].table) == 4 * 6
    assert list(cards[CURVE].table.columns)[:6] == [
        *("layer", "checkpoint", "measure", "seeds", "tasks", "scale"),
    ]
    assert set(cards[ITEMS].table["group"]) >= {"Asia", "Oceania"}
    assert cards[ITEMS].table["items"].sum() == 300
    assert len(cards[ITEM_PAIRS].table) == 15


def test_both_p_stand_side_by_side_with_the_reason(app_context):
    text = said(shown(app_context, method=["ftwb1"])[SCATTER].more)
    assert text.index("QAP p") < text.index("r of pair effects") < text.index("Textbook p")
    assert "The 30 points come from only 6 tasks and are not independent" in text
    assert "in all 720 ways" in text


def test_a_test_that_stopped_early_says_so():
    stopped = PermutationTest(0.873, 800, exhaustive=False)
    assert _permutations(stopped) == "± 0.012, stopped after 800 of 10,000 permutations"
    assert _stopped(stopped) == f"QAP p {_permutations(stopped)}"
    small = PermutationTest(0.0001, 10_000, exhaustive=False)
    assert (_permutations(small), _stopped(small)) == ("10,000 permutations", "")


def test_similarity_takes_the_method_that_predicts_and_says_so(app_context):
    scatter = shown(app_context, SCATTER, method=["ftwb2"])[SCATTER]
    assert "FTWB2 has no run trained on one task alone" in said(scatter.above)
    assert "n = 30 pairs" in scatter.caption
    assert "without crossing" in scatter.caption
    scatter = shown(app_context, SCATTER, method=["ft1"], include=["crossing"])[SCATTER]
    assert "n = 42 pairs" in scatter.caption


def test_layer_checkpoint_and_measure_are_those_asked_for(app_context):
    asked = {"method": ["ft1"], "layer": ["2"], "cka_at": ["800"]}
    cards = shown(app_context, SCATTER, SWEEP, ITEMS, **asked, measure=["debiased"])
    assert "debiased CKA, layer 2, checkpoint 800" in cards[SCATTER].caption
    assert cards[SCATTER].figure.layout.xaxis.title.text == (
        "debiased CKA, layer 2, checkpoint 800"
    )
    assert cards[SCATTER].finding.startswith("Debiased CKA explains ")
    assert "debiased CKA, layer 2, checkpoint 800" in cards[ITEMS].caption
    assert "r of debiased CKA and transfer" in cards[SWEEP].caption
    plain = shown(app_context, SCATTER, SWEEP, **asked)
    values, others = plain[SCATTER].figure.data[0].x, cards[SCATTER].figure.data[0].x
    assert np.abs(np.asarray(values) - np.asarray(others)).max() > 1e-4
    assert "chosen" in [shape.name for shape in plain[SWEEP].figure.layout.shapes]


def test_the_sweep_is_a_table_of_buttons_too(app_context):
    text = said(places(app_context, app_context.view_context(figure_input(method=["ft1"]))))
    assert text.count('"data-place"') == 24
    assert '[\\"3\\", \\"last\\"]' in text
    assert "Show layer 2, checkpoint 1,600 · 1 seed: r = " in text
    assert "QAP p" in text


def test_a_study_without_cka_says_what_to_do_and_nothing_else(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis").folder)
    matrix, scatter, *others = shown(app_context).values()
    assert matrix.hidden
    assert "Add [cka] to study.toml" in said(scatter.message)
    assert all(content.hidden for content in others)
    assert places(app_context, app_context.view_context(figure_input())) is None


def test_a_study_without_groups_says_what_to_add(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis", cka=True)
    cards = shown(app_context_of(files.folder), include=["crossing"])
    assert "This study has no representations: add representations to [cka]" in said(
        cards[ITEMS].message
    )
    assert cards[ITEM_PAIRS].hidden
    (tmp_path / "other").mkdir()
    grouped = write_study_files(tmp_path / "other" / "atlantis", representations=True)
    items = "item\n" + "".join(f"item{i}\n" for i in range(5))
    grouped.write("representations/items.csv", items)
    cards = shown(app_context_of(grouped.folder), include=["crossing"])
    assert "have no groups: add a column group" in said(cards[ITEMS].message)


def test_two_tasks_have_undefined_numbers_everywhere_and_reasons(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis", representations=True)
    cards = shown(app_context_of(files.folder), include=["crossing"])
    assert "no correlation" in cards[SCATTER].finding
    assert "r is undefined at every layer and checkpoint" in cards[SWEEP].finding
    assert cards[TASKS].hidden
    assert "r is undefined" in cards[ITEMS].finding
    assert "missing" in [shape.name for shape in cards[SWEEP].figure.layout.shapes]
    assert said(cards[SCATTER].more).count("not independent") == 0


def test_the_caption_says_what_is_drawn_beside_points(app_context, monkeypatch):
    assert "band: 95 % of the line over tasks" in shown(app_context)[SCATTER].caption
    monkeypatch.setattr(association, "BINNED_FROM", 20)
    cards = shown(app_context)
    assert "shaded by how many; points: the 300 farthest from the line" in cards[SCATTER].caption
    assert "band" not in cards[SCATTER].caption
    assert "shaded" not in cards[CEILINGS].caption
