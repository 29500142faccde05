"""One line above the figures: how the file was read, and where to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from dashboard.ui.bar.open_file import open_again

if TYPE_CHECKING:
    from core.io.reading import Reading


LONGEST = 60
"""Of the columns as one line has them; the rest is one click away."""


def reading_line(reading: Reading) -> str:
    """`results.csv: a long table, sources = src_lang … · lower is better · as given, no zero`."""
    head = f"{reading.path}: {reading.form}"
    columns = reading.fact("Columns")
    if columns:
        head += f", {columns if len(columns) <= LONGEST else columns[: LONGEST - 1] + '…'}"
    parts = [head, reading.fact("Rows that count"), reading.fact("Direction")]
    parts += [reading.fact("Scale"), reading.fact("Sources")]
    if reading.manifest:
        # Without one the columns say it already.
        # Of another file, such as a predictor's, with its name.
        parts += [line.removeprefix(f"{reading.path}: ") for line in reading.recognized[:1]]
    return " · ".join(part for part in parts if part)


def reading_details(reading: Reading, *, opened: bool = False) -> Component:
    """The line, and behind it all that was told, assumed and recognized.

    opened: on the page, where the manifest is out of reach.
    """
    recognized = [("Recognized", line) for line in reading.recognized]
    change: list[str | Component]
    change = (
        ["To change it, open the file again and correct what it is read as. ", open_again()]
        if opened
        else [html.Code("study.toml"), " says how; what is changed there is read again by itself."]
        if reading.manifest
        else [
            "Nothing but the file says so. To change it: ",
            html.Code(f"python -m core init {reading.path}"),
            " writes a study.toml with all of it beside the file.",
        ]
    )
    line: Component = html.Details(
        # What is in doubt is not cut off where the page is narrow.
        className="reading unsure" if reading.unsure else "reading",
        children=[
            html.Summary(["Read as ", html.Span(reading_line(reading))]),
            html.Dl(
                className="rows",
                children=[
                    html.Div([html.Dt(name), html.Dd(text)])
                    for name, text in (*reading.facts, *recognized)
                ],
            ),
            html.P(change, className="quiet"),
        ],
    )
    return line
