from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise, product

import networkx as nx
import numpy as np
import pytest

from core.analyses import GRAPH
from core.analyses.balance import balance
from core.analyses.inputs import shown_and_strict
from core.analyses.network.build import teaching_tree, transfer_graph
from core.analyses.network.graph import Signs, to_networkx
from core.analyses.query import TransferQuery
from core.analyses.standouts import judged
from core.study import Run
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from tests.core.small import queries_of, square_study, study_of, tasks_named

VALUES = [[1.0, 0.8, 0.1], [0.3, 1.0, -0.6], [0.2, 0.5, 1.0]]


def graph_of(values=VALUES, *, cka=None, **params):
    array = np.asarray(values, dtype=float)
    study = square_study(array if array.ndim == 3 else array[None], cka=cka)
    return GRAPH.compute(study, *queries_of("ft1", **params))


def edge(graph, source, target):
    return next(e for e in graph.edges if (e.source, e.target) == (source, target))


def test_every_pair_is_an_edge_and_carries_its_numbers():
    cka = [[1, 0.4, 0.5], [0.4, 1, 0.6], [0.5, 0.6, 1]]
    graph = graph_of(cka=cka)
    assert len(graph.edges) == 6
    found = edge(graph, "a", "b")
    assert (found.transfer, found.cka) == pytest.approx((0.8, 0.4))
    assert found.asymmetry == pytest.approx(0.5)
    assert edge(graph, "b", "a").asymmetry == pytest.approx(-0.5)
    assert math.isnan(found.low)


def test_harm_shows_on_the_published_scale_too():
    graph = graph_of(scale=Scale.PUBLISHED)
    harm = edge(graph, "b", "c")
    assert harm.transfer == 0.0
    assert harm.harms
    assert harm.weight == pytest.approx(-0.6)


def test_the_threshold_is_on_strength_and_only_takes_away():
    graph = graph_of(scale=Scale.STRICT)
    kept = [{(e.source, e.target) for e in graph.above(w)} for w in (0.0, 0.25, 0.55, 0.9)]
    assert [len(edges) for edges in kept] == [6, 4, 2, 0]
    assert all(later <= earlier for earlier, later in pairwise(kept))
    assert kept[2] == {("a", "b"), ("b", "c")}


@pytest.mark.parametrize("size", [1e-150, 1.0, 1e150])
def test_an_arrow_at_the_threshold_but_for_rounding_reaches_it(size):
    # 1 - 0.9 is a little below 0.1 in floats.
    values = np.array([[np.nan, 1 - 0.9, 0.05], [0.0999, np.nan, 0.3], [0.02, 0.7, np.nan]]) * size
    graph = replace(graph_of(), transfer=values, strict=values)
    kept = {(edge.source, edge.target) for edge in graph.above(0.1 * size)}
    assert kept == {("a", "b"), ("b", "c"), ("c", "b")}
    assert len(graph.above(0.0)) == graph.edge_count == 6


def test_positions_are_the_same_every_time_and_inside_the_unit_square():
    many = np.random.default_rng(0).random((14, 14))
    for values in (VALUES, many):
        first, second = graph_of(values), graph_of(values)
        assert [(n.x, n.y) for n in first.nodes] == [(n.x, n.y) for n in second.nodes]
        assert all(0 <= n.x <= 1 and 0 <= n.y <= 1 for n in first.nodes)
        assert len({(n.x, n.y) for n in first.nodes}) == len(first.nodes)


def test_centralities_sum_to_one_and_know_the_teacher():
    values = np.zeros((4, 4))
    values[0, 1:] = [0.9, 0.8, 0.7]
    values[1, 2] = 0.1
    nodes = graph_of(values).nodes
    for name in ("pagerank", "hub", "authority"):
        assert sum(getattr(node, name) for node in nodes) == pytest.approx(1.0)
    assert max(nodes, key=lambda n: n.pagerank).task == "a"
    assert max(nodes, key=lambda n: n.hub).task == "a"
    assert nodes[0].authority == pytest.approx(0.0)


def test_hubs_and_authorities_agree_with_networkx():
    values = np.random.default_rng(1).random((6, 6))
    graph = graph_of(values, scale=Scale.STRICT)
    weighted = nx.DiGraph()
    weighted.add_weighted_edges_from((e.source, e.target, e.transfer) for e in graph.edges)
    hubs, authorities = nx.hits(weighted)
    for node in graph.nodes:
        assert node.hub == pytest.approx(hubs[node.task], abs=1e-6)
        assert node.authority == pytest.approx(authorities[node.task], abs=1e-6)


def test_without_positive_transfer_there_is_no_centrality():
    nodes = graph_of(np.full((3, 3), -0.5), scale=Scale.STRICT).nodes
    assert all(math.isnan(n.pagerank) and math.isnan(n.hub) for n in nodes)


