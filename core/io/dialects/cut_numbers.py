"""Numbers with a decimal comma in a table whose columns commas separate: each is two cells."""

from __future__ import annotations

from collections.abc import Sequence

from core.io.dialects.notes_below import is_plain_number
from core.io.names.usual_words import usual_column

_BEFORE_COMMA = frozenset(("0", "1", "-0", "-1"))


def has_decimal_commas(header: Sequence[str], *rows: Sequence[str]) -> bool:
    """Rows one cell wider than the header end in a number that its comma has cut in two.

    Its first part is that of a share, or what would be tested on is a number if the first cells
    were names of rows without one above them.
    """
    if not all(row[-1].strip().isdigit() for row in rows):
        return False
    if all(row[-2].strip() in _BEFORE_COMMA for row in rows):
        return True
    target = usual_column("target", header)
    at = header.index(target) if target is not None else -1
    return at >= 0 and all(is_plain_number(row[at + 1]) for row in rows)
