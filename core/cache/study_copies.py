"""Studies as they were read, on disk: arrays that all workers map into their memory.

Reading a study is parsing: seconds for 2 million rows of text or 20,000 files of JSON. What came of
it is kept under the digest of the bytes it was read from: one `.npy` file an array, JSON for the
rest, never a pickle. Which copy a folder stands for is found by the state of its files (path, size,
modification and change time in ns, inode): a change time cannot be set back, and a file that
changed just now is not trusted yet. Whatever is wrong with a copy costs time, never an answer: its
bytes are hashed before they are believed, and the study is read again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from core import io
from core.cache.result_cache import code_digest
from core.io.changes.digest import SETTLED_NS, contents_of
from core.io.changes.file_parts import FileParts
from core.io.files import written_at_once
from core.io.remote import origin_of
from core.study import RepresentationIndex, Study

log = logging.getLogger(__name__)

WORTH_SECONDS = 0.25
"""Reading that takes less is not worth a copy."""
DEFAULT_LIMIT = 2**31
"""Bytes of all copies; above, those that were opened longest ago go."""
_INDEX, _COPIES = "state", "copies"
_PARTS = "parts"
MOST_PARTS = 32
"""Studies of which the parts are kept."""
_STRUCTURE = "study.json"


class DamagedCopyError(Exception):
    """A copy that is not what was written."""


def _inspect(folder: Path, *, parts: FileParts) -> io.Inspection:
    """`inspect_study`, loaded when the first study is read."""
    return io.inspect_study(folder, parts=parts)


@dataclass(frozen=True)
class _Stored:
    """What `study.json` holds. representations: what of the index is no array."""

    inspection: dict[str, Any]
    sums: dict[str, str]
    representations: dict[str, Any] | None


class StudyCopies:
    """Copies in a folder, made private to this user; None = none are kept."""

    def __init__(
        self,
        folder: Path | None,
        *,
        limit: int = DEFAULT_LIMIT,
        worth_s: float = WORTH_SECONDS,
        read: Callable[..., io.Inspection] = _inspect,
    ) -> None:
        self._folder = folder
        self._limit = limit
        self._worth_s = worth_s
        self._inspect = read

    def inspect(self, folder: Path, state: io.StudyState | None = None) -> io.Inspection:
        """As `inspect_study`, from the copy where there is one of these very files; never raises.

        state: of the files, taken before; None = taken now.
        """
        state = io.study_state(folder) if state is None else state
        found = self._load(folder, state)
        if found is not None:
            return found
        begun = time.perf_counter()
        parts = self._parts(folder)
        inspection = self._inspect(folder, parts=parts)
        if parts.before or time.perf_counter() - begun >= self._worth_s:
            self._keep(folder, state, inspection, parts)
        return inspection

    def _parts_file(self, root: Path, folder: Path) -> Path:
        place = f"{code_digest()}\n{os.path.realpath(folder)}"
        name = hashlib.sha256(place.encode(errors="surrogatepass")).hexdigest()
        return root / _PARTS / f"{name}.json"

    def _parts(self, folder: Path) -> FileParts:
        """What was found in the single files of a folder when it was last read."""
        if self._folder is None:
            return FileParts()
        try:
            return FileParts.of_bytes(self._parts_file(self._folder, folder).read_bytes())
        except FileNotFoundError:
            return FileParts()
        except Exception as fault:  # whatever is wrong with them, the files themselves are there
            log.warning("the parts of %s cannot be used, it is read again: %s", folder, fault)
            return FileParts()

    def _keep_parts(self, root: Path, folder: Path, parts: FileParts) -> None:
        if not parts.now:
            return
        place = self._parts_file(root, folder)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with written_at_once(place, mode=0o600) as file:
            file.write(parts.to_bytes())
        kept = sorted(place.parent.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[:-MOST_PARTS]:
            old.unlink(missing_ok=True)

    # -- one copy ----------------------------------------------------------------------------

    def _entry(self, root: Path, state: io.StudyState) -> Path:
        key = hashlib.sha256(f"{code_digest()}\n{state.mark}".encode()).hexdigest()
        return root / _INDEX / f"{key}.json"

    def _load(self, folder: Path, state: io.StudyState) -> io.Inspection | None:
        if self._folder is None or not state.whole:
            return None
        entry = self._entry(self._folder, state)
        place: Path | None = None
        try:
            name = json.loads(entry.read_bytes())["copy"]
            place = self._folder / _COPIES / _plain(name)
            inspection = _read_copy(place, folder)
            os.utime(place)
        except Exception as fault:  # whatever is wrong with a copy, the study itself is there
            if isinstance(fault, FileNotFoundError) and (place is None or not place.exists()):
                return None
            log.warning("the copy of %s cannot be used, it is read again: %s", folder, fault)
            with contextlib.suppress(OSError):
                entry.unlink()
            if place is not None:  # else the next reading would take it for the one it makes
                shutil.rmtree(place, ignore_errors=True)
            return None
        return inspection

    def _keep(
        self, folder: Path, state: io.StudyState, inspection: io.Inspection, parts: FileParts
    ) -> None:
        """Write a copy, where the files are settled and still those that were read."""
        study = inspection.study
        if self._folder is None or study is None or not state.whole:
            return
        if time.time_ns() - state.changed_ns < SETTLED_NS or io.study_state(folder) != state:
            return
        # A folder that was exchanged and put back meanwhile leaves the files of it as they were.
        index = study.representations
        if not parts.still_there() or (
            index is not None and contents_of(index.contents) != index.contents
        ):
            return
        name = _name_of(study)
        try:
            for part in (self._folder, self._folder / _INDEX, self._folder / _COPIES):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = self._folder / _COPIES / name
            if not place.exists():
                _write_copy(place, inspection, study)
            with written_at_once(self._entry(self._folder, state), mode=0o600) as file:
                file.write(json.dumps({"copy": name}).encode())
            _shrink(self._folder / _COPIES, self._limit, keep=name)
            self._keep_parts(self._folder, folder, parts)
        except Exception as fault:  # a full or read-only disk costs time, never an answer
            log.warning("no copy of %s is kept: %s", folder, fault)


def _shrink(folder: Path, limit: int, *, keep: str) -> None:
    """Remove what was opened longest ago until the rest is small enough."""
    copies = [place for place in folder.iterdir() if not place.name.startswith(".")]
    sizes = {place: sum(file.stat().st_size for file in place.iterdir()) for place in copies}
    for place in sorted(copies, key=lambda one: one.stat().st_mtime_ns):
        if sum(sizes.values()) <= limit:
            break
        if place.name != keep:
            # Workers that have it mapped keep what they have mapped.
            shutil.rmtree(place)
            del sizes[place]


def _name_of(study: Study) -> str:
    """Where a copy lies: by content, program, and the folder's name, which may be the title."""
    parts = (code_digest(), study.digest, study.folder.name)
    return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def _plain(name: object) -> str:
    if not isinstance(name, str) or not name.isalnum():
        raise DamagedCopyError("its entry names no copy")
    return name


