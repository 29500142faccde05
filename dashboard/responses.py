"""What every answer carries: headers that keep the page to this host, compression, caching.

And what is answered to a request that makes no sense or that the program failed on.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, Request, Response, request
from flask_compress import Compress
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from core.errors import RequestError
from dashboard.atlas import log_failure

ASSETS = "/assets/"
BUNDLES = "/_dash-component-suites/"
CALLBACKS = "/_dash-update-component"
A_YEAR = "max-age=31536000, immutable"
LARGEST_REQUEST = 4 * 2**20


class CompressedFiles:
    """Compressed bodies of files that do not change under their address; nothing else.

    Flask-Compress asks it for every answer: those of callbacks have no key and are not kept.
    """

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        """The compressed body, where it is kept."""
        return self._kept.get(key)

    def set(self, key: str, value: bytes) -> None:
        """Keep it, if it has a key."""
        if not key.endswith(";"):
            self._kept[key] = value


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


def prepare(server: Flask, *, script_hashes: tuple[str, ...], private: bool) -> None:
    """Compress answers and set their headers.

    script_hashes: of Dash's inline scripts. private: caches that several people share keep
    nothing, not even what is the same for all of them.
    """
    server.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=5,
        COMPRESS_LEVEL=6,
        COMPRESS_MIN_SIZE=1024,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            "image/svg+xml",
        ],
        COMPRESS_CACHE_BACKEND=CompressedFiles,
        COMPRESS_CACHE_KEY=_file_key,
        COMPRESS_REGISTER=True,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
    )
    policy = _policy(script_hashes)

    @server.after_request
    def set_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if response.status_code == 200 and is_fingerprinted(request):
            whose = "private" if private else "public"
            response.headers["Cache-Control"] = f"{whose}, {A_YEAR}"
        elif "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "private, no-cache" if private else "no-cache"
        return response

    # Functions registered later run earlier: whole files, then compression, then headers.
    Compress(server)

    @server.after_request
    def hold_whole(response: Response) -> Response:
        if is_fingerprinted(request):
            # A file that is streamed would be compressed for every request anew.
            response.direct_passthrough = False
            response.get_data()
        return response


def answer_failures(server: Flask, *, callbacks: Container[str]) -> None:
    """A failure is a number in the browser and a traceback in the log, nowhere else.

    callbacks: the outputs there are callbacks for. A page that was opened before the program was
    updated may ask for others; it is told so.
    """

    @server.errorhandler(Exception)
    def fail(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException) and error.code != 500:
            return error
        if isinstance(error, DependencyException):
            # A script Dash does not serve; after an update, one of the version before.
            return _plain(404, "There is no such file.")
        if isinstance(error, RequestError):
            return _plain(400, f"{error}.")
        cause = getattr(error, "original_exception", None) or error
        reference = log_failure(f"{request.method} {request.path}", cause)
        return _plain(
            500, f"The program failed on that. The log has the details under {reference}."
        )

    @server.before_request
    def check_callback() -> Response | None:
        if request.path != CALLBACKS or request.method != "POST":
            return None
        try:
            body: Any = request.get_json(silent=True)
        except RecursionError:  # brackets in brackets in brackets
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("output"), str):
            return _plain(400, "This is no request of this page.")
        if body["output"] not in callbacks:
            return _plain(400, "The program has changed since this page was opened: reload it.")
        if not _is_whole(body):
            return _plain(400, "This is no request of this page.")
        return None


def _is_whole(body: Mapping[str, Any]) -> bool:
    """Whether a callback is asked as Dash's page asks, so that Dash does not fail on it."""
    output, outputs = body["output"], body.get("outputs")
    if output.startswith(".."):
        fits = isinstance(outputs, list) and len(outputs) == len(output.split("..."))
    else:
        fits = isinstance(outputs, dict)
    inputs, state = body.get("inputs"), body.get("state", [])
    return fits and all(
        isinstance(part, list) and all(isinstance(one, dict | list) for one in part)
        for part in (inputs, state)
    )


def answer_lost(server: Flask, home: str) -> None:
    """Any path that is nothing's is a 404 with a link home; Dash would serve the page there.

    The path is not repeated. Whoever may not come in is refused before: see doors.guard.
    """

    def lost(**_: str) -> Response:
        return Response(LOST.format(home=escape(home)), status=404, mimetype="text/html")

    server.view_functions[_CATCH_ALL] = lost


def _plain(status: int, sentence: str) -> Response:
    return Response(f"{sentence}\n", status=status, mimetype="text/plain")


def is_fingerprinted(asked: Request) -> bool:
    """The address of a file that changes when the file does."""
    if asked.path.startswith(ASSETS):
        return "m" in asked.args
    # Dash puts version and time into the name: bundle.v4_4_1m1234567890.min.js
    return asked.path.startswith(BUNDLES) and ".v" in asked.path and "m1" in asked.path


def _file_key(asked: Request) -> str:
    # Scripts of packages stay what they are while the program runs, whatever their address says.
    if asked.path.startswith(BUNDLES):
        return asked.path
    return asked.full_path if is_fingerprinted(asked) else ""


def _policy(script_hashes: tuple[str, ...]) -> str:
    """No other host, no inline script but Dash's own; plotly and Dash do style inline."""
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(("'self'", *script_hashes)),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
