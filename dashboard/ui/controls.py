"""The controls every page shares: how they look, and what they offer for a view.

All of it is made from the list in `dashboard.state.fields`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from core.study import Study
from dashboard.state.fields import (
    Choice,
    Field,
    Kind,
    Look,
    Offer,
    Reach,
    ViewFields,
    address_fields,
)
from dashboard.state.view import View
from dashboard.text import captions
from dashboard.text.names import shortened, shortened_apart
from dashboard.ui.fixed import fixed
from dashboard.ui.help import help_button
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import Id, group_of, offered_of, part, told_of

Option = dict[str, Any]

OF_ALL = (Kind.CHOSEN, Kind.UNTICKED)
LINE_LENGTH = 24
"""Letters of a name that are seen in a line of a list of ticks."""
"""Kinds whose address needs to know what else could be chosen."""


@dataclass(frozen=True)
class Control:
    """One value of the state: a control, its key in the address, and how the two go together.

    offers: `arrange` says what can be chosen. arranges: what others offer depends on it. ticks: a
    list of any length.
    """

    id: str
    key: str
    kind: Kind = Kind.ONE
    offers: bool = False
    prop: str = "value"
    arranges: bool = True
    ticks: bool = False

    @property
    def offered(self) -> tuple[str, str]:
        """Where what can be chosen stands: an id and a property."""
        return (offered_of(self.id), "data") if self.ticks else (self.id, "options")


LIST_HEIGHT = 480
"""Pixels of an open list, at most: its search and ten names."""


def all_controls() -> tuple[Control, ...]:
    """Everything the address is made of, in its order there: study and tab, then the view."""
    return (
        Control(Id.STUDY, "study"),
        Control(Id.TAB, "tab", prop="data"),
        *[
            Control(
                one.id,
                one.key,
                one.kind,
                one.offers,
                one.prop,
                one.arranges,
                one.look is Look.TICKS,
            )
            for one in address_fields()
        ],
    )


def all_groups() -> tuple[str, ...]:
    """Controls with a group of their own in the rail."""
    return tuple(one.id for one in address_fields() if one.grouped)


def shared_groups() -> tuple[str, ...]:
    """Control groups of every page; a page adds its own."""
    return tuple(one.id for one in address_fields() if one.grouped and one.reach != Reach.NAMED)


SHARED = shared_groups()


@dataclass(frozen=True)
class ThresholdRange:
    """What the threshold's slider knows of a graph: the value that suits it, its end, its step."""

    default: float = 0.0
    strongest: float = 1.0
    step: float = 0.01


@dataclass(frozen=True)
class ControlState:
    """What the controls offer for a view, and what they stand at.

    options, values: by control. hidden: groups without a choice to make here. told: a sentence on
    what is chosen, by control.
    """

    options: dict[str, list[Option]]
    values: dict[str, Any]
    hidden: frozenset[str]
    threshold: ThresholdRange = ThresholdRange()
    told: dict[str, str] = dataclasses.field(default_factory=dict)


def telling() -> tuple[str, ...]:
    """Controls below which stands what is chosen there."""
    return tuple(one.id for one in address_fields() if one.tells)


def rail_groups() -> list[Component]:
    """All control groups, in their order; `ControlState.hidden` says which are not shown."""
    fields = address_fields()
    return [
        _rail_group(one, [also for also in fields if also.within == one.name])
        for one in fields
        if one.grouped
    ]


def _rail_group(field: Field[Any], also: Sequence[Field[Any]]) -> Component:
    """The group of a field: label, help, its control, and those that stand within."""
    group, label, about = group_of(field.id), field.label, field.about or field.label
    if field.look in (Look.SELECT, Look.CHOOSER):
        head = [html.Label(label, htmlFor=field.id), help_button(field.help, about)]
        return html.Div(
            [
                html.Div(head, className="rail-label"),
                *_component(field),
                *([html.P(id=told_of(field.id), className="told")] if field.tells else []),
            ],
            id=group,
            className="rail-group",
        )
    return html.Fieldset(
        [
            html.Legend([label, help_button(field.help, about)], className="rail-label"),
            *([all_and_none(field)] if field.kind in OF_ALL else []),
            html.Div([*_component(field), *[part for one in also for part in _component(one)]]),
        ],
        id=group,
        className="rail-group",
    )


def all_and_none(field: Field[Any]) -> Component:
    """Two buttons that tick all of a list, or nothing; controls.js listens to them."""
    what = field.label.lower()
    # A span: the style sheet lays out the lists of a group by its div.
    buttons: Component = html.Span(
        [take_all(field, "All", f"All {what}"), _every(field, "none", "None", f"No {what}")],
        className="every",
    )
    return buttons


