"""A predictor of the manifest on the Predictors tab, whatever it is called."""

from __future__ import annotations

import itertools
import json

import pytest

from core.analyses import ASSOCIATION, BALANCE, SPECIFICATIONS
from core.errors import RequestError
from core.io import open_study
from dashboard.details import routes
from dashboard.export.collect import ExportRequest, collect
from dashboard.pages.predictors import CEILINGS, ITEMS, PAGE, SCATTER, SCOREBOARD, SWEEP, TASKS
from dashboard.pages.predictors.by_layer import places
from dashboard.pages.predictors.scoreboard import scores_table, together_table
from dashboard.state.computing import (
    JOB_START_S,
    MOST_READING_S,
    ComputationNeededError,
    Limits,
)
from dashboard.state.view import parse_view, query_of
from dashboard.ui.controls import summary

HOSTILE = ("__proto__", "=A1+1", "<b>x</b>", "\"'&%{x}", "constructor", "a, b")
LETTERS = "wxyz"


def toml(text: str) -> str:
    return json.dumps(text)


@pytest.fixture
def folder(tmp_path):
    """Scores of four tasks, predictors with hostile names, one with layers, one a distance."""
    scores = "sources,target,score\n"
    rows = "source,target,value\n"
    layered = "source,target,value,layer\n"
    for at, (a, b) in enumerate(itertools.permutations(LETTERS, 2)):
        scores += f"{a},{b},{0.1 + 0.03 * (at * 7 % 12)}\n"
        rows += f"{a},{b},{-3 + 0.5 * (at * 5 % 12)}\n"
        layered += f"{a},{b},{at * 3 % 12},<i>in</i>\n{a},{b},{at * 11 % 12},out\n"
    manifest = 'title = "Given"\n[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    for name in HOSTILE:
        manifest += f'[predictors.{toml(name)}]\npath = "p.csv"\n'
    manifest += '[predictors.deep]\nlabel = "Deep"\npath = "layers.csv"\nbetter = "lower"\n'
    for name, text in (("p", rows), ("scores", scores), ("layers", layered)):
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "study.toml").write_text(manifest)
    return tmp_path


@pytest.fixture
def show(folder, app_context_of):
    app_context = app_context_of(folder)

    def cards(**query):
        asked = {"query": {key: [value] for key, value in query.items()}, "mode": "light"}
        return PAGE.card_contents(app_context, app_context.view_context(asked))

    return cards


def test_without_similarity_the_first_predictor_is_shown(folder):
    study = open_study(folder)
    view, notices = parse_view({}, study)
    assert (view.predictor, notices) == ("__proto__", ())
    view, notices = parse_view({"predictor": ["nothing"]}, study)
    assert notices == ("No predictor “nothing” in this study: __proto__ is shown.",)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_a_name_everywhere(folder, show, name):
    study = open_study(folder)
    view, notices = parse_view({"predictor": [name]}, study)
    assert notices == ()
    assert parse_view(query_of(view), study)[0] == view
    groups = ("predictor",)
    assert name in summary(study, view, pairs=True, groups=groups)
    cards = show(predictor=name)
    scatter = cards[SCATTER]
    assert scatter.finding.startswith(name)
    assert name in scatter.caption
    assert name in list(scatter.table.columns)
    assert len(scatter.table) == 12
    drawn = json.loads(scatter.figure.to_json())
    axis = drawn["layout"]["xaxis"]["title"]["text"]
    assert "<b>x" not in axis
    for trace in drawn["data"]:
        for text in trace.get("hovertext") or []:
            assert "<b>x</b>" not in text
    assert "is directed" in cards[CEILINGS].finding
    assert cards[ITEMS].hidden
    assert cards[SWEEP].hidden
    assert cards[TASKS].figure is not None


def test_layers_of_a_predictor_are_chosen_by_name(folder, app_context_of, show):
    cards = show(predictor="deep", predictor_layer="<i>in</i>")
    assert "Deep, layer <i>in</i>" in cards[SCATTER].caption
    assert "of Deep lower is better" in cards[SCATTER].caption
    assert "lower is better" in cards[SCATTER].finding
    axis = cards[SCATTER].figure.layout.xaxis.title.text
    assert axis == "Deep, layer &lt;i&gt;in&lt;/i&gt;, lower is better"
    sweep = cards[SWEEP]
    assert list(sweep.table["layer"]) == ["<i>in</i>", "out"]
    assert [shape.name for shape in sweep.figure.layout.shapes] == ["apart", "chosen"]
    # Its cells are no links to the controls of similarity.
    assert all(not any(row) for row in sweep.figure.data[0].customdata)
    assert "Deep, layer out" in show(predictor="deep")[SCATTER].caption
    app_context = app_context_of(folder)
    context = app_context.view_context({"query": {"predictor": ["deep"]}, "mode": "light"})
    # A distance is correlated as it is in the curve of choices, too.
    asked = (context.study, context.view.pairs_query(context.study), context.view.predictor_query)
    found = app_context.fetch(ASSOCIATION, *asked)
    curve = app_context.fetch(SPECIFICATIONS, *asked)
    assert curve.r[curve.chosen] == pytest.approx(found.pearson.r, abs=1e-6)
    assert curve.label == "Deep, lower is better"
    assert "r = " in str(places(app_context, context))


