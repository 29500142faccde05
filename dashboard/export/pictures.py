"""A figure as a picture for a paper: how wide on paper, how large its letters, which parts of it.

The page's export dialog asks for one by `/take/<card>.json` (card_routes) and draws it itself, as
PNG, SVG or PDF. Figures are built in pixels and keep their proportions: what is chosen is how many
of them go on the width, so that tick labels have the size that was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

import plotly.graph_objects as go

from core.errors import RequestError
from dashboard.export.cards import plain_text
from dashboard.export.fitted_cells import (
    READABLE_PT,
    LeftOut,
    fit_cells,
    is_matrix,
    without_small_numbers,
)
from dashboard.export.picture_edges import entitle, make_room, margins, shift
from dashboard.export.whole_names import with_whole_names
from dashboard.figures.parts.print import WIDTH
from dashboard.figures.parts.theme import Canvas, Mode, Style, Theme, theme
from dashboard.ui.card import DEFAULT_HEIGHT, CardContent

MM_PER_POINT = 25.4 / 72
WIDTHS_MM = (20.0, 500.0)
TYPES_PT = (4.0, 24.0)
NARROWEST, HIGHEST = 300, 1000
"""Pixels a figure needs at least beside its labels, and those of a scatter at most."""
SHAPE = 0.8
"""Height of a scatter for its width."""


E = TypeVar("E", bound=StrEnum)


class Part(StrEnum):
    """What a picture may have or do without."""

    TITLE = "title"
    EQUATION = "equation"
    BAND = "band"
    LABELS = "labels"
    MEANS = "means"
    LEGEND = "legend"


class Look(StrEnum):
    """As on the light page; as on paper; as the scatters of the research log are."""

    LIGHT = "light"
    PAPER = "paper"
    LOG = "log"


TICKS = {Look.LIGHT: 12, Look.PAPER: 14, Look.LOG: 24}
"""Pixels of tick labels in the template of a look."""
NAMES = {**TICKS, Look.LOG: 18}
"""Pixels of the names of points: in the log they are smaller than the ticks."""
OWN_TICKS = 12
"""Those of a figure of its own size."""
LOG_AXES = 2.5


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What a picture is asked to be. width_mm: None = as wide as its letters make it."""

    width_mm: float | None = None
    type_pt: float = 7.0
    look: Look = Look.PAPER
    parts: frozenset[Part] = frozenset(Part) - {Part.TITLE}

    @property
    def mm_per_pixel(self) -> float:
        """So that tick labels have the size that is asked for."""
        return self.type_pt * MM_PER_POINT / TICKS[self.look]

    @property
    def width(self) -> int:
        """Pixels that are drawn across."""
        return WIDTH if self.width_mm is None else round(self.width_mm / self.mm_per_pixel)


@dataclass(frozen=True)
class DrawnPicture:
    """A figure of that size in pixels, its width on paper, and what it could have.

    type_pt: of its tick labels on paper. A figure of its own size, a matrix, is no wider than its
    letters make it; where it can be no narrower, they are smaller. needs_mm: the width that gives
    them the size asked for. left_out: numbers of cells that were too small.
    """

    figure: go.Figure
    size: tuple[int, int]
    width_mm: float
    type_pt: float
    parts: tuple[Part, ...]
    needs_mm: float
    left_out: LeftOut | None = None


def picture_of(asked: Mapping[str, str]) -> Picture | None:
    """What a request asks a picture to be; None where it asks for none.

    Raises RequestError where a value is none there is, or beyond its bounds.
    """
    if "picture" not in asked:
        return None
    look = _one_of(Look, asked["picture"])
    width = asked.get("width", "free")
    parts = [_one_of(Part, part) for part in asked.get("parts", "").split(".") if part]
    return Picture(
        width_mm=None if width == "free" else _within(width, "width", WIDTHS_MM, "mm"),
        type_pt=_within(asked.get("type", "7"), "type size", TYPES_PT, "pt"),
        look=look,
        parts=frozenset(parts),
    )


def _one_of(kind: type[E], text: str) -> E:
    try:
        return kind(text)
    except ValueError:
        raise RequestError(f"a picture knows {', '.join(kind)}, not {text[:20]!r}") from None


def _within(text: str, name: str, bounds: tuple[float, float], unit: str) -> float:
    low, high = bounds
    wrong = RequestError(f"the {name} of a picture is a number from {low:g} to {high:g} {unit}")
    try:
        value = float(text)
    except ValueError:
        raise wrong from None
    if not low <= value <= high:
        raise wrong
    return value


