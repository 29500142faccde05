"""Names of sheets: of one workbook several that a template with fields stands for."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from core.io.dialects.raw_table import DialectError

BETWEEN = ", sheet "
"""What stands between a workbook and one of its sheets, where a row is named."""
_FIELD = re.compile(r"\{([A-Za-z_]\w*)\}|(\*)")
_NUMBER = r"[A-Za-z]*[\s_=.-]*\d+"
"""What a field for numbers stands for; as names of files have it, `run 3` is one."""
_NUMBERED = ("seed", "checkpoint")
_SHOWN = 8


def is_template(sheet: str | int | None) -> bool:
    """It stands for several sheets: `seed_{seed}`, `run *`."""
    return isinstance(sheet, str) and _FIELD.search(sheet) is not None


def named_alike(template: str, sheets: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """The sheets that fit, in their order, each with the fields its name holds.

    A sheet that is called as the template is itself. Raises DialectError where none fits.
    """
    if template in sheets:
        return [(template, {})]
    fits = _pattern(template)
    found = [(name, match.groupdict()) for name in sheets if (match := fits.fullmatch(name))]
    if not found:
        raise DialectError(f"no sheet `{template}`", f"it has {', '.join(sheets[:_SHOWN])}")
    return found


def _pattern(template: str) -> re.Pattern[str]:
    pieces, at, seen = [], 0, set()
    for match in _FIELD.finditer(template):
        pieces.append(re.escape(template[at : match.start()]))
        at, field = match.end(), match[1]
        if field is None:
            pieces.append(".*")
        elif field in seen:
            pieces.append(f"(?P={field})")
        else:
            seen.add(field)
            pieces.append(f"(?P<{field}>{_NUMBER if field in _NUMBERED else '.+?'})")
    return re.compile("".join((*pieces, re.escape(template[at:]))))


def sheets_of(data: bytes, template: str) -> list[tuple[str, dict[str, str]]]:
    """The same of the workbook in `data`; no sheet at all where it is none."""
    if not data.startswith(b"PK\x03\x04"):
        return []
    import pandas as pd

    try:
        with pd.ExcelFile(io.BytesIO(data), engine="openpyxl") as book:
            names = list(map(str, book.sheet_names))
    except Exception:  # openpyxl raises nearly anything for a damaged workbook
        return []  # whoever reads it says what is wrong
    return named_alike(template, names)
