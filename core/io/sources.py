"""Tables as other people name them: files by pattern, columns by other words, rows that count."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.io.column_finder import FIELD, ColumnFinder, constant
from core.io.dialects.raw_table import Cells, RawTable, chosen, distinct, filled_rows
from core.io.files import MANIFEST, StudyFolder, is_file
from core.io.problems import ProblemCollector, quoted
from core.io.sections import SourceSection
from core.io.tables import (
    Table,
    read_dialect,
    texts_of,
)
from core.io.text_columns import TextColumn, concatenated
from core.numerics.arrays import IntArray

MOST_FILES = 200_000
MOST_WILD = 5
"""Wildcards and fields of a pattern that has several kinds of them."""
_WILD = re.compile(r"[*?{\[]")
_TOKEN = re.compile(r"\{(\w+)\}|(?:\*\*/)+|\*\*|\*|\?|\[(!?[^\]/\\]+)\]")
_FIXED, _STAR, _DEEP, _NAMED, _AGAIN = "fixed", "star", "deep", "named", "again"


def is_pattern(path: str) -> bool:
    """True where a path stands for several files."""
    return _WILD.search(path) is not None


def pattern_of(path: str, *, classes: bool = False, whole: bool = False) -> re.Pattern[str]:
    """What names of files fit a path with `*`, `?`, `**` and fields in braces.

    classes: `[12]` is one of its signs; else it is itself. whole: a field may hold a `/`, as names
    of columns do.
    """
    field = ".+?" if whole else "[^/]+?"
    tokens, at, seen = [], 0, set()
    for match in _TOKEN.finditer(path):
        tokens.append((_FIXED, re.escape(path[at : match.start()])))
        at = match.end()
        name = match[1]
        if name and not name.isidentifier():  # `{0}` is no field: a group cannot be called so
            tokens.append((_FIXED, re.escape(match[0])))
        elif name in seen:
            tokens.append((_AGAIN, f"(?P={name})"))
        elif name:
            seen.add(name)
            tokens.append((_NAMED, f"(?P<{name}>{field})"))
        elif classes and match[2]:
            inside = re.sub(r"([\^\[&~|])", r"\\\1", match[2].removeprefix("!"))
            tokens.append((_FIXED, f"[{'^/' if match[2][0] == '!' else ''}{inside}]"))
        elif match[2]:
            tokens.append((_FIXED, re.escape(match[0])))
        elif match[0] == "?":
            tokens.append((_FIXED, "[^/]"))
        elif match[0][:2] == "**":
            tokens.append((_DEEP, "(?:.*/)?" if match[0][-1] == "/" else ".*"))
        else:
            tokens.append((_STAR, "[^/]*"))
    tokens.append((_FIXED, re.escape(path[at:])))
    return re.compile(_joined_tokens(tokens) + r"\Z")


def _joined_tokens(tokens: Sequence[tuple[str, str]]) -> str:
    """The expression of a pattern's parts.

    Of stars alone, or of fields alone, each ends where what is written behind it comes first: the
    same names fit, and none takes longer than its length (a name can be one that fits nowhere in
    very many ways). Of both, the longest a star can be decides what is in a field.
    """
    kinds = {kind for kind, _ in tokens} - {_FIXED}
    if kinds not in ({_STAR}, {_NAMED}):
        return "".join(text for _, text in tokens)
    parts: list[list[str]] = [[]]
    for kind, text in tokens:
        if kind != _FIXED:
            parts.append([])
        parts[-1].append(text.replace("[^/]*", "[^/]*?"))
    first, *others, last = ("".join(part) for part in parts)
    return first + "".join(f"(?>{part})" for part in others) + last


def is_too_wild(path: str) -> bool:
    """A pattern that a name could fail to fit in too many ways.

    `**`, stars beside fields, and fields that come again; stars alone and fields alone cannot.
    """
    found = [match for match in _TOKEN.finditer(path) if match[1] or match[0][0] == "*"]
    fields = [match[1] for match in found if match[1]]
    stars = [match[0] for match in found if not match[1]]
    alone = set(stars) <= {"*"} if not fields else not stars and len(set(fields)) == len(fields)
    return not alone and len(found) > MOST_WILD


def filled(template: str, fields: Mapping[str, str]) -> str:
    """A template with its fields in place; a field that is not there stays as it is written."""
    return FIELD.sub(lambda match: fields.get(match[1], match[0]), template)


def matching_files(folder: StudyFolder, path: str) -> list[tuple[str, dict[str, str]]]:
    """Names of the files that fit a path, sorted, each with the fields its name holds.

    A plain path is itself, and so is one with brackets that is there. Links that leave the folder
    are passed over.
    """
    if is_too_wild(path):
        return []
    if not is_pattern(path) or (not FIELD.search(path) and is_file(folder.locate(path))):
        return [(path, {})]
    fixed = path[: _WILD.search(path).start()].rpartition("/")[0]  # type: ignore[union-attr]
    try:
        fits = pattern_of(path, classes=True)
    except re.error:  # [z-a]
        fits = pattern_of(path)
    found = []
    for name in _walk(folder.locate(fixed) if fixed else folder.path, folder.path):
        match = fits.match(name)
        if match and folder.holds(name):
            found.append((name, {k: v for k, v in match.groupdict().items() if v is not None}))
        if len(found) > MOST_FILES:
            break
    return sorted(found)


def _walk(start: Path, root: Path) -> Iterator[str]:
    for place, folders, files in os.walk(start):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            yield os.path.relpath(os.path.join(place, name), root).replace(os.sep, "/")  # noqa: PTH118


def source_files(folder: StudyFolder, section: SourceSection) -> Iterator[Path]:
    """Every file a source is read from, those that exist."""
    name = folder.name_of(section.path, at="evaluations.path")
    for one, _ in matching_files(folder, name) if name is not None else []:
        if is_file(folder.locate(one)):
            yield folder.locate(one)


def read_source(
    folder: StudyFolder,
    section: SourceSection,
    *,
    needed: tuple[str, ...],
    optional: tuple[str, ...] = (),
    todo: str,
    at: str = "evaluations",
) -> Table | None:
    """The columns `needed`, and those of `optional` there are, of all files of a source, as one.

    None, with errors, where there is no file, or in one of them something is missing.
    """
    found = raw_tables(folder, section, todo=todo, at=at)
    if found is None:
        return None
    tables = []
    for name, fields, raw in found:
        table = read_columns(folder.findings, section, name, fields, raw, needed, optional, at)
        if table is not None:
            tables.append(table)
    if len(tables) < len(found):
        return None
    return joined(tables, usually=USUALLY if at == "evaluations" else {})


def raw_tables(
    folder: StudyFolder, section: SourceSection, *, todo: str, at: str = "evaluations"
) -> list[tuple[str, dict[str, str], RawTable]] | None:
    """Name, fields and table of each file of a source; None, with errors, where one fails."""
    name = folder.name_of(section.path, at=f"{at}.path")
    if name is None:
        return None
    if is_too_wild(name):
        folder.findings.error(
            MANIFEST,
            f"{at}.path",
            f"{quoted(section.path[:60])} has more than {MOST_WILD} wildcards and fields",
            "write more of the names as they are, or fields alone",
        )
        return None
    files = matching_files(folder, name)
    if not files:
        folder.findings.error(
            MANIFEST, f"{at}.path", f"no file fits {quoted(section.path)}", f"{todo}"
        )
        return None
    options = section.read.options()
    found = []
    for one, fields in files:
        raw = read_dialect(folder, one, todo=todo, options=options)
        if raw is not None:
            found.append((one, fields, raw))
    return found if len(found) == len(files) else None


def read_columns(
    findings: ProblemCollector,
    section: SourceSection,
    name: str,
    fields: Mapping[str, str],
    raw: RawTable,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
    at: str = "evaluations",
) -> Table | None:
    """One file's columns under our words, its rows that count."""
    if not raw.header:
        header = quoted(",".join(needed))
        findings.error(name, "row 1", "no header", f"write the header {header} there")
        return None
    finder = ColumnFinder(findings, section, name, fields, raw, at)
    lacking = [word for word in needed if not finder.has(word)]
    if len(lacking) > 1:
        # Not a column called otherwise: another form.
        finder.lacks([word for word in needed if not finder.is_there(word)])
        return None
    keep = finder.rows_that_count()
    columns = {word: finder.get(word, needed=word in needed) for word in (*needed, *optional)}
    if finder.failed:
        return None
    there = {
        word: cells
        for word, cells in columns.items()
        if cells is not None and not (word in optional and _is_empty(cells))
    }
    rows = raw.rows
    texts = [cells for word, cells in there.items() if word in needed]
    plain = len(texts) > 1 and all(not isinstance(cells, np.ndarray) for cells in texts)
    if plain and all("" in cells for cells in texts):
        # Spreadsheets like to end in rows of commas.
        filled = filled_rows(_as_texts(texts))
        keep = filled if keep is None else keep & filled
    if keep is not None and not keep.all():
        kept = np.flatnonzero(keep)
        rows = rows[kept]
        there = {word: chosen(cells, kept) for word, cells in there.items()}
    return Table(
        files=(name,),
        file_of=np.zeros(len(rows), dtype=np.int64),
        rows=rows,
        columns=there,
        decimal_comma=raw.decimal_comma,
        decimal=section.read.decimal or "",
        missing=section.read.nothing(),
        recognized=list(raw.recognized),
    )


