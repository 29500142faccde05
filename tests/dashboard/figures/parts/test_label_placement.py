"""Labels never lie on a point or on each other, in this frame or in a wider one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.figures.parts.label_placement import MARK, SQUARE, place_labels

WIDTH, HEIGHT = 360.0, 300.0
RADIUS = MARK / 2 + 0.5

points = st.lists(
    st.tuples(
        st.floats(0, 1).map(lambda v: round(v, 3)), st.floats(0, 1).map(lambda v: round(v, 3))
    ),
    min_size=1,
    max_size=45,
)


def placed_at(shares, width, labels=None):
    x = np.array([share for share, _ in shares]) * WIDTH
    y = np.array([share for _, share in shares]) * HEIGHT
    names = labels or [f"T{i}→Co" for i in range(len(shares))]
    placed = place_labels(x, y, names, np.zeros(len(x)), width=WIDTH, height=HEIGHT)
    # The frame is `width` wide after all: points move apart, offsets stay.
    stretched = x * width / WIDTH
    moved = [
        (p.index, p.box[0] + d, p.box[1], p.box[2] + d, p.box[3])
        for p in placed
        for d in [stretched[p.index] - x[p.index]]
    ]
    return stretched, y, moved


@settings(max_examples=60, deadline=None)
@given(points, st.sampled_from([WIDTH, 500.0, 1100.0]))
def test_no_label_overlaps_another_or_a_point(shares, width):
    x, y, boxes = placed_at(shares, width)
    slack = 1e-6
    for at, (_, left, top, right, bottom) in enumerate(boxes):
        assert left >= -slack
        assert right <= width + slack
        assert top >= -slack
        assert bottom <= HEIGHT + slack
        for _, other_left, other_top, other_right, other_bottom in boxes[at + 1 :]:
            assert (
                right <= other_left + slack
                or other_right <= left + slack
                or bottom <= other_top + slack
                or other_bottom <= top + slack
            )
        inside = (
            (x + RADIUS > left + slack)
            & (x - RADIUS < right - slack)
            & (y + RADIUS > top + slack)
            & (y - RADIUS < bottom - slack)
        )
        assert not inside.any()


@settings(max_examples=20, deadline=None)
@given(points)
def test_the_same_points_are_placed_the_same_way(shares):
    assert placed_at(shares, WIDTH)[2] == placed_at(shares, WIDTH)[2]


def test_spread_points_all_have_labels_beside_them():
    shares = [(0.2 * i + 0.1, 0.2 * j + 0.1) for i in range(5) for j in range(5)]
    _, _, boxes = placed_at(shares, WIDTH)
    assert len(boxes) == 25


def test_the_most_important_is_placed_and_the_least_is_dropped():
    x = y = np.full(40, 150.0)
    importance = np.arange(40.0)
    placed = place_labels(x, y, ["X→Y"] * 40, importance, width=WIDTH, height=HEIGHT)
    assert 0 < len(placed) < 40
    assert {p.index for p in placed} == set(range(40 - len(placed), 40))
    few = place_labels(x, y, ["X→Y"] * 40, importance, width=WIDTH, height=HEIGHT, most=3)
    assert {p.index for p in few} == {37, 38, 39}


def test_a_name_fits_between_points_that_are_small():
    x, y = np.array([100.0, 158.0]), np.full(2, 150.0)
    names = ["T1→Co", ""]
    first, second = (
        place_labels(x, y, names, np.ones(2), width=WIDTH, height=HEIGHT, mark=mark, most=1)[0]
        for mark in (4.0, 20.0)
    )
    assert first.dx > 0 == first.dy
    assert first.box[2] <= x[1] - 2.5
    assert (second.dx, second.dy) != (first.dx, first.dy)
    assert second.dx < 0 or second.dy != 0


def test_a_label_keeps_off_lines_unless_there_is_no_other_place():
    x, y = np.array([180.0]), np.array([150.0])
    line = np.column_stack([np.arange(100.0, 360.0, 3), np.full(87, 150.0)])
    placed = place_labels(x, y, ["A→P"], np.zeros(1), width=WIDTH, height=HEIGHT, avoid=line)[0]
    assert placed.box[3] <= 148 or placed.box[1] >= 152
    wall = np.stack(np.meshgrid(np.arange(0, 360, 3.0), np.arange(0, 300, 3.0)), -1).reshape(-1, 2)
    (over,) = place_labels(x, y, ["A→P"], np.zeros(1), width=WIDTH, height=HEIGHT, avoid=wall)
    assert over.over
    assert not placed.over


def crosses(one, other):
    """Two lines (from, to) that run through each other."""

    def turn(a, b, c):
        return np.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

    (a, b), (c, d) = one, other
    return turn(a, b, c) != turn(a, b, d) and turn(c, d, a) != turn(c, d, b)


@settings(max_examples=15, deadline=None)
@given(points, st.sampled_from([wide for wide, high in SQUARE if wide == high]))
def test_leaders_cross_no_label_no_line_and_not_each_other_in_a_larger_square(shares, larger):
    side = 300.0
    x, y = np.array(shares).T * side
    diagonal = np.column_stack([np.linspace(0, side, 80), np.linspace(side, 0, 80)])
    placed = place_labels(
        x,
        y,
        [f"T{i}→Co" for i in range(len(x))],
        np.zeros(len(x)),
        width=side,
        height=side,
        avoid=diagonal,
        stretches=SQUARE,
        corners=("first better", "second better"),
    )
    lines = {"diagonal": (diagonal[0] * larger, diagonal[-1] * larger)}
    boxes = {}
    for label in placed:
        at = np.array([x[label.index], y[label.index]])
        move = at * (larger - 1)
        boxes[label.index] = np.array(label.box).reshape(2, 2) + move
        if label.far:
            way = np.array([label.dx, label.dy])
            start = at * larger + way * 6 / np.hypot(*way)
            lines[label.index] = (start, at * larger + way)
    for name, line in lines.items():
        for other, second in lines.items():
            assert name == other or not crosses(line, second)
        if name == "diagonal":
            continue
        for other, (low, high) in boxes.items():
            corners = [low, (high[0], low[1]), high, (low[0], high[1])]
            for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
                assert name == other or not crosses(line, (a, b))
    for at, (low, high) in boxes.items():
        for other, (other_low, other_high) in boxes.items():
            assert (
                at == other or (high <= other_low + 1e-6).any() or (other_high <= low + 1e-6).any()
            )
