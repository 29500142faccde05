"""What tabs, web hosts and jobs tell each other: short texts under names, that run out.

A board knows nothing of jobs. Both kinds answer for one host or many alike: whoever adds a name
first has it. Values are JSON, never pickles.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

import diskcache

from core.disk import BytesDisk

log = logging.getLogger(__name__)

STORE_TIMEOUT_SECONDS = 5


class BoardError(Exception):
    """The store behind a board does not answer, or not as it should."""


class Board(Protocol):
    """Names and what stands under them. Every method raises BoardError where the store fails."""

    def read(self, name: str) -> Any:
        """What stands there, None where nothing does."""

    def write(self, name: str, value: Any, seconds: float) -> None:
        """Put something there, for so long."""

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        """Put something where nothing stands; False, and nothing done, where something does."""

    def remove(self, *names: str) -> None:
        """Take it away."""


class JsonDisk(BytesDisk):
    """diskcache's storage for JSON, without pickles; see core.disk.BytesDisk."""

    def store(self, value: object, read: bool, key: object = None) -> Any:
        """Store a value as JSON. Raises TypeError for what JSON does not know."""
        return super().store(json.dumps(value).encode(), read, key)

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> Any:
        """The stored value. Raises ValueError for what this program did not write."""
        return json.loads(super().fetch(mode, filename, value, read))


def open_store(folder: Path) -> diskcache.Cache:
    """The store of this host's jobs, in a folder that nobody else may read.

    A broken one is set aside; where the folder cannot be used, one for this program's life takes
    its place: jobs are then not shared with other servers, and everything else works.
    """
    for attempt in (folder, folder, None):
        place = Path(tempfile.mkdtemp(prefix="transfer-atlas-jobs-")) if attempt is None else folder
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.chmod(0o700)
            return diskcache.Cache(
                str(place), disk=JsonDisk, eviction_policy="none", timeout=STORE_TIMEOUT_SECONDS
            )
        except sqlite3.DatabaseError as fault:
            log.warning("jobs in %s: %s; set aside and made anew", place, fault)
            place.rename(place.with_name(f"{place.name}-broken-{time.time_ns()}"))
        except OSError as fault:
            log.warning("jobs in %s: %s; kept elsewhere while this server runs", place, fault)
    raise BoardError("no folder for jobs")


class DiskBoard:
    """A board for the processes of one host."""

    _FAULTS = (OSError, sqlite3.Error, diskcache.Timeout, ValueError, TypeError)

    def __init__(self, store: diskcache.Cache) -> None:
        self._store = store

    def read(self, name: str) -> Any:
        """What stands there, None where nothing does."""
        try:
            return self._store.get(name)
        except self._FAULTS as fault:
            raise BoardError(str(fault)) from fault

    def write(self, name: str, value: Any, seconds: float) -> None:
        """Put something there, for so long."""
        try:
            self._store.set(name, value, expire=seconds)
        except self._FAULTS as fault:
            raise BoardError(str(fault)) from fault

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        """Put something where nothing stands; False, and nothing done, where something does."""
        try:
            return bool(self._store.add(name, value, expire=seconds))
        except self._FAULTS as fault:
            raise BoardError(str(fault)) from fault

    def remove(self, *names: str) -> None:
        """Take it away."""
        try:
            for name in names:
                self._store.delete(name)
        except self._FAULTS as fault:
            raise BoardError(str(fault)) from fault
