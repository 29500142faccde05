"""What the panel tells of a selection."""

from __future__ import annotations

import json
import re
from html import escape

import pytest
from flask import Flask

from core.analyses.details.estimates import DifferenceEstimate
from core.analyses.details.pair import pair_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.io import open_study
from core.transfer.matrix import matrix_kinds
from core.transfer.normalization import Scale
from dashboard.details import blocks, provenance, routes
from dashboard.text import names, numbers
from dashboard.text.formula import difference
from dashboard.ui.safe_html import PAGE
from tests.hostile import FORMULA, TASK, write_hostile_study
from tests.studies import write_study_files


def figure_input(mode="light", study="atlantis", **query):
    return {"query": {"study": [study], **query}, "mode": mode}


def said(component) -> str:
    """All text in a component tree."""
    return json.dumps(component, default=lambda c: c.to_plotly_json(), ensure_ascii=False)


def about(app_context, *selection, **query):
    told = routes.pair_part(app_context, figure_input(select=list(selection), **query))
    return told.title, said(told.body)


def similarity(app_context, *selection) -> str:
    return said(routes.similarity_part(app_context, figure_input(select=list(selection))).body)


def test_nothing_selected_has_nothing_to_tell(app_context):
    assert routes.pair_part(app_context, figure_input()) is None
    assert routes.similarity_part(app_context, figure_input()) is None


def test_a_pair_is_told_down_to_the_row(app_context, example):
    title, text = about(app_context, "angle", "distance", method=["ftwb1"])
    assert title == "angle → distance"
    found = pair_detail(example, TransferQuery("ftwb1"), DetailQuery(["angle"], "distance"))
    for seed in found.forward.seeds:
        for reading in (seed.result, seed.baseline, seed.reference):
            assert f"{reading.file}, {reading.place}" in text
            assert numbers.with_unit(reading.value, "km") in text
            assert reading.run in text
        assert numbers.number(seed.normalized.published.value) in text
        assert numbers.number(seed.normalized.strict.value) in text
    assert "log(b / v) / log(b / s)" in text
    for gap in (found.asymmetry.published, found.asymmetry.strict):
        assert numbers.signed(gap.value) in text
        assert numbers.bounds(gap.low, gap.high) in text
    left = found.shrunken.strict
    assert numbers.number(left.mean) in text
    assert f" [{numbers.bounds(left.low, left.high)}]" in text
    assert f"cells like this one are at {numbers.number(found.shrunken.published.prior)}" in text
    assert "distance → angle" in text
    assert "Over fine-tuning" in text
    assert "Other methods" in text
    assert "FT1" in text


def test_a_training_set_has_its_prediction_and_its_tasks(app_context, example):
    title, text = about(app_context, "angle+compass", "distance", method=["ftwb2"])
    assert title == "angle + compass → distance"
    found = pair_detail(
        example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "distance")
    )
    for prediction in found.predictions:
        assert numbers.number(prediction.summary.published.mean) in text
        assert numbers.signed(prediction.difference.strict.value) in text
    assert "Best single source" in text
    assert "Its tasks alone" in text
    for beside in found.single_sources:
        assert numbers.number(beside.summary.published.mean) in text
    assert "asymmetry" not in text


def lead(app_context, *selection, **query) -> str:
    """What is told before the actual value."""
    _, text = about(app_context, *selection, **query)
    before, heading, _ = text.partition('"Actual: ')
    assert heading
    return before


@pytest.mark.parametrize("scale", list(Scale))
def test_a_difference_comes_first_with_its_formula(app_context, example, scale):
    text = lead(
        app_context,
        "angle+compass",
        "distance",
        "difference",
        method=["ftwb2"],
        scale=[scale.value],
    )
    found = pair_detail(
        example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "distance")
    )
    gaps = found.predictions[0].difference
    for one in Scale:
        gap = gaps.on(one)
        assert f'"{numbers.signed(gap.value)}"' in text
        for line in difference(gap, "actual", "predicted"):
            assert line in text
    assert "actual − predicted" in text
    # The scale of the matrix that was clicked is the first of the two.
    other = next(c for c in Scale if c is not scale)
    assert text.index(scale.value.capitalize()) < text.index(other.value.capitalize())