def take_all(field: Field[Any], text: str, label: str = "") -> Component:
    """A button that ticks all there is."""
    return _every(field, "all", text, label or text)


def _every(field: Field[Any], which: str, text: str, label: str) -> Component:
    button: Component = html.Button(
        text,
        type="button",
        className="every-button",
        **data(every=which, control=field.id),
        **aria(label=label),
    )
    return button


def _component(field: Field[Any]) -> list[Component]:
    """The control of a field."""
    if field.look is Look.SELECT:
        return [dbc.Select(id=field.id, size="sm", options=_plain_options(field.fixed()))]
    if field.look is Look.CHOOSER:
        # Several of many, with a search.
        nothing = field.empty
        return [
            dcc.Dropdown(
                id=field.id,
                options=[],
                value=[],
                multi=True,
                placeholder=nothing,
                maxHeight=LIST_HEIGHT,
            )
        ]
    if field.look is Look.RADIO:
        first = field.fixed()[0].value
        return [dbc.RadioItems(id=field.id, options=_options(field.fixed()), value=first)]
    if field.look is Look.SLIDER:
        return [_slider(field.id)]
    if field.look is Look.TICKS:
        # A component for each choice of a thousand would hold every figure up: ticks.js draws them.
        return [
            dcc.Store(id=field.id, data=[]),
            dcc.Store(id=offered_of(field.id), data=[]),
            html.Div(
                id=part(field.id, "list"),
                className=f"ticks {field.id}-list",
                **data(ticks=field.id),
            ),
        ]
    return [dbc.Checklist(id=field.id, options=[], value=[], className=f"{field.id}-list")]


def _slider(control: str) -> Component:
    slider: Component = dcc.Slider(
        id=control,
        min=0,
        max=1,
        step=ThresholdRange.step,
        value=0,
        marks=None,
        included=False,
        allow_direct_input=False,
        tooltip={"always_visible": True, "placement": "bottom"},
        updatemode="mouseup",
    )
    return slider


def _plain_options(choices: Iterable[Choice]) -> list[Option]:
    return [
        {"value": choice.value, "label": choice.label}
        | ({"title": choice.about} if choice.about else {})
        for choice in choices
    ]


_PROTO, _APART = "__proto__", "_\u2060_proto__"


def _apart(name: str) -> str:
    """A name as dcc.Dropdown bears it: its search makes property names of all parts of values.

    An invisible sign stands in `__proto__`; url-query.js takes it out again.
    """
    return name.replace(_PROTO, _APART)


def _searched_options(choices: Iterable[Choice]) -> list[Option]:
    return [{"value": _apart(str(one.value)), "label": _apart(one.label)} for one in choices]


def _options(choices: Iterable[Choice]) -> list[Option]:
    """Choices with the small words beside them."""
    return [{"value": choice.value, "label": _words(choice)} for choice in choices]


def _words(choice: Choice) -> Component | str:
    if not (choice.hint or choice.reason):
        return choice.label
    words: list[Component | str] = [f"{choice.label} "]
    if choice.hint:
        words.append(html.Span(choice.hint, className="option-hint"))
    if choice.reason:
        words.append(html.Span(f" {choice.reason}", className="option-reason"))
    label: Component = fixed(html.Span(words))
    return label


def _ticks(choices: Iterable[Choice]) -> list[Option]:
    """Choices as ticks.js takes them: texts alone, what is empty left out.

    short: for long names that are alike until beyond the end of a line, where they differ.
    """
    offered = list(choices)
    labels = [one.label for one in offered]
    cut = shortened_apart(labels, LINE_LENGTH)
    plain = (shortened(label, LINE_LENGTH) for label in labels)
    return [
        {"value": one.value, "label": one.label}
        | {
            name: text
            for name, text in (
                ("hint", one.hint),
                ("reason", one.reason),
                ("group", one.group),
                ("short", short if short != usual else ""),
            )
            if text
        }
        for one, short, usual in zip(offered, cut, plain, strict=True)
    ]


def _offered(field: Field[Any], choices: Sequence[Choice]) -> list[Option]:
    if field.look is Look.TICKS:
        return _ticks(choices)
    if field.look is Look.RADIO or (field.look is Look.CHECKLIST and field.kind is Kind.LIST):
        return _options(choices)
    if field.look is Look.CHOOSER:
        return _searched_options(choices)
    return _plain_options(choices)


