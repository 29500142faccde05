"""What a web worker does when it answers already: it reads the studies, compresses the scripts.

A server that read its studies first would let everybody wait for the largest of them. So the port
is open as soon as the page can be sent, and what needs a study waits for that study alone.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
from collections.abc import Callable, Collection, Iterator

from flask import Flask, request

from core.numerics.threads import always_one_thread
from dashboard.server import health, metrics
from dashboard.server.access import guard
from dashboard.server.first_answers import PATHS
from dashboard.server.headers import ASSETS, BUNDLES
from dashboard.state.study_library import StudyEntry, StudyLibrary

log = logging.getLogger(__name__)

FREE = frozenset({*PATHS, health.ALIVE, health.READY, metrics.PATH})
"""Answered meanwhile, as files are: their answers are no JSON that Plotly makes."""


class WarmUp:
    """The work of one process, in threads of its own. Register it behind the doors."""

    def __init__(self, server: Flask, library: StudyLibrary) -> None:
        self._server = server
        self._library = library
        self._addresses: tuple[str, ...] = ()
        self._imported = threading.Event()
        self._imported.set()
        server.before_request(self._hold)

    def compressed(self, addresses: Collection[str]) -> None:
        """These are to be kept compressed."""
        self._addresses = tuple(addresses)

    def begin(self, tell: Callable[[StudyEntry], None] = lambda _entry: None) -> None:
        """Begin; `tell` is given every study when it was read."""
        self._imported.clear()
        studies = self._library.claim()
        for work in (lambda: self._read(studies, tell), self._compress):
            threading.Thread(target=work, name="warm-up", daemon=True).start()

    def _hold(self) -> None:
        # Plotly looks at pandas wherever it is in sys.modules: half imported by another thread,
        # its JSON fails. So nobody has any made meanwhile.
        if request.path not in FREE and not request.path.startswith((ASSETS, BUNDLES)):
            self._imported.wait()

    def _read(self, studies: Iterator[StudyEntry], tell: Callable[[StudyEntry], None]) -> None:
        try:
            import pandas  # noqa: F401

            # Cores are for requests side by side.
            always_one_thread()
        finally:
            self._imported.set()
        for entry in studies:
            # Whoever reads what is told may have gone.
            with contextlib.suppress(OSError):
                tell(entry)

    def _compress(self) -> None:
        """What is compressed now is not compressed while somebody waits."""
        client = self._server.test_client()
        for address in self._addresses:
            answer = client.get(
                address,
                headers={"Accept-Encoding": "br, gzip"},
                environ_base=guard.INSIDE,
                buffered=True,
            )
            if answer.status_code >= 400:
                log.warning("%s answers %s", address, answer.status)


def settled() -> None:
    """The server listens: collect garbage, and leave alone what is there, which the workers share.

    Before, nothing is collected: a start makes hardly any, and would look for it often.
    """
    gc.freeze()
    gc.enable()