@pytest.mark.parametrize("kind", ["predicted", "cross-fitted"])
def test_a_prediction_comes_first_with_its_source(app_context, example, kind):
    text = lead(app_context, "angle+compass", "distance", kind, method=["ftwb2"])
    found = pair_detail(
        example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "distance")
    )
    prediction = next(p for p in found.predictions if p.kind == kind)
    assert numbers.number(prediction.summary.published.mean) in text
    for best in prediction.best:
        assert names.in_words(best.task, "distance") in text
        assert best.seed_result.run in text
        for reading in (
            best.seed_result.result,
            best.seed_result.baseline,
            best.seed_result.reference,
        ):
            assert f"{reading.file}, {reading.place}" in text
            assert f"checkpoint {reading.checkpoint:,}" in text
    assert ("v: the lowest of angle" in text) is (kind == "predicted")


def test_one_method_minus_another_comes_first(app_context, example):
    text = lead(
        app_context, "angle+compass", "distance", "versus", method=["ftwb2"], against=["ft2"]
    )
    found = pair_detail(
        example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "distance", other="ft2")
    )
    assert "FTWB2 − FT2" in text
    for line in difference(found.difference.published, "FTWB2", "FT2"):
        assert line in text
    _, whole = about(
        app_context, "angle+compass", "distance", "versus", method=["ftwb2"], against=["ft2"]
    )
    assert "Actual: FT2" in whole
    for seed in found.other.seeds:
        assert seed.run in whole
        assert f"{seed.result.file}, {seed.result.place}" in whole


def test_a_number_that_is_not_there_gives_way_and_says_so(app_context):
    _, text = about(app_context, "angle", "distance", "difference", method=["ft1"])
    assert "FT1 has no prediction: shown is its own value." in text
    assert "Actual: " not in text
    _, text = about(
        app_context, "angle+compass", "distance", "versus", method=["ft1"], against=["ftwb1"]
    )
    assert "stands beside no other method here" in text


def test_the_actual_value_has_its_prediction_down_to_the_row(app_context, example):
    _, text = about(app_context, "angle+compass", "distance", method=["ftwb2"])
    for best in (
        pair_detail(example, TransferQuery("ftwb2"), DetailQuery(["angle", "compass"], "distance"))
        .predictions[0]
        .best
    ):
        assert best.seed_result.run in text
        assert f"{best.seed_result.result.file}, {best.seed_result.result.place}" in text


def test_it_says_which_method_stands_in(app_context):
    _, text = about(app_context, "angle", "distance", method=["ftwb2"])
    assert "FTWB2 has no run trained on one task alone" in text
    _, text = about(app_context, "angle+compass", "distance", method=["ft1"])
    assert "FT1 has no run trained on this set: shown is FT2" in text


@pytest.mark.parametrize(
    ("value", "base", "standard", "parts"),
    [
        # (1 - 0.2) / (0.4 - 0.2) is 4.
        (1.0, 0.2, 0.4, ["1 of 1 value cut to the scale", "1.50*", "= 4.00, cut to 1.50"]),
        (0.5, 0.8, 0.6, ["Strict: 1 of 1 seed without a value: undefined: no room", "0, as s ≤ b"]),
    ],
)
def test_what_is_cut_and_what_is_undefined_is_said(
    app_context_of, tmp_path, value, base, standard, parts
):
    files = write_study_files(tmp_path / "atlantis")
    rows = {
        "pt1_ftwb1-1,crossing,shifted": value,
        "pt1,crossing,shifted": base,
        "pt1,crossing,standard": standard,
    }
    lines = files.read("evaluations.csv").splitlines()
    kept = [line for line in lines if not line.startswith(tuple(rows))]
    kept += [f"{row},10000,{number}" for row, number in rows.items()]
    files.write("evaluations.csv", "\n".join(kept) + "\n")
    _, text = about(app_context_of(files.folder), "distance", "crossing", method=["ftwb1"])
    for part in parts:
        assert part in text


