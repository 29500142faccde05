"""Tasks of a graph folded into their groups: one node each, with the arrows of all of its tasks."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.numerics.arrays import FloatArray
from core.numerics.graphs import circle
from dashboard.figures.parts.colors import ink_on
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import shortened_apart
from dashboard.text.numbers import counted, signed

Element = dict[str, Any]
NAME_LENGTH, SHORT_NAME = 24, 14
SMALLEST, LARGEST = 42.0, 60.0
"""Heights of a node for the fewest tasks and the most."""
ROW = LARGEST + 4.0
FEW, NEAREST = 8, 0.17
"""So few stand on a circle; of more, how far from the middle those at the top are, as a share."""
TURN = math.pi * (3 - math.sqrt(5))
"""Between two neighbours of a sunflower's seeds."""


@dataclass(frozen=True)
class Folds:
    """Which tasks are folded into which group.

    of: task -> the group it is in; a task that is in none, or alone in its group, is not folded.
    opened: groups whose tasks stand by themselves all the same.
    """

    of: Mapping[str, str]
    opened: Collection[str] = ()

    def __post_init__(self) -> None:
        """A group of one task is that task."""
        sizes = Counter(self.of.values())
        kept = {task: group for task, group in self.of.items() if sizes[group] > 1}
        object.__setattr__(self, "of", kept)

    def closed(self, task: str) -> str:
        """The group that a task is folded into; empty = it stands by itself."""
        group = self.of.get(task, "")
        return "" if group in self.opened else group

    def places(self, tasks: Sequence[str]) -> FloatArray:
        """(n, 2) float64 in the unit square: groups and single tasks on a ring, opened within."""
        keys = [self.closed(task) or self.of.get(task) or f"task {task}" for task in tasks]
        sizes = Counter(keys)
        heaps = [key for key in sizes if key in self.opened and sizes[key] > 1]
        around = [key for key in sizes if key not in heaps]
        middle, room = (0.0, 0.28) if len(heaps) == 1 else (0.2, 0.2 * _half(len(heaps)))
        at = {
            **dict(zip(around, _ring(len(around)), strict=True)),
            **dict(zip(heaps, circle(len(heaps)) * middle + 0.5, strict=True)),
        }
        seen: Counter[str] = Counter()
        places = np.array([at[key] for key in keys]).reshape(-1, 2)
        for row, key in enumerate(keys):
            if key in heaps:
                # As the seeds of a sunflower: none on another.
                angle, away = seen[key] * TURN, room * math.sqrt((seen[key] + 0.5) / sizes[key])
                places[row] += away * np.array([math.cos(angle), math.sin(angle)])
                seen[key] += 1
        return places


def _ring(count: int) -> FloatArray:
    """(n, 2) in the unit square, clockwise from the top: each in a row of its own, wide apart.

    On a circle neighbours at the top and at the bottom would be at one height, and names are wide.
    """
    if count < FEW:
        return circle(count)[:, ::-1] * 0.46 + 0.5
    right = (count + 1) // 2
    rows = np.concatenate([np.arange(right), np.arange(count - right)[::-1] + 0.5])
    down = 2 * rows / (right - 0.5) - 1
    across = np.sqrt(np.maximum(1 - down**2, 0)) * (0.46 - NEAREST) + NEAREST
    across[right:] *= -1
    return np.column_stack([across, -down * 0.46]) + 0.5


def height_of_rows(count: int) -> float:
    """Pixels that a ring of so many needs, for each a row that its node fits in."""
    return (count + 1) // 2 * ROW / 0.92


def _half(count: int) -> float:
    """Half of the way between neighbours of so many on a circle, as a share of its radius."""
    return math.sin(math.pi / max(count, 2)) * 0.9


def folded(elements: Sequence[Element], folds: Folds, theme: Theme) -> list[Element]:
    """The elements with the nodes of each closed group as one, and their arrows as one a way."""
    named = {e["data"]["id"]: e["data"]["task"] for e in elements if "position" in e}
    group_of = {id_: folds.closed(task) for id_, task in named.items()}
    members: dict[str, list[Element]] = defaultdict(list)
    between: dict[tuple[str, str], list[Element]] = defaultdict(list)
    shown: list[Element] = []
    arrows: list[Element] = []
    for element in elements:
        data = element["data"]
        if "position" in element:
            group = group_of[data["id"]]
            (members[group] if group else shown).append(element)
            continue
        ends = [group_of[data[end]] for end in ("source", "target")]
        if not any(ends):
            arrows.append(element)
        elif ends[0] != ends[1]:
            ids = [_node_id(g) if g else data[e] for g, e in zip(ends, _ENDS, strict=True)]
            between[ids[0], ids[1]].append(element)
    most = max(map(len, members.values()), default=1)
    names = zip(
        *(shortened_apart(members, length) for length in (NAME_LENGTH, SHORT_NAME)), strict=True
    )
    nodes = [
        *shown,
        *(
            _node(group, called, tasks, most, theme)
            for (group, tasks), called in zip(members.items(), names, strict=True)
        ),
    ]
    called = {node["data"]["id"]: _called(node["data"]) for node in nodes}
    widest = max((len(one) for one in between.values()), default=1)
    merged = [_arrow(ends, found, widest, called) for ends, found in between.items()]
    return [*nodes, *arrows, *merged]


_ENDS = ("source", "target")


def _node_id(group: str) -> str:
    return f"fold {group}"


def _called(data: Mapping[str, Any]) -> str:
    return str(data.get("fold") or data["task"])


def _node(
    group: str, called: tuple[str, str], tasks: Sequence[Element], most: int, theme: Theme
) -> Element:
    """called: the group's name, and a short one."""
    name, short = called
    x, y = np.mean([[t["position"]["x"], t["position"]["y"]] for t in tasks], axis=0)
    told = counted(len(tasks), "task")
    size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(len(tasks) / most)
    data = {
        **tasks[0]["data"],
        "id": _node_id(group),
        "task": "",
        "fold": group,
        "tasks": [t["data"]["task"] for t in tasks],
        "label": f"{name}\n{told}",
        "short": f"{short}\n{told}",
        "inside": False,
        "above": False,
        "size": round(size, 1),
        "wide": round(max(text_width(name, 14) * 1.08 + 16, size), 1),
        "color": theme.missing,
        "ink": ink_on(theme.missing, theme.ink_dark, theme.ink_light),
        "info": f"{group}\n{told}\nA click opens it",
    }
    place = {"x": float(x), "y": float(y)}
    return {"data": data, "position": place, "classes": "fold named-below"}


def _arrow(
    ends: tuple[str, str], arrows: Sequence[Element], most: int, called: Mapping[str, str]
) -> Element:
    """One for all arrows that are shown of one group to another, as wide as they are many."""
    weights = [arrow["data"]["weight"] for arrow in arrows]
    mean, count = float(np.mean(weights)), counted(len(arrows), "arrow")
    raw, first = arrows[0]["data"]["raw"], arrows[0]["data"]
    harms = mean < 0 and not raw
    way = f"{called[ends[0]]} → {called[ends[1]]}"
    data = {
        **first,
        "id": f"edge {ends[0]} {ends[1]}",
        "source": ends[0],
        "target": ends[1],
        "pair": None,
        "weight": mean,
        "harms": harms,
        "width": round(1.0 + 6.0 * len(arrows) / most, 2),
        "label": str(len(arrows)),
        "info": f"{way}\n{count} of those shown\nmean: {signed(mean)}",
    }
    kind = "as-given" if raw else "harm" if harms else "help"
    numbered = " numbered" if first["numbered"] else ""
    return {"data": data, "classes": f"{kind}{numbered}"}
