"""What a column of the table of pairs is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column of a PairList.

    title: what it is, in words, the only one of that name. seed: whose values it has, None =
    not of one seed. given: whose it is of the given predictors, by position, None = of none.
    empty: no row has a value; why: what would give it one.
    """

    key: str
    title: str
    is_text: bool = False
    seed: int | None = None
    given: int | None = None
    empty: bool = False
    why: str = ""
