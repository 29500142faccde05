"""The folder in which the workers of one gunicorn keep what they count, so that it can be summed.

prometheus_client decides when it is imported whether it counts in memory or in files: call
`share` before anything imports `dashboard.server.metrics`. This module imports nothing of either.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own variable."""

_OWNER = "TRANSFER_ATLAS_METRICS_OWNER"
_PREFIX = "transfer-atlas-metrics-"
_LOCK = "alive"
"""A file in the folder that its master and the workers keep locked for as long as one lives."""
_MADE_SECONDS = 60
"""A folder that was made less long ago may be one whose master is about to lock it."""
_held: list[int] = []


def share() -> str:
    """Make the folder, once for each gunicorn master, and remove it with it; returns its path.

    A folder that a variable names already is another program's, or that of the master that this
    one is about to replace: counts of other processes must not be added to ours.
    """
    own = str(os.getpid())
    if os.environ.get(_OWNER) == own:
        return os.environ[FOLDER]
    _remove_forgotten()
    folder = tempfile.mkdtemp(prefix=_PREFIX)
    _held.append(os.open(Path(folder) / _LOCK, os.O_CREAT | os.O_RDWR, 0o600))
    fcntl.flock(_held[-1], fcntl.LOCK_EX)
    os.environ.update({FOLDER: folder, _OWNER: own})
    atexit.register(_remove, folder, own)
    return folder


def _remove_forgotten() -> None:
    """Remove what masters left that were killed (SIGKILL): nobody holds its lock any more."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # Not ours, or no folder of this kind, or just removed by another: left alone.
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime < _MADE_SECONDS:
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def keep_apart() -> None:
    """For a program of one process: what it counts stays in memory, whatever a variable says."""
    os.environ.pop(FOLDER, None)


def _remove(folder: str, owner: str) -> None:
    # Workers are forks of the master and end with the same duties.
    if str(os.getpid()) == owner:
        shutil.rmtree(folder, ignore_errors=True)
