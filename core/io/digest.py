"""The digest of a study: same digest, same numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

_WHOLE = 16 * 2**20
_END = 2**20


def digest_of(contents: Mapping[str, str], root: Path, representations: Iterable[Path]) -> str:
    """sha256 over names (relative to `root`) and contents of all files of a study, as hex.

    contents: name -> sha256 of each file that was read. Representations enter with name, size
    and contents up to 16 MiB. Larger ones enter with name, size, modification time and their
    first and last MiB: reading gigabytes at each start would cost more than it tells, and a
    file that was copied with another time only costs a computation.
    """
    total = sha256()
    for name in sorted(contents):
        total.update(f"{name}\0{contents[name]}\n".encode(errors="surrogatepass"))
    for path in sorted(representations):
        name = os.path.relpath(path, root)
        total.update(f"{name}\0{_of_file(path)}\n".encode(errors="surrogatepass"))
    return total.hexdigest()


def _of_file(path: Path) -> str:
    """Size and sha256 of a file; `gone` where it cannot be read any more."""
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_size <= _WHOLE:
                return f"{state.st_size} {sha256(file.read()).hexdigest()}"
            ends = sha256(file.read(_END))
            file.seek(-_END, os.SEEK_END)
            ends.update(file.read(_END))
            return f"{state.st_size} {state.st_mtime_ns} {ends.hexdigest()}"
    except OSError:
        return "gone"
