"""What a web worker does when it answers already: it reads the studies, compresses the scripts.

A server that read its studies first would let everybody wait for the largest of them. So the port
is open as soon as the page can be sent, and what needs a study waits for that study alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import logging
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator

from flask import Flask
from werkzeug.test import Client

from core.numerics.threads import always_one_thread
from dashboard.server.access import guard
from dashboard.state.study_library import StudyEntry, StudyLibrary

log = logging.getLogger(__name__)

SWITCH_S = 0.001
"""As long a thread that computes keeps others waiting, each time they want to go on (Python: 5 ms).

An answer from memory goes on some twenty times."""
COMPUTES_WITH = (
    "core.analyses.registry",
    "scipy.cluster.hierarchy",
    "scipy.linalg",
    "scipy.sparse.csgraph",
    "scipy.spatial.distance",
    "scipy.special",
)
"""What is imported when it is first needed: half a second, here without anybody who waits."""


_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


class WarmUp:
    """The work of one process, in threads of its own. files: addresses of scripts and styles."""

    def __init__(self, server: Flask, library: StudyLibrary, files: Collection[str]) -> None:
        self._server = server
        self._library = library
        self._files = files

    def begin(self, tell: Callable[[StudyEntry], None] = lambda _entry: None) -> None:
        """Begin; `tell` is given every study when it was read."""
        one_heap()
        studies = self._library.claim()
        for work in (lambda: self._read(studies, tell), self._compress):
            threading.Thread(target=work, name="warm-up", daemon=True).start()

    def _read(self, studies: Iterator[StudyEntry], tell: Callable[[StudyEntry], None]) -> None:
        # Cores are for requests side by side.
        always_one_thread()
        sys.setswitchinterval(SWITCH_S)
        prepared = False
        for entry in studies:
            # Whoever reads what is told may have gone, or have no letters for a title.
            with contextlib.suppress(OSError, ValueError):
                tell(entry)
            # Behind the first: who looks at it need not wait for all the others.
            prepared = prepared or prepare()
        if not prepared:
            prepare()
        leave_alone()
        give_back()

    def _compress(self) -> None:
        """What is compressed now is not compressed while somebody waits."""
        client = Client(self._server)
        for address in self._files:
            answer = client.get(
                address,
                headers={"Accept-Encoding": "br, gzip"},
                environ_base=guard.INSIDE,
                buffered=True,
            )
            if answer.status_code >= 400:
                log.warning("%s answers %s", address, answer.status)
        give_back()


def prepare() -> bool:
    """Do once what the first figure would wait for: imports, and what Plotly makes of a theme.

    Plotly imports what checks a property when it is first set: 0.2 s of a core.
    """
    for module in COMPUTES_WITH:
        importlib.import_module(module)
    always_one_thread()
    from dashboard.figures.parts.theme import Mode, Style, theme

    for mode in Mode:
        theme(mode, Style.SCREEN)
    return True


def one_heap() -> None:
    """Have all threads of this process allocate from one heap, before there are threads.

    glibc gives each thread its own, and what is freed in one is of no use to the others: a worker
    that had shown every tab of the example held 217 MB, and holds 156. Computing takes as long.
    Whoever sets MALLOC_ARENA_MAX is asked nothing; elsewhere there is no such choice.
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have the pages of the heap that nothing is in any more, where it takes them.

    By itself glibc gives back what lies at the heap's end: importing, reading and compressing left
    14 MB between what stays. A worker that has shown all tabs of the example holds 152 MB, not 161.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


DUE = 10
"""Python looks through all that is there when it has looked so often through what came last."""
RARELY = 1_000
"""So often here, where many answers take long and none ends: else `look_behind` comes first."""


def settled() -> None:
    """The server listens: collect garbage, and leave alone what is there, which the workers share.

    Before, nothing is collected: a start makes hardly any, and would look for it often.
    """
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], RARELY)
    gc.enable()


def look_behind(_worker: object, _request: object, _environ: object, _answer: object) -> None:
    """gunicorn's post_request: look through all that is there, where it is due, behind an answer.

    With a study of a thousand tasks that holds everybody up for 25 ms: in the middle of a click it
    was twice as slow.
    """
    if gc.get_count()[2] >= DUE:
        gc.collect()


def leave_alone() -> None:
    """Look for no garbage in what is there: imports and studies, which make hardly any.

    Who looks holds everybody up: through what a worker imports and reads it took 50 ms and more,
    now and then in the middle of a click. Studies are in no circle: a former version of one goes
    without anybody looking for it. To look once more before it has 8 MB of the parent read in.
    """
    gc.freeze()
