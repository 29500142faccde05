"""The controls every page shares: how they look, and what they offer for a view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.analyses.comparison import default_opponent
from core.numerics.clustering import Order
from core.similarity.matrix import compared_sizes, similarity_checkpoints, similarity_layers
from core.study import Study
from core.transfer.matrix import MatrixKind
from dashboard.figures.parts.theme import Style
from dashboard.state.view import LAST, View, measures_of, method_steps, query_of
from dashboard.text import names, numbers
from dashboard.ui.help import help_button
from dashboard.ui.ids import Id, group_of

Option = dict[str, Any]

SHARED = (Id.METHOD, Id.SEEDS, Id.SCALE, Id.CHECKPOINT, Id.TASKS, Id.STYLE)
"""Control groups of every page; a page adds its own."""


@dataclass(frozen=True)
class Control:
    """One value of the state: a control, its key in the address, and how the two go together.

    kind: a rule of assets/js/state/url-query.js: `one` value as it is, `optional` one that may be
    none, a `list`, all or some of what is `chosen` from, what is `unticked`, or an `auto` number.
    offers: `arrange` says what can be chosen.
    """

    id: Id
    key: str
    kind: str = "one"
    offers: bool = False
    prop: str = "value"


CONTROLS = (
    Control(Id.STUDY, "study"),
    Control(Id.TAB, "tab", prop="data"),
    Control(Id.METHOD, "method", offers=True),
    Control(Id.SEEDS, "seeds", "chosen", offers=True),
    Control(Id.SCALE, "scale"),
    Control(Id.CHECKPOINT, "at", offers=True),
    Control(Id.LAYER, "layer", offers=True),
    Control(Id.CKA_CHECKPOINT, "cka_at", offers=True),
    Control(Id.MEASURE, "measure", offers=True),
    Control(Id.TRAINED, "size", offers=True),
    Control(Id.TASKS, "exclude", "unticked", offers=True),
    Control(Id.INCLUDE, "include", "list", offers=True),
    Control(Id.SOURCES_OUT, "not_source", "list", offers=True),
    Control(Id.TARGETS_OUT, "not_target", "list", offers=True),
    Control(Id.ORDER, "order"),
    Control(Id.PREDICTION, "prediction"),
    Control(Id.AGAINST, "against", "optional", offers=True),
    Control(Id.SPLIT, "split", "optional", offers=True),
    Control(Id.THRESHOLD, "threshold", "auto"),
    Control(Id.STYLE, "style"),
    Control(Id.FILTERS, "filter", "list", prop="data"),
    Control(Id.SORTING, "sort", "list", prop="data"),
    Control(Id.SELECTION, "select", "list", prop="data"),
)
"""Everything the address is made of, in its order there."""

OFFERING = tuple(control.id for control in CONTROLS if control.offers)

GROUPS = tuple(
    control.id
    for control in CONTROLS
    # The chooser of the study stands in the bar; what is brought back, among the tasks.
    if control.prop == "value" and control.id not in (Id.STUDY, Id.INCLUDE)
)
"""Controls with a group of their own in the rail."""

NO_COMPARISON = "–"
MEASURES = {"cka": "CKA", "debiased": "CKA, debiased", "procrustes": "Procrustes"}
ORDERS = (
    (Order.MANIFEST.value, "As in the study", ""),
    (Order.NET.value, "By net", "givers first"),
    (Order.CLUSTER.value, "By clustering", "alike side by side"),
)
STYLES = (
    (Style.SCREEN.value, "Screen", ""),
    (Style.PAPER.value, "Paper", "white, thick axes"),
    (Style.BARE.value, "Paper, bare", "the same without title and legend, where there are any"),
)
HALF_A_RAIL = 12
"""Characters of a task's name and label that fit into one of two columns."""
SCALES = (
    ("published", "Published", "cut to 0 … 1.5"),
    ("strict", "Strict", "negative values shown"),
)
PREDICTIONS = (
    (MatrixKind.PREDICTED.value, "Best source", ""),
    (MatrixKind.CROSS_FITTED.value, "Cross-fitted", ""),
)


@dataclass(frozen=True)
class ThresholdRange:
    """What the threshold's slider knows of a graph: the value that suits it, its end, its step."""

    suits: float = 0.0
    strongest: float = 1.0
    step: float = 0.01


@dataclass(frozen=True)
class ControlState:
    """What the controls offer for a view, and what they stand at.

    options, values: by control. hidden: groups without a choice to make here.
    """

    options: dict[str, list[Option]]
    values: dict[str, Any]
    hidden: frozenset[str]
    strengths: ThresholdRange = ThresholdRange()


