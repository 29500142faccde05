"""diskcache's storage without pickles. Imports little: whoever only waits need not hold numpy."""

from __future__ import annotations

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

    def _is_inside(self, filename: str) -> bool:
        root = Path(self._directory).resolve()
        return (root / filename).resolve().is_relative_to(root)
