"""Signs that nobody sees, as they come along with what is copied: left out, and told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.io.dialects.raw_table import LINE_ENDS, RawTable, distinct
from core.io.names.name_rules import UNSEEN, sign_name
from core.io.table_cells.text_columns import MANY, TextColumn

_TURNING = frozenset("\u202d\u202e")
"""What turns text round changes what is seen: it stays, and no name may have it."""
_UNSEEN = "".join(sorted(UNSEEN - _TURNING))
_ANY = re.compile(f"[{_UNSEEN}]")
_GONE = str.maketrans(dict.fromkeys(_UNSEEN, ""))
_IN_UTF8 = {
    start: [one for one in (sign.encode() for sign in _UNSEEN) if one.startswith(start)]
    for start in (b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf", b"\xd8\x9c")
}
"""The signs in UTF-8 by how they begin: few files hold even that, and it is looked for once."""


def holds_unseen(data: bytes) -> bool:
    """There is such a sign in a text in UTF-8."""
    return not data.isascii() and any(
        start in data and any(sign in data for sign in signs) for start, signs in _IN_UTF8.items()
    )


def seen(text: str) -> str:
    """A text without such signs."""
    return text if text.isascii() else text.translate(_GONE)


def seen_text(text: str, known: list[str]) -> str:
    """The text of a file without such signs; what they were, and where, is noted in `known`."""
    if text.isascii() or not (first := _ANY.search(text)):
        return text
    line = len(LINE_ENDS.findall(text, 0, first.start())) + 1
    known.append(_said(first[0], f"line {line}"))
    return text.translate(_GONE)


def seen_table(table: RawTable) -> RawTable:
    """A table without such signs in names of columns and cells, which says so."""
    first = next((match[0] for name in table.header if (match := _ANY.search(name))), "")
    said = _said(first, "the header") if first else ""
    columns = []
    for cells in table.columns:
        if isinstance(cells, np.ndarray) or not (sign := _first_in(cells)):
            columns.append(cells)
            continue
        at = next(i for i, cell in enumerate(cells) if sign in cell)
        said = said or _said(sign, f"row {table.rows[at]}")
        columns.append(
            cells.changed(seen) if isinstance(cells, TextColumn) else [*map(seen, cells)]
        )
    if not said:
        return table
    header = tuple(map(seen, table.header))
    recognized = (*table.recognized, said)
    return replace(table, header=header, columns=tuple(columns), recognized=recognized)


def _first_in(cells: Sequence[str]) -> str:
    """The first such sign among the different texts; empty where none is."""
    if isinstance(cells, TextColumn) and cells.n_texts >= MANY:
        from pyarrow import compute

        if not compute.any(compute.match_substring_regex(cells.arrow, _ANY.pattern)).as_py():
            return ""
    texts = (text for text in distinct(cells) if not text.isascii())
    return next((match[0] for text in texts if (match := _ANY.search(text))), "")


def _said(sign: str, place: str) -> str:
    return f"{sign_name(sign)}, which nobody sees, left out, first in {place}"
