"""Colours, type and the figure template: one set for light, one designed for dark.

The hexadecimal values are shared with the style sheets in `assets/`: better is blue, worse is
red, the accent is for what is selected and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import cache

import plotly.graph_objects as go

from core.study import Task

FONT_FAMILY = (
    '"Inter Variable", Inter, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
)

Colorscale = tuple[tuple[float, str], ...]
"""Stops from 0 to 1, each with a colour in hexadecimal."""


class Mode(StrEnum):
    """Which of the two sets of colours."""

    LIGHT = "light"
    DARK = "dark"


class Style(StrEnum):
    """What a figure is for: the screen, print, or print without title and legend."""

    SCREEN = "screen"
    PAPER = "paper"
    BARE = "bare"


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """What a picture is drawn on, in pixels. labels: of the names of points, None = as ever."""

    width: int
    height: int
    labels: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Palette:
    """positive, negative: better and worse."""

    background: str
    surface: str
    raised: str
    line: str
    text: str
    muted: str
    accent: str
    positive: str
    negative: str
    warning: str
    missing: str


@dataclass(frozen=True, kw_only=True)
class Theme(_Palette):
    """The colours of one mode, all in hexadecimal, and what figures are for.

    diverging runs from worse over neutral to better; sequential is its better half, so that a blue
    means the same in both; similarity is for CKA and correlation for what has a sign, which are
    neither good nor bad. ink_dark, ink_light: the two colours text in a cell may have. canvas: of a
    picture whose size is chosen; None = as large as the page makes it.
    """

    mode: Mode
    ink_dark: str
    ink_light: str
    diverging: Colorscale
    sequential: Colorscale
    correlation: Colorscale
    similarity: Colorscale
    font: str
    template: go.layout.Template
    style: Style = Style.SCREEN
    canvas: Canvas | None = None


@dataclass(frozen=True, kw_only=True)
class _Tokens(_Palette):
    """What a theme is made of: its scales as their colours, at even distances."""

    worse_to_better: tuple[str, ...]
    negative_to_positive: tuple[str, ...]
    similarity: tuple[str, ...]


_LIGHT = _Tokens(
    background="#ffffff",
    surface="#f6f7f9",
    raised="#ffffff",
    line="#d8dce2",
    text="#1a1e24",
    muted="#5a6472",
    accent="#4a3fd6",
    positive="#2166ac",
    negative="#b2182b",
    warning="#8a5a00",
    missing="#e9ebee",
    # ColorBrewer's RdBu, which plotly uses too: red is below, blue above.
    worse_to_better=(
        "#67001f",
        "#b2182b",
        "#d6604d",
        "#f4a582",
        "#fddbc7",
        "#f7f7f7",
        "#d1e5f0",
        "#92c5de",
        "#4393c3",
        "#2166ac",
        "#053061",
    ),
    # ColorBrewer's PuOr: a correlation below zero is neither worse nor better.
    negative_to_positive=(
        "#7f3b08",
        "#b35806",
        "#e08214",
        "#fdb863",
        "#fee0b6",
        "#f7f7f7",
        "#d8daeb",
        "#b2abd2",
        "#8073ac",
        "#542788",
        "#2d004b",
    ),
    similarity=("#f4f5f3", "#d6e4df", "#a5cbc2", "#68aba2", "#2f8581", "#0f5f60", "#063b40"),
)

_DARK = _Tokens(
    background="#14171c",
    surface="#1c2026",
    raised="#232830",
    line="#343b46",
    text="#e7eaee",
    muted="#9aa4b2",
    accent="#a9a2ff",
    positive="#6aaee6",
    negative="#ef7d72",
    warning="#e0b252",
    missing="#2a303a",
    # Dark in the middle and saturated at the ends: the strongest is the strongest to the eye.
    worse_to_better=(
        "#ff7a66",
        "#f26454",
        "#d84e46",
        "#a93f3c",
        "#672e30",
        "#22262d",
        "#1d3f61",
        "#22609b",
        "#2d82cd",
        "#46a4f5",
        "#7cc4ff",
    ),
    negative_to_positive=(
        "#ffc069",
        "#f2a33c",
        "#cb8127",
        "#935d20",
        "#56391d",
        "#22262d",
        "#37305a",
        "#55488f",
        "#786ac2",
        "#9f90ea",
        "#c6b9ff",
    ),
    similarity=("#20262a", "#17434a", "#1c656a", "#35898a", "#66aea8", "#a4d2c9", "#e2f3ec"),
)


@cache
def theme(mode: Mode | str, style: Style | str = Style.SCREEN) -> Theme:
    """The theme of a mode and style; the same object every time. Print is black on white."""
    style = Style(style)
    mode = Mode(mode) if style is Style.SCREEN else Mode.LIGHT
    tokens = _LIGHT if mode is Mode.LIGHT else _DARK
    if style is not Style.SCREEN:
        tokens = replace(tokens, text="#000000", muted="#3d444d")
    diverging = _evenly(tokens.worse_to_better)
    return Theme(
        **{one.name: getattr(tokens, one.name) for one in fields(_Palette)},
        mode=mode,
        # Pure black: one of black and white has AA on every colour there is.
        ink_dark="#000000",
        ink_light="#ffffff",
        diverging=diverging,
        sequential=_evenly(tokens.worse_to_better[5:]),
        correlation=_evenly(tokens.negative_to_positive),
        similarity=_evenly(tokens.similarity),
        font=FONT_FAMILY,
        template=_template(tokens, diverging, printed=style is not Style.SCREEN),
        style=style,
    )


def _evenly(colors: Sequence[str]) -> Colorscale:
    last = len(colors) - 1
    return tuple((i / last, color) for i, color in enumerate(colors))


def _template(tokens: _Tokens, diverging: Colorscale, *, printed: bool) -> go.layout.Template:
    """Thick left and bottom axes, no grid, labels large enough to read; nothing else.

    printed: thicker axes and larger labels, for a figure that is printed some 9 cm wide.
    """
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linewidth": 3 if printed else 2,
        "linecolor": tokens.text,
        "ticks": "outside",
        "ticklen": 5,
        "tickwidth": 2.5 if printed else 1.5,
        "tickcolor": tokens.text,
        "tickfont": {"size": 14 if printed else 12, "color": tokens.text},
        "title": {"font": {"size": 15 if printed else 13, "color": tokens.text}, "standoff": 8},
        "automargin": False,
        # As in sentences: 1,000.
        "separatethousands": True,
        # Margins have room for them; to find out has the page laid out once for each label.
        "ticklabeloverflow": "allow",
    }
    layout = go.Layout(
        font={"family": FONT_FAMILY, "size": 12, "color": tokens.text},
        title={
            "font": {"size": 14, "color": tokens.text},
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "yanchor": "top",
        },
        paper_bgcolor=tokens.background,
        plot_bgcolor=tokens.background,
        colorscale={"diverging": [list(stop) for stop in diverging]},
        hoverlabel={
            "bgcolor": tokens.raised,
            "bordercolor": tokens.line,
            "align": "left",
            "font": {"family": FONT_FAMILY, "size": 12, "color": tokens.text},
            "namelength": 0,
        },
        hovermode="closest",
        dragmode="zoom",
        showlegend=False,
        xaxis=axis,
        yaxis=axis,
        margin={"l": 56, "r": 16, "t": 48, "b": 52},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": tokens.muted, "activecolor": tokens.text},
    )
    return go.layout.Template(layout=layout)


# Okabe and Ito (2008) without black, which is the text, and with the yellow darkened to be seen
# on white; then hues of other lightness, so that neighbours differ for everybody.
TASK_PALETTE = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#cc79a7",
    "#0072b2",
    "#d55e00",
    "#b8a800",
    "#7b5ea7",
    "#8c564b",
    "#3d8f8f",
    "#b04a6f",
    "#6b7a8f",
)


GROUPS_WITH_COLORS = len(TASK_PALETTE)
"""Of more groups none has a colour of its own: nobody could tell which is which."""
ONE_OF_MANY = TASK_PALETTE[4]
TASKS_WITH_COLORS = 5 * len(TASK_PALETTE)
"""Of more tasks without groups none has one: a cloud of hundreds of hues says nothing."""


def task_colors(tasks: Sequence[Task]) -> dict[str, str]:
    """Task name -> its colour in every view: the manifest's, else its group's, else by position.

    Pass all tasks of a study, in manifest order: leaving one out must not recolour the others.
    Beyond the palette the hue goes on by the golden angle; more groups than the palette has colours
    share one, and so do more than `TASKS_WITH_COLORS` tasks without groups.
    """
    groups = _group_colors(tasks)
    alone = sum(not task.color and not task.group for task in tasks)
    many = alone > TASKS_WITH_COLORS
    return {
        task.name: task.color
        or groups.get(task.group)
        or (ONE_OF_MANY if many else _palette_color(len(groups) + position))
        for position, task in enumerate(tasks)
    }


def group_colors(tasks: Sequence[Task]) -> dict[str, str]:
    """Group -> the colour of its tasks, as the manifest first names them.

    Without groups whose tasks have colours of their own in the manifest: those say nothing of it.
    """
    shared = {task.group for task in tasks if not task.color}
    return {name: color for name, color in _group_colors(tasks).items() if name in shared}


def _group_colors(tasks: Sequence[Task]) -> dict[str, str]:
    names = list(dict.fromkeys(task.group for task in tasks if task.group))
    if len(names) > GROUPS_WITH_COLORS:
        return dict.fromkeys(names, ONE_OF_MANY)
    return dict(zip(names, TASK_PALETTE, strict=False))


def _palette_color(position: int) -> str:
    if position < len(TASK_PALETTE):
        return TASK_PALETTE[position]
    step = position - len(TASK_PALETTE)
    hue = (step * 137.508 + 20.0) % 360.0
    lightness = (0.42, 0.55, 0.66)[step % 3]
    return _hsl(hue, 0.5, lightness)


def _hsl(hue: float, saturation: float, lightness: float) -> str:
    reach = saturation * min(lightness, 1 - lightness)

    def channel(offset: float) -> int:
        k = (offset + hue / 30.0) % 12.0
        return round(255 * (lightness - reach * max(-1.0, min(k - 3.0, 9.0 - k, 1.0))))

    return f"#{channel(0):02x}{channel(8):02x}{channel(4):02x}"
