"""diskcache's storage without pickles. Imports little: whoever only waits need not hold numpy."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import diskcache


class BytesDisk(diskcache.Disk):  # type: ignore[misc]
    """diskcache's storage without pickles: its own `Disk` unpickles what lies in the folder.

    Keys are text, values bytes; anything else that is found is refused (CVE-2025-69872).
    """

    def put(self, key: object) -> tuple[str, bool]:
        """A text key as it is. Raises TypeError for any other."""
        if not isinstance(key, str):
            raise TypeError("cache keys are text")
        return key, True

    def get(self, key: object, raw: bool) -> str:
        """A text key as it is. Raises ValueError for any other."""
        if not raw or not isinstance(key, str):
            raise ValueError("a key in the cache that this program did not write")
        return key

    def store(self, value: object, read: bool, key: object = None) -> Any:
        """Store bytes. Raises TypeError for anything else."""
        if read or not isinstance(value, bytes):
            raise TypeError("cache values are bytes")
        return super().store(value, read, key)

    def fetch(self, mode: int, filename: str | None, value: object, read: bool) -> Any:
        """Stored bytes. Raises ValueError for anything else: it is never unpickled."""
        if read or mode not in (diskcache.core.MODE_RAW, diskcache.core.MODE_BINARY):
            raise ValueError("a value in the cache that this program did not write")
        if filename is not None and not self._is_inside(filename):
            raise ValueError("a value in the cache that lies outside its folder")
        found = super().fetch(mode, filename, value, read)
        if not isinstance(found, bytes):
            raise ValueError("a value in the cache that this program did not write")
        return found

    def filename(self, key: object = None, value: object = None) -> tuple[str, str]:
        """A new name for the file of a large value; its folders are there, for the owner alone."""
        name, path = super().filename(key, value)
        folder = Path(path).parent
        for part in (folder.parent, folder):
            part.mkdir(mode=0o700, exist_ok=True)
        return name, path

    def _write(self, full_path: str, iterator: Any, mode: str, encoding: str | None = None) -> int:
        """As diskcache writes, but whole: it takes bytes apart at each that could end a line."""
        return int(super()._write(full_path, [iterator.read()], mode, encoding))

    def _is_inside(self, filename: str) -> bool:
        root = Path(self._directory).resolve()
        return (root / filename).resolve().is_relative_to(root)


def is_corrupt(fault: BaseException) -> bool:
    """Whether a database is damaged, rather than locked, full, read-only or out of reach."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def present(folder: Path) -> tuple[int, int] | None:
    """Which database of diskcache lies in a folder now; None where there is none.

    An open one that is not this any more was moved away or removed: what it is told is lost.
    """
    try:
        found = (folder / diskcache.core.DBNAME).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def refuse_locked(folder: Path, seconds: float) -> None:
    """Raise sqlite3.OperationalError where the database there is locked for longer than so long.

    diskcache tries for a minute to open one, whatever its timeout. A folder without a database is
    in order; a damaged one raises sqlite3.DatabaseError.
    """
    path = folder / diskcache.core.DBNAME
    if path.exists():
        connection = sqlite3.connect(path, timeout=seconds, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
