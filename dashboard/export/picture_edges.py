"""Nothing of a picture is cut at an edge: titles on as many lines as they need, with margins."""

from __future__ import annotations

import re

import plotly.graph_objects as go

from dashboard.figures.parts.matrix_frame import text_width
from dashboard.text.names import escape

LINE = 1.3
"""Height of a line of letters of height 1."""


def margins(figure: go.Figure) -> dict[str, float]:
    """Pixels at the left, right, top and bottom: its own, else those of its template."""
    given, usual = figure.layout.margin, figure.layout.template.layout.margin
    return {
        side: float(next((one for one in (given[side], usual[side]) if one is not None), 80))
        for side in "lrtb"
    }


def shift(figure: go.Figure, **by: float) -> None:
    """Margins wider or narrower, and the figure as much larger or smaller above and below.

    Between left and right the width is given.
    """
    own = margins(figure)
    figure.update_layout(margin={side: own[side] + more for side, more in by.items()})
    figure.layout.height = round(figure.layout.height + by.get("t", 0) + by.get("b", 0))


def make_room(figure: go.Figure, larger: float) -> None:
    """Titles that are longer than their place go on a second line, which has room.

    larger: how many times as large letters are as those that margins are made for.
    """
    layout, usual = figure.layout, figure.layout.template.layout
    if larger > 1:
        own = margins(figure)
        share = 0.6 * (larger - 1)
        heading = own["t"] if layout.title.text else 0
        shift(figure, l=own["l"] * share, b=own["b"] * share, t=heading * share / 2)
    own = margins(figure)
    across = layout.width - own["l"] - own["r"]
    down = layout.height - own["t"] - own["b"]
    for axis, room, side in ((layout.xaxis, across, "b"), (layout.yaxis, down, "l")):
        font = axis.title.font.size or usual.xaxis.title.font.size
        text, lines = _wrapped(axis.title.text or "", font, room)
        if lines > 1:
            axis.title.text = text
            shift(figure, **{side: (lines - 1) * font * LINE})
    if layout.title.text:
        font = layout.title.font.size or usual.title.font.size
        text, lines = _wrapped(layout.title.text, font, layout.width - 24)
        layout.title.text = text
        more = (lines - 1) * font * LINE
        subtitle = layout.title.subtitle
        if subtitle.text:
            small = subtitle.font.size or 12
            subtitle.text, lines = _wrapped(subtitle.text, small, layout.width - 24)
            more += (lines - 1) * small * LINE
        if more:
            shift(figure, t=more)


def _wrapped(text: str, font: float, room: float) -> tuple[str, int]:
    """A text over as many lines as it needs, between its words; one with tags stays as it is."""
    if "<" in text or text_width(_read(text), font) <= room:
        return text, 1
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(_read(longer), font) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return "<br>".join(lines), len(lines)


def _read(text: str) -> str:
    """Without entities, which are one letter each."""
    return re.sub(r"&#?\w+;", "x", text)


def entitle(figure: go.Figure, words: str) -> None:
    """The finding over all of it."""
    font = float(figure.layout.template.layout.title.font.size or 14)
    text, lines = _wrapped(escape(" ".join(words.split())), font, figure.layout.width - 16)
    room = lines * font * LINE + 8
    shift(figure, t=room)
    own = margins(figure)
    if figure.layout.title.text:
        figure.layout.title.pad.t = float(figure.layout.title.pad.t or 0) + room
    if figure.layout.legend.yref == "container":
        figure.layout.legend.y = 1 - room / figure.layout.height
    figure.add_annotation(
        name="title",
        text=text,
        showarrow=False,
        align="left",
        xref="paper",
        yref="paper",
        x=0,
        y=1,
        xanchor="left",
        yanchor="top",
        xshift=8 - own["l"],
        yshift=own["t"] - 4,
        font={"size": font},
    )
