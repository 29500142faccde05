"""The guard before every request: nothing is answered to somebody who may not come in.

It stands before the routing, so a route that is added later is closed as well, and so is an
address that no route has.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.datastructures import Authorization, WWWAuthenticate

from dashboard.server.access.proxies import (
    THROUGH_PROXY,
    Forwarded,
    is_local,
    neighbourhood,
    parse_address,
)
from dashboard.server.access.same_origin import is_foreign
from dashboard.server.access.throttle import Throttle
from dashboard.server.access.users import Passwords, UsersError, normalized, read_users
from dashboard.server.settings import Auth, Settings
from dashboard.server.shared_store import DiskStore

log = logging.getLogger(__name__)

REALM = "Transfer Atlas"
CHECK_SECONDS = 5.0
LONGEST_IDENTITY = 256

OPEN = frozenset({"/healthz"})
"""Open to everybody: it says that the process is alive, and nothing else."""

ASKED_AT_THE_DOOR = frozenset({"/readyz"})
"""Answered without an identity, too, but with the status alone."""

_INSIDE = "transfer_atlas.inside"
_TOKEN = object()

INSIDE: dict[str, object] = {_INSIDE: _TOKEN}
"""The environ of requests this process makes to itself; none that comes over a socket has it."""

ErrorResponse = Response
Identity = Callable[[], "str | ErrorResponse | None"]
"""Who asks: a name, None where nobody has to say, or the answer to somebody who may not."""


def install(server: Flask, settings: Settings, *, throttle: Throttle | None = None) -> None:
    """Close every route of a server, as the settings say. Raises UsersError: see check_users."""
    check_users(settings)
    server.wsgi_app = Forwarded(  # type: ignore[method-assign]
        server.wsgi_app, settings.trusted_proxies, identity_header=settings.auth_header
    )
    server.config.update(
        # Nothing sets a cookie. Should anything ever, it does so like this.
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=settings.auth is not Auth.NONE,
    )
    identity = _identity(settings, throttle)

    @server.before_request
    def admit() -> ErrorResponse | None:
        g.user = None
        if is_internal_request() or request.path in OPEN:
            return None
        if is_foreign(request):
            return refusal(403, "This was asked from a page of another site.")
        found = identity()
        g.admitted = not isinstance(found, Response)
        if not isinstance(found, Response):
            g.user = found
            return None
        return None if request.path in ASKED_AT_THE_DOOR else found


def check_users(settings: Settings) -> None:
    """Raises UsersError where AUTH=basic has no file of users that could be read, or no user."""
    path = settings.auth_file
    if settings.auth is Auth.BASIC and path is not None and not read_users(path):
        raise UsersError(
            f"there is no user in {path}; add one with: python -m dashboard user add NAME"
        )


def is_internal_request() -> bool:
    """Whether this process asks itself."""
    return request.environ.get(_INSIDE) is _TOKEN


def is_admitted() -> bool:
    """Whether the one who asks may see more than what is open to everybody."""
    return bool(g.get("admitted", False))


def user() -> str | None:
    """Who asks; None where nobody has to say."""
    name: str | None = g.get("user")
    return name


def refusal(status: int, sentence: str, **headers: Any) -> ErrorResponse:
    """An answer in plain text; header names are written with _ for -."""
    answer = Response(f"{sentence}\n", status=status, mimetype="text/plain")
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _identity(settings: Settings, throttle: Throttle | None) -> Identity:
    if settings.auth is Auth.BASIC:
        board = DiskStore(settings.cache_dir / "logins")
        assert settings.auth_file is not None  # noqa: S101  (Settings sees to it)
        return _Basic(
            Passwords(settings.auth_file, board), Throttle(board) if throttle is None else throttle
        )
    if settings.auth is Auth.PROXY:
        return lambda: _proxied(settings.auth_header)
    if settings.allow_anonymous:
        return lambda: None
    return lambda: _local(settings.host)


class _Basic:
    """HTTP Basic: every request brings name and password; also curl's and Prometheus's."""

    def __init__(self, passwords: Passwords, throttle: Throttle) -> None:
        self._passwords = passwords
        self._throttle = throttle
        # One check at a time: each costs memory and a core that others need.
        self._checking = threading.Lock()

    def __call__(self) -> str | ErrorResponse:
        given = _given()
        if given is None or given.type != "basic" or not given.username:
            return _challenge("Log in to see this.")
        name, password = normalized(given.username), normalized(given.password or "")
        # First what was right before: nobody who is logged in suffers from others' guesses.
        if self._passwords.remembered(name, password):
            return name
        place = neighbourhood(request.remote_addr or "")
        keys = (f"from {place}", f"as {name[:64]}")
        if wait := self._throttle.wait(keys):
            return _too_many(wait)
        if not self._checking.acquire(timeout=CHECK_SECONDS):
            return _too_many(1.0)
        try:
            # While this one stood in line, others may have guessed, or been right.
            if self._passwords.remembered(name, password):
                return name
            if wait := self._throttle.wait(keys):
                return _too_many(wait)
            if self._passwords.is_right(name, password):
                self._throttle.forgive(keys[1])
                return name
            self._throttle.failed(keys)
        finally:
            self._checking.release()
        # A name nobody has is often a password in the wrong field: it is not logged.
        who = f"of {name}" if self._passwords.knows(name) else "of an unknown user"
        log.warning("login %s from %s failed", who, place)
        return _challenge("Name or password is wrong.")


def _given() -> Authorization | None:
    """What a request brings; None where that is no Authorization header."""
    try:
        return request.authorization
    except ValueError:  # bytes that are no UTF-8
        return None


def _challenge(sentence: str) -> ErrorResponse:
    wanted = WWWAuthenticate("basic", {"realm": REALM, "charset": "UTF-8"})
    return refusal(401, sentence, WWW_Authenticate=wanted.to_header())


def _too_many(wait: float) -> ErrorResponse:
    seconds = math.ceil(wait)
    return refusal(
        429,
        f"Too many failed logins: try again in {seconds} second{'s' if seconds != 1 else ''}.",
        Retry_After=str(seconds),
    )


def _proxied(header: str) -> str | ErrorResponse:
    if not request.environ.get(THROUGH_PROXY):
        return refusal(403, "This address is open to the proxy alone that knows who you are.")
    names = request.headers.getlist(header)
    name = _utf8(names[0]).strip() if len(names) == 1 else ""
    # A comma is how two headers arrive as one: somebody's own, and the proxy's.
    if not 0 < len(name) <= LONGEST_IDENTITY or not name.isprintable() or "," in name:
        return refusal(401, "The proxy did not say who you are.")
    return name


def _utf8(text: str) -> str:
    """WSGI takes headers for Latin-1; proxies write UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _local(host: str) -> ErrorResponse | None:
    """Without a login: from this host, and under a name of this host.

    The name matters because a page elsewhere can point a name of its own at 127.0.0.1 and would
    then be of the same origin. Under gunicorn with a configuration of somebody's own this is the
    wall that is left.
    """
    name = request.host.rpartition(":")[0] if _has_port(request.host) else request.host
    name = name.strip("[]").rstrip(".").lower()
    address = parse_address(name)
    ours = name == "localhost" or name.endswith(".localhost") or name == host.lower() != ""
    ours = ours or (address is not None and address.is_loopback)
    if is_local(request.remote_addr or "") and ours:
        return None
    return refusal(
        403,
        "Without a login this is open to its own host alone: ask for it on localhost, or have it"
        " set AUTH, or ALLOW_ANONYMOUS=1.",
    )


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and (host.count(":") == 1 or "]:" in host)
