"""Geometry of the Atlantis tasks, worked by hand, and how their queries are drawn."""

import numpy as np
import pytest
from tasks import DIRECTIONS, TASKS, Queries, _keys, draw_queries
from world import KM_PER_DEGREE, World, invent_atlantis, spaced_out, to_map

BY_NAME = {task.name: task for task in TASKS}


def truth(name: str, *points: tuple[float, float]) -> float:
    """Truth of one query, given its points."""
    return float(BY_NAME[name].truth(np.array([points], dtype=np.float64))[0])


@pytest.fixture
def small_world() -> World:
    """30 real cities scattered over the map and 8 of Atlantis."""
    scattered = np.random.default_rng(5).uniform((-17e3, -6e3), (17e3, 7e3), (30, 2))
    return World(
        names=tuple(f"city {k}" for k in range(38)),
        groups=("Land",) * 30 + ("Atlantis",) * 8,
        coordinates=np.vstack([scattered, invent_atlantis(8, seed=1)]),
        n_real=30,
    )


def test_one_degree_has_the_same_length_in_both_directions():
    assert to_map(np.array([1.0, -2.0])).tolist() == [KM_PER_DEGREE, -2 * KM_PER_DEGREE]


def test_distance_of_a_3_4_5_triangle():
    assert truth("distance", (1, 1), (4, 5)) == 5.0


def test_area_is_in_millions_of_square_km_and_has_no_sign():
    corners = [(0, 0), (2000, 0), (0, 3000)]
    assert truth("trianglearea", *corners) == 3.0
    assert truth("trianglearea", *corners[::-1]) == 3.0
    assert truth("trianglearea", (0, 0), (1, 1), (2, 2)) == 0.0


@pytest.mark.parametrize(
    ("c", "degrees"),
    [((5, 0), 0), ((5, 5), 45), ((0, -5), 90), ((-1, 0), 180), ((-1, np.sqrt(3)), 120)],
)
def test_angle_is_taken_at_the_second_city(c, degrees):
    assert truth("angle", (1, 0), (0, 0), c) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("step", "direction"),
    [
        ((0, 1), "N"),
        ((1, 1), "NE"),
        ((1, 0), "E"),
        ((1, -1), "SE"),
        ((0, -1), "S"),
        ((-1, -1), "SW"),
        ((-1, 0), "W"),
        ((-1, 1), "NW"),
        ((-0.4, 1), "N"),
        ((0.4, 1), "N"),
        ((0.42, 1), "NE"),
        ((-0.42, 1), "NW"),
        ((-1, 0.4), "W"),
        ((-1, -0.42), "SW"),
    ],
)
def test_compass_sectors_are_centred_on_their_direction(step, direction):
    start = np.array([300.0, -200.0])
    assert DIRECTIONS[int(truth("compass", tuple(start), tuple(start + step)))] == direction


@pytest.mark.parametrize(
    ("p", "expected"),
    [((1, 1), 1), ((3, 3), 0), ((-1, 1), 0), ((2, 0), 0), ((0, 0), 0), ((1.9, 1.9), 1)],
)
def test_inside_whichever_way_the_triangle_turns(p, expected):
    a, b, c = (0, 0), (4, 0), (0, 4)
    assert truth("inside", p, a, b, c) == expected
    assert truth("inside", p, c, b, a) == expected


def test_perimeter_is_the_closed_path_in_the_order_of_the_query():
    assert truth("perimeter", (0, 0), (3, 0), (3, 4), (0, 4)) == 14.0
    assert truth("perimeter", (0, 0), (3, 4), (3, 0), (0, 4)) == pytest.approx(18.0)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        (((0, 0), (2, 2), (0, 2), (2, 0)), 1),
        (((0, 0), (2, 2), (3, 0), (5, 2)), 0),  # parallel
        (((0, 0), (1, 1), (0, 4), (4, 0)), 0),  # the lines cross beyond the end of AB
        (((0, 0), (2, 0), (1, 0), (1, 2)), 0),  # C touches AB
        (((0, 0), (1, 0), (2, 0), (3, 0)), 0),  # on one line
    ],
)
def test_crossing(points, expected):
    a, b, c, d = points
    assert truth("crossing", a, b, c, d) == expected
    assert truth("crossing", b, a, d, c) == expected
    assert truth("crossing", c, d, a, b) == expected


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
@pytest.mark.parametrize("shifted", [False, True])
def test_queries_name_distinct_cities_of_the_right_kind(small_world, task, shifted):
    rng = np.random.default_rng(3)
    queries = draw_queries(task, small_world, 400, shifted=shifted, rng=rng)
    assert queries.cities.shape == (400, task.n_points)
    ordered = np.sort(queries.cities, axis=1)
    assert (ordered[:, 1:] > ordered[:, :-1]).all()
    new = (queries.cities >= small_world.n_real).sum(axis=1)
    if shifted:
        assert set(new) == set(range(1, task.n_points + 1))
    else:
        assert not new.any()
    assert (queries.truth == task.truth(small_world.coordinates[queries.cities])).all()
    if task.n_classes == 2:
        assert queries.truth.mean() == 0.5


def test_the_same_seed_draws_the_same_queries(small_world):
    task = BY_NAME["crossing"]
    first, again, other = (
        draw_queries(task, small_world, 100, shifted=True, rng=np.random.default_rng(seed))
        for seed in (7, 7, 8)
    )
    assert (first.cities == again.cities).all()
    assert (first.cities != other.cities).any()


def test_held_out_cities_are_asked_in_no_order(small_world):
    task = BY_NAME["distance"]
    rng = np.random.default_rng(2)
    held_out = draw_queries(task, small_world, 100, shifted=False, rng=rng)
    queries = draw_queries(task, small_world, 3000, shifted=False, rng=rng, held_out=held_out)
    barred = {frozenset(row) for row in held_out.cities.tolist()}
    assert not barred & {frozenset(row) for row in queries.cities.tolist()}


def test_keys_are_equal_for_the_same_cities_only(small_world):
    keys = _keys(np.array([[1, 2, 37], [37, 1, 2], [1, 2, 36], [0, 2, 37]]), small_world)
    assert keys[0] == keys[1]
    assert len(set(keys.tolist())) == 3


def test_taken_queries_keep_cities_and_truth_together():
    queries = Queries(np.array([[0, 1], [2, 3], [4, 5]]), np.array([0.0, 1.0, 2.0]))
    taken = queries.take(np.array([2, 0]))
    assert taken.cities.tolist() == [[4, 5], [0, 1]]
    assert taken.truth.tolist() == [2.0, 0.0]


def test_spaced_out_prefers_the_first_and_stops_at_the_limit():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0]])
    assert spaced_out(points, spacing=2.0, limit=9) == [0, 2, 3]
    assert spaced_out(points, spacing=2.0, limit=2) == [0, 2]


def test_a_world_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="2 names, 1 groups"):
        World(names=("a", "b"), groups=("x",), coordinates=np.zeros((2, 2)), n_real=1)
    with pytest.raises(ValueError, match="not unique"):
        World(names=("a", "a"), groups=("x", "x"), coordinates=np.zeros((2, 2)), n_real=1)
