"""Guessing is slow: after some failures a key has to wait, longer each time."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FREE_FAILURES = 5
LONGEST_WAIT_SECONDS = 300.0
FORGET_SECONDS = 900.0
KEYS_KEPT = 10_000


@dataclass
class _Failures:
    count: int
    last: float


class Throttle:
    """Counts failures by key (an address, a user); safe to share between threads.

    Nobody is kept waiting in here: it says how long a key has to wait. The first `FREE_FAILURES`
    are free; each one after them doubles the wait, from one second to `LONGEST_WAIT_SECONDS`.
    A key without a failure for `FORGET_SECONDS` is forgotten. Of more than `KEYS_KEPT` keys those
    that failed longest ago are.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, keys: Iterable[str]) -> float:
        """Seconds until the last of these keys may try again; 0 where all may now."""
        now = self._clock()
        with self._lock:
            return max((self._wait(key, now) for key in keys), default=0.0)

    def failed(self, keys: Iterable[str]) -> None:
        """Count a failure for each key."""
        now = self._clock()
        with self._lock:
            for key in keys:
                known = self._known(key, now)
                self._failures[key] = _Failures((known.count if known else 0) + 1, now)
                self._failures.move_to_end(key)
            while len(self._failures) > KEYS_KEPT:
                self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the failures of a key."""
        with self._lock:
            self._failures.pop(key, None)

    def __len__(self) -> int:
        return len(self._failures)

    def _known(self, key: str, now: float) -> _Failures | None:
        known = self._failures.get(key)
        if known is not None and now - known.last > FORGET_SECONDS:
            del self._failures[key]
            return None
        return known

    def _wait(self, key: str, now: float) -> float:
        known = self._known(key, now)
        if known is None or known.count < FREE_FAILURES:
            return 0.0
        # Beyond 2⁹ the longest wait is reached; a large exponent would overflow a float.
        wait = min(2.0 ** min(known.count - FREE_FAILURES, 9), LONGEST_WAIT_SECONDS)
        return max(0.0, known.last + wait - now)
