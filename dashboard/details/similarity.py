"""The similarity of the models of a selected pair."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from core.analyses.registry import SIMILARITY_COURSE
from core.similarity.task_pair_profile import TaskPairProfile
from dashboard.details.blocks import spark
from dashboard.figures.parts.sparkline import SparklineSeries
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, numbers
from dashboard.ui.help import help_button

# -- similarity ----------------------------------------------------------------------------------


def about_similarity(atlas: AppContext, scene: ViewContext) -> list[Component]:
    """How alike the models of the selected pair are."""
    courses = [
        atlas.fetch(SIMILARITY_COURSE, scene.study, scene.view.similarity_query, pair)
        for pair in scene.view.similarity_details()
    ]
    return [part for course in courses for part in _similarity(course, scene)]


def _similarity(course: TaskPairProfile, scene: ViewContext) -> list[Component]:
    first, second = course.first, course.second
    who = f"{first} and {second}" if first != second else f"{first} across seeds"
    step = captions.checkpoint_text(course.checkpoint)
    floor = (
        f", independent noise {numbers.number(course.floor)}"
        if course.floor == course.floor
        else ""
    )
    line = SparklineSeries(course.by_layer)
    over = SparklineSeries(course.over_training)
    return [
        html.H3([f"{course.name} of {who}", help_button("cka", course.name)]),
        html.P(
            f"{numbers.number(course.value)} at layer {course.layer}, {step},"
            f" over {numbers.counted(course.n, 'pair of runs', 'pairs of runs')}{floor}.",
            className="panel-said",
        ),
        *spark(
            f"By layer, {step}",
            list(range(len(course.layers))),
            [f"layer {layer}" for layer in course.layers],
            [line],
            scene,
            within=(0.0, 1.0),
            here=float(course.layers.index(course.layer)),
        ),
        *(
            spark(
                f"Over training, layer {course.layer}",
                list(course.checkpoints),
                [f"{step:,}" for step in course.checkpoints],
                [over],
                scene,
                within=(0.0, 1.0),
                here=None if course.checkpoint == "last" else float(course.checkpoint),
            )
            if len(course.checkpoints) > 1
            else []
        ),
    ]
