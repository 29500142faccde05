from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from core.numerics.arborescence import spanning_arborescence
from tests.steps import steps


@pytest.mark.parametrize("size", [1.0, 1e-300, 1e300])
def test_the_arborescence_is_that_of_networkx(size):
    for seed in range(60):
        draw = np.random.default_rng(seed)
        n = int(draw.integers(2, 12))
        weights = draw.normal(size=(n, n))
        weights[draw.random((n, n)) < draw.choice([0.0, 0.3, 0.8])] = np.nan
        graph = nx.DiGraph()
        graph.add_nodes_from(range(n))
        known = [(i, j) for i, j in np.argwhere(np.isfinite(weights)).tolist() if i != j]
        graph.add_weighted_edges_from((i, j, weights[i, j]) for i, j in known)
        try:
            best = sorted(nx.maximum_spanning_arborescence(graph).edges)
        except nx.NetworkXException:
            best = []
        assert list(spanning_arborescence(size * weights)) == best


def test_of_equal_edges_the_sum_is_the_best():
    for seed in range(40):
        draw = np.random.default_rng(seed)
        n = int(draw.integers(2, 14))
        weights = draw.integers(0, 3, size=(n, n)).astype(float)
        graph = nx.DiGraph()
        graph.add_weighted_edges_from(
            (i, j, weights[i, j]) for i in range(n) for j in range(n) if i != j
        )
        best = nx.maximum_spanning_arborescence(graph)
        found = spanning_arborescence(weights)
        assert nx.is_arborescence(nx.DiGraph(found))
        assert sum(weights[edge] for edge in found) == best.size(weight="weight")


def test_steps_of_hundreds_of_cycles_grow_at_most_with_the_edges():
    # Everybody's best parent has another best parent: hundreds of cycles.
    weights = np.random.default_rng(0).normal(size=(400, 400))
    found = spanning_arborescence(weights + weights.T)
    assert len(found) == 399
    assert nx.is_arborescence(nx.DiGraph(found))
    half = weights[:200, :200]
    took = [steps(lambda w=w: spanning_arborescence(w + w.T)) for w in (half, weights)]
    assert took[1] < 6 * took[0]
