"""How much is done, counted: the same on every machine, however much else it has to do."""

from __future__ import annotations

import sys
from collections.abc import Callable


def steps(work: Callable[[], object]) -> int:
    """Calls of functions, Python's and those of C, while `work` is done in this thread.

    What is done within one call of C (a pattern that is looked for, an array) counts as one.
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
