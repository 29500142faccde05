"""The studies that are served: read once, kept in memory, read again when their files change."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from core import io
from core.cache.study_copies import StudyCopies
from core.errors import Problem, Severity
from core.io import remote
from core.io.changes.digest import verifying_told
from core.io.files import MANIFEST, is_file
from core.io.problems import flaw_of
from core.io.remote import RemoteError
from core.io.so_far import ReadSoFar, reading_told, told_while_it_lasts
from core.study import Study
from dashboard.state.file_looks import Look, lightest_first

if TYPE_CHECKING:
    from core.io.reading import Reading


log = logging.getLogger(__name__)

WAIT_S = 2.0
"""How long a study is waited for while another thread reads it; then it is shown as being read."""
BEING_READ = "reading"
"""The version of a study that is read for the first time; version-state.js knows it, and that more
may follow: for how long it is being read, or in tenths, how much of its representations is
verified."""
TENTHS = 10
TOLD_EVERY_SECONDS = 2.0
LOOK_AGAIN_SECONDS = 2.5
"""As often again pages ask (study-versions.js): five seconds until a change is noticed."""
LOOK_PATIENCE_S = 0.02
"""So long who asks waits for what the file system says; afterwards it is told to who comes next."""


@dataclass(frozen=True)
class StudyEntry:
    """One study in the library.

    slug: its name in URLs, never a path: `study_slugs` says which. study: None where it cannot be
    read; then `problems` say why. problems: errors and warnings, errors first. reading: it is
    being read for the first time, and nothing is known of it. so_far: what was read of it by then,
    seconds: for how long, in steps of `TOLD_EVERY_SECONDS`. verified: (done, all), bytes of its
    representations that are hashed by then; None before. read_as: how its values were read.
    opened: it was opened on the page; whoever did has no manifest to edit.
    """

    slug: str
    folder: Path
    study: Study | None
    problems: tuple[Problem, ...]
    reading: bool = False
    so_far: ReadSoFar | None = None
    seconds: float = 0.0
    verified: tuple[int, int] | None = None
    read_as: Reading | None = None
    opened: bool = False

    @property
    def title(self) -> str:
        """The study's title, or its slug where the manifest could not be read."""
        return self.study.title if self.study else self.slug

    def is_of(self, digest: str) -> bool:
        """Whether a digest, or the beginning of one, is that of the study as it is."""
        return self.study is not None and self.study.digest.startswith(digest)

    @property
    def version(self) -> str:
        """A short text that changes with what the study holds, or with what is wrong with it."""
        if self.study is not None:
            return self.study.digest[:16]
        if self.reading and self.verified is not None:
            done, whole = self.verified
            return f"{BEING_READ}-{TENTHS * done // max(1, whole)}"
        if self.reading:
            return f"{BEING_READ}-{self.seconds:g}s" if self.seconds else BEING_READ
        return sha256("\n".join(map(str, self.problems)).encode()).hexdigest()[:16]


