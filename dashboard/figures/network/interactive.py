"""The transfer graph as Cytoscape elements, and what its parts say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.analyses.network.layouts import GraphLayout, Place, positions
from core.numerics.arrays import FloatArray
from core.study import Study
from core.transfer.table import measure_of
from dashboard.figures.network.folds import Element, Folds, folded, height_of_rows
from dashboard.figures.parts.colors import ink_on, scale_colors
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.theme import Theme
from dashboard.text import captions
from dashboard.text.columns import in_words
from dashboard.text.names import in_words as pair_in_words
from dashboard.text.names import shortened_apart
from dashboard.text.numbers import ARROW, number, signed_column, signed_decimals

if TYPE_CHECKING:
    from core.analyses.network.graph import Edge, Node, TransferGraph


EDGES_PER_TASK, MOST_EDGES = 2, 400
STEPS = 40
THINNEST = 1.0
SMALL_GRAPH, CROWD = 12, 8
"""Tasks whose numbers stand beside their names; on a phone, where there is less room."""
LABEL_SIZE = 12
BOLD = 1.08
"""How much wider a name is in bold."""
NAME_LENGTH, SHORT_NAME = 24, 14
"""Letters of a name in the graph, and on a phone."""
MANY_TASKS, NAMED = 40, 20
"""Of more tasks only those with the largest nets are named while the whole graph is seen."""
TOLD_ELSEWHERE = ("teacher", "student", "weight", "false_sign_rate", "cka")
"""What the panel and the tables tell: a hover is a glance of six lines."""
LINE, SQUEEZED = 1.35, 0.45
"""The height of a line, in letters; how much closer tasks stand on a phone, from left to right."""
MIDDLE = 0.55
"""Names of tasks above it stand above their circles."""
READ_AT = 800.0
"""Pixels of a drawing whose labels are read as they are; in a larger one they are larger."""


@dataclass(frozen=True)
class GraphLook:
    """Where tasks stand and what arrows say: the same in the page and in files.

    moved: tasks that stand elsewhere than the layout has them. numbers: on every arrow, not only
    on what is selected. folds: groups that stand as one node each, on a circle whatever the layout.
    """

    layout: GraphLayout = GraphLayout.USUAL
    moved: Sequence[Place] = ()
    numbers: bool = False
    folds: Folds | None = None


USUAL_LOOK = GraphLook()


def graph_elements(
    graph: TransferGraph,
    study: Study,
    theme: Theme,
    look: GraphLook = USUAL_LOOK,
    *,
    threshold: float,
) -> list[Element]:
    """Nodes where the layout has them and the edges at least as strong as the threshold.

    Arrows are as wide as they are strong among those shown.

    A node's id is the task's name; an edge's data has `source` and `target`. Labels are
    plain text, not HTML. What is selected network-graph.js marks.
    """
    nodes = _Nodes(graph, study, theme, look).elements()
    elements = nodes + _edge_elements(graph, study, graph.above(threshold), numbers=look.numbers)
    return elements if look.folds is None else folded(elements, look.folds, theme)


class _Nodes:
    """The elements of all tasks, and what they share: places, sizes, colours and names."""

    def __init__(self, graph: TransferGraph, study: Study, theme: Theme, look: GraphLook) -> None:
        self._graph, self._study, self._theme, self._look = graph, study, theme, look
        self._tasks = tasks = [node.task for node in graph.nodes]
        self._side = _side(tasks, look.folds)
        self._font = round(LABEL_SIZE * max(self._side[0] / READ_AT, 1.0), 1)
        self._colors, self._sizes = _node_colors(graph, theme), _node_sizes(graph)
        self._amounts = [_amount(graph, node) for node in graph.nodes]
        self._told = dict(zip(tasks, signed_column(self._amounts), strict=True))
        self._called = dict(zip(tasks, shortened_apart(tasks, NAME_LENGTH), strict=True))
        self._short = dict(zip(tasks, shortened_apart(tasks, SHORT_NAME), strict=True))
        self._dragged = {task: (x, y) for task, x, y in look.moved}
        usual = positions(graph, look.layout) if look.folds is None else look.folds.places(tasks)
        places = map(tuple, usual.tolist())
        self._places = dict(zip(tasks, places, strict=True)) | self._dragged
        self._from_afar = self._named_from_afar() if len(tasks) > MANY_TASKS else set()

    def elements(self) -> list[Element]:
        """One for each task, in their order."""
        return [self._element(node) for node in self._graph.nodes]

    def _named_from_afar(self) -> set[str]:
        """The tasks whose names are written while the whole graph is seen."""
        boxes = _names_from_afar(
            [self._called[task] for task in self._tasks],
            np.array([self._places[task] for task in self._tasks]),
            self._side,
            [self._sizes[task] / 2 for task in self._tasks],
            self._font,
        )
        return {self._tasks[at] for at in _apart(boxes, self._amounts)}

    def _element(self, node: Node) -> Element:
        task, folds = node.task, self._look.folds
        x, y = self._places[task]
        color, size = self._colors[task], self._sizes[task]
        few = len(self._tasks) <= SMALL_GRAPH
        label = _node_label(self._called[task], self._told[task], few=few)
        # A name wider than its circle is read below it, on the ground.
        widest = max(text_width(line, LABEL_SIZE) for line in label.split("\n"))
        inside = few and widest * BOLD <= size - 4
        within = folds is not None and folds.closed(task)
        roomy = len(self._tasks) <= CROWD
        layout = self._look.layout.value if folds is None else f"folds {sorted(folds.opened)}"
        return {
            "data": {
                "id": _node_id(task),
                "task": task,
                "label": label,
                # What a phone has room for.
                "short": _node_label(self._short[task], self._told[task], few=roomy),
                "inside": inside,
                "above": not inside and y > MIDDLE,
                "size": size,
                "fontSize": self._font,
                "color": color,
                "ink": ink_on(color, self._theme.ink_dark, self._theme.ink_light),
                # A folded group says its own.
                "info": "" if within else _as_text(_node_rows(self._graph, node, self._study)),
                # network-graph.js says with them where a task was dragged to.
                "room": self._side,
                "layout": layout,
            },
            "position": {"x": x * self._side[0], "y": (1.0 - y) * self._side[1]},
            "classes": _classes(
                ("named-below", not inside),
                # Arrows come from the middle: their heads are not under a name.
                ("upper", y > MIDDLE),
                ("named-from-afar", task in self._from_afar),
                ("moved", task in self._dragged),
                ("undefined", not math.isfinite(_amount(self._graph, node))),
            ),
        }


def _amount(graph: TransferGraph, node: Node) -> float:
    """What a task's colour and number say."""
    return node.giver if graph.raw else node.net


