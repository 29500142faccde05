"""What is taken along: a figure by its name, with a caption that stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dash.development.base_component import Component

from core.errors import AtlasError
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, names
from dashboard.ui.card import CardContent
from dashboard.ui.page import Page

BLOCKS = ("P", "Div", "H1", "H2", "H3", "H4", "Li", "Dt", "Dd", "Tr", "Section")


class UnknownCardError(AtlasError):
    """There is no card of that name, or it shows nothing of the kind asked for."""


def page_of(pages: Sequence[Page], card: str) -> Page:
    """The page whose card this is.

    Raises UnknownCardError.
    """
    for page in pages:
        if card in page.card_names:
            return page
    raise UnknownCardError(f"there is no figure called {names.shortened(card, 40)}")


def exportable_card(
    app_context: AppContext, context: ViewContext, page: Page, card: str
) -> CardContent:
    """What a card shows of a context, in the style of the context.

    Raises UnknownCardError where the page has no such card or it is hidden.
    """
    shown = shown_card(app_context, context, page, card)
    return shown.explained().styled(context.theme.style)


def shown_card(app_context: AppContext, context: ViewContext, page: Page, card: str) -> CardContent:
    """The same as the page fills it, its figure not yet in the style.

    Raises UnknownCardError.
    """
    # Only what it is computed with: the other cards of the page may take long.
    group = next((one for one in page.cards if card in one.cards), None)
    found = None if group is None else group.contents(app_context, context).get(card)
    if found is None or found.hidden:
        raise UnknownCardError(f"there is no figure called {names.shortened(card, 40)}")
    return found


def exportable_cards(
    app_context: AppContext, context: ViewContext, page: Page
) -> Mapping[str, CardContent]:
    """All a page shows of a context, in the style of the context; what is hidden left out."""
    style = context.theme.style
    shown = page.card_contents(app_context, context)
    return {
        name: found.explained().styled(style) for name, found in shown.items() if not found.hidden
    }


def ready_caption(content: CardContent, context: ViewContext) -> str:
    """Finding, caption and everything needed to make the figure again, as plain text."""
    parts = [plain_text(content.finding), plain_text(content.caption)]
    parts.append(context_text(context, every_task=content.every_task))
    return "\n".join(
        part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part
    )


def context_text(context: ViewContext, *, every_task: bool = False) -> str:
    """Study, method, seeds, scale, checkpoint, layer, tasks in and out, style, whole digest."""
    study, view = context.study, context.view
    chosen = study.seeds_of(view.method) if view.seeds is None else view.seeds
    return captions.join(
        study.title,
        *(
            (
                captions.method_label(study, view.method),
                names.seeds_text(chosen, named=study.names_seeds),
                captions.scale_text(study, view.scale),
                captions.evaluated_at(study, view.checkpoint),
            )
            if view.method
            else ()
        ),
        "" if view.layer is None else f"layer {view.layer}",
        captions.tasks_kept(study, view.exclude)
        if every_task
        else captions.tasks_left_out(study, view.shown_tasks(study)),
        f"study digest {study.digest}",
    )


def plain_text(children: object) -> str:
    """The text of components, one line for each block; what a reader would read."""
    return "\n".join(line for line in "".join(_texts(children)).splitlines() if line.strip())


def _texts(children: object) -> Iterator[str]:
    if children is None or isinstance(children, bool):
        return
    if isinstance(children, str | int | float):
        yield str(children)
    elif isinstance(children, Component):
        if "help-button" in str(getattr(children, "className", "") or ""):
            return
        block = type(children).__name__ in BLOCKS
        yield "\n" if block else ""
        yield from _texts(getattr(children, "children", None))
        yield "\n" if block else ""
    elif isinstance(children, Sequence):
        for child in children:
            yield from _texts(child)