def test_a_missing_value_says_why(app_context_of, tmp_path):
    files = write_study_files(tmp_path / "atlantis")
    lines = files.read("evaluations.csv").splitlines()
    kept = [line for line in lines if not line.startswith("pt1_ftwb1-1,crossing,shifted")]
    files.write("evaluations.csv", "\n".join(kept) + "\n")
    _, text = about(app_context_of(files.folder), "distance", "crossing", method=["ftwb1"])
    assert "1 of 1 seed without a value" in text
    assert "no shifted evaluation of pt1_ftwb1-1 on crossing" in text
    assert "not read from any file" in text


def test_similarity_over_layers_and_training(app_context):
    text = similarity(app_context, "angle", "distance")
    for part in ("CKA of angle and distance", "By layer", "Over training", "layer 1: 0.1"):
        assert part in text
    assert "data:image/svg+xml" in text
    both = similarity(app_context, "angle+compass", "distance")
    assert "CKA of angle and distance" in both
    assert "CKA of compass and distance" in both
    assert "angle across seeds" in similarity(app_context, "angle", "angle")
    assert similarity(app_context, "angle") == "null"


def test_a_task_gives_gets_and_stands(app_context):
    title, text = about(app_context, "angle", method=["ftwb1"])
    assert title == "angle"
    for part in ("Given", "Received", "Net", "Gives to", "Learns from", "Standard performance"):
        assert part in text
    assert "error in degrees" in text
    assert "pt1-s42" in text
    _, text = about(app_context, "crossing", method=["ftwb1"])
    assert "Not in the balance" in text
    assert "Gives to" in text


def test_a_training_set_gives(app_context):
    title, text = about(app_context, "angle+compass", method=["ftwb2"])
    assert title == "angle + compass"
    assert "Gives to" in text
    assert "Learns from" not in text


def test_scores_are_told_with_their_row(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis", layout="scores").folder)
    _, text = about(app_context, "crossing", "distance")
    assert "scores.csv, row 3" in text
    assert "Strict" not in text
    _, text = about(app_context, "distance")
    assert "As source, on" in text
    _, text = about(app_context, "crossing+distance", "distance")
    assert "1.00" in text
    assert similarity(app_context, "crossing", "distance") == "null"


def test_given_scores_between_a_zero_and_a_one_can_be_worked_out_by_hand(app_context_of, tmp_path):
    rows = "A,B,0.6,1\nB,B,0.8,1\nnone,B,0.4,1\nnone,A,0.1,1\nA,A,0.5,1\n"
    (tmp_path / "scores.csv").write_text(f"sources,target,score,seed\n{rows}")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        '[scale]\nmetric = "score"\nzero = "source:none"\none = "diagonal"\n'
    )
    context = app_context_of(tmp_path)
    told = routes.pair_part(context, figure_input(study=tmp_path.name, select=["A", "B"]))
    text = said(told.body)
    assert "(x − z) / (o − z) " in text
    assert "= (0.6 − 0.4) / (0.8 − 0.4) " in text
    for read in ("scores.csv, row 2", "scores.csv, row 4", "scores.csv, row 3"):
        assert read in text
    assert "source none" in text
    assert "B on itself" in text
    assert "checkpoint" not in text


def test_a_reference_is_called_a_source_as_zero_and_as_one(app_context_of, tmp_path):
    rows = "A,B,0.6\nB,B,0.8\nnone,B,0.4\nnone,A,0.1\nA,A,0.5\nfull,A,0.9\nfull,B,0.9\n"
    (tmp_path / "scores.csv").write_text(f"sources,target,score\n{rows}")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
        '[scale]\nmetric = "score"\nzero = "source:none"\none = "source:full"\n'
    )
    context = app_context_of(tmp_path)
    told = routes.pair_part(context, figure_input(study=tmp_path.name, select=["A", "B"]))
    text = said(told.body)
    assert "source none" in text
    assert "source full" in text
    # No file names a seed.
    assert "The run" in text
    assert "seed 0" not in text.lower()
    assert "Every seed" not in text


def test_what_cannot_be_told_is_a_sentence(app_context, monkeypatch, caplog):
    _, text = about(app_context, "angle", "distance", seeds=["none"])
    assert "no seed chosen" in text

    def broken(*_):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(routes, "about_pair", broken)
    _, text = about(app_context, "angle", "distance")
    assert "secret detail" not in text
    assert "secret detail" in caplog.text


