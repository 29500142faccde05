"""Tables in LaTeX and in web pages: cells and spans as they are set, commands and tags left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from core.io.dialects.printed_tables import PrintedTable, with_index_named
from core.io.dialects.raw_table import MOST_COLUMNS, DialectError
from core.io.dialects.set_beside import LOOKED_AT, set_beside

LARGEST_MARKUP = 2**24
"""Characters of a document: what prints a table is not how a large one is kept."""
MOST_SPANNED = 1_000
MOST_CELLS = 2**22
"""Cells of a table, those that others span over too: few characters can stand for very many."""
# A document may be hostile: no pattern looks twice for an end that is nowhere.
_TABULAR = re.compile(r"\\(begin|end)\{(tabular\*?|tabularx|tabulary|longtable|tabu|array)\}")
_ARGUMENT = re.compile(r"\s*(?:\[[^\[\]]*\]|\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\})")
_RULES = re.compile(
    r"\\(?:toprule|midrule|bottomrule|hline|endhead|endfoot|endfirsthead|endlastfoot|addlinespace"
    r"|(?:cmidrule|cline|specialrule|rowcolor|noalign|arrayrulecolor)\b)"
    r"(?:\([a-z]*\)|\[[^\[\]]*\]|\{[^{}]*\})*"
)
_ROW_END = re.compile(r"\\\\(?:\[[^\[\]]*\])?|\\tabularnewline\b")
_CELL_END = re.compile(r"(?<!\\)&")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_SPAN = re.compile(r"\\multicolumn\s*\{(\d{1,3})\}\s*\{(?:[^{}]|\{[^{}]*\})*\}\s*")
_COLOUR = re.compile(r"\\(?:cellcolor|color|textcolor)(?:\[[^\[\]]*\])?\{[^{}]*\}")
_TALL = re.compile(r"\\multirow\s*(?:\[[^\[\]]*\])?\{[^{}]*\}(?:\[[^\[\]]*\])?\{[^{}]*\}")
_OPTIONS = r"\s*+(?:\[[^\[\]]*+\]\s*+)?"
_BOX = re.compile(
    rf"\\(?:(?:rotatebox|scalebox|raisebox|parbox|colorbox|href|[hv]space)\*?{_OPTIONS}"
    rf"|(?:resizebox|fcolorbox)\*?\s*\{{[^{{}}]*\}}\s*)\{{[^{{}}]*\}}(?:\[[^\[\]]*\])?"
)
"""How a box is set, not what stands in it."""
_REFERENCE = re.compile(
    rf"\\(?:[Cc]ite[a-z]*|(?:table)?footnote(?:mark)?|tnote|label)\*?(?:{_OPTIONS}){{0,2}}"
    r"\{[^{}]*\}"
)
_COMMAND = re.compile(rf"\\(?!pm\b)([a-zA-Z]+){_OPTIONS}\{{([^{{}}]*)\}}")
_SET_ALIKE = re.compile(
    "text(?:bf|it|rm|sc|sf|tt|normal)?|math(?:bf|it|rm|sf)|emph|u(?:nder)?line|bm|boldsymbol|mbox"
)
"""Commands whose text goes on where the one before it ends."""
_ARROWS = (("\\uparrow", "↑"), ("\\downarrow", "↓"))
_ONE_SIGN = re.compile(r"\^\{(\W|\\[a-z]+)\}")
_RAISED_CHANGE = re.compile(r"\$?\s{0,2}[\^_]\{\s{0,2}([↑↓+][^{}]*)\}")
_OF_COMMAND = re.compile(r"\\[a-zA-Z]+\s{0,2}\Z")
_GROUP = re.compile(r"(?<![_^\\])\{([^{}]*)\}")
# Not within the cell of a CSV, where a question to a model may hold a table.
_SET = re.compile(r"^[ \t]*+[^\n\",;\t]*\\begin\{(?:tab|longtable)", re.MULTILINE)
_MARKUP = re.compile(
    r"^[ \t]*+(?:<[^\n]*?|[^\n\",;\t]*?)<(?:!doctype|html|head|body|div|table|style)\b",
    re.IGNORECASE | re.MULTILINE,
)
_NO_CELLS = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(script|style)\b.*?(?:</\1\s*>|\Z)|<[!?][^>]*+>?",
    re.DOTALL | re.IGNORECASE,
)
_SIZE = re.compile(
    r"\\(?:bf|it|em|bfseries|itshape|small|scriptsize|tiny|footnotesize|centering)\b"
)
_SMALL = ("sub", "sup", "small")
_DELTA = re.compile(r"\$\s*\\Delta\s*\$|\\Delta(?![a-zA-Z])")
_ESCAPED = re.compile(r"\\([&%$#_{}])")


def latex_table(text: str) -> PrintedTable | None:
    """The one `tabular` of a LaTeX text; None without. Raises DialectError for several."""
    if "\\begin{" not in text[: 2**18] or not _SET.search(text):
        return None
    _check_size(text)
    # A comment goes, its line stays: rows are counted in the file's own lines.
    bare = _COMMENT.sub("", text)
    found = _tabulars(bare)
    if len(found) != 1:
        raise DialectError(
            f"{len(found) or 'half of a'} LaTeX table{'s' if len(found) > 1 else ''}",
            "give one whole table in a file of its own",
        )
    start, end = found[0]
    while argument := _ARGUMENT.match(bare, start, end):
        start = argument.end()
    body = bare[start:end]
    rows, lines, at, cells = [], [], 0, 0
    noted: list[int] = []
    line, counted = 1, 0
    ends = [*((m.start(), m.end()) for m in _ROW_END.finditer(body)), (len(body), len(body))]
    for stop, after in ends:
        row = _RULES.sub(lambda rule: " " * len(rule[0]), body[at:stop])
        if row.strip():
            begins = start + at + len(row) - len(row.lstrip())
            line, counted = line + bare.count("\n", counted, begins), begins
            lines.append(line)
            rows.append(_latex_cells(row))
            noted.append(len(rows) if "&" not in row and _SPAN.search(row) else 0)
            cells += len(rows[-1])
            _check_cells(cells)
        at = after
    while len(rows) > 2 and len(lines) == noted[-1]:
        # A cell over all columns, at the end: a note.
        for one in (rows, lines, noted):
            one.pop()
    return _printed(rows, lines, "a LaTeX table")


def _tabulars(text: str) -> list[tuple[int, int]]:
    """Where what is in each table begins and ends."""
    marks = list(_TABULAR.finditer(text))
    last = {mark[2]: mark.start() for mark in marks if mark[1] == "end"}
    found, opened = [], None
    for mark in marks:
        if opened is None:
            if mark[1] == "begin" and last.get(mark[2], -1) > mark.start():
                opened = mark
        elif mark[1] == "end" and mark[2] == opened[2]:
            found.append((opened.end(), mark.start()))
            opened = None
    return found


def _latex_cells(row: str) -> list[str]:
    cells = []
    for cell in _CELL_END.split(row):
        span = _SPAN.search(cell)
        cells.append(_plain(_SPAN.sub("", cell)))
        cells += [""] * (min(int(span[1]), MOST_SPANNED) - 1 if span else 0)
    return cells


def _plain(cell: str) -> str:
    """What is set: without commands, braces and the signs that escape others."""
    cell = _DELTA.sub("\N{GREEK CAPITAL LETTER DELTA}", cell)
    for arrow, sign in _ARROWS:
        cell = cell.replace(arrow, sign)
    cell = _REFERENCE.sub("", _BOX.sub("", _ONE_SIGN.sub(r"^\1", cell)))
    cell = _SIZE.sub("", _TALL.sub("", _COLOUR.sub("", cell))).replace("~", " ")
    cell = _RAISED_CHANGE.sub(lambda one: _beside(one, one[1]), cell)
    for _ in range(8):
        shorter = _GROUP.sub(_group, _COMMAND.sub(_command, cell))
        if shorter == cell:
            break
        cell = shorter
    bare = cell.strip()
    for _ in range(4):
        if bare.startswith("{") and bare.endswith("}"):
            bare = bare[1:-1].strip()
    return " ".join(_ESCAPED.sub(r"\1", bare).split())


def _command(found: re.Match[str]) -> str:
    return found[2] if _SET_ALIKE.fullmatch(found[1]) else _beside(found, found[2])


def _group(found: re.Match[str]) -> str:
    at = found.start()
    if _OF_COMMAND.search(found.string, max(at - LOOKED_AT, 0), at):
        return found[0]  # that of a command, which held another
    return _beside(found, found[1])


def _beside(found: re.Match[str], text: str) -> str:
    at = found.start()
    return set_beside(found.string[max(at - LOOKED_AT, 0) : at], text)


def html_table(text: str) -> PrintedTable | None:
    """The one table of a web page; None without. Raises DialectError for several."""
    # A copy in small letters of a large table that is none would take longest.
    if not _MARKUP.search(text, 0, 2**16) or "<table" not in text[:LARGEST_MARKUP].lower():
        return None
    _check_size(text)
    page = _Page()
    # The parser looks for the end of each comment and tag anew where there is none.
    page.feed(_NO_CELLS.sub(lambda one: "\n" * one[0].count("\n"), text[: text.rfind(">") + 1]))
    page.close()
    tables = [one for one in page.tables if len(one) > 1 and max(len(row.cells) for row in one) > 1]
    if len(tables) != 1:
        raise DialectError(
            f"a web page with {len(tables) or 'no'} table{'' if len(tables) == 1 else 's'}",
            "save one table as CSV",
        )
    rows, lines = _grid(tables[0]), [row.line for row in tables[0]]
    named = sum(map(bool, rows[1]))
    if len(rows) > 2 and tables[0][1].head and 0 < named < len(rows[1]) and all(rows[1][:named]):
        # pandas writes the names of the index into a row of their own.
        rows[0][:named] = rows[1][:named]
        del rows[1], lines[1]
    return _printed(rows, lines, "the table of a web page")


@dataclass
class _Row:
    """A row as it is written: the line it begins in, and (text, columns, rows) of each cell."""

    line: int
    head: bool
    cells: list[tuple[str, int, int]] = field(default_factory=list)


class _Page(HTMLParser):
    """Tables of a page, each its rows; of one within another the outer's cell holds its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[_Row]] = []
        self.depth = 0
        self.head = False
        self.text: list[str] | None = None
        self.small: list[str] | None = None
        """What is set small or raised in a cell, until it ends."""
        self.spans = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append([])
        elif self.depth != 1:
            return
        elif tag == "thead":
            self.head = True
        elif tag == "tr":
            self._end_cell()
            self.tables[-1].append(_Row(self.getpos()[0], self.head))
        elif tag in ("td", "th") and self.tables[-1]:
            self._end_cell()
            given = dict(attrs)
            self.small = None
            self.text, self.spans = [], (_span(given.get("colspan")), _span(given.get("rowspan")))
        elif tag == "br" and self.text is not None:
            self.text.append(" ")
        elif tag in _SMALL and self.text is not None and self.small is None:
            self.small, self.text = self.text, []

    def handle_endtag(self, tag: str) -> None:
        if self.depth == 1 and tag in ("td", "th", "tr", "table"):
            self._end_cell()
        elif self.depth == 1 and tag in _SMALL:
            self._end_small()
        if tag == "table":
            self.depth = max(self.depth - 1, 0)
        elif self.depth == 1 and tag == "thead":
            self.head = False

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            # Two elements side by side are two numbers, however near they are set.
            apart = self.text and self.text[-1][-1:].isdigit() and data[:1].isdigit()
            self.text.append(f" {data}" if apart else data)

    def _end_small(self) -> None:
        if self.small is not None and self.text is not None:
            self.small.append(set_beside("".join(self.small[-4:]), "".join(self.text)))
            self.text = self.small
        self.small = None

    def _end_cell(self) -> None:
        self._end_small()
        if self.text is not None:
            text = " ".join("".join(self.text).split())
            self.tables[-1][-1].cells.append((text, *self.spans))
            self.text = None


