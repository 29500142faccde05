from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analyses.network.graph import Signs
from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey
from core.analyses.query import DetailQuery, SimilarityQuery, default_opponent
from core.errors import RequestError
from core.io import open_study
from core.numerics.clustering import Order
from core.similarity.matrix import similarity_checkpoints
from core.similarity.measures import Measure
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from core.transfer.predictions import USUAL
from dashboard.figures.parts.theme import Style
from dashboard.state.fields import first_method
from dashboard.state.view import (
    View,
    chosen_method,
    clean_query,
    exchanged_method,
    parse_view,
    query_of,
    single_source_view,
)
from tests.core.small import square_study

KEYS = (
    *("filter", "sort"),
    *("method", "seeds", "scale", "at", "layer", "exclude", "include", "prediction"),
    *("against", "threshold", "select", "study", "tab", "cka_at", "measure", "size", "order"),
    "signs",
    *("not_source", "not_target", "split", "style", "predictor", "predictor_layer"),
)


def test_places_of_the_graph_are_read_and_written(write_study):
    study = open_study(write_study().folder)
    asked = {
        "moved": ["0.1,0.25,distance", "9,nan,distance", "0,0,nowhere", "1"],
        "arrows": ["net", "x"],
    }
    view, notices = parse_view(asked, study)
    assert view.moved == (("distance", 0.1, 0.25),)
    assert query_of(view)["moved"] == ["0.100,0.250,distance"]
    assert view.arrows == ("net",)
    assert notices == ("Arrows cannot be shown with “x”.",)
    opened, notices = parse_view({"fold": ["groups"], "opened": ["community 1", "north"]}, study)
    assert (opened.fold, opened.opened, notices) == ("groups", ("community 1",), ())
    far, _ = parse_view({"moved": ["1e9,-7,distance"]}, study)
    assert far.moved == (("distance", 3.0, -3.0),)


def test_an_empty_query_is_the_defaults(example):
    view, notices = parse_view({}, example)
    # A method that every tab can draw.
    assert "ft1" in {method.name for method in example.single_source_methods}
    assert view == View(method="ft1", layer=example.default_layer)
    assert notices == ()


def test_the_first_method_is_one_that_every_tab_can_draw_with_most_seeds(example):
    runs = tuple(run for run in example.runs if run.method != "ft1" or run.seed == 42)
    fewer = replace(example, runs=runs)
    assert first_method(fewer) == "ftwb1"
    assert first_method(example) == "ft1"
    many = replace(example, runs=tuple(run for run in runs if not run.is_single_source))
    assert first_method(many) == many.tested_methods[0].name


def test_a_tab_that_needs_single_sources_changes_the_method_and_says_so(example):
    view = View(method="ft2", layer=3, exclude=("angle",))
    changed, notices = single_source_view(view, example)
    assert changed == view.changed(method="ft1")
    assert notices == ()
    assert single_source_view(view.changed(against="ft1"), example) == (changed, ())
    assert exchanged_method(example, "ft2", "ft1") == "FT2 has no single sources: FT1 is shown."
    assert single_source_view(changed, example) == (changed, ())
    none = replace(example, runs=tuple(run for run in example.runs if not run.is_single_source))
    assert single_source_view(view, none) == (view, ())


def test_what_was_chosen_is_remembered_until_another_method_is(example):
    assert chosen_method(View(method="ft1"), example, "ft2") == "ft2"
    assert chosen_method(View(method="ftwb1"), example, "ft2") == "ftwb1"
    assert chosen_method(View(method="ft1"), example, "unknown") == "ft1"
    assert chosen_method(View(method="ft1"), example, ["ft2"]) == "ft1"


