"""A process that does one job: `python -m dashboard.jobs.process_main KEY`, the order on its stdin.

It waits for a place first, and imports what a job needs only then.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock

from dashboard.jobs.timeouts import BEAT_SECONDS, RESEND_SECONDS, WAITS
from dashboard.server.shared_store import DiskStore, SharedStoreError

LOOK_SECONDS = 0.3
NICE = 10
"""Whoever waits for a figure comes before whoever waits for a job."""


def main() -> None:
    """Do the job of the order, unless nobody waits for it any more."""
    order = json.load(sys.stdin)
    with contextlib.suppress(OSError):
        os.nice(NICE)
    board = DiskStore(Path(order["folder"]))
    starting = _Starting(board, order["key"])
    place = _place(order, board, starting)
    if place is not None:
        _do(order, starting)
    sys.stdout.flush()
    sys.stderr.flush()
    # A block that is still being computed in a thread is of no use to anybody.
    os._exit(0)


class _Starting:
    """Says that the job is not lost, until it can say so itself: nobody need start it again."""

    def __init__(self, board: DiskStore, key: str) -> None:
        self.says: str | bool = True
        self._board, self._name = board, f"{key}-sent"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._say, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _say(self) -> None:
        while True:
            with contextlib.suppress(SharedStoreError):
                self._board.write(self._name, self.says, RESEND_SECONDS)
            if self._over.wait(BEAT_SECONDS):
                return


def _place(
    order: Mapping[str, Any], board: DiskStore, starting: _Starting
) -> filelock.BaseFileLock | None:
    """One of the host's places; the operating system takes it back, however this ends."""
    while True:
        for number in range(order["most"]):
            place = filelock.FileLock(Path(order["folder"]) / f"place-{number}", timeout=0)
            with contextlib.suppress(filelock.Timeout):
                place.acquire()
                starting.says = True
                return place
        starting.says = WAITS
        with contextlib.suppress(SharedStoreError):
            if not board.read(f"{order['key']}-watched"):
                return None
        time.sleep(LOOK_SECONDS)


def _do(order: Mapping[str, Any], starting: _Starting) -> None:
    from dashboard.jobs.factory import app_context_of
    from dashboard.jobs.job_kinds import performer
    from dashboard.jobs.process_backend import LocalJobs

    setting = order["setting"]
    jobs = LocalJobs(
        Path(order["folder"]),
        most=order["most"],
        deadline=order["deadline"],
        setting=setting,
    )
    key = order["key"]
    job = jobs.make_job_fn(performer(app_context_of(setting)), True)
    starting.end()
    job(key, f"{key}-progress", [key, *order["arguments"]], {})


if __name__ == "__main__":
    main()
