"""Results on disk, shared by all workers of a host.

One call, `cache.fetch(analysis, study, *queries)`. The key is a sha256 over the analysis' name, the
sources of `core`, the versions of the numeric libraries, `Study.digest` and what is read of the
queries: an edited formula or a changed file never meets an old value. Whatever is wrong with the
cache (lost, corrupt, full, read-only) costs time, never an answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import math
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import diskcache
import filelock

from core.analyses.kept import Kept
from core.cache.bytes_disk import BytesDisk, is_corrupt, present, refuse_locked
from core.cache.codec import CodecError, canonical_json, decode, encode
from core.cache.environment import DEFAULT_SIZE_LIMIT, SOURCES
from core.cache.recent import MOST, Recent
from core.io.changes.digest import held_still
from core.similarity.store import SimilarityStore
from core.study import Study

R = TypeVar("R")

if TYPE_CHECKING:  # every analysis, which takes its time to import
    from core.analyses.analysis import Analysis, Query

log = logging.getLogger(__name__)
NUMERIC_LIBRARIES = ("numpy", "scipy", "pandas", "networkx")
LOCK_WAIT_SECONDS = 600.0
RETRY_OPEN_SECONDS = 60.0
BUSY_SECONDS = 5.0
REPORT_AGAIN_SECONDS = 86_400.0
_LOCK_FILES = 4096
_TRIAL = "trial"
# Damaged files make sqlite, diskcache, zipfile and numpy raise nearly anything.
_FAULTS = (Exception,)


class CacheEvent(StrEnum):
    """What an observer is told: a result was there, was computed, or the cache had a fault."""

    HIT = "hit"
    MISS = "miss"
    FAULT = "fault"


def _unobserved(_event: CacheEvent) -> None:
    """The observer of a cache nobody watches."""


@dataclass(frozen=True)
class CacheStats:
    """What a cache holds: bytes on disk, entries, its limit in bytes; hits of this process."""

    folder: str
    entries: int
    size: int
    size_limit: int
    hits: int
    misses: int


class ResultCache:
    """Results of analyses under one folder; None as folder keeps nothing.

    Safe to share between threads and between processes: one computation per key at a time, the
    others wait for it. Locks are the operating system's, so a killed process leaves none behind.
    observer: told of every hit, miss and fault, in the thread it happens in; it must not raise.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        size_limit: int = DEFAULT_SIZE_LIMIT,
        observer: Callable[[CacheEvent], None] = _unobserved,
    ) -> None:
        self.folder = folder
        self.size_limit = size_limit
        self._observer = observer
        self.hits = 0
        self.misses = 0
        self._cache: diskcache.Cache | None = None
        self._opened: tuple[int, int] | None = None
        self._opening = threading.Lock()
        self._next_try = 0.0
        self._reported: dict[str, float] = {}
        self._recent = Recent(0 if folder is None else MOST)

    def fetch(
        self,
        analysis: Analysis[R],
        study: Study,
        *queries: Query,
        stored: SimilarityStore | None = None,
    ) -> R:
        """The result of `analysis` on `study`, computed where it is not there yet. See `make`."""
        found = self.find(analysis, study, *queries)
        return self.make(analysis, study, *queries, stored=stored) if found is None else found

    def make(
        self,
        analysis: Analysis[R],
        study: Study,
        *queries: Query,
        stored: SimilarityStore | None = None,
    ) -> R:
        """The result that `find` did not find; computed, unless it came meanwhile.

        stored: see Analysis.compute; no part of the key, as it changes no result. Raises what the
        computation raises; StudyChangedError where stored representations, of an analysis that
        reads them, are not those of `study` before and after it, and nothing else.
        """
        key = result_key(analysis, study, *queries)
        needed = None
        if analysis.needs is not None:
            # Before its own lock: two keys may share one.
            needed = self.fetch(analysis.needs, study, *analysis.needs_of(*queries), stored=stored)

        def compute() -> R:
            self.misses += 1
            self._observer(CacheEvent.MISS)
            # Kept, and returned, only if it is of the very files that the key is of. Of what was
            # read with the study the key is, and nobody is asked where nothing else is read.
            with held_still(study.representations if analysis.reads_representations else None):
                return analysis.compute(study, *queries, stored=stored, needed=needed)

        if analysis.kept is Kept.IN_MEMORY:
            # Made twice, where two ask at once: that takes less than a lock.
            result = compute()
            self._recent.keep(key, result)
            return result
        with self._alone(key):
            # Another thread or process may have finished while this one waited.
            found = self._read(key, analysis.result)
            if found is not None:
                self._hit()
                return found
            result = compute()
            self._write(key, result)
            if analysis.kept is not Kept.ON_DISK:
                self._recent.keep(key, result)
            return result

    def find(self, analysis: Analysis[R], study: Study, *queries: Query) -> R | None:
        """The result of `analysis` on `study`, where it is there."""
        key = result_key(analysis, study, *queries)
        found: R | None = None
        if analysis.kept is not Kept.ON_DISK:
            found = self._recent.find(key)
        if found is None and analysis.kept is not Kept.IN_MEMORY:
            found = self._read(key, analysis.result)
            if found is not None and analysis.kept is Kept.ALSO_IN_MEMORY:
                self._recent.keep(key, found)
        if found is not None:
            self._hit()
        return found

    def read(self, key: str, kind: type[R]) -> R | None:
        """What `keep` put under a key; None where there is nothing, or nothing readable."""
        return self._read(key, kind)

    def keep(self, key: str, value: Any) -> bool:
        """Put a value under a key that is free; False, and nothing done, where it is taken.

        For results that are found by more than study and parameters: the key says all of it.
        """
        if (cache := self._open()) is None:
            return True
        try:
            return bool(cache.add(key, encode(value)))
        except _FAULTS as fault:
            self._drop(fault)
            return True

    def stats(self) -> CacheStats:
        """How full it is; zeros where the folder cannot be read."""
        entries = size = 0
        if (cache := self._open()) is not None:
            try:
                entries, size = len(cache), int(cache.volume())
            except _FAULTS as fault:
                self._drop(fault)
        return CacheStats(
            folder=str(self.folder or ""),
            entries=entries,
            size=size,
            size_limit=self.size_limit,
            hits=self.hits,
            misses=self.misses,
        )

    def fault(self) -> str:
        """Why nothing can be kept at present; empty where a value was written and read again."""
        if self.folder is None:
            return "there is no folder"
        if (cache := self._open()) is None:
            return "the folder cannot be used"
        try:
            cache.set(_TRIAL, _TRIAL.encode())
            kept = cache.get(_TRIAL) == _TRIAL.encode()
            cache.delete(_TRIAL)
        except _FAULTS as fault:
            self._drop(fault)
            return str(fault)
        return "" if kept else "what is written is not there afterwards"

    def clear(self) -> int:
        """Remove every result; returns how many there were."""
        self._recent.clear()
        if (cache := self._open()) is None:
            return 0
        try:
            return int(cache.clear())
        except _FAULTS as fault:
            self._drop(fault)
            return 0

    def close(self) -> None:
        """Let go of the files; the next call opens them again."""
        with self._opening:
            if self._cache is not None:
                with contextlib.suppress(*_FAULTS):
                    self._cache.close()
                self._cache = None

    def _hit(self) -> None:
        self.hits += 1
        self._observer(CacheEvent.HIT)

    # -- every access to the disk is here, and none of them may raise ---------------------------

    def _open(self) -> diskcache.Cache | None:
        if self.folder is None:
            return None
        with self._opening:
            # Another process may have set it aside, or somebody have removed it.
            if self._cache is not None and self._opened == self._present():
                return self._cache
            self._cache = None
            if time.monotonic() < self._next_try:
                return None
            for _ in ("as it is", "made anew", "as another process made it anew"):
                lies_there = self._present()
                try:
                    _make_private(self.folder)
                    _make_private(self.folder / "results")
                    refuse_locked(self.folder / "results", BUSY_SECONDS)
                    self._cache = diskcache.Cache(
                        str(self.folder / "results"),
                        disk=BytesDisk,
                        size_limit=self.size_limit,
                        eviction_policy="least-recently-used",
                        timeout=BUSY_SECONDS,
                    )
                    self._opened = self._present()
                    return self._cache
                except _FAULTS as fault:
                    self._report("open", str(fault))
                    if self._present() != lies_there:
                        continue  # it was set aside meanwhile: no fault of what lies there now
                    if not is_corrupt(fault):
                        break
                    self._set_aside()
            self._next_try = time.monotonic() + RETRY_OPEN_SECONDS
            return None

    def _present(self) -> tuple[int, int] | None:
        assert self.folder is not None  # noqa: S101  (only called where there is one)
        return present(self.folder / "results")

    def _set_aside(self) -> None:
        """Move a broken database away, so that a new one can take its place; keep one of them."""
        assert self.folder is not None  # noqa: S101  (only called where there is one)
        for older in self.folder.glob("broken-*"):
            shutil.rmtree(older, ignore_errors=True)
        with contextlib.suppress(OSError):
            (self.folder / "results").rename(self.folder / f"broken-{time.time_ns()}")

    def _read(self, key: str, kind: type[R]) -> R | None:
        if (cache := self._open()) is None:
            return None
        try:
            data = cache.get(key, default=None)
        except _FAULTS as fault:
            self._drop(fault)
            return None
        if data is None:
            return None
        try:
            return decode(data, kind)
        except CodecError as fault:
            # Only this value is damaged; it is computed again and overwritten.
            self._report("value", f"damaged value: {fault}")
            return None

    def _write(self, key: str, result: Any) -> None:
        if (cache := self._open()) is None:
            return
        try:
            cache.set(key, encode(result))
        except _FAULTS as fault:
            self._drop(fault)

    @contextlib.contextmanager
    def _alone(self, key: str) -> Iterator[None]:
        """Hold the lock of a key; without a usable folder, or after a long wait, go on unlocked."""
        lock = None
        if self._open() is not None and self.folder is not None:
            folder = self.folder / "locks"
            try:
                _make_private(folder)
                # An own object each time: filelock's objects let the same thread in twice.
                lock = filelock.FileLock(
                    folder / f"{int(key, 16) % _LOCK_FILES:03x}",
                    timeout=LOCK_WAIT_SECONDS,
                    is_singleton=False,
                    thread_local=False,
                )
                lock.acquire()
            except (OSError, filelock.Timeout, NotImplementedError) as fault:
                self._report("lock", f"no lock: {fault}")
                lock = None
        try:
            yield
        finally:
            if lock is not None:
                with contextlib.suppress(OSError):
                    lock.release()

    def _drop(self, fault: BaseException) -> None:
        """Forget the open database after a fault; a corrupt one is set aside."""
        self._report(type(fault).__name__, str(fault))
        with self._opening:
            # Where another process was faster, what lies there now is its new one.
            broken = is_corrupt(fault) and self._opened == self._present()
            if self._cache is not None:
                with contextlib.suppress(*_FAULTS):
                    self._cache.close()
                self._cache = None
            if broken:
                self._set_aside()

    def _report(self, kind: str, fault: str) -> None:
        """Log a kind of fault once, and again when it is there a day later."""
        self._observer(CacheEvent.FAULT)
        now = time.monotonic()
        if now - self._reported.get(kind, -math.inf) < REPORT_AGAIN_SECONDS:
            return
        self._reported[kind] = now
        log.warning("cache %s: %s; computing without it", self.folder, fault)


def _make_private(folder: Path) -> None:
    """Make a folder that is the owner's alone; a shared place, such as /tmp, stays as it is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & 0o077 and not mode & (stat.S_ISVTX | stat.S_IWOTH):
        folder.chmod(0o700)


def result_key(analysis: Analysis[R], study: Study, *queries: Query) -> str:
    """The key of a result: 64 hexadecimal digits."""
    parts = (analysis.name, code_digest(), study.digest, canonical_json(analysis.asked(*queries)))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """sha256 over the sources of `core` and the versions of the numeric libraries."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*.py")):
        digest.update(str(path.relative_to(SOURCES)).encode() + b"\0" + path.read_bytes() + b"\0")
    for name in NUMERIC_LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


# Now, while the sources are those that were loaded: files that are edited later are another
# program, and what this one computes must not be found by it.
code_digest()