def test_a_full_query(example):
    seeds = example.seeds_of("ftwb2")
    query = {
        "method": ["ftwb2"],
        "seeds": [str(seeds[0])],
        "scale": ["strict"],
        "at": ["last"],
        "layer": ["1"],
        "exclude": ["perimeter", "angle"],
        "include": ["crossing"],
        "prediction": ["cross-fitted"],
        "against": ["ft2"],
        "cka_at": [str(similarity_checkpoints(example, SimilarityQuery(1))[0])],
        "measure": ["procrustes"],
        "size": ["1"],
        "order": ["cluster"],
        "not_source": ["inside"],
        "not_target": ["compass", "inside"],
        "split": ["distance"],
        "style": ["paper"],
        "threshold": ["0.4"],
        "signs": ["sure"],
        "filter": ["source contains a b", "values inRange 0.2 1", "seed:43 lessThan 0.5"],
        "sort": ["values desc", "target asc"],
        "select": ["angle", "distance"],
    }
    view, notices = parse_view(query, example)
    assert notices == ()
    assert view == View(
        method="ftwb2",
        seeds=seeds[:1],
        scale=Scale.STRICT,
        layer=1,
        exclude=("angle", "perimeter"),
        include=("crossing",),
        prediction="cross-fitted",
        against="ft2",
        cka_checkpoint=similarity_checkpoints(example, SimilarityQuery(1))[0],
        measure=Measure.PROCRUSTES,
        order=Order.CLUSTER,
        hidden_sources=("inside",),
        hidden_targets=("compass", "inside"),
        split="distance",
        style=Style.PAPER,
        threshold=0.4,
        signs=Signs.SURE,
        filters=(
            Filter("source", FilterOperator.CONTAINS, "a b"),
            Filter("values", FilterOperator.IN_RANGE, 0.2, 1.0),
            Filter("seed:43", FilterOperator.LESS, 0.5),
        ),
        sorting=(SortKey("values", descending=True), SortKey("target")),
        selection=("angle", "distance"),
    )
    assert parse_view(query_of(view), example) == (view, ())
    asked = view.transfer_query
    assert (asked.hidden_sources, asked.hidden_targets) == (("inside",), ("compass", "inside"))
    assert (asked.method, asked.seeds, asked.scale) == ("ftwb2", seeds[:1], Scale.STRICT)
    assert (asked.exclude, asked.include) == (("angle", "perimeter"), ("crossing",))
    assert (asked.split, asked.prediction, asked.other) == ("distance", USUAL, None)


def test_the_number_of_a_pair_is_part_of_the_selection(example):
    query = {"select": ["angle", "distance", "difference"]}
    view, notices = parse_view(query, example)
    assert (view.selection, view.number, notices) == (
        ("angle", "distance"),
        MatrixKind.DIFFERENCE,
        (),
    )
    assert query_of(view)["select"] == query["select"]
    # The actual one is what a pair has where nothing is said.
    for asked in (["angle", "distance"], ["angle", "distance", "actual"]):
        view, notices = parse_view({"select": asked}, example)
        assert (view.number, notices) == (MatrixKind.ACTUAL, ())
        assert query_of(view)["select"] == ["angle", "distance"]


def test_a_number_that_is_none_leaves_the_pair(example):
    view, notices = parse_view({"select": ["angle", "distance", "<b>sum"]}, example)
    assert (view.selection, view.number) == (("angle", "distance"), MatrixKind.ACTUAL)
    assert notices == ("No number of a pair “<b>sum” in this study: the actual one is shown.",)


def test_what_is_subtracted_is_asked_for_where_it_is_the_number(example):
    def other(**asked):
        select = ["angle+compass", "distance", asked.pop("number", "versus")]
        return parse_view({"select": select, **asked}, example)[0].detail_query(example)[1].other

    assert other(method=["ftwb2"], against=["ft2"]) == "ft2"
    # As on Compare, where nobody chose one.
    assert other(method=["ftwb2"]) == default_opponent(example, "ftwb2")
    assert other(method=["ftwb2"], against=["ft2"], number="difference") is None
    # FT2 stands in for FT1 here: what is subtracted from FT1 says nothing of it.
    assert other(method=["ft1"], against=["ftwb1"]) is None


def test_a_method_is_not_compared_with_itself_and_the_page_says_so(example):
    view, notices = parse_view({"method": ["ftwb2"], "against": ["ftwb2"]}, example)
    assert view == parse_view({"method": ["ftwb2"]}, example)[0]
    assert notices == ("“ftwb2” cannot be compared with itself: no method to compare is chosen.",)


