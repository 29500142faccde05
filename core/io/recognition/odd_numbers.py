"""Numbers that stand for something else: thousands parted by a sign, -1 where there is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from core.errors import RequestError, shortened
from core.io.dialects.raw_table import distinct, rows_where
from core.io.recognition.looked_table import LookedTable

_PARTED = re.compile(r"[+\-−]?[1-9]\d{0,2}[.,]\d{3}")
_WHOLE = re.compile(r"[+\-−]?[1-9]\d{2}")
_FOR_NONE = frozenset((-1.0, -9.0, -99.0, -999.0, -9999.0, 999.0, 9999.0, 99999.0))
LOOKED_AT = 20_000
"""Rows that are looked at: of more each cell would be read once more."""
FEWEST = 2
"""Numbers parted so before it is asked."""


def check_thousands(look: LookedTable, columns: Sequence[str]) -> None:
    """Raises RequestError where 1.234 stands beside 987 and may be 1234: nothing tells."""
    cells = [c for name in columns for c in distinct(look.counted(name)[:LOOKED_AT]) if c]
    fractions = [cell for cell in cells if "." in cell or "," in cell]
    whole = [cell for cell in cells if cell.lstrip("+-−").isdigit()]
    parted = [cell for cell in fractions if _PARTED.fullmatch(cell)]
    if len(parted) < FEWEST or len(parted) < len(fractions) or not whole:
        return
    if all(_WHOLE.fullmatch(cell) for cell in whole):
        sign = "points" if "." in parted[0] else "commas"
        bare = re.sub("[.,]", "", parted[0])
        raise RequestError(
            f"{shortened(columns[0])} has {parted[0]} beside {whole[0]}, as if {sign} parted"
            f" thousands; write {bare}, or {whole[0]}.000 with as many digits as the others"
        )


def asked_of_none(look: LookedTable, columns: Sequence[str]) -> tuple[str, ...]:
    """What to ask of numbers such as -1 that lie apart from all others; nothing without."""
    odd: Counter[str] = Counter()
    rest: set[float] = set()
    for column in columns:
        cells = look.counted(column)[:LOOKED_AT]
        for cell, text in look.texts_of_numbers(distinct(cells)).items():
            value = float(text or "nan")
            if value in _FOR_NONE:
                odd[cell] += int(rows_where(cells, cell.__eq__).sum())
            elif value == value:
                rest.add(value)
    if not odd or len(rest) < FEWEST or min(rest) < 0 or max(rest) > 100:
        return ()
    return tuple(
        f"whether {cell}, {count} time{'s' if count > 1 else ''}, stands for no number: missing"
        f' = ["{cell}"] under [evaluations.read]'
        for cell, count in odd.items()
    )
