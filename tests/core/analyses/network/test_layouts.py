"""Layouts of the graph: within the unit square, and each by what it is called after."""

from __future__ import annotations

import numpy as np
import pytest

from core.analyses.network.layouts import GraphLayout, positions
from tests.core.analyses.network.test_build import graph_of


def random_graph(size):
    return graph_of(np.random.default_rng(size).uniform(-0.2, 1, (size, size)))


@pytest.mark.parametrize("layout", GraphLayout)
@pytest.mark.parametrize("size", [2, 3, 7, 25])
def test_all_tasks_stand_apart_within_the_unit_square(layout, size):
    at = positions(random_graph(size), layout)
    assert at.shape == (size, 2)
    assert at.min() >= 0
    assert at.max() <= 1
    assert len({tuple(place) for place in np.round(at, 6)}) == size
    assert np.array_equal(at, positions(random_graph(size), layout))


def test_the_greatest_giver_is_on_top_and_layers_go_by_net():
    graph = random_graph(9)
    nets = np.array([node.net for node in graph.nodes])
    assert positions(graph, GraphLayout.CIRCLE)[:, 1].argmax() == nets.argmax()
    height = positions(graph, GraphLayout.LAYERS)[:, 1]
    assert len(set(height)) == 3
    assert np.all(np.diff(height[np.argsort(-nets)]) <= 0)


def test_an_undefined_net_comes_last():
    graph = graph_of([[1.0, 0.8, 0.3], [0.1, 1.0, np.nan], [0.2, np.nan, 1.0]])
    assert np.isfinite(positions(graph, GraphLayout.LAYERS)).all()