def _grid(rows: Sequence[_Row]) -> list[list[str]]:
    """Texts by row and column. A cell over several rows is in each of them, unless it is a head;
    one over several columns is in the first.
    """
    found: list[list[str]] = []
    count = 0
    down: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells = iter(row.cells)
        texts: list[str] = []
        below: dict[int, tuple[int, str]] = {}
        last = max(down, default=-1)
        while len(texts) < MOST_COLUMNS:
            at = len(texts)
            if at in down:
                left, text = down[at]
                texts.append(text)
                if left > 1:
                    below[at] = left - 1, text
            elif (cell := next(cells, None)) is not None:
                text, wide, tall = cell
                texts += [text, *[""] * (wide - 1)]
                if tall > 1:
                    below |= {
                        at + i: (tall - 1, "" if row.head or i else text) for i in range(wide)
                    }
            elif at < last:
                texts.append("")
            else:
                break
        count += len(texts)
        _check_cells(count)
        found.append(texts)
        down = below
    return found


def _span(given: str | None) -> int:
    digits = (given or "").strip()
    # Nine digits are beyond the most, and Python refuses to read more than 4,300.
    return min(max(int(digits[:9]), 1), MOST_SPANNED) if digits.isdecimal() else 1


def _printed(rows: Sequence[list[str]], lines: Sequence[int], note: str) -> PrintedTable | None:
    """The header and the rows that are as wide; others apart."""
    if len(rows) < 2:
        return None
    width = Counter(map(len, rows)).most_common(1)[0][0]
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    kept = [(row, line) for row, line in zip(rows, lines, strict=True) if len(row) == width]
    ragged = [
        (line, len(row))
        for row, line in zip(rows[first:], lines[first:], strict=True)
        if len(row) != width
    ]
    cells, at = [row for row, _ in kept], [line for _, line in kept]
    with_index_named(cells, at)
    return PrintedTable(cells, at, ragged, (note,))


def _check_cells(count: int) -> None:
    if count > MOST_CELLS:
        raise DialectError("a table of more than 4 million cells", "save it as CSV")


def _check_size(text: str) -> None:
    if len(text) > LARGEST_MARKUP:
        raise DialectError("a document of more than 16 million characters", "save it as CSV")
