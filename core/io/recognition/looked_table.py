"""LookedTable: one table while somebody finds out what it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.column_finder import COLUMN
from core.io.dialects.raw_table import RawTable, chosen, distinct, filled_rows, rows_where
from core.io.layouts.records import all_differ
from core.io.layouts.square import Rows
from core.io.names.joint_columns import words_in
from core.io.table_cells.cells import NOTHING, stripped, texts_of
from core.io.table_cells.number_cells import bare_numbers
from core.io.table_cells.text_columns import TextColumn
from core.numerics.arrays import BoolArray, FloatArray, IntArray

WORDS = ("sources", "target", "score", "method", "seed", "checkpoint")
NEARLY_ALL = 0.9
"""So many of the cells are repeated where repeats are seeds."""
MOST_LOOKED_AT = 1_000_000
"""Pairs of a column's name and another name that are compared."""


class LookedTable:
    """One table, looked at: its cells as text, the rows that count, what is no number.

    sides: what the rows of a matrix are, where somebody said it.
    """

    def __init__(
        self,
        raw: RawTable,
        mapped: dict[str, str],
        where: dict[str, str],
        sides: Rows | None = None,
    ) -> None:
        self.raw, self.mapped, self.where, self.sides = raw, mapped, where, sides
        self.missing: frozenset[str] = frozenset()
        self.assumed: list[str] = []
        self.conflict = ""
        self.settings: tuple[str, ...] = ()
        self.method_before = ""
        self._counted: dict[str, tuple[IntArray, Sequence[str]]] = {}
        self._numbers: dict[int, tuple[Sequence[str], frozenset[str], FloatArray | None]] = {}
        self.cells = [texts_of(stripped(column)) for column in raw.columns]
        # Of columns called the same the first counts.
        self._at = {name: i for i, name in reversed([*enumerate(raw.header)])}
        for word, column in mapped.items():
            if word not in WORDS and not {*words_in(word)} >= {"sources", "target"}:
                raise RequestError(f"--map {word}={shortened(column)}: words are {listed(WORDS)}")
            if column not in raw.header and not self._is_template(word, column):
                raise RequestError(f"--map {word}={shortened(column)}: {self._columns_there()}")
        for column, value in where.items():
            if column not in raw.header:
                raise RequestError(
                    f"--where {shortened(column)}={shortened(value)}: {self._columns_there()}"
                )
            if value not in self.column(column):
                told = f"{shortened(column)}={shortened(value)}"
                there = listed(dict.fromkeys(self.column(column)))
                raise RequestError(f"--where {told}: no such row; there is {there}")
        self.kept = np.arange(len(raw.rows))
        for column, value in where.items():
            self.keep_where(column, value)
        if all("" in cells for cells in self.cells):
            filled = filled_rows(self.cells)
            if filled[self.kept].any():
                self.keep(filled)

    def _is_template(self, word: str, column: str) -> bool:
        """A score, or a method, put together of what stands in braces."""
        if word == "method":
            parts = COLUMN.findall(column)
            return bool(parts) and {*parts} <= {*self.raw.header}
        return word == "score" and "{" in column

    def keep(self, fits: BoolArray) -> None:
        """Count no row that does not fit: (N,) bool."""
        self.kept = self.kept[fits[self.kept]]

    def keep_where(self, column: str, value: str) -> None:
        """Count no row with anything else in that column."""
        self.where[column] = value
        self.keep(rows_where(self.column(column), value.__eq__))

    def column(self, name: str) -> Sequence[str]:
        """All cells of a column as text."""
        return self.cells[self._at[name]]

    def counted(self, name: str) -> Sequence[str]:
        """The cells of a column in rows that count."""
        cells = self.column(name)
        if len(self.kept) == len(cells):
            return cells
        kept, found = self._counted.get(name, (None, cells))
        if kept is not self.kept:
            found = texts_of(chosen(cells, self.kept))
            self._counted[name] = self.kept, found
        return found

    def varies(self, name: str) -> bool:
        """A column is not the same in every row that counts; of one row each does."""
        cells = self.counted(name)
        return len(cells) < 2 or len(distinct(cells)) > 1

    def numbers(self, cells: Sequence[str]) -> FloatArray | None:
        """Cells as numbers, None where one is text; no number is NaN.

        Of the very same cells the same array, not to be written into: many forms are tried.
        """
        known, missing, numbers = self._numbers.get(id(cells), (None, frozenset(), None))
        if known is not cells or missing != self.missing:
            numbers = self._converted(cells)
            if numbers is not None:
                numbers.setflags(write=False)
            self._numbers[id(cells)] = cells, self.missing, numbers
        return numbers

    def finite(self, cells: Sequence[str]) -> FloatArray:
        """The numbers among cells; none where one of them is text."""
        numbers = self.numbers(cells)
        return np.empty(0) if numbers is None else numbers[np.isfinite(numbers)]

    def _converted(self, cells: Sequence[str]) -> FloatArray | None:
        texts = self.texts_of_numbers(cells)
        if any(text is None for text in texts.values()):
            return None
        known = {cell: float(text or "nan") for cell, text in texts.items()}
        if isinstance(cells, TextColumn):
            values = [known.get(cell, np.nan) for cell in cells.texts]
            return np.asarray(np.array(values, dtype=np.float64)[cells.codes])
        return np.array([known.get(cell, np.nan) for cell in cells], dtype=np.float64)

    def texts_of_numbers(self, cells: Sequence[str]) -> dict[str, str | None]:
        """Of each different cell that is not for nothing: its number, None where it has none."""
        nothing = NOTHING | self.missing
        filled = [cell for cell in distinct(cells) if cell.lower() not in nothing]
        if not self.raw.decimal_comma and all(map(is_number, filled)):
            return dict(zip(filled, filled, strict=True))
        bare = bare_numbers(filled, decimal_comma=self.raw.decimal_comma).texts
        found: dict[str, str | None] = {}
        for cell in filled:
            text = bare.get(cell, cell).removesuffix("%").strip()
            text = text.replace(",", ".") if self.raw.decimal_comma else text
            try:
                float(text)
                found[cell] = text
            except ValueError:
                found[cell] = None
        return found

    def is_whole(self, column: str, *, seed: bool) -> bool:
        """All cells are whole numbers; of seeds, with a word before them as in `run 3`."""
        cells = distinct(self.counted(column))
        digits = r"(?:[A-Za-z]+[\s_=-]*)?\d+(?:\.0*)?" if seed else r"\d+(?:\.0*)?"
        return all(re.fullmatch(digits, cell) for cell in cells)

    def _columns_there(self) -> str:
        return f"columns are {listed(self.raw.header)}"

    def repeat(self, columns: Sequence[str]) -> bool:
        """Some rows are alike in all of these columns."""
        cells = [self.counted(column) for column in columns]
        coded = [one.codes.astype(np.int64) for one in cells if isinstance(one, TextColumn)]
        if len(coded) == len(cells):
            return not all_differ(*coded)
        rows = list(zip(*cells, strict=True))
        return len(set(rows)) < len(rows)

    def several_times(self, columns: Sequence[str], values: Sequence[str]) -> SeveralTimes:
        """What rows that are alike in `columns` look like; `values`: the columns of scores."""
        keys = list(zip(*(self.counted(column) for column in columns), strict=True))
        counts = Counter(keys)
        again = sum(count > 1 for count in counts.values())
        usual = Counter(counts.values()).most_common(1)[0][1]
        if again >= NEARLY_ALL * len(counts) and 2 * usual >= len(counts):
            # A file that was appended to itself has the same rows, to the last cell.
            rows = {*zip(*map(self.counted, self.raw.header), strict=True)}
            return SeveralTimes(as_seeds=len(rows) > len(counts))
        found: dict[tuple[str, ...], int] = {}
        scores = list(zip(*(self.counted(column) for column in values), strict=True))
        conflicts: dict[tuple[str, ...], tuple[int, int]] = {}
        for at, key in enumerate(keys):
            before = found.setdefault(key, at)
            if before != at and scores and scores[at] != scores[before]:
                conflicts.setdefault(key, (before, at))
        if not conflicts:
            return SeveralTimes(as_seeds=False)
        row = [int(self.raw.rows[int(at)]) for at in self.kept]
        places = [
            f"{' → '.join(map(shortened, key))} (rows {row[one]:,} and {row[other]:,})"
            for key, (one, other) in conflicts.items()
        ]
        return SeveralTimes(
            as_seeds=False,
            conflict=f"{len(conflicts):,} of {len(counts):,} given several times with different"
            f" values, which does not look like seeds: {listed(places, most=3)}",
        )


@dataclass(frozen=True)
class SeveralTimes:
    """Repeated rows: as_seeds where nearly all are, alike often; else where values differ.

    conflict: the places in a sentence; empty where all that is repeated is the same.
    """

    as_seeds: bool
    conflict: str = ""


def is_number(text: str) -> bool:
    """Python reads it as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def has_digit(text: str) -> bool:
    """There is a digit in it, of whatever script."""
    return any(ch.isdigit() for ch in text)
