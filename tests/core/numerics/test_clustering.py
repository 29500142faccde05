from __future__ import annotations

import numpy as np
import pytest

from core.numerics.clustering import (
    UNTANGLED_UP_TO,
    cluster,
    cluster_by_profile,
    cluster_by_similarity,
    order_by_net,
)

NAN = np.nan


def points(*places):
    """Distances of points on a line: average linkage on them can be worked out by hand."""
    at = np.array(places, dtype=float)
    return np.abs(at[:, None] - at)


def test_average_linkage_by_hand():
    # 0 and 1 join at 1; 10 and 13 at 3; then (10 + 13 + 9 + 12) / 4 = 11.
    tree = cluster(points(0, 10, 1, 13))
    assert tree.order.tolist() in ([0, 2, 1, 3], [3, 1, 2, 0])
    assert tree.height[:, 1].tolist() == [1.0, 3.0, 11.0]
    assert tree.height.tolist()[2] == [1.0, 11.0, 11.0, 3.0][:: 1 if tree.order[0] == 0 else -1]
    assert sorted(tree.along[:2].tolist()) == [[0, 0, 1, 1], [2, 2, 3, 3]]
    assert tree.along[2].tolist() == [0.5, 0.5, 2.5, 2.5]
    assert tree.leaves == 4


def test_neighbours_are_as_alike_as_the_tree_allows():
    order = cluster(points(5, 0, 9, 1, 8)).order
    places = np.array([5, 0, 9, 1, 8])[order]
    assert places.tolist() in ([0, 1, 5, 8, 9], [9, 8, 5, 1, 0])


def test_the_same_input_gives_the_same_tree():
    draw = np.random.default_rng(3)
    values = np.corrcoef(draw.normal(size=(30, 50)))
    one, other = cluster_by_similarity(values), cluster_by_similarity(values.copy())
    assert one.order.tolist() == other.order.tolist()
    np.testing.assert_array_equal(one.along, other.along)
    assert sorted(one.order.tolist()) == list(range(30))


def test_brackets_stand_on_their_children():
    draw = np.random.default_rng(4)
    tree = cluster(points(*draw.uniform(size=12)))
    assert tree.along.shape == tree.height.shape == (11, 4)
    assert (tree.height[:, 1] == tree.height[:, 2]).all()
    assert (tree.height[:, [0, 3]] <= tree.height[:, [1, 2]]).all()
    assert (np.diff(tree.height[:, 1]) >= 0).all()
    assert (tree.along[:, 0] < tree.along[:, 3]).all()


def test_an_unknown_distance_neither_joins_nor_parts():
    away = points(0, 1, 10, 11)
    away[0, 2] = away[2, 0] = NAN
    tree = cluster(away)
    assert {frozenset(tree.order[:2].tolist()), frozenset(tree.order[2:].tolist())} == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }
    # Known: 1, 11, 9, 10, 1 in both orders, their mean stands in: (6.4 + 11 + 9 + 10) / 4.
    assert tree.height[-1, 1] == pytest.approx((32 / 5 + 11 + 9 + 10) / 4)


def test_a_row_nothing_is_known_of_comes_last_and_is_no_leaf():
    away = points(0, 7, 1)
    away[1] = away[:, 1] = NAN
    tree = cluster(away)
    assert tree.order.tolist()[2] == 1
    assert tree.leaves == 2
    assert len(tree.height) == 1


@pytest.mark.parametrize("size", [0, 1, 2])
def test_nothing_known_at_all_keeps_the_order(size):
    tree = cluster(np.full((size, size), NAN))
    assert tree.order.tolist() == list(range(size))
    assert tree.height.shape == tree.along.shape == (0, 4)


def test_the_diagonal_is_not_used():
    values = np.array([[NAN, 0.9, 0.1], [0.9, 0.4, 0.2], [0.1, 0.2, NAN]])
    tree = cluster_by_similarity(values)
    assert tree.height[:, 1].tolist() == pytest.approx([0.1, 0.85])


def test_debiased_similarity_below_zero_is_far():
    values = np.array([[1, 0.5, -0.2], [0.5, 1, -0.1], [-0.2, -0.1, 1]])
    assert cluster_by_similarity(values).height[-1, 1] == pytest.approx(1.15)


def test_profiles_are_compared_over_the_columns_both_have():
    rows = np.array([[1.0, 2.0, NAN], [9.0, 9.0, 9.0], [1.0, NAN, 5.0], [NAN, NAN, NAN]])
    tree = cluster_by_profile(rows)
    assert set(tree.order[:3].tolist()) == {0, 1, 2}
    assert tree.order[3] == 3
    assert tree.height[0, 1] == pytest.approx(0.0, abs=1e-7)
    # Row 1 to row 0: √((64 + 49) / 2); to row 2: √((64 + 16) / 2); linkage takes their mean.
    assert tree.height[1, 1] == pytest.approx((np.sqrt(113 / 2) + np.sqrt(80 / 2)) / 2)


def test_profiles_by_hand_are_root_mean_squares():
    draw = np.random.default_rng(5)
    rows = draw.normal(size=(2, 6)) * 1e3
    expected = np.sqrt(np.mean((rows[0] - rows[1]) ** 2))
    assert cluster_by_profile(rows).height[0, 1] == pytest.approx(expected)


def test_many_leaves_are_clustered_too():
    draw = np.random.default_rng(6)
    size = UNTANGLED_UP_TO + 10
    tree = cluster(points(*draw.uniform(size=size)))
    assert sorted(tree.order.tolist()) == list(range(size))


def test_by_net_the_greatest_giver_first_unknown_last_ties_as_they_were():
    sets = [("a",), ("b",), ("c",), ("a", "b"), ("d",), ("e",)]
    net = {"a": -1.0, "b": 2.0, "c": 2.0, "e": float("nan")}
    assert order_by_net(sets, net).tolist() == [1, 2, 3, 0, 4, 5]
    assert order_by_net([], net).tolist() == []
