"""How large and how dense the marks of points are."""

from __future__ import annotations

from dashboard.figures.parts.points import in_a_cloud


def test_marks_of_many_points_are_smaller_and_let_those_behind_through():
    few, more, cloud = (in_a_cloud(count) for count in (49, 300, 2_025))
    assert few["size"] > more["size"] == cloud["size"]
    assert few["opacity"] == more["opacity"] > cloud["opacity"]
