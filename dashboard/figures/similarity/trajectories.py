"""Similarity over training as lines: pairs without a common task, chosen pairs, across seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray
from core.similarity.matrix import TaskOverlap, TrainingSet
from core.study import Study
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.colors import mix, rgb, scale_colors
from dashboard.figures.parts.matrix_frame import text_width
from dashboard.figures.parts.points import note
from dashboard.figures.parts.selection import selects_points
from dashboard.figures.parts.theme import Theme
from dashboard.text.names import escape, lines_of, shortened_apart, sources_in_words, sources_label
from dashboard.text.numbers import counted, number

if TYPE_CHECKING:
    from core.similarity.trajectories import SimilarityCurve, Trajectories


HEIGHT = 440
TOP, BOTTOM = 20, 68
LABEL_SIZE = 12
LABEL_LENGTH = 24
LABEL_APART = 16
"""Pixels between two labels at the right."""
ASIDE = 0.14
"""How far behind the largest step `last` stands, as a share of all steps."""
TICKS, TICK_SIZE, TICKS_APART = 4, 12, 6
NARROWEST = 306
"""Pixels across a phone from the axis to the right edge: ticks stay apart there, too."""
DASHES = ("solid", "dash", "dot", "dashdot")
FLOOR_NAME = "noise floor"
SIGNS = {"group": "■", "across": "◆", "pair": "●"}


@dataclass(frozen=True)
class TrainingLine:
    """One curve as it is drawn.

    kind: `group`, `across` or `pair`. name: its label, words: what it is in a hover, neither
    escaped. of: what its n counts, one and many. selects: the pair a click on it selects. seeds:
    how many are behind each checkpoint, nothing where they are the same.
    """

    kind: str
    name: str
    words: str
    checkpoints: tuple[Checkpoint, ...]
    curve: SimilarityCurve
    color: str
    of: tuple[str, str]
    dash: str = "solid"
    selects: tuple[str, ...] | None = None
    seeds: tuple[int, ...] = ()

    @property
    def end(self) -> float:
        """The last value there is."""
        return float(self.curve.mean[self.curve.known][-1])


def training_lines(
    found: Sequence[Trajectories],
    pairs: Sequence[tuple[TrainingSet, TrainingSet]],
    study: Study,
    theme: Theme,
    *,
    chosen: bool = False,
) -> tuple[TrainingLine, ...]:
    """What there is to draw: only curves with a value.

    found: of models trained on 1, 2, 3 ... tasks. pairs: of training sets of the first of these;
    chosen: somebody selected them, they are not mere examples.
    """
    shades = np.linspace(0.45, 0.95, len(found)) if len(found) > 1 else np.array([0.75])
    colors = scale_colors(theme.similarity, shades, 0.0, 1.0)
    lines: list[TrainingLine] = []
    for one, color in zip(found, colors, strict=True):
        tasks = counted(one.trained, "task")
        lines.append(
            TrainingLine(
                "group",
                f"after {tasks}" if len(found) > 1 else "all pairs",
                f"models trained on {tasks}, pairs without a common task",
                one.checkpoints,
                one.sharing(TaskOverlap.NONE),
                color,
                ("pair", "pairs"),
                seeds=_seeds_where_they_differ(one),
            )
        )
        same = "same task" if one.trained == 1 else f"same {tasks}"
        lines.append(
            TrainingLine(
                "across",
                "across seeds",
                f"models trained on the {same}, across seeds",
                one.checkpoints,
                one.sharing(TaskOverlap.ALL),
                theme.text if len(found) == 1 else color,
                ("training set", "training sets"),
                "dot",
            )
        )
    for at, (first, second) in enumerate(pairs):
        curve = found[0].pair(first, second) if found else None
        if curve is None:
            continue
        label, words = sources_label(study, first), sources_in_words(first)
        across = first == second
        lines.append(
            TrainingLine(
                "pair",
                f"{label} across seeds" if across else f"{label}–{sources_label(study, second)}",
                f"{words} across seeds" if across else f"{words} and {sources_in_words(second)}",
                found[0].checkpoints,
                curve,
                theme.accent if chosen else theme.muted,
                ("pair of runs", "pairs of runs"),
                DASHES[at % len(DASHES)],
                (first[0], second[0]) if len(first) == len(second) == 1 else None,
            )
        )
    return tuple(line for line in lines if line.curve.known.any())


def _seeds_where_they_differ(found: Trajectories) -> tuple[int, ...]:
    there = {seeds for seeds in found.seeds if seeds}
    return tuple(len(seeds) for seeds in found.seeds) if len(there) > 1 else ()


def training_figure(
    lines: Sequence[TrainingLine], theme: Theme, *, name: str, floor: float
) -> go.Figure:
    """Lines along training steps; the value at `last` stands apart, as a mark.

    name: of the measure. floor: what independent noise has, NaN = not known.
    """
    places = _places(lines)
    low, high = _reach(lines, floor)
    traces: list[Any] = []
    for line in lines:
        x = np.array([places[checkpoint] for checkpoint in line.checkpoints], dtype=np.float64)
        if line.kind == "group":
            traces.append(_band(line, x))
        traces += _lead(line, x)
        traces.append(_line(line, x, name))
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": HEIGHT,
        "margin": {"l": 60, "r": _label_room(lines, floor), "t": TOP, "b": BOTTOM},
        "xaxis": {
            **_ticks(places, _last_seeds(lines), NARROWEST - _label_room(lines, floor)),
            "range": _x_range(places),
            "title": {"text": "training step"},
            # On a small screen the ticks are turned: they must not run into the title.
            "automargin": "height",
        },
        "yaxis": {"range": [low, high], "title": {"text": escape(name)}},
        "annotations": _labels(lines, floor, low, high, theme),
    }
    if math.isfinite(floor):
        layout["shapes"] = [_floor_line(floor, theme)]
    if not lines:
        layout["annotations"] = [note(f"no {escape(name)} along the checkpoints", theme)]
    return assembled(data=traces, layout=layout)


# -- along x ------------------------------------------------------------------------------------


def _places(lines: Sequence[TrainingLine]) -> dict[Checkpoint, float]:
    """Checkpoint -> x; `last` stands behind the largest step."""
    every = {checkpoint for line in lines for checkpoint in line.checkpoints}
    steps = sorted(checkpoint for checkpoint in every if checkpoint != "last")
    places: dict[Checkpoint, float] = {step: float(step) for step in steps}
    if "last" in every:
        span = steps[-1] - steps[0] if len(steps) > 1 else 1.0
        places["last"] = steps[-1] + ASIDE * span if steps else 0.0
    return places


def _last_seeds(lines: Sequence[TrainingLine]) -> int:
    """How many seeds are behind `last`, where other ones are behind the steps; else 0."""
    return max(
        (line.seeds[-1] for line in lines if line.seeds and line.checkpoints[-1] == "last"),
        default=0,
    )


def _ticks(places: dict[Checkpoint, float], last_seeds: int, width: float) -> dict[str, Any]:
    """Few enough steps that they stand apart in a drawing of `width` pixels; the last is there."""
    steps = [step for step in places if step != "last"]
    every = -(-len(steps) // TICKS) if steps else 1
    low, high = _x_range(places)
    apart = max((text_width(f"{s:,}", TICK_SIZE) for s in steps), default=0.0) + TICKS_APART
    shown: list[Checkpoint] = []
    for step in steps[::-1][::every]:
        if not shown or (places[shown[0]] - places[step]) / (high - low) * width >= apart:
            shown.insert(0, step)
    text = [f"{step:,}" for step in shown]
    where = [places[step] for step in shown]
    if "last" in places:
        where.append(places["last"])
        # On a line of its own: it stands close to the largest step.
        seeds = f" · {counted(last_seeds, 'seed')}" if last_seeds else ""
        text.append(f"<br>last{seeds}")
    return {"tickvals": where, "ticktext": text, "tickangle": 0}


def _x_range(places: dict[Checkpoint, float]) -> tuple[float, float]:
    at = list(places.values()) or [0.0]
    aside = 0.04 * (max(at) - min(at)) or 0.5
    return min(at) - aside, max(at) + aside


# -- lines --------------------------------------------------------------------------------------


def _steps(line: TrainingLine) -> BoolArray:
    """(k,) bool: what is a training step, not `last`."""
    return np.array([checkpoint != "last" for checkpoint in line.checkpoints])


def _line(line: TrainingLine, x: FloatArray, name: str) -> dict[str, Any]:
    """A line over the steps; `last` is a mark that no line leads to: other runs may be in it."""
    shown, steps = line.curve.known, _steps(line)
    order = [
        *np.flatnonzero(shown & steps).tolist(),
        None,
        *np.flatnonzero(shown & ~steps).tolist(),
    ]
    width, size = {"group": (3.0, 7), "across": (2.0, 9), "pair": (1.5, 6)}[line.kind]
    return {
        "type": "scatter",
        "x": [None if i is None else float(x[i]) for i in order],
        "y": [None if i is None else float(line.curve.mean[i]) for i in order],
        "mode": "lines+markers",
        "line": {"color": line.color, "width": width, "dash": line.dash},
        "marker": {
            "size": size,
            "color": line.color,
            "symbol": "diamond" if line.kind == "across" else "circle",
        },
        "hoverinfo": "text",
        "hovertext": ["" if i is None else _hover(line, i, name) for i in order],
        "name": escape(line.name),
        **({} if line.selects is None else selects_points([line.selects] * len(order))),
    }


def _lead(line: TrainingLine, x: FloatArray) -> list[dict[str, Any]]:
    """A faint lead from the last step to the mark at `last`: which belongs to which."""
    shown, steps = line.curve.known, _steps(line)
    ends = [*np.flatnonzero(shown & steps)[-1:].tolist(), *np.flatnonzero(shown & ~steps).tolist()]
    if len(ends) < 2:
        return []
    return [
        {
            "type": "scatter",
            "x": x[ends],
            "y": line.curve.mean[ends],
            "mode": "lines",
            "line": {"color": line.color, "width": 1, "dash": "dot"},
            "opacity": 0.6,
            "hoverinfo": "skip",
            "name": f"to the last checkpoint, {escape(line.name)}",
        }
    ]


def _band(line: TrainingLine, x: FloatArray) -> dict[str, Any]:
    """The spread of the pairs as a band around their mean."""
    at = np.flatnonzero(np.isfinite(line.curve.sd) & _steps(line))
    mean, sd = line.curve.mean[at], line.curve.sd[at]
    red, green, blue = (round(c) for c in rgb(line.color))
    return {
        "type": "scatter",
        "x": np.concatenate([x[at], x[at][::-1]]),
        "y": np.concatenate([mean + sd, (mean - sd)[::-1]]),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.14)",
        "hoverinfo": "skip",
        "name": f"spread, {escape(line.name)}",
    }


def _hover(line: TrainingLine, at: int, name: str) -> str:
    curve, checkpoint = line.curve, line.checkpoints[at]
    step = "last checkpoint" if checkpoint == "last" else f"step {checkpoint:,}"
    rows = [f"<b>{escape(text)}</b>" for text in lines_of(line.words, 46)]
    rows.append(f"{escape(name)} <b>{number(float(curve.mean[at]))}</b>, {step}")
    over = f"over {counted(int(curve.n[at]), *line.of)}"
    if math.isfinite(sd := float(curve.sd[at])):
        over += f", sd {number(sd)}"
    if line.seeds and line.seeds[at]:
        over += f", {counted(line.seeds[at], 'seed')}"
    rows.append(over)
    if math.isfinite(floor := float(curve.floor[at])):
        rows.append(f"{FLOOR_NAME} {number(floor)}")
    return "<br>".join(rows)


# -- along y ------------------------------------------------------------------------------------


def _reach(lines: Sequence[TrainingLine], floor: float) -> tuple[float, float]:
    """From 0, or from below it where values are, to a little above the largest."""
    ends = [0.0] if math.isnan(floor) else [0.0, floor]
    for line in lines:
        sd = np.nan_to_num(line.curve.sd) if line.kind == "group" else 0.0
        known = line.curve.known
        ends += (line.curve.mean + sd)[known].tolist() + (line.curve.mean - sd)[known].tolist()
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    return (low - 0.04 * span if low < 0 else 0.0), high + 0.06 * span


def _label_room(lines: Sequence[TrainingLine], floor: float) -> int:
    names = shortened_apart((line.name for line in lines), LABEL_LENGTH)
    if math.isfinite(floor):
        names.append(FLOOR_NAME)
    return 30 + round(max((text_width(name, LABEL_SIZE) for name in names), default=0.0))


def _labels(
    lines: Sequence[TrainingLine], floor: float, low: float, high: float, theme: Theme
) -> list[dict[str, Any]]:
    """A label at the right for every line, moved apart where they would touch."""
    named = [
        (line.end, name, line.color, SIGNS[line.kind])
        for line, name in zip(
            lines, shortened_apart((one.name for one in lines), LABEL_LENGTH), strict=True
        )
    ]
    if math.isfinite(floor):
        named.append((floor, FLOOR_NAME, theme.muted, "╌"))
    per_unit = (HEIGHT - TOP - BOTTOM) / (high - low)
    moved = _apart([value * per_unit for value, *_ in named], LABEL_APART)
    return [
        {
            "text": f'<span style="color:{color}">{sign}</span> {escape(text)}',
            "xref": "paper",
            "x": 1,
            "xanchor": "left",
            "y": value,
            "yshift": at - value * per_unit,
            "yanchor": "middle",
            "align": "left",
            "showarrow": False,
            "font": {"size": LABEL_SIZE, "color": theme.text},
        }
        for (value, text, color, sign), at in zip(named, moved, strict=True)
    ]


def _apart(places: Sequence[float], least: float) -> list[float]:
    """The same places, moved as little as it takes to stand `least` apart."""
    order = sorted(range(len(places)), key=places.__getitem__)
    # Groups that touch are centred on the mean of where they would be, again and again.
    groups: list[list[int]] = []
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _top(groups[-2], places, least) + least > _bottom(
            groups[-1], places, least
        ):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = list(places)
    for group in groups:
        start = _bottom(group, places, least)
        for step, index in enumerate(group):
            moved[index] = start + step * least
    return moved


def _bottom(group: Sequence[int], places: Sequence[float], least: float) -> float:
    return float(np.mean([places[i] for i in group])) - (len(group) - 1) * least / 2


def _top(group: Sequence[int], places: Sequence[float], least: float) -> float:
    return _bottom(group, places, least) + (len(group) - 1) * least


def _floor_line(floor: float, theme: Theme) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": floor,
        "y1": floor,
        "line": {"color": mix(theme.muted, theme.background, 0.2), "width": 1, "dash": "dash"},
        "layer": "below",
        "name": FLOOR_NAME,
    }
