"""Paths that stand for several files: `*`, `?`, `**` and fields in braces, and what fits them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from core.io.files import StudyFolder, is_file, is_folder
from core.io.names.name_templates import FIELD, TOKEN, pattern_of

MOST_FILES = 200_000
MOST_WILD = 5
"""Wildcards and fields of a pattern that has several kinds of them."""
_WILD = re.compile(r"[*?{\[]")


def is_pattern(path: str) -> bool:
    """True where a path stands for several files."""
    return _WILD.search(path) is not None


def is_too_wild(path: str) -> bool:
    """A pattern that a name could fail to fit in too many ways.

    `**`, stars beside fields, and fields that come again; stars alone and fields alone cannot.
    """
    found = [match for match in TOKEN.finditer(path) if match[1] or match[0][0] == "*"]
    fields = [match[1] for match in found if match[1]]
    stars = [match[0] for match in found if not match[1]]
    alone = set(stars) <= {"*"} if not fields else not stars and len(set(fields)) == len(fields)
    return not alone and len(found) > MOST_WILD


def matching_files(folder: StudyFolder, path: str) -> list[tuple[str, dict[str, str]]]:
    """Names of the files that fit a path, sorted, each with the fields its name holds.

    A plain path is itself, and so is one with brackets that is there. Links that leave the folder
    are passed over.
    """
    if is_too_wild(path):
        return []
    if _is_itself(folder, path):
        return [(path, {})]
    fits, found = _pattern(path), []
    for name in _fitting(folder, path, asking=True):
        match = fits.match(name)
        if match:
            found.append((name, {k: v for k, v in match.groupdict().items() if v is not None}))
        if len(found) > MOST_FILES:
            break
    return sorted(found)


def candidate_files(folder: StudyFolder, path: str) -> Iterator[str]:
    """Where there may be a file that fits a path, as text: who asks for its state will know.

    As `matching_files`, but that what is written behind the last wildcard is not looked for: in a
    tree with a folder a file, looking takes longer than asking for the state.
    """
    if is_too_wild(path):
        return
    start = f"{folder.path}{os.sep}"
    if _is_itself(folder, path):
        yield start + path
        return
    fields = FIELD.findall(path)
    names = _fitting(folder, path, asking=False)
    if "**" in path or len(set(fields)) < len(fields):  # what fits each part need not fit the whole
        names = filter(_pattern(path).match, names)
    yield from [start + name for name in islice(names, MOST_FILES + 1)]


def _is_itself(folder: StudyFolder, path: str) -> bool:
    """A plain path, or one with brackets that is there."""
    return not is_pattern(path) or (not FIELD.search(path) and is_file(folder.locate(path)))


def _pattern(path: str) -> re.Pattern[str]:
    try:
        return pattern_of(path, classes=True)
    except re.error:  # [z-a]
        return pattern_of(path)


def _fitting(folder: StudyFolder, path: str, *, asking: bool) -> Iterator[str]:
    """Names of files each part of which fits its part of a path.

    Not looked into are folders that do not fit, that start with a point, or that are links.
    asking: False = what is written behind the last wildcard is there.
    """
    fixed = path[: _WILD.search(path).start()].rpartition("/")[0]  # type: ignore[union-attr]
    if fixed and not folder.holds(fixed):
        return
    start = f"{fixed}/" if fixed else ""
    parts = [_Part.of(part) for part in path.removeprefix(start).split("/")]
    yield from _below(folder, start, parts, asking)


@dataclass(frozen=True)
class _Part:
    """What stands between two `/` of a path.

    plain: it stands for itself alone. fits: the names it stands for, None where it has a `**`.
    """

    text: str
    plain: bool
    fits: re.Pattern[str] | None

    @classmethod
    def of(cls, text: str) -> _Part:
        return cls(text, not is_pattern(text), None if "**" in text else _pattern(text))

    def chosen(self, names: Sequence[str]) -> Sequence[str]:
        """Those of some names that fit."""
        if self.fits is None or self.plain:
            return names
        return list(filter(self.fits.match, names))


def _below(folder: StudyFolder, at: str, parts: Sequence[_Part], asking: bool) -> Iterator[str]:
    """The names that fit `parts` below the folder `at`, which ends with a `/` unless empty."""
    part, rest = parts[0], parts[1:]
    files, folders = _inside(folder, at, part.text if part.plain else None)
    if part.fits is None:
        rest = parts
    if rest is parts or not rest:
        yield from [at + name for name in part.chosen(files)]
    if not rest:
        return
    folders = part.chosen(folders)
    hidden = any(one.text.startswith(".") for one in rest[:-1])
    if not asking and not hidden and all(one.plain for one in rest):
        tail = "/".join(one.text for one in rest)
        yield from [f"{at}{name}/{tail}" for name in folders]
        return
    for name in folders:
        yield from _below(folder, f"{at}{name}/", rest, asking)


def _inside(folder: StudyFolder, at: str, only: str | None) -> tuple[Sequence[str], Sequence[str]]:
    """Files and folders in the folder `at`, folders sorted; `only` that name, which is not listed.

    Files that links lead out to are left out, and folders as `_fitting` says.
    """
    place = f"{folder.path}{os.sep}{at}"
    files: list[str] = []
    folders: list[str] = []
    if only is not None:
        try:
            mode = os.lstat(place + only).st_mode
        except (OSError, ValueError):
            return [], []
        if stat.S_ISDIR(mode):
            folders = [only]
        elif not stat.S_ISLNK(mode) or _is_file_inside(folder, at + only):
            files = [only]
    else:
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    elif not entry.is_symlink() or _is_file_inside(folder, at + entry.name):
                        files.append(entry.name)
        except OSError:
            return [], []
    return files, sorted(name for name in folders if name[0] != ".")


def _is_file_inside(folder: StudyFolder, name: str) -> bool:
    """A link that leads to something else than a folder, inside the study's."""
    return not is_folder(folder.locate(name)) and folder.holds(name)
