"""What every answer carries: headers that keep the page to this host, compression, caching.

And what is answered to a request that makes no sense or that the program failed on.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import brotli  # type: ignore[import-untyped]
from cachetools import LRUCache
from dash.fingerprint import check_fingerprint
from flask import Flask, Request, Response, current_app, jsonify, request
from flask_compress import Compress

from dashboard.server import packed_answers

ASSETS = "/assets/"
BUNDLES = "/_dash-component-suites/"
# Dash puts version and time into the name: bundle.v4_4_1m1234567890.min.js
_BUNDLE = re.compile(rf"(?P<folder>{re.escape(BUNDLES)}.*/)[^/]*?\.(?P<mark>v[\w-]+m\w+)\.[^/]*")
A_YEAR = "max-age=31536000, immutable"
POLICIES = ("Content-Security-Policy", "Permissions-Policy")
A_DAY = "max-age=86400"
UNNAMED = (f"{ASSETS}fonts/", f"{ASSETS}favicon.svg")
"""Files whose addresses say no version, and of which an older one for a day harms nobody."""
LARGEST_REQUEST = 4 * 2**20
KEPT_BYTES = 32 * 2**20
"""Of compressed files, in each process; all that a page asks for have some 4 MB."""
LARGE, QUALITY_OF_LARGE = 2**20, 4
"""Bytes of an answer; it is compressed in half the time that 6 takes, to 2 % more of a matrix."""
QUALITY_OF_PACKED = 3
"""Of an answer with its lists as bytes: 4 takes 2.6 times as long, to 1 % less of a matrix."""
FINGERPRINTS = "FINGERPRINTS"
"""Where the server's configuration has what `learn` was told."""


class CompressedFiles:
    """Compressed bodies of files that do not change while the program runs; nothing else.

    Kept by file and not by address, and up to so many bytes: addresses can be made up without end.
    Flask-Compress asks it for every answer: those of callbacks have no key and are not kept.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[str, bytes] = LRUCache(most, getsizeof=len)

    def get(self, key: str) -> bytes | None:
        """The compressed body, where it is kept."""
        with self._lock:
            return self._kept.get(key)

    def set(self, key: str, value: bytes) -> None:
        """Keep it, if it has a key."""
        if not key.endswith(";"):
            # One that is larger than all the room there is raises ValueError.
            with self._lock, contextlib.suppress(ValueError):
                self._kept[key] = value


def prepare(server: Flask, *, script_hashes: tuple[str, ...], private: bool) -> None:
    """Compress answers and set their headers.

    script_hashes: of Dash's inline scripts. private: caches that several people share keep
    nothing, not even what is the same for all of them.
    """
    server.config.update(
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_BR_LEVEL=6,
        COMPRESS_LEVEL=6,
        COMPRESS_MIN_SIZE=1024,
        COMPRESS_MIMETYPES=[
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            packed_answers.PACKED,
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
        whose = "private" if private else "public"
        if response.status_code == 200 and is_fingerprinted(request):
            response.headers["Cache-Control"] = f"{whose}, {A_YEAR}"
        elif response.status_code in (200, 304) and request.path.startswith(UNNAMED):
            response.headers["Cache-Control"] = f"{whose}, {A_DAY}"
        elif "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "private, no-cache" if private else "no-cache"
        if response.status_code == 304:
            # The browser keeps those it has: half of what such an answer weighs.
            for name in POLICIES:
                del response.headers[name]
        return response

    # Functions registered later run earlier: whole files, packing, then compression, then headers.
    Compress(server)
    server.after_request(_compress_large)
    server.after_request(packed_answers.pack)
    server.after_request(_hold_whole)


def _compress_large(response: Response) -> Response:
    """Large and packed answers at qualities of their own; Flask-Compress leaves them alone."""
    is_packed = response.mimetype == packed_answers.PACKED
    if (
        (is_packed or response.mimetype == "application/json")
        and not response.is_streamed
        # One from memory is compressed already.
        and "Content-Encoding" not in response.headers
        and request.accept_encodings.quality("br") > 0
        and (is_packed or len(response.get_data()) >= LARGE)
    ):
        quality = QUALITY_OF_PACKED if is_packed else QUALITY_OF_LARGE
        response.set_data(brotli.compress(response.get_data(), quality=quality))
        response.headers["Content-Encoding"] = "br"
        response.vary.add("Accept-Encoding")
    return response


def _hold_whole(response: Response) -> Response:
    """Files in one piece: streamed, each would be compressed for every request, and left open."""
    if request.path.startswith((ASSETS, BUNDLES)):
        response.direct_passthrough = False
        response.get_data()
    return response


def uncached_json(answer: Mapping[str, Any]) -> Response:
    """An answer that is another one the next time."""
    made = jsonify(answer)
    made.headers["Cache-Control"] = "no-store"
    return made


def learn(server: Flask, addresses: Iterable[str]) -> None:
    """Take over from the page's own addresses which fingerprints are true.

    Any other is made up, or of another version: it gets what there is, and nobody keeps it.
    """
    server.config[FINGERPRINTS] = frozenset(map(_fingerprint, addresses)) - {None}


def is_fingerprinted(asked: Request) -> bool:
    """The address of a file that changes when the file does."""
    address = f"{asked.path}?{asked.query_string.decode('latin-1')}"
    return _fingerprint(address) in current_app.config.get(FINGERPRINTS, ())


def _fingerprint(address: str) -> tuple[str, str] | None:
    """What of an address says which state of a file it is of: the file or its folder, the mark.

    The parts that a script of a package loads later have the mark of that script.
    """
    path, _, query = address.partition("?")
    if path.startswith(ASSETS):
        return (path, query) if query.startswith("m=") else None
    marked = _BUNDLE.fullmatch(path)
    return (marked["folder"], marked["mark"]) if marked else None


def _file_key(asked: Request) -> str:
    # Scripts of packages stay what they are while the program runs, whatever their address says.
    if asked.path.startswith(BUNDLES):
        return check_fingerprint(asked.path)[0]  # type: ignore[no-untyped-call, no-any-return]
    return asked.path if is_fingerprinted(asked) else ""


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
