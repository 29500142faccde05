"""The zero and one that a run of given scores is placed between: which are its own, where read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product

import numpy as np

from core.evaluations import Checkpoint, Split, place_in_file
from core.scale_ends import EndKey, EndOrigin, EndRow
from core.transfer.provenance import RawValue

MOST_PLACES = 6
"""Rows of a reference that are named one by one."""


def nearest(method: str, seed: int, checkpoint: Checkpoint) -> list[EndKey]:
    """Whose end a run may have, its own first.

    That of its method before that of all, then of its seed, then at its checkpoint.
    """
    steps = (None,) if checkpoint == "last" else (checkpoint, None)
    return list(product((method, None), (seed, None), steps))


def end_read(
    origin: EndOrigin, own: Collection[EndKey], value: float, near: Sequence[EndKey]
) -> RawValue | None:
    """An end of a run's scale and where it was read; None where there is no such end.

    own: the ends that are not the same for all, as `Task.zeros` has them. value: what was found,
    NaN = nothing. near: as `nearest` has it.
    """
    if not origin.key:
        return None
    if not origin.name or not np.isfinite(value):
        return RawValue("", Split.SHIFTED, value=value, file=origin.file, place=origin.key)
    # Where all is the same, the nearest rows are as good as their mean.
    keys = [key for key in near if key in own] if own else near
    found = (_behind(origin.rows, key) for key in (*keys, (None, None, None)))
    rows = next(rows for rows in found if rows)
    file, place = _places(rows)
    return RawValue(origin.name, Split.SHIFTED, value=value, file=file, place=place)


def _behind(rows: Sequence[EndRow], key: EndKey) -> list[EndRow]:
    """The rows that an end is the mean of: of each method and seed, at no step its last."""
    method, seed, step = key
    some = [row for row in rows if method in (row.method, None) and seed in (row.seed, None)]
    last: dict[tuple[str, int | None], int] = {}
    for row in some:
        of = row.method, row.seed
        last[of] = max(row.step, last.get(of, row.step))
    return [
        row for row in some if row.step == (last[row.method, row.seed] if step is None else step)
    ]


def _places(rows: Sequence[EndRow]) -> tuple[str, str]:
    """File and place: `scores.csv` and `rows 3, 8 (mean of 2)`; other files follow the first."""
    of_files: dict[str, list[str]] = {}
    for row in rows[:MOST_PLACES]:
        of_files.setdefault(row.file, []).append(place_in_file(row.row, row.step))
    told: list[str] = []
    for file, places in of_files.items():
        numbers = [place.removeprefix("row ") for place in places if place]
        word = "rows" if len(numbers) > 1 else "row"
        at = f"{word} {', '.join(numbers)}" if numbers else ""
        told.append(f"{file}, {at}" if told and at else file if told else at)
    more = len(rows) - MOST_PLACES
    text = "; ".join(told) + (f" and {more} more" if more > 0 else "")
    return rows[0].file, text + (f" (mean of {len(rows)})" if len(rows) > 1 else "")
