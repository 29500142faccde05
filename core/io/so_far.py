"""How far the reading of a study is, for whoever waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class ReadSoFar:
    """What was read of a study.

    files, size: how many files, the one under way among them, and their bytes; name: of that one,
    below the study's folder.
    """

    files: int
    size: int
    name: str

    def __str__(self) -> str:
        """`3 files, 41.7 MB, evaluations.parquet`."""
        several = "1 file" if self.files == 1 else f"{self.files:,} files"
        return f"{several}, {self.size / 1e6:,.1f} MB, {self.name}"


_told: ContextVar[Callable[[str, int], None] | None] = ContextVar("told_of_files", default=None)


@contextmanager
def reading_told(tell: Callable[[ReadSoFar], None]) -> Iterator[None]:
    """Inside, in this thread, `tell` is given how far reading is whenever a file is opened."""
    files = total = 0

    def count(name: str, size: int) -> None:
        nonlocal files, total
        files, total = files + 1, total + size
        tell(ReadSoFar(files, total, name))

    token = _told.set(count)
    try:
        yield
    finally:
        _told.reset(token)


def tell_of_file(name: str, size: int) -> None:
    """A file of so many bytes is read now; told to who waits, if anybody does."""
    tell = _told.get()
    if tell is not None:
        tell(name, size)


@contextmanager
def told_while_it_lasts(
    tell: Callable[[float], None], *, after_s: float, every_s: float
) -> Iterator[None]:
    """Inside, a thread gives `tell` the seconds it has taken: after so many, then ever so often."""
    begun, done = time.monotonic(), threading.Event()

    def go_on() -> None:
        wait_s = after_s
        while not done.wait(wait_s):
            tell(time.monotonic() - begun)
            wait_s = every_s

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
