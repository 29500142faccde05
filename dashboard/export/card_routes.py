"""Addresses to take a figure along: its data, its caption, the figure itself.

`/take/<card>.csv`, `.tex`, `.md`, `.txt` and `.json` answer for the query of the page's address,
`mode` added for the colours and `digest` for what the page was drawn from: of other files none is
made. Each says the digest it was made from: a table in its name, a caption in its text, a figure in
`layout.meta`. With `picture=paper` (pictures.py: `width`, `type`, `parts`) the figure is one for a
paper. A browser turns the figure into an image itself (assets/js/page/export-dialog.js).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import plotly.graph_objects as go
from flask import Flask, Response, request

from core.errors import AtlasError
from core.io.csv import csv_text
from dashboard.export.cards import (
    UnknownCardError,
    exportable_card,
    page_of,
    ready_caption,
    shown_card,
)
from dashboard.export.pictures import (
    Picture,
    drawn,
    for_figure,
    picture_of,
    settings,
    theme_of,
)
from dashboard.export.table_text import latex, markdown
from dashboard.server.errors import plain
from dashboard.state.context import LINK_DIGEST, AppContext, NothingToShow, ViewContext
from dashboard.text.names import sentence
from dashboard.ui.card import CardContent
from dashboard.ui.fetched import METHODS, asked_for
from dashboard.ui.page import Page

if TYPE_CHECKING:
    import pandas as pd

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "tex": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "graphml": "application/xml; charset=utf-8",
    "gexf": "application/xml; charset=utf-8",
}

TABLES: Mapping[str, Callable[[pd.DataFrame], str]] = {
    "csv": lambda table: BOM + csv_text(table),
    "tex": latex,
    "md": markdown,
}

PRINTED = ("tex", "md")
"""Tables for a text, where a matrix is one: those who compute take the list of its cells."""
GRAPHS = ("graphml", "gexf")


def register(server: Flask, app_context: AppContext, pages: Sequence[Page]) -> None:
    """Answer `/take/<card>.<kind>`."""

    @server.route("/take/<card>.<kind>", methods=METHODS)
    def take(card: str, kind: str) -> Response:
        if kind not in KINDS:
            return plain(404, f"A figure can be taken along as {', '.join(KINDS)}.")
        try:
            page = page_of(pages, card)
            picture = picture_of(request.values) if kind == "json" else None
            asked = asked_for()
            if why := app_context.resolve(asked["query"]).no_file:
                return plain(409, why)
            context = app_context.view_context(asked)
            if picture is not None:
                body = _picture(app_context, context, page, card, picture)
            else:
                body = _body(exportable_card(app_context, context, page, card), context, kind)
        except NothingToShow:
            return plain(404, "This study cannot be read, or has nothing to show.")
        except UnknownCardError as error:
            return plain(404, sentence(error))
        except AtlasError as error:
            return plain(409, sentence(error))
        answer = Response(body, content_type=KINDS[kind])
        if kind in (*TABLES, *GRAPHS):
            name = f"{card}-{context.study.digest[:LINK_DIGEST]}.{kind}"
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _body(content: CardContent, context: ViewContext, kind: str) -> str:
    if kind == "txt":
        return f"{ready_caption(content, context)}\n{datetime.now(UTC):%Y-%m-%d}\n"
    if kind in TABLES:
        printed = content.printed_of if kind in PRINTED else None
        table = content.table if printed is None else printed()
        if table is None:
            raise UnknownCardError("this figure has no data to take along as a table")
        return TABLES[kind](table)
    if kind in GRAPHS:
        if kind not in content.files:
            raise UnknownCardError("this figure is no graph")
        return content.files[kind]()
    if content.figure is None:
        raise UnknownCardError("there is no figure to draw here")
    figure = go.Figure(content.figure)
    figure.layout.meta = {"study_digest": context.study.digest}
    return str(figure.to_json())


def _picture(
    app_context: AppContext, context: ViewContext, page: Page, card: str, picture: Picture
) -> str:
    """The figure as it is to be in a paper; `layout.meta` says what came of the settings."""
    content = shown_card(app_context, replace(context, theme=theme_of(picture)), page, card)
    if content.figure is None:
        raise UnknownCardError("there is no figure to draw here")
    if (fitting := for_figure(picture, content.figure)) != picture:
        picture = fitting
        content = shown_card(app_context, replace(context, theme=theme_of(picture)), page, card)
    found = drawn(content, picture)
    found.figure.layout.meta = {"study_digest": context.study.digest, **settings(found)}
    return str(found.figure.to_json())
