"""Reports as JSON in pieces: the text of `json.dumps(indent=1)`, without its slow way to it.

With an indent the standard library writes every value in Python; and a million rows are a million
dicts before the first is written. Here what holds no other container goes through its encoder in C
with line breaks for separators, and rows may be made while they are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, overload

import orjson

from core.numerics.arrays import BoolArray

Columns: TypeAlias = "Mapping[str, Sequence[Any] | Columns]"
"""Lists of values by name, all of one length; a name with others below it is a dict. Fast where
values are plain."""

AT_ONCE = 8192
"""So many records are made at a time."""
_PLAIN = frozenset((str, int, float, bool, type(None)))
_NUMBERS = frozenset((float, type(None)))


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

    def texts(self, depth: int) -> Iterator[list[str]]:
        """Each row as it stands at a depth, some at a time."""
        for start in range(0, len(self), AT_ONCE):
            part = slice(start, min(start + AT_ONCE, len(self)))
            rows = _rows(self._columns(part), depth)
            if self._missing is not None:
                gone = self._missing[part].tolist()
                rows = ["null" if no else row for no, row in zip(gone, rows, strict=True)]
            yield rows


def pieces(report: Any) -> Iterator[str]:
    """`json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1)`, piece by piece.

    Raises as it does: TypeError of what JSON has not, ValueError of NaN and infinity.
    """
    return _pieces(report, 0)


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, Records) and len(value):
        yield from _listed(map(_break(depth + 1).join, value.texts(depth + 1)), depth)
    elif isinstance(value, dict) and value:
        yield from _dict(value, depth)
    elif isinstance(value, (list, tuple, OnDemand)) and value:
        if not isinstance(value, OnDemand) and (kinds := {*map(type, value)}) <= _PLAIN:
            text = (
                _break(depth + 1).join(_decimals(value))
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
        yield before + _encoder(0)({key: 0})[1:-2]
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


def _rows(columns: Columns, depth: int) -> list[str]:
    """The text of each row at a depth, from columns of one length."""
    template = (f"{_encoder(0)({key: 0})[1:-2]}%s" for key in _escaped(columns))
    text = f"{{{_line(depth + 1)}{_break(depth + 1).join(template)}{_line(depth)}}}"
    tokens = [
        _rows(column, depth + 1) if isinstance(column, Mapping) else _tokens(column, depth + 1)
        for column in columns.values()
    ]
    return [text % row for row in zip(*tokens, strict=True)]


def _escaped(columns: Columns) -> Iterator[str]:
    return (key.replace("%", "%%") for key in columns)


def _tokens(values: Sequence[Any], depth: int) -> list[str]:
    """Each value as JSON: in the text of a plain one a raw line break is never part of it."""
    if not len(values):
        return []
    kinds = {*map(type, values)}
    if kinds <= _NUMBERS:
        return _decimals(values)
    if kinds <= _PLAIN:
        return _encoder(-1)(values)[1:-1].split("\n")
    # Of many rows the same few lists, which are alive as long as this is.
    made: dict[int, str] = {}
    return [made.get(id(one)) or made.setdefault(id(one), _whole(one, depth)) for one in values]


def _decimals(values: Sequence[float | None]) -> list[str]:
    """Each number as JSON, as `repr` writes it. Raises ValueError of NaN and infinity.

    orjson takes a third of the time: the same digits, but other powers of ten, and null for NaN.
    """
    text = orjson.dumps(values).decode()[1:-1]
    tokens = text.split(",")
    if tokens.count("null") > values.count(None):
        raise ValueError("Out of range float values are not JSON compliant")
    if "e" in text or "0.0000" in text:
        odd = (at for at, one in enumerate(tokens) if "e" in one or "0.0000" in one)
        for at in odd:
            tokens[at] = repr(values[at])
    return tokens


def _first(columns: Columns) -> dict[str, Any]:
    return {
        key: _first(column) if isinstance(column, Mapping) else column[0]
        for key, column in columns.items()
    }


def _line(depth: int) -> str:
    return "\n" + " " * depth


def _break(depth: int) -> str:
    return "," + _line(depth)


@lru_cache
def _encoder(depth: int) -> Callable[[Any], str]:
    """Writes one container of plain values, items apart as at a depth; at −1 by a line break."""
    apart = "\n" if depth < 0 else _break(depth)
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(apart, ": ")).encode
