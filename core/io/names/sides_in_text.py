"""What a text beside a table says of its rows: `Rows: target task, columns: source task`."""

from __future__ import annotations

import re

from core.io.names.usual_words import side_among

LONGEST_TEXT = 4_000
"""Characters of a text that are looked at."""
_ROWS = r"rows?|zeilen?|lignes?|filas?|linhas?|righe|строк[иа]|行"
_COLUMNS = r"col(?:umn)?s?|spalten?|colonnes?|columnas?|colunas?|colonne|столбцы|列"
_IS = r"\s*(?:(?:are|is|show|list|give|denote|sind|ist|sont|est|son|is the|为|是|[=:：\-–—→])\s*)+"
_WHAT = r"(?P<what>[^,;.\n()/|，；。、]{1,60}?)"
_END = rf"(?=\s*(?:[,;.\n()/|，；。、]|\b(?:and|und|et|y|e)\b|\b(?:{_ROWS}|{_COLUMNS})\b|\Z))"
_TOLD = (
    re.compile(rf"(?i)(?<!\w)(?:(?P<rows>{_ROWS})|(?P<columns>{_COLUMNS})){_IS}{_WHAT}{_END}"),
    re.compile(
        rf"(?i)(?:\A|[,;.\n(]|\band\b|\bund\b){_WHAT}\s+(?:in|as|on|along|down|across)\s+(?:the\s+|den\s+)?"
        rf"(?:(?P<rows>{_ROWS})|(?P<columns>{_COLUMNS}))(?!\w)"
    ),
)
_OTHER = {"sources": "target", "target": "sources"}


def side_of_rows_in(text: str) -> str | None:
    """`sources` or `target`, as a text says of the rows of a table; None where it does not."""
    sides = set()
    for told in _TOLD:
        for match in told.finditer(text[:LONGEST_TEXT]):
            side = side_among(match["what"])
            if side is not None:
                sides.add(side if match["rows"] else _OTHER[side])
    return sides.pop() if len(sides) == 1 else None
