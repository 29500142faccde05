"""Tables as CSV that a spreadsheet opens as what it is: text stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "−", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """A text no spreadsheet takes for a formula: where it could, an apostrophe goes first.

    Excel, LibreOffice and Sheets run a cell that begins with one of = + - @ (also as wide
    characters, after a tab or a line break), wherever it was typed: `=1+1` as the name of a task
    would be one (OWASP, "CSV Injection").
    """
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text


def csv_text(frame: pd.DataFrame) -> str:
    """A table as CSV with a header: RFC 4180, UTF-8, lines ending in CRLF.

    Text (and column names) that could be a formula is made `harmless`; numbers are written as
    short as they can be read back exactly; NaN and None are empty.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([harmless(str(name)) for name in frame.columns])
    columns = [
        [_cell(value) for value in frame.iloc[:, at].tolist()] for at in range(frame.shape[1])
    ]
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def _cell(value: Any) -> str | float | int:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if math.isnan(value) else int(value) if _is_whole(value) else value
    if isinstance(value, int):
        return value
    return "" if value is None else harmless(str(value))


def _is_whole(value: float) -> bool:
    """A count that became a float beside missing values: `4`, not `4.0`."""
    return value.is_integer() and abs(value) < 2**53