def theme_of(picture: Picture) -> Theme:
    """The colours and the canvas that a card's figure is built with."""
    style = Style.SCREEN if picture.look is Look.LIGHT else Style.PAPER
    base = theme(Mode.LIGHT, style)
    width = picture.width
    canvas = Canvas(
        width=max(width, NARROWEST),
        height=min(max(round(SHAPE * width), NARROWEST), HIGHEST),
        labels=NAMES[picture.look],
    )
    if picture.look is not Look.LOG:
        return replace(base, canvas=canvas)
    template = go.layout.Template(base.template)
    for axis in (template.layout.xaxis, template.layout.yaxis):
        axis.update(linewidth=LOG_AXES, tickwidth=LOG_AXES, ticklen=8)
        axis.update(tickfont_size=TICKS[Look.LOG], title_font_size=TICKS[Look.LOG])
    template.layout.title.font.size = TICKS[Look.LOG]
    return replace(base, template=template, canvas=canvas)


def drawn(content: CardContent, picture: Picture) -> DrawnPicture:
    """The figure of a card, built with `theme_of` the picture, as the picture is to be.

    Raises RequestError where there is no figure, or too little room for letters of that size.
    """
    if content.figure is None:
        raise RequestError("there is no figure to draw here")
    content = content.explained()
    figure = go.Figure(content.figure)
    own = content.size
    width = picture.width
    if own is None and width < NARROWEST:
        most = (picture.width_mm or 0) / NARROWEST * TICKS[picture.look] / MM_PER_POINT
        raise RequestError(
            f"{picture.width_mm or 0:g} mm are too narrow for letters of"
            f" {picture.type_pt:g} pt: at most {int(most * 10) / 10:g} pt fit"
        )
    height = int(figure.layout.height or DEFAULT_HEIGHT)
    figure.update_layout(width=own[0] if own else width, height=own[1] if own else height)
    figure.update_layout(autosize=False)
    there = tuple(part for part, has in _HAS.items() if has(figure))
    for part in there:
        if part not in picture.parts:
            _WITHOUT[part](figure)
    if picture.look is Look.LOG:
        _as_in_the_log(figure)
    _enlarge(figure, OWN_TICKS if own else TICKS[picture.look], names=NAMES[picture.look])
    # Pixels of the width asked for, where letters of a figure of its own size are as asked.
    per_pixel = picture.type_pt * MM_PER_POINT / OWN_TICKS
    left_out = None
    if own and is_matrix(figure):
        asked = (picture.width_mm or math.inf) / per_pixel
        with_whole_names(figure, asked)
        if picture.width_mm is not None:
            fit_cells(figure, asked)
        shrunk = min(1.0, asked / figure.layout.width)
        left_out = without_small_numbers(
            figure, per_pixel * shrunk, min(READABLE_PT, picture.type_pt)
        )
    make_room(figure, 1 if own else TICKS[picture.look] / TICKS[Look.LIGHT])
    if Part.TITLE in picture.parts:
        entitle(figure, plain_text(content.finding))
    size = int(figure.layout.width), int(figure.layout.height)
    ticks = OWN_TICKS if own else TICKS[picture.look]
    natural = size[0] * picture.type_pt * MM_PER_POINT / ticks
    mm = natural if picture.width_mm is None else picture.width_mm
    if own:
        mm = min(mm, natural)
    type_pt = mm / size[0] * ticks / MM_PER_POINT
    return DrawnPicture(figure, size, mm, type_pt, (Part.TITLE, *there), natural, left_out)


# -- the parts ---------------------------------------------------------------------------------


def _named(figure: go.Figure, name: str) -> bool:
    return any(one.name == name for one in (*figure.data, *figure.layout.shapes))


def _has_legend(figure: go.Figure) -> bool:
    return bool(figure.layout.showlegend) or figure.layout.coloraxis.colorbar.len is not None


_HAS: Mapping[Part, Callable[[go.Figure], bool]] = {
    Part.EQUATION: lambda figure: bool(figure.layout.title.text),
    Part.BAND: lambda figure: _named(figure, "band"),
    Part.LABELS: lambda figure: any(a.name == "label" for a in figure.layout.annotations),
    Part.MEANS: lambda figure: _named(figure, "row means") or _named(figure, "column means"),
    Part.LEGEND: _has_legend,
}


def _without_heading(figure: go.Figure) -> None:
    figure.layout.title = None
    shift(figure, t=16 - int(margins(figure)["t"]))


def _without_band(figure: go.Figure) -> None:
    figure.layout.shapes = [one for one in figure.layout.shapes if one.name != "band"]
    figure.data = [one for one in figure.data if one.name != "band"]


def _without_labels(figure: go.Figure) -> None:
    figure.layout.annotations = [one for one in figure.layout.annotations if one.name != "label"]


