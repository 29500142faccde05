"""The Compare tab: its cards, called as the functions they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import no_update

from dashboard.details.pair import about_pair
from dashboard.pages import comparison, transfer
from dashboard.text.captions import headline
from dashboard.ui import card
from dashboard.ui.controls import offer
from dashboard.ui.ids import Id
from tests.dashboard.pages.test_transfer import figure_input, said
from tests.studies import write_study_files

AB = (("A", "A"), ("A", "B"), ("B", "A"), ("B", "B"))


def shown(app_context, **query):
    return comparison.PAGE.card_contents(
        app_context, app_context.view_context(figure_input(**query))
    )


def test_three_numbers_with_intervals_stand_above_the_scatter(app_context):
    scatter = shown(app_context, method=["ftwb3"], against=["ft3"])["compare-scatter"]
    assert isinstance(scatter.figure, go.Figure)
    assert scatter.finding == (
        "FTWB3 reaches more than FT3: +0.043 over 49 cells (95 % 0.038 to 0.049);"
        " transfer: +0.074 (0.063 to 0.086); trained: no difference shown (−0.0055 to 0.0095)."
    )
    above = said(scatter.more)
    for part in ("+0.043", "95 % 0.038 to 0.049, 49 cells", "21 cells", "28 cells"):
        assert part in above
    assert "share most training sets" not in above, "it was chosen"
    assert len(scatter.table) == 49
    np.testing.assert_allclose(
        scatter.table["FTWB3 (normalized improvement)"]
        - scatter.table["FT3 (normalized improvement)"],
        scatter.table["difference in normalized improvement"],
        atol=1e-12,
    )


def test_the_default_is_said_in_words(app_context):
    scatter = shown(app_context, method=["ftwb2"])["compare-scatter"]
    assert "FT2 stands beside FTWB2 because they share most training sets" in said(scatter.more)
    context = app_context.view_context(figure_input(method=["ftwb2"]))
    options = offer(context.study, context.view, comparison.PAGE.groups, pairs=False).options[
        Id.AGAINST
    ]
    assert options[0]["label"] == "most in common: FT2"


def test_points_and_matrix_carry_their_pairs(app_context):
    filled = shown(app_context, method=["ftwb2"], order=["net"])
    trained, transfer = filled["compare-scatter"].figure.data
    assert len(trained.x) == 42
    assert len(transfer.x) == 105
    assert list(trained.customdata[0]) == ["distance+trianglearea", "distance"]
    assert trained.marker.symbol != transfer.marker.symbol
    matrix = filled["compare-matrix"]
    assert "by net of FTWB1, givers first" in matrix.caption
    assert matrix.size[1] > 700


def test_the_histogram_says_that_cells_are_not_independent(app_context):
    histogram = shown(app_context, method=["ftwb2"])["compare-histogram"]
    assert "cells share runs and targets, so they are not independent" in histogram.caption
    assert "parts them furthest of 7, its interval widened for that" in histogram.caption
    chosen = shown(app_context, method=["ftwb2"], split=["distance"])["compare-histogram"]
    assert chosen.finding.startswith("With distance in the training set the differences lie ")
    assert "parts them furthest" not in chosen.caption
    counts = chosen.table[["cells with distance", "cells without distance"]]
    assert counts.sum().tolist() == [42, 105]
    heights = [sum(bar.y) for bar in chosen.figure.data]
    assert heights == [pytest.approx(100), pytest.approx(100)]


def test_every_task_stands_in_the_table(app_context):
    context = app_context.view_context(figure_input(method=["ftwb2"], split=["inside"]))
    text = said(comparison.contrasts_table(app_context, context))
    for task in ("distance", "inside", "crossing"):
        assert task in text
    assert "shown" in text


def test_a_table_without_a_row_says_why(app_context, monkeypatch):
    context = app_context.view_context(figure_input(method=["ftwb2"]))
    found = replace(comparison.compared(app_context, context), contrasts=())
    monkeypatch.setattr(comparison, "compared", lambda *_: found)
    assert "No task is in some of the training sets" in said(
        comparison.contrasts_table(app_context, context)
    )


def test_what_is_hidden_is_named_everywhere(app_context):
    filled = shown(app_context, method=["ftwb2"], not_source=["crossing"], not_target=["inside"])
    for content in filled.values():
        assert "hidden as source: crossing; as target: inside" in content.caption
    assert "15 training sets × 6 targets" in filled["compare-matrix"].caption
    assert "90 cells" in filled["compare-scatter"].finding
    names = ["distance", "trianglearea", "angle", "compass", "inside", "perimeter", "crossing"]
    nothing = shown(app_context, method=["ftwb2"], not_source=names)
    assert nothing["compare-scatter"].finding.startswith("No cell that is shown")
    assert nothing["compare-matrix"].finding == "No cell has a value with both methods."
    assert nothing["compare-histogram"].figure is not None


def test_a_study_with_one_seed_has_no_interval(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis")
    files.append("study.toml", '[methods.ft2]\nlabel = "FT2"\n')
    files.append("runs.csv", "pt1_ft2-1,ft2,crossing+distance,pt1,42,,\n")
    files.append(
        "evaluations.csv",
        "pt1_ft2-1,distance,shifted,10000,3.5\npt1_ft2-1,crossing,shifted,10000,7\n",
    )
    scatter = shown(app_context_of(files.folder), method=["ftwb2"])["compare-scatter"]
    assert "one seed, so no interval" in scatter.caption
    assert "95 %" not in said(scatter.more)
    histogram = shown(app_context_of(files.folder), method=["ftwb2"])["compare-histogram"]
    assert "nothing to tell apart" in histogram.finding
    assert "cells" in histogram.table.columns


def test_without_another_method_it_says_what_to_do(app_context_of, tmp_path):
    scores = write_study_files(tmp_path / "atlantis", "scores").folder
    only = shown(app_context_of(scores))
    assert "is the only method of this study" in said(only["compare-scatter"].message)
    assert "Choose a study under Method of another study" in said(only["compare-scatter"].message)
    assert only["compare-matrix"].hidden
    tiny = write_study_files(tmp_path / "other" / "atlantis").folder
    apart = shown(app_context_of(tiny), method=["ftwb2"])
    assert "No two methods of this study share a training set and a seed" in said(
        apart["compare-scatter"].message
    )


def test_no_seed_chosen_is_one_sentence(app_context):
    values = card.render_cards(
        app_context,
        figure_input(seeds=["none"]),
        len(comparison.CARDS),
        lambda context: comparison.contents(app_context, context),
    )
    assert "no seed chosen" in said([v for v in values if v is not no_update])


def test_of_raw_errors_the_lower_one_leads(app_context_of, tmp_path):
    rows = ["method,sources,target,score"]
    rows += [f"{m},{a},{b},{v}" for m, a, b, v in (("m", "A", "B", 5), ("m", "B", "A", 3))]
    rows += [f"{m},{a},{b},{v}" for m, a, b, v in (("n", "A", "B", 9), ("n", "B", "A", 2))]
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    (tmp_path / "study.toml").write_text(
        '[scale]\nmetric = "error"\n[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    matrix = shown(app_context_of(tmp_path), method=["m"], against=["n"])["compare-matrix"]
    assert matrix.finding == (
        "As measured, m leads most in A → B (−4.00) and n in B → A (+1.00); none"
        " of it can be told from luck: one run says nothing of how far another would differ."
    )


def test_what_is_one_by_definition_is_told_by_neither_page(app_context_of, tmp_path):
    rows = ["method,sources,target,score"]
    rows += [f"{m},{a},{b},{4 if a == b else v}" for m, v in (("m", 1), ("n", 3)) for a, b in AB]
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    (tmp_path / "study.toml").write_text(
        '[scale]\nmetric = "score"\nzero = 0\none = "diagonal"\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    context = app_context_of(tmp_path)
    scatter = shown(context, method=["m"], against=["n"])["compare-scatter"]
    assert "by definition, 2 cells" in said(scatter.more)
    assert scatter.finding == (
        "As measured, m reaches less than n: −0.250 over 4 cells, 2 of them 0 by definition"
        " (may be luck: one run); transfer: −0.500."
    )
    page = transfer.PAGE.card_contents(context, context.view_context(figure_input(method=["m"])))
    assert page["transfer-actual"].finding.startswith("m reaches 0.250 on other targets; ")


def test_leads_that_cancel_are_none_and_errors_beside_scores_are_not_judged(
    app_context_of, tmp_path
):
    pairs = [(a, b) for a in "ABCD" for b in "ABCD"]
    rows = ["method,sources,target,score"]
    for at, (a, b) in enumerate(pairs):
        lead = 0.1 if at % 2 else -0.1
        rows += [f"m,{a},{b},{0.3 + 0.1 * at:.1f}", f"n,{a},{b},{0.3 + 0.1 * at + lead:.1f}"]
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    metrics = "".join(f'[tasks.{t}]\nmetric = "{{{t}}}"\n' for t in "ABCD")
    layout = '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    manifest = tmp_path / "study.toml"
    manifest.write_text(layout + metrics.format(A="score", B="score", C="score", D="score"))
    cards = shown(app_context_of(tmp_path), method=["m"], against=["n"])
    assert "m and n reach the same over 16 cells (may be luck: one run)" in said(
        cards["compare-scatter"].finding
    )
    assert ", with 7 others (" in cards["compare-matrix"].finding
    split = cards["compare-histogram"].finding
    assert "10⁻" not in split
    rows[1] = "m,A,A,0.8"
    (tmp_path / "scores.csv").write_text("\n".join(rows))
    manifest.write_text(layout + metrics.format(A="score", B="error", C="score", D="score"))
    cards = shown(app_context_of(tmp_path), method=["m"], against=["n"])
    assert cards["compare-scatter"].finding.startswith(
        "As measured, m is higher than n, errors and other scores in one mean: +0.031 over 16 cells"
    )


def test_runs_that_stopped_early_are_said_wherever_they_are_compared(app_context_of, tmp_path):
    ends = {("lora", 0): 400, ("lora", 1): 300, ("full", 0): 200, ("full", 1): 200}
    rows = [
        f"{method},A,{target},{seed},{step},{0.5 + step / 1000 + (method == 'full') / 100}"
        for (method, seed), last in ends.items()
        for target in "AB"
        for step in range(100, last + 1, 100)
    ]
    (tmp_path / "s.csv").write_text(
        "method,sources,target,seed,checkpoint,score\n" + "\n".join(rows) + "\n"
    )
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "s.csv"\n[scale]\nmetric = "accuracy"\n'
    )
    context = app_context_of(tmp_path)
    asked = {"method": ["lora"], "against": ["full"]}
    scatter = shown(context, **asked)["compare-scatter"]
    own = "each run at its own last step, lora 300 to 400, full 200: all have 200"
    assert scatter.finding.split("; ")[1].startswith(own)
    assert own in scatter.caption
    assert "+0.140" in scatter.finding
    # It is read with the number, whatever else has room in the headline.
    first = headline(scatter.finding, scatter.headline)[0]
    assert "each run at its own last step (200 to 400)" in first
    # At the step all have it is the other way round, and nothing is to be said of steps.
    at = shown(context, **asked, at=["200"])["compare-scatter"]
    assert "own last step" not in at.finding + at.caption
    assert at.finding.startswith("lora reaches less than full: −0.01")
    view = context.view_context(figure_input(**asked, select=["A", "B"]))
    actual = transfer.PAGE.card_contents(context, view)["transfer-actual"]
    assert "each run at its own last step, 300 to 400: all have 300" in actual.caption
    steps = offer(view.study, view.view, comparison.PAGE.groups, pairs=False).options["checkpoint"]
    assert [one["label"] for one in steps][:3] == [
        "last (300 to 400)",
        "400",
        "300 · all runs have it",
    ]
    panel = said(about_pair(context, view))
    assert "Step" in panel
    assert "400 (1 seed)" in str(about_pair(context, view))


def test_an_asymmetry_without_an_interval_has_its_reason(app_context_of, tmp_path):
    rows = [
        f"{a},{b},{seed},0.{5 + seed}{1 + (a < b)}"
        for a in "AB"
        for b in "AB"
        for seed in (0, 1, 2)
        if (a, b, seed) != ("A", "B", 2)
    ]
    (tmp_path / "s.csv").write_text("sources,target,seed,score\n" + "\n".join(rows) + "\n")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "s.csv"\n[scale]\nmetric = "accuracy"\n'
    )
    context = app_context_of(tmp_path)
    why = "The asymmetry has no interval: only one of the two ways has seed 2."
    lacking = context.view_context(figure_input(method=["scores"], select=["A", "B"]))
    assert why in said(about_pair(context, lacking))
    whole = context.view_context(
        figure_input(method=["scores"], select=["A", "B"], seeds=["0", "1"])
    )
    assert "asymmetry has no interval" not in said(about_pair(context, whole))
