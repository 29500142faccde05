"""`python -m dashboard`: one process, several threads, until it is stopped.

And what gunicorn.conf.py needs, so that under gunicorn the same holds.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any

from dash import Dash
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.errors import HaltServer  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]
from gunicorn.workers.base import Worker  # type: ignore[import-untyped]

from core.errors import AtlasError
from dashboard.server.access.bind_check import ExposedError, place_of, places_of, refuse_exposed
from dashboard.server.buffering_worker import BufferingWorker
from dashboard.server.metrics import Metrics, forget_process
from dashboard.server.settings import Settings
from dashboard.server.warm_up import WarmUp, look_behind, settled
from dashboard.state.study_library import StudyEntry

THREADS = 8
LONGEST_REQUEST_LINE = 8190
"""Bytes of `GET address HTTP/1.1`; a longer one is answered with 414."""


class PortTakenError(AtlasError):
    """Nothing can listen there."""


class GunicornLogger(Logger):  # type: ignore[misc]
    """gunicorn's messages in our log, unless it was told to write them to a file."""

    def setup(self, cfg: Config) -> None:
        """Take gunicorn's own handler away; ours is at the root."""
        super().setup(cfg)
        if cfg.errorlog == "-":
            handler = self._get_gunicorn_handler(self.error_log)
            self.error_log.removeHandler(handler)
            self.error_log.propagate = True


HARDENING: Mapping[str, Any] = {
    # The control socket is a door that nobody here uses.
    "control_socket_disable": True,
    # Whose X-Forwarded headers count is the dashboard's to say: TRUSTED_PROXIES.
    "forwarded_allow_ips": "",
    # The address is the state: as long as gunicorn allows. Of a longer one the page keeps a part
    # behind `#` and sends it in bodies (assets/js/state/url-query.js).
    "limit_request_line": LONGEST_REQUEST_LINE,
    # Who trickles holds no thread.
    "worker_class": BufferingWorker,
    # Past it nothing is sent.
    "sendfile": False,
    # A Unix socket is for its user and group.
    "umask": 0o117,
    "logger_class": GunicornLogger,
    "post_request": look_behind,
}
"""gunicorn's options wherever it is started from."""


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


def serve(settings: Settings, make: Callable[[Settings], Dash]) -> None:
    """Serve what `make` makes of the settings until SIGINT or SIGTERM.

    Raises ExposedError where others could come in without a login, UsersError where nobody could
    log in, PortTakenError where the address is in use.
    """
    refuse_exposed(settings, places_of(settings.host))
    check_port(settings)
    server = make(settings).server

    def say_where(arbiter: Arbiter) -> None:
        refuse_exposed(settings, map(place_of, arbiter.LISTENERS))
        print(f"Transfer Atlas: {settings.url}", flush=True)  # noqa: T201
        settled()

    def begin(arbiter: Arbiter, worker: Worker) -> None:
        start_worker(arbiter, worker, tell=lambda entry: print(described(entry), flush=True))  # noqa: T201

    _Server(
        server,
        {
            **HARDENING,
            "bind": settings.bind,
            "workers": 1,
            "threads": THREADS,
            # The application is made here already: a worker that dies starts again in no time.
            "preload_app": True,
            "timeout": 120,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "when_ready": say_where,
            "post_fork": begin,
        },
    ).run()


def guard_start(arbiter: Arbiter) -> None:
    """gunicorn's when_ready: it listens, and nobody has been answered yet.

    Ends the program with status 2, and says why, where the sockets are open to others and nobody
    has to log in. The sockets are asked, not the options: those come from the environment, the
    command line, files, or from systemd as open sockets.
    """
    try:
        _refuse_exposed(arbiter)
    except ExposedError as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201
        sys.exit(2)
    settled()


def guard_reload(arbiter: Arbiter) -> None:
    """gunicorn's on_reload: the address may be another one now. Stops all workers where not."""
    try:
        _refuse_exposed(arbiter)
    except ExposedError as error:
        raise HaltServer(str(error), 2) from None


def _refuse_exposed(arbiter: Arbiter) -> None:
    places = [place_of(listener) for listener in arbiter.LISTENERS]
    if not places:
        # With reuse_port each worker opens its own.
        hosts = [address[0] for address in arbiter.cfg.address if isinstance(address, tuple)]
        places = [place for host in hosts for place in places_of(host)]
    refuse_exposed(Settings.from_environment(), places)


def start_worker(
    arbiter: Arbiter, _worker: Worker, *, tell: Callable[[StudyEntry], None] = lambda _entry: None
) -> None:
    """gunicorn's post_fork: the worker counts its own, reads the studies and answers meanwhile.

    It does so if the application was made before the fork. tell: as in WarmUp.begin
    """
    application = arbiter.app.callable
    config = getattr(application, "config", {})
    if isinstance(counted := config.get("METRICS"), Metrics):
        counted.adopt()
    if isinstance(warm_up := config.get("WARM_UP"), WarmUp):
        warm_up.begin(tell)


def forget_worker(_arbiter: Arbiter, worker: Worker) -> None:
    """gunicorn's child_exit."""
    forget_process(worker.pid)


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


MOST_SAID = 2
"""Problems of a study that are printed when the server starts; the page has all."""


def described(entry: StudyEntry) -> str:
    """`Atlantis: 7 tasks, 150 runs`, or how many problems it has, and below it the first two."""
    if entry.study is None:
        errors = [problem for problem in entry.problems if problem.is_error]
        count = len(errors)
        head = f"{entry.title}: cannot be read, {count} problem{'s' if count != 1 else ''}"
        return "\n".join([head, *(f"  {problem}" for problem in errors[:MOST_SAID])])
    tasks, runs = len(entry.study.tasks), len(entry.study.runs)
    return (
        f"{entry.title}: {tasks} task{'s' if tasks != 1 else ''},"
        f" {runs} run{'s' if runs != 1 else ''}"
    )