def _without_means(figure: go.Figure) -> None:
    """The strips go, with their numbers and ticks, and the figure is so much smaller."""
    cells = next(one for one in figure.data if one.name == "values").z
    rows, columns = len(cells), len(cells[0])
    around, layout = margins(figure), figure.layout
    x, y = layout.xaxis, layout.yaxis
    cell = (layout.width - around["l"] - around["r"]) / (x.range[1] - x.range[0])
    figure.data = [one for one in figure.data if one.name not in ("row means", "column means")]
    for trace in figure.data:
        if trace.name == "numbers":
            kept = [
                at
                for at, (i, j) in enumerate(zip(trace.y, trace.x, strict=True))
                if i < rows and j < columns
            ]
            font = trace.textfont
            trace.update(
                x=[trace.x[at] for at in kept],
                y=[trace.y[at] for at in kept],
                text=[trace.text[at] for at in kept],
                textfont_color=[font.color[at] for at in kept],
                textfont_style=[font.style[at] for at in kept],
            )
    taken = x.range[1] - (columns - 0.5), y.range[0] - (rows - 0.5)
    for axis, count in ((x, columns), (y, rows)):
        ticks = [
            (at, text)
            for at, text in zip(axis.tickvals or (), axis.ticktext or (), strict=True)
            if at < count
        ]
        axis.update(tickvals=[at for at, _ in ticks], ticktext=[text for _, text in ticks])
    x.range = (x.range[0], columns - 0.5)
    y.range = (rows - 0.5, y.range[1])
    layout.width = max(round(layout.width - taken[0] * cell), NARROWEST // 2)
    layout.height = round(layout.height - taken[1] * cell)


def _without_legend(figure: go.Figure) -> None:
    figure.layout.showlegend = False
    if figure.layout.coloraxis.colorbar.len is not None:
        figure.layout.coloraxis.showscale = False
        side = "b" if figure.layout.coloraxis.colorbar.orientation == "h" else "r"
        shift(figure, **{side: 16 - int(margins(figure)[side])})


_WITHOUT: Mapping[Part, Callable[[go.Figure], None]] = {
    Part.EQUATION: _without_heading,
    Part.BAND: _without_band,
    Part.LABELS: _without_labels,
    Part.MEANS: _without_means,
    Part.LEGEND: _without_legend,
}


def _as_in_the_log(figure: go.Figure) -> None:
    """The equation alone stands above; marks and line are as heavy as the axes."""
    figure.layout.title.subtitle = None
    figure.update_traces(marker_size=12, selector={"type": "scatter", "name": "points"})
    for shape in figure.layout.shapes:
        if shape.name == "fit":
            shape.line.width = LOG_AXES


def _enlarge(figure: go.Figure, least: int, *, names: int) -> None:
    """All letters but numbers in cells are at least as large as tick labels.

    names: those of points are as large as this, which may be smaller.
    """
    layout = figure.layout
    fonts = [one.font for one in layout.annotations if one.name != "label" or names >= least]
    fonts += [
        one.textfont for one in figure.data if one.type == "scatter" and one.name != "numbers"
    ]
    fonts += [
        layout.legend.font,
        *[one.font for one in figure.select_legends()],
        layout.title.subtitle.font,
    ]
    titles = [layout.title]
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        fonts += [axis.tickfont, axis.title.font]
        titles.append(axis.title)
    if layout.coloraxis.colorbar.len is not None:
        bar = layout.coloraxis.colorbar
        fonts += [bar.tickfont, bar.title.font]
    for font in fonts:
        if font.size is not None:
            font.size = max(font.size, least)
    for one in (*titles, *layout.annotations):
        if one.text and "font-size:" in one.text:
            one.text = _SIZE.sub(lambda found: f"font-size:{max(int(found[1]), least)}px", one.text)
    if layout.legend.font.size is None and layout.showlegend:
        layout.legend.font.size = max(layout.template.layout.font.size or 0, least)


_SIZE = re.compile(r"font-size:(\d+)px")


def for_figure(picture: Picture, figure: go.Figure) -> Picture:
    """The same, or as on paper where the look is the log's and this is no scatter with a line.

    A look that was chosen for another figure is kept: here its letters would lie over each other.
    """
    if picture.look is not Look.LOG or _named(figure, "fit"):
        return picture
    usual = Picture()
    return replace(picture, look=usual.look, parts=usual.parts)


def settings(found: DrawnPicture) -> dict[str, Any]:
    """What the page needs to know of a picture; line: it may look as in the log.

    needs_mm, left_out: as of `DrawnPicture`, null where letters are as asked and nothing is left
    out.
    """
    small = found.width_mm < found.needs_mm - 0.5
    return {
        "needs_mm": math.ceil(found.needs_mm) if small else None,
        "left_out": found.left_out
        and {
            "type_pt": round(found.left_out.type_pt, 1),
            "width_mm": math.ceil(found.left_out.width_mm),
        },
        "line": _named(found.figure, "fit"),
        "width_mm": found.width_mm,
        "type_pt": round(found.type_pt, 1),
        "parts": list(found.parts),
    }
