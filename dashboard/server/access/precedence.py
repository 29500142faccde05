"""What is answered in a moment goes first: who computes for long stands still meanwhile.

Python computes in one thread at a time, and whoever computes hands over when asked, a thousand
times a second. A click of 20 ms beside a figure of 2 s took 60 to 130 that way. Here the figure
waits, where it breathes (core/numerics/interrupt.py), until the click has its answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

LONGEST_S = 0.1
"""For so long something counts as quick from its start. Nobody waits for it for longer, as it may
itself wait for what somebody else holds meanwhile."""


class Precedence:
    """How many quick ones are under way. Safe between threads."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way = 0
        self._ends = 0.0
        self._none = threading.Condition()
        self._own = threading.local()

    def begin(self) -> None:
        """This thread is about to answer something quick; `end` in the same thread."""
        self._own.is_quick = True
        with self._none:
            self._under_way += 1
            self._ends = self._clock() + LONGEST_S

    def end(self) -> None:
        """It was answered."""
        self._own.is_quick = False
        with self._none:
            self._under_way -= 1
            if not self._under_way:
                self._none.notify_all()

    def let_pass(self) -> None:
        """Wait while something quick is under way in another thread.

        Of two moments one at most: where one click follows the other, half of the time is left to
        who computes.
        """
        if not self._under_way or getattr(self._own, "is_quick", False):
            return
        begun = self._clock()
        if begun < getattr(self._own, "goes_on_until", 0.0):
            return
        with self._none:
            self._none.wait_for(lambda: not self._under_way, max(0.0, self._ends - begun))
        now = self._clock()
        self._own.goes_on_until = now + (now - begun)
