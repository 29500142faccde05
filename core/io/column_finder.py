"""Columns of one table by our words: named by the manifest, made of several, or one's own word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import numpy as np

from core.io.dialects.raw_table import Cells, RawTable, distinct, rows_where
from core.io.names.joint_columns import cells_apart, joint_column
from core.io.names.usual_words import usual_column
from core.io.problems import ProblemCollector, in_toml, listed_columns, listed_quoted, quoted
from core.io.sections import SourceSection
from core.io.table_cells.cells import MANY_ROWS, each_once, number_text, stripped, texts_of
from core.io.table_cells.text_columns import TextColumn, combined
from core.numerics.arrays import BoolArray

COLUMN = re.compile(r"\{([^{}]+)\}")
"""A column in a template of columns, `{config.lang}`: it may be called anything."""


class ColumnFinder:
    """Columns of one file by our words.

    failed: something needed was not there, or not as it should be; each with an error.
    """

    def __init__(
        self,
        findings: ProblemCollector,
        section: SourceSection,
        name: str,
        fields: Mapping[str, str],
        raw: RawTable,
        at: str,
    ) -> None:
        self.findings, self.section, self.name, self.at = findings, section, name, at
        self.fields, self.raw = fields, raw
        self.failed = False
        self.keep: BoolArray | None = None
        self.apart: dict[str, Mapping[str, Mapping[str, str]]] = {}

    def has(self, word: str) -> bool:
        """The manifest names a column for a word, or there is one, or one that is likely meant."""
        return self.is_there(word) or bool(usual_column(word, self.raw.header))

    def is_there(self, word: str) -> bool:
        """The manifest names a column for a word, or there is one."""
        there = word in self.raw.header or word in self.fields
        given = self.section.columns
        return there or word in given or joint_column(given, word) is not None

    def lacks(self, words: Sequence[str]) -> None:
        """Say once that a table has several columns under no word we know, and what may read it."""
        there = listed_columns(self.raw.header)
        ways = [
            f"name their columns under [{self.at}.columns]",
            'write layout = "square" for a matrix, first column the sources',
        ]
        if self.at == "evaluations":
            ways.append(f"let `python -m core init {self.name} --force` find out")
        self.findings.error(
            self.name,
            "row 1",
            f"no column {listed_quoted(words)}",
            f"{', or '.join(ways)}; there is {there}",
        )

    def get(self, word: str, *, needed: bool) -> Cells | None:
        """The cells of a word; None where it is not there, with an error if it is needed."""
        given = self.section.columns.get(word)
        if given is not None and given not in self.raw.header and COLUMN.search(given):
            return self._template(word, given)
        if given is None and (joint := joint_column(self.section.columns, word)):
            return self._part(word, *joint)
        column = given if given is not None else word
        if given is None and word in self.fields:
            return constant(self.fields[word], len(self.raw.rows))
        if column in self.raw.header:
            return self._column(column)
        if column in self.fields:
            return constant(self.fields[column], len(self.raw.rows))
        if given is not None:
            self._missing(given, f"correct {self.at}.columns.{word}")
        elif needed:
            guess = usual_column(word, self.raw.header)
            hint = (
                f"write {word} = {in_toml(guess)} under [{self.at}.columns]"
                if guess
                else f"add it, or write {word} = their word for it under [{self.at}.columns]"
            )
            self._missing(word, hint)
        return None

    def _template(self, word: str, template: str) -> Cells | None:
        parts = {}
        for field in dict.fromkeys(COLUMN.findall(template)):
            if field in self.raw.header:
                parts[field] = texts_of(self._column(field))
            elif field in self.fields:
                parts[field] = constant(self.fields[field], len(self.raw.rows))
            else:
                self._missing(field, f"correct {self.at}.columns.{word}")
                return None
        pieces = COLUMN.split(template)

        def joined_up(texts: Sequence[str]) -> str:
            known = dict(zip(parts, texts, strict=True))
            return "".join(known[piece] if odd % 2 else piece for odd, piece in enumerate(pieces))

        coded = [cells for cells in parts.values() if isinstance(cells, TextColumn)]
        if len(coded) == len(parts):
            return combined(coded, joined_up)
        return [joined_up(row) for row in zip(*parts.values(), strict=True)]

    def _part(self, word: str, template: str, column: str) -> Cells | None:
        """What a column that holds several words holds of one."""
        if column not in self.raw.header:
            if template not in self.apart:
                self._missing(column, f"correct {self.at}.columns")
            self.apart[template] = {}
            return None
        cells = texts_of(self._column(column))
        if template not in self.apart:
            whole = getattr(self.section, "leave_out", ())
            self.apart[template], odd = cells_apart(template, distinct(cells), whole)
            for text in odd:
                of_it = rows_where(cells, lambda cell: cell == text)  # noqa: B023
                of_it = of_it if self.keep is None else of_it & self.keep
                for i in np.flatnonzero(of_it).tolist():
                    self.failed = True
                    self.findings.error(
                        self.name,
                        f"row {self.raw.rows[i]}",
                        f"{column} is {quoted(text)}, which does not fit {quoted(template)}",
                        f"correct {self.at}.columns, or write it under {self.at}.leave_out",
                    )
        found = self.apart[template]
        return each_once(cells, lambda cell: found[cell][word])

    def _column(self, column: str) -> Cells:
        if self.raw.header.count(column) > 1:
            self.failed = True
            self.findings.error(
                self.name, "row 1", f"two columns {quoted(column)}", "keep one of them"
            )
        return stripped(self.raw.columns[self.raw.header.index(column)])

    def _missing(self, column: str, todo: str) -> None:
        self.failed = True
        there = listed_columns(self.raw.header)
        close = self.findings.did_you_mean(column, self.raw.header)
        self.findings.error(
            self.name, "row 1", f"no column {quoted(column)}", f"{close}{todo}; there is {there}"
        )

    def rows_that_count(self) -> BoolArray | None:
        """(N,) bool, None where all do."""
        keep: BoolArray | None = None
        for column, wanted in self.section.where.items():
            if column not in self.raw.header and column not in self.fields:
                self._missing(column, f"correct {self.at}.where")
                continue
            cells = (
                texts_of(self._column(column))
                if column in self.raw.header
                else constant(self.fields[column], len(self.raw.rows))
            )
            values = {plain(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
            fits = rows_where(cells, lambda cell: plain(cell) in values)  # noqa: B023
            if not fits.any():
                there = listed_quoted(distinct(cells))
                self.findings.error(
                    self.name,
                    "",
                    f"no row with {column} = {listed_quoted(values)}",
                    f"correct {self.at}.where; there is {there}",
                )
                self.failed = True
            keep = fits if keep is None else keep & fits
        self.keep = keep
        return keep


def constant(text: str, count: int) -> Sequence[str]:
    """One text in each row."""
    return TextColumn.constant(text, count) if count >= MANY_ROWS else [text] * count


def plain(value: object) -> str:
    """A value as cells are compared: numbers by value, names in NFC."""
    if isinstance(value, bool):
        return str(value).lower()
    text = unicodedata.normalize("NFC", str(value).strip())
    try:
        return number_text(float(text))
    except ValueError:
        return text.lower() if text.lower() in ("true", "false") else text
