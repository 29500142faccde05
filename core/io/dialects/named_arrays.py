"""NumPy's .npz with a matrix, or one a seed, and their names: read without any pickle."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import listed
from core.io.dialects.raw_table import Cells, DialectError, RawTable
from core.io.names.usual_words import usual_column

LARGEST = 2**28
"""Bytes of the arrays together."""
_SEED = re.compile(r"(?:.*[_.-])?(?:seed|run)[_.-]?(\d+)", re.IGNORECASE)
"""A matrix of one seed: `seed_0`, `acc_seed3`."""
_SPREAD = re.compile(r"(?:\A|_)(?:std|sd|stderr|sem?|var|ci|err|counts?|n)(?:\Z|_)")
"""What stands beside values and is none."""
_WANTED = "np.savez(file, matrix=…, names=[…])"


def read_arrays(data: bytes) -> RawTable:
    """The matrix in a .npz, or that of each seed, under its names.

    Raises DialectError, with what to do.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise DialectError(f"arrays of more than {LARGEST // 2**20} MiB", "write Parquet")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in arrays.files}
    except DialectError:
        raise
    except (ValueError, zipfile.BadZipFile, OSError, EOFError, KeyError) as error:
        pickled = "pickle" in str(error)
        raise DialectError(
            "Python objects, which are never loaded, and so without names of tasks"
            if pickled
            else "not a .npz",
            f"write names as plain text: {_WANTED}",
        ) from None
    # What is no array comes back as bytes.
    return _table({name: array for name, array in read.items() if isinstance(array, np.ndarray)})


@dataclass(frozen=True)
class _Names:
    """Of rows and of columns, by one array for both or by one for each; and of seeds.

    told: their numbers differ, and say which are of rows. turned: what is down was tested on.
    """

    down: Sequence[str]
    across: Sequence[str]
    seeds: Sequence[str]
    turned: bool = False
    told: bool = False


def _table(found: Mapping[str, Any]) -> RawTable:
    names = _names(found)
    grids = {
        name: array
        for name, array in found.items()
        if array.dtype.kind in "fiu" and array.ndim > 1 and not is_called_spread(name)
    }
    if names is None or not grids:
        raise DialectError(
            f"NumPy arrays ({_shapes(found)}), without names of tasks beside one matrix",
            f"write both: {_WANTED}, or a CSV file",
        )
    stack, seeds, each = _stack(grids, names)
    recognized = [f"a NumPy matrix with its names{', one a seed' if seeds else ''}"]
    if beside := [name for name in found if is_called_spread(name)]:
        recognized.append(f"{listed(beside)} left out")
    if seeds and not names.told:
        recognized.append("rows of the arrays are taken for what was trained on")
    if each.turned:
        stack = np.swapaxes(stack, 1, 2)
    return _stacked(stack, seeds, each, tuple(recognized))


def _names(found: Mapping[str, Any]) -> _Names | None:
    """The names there are; None without, or where nothing says which are of what."""
    texts = {
        name: [_text(one) for one in array]
        for name, array in found.items()
        if array.ndim == 1 and array.dtype.kind in "US"
    }
    numbered = (
        array
        for name, array in found.items()
        if array.ndim == 1 and array.dtype.kind in "iu" and _is_called(name, "seed")
    )
    seeds = [str(one) for one in next(numbered, ())]
    if len(texts) == 1:
        (one,) = texts.values()
        return _Names(one, one, seeds)
    sides = [
        next((one for name, one in texts.items() if _is_called(name, word)), None)
        for word in ("sources", "target")
    ]
    if len(texts) != 2 or sides[0] is None or sides[1] is None or sides[0] is sides[1]:
        return None
    # Of as many sources as targets nothing tells which are down.
    return _Names(sides[0], sides[1], seeds, told=len(sides[0]) != len(sides[1]))


def _is_called(name: str, word: str) -> bool:
    """An array is called by our word or a usual one for it, of one or of many."""
    bare = name.lower().rstrip("s")
    return bare == word.rstrip("s") or bool(usual_column(word, [name, bare]))


