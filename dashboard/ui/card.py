"""A card: one figure, its finding above, its caption below, or a sentence in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from dash import Output, dcc, html, no_update
from dash.development.base_component import Component
from propcache.api import cached_property

from core.numerics.interrupt import breathe
from dashboard.figures.parts.key import with_key
from dashboard.figures.parts.print import WIDTH, for_print
from dashboard.figures.parts.theme import Style
from dashboard.server import response_cache
from dashboard.state.context import AppContext, ViewContext
from dashboard.text import captions, numbers
from dashboard.ui.graph_config import GRAPH_CONFIG
from dashboard.ui.group_key import GroupKey
from dashboard.ui.html_attributes import aria, data
from dashboard.ui.ids import part
from dashboard.ui.job_request import why_not

if TYPE_CHECKING:
    import pandas as pd

CONFIG: Any = {**GRAPH_CONFIG, "displayModeBar": False}
DEFAULT_HEIGHT = 420
NARROWEST, LETTER = 36, 6.4
"""Characters of the shortest line below a figure; pixels of one."""
FINDING_LETTER = 8.1
"""Pixels of a character of a finding."""
LOADING_DELAY_MS = 300
"""A figure that comes sooner than this never shows that it was loading."""

_HYPHENATED = re.compile(r"(\S*\w-\w\S*)")

Children = Component | str | Sequence[Component | str] | None


@dataclass(frozen=True)
class CardContent:
    """What a card shows; with a message there is no figure. `hidden` takes the card away.

    size: (width, height) in pixels of a figure that has its own; None = as wide as the page.
    table_of: makes the figure's data, plain values under plain column names with their units; only
    who takes them along asks. printed_of: the same as a text prints it, None = as it is.
    details: what is one click away on the page; exports have the table in its place.
    caption: whole; the page shows its first facts on one line and the others one click away.
    more: what else stands behind that click, numbers that are not needed at first sight.
    every_task: the tasks that the manifest leaves out are in it.
    headline: how many characters of the finding two lines hold here; what is more stands behind the
    same click. None = all of it.
    key: which colour is which group: above the figure, in it where that leaves the page.
    files: other forms to take it along in, by their ending; made when asked for.
    """

    finding: Children = None
    figure: go.Figure | None = None
    size: tuple[int, int] | None = None
    above: Children = None
    details: Sequence[Component] = ()
    caption: str = ""
    more: Sequence[Component] = ()
    message: Component | None = None
    table_of: Callable[[], pd.DataFrame] | None = None
    printed_of: Callable[[], pd.DataFrame] | None = None
    hidden: bool = False
    every_task: bool = False
    headline: int | None = None
    key: GroupKey | None = None
    files: Mapping[str, Callable[[], str]] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame | None:
        """The figure's data; None where it has none."""
        return None if self.table_of is None else self.table_of()

    def explained(self) -> CardContent:
        """The same with the key of its colours in the figure, for one that leaves the page."""
        if self.figure is None or self.key is None or not self.key.colors:
            return self
        width, height = self.size or (WIDTH, int(self.figure.layout.height or DEFAULT_HEIGHT))
        figure, height = with_key(
            self.figure, self.key.title, self.key.colors, width=width, height=height
        )
        return replace(self, figure=figure, size=self.size and (width, height), key=None)

    def styled(self, style: Style) -> CardContent:
        """The same with its figure as it is for that style."""
        if self.figure is None:
            return self
        figure, size = for_print(self.figure, style, self.size, height=DEFAULT_HEIGHT)
        return replace(self, figure=figure, size=size)

    def values(self) -> list[Any]:
        """The values of `outputs`, in their order."""
        style = self._style()
        finding, more = self.finding, self.more
        if isinstance(finding, str) and self.headline:
            finding, rest = captions.headline(finding, self.headline)
            more = (*([html.P(rest)] if rest else []), *more)
        if isinstance(finding, str):
            finding = whole_names(numbers.unbroken(finding))
        if self.figure is not None and self.size is None:
            # The frame decides, so that a style sheet can make it lower on a small screen.
            self.figure.update_layout(height=None, autosize=True)
        elif self.figure is not None and self.size is not None:
            # Said to Plotly, too: drawn before its frame has that width it would keep 700 pixels.
            self.figure.update_layout(width=self.size[0])
        return [
            finding,
            self._above(),
            no_update if self.figure is None else self.figure,
            no_update if self.figure is None else style,
            self.figure is None,
            folded_caption(self.caption, more, most=self._line()),
            self.message,
            self.hidden,
        ]

    def _line(self) -> int:
        """Characters of a caption that stand on one line."""
        if self.size is None or not self.headline:
            return captions.LINE
        return min(captions.LINE, max(NARROWEST, round(self.size[0] / LETTER) - len("Details")))

    def _above(self) -> Children:
        more = [*(self.key.components() if self.key else []), *self.details]
        if self.above is None or isinstance(self.above, Component | str):
            return [self.above or "", *more] if more else self.above
        return [*self.above, *more]

    def _style(self) -> dict[str, str]:
        """The graph's own size, so that nothing moves when it is drawn."""
        if self.size is None:
            height = self.figure.layout.height if self.figure else None
            return {"width": "100%", "height": f"{height or DEFAULT_HEIGHT}px"}
        return {"width": f"{self.size[0]}px", "height": f"{self.size[1]}px"}


def whole_names(text: str) -> Children:
    """The text with what has hyphens in pieces that break only where they are wider than a line."""
    parts = _HYPHENATED.split(text)
    if len(parts) == 1:
        return text
    pieces = (html.Span(one, className="whole") if at % 2 else one for at, one in enumerate(parts))
    return [one for one in pieces if one]


