"""Addresses to take a figure along: its data, its caption, the figure itself.

`/take/<card>.csv`, `.txt` and `.json` answer for the query of the page's address, `mode` added for
the colours and `digest` for what the page was drawn from: of other files none is made. Each says
the digest it was made from: a table in its name, a caption in its text, a figure in `layout.meta`.
A browser turns the figure into an image itself (assets/js/page/downloads.js).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import plotly.graph_objects as go
from flask import Flask, Response

from core.errors import AtlasError
from core.io.csv import csv_text
from dashboard.export.cards import UnknownCardError, exportable_card, page_of, ready_caption
from dashboard.state.context import LINK_DIGEST, AppContext, NothingToShow, ViewContext
from dashboard.ui.card import CardContent
from dashboard.ui.fetched import METHODS, asked_for
from dashboard.ui.page import Page

BOM = "\ufeff"
"""Without it Excel reads UTF-8 as something else."""

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
}


def register(server: Flask, atlas: AppContext, pages: Sequence[Page]) -> None:
    """Answer `/take/<card>.<kind>`."""

    @server.route("/take/<card>.<kind>", methods=METHODS)
    def take(card: str, kind: str) -> Response:
        if kind not in KINDS:
            return _plain(404, f"A figure can be taken along as {', '.join(KINDS)}.")
        try:
            page = page_of(pages, card)
            asked = asked_for()
            if why := atlas.resolve(asked["query"]).no_file:
                return _plain(409, why)
            scene = atlas.view_context(asked)
            body = _body(exportable_card(atlas, scene, page, card), scene, kind)
        except NothingToShow:
            return _plain(404, "This study cannot be read, or has nothing to show.")
        except UnknownCardError as error:
            return _plain(404, f"{_sentence(error)}.")
        except AtlasError as error:
            return _plain(409, f"{_sentence(error)}.")
        answer = Response(body, content_type=KINDS[kind])
        if kind == "csv":
            made_from = scene.study.digest[:LINK_DIGEST]
            answer.headers["Content-Disposition"] = f'attachment; filename="{card}-{made_from}.csv"'
        return answer


def _body(filling: CardContent, scene: ViewContext, kind: str) -> str:
    if kind == "txt":
        return f"{ready_caption(filling, scene)}\n{datetime.now(UTC):%Y-%m-%d}\n"
    if kind == "csv":
        if filling.table is None:
            raise UnknownCardError("this figure has no data to take along as a table")
        return BOM + csv_text(filling.table)
    if filling.figure is None:
        raise UnknownCardError("there is no figure to draw here")
    figure = go.Figure(filling.figure)
    figure.layout.meta = {"study_digest": scene.study.digest}
    return str(figure.to_json())


def _sentence(error: AtlasError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
