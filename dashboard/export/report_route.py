"""`/report.html`: all tabs as one file, as the controls of the page stand."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response

from core.errors import AtlasError, StudyError
from dashboard.export.collect import ExportRequest, collect
from dashboard.export.file_names import slug
from dashboard.export.report import report_html
from dashboard.server.errors import plain
from dashboard.state.context import LINK_DIGEST, AppContext
from dashboard.text.names import sentence
from dashboard.ui.fetched import METHODS, asked_for


def register(server: Flask, app_context: AppContext) -> None:
    """Answer `/report.html` for the query of the page's address."""

    @server.route("/report.html", methods=METHODS)
    def report() -> Response:
        query = asked_for()["query"]
        asked = app_context.resolve(query)
        if asked.no_file:
            return plain(409, asked.no_file)
        if asked.view is None:
            return plain(404, "This study cannot be read, or has nothing to show.")
        try:
            gathered = collect(
                app_context,
                ExportRequest(
                    query, methods=(asked.view.method,), style=asked.view.style, strict=False
                ),
            )
        except StudyError:
            return plain(404, "This study cannot be read any more.")
        except AtlasError as error:
            return plain(409, sentence(error))
        answer = Response(report_html(gathered), content_type="text/html; charset=utf-8")
        made_from = gathered.study.digest[:LINK_DIGEST]
        name = f"{slug(gathered.study.title)}-{datetime.now(UTC):%Y-%m-%d}-{made_from}.html"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