_adapter: list[TypeAdapter[Any]] = []


def _of_inspection() -> TypeAdapter[Any]:
    """Built once, when it is needed."""
    if not _adapter:
        _adapter.append(TypeAdapter(io.Inspection))
    return _adapter[0]


def _write_copy(place: Path, inspection: io.Inspection, study: Study) -> None:
    """The copy as a folder, whole or not at all."""
    arrays: list[Any] = []
    structure = _of_inspection().dump_python(
        replace(inspection, study=_without_views(study)), context=arrays
    )
    fresh = Path(tempfile.mkdtemp(prefix=".", dir=place.parent))
    try:
        sums = {}
        for at, array in enumerate(arrays):
            _save(fresh / f"{at}.npy", np.ascontiguousarray(array))
            sums[f"{at}.npy"] = _sum_of(fresh / f"{at}.npy")
        stored = {
            "inspection": structure,
            "sums": sums,
            "representations": _index_as_json(study),
        }
        text = json.dumps(stored, separators=(",", ":"), default=str).encode()
        text = hashlib.sha256(text).hexdigest().encode() + b"\n" + text
        (fresh / _STRUCTURE).write_bytes(text)
        fresh.replace(place)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        if not place.is_dir():  # another worker was faster
            raise


def _save(place: Path, array: Any) -> None:
    """Raises OSError; numpy's own, of values `requested` and `written`, says nothing of a disk."""
    try:
        np.save(place, array, allow_pickle=False)
    except OSError as fault:
        if fault.errno is not None:
            raise
        raise OSError(f"the disk did not take all of it ({fault}); is it full?") from fault


