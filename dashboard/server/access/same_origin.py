"""Requests that change or compute something come from our own pages, or from no page at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_foreign(asked: Request) -> bool:
    """Whether a page of another origin made the browser send this.

    Sec-Fetch-Site says so and no script can set it, but browsers send it over HTTPS and to
    localhost only; elsewhere Origin is compared with the host that was asked. What has neither
    header was not sent by a browser (curl, Prometheus) and carries no one else's credentials.

    A link may lead here from anywhere: a GET for a page of its own is nobody's request but the
    person's. A frame, an image or a script of another site's page is.
    """
    site = asked.headers.get("Sec-Fetch-Site")
    if asked.method in SAFE_METHODS and site is not None:
        opened = asked.headers.get("Sec-Fetch-Dest") == "document"
        return site in ("cross-site", "same-site") and not opened
    if site is not None:
        return site not in ("same-origin", "none")
    origin = asked.headers.get("Origin")
    return origin is not None and not _is_same_host(origin, asked.host)


def _is_same_host(origin: str, host: str) -> bool:
    """Host and port alone: where a proxy speaks TLS for us, the schemes differ."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() != ""
