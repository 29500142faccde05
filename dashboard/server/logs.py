"""The log: lines for people or JSON, each with the request and the user it is of."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

from core.errors import one_line
from dashboard.server.access import guard
from dashboard.server.settings import LogFormat, Settings

log = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = ("/assets/", "/_dash-component-suites/", "/editions", "/healthz", "/readyz", "/metrics")
"""What is asked for again and again, and logged at DEBUG where it was answered."""


class RequestFilter(logging.Filter):
    """Adds to every record the request and the user it is of; None outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        asked = has_request_context()
        record.request_id = g.get("request_id") if asked else None
        record.user = g.get("user") if asked else None
        return True


class TextFormatter(logging.Formatter):
    """`2026-01-31 12:00:00,000 INFO dashboard.server.logs [5f3a… ada]: GET / 200 12 ms`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s%(asked)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The line, whatever a browser or a file put into it; a traceback keeps its lines."""
        names = (getattr(record, "request_id", None), getattr(record, "user", None))
        named = " ".join(name for name in names if name)
        record.asked = f" [{named}]" if named else ""
        return one_line(super().formatMessage(record))


def json_formatter() -> logging.Formatter:
    """One object a line: time (UTC), level, logger, message, request_id, user and what is extra."""
    return JsonFormatter(
        "%(levelname)s %(name)s %(message)s %(request_id)s %(user)s",
        rename_fields={"levelname": "level", "name": "logger", "timestamp": "time"},
        timestamp=True,
    )


def configure_logging(settings: Settings) -> None:
    """Log to standard error at the settings' level and in their format, and nowhere else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        json_formatter() if settings.log_format is LogFormat.JSON else TextFormatter()
    )
    handler.addFilter(RequestFilter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)


def watch(server: Flask) -> None:
    """Give every request an id, echo it, and log one line when it is answered.

    Register this first: what is registered later is then within it.
    """

    @server.before_request
    def begin() -> None:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _USABLE_ID.fullmatch(given) else secrets.token_hex(8)
        g.begun = time.perf_counter()

    @server.after_request
    def end(response: Response) -> Response:
        if "begun" not in g or guard.is_internal_request():
            return response
        response.headers[REQUEST_ID] = g.request_id
        milliseconds = round((time.perf_counter() - g.begun) * 1000, 1)
        quiet = response.status_code < 400 and request.path.startswith(QUIET)
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "%s %s %s %s ms",
            request.method,
            request.path,
            response.status_code,
            milliseconds,
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "duration_ms": milliseconds,
                "address": request.remote_addr,
            },
        )
        return response
