"""What tabs, web hosts and jobs tell each other: short texts under names, that run out.

A board knows nothing of jobs. Both kinds answer for one host or many alike: whoever adds a name
first has it. Values are JSON, never pickles.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import diskcache

from core.cache.bytes_disk import BytesDisk, is_corrupt, present, refuse_locked

log = logging.getLogger(__name__)

STORE_TIMEOUT_SECONDS = 5


STORE_FAULTS = (OSError, sqlite3.Error, diskcache.Timeout, ValueError, TypeError)
"""What the files of a store can raise: gone, full, locked, or not written by this program."""


class SharedStoreError(Exception):
    """The store behind a board does not answer, or not as it should."""


class SharedStore(Protocol):
    """Names and what stands under them.

    Every method raises SharedStoreError where the store fails.
    """

    def read(self, name: str) -> Any:
        """What stands there, None where nothing does."""

    def write(self, name: str, value: Any, seconds: float) -> None:
        """Put something there, for so long."""

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        """Put something where nothing stands; False, and nothing done, where something does."""

    def remove(self, *names: str) -> None:
        """Take it away."""


class JsonDisk(BytesDisk):
    """diskcache's storage for JSON, without pickles; see core.cache.bytes_disk.BytesDisk."""

    def store(self, value: object, read: bool, key: object = None) -> Any:
        """Store a value as JSON. Raises TypeError for what JSON does not know."""
        return super().store(json.dumps(value).encode(), read, key)

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> Any:
        """The stored value. Raises ValueError for what this program did not write."""
        return json.loads(super().fetch(mode, filename, value, read))


def open_store(folder: Path) -> diskcache.Cache:
    """A store for the processes of this host, in a folder that nobody else may read.

    A broken one is set aside; where the folder cannot be used, one for this program's life takes
    its place: what is in it is then not shared with other servers, and everything else works.
    """
    for attempt in (folder, folder, None):
        place = Path(tempfile.mkdtemp(prefix="transfer-atlas-")) if attempt is None else folder
        lies_there = present(place)
        try:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.chmod(0o700)
            refuse_locked(place, STORE_TIMEOUT_SECONDS)
            return diskcache.Cache(
                str(place), disk=JsonDisk, eviction_policy="none", timeout=STORE_TIMEOUT_SECONDS
            )
        except (OSError, sqlite3.Error, diskcache.Timeout) as fault:
            if present(place) != lies_there:
                continue  # another process made it anew meanwhile: no fault of what lies there now
            if is_corrupt(fault):
                set_aside(place, fault)
            else:
                log.warning("%s: %s; kept elsewhere while this server runs", place, fault)
    raise SharedStoreError("no folder for jobs")


def set_aside(place: Path, fault: BaseException) -> None:
    """Move a damaged store away, so that a new one can take its place; one of them is kept."""
    log.warning("%s: %s; set aside and made anew", place, fault)
    for older in place.parent.glob(f"{place.name}-broken-*"):
        shutil.rmtree(older, ignore_errors=True)
    with contextlib.suppress(OSError):
        place.rename(place.with_name(f"{place.name}-broken-{time.time_ns()}"))


class DiskStore:
    """A board for the processes of one host, in a folder.

    Opened anew where that was removed; set aside and made anew where it is damaged: what stood in
    it is gone, as if it had run out.
    """

    def __init__(self, folder: Path) -> None:
        self._guard = threading.Lock()
        self._open(folder)

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return Path(self._cache.directory)

    @property
    def store(self) -> diskcache.Cache:
        """What it is kept in. Raises SharedStoreError where there is no place for it any more."""
        with self._guard:
            if present(self.folder) != self._opened:
                self._open(self.folder)
            return self._cache

    def _open(self, folder: Path) -> None:
        self._cache = open_store(folder)
        self._opened = present(self.folder)

    def read(self, name: str) -> Any:
        """What stands there, None where nothing does."""
        return self._do(lambda store: store.get(name))

    def write(self, name: str, value: Any, seconds: float) -> None:
        """Put something there, for so long."""
        self._do(lambda store: store.set(name, value, expire=seconds))

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        """Put something where nothing stands; False, and nothing done, where something does."""
        return bool(self._do(lambda store: store.add(name, value, expire=seconds)))

    def remove(self, *names: str) -> None:
        """Take it away."""
        self._do(lambda store: [store.delete(name) for name in names])

    def _do(self, ask: Callable[[diskcache.Cache], Any]) -> Any:
        """Ask the store; once more, of a new one, where it turns out to be damaged."""
        try:
            try:
                return ask(self.store)
            except sqlite3.DatabaseError as fault:
                if not is_corrupt(fault):
                    raise
                self._replace_damaged(fault)
                return ask(self.store)
        except STORE_FAULTS as fault:
            raise SharedStoreError(str(fault)) from fault

    def _replace_damaged(self, fault: BaseException) -> None:
        with self._guard:
            # Where another process was faster, what lies there now is its new one.
            if present(self.folder) == self._opened:
                with contextlib.suppress(*STORE_FAULTS):
                    self._cache.close()
                set_aside(self.folder, fault)
