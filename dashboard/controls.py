"""The controls every page shares: how they look, and what they offer for a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.similarity import similarity_layers
from core.study import Study
from core.transfer import Kind
from dashboard.figures import words
from dashboard.glossary import help_button
from dashboard.ids import Id, group_of
from dashboard.view import LAST, View, method_steps, query_of

Option = dict[str, Any]

SHARED = (Id.METHOD, Id.SEEDS, Id.SCALE, Id.CHECKPOINT, Id.TASKS)
"""Control groups of every page; a page adds its own."""

NO_COMPARISON = "–"
HALF_A_RAIL = 12
"""Characters of a task's name and label that fit into one of two columns."""
SCALES = (
    ("published", "Published", "cut to 0 … 1.5"),
    ("strict", "Strict", "negative values shown"),
)
PREDICTIONS = (
    (Kind.PREDICTED.value, "Best source", ""),
    (Kind.CROSS_FITTED.value, "Cross-fitted", ""),
)


@dataclass(frozen=True)
class Strengths:
    """What the threshold's slider knows of a graph: the value that suits it, its end, its step."""

    suits: float = 0.0
    strongest: float = 1.0
    step: float = 0.01


@dataclass(frozen=True)
class Offer:
    """What the controls offer for a view, and what they stand at.

    values: control -> value. hidden: groups without a choice to make here.
    """

    methods: list[Option]
    seeds: list[Option]
    checkpoints: list[Option]
    layers: list[Option]
    tasks: list[Option]
    include: list[Option]
    against: list[Option]
    strengths: Strengths
    values: dict[str, Any]
    hidden: frozenset[str]


def rail_groups() -> list[Component]:
    """All control groups, in their order; `Offer.hidden` says which are not shown."""
    return [
        _group(Id.METHOD, "Method", dbc.Select(id=Id.METHOD, size="sm"), "exposure", "FT and FTWB"),
        _fieldset(Id.SEEDS, "Seeds", _checklist(Id.SEEDS, inline=True), "seeds"),
        _fieldset(Id.SCALE, "Scale", _radio(Id.SCALE, SCALES), "scale"),
        _group(Id.CHECKPOINT, "Checkpoint", dbc.Select(id=Id.CHECKPOINT, size="sm"), "checkpoint"),
        _group(Id.LAYER, "Layer", dbc.Select(id=Id.LAYER, size="sm"), "cka", "CKA and layer"),
        _fieldset(
            Id.TASKS,
            "Tasks",
            [
                _checklist(Id.TASKS, className="task-list"),
                _checklist(Id.INCLUDE, className="include-list"),
            ],
            "exclusions",
        ),
        # What follows belongs to single tabs.
        _fieldset(Id.PREDICTION, "Prediction", _radio(Id.PREDICTION, PREDICTIONS), "predicted"),
        _group(Id.AGAINST, "Minus another method", dbc.Select(id=Id.AGAINST, size="sm"), "versus"),
        _fieldset(
            Id.THRESHOLD,
            "Weakest arrow shown",
            dcc.Slider(
                id=Id.THRESHOLD,
                min=0,
                max=1,
                step=Strengths.step,
                value=0,
                marks=None,
                included=False,
                allow_direct_input=False,
                tooltip={"always_visible": True, "placement": "bottom"},
                updatemode="mouseup",
            ),
            "threshold",
        ),
    ]


def _label(text: str, help_key: str, about: str = "") -> list[Component | str]:
    return [text, help_button(help_key, about or text)]


def _group(control: Id, text: str, child: Component, help_key: str, about: str = "") -> Component:
    return html.Div(
        id=group_of(control),
        className="rail-group",
        children=[
            html.Div(
                [html.Label(text, htmlFor=control), help_button(help_key, about or text)],
                className="rail-label",
            ),
            child,
        ],
    )


def _fieldset(
    control: Id, text: str, children: Component | list[Component], help_key: str
) -> Component:
    return html.Fieldset(
        id=group_of(control),
        className="rail-group",
        children=[html.Legend(_label(text, help_key), className="rail-label"), html.Div(children)],
    )


def _checklist(control: Id, *, inline: bool = False, className: str = "") -> Component:
    checklist: Component = dbc.Checklist(
        id=control, options=[], value=[], inline=inline, className=className
    )
    return checklist


def _radio(control: Id, choices: Sequence[tuple[str, str, str]]) -> Component:
    options = [
        {
            "value": value,
            "label": html.Span(
                [f"{label} ", *([html.Span(hint, className="option-hint")] if hint else [])]
            ),
        }
        for value, label, hint in choices
    ]
    radio: Component = dbc.RadioItems(id=control, options=options, value=choices[0][0])
    return radio


