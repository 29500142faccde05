"""Answers to what fails, and to paths that lead nowhere."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, Request, Response, request
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from core.errors import RequestError
from dashboard.server.come_again import come_again
from dashboard.state.computing import UnansweredError
from dashboard.state.context import log_failure

log = logging.getLogger(__name__)

CALLBACKS = "/_dash-update-component"


_CATCH_ALL = "/<path:path>"
"""Dash's endpoint for what no other route takes."""
LOST = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Nothing here · Transfer Atlas</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 48px 24px; }}</style>
</head>
<body>
<h1>There is no such page</h1>
<p>What Transfer Atlas shows stands behind the question mark of its address, not in its path.</p>
<p><a href="{home}">Open Transfer Atlas</a></p>
</body>
</html>
"""


def answer_failures(server: Flask, *, callbacks: Mapping[str, Mapping[str, Any]]) -> None:
    """A failure is a number in the browser and a traceback in the log, nowhere else.

    callbacks: Dash's own, by their output. A page that was opened before the program was updated
    may ask for others; it is told so.
    """

    @server.errorhandler(Exception)
    def fail(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException) and error.code != 500:
            return error
        if isinstance(error, DependencyException):
            # A script Dash does not serve; after an update, one of the version before.
            return plain(404, "There is no such file.")
        if isinstance(error, RequestError):
            return plain(400, f"{error}.")
        cause = getattr(error, "original_exception", None) or error
        if isinstance(cause, UnansweredError):
            # Who has gone reads nothing.
            return come_again("This takes a moment: ask again.")
        return plain(*failure(cause, f"{request.method} {request.path}"))

    @server.before_request
    def check_text() -> Response | None:
        if request.is_json and not _is_text(request):
            return plain(400, "This is no request of this page.")
        return None

    @server.before_request
    def check_callback() -> Response | None:
        if request.path != CALLBACKS or request.method != "POST":
            return None
        try:
            body: Any = request.get_json(silent=True)
        except RecursionError:  # brackets in brackets in brackets
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("output"), str):
            return plain(400, "This is no request of this page.")
        if body["output"] not in callbacks:
            return plain(400, "The program has changed since this page was opened: reload it.")
        # What the browser does by itself is nothing to ask a server for.
        by_itself = "callback" not in callbacks[body["output"]]
        if by_itself or not _is_whole(body, callbacks[body["output"]]):
            return plain(400, "This is no request of this page.")
        return None


_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def _is_text(request: Request) -> bool:
    """Whether JSON holds no half of a letter (`\\ud800` alone), which nothing can be written of."""
    if not _HALF.search(request.get_data()):
        return True
    try:
        body = request.get_json(silent=True)
        json.dumps(body, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def _is_whole(body: Mapping[str, Any], callback: Mapping[str, Any]) -> bool:
    """Whether a callback is asked as Dash's page asks, so that Dash does not fail on it.

    The values are anything; what they are of has to be what the callback declares.
    """
    output, outputs = body["output"], body.get("outputs")
    if output.startswith(".."):
        fits = isinstance(outputs, list) and len(outputs) == len(output.split("..."))
    else:
        fits = isinstance(outputs, dict)
    changed = body.get("changedPropIds", [])
    return (
        fits
        and isinstance(changed, list)
        and all(isinstance(one, str) and "." in one for one in changed)
        and _are(body.get("inputs"), callback["inputs"])
        and _are(body.get("state", []), callback["state"])
    )


def _are(given: Any, declared: Sequence[Mapping[str, str]]) -> bool:
    return isinstance(given, list) and [
        (one.get("id"), one.get("property")) if isinstance(one, dict) else None for one in given
    ] == [(one["id"], one["property"]) for one in declared]


def answer_lost(server: Flask, home: str) -> None:
    """Any path that is nothing's is a 404 with a link home; Dash would serve the page there.

    The path is not repeated. Whoever may not come in is refused before: see access.guard.
    """

    def lost(**_: str) -> Response:
        return Response(LOST.format(home=escape(home)), status=404, mimetype="text/html")

    server.view_functions[_CATCH_ALL] = lost


def failure(cause: BaseException, what: str) -> tuple[int, str]:
    """Log what went wrong with something; its status, and the sentence to say of it.

    Raises UnansweredError again, which is no failure.
    """
    if isinstance(cause, MemoryError):
        log.warning("%s: out of memory", what)
        return 507, "This takes more memory than there is: leave tasks out, and ask again."
    reference = log_failure(what, cause)
    return 500, f"The program failed on that. The log has the details under {reference}."


def plain(status: int, sentence: str) -> Response:
    """A sentence as an answer of its own, without a page around it."""
    return Response(f"{sentence}\n", status=status, mimetype="text/plain")
