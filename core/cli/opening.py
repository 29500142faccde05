"""Opening the study of a command: from its copy where one is kept, told while it takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.cache.environment import STUDIES, default_folder
from core.cli.progress import told_when_long
from core.errors import StudyError
from core.io import Inspection, inspect_study
from core.io.so_far import reading_told
from core.study import Study

if TYPE_CHECKING:
    from core.cache.study_copies import StudyCopies


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
    with told_when_long(f"reading {folder}") as tell, reading_told(lambda far: tell(str(far))):
        return read(folder)
