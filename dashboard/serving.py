"""`python -m dashboard`: one process, several threads, until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]

from core.errors import AtlasError
from dashboard.app import create_app
from dashboard.atlas import Atlas
from dashboard.library import Entry
from dashboard.settings import Settings

THREADS = 8


class PortTakenError(AtlasError):
    """Nothing can listen there."""


class _Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with options of ours; it reads no files and no command line."""

    def __init__(self, application: Any, options: Mapping[str, Any]) -> None:
        self._application = application
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._application


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises PortTakenError where the address is in use."""
    check_port(settings)
    server = create_app(settings).server
    atlas: Atlas = server.config["ATLAS"]

    def say_where(_arbiter: Arbiter) -> None:
        studies = "; ".join(described(entry) for entry in atlas.library.entries())
        print(f"Transfer Atlas: {settings.url}  ({studies})", flush=True)  # noqa: T201

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _Server(
        server,
        {
            "bind": f"{host}:{settings.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            # The application is made here already: a worker that dies starts again in no time.
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "when_ready": say_where,
        },
    ).run()


def check_port(settings: Settings) -> None:
    """Raises PortTakenError, with a sentence that says what to do."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
            probe.listen()
        except OSError as error:
            raise PortTakenError(
                f"cannot listen on {settings.host}:{settings.port} ({error.strerror or error});"
                f" choose another with PORT, for example PORT={settings.port % 65535 + 1}"
            ) from None


def described(entry: Entry) -> str:
    """`Atlantis: 7 tasks, 150 runs`, or how many problems it has."""
    if entry.study is None:
        count = sum(problem.is_error for problem in entry.problems)
        return f"{entry.title}: cannot be read, {count} problem{'s' if count != 1 else ''}"
    tasks, runs = len(entry.study.tasks), len(entry.study.runs)
    return (
        f"{entry.title}: {tasks} task{'s' if tasks != 1 else ''},"
        f" {runs} run{'s' if runs != 1 else ''}"
    )
