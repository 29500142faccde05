"""What stands small below a figure."""

from __future__ import annotations

from itertools import product

import pytest

from core.analyses import BALANCE, OVERVIEW
from core.analyses.query import TransferQuery
from core.io import open_study
from core.numerics.intervals import NO_INTERVAL, Interval, ResamplingUnit
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from dashboard.export.cards import exportable_cards, plain_text, ready_caption
from dashboard.pages import PAGES, balance
from dashboard.text import captions
from dashboard.text.findings.overview import pairs_finding
from dashboard.ui.controls import summary
from dashboard.ui.url_sync import answer_state
from tests.dashboard.pages.test_transfer import figure_input
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


EVERY_TASK = {
    *("overview-methods", "overview-condition"),
    *("transfer-actual", "transfer-predicted", "transfer-difference", "transfer-versus"),
    *("compare-scatter", "compare-matrix", "compare-histogram"),
    *("representations-matrix", "pairs-table"),
}


def test_tasks_in_a_figure_that_keeps_them_all(example):
    assert captions.tasks_kept(example, ()) == "all 7 tasks, crossing among them"
    assert captions.tasks_kept(example, ("angle",)) == (
        "6 of 7 tasks, without angle, with crossing"
    )
    assert captions.tasks_kept(example, ("crossing",)).startswith(
        "6 of 7 tasks, without crossing (its single-task models"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_caption_and_number_agree_about_the_tasks_that_are_in(app_context, page):
    # A method with a prediction, so that every card of Transfer has something to show.
    context = app_context.view_context(figure_input(method=["ft2"]))
    for name, content in exportable_cards(app_context, context, page).items():
        caption = ready_caption(content, context)
        inside, outside = "all 7 tasks, crossing among them", "without crossing"
        if name in EVERY_TASK:
            assert inside in caption, name
            assert outside not in caption, name
        else:
            assert outside in caption, name
            assert inside not in caption, name


def test_the_line_under_the_controls_says_where_a_task_left_out_is_in(app_context):
    context = app_context.view_context(figure_input(exclude=["angle"]))
    kept_in = {page.name: page.kept_in for page in PAGES}
    assert kept_in["balance"] == ""
    said = summary(context.study, context.view, pairs=True, kept_in=kept_in["representations"])
    assert said.endswith("without angle, crossing (but crossing in the matrix)")
    context = app_context.view_context(figure_input())
    said = summary(context.study, context.view, pairs=True, kept_in=kept_in["overview"])
    assert said.endswith("without crossing (but in the means of methods and the state of the data)")
    assert summary(context.study, context.view, pairs=True).endswith("without crossing")


@pytest.mark.parametrize(
    ("column", "direction"),
    [("value", "higher is better (assumed)"), ("accuracy", "higher is better")],
)
def test_the_line_under_the_controls_says_where_a_direction_is_assumed(
    app_context_of, tmp_path, column, direction
):
    rows = "a,b,3\nb,a,4\na,c,5\nc,a,1\nb,c,2\nc,b,7\n"
    (tmp_path / "results.csv").write_text(f"source,target,{column}\n{rows}")
    app_context = app_context_of(tmp_path / "results.csv")
    said = [one for one in answer_state(app_context, PAGES, {"query": {}}) if isinstance(one, str)]
    assert any(f"given scores, {direction}" in one for one in said)
    assert any("(assumed)" in one for one in said) == (column == "value")


def test_given_scores_have_neither_checkpoint_nor_scale(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "scored", "scores").folder)
    for include in ([], ["crossing"]):
        context = app_context.view_context({"query": {"include": include}, "mode": "light"})
        for page in PAGES:
            for name, content in exportable_cards(app_context, context, page).items():
                text = ready_caption(content, context) + plain_text(content.message)
                for part in ("last checkpoint", "strict scale", "published", "cut to the scale"):
                    assert part not in text, f"{name}: {part}"


def test_a_balance_that_cannot_be_says_what_it_needs(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "scored", "scores").folder)
    shown, other = balance.contents(
        app_context, app_context.view_context({"query": {}, "mode": "light"})
    )
    said = plain_text(shown.message)
    assert "there is nothing to balance" in said
    assert "in rows of given scores with one source" in said
    assert "without crossing" in said
    assert shown.figure is None
    assert other.hidden, "no figure without a mark"
    there = app_context.view_context({"query": {"include": ["crossing"]}, "mode": "light"})
    assert balance.contents(app_context, there)[0].figure is not None


def test_missing_values_point_to_the_state_of_the_data():
    assert captions.missing_text(0) == "0 missing"
    assert captions.missing_text(0, of_seeds=True) == "0 missing"
    assert captions.missing_text(5, of_seeds=True) == (
        "5 values of single seeds missing (why: Overview, state of the data)"
    )
    assert captions.missing_text(1200) == "1,200 missing (why: Overview, state of the data)"