def _is_empty(cells: Cells) -> bool:
    """Nothing in any of several rows: a column somebody had no use for."""
    return not isinstance(cells, np.ndarray) and not any(distinct(cells)) and len(cells) > 1


def _as_texts(columns: Sequence[Cells]) -> list[Sequence[str]]:
    return [cells for cells in columns if not isinstance(cells, np.ndarray)]


USUALLY: Mapping[str, str] = {
    **{"method": "scores", "seed": "0", "checkpoint": "0"},
    **{"median": "", "std": "", "valid_ratio": ""},
}
"""What an evaluation has where a table has no column for it."""


def _with_all(table: Table, words: Sequence[str], usually: Mapping[str, str]) -> Table:
    lacking = [word for word in words if word not in table]
    given = {word: constant(usually[word], len(table)) for word in lacking}
    return replace(table, columns={**table.columns, **given}) if given else table


def joined(tables: Sequence[Table], *, usually: Mapping[str, str] | None = None) -> Table:
    """Several tables as one.

    usually: what a column is in a table that lacks it; one that is not there is left out of all.
    """
    if len(tables) == 1:
        return tables[0]
    usually = USUALLY if usually is None else usually
    every = dict.fromkeys(word for table in tables for word in table.columns)
    words = [w for w in every if w in usually or all(w in table for table in tables)]
    tables = [_with_all(table, words, usually) for table in tables]
    columns: dict[str, Cells] = {}
    for word in words:
        parts = [table.columns[word] for table in tables]
        if all(isinstance(part, np.ndarray) for part in parts):
            columns[word] = np.concatenate(parts)
        elif all(isinstance(part, TextColumn) for part in parts):
            columns[word] = concatenated(parts)  # type: ignore[arg-type]
        else:
            columns[word] = [cell for part in parts for cell in texts_of(part)]
    recognized = list(dict.fromkeys(what for table in tables for what in table.recognized))
    offsets: list[IntArray] = [
        np.full(len(table), i, dtype=np.int64) for i, table in enumerate(tables)
    ]
    return Table(
        files=tuple(table.file for table in tables),
        file_of=np.concatenate(offsets),
        rows=np.concatenate([table.rows for table in tables]),
        columns=columns,
        decimal_comma=any(table.decimal_comma for table in tables),
        decimal=tables[0].decimal,
        missing=tables[0].missing,
        recognized=[*recognized, f"{len(tables)} files"],
    )
