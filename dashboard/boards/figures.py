"""A pinned figure, drawn again from its address, by the code that exports take cards from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import plotly.graph_objects as go

from core.errors import AtlasError, RequestError
from dashboard.boards.store import Pinned, Shown
from dashboard.export.cards import exportable_card, page_of, plain_text, ready_caption
from dashboard.export.collect import ExportItem
from dashboard.figures.parts.theme import Mode, Style, theme
from dashboard.state.computing import BusyError
from dashboard.state.context import DIGEST, AppContext, NothingToShow, ViewContext, log_failure
from dashboard.ui.card import CardContent
from dashboard.ui.page import Page

NOTHING = "the study cannot be read, or has nothing to show"


@dataclass(frozen=True)
class Now:
    """What a pinned figure shows now. digest: empty where it cannot be shown."""

    item: ExportItem
    digest: str
    notices: tuple[str, ...] = ()


def shown_now(
    app_context: AppContext, pages: Sequence[Page], query: Mapping[str, Sequence[str]], card: str
) -> Shown:
    """What a card shows at an address, to be kept. Raises AtlasError where it shows nothing."""
    asked = app_context.resolve(query)
    if asked.no_file:
        raise RequestError("The files have changed since this was drawn: reload the page first")
    context = _context(app_context, query)
    page = page_of(pages, card)
    found = exportable_card(app_context, context, page, card)
    if found.figure is None and found.table is None:
        raise RequestError("There is nothing to pin: no figure is shown here")
    return Shown(
        card=card,
        query={key: list(values) for key, values in query.items() if key != DIGEST},
        study=asked.entry.slug,
        title=context.study.title,
        digest=digest_of(app_context, context),
        finding=plain_text(found.finding),
        caption=ready_caption(found, context),
        drawing=None if found.figure is None else _drawing(found),
    )


def digest_of(app_context: AppContext, context: ViewContext) -> str:
    """Of all files a figure is made from: those of another study beside it, too."""
    other = (context.view.beside or "").partition("/")[0]
    entry = app_context.library.find(other) if other else None
    more = f"+{entry.study.digest}" if entry and entry.study else ""
    return f"{context.study.digest}{more}"


def now(app_context: AppContext, pages: Sequence[Page], pinned: Pinned) -> Now:
    """The figure as it is with the data there are."""
    shown = pinned.shown
    name = f"figure-{pinned.number}"
    absent = ExportItem(name, "", "", CardContent(), None, shown.caption)
    asked = app_context.resolve(shown.query)
    if asked.entry.slug != shown.study:
        return Now(replace(absent, absent=f"{shown.title} is not open here"), "")
    try:
        page = page_of(pages, shown.card)
        context = _context(app_context, shown.query)
        found = exportable_card(app_context, context, page, shown.card)
        dark = None
        if found.figure is not None and context.theme.style is Style.SCREEN:
            night = replace(context, theme=theme(Mode.DARK))
            dark = exportable_card(app_context, night, page, shown.card).figure
    except AtlasError as error:
        return Now(replace(absent, absent=str(error)), "")
    except BusyError:
        busy = "others ask for as much as may be just now: reload the page in a moment"
        return Now(replace(absent, absent=busy), "")
    except Exception as error:
        reference = log_failure("a figure of a board", error)
        return Now(replace(absent, absent=f"it failed, reference {reference}"), "")
    gone = "" if found.figure is not None or found.table is not None else "nothing is left of it"
    item = ExportItem(name, page.title, "", found, dark, ready_caption(found, context), gone)
    return Now(item, digest_of(app_context, context), asked.notices)


def then(pinned: Pinned) -> ExportItem:
    """The figure as it was when it was pinned."""
    shown = pinned.shown
    content = CardContent(finding=shown.finding, caption=shown.caption)
    if shown.drawing is not None:
        kept = json.loads(shown.drawing)
        size = kept.pop("size")
        content = replace(
            content,
            figure=go.Figure(kept, skip_invalid=True),
            size=None if size is None else (size[0], size[1]),
        )
    return ExportItem(f"then-{pinned.number}", "", "", content, None, shown.caption)


def _context(app_context: AppContext, query: Mapping[str, Sequence[str]]) -> ViewContext:
    try:
        return app_context.view_context({"query": query, "mode": Mode.LIGHT.value})
    except NothingToShow:
        raise RequestError(NOTHING) from None


def _drawing(found: CardContent) -> str:
    """The figure and its size as JSON."""
    assert found.figure is not None  # noqa: S101  (its caller asked)
    figure = json.loads(str(found.figure.to_json()))
    return json.dumps({**figure, "size": found.size})