def test_undefined_attributes_are_left_out_of_the_networkx_graph():
    graph = to_networkx(graph_of(), threshold=0.25)
    assert graph.graph == {"method": "ft1", "convention": "published", "threshold": 0.25}
    assert set(graph.edges) == {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")}
    assert "cka" not in graph.edges["a", "b"]
    assert "low" not in graph.edges["a", "b"]
    assert graph.edges["b", "c"]["weight"] == pytest.approx(-0.6)


def test_the_teaching_tree_is_the_best_of_all_trees():
    """Every way to give each task but a root one teacher, tried out."""
    values = np.random.default_rng(4).random((4, 4))
    best = 0.0
    for root in range(4):
        others = [task for task in range(4) if task != root]
        for teachers in product(range(4), repeat=3):
            tree = nx.DiGraph(zip(teachers, others, strict=True))
            if tree.number_of_nodes() == 4 and nx.is_arborescence(tree):
                best = max(best, sum(values[edge] for edge in tree.edges))
    found = teaching_tree(graph_of(values, scale=Scale.STRICT))
    total = sum(values["abcd".index(teacher), "abcd".index(student)] for teacher, student in found)
    assert total == pytest.approx(best)
    assert teaching_tree(graph_of(scale=Scale.STRICT)) == (("a", "b"), ("c", "a"))


def test_tasks_in_the_order_of_the_matrix_have_what_they_have_in_any_order():
    study = square_study(np.random.default_rng(2).normal(0.4, 0.3, (2, 5, 5)))
    shown, strict = shown_and_strict(study, TransferQuery("ft1"))
    tasks = [task.name for task in study.tasks]
    quick, slow = (
        transfer_graph(shown, strict, judged(strict, study, some), balance(shown, some), some, None)
        for some in (tasks, tasks[::-1])
    )
    for name in ("transfer", "low", "high", "n", "strict", "shrunken", "false_sign_rate"):
        np.testing.assert_array_equal(getattr(quick, name), getattr(slow, name)[::-1, ::-1])


def test_intervals_are_those_of_the_matrix():
    values = np.random.default_rng(2).random((3, 3, 3))
    graph = graph_of(values, scale=Scale.STRICT)
    found = edge(graph, "a", "c")
    half = 4.302652729911275 * values[:, 0, 2].std(ddof=1) / math.sqrt(3)
    assert (found.low, found.high) == pytest.approx(
        (values[:, 0, 2].mean() - half, values[:, 0, 2].mean() + half)
    )
    assert found.n == 3


@pytest.mark.parametrize("size", [1e-308, 1e-150, 1e150, 1e308])
def test_scores_of_any_size_have_centralities(size):
    values = size * np.array([[0, 1, 0.5], [-0.5, 0, 1], [1, 0.25, 0]])
    tasks = tasks_named("abc")
    runs = [Run(f"from {n}", "ft1", (n,), None, 0) for n in "abc"]
    cells = {
        (f"from {s}", t, "shifted", 0): float(values["abc".index(s), "abc".index(t)])
        for s in "abc"
        for t in "abc"
        if s != t
    }
    study = study_of(tasks, runs, cells, layout="scores")
    with np.errstate(all="ignore"):
        graph = GRAPH.compute(study, *queries_of("ft1"))
    assert sum(node.pagerank for node in graph.nodes) == pytest.approx(1.0)
    assert sum(node.hub for node in graph.nodes) == pytest.approx(1.0)


def test_an_edge_that_is_strong_on_the_shown_scale_stays_where_the_strict_mean_is_negative():
    per_seed = [[[1, 1.5], [0, 1]], [[1, -1.6], [0, 1]]]  # published 0.75, strict −0.05
    graph = graph_of(per_seed, scale=Scale.PUBLISHED)
    (kept,) = graph.above(0.7)
    assert (kept.source, kept.transfer) == ("a", pytest.approx(0.75))
    assert kept.weight == pytest.approx(-0.05)


def test_edges_say_how_sure_their_sign_is_and_the_unsure_can_be_left_out():
    """The same cells, the same numbers as in the lists of the overview."""
    truth = np.array(
        [[1, 0.5, -0.3, 0.2], [0.2, 1, 0.6, 0.1], [0.1, -0.2, 1, 0.4], [0.3, 0.2, 0.01, 1]]
    )
    seen = truth + np.random.default_rng(0).normal(0, 0.03, (3, 4, 4))
    graph = graph_of(seen)
    study = square_study(seen)
    strict = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
    cells = judged(strict, study, "abcd")
    for found in graph.edges:
        at = "abcd".index(found.source), "abcd".index(found.target)
        assert found.shrunken == cells.shrunken.values[at]
        assert found.false_sign_rate == cells.shrunken.false_sign_rate[at]
    assert not edge(graph, "d", "c").sure
    assert edge(graph, "a", "c").sure
    sure = graph.of_signs(Signs.SURE)
    told = [(e.source, e.target, e.transfer, e.asymmetry) for e in graph.edges if e.sure]
    assert [(e.source, e.target, e.transfer, e.asymmetry) for e in sure.edges] == told
    assert 0 < sure.edge_count < 12
    assert sure.nodes == graph.nodes
    assert graph.of_signs(Signs.ANY) is graph
    one_seed = graph_of(VALUES)
    assert one_seed.of_signs(Signs.SURE) is one_seed
    assert not one_seed.tells_signs
    assert not any(found.sure for found in one_seed.edges)


def test_values_cut_to_the_scale_are_counted_behind_an_arrow():
    values = np.array([VALUES] * 3) * [[[0.9]], [[1.0]], [[1.1]]]
    graph = graph_of(values)
    assert (edge(graph, "b", "c").clipped, edge(graph, "a", "b").clipped) == (3, 0)
    ends = next(one for one in graph.edge_columns() if one.interval).interval
    assert ends(edge(graph, "b", "c")).said_of_clipped == "3 of 3 clipped"
    assert not graph_of(values, scale=Scale.STRICT).clipped.any()
