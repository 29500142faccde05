"""`/report.html`: all tabs as one file, as the controls of the page stand.

It takes seconds to minutes. Who says so (report.js) is told how far it is while it is made: lines
of JSON, one before each tab and the file in the last. Where the client goes away it ends before
the next tab.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request, stream_with_context

from core.errors import AtlasError, StudyError
from dashboard.export.collect import ExportRequest, GatheringStep, StudyExport, collect, gather
from dashboard.export.file_names import slug
from dashboard.export.report import report_html
from dashboard.server.errors import failure, plain
from dashboard.state.computing import UnansweredError
from dashboard.state.context import LINK_DIGEST, AppContext
from dashboard.text.names import sentence
from dashboard.ui.fetched import METHODS, asked_for

STEPS = "application/vnd.transfer-atlas.steps"
"""Of who wants to be told how far it is; a line is one of `done`, `of`, `what`; `again`: the server
is busy; `error`: a sentence; `name` and `html`: the file."""

Steps = Generator[GatheringStep, None, StudyExport]


def register(server: Flask, app_context: AppContext) -> None:
    """Answer `/report.html` for the query of the page's address."""

    @server.route("/report.html", methods=METHODS)
    def report() -> Response:
        if not request.query_string and request.method == "GET" and (shown := _shown_query()):
            return _elsewhere(f"report.html?{shown}")
        query = asked_for()["query"]
        asked = app_context.resolve(query)
        if asked.no_file:
            return plain(409, asked.no_file)
        if asked.view is None:
            return plain(404, "This study cannot be read, or has nothing to show.")
        wanted = ExportRequest(
            query, methods=(asked.view.method,), style=asked.view.style, strict=False
        )
        try:
            if STEPS in request.headers.get("Accept", ""):
                steps = gather(app_context, wanted)
                return _streamed(_told(next(steps), steps))
            gathered = collect(app_context, wanted)
        except StudyError:
            return plain(404, "This study cannot be read any more.")
        except AtlasError as error:
            return plain(409, sentence(error))
        answer = Response(report_html(gathered), content_type="text/html; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{_name(gathered)}"'
        return answer


def _shown_query() -> str:
    """The query of the page whose link was followed before report.js wrote the query into it.

    Empty where that is no page of ours.
    """
    page = urlsplit(request.referrer or "")
    return page.query if page.netloc == request.host else ""


def _elsewhere(address: str) -> Response:
    answer = Response(status=302, headers={"Location": address})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _name(gathered: StudyExport) -> str:
    made_from = gathered.study.digest[:LINK_DIGEST]
    return f"{slug(gathered.study.title)}-{datetime.now(UTC):%Y-%m-%d}-{made_from}.html"


def _told(first: GatheringStep, steps: Steps) -> Iterator[GatheringStep | dict[str, Any]]:
    """What is told of a report that is being made, the report last."""
    yield first
    try:
        gathered = yield from steps
        yield {"name": _name(gathered), "html": report_html(gathered)}
    except UnansweredError:
        # Who has gone reads nothing; to who is there the server is busy.
        yield {"again": True}
    except AtlasError as error:
        yield {"error": sentence(error)}
    except Exception as error:
        yield {"error": failure(error, "a report")[1]}


def _streamed(told: Iterator[GatheringStep | dict[str, Any]]) -> Response:
    """Lines of JSON, each sent when it is there, and compressed where the client reads that."""
    lines = (f"{json.dumps(line, ensure_ascii=False, default=vars)}\n".encode() for line in told)
    packs = request.accept_encodings.quality("gzip") > 0
    answer = Response(stream_with_context(_packed(lines) if packs else lines), mimetype=STEPS)
    if packs:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Cache-Control"] = "no-store"
    # Else nginx keeps the lines until there are enough of them.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _packed(lines: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    for line in lines:
        yield packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