@pytest.mark.parametrize(
    ("key", "values", "word"),
    [
        ("method", ["<b>x"], "<b>x"),
        ("seeds", ["1,x"], "seed"),
        ("seeds", [""], "No seed is named"),
        ("scale", ["huge"], "scale"),
        ("at", ["7"], "checkpoint"),
        ("layer", ["-3"], "layer"),
        ("exclude", ["nobody"], "exclude"),
        ("include", ["angle"], "include"),
        ("prediction", ["versus"], "prediction"),
        ("against", ["nobody"], "compare"),
        ("cka_at", ["-1"], "checkpoint with CKA"),
        ("measure", ["cosine"], "measure of similarity"),
        ("size", ["4"], "trained on"),
        ("order", ["random"], "order"),
        ("order", ["groups"], "order"),
        ("not_source", ["nobody"], "hide as source"),
        ("not_target", ["nobody"], "hide as target"),
        ("split", ["nobody"], "split"),
        ("style", ["baroque"], "style"),
        ("threshold", ["nan"], "threshold"),
        ("filter", ["nothing contains x"], "filter the pairs by “nothing contains x”"),
        ("filter", ["values contains 1"], "filter the pairs"),
        ("filter", ["source lessThan 1"], "filter the pairs"),
        ("filter", ["values inRange 1"], "filter the pairs"),
        ("filter", ["values equals nan"], "filter the pairs"),
        ("filter", ["values equals x"], "filter the pairs"),
        ("filter", ["source contains "], "filter the pairs"),
        ("filter", ["source blank x"], "filter the pairs"),
        ("filter", ["seed:7 blank"], "filter the pairs"),
        ("sort", ["values"], "sort the pairs"),
        ("sort", ["nothing asc"], "sort the pairs"),
        ("select", ["angle", "distance", "actual", "angle"], "select"),
        ("select", ["angle", "nowhere", "difference"], "nowhere"),
        ("select", ["angle", "nowhere"], "nowhere"),
        ("select", ["angle", "angle+distance"], "select"),
        ("select", ["angle+", "distance"], "select"),
        ("select", ["angle+distance+compass", "inside"], "No run was trained on"),
        ("method", ["x\n" * 900], "…"),
    ],
)
def test_nonsense_falls_back_and_is_named(example, key, values, word):
    view, notices = parse_view({key: values}, example)
    assert view == parse_view({}, example)[0]
    assert len(notices) == 1
    assert word in notices[0]
    assert "\n" not in notices[0]
    assert len(notices[0]) < 200


def test_a_column_is_filtered_and_sorted_by_once(example):
    query = {"filter": ["note blank", "note notBlank"], "sort": ["values asc", "values desc"]}
    view, notices = parse_view(query, example)
    assert view is not None
    assert view.filters == (Filter("note", FilterOperator.BLANK),)
    assert view.sorting == (SortKey("values"),)
    assert [word in notice for word, notice in zip(("notBlank", "desc"), notices, strict=True)]


def test_all_seeds_named_are_all(example):
    method = example.tested_methods[0].name
    named = ",".join(map(str, example.seeds_of(method)))
    assert parse_view({"seeds": [named]}, example)[0].seeds is None
    assert parse_view({"seeds": ["none"]}, example)[0].seeds == ()


words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "note blank",
            "values lessThan 1e-7",
            "values desc",
            "ft1",
            "ftwb2",
            "all",
            "none",
            "42",
            "42,43",
            "strict",
            "last",
            "angle",
            "crossing",
            "0.5",
        ]
    ),
)


@given(st.dictionaries(st.sampled_from(KEYS), st.lists(words, max_size=4)))
def test_any_query_gives_a_view_of_the_study(example, query):
    view, _ = parse_view(query, example)
    assert view.method in {method.name for method in example.tested_methods}
    assert set(view.seeds or ()) <= set(example.seeds_of(view.method))
    tasks = {task for name in view.selection for task in name.split("+")}
    assert set(view.exclude) | set(view.include) | tasks <= set(example.task_index)
    assert parse_view(query_of(view), example) == (view, ())
    assert parse_view(query_of(view, example), example) == (view, ())


