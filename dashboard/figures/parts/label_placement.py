"""Where the labels of points go: beside them, never on a point or on each other.

Everything is in pixels, y downwards. Same input, same placement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.numerics.arrays import FloatArray
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape

LINE_HEIGHT = 1.25
LABEL_SIZE = 11
# Right, left, above, below; then the corners; then what lies between.
_ANGLES = (0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248)
_RINGS = (3.0, 14.0, 26.0, 40.0)
LEADER_FROM = 10.0


@dataclass(frozen=True)
class PlacedLabel:
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
    avoid: FloatArray | None = None,
) -> list[PlacedLabel]:
    """Places for the labels of points, the most important first; who finds none has none.

    x, y: (n,) pixels from the left and the top of a frame of `width` and `height`. radius: of a
    point's mark. most: how many labels at most. avoid: (m, 2) further places, 2 pixels around
    each, where a label goes only if it finds no other place.

    Two labels at one height keep the order of their points, so they stay apart in a frame that
    is wider, too.
    """
    order = np.lexsort((np.arange(len(x)), -importance))
    placed: list[PlacedLabel] = []
    boxes = np.empty((0, 5))
    points = np.column_stack([x, y, np.full(len(x), radius)])
    marks = points
    if avoid is not None:
        marks = np.vstack([points, np.column_stack([avoid, np.full(len(avoid), 2.0)])])
    for index in order[:most].tolist():
        found = _find(index, marks, labels[index], boxes, width, height, size)
        if found is None and len(marks) > len(points):
            found = _find(index, points, labels[index], boxes, width, height, size)
        if found is not None:
            placed.append(found)
            boxes = np.vstack([boxes, [*found.box, x[index]]])
            if found.far:
                leader = _leader(float(x[index]), float(y[index]), found.dx, found.dy)
                marks = np.vstack([marks, np.column_stack([leader, np.ones(len(leader))])])
    return sorted(placed, key=lambda label: label.index)


def label_annotations(
    x: FloatArray,
    y: FloatArray,
    names: Sequence[str],
    importance: FloatArray,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    inner: tuple[int, int],
    theme: Theme,
    *,
    most: int | None,
    size: int = LABEL_SIZE,
    avoid: FloatArray | None = None,
    mark: float = 9.0,
) -> list[dict[str, Any]]:
    """Annotations that name points, the most important first; who finds no place has none.

    x, y: (n,) data, shown in these ranges in a frame of `inner` (width, height) pixels. most: how
    many labels at most. avoid: (m, 2) further places in data. mark: a point's size in pixels. size:
    of the letters, where no canvas says another.
    """

    def in_pixels(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return (
            (x - x_range[0]) / (x_range[1] - x_range[0]) * inner[0],
            (y_range[1] - y) / (y_range[1] - y_range[0]) * inner[1],
        )

    if theme.canvas is not None and theme.canvas.labels is not None:
        size = theme.canvas.labels
    placed = place_labels(
        *in_pixels(x, y),
        names,
        importance,
        width=inner[0],
        height=inner[1],
        size=size,
        most=most,
        avoid=None if avoid is None else np.column_stack(in_pixels(*avoid.T)),
    )
    return [
        {
            "name": "label",
            "x": float(x[label.index]),
            "y": float(y[label.index]),
            "text": escape(names[label.index]),
            "font": {"size": size, "color": theme.text},
            "borderpad": 0,
            "xanchor": "center",
            "yanchor": "middle",
            **(
                {
                    "showarrow": True,
                    "arrowhead": 0,
                    "arrowwidth": 0.75,
                    "arrowcolor": theme.muted,
                    "standoff": mark / 2 + 1,
                    "ax": label.dx,
                    "ay": label.dy,
                }
                if label.far
                else {"showarrow": False, "xshift": label.dx, "yshift": -label.dy}
            ),
        }
        for label in placed
    ]


def _find(
    index: int,
    marks: FloatArray,
    label: str,
    boxes: FloatArray,
    width: float,
    height: float,
    size: float,
) -> PlacedLabel | None:
    half_width = text_width(label, size) / 2 + 1
    half_height = size * LINE_HEIGHT / 2
    here_x, here_y, radius = marks[index].tolist()
    for ring in _RINGS:
        for angle in _ANGLES:
            dx, dy = _offset(angle, radius + ring, half_width, half_height)
            left, right = here_x + dx - half_width, here_x + dx + half_width
            top, bottom = here_y + dy - half_height, here_y + dy + half_height
            if left < 0 or top < 0 or right > width or bottom > height:
                continue
            if _hits_marks(here_x, left, top, right, bottom, marks):
                continue
            if _hits_boxes(here_x, left, top, right, bottom, boxes):
                continue
            far = ring >= LEADER_FROM
            if far and _crosses(_leader(here_x, here_y, dx, dy), boxes, marks):
                continue
            return PlacedLabel(index, dx, dy, (left, top, right, bottom), far)
    return None


def _leader(x: float, y: float, dx: float, dy: float) -> FloatArray:
    """(m, 2) places on the line from a point to its label's centre, a few pixels apart."""
    along = np.linspace(0.0, 1.0, max(2, round(math.hypot(dx, dy) / 3)))
    return np.column_stack([x + along * dx, y + along * dy])


def _crosses(leader: FloatArray, boxes: FloatArray, marks: FloatArray) -> bool:
    """A line runs through a label, or through a mark it does not begin on."""
    others = marks[np.hypot(*(marks[:, :2] - leader[0]).T) > marks[:, 2]]
    x, y = leader[:, :1], leader[:, 1:]
    if bool((np.hypot(x - others[:, 0], y - others[:, 1]) < others[:, 2]).any()):
        return True
    inside = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
    return bool(inside.any())


def _offset(angle: int, reach: float, half_width: float, half_height: float) -> tuple[float, float]:
    """Centre of a box that lies in that direction (degrees, 90 = up) and touches the circle."""
    cos, sin = math.cos(math.radians(angle)), -math.sin(math.radians(angle))
    if angle % 90 == 45:
        # At the corners the whole box is beyond the point, free of what crosses there.
        return cos * reach + math.copysign(half_width, cos), sin * reach + math.copysign(
            half_height, sin
        )
    return cos * (reach + half_width), sin * (reach + half_height)


def _hits_marks(
    here: float, left: float, top: float, right: float, bottom: float, marks: FloatArray
) -> bool:
    x, y, radius = marks.T
    level = (y + radius > top) & (y - radius < bottom)
    before, after = x + radius <= left, x - radius >= right
    apart = np.where(x > here, after, np.where(x < here, before, before | after))
    return bool((level & ~apart).any())


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
