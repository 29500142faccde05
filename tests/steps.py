"""How much is done, counted: the same on every machine, however much else it has to do."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LIMIT_S = 60.0
"""Of the clock: what takes far below a second is not ended on a machine with much to do."""


def steps(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and those of C, while `work` is done in this thread.

    What is done within one call of C (a pattern that is looked for, an array) counts as one: what
    of it could take hours stands in `ended`.
    """
    count = 0

    def called(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@contextmanager
def ended(after_s: float = LIMIT_S) -> Iterator[None]:
    """Raise TimeoutError in what is not done then; for the main thread, where tests are run.

    A pattern that is looked for is ended, too, within it or, where it does not look for signals,
    as soon as it was.
    """

    def end(*_: object) -> None:
        raise TimeoutError(f"not done after {after_s:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, after_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
