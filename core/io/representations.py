"""Stored representations: an index at first, an array when one is asked for.

Only headers are read while a study is inspected. A file that cannot be used is a warning and
left out of the index: the rest goes on.
"""

from __future__ import annotations

import importlib.util
import math
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from core.errors import About, ComputationError, RequestError
from core.io.changes.digest import GONE, StudyChangedError, content_of_opened
from core.io.files import StudyFolder, below, is_folder, open_binary
from core.io.names.layer_names import LayerNames, natural
from core.io.names.name_rules import LONGEST_NAME, flaw_in_name
from core.io.problems import flaw_of, quoted
from core.io.representation_formats import (
    CHECKPOINT,
    ITEMS,
    LIKE_CHECKPOINT,
    Unusable,
    check_header,
    check_kind,
    check_shape,
    check_values,
    preference,
    read_array,
)
from core.io.runs import RUNS, RunList
from core.io.table_cells.cells import NOTHING
from core.io.tables import choose_columns, read_dialect, table_of
from core.study import Layer, RepresentationIndex

CHANGED = "the file changed while it was read"


class _ChangedError(Unusable):
    """The same of a file that could be used when the study was read."""


def read_representations(
    folder: StudyFolder, name: str, run_list: RunList, layers: LayerNames
) -> RepresentationIndex | None:
    """The index of all usable files of known runs; None, with a problem, without folder, items.

    layers: those that are known already.
    """
    findings = folder.findings
    if not folder.folder_there(name, todo="write it, or correct cka.representations"):
        return None
    read = _read_items(folder, below(name, ITEMS))
    if read is None:
        return None
    items, groups, numbers = read
    chosen: dict[tuple[str, Layer, int], str] = {}
    n_torch = 0
    for key, file in _find(folder, name, run_list, layers):
        try:
            path = folder.locate(file)
            with open_binary(path) as opened:
                check_header(opened, path, len(items))
                check_values(opened, path)
        except Unusable as flaw:
            findings.warn(file, "", flaw.found, f"{flaw.todo}; the file is ignored")
            continue
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            findings.warn(file, "", f"cannot be read: {reason}", "the file is ignored")
            continue
        except Exception as fault:  # whatever a header makes the libraries raise
            findings.warn(file, "", flaw_of(fault)[0], "write the file again; it is ignored")
            continue
        n_torch += file.endswith(".pt")
        other = chosen.setdefault(key, file)
        if other != file:
            kept, ignored = sorted((other, file), key=preference)
            chosen[key] = kept
            findings.warn(
                ignored,
                "",
                f"is there as {quoted(kept)} too",
                "keep one of them; it is ignored",
                about=About.CONFLICT,
            )
    if n_torch and importlib.util.find_spec("torch") is None:
        findings.warn(
            name,
            "",
            f"{n_torch} .pt files, and PyTorch is not installed",
            "install torch, or store them as .npy; until then they cannot be opened",
        )
    files = {key: Path(os.path.realpath(folder.locate(file))) for key, file in chosen.items()}
    return RepresentationIndex(
        folder=folder.locate(name),
        files=MappingProxyType(
            dict(sorted(files.items(), key=lambda item: (item[0][0], str(item[0][1]), item[0][2])))
        ),
        items=items,
        groups=groups,
        order=layers.order(sorted({n for _, n, _ in files}, key=natural)),
        numbers=numbers,
    )


def load_representation(
    index: RepresentationIndex, run: str, layer: Layer, checkpoint: int
) -> npt.NDArray[Any]:
    """One stored representation: (n_items, n_features), float16, float32 or float64, read-only.

    A `.npy` file is mapped, not read. Raises RequestError where the index has no such file,
    ComputationError, with the file and what to do, where it cannot be used, and StudyChangedError
    where what was opened is not what the study's digest is of.
    """
    path = _path(index, run, layer, checkpoint)
    with _named(index, path):
        array = _opened(path, len(index.items), _content(index, path))
    array.setflags(write=False)
    return array


def representation_shape(
    index: RepresentationIndex, run: str, layer: Layer, checkpoint: int
) -> tuple[int, int]:
    """(n_items, n_features) of one stored representation; raises as `load_representation`.

    Remembered for as long as the file is the same, so that asking again costs no opening.
    """
    path = _path(index, run, layer, checkpoint)
    with _named(index, path):
        state = path.lstat()
        same = (state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size)
        return _shape_of(path, len(index.items), _content(index, path), same)


@lru_cache(maxsize=16_384)
def _shape_of(path: Path, n_items: int, content: str, _same: tuple[int, ...]) -> tuple[int, int]:
    n, width = _opened(path, n_items, content).shape
    return n, width


def _path(index: RepresentationIndex, run: str, layer: Layer, checkpoint: int) -> Path:
    path = index.files.get((run, layer, checkpoint))
    if path is None:
        raise RequestError(
            f"no representation of run {run!r} at layer {layer}, checkpoint {checkpoint}"
        )
    return path


