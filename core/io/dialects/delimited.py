"""CSV as people write it: any delimiter, decimal comma, comments, titles, two headers."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import cast

import numpy as np

from core.io.dialects import splitting
from core.io.dialects.cut_numbers import has_decimal_commas
from core.io.dialects.json_records import looks_like_json
from core.io.dialects.logs import refuse_log
from core.io.dialects.markup_tables import html_table, latex_table
from core.io.dialects.notes_below import is_note, notes_below
from core.io.dialects.printed_tables import (
    LOOKED_AT,
    PrintedTable,
    corner_of_levels,
    index_names,
    is_number,
    markdown_table,
    spaced_table,
    title_lines,
)
from core.io.dialects.raw_table import (
    LINE_ENDS,
    DialectError,
    RawTable,
    ReadOptions,
    check_width,
    chosen,
    distinct,
    rows_where,
)
from core.io.dialects.splitting import (
    DELIMITERS,
    SNIFFED,
    sniffed,
    split_any,
    split_large,
    split_plain,
)
from core.io.dialects.stacked_tables import titles_between, titles_in_text
from core.io.dialects.tables_beside import beside_in_text
from core.io.dialects.triangles import squared_text
from core.io.dialects.two_heads import has_three_heads, two_heads
from core.io.dialects.unseen_signs import holds_unseen
from core.io.table_cells.text_columns import TextColumn
from core.numerics.arrays import IntArray

LONGEST_HEADER = 2**24
"""Characters that are looked at for the number of columns before they are made."""
TWO_HEADS = "a header of two rows, joined by /"
"""What is told of such a table."""
MOST_NOTES = 5
"""Lines of text that may stand below a table."""
MOST_PADDED = 20
"""Rows at the end of a table that may be such lines, made as wide as it is."""
MOST_LOOKED_AT = 1_000
"""Comments of which each may be the header of a table."""
_BEGINNING = 2**20
"""Bytes of a large file that its form is decided by."""
_MARKUP = (b"<", b"\\")
"""What a beginning of a web page or of LaTeX has; what of it is a table stands further down."""
_DECIDE_LATE = (b"'", b"`", b"\0")
"""What, anywhere in a text, may stand for quotes, or show that it is none."""
_LINE_END = re.compile(r"[\r\n]")
_SPACED_QUOTE = re.compile(r'((?<=")[,;|]) +(?=")')
_SEP = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)


def read_text(text: str, options: ReadOptions) -> RawTable:
    """The table in a text. Raises DialectError."""
    known: list[str] = []
    begun = _begun(text, options, known)
    if isinstance(begun, RawTable):
        return begun
    text, lines_above, delimiter = begun
    if not options.comment and (beside := beside_in_text(text, delimiter)) is not None:
        body = [cast("Sequence[str]", cells) for cells in beside.columns]
        numbers = beside.rows + lines_above
        known += beside.recognized
        return _finished(beside.header, body, numbers, [], options, delimiter, known)
    ragged: list[tuple[int, int]] = []
    large = None if options.comment else split_large(text.encode(errors="surrogatepass"), delimiter)
    if large is not None:
        header, body = large
        rows = np.arange(1, len(body[0]) + 2)
        columns: list[Sequence[str]] = []
    else:
        text, unnamed = _with_as_wide_a_header(text, delimiter)
        if unnamed:
            known.append(unnamed)
        plain = split_plain(text, delimiter)
        rows, columns, ragged = plain if plain is not None else split_any(text, delimiter)
    if ragged and not options.comment and (whole := squared_text(text, delimiter)) is not None:
        text = whole
        known.append("a triangle, whose other half is empty")
        rows, columns, ragged = split_any(text, delimiter)
    if ragged and (said := [line for line in ragged if line[1] == 1]) and not options.comment:
        ragged, comments = _without_remarks(text, ragged, said)
        if comments:
            known.append(f"{comments} comment line{'s' if comments > 1 else ''}")
    if ragged and (notes := _below_table(text, ragged, rows)):
        ragged = ragged[:-notes]
        known.append(_said_of_notes(notes))
    if options.comment and ragged:
        ragged, comments = _without_remarks(text, ragged, ragged, options.comment)
        if comments:
            known.append("comment lines")
    if options.comment and columns:
        marked = [
            i for i, cell in enumerate(columns[0]) if cell.lstrip().startswith(options.comment)
        ]
        if marked:
            keep = np.delete(np.arange(len(rows)), marked)
            rows = rows[keep]
            columns = [[column[i] for i in keep.tolist()] for column in columns]
            if "comment lines" not in known:
                known.append("comment lines")
    if large is None:
        header = tuple(column[0].strip() for column in columns)
        body = [column[1:] for column in columns]
    ragged = [(row + lines_above, width) for row, width in ragged]
    table = _finished(header, body, rows[1:] + lines_above, ragged, options, delimiter, known)
    return replace(table, titles=titles_in_text(text, delimiter))


def read_large(data: bytes, options: ReadOptions) -> RawTable | None:
    """The table in a large file of plain text in UTF-8, None where its text has to be looked at.

    Its beginning decides on its form, as in `read_text`, and nothing behind can contradict it:
    signs that could are nowhere in the file. So it need not be made a text, which takes as long
    as to number three columns.
    """
    if len(data) < splitting.LARGE_TEXT or options.encoding or options.comment:
        return None
    data = data.removeprefix(codecs.BOM_UTF8)
    head = data[:_BEGINNING]
    if len(data) > _BEGINNING:
        head = head[: head.rfind(b"\n") + 1]
    if any(sign in head for sign in _MARKUP) or any(sign in data for sign in _DECIDE_LATE):
        return None
    if holds_unseen(data):
        return None
    known: list[str] = []
    try:
        text = head.decode()
        if (len(head) < len(data) and len(text) <= LOOKED_AT) or looks_like_json(text):
            return None
        begun = _begun(text, options, known)
    except (UnicodeDecodeError, DialectError):
        return None
    if isinstance(begun, RawTable) or begun[:2] != (text, 0):
        return None
    large = split_large(data, begun[2])
    if large is None:
        return None
    header, body = large
    return _finished(header, body, np.arange(2, len(body[0]) + 2), [], options, begun[2], known)


def _begun(text: str, options: ReadOptions, known: list[str]) -> RawTable | tuple[str, int, str]:
    """The text from its header on, how many lines stand above that, and the delimiter.

    Or the table, where it is a printed one. Filled on: what is known.
    """
    lines_above = 0
    if (match := _SEP.match(text)) and options.delimiter is None:
        options = replace(options, delimiter=match[1])
        text = text[match.end() :]
        lines_above = 1
        known.append("a line `sep=`")
    if options.delimiter is None:
        printed = latex_table(text) or html_table(text)
        if printed is not None:
            return _of_printed(printed, lines_above, options, known)
    text = _in_double_quotes(text, known)
    text, comments = _without_comments(text, options.comment or "#")
    lines_above += comments
    if comments:
        known.append(f"{comments} comment line{'s' if comments > 1 else ''} above the header")
    # Of what is not quoting: a table is none or one whether its fields stand in quotes or not.
    if "\0" in text and text.count("\0") > (len(text) - text.count('"')) // 20:
        raise DialectError("bytes that are no text", "give a table: CSV, Excel, Parquet or JSON")
    _refuse_documents(text)
    if options.delimiter is None:
        printed = markdown_table(text)
        if printed is not None:
            return _of_printed(printed, lines_above, options, known)
        titles = title_lines(text, _width_by(sniffed(text, whole=False)))
        if titles:
            ends = LINE_ENDS.finditer(text)
            text = text[next(islice(ends, titles - 1, None)).end() :]
            lines_above += titles
            known.append(f"{titles} line{'s' if titles > 1 else ''} above the header")
        elif not any(sign in text for sign in DELIMITERS):
            printed = spaced_table(text)
            if printed is not None:
                return _of_printed(printed, lines_above, options, known)
    delimiter = options.delimiter or sniffed(text)
    if len(delimiter) != 1:
        raise DialectError(f"delimiter {delimiter!r}", "write one character in quotes")
    if delimiter != ",":
        known.append(f"columns separated by {DELIMITERS.get(delimiter, delimiter)}")
    # Not by cutting: the rest of a large text would be copied, too.
    end = _LINE_END.search(text, 0, LONGEST_HEADER)
    first = text[: end.start() if end else LONGEST_HEADER]
    if '"' not in first:
        # Before a list is made of each of millions.
        check_width(first.count(delimiter) + 1)
    return text, lines_above, delimiter


def _finished(
    header: tuple[str, ...],
    body: list[Sequence[str]],
    numbers: IntArray,
    ragged: Sequence[tuple[int, int]],
    options: ReadOptions,
    delimiter: str,
    known: list[str],
) -> RawTable:
    """The table of cells that are cut: without headers that come again, under one header.

    numbers: (N,) int64, the line of each row; ragged: line and width of those left out.
    """
    again = _repeated_header(header, body)
    if again:
        keep = np.delete(np.arange(len(numbers)), again)
        body = [cast("Sequence[str]", chosen(column, keep)) for column in body]
        numbers = numbers[keep]
        times = f"{len(again)} times" if len(again) > 1 else "once"
        known.append(f"the header again, {times}")
    notes, end = _padded_notes(body, numbers)
    if notes:
        body, numbers = [column[:end] for column in body], numbers[:end]
        known.append(_said_of_notes(notes))
    comma = options.decimal == "," or (
        options.decimal is None and delimiter != "," and _has_decimal_comma(body)
    )
    if comma:
        known.append("a decimal comma")
    table = RawTable(
        header,
        tuple(body),
        numbers,
        tuple(ragged),
        comma,
        tuple(known),
    )
    return with_one_header(table)


def _in_double_quotes(text: str, known: list[str]) -> str:
    """The text with double quotes where each single quote stands at an end of a field."""
    for quote, called in (("'", "single quotes"), ("`", "backquotes")):
        if quote not in text or '"' in text:
            continue
        field = rf"(?:(?<=[,;\t|\r\n])|\A){quote}[^{quote}\r\n]*{quote}(?=[,;\t|\r\n]|\Z)"
        if 2 * len(re.findall(field, text)) == text.count(quote) > 2:
            known.append(f"text in {called}")
            return text.replace(quote, '"')
    if text.startswith('"') and _SPACED_QUOTE.search(text[:LONGEST_HEADER].partition("\n")[0]):
        known.append("spaces before quotes")
        return _SPACED_QUOTE.sub(r"\1", text)
    return text


def _with_as_wide_a_header(text: str, delimiter: str) -> tuple[str, str]:
    """The text with a header as wide as its rows, and what was lacking there; empty for nothing.

    R writes no name above the names of rows; some programs end each row but the header in a
    delimiter.
    """
    lines = [line for line in LINE_ENDS.split(text[:20_000]) if line.strip()][:SNIFFED]
    lines = lines[:-1] if len(text) > 20_000 else lines
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return text, ""
    if len(rows) < 2 or {len(row) for row in rows[1:]} != {len(rows[0]) + 1} or not rows[0]:
        return text, ""
    # Blank lines above stay: rows are counted from the first line of the file.
    start = len(text) - len(text.lstrip("\r\n"))
    if not any(row[-1].strip() for row in rows[1:]):
        end = LINE_ENDS.search(text[start:])
        at = start + (end.start() if end else 0)
        return text[:at] + delimiter + text[at:], "rows that end in a delimiter"
    if len({row[0] for row in rows[1:]}) < len(rows) - 1 or has_decimal_commas(*rows):
        # Names of rows differ; where they do not, it is a value more, as of a decimal comma.
        return text, ""
    return text[:start] + delimiter + text[start:], "no name above the names of rows"


def _without_remarks(
    text: str, ragged: list[tuple[int, int]], said: Sequence[tuple[int, int]], mark: str = "#"
) -> tuple[list[tuple[int, int]], int]:
    """Ragged rows that are no comment between the rows, and how many are one."""
    lines = LINE_ENDS.split(text)
    gone = {row for row, _ in said if lines[row - 1].lstrip().startswith(mark)}
    return [line for line in ragged if line[0] not in gone], len(gone)


def _below_table(text: str, ragged: Sequence[tuple[int, int]], rows: IntArray) -> int:
    """How many of the last ragged rows are text below the table, with an empty line between."""
    last = int(rows[-1]) if len(rows) else 0
    below = [row for row, _ in ragged if row > last]
    if not below or not last or len(below) > MOST_NOTES:
        return 0
    lines = LINE_ENDS.split(text)
    apart = not lines[below[0] - 2].strip() or all(is_note(lines[row - 1]) for row in below)
    cells = [cell for row in below for cell in re.split(r"[,;\t|]", lines[row - 1])]
    return len(below) if apart and not any(map(is_number, cells)) else 0


def _padded_notes(body: Sequence[Sequence[str]], numbers: IntArray) -> tuple[int, int]:
    """How many of the last rows are notes, made as wide as the table, and where the table ends."""
    first = max(len(numbers) - MOST_PADDED, 0)
    rows = [(int(numbers[i]), [column[i] for column in body]) for i in range(first, len(numbers))]
    filled = [(i, row) for i, row in enumerate(rows) if any(map(str.strip, row[1]))]
    notes = notes_below([row for _, row in filled]) if len(body) > 1 else 0
    return notes, first + filled[-notes - 1][0] + 1 if notes else len(numbers)


def _said_of_notes(count: int) -> str:
    return f"{count} line{'s' if count > 1 else ''} below the table left out"


def _refuse_documents(text: str) -> None:
    start = text[:2000].lstrip().lower()
    if start.startswith(("<?xml", "<svg", "<!doctype", "<html")):
        raise DialectError("a web page or XML, not a table", "save the table in it as CSV")
    if re.match(r"[\[({]+ ?'|\{\(", start):
        raise DialectError("a Python dictionary, not a table", "write it with json.dump, or as CSV")
    refuse_log(text)


def _width_by(delimiter: str) -> Callable[[str], tuple[int, int]]:
    def width_of(line: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 1, 1
        return len(cells), sum(bool(cell.strip()) for cell in cells)

    return width_of


def _of_printed(
    printed: PrintedTable, above: int, options: ReadOptions, known: Sequence[str]
) -> RawTable:
    header, *rows = printed.cells
    columns = tuple([row[i] for row in rows] for i in range(len(header)))
    comma = options.decimal == "," or (options.decimal is None and _has_decimal_comma(columns))
    table = RawTable(
        tuple(header),
        columns,
        np.array(printed.lines[1:], dtype=np.int64) + above,
        tuple((line + above, width) for line, width in printed.ragged),
        comma,
        (*known, *printed.notes, *(["a decimal comma"] if comma else [])),
        titles=titles_between(printed.cells),
    )
    return with_one_header(table)


def with_one_header(table: RawTable) -> RawTable:
    """The same with the two rows of a header as one."""
    if not 3 <= len(table.header) <= 2000 or len({*table.header}) == len(table.header):
        return table
    columns = [
        column if isinstance(column, TextColumn) else list(map(str, column))
        for column in table.columns
    ]
    rest = list(zip(*(column[1:50] for column in columns), strict=True))
    if not len(table.rows):
        return table
    header = two_heads(table.header, [column[0].strip() for column in columns], rest)
    if header is None:
        if has_three_heads([table.header, *zip(*(map(str, c[:3]) for c in columns), strict=True)]):
            raise DialectError(
                "a header of three rows",
                "write a row a value: in pandas frame.stack([0, 1, 2]).to_csv(…)",
            )
        return table
    said = (*table.recognized, TWO_HEADS)
    upper, table = table.header, _below(table, header, said)
    first = [str(column[0]).strip() for column in table.columns] if len(table.rows) else []
    last = max(sum(map(bool, first)) - 1, 0) if first and not first[-1] else 0
    corner = upper[last], columns[last][0].strip()
    named = index_names(header, corner, first)
    if named is not None and len({*named}) == len(named):
        return _below(table, named, said)
    if (rows := corner_of_levels((upper[0], columns[0][0].strip()))) is not None:
        return replace(table, header=(rows, *header[1:]))
    return table


def _below(table: RawTable, header: Sequence[str], said: tuple[str, ...]) -> RawTable:
    """The same with another header, which was its first row or made of it."""
    columns = tuple(column[1:] for column in table.columns)
    return replace(
        table, header=tuple(header), columns=columns, rows=table.rows[1:], recognized=said
    )


def _is_header(comment: str, below: str) -> bool:
    """A line behind a mark names as many columns as the row below has cells, some of it numbers."""
    delimiter = sniffed(below[:LONGEST_HEADER])
    try:
        names, cells = csv.reader(
            [comment, _LINE_END.split(below, maxsplit=1)[0]], delimiter=delimiter
        )
    except (csv.Error, ValueError):
        return False
    if len(names) != len(cells) or len(names) < 3 or any(map(is_number, names)):
        return False
    return any(map(is_number, cells)) and all(name.strip() for name in names[1:])


def _without_comments(text: str, mark: str) -> tuple[str, int]:
    at = count = 0
    line_end = "\n"
    while True:
        end = text.find(line_end, at)
        if end < 0 and line_end == "\n":
            line_end = "\r"
            end = text.find(line_end, at)
        line = text[at : end if end >= 0 else len(text)].strip()
        if not line.startswith(mark) or end < 0 or end + 1 == len(text):
            break
        # Comments may be very many: none of them is a header that stands above another.
        if (
            count < MOST_LOOKED_AT
            and not text[end + 1 : end + 100].lstrip().startswith(mark)
            and _is_header(line.removeprefix(mark).strip(), text[end + 1 :])
        ):
            return text[at:].replace(mark, "", 1).lstrip(" "), count
        at, count = end + 1, count + 1
    return text[at:], count


def _repeated_header(header: tuple[str, ...], body: Sequence[Sequence[str]]) -> list[int]:
    """Where the header stands again: two files written one behind the other."""
    # The corner of a matrix may be empty, as is the cell below it.
    named = next((i for i, name in enumerate(header) if name), None)
    if not body or named is None:
        return []
    name, cells = header[named], body[named]
    if not any(cell.strip() == name for cell in distinct(cells)):
        return []
    likely = np.flatnonzero(rows_where(cells, lambda cell: cell.strip() == name))
    return [
        i
        for i in likely.tolist()
        if all(column[i].strip() == name for column, name in zip(body, header, strict=True))
    ]


_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?%?")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?%?")


def _has_decimal_comma(body: Sequence[Sequence[str]]) -> bool:
    """Some column has numbers with a comma and none with a point."""
    for column in body:
        filled = [cell.strip() for cell in column[:2000] if cell.strip()]
        commas = sum(_COMMA_NUMBER.fullmatch(cell) is not None for cell in filled)
        points = sum(_POINT_NUMBER.fullmatch(cell) is not None for cell in filled)
        if commas and not points and commas * 2 >= len(filled):
            return True
    return False
