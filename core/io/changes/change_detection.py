"""Has a study changed? Answered from paths, sizes, times and inodes, without reading its data."""

from __future__ import annotations

import marshal
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, compress
from operator import attrgetter, itemgetter
from pathlib import Path

from core.io.changes.digest import SETTLED_NS, State, state_of
from core.io.files import MANIFEST, StudyFolder, is_file
from core.io.manifest import Manifest, read_manifest
from core.io.manifest.sections import CkaSection
from core.io.problems import ProblemCollector
from core.io.representation_formats import ITEMS
from core.io.representations import walk_representations
from core.io.runs import RUNS
from core.io.sources import source_files

MOST_MANIFESTS = 200
"""Manifests that are remembered."""
FILE_BYTES = 10_000
"""Opening one of 20,000 files takes 60 to 90 µs, in which 10 kB of a large table are read."""
_manifests: dict[Path, tuple[State, Manifest | None]] = {}
"""Of each manifest this process has looked at: the state of its file then, and what it says."""


@dataclass(frozen=True)
class StudyState:
    """What the file system says of a study's files.

    mark: a hash; changed_ns: the latest change; whole: it is known which files there are;
    weight: their bytes, and of each file `FILE_BYTES` for being opened, by which studies can be
    told apart that are read soon and late.
    """

    mark: str
    changed_ns: int
    whole: bool
    weight: int = 0


def study_files(folder: Path | str) -> tuple[Path, ...]:
    """Every file a study is, or could be, made from, those that exist, sorted; never raises.

    Reads the manifest to know them, and nothing else. Of a study whose manifest cannot be read
    it is the manifest alone.
    """
    return tuple(sorted({Path(path) for path in _asked(folder)[0] if is_file(path)}))


def fingerprint(folder: Path | str) -> str:
    """A hash over path, size and time of every file of a study; never raises.

    It changes when a file is written, added or removed, also where its modification time is set
    back: the change time is part of it. Equal fingerprints do not prove equal contents: that is
    what `Study.digest` is for.
    """
    return study_state(folder).mark


def study_state(folder: Path | str) -> StudyState:
    """The fingerprint, and when any of the files was last written or changed; never raises.

    Each file is asked once, and next to nothing is done to it in Python: there may be 20,000.
    """
    candidates, whole = _asked(folder)
    paths = sorted(os.fspath(path) for path in candidates)
    found = list(map(_state_at, paths))
    there = list(compress(paths, found))
    states = list(filter(None, found))
    latest = max(chain.from_iterable(map(_times_of, states)), default=0)
    # Of whole numbers version 2 writes the same bytes wherever they come from; repr takes longer.
    told = "\0".join(there).encode(errors="surrogatepass"), marshal.dumps(states, 2)
    weight = sum(map(_size_of, states)) + FILE_BYTES * len(states)
    return StudyState(sha256(b"\n".join(told)).hexdigest(), latest, whole, weight)


def _asked(folder: Path | str) -> tuple[Sequence[Path | str], bool]:
    """Every path there may be a file at, and whether these are all."""
    if is_file(folder):
        return [folder], True
    try:
        study = StudyFolder(Path(folder), ProblemCollector())
        return list(_candidates(study)), True
    except Exception:  # what reading the manifest raises is told where the study is read
        return [os.path.join(folder, MANIFEST)], False  # noqa: PTH118


_parts_of = attrgetter("st_mtime_ns", "st_ctime_ns", "st_size", "st_ino", "st_mode")
_times_of = itemgetter(0, 1)
_size_of = itemgetter(2)


def _state_at(path: str) -> tuple[int, ...]:
    """Of whatever is at a path: both its times, size, inode and kind; empty without."""
    try:
        parts: tuple[int, ...] = _parts_of(os.stat(path))  # noqa: PTH116 - as text
    except (OSError, ValueError):
        return ()
    return parts


def _candidates(study: StudyFolder) -> Iterator[Path | str]:
    yield study.locate(MANIFEST)
    manifest = _manifest_of(study)
    if manifest is None:
        return
    yield study.locate(RUNS)
    if manifest.evaluations is not None and manifest.layout is not None:
        yield from manifest.layout.files(study, manifest.evaluations)
    for section in manifest.predictors.values():
        yield from source_files(study, section)
    if manifest.cka is not None:
        yield from _cka_files(study, manifest.cka)


def _manifest_of(study: StudyFolder) -> Manifest | None:
    """The manifest, read again where its file changed: with 1,000 tasks that takes 40 ms."""
    path = study.locate(MANIFEST)
    try:
        state = state_of(path.stat())
    except (OSError, ValueError):
        return read_manifest(study)
    read = _manifests.get(path)
    if read is None or read[0] != state:
        read = state, read_manifest(study)
        if len(_manifests) >= MOST_MANIFESTS:
            _manifests.clear()
        if time.time_ns() - max(state[1:3]) > SETTLED_NS:
            _manifests[path] = read
    return read[1]


def _cka_files(study: StudyFolder, section: CkaSection) -> Iterator[Path]:
    yield from _named(study, section.summary)
    yield from _named(study, section.checkpoints)
    for folder in _named(study, section.representations):
        yield folder / ITEMS
        for run, layer, file in walk_representations(folder):
            yield folder / run / layer / file


def _named(study: StudyFolder, given: str | None) -> Iterator[Path]:
    name = None if given is None else study.name_of(given, at="")
    if name is not None:
        yield study.locate(name)