class _Place:
    """The present entry of one folder, and when its files were last looked at.

    names: all it was ever called in URLs, by this server or by one before there were ids.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.slug = ""
        self.study_id = ""
        self.names: set[str] = set()
        self.lock = threading.Lock()
        self.entry: StudyEntry | None = None
        self.mark = ""
        self.looked = 0.0
        self.look: Look | None = None
        self.took = 0.0
        self.begun: float | None = None
        self.so_far: ReadSoFar | None = None
        self.verified: tuple[int, int] | None = None

    def read_on(self, so_far: ReadSoFar) -> None:
        """So much of it is read."""
        self.so_far = so_far

    def verify(self, done: int, whole: int) -> None:
        """So many of its bytes are hashed."""
        self.verified = done, whole


class StudyLibrary:
    """The studies of some folders, by slug; safe to share between threads.

    Files are looked at again at most every `LOOK_AGAIN_SECONDS`, when somebody asks, who waits for
    that no longer than `LOOK_PATIENCE_S`: then the next who asks is told. While one thread reads a
    changed study the others go on with the old one.

    kept: a folder of studies that come and go, behind the others; which there are is looked up
    whenever somebody asks, as other processes add and remove them.
    """

    def __init__(
        self,
        folders: Iterable[Path],
        *,
        kept: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        copies: StudyCopies | None = None,
    ) -> None:
        """copies: where studies are kept as they were read; None = nowhere."""
        self._clock = clock
        self._copies = copies or StudyCopies(None)

        self._kept = kept
        self._places = [_Place(folder) for folder in folders]
        self._naming = threading.Lock()
        for place, former in zip(self._places, self._former_slugs(), strict=True):
            place.names |= {_folder_name(place.folder), former}
        self._rename()
        self._look_around()

    def _look_around(self) -> list[_Place]:
        """The places there are now, those of kept studies as they are on the disk."""
        if self._kept is None:
            return self._places
        there = kept_studies(self._kept)
        with self._naming:
            before = {place.folder: place for place in self._places}
            lasting = [f for f in before if f.parent != self._kept]
            if [*lasting, *there] != list(before):
                places = [before.get(folder) or _Place(folder) for folder in (*lasting, *there)]
                self._places = places
                self._rename()
            return self._places

    @property
    def slugs(self) -> tuple[str, ...]:
        """The slugs, in the order of the settings."""
        return tuple(entry.slug for entry in self.entries())

    def entries(self, *, wait_s: float | None = WAIT_S) -> tuple[StudyEntry, ...]:
        """All studies, readable or not, in the order of the settings.

        wait_s: seconds that all of them may take while other threads read them, None = for ever
        """
        begun = time.monotonic()

        def left() -> float | None:
            return None if wait_s is None else max(0.0, begun + wait_s - time.monotonic())

        places = self._look_around()
        for place in places:
            if place.entry is None:
                # What a study is called depends on its manifest, and on what the others are called.
                self._current(place, left())
        return tuple(self._current(place, 0.0) for place in places)

    def find(self, slug: str, *, wait_s: float | None = WAIT_S) -> StudyEntry | None:
        """The study of that slug; None where there is none. wait_s: as in `entries`.

        What a study is called depends on its manifest, and on what the others are called: one of
        those that are still being read may be the one.
        """
        unread = None
        for seconds in (0.0, wait_s):
            entries = self.entries(wait_s=seconds)
            found = next((entry for entry in entries if entry.slug == slug), None)
            unread = next((entry for entry in entries if entry.reading), None)
            if unread is None or (found and not found.reading):
                return found
        return found or (unread and replace(unread, slug=slug))

    def once_called(self, slug: str) -> tuple[StudyEntry, ...]:
        """The studies an older link may mean that says `slug`, the likeliest first.

        Before there were ids, `same` was the first folder of that name and `same-2` the second.
        """
        entries = {place: self._current(place, WAIT_S) for place in self._look_around()}
        former = dict(zip(self._former_slugs(), self._places, strict=False))
        meant = [place for place in self._places if slug in place.names]
        if (first := former.get(slug)) is not None:
            twins = [
                p for p in self._places if _folder_name(p.folder) == _folder_name(first.folder)
            ]
            meant = [first, *(place for place in [*meant, *twins] if place is not first)]
        return tuple(entries[place] for place in dict.fromkeys(meant))

    def reading_seconds(self, study: Study) -> float:
        """How long it took to read a study; 0 for one that is not in the library."""
        return max((p.took for p in self._places if p.entry and p.entry.study is study), default=0)

    def _rename(self) -> None:
        """Give every study its slug; by one thread at a time."""
        folders = [place.folder for place in self._places]
        slugs = study_slugs(folders, [place.study_id for place in self._places])
        for place, slug in zip(self._places, slugs, strict=True):
            place.slug = slug
            place.names.add(slug)
            if place.entry is not None and place.entry.slug != slug:
                place.entry = replace(place.entry, slug=slug)

    def _former_slugs(self) -> list[str]:
        """What each was called before there were ids: counted in the order of the settings."""
        named: list[str] = []
        for place in self._places:
            name = unique = _folder_name(place.folder)
            n = 2
            while unique in named:
                unique, n = f"{name}-{n}", n + 1
            named.append(unique)
        return named

    def claim(self) -> Iterator[StudyEntry]:
        """All studies, each read when it is asked for, those that take least first.

        From this call on nobody else reads them. Who waits for a small one waits for no large one
        that is listed before it, nor for a network: what is not here yet is read last, and what
        lies on a mount that does not answer when it does.
        """
        left = [place for place in self._places if place.lock.acquire(blocking=False)]

        def read() -> Iterator[StudyEntry]:
            claimed = list(left)
            try:
                for i in lightest_first([place.folder for place in claimed]):
                    place = claimed[i]
                    entry = place.entry or self._read(place)
                    left.remove(place)
                    place.lock.release()
                    yield entry
            finally:
                # Whoever asked has given up: the next who wants one of them reads it.
                while left:
                    left.pop().lock.release()

        return read()

    def _current(self, place: _Place, wait_s: float | None) -> StudyEntry:
        entry = place.entry
        if entry is None:
            if not place.lock.acquire(timeout=-1 if wait_s is None else wait_s):
                return self._unread(place)
            try:
                return place.entry or self._read(place)
            finally:
                place.lock.release()
        if self._clock() - place.looked < LOOK_AGAIN_SECONDS:
            return entry
        try:
            remote.refresh(place.folder)
        except RemoteError:  # the entry says so already
            return entry
        if not place.lock.acquire(blocking=False):
            return entry
        try:
            mark = self._news(place)
            if mark is None:
                return entry
            return entry if mark == place.mark else self._read(place)
        finally:
            place.lock.release()

    def _unread(self, place: _Place) -> StudyEntry:
        """What is known of a study while another thread reads it for the first time."""
        took = 0.0 if place.begun is None else self._clock() - place.begun
        return StudyEntry(
            place.slug,
            place.folder,
            None,
            (),
            reading=True,
            so_far=place.so_far,
            seconds=took // TOLD_EVERY_SECONDS * TOLD_EVERY_SECONDS,
            verified=place.verified,
        )

    def _news(self, place: _Place) -> str | None:
        """The fingerprint of a study's files now; None where that takes a while."""
        now, look, patience = self._clock(), place.look, 0.0
        # Who begins it waits a little, who comes meanwhile does not. What nobody asked for since
        # is no news; a page that is alone asks a little later than looks are apart.
        if look is None or (look.done and now - look.begun >= 2 * LOOK_AGAIN_SECONDS):
            look, patience = Look(place.folder, now), LOOK_PATIENCE_S
        mark = look.mark(patience)
        place.look = look if mark is None else None
        if mark is not None:
            place.looked = look.begun
        return mark

    def _read(self, place: _Place) -> StudyEntry:
        begun = place.begun = self._clock()
        # The mark is taken first: what is written while we read is noticed the next time.
        try:
            remote.refresh(place.folder)
            state = io.study_state(place.folder)
            mark = state.mark
            with (
                _told_when_long(place),
                reading_told(place.read_on),
                verifying_told(place.verify),
            ):
                inspection = self._copies.inspect(place.folder, state)
        except RemoteError as fault:
            mark = ""
            flaw = Problem(Severity.ERROR, fault.address, "", fault.found, fault.todo)
            inspection = io.Inspection(None, (flaw,))
        except Exception as fault:  # none is meant to come through; the other studies go on
            log.exception("reading %s", place.folder)
            mark = ""
            flaw = Problem(Severity.ERROR, str(place.folder), "", *flaw_of(fault))
            inspection = io.Inspection(None, (flaw,))
        with self._naming:
            if inspection.study_id != place.study_id:
                place.study_id = inspection.study_id
                self._rename()
            found = inspection.study, inspection.problems
            opened = place.folder.parent == self._kept
            place.entry = StudyEntry(
                place.slug, place.folder, *found, read_as=inspection.reading, opened=opened
            )
        place.mark = mark
        place.looked = self._clock()
        place.took = place.looked - begun
        errors = sum(problem.is_error for problem in inspection.problems)
        log.info(
            "study %s: %s",
            place.slug,
            f"digest {inspection.study.digest[:12]}" if inspection.study else f"{errors} errors",
        )
        return place.entry


