"""The dashboard as gunicorn serves it, in a process whose clock and computations tests can hold.

`gunicorn tests.faults.troubled:server` with TROUBLE as a folder. While there is a file `hold` in
it, a transfer matrix is not computed: the process that is to compute it leaves its number in the
name of a file `computing-…` and waits. The file `threads` has with how many threads its linear
algebra computes.
When a worker has read a study it leaves the name of it and its number in the name of a file
`read-…`. A file `back` holds the seconds that the clock is behind. BUSY: the seconds for which the
cache waits for a database that another process keeps locked.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from core.analyses import TRANSFER
from core.cache import result_cache
from dashboard.app import create_app
from dashboard.server import health
from dashboard.server.logs import configure_logging
from dashboard.server.response_cache import ResponseCache
from dashboard.server.settings import Settings
from dashboard.server.warm_up import WarmUp
from dashboard.state.study_library import StudyEntry

FOLDER = Path(os.environ["TROUBLE"])
_compute = TRANSFER.compute
_begin = WarmUp.begin
_clock = time.time
_clock_ns = time.time_ns


def _behind() -> float:
    try:
        return float((FOLDER / "back").read_text())
    except (OSError, ValueError):
        return 0.0


def _note(name: str, value: int) -> None:
    """Says something to the test: whole or not yet, as both workers write while it is read."""
    part = FOLDER / f".{name}-{os.getpid()}-{threading.get_ident()}"
    part.write_text(str(value))
    part.replace(FOLDER / name)


def _held(*asked: Any, **options: Any) -> Any:
    libraries = [found for found in threadpool_info() if found["user_api"] == "blas"]
    _note("threads", max(found["num_threads"] for found in libraries))
    if (FOLDER / "hold").exists():
        (FOLDER / f"computing-{os.getpid()}").touch()
        while (FOLDER / "hold").exists():
            time.sleep(0.02)
    return _compute(*asked, **options)


def _read(warm_up: WarmUp, tell: Callable[[StudyEntry], None] = lambda _: None) -> None:
    def note(entry: StudyEntry) -> None:
        tell(entry)
        (FOLDER / f"read-{entry.slug}-{os.getpid()}").touch()

    _begin(warm_up, note)


WarmUp.begin = _read  # type: ignore[method-assign]
# Nobody asks for scripts here; to compress them takes each worker 0.4 s of a core.
WarmUp._compress = lambda _: None  # type: ignore[method-assign]
time.time = lambda: _clock() - _behind()
time.time_ns = lambda: _clock_ns() - int(_behind() * 1e9)
object.__setattr__(TRANSFER, "compute", _held)
health.KEPT_SECONDS = 0.0
result_cache.BUSY_SECONDS = float(os.environ.get("BUSY", result_cache.BUSY_SECONDS))
# What is answered from memory tells nothing about the disk.
ResponseCache.keep = lambda *_: None  # type: ignore[method-assign]
settings = Settings.from_environment()
configure_logging(settings)
server = create_app(settings).server
