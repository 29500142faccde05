"""PageRank and springs are those of networkx, hubs those of a decomposition."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from core.numerics import graphs
from core.numerics.graphs import circle, hubs, pagerank, pieces_of_cells, spring_layout


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


def leading_by_decomposition(weights):
    vector = np.abs(np.linalg.eigh(weights @ weights.T)[1][:, -1])
    return vector / vector.sum()


@pytest.mark.parametrize(("size", "share"), [(14, 1.0), (40, 0.3), (300, 0.05), (300, 1.0)])
def test_hubs_by_steps_are_those_of_the_decomposition(size, share):
    weights = drawn(size, share=share)
    weights[0] = 0  # gives nothing
    assert graphs._by_power(weights) is not None
    np.testing.assert_allclose(hubs(weights), leading_by_decomposition(weights), atol=1e-13)


def test_hubs_of_two_pieces_or_of_slow_steps_are_decomposed():
    apart = np.kron(np.diag([1.0, 0.9]), np.ones((4, 4)))
    path = np.diag(np.ones(200)) + np.diag(np.ones(199), 1)
    for weights in (apart, path):
        assert graphs._by_power(weights) is None
        np.testing.assert_allclose(hubs(weights), leading_by_decomposition(weights), atol=1e-12)


@pytest.mark.parametrize(("size", "iterations"), [(3, 15), (13, 15), (45, 15), (150, 3)])
@pytest.mark.parametrize("block", [graphs.BLOCK, 400])
def test_the_springs_are_those_of_networkx(size, iterations, block, monkeypatch):
    monkeypatch.setattr(graphs, "BLOCK", block)  # of 400 forces 45 nodes are six rows of blocks
    pull = drawn(size) + drawn(size).T
    start = circle(size)
    graph = nx.from_numpy_array(pull)
    slow = nx.spring_layout(
        graph,
        pos=dict(enumerate(start)),
        iterations=iterations,
        method="force",
        seed=0,
        scale=None,
    )
    fast = spring_layout(pull, start, iterations=iterations)
    np.testing.assert_allclose(fast, np.array([slow[i] for i in range(size)]), atol=1e-6)


def test_forces_of_many_nodes_in_half_the_bits_move_them_to_the_same_places(monkeypatch):
    size = graphs.SINGLE_FROM + 3
    pull = drawn(size) + drawn(size).T
    fast = spring_layout(pull, circle(size), iterations=5)
    monkeypatch.setattr(graphs, "SINGLE_FROM", size + 1)
    slow = spring_layout(pull, circle(size), iterations=5)
    assert np.abs(slow - circle(size)).max() > 0.1
    # A thousandth of what is drawn: less than a pixel.
    np.testing.assert_allclose(fast, slow, atol=1e-3 * np.ptp(slow, axis=0).max())


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


@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (30, 20)])
def test_one_piece_is_told_at_once_where_networkx_finds_one(shape, share):
    for seed in range(20):
        present = np.random.default_rng(seed).random(shape) < share
        graph = nx.from_numpy_array(
            np.block(
                [
                    [np.zeros((shape[0],) * 2), present],
                    [present.T, np.zeros((shape[1],) * 2)],
                ]
            )
        )
        pieces = pieces_of_cells(present)
        slow = {frozenset(piece) for piece in nx.connected_components(graph)}
        assert {frozenset(np.flatnonzero(pieces == one)) for one in {*pieces}} == slow
        assert graphs._is_one_piece(present) == (len(slow) == 1)
