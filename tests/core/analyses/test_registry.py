"""What an analysis takes of the queries it is given."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import core
from core import analyses
from core.analyses import (
    ASSOCIATION,
    BALANCE,
    GRAPH,
    OVERVIEW,
    PAIR,
    PAIRS,
    TRANSFER,
    DetailQuery,
    PlanQuery,
    SimilarityQuery,
    TransferQuery,
)
from core.analyses.analysis import Analysis
from core.analyses.registry import ANALYSES
from core.cache.result_cache import result_key
from core.io import open_study, representations
from core.transfer.cell_means import RowMeans
from core.transfer.normalization import Scale
from tests.core.small import square_study

STUDY = square_study([[[1.0, 0.2, 0.1], [0.1, 1.0, 0.3], [0.4, 0.5, 1.0]]])


def test_what_is_not_read_makes_no_other_question():
    plain = result_key(BALANCE, STUDY, TransferQuery("ft1"))
    assert plain == result_key(BALANCE, STUDY, TransferQuery("ft1", hidden_sources=("a",)))
    assert plain != result_key(BALANCE, STUDY, TransferQuery("ft1", exclude=("a",)))
    place = SimilarityQuery(layer=5, trained=2)
    assert GRAPH.asked(TransferQuery("ft1"), place)[1] == SimilarityQuery(layer=5)


def test_a_query_that_is_not_given_is_the_default_one():
    assert GRAPH.asked(TransferQuery("ft1")) == (TransferQuery("ft1"), SimilarityQuery())
    assert result_key(GRAPH, STUDY, TransferQuery("ft1")) == result_key(
        GRAPH, STUDY, TransferQuery("ft1"), SimilarityQuery()
    )


def test_a_query_that_is_not_taken_is_refused():
    for queries in ((DetailQuery(("a",)),), (TransferQuery("ft1"), TransferQuery("ft1"))):
        with pytest.raises(TypeError, match="analysis balance does not take"):
            BALANCE.asked(*queries)


@pytest.mark.parametrize("name", ANALYSES)
def test_what_an_analysis_says_it_reads_is_there(name):
    for taken in ANALYSES[name].takes:
        assert taken.reads <= {field.name for field in fields(taken.query)}


VALUES = {
    "comparison": TransferQuery("ftwb1", other="ft1"),
    "several-tasks": TransferQuery("ftwb2"),
}
"""Which values, of analyses that are not asked of one method of single tasks."""


@pytest.fixture(scope="module")
def example():
    return open_study(Path(__file__).parents[3] / "examples" / "atlantis" / "study")


@pytest.mark.parametrize(
    "name", [name for name, one in ANALYSES.items() if not one.reads_representations]
)
def test_an_analysis_that_reads_no_representations_opens_none(name, example, monkeypatch):
    """So results of it are not checked against those files (`ResultCache.make`)."""
    analysis = ANALYSES[name]
    taken = {taken.query for taken in analysis.takes}

    def opened(*_):
        raise AssertionError("a representation was opened")

    monkeypatch.setattr(representations, "open_binary", opened)
    assert example.representations.files
    values = VALUES.get(name, TransferQuery("ftwb1"))
    asked = (values, DetailQuery(("angle",), "distance"), PlanQuery(size=1))
    found = analysis.compute(example, *[query for query in asked if type(query) in taken])
    assert isinstance(found, analysis.result)


def test_what_needs_an_analysis_that_reads_representations_reads_them():
    assert not BALANCE.reads_representations
    assert GRAPH.reads_representations
    assert replace(BALANCE, needs=GRAPH).reads_representations


@pytest.mark.parametrize("module", [core, analyses], ids=["core", "core.analyses"])
def test_every_public_name_is_there_and_no_other(module):
    for name in module.__all__:
        assert getattr(module, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


def test_seeds_of_one_base_have_no_interval_in_any_analysis():
    values = np.random.default_rng(0).normal(size=(3, 4, 4))
    symmetric = np.corrcoef(np.random.default_rng(1).normal(size=(4, 9)))
    for one_base in (False, True):
        study = square_study(values, cka=symmetric, one_base=one_base)
        query = TransferQuery("ft1", scale=Scale.STRICT)
        found = {
            "matrix": TRANSFER.compute(study, query).interval[0],
            "sums": [task.net_interval.low for task in BALANCE.compute(study, query).tasks],
            "effects": [
                effect.giver_interval.low
                for effect in BALANCE.compute(study, query).social_relations.effects
            ],
            "r": [ASSOCIATION.compute(study, query).interval.low],
            "seeds agree": [ASSOCIATION.compute(study, query).ceiling.seeds],
            "arrows": GRAPH.compute(study, query).low[~np.eye(4, dtype=bool)],
            "pairs": PAIRS.compute(study, query).low,
            "methods": [OVERVIEW.compute(study, query).methods[0].transfer.interval.low],
            "asymmetry": [
                PAIR.compute(study, query, DetailQuery(("a",), "b")).asymmetry.strict.low
            ],
            "rows": [
                RowMeans(TRANSFER.compute(study, query), np.ones((1, 4), bool)).over(0).interval.low
            ],
        }
        for name, ends in found.items():
            assert np.isfinite(ends).any() == (not one_base), name
            assert np.isfinite(ends).all() == (not one_base), name
        assert ASSOCIATION.compute(study, query).interval_tasks.low < 1
        assert BALANCE.compute(study, query).has_intervals == (not one_base)
        assert TRANSFER.compute(study, query).seeds_of_one_base == ((0, 1, 2) if one_base else ())


def test_a_seed_of_its_own_base_has_none_either_beside_two_that_share_one():
    values = np.random.default_rng(0).normal(size=(3, 3, 3))
    study = square_study(values, one_base=True)
    runs = [replace(r, base="base2") if r.name.endswith("-2") and r.base else r for r in study.runs]
    study = replace(study, runs=tuple(runs))
    assert TRANSFER.compute(study, TransferQuery("ft1")).seeds_of_one_base == (0, 1)
    alone = TRANSFER.compute(study, TransferQuery("ft1", seeds=(0, 2)))
    assert alone.seeds_of_one_base == ()
    assert np.isfinite(alone.interval[0]).all()


def test_every_analysis_is_named_by_the_package():
    found = {
        value.name
        for module in pkgutil.walk_packages(analyses.__path__, "core.analyses.")
        for value in vars(import_module(module.name)).values()
        if isinstance(value, Analysis)
    }
    assert found == set(ANALYSES)


def test_types_and_modules_of_the_public_names_say_the_same():
    (typed,) = (n for n in ast.parse(inspect.getsource(analyses)).body if isinstance(n, ast.If))
    homes = {
        alias.name: node.module.removeprefix("core.analyses.")
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert homes == analyses._HOME