def _edge_elements(
    graph: TransferGraph, study: Study, shown: Sequence[Edge], *, numbers: bool
) -> list[Element]:
    """As wide as they are strong among those shown."""
    elements: list[Element] = []
    strengths = [edge.strength for edge in shown]
    weakest = min(strengths, default=0.0)
    span = (max(strengths, default=0.0) - weakest) or 1.0
    thickest = 7.0 if len(graph.nodes) <= SMALL_GRAPH else 4.5
    for edge in shown:
        share = (edge.strength - weakest) / span
        elements.append(
            {
                "data": {
                    "id": f"edge {edge.source}{ARROW}{edge.target}",
                    "source": _node_id(edge.source),
                    "target": _node_id(edge.target),
                    "pair": [edge.source, edge.target],
                    "weight": edge.weight,
                    "harms": edge.harms,
                    "raw": graph.raw,
                    "width": round(THINNEST + (thickest - THINNEST) * share**1.5, 2),
                    "label": (
                        number(edge.transfer)
                        if graph.raw and not graph.net
                        else signed_decimals(edge.weight)
                    ),
                    "numbered": numbers,
                    "info": _as_text(_edge_rows(graph, edge, study)),
                },
                "classes": _classes(
                    ("harm", edge.harms),
                    ("help", not edge.harms and not graph.raw),
                    ("as-given", graph.raw),
                    ("numbered", numbers),
                ),
            }
        )
    return elements


def _names_from_afar(
    names: Sequence[str],
    places: FloatArray,
    side: tuple[float, float],
    beside: Sequence[float],
    font: float,
) -> FloatArray:
    """(n_tasks, 4) left, right, top and bottom of each name, of letters of `font` pixels.

    places: (n_tasks, 2) shares of the drawing, `side`. beside: pixels from a task to its name.
    """
    middle = places[:, 0] * side[0]
    half = np.array([text_width(name, font) for name in names]) * BOLD / 2
    above = np.where(places[:, 1] > MIDDLE, 1.0, 0.0)
    away = (1.0 - 2.0 * above) * np.array(beside)
    top = (1.0 - places[:, 1]) * side[1] + away - above * font * LINE
    return np.column_stack([middle - half, middle + half, top, top + font * LINE])


def _apart(boxes: FloatArray, amounts: Sequence[float]) -> list[int]:
    """Which of many names are written while the whole graph is seen: of the largest nets.

    Those that would lie on one that is written already are not, also where a phone moves tasks
    closer to each other.
    """
    size = np.nan_to_num(np.abs(np.array(amounts, dtype=np.float64)), nan=-1.0)
    middle = boxes[:, :2].mean(axis=1)
    half = boxes[:, 1] - middle
    found: list[int] = []
    for at in np.argsort(-size, kind="stable").tolist():
        level = (boxes[found, 2] < boxes[at, 3]) & (boxes[found, 3] > boxes[at, 2])
        between = np.abs(middle[found] - middle[at]) * SQUEEZED
        if not (level & (between < half[found] + half[at])).any():
            found.append(at)
        if len(found) == NAMED:
            break
    return found


def _node_id(task: str) -> str:
    """Cytoscape makes property names of ids, and a task may be called `__proto__`."""
    return f"task {task}"


def _classes(*named: tuple[str, bool]) -> str:
    return " ".join(name for name, applies in named if applies)


