"""The way from the address to the controls and back.

The address is the state. `gather` (in assets/js/state/controls.js) is the one place where it is
read and written: an address that came from outside goes through `arrange`, which checks it and
says what every control offers and stands at; a control that was moved goes straight to the figures
of the page that is shown, while `arrange` brings the other controls up to date. Every cycle is
cut by `set_props`, and nothing happens where nothing changed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State
from dash.development.base_component import Component

from core import analyses
from core.errors import AtlasError
from core.study import Study, ValueScale
from dashboard.figures.network.interactive import default_threshold, threshold_steps
from dashboard.state.context import AppContext, ResolvedQuery
from dashboard.state.fields import Choice, Query
from dashboard.state.fields.methods import has_checkpoints
from dashboard.state.fields.network import drawn_graph
from dashboard.state.study_library import StudyEntry, names_apart, titles_apart
from dashboard.state.view import (
    View,
    chosen_method,
    clean_query,
    exchanged_method,
    query_of,
    single_source_view,
)
from dashboard.text import captions
from dashboard.ui import messages
from dashboard.ui.controls import (
    OF_ALL,
    Control,
    ControlState,
    ThresholdRange,
    all_controls,
    all_groups,
    nothing_offered,
    offer,
    summary,
    telling,
    ways_back,
)
from dashboard.ui.fixed import fixed
from dashboard.ui.help import help_body
from dashboard.ui.ids import Id, group_of, told_of
from dashboard.ui.page import Page
from dashboard.ui.reading import reading_details

log = logging.getLogger(__name__)

NAMESPACE = "atlas"
ADDRESS, ANOTHER_STUDY = "address", "study"
"""Where a state came from, beside a control that was moved."""


def register(app: Dash, app_context: AppContext, pages: Sequence[Page]) -> None:
    """Wire the address, the controls and the inputs of the pages' figures."""
    controls = all_controls()
    _register_scripts(app, controls)

    @app.callback(
        Output(Id.PAGE_STATE, "data"),
        Output(Id.STUDY, "options"),
        Output(group_of(Id.STUDY), "hidden"),
        Output(Id.STUDY_TITLE, "children"),
        Output(Id.THRESHOLD, "max"),
        Output(Id.THRESHOLD, "step"),
        Output(Id.SUMMARY, "children"),
        Output(Id.PROBLEMS, "children"),
        Output(Id.PROBLEMS, "hidden"),
        Output(Id.RAIL, "hidden"),
        Output(Id.NOTICE, "children"),
        Output(Id.NOTICE, "hidden"),
        *[Output(*control.offered) for control in controls if control.offers],
        *[Output(group_of(group), "hidden") for group in all_groups()],
        *[Output(told_of(control), "children") for control in telling()],
        Output(Id.READING, "children"),
        Output(Id.READING, "hidden"),
        Input(Id.STATE, "data"),
        prevent_initial_call=True,
    )
    def arrange(state: object) -> list[Any]:
        answer = [*answer_state(app_context, pages, state), *how_read(app_context, state)]
        return [fixed(value) for value in answer]

    @app.callback(
        Output(Id.HELP_BODY, "children"),
        # `apply` sets it where the scale of the study is another than that of the one before.
        Input(Id.HELP_SCALE, "data"),
        prevent_initial_call=True,
    )
    def explain(scale: object) -> Any:
        known = [one for one in ValueScale if one.value == scale]
        return fixed(help_body(*known))


