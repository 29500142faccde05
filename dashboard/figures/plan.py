"""What a plan covers: by how many sources, target by target, and what to run next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from core.analyses.planning.search import Goal
from core.numerics.arrays import FloatArray
from core.study import Study, ValueScale
from core.transfer.table import measure_of
from dashboard.figures.parts.assembled import assembled
from dashboard.figures.parts.matrix import (
    Colors,
    matrix_layout,
    missing_trace,
    number_traces,
    values_trace,
)
from dashboard.figures.parts.matrix_frame import ROOMY_UP_TO, SMALL, MatrixFrame
from dashboard.figures.parts.named_rows import room_for, row_axis
from dashboard.figures.parts.points import note, padded
from dashboard.figures.parts.selection import selects_cells, selects_points
from dashboard.figures.parts.theme import Theme
from dashboard.text.columns import value_text
from dashboard.text.findings.plan import coverage_of, trained_on
from dashboard.text.names import escape, in_words, labels_of, lines_of, shortened_apart
from dashboard.text.numbers import common_power, number, on_scale

if TYPE_CHECKING:
    from core.analyses.planning.next_experiment import Experiment, NextExperiment
    from core.analyses.planning.plan import Plan, PlanSizes, SizedPlan


TARGETS_SHOWN = 60
CELLS_SHOWN = 15
LINE_HEIGHT = 24
NAME_LENGTH = 30
SIZES_HEIGHT = 360


def shown_targets(plan: Plan) -> list[int]:
    """Positions of the targets that have a column: all, or those that are covered worst."""
    if len(plan.targets) <= TARGETS_SHOWN:
        return list(range(len(plan.targets)))
    order = np.argsort([one.transfer for one in plan.per_target], kind="stable")
    return [int(at) for at in order[:TARGETS_SHOWN]]


# -- by size -----------------------------------------------------------------------------------


def sizes_figure(sizes: PlanSizes, plan: Plan, study: Study, theme: Theme) -> go.Figure:
    """Coverage by the number of sources; the chosen one filled and named.

    Hollow where not all sets were tried, with a thin line at what none can exceed; a diamond is
    the best set of as many tasks that was really trained.
    """
    shown = [one for one in sizes.plans if math.isfinite(one.coverage)]
    counts = [one.size for one in shown]
    covered = [coverage_of(plan, one.coverage) for one in shown]
    trained = [coverage_of(plan, one.coverage) for one in plan.trained]
    # Of the worst target the bound is only what the best of all sources has: no line to look at.
    bounded = plan.goal is Goal.MEAN and any(not one.exact for one in shown)
    most = [coverage_of(plan, one.at_most) for one in shown] if bounded else []
    values = np.array([*covered, *most, *trained], dtype=float)
    low, high = padded(values, 0.1)
    lower = coverage_of(plan, 1.0) < 0
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": SIZES_HEIGHT,
        "margin": {"l": 66, "r": 16, "t": 34, "b": 56},
        "showlegend": True,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": {
            "title": {"text": "tasks to train on"},
            "tickmode": "array",
            "tickvals": counts,
            "range": (min(counts, default=1) - 0.5, max(counts, default=1) + 0.5),
        },
        "yaxis": {
            "title": {"text": _coverage_title(plan, study)},
            "range": (high, low) if lower else (low, high),
        },
    }
    if not shown:
        return assembled(layout={**layout, "annotations": [note("no size covers all", theme)]})
    data: list[Any] = []
    if bounded:
        data.append(_bound(counts, most, theme))
    data.append(_planned(shown, covered, len(plan.sources), study, theme))
    if not all(one.exact for one in shown):
        data.append(_not_all_tried(theme))
    if plan.trained:
        data.append(_really_trained(plan, trained, study, theme))
    return assembled(data=data, layout=layout)


def _bound(counts: Sequence[int], most: Sequence[float], theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=counts,
        y=most,
        mode="lines",
        name="most that any set could cover",
        line={"color": theme.muted, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )


def _really_trained(plan: Plan, covered: Sequence[float], study: Study, theme: Theme) -> go.Scatter:
    """The best set of each method that was trained on as many tasks."""
    return go.Scatter(
        x=[len(plan.sources)] * len(covered),
        y=covered,
        mode="markers",
        name="best really trained at once",
        marker={"symbol": "diamond", "size": 10, "color": theme.warning},
        **selects_points([("+".join(one.best),) for one in plan.trained]),
        hoverinfo="text",
        hovertext=[
            f"<b>{escape(study.method(one.method).label)}: {number(value)}</b>"
            f"<br>{escape(' + '.join(one.best))}, best of {one.sets}"
            for one, value in zip(plan.trained, covered, strict=True)
        ],
    )


def _planned(
    shown: Sequence[SizedPlan],
    covered: Sequence[float],
    size: int,
    study: Study,
    theme: Theme,
) -> go.Scatter:
    """The best set of each size; that of `size` is the chosen one."""
    chosen = [one.size == size for one in shown]
    return go.Scatter(
        x=[one.size for one in shown],
        y=covered,
        mode="lines+markers",
        name="planned",
        line={"color": theme.muted, "width": 1.5},
        marker={
            "size": [13 if it else 9 for it in chosen],
            "color": [
                theme.positive if it else theme.text if one.exact else theme.background
                for it, one in zip(chosen, shown, strict=True)
            ],
            "line": {"width": 1.5, "color": theme.text},
        },
        hoverinfo="text",
        hovertext=[
            "<br>".join(
                [
                    f"<b>{one.size}: {number(value)}</b>",
                    *map(escape, lines_of(" + ".join(one.sources))),
                    escape(trained_on(study, one.sources)),
                    "all sets tried" if one.exact else "found one by one and by exchanges",
                ]
            )
            for one, value in zip(shown, covered, strict=True)
        ],
    )


def _not_all_tried(theme: Theme) -> go.Scatter:
    """What a hollow mark says, for the legend."""
    return go.Scatter(
        x=[None],
        y=[None],
        mode="markers",
        name="found without trying all sets",
        marker={
            "size": 9,
            "color": theme.background,
            "line": {"width": 1.5, "color": theme.text},
        },
        hoverinfo="skip",
    )


def _coverage_title(plan: Plan, study: Study) -> str:
    of = "mean over targets" if plan.goal is Goal.MEAN else "worst target"
    turned = set(plan.targets) & set(plan.lower_targets)
    sign = ", errors with their sign turned" if turned and coverage_of(plan, 1.0) > 0 else ""
    return f"{measure_of(study)}, {of}{sign}"


# -- who covers whom ---------------------------------------------------------------------------


def who_covers_whom(plan: Plan, study: Study, theme: Theme) -> tuple[go.Figure, tuple[int, int]]:
    """The chosen sources on the targets: outlined is who covers a target. And its size in pixels.

    Columns are all targets, or the TARGETS_SHOWN that are covered worst.
    """
    from core.analyses.planning.plan import as_given

    at = shown_targets(plan)
    values = plan.values[:, at]
    targets = [plan.per_target[j].target for j in at]
    written = np.array([as_given(1.0, [name], plan.lower_targets) for name in targets])
    frame = MatrixFrame(
        tuple(labels_of(study, plan.sources)),
        tuple(labels_of(study, targets)),
        means=False,
        wanted_cell=SMALL if len(targets) > ROOMY_UP_TO else None,
    )
    colors = _colors(values, plan, study, theme)
    present = np.isfinite(values)
    row_of = {source: i for i, source in enumerate(plan.sources)}
    covers = [(row_of[plan.per_target[j].source], k) for k, j in enumerate(at)]
    covering = set(covers)
    hover = {
        "hoverinfo": "text",
        "hovertext": [
            [
                f"<b>{escape(in_words(source, target))}</b>"
                f"<br>{number(float(values[i, k] * written[k]))}"
                + ("<br>covers it" if (i, k) in covering else "")
                for k, target in enumerate(targets)
            ]
            for i, source in enumerate(plan.sources)
        ],
    }
    if frame.has_text:
        colors = replace(colors, power=common_power((values * written).ravel().tolist()))
    traces: list[Any] = [
        values_trace(values, frame, hover, selects_cells(list(plan.sources), targets))
    ]
    if not present.all():
        traces.append(missing_trace(present, frame, theme))
    if frame.has_text:
        quiet = np.ones(values.shape, dtype=bool)
        for cell in covers:
            quiet[cell] = False
        traces += number_traces(values * written, quiet, frame, colors, theme, shades=values)
    layout = matrix_layout(frame, colors, theme, rows="to train on", columns="targets")
    outline = frame.outline(covers, color=theme.text, width=2, name="covers")
    layout["shapes"] = [outline] if outline else []
    return assembled(data=traces, layout=layout), (frame.size.width, frame.size.height)


def _colors(values: FloatArray, plan: Plan, study: Study, theme: Theme) -> Colors:
    found = values[np.isfinite(values)]
    low, high = (float(found.min()), float(found.max())) if found.size else (0.0, 1.0)
    shrunken = ", shrunken" if plan.shrunken else ""
    if study.is_raw:
        high = high if high > low else low + 1.0
        # Which end is better its ticks say: on the dark page the better one is the lighter.
        caption = f"score{shrunken}"
        return Colors(theme.sequential, low, high, caption, ((low, "worst"), (high, "best")))
    most = max(high, -low, 1.0 if study.value_scale is ValueScale.NORMALIZED else 1e-12)
    caption = f"{measure_of(study)}{shrunken}"
    if low < 0:
        ticks: tuple[tuple[float, str], ...] = (
            (-most, on_scale(-round(most, 2))),
            (0.0, "0"),
            (most, on_scale(round(most, 2))),
        )
        return Colors(theme.diverging, -most, most, caption, ticks)
    return Colors(
        theme.sequential, 0.0, most, caption, ((0.0, "0"), (most, on_scale(round(most, 2))))
    )


# -- next --------------------------------------------------------------------------------------


def next_bars(found: NextExperiment, theme: Theme) -> go.Figure:
    """The cells whose next run is worth most, as bars; a click selects the pair."""
    cells = found.cells[:CELLS_SHOWN]
    names = shortened_apart((in_words(c.source, c.target) for c in cells), NAME_LENGTH)
    layout: dict[str, Any] = {
        "template": theme.template,
        "height": 70 + LINE_HEIGHT * max(len(cells), 3),
        "margin": {"l": room_for(names), "r": 20, "t": 8, "b": 54},
        "xaxis": {"title": {"text": "worth of one run more, in coverage"}, "rangemode": "tozero"},
        "yaxis": row_axis(names),
        "bargap": 0.4,
    }
    bars = go.Bar(
        x=[cell.gain for cell in cells],
        y=list(range(len(cells))),
        orientation="h",
        marker={"color": theme.positive},
        **selects_points([(cell.source, cell.target) for cell in cells]),
        hoverinfo="text",
        hovertext=[_experiment_hover(cell) for cell in cells],
    )
    return assembled(data=[bars], layout=layout)


def _experiment_hover(cell: Experiment) -> str:
    from core.analyses.planning.next_experiment import EXPERIMENT_COLUMNS

    rows = [f"{column.name} {value_text(column, cell)}" for column in EXPERIMENT_COLUMNS[2:]]
    pair = escape(in_words(cell.source, cell.target))
    return "<br>".join([f"<b>{pair}</b>", *map(escape, rows)])