def _side(tasks: Sequence[str], folds: Folds | None) -> tuple[float, float]:
    """Width and height of the drawing: more tasks need more room, a group that of two."""
    apart = len({folds.closed(t) or ("", t) for t in tasks}) if folds else 0
    side = max(360.0, 92.0 * math.sqrt(2 * apart or len(tasks)) + 60.0)
    lowest = height_of_rows(apart) if folds and not folds.opened else 0.0
    return side * 1.35, max(side, lowest)


def _node_colors(graph: TransferGraph, theme: Theme) -> dict[str, str]:
    """Blue for net givers, red for net takers; the strongest has the full colour.

    Of scores as they were given from the lowest giver effect to the highest, without a middle.
    """
    if graph.raw:
        effects = {n.task: n.giver for n in graph.nodes if math.isfinite(n.giver)}
        low, high = min(effects.values(), default=0.0), max(effects.values(), default=0.0)
        high = high if high > low else low + 1.0
        shades = scale_colors(theme.sequential, np.array(list(effects.values())), low, high)
        shaded = dict(zip(effects, shades, strict=True))
        return {node.task: shaded.get(node.task, theme.missing) for node in graph.nodes}
    known = [node for node in graph.nodes if math.isfinite(node.net)]
    reach = max((abs(node.net) for node in known), default=0.0) or 1.0
    # The ends of the scale are almost black or white; a node stays within what has a hue.
    nets = np.array([node.net for node in known], dtype=np.float64)
    colors = scale_colors(theme.diverging, nets * 0.8, -reach, reach)
    found = {node.task: color for node, color in zip(known, colors, strict=True)}
    return {node.task: found.get(node.task, theme.missing) for node in graph.nodes}


def _node_sizes(graph: TransferGraph) -> dict[str, float]:
    """Diameters in pixels by what a task gives; the smallest where that is undefined.

    Of scores as they were given by its giver effect: sums say how hard the targets are.
    """
    amounts = {n.task: n.giver if graph.raw else n.given for n in graph.nodes}
    small, large = (40.0, 76.0) if len(graph.nodes) <= SMALL_GRAPH else (14.0, 40.0)
    given = [amount for amount in amounts.values() if math.isfinite(amount)]
    low, high = min(given, default=0.0), max(given, default=0.0)
    span = high - low
    return {
        task: round(
            small
            + (large - small)
            * ((amount - low) / span if span > 0 and math.isfinite(amount) else 0),
            1,
        )
        for task, amount in amounts.items()
    }


def _node_label(label: str, told: str, *, few: bool) -> str:
    return f"{label}\n{told}" if few and told else label


def _as_text(rows: list[tuple[str, str]]) -> str:
    (_, heading), *rest = rows
    return "\n".join([heading, *(f"{name}: {text}" for name, text in rest)])


def _node_rows(graph: TransferGraph, node: Node, study: Study) -> list[tuple[str, str]]:
    """(name, text) about a task; the first is its name."""
    columns = graph.node_columns(measure_of(study))
    rows = [(one.name, in_words(one, node)) for one in columns if one.key not in TOLD_ELSEWHERE]
    return rows if graph.raw else [*rows, ("measure", f"sums of {captions.measures(study)}")]


def _edge_rows(graph: TransferGraph, edge: Edge, study: Study) -> list[tuple[str, str]]:
    """The same about an arrow; the first names the pair."""
    _, _, *columns = graph.edge_columns(measure_of(study))
    return [
        ("pair", pair_in_words(edge.source, edge.target)),
        *[
            (one.name, in_words(one, edge) + (f", {one.unit}" if one.unit else ""))
            for one in columns
            if one.key not in TOLD_ELSEWHERE
        ],
    ]


def _strengths(graph: TransferGraph) -> FloatArray:
    """(n_edges,) how strong every arrow is, harm as much as help."""
    known = np.isfinite(graph.strengths)
    return np.asarray((graph.strengths if graph.raw else np.abs(graph.weights))[known])


# -- threshold ---------------------------------------------------------------------------------


def threshold_steps(graph: TransferGraph) -> tuple[float, ...]:
    """The values a threshold slider has: round, from 0 to where the strongest arrow is left."""
    strongest = float(_strengths(graph).max(initial=0.0))
    if strongest <= 0:
        return (0.0,)
    power = 10.0 ** math.floor(math.log10(strongest / STEPS))
    step = next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if strongest / (m * power) <= STEPS)
    count = math.floor(strongest / step + 1e-9)
    return tuple(round(i * step, 12) for i in range(count + 1))


def default_threshold(graph: TransferGraph) -> float:
    """The step that leaves closest to two arrows a task, and of very many tasks to 400.

    Few, strong ones come first: more are not told from each other. One that leaves none is no
    drawing, as where all arrows are as strong.
    """
    wanted = min(EDGES_PER_TASK * len(graph.nodes), MOST_EDGES)
    strengths = np.sort(_strengths(graph))
    steps, rounding = threshold_steps(graph), graph.rounding
    left = [len(strengths) - int(np.searchsorted(strengths, step - rounding)) for step in steps]
    return min(zip(steps, left, strict=True), key=lambda pair: _how_far(pair[0], pair[1], wanted))[
        0
    ]


def _how_far(step: float, left: int, wanted: int) -> tuple[bool, int, float]:
    return left == 0, abs(left - wanted), step