def _opened(path: Path, n_items: int, content: str) -> npt.NDArray[Any]:
    """content: what the file has to hold, empty = anything.

    The very file that is hashed is the one that is read: a path may lead elsewhere at any time, and
    a folder that was exchanged and put back leaves no trace at the files in it. Raises Unusable,
    OSError and _ChangedError.
    """
    if os.path.realpath(path) != str(path):
        raise (_ChangedError if content else Unusable)("became a link", "put the file itself there")
    with open_binary(path) as file:
        regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        changed = content and not (regular and content_of_opened(file) == content)
        file.seek(0)
        try:
            check_header(file, path, n_items)
        except Unusable as flaw:
            raise (_ChangedError(flaw.found, flaw.todo) if changed else flaw) from None
        if changed:
            raise _ChangedError(CHANGED, "run it again")
        array = read_array(file, path)
    check_shape(array.shape, n_items)
    check_kind(array.dtype)
    return array


@contextmanager
def _named(index: RepresentationIndex, path: Path) -> Iterator[None]:
    """Raise ComputationError, which names the file, for what is wrong with it.

    StudyChangedError where nothing was wrong with it when the study was read: what is computed
    without such a file is not of that study.
    """
    try:
        yield
    except _ChangedError as flaw:
        raise StudyChangedError(f"{_shown(index, path)}: {flaw.found}; {flaw.todo}") from None
    except Unusable as flaw:
        raise ComputationError(f"{_shown(index, path)}: {flaw.found}; {flaw.todo}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raised = StudyChangedError if _content(index, path) else ComputationError
        raise raised(
            f"{_shown(index, path)}: cannot be read: {reason}; put a readable file there"
        ) from error


def _content(index: RepresentationIndex, path: Path) -> str:
    """What a file held when the study was read; empty where nobody knows, or it was gone."""
    content = index.contents.get(path, "")
    return "" if content == GONE else content


def walk_representations(path: Path) -> Iterator[tuple[str, str, str]]:
    """Every (run, layer folder, file) below a folder of representations, sorted by name."""
    for run in _folders(path):
        for layer in _folders(path / run):
            for entry in _entries(path / run / layer):
                yield run, layer, entry.name


def _find(
    folder: StudyFolder, name: str, run_list: RunList, layers: LayerNames
) -> Iterator[tuple[tuple[str, Layer, int], str]]:
    """Key and name of every file that is named as a representation of a known run."""
    findings = folder.findings
    known = run_list.positions
    unknown: set[str] = set()
    for run, layer, file in walk_representations(folder.locate(name)):
        if run not in known:
            if run not in unknown and not run_list.knows(run):
                findings.warn(
                    below(name, run),
                    "",
                    f"representations of run {quoted(run)}, which {RUNS} does not know",
                    f"{findings.did_you_mean(run, run_list.named or ())}"
                    f"add it to {RUNS}; until then they are ignored",
                )
            unknown.add(run)
            continue
        place = below(name, run, layer, file)
        layered, stepped = layers.layer_of_folder(layer), CHECKPOINT.fullmatch(file)
        if layered is None:
            if layer.startswith("layer"):
                findings.error(
                    below(name, run, layer),
                    "",
                    "a layer without a number",
                    "name it layer<number>, or as the layer is called",
                )
        elif stepped is None:
            if layer.startswith("layer") and LIKE_CHECKPOINT.fullmatch(file):
                findings.error(
                    place, "", "a key without a training step", "name it checkpoint-<number>.npy"
                )
        elif not folder.leaves(place):
            yield (run, layered, int(stepped[1])), place


_Numbers = tuple[tuple[str, tuple[float, ...]], ...]


def _read_items(
    folder: StudyFolder, name: str
) -> tuple[tuple[str, ...], tuple[str, ...], _Numbers] | None:
    """Names, groups (or nothing), and every other column that holds numbers alone."""
    raw = read_dialect(
        folder, name, todo="write it: column item, one line per row of the representations"
    )
    if raw is None:
        return None
    chosen = choose_columns(folder.findings, name, raw, ("item",), ("group",))
    if chosen is None:
        return None
    others = [word for word in raw.header if word and word not in chosen]
    once = {word: raw.header.index(word) for word in others if others.count(word) == 1}
    table = table_of(name, raw, chosen | once)
    if not len(table):
        folder.findings.warn(
            name,
            "",
            "no items",
            "write one line per row of the representations; until then they are ignored",
        )
        return None
    for column in ("item", "group"):
        texts = table.texts(column) if column in table else ()
        longest = max(texts, key=len, default="")
        if len(longest) > LONGEST_NAME:
            folder.findings.warn(
                name,
                "",
                f"{column} {flaw_in_name(longest)}",
                "write a shorter one; until then they are ignored",
            )
            return None
    numbers = []
    for word in once:
        values = _as_numbers(table.texts(word), comma=table.decimal_comma)
        if values is not None:
            numbers.append((word, values))
    groups = tuple(table.texts("group")) if "group" in table else ()
    return tuple(table.texts("item")), groups, tuple(numbers)


def _as_numbers(texts: Sequence[str], *, comma: bool) -> tuple[float, ...] | None:
    """A column as numbers, NaN where it is empty; None where anything else stands in it."""
    found = []
    for text in texts:
        if text.lower() in NOTHING:
            found.append(math.nan)
            continue
        try:
            found.append(float(text.replace(",", ".") if comma else text))
        except ValueError:
            return None
    return tuple(found) if any(map(math.isfinite, found)) else None


def _shown(index: RepresentationIndex, path: Path) -> str:
    """The path as messages name it: below the folder of representations."""
    root = Path(os.path.realpath(index.folder))
    name = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{index.folder.name}/{name}"


def _entries(path: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _folders(path: Path) -> list[str]:
    return [entry.name for entry in _entries(path) if is_folder(entry)]
