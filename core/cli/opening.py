"""Opening the study of a command: from its copy where one is kept, told while it takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.cache.environment import STUDIES, default_folder
from core.errors import StudyError
from core.io import Inspection, inspect_study
from core.io.so_far import ReadSoFar, reading_told, told_while_it_lasts
from core.study import Study

if TYPE_CHECKING:
    from core.cache.study_copies import StudyCopies

TOLD_AFTER_S = 2.0
"""Reading that takes less is not told of."""
_TOLD_EVERY_S = 0.5
_BACK = "\r\x1b[K"
"""To the start of the line, and nothing on it."""


def opened(folder: Path, copies: StudyCopies | None = None) -> Study:
    """The study, as `open_study` reads it, or as it was read before.

    copies: where it may be; None = in the cache, where the dashboard has them too. Raises
    StudyError as `open_study` does.
    """
    from core.cache.study_copies import StudyCopies

    copies = copies or StudyCopies(default_folder() / STUDIES)
    found = _told_when_long(folder, copies.inspect)
    if found.study is None:
        raise StudyError(found.problems)
    return found.study


def inspected(folder: Path) -> Inspection:
    """As `inspect_study`: every file is read, whatever is kept of it."""
    return _told_when_long(folder, inspect_study)


def _told_when_long(folder: Path, read: Callable[[Path], Inspection]) -> Inspection:
    if not sys.stderr.isatty():
        return read(folder)
    with _told_on_terminal(folder) as tell, reading_told(tell):
        return read(folder)


@contextmanager
def _told_on_terminal(folder: Path) -> Iterator[Callable[[ReadSoFar], None]]:
    """A function to tell of how far it is; from two seconds on, one line on standard error."""
    latest, told = "", False

    def keep(so_far: ReadSoFar) -> None:
        nonlocal latest
        latest = f", {so_far}"

    def show(took: float) -> None:
        nonlocal told
        told = True
        click.echo(f"{_BACK}reading {folder}: {took:.0f} s so far{latest}", nl=False, err=True)

    try:
        with told_while_it_lasts(show, after_s=TOLD_AFTER_S, every_s=_TOLD_EVERY_S):
            yield keep
    finally:
        if told:
            click.echo(_BACK, nl=False, err=True)
