"""The studies that are served: read once, kept in memory, read again when their files change."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from core.errors import Problem, Severity
from core.io import Inspection, fingerprint, inspect_study
from core.io.problems import flaw_of
from core.study import Study

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 2.5
"""As often again pages ask (study-versions.js): five seconds until a change is noticed."""


@dataclass(frozen=True)
class StudyEntry:
    """One study on the shelf.

    slug: its name in URLs, never a path. study: None where it cannot be read; then `problems`
    say why. problems: errors and warnings, errors first.
    """

    slug: str
    folder: Path
    study: Study | None
    problems: tuple[Problem, ...]

    @property
    def title(self) -> str:
        """The study's title, or its slug where the manifest could not be read."""
        return self.study.title if self.study else self.slug

    @property
    def edition(self) -> str:
        """A short text that changes with what the study holds, or with what is wrong with it."""
        if self.study is not None:
            return self.study.digest[:16]
        return sha256("\n".join(map(str, self.problems)).encode()).hexdigest()[:16]


class _Place:
    """The present entry of one folder, and when its files were last looked at."""

    def __init__(self, slug: str, folder: Path) -> None:
        self.slug = slug
        self.folder = folder
        self.lock = threading.Lock()
        self.entry: StudyEntry | None = None
        self.mark = ""
        self.looked = 0.0


class StudyLibrary:
    """The studies of some folders, by slug; safe to share between threads.

    Files are looked at again at most every `LOOK_AGAIN_SECONDS`, by the thread that asks; while
    one thread reads a changed study the others go on with the old one.
    """

    def __init__(
        self, folders: Iterable[Path], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._places = {
            slug: _Place(slug, folder) for slug, folder in _slugs(tuple(folders)).items()
        }

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs, in the order of the settings."""
        return tuple(self._places)

    def entries(self) -> tuple[StudyEntry, ...]:
        """All studies, readable or not, in the order of the settings."""
        return tuple(self._current(place) for place in self._places.values())

    def find(self, slug: str) -> StudyEntry | None:
        """The study of that slug; None where there is none."""
        place = self._places.get(slug)
        return None if place is None else self._current(place)

    def _current(self, place: _Place) -> StudyEntry:
        entry = place.entry
        if entry is None:
            with place.lock:
                return place.entry or self._read(place)
        if self._clock() - place.looked < LOOK_AGAIN_SECONDS:
            return entry
        if not place.lock.acquire(blocking=False):
            return entry
        try:
            place.looked = self._clock()
            return entry if fingerprint(place.folder) == place.mark else self._read(place)
        finally:
            place.lock.release()

    def _read(self, place: _Place) -> StudyEntry:
        # The mark is taken first: what is written while we read is noticed the next time.
        try:
            mark = fingerprint(place.folder)
            inspection = inspect_study(place.folder)
        except Exception as fault:  # none is meant to come through; the other studies go on
            log.exception("reading %s", place.folder)
            mark = ""
            flaw = Problem(Severity.ERROR, str(place.folder), "", *flaw_of(fault))
            inspection = Inspection(None, (flaw,))
        place.entry = StudyEntry(place.slug, place.folder, inspection.study, inspection.problems)
        place.mark = mark
        place.looked = self._clock()
        errors = sum(problem.is_error for problem in inspection.problems)
        log.info(
            "study %s: %s",
            place.slug,
            f"digest {inspection.study.digest[:12]}" if inspection.study else f"{errors} errors",
        )
        return place.entry


def _slugs(folders: tuple[Path, ...]) -> dict[str, Path]:
    """A unique slug for each folder, from its name.

    A folder that is just called `study` says nothing: it goes by its parent's name.
    """
    named: dict[str, Path] = {}
    for folder in folders:
        absolute = folder.absolute()
        name = absolute.parent.name if absolute.name == "study" else absolute.name
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "study"
        unique, n = slug, 2
        while unique in named:
            unique, n = f"{slug}-{n}", n + 1
        named[unique] = folder
    return named
