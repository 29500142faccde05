"""Rows and columns: hidden, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerics.clustering import Order
from core.transfer.display_order import row_column_order
from tests.dashboard.figures.samples import matrix

SETS = (("distance",), ("angle",), ("distance", "angle"), ("angle", "compass"))
VALUES = np.arange(12, dtype=float).reshape(1, 4, 3) / 10


def pairs():
    return matrix(VALUES, sources=SETS)


def test_as_it_is_nothing_changes():
    found = pairs()
    shown = row_column_order(found)
    assert shown.sources == found.sources
    np.testing.assert_array_equal(shown.of(found).per_seed, found.per_seed)
    assert (shown.hidden_sources, shown.hidden_targets) == ((), ())


def test_a_hidden_source_takes_every_training_set_that_has_it_along():
    shown = row_column_order(
        pairs(), hidden_sources=("distance", "inside"), hidden_targets=("compass",)
    )
    assert shown.sources == (("angle",), ("angle", "compass"))
    assert shown.targets == ("distance", "angle")
    assert (shown.hidden_sources, shown.hidden_targets) == (
        ("distance",),
        ("compass",),
    )
    cut = shown.of(pairs())
    np.testing.assert_allclose(cut.values, [[0.3, 0.4], [0.9, 1.0]])
    assert cut.trained.tolist() == [[False, True], [False, True]]


def test_by_net_givers_come_first_as_sources_and_as_targets():
    net = {"distance": -1.0, "angle": 2.0, "compass": 0.0}
    shown = row_column_order(pairs(), Order.NET, net=net)
    assert shown.targets == ("angle", "compass", "distance")
    # Means: 2, then (2 + 0) / 2 = 1, (-1 + 2) / 2 = 0.5, -1.
    assert shown.sources == (
        ("angle",),
        ("angle", "compass"),
        ("distance", "angle"),
        ("distance",),
    )
    unknown = row_column_order(pairs(), Order.NET, net={"angle": 1.0})
    assert unknown.targets[0] == "angle"
    assert row_column_order(pairs(), Order.NET).sources == SETS, "without nets as in the manifest"


def test_by_clustering_what_is_alike_stands_side_by_side():
    values = [[[0.9, 0.1, 0.9], [0.1, 0.9, 0.1], [0.8, 0.1, 0.9], [0.2, 0.8, 0.1]]]
    shown = row_column_order(matrix(values, sources=SETS), Order.CLUSTER)
    at = {sources: i for i, sources in enumerate(shown.sources)}
    assert abs(at["distance",] - at["distance", "angle"]) == 1
    assert abs(at["angle",] - at["angle", "compass"]) == 1
    assert abs(shown.targets.index("distance") - shown.targets.index("compass")) == 1


@given(
    st.sampled_from(list(Order)),
    st.sets(st.sampled_from(["distance", "angle", "compass"])),
    st.sets(st.sampled_from(["distance", "angle", "compass"])),
)
def test_every_value_keeps_its_labels(order, hidden_sources, hidden_targets):
    found = pairs()
    net = {"distance": 0.5, "angle": -0.5}
    shown = row_column_order(
        found, order, net=net, hidden_sources=hidden_sources, hidden_targets=hidden_targets
    ).of(found)
    for i, sources in enumerate(shown.sources):
        assert not set(sources) & hidden_sources
        for j, target in enumerate(shown.targets):
            was = found.values[SETS.index(sources), found.targets.index(target)]
            assert shown.values[i, j] == pytest.approx(was)
    assert not set(shown.targets) & hidden_targets
    assert len(shown.sources) == sum(not set(s) & hidden_sources for s in SETS)


def test_what_a_matrix_does_not_have_is_left_out_of_it():
    shown = row_column_order(pairs())
    fewer = pairs().take([1, 3], [0, 2])
    assert shown.of(fewer).sources == (("angle",), ("angle", "compass"))