def _read_copy(place: Path, folder: Path) -> io.Inspection:
    """Raises FileNotFoundError, or whatever a damaged copy makes the libraries raise."""
    total, _, text = (place / _STRUCTURE).read_bytes().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != total:
        raise DamagedCopyError(f"{_STRUCTURE} is not what was written")
    stored = _Stored(**json.loads(text))
    arrays = []
    for at in range(len(stored.sums)):
        path = place / f"{at}.npy"
        if _sum_of(path) != stored.sums[path.name]:
            raise DamagedCopyError(f"{path.name} is not what was written")
        arrays.append(_mapped(path))
    found: io.Inspection = _of_inspection().validate_python(stored.inspection, context=arrays)
    if found.study is None:
        raise DamagedCopyError("it holds no study")
    home = Path(os.path.realpath(folder if folder.is_dir() else folder.parent))
    study = replace(
        found.study,
        folder=home,
        origin=origin_of(home),
        representations=_index_from_json(stored.representations, home),
    )
    return replace(found, study=study)


def _mapped(path: Path) -> np.ndarray[Any, Any]:
    """The array in the pages of its file, shared by all that map it, and read-only."""
    mapped = np.load(path, mmap_mode="r" if path.stat().st_size > 2**16 else None)
    return np.asarray(mapped)


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _without_views(study: Study) -> Study:
    """The study with plain dictionaries, and without what has keys that JSON cannot have."""
    return replace(
        study,
        tasks=tuple(replace(task, covariates=dict(task.covariates)) for task in study.tasks),
        evaluations=replace(study.evaluations, details=dict(study.evaluations.details)),
        representations=None,
    )


def _index_as_json(study: Study) -> dict[str, Any] | None:
    """Paths are relative to the study: the same content may lie elsewhere by then."""
    index = study.representations
    if index is None:
        return None
    return {
        "folder": os.path.relpath(index.folder, study.folder),
        "files": [
            [run, layer, step, os.path.relpath(path, study.folder), index.contents.get(path)]
            for (run, layer, step), path in index.files.items()
        ],
        "items": index.items,
        "groups": index.groups,
        "order": index.order,
        "numbers": [
            [column, [value if math.isfinite(value) else None for value in values]]
            for column, values in index.numbers
        ],
    }


def _index_from_json(stored: Mapping[str, Any] | None, home: Path) -> RepresentationIndex | None:
    if stored is None:
        return None
    files, contents = {}, {}
    for run, layer, step, name, content in stored["files"]:
        path = Path(os.path.normpath(home / name))
        files[run, layer, step] = path
        if content is not None:
            contents[path] = content
    return RepresentationIndex(
        folder=Path(os.path.normpath(home / stored["folder"])),
        files=files,
        items=tuple(stored["items"]),
        groups=tuple(stored["groups"]),
        contents=contents,
        order=tuple(stored["order"]),
        numbers=tuple(
            (column, tuple(math.nan if value is None else value for value in values))
            for column, values in stored["numbers"]
        ),
    )