def offer(
    study: Study,
    view: View,
    groups: Sequence[str],
    *,
    pairs: bool,
    single_sources: bool = False,
    threshold: ThresholdRange = ThresholdRange(),
    others: Sequence[Choice] = (),
    kept_in: str = "",
    ignored: Collection[str] = (),
) -> ControlState:
    """What the controls offer on a page that has these groups.

    pairs: the page leaves out what the manifest excludes. single_sources: it draws no other methods
    than those with runs of one task alone. threshold: of the graph's arrows. others: methods of
    other studies. kept_in: as in `summary`. ignored: controls the page does not look at now.
    """
    offered = Offer(study, view, groups, pairs, single_sources, others, kept_in, ignored)
    options, values, hidden, told = {}, {}, set(), {}
    for field in address_fields():
        choices = field.options(offered)
        there = field.id in groups and field.id not in ignored
        unseen = field.grouped and (not there or field.hidden(offered))
        if unseen:
            hidden.add(field.id)
        if field.offers:
            options[field.id] = _offered(field, choices)
        if field.kind is not Kind.AUTO:
            values[field.id] = field.standing(view, choices)
            if field.look is Look.CHOOSER:
                values[field.id] = [_apart(name) for name in values[field.id]]
                if unseen:
                    # It indexes what it offers for its search, which takes long of many tasks.
                    kept = set(values[field.id])
                    options[field.id] = [one for one in options[field.id] if one["value"] in kept]
        if field.tells:
            chosen = next((one for one in choices if one.value == values[field.id]), None)
            told[field.id] = chosen.about if chosen else ""
    at = view.threshold
    values[Id.THRESHOLD] = threshold.default if at is None else min(at, threshold.strongest)
    return ControlState(options, values, frozenset(hidden), threshold, told)


def ways_back(study: Study, view: View, *, pairs: bool) -> list[Component]:
    """Where nothing is left to show: what is the matter, and a button out of it; else empty."""
    back: list[tuple[str, Field[Any], str]] = []
    if view.seeds == ():
        back.append(("No seed is chosen.", ViewFields.seeds, "Take all seeds"))
    left = {task.name for task in study.tasks} - set(view.exclude)
    if pairs:
        left -= {task.name for task in study.excluded} - set(view.include)
    if not left:
        back.append(("All tasks are left out.", ViewFields.exclude, "Take all tasks"))
    return [html.P([f"{what} ", take_all(field, text)]) for what, field, text in back]


def nothing_offered() -> ControlState:
    """Of a study that cannot be shown."""
    return ControlState({}, {}, frozenset(all_groups()))


def summary(
    study: Study,
    view: View,
    *,
    pairs: bool,
    groups: Sequence[str] | None = None,
    kept_in: str = "",
    others: Sequence[Choice] = (),
    ignored: Collection[str] = (),
    assumed: bool = False,
) -> str:
    """What is shown now, in words: `FTWB2, 3 seeds, published scale, crossing shown`.

    pairs, groups: as in `offer`; groups None = all that are shared, as a page without a choice of
    its own has them. kept_in: where on the page the tasks the manifest excludes are kept:
    `in the matrix`. others: methods of other studies. ignored: controls the page does not look at.
    assumed: nobody told that higher is better.
    """
    offered = Offer(
        study,
        view,
        shared_groups() if groups is None else groups,
        pairs,
        others=others,
        ignored=ignored,
        assumed=assumed,
    )
    parts = []
    for field in address_fields():
        if field.id in ignored:
            continue
        # Given scores and a single seed are said, too: their group is there, but hidden.
        everywhere = field.reach is Reach.EVERYTHING
        if (everywhere or field.id in offered.groups) and (said := field.said(offered)):
            parts.append(said)
    return ", ".join([*parts, *_tasks_said(offered, kept_in)])


def _tasks_said(offered: Offer, kept_in: str) -> list[str]:
    """Which tasks are out, and which are in although the manifest leaves them out."""
    study, view = offered.study, offered.view
    left_out = [
        task.name
        for task in study.tasks
        if task.name in view.exclude
        or (task.name in offered.kept_out and task.name not in view.include)
    ]
    shown = [task.name for task in study.excluded if task.name not in left_out]
    parts = [f"{captions.named_or_counted(shown)} shown"] if shown else []
    if left_out:
        without = f"without {captions.named_or_counted(left_out)}"
        back = [name for name in left_out if name not in view.exclude]
        if kept_in and back:
            whom = "" if back == left_out else f"{captions.named_or_counted(back)} "
            without += f" (but {whom}{kept_in})"
        parts.append(without)
    return parts
