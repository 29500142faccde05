"""What every answer carries: headers that keep the page to this host, compression, caching.

And what is answered to a request that makes no sense or that the program failed on.
"""

from __future__ import annotations

from flask import Flask, Request, Response, request
from flask_compress import Compress

ASSETS = "/assets/"
BUNDLES = "/_dash-component-suites/"
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