def rail_groups() -> list[Component]:
    """All control groups, in their order; `ControlState.hidden` says which are not shown."""
    return [
        _group(Id.METHOD, "Method", dbc.Select(id=Id.METHOD, size="sm"), "exposure", "FT and FTWB"),
        _fieldset(Id.SEEDS, "Seeds", _checklist(Id.SEEDS, inline=True), "seeds"),
        _fieldset(Id.SCALE, "Scale", _radio(Id.SCALE, SCALES), "scale"),
        _group(Id.CHECKPOINT, "Checkpoint", dbc.Select(id=Id.CHECKPOINT, size="sm"), "checkpoint"),
        _group(Id.LAYER, "Layer", dbc.Select(id=Id.LAYER, size="sm"), "cka", "CKA and layer"),
        _group(
            Id.CKA_CHECKPOINT,
            "Checkpoint of the CKA",
            dbc.Select(id=Id.CKA_CHECKPOINT, size="sm"),
            "cka",
            "CKA and its checkpoint",
        ),
        _group(
            Id.MEASURE,
            "Similarity",
            dbc.Select(id=Id.MEASURE, size="sm"),
            "measure",
            "the measures",
        ),
        _group(
            Id.TRAINED,
            "Models trained on",
            dbc.Select(id=Id.TRAINED, size="sm"),
            "cka",
            "CKA of models trained on several tasks",
        ),
        _fieldset(
            Id.TASKS,
            "Tasks",
            [
                # shell.js hides what does not match; a short list has no search.
                html.Label("Find a task", htmlFor="task-search", className="visually-hidden"),
                dcc.Input(
                    id="task-search",
                    type="search",
                    placeholder="Find a task",
                    className="form-control form-control-sm task-search",
                ),
                _checklist(Id.TASKS, className="task-list"),
                _checklist(Id.INCLUDE, className="include-list"),
            ],
            "exclusions",
        ),
        # What follows belongs to single tabs.
        _group(
            Id.SOURCES_OUT,
            "Hidden as source",
            _chooser(Id.SOURCES_OUT, "none"),
            "exclusions",
            "tasks hidden as source",
        ),
        _group(
            Id.TARGETS_OUT,
            "Hidden as target",
            _chooser(Id.TARGETS_OUT, "none"),
            "exclusions",
            "tasks hidden as target",
        ),
        _fieldset(Id.ORDER, "Rows and columns", _radio(Id.ORDER, ORDERS), "order"),
        _fieldset(Id.PREDICTION, "Prediction", _radio(Id.PREDICTION, PREDICTIONS), "predicted"),
        _group(
            Id.AGAINST, "Against another method", dbc.Select(id=Id.AGAINST, size="sm"), "versus"
        ),
        _group(
            Id.SPLIT,
            "With and without",
            dbc.Select(id=Id.SPLIT, size="sm"),
            "split",
            "with and without a task",
        ),
        _fieldset(
            Id.THRESHOLD,
            "Weakest arrow shown",
            dcc.Slider(
                id=Id.THRESHOLD,
                min=0,
                max=1,
                step=ThresholdRange.step,
                value=0,
                marks=None,
                included=False,
                allow_direct_input=False,
                tooltip={"always_visible": True, "placement": "bottom"},
                updatemode="mouseup",
            ),
            "threshold",
        ),
        _fieldset(Id.STYLE, "Figures for", _radio(Id.STYLE, STYLES), "paper"),
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


def _chooser(control: Id, placeholder: str) -> Component:
    """Several of many, with a search."""
    dropdown: Component = dcc.Dropdown(
        id=control, options=[], value=[], multi=True, placeholder=placeholder
    )
    return dropdown


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
    strengths: ThresholdRange = ThresholdRange(),
) -> ControlState:
    """What the controls offer on a page that has these groups.

    pairs: the page leaves out what the manifest excludes. strengths: of the graph's arrows.
    """
    kept_out = {task.name for task in study.excluded} if pairs else set()
    seeds = study.seeds_of(view.method)
    steps = method_steps(study, view.method)
    layers = similarity_layers(study)
    method = study.method(view.method)
    others = [other for other in study.tested_methods if other.name != view.method]
    cka_steps = () if view.layer is None else similarity_checkpoints(study, view.layer)
    measures, sizes = measures_of(study), compared_sizes(study)
    tasks = [_plain_option(study, task.name) for task in study.tasks]
    hidden = {
        Id.SCALE: study.has_given_scores,
        Id.SEEDS: len(seeds) < 2,
        Id.CHECKPOINT: len(steps) < 2,
        Id.LAYER: len(layers) < 2,
        Id.CKA_CHECKPOINT: not cka_steps,
        Id.MEASURE: len(measures) < 2,
        Id.TRAINED: len(sizes) < 2,
        Id.PREDICTION: method.predicted_from is None,
        Id.AGAINST: not others,
    }
    query = query_of(view)
    return ControlState(
        options={
            Id.METHOD: [{"value": m.name, "label": m.label} for m in study.tested_methods],
            Id.SEEDS: [{"value": seed, "label": str(seed)} for seed in seeds],
            Id.CHECKPOINT: _steps(steps),
            Id.LAYER: [{"value": str(layer), "label": f"layer {layer}"} for layer in layers],
            Id.CKA_CHECKPOINT: _steps(cka_steps),
            Id.MEASURE: [{"value": name, "label": MEASURES[name]} for name in measures],
            Id.TRAINED: [
                {"value": str(size), "label": numbers.counted(size, "task")} for size in sizes
            ],
            Id.TASKS: [_task_option(study, t.name) for t in study.tasks if t.name not in kept_out],
            Id.INCLUDE: [
                _include_option(study, name) for name in sorted(kept_out, key=_order(study))
            ],
            Id.SOURCES_OUT: tasks,
            Id.TARGETS_OUT: tasks,
            Id.AGAINST: [
                {"value": NO_COMPARISON, "label": _no_comparison(study, view, groups)},
                *[{"value": other.name, "label": other.label} for other in others],
            ],
            Id.SPLIT: [{"value": NO_COMPARISON, "label": "the task that differs most"}, *tasks],
        },
        values={
            Id.METHOD: view.method,
            Id.SEEDS: list(seeds if view.seeds is None else view.seeds),
            Id.SCALE: view.scale.value,
            Id.CHECKPOINT: query["at"][0],
            Id.LAYER: query["layer"][0],
            Id.CKA_CHECKPOINT: query["cka_at"][0],
            Id.MEASURE: query["measure"][0],
            Id.TRAINED: query["size"][0],
            Id.TASKS: [task.name for task in study.tasks if task.name not in view.exclude],
            Id.INCLUDE: list(view.include),
            Id.SOURCES_OUT: list(view.sources_out),
            Id.TARGETS_OUT: list(view.targets_out),
            Id.ORDER: view.order.value,
            Id.PREDICTION: view.prediction.value,
            Id.AGAINST: view.against or NO_COMPARISON,
            Id.SPLIT: view.split or NO_COMPARISON,
            Id.THRESHOLD: strengths.suits
            if view.threshold is None
            else min(view.threshold, strengths.strongest),
            Id.STYLE: query["style"][0],
            Id.FILTERS: [text for text in query["filter"] if text],
            Id.SORTING: [text for text in query["sort"] if text],
            Id.SELECTION: view.selected,
        },
        hidden=frozenset(
            group for group in GROUPS if group not in groups or hidden.get(group, False)
        ),
        strengths=strengths,
    )


