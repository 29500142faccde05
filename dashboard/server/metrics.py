"""What Prometheus asks for at /metrics: requests, callbacks, the cache, jobs.

Under gunicorn the workers' counts are summed (see `dashboard.server.shared_metrics`). Labels come
from what the program has (routes, callbacks, a few methods), never from what somebody sends, so the
number of series is bounded.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dash import Dash
from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from core.cache.result_cache import CacheEvent
from dashboard.server.access import guard
from dashboard.server.shared_metrics import FOLDER

log = logging.getLogger(__name__)

PATH = "/metrics"
CALLBACKS = "/_dash-update-component"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER = "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)

FILES = ("counter", "histogram", "gauge_livesum")
"""Kinds of prometheus_client's files; each process has one of each, mapped into its memory."""
FILE_BYTES = 2**20
NOBODY = 0


class Metrics:
    """The counts of one application.

    Counting never costs an answer: where the disk is full the process stops counting and says so.

    A process that was forked for something else (a background job) does not count: its counts
    would stay behind in a file of its own. `adopt` makes the present process one that does.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "atlas_request_duration_seconds",
            "Time to answer a request",
            ("route", "method", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._callbacks = Histogram(
            "atlas_callback_duration_seconds",
            "Time to answer a callback, by its first output",
            ("callback",),
            buckets=SECONDS,
            registry=self._registry,
        )
        self._cache = Counter(
            "atlas_cache_events",
            "Results that were in the cache, that were computed, and faults of the cache",
            ("event",),
            registry=self._registry,
        )
        self._jobs = Counter(
            "atlas_jobs",
            "Background jobs, by what became of them",
            ("event",),
            registry=self._registry,
        )
        self._running = Gauge(
            "atlas_jobs_running",
            "Background jobs that run now, as the web workers see it",
            multiprocess_mode="livesum",
            registry=self._registry,
        )
        for event in CacheEvent:
            self._cache.labels(event)

    def adopt(self) -> None:
        """Count in this process: it is a web worker that was forked after the application."""
        self._process = os.getpid()
        with self._counting():
            _reserve_files()

    def cache_event(self, event: CacheEvent) -> None:
        """Count what the cache did; a ResultCache calls it."""
        with self._counting() as counts:
            if counts:
                self._cache.labels(event).inc()

    def job_event(self, event: str) -> None:
        """Count a step of a job. `started` adds to those that run, every other one takes away."""
        with self._counting() as counts:
            if counts:
                self._jobs.labels(event).inc()
                self._running.inc(1 if event == "started" else -1)

    def request_answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request under the pattern of its route."""
        with self._counting() as counts:
            if counts:
                known = method if method in METHODS else OTHER
                self._requests.labels(route, known, str(status)).observe(seconds)

    def callback_answered(self, callback: str, seconds: float) -> None:
        """Count a callback."""
        with self._counting() as counts:
            if counts:
                self._callbacks.labels(callback).observe(seconds)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Everything as Prometheus reads it, and the content type; summed over the workers."""
        registry = self._registry
        if os.environ.get(FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    @contextmanager
    def _counting(self) -> Iterator[bool]:
        """Whether this process counts; a file that cannot be written ends that."""
        try:
            yield os.getpid() == self._process
        except OSError as error:
            self._process = NOBODY
            log.warning("metrics cannot be written: %s; this process counts no more", error)


def _reserve_files() -> None:
    """Take this process' files their room now. Raises OSError where there is none.

    A page of a mapped file for which the disk has no room left would end the process.
    """
    if not (folder := os.environ.get(FOLDER)):
        return
    for kind in FILES:
        path = Path(folder) / f"{kind}_{os.getpid()}.db"
        try:
            with path.open("a+b") as file:
                os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
        except OSError:
            # An empty one could not be read when the workers are summed.
            path.unlink(missing_ok=True)
            raise


def forget_process(pid: int) -> None:
    """A worker ended: what it was doing is over, what it counted stays."""
    if os.environ.get(FOLDER):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


def watch(app: Dash, metrics: Metrics) -> None:
    """Count every request and callback of an application, and answer at /metrics.

    Register it before the guard, so that what they refuse is counted, too.
    """
    server: Flask = app.server

    @server.before_request
    def begin() -> None:
        g.counted_from = time.perf_counter()

    @server.after_request
    def end(response: Response) -> Response:
        if "counted_from" not in g or guard.is_internal_request():
            return response
        seconds = time.perf_counter() - g.counted_from
        route = request.url_rule.rule if request.url_rule else OTHER
        metrics.request_answered(route, request.method, response.status_code, seconds)
        if request.path == CALLBACKS and guard.is_admitted() and response.status_code in (200, 204):
            metrics.callback_answered(asked_callback(app.callback_map), seconds)
        return response

    @server.get(PATH)
    def exposed() -> Response:
        body, content_type = metrics.exposition(request.headers.get("Accept", ""))
        return Response(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def asked_callback(known: Container[str]) -> str:
    """The callback a request asks for, by its first output; `other` for one there is not."""
    body: Any = request.get_json(silent=True)
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, str) or output not in known:
        return OTHER
    return first_output(output)


def first_output(output: str) -> str:
    """`a.figure` of `..a.figure...b.children..`, without what Dash adds to tell doubles apart."""
    return output.strip(".").split("...")[0].partition("@")[0]
