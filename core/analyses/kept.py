"""Where the results of an analysis are kept."""

from __future__ import annotations

from enum import Enum


class Kept(Enum):
    """Where a cache keeps results.

    The disk is shared by all processes, and stays; to write there takes some 10 ms, with the locks
    that it takes. ALSO_IN_MEMORY: small, and needed by click after click. IN_MEMORY: small, and
    made as fast as it is written.
    """

    ON_DISK = "on disk"
    ALSO_IN_MEMORY = "also in memory"
    IN_MEMORY = "in memory"
