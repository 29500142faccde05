"""Long computations ask now and then whether anybody still waits.

Who computes says how to find out (`interruptible`); loops that take long call `breathe`. Where
nobody said anything it costs a microsecond and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _go_on() -> None:
    """Nobody can leave."""


_check: ContextVar[Callable[[], None]] = ContextVar("check", default=_go_on)


def breathe() -> None:
    """Raises what the check raises that `interruptible` was given."""
    _check.get()()


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Have `breathe` call `check` inside, in this thread and in copies of its context."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)
