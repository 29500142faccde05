"""What to write for a cell that holds a number in no form that is read."""

from __future__ import annotations

import re

LONGEST = 200
"""Characters of a cell that is looked at."""
_NUMBER = r"[+\-−]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?%?"
_ALONE = re.compile(_NUMBER)
_IN_BRACKETS = re.compile(rf"\(\s?({_NUMBER})\s?\)")
_RANGE = re.compile(rf"({_NUMBER})\s?(?:-|–|—|\.\.|to)\s?({_NUMBER})")
_BESIDE = re.compile(rf"({_NUMBER})\s?[^\d\s.,;:/|_-][^\d]{{0,6}}{_NUMBER}\D{{0,7}}")
_ENDS = "()[]{} "
_BETWEEN = re.compile(r"\s?[;/|]\s?|,\s|\s")
"""Signs between several numbers of a cell; a comma alone may be part of one."""


def number_hint(cell: str) -> str:
    """What to write instead, with the line where one can be given; empty for any other text."""
    bare = " ".join(cell[: LONGEST + 1].split())
    if len(bare) > LONGEST:
        return ""
    if found := _IN_BRACKETS.fullmatch(bare):
        plain = found[1].lstrip("+-−")
        return f"brackets are a minus in accounts and a mark elsewhere: write -{plain} or {plain}"
    if found := _RANGE.fullmatch(bare):
        return "write one number, not a range"
    if (count := _count(bare)) > 1:
        return (
            f"{count} numbers in one cell: write each in a row of its own, with a column seed"
            " where they are seeds, or their mean"
        )
    if found := _BESIDE.fullmatch(bare):
        return f"write the number alone, {found[1].strip()}"
    return ""


def _count(bare: str) -> int:
    """How many numbers a cell is made of; 0 where anything else is in it."""
    inside = bare.strip(_ENDS)
    listed = _BETWEEN.split(inside.replace(",", ", ") if bare.startswith("[") else inside)
    parts = [one for one in listed if one]
    if not all(map(_ALONE.fullmatch, parts)):
        return 0
    # `1 234,5` is one number.
    apart = any(sign in inside for sign in ";/|") or all("." in one or "," in one for one in parts)
    return len(parts) if apart or bare[:1] in "[({" else 0