def _stack(grids: Mapping[str, Any], names: _Names) -> tuple[Any, Sequence[str], _Names]:
    """Matrices one behind the other, (seeds, down, across), and what seeds they are; none of one.

    Raises DialectError where it cannot be known which axis is what.
    """
    size = len(names.down), len(names.across)
    called = {name: _SEED.fullmatch(name) for name in grids}
    if len(grids) > 1 and all(called.values()):
        if all(array.shape == size for array in grids.values()):
            seeds = [found[1] for found in called.values() if found]
            return np.stack(list(grids.values())), seeds, names
        wrong = next(name for name, array in grids.items() if array.shape != size)
        raise _unfitting(wrong, grids[wrong], names)
    if len(grids) > 1:
        raise DialectError(
            f"matrices {_shapes(grids)}, of which one alone can be the results",
            f"write that one: np.savez(file, {next(iter(grids))}=…, names=[…])",
        )
    ((name, array),) = grids.items()
    if array.ndim == 2:
        if array.shape == size:
            return array[np.newaxis], (), names
        if array.shape == size[::-1] and names.told:
            return array[np.newaxis], (), replace(names, turned=True)
        raise _unfitting(name, array, names)
    if array.ndim != 3:
        raise DialectError(
            f"a NumPy array {name} of {array.ndim} axes ({_shape(array)})",
            f"write one matrix, or one a seed: np.savez(file, {name}=…, names=[…], seeds=[0, 1])",
        )
    return _by_seeds(name, array, names)


def _by_seeds(name: str, array: Any, names: _Names) -> tuple[Any, Sequence[str], _Names]:
    """An array of three axes, that of the seeds first."""
    one_each = f"np.savez(file, names=[…], seed_0={name}[0], seed_1={name}[1])"
    if not names.seeds and len({*array.shape}) > 1:
        raise DialectError(
            f"a NumPy array {name} of {_shape(array)}, and nothing says what its third axis is",
            "where it is seeds, name them beside it:"
            f" np.savez(file, {name}={name}, names=[…], seeds=[0, 1, 2])",
        )
    size = len(names.down), len(names.across)
    fits = [
        (axis, turned)
        for axis in range(3)
        if array.shape[axis] == len(names.seeds)
        for turned in ([False, True] if names.told else [False])
        if np.delete(array.shape, axis).tolist() == list(size[::-1] if turned else size)
    ]
    if len(fits) > 1 or not names.seeds:
        raise DialectError(
            f"a NumPy array {name} of {_shape(array)}: which axis is seeds cannot be known",
            f"write a matrix a seed: {one_each}",
        )
    if not fits:
        raise _unfitting(name, array, names)
    axis, turned = fits[0]
    return np.moveaxis(array, axis, 0), names.seeds, replace(names, turned=turned)


def _unfitting(name: str, array: Any, names: _Names) -> DialectError:
    across = f" and {len(names.across)}" if names.told else ""
    counted = f"{len(names.down)}{across} names"
    seeds = f" and {len(names.seeds)} seeds" if names.seeds else ""
    return DialectError(
        f"a NumPy array {name} of {_shape(array)} beside {counted}{seeds}",
        f"give each row and each column a name: np.savez(file, {name}=…, sources=[…], targets=[…])",
    )


def _stacked(
    stack: Any, seeds: Sequence[str], names: _Names, recognized: tuple[str, ...]
) -> RawTable:
    """The table of matrices (seeds, down, across): a row a source, or a source and a seed."""
    flat = stack.reshape(-1, stack.shape[2]).astype(np.float64)
    down: list[Cells] = [list(names.down) * len(stack)]
    if seeds:
        down.append([seed for seed in seeds for _ in names.down])
    columns = (*down, *(flat[:, i] for i in range(flat.shape[1])))
    corner = "sources" if names.told else ""
    header = (corner, *(["seed"] if seeds else []), *names.across)
    return RawTable(header, columns, np.arange(1, len(flat) + 1), recognized=recognized)


def _text(one: Any) -> str:
    return (one.decode(errors="backslashreplace") if isinstance(one, bytes) else str(one)).strip()


def _shapes(found: Mapping[str, Any]) -> str:
    return listed(f"{name} {_shape(array)}" for name, array in found.items()) or "none"


def is_called_spread(name: str) -> bool:
    """An array beside values that is none of them: `std`, `acc_sem`, `n`."""
    return bool(_SPREAD.search(name.lower()))


def _shape(array: Any) -> str:
    return " × ".join(map(str, array.shape)) or "one value"