def test_exports_take_a_predictor(folder, app_context_of):
    found = collect(app_context_of(folder), ExportRequest(query={"predictor": ["=A1+1"]}))
    (scatter,) = [item for item in found.items if item.name == SCATTER]
    assert "=A1+1" in scatter.caption
    assert not any("A1" in item.name for item in found.items)
    with pytest.raises(RequestError, match="no predictor 'nothing'"):
        open_study(folder).predictor("nothing")


def test_the_scoreboard_has_all_of_them_and_what_they_are_compared_with(
    folder, app_context_of, show
):
    board = show()[SCOREBOARD]
    assert "as the best of 10: " in board.finding
    assert "a random one" in board.finding
    assert set(board.table["predictor"]) == {
        *HOSTILE, "Deep, layer <i>in</i>", "Deep, layer out", "reverse transfer",
        "best source on average", "chance",
    }  # fmt: skip
    assert board.table["regret@1"].is_monotonic_increasing
    ticks = board.figure.layout.yaxis.ticktext
    assert len(ticks) == 11
    assert not any("<" in text for text in ticks)
    assert not any("<b>x" in text for text in board.figure.data[0].hovertext)
    points = board.figure.data[0]
    ends = [x - d for x, d in zip(points.x, points.error_x.arrayminus, strict=True)]
    assert min(ends) >= 0
    app_context = app_context_of(folder)
    text = str(scores_table(app_context, app_context.view_context({"query": {}, "mode": "light"})))
    assert all(repr(name) in text for name in HOSTILE)


def test_the_panel_of_a_pair_has_them_both_ways(folder, app_context_of):
    asked = {"query": {"select": ["w", "x"]}, "mode": "light"}
    told = routes.pair_part(app_context_of(folder), asked)
    text = json.dumps(told.body, default=lambda c: c.to_plotly_json(), ensure_ascii=False)
    assert "What was known in advance" in text
    assert "Deep, layer out (lower is better)" in text
    assert all(json.dumps(name, ensure_ascii=False)[1:-1] in text for name in HOSTILE)
    # The first pair of the file is w→x: −3 + 0.5 · 0; x→w is the fourth: −3 + 0.5 · (15 mod 12).
    first = text.index('"__proto__"')
    assert text.index("−3", first) < text.index("−1.50", first)


def test_pairs_can_be_filtered_by_them_in_a_link(folder):
    study = open_study(folder)
    view, notices = parse_view(
        {"filter": ["predictor:0 greaterThan -2"], "sort": ["predictor:6 desc"]}, study
    )
    assert notices == ()
    assert [condition.column for condition in view.filters] == ["predictor:0"]
    assert [key.column for key in view.sorting] == ["predictor:6"]


def test_several_together_are_a_table_or_a_sentence(folder, app_context_of):
    app_context = app_context_of(folder)
    told = str(
        together_table(app_context, app_context.view_context({"query": {}, "mode": "light"}))
    )
    # Five of them are one and the same.
    assert "is constant, or made of the other predictors: leave it out" in told
    manifest = (folder / "study.toml").read_text()
    for name in HOSTILE[1:]:
        manifest = manifest.replace(f'[predictors.{toml(name)}]\npath = "p.csv"\n', "")
    (folder / "study.toml").write_text(manifest)
    app_context = app_context_of(folder)
    told = str(
        together_table(app_context, app_context.view_context({"query": {}, "mode": "light"}))
    )
    assert "double semi-partialling (all 24 relabellings)" in told
    assert "__proto__" in told


def test_the_table_of_several_together_waits_longer_than_a_figure(folder, app_context_of):
    """No job computes it: at 196 tasks it was a sentence that only fewer tasks have it."""
    manifest = (folder / "study.toml").read_text()
    for name in HOSTILE[1:]:
        manifest = manifest.replace(f'[predictors.{toml(name)}]\npath = "p.csv"\n', "")
    (folder / "study.toml").write_text(manifest)
    app_context = app_context_of(folder)
    # Nothing is as short as that: whatever a figure asks for is refused.
    app_context.limits = Limits(seconds=-JOB_START_S - MOST_READING_S)
    context = app_context.view_context({"query": {}, "mode": "light"})
    with pytest.raises(ComputationNeededError):
        app_context.fetch(BALANCE, context.study, context.view.transfer_query)
    assert "double semi-partialling" in str(together_table(app_context, context))
