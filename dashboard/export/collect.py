"""Everything the tabs show of a study, for one method after the other, each thing once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256

import plotly.graph_objects as go

from core.errors import AtlasError, RequestError, StudyError, listed
from core.io.csv import csv_text
from core.study import Method, Study
from dashboard.export.cards import exportable_cards, plain_text, ready_caption
from dashboard.export.file_names import distinct, slugs
from dashboard.figures.parts.theme import Mode, Style, theme
from dashboard.pages import PAGES
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields import Query
from dashboard.state.view import parse_view
from dashboard.text import captions, names
from dashboard.ui.card import CardContent
from dashboard.ui.page import Page

Progress = Callable[[int, int, str], object]
"""Told of (steps done, steps in all, what is being done)."""


@dataclass(frozen=True)
class ExportRequest:
    """What is to be exported.

    query: as in the address of the page, without `method`; strict: what is not in the study is an
    error, else it falls back as in the page. methods: their names, empty = all.
    """

    query: Query = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    style: Style = Style.SCREEN
    strict: bool = True


@dataclass(frozen=True)
class ExportItem:
    """A card of a tab, as it is for a method.

    name: for files, no two of an export the same. method: its label, empty where the card is the
    same for all that were asked. dark: the figure for a dark page, None on paper.
    caption: finding, caption and context as plain text. absent: why there is neither figure nor
    table, empty where there is one.
    """

    name: str
    tab: str
    method: str
    content: CardContent
    dark: go.Figure | None
    caption: str
    absent: str = ""

    @property
    def finding(self) -> str:
        """Its finding as plain text."""
        return plain_text(self.content.finding)


@dataclass(frozen=True)
class StudyExport:
    """A study's items in the order of the tabs, and what could not be had."""

    study: Study
    methods: tuple[Method, ...]
    day: date
    items: tuple[ExportItem, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class GatheringStep:
    """How far it is: so many tabs of methods done, of how many, and which is next."""

    done: int
    of: int
    what: str


@dataclass(frozen=True)
class _Found:
    """A card before it has a name; `sign`: equal where two show the same."""

    page: Page
    card: str
    method: str
    content: CardContent
    dark: go.Figure | None
    caption: str
    absent: str
    sign: str


def collect(
    app_context: AppContext, asked: ExportRequest, *, on_progress: Progress | None = None
) -> StudyExport:
    """All tabs of the study a query asks for; the same as `gather`, in one go."""
    steps = gather(app_context, asked)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            gathered: StudyExport = end.value
            return gathered
        if on_progress:
            on_progress(step.done, step.of, step.what)


def gather(
    app_context: AppContext, asked: ExportRequest
) -> Generator[GatheringStep, None, StudyExport]:
    """All tabs of the study a query asks for, with a step before each tab and one at the end.

    Raises StudyError for a study that cannot be read, RequestError where nothing can be shown or
    something asked for is not there; both before the first step.
    """
    entry = app_context.resolve(asked.query).entry
    study = entry.study
    if study is None:
        raise StudyError(entry.problems)
    scenes, notices = _scenes(study, asked)
    pages = [page for page in PAGES if page.cards and page.shows(study)]
    steps = [(page, name) for page in pages for name in scenes]
    found: list[_Found] = []
    for done, (page, name) in enumerate(steps):
        label = captions.method_label(study, name)
        yield GatheringStep(done, len(steps), f"{page.title}, {label}" if label else page.title)
        found.extend(_page(app_context, scenes[name], page, name))
    yield GatheringStep(len(steps), len(steps), "")
    return StudyExport(
        study=study,
        methods=tuple(study.method(name) for name in scenes if name),
        day=datetime.now(UTC).date(),
        items=tuple(_named(found, study, tuple(scenes))),
        notices=notices,
    )


def _scenes(study: Study, asked: ExportRequest) -> tuple[dict[str, ViewContext], tuple[str, ...]]:
    """Method -> context; a method that lacks what is asked for is left out, and that is said."""
    there = [method.name for method in study.tested_methods]
    if not there:
        return _without_transfer(study, asked), ()
    if unknown := [name for name in asked.methods if name not in there]:
        raise RequestError(f"no method {listed(unknown)} in this study: there is {listed(there)}")
    scenes, notices = {}, []
    for name in [name for name in there if not asked.methods or name in asked.methods]:
        view, fallen = parse_view({**asked.query, "method": [name]}, study)
        if view is None or (fallen and asked.strict):
            notices.append(f"{study.method(name).label} is left out: {' '.join(fallen)}")
            continue
        scenes[name] = ViewContext(
            study, view.changed(style=asked.style), theme(Mode.LIGHT, asked.style)
        )
    if not scenes or (notices and asked.methods):
        raise RequestError(notices[0].rstrip("."))
    return scenes, tuple(notices)


def _without_transfer(study: Study, asked: ExportRequest) -> dict[str, ViewContext]:
    """The one context of a study in which nothing was fine-tuned, under an empty name."""
    view, _ = parse_view(asked.query, study)
    if view is None:
        raise RequestError(
            "this study has neither transfer nor similarity nor predictors: nothing to export"
        )
    if asked.methods:
        raise RequestError(f"no method {listed(asked.methods)} in this study: it has no transfer")
    view = view.changed(style=asked.style)
    return {"": ViewContext(study, view, theme(Mode.LIGHT, asked.style))}


def _page(
    app_context: AppContext, context: ViewContext, page: Page, method: str
) -> Iterator[_Found]:
    try:
        light = exportable_cards(app_context, context, page)
        dark: Mapping[str, CardContent] = {}
        if context.theme.style is Style.SCREEN and any(f.figure for f in light.values()):
            dark = exportable_cards(app_context, replace(context, theme=theme(Mode.DARK)), page)
    except AtlasError as error:
        why = str(error)
        yield _Found(page, page.name, method, CardContent(), None, "", why, why)
        return
    for card, content in light.items():
        absent = ""
        if content.figure is None and content.table is None:
            # What it says first; what to press then is for the page.
            said = plain_text(content.message).splitlines()
            absent = said[0] if said else "there is nothing to show"
        yield _Found(
            page=page,
            card=card,
            method=method,
            content=content,
            dark=dark[card].figure if card in dark else None,
            caption=ready_caption(content, context),
            absent=absent,
            sign=_sign(content, absent),
        )


def _sign(content: CardContent, absent: str) -> str:
    """Says whether two contents show the same; a note beside them may differ."""
    figure = "" if content.figure is None else str(content.figure.to_json())
    table = "" if content.table is None else csv_text(content.table)
    parts = (plain_text(content.finding), figure, table, absent)
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _named(found: Sequence[_Found], study: Study, methods: tuple[str, ...]) -> Iterator[ExportItem]:
    """Each thing once, under its first method, where a method has runs of one task that first.

    A tab that needs those shows another method's in place of one that has none.
    """
    single = [method.name for method in study.single_source_methods]
    rank = {name: (name not in single, at) for at, name in enumerate(methods)}
    firsts: dict[tuple[str, str], _Found] = {}
    for one in sorted(found, key=lambda one: rank[one.method]):
        firsts.setdefault((one.card, one.sign), one)
    kept = [one for one in found if firsts[one.card, one.sign] is one]
    cards = [one.card for one in kept]
    varies = [cards.count(card) > 1 for card in cards]
    endings = slugs(methods)
    file_names = distinct(
        f"{one.card}-{endings[one.method]}" if own else one.card
        for one, own in zip(kept, varies, strict=True)
    )
    for one, own, name in zip(kept, varies, file_names, strict=True):
        yield ExportItem(
            name=name,
            tab=one.page.title,
            method=names.shortened(captions.method_label(study, one.method), 40) if own else "",
            content=one.content,
            dark=one.dark,
            caption=one.caption,
            absent=one.absent,
        )
