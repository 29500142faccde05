"""What an analysis takes of the queries it is given."""

from __future__ import annotations

from dataclasses import fields

import pytest

import core
from core import analyses
from core.analyses import BALANCE, GRAPH, DetailQuery, SimilarityQuery, TransferQuery
from core.analyses.registry import ANALYSES
from core.cache.result_cache import result_key
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


@pytest.mark.parametrize("module", [core, analyses], ids=["core", "core.analyses"])
def test_every_public_name_is_there_and_no_other(module):
    for name in module.__all__:
        assert getattr(module, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing
