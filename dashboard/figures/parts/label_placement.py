"""Where the labels of points go: beside them, never on a point or on each other.

Everything is in pixels, y downwards. Same input, same placement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray
from core.numerics.interrupt import breathe
from dashboard.figures.parts.colors import translucent
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape

LINE_HEIGHT = 1.25
LABEL_SIZE = 11
MARK = 9.0
"""Pixels across a point, where nothing else is told; half a pixel around it stays free."""
# Right, left, above, below; then the corners; then what lies between.
_ANGLES = (0, 180, 90, 270, 45, 135, 315, 225, 22, 158, 338, 202, 68, 112, 292, 248)
_RINGS = (3.0, 14.0, 26.0, 40.0)
_SLANT_RINGS = (3.0, 14.0, 26.0, 40.0, 56.0, 74.0, 94.0, 116.0)
"""Pixels from a point's edge to its label; the second where lines leave little room."""
LEADER_FROM = 10.0

Stretches = tuple[tuple[float, float], ...]
"""How many times as wide and as high as asked for a frame may be on the page."""
AS_ASKED: Stretches = ((1.0, 1.0),)
WIDER: Stretches = tuple((wide, 1.0) for wide in (1.0, 1.2, 1.5, 1.9, 2.4, 3.0))
SQUARE: Stretches = (
    *((both, both) for both in (1.0, 1.15, 1.3, 1.45, 1.6, 1.8, 2.0)),
    # On a phone the legend above has two lines.
    (1.0, 0.87),
)


@dataclass(frozen=True)
class PlacedLabel:
    """A label that found a place: of which point, its centre's offset from it, its box.

    far: so far from its point that a thin line should lead there. over: it lies on the line that
    labels avoid.
    """

    index: int
    dx: float
    dy: float
    box: tuple[float, float, float, float]
    far: bool
    over: bool = False


@dataclass
class _Frame:
    """One of the frames that labels have to be apart in.

    marks: (m, 3) places and their radius. lines: (k, 4) what no leader crosses. boxes: (b, 5)
    left, top, right, bottom of what is placed, and where its point is. leaders: (l, 4) from, to.
    """

    width: float
    height: float
    points: FloatArray
    marks: FloatArray
    lines: FloatArray
    boxes: FloatArray
    leaders: FloatArray


def place_labels(
    x: FloatArray,
    y: FloatArray,
    labels: Sequence[str],
    importance: FloatArray,
    *,
    width: float,
    height: float,
    size: float = 11.0,
    most: int | None = None,
    avoid: FloatArray | None = None,
    stretches: Stretches = WIDER,
    corners: tuple[str, str] | None = None,
    mark: float = MARK,
    slant: bool = False,
) -> list[PlacedLabel]:
    """Places for the labels of points, the most important first; who finds none has none.

    x, y: (n,) pixels from the left and the top of a frame of `width` and `height`. most: how
    many labels at most. avoid: (m, 2) a line that no leader crosses, broken at NaN; a label lies
    within 2 pixels of its places only if it finds no other place. corners: texts that stand at
    the top left and at the bottom right.

    Offsets stay while points move apart in a frame that is larger: a place is taken only if it is
    free in each of `stretches`. Two labels at one height keep the order of their points, so they
    stay apart at every width. mark: a point's size in pixels. slant: a name that finds no place
    otherwise stands farther off, and its leader may cross the line at a slant.
    """
    radius = mark / 2 + 0.5
    frames = [
        _frame(x, y, radius, avoid, (width, height), stretch, corners, size)
        for stretch in stretches
    ]
    order = np.lexsort((np.arange(len(x)), -importance))
    placed: list[PlacedLabel] = []
    for index in order[:most].tolist():
        breathe()
        found = _find(index, frames, labels[index], size, keep_off=True)
        if found is None and avoid is not None:
            found = _find(index, frames, labels[index], size, keep_off=False, slant=slant)
        if found is None:
            continue
        placed.append(found)
        for frame in frames:
            here_x, here_y, _ = frame.points[index].tolist()
            move = here_x - float(x[index]), here_y - float(y[index])
            box = [side + move[at % 2] for at, side in enumerate(found.box)]
            frame.boxes = np.vstack([frame.boxes, [*box, here_x]])
            if found.far:
                end = [here_x, here_y, here_x + found.dx, here_y + found.dy]
                frame.leaders = np.vstack([frame.leaders, end])
    return sorted(placed, key=lambda label: label.index)


def _frame(
    x: FloatArray,
    y: FloatArray,
    radius: float,
    avoid: FloatArray | None,
    asked: tuple[float, float],
    stretch: tuple[float, float],
    corners: tuple[str, str] | None,
    size: float,
) -> _Frame:
    (width, height), (wide, high) = asked, stretch
    points = np.column_stack([x * wide, y * high, np.full(len(x), radius)])
    line = np.empty((0, 2)) if avoid is None else avoid * (wide, high)
    lines = np.hstack([line[:-1], line[1:]])
    boxes = np.empty((0, 5))
    if corners is not None:
        right, bottom = width * wide, height * high
        room = size * LINE_HEIGHT + 8
        first, second = (text_width(text, size + 1) + 8 for text in corners)
        boxes = np.array(
            [
                [0.0, 0.0, first, room, -math.inf],
                [right - second, bottom - room, right, bottom, math.inf],
            ]
        )
    return _Frame(
        width * wide,
        height * high,
        points,
        np.vstack([points, np.column_stack([line, np.full(len(line), 2.0)])]),
        lines[np.isfinite(lines).all(axis=1)],
        boxes,
        np.empty((0, 4)),
    )


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
    mark: float = MARK,
    stretches: Stretches = WIDER,
    corners: tuple[str, str] | None = None,
    slant: bool = False,
) -> list[dict[str, Any]]:
    """Annotations that name points, the most important first; who finds no place has none.

    x, y: (n,) data, shown in these ranges in a frame of `inner` (width, height) pixels. most: how
    many labels at most. avoid: (m, 2) a line in data, broken at NaN. mark: a point's size in
    pixels. size: of the letters, where no canvas says another. stretches, corners, slant: as of
    `place_labels`; a canvas has the size it says.
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
        stretches=stretches if theme.canvas is None else AS_ASKED,
        corners=corners,
        mark=mark,
        slant=slant,
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
            # A line behind a name would strike it out.
            **({"bgcolor": translucent(theme.background, 0.75)} if label.over else {}),
            **_beside_its_point(label, theme, standoff=mark / 2 + 1),
        }
        for label in placed
    ]


def _beside_its_point(label: PlacedLabel, theme: Theme, *, standoff: float) -> dict[str, Any]:
    """Where an annotation stands, with a thin line to its point where that is far."""
    if not label.far:
        return {"showarrow": False, "xshift": label.dx, "yshift": -label.dy}
    return {
        "showarrow": True,
        "arrowhead": 0,
        "arrowwidth": 0.75,
        "arrowcolor": theme.muted,
        "standoff": standoff,
        "ax": label.dx,
        "ay": label.dy,
    }


def _find(
    index: int,
    frames: Sequence[_Frame],
    label: str,
    size: float,
    *,
    keep_off: bool,
    slant: bool = False,
) -> PlacedLabel | None:
    """The first place that is free in all frames; keep_off: of the line, too.

    A label on the line stands beside its point: there is no leader that would run along it; slant:
    or one that crosses it at a slant leads to it.
    """
    half_width = text_width(label, size) / 2 + 1
    half_height = size * LINE_HEIGHT / 2
    radius = float(frames[0].points[index, 2])
    for ring in _RINGS if keep_off or not slant else _SLANT_RINGS:
        far = ring >= LEADER_FROM
        if far and not keep_off and not slant:
            break
        for angle in _ANGLES:
            if far and not keep_off and angle % 90 == 0:
                continue
            dx, dy = _offset(angle, radius + ring, half_width, half_height)
            half = half_width, half_height
            if all(_is_free(f, index, (dx, dy), half, far=far, keep_off=keep_off) for f in frames):
                x, y, _ = frames[0].points[index].tolist()
                box = x + dx - half_width, y + dy - half_height
                end = x + dx + half_width, y + dy + half_height
                return PlacedLabel(index, dx, dy, (*box, *end), far, over=not keep_off)
    return None


def _is_free(
    frame: _Frame,
    index: int,
    offset: tuple[float, float],
    half: tuple[float, float],
    *,
    far: bool,
    keep_off: bool,
) -> bool:
    x, y, radius = frame.points[index].tolist()
    left, right = x + offset[0] - half[0], x + offset[0] + half[0]
    top, bottom = y + offset[1] - half[1], y + offset[1] + half[1]
    if left < 0 or top < 0 or right > frame.width or bottom > frame.height:
        return False
    # Far off, behind other points, a label keeps no order with them.
    here = None if far and not keep_off else x
    if _hits_marks(here, left, top, right, bottom, frame.marks if keep_off else frame.points):
        return False
    if _hits_boxes(here, left, top, right, bottom, frame.boxes):
        return False
    corners = (left, top), (right, top), (right, bottom), (left, bottom)
    sides = zip(corners, (*corners[1:], corners[0]), strict=True)
    if any(_meet(np.array([*one, *other]), frame.leaders) for one, other in sides):
        return False
    if not far:
        return True
    # What is drawn begins beside the mark.
    length = math.hypot(*offset)
    start = (radius + 1) / length
    drawn = np.array([x + start * offset[0], y + start * offset[1], x + offset[0], y + offset[1]])
    if keep_off and _meet(drawn, frame.lines):
        return False
    return not _crosses(drawn, np.delete(frame.points, index, axis=0), frame)


def _crosses(leader: FloatArray, others: FloatArray, frame: _Frame) -> bool:
    """A line (from, to) runs through a label, another leader, or another point's mark."""
    if _meet(leader, frame.leaders):
        return True
    along = np.linspace(leader[:2], leader[2:], max(2, round(np.ptp(leader[::2]) / 3) + 12))
    x, y = along[:, :1], along[:, 1:]
    if bool((np.hypot(x - others[:, 0], y - others[:, 1]) < others[:, 2]).any()):
        return True
    boxes = frame.boxes
    inside = (boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])
    return bool(inside.any())


