"""PageRank and spring layout are those of networkx, without an object an edge."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from core.numerics.graphs import circle, pagerank, pieces_of_cells, spring_layout


def drawn(size, *, seed=0, share=0.6):
    rng = np.random.default_rng(seed)
    weights = rng.random((size, size)) * (rng.random((size, size)) < share)
    np.fill_diagonal(weights, 0)
    return weights


@pytest.mark.parametrize("size", [2, 5, 40])
def test_pagerank_is_networkx_pagerank(size):
    weights = drawn(size, share=0.3)
    weights[-1] = 0  # nothing goes out of it
    weights[0, 1] = 0.5
    graph = nx.from_numpy_array(weights, create_using=nx.DiGraph)
    slow = nx.pagerank(graph, tol=1e-14, max_iter=2000)
    np.testing.assert_allclose(pagerank(weights), [slow[i] for i in range(size)], atol=1e-10)
    assert pagerank(weights).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("size", [3, 13, 45])
def test_the_springs_are_those_of_networkx(size):
    pull = drawn(size) + drawn(size).T
    start = circle(size)
    graph = nx.from_numpy_array(pull)
    slow = nx.spring_layout(
        graph,
        pos=dict(enumerate(start)),
        iterations=15,
        method="force",
        seed=0,
        scale=None,
    )
    fast = spring_layout(pull, start, iterations=15)
    np.testing.assert_allclose(fast, np.array([slow[i] for i in range(size)]), atol=1e-6)


def test_many_nodes_are_finite_and_apart():
    at = spring_layout(drawn(600), circle(600), iterations=10)
    assert np.isfinite(at).all()
    assert len(np.unique(at.round(6), axis=0)) > 590


def test_nothing_and_one_node():
    assert spring_layout(np.zeros((0, 0)), circle(0), iterations=5).shape == (0, 2)
    assert np.isfinite(spring_layout(np.zeros((1, 1)), circle(1), iterations=5)).all()


def test_rows_and_columns_hang_together_by_their_cells():
    present = np.array([[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=bool)
    rows, columns = np.split(pieces_of_cells(present), [3])
    assert rows[0] == rows[1] == columns[0] == columns[1]
    assert rows[2] == columns[2]
    assert len({rows[0], rows[2], columns[3]}) == 3
    assert not pieces_of_cells(np.ones((3, 4), dtype=bool)).any()