def _register_scripts(app: Dash, controls: Sequence[Control]) -> None:
    """What the browser does by itself when the address or a control changes."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction(NAMESPACE, "gather"),
        Input(Id.ADDRESS, "data"),
        Input(Id.MODE, "data"),
        # It never changes: an input, so that it stands before the controls it tells of.
        Input(Id.PLAN, "data"),
        *[Input(control.id, control.prop) for control in controls],
        *[State(*control.offered) for control in controls if control.kind in OF_ALL],
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction(NAMESPACE, "apply"),
        [
            Output(Id.HELP_SCALE, "data"),
            *[Output(control.id, control.prop) for control in controls],
        ],
        Input(Id.PAGE_STATE, "data"),
        [State(control.id, control.prop) for control in controls],
        prevent_initial_call=True,
    )
    for control in controls:
        if control.ticks:
            app.clientside_callback(  # type: ignore[no-untyped-call]
                ClientsideFunction(NAMESPACE, "ticks"),
                Input(*control.offered),
                Input(control.id, control.prop),
            )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction(NAMESPACE, "appearance"),
        Output(Id.APPEARANCE, "value"),
        Input(Id.APPEARANCE, "value"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction(NAMESPACE, "explanations"),
        Input(Id.HELP_BODY, "children"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction(NAMESPACE, "share"),
        Output(Id.SHARED, "children"),
        Input(Id.SHARE, "n_clicks"),
        prevent_initial_call=True,
    )


def how_read(app_context: AppContext, state: object) -> list[Any]:
    """The line that says how the study's file was read, and whether it is hidden.

    Our own words in our own columns need none.
    """
    data = state if isinstance(state, Mapping) else {}
    # `answer_state` has waited for it.
    entry = app_context.resolve(clean_query(data.get("query")), wait_s=0).entry
    if entry.study is None or entry.read_as is None:
        return [None, True]
    plain = not entry.study.has_given_scores and not entry.read_as.recognized
    return [None, True] if plain else [reading_details(entry.read_as, opened=entry.opened), False]


def answer_state(app_context: AppContext, pages: Sequence[Page], state: object) -> list[Any]:
    """The outputs of `arrange` for a state as the browser sends it."""
    data = state if isinstance(state, Mapping) else {}
    query = clean_query(data.get("query"))
    origin = data.get("from")
    asked = app_context.resolve(query)
    page, notices = _page(pages, query, asked)
    asked, changes, exchanged = _drawn(asked, page, data.get("kept"))
    # Of what a click leads to, nobody needs to be told that it is not what the address said.
    notices = (*((*notices, *changes) if origin == ADDRESS else ()), *exchanged.said)
    entry = asked.entry
    studies = _studies(app_context)
    values: dict[str, Any] = {Id.STUDY: entry.slug, Id.TAB: page.name}
    offered, words, suited = nothing_offered(), "", None
    back: list[Any] = []
    problems = _instead(app_context, pages, page, asked)
    if entry.study and asked.view and problems is None:
        others = _other_methods(app_context, entry) if Id.BESIDE in page.groups else ()
        offered, suited = _offered(app_context, entry.study, asked.view, page, others)
        values |= offered.values
        back = ways_back(entry.study, asked.view, pairs=page.pairs)
        words = summary(
            entry.study,
            asked.view,
            pairs=page.pairs,
            groups=page.groups,
            kept_in=page.kept_in,
            others=others,
            ignored=page.ignores(asked.view),
            assumed=entry.read_as is not None and entry.read_as.is_direction_assumed,
        )
    page_state = {
        "values": {str(control): value for control, value in values.items()},
        "suits": suited,
        "leftOut": [task.name for task in entry.study.excluded] if entry.study else [],
        "for": query,
        "from": origin if origin in (ADDRESS, ANOTHER_STUDY) else "controls",
        "unreadable": problems is not None,
        "query": _canonical(asked, page, query),
        "kept": exchanged.chosen,
        "study": entry.title,
        "version": entry.version,
        "scale": (entry.study.value_scale if entry.study else ValueScale.NORMALIZED).value,
    }
    return [
        page_state,
        studies,
        len(studies) < 2,
        "" if len(studies) > 1 else entry.title,
        offered.threshold.strongest,
        offered.threshold.step,
        words,
        problems,
        problems is None,
        problems is not None,
        [*messages.notices(notices), *back],
        not notices and not back,
        *[offered.options.get(control.id, []) for control in all_controls() if control.offers],
        *[group in offered.hidden for group in all_groups()],
        *[offered.told.get(control, "") for control in telling()],
    ]


@dataclass(frozen=True)
class ShownPage:
    """The page that an address opens, of which study, and the whole query, as `arrange` has it."""

    page: Page
    entry: StudyEntry
    query: dict[str, list[str]]
    slides: bool
    """Whether its method has checkpoints to run through."""


def shown_page(app_context: AppContext, pages: Sequence[Page], query: Query) -> ShownPage | None:
    """What `answer_state` says of an address that figures follow from; None where none do."""
    query = clean_query(query)
    asked = app_context.resolve(query)
    page, _ = _page(pages, query, asked)
    asked, _, _ = _drawn(asked, page, None)
    study, view = asked.entry.study, asked.view
    if study is None or view is None or _instead(app_context, pages, page, asked) is not None:
        return None
    slides = has_checkpoints(study, view.method)
    return ShownPage(page, asked.entry, _canonical(asked, page, query), slides)


@dataclass(frozen=True)
class _Exchanged:
    """The method that was chosen where another one is drawn, and a sentence on that."""

    chosen: str = ""
    said: tuple[str, ...] = ()


def _drawn(
    asked: ResolvedQuery, page: Page, kept: object
) -> tuple[ResolvedQuery, Sequence[str], _Exchanged]:
    """What a page draws of what was asked, notices of what changed for it, and its method.

    What is named is what is drawn: the control, the address and the figures change alike. The
    browser remembers what was chosen (`kept`), for tabs that can draw it.
    """
    study = asked.entry.study
    if not (page.single_sources and study and asked.view):
        return asked, (), _Exchanged()
    chosen = chosen_method(asked.view, study, kept)
    view, changes = single_source_view(asked.view, study)
    asked = replace(asked, view=view)
    if chosen == view.method:
        return asked, changes, _Exchanged()
    return asked, changes, _Exchanged(chosen, (exchanged_method(study, chosen, view.method),))


def _instead(
    app_context: AppContext, pages: Sequence[Page], page: Page, asked: ResolvedQuery
) -> Component | None:
    """What stands in the place of a page that can show nothing; None where it can."""
    entry = asked.entry
    if entry.reading:
        return messages.being_read(entry)
    if entry.study is None:
        return messages.problem_page(entry, app_context.library.entries(wait_s=0))
    if asked.view is None or not page.shows(entry.study):
        return messages.nothing_to_show(
            entry,
            lacking=page.needs.lacking,
            add=page.needs.add_opened if entry.opened else page.needs.add,
            instead=[(other.name, other.title) for other in pages if other.shows(entry.study)],
        )
    return None


def _page(
    pages: Sequence[Page], query: Query, asked: ResolvedQuery
) -> tuple[Page, tuple[str, ...]]:
    """The page asked for; else the first that has something to show."""
    name = (query.get("tab") or [""])[0]
    for page in pages:
        if name in (page.name, *page.formerly):
            return page, asked.notices
    study = asked.entry.study if asked.view else None
    first = next((page for page in pages if study and page.shows(study)), pages[0])
    missing = (f"There is no such tab: {first.title} is shown.",) if name else ()
    return first, (*asked.notices, *missing)


def _canonical(asked: ResolvedQuery, page: Page, query: Query) -> dict[str, list[str]]:
    """The whole state, also where it is the default.

    While the study is being read, as after a restart, what was asked stays as it is: nobody knows
    yet what of it there is.
    """
    place = {"study": [asked.entry.slug], "tab": [page.name]}
    if asked.entry.reading:
        return {key: list(values) for key, values in query.items()} | place
    return place | (query_of(asked.view, asked.entry.study) if asked.view else {})


def _other_methods(app_context: AppContext, entry: StudyEntry) -> tuple[Choice, ...]:
    """The methods of the other studies that can be read, as `beside` names them."""
    entries = app_context.library.entries(wait_s=0)
    called = names_apart(entries)
    return tuple(
        Choice(
            f"{other.slug}/{method.name}",
            captions.method_of_study(other.study, method.name, called[other.slug]),
        )
        for other in entries
        if other.slug != entry.slug and other.study is not None
        for method in other.study.tested_methods
    )


def _offered(
    app_context: AppContext, study: Study, view: View, page: Page, others: Sequence[Choice]
) -> tuple[ControlState, float | None]:
    """What the controls offer, and the threshold that suits the graph where it is asked for."""
    if Id.THRESHOLD not in page.groups:
        return _offer(study, view, page, others=others), None
    try:
        graph = app_context.fetch(
            analyses.GRAPH, study, view.pairs_query(study), view.similarity_query
        )
        graph = drawn_graph(graph, view)
    except AtlasError:
        # The page itself says what is wrong.
        return _offer(study, view, page, others=others), None
    steps = threshold_steps(graph)
    threshold = ThresholdRange(
        default=default_threshold(graph),
        strongest=max(steps[-1], ThresholdRange.step),
        step=steps[1] if len(steps) > 1 else ThresholdRange.step,
    )
    return _offer(study, view, page, threshold, others), threshold.default


NO_GRAPH = ThresholdRange()


def _offer(
    study: Study,
    view: View,
    page: Page,
    threshold: ThresholdRange = NO_GRAPH,
    others: Sequence[Choice] = (),
) -> ControlState:
    return offer(
        study,
        view,
        page.groups,
        pairs=page.pairs,
        single_sources=page.single_sources,
        threshold=threshold,
        others=others,
        kept_in=page.kept_in,
        ignored=page.ignores(view),
    )


def _studies(app_context: AppContext) -> list[dict[str, str]]:
    entries = app_context.library.entries(wait_s=0)
    titles = titles_apart(entries)
    return [
        {"value": entry.slug, "label": titles[entry.slug] + _why_not(entry)} for entry in entries
    ]


def _why_not(entry: StudyEntry) -> str:
    if entry.reading:
        return " (being read)" if entry.verified is None else " (being verified)"
    return "" if entry.study else " (cannot be read)"
