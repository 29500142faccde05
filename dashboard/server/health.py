"""/healthz: the process is alive. /readyz: it has what it needs to answer well."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flask import Flask, Response

from dashboard.server.access import guard
from dashboard.server.headers import uncached_json
from dashboard.state.context import AppContext

log = logging.getLogger(__name__)

ALIVE, READY = "/healthz", "/readyz"
KEPT_SECONDS = 2.0
"""How long an answer is given again: anybody may ask, and asking must stay cheap."""


class Status(StrEnum):
    """Degraded: some study cannot be read or no job is done, and everything else is shown."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not ready"


@dataclass(frozen=True)
class Check:
    """What was found; details by name, in words."""

    status: Status
    details: Mapping[str, str] = field(default_factory=dict)


Probe = Callable[[], Check]


def studies_probe(app_context: AppContext) -> Probe:
    """Ready where every study can be read, degraded where one can, not ready where none can.

    As long as one is being read it is not ready: whoever came now would have to wait.
    """

    def probe() -> Check:
        details = {}
        readable = 0
        entries = app_context.library.entries(wait_s=0)
        for entry in entries:
            errors = sum(problem.is_error for problem in entry.problems)
            readable += entry.study is not None
            found = f"{errors} problem{'s' if errors != 1 else ''}"
            unread = f"not readable: {found}"
            if entry.reading:
                unread = "being read" if entry.verified is None else "being verified"
            details[entry.slug] = "readable" if entry.study else unread
        if any(entry.reading for entry in entries):
            return Check(Status.NOT_READY, details)
        if readable == len(entries):
            return Check(Status.READY, details)
        return Check(Status.DEGRADED if readable else Status.NOT_READY, details)

    return probe


def cache_probe(app_context: AppContext) -> Probe:
    """Not ready where a result cannot be kept: every answer would be computed anew."""

    def probe() -> Check:
        fault = app_context.cache.fault()
        if fault:
            return Check(Status.NOT_READY, {"cache": f"not writable: {fault}"})
        return Check(Status.READY, {"cache": "writable"})

    return probe


def register(server: Flask, probes: Mapping[str, Probe]) -> None:
    """Answer at /healthz and /readyz. probes: by the name of what they look at."""
    answers = _Kept(probes)

    @server.get(ALIVE)
    def alive() -> Response:
        return _answer({"status": "alive"}, 200)

    @server.get(READY)
    def ready() -> Response:
        found = answers.get()
        worst = worst_of(check.status for check in found.values())
        body: dict[str, object] = {"status": worst}
        if guard.is_admitted():
            body["checks"] = {
                name: {"status": check.status, **check.details} for name, check in found.items()
            }
        return _answer(body, 503 if worst is Status.NOT_READY else 200)


def worst_of(found: Iterable[Status]) -> Status:
    """The worst of some statuses; ready where there are none."""
    return max(found, key=list(Status).index, default=Status.READY)


class _Kept:
    """The probes' answers, for a while; one thread looks, the others take what it found."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)
        self._lock = threading.Lock()
        self._found: Mapping[str, Check] = {}
        self._looked = 0.0

    def get(self) -> Mapping[str, Check]:
        with self._lock:
            if not self._found or time.monotonic() - self._looked > KEPT_SECONDS:
                self._found = {name: _look(name, probe) for name, probe in self._probes.items()}
                self._looked = time.monotonic()
            return self._found


def _look(name: str, probe: Probe) -> Check:
    try:
        return probe()
    except Exception as error:
        log.error("the check of %s failed", name, exc_info=error)
        return Check(Status.NOT_READY, {name: "the check failed; see the log"})


def _answer(body: Mapping[str, object], status: int) -> Response:
    answer = uncached_json(body)
    answer.status_code = status
    return answer