@pytest.mark.parametrize("names", ["abcdef", "*bcdef"])
@pytest.mark.parametrize("apart", ["", "bf", "*"])
def test_what_is_left_out_is_written_by_what_is_fewer_and_read_as_the_same(names, apart):
    study = square_study(np.ones((1, 6, 6)), names=names, excluded=tuple(apart))
    for size in range(7):
        for out in combinations(names, size):
            view, _ = parse_view({"exclude": list(out)}, study)
            assert view.exclude == out
            short = query_of(view, study)["exclude"]
            assert parse_view({"exclude": short}, study) == (view, ())
            if "*" not in names:
                kept = [one for one in names if (one in out) == (one in apart)]
                assert len(short) == max(1, min(size, len(kept) + 1))


def test_one_task_of_many_is_a_short_address_and_old_ones_are_read():
    names = [f"t{number}" for number in range(40)]
    study = square_study(np.ones((1, 40, 40)), names=names)
    old, _ = parse_view({"exclude": [*names[:7], *names[8:]]}, study)
    assert query_of(old, study)["exclude"] == ["*", "t7"]
    assert parse_view({"exclude": ["*", "t7"]}, study) == (old, ())
    view, notices = parse_view({"exclude": ["*", "t7", "nobody"]}, study)
    assert view.exclude == old.exclude
    assert notices == ("No task “nobody” to keep in this study.",)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(json_values)
def test_whatever_a_browser_sends_becomes_texts(data):
    for key, values in clean_query(data).items():
        assert isinstance(key, str)
        assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize(
    ("asked", "selection", "sources", "target"),
    [
        (["angle"], ("angle",), ("angle",), None),
        (["angle", "angle"], ("angle", "angle"), ("angle",), "angle"),
        (["angle+distance"], ("distance+angle",), ("distance", "angle"), None),
        (["compass+angle", "inside"], ("angle+compass", "inside"), ("angle", "compass"), "inside"),
        ([""], (), (), None),
    ],
)
def test_a_task_a_pair_or_a_training_set_is_selected(example, asked, selection, sources, target):
    view, notices = parse_view({"select": asked}, example)
    assert notices == ()
    assert view.selection == selection
    assert (view.selected_sources, view.selected_target) == (sources, target)
    assert parse_view(query_of(view), example) == (view, ())


@pytest.mark.parametrize(
    ("method", "selection", "told_of"),
    [
        ("ftwb2", ("angle+compass", "inside"), "ftwb2"),
        ("ftwb2", ("angle", "inside"), "ftwb1"),
        ("ft1", ("angle+compass", "inside"), "ft2"),
        ("ft1", ("angle", "inside"), "ft1"),
    ],
)
def test_a_selection_is_told_of_the_method_that_has_it(example, method, selection, told_of):
    view = View(method=method, selection=selection, seeds=(42,), checkpoint=100)
    assert view.selected_method(example) == told_of
    query, detail = view.detail_query(example)
    assert (query.method, query.seeds, query.checkpoint) == (told_of, (42,), 100)
    assert detail == DetailQuery(tuple(selection[0].split("+")), "inside")
    assert view.similarity_details() == tuple(
        DetailQuery((source,), "inside") for source in selection[0].split("+")
    )


@pytest.mark.parametrize("layout", ["scores", "table", "runs"])
def test_the_address_of_a_view_has_nothing_to_fall_back_from(write_study, layout):
    study = open_study(write_study(layout).folder)
    view, _ = parse_view({}, study)
    assert view is not None
    assert parse_view(query_of(view), study) == (view, ())


def test_what_no_run_was_trained_on_is_said(write_study):
    study = open_study(write_study("scores").folder)
    view = View(method="scores", selection=("distance",))
    assert view.detail_query(study)[0].method == "scores"
    study = replace(study, runs=tuple(r for r in study.runs if r.trained != ("distance",)))
    assert view.detail_query(study)[0].method == "scores"
    with pytest.raises(RequestError, match="no run was fine-tuned on exactly distance"):
        view.changed(selection=("distance", "crossing")).detail_query(study)


def test_methods_without_single_sources_use_the_one_that_predicts_them(example):
    view = View(method="ftwb2")
    assert view.pairs_method(example) == "ftwb1"
    assert view.pairs_query(example).method == "ftwb1"
    assert View(method="ft1").pairs_method(example) == "ft1"
    with pytest.raises(RequestError):
        View(method="nope").pairs_method(example)
