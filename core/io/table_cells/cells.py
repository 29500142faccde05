"""Cells of a table, as text and as numbers: what stands in one, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from core.io.dialects.raw_table import Cells
from core.io.table_cells.text_columns import TextColumn, concatenated

_INT64 = range(-(2**63), 2**63)
_POINT_ZERO = re.compile(r"([+-]?[0-9]+)\.0+")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
# fmt: off
NOTHING = frozenset((
    "", "na", "n/a", "nan", "null", "none", "-", "--", "---", "–", "—", "missing", "n.a.", "<na>",
    "(null)", "nan%",
    # What Excel shows for a formula that failed, and what C wrote on Windows.
    "#n/a", "#n/a n/a", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
    "1.#qnan", "-1.#qnan", "1.#ind", "-1.#ind", "1.#inf", "-1.#inf", "nan(ind)", "-nan(ind)",
))
# fmt: on
"""The usual words for no number, in small letters."""
MANY_ROWS = 50_000
"""Numbers from which on they become names each different one once."""


def texts_of(cells: Cells) -> Sequence[str]:
    """Cells as text; numbers as names are written."""
    if isinstance(cells, np.ndarray):
        if len(cells) < MANY_ROWS:
            return [number_text(cell) for cell in _shortest(cells).tolist()]
        import pandas as pd

        codes, found = pd.factorize(cells, use_na_sentinel=False)
        numbers = _shortest(np.asarray(found))
        column = TextColumn(codes, [str(i) for i in range(len(numbers))])
        return column.changed(lambda at: number_text(numbers[int(at)].item()))
    return cells


def below_each_other(parts: Sequence[Cells]) -> Cells:
    """A column of several tables as one; numbers beside text become text."""
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    if all(isinstance(part, TextColumn) for part in parts):
        return concatenated(parts)  # type: ignore[arg-type]
    return [cell for part in parts for cell in texts_of(part)]


def _shortest(numbers: np.ndarray) -> np.ndarray:
    """Numbers of 32 or 16 bits as those of 64 that are written the same: 0.1 is 0.1."""
    if numbers.dtype.kind != "f" or numbers.dtype.itemsize >= 8:
        return numbers
    return numbers.astype(str).astype(np.float64)


def stripped(cells: Cells) -> Cells:
    """Text without spaces around it; numbers as they are."""
    if isinstance(cells, TextColumn):
        return cells.stripped()
    return cells if isinstance(cells, np.ndarray) else each_once(cells, str.strip)


def each_once(cells: Sequence[str], change: Callable[[str], str]) -> Sequence[str]:
    """All cells changed, each different text once: most columns of a large table hold few."""
    if isinstance(cells, TextColumn):
        return cells.changed(change)
    known = {cell: change(cell) for cell in dict.fromkeys(cells)}
    if all(cell == new for cell, new in known.items()):
        return cells
    return list(map(known.__getitem__, cells))


def whole_number(text: str, *, least: int = -(2**63)) -> int | None:
    """`42`, `42.0` or `4.2e1` as an int of 64 bits, None where it is none or below `least`."""
    if _WHOLE.fullmatch(text):
        digits = text.partition(".")[0]
        # Python refuses to read more than 4,300 digits.
        number = int(digits) if len(digits) <= 400 else 2**63
    else:
        value = number_of(text)
        if value is None or not value.is_integer() or abs(value) > 2**53:
            return None
        number = int(value)
    return number if number in _INT64 and number >= least else None


def number_of(text: str) -> float | None:
    """A number with a decimal point; None where the text is none."""
    if is_suspicious(text):
        return None
    try:
        return float(text)
    except ValueError:
        return None


def number_text(value: float) -> str:
    """A number as a name: 1.0 is 1."""
    if isinstance(value, int):
        return str(value)
    if value != value:
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def as_names(cells: Sequence[str]) -> Sequence[str]:
    """A column of whole numbers with `.0` behind some, or of several with `+`, without it."""
    parts = [part.strip() for cell in cells for part in cell.split("+")]
    if not any(_POINT_ZERO.fullmatch(part) for part in parts):
        return cells
    if not all(_WHOLE.fullmatch(part) for part in parts if part):
        return cells
    return ["+".join(_whole_text(part.strip()) for part in cell.split("+")) for cell in cells]


def _whole_text(text: str) -> str:
    match = _POINT_ZERO.fullmatch(text)
    return match[1] if match else text


def is_suspicious(text: str) -> bool:
    """Python would read `1_000` as a number, and digits of other scripts; nobody else does."""
    return "_" in text or not text.isascii()
