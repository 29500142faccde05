"""Reports as JSON in pieces: the text of `json.dumps(indent=1)`, without its slow way to it.

With an indent the standard library writes every value in Python; and a million rows are a million
dicts before the first is written. Here what holds no other container goes through its encoder in C
with line breaks for separators, and rows may be made while they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, overload

import numpy as np
import numpy.typing as npt
import orjson

from core.numerics.arrays import BoolArray

Columns: TypeAlias = "Mapping[str, Sequence[Any] | Columns]"
"""Lists of values by name, all of one length; a name with others below it is a dict. Fast where
values are plain."""

AT_ONCE = 8192
"""So many records are made at a time."""
_PLAIN = frozenset((str, int, float, bool, type(None)))
_NUMBERS = frozenset((float, type(None)))
_ONE_DIGIT = re.compile(r"e-(\d)(?!\d)")
"""A power of ten that `repr` writes with two digits."""
_SMALL = re.compile(r"0\.0000\d+")
"""A number that `repr` writes with a power of ten, unless a digit is before it."""


class OnDemand(Sequence[Any]):
    """A list in a report whose items are made each time they are asked for."""

    def __init__(self, count: int, item: Callable[[int], Any]) -> None:
        """item: makes what stands at a position from 0 to `count` − 1."""
        self._count, self._item = count, item

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        """Raises IndexError beyond the ends."""
        places = range(self._count)[at]
        return [*map(self._item, places)] if isinstance(places, range) else self._item(places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


class Numbers(OnDemand):
    """A list of numbers, or of true and false, that is known as an array; undefined is None."""

    def __init__(self, values: npt.NDArray[Any]) -> None:
        """values: (n,) floating, integer or bool."""
        super().__init__(len(values), self._number)
        self.values = values

    def _number(self, at: int) -> Any:
        value = self.values[at].item()
        return None if self.values.dtype.kind == "f" and not np.isfinite(value) else value

    def text(self) -> str:
        """All of them as JSON, with a comma between."""
        return _numbers_text(self.values)[1:-1]


class Repeated(OnDemand):
    """A list of one plain value over and over."""

    def __init__(self, count: int, value: Any) -> None:
        super().__init__(count, lambda _: value)
        self.value = value


class Records(OnDemand):
    """A list of dicts with the same names that is known by columns.

    columns: of the rows of a slice, undefined numbers as None; missing: (n,) bool, rows that are
    None instead.
    """

    def __init__(
        self,
        count: int,
        columns: Callable[[slice], Columns],
        *,
        missing: BoolArray | None = None,
    ) -> None:
        super().__init__(count, self._row)
        self._columns, self._missing = columns, missing

    def _row(self, at: int) -> dict[str, Any] | None:
        if self._missing is not None and self._missing[at]:
            return None
        return _first(self._columns(slice(at, at + 1)))

    def texts(self, depth: int) -> Iterator[str]:
        """Rows as they stand at a depth, what stands between them included, some at a time."""
        for start in range(0, len(self), AT_ONCE):
            part = slice(start, min(start + AT_ONCE, len(self)))
            columns = self._columns(part)
            gone = None if self._missing is None else self._missing[part]
            at_once = _two_numbers(columns, gone, depth)
            yield _break(depth).join(_rows(columns, gone, depth)) if at_once is None else at_once


def pieces(report: Any) -> Iterator[str]:
    """`json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)`, piece by piece.

    Raises as it does: TypeError of what JSON has not, ValueError of NaN and infinity.
    """
    return _pieces(report, 0)


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, Records) and len(value):
        yield from _listed(value.texts(depth + 1), depth)
    elif isinstance(value, Numbers) and len(value):
        yield from _listed(iter([value.text().replace(",", _break(depth + 1))]), depth)
    elif isinstance(value, dict) and value:
        yield from _dict(value, depth)
    elif isinstance(value, (list, tuple, OnDemand)) and value:
        if not isinstance(value, OnDemand) and (kinds := {*map(type, value)}) <= _PLAIN:
            text = (
                _decimals(value).replace(",", _break(depth + 1))
                if kinds <= _NUMBERS
                else _encoder(depth + 1)(value)[1:-1]
            )
            yield from _listed(iter([text]), depth)
        else:
            yield from _listed((_whole(item, depth + 1) for item in value), depth)
    else:
        yield _encoder(0)([] if isinstance(value, OnDemand) else value)


def _dict(value: dict[Any, Any], depth: int) -> Iterator[str]:
    if _PLAIN.issuperset(map(type, value.values())):
        inner = _encoder(depth + 1)(value)[1:-1]
        yield f"{{{_line(depth + 1)}{inner}{_line(depth)}}}"
        return
    before = "{" + _line(depth + 1)
    for key, item in value.items():
        yield before + _key(key)
        yield from _pieces(item, depth + 1)
        before = _break(depth + 1)
    yield f"{_line(depth)}}}"


def _listed(items: Iterator[str], depth: int) -> Iterator[str]:
    """Items of a list with what stands before, between and after them."""
    before = "[" + _line(depth + 1)
    for item in items:
        yield before
        yield item
        before = _break(depth + 1)
    yield f"{_line(depth)}]"


def _whole(value: Any, depth: int) -> str:
    return "".join(_pieces(value, depth))


def _rows(columns: Columns, gone: BoolArray | None, depth: int) -> list[str]:
    """The text of each row at a depth, from columns of one length; gone: rows that are null."""
    tokens = [
        _rows(column, None, depth + 1)
        if isinstance(column, Mapping)
        else _tokens(column, depth + 1)
        for column in columns.values()
    ]
    names = (f"{_key(key).replace('%', '%%')}%s" for key in columns)
    template = f"{{{_line(depth + 1)}{_break(depth + 1).join(names)}{_line(depth)}}}"
    rows = [template % row for row in zip(*tokens, strict=True)]
    if gone is None:
        return rows
    return ["null" if no else row for no, row in zip(gone.tolist(), rows, strict=True)]


def _two_numbers(columns: Columns, gone: BoolArray | None, depth: int) -> str | None:
    """The rows of two columns of numbers and any number of repeated ones, without a loop over them.

    None where they are other ones, or where a row that is not `gone` has no number.
    """
    pair = [column for column in columns.values() if isinstance(column, Numbers)]
    repeated = [column for column in columns.values() if isinstance(column, Repeated)]
    if len(pair) != 2 or len(pair) + len(repeated) != len(columns):
        return None
    if any(one.values.dtype != np.float64 for one in pair):
        return None
    both = np.column_stack([one.values for one in pair])
    without = ~np.isfinite(both).any(axis=1)
    if not np.array_equal(without, np.zeros_like(without) if gone is None else gone):
        return None
    start, between, end = _around(columns, depth)
    # A control sign never stands in the text of JSON.
    text = _numbers_text(both)[2:-2].replace("],[", "\0").replace(",", between)
    text = start + text.replace("\0", f"{end}{_break(depth)}{start}") + end
    return text.replace(f"{start}null{between}null{end}", "null") if without.any() else text


def _around(columns: Columns, depth: int) -> list[str]:
    """What stands before, between and after the numbers of a row at a depth."""
    parts, before = [""], "{" + _line(depth + 1)
    for key, column in columns.items():
        parts[-1] += before + _key(key)
        if isinstance(column, Repeated):
            parts[-1] += _encoder(0)([column.value])[1:-1]
        else:
            parts.append("")
        before = _break(depth + 1)
    parts[-1] += _line(depth) + "}"
    return parts


def _tokens(values: Sequence[Any], depth: int) -> list[str]:
    """Each value as JSON: in the text of a plain one a raw line break is never part of it."""
    if not len(values):
        return []
    if isinstance(values, Numbers):
        return values.text().split(",")
    if isinstance(values, Repeated):
        return [_encoder(0)([values.value])[1:-1]] * len(values)
    kinds = {*map(type, values)}
    if kinds <= _NUMBERS:
        return _decimals(values).split(",")
    if kinds <= _PLAIN:
        return _encoder(-1)(values)[1:-1].split("\n")
    # Of many rows the same few lists, which are alive as long as this is.
    made: dict[int, str] = {}
    return [made.get(id(one)) or made.setdefault(id(one), _whole(one, depth)) for one in values]


def _decimals(values: Sequence[float | None]) -> str:
    """Numbers as JSON with a comma between. Raises ValueError of NaN and infinity."""
    text = orjson.dumps(values).decode()[1:-1]
    if text.count("null") > values.count(None):
        raise ValueError("Out of range float values are not JSON compliant")
    return _as_repr(text)


def _numbers_text(values: npt.NDArray[Any]) -> str:
    """An array as JSON, each number as `repr` writes it, undefined as null."""
    if values.dtype.kind == "f":
        values = values.astype(np.float64, copy=False)
    made = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
    return _as_repr(made.decode()) if values.dtype.kind == "f" else made.decode()


def _as_repr(text: str) -> str:
    """Numbers of orjson as `repr` writes them: the same digits, but other powers of ten.

    Both together take a fraction of what the standard library takes.
    """
    if "e-" in text:
        text = _ONE_DIGIT.sub(r"e-0\1", text)
    if "0.0000" in text:
        text = _SMALL.sub(_power, text)
    return text


def _power(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()]
    return found[0] if before.isdigit() else repr(float(found[0]))


def _first(columns: Columns) -> dict[str, Any]:
    return {
        key: _first(column) if isinstance(column, Mapping) else column[0]
        for key, column in columns.items()
    }


def _line(depth: int) -> str:
    return "\n" + " " * depth


def _break(depth: int) -> str:
    return "," + _line(depth)


@lru_cache(typed=True)
def _key(key: Any) -> str:
    """A name of a dict with what stands between it and its value."""
    return _encoder(0)({key: 0})[1:-2]


@lru_cache
def _encoder(depth: int) -> Callable[[Any], str]:
    """Writes one container of plain values, items apart as at a depth; at −1 by a line break."""
    apart = "\n" if depth < 0 else _break(depth)
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(apart, ": ")).encode
