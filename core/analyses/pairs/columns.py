"""What a column of the table of pairs is."""

from __future__ import annotations

from dataclasses import dataclass

from core.analyses.columns import Column, ColumnKind


@dataclass(frozen=True)
class PairColumn(Column):
    """A column of a PairTable. Its rows stand in arrays, so `value` is from the whole table:

    of numbers (n_rows,) float64; of text the different ones, and (n_rows,) int64 which of them a
    row has. title: the only one of that name. seed: whose values it has, None = not of one seed.
    empty: no row has a value.
    """

    seed: int | None = None
    empty: bool = False

    @property
    def is_text(self) -> bool:
        """Whether `value` is as of text."""
        return self.kind is ColumnKind.TEXT
