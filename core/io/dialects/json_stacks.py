"""Matrices in JSON one behind the other, their names beside them: of seeds, methods or metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.io.dialects.named_arrays import is_called_spread
from core.io.dialects.nested_json import SEED, is_measure
from core.io.dialects.raw_table import DialectError
from core.io.names.usual_words import side_of, usual_word

_OF_SEEDS = re.compile(r"(?:^|_)(?:seeds?|runs?|reps?|repeats?|folds?|trials?)(?:_|$)")
_TURNED_SAID = ", rows taken for what was trained on"
Grid = Sequence[Sequence[Any]]


def stack_records(document: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str] | None:
    """A record a cell of `{"tasks": ["A", "B"], "seeds": [1, 2], "acc": [[[…]], [[…]]]}`.

    And what it is. Also of a matrix a key, `seed_0` or a method, beside the names or in an object
    of its own. None where there are no several matrices. Raises DialectError, with what to do,
    where it cannot be known what they are.
    """
    lists = {key: one for key, one in document.items() if isinstance(one, list) and one}
    seeds = next((one for key, one in lists.items() if _is_flat(one) and _says_seeds(key)), None)
    names = {
        side_of(key) or key: one
        for key, one in lists.items()
        if _all(one, str) and not _says_seeds(key)
    }
    if len(names) not in (1, 2):
        return None
    down, *_, across = [*names.values()] * 2
    if {*names} == {"sources", "target"}:
        down, across = names["sources"], names["target"]
    size = len(down), len(across)
    found = _stack(document, lists, size, seeds) or _called(document, lists, size)
    if found is None:
        return None
    measure, word, grids = found
    records = [
        {"sources": source, "target": target, word: label, measure: value}
        for label, grid in grids.items()
        for source, row in zip(down, grid, strict=True)
        for target, value in zip(across, row, strict=True)
    ]
    return records, f"a matrix a {word} in JSON{'' if len(names) == 2 else _TURNED_SAID}"


def listed_records(documents: Sequence[Mapping[str, Any]], rows: Sequence[Any]) -> list[Any]:
    """A record a cell of a list of objects with a matrix each, and what else stands in each.

    rows: of each object the records of its matrix, the names of rows in their first column.
    """
    return [
        {**{k: v for k, v in one.items() if not isinstance(v, list | dict)}, **cell}
        for one, records in zip(documents, rows, strict=True)
        for cell in _cells_of(records)
    ]


def _cells_of(records: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for record in records:
        (corner, source), *rest = record.items()
        measure = corner if is_measure(corner) else "value"
        yield from ({"sources": source, "target": name, measure: value} for name, value in rest)


def _stack(
    document: Mapping[str, Any],
    lists: Mapping[str, Any],
    size: tuple[int, int],
    seeds: Sequence[Any] | None,
) -> tuple[str, str, dict[str, Grid]] | None:
    """The one list of matrices: what was measured, `seed`, and a matrix for each of them."""
    deep = {key: one for key, one in lists.items() if _is_deep(one) and not is_called_spread(key)}
    if len(deep) != 1:
        return None
    ((key, stack),) = deep.items()
    count = len(stack)
    of_matrices = all(_fits(grid, size) for grid in stack)
    if not of_matrices and (turned := _by_cell(stack, size)):
        return _measure(key), "seed", turned
    told = list(seeds or (range(count) if _says_seeds(key) else ()))
    told = told or list(range(count) if isinstance(document.get("n_seeds"), int) else ())
    alike = count == size[0] == size[1] and "matri" not in key.lower()
    if of_matrices and len(told) == count and not alike:
        return _measure(key), "seed", dict(zip(map(str, told), stack, strict=True))
    each = ", ".join(f'"seed_{i}": {key}[{i}]' for i in range(2))
    if not of_matrices:
        found = f"{key} is no list of matrices of {size[0]} × {size[1]}, as there are names"
    elif alike:
        found = f"{count} × {size[0]} × {size[1]} numbers in {key}: which of them are seeds"
        found += " cannot be known"
    else:
        found = f"{count} matrices in {key}, and nothing says what they are"
    raise DialectError(found, f"where they are seeds, write each under its name: {{{each}, …}}")


def _by_cell(stack: Sequence[Any], size: tuple[int, int]) -> dict[str, Grid]:
    """The matrix of each seed, of lists of a number a seed in each cell; empty for others."""
    rows = len(stack) == size[0] and all(len(row) == size[1] for row in stack)
    counts = {len(cell) if isinstance(cell, list) else 0 for row in stack for cell in row}
    if not rows or len(counts) != 1 or 0 in counts:
        return {}
    (count,) = counts
    return {str(i): [[cell[i] for cell in row] for row in stack] for i in range(count)}


def _called(
    document: Mapping[str, Any], lists: Mapping[str, Any], size: tuple[int, int]
) -> tuple[str, str, dict[str, Grid]] | None:
    """Matrices by their keys: what was measured, what the keys are, and each matrix."""
    measure = "value"
    grids = {key: one for key, one in lists.items() if _fits(one, size)}
    if not grids:
        within = {key: one for key, one in document.items() if isinstance(one, dict) and one}
        whole = {
            key: one
            for key, one in within.items()
            if all(_fits(grid, size) for grid in one.values()) and not is_called_spread(key)
        }
        if len(whole) != 1:
            return None
        ((key, grids),) = whole.items()
        measure = _measure(key)
    grids = {key: grid for key, grid in grids.items() if not is_called_spread(key)}
    if len(grids) < 2:
        return None
    if cut := _seeds_of(grids):
        called, seeds = cut
        return called or measure, "seed", dict(zip(seeds, grids.values(), strict=True))
    return measure, "metric" if all(map(is_measure, grids)) else "method", grids


def _seeds_of(names: Mapping[str, Grid]) -> tuple[str, list[str]] | None:
    """The numbers of `seed_0`, `seed_1`, and the measure before them in `acc_seed0`; or None."""
    cut = [
        re.fullmatch(r"(?:(.+)[_.-])??((?:seed|run|rep|fold|trial)?[\s_=-]*\d+)", n) for n in names
    ]
    if not all(match and SEED.fullmatch(match[2]) for match in cut):
        return None
    called = {match[1] or "" for match in cut if match}
    numbers = [re.sub(r"\D", "", match[2]) for match in cut if match]
    measure = called.pop()
    if called or len({*numbers}) < len(numbers) or (measure and not is_measure(measure)):
        return None
    return measure, numbers


def _measure(key: str) -> str:
    return key if is_measure(key) else "value"


def _says_seeds(key: str) -> bool:
    return _OF_SEEDS.search(usual_word(key)) is not None


def _fits(grid: object, size: tuple[int, int]) -> bool:
    return (
        isinstance(grid, list)
        and len(grid) == size[0]
        and all(isinstance(row, list) and len(row) == size[1] and _is_flat(row) for row in grid)
    )


def _is_flat(values: Sequence[object]) -> bool:
    return not any(isinstance(one, list | dict) for one in values)


def _is_deep(value: Sequence[Any]) -> bool:
    """Lists of lists of lists."""
    return _all(value, list) and all(one and _all(one, list) for one in value)


def _all(values: Sequence[object], kind: type) -> bool:
    return all(isinstance(one, kind) for one in values)
