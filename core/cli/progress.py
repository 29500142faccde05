"""How far a command is: a bar on a terminal, else a line now and then; both on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import click

from core.io.so_far import told_while_it_lasts

LINE_SECONDS = 10.0
"""Between two plain lines of progress."""

TOLD_AFTER_S = 2.0
"""What takes less is not told of on a terminal."""
_TOLD_EVERY_S = 0.5
_BACK = "\r\x1b[K"
"""To the start of the line, and nothing on it."""

Show = Callable[[int, int, str], None]
"""Told of (done, all, what goes on besides)."""


@contextlib.contextmanager
def shown(unit: str) -> Iterator[Show]:
    """A function that shows how many units (`pairs`, `files`) are done."""
    if not sys.stderr.isatty():
        yield Lines(unit)
        return
    bar: Any = None

    def show(done: int, total: int, text: str) -> None:
        nonlocal bar
        if bar is None:
            bar = click.progressbar(
                length=total,
                label=unit,
                show_pos=True,
                show_eta=False,
                item_show_func=lambda said: said,
                file=sys.stderr,
                update_min_steps=0,
            )
            bar.render_progress()
        bar.update(done - bar.pos, text)

    try:
        yield show
    finally:
        if bar is not None:
            bar.render_finish()
            click.echo(err=True)


@contextlib.contextmanager
def told_when_long(what: str) -> Iterator[Callable[[str], None]]:
    """While it lasts, from two seconds on one line on standard error, if that is a terminal.

    Gives a function to say what goes on: `computing graph: 5 s so far, structure`.
    """
    latest, told = "", False

    def keep(text: str) -> None:
        nonlocal latest
        latest = f", {text}" if text else ""

    def show(took: float) -> None:
        nonlocal told
        told = True
        click.echo(f"{_BACK}{what}: {took:.0f} s so far{latest}", nl=False, err=True)

    if not sys.stderr.isatty():
        yield keep
        return
    try:
        with told_while_it_lasts(show, after_s=TOLD_AFTER_S, every_s=_TOLD_EVERY_S):
            yield keep
    finally:
        if told:
            click.echo(_BACK, nl=False, err=True)


class Lines:
    """A line at the start, every ten seconds, and at the end."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._last = float("-inf")
        self._told = -1

    def __call__(self, done: int, total: int, text: str) -> None:
        """Tell, where it is time to."""
        ended = done == total and self._told != total
        if ended or time.monotonic() - self._last >= LINE_SECONDS:
            self._last, self._told = time.monotonic(), done
            rest = f", {text}" if text else ""
            click.echo(f"{done} of {total} {self._unit}{rest}", err=True)
