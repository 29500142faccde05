"""Long computations let others pass now and then, and ask whether anybody still waits.

Who computes says how to find out (`interruptible`), who serves how to let pass (`giving_way`);
what takes long calls `breathe` between its steps, every 20 ms at a thousand tasks or so. Where
nobody said anything it costs a fraction of a microsecond and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

EVERY = 2048
"""So many steps of a few microseconds each are one of what takes long."""


def _go_on() -> None:
    """Nobody can leave, and nobody wants to pass."""


_check: ContextVar[Callable[[], None]] = ContextVar("check", default=_go_on)
_let_pass: ContextVar[Callable[[], None]] = ContextVar("let_pass", default=_go_on)


def breathe() -> None:
    """Let others pass. Raises what the check raises that `interruptible` was given."""
    _let_pass.get()()
    _check.get()()


def give_way() -> None:
    """Let others pass, where what was computed is to be kept whether anybody waits or not."""
    _let_pass.get()()


def breathing(items: Iterable[T], *, every: int = EVERY) -> Iterator[T]:
    """The same items, with a breath before each `every` of them: for many small steps.

    Raises what `breathe` raises.
    """
    for at, item in enumerate(items):
        if not at % every:
            breathe()
        yield item


@contextmanager
def interruptible(check: Callable[[], None]) -> Iterator[None]:
    """Have `breathe` call `check` inside, in this thread and in copies of its context."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


@contextmanager
def giving_way(let_pass: Callable[[], None]) -> Iterator[None]:
    """Have `breathe` and `give_way` call `let_pass`, which waits for others and raises nothing."""
    token = _let_pass.set(let_pass)
    try:
        yield
    finally:
        _let_pass.reset(token)