def _meet(one: FloatArray, others: FloatArray) -> bool:
    """A line (from x, from y, to x, to y) crosses one of others (n, 4)."""
    if not len(others):
        return False
    ax, ay, bx, by = one.tolist()
    cx, cy, dx, dy = others.T

    def side(px: Any, py: Any, qx: Any, qy: Any, rx: Any, ry: Any) -> Any:
        return np.sign((qx - px) * (ry - py) - (qy - py) * (rx - px))

    apart = side(ax, ay, bx, by, cx, cy) != side(ax, ay, bx, by, dx, dy)
    across = side(cx, cy, dx, dy, ax, ay) != side(cx, cy, dx, dy, bx, by)
    return bool((apart & across).any())


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
    here: float | None, left: float, top: float, right: float, bottom: float, marks: FloatArray
) -> bool:
    x, y, radius = marks.T
    level = (y + radius > top) & (y - radius < bottom)
    before, after = x + radius <= left, x - radius >= right
    return bool((level & ~_apart(here, x, before, after)).any())


def _hits_boxes(
    here: float | None, left: float, top: float, right: float, bottom: float, boxes: FloatArray
) -> bool:
    if not len(boxes):
        return False
    level = (boxes[:, 3] > top) & (boxes[:, 1] < bottom)
    before, after = boxes[:, 2] <= left, boxes[:, 0] >= right
    return bool((level & ~_apart(here, boxes[:, 4], before, after)).any())


def _apart(
    here: float | None, others: FloatArray, before: BoolArray, after: BoolArray
) -> BoolArray:
    """(n,) whether a label lies beside each of others, on the side its point has if that counts."""
    if here is None:
        return before | after
    return np.where(others > here, after, np.where(others < here, before, before | after))
