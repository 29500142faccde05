"""The small results asked for last, in the memory of one process."""

from __future__ import annotations

import threading
from typing import Any

from cachetools import LRUCache

MOST = 64
"""What shrinks a method of 1,000 tasks has 220 kB, a pair some 10."""


class Recent:
    """Results by their keys; those that nobody asked for longest make room. Safe between threads.

    most: how many; 0 keeps none.
    """

    def __init__(self, most: int = MOST) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._results: LRUCache[str, Any] = LRUCache(most)

    def find(self, key: str) -> Any:
        """What `keep` was given, the same object; None where it is not there any more."""
        with self._lock:
            return self._results.get(key)

    def keep(self, key: str, result: Any) -> None:
        """Keep a result, which nobody changes."""
        if self._most:
            with self._lock:
                self._results[key] = result

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._results.clear()
