"""How alike models are over training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from dash import html

from core import analyses
from core.errors import RequestError
from core.similarity.matrix import (
    TaskOverlap,
    TrainingSet,
    compared_sizes,
)
from dashboard.figures.similarity.trajectories import TrainingLine, training_figure, training_lines
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names, numbers
from dashboard.text.findings.similarity import (
    training_finding,
    training_note,
)
from dashboard.ui import messages
from dashboard.ui.card import CardContent
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    import pandas as pd

    from core.similarity.trajectories import Trajectories

OVER_TRAINING = 180
"""Characters of a sentence beside the matrix on 1440 pixels."""
MORE_STEPS = "Its values stand in the matrix; a course over training needs a second checkpoint."
SIZES_OVER_TRAINING = 3
"""Over training, models of at most so many numbers of tasks: more lines cannot be told apart."""


def training_contents(app_context: AppContext, context: ViewContext) -> list[CardContent]:
    """Similarity along the checkpoints; hidden where the other card says what is missing."""
    found, missing = _trajectories(app_context, context)
    if not found:
        reasons = list(missing.values())
        return [
            CardContent(message=messages.box(reasons[0])) if reasons else CardContent(hidden=True)
        ]
    pairs, chosen = _pairs(context, found[0])
    lines = training_lines(found, pairs, context.study, context.theme, chosen=chosen)
    if not lines or (len(found) == 1 and all(int(line.curve.known.sum()) < 2 for line in lines)):
        # One point a line is no course: the matrix beside it has the values.
        return [
            CardContent(
                message=messages.box(
                    training_finding(found),
                    hint=f"{MORE_STEPS if lines else ''}"
                    f" {names.sentence(_without(found, missing))}".strip(),
                ),
                table_of=partial(_training_table, lines, found[0].name),
            )
        ]
    floor = _floor(lines)
    name = found[0].name
    return [
        CardContent(
            finding=training_finding(found),
            headline=OVER_TRAINING,
            above=html.Div(
                [f"{names.capital(name)} over training", help_button("training", "over training")],
                className="figure-title",
            ),
            figure=training_figure(lines, context.theme, name=name, floor=floor),
            caption=_training_caption(found, context, missing, chosen=chosen, pairs=len(pairs)),
            more=[html.P(note)] if (note := training_note(found)) else [],
            table_of=partial(_training_table, lines, name),
        )
    ]


def _trajectories(
    app_context: AppContext, context: ViewContext
) -> tuple[list[Trajectories], dict[int, str]]:
    """Of the sizes that have any, without the tasks left out; size -> why it has none."""
    view, study = context.view, context.study
    shown = view.shown_tasks(study)
    gone = [task.name for task in study.tasks if task.name not in shown]
    found: list[Trajectories] = []
    missing: dict[int, str] = {}
    for size in compared_sizes(study)[:SIZES_OVER_TRAINING]:
        try:
            whole = app_context.fetch(
                analyses.TRAJECTORIES, study, replace(view.similarity_query, trained=size)
            )
        except RequestError as reason:
            missing[size] = str(reason)
            continue
        found.append(whole.without_tasks(gone))
    return found, missing


def _pairs(
    context: ViewContext, found: Trajectories
) -> tuple[tuple[tuple[TrainingSet, TrainingSet], ...], bool]:
    """The selected pair where its models are compared, else a few telling ones."""
    chosen = context.view.selection
    if len(chosen) == 2:
        pair = (chosen[0],), (chosen[1],)
        curve = found.pair(*pair)
        if curve is not None and curve.known.any():
            return (pair,), True
    return found.telling_pairs(), False


def _floor(lines: tuple[TrainingLine, ...]) -> float:
    """Mean floor of the groups: what independent noise has, whatever it was trained on."""
    floors = np.concatenate([[np.nan], *(line.curve.floor for line in lines)])
    known = floors[np.isfinite(floors)]
    return float(known.mean()) if known.size else math.nan


def _training_caption(
    found: list[Trajectories],
    context: ViewContext,
    missing: Iterable[int],
    *,
    chosen: bool,
    pairs: int,
) -> str:
    seeds = sorted({seed for one in found for at in one.seeds for seed in at})
    first = found[0].sharing(TaskOverlap.NONE)
    apart = "last" in found[0].checkpoints and len(found[0].checkpoints) > 1
    steps = [s for s, c in zip(found[0].seeds, found[0].checkpoints, strict=True) if c != "last"]
    along = sorted({seed for at in steps for seed in at})
    return captions.join(
        f"{names.capital(found[0].name)}, layer {found[0].layer}",
        f"lines: {names.seeds_text(along)}, last: {names.seeds_text(seeds)}"
        if apart and along != seeds
        else names.seeds_text(seeds),
        "band: ± sd over the pairs" if len(found[0].checkpoints) > 1 else "",
        f"n = {numbers.counted(int(first.n.max()), 'pair')} without a common task",
        "" if chosen or not pairs else "thin lines: the most and least alike and the most changed",
        _without(found, missing),
        captions.tasks_left_out(context.study, _tasks_of(context)),
        captions.digest_text(context.study),
    )


def _without(found: list[Trajectories], missing: Iterable[int]) -> str:
    """Which models have no value at this layer; empty where all have."""
    gone = " and ".join(numbers.counted(size, "task") for size in missing)
    return f"models trained on {gone} have no {found[0].name} at this layer" if gone else ""


def _tasks_of(context: ViewContext) -> tuple[str, ...]:
    return context.view.shown_tasks(context.study)


def _training_table(lines: tuple[TrainingLine, ...], name: str) -> pd.DataFrame:
    """A row for every line and checkpoint."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "line": line.words,
                "checkpoint": str(checkpoint),
                f"mean {name}": line.curve.mean[at],
                "sd": line.curve.sd[at],
                "n": int(line.curve.n[at]),
                "n counts": line.of[1],
                "independent noise": line.curve.floor[at],
            }
            for line in lines
            for at, checkpoint in enumerate(line.checkpoints)
        ]
    )