def test_the_scale_of_arrows_names_the_one_of_negative_numbers(example):
    assert captions.arrow_scale_text(example, Scale.PUBLISHED) == "published scale, negative strict"
    assert captions.arrow_scale_text(example, Scale.STRICT) == "strict scale"


def test_a_caption_is_shortened_between_facts():
    caption = captions.join("FT1", "4 seeds (42, 43, 44, 45)", "published scale", "n = 30 pairs")
    assert captions.shortened(caption) == (caption, "")
    assert captions.shortened(caption, most=32) == (
        "FT1 · 4 seeds (42, 43, 44, 45)",
        "published scale · n = 30 pairs",
    )
    assert captions.shortened("one long fact · other", most=5) == ("one long fact", "other")
    seeds = "FTWB2 · 10 seeds (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)"
    assert captions.shortened(seeds, most=36) == ("FTWB2 · 10 seeds", seeds[8:])
    assert captions.shortened(seeds, most=12) == ("FTWB2", seeds[8:])
    # That two may be one is not to be lost.
    alike = "FTWB2 · 3 seeds (1, 2, 3; 1 and 2 alike)"
    assert captions.shortened(alike, most=36) == ("FTWB2", alike[8:])
    assert captions.shortened("") == ("", "")


def test_a_headline_is_the_clauses_that_fit():
    finding = "FT1 is 0.06 below (95 % 0.05 to 0.07); it reaches 0.9; means over 4 seeds."
    assert captions.headline(finding, 200) == (finding, "")
    assert captions.headline(finding, 60) == (
        "FT1 is 0.06 below (95 % 0.05 to 0.07); it reaches 0.9.",
        "… means over 4 seeds.",
    )
    assert captions.headline(finding, 5) == (
        "FT1 is 0.06 below (95 % 0.05 to 0.07).",
        "… it reaches 0.9; means over 4 seeds.",
    )
    assert captions.headline("No pair. Tick more.", 8) == ("No pair.", "Tick more.")
    # A clause whose words stand in an earlier one, too.
    repeated = "A beats seed 42 of B: +0.10 on trained targets; +0.2 on the others; seed 42."
    assert captions.headline(repeated, 60) == (
        "A beats seed 42 of B: +0.10 on trained targets.",
        "… +0.2 on the others; seed 42.",
    )
    # Brackets are whole: what they say after a semicolon of theirs is no clause.
    within = "FT2 is above (0.1; as drawn 0.2); it reaches 0.9."
    for most in (5, 25, 40):
        assert captions.headline(within, most) == (
            "FT2 is above (0.1; as drawn 0.2).",
            "… it reaches 0.9.",
        )
    # A name that stands first is called as it is.
    assert captions.headline("a gives; mt takes.", 5) == ("a gives.", "… mt takes.")
    assert captions.headline("One of 0.5 vs. 0.6", 3) == ("One of 0.5 vs. 0.6", "")


def test_seeds_that_hold_the_same_values_are_named_wherever_seeds_are(tmp_path):
    rows = ["sources,target,seed,score"]
    for (i, a), (j, b) in product(enumerate("ABC"), repeat=2):
        rows += [f"{a},{b},{seed},0.{1 + 3 * i + j}{(seed > 2) * 5}" for seed in (1, 2, 3)]
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    manifest = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    (tmp_path / "study.toml").write_text(f'title = "Copied"\n[scale]\nzero = 0.0\n{manifest}')
    study = open_study(tmp_path)
    told = "3 seeds (1, 2, 3; 1 and 2 alike)"
    matrix = transfer_matrix(study, TransferQuery("scores"))
    for found in (matrix, BALANCE.compute(study, TransferQuery("scores"))):
        assert captions.seeds_note(study, found) == told
    assert told in captions.matrix_caption(matrix, study)
    assert captions.seeds_of(study, "scores", (1, 3)) == "2 seeds (1, 3)"
    assert captions.alike_text(study, (), (1, 2)) == ""
    overview = OVERVIEW.compute(study, TransferQuery(""))
    said = pairs_finding(overview, study, harm=False)
    assert ", if seeds 1 and 2 of Copied, which hold the same values, are two; the largest" in said


def test_bars_are_approximate_where_values_behind_them_are_cut():
    whole, some = (Interval(0.1, 0.2, ResamplingUnit.SEEDS, cut, 12) for cut in (0, 3))
    assert captions.cut_text([whole, NO_INTERVAL]) == ""
    assert captions.cut_text([whole, some]) == (
        ", approximate where values are clipped (up to 3 of 12)"
    )
