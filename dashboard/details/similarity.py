"""The similarity of the models of a selected pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from core import analyses
from dashboard.details.blocks import spark
from dashboard.figures.parts.sparkline import SparklineSeries
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, numbers
from dashboard.ui.help import help_button

if TYPE_CHECKING:
    from core.similarity.task_pair_profile import TaskPairProfile


# -- similarity ----------------------------------------------------------------------------------


def about_similarity(app_context: AppContext, context: ViewContext) -> list[Component]:
    """How alike the models of the selected pair are."""
    profiles = [
        app_context.fetch(
            analyses.TASK_PAIR_PROFILE, context.study, context.view.similarity_query, pair
        )
        for pair in context.view.similarity_details()
    ]
    return [part for profile in profiles for part in _similarity(profile, context)]


def _similarity(profile: TaskPairProfile, context: ViewContext) -> list[Component]:
    first, second = profile.first, profile.second
    who = f"{first} and {second}" if first != second else f"{first} across seeds"
    step = captions.checkpoint_text(profile.checkpoint)
    floor = (
        f", independent noise {numbers.number(profile.floor)}"
        if profile.floor == profile.floor
        else ""
    )
    line = SparklineSeries(profile.by_layer)
    over = SparklineSeries(profile.over_training)
    return [
        html.H3([f"{profile.name} of {who}", help_button("cka", profile.name)]),
        html.P(
            f"{numbers.number(profile.value)} at layer {profile.layer}, {step},"
            f" over {numbers.counted(profile.n, 'pair of runs', 'pairs of runs')}{floor}.",
            className="panel-said",
        ),
        *spark(
            f"By layer, {step}",
            list(range(len(profile.layers))),
            [f"layer {layer}" for layer in profile.layers],
            [line],
            context,
            within=(0.0, 1.0),
            here=float(profile.layers.index(profile.layer)),
        ),
        *(
            spark(
                f"Over training, layer {profile.layer}{_fewer(profile)}",
                list(profile.checkpoints),
                [f"{step:,}" for step in profile.checkpoints],
                [over],
                context,
                within=(0.0, 1.0),
                here=None if profile.checkpoint == "last" else float(profile.checkpoint),
            )
            if len(profile.checkpoints) > 1
            else []
        ),
    ]


def _fewer(profile: TaskPairProfile) -> str:
    """`, over 1 pair of runs`, where the course is not over as many as the number above it."""
    counts = set(profile.n_over_training.tolist())
    if counts == {profile.n}:
        return ""
    fewest, most = min(counts), max(counts)
    text = numbers.counted(most, "pair of runs", "pairs of runs")
    return f", over {text}" if fewest == most else f", over {fewest:,} to {text}"
