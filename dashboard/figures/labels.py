"""Where the labels of points go: beside them, never on a point or on each other.

Everything is in pixels, y downwards. Same input, same placement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.arrays import FloatArray
from dashboard.figures.grid import text_width

LINE_HEIGHT = 1.25
_DIRECTIONS = tuple(
    (math.cos(math.radians(a)), -math.sin(math.radians(a)))
    for a in (0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248)
)
_RINGS = (3.0, 14.0, 26.0)
LEADER_FROM = 10.0


@dataclass(frozen=True)
class Placed:
    """A label that found a place: of which point, its centre's offset from it, its box.

    far: so far from its point that a thin line should lead there.
    """

    index: int
    dx: float
    dy: float
    box: tuple[float, float, float, float]
    far: bool


def place_labels(
    x: FloatArray,
    y: FloatArray,
    labels: Sequence[str],
    importance: FloatArray,
    *,
    width: float,
    height: float,
    size: float = 11.0,
    radius: float = 5.0,
    most: int | None = None,
) -> list[Placed]:
    """Places for the labels of points, the most important first; who finds none has none.

    x, y: (n,) pixels from the left and the top of a frame of `width` and `height`. radius: of a
    point's mark. most: how many labels at most. Two labels at one height keep the order of their
    points, so they stay apart in a frame that is wider, too.
    """
    order = np.lexsort((np.arange(len(x)), -importance))
    placed: list[Placed] = []
    boxes = np.empty((0, 5))
    for index in order[:most].tolist():
        found = _find(index, x, y, labels[index], boxes, width, height, size, radius)
        if found is not None:
            placed.append(found)
            boxes = np.vstack([boxes, [*found.box, x[index]]])
    return sorted(placed, key=lambda label: label.index)


def _find(
    index: int,
    x: FloatArray,
    y: FloatArray,
    label: str,
    boxes: FloatArray,
    width: float,
    height: float,
    size: float,
    radius: float,
) -> Placed | None:
    half_width = text_width(label, size) / 2 + 1
    half_height = size * LINE_HEIGHT / 2
    here_x, here_y = float(x[index]), float(y[index])
    for ring in _RINGS:
        for cos, sin in _DIRECTIONS:
            # The box touches a circle of the ring's radius around the point.
            dx = cos * (radius + ring + half_width)
            dy = sin * (radius + ring + half_height)
            left, right = here_x + dx - half_width, here_x + dx + half_width
            top, bottom = here_y + dy - half_height, here_y + dy + half_height
            if left < 0 or top < 0 or right > width or bottom > height:
                continue
            if _hits_points(index, x, y, left, top, right, bottom, radius):
                continue
            if _hits_boxes(here_x, left, top, right, bottom, boxes):
                continue
            return Placed(index, dx, dy, (left, top, right, bottom), ring >= LEADER_FROM)
    return None


def _hits_points(
    index: int,
    x: FloatArray,
    y: FloatArray,
    left: float,
    top: float,
    right: float,
    bottom: float,
    radius: float,
) -> bool:
    level = (y + radius > top) & (y - radius < bottom)
    here = x[index]
    apart = np.where(
        x > here, x - radius >= right, np.where(x < here, x + radius <= left, False)
    ) | ((x == here) & ((x - radius >= right) | (x + radius <= left)))
    hit = level & ~apart
    return bool(hit.any())


def _hits_boxes(
    here: float, left: float, top: float, right: float, bottom: float, boxes: FloatArray
) -> bool:
    if not len(boxes):
        return False
    level = (boxes[:, 3] > top) & (boxes[:, 1] < bottom)
    before, after = boxes[:, 2] <= left, boxes[:, 0] >= right
    anchor = boxes[:, 4]
    apart = np.where(anchor > here, after, np.where(anchor < here, before, before | after))
    return bool((level & ~apart).any())