def test_a_study_that_cannot_be_read_has_nothing_to_tell(app_context_of, tmp_path):
    app_context = app_context_of(tmp_path / "gone")
    for tell in (routes.pair_part, routes.similarity_part):
        assert tell(app_context, figure_input(select=["angle"])) is None


def test_names_that_would_be_markup_are_text(app_context_of, tmp_path):
    app_context = app_context_of(write_hostile_study(tmp_path / "atlantis").folder)
    pair = [TASK, FORMULA]
    told = routes.pair_part(app_context, figure_input(select=pair))
    assert told.title.startswith(TASK)
    text = page_of(app_context, "story", select=pair)
    assert "<img src=x" not in text
    assert f"{escape(TASK)} → {escape(FORMULA)}" in text


def test_no_element_of_the_panel_is_lost_on_the_way(app_context):
    """What the walker does not know it leaves out: the panel has nothing of that kind."""
    used = set()
    pair = ["angle+compass", "inside"]
    numbers = [[*pair, kind] for kind in matrix_kinds()]
    for selection in (["angle", "distance"], pair, ["angle"], *numbers):
        for method in ("ft1", "ftwb2"):
            for tell in (routes.pair_part, routes.similarity_part):
                told = said(tell(app_context, figure_input(select=selection, method=[method])).body)
                used |= set(re.findall(r'"type": "([A-Z]\w*)"', told))
    assert {tag.lower() for tag in used} <= PAGE.tags


def page_of(app_context, part, **query):
    server = Flask("panel")
    routes.register(server, app_context)
    answer = server.test_client().get(f"/panel/{part}", query_string={"study": "atlantis", **query})
    assert answer.content_type == "text/html; charset=utf-8"
    return answer.get_data(as_text=True)


def test_the_route_answers_a_query(app_context):
    server = Flask("panel")
    routes.register(server, app_context)
    client = server.test_client()
    answer = client.get(
        "/panel/story?study=atlantis&method=ft1&select=angle&select=distance&mode=dark"
    )
    assert answer.get_data(as_text=True).startswith(
        '<div data-number="actual" data-title="angle → distance">'
    )
    similarity = client.get("/panel/similarity?study=atlantis&select=angle")
    assert similarity.get_data(as_text=True) == '<div data-number="" data-title=""></div>'
    assert client.get("/panel/story?study=atlantis").get_data() == b""
    assert client.get("/panel/story?%ff=%fe&select=%00&mode=pink").get_data() == b""
    assert client.get("/panel/elsewhere").status_code == 404


def test_a_course_over_fewer_runs_than_the_number_above_it_says_so(app_context, example):
    """Of Atlantis all checkpoints are there for one seed alone, the last for four."""
    text = similarity(app_context, "distance", "angle")
    assert "over 16 pairs of runs, independent noise" in text
    assert "Over training, layer 3, over 1 pair of runs" in text


@pytest.mark.parametrize(("low", "high", "tone"), [(-0.1, 0.2, None), (0.02, 0.2, "better")])
def test_a_difference_has_a_colour_where_its_sign_is_known(low, high, tone):
    shown = blocks.gap(DifferenceEstimate(0.1, low, high, 4, 0.4, 0.3))
    assert [getattr(part, "className", None) for part in shown.children] == [tone, "quiet"]


def test_seeds_that_hold_the_same_values_are_named_beside_the_interval(tmp_path):
    files = write_study_files(tmp_path, layout="scores")
    rows = [
        f"{source},{target},{0.2 + 0.1 * at + 0.03 * other:.2f},{seed}"
        for seed in (1, 2)
        for at, source in enumerate(("distance", "crossing"))
        for other, target in enumerate(("distance", "crossing"))
    ]
    (files.folder / "scores.csv").write_text("sources,target,score,seed\n" + "\n".join(rows))
    study = open_study(files.folder)
    method = study.tested_methods[0].name
    found = pair_detail(study, TransferQuery(method), DetailQuery(["crossing"], "distance"))
    text = said(provenance.doubts(found.forward, study))
    assert "Seeds 1 and 2 hold the same values in all 2 runs: one may be a copy" in text
