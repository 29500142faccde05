"""The digest of a study: same digest, same numbers. And whether its files are still those."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO

from core.errors import AtlasError
from core.io.files import open_binary
from core.study import RepresentationIndex

State = tuple[int, ...]
"""Size, modification and change time in ns, device and inode. Nobody can set a change time back."""
GONE = "gone"
SETTLED_NS = 100_000_000
"""A file that changed less long ago may change again under the same time."""

_told: ContextVar[Callable[[int, int], None] | None] = ContextVar("told", default=None)

_known: dict[tuple[int, int], tuple[State, str]] = {}
"""Of each inode this process has read: its state then, and its content."""


class StudyChangedError(AtlasError):
    """Files of a study changed while something was computed from them: nobody knows from which."""

    def __init__(
        self,
        text: str = "the study's files changed while this was computed, so that it is not shown;"
        " ask again",
    ) -> None:
        super().__init__(text)


def digest_of(contents: Mapping[str, str], root: Path, representations: Mapping[Path, str]) -> str:
    """sha256 over names (relative to `root`) and contents of all files of a study, as hex.

    contents: name -> sha256 of each file that was read; representations: what `contents_of` says.
    """
    total = sha256()
    for name in sorted(contents):
        total.update(f"{name}\0{contents[name]}\n".encode(errors="surrogatepass"))
    for path in sorted(representations):
        name = os.path.relpath(path, root)
        total.update(f"{name}\0{representations[path]}\n".encode(errors="surrogatepass"))
    return total.hexdigest()


def contents_of(paths: Iterable[Path]) -> dict[Path, str]:
    """Size and sha256 of each file, `gone` for one that cannot be read.

    A file is read as a whole, once: while it is the same inode with the same times and size, this
    process remembers. Two GB a second is what a core hashes.
    Who waits may be told meanwhile, see `verifying_told`.
    """
    tell = _told.get()
    if tell is None:
        return {path: _content_of(path) for path in paths}
    sizes = {path: next(iter(_state_at(path)), 0) for path in paths}
    total, done, found = sum(sizes.values()), 0, {}
    for path, size in sizes.items():
        tell(done, total)
        found[path] = _content_of(path)
        done += size
    return found


@contextmanager
def verifying_told(tell: Callable[[int, int], None]) -> Iterator[None]:
    """Inside, in this thread, `tell` is given how many bytes of how many were hashed so far."""
    token = _told.set(tell)
    try:
        yield
    finally:
        _told.reset(token)


@contextmanager
def held_still(index: RepresentationIndex | None) -> Iterator[None]:
    """What is computed inside is of the very files the study's digest is of.

    Raises StudyChangedError where one of the stored representations is another, or was touched
    meanwhile: also one that was exchanged and put back.
    """
    if index is None:
        yield
        return
    before = states_of(index)
    if _others(index, before):
        raise StudyChangedError
    yield
    if states_of(index) != before:
        raise StudyChangedError


def states_of(index: RepresentationIndex) -> dict[Path, State]:
    """What the file system says of each stored representation; empty where it is gone."""
    return {path: _state_at(path) for path in index.files.values()}


def changed_since(index: RepresentationIndex, before: Mapping[Path, State]) -> frozenset[Path]:
    """Files that were touched since, or that are not the ones that were read with the study."""
    now = states_of(index)
    return _others(index, now) | {path for path, state in now.items() if state != before[path]}


def _others(index: RepresentationIndex, states: Mapping[Path, State]) -> frozenset[Path]:
    """Files that, by the states they have, are not the ones that were read with the study.

    Each was asked for its state once: where others compute, every question to the file system
    may wait for the interpreter again.
    """
    return frozenset(
        path
        for path, state in states.items()
        if path in index.contents and _content_in(path, state) != index.contents[path]
    )


def content_of_opened(file: BinaryIO) -> str:
    """Size and sha256 of an open file, read as a whole unless this process knows its inode.

    It stands at any place of the file afterwards. Raises OSError.
    """
    opened = state_of(os.fstat(file.fileno()))
    kept = _known.get((opened[-2], opened[-1]))
    if kept is not None and kept[0] == opened:
        return kept[1]
    file.seek(0)
    content = f"{opened[0]} {file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]
    closed = state_of(os.fstat(file.fileno()))
    if opened == closed and time.time_ns() - max(opened[1:3]) > SETTLED_NS:
        _known[opened[-2], opened[-1]] = opened, content
    return content


def _content_of(path: Path) -> str:
    return _content_in(path, _state_at(path))


def _content_in(path: Path, state: State) -> str:
    """What a file in that state holds."""
    kept = _known.get(state[-2:]) if state else None  # type: ignore[arg-type]
    if kept is not None and kept[0] == state:
        return kept[1]
    try:
        with open_binary(path) as file:
            return content_of_opened(file)
    except OSError:
        return GONE


def _state_at(path: Path) -> State:
    try:
        return state_of(path.stat())
    except OSError:
        return ()


def state_of(found: os.stat_result) -> State:
    """What changes with a file."""
    times = found.st_mtime_ns, found.st_ctime_ns
    return found.st_size, *times, found.st_dev, found.st_ino
