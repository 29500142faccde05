"""TextColumn: a column of text in which few texts come again and again, as it is in large tables.

Each text once and a number per row: what is done to names (strip, normalise, look up) is done to
the few, and a million rows are arrays. It is a sequence of texts like a list, so that whatever
looks at single cells, a message above all, need not know which of the two it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from core.numerics.arrays import BoolArray, IntArray

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = 2**16
_SAMPLE = 10_000
"""Cells that are looked at for whether equal ones stand one below the other."""
_LONG = 8
"""Rows that a text stands in one below the other, on average, from which on each is looked up once.
"""
MANY = 20_000
"""From so many different texts on what is done to all of them is done by pyarrow."""


class TextColumn(Sequence[str]):
    """Texts by number.

    codes: (N,) integers, indices into the distinct texts; these are in order of first appearance
    and each occurs. texts: them as a list, or as an Arrow array of strings that is made a list of
    when somebody asks.
    """

    __slots__ = ("_arrow", "_texts", "codes")

    def __init__(
        self, codes: npt.NDArray[Any], texts: Sequence[str] | None, arrow: pa.Array | None = None
    ) -> None:
        self.codes = codes
        self._texts = None if texts is None else list(texts)
        self._arrow = arrow

    @classmethod
    def of_arrow(cls, strings: pa.ChunkedArray) -> TextColumn:
        """From an Arrow column of strings, or of numbers of them; null is empty.

        Where texts stay the same for many rows, as they do where loops wrote a table, each stretch
        is numbered at once: half the time.
        """
        if not len(strings):
            return cls(np.zeros(0, dtype=np.int32), [])
        import pyarrow as pa
        from pyarrow import compute

        if pa.types.is_dictionary(strings.type):
            return _compact(*_renumbered(strings))
        if strings.null_count:
            strings = strings.fill_null("")
        head = strings.slice(0, _SAMPLE).combine_chunks()
        if len(compute.run_end_encode(head).values) * _LONG > len(head):
            codes, texts = _numbered(strings)
            return cls(codes, None, texts)
        stretches = compute.run_end_encode(strings).chunks
        firsts, texts = _numbered(pa.chunked_array([part.values for part in stretches]))
        ends = [part.run_ends.to_numpy() for part in stretches]
        lengths = np.concatenate([np.diff(end, prepend=np.int32(0)) for end in ends])
        return cls(np.repeat(firsts, lengths), None, texts)

    @classmethod
    def constant(cls, text: str, count: int) -> TextColumn:
        """One text in each row."""
        return cls(np.zeros(count, dtype=np.int32), [text] if count else [])

    @property
    def texts(self) -> list[str]:
        """Each different text once, in order of first appearance."""
        if self._texts is None:
            self._texts = [] if self._arrow is None else self._arrow.to_pylist()
        return self._texts

    @property
    def arrow(self) -> pa.Array:
        """The different texts as an Arrow array."""
        if self._arrow is None:
            import pyarrow as pa

            self._arrow = pa.array(self._texts, type=pa.string())
        return self._arrow

    @property
    def n_texts(self) -> int:
        """How many different texts there are."""
        return (
            len(self._arrow) if self._texts is None and self._arrow is not None else len(self.texts)
        )

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> TextColumn: ...
    def __getitem__(self, at: int | slice) -> str | TextColumn:
        if isinstance(at, slice):
            return self.take(np.arange(len(self))[at])
        code = int(self.codes[at])
        if self._texts is None and self._arrow is not None:
            return str(self._arrow[code].as_py())
        return self.texts[code]

    def __iter__(self) -> Iterator[str]:
        return map(self.texts.__getitem__, self.codes.tolist())

    def __contains__(self, text: object) -> bool:
        if self.n_texts < MANY:
            return text in self.texts
        import pyarrow as pa
        from pyarrow import compute

        return bool(compute.any(compute.equal(self.arrow, pa.scalar(text, pa.string()))).as_py())

    def longest(self) -> int:
        """Letters of the longest text."""
        if self._texts is not None:
            return max(map(len, self._texts), default=0)
        from pyarrow import compute

        return int(compute.max(compute.utf8_length(self.arrow)).as_py() or 0)

    def take(self, rows: IntArray) -> TextColumn:
        """The texts of some rows, in that order."""
        return _compact(self.codes[rows], self.arrow if self._texts is None else self._texts)

    def changed(self, change: Callable[[str], str]) -> TextColumn:
        """Each text changed; two that become one are one."""
        new = list(map(change, self.texts))
        if new == self.texts:
            return self
        index = {text: i for i, text in enumerate(dict.fromkeys(new))}
        merged = np.fromiter(map(index.__getitem__, new), dtype=np.int32, count=len(new))
        return TextColumn(merged[self.codes], list(index))

    def stripped(self) -> TextColumn:
        """Without white space at the ends of texts."""
        if self.n_texts < MANY:
            return self.changed(str.strip)
        from pyarrow import compute

        bare = compute.utf8_trim_whitespace(self.arrow)
        return self if bare.equals(self.arrow) else self.changed(str.strip)

    def where(self, holds: Callable[[str], bool]) -> BoolArray:
        """(N,) bool: the rows whose text fulfils something."""
        fits = np.fromiter(map(holds, self.texts), dtype=bool, count=len(self.texts))
        return np.asarray(fits[self.codes], dtype=bool)


def _numbered(strings: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], pa.Array]:
    """The number of each string, (N,), and the different ones in order of first appearance."""
    chunks = strings.dictionary_encode().chunks
    codes = [chunk.indices.to_numpy() for chunk in chunks]
    # All chunks are numbered by one dictionary.
    return np.concatenate(codes), chunks[-1].dictionary


def _renumbered(strings: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], pa.Array]:
    """The number of each string, (N,), and what is numbered, each once; numbers as they are given
    may have several of one text, and others that are nowhere.
    """
    import pyarrow as pa

    chunks = strings.unify_dictionaries().chunks
    empty = pa.array([""], type=pa.string())
    given = pa.concat_arrays([chunks[-1].dictionary.fill_null(""), empty]).dictionary_encode()
    number = given.indices.to_numpy()
    nothing = len(number) - 1
    codes = [chunk.indices.cast("int32").fill_null(nothing).to_numpy() for chunk in chunks]
    return number[np.concatenate(codes)], given.dictionary


def first_rows(codes: npt.NDArray[Any], count: int) -> IntArray:
    """The first element of each code below `count`, which all occur: (count,) int64."""
    # Where few come again and again, all of them are among the first.
    for part in (codes[:_HEAD], codes):
        first = np.full(count, -1, dtype=np.int64)
        first[part[::-1]] = np.arange(len(part) - 1, -1, -1)
        if first.min(initial=0) >= 0:
            break
    return first


def concatenated(columns: Sequence[TextColumn]) -> TextColumn:
    """Columns one below the other."""
    index: dict[str, int] = {}
    parts = []
    for column in columns:
        numbers = [index.setdefault(text, len(index)) for text in column.texts]
        parts.append(np.array(numbers, dtype=np.int32)[column.codes])
    return TextColumn(np.concatenate(parts), list(index))


def combined(columns: Sequence[TextColumn], make: Callable[[Sequence[str]], str]) -> TextColumn:
    """What `make` says of the texts in each row, said once of each combination there is."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        code = code * max(column.n_texts, 1) + column.codes
        _, code = np.unique(code, return_inverse=True)
    first = first_rows(code, int(code.max(initial=-1)) + 1)
    texts = [make([column[int(row)] for column in columns]) for row in first.tolist()]
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    index: dict[str, int] = {}
    numbers = [index.setdefault(texts[i], len(index)) for i in order.tolist()]
    return TextColumn(np.array(numbers, dtype=np.int32)[rank[code]], list(index))


def _compact(codes: npt.NDArray[Any], texts: pa.Array | Sequence[str]) -> TextColumn:
    """A column of some of the texts, in order of their first appearance there."""
    count = len(texts)
    first = np.full(count, len(codes), dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    order = np.argsort(first, kind="stable")[: int((first < len(codes)).sum())]
    if len(order) == count and (order == np.arange(count)).all():
        kept = texts
    else:
        rank = np.zeros(count, dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        codes = rank[codes]
        kept = [texts[i] for i in order.tolist()] if isinstance(texts, list) else texts.take(order)  # type: ignore[union-attr]
    if isinstance(kept, list):
        return TextColumn(codes, kept)
    return TextColumn(codes, None, kept)
