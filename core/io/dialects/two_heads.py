"""A header of two rows as one: `accuracy` over `A` and `B`, or seeds below each task.

All functions are pure: cells in, cells out; None where a header is one row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.dialects.printed_tables import is_number
from core.io.names.usual_words import usual_column

_PRINTED_NUMBER = re.compile(r"[*$(~]*[+\-−]?(?:\d+[.,]?\d*|[.,]\d+)(?![^\W_])")
_NO_NUMBER = frozenset(("", "-", "--", "---", "–", "—", "n/a", "na"))
_AXES = ("sources", "target", "method", "seed", "checkpoint")


def two_heads(
    header: Sequence[str], first: Sequence[str], rest: Sequence[Sequence[str]]
) -> list[str] | None:
    """One header of two rows, `accuracy/A`, where a table has two; None where it has one.

    rest: rows below. Two it has where names of the first row come again or are missing, and the
    second row has text over columns of numbers, or the same numbers below each name.
    """
    if len(header) < 3 or not rest:
        return None
    upper = _spread(header)
    named = [name for name in upper[1:] if name]
    if len({*named}) == len(named):
        return None
    numeric = [i for i in range(1, len(header)) if all(_may_be_number(row[i]) for row in rest)]
    over = [first[i] for i in numeric]
    if len(numeric) < 2 or not all(over):
        return None
    if any(map(is_number, over)) and not _numbered_below(upper, first, rest[0], numeric):
        return None
    lower: Sequence[str] = first
    if upper[0] and first[0] and upper[0] != first[0]:
        # Levels have names; one alone is of the rows.
        upper, lower = _with_word(upper, numeric), _with_word(first, numeric)
    joined = [f"{a}/{b}" if a and b else b or a for a, b in zip(upper, lower, strict=True)]
    names = [name for name in joined if name]
    return joined if len({*names}) == len(names) else None


def _spread(header: Sequence[str]) -> list[str]:
    """Names over all columns they stand above, also where only the first of them has one."""
    upper, last = [], ""
    for i, name in enumerate(header):
        last = name or (last if i > 1 else "")
        upper.append(last)
    return upper


def _numbered_below(
    upper: Sequence[str], first: Sequence[str], below: Sequence[str], columns: Sequence[int]
) -> bool:
    """The second row has the same whole numbers below each name of the first: seeds or steps.

    And no name of a row, but of an axis, or of an index that a row further down names.
    """
    groups: dict[str, list[str]] = {}
    for i in columns:
        groups.setdefault(upper[i], []).append(first[i])
    numbers = {tuple(cells) for cells in groups.values()}
    alike = numbers.pop()
    if numbers or len(alike) < 2 or len({*alike}) < len(alike) or "" in groups:
        return False
    names_index = bool(below[0]) and not any(below[i] for i in columns)
    return all(cell.isdigit() for cell in alike) and (
        names_index or not first[0] or any(usual_column(axis, [first[0]]) for axis in _AXES)
    )


def _with_word(level: Sequence[str], columns: Sequence[int]) -> list[str]:
    """Numbers of a level with what they are, `layer 3`; seeds are what bare ones are taken for."""
    word, found = level[0], list(level)
    if not usual_column("seed", [word]) and all(level[i].isdigit() for i in columns):
        for i in columns:
            found[i] = f"{word} {level[i]}"
    return found


def _may_be_number(cell: str) -> bool:
    """A number, one as papers print it (`**0.9** ± 0.1`), or what stands for none."""
    bare = cell.strip()
    return is_number(bare) or bare.lower() in _NO_NUMBER or bool(_PRINTED_NUMBER.match(bare))


def has_three_heads(rows: Sequence[Sequence[str]]) -> bool:
    """A header of three rows: names come again and again in each, and a row names the index."""
    if len(rows) < 4:
        return False
    again = [all(row) and len({*row[1:]}) < len(row) - 1 for row in rows[:3]]
    return all(again) and bool(rows[3][0]) and not any(rows[3][1:])