def _told_when_long(place: _Place) -> AbstractContextManager[None]:
    """A line in the log for every two seconds it takes: somebody may wait for the server."""

    def tell(took: float) -> None:
        read = f", {place.so_far}" if place.so_far else ""
        log.info("reading %s: %.0f s so far%s", place.folder, took, read)

    return told_while_it_lasts(tell, after_s=TOLD_EVERY_SECONDS, every_s=TOLD_EVERY_SECONDS)


def titles_apart(entries: Sequence[StudyEntry]) -> dict[str, str]:
    """Slug -> title; of one title several have, with the slug, as they are told apart in links."""
    titles = Counter(entry.title for entry in entries)
    return {
        entry.slug: entry.title + (f" · {entry.slug}" if titles[entry.title] > 1 else "")
        for entry in entries
    }


def names_apart(entries: Sequence[StudyEntry]) -> dict[str, str]:
    """Slug -> a name for a sentence: the title, or the slug alone where several have that title."""
    titles = Counter(entry.title for entry in entries)
    return {entry.slug: entry.slug if titles[entry.title] > 1 else entry.title for entry in entries}


def kept_studies(folder: Path) -> list[Path]:
    """The studies a folder holds, by name; none where it is not there. Hidden ones are drafts."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return []
    return [
        folder / name for name in names if name[:1] != "." and is_file(folder / name / MANIFEST)
    ]


def study_slugs(folders: Sequence[Path], ids: Sequence[str]) -> list[str]:
    """What each study is called in URLs: the same whatever the order of the folders.

    The id of its manifest, else the name of its folder. Where several would be called the same,
    the one whose id it is keeps it, if there is one; to the others a short hash is added, of the
    path below the folder that all of them lie in. ids: of the manifests, empty for none.
    """
    wanted = [given or _folder_name(folder) for folder, given in zip(folders, ids, strict=True)]
    owners = {given: i for i, given in enumerate(ids) if given and ids.count(given) == 1}
    for i, name in enumerate(wanted):
        owners.setdefault(name, i if wanted.count(name) == 1 else -1)
    slugs = []
    for i, name in enumerate(wanted):
        alike = [folders[k].absolute() for k, other in enumerate(wanted) if other == name]
        slug, length = name, 8
        while owners.setdefault(slug, i) != i and length <= 64:
            slug, length = f"{name}-{_hash_below(alike, folders[i])[:length]}", length * 2
        slugs.append(slug)
    return slugs


def _hash_below(folders: Sequence[Path], folder: Path) -> str:
    """Hash of the path of a folder below the one that all of them lie in."""
    absolute = folder.absolute()
    root = os.path.commonpath([path.parent for path in {absolute, *folders}])
    return sha256(os.fsencode(absolute.relative_to(root))).hexdigest()


def _folder_name(folder: Path) -> str:
    """The name of a folder as URLs have it.

    A folder that is just called `study` says nothing: it goes by its parent's name.
    """
    absolute = folder.absolute()
    name = absolute.parent.name if absolute.name == "study" else absolute.name
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "study"