def _no_comparison(study: Study, view: View, groups: Sequence[str]) -> str:
    """What stands where no method was chosen: on the Compare page there is always another."""
    other = default_opponent(study, view.method) if Id.SPLIT in groups else None
    return f"most in common: {study.method(other).label}" if other else "nothing"


def _steps(steps: Sequence[int]) -> list[Option]:
    """The last checkpoint, then all there are, latest first."""
    return [
        {"value": LAST, "label": f"last ({steps[-1]:,})" if steps else "last"},
        *[{"value": str(step), "label": f"{step:,}"} for step in reversed(steps)],
    ]


def _plain_option(study: Study, name: str) -> Option:
    return {"value": name, "label": f"{names.name_in_words(name)} {study.task(name).label}"}


def _order(study: Study) -> Any:
    return study.task_index.__getitem__


def _task_option(study: Study, name: str) -> Option:
    label = study.task(name).label
    text = names.name_in_words(name)
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
                f"{names.name_in_words(name)} ",
                html.Span(task.label, className="option-hint"),
                html.Span(f" left out: {task.exclude}", className="option-reason"),
            ]
        ),
    }


def summary(
    study: Study,
    view: View,
    *,
    pairs: bool,
    groups: Sequence[str] = GROUPS,
    kept_in: str = "",
) -> str:
    """What is shown now, in words: `FTWB2, 3 seeds, published scale, crossing shown`.

    pairs, groups: as in `offer`; a page without the choice of a method shows all of them.
    kept_in: where on the page the tasks the manifest excludes are kept: `in the matrix`.
    """
    label = study.method(view.method).label if Id.METHOD in groups else "all methods"
    seeds = study.seeds_of(view.method) if view.seeds is None else view.seeds
    parts = [label, numbers.counted(len(seeds), "seed")]
    parts.append("given scores" if study.has_given_scores else f"{view.scale.value} scale")
    if view.checkpoint != "last":
        parts.append(f"step {view.checkpoint:,}")
    left_out = [
        task.name
        for task in study.tasks
        if task.name in view.exclude
        or (pairs and task.exclude is not None and task.name not in view.include)
    ]
    shown = [task.name for task in study.excluded if task.name not in left_out]
    parts.extend(f"{names.name_in_words(name)} shown" for name in shown)
    if left_out:
        parts.append(f"without {', '.join(names.name_in_words(name) for name in left_out)}")
        back = [name for name in left_out if name not in view.exclude]
        if kept_in and back:
            whom = "" if back == left_out else f"{', '.join(map(names.name_in_words, back))} "
            parts[-1] += f" (but {whom}{kept_in})"
    return ", ".join(parts)
