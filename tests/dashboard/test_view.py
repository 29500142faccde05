from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RequestError
from core.measures import Measure
from core.normalization import Convention
from core.ordering import Order
from core.similarity import similarity_checkpoints
from core.transfer import Kind
from dashboard.view import View, clean_query, parse_view, query_of

KEYS = (
    *("method", "seeds", "scale", "at", "layer", "exclude", "include", "prediction"),
    *("against", "threshold", "select", "study", "tab", "cka_at", "measure", "size", "order"),
    *("not_source", "not_target", "split", "style"),
)


def test_an_empty_query_is_the_defaults(example):
    view, notices = parse_view({}, example)
    # The first method with a prediction to stand beside, not the first of all.
    assert example.tested_methods[0].name == "ft1"
    assert view == View(method="ft2", layer=example.default_layer)
    assert notices == ()


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
        "cka_at": [str(similarity_checkpoints(example, 1)[0])],
        "measure": ["procrustes"],
        "size": ["1"],
        "order": ["cluster"],
        "not_source": ["inside"],
        "not_target": ["compass", "inside"],
        "split": ["distance"],
        "style": ["paper"],
        "threshold": ["0.4"],
        "select": ["angle", "distance"],
    }
    view, notices = parse_view(query, example)
    assert notices == ()
    assert view == View(
        method="ftwb2",
        seeds=seeds[:1],
        convention=Convention.STRICT,
        layer=1,
        exclude=("angle", "perimeter"),
        include=("crossing",),
        prediction=Kind.CROSS_FITTED,
        against="ft2",
        cka_checkpoint=similarity_checkpoints(example, 1)[0],
        measure=Measure.PROCRUSTES,
        order=Order.CLUSTER,
        sources_out=("inside",),
        targets_out=("compass", "inside"),
        split="distance",
        paper=True,
        threshold=0.4,
        selection=("angle", "distance"),
    )
    assert parse_view(query_of(view), example) == (view, ())


@pytest.mark.parametrize(
    ("key", "values", "word"),
    [
        ("method", ["<b>x"], "<b>x"),
        ("seeds", ["1,x"], "seed"),
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
        ("not_source", ["nobody"], "hide as source"),
        ("not_target", ["nobody"], "hide as target"),
        ("split", ["nobody"], "split"),
        ("style", ["baroque"], "style"),
        ("threshold", ["nan"], "threshold"),
        ("select", ["angle", "angle"], "select"),
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


def test_all_seeds_named_are_all(example):
    method = example.tested_methods[0].name
    named = ",".join(map(str, example.seeds_of(method)))
    assert parse_view({"seeds": [named]}, example)[0].seeds is None
    assert parse_view({"seeds": ["none"]}, example)[0].seeds == ()


words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["ft1", "ftwb2", "all", "none", "42", "42,43", "strict", "last", "angle", "crossing", "0.5"]
    ),
)


@given(st.dictionaries(st.sampled_from(KEYS), st.lists(words, max_size=4)))
def test_any_query_gives_a_view_of_the_study(example, query):
    view, _ = parse_view(query, example)
    assert view.method in {method.name for method in example.tested_methods}
    assert set(view.seeds or ()) <= set(example.seeds_of(view.method))
    assert set(view.exclude) | set(view.include) | set(view.selection) <= set(example.task_index)
    assert parse_view(query_of(view), example) == (view, ())


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


def test_methods_without_single_sources_use_the_one_that_predicts_them(example):
    view = View(method="ftwb2")
    assert view.pairs_method(example) == "ftwb1"
    assert view.association(example).method == "ftwb1"
    assert View(method="ft1").pairs_method(example) == "ft1"
    with pytest.raises(RequestError):
        View(method="nope").pairs_method(example)
