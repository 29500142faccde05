"""The Overview tab: its cards, called as the functions they are."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import plotly.graph_objects as go
import pytest
from dash import no_update

from core.analyses import DATA_QUALITY
from dashboard.pages import balance, comparison, overview
from dashboard.pages.overview import data_quality
from dashboard.text.findings.data_quality import condition_finding
from dashboard.ui import card
from tests.dashboard.pages.test_transfer import figure_input, said
from tests.studies import results_of, write_study_files


def shown(app_context, **query):
    return overview.PAGE.card_contents(app_context, app_context.view_context(figure_input(**query)))


def fetched(app_context):
    """All that the page fetches where it is opened."""
    context = app_context.view_context(figure_input())
    return said([piece.show(app_context, context) for piece in overview.PAGE.fetched])


def words_of(content):
    return said([content.finding, content.above, content.more, content.caption, content.message])


def test_all_methods_stand_in_one_picture(app_context):
    cards_shown = shown(app_context)
    methods = cards_shown["overview-methods"]
    assert isinstance(methods.figure, go.Figure)
    assert methods.figure.layout.yaxis.ticktext == (
        *("FT1", "FT2", "FT3", "FTWB1", "FTWB2", "FTWB3"),
    )
    assert methods.finding.startswith(
        "On untrained targets, means run from 0.527 (FT1, 95 % 0.482 to 0.571) to 0.692 (FTWB3, "
    )
    assert "); on trained ones from " in methods.finding
    assert methods.finding.endswith("; each over its own training sets.")
    assert "4 seeds (42, 43, 44, 45)" in methods.caption
    assert "FTWB1, FTWB2, FTWB3 saw a few samples" in methods.caption
    table = methods.table
    assert len(table) == 6 * 2 * 5
    mean = table[(table.method == "FTWB3") & (table.targets == "transfer") & (table.seed == "mean")]
    assert mean["normalized improvement"].item() == pytest.approx(0.6917, abs=1e-4)
    assert mean.cells.item() == 28


def test_the_findings_stand_before_the_means():
    page = said(overview.layout())
    places = [page.index(f'"{name}-card"') for name in (*overview.LISTS, overview.METHODS)]
    assert places == sorted(places)


def test_what_stands_out_selects_its_pair(app_context):
    cards_shown = shown(app_context)
    gifts, harms = cards_shown["overview-gifts"], cards_shown["overview-harms"]
    assert gifts.finding.startswith(
        "30 of 30 pairs help with FT1, 30 with FTWB1, fewer than one of them by luck; the"
        " largest: perimeter → trianglearea, +0.889 without luck."
    )
    assert "measured +0.892" in said(gifts.above)
    assert '[\\"perimeter\\", \\"trianglearea\\"]' in said(gifts.above)
    assert '"data-method": "ftwb1"' in said(gifts.above)
    assert harms.finding.startswith("No harm can be told from luck among 30 pairs; the weakest: ")
    assert "strict scale" in harms.caption
    assert harms.above is None
    surprises = cards_shown["overview-surprises"]
    assert '[\\"trianglearea+angle+inside\\", \\"trianglearea\\"]' in said(surprises.above)
    assert "without luck 0.216 below its prediction" in surprises.finding
    assert "228 cells of FT2, FT3, FTWB2 and FTWB3" in surprises.caption
    assert "125 of 228 cells differ from their prediction, " in surprises.finding
    assert surprises.table["difference"].iloc[0] == pytest.approx(-0.2256, abs=1e-3)
    for content in (gifts, harms, surprises):
        assert "without crossing" in content.caption
    # The means of methods keep what the manifest leaves out of pairs, and say so.
    assert "all 7 tasks, crossing among them" in cards_shown["overview-methods"].caption
    brought_back = shown(app_context, include=["crossing"])["overview-surprises"]
    assert "without crossing" not in brought_back.caption


def test_seeds_scale_and_tasks_of_the_view_count(app_context):
    cards_shown = shown(
        app_context, seeds=["42"], exclude=["crossing"], scale=["strict"], at=["100"]
    )
    methods = cards_shown["overview-methods"]
    for part in ("seed 42", "strict scale", "without crossing", "no interval over seeds"):
        assert part in methods.caption
    if "checkpoint 100" not in methods.caption:
        assert "last checkpoint" in methods.caption
    assert "95 %" not in said(cards_shown["overview-gifts"].above)


def test_a_whole_study_says_so(app_context):
    condition = shown(app_context)["overview-condition"]
    assert condition.finding.startswith("The data are whole: none of 1,960 values")
    # Only what is to be looked at: samples of targets were seen in training.
    assert set(condition.table.state) == {"look at: exposed"}


def damaged(folder):
    files = write_study_files(folder, "runs")
    files.remove(results_of("pt1", "distance"))
    files.replace(
        "runs.csv",
        "pt1_ftwb2-1,ftwb2,crossing+distance,pt1,42,,",
        "pt1_ftwb2-1,ftwb2,crossing+distance,pt1,42,failed,",
    )
    files.append("study.toml", '\n[methods."<img src=x>"]\nlabel = "<img src=x>"\n')
    return files


def test_the_state_of_the_data_is_unfolded_with_reason_and_file(app_context_of, tmp_path):
    app_context = app_context_of(damaged(tmp_path / "atlantis").folder)
    condition = shown(app_context)["overview-condition"]
    assert condition.finding.startswith("Of 6 values 4 are missing")
    assert "1 run failed" in condition.finding
    text = said(condition.details) + fetched(app_context)
    for part in (
        "4 values missing",
        "no standard evaluation of base pt1 on distance",
        results_of("pt1", "distance"),
        "run pt1_ftwb2-1 failed",
        "runs.csv, row 7",
        "2 warnings of the files",
    ):
        assert part in text
    assert set(condition.table.state) >= {"missing", "failed", "warning"}
    assert condition.table[condition.table.state == "missing"]["values"].sum() == 4


def test_one_warning_is_one():
    problem = SimpleNamespace(file="runs.csv", at="row 7", found="x", todo="y")
    listing = data_quality.LISTINGS["warnings"]
    assert listing(SimpleNamespace(warnings=[problem]), None)[0] == "1 warning of the files"


def test_the_head_says_what_the_study_is(app_context, app_context_of, tmp_path):
    head = said(overview.study_head(app_context, app_context.view_context(figure_input())))
    for part in ("Atlantis", "324", "280 fine-tuned, 44 base", "42, 43, 44, 45", "22,680"):
        assert part in head
    has_given_scores = app_context_of(write_study_files(tmp_path / "atlantis", "scores").folder)
    there = has_given_scores.view_context(figure_input())
    assert "3 rows of given scores" in said(overview.study_head(has_given_scores, there))


def test_where_no_file_names_a_seed_none_is_shown_and_one_run_is_said_once(
    app_context_of, tmp_path
):
    manifest = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    folder = tmp_path / "atlantis"
    folder.mkdir()
    (folder / "study.toml").write_text(manifest)
    rows = [f"{s},{t},0.{i}" for i, (s, t) in enumerate(itertools.product("abc", repeat=2), 1)]
    (folder / "scores.csv").write_text("\n".join(["sources,target,score", *rows, ""]))
    app_context = app_context_of(folder)
    context = app_context.view_context(figure_input())
    (seeds,) = [
        fact.children
        for fact in overview.study_head(app_context, context).children[-1].children
        if "Seeds" in fact.children[0].children
    ]
    assert [seeds[1].children, seeds[2].children] == ["1", ""]
    assert shown(app_context)["overview-methods"].caption.count("one run") == 1
    for page in (balance, comparison):
        for content in page.PAGE.card_contents(app_context, context).values():
            assert content.caption.count("one run") <= 1


def test_one_seed_has_no_interval_and_one_pair_is_enough(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis").folder)
    cards_shown = shown(app_context, include=["crossing"])
    assert "one seed, so no interval over seeds" in cards_shown["overview-methods"].caption
    assert not cards_shown["overview-methods"].figure.data[1].error_x.visible
    assert cards_shown["overview-surprises"].finding.startswith("No surprise: ")
    assert cards_shown["overview-gifts"].finding == "None of 1 pair is above zero."
    assert "all reach 0" in cards_shown["overview-methods"].finding
    # Without the task that the manifest leaves out, no pair of two tasks remains.
    alone = shown(app_context)
    assert "Tick more tasks under Controls" in words_of(alone["overview-gifts"])
    assert alone["overview-harms"].hidden


def test_given_scores_are_called_scores(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis", "scores").folder)
    cards_shown = shown(app_context, include=["crossing"])
    assert "given scores" in cards_shown["overview-methods"].caption
    assert "score" in cards_shown["overview-methods"].table.columns
    assert "`predicted_from`" in words_of(cards_shown["overview-surprises"])
    assert cards_shown["overview-harms"].hidden
    assert "[scale] zero" in said(cards_shown["overview-gifts"].message)
    assert "Undefined" not in said(cards_shown["overview-condition"].more)


def test_no_seed_chosen_is_one_sentence(app_context):
    values = card.render_cards(
        app_context,
        figure_input(seeds=["none"]),
        4,
        lambda context: overview.contents(app_context, context),
    )
    assert "no seed chosen" in said([v for v in values if v is not no_update])


def test_values_cut_by_the_scale_are_told_by_its_name(app_context):
    context = app_context.view_context(figure_input())
    found = app_context.fetch(DATA_QUALITY, context.study)
    cut = replace(found, clipped=replace(found.clipped, count=3))
    assert condition_finding(cut) == "Of 1,960 values 3 are cut by the published scale."
