"""The ends of the scale of given scores: whose they are, and where they were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

EndKey = tuple[str | None, int | None, int | None]
"""A method, a seed and a training step that an end of a scale is of, None = any."""


class EndRow(NamedTuple):
    """A row of a reference: whose it is (seed None = not given), and where it was read.

    row: as `Evaluations.row`.
    """

    method: str
    seed: int | None
    step: int
    file: str
    row: int


@dataclass(frozen=True, slots=True)
class EndOrigin:
    """Where an end of a task's scale was read.

    file, key: of the manifest, empty = there is no such end. name, rows: of a reference, what it is
    called and all its rows on the task; empty where the manifest has a number.
    """

    file: str = ""
    key: str = ""
    name: str = ""
    rows: tuple[EndRow, ...] = ()


NO_END = EndOrigin()
