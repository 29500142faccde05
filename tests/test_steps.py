"""What is repeated is counted, and what does not end is ended."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

import pytest

from tests.steps import ended, steps


def for_ever() -> None:
    while True:
        pass


def looked_for_from_each() -> None:
    re.match("(a|a)*b", "a" * 64)


@pytest.mark.parametrize("work", [for_ever, looked_for_from_each])
def test_what_does_not_end_is_ended(work: Callable[[], None]) -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeoutError, match=r"not done after 0\.01 s"), ended(0.01):
        work()
    assert signal.getsignal(signal.SIGALRM) == before


def test_what_ends_is_left_alone() -> None:
    with ended():
        assert steps(lambda: [len("a") for _ in range(10)]) >= 10
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
