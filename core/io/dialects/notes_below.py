"""Notes and sources that stand below a table, which are no rows of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_NOTE = re.compile(
    r"(?:(?:data\s)?sources?|(?:foot)?notes?|n\.?\s?b\.?|remarks?|comments?|legend|caption|key"
    r"|abbreviations?|quellen?|anmerkung(?:en)?|hinweise?|fuentes?|notas?|remarques?|fonti|fonte)"
    r"(?:\s?[:.=]\s*|\s[–—-]\s)\S.*|[*†‡§¹²³]+\s*\w+\s.*",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"\w\S*(?:\s+\S+){3,}[.!]")
LONGEST = 5_000


def is_note(text: str) -> bool:
    """A line says something of the table: `Source: …`, `* trained twice`, a whole sentence."""
    text = text.strip().strip("\"'")
    return len(text) <= LONGEST and bool(_NOTE.fullmatch(text) or _SENTENCE.fullmatch(text))


def notes_below(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """How many of the last rows are notes: text in the first cell alone, and an empty row above, or
    text that says of itself that it is one.

    rows: (number of the row, its cells), those with none left out.
    """
    found = 0
    pairs = zip(rows[-2::-1], rows[::-1], strict=False)
    for notes, ((above, _), (number, row)) in enumerate(pairs, start=1):
        if any(map(str.strip, row[1:])) or is_plain_number(row[0]):
            break
        if number > above + 1 or is_note(row[0]):
            found = notes
    return found


def is_plain_number(cell: object) -> bool:
    """Text that reads as one counts, too: `0.9`, `0,9`, `90 %`."""
    try:
        number = float(str(cell).strip().rstrip("%").replace(",", "."))
    except ValueError:
        return False
    return math.isfinite(number)