def offer(
    study: Study,
    view: View,
    groups: Sequence[str],
    *,
    pairs: bool,
    strengths: Strengths = Strengths(),
) -> Offer:
    """What the controls offer on a page that has these groups.

    pairs: the page leaves out what the manifest excludes. strengths: of the graph's arrows.
    """
    kept_out = {task.name for task in study.excluded} if pairs else set()
    seeds = study.seeds_of(view.method)
    steps = method_steps(study, view.method)
    layers = similarity_layers(study)
    method = study.method(view.method)
    others = [other for other in study.tested_methods if other.name != view.method]
    hidden = {
        Id.SCALE: study.scored,
        Id.SEEDS: len(seeds) < 2,
        Id.CHECKPOINT: len(steps) < 2,
        Id.LAYER: len(layers) < 2,
        Id.PREDICTION: method.predicted_from is None,
        Id.AGAINST: not others,
    }
    query = query_of(view)
    return Offer(
        methods=[{"value": m.name, "label": m.label} for m in study.tested_methods],
        seeds=[{"value": seed, "label": str(seed)} for seed in seeds],
        checkpoints=[
            {"value": LAST, "label": f"last ({steps[-1]:,})" if steps else "last"},
            *[{"value": str(step), "label": f"{step:,}"} for step in reversed(steps)],
        ],
        layers=[{"value": str(layer), "label": f"layer {layer}"} for layer in layers],
        tasks=[_task_option(study, t.name) for t in study.tasks if t.name not in kept_out],
        include=[_include_option(study, name) for name in sorted(kept_out, key=_order(study))],
        against=[
            {"value": NO_COMPARISON, "label": "nothing"},
            *[{"value": other.name, "label": other.label} for other in others],
        ],
        strengths=strengths,
        values={
            Id.METHOD: view.method,
            Id.SEEDS: list(seeds if view.seeds is None else view.seeds),
            Id.SCALE: view.convention.value,
            Id.CHECKPOINT: query["at"][0],
            Id.LAYER: query.get("layer", [""])[0],
            Id.TASKS: [task.name for task in study.tasks if task.name not in view.exclude],
            Id.INCLUDE: list(view.include),
            Id.PREDICTION: view.prediction.value,
            Id.AGAINST: view.against or NO_COMPARISON,
            Id.THRESHOLD: strengths.suits
            if view.threshold is None
            else min(view.threshold, strengths.strongest),
            Id.SELECTION: list(view.selection),
        },
        hidden=frozenset(
            group
            for group in (*SHARED, Id.LAYER, Id.PREDICTION, Id.AGAINST, Id.THRESHOLD)
            if group not in groups or hidden.get(group, False)
        ),
    )


def _order(study: Study) -> Any:
    return study.task_index.__getitem__


def _task_option(study: Study, name: str) -> Option:
    label = study.task(name).label
    text = words.name_in_words(name)
    return {
        "value": name,
        "label": html.Span(
            [f"{text} ", html.Span(label, className="option-hint")],
            title=f"{text} {label}",
            # The style sheet puts a list with such a name into one column.
            className="option-long" if len(text) + len(label) > HALF_A_RAIL else None,
        ),
    }


def _include_option(study: Study, name: str) -> Option:
    task = study.task(name)
    return {
        "value": name,
        "label": html.Span(
            [
                f"{words.name_in_words(name)} ",
                html.Span(task.label, className="option-hint"),
                html.Span(f" left out: {task.exclude}", className="option-reason"),
            ]
        ),
    }


def summary(study: Study, view: View, *, pairs: bool) -> str:
    """What is shown now, in words: `FTWB2, 3 seeds, published scale, crossing shown`."""
    label = study.method(view.method).label
    seeds = study.seeds_of(view.method) if view.seeds is None else view.seeds
    parts = [label, words.counted(len(seeds), "seed")]
    parts.append("given scores" if study.scored else f"{view.convention.value} scale")
    if view.checkpoint != "last":
        parts.append(f"step {view.checkpoint:,}")
    left_out = [
        task.name
        for task in study.tasks
        if task.name in view.exclude
        or (pairs and task.exclude is not None and task.name not in view.include)
    ]
    shown = [task.name for task in study.excluded if task.name not in left_out]
    parts.extend(f"{words.name_in_words(name)} shown" for name in shown)
    if left_out:
        parts.append(f"without {', '.join(words.name_in_words(name) for name in left_out)}")
    return ", ".join(parts)
