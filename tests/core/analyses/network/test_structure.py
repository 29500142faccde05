from __future__ import annotations

import math

import numpy as np

from core.analyses import GRAPH, GRAPH_STRUCTURE
from core.analyses.network.build import teaching_tree
from core.analyses.query import TransferQuery
from core.cache.codec import decode, encode
from core.transfer.normalization import Scale
from tests.core.small import queries_of, square_study

BLOCKS = np.full((6, 6), 0.05)
BLOCKS[:3, :3] = BLOCKS[3:, 3:] = 0.7
BLOCKS[0, 1:3] = 0.9


def structure(values, **study):
    made = square_study(values, **study)
    return GRAPH_STRUCTURE.compute(made, TransferQuery("ft1", scale=Scale.STRICT)), made


def noisy(noise, seeds=4):
    return BLOCKS + noise * np.random.default_rng(0).normal(size=(seeds, 6, 6))


def test_tasks_that_help_each_other_are_a_community_whichever_seed_is_left_out():
    found, _ = structure(noisy(0.01))
    assert [one.tasks for one in found.communities] == [tuple("abc"), tuple("def")]
    assert [one.share for one in found.communities] == [1.0, 1.0]


def test_the_tree_is_that_of_the_graph_and_sure_where_seeds_agree():
    values = noisy(0.01)
    found, study = structure(values)
    graph = GRAPH.compute(study, *queries_of("ft1", scale=Scale.STRICT))
    assert tuple((edge.source, edge.target) for edge in found.tree) == teaching_tree(graph)
    by_edge = {(edge.source, edge.target): edge.share for edge in found.tree}
    assert by_edge["a", "b"] == by_edge["a", "c"] == 1.0
    assert min(by_edge.values()) < 1.0  # which of d, e, f teaches the others is luck
    loud, _ = structure(noisy(0.5))
    assert np.mean([edge.share for edge in loud.tree]) < np.mean(list(by_edge.values()))


def test_who_leads_and_how_often():
    found, study = structure(noisy(0.01))
    graph = GRAPH.compute(study, *queries_of("ft1", scale=Scale.STRICT))
    score = {"pagerank": "pagerank", "teacher": "hub", "student": "authority"}
    for one in found.leaders:
        first = max(graph.nodes, key=lambda node: getattr(node, score[one.measure]))
        assert one.task == first.task
    assert next(one for one in found.leaders if one.measure == "teacher").share == 1.0


def test_without_other_seeds_there_is_a_structure_and_no_share():
    for values, study in ((noisy(0.01, seeds=1), {}), (noisy(0.01), {"one_base": True})):
        found, _ = structure(values, **study)
        assert len(found.communities) == 2
        shares = [one.share for one in (*found.tree, *found.leaders, *found.communities)]
        assert all(math.isnan(share) for share in shares)


def test_without_positive_transfer_there_are_neither_leaders_nor_communities():
    found, _ = structure(-noisy(0.01))
    assert found.leaders == found.communities == ()
    assert len(found.tree) == 5


def test_few_tasks_and_the_cache():
    found, _ = structure([[[1.0]], [[1.0]]])
    assert found.tree == found.communities == ()
    found, _ = structure(noisy(0.01))
    assert decode(encode(found), type(found)) == found
