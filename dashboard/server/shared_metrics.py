"""The folder in which the workers of one gunicorn keep what they count, so that it can be summed.

prometheus_client decides when it is imported whether it counts in memory or in files: call
`share` before anything imports `dashboard.server.metrics`. This module imports nothing of either.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's own variable."""

_OWNER = "TRANSFER_ATLAS_METRICS_OWNER"


def share() -> str:
    """Make the folder, once for each gunicorn master, and remove it with it; returns its path.

    A folder that a variable names already is another program's, or that of the master that this
    one is about to replace: counts of other processes must not be added to ours.
    """
    own = str(os.getpid())
    if os.environ.get(_OWNER) == own:
        return os.environ[FOLDER]
    folder = tempfile.mkdtemp(prefix="transfer-atlas-metrics-")
    os.environ.update({FOLDER: folder, _OWNER: own})
    atexit.register(_remove, folder, own)
    return folder


def keep_apart() -> None:
    """For a program of one process: what it counts stays in memory, whatever a variable says."""
    os.environ.pop(FOLDER, None)


def _remove(folder: str, owner: str) -> None:
    # Workers are forks of the master and end with the same duties.
    if str(os.getpid()) == owner:
        shutil.rmtree(folder, ignore_errors=True)