def two_lines(width: float) -> int:
    """How many characters of a finding two lines of so many pixels hold."""
    return round(2 * width / FINDING_LETTER)


def card(name: str, *, wide: bool = False, loads: str, scrolls: bool = False) -> Component:
    """The place of a card, filled where its tab is first shown: `inside` says with what.

    loads: what it says it loads where that takes long; scrolls: sideways in its own frame.
    """
    return html.Section(
        id=part(name, "card"),
        # A figure of its own size holds its texts to its width.
        className=f"card-figure{' card-wide' if wide else ''}{' card-sized' if scrolls else ''}",
        **data(loads=loads),
    )


NAMED = "CARD"
"""Stands for a card's name in `inside`."""


def inside() -> list[Component]:
    """What is in every card: no components on the page, but what cards.js makes of them.

    Dash pays for each component at each action: of thirty cards they were four hundred.
    """
    return [
        html.H2(id=part(NAMED, "finding"), className="finding"),
        html.Div(id=part(NAMED, "above"), className="above"),
        html.Div(
            html.Div(
                html.Div(
                    html.Div(className="figure-plot"),
                    id=part(NAMED, "graph"),
                    className="figure-graph",
                ),
                id=part(NAMED, "frame"),
                className="figure-frame",
                # The figure's text alternative is its finding; the drawing itself says nothing.
                role="img",
                hidden=True,
                **aria(labelledby=part(NAMED, "finding")),
            ),
            className="loading-frame",
        ),
        html.Div(id=part(NAMED, "message")),
        html.Div(id=part(NAMED, "caption"), className="caption"),
        take_along(NAMED),
    ]


def folded_caption(
    caption: str, more: Sequence[Component] = (), *, most: int = captions.LINE
) -> Children:
    """The first facts of a caption on one line; the others and more one click away."""
    short, rest = captions.shortened(caption, most)
    if not rest and not more:
        return short
    return html.Details(
        [
            html.Summary([html.Span(short), html.Span("Details", className="details-word")]),
            *([html.P(rest)] if rest else []),
            *more,
        ]
    )


def folded(title: str, children: Sequence[Component], *, opener: str | None = None) -> Component:
    """Cards under a line that opens them: what few ask for at first sight.

    opener: names the cards that are computed only while they can be seen (cards.js).
    """
    return html.Details(
        [html.Summary(title), html.Div(children, className="cards")],
        className="folded-cards",
        **({} if opener is None else data(opens=opener)),
    )


def take_along(name: str) -> Component:
    """Buttons: take a figure along (export-dialog.js, downloads.js), enlarge.js, pin.js."""
    return html.Div(
        [
            html.Button(
                "Export",
                type="button",
                className="take",
                title="This figure for a paper, or its data as a table",
                **data(export=name),
                **aria(label="Export: this figure for a paper, or its data", haspopup="dialog"),
            ),
            html.Button(
                "Caption",
                type="button",
                className="take",
                title="This figure: copy its finding and caption",
                **data(take="txt", card=name),
                **aria(label="Caption: copy its finding and caption"),
            ),
            html.Button(
                "Enlarge",
                type="button",
                className="take",
                title="This figure as large as the window (f)",
                **data(enlarge="window"),
                **aria(label="Enlarge: this figure as large as the window"),
            ),
            html.Button(
                # A pin is drawn: of words there are enough.
                html.Span("Pin", className="visually-hidden"),
                type="button",
                className="take take-pin",
                title="Pin: keep this figure on a board, with a note",
                **data(pin=name),
                **aria(label="Pin: keep this figure on a board", haspopup="dialog"),
            ),
            # Without a cursor nothing says so; style sheets show it there.
            html.Span("Tap a cell or a point for its numbers.", className="tap-hint"),
        ],
        className="take-along",
        role="group",
        **aria(label="Take this figure along"),
    )


def loading(children: Component, what: str) -> Component:
    """Says that something loads, only where it takes long, without moving anything."""
    return dcc.Loading(
        children,
        custom_spinner=html.Div(f"Loading {what} …", className="loading-note", role="status"),
        delay_show=LOADING_DELAY_MS,
        show_initially=False,
        overlay_style={"visibility": "visible", "opacity": 0.55},
        parent_className="loading-frame",
    )


PARTS = (
    ("finding", "children"),
    ("above", "children"),
    ("graph", "figure"),
    ("graph", "style"),
    ("frame", "hidden"),
    ("caption", "children"),
    ("message", "children"),
    ("card", "hidden"),
)
"""What a callback fills of a card; in the browser cards.js does."""


def outputs(name: str) -> list[Output]:
    """PARTS of one card."""
    return [Output(part(name, one), prop) for one, prop in PARTS]


def render_cards(
    app_context: AppContext,
    figure_input: object,
    count: int,
    show: Callable[[ViewContext], Sequence[CardContent]],
) -> list[Any]:
    """Values for `count` cards: what `show` makes of the context, or why it cannot be shown.

    Raises PreventUpdate where the study has nothing to show: the page says so already.
    """
    shown = False
    try:
        context = app_context.view_context(figure_input)
        values = _values(content.styled(context.theme.style) for content in show(context))
        shown = True
    except Exception as error:
        values = _values(_instead(why_not(app_context, figure_input, "a figure", error), count))
    response_cache.mark_cacheable(shown)
    return values


def _values(contents: Iterable[CardContent]) -> list[Any]:
    found: list[Any] = []
    for content in contents:
        breathe()
        found += content.values()
    return found


def _instead(message: Component, count: int) -> list[CardContent]:
    return [CardContent(message=message), *[CardContent(hidden=True)] * (count - 1)]
