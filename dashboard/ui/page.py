"""What a page is: a tab, its layout, its cards and tables, and what of the view they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import Dash, Input
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from core.study import Study
from dashboard.state.context import AppContext, ViewContext
from dashboard.state.fields import Reach, keys_of
from dashboard.state.fields.keys import Key
from dashboard.ui import card
from dashboard.ui.card import CardContent
from dashboard.ui.controls import SHARED
from dashboard.ui.ids import input_store_id

if TYPE_CHECKING:
    from dashboard.state.view import View

EVERYWHERE = (Key.STUDY, *keys_of(Reach.EVERYTHING))
"""Keys of the query every figure depends on."""


@dataclass(frozen=True)
class FigureInput:
    """What one callback is told: the part of the query with these keys, when it changes.

    A callback whose input stays the same is not called: a tab one returns to stands as it was.
    """

    name: str
    keys: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """Those keys, and the ones of how figures look, which concern all of them."""
        return (*self.keys, *keys_of(Reach.FIGURES))


@dataclass(frozen=True)
class CardGroup:
    """Cards that are one result. Loading, errors, downloads and exports follow from it.

    show: what the cards show, in their order. figure_input: what it depends on; None = they are
    taken along in downloads and exports, while the page shows their result in a way of its own.
    opener: of `card.folded`, whose cards are computed only while they can be seen.
    """

    cards: tuple[str, ...]
    show: Callable[[AppContext, ViewContext], Sequence[CardContent]]
    figure_input: FigureInput | None = None
    opener: str | None = None

    def contents(self, app_context: AppContext, context: ViewContext) -> dict[str, CardContent]:
        """What each card shows, by its name."""
        return dict(zip(self.cards, self.show(app_context, context), strict=True))

    def register(self, app: Dash, app_context: AppContext) -> None:
        """The callback that fills the cards.

        The page asks for it by itself (cards.js): none of its inputs is in the layout, so that Dash
        never does.
        """
        if self.figure_input is None:
            return

        @app.callback(
            *[output for name in self.cards for output in card.outputs(name)],
            Input(input_store_id(self.figure_input.name), "data"),
            *([] if self.opener is None else [Input(self.opener, "data")]),
            prevent_initial_call=True,
        )
        def show_cards(figure_input: object, opened: object = True) -> list[Any]:
            if self.opener is not None and not (figure_input and opened is True):
                raise PreventUpdate
            return card.render_cards(
                app_context,
                figure_input,
                len(self.cards),
                lambda context: self.show(app_context, context),
            )


@dataclass(frozen=True)
class FetchedHtml:
    """A table as one piece of HTML, fetched where it can be seen (assets/js/page/fetched.js).

    Dash pays for every component at every dispatch: a table of thousands held the first figure up
    for seconds. name: the id of its place (`dashboard.ui.fetched`). keys: of the query, what it
    depends on. show: the table in a Div, or whatever stands there; None = nothing.
    """

    name: str
    keys: tuple[str, ...]
    show: Callable[[AppContext, ViewContext], Component | None]


@dataclass(frozen=True)
class Need:
    """What a study has to have for a page to show anything of it.

    there: whether it has that. lacking: what a study without it does not have. add: one or more
    whole sentences on what to add to it. add_opened: the same for who opened a file on the page,
    and has no manifest.
    """

    there: Callable[[Study], bool]
    lacking: str
    add: str
    add_opened: str


def ignores_nothing(_: View) -> frozenset[str]:
    """Of a page whose cards look at all of its controls in every view."""
    return frozenset()


TRANSFER = Need(
    there=lambda study: bool(study.tested_methods),
    lacking="transfer yet",
    add="This tab needs results of fine-tuned runs: add [evaluations] to study.toml, with scores as"
    " they are or with runs that start from a base and their evaluations.",
    add_opened="This tab needs results of fine-tuned runs: open the file again together with a"
    " table of them, columns for sources, targets and scores.",
)


@dataclass(frozen=True)
class Page:
    """One tab. The list in `dashboard.pages` is all there is to adding one.

    cards, fetched: what it shows. own: inputs of callbacks of its own. register: those callbacks.
    groups: its control groups. pairs: it leaves out the tasks the manifest excludes; kept_in:
    where on it they are kept all the same, in words. single_sources: it draws methods with runs of
    one task alone; another method is exchanged for the one it is predicted from. formerly: names
    it had in addresses, which are still understood. needs: what a study has to have to be shown on
    it. ignores: controls that none of its cards looks at in a view: neither shown nor said.
    keywords: small words that *Go to* finds it by beside its title; the beginning of one is enough.
    stays: the panel of what is selected moves none of its figures, it covers the right of them.
    """

    name: str
    title: str
    layout: Callable[[], Component]
    cards: tuple[CardGroup, ...] = ()
    fetched: tuple[FetchedHtml, ...] = ()
    own: tuple[FigureInput, ...] = ()
    register: Callable[[Dash, AppContext], None] | None = None
    groups: tuple[str, ...] = SHARED
    pairs: bool = True
    kept_in: str = ""
    single_sources: bool = False
    formerly: tuple[str, ...] = ()
    needs: Need = TRANSFER
    ignores: Callable[[View], frozenset[str]] = ignores_nothing
    keywords: tuple[str, ...] = ()
    stays: bool = False

    def shows(self, study: Study) -> bool:
        """Whether a study has what the page is about."""
        return self.needs.there(study)

    @property
    def fillings(self) -> tuple[tuple[FigureInput, CardGroup | None], ...]:
        """What its callbacks are told, and the cards they fill; None = a callback of its own."""
        cards = ((group.figure_input, group) for group in self.cards if group.figure_input)
        return (*cards, *((figure_input, None) for figure_input in self.own))

    @property
    def card_names(self) -> tuple[str, ...]:
        """Of all its cards, in their order."""
        return tuple(name for group in self.cards for name in group.cards)

    def card_contents(
        self, app_context: AppContext, context: ViewContext
    ) -> Mapping[str, CardContent]:
        """What all its cards show of a context, by their names."""
        return {
            name: content
            for group in self.cards
            for name, content in group.contents(app_context, context).items()
        }

    def wire(self, app: Dash, app_context: AppContext) -> None:
        """Register its callbacks."""
        for group in self.cards:
            group.register(app, app_context)
        if self.register is not None:
            self.register(app, app_context)
