"""Names of sheets: of one workbook several that a template with fields stands for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.dialects.open_workbook import opened_workbook
from core.io.dialects.raw_table import DialectError
from core.io.names.name_templates import FIELD, pattern_of

BETWEEN = ", sheet "
"""What stands between a workbook and one of its sheets, where a row is named."""
_NUMBERED = ("seed", "checkpoint")
_SHOWN = 8
_NOTES = re.compile(
    r"(?i)(?:_|\d+[\s._-]*)?(?:read[\s_-]?me|notes?|info(?:rmation)?|about|legend|glossary"
    r"|change[\s_-]?log|description|explanations?|contents|toc|cover|title|meta[\s_-]?data"
    r"|hinweise?|notizen?|anmerkungen?|legende"
    r"|notas|leeme|说明|備考|注释|メモ|説明)"
    r"(?:[\s_.-]*(?:v?\d+|\([^()]*\)|sheet|tab|page))?"
)


def is_template(sheet: str | int | None) -> bool:
    """It stands for several sheets: `seed_{seed}`, `run *`."""
    return isinstance(sheet, str) and ("*" in sheet or FIELD.search(sheet) is not None)


def is_called_notes(sheet: str) -> bool:
    """A sheet is called as one that explains the others: `README`, `Notes (v2)`."""
    return _NOTES.fullmatch(sheet.strip()) is not None


def results_among(sheets: Sequence[str]) -> list[str]:
    """The sheets without those that are called notes; all where none would be left."""
    return [one for one in sheets if not is_called_notes(one)] or list(sheets)


def named_alike(template: str, sheets: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """The sheets that fit, in their order, each with the fields its name holds.

    A sheet that is called as the template is itself; notes fit none. Raises DialectError where no
    sheet fits.
    """
    if template in sheets:
        return [(template, {})]
    fits = pattern_of(template, numbers=_NUMBERED)
    found = [
        (name, match.groupdict()) for name in results_among(sheets) if (match := fits.match(name))
    ]
    if not found:
        raise DialectError(f"no sheet `{template}`", f"it has {', '.join(sheets[:_SHOWN])}")
    return found


def sheets_of(data: bytes, template: str) -> list[tuple[str, dict[str, str]]]:
    """The same of the workbook in `data`; no sheet at all where it is none."""
    if not data.startswith(b"PK\x03\x04"):
        return []
    try:
        with opened_workbook(data) as book:
            names = list(map(str, book.sheet_names))
    except Exception:  # openpyxl raises nearly anything for a damaged workbook
        return []  # whoever reads it says what is wrong
    return named_alike(template, names)
