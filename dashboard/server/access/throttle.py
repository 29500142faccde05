"""Guessing is slow: after some failures a key has to wait, longer each time."""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dashboard.server.shared_store import STORE_FAULTS, DiskStore, SharedStoreError

log = logging.getLogger(__name__)

FREE_FAILURES = 5
LONGEST_WAIT_SECONDS = 300.0
FORGET_SECONDS = 900.0
KEYS_KEPT = 10_000
_FAULTS = (*STORE_FAULTS, SharedStoreError)


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures by key (an address, a user); safe to share between threads.

    Nobody is kept waiting in here: it says how long a key has to wait. The first `FREE_FAILURES`
    are free; each one after them doubles the wait, from one second to `LONGEST_WAIT_SECONDS`.
    A key without a failure for `FORGET_SECONDS` is forgotten.

    board: where the processes that are forked after this is made count together; None, or one
        that fails, has each process count by itself, `KEYS_KEPT` keys at most.
    clock: seconds, the same for all of these processes
    """

    def __init__(
        self, board: DiskStore | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._board = board
        self._reported = False
        # A name that somebody typed may be a password: nobody can read it out of the folder.
        self._secret = secrets.token_bytes(32)

    def wait(self, keys: Iterable[str]) -> float:
        """Seconds until the last of these keys may try again; 0 where all may now."""
        now = self._clock()
        return max((_wait(self._known(key, now), now) for key in keys), default=0.0)

    def failed(self, keys: Iterable[str]) -> None:
        """Count a failure for each key."""
        now = self._clock()
        for key in keys:
            if not self._count_together(key, now):
                self._count_here(key, now)

    def forgive(self, key: str) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failures.pop(key, None)
        if self._board is not None:
            try:
                self._board.store.delete(self._name(key))
            except _FAULTS as fault:
                self._report(fault)

    def __len__(self) -> int:
        return len(self._failures)

    def _count_together(self, key: str, now: float) -> bool:
        """Count in the store; False where that cannot be done."""
        if self._board is None:
            return False
        name = self._name(key)
        try:
            # As one step: of two processes that count at once neither is lost.
            with (store := self._board.store).transact():
                known = _fresh(_failures(store.get(name)), now)
                store.set(name, [(known.count if known else 0) + 1, now], FORGET_SECONDS)
        except _FAULTS as fault:
            self._report(fault)
            return False
        return True

    def _count_here(self, key: str, now: float) -> None:
        with self._lock:
            known = _fresh(self._failures.get(key), now)
            self._failures[key] = _Failures((known.count if known else 0) + 1, now)
            self._failures.move_to_end(key)
            while len(self._failures) > KEYS_KEPT:
                self._failures.popitem(last=False)

    def _known(self, key: str, now: float) -> _Failures | None:
        """The failures of a key: of all processes together, or of this one while that failed."""
        found = []
        if self._board is not None:
            try:
                found.append(_fresh(_failures(self._board.store.get(self._name(key))), now))
            except _FAULTS as fault:
                self._report(fault)
        with self._lock:
            found.append(_fresh(self._failures.get(key), now))
        return max((f for f in found if f), key=lambda f: _wait(f, now), default=None)

    def _name(self, key: str) -> str:
        text = key.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._secret, digest_size=16).hexdigest()

    def _report(self, fault: BaseException) -> None:
        if not self._reported:
            self._reported = True
            log.warning("failed logins: %s; each worker counts by itself", fault)


def _failures(stored: Any) -> _Failures | None:
    """What `_count_together` wrote. Raises ValueError, TypeError for anything else."""
    if stored is None:
        return None
    count, last = stored
    return _Failures(int(count), float(last))


def _fresh(known: _Failures | None, now: float) -> _Failures | None:
    """Failures that are not forgotten; those of before the host was started are in the future."""
    return known if known and 0 <= now - known.last <= FORGET_SECONDS else None


def _wait(known: _Failures | None, now: float) -> float:
    if known is None or known.count < FREE_FAILURES:
        return 0.0
    # Beyond 2⁹ the longest wait is reached; a large exponent would overflow a float.
    wait = min(2.0 ** min(known.count - FREE_FAILURES, 9), LONGEST_WAIT_SECONDS)
    return max(0.0, known.last + wait - now)
