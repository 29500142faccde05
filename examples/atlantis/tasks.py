"""The seven geometry tasks: what is asked, what is true, how questions are drawn.

A query is a row of city indices. Its truth follows from the coordinates alone. Needs only numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from world import World

DIRECTIONS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
"""Classes of the compass task, clockwise from north, 45 degrees each, centred on the direction."""


def distance(points: np.ndarray) -> np.ndarray:
    """Length of the segment AB. points: (n, 2, 2) km -> (n,) km."""
    return np.linalg.norm(points[:, 1] - points[:, 0], axis=-1)


def triangle_area(points: np.ndarray) -> np.ndarray:
    """Area of the triangle ABC. points: (n, 3, 2) km -> (n,) 10^6 km^2, not negative."""
    return np.abs(_turn(points[:, 0], points[:, 1], points[:, 2])) / 2.0 / 1e6


def angle(points: np.ndarray) -> np.ndarray:
    """Angle at B between BA and BC. points: (n, 3, 2) -> (n,) degrees in [0, 180]."""
    to_a = points[:, 0] - points[:, 1]
    to_c = points[:, 2] - points[:, 1]
    # arctan2 of cross and dot product keeps its precision near 0 and 180, where arccos loses it.
    cross = to_a[:, 0] * to_c[:, 1] - to_a[:, 1] * to_c[:, 0]
    return np.degrees(np.arctan2(np.abs(cross), np.sum(to_a * to_c, axis=-1)))


def compass(points: np.ndarray) -> np.ndarray:
    """Direction from A to B. points: (n, 2, 2) -> (n,) index into DIRECTIONS, as float64."""
    east, north = (points[:, 1] - points[:, 0]).T
    bearing = np.degrees(np.arctan2(east, north))
    return np.floor((bearing + 22.5) / 45.0) % 8


def inside(points: np.ndarray) -> np.ndarray:
    """Is P in the triangle ABC? points: (n, 4, 2) as P, A, B, C -> (n,) 1.0 or 0.0.

    P on an edge counts as outside.
    """
    p, a, b, c = (points[:, index] for index in range(4))
    turns = np.stack([_turn(a, b, p), _turn(b, c, p), _turn(c, a, p)])
    return ((turns > 0).all(axis=0) | (turns < 0).all(axis=0)).astype(np.float64)


def perimeter(points: np.ndarray) -> np.ndarray:
    """Length of the closed path A, B, C, D, A. points: (n, 4, 2) km -> (n,) km."""
    return np.linalg.norm(points - np.roll(points, -1, axis=1), axis=-1).sum(axis=-1)


def crossing(points: np.ndarray) -> np.ndarray:
    """Do the segments AB and CD cross? points: (n, 4, 2) -> (n,) 1.0 or 0.0.

    Touching at an end does not count as crossing.
    """
    a, b, c, d = (points[:, index] for index in range(4))
    separated_by_ab = _turn(a, b, c) * _turn(a, b, d) < 0
    separated_by_cd = _turn(c, d, a) * _turn(c, d, b) < 0
    return (separated_by_ab & separated_by_cd).astype(np.float64)


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the signed area of the triangles ABC, (n,): positive where A, B, C turn left."""
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])


@dataclass(frozen=True)
class GeometryTask:
    """One kind of question about `n_points` cities.

    truth: points (n, n_points, 2) in km -> (n,) in `unit`, or the class index as float64.
    n_classes: 0 where the answer is a quantity.
    root: the network learns the square root of the quantity (areas spread over many decades).
    """

    name: str
    label: str
    color: str
    n_points: int
    truth: Callable[[np.ndarray], np.ndarray]
    unit: str = ""
    n_classes: int = 0
    root: bool = False

    @property
    def metric(self) -> str:
        """``accuracy`` for classes, ``error`` (mean absolute, in `unit`) for quantities."""
        return "accuracy" if self.n_classes else "error"


TASKS = (
    GeometryTask("distance", "D", "#D86756", 2, distance, unit="km"),
    GeometryTask("trianglearea", "T", "#925CB1", 3, triangle_area, unit="10^6 km^2", root=True),
    GeometryTask("angle", "A", "#5F9FD9", 3, angle, unit="degrees"),
    GeometryTask("compass", "Co", "#E9A947", 2, compass, n_classes=8),
    GeometryTask("inside", "I", "#4C5B6C", 4, inside, n_classes=2),
    GeometryTask("perimeter", "P", "#58B99D", 4, perimeter, unit="km"),
    GeometryTask("crossing", "Cr", "#5E7A1F", 4, crossing, n_classes=2),
)
"""All tasks in the order of the manifest."""

TASK_NAMES = tuple(task.name for task in TASKS)


@dataclass(frozen=True)
class Queries:
    """Questions of one task and their answers.

    cities: (n, n_points) int64 indices into the world; the cities of one query differ.
    truth: (n,) float64, in the task's unit or a class index.
    """

    cities: np.ndarray
    truth: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, rows: np.ndarray | slice) -> Queries:
        """The queries of these rows, in this order."""
        return Queries(self.cities[rows], self.truth[rows])


def draw_queries(
    task: GeometryTask,
    world: World,
    n: int,
    *,
    shifted: bool,
    rng: np.random.Generator,
    held_out: Queries | None = None,
) -> Queries:
    """Draw `n` queries of a task.

    Standard queries have real cities only. In a shifted query one or more cities, at random
    places of the query, are from Atlantis: each number from one to all is equally likely.
    Yes-or-no tasks get equally many of both answers, since most triangles miss most points.
    No query has the same set of cities as one in `held_out`, in any order.
    """
    barred = _keys(held_out.cities, world) if held_out is not None else np.empty(0, np.int64)
    answers = range(2) if task.n_classes == 2 else (None,)
    wanted = {answer: len(range(k, n, len(answers))) for k, answer in enumerate(answers)}
    parts: dict[int | None, list[Queries]] = {answer: [] for answer in answers}
    while any(wanted.values()):
        found = _candidates(task, world, max(4 * n, 1000), shifted=shifted, rng=rng)
        found = found.take(~np.isin(_keys(found.cities, world), barred))
        for answer in answers:
            matching = found if answer is None else found.take(found.truth == answer)
            parts[answer].append(matching.take(slice(0, wanted[answer])))
            wanted[answer] -= len(parts[answer][-1])
    drawn = [part for answer in answers for part in parts[answer]]
    order = rng.permutation(n)
    return Queries(
        np.concatenate([part.cities for part in drawn])[order],
        np.concatenate([part.truth for part in drawn])[order],
    )


def _candidates(
    task: GeometryTask, world: World, n: int, *, shifted: bool, rng: np.random.Generator
) -> Queries:
    """About `n` queries as they come, those that name a city twice left out."""
    cities = rng.choice(world.real, size=(n, task.n_points))
    if shifted:
        n_new = rng.integers(1, task.n_points + 1, size=(n, 1))
        place = rng.random((n, task.n_points)).argsort(axis=1)
        cities = np.where(place < n_new, rng.choice(world.atlantis, size=cities.shape), cities)
    ordered = np.sort(cities, axis=1)
    cities = cities[(ordered[:, 1:] != ordered[:, :-1]).all(axis=1)]
    return Queries(cities, task.truth(world.coordinates[cities]))


def _keys(cities: np.ndarray, world: World) -> np.ndarray:
    """One integer per set of cities, (n,) int64: equal for two orders of the same cities."""
    weights = world.n_cities ** np.arange(cities.shape[1], dtype=np.int64)
    return np.sort(cities, axis=1) @ weights
