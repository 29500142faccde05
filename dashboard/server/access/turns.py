"""One long question at a time for each person: a report, the data of a figure.

In each process: who asks for several waits for the one before, and is told so after a while, so
that one person, or one page that asks in a loop, holds one thread of a worker and not all.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter

from flask import Flask, Response, g, has_request_context, request

from dashboard.server.access import guard
from dashboard.server.access.proxies import neighbourhood
from dashboard.state.computing import ClientGoneError

LONG = ("/report.html", "/take/", "/boards/")
"""What may compute for long in a GET: a board draws all its figures. Callbacks are many at once by
their nature; what is written on a board is one figure at most."""
WAIT_SECONDS = 10.0
MOST_WAITING = 2
"""Questions of one person that wait; more are refused at once."""


class Turns:
    """Who is being answered now; safe to share between threads."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy: set[str] = set()
        self._waiting: Counter[str] = Counter()

    def take(self, person: str, seconds: float) -> bool:
        """Wait for the turn of somebody; False where it does not come in that time."""
        with self._free:
            if person in self._busy and self._waiting[person] >= MOST_WAITING:
                return False
            self._waiting[person] += 1
            try:
                came = self._free.wait_for(lambda: person not in self._busy, seconds)
            finally:
                self._waiting[person] -= 1
                if not self._waiting[person]:
                    del self._waiting[person]
            if came:
                self._busy.add(person)
            return came

    def give(self, person: str) -> None:
        """The turn of somebody is over."""
        with self._free:
            self._busy.discard(person)
            self._free.notify_all()


def person() -> str:
    """Who asks, as turns count people; empty outside a request."""
    if not has_request_context() or guard.is_internal_request():
        return ""
    name = guard.user()
    return f"from {neighbourhood(request.remote_addr or '')}" if name is None else f"as {name}"


def check_client() -> None:
    """Raise ClientGoneError where the one who asked has closed the connection.

    gunicorn hands the socket over; behind a proxy it is the proxy's, which closes it, too.
    """
    connection = request.environ.get("gunicorn.socket") if has_request_context() else None
    if connection is None:
        return
    try:
        gone = connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except (BlockingIOError, InterruptedError, ValueError):
        return  # nothing to read: it waits
    except OSError:
        gone = True
    if gone:
        raise ClientGoneError("who asked has gone")


def install(server: Flask, *, wait: float = WAIT_SECONDS) -> None:
    """Register it behind the guard: they say who asks."""
    turns = Turns()

    @server.before_request
    def take() -> Response | None:
        quick = request.path.startswith("/boards/") and request.method == "POST"
        if not request.path.startswith(LONG) or quick or guard.is_internal_request():
            return None
        asking = person()
        if not turns.take(asking, wait):
            sentence = "What you asked for before is still being made: ask again when it is done."
            return guard.refusal(429, sentence, Retry_After="5")
        g.turn = asking
        return None

    @server.teardown_request
    def give(_error: BaseException | None) -> None:
        if (asked := g.pop("turn", None)) is not None:
            turns.give(asked)
