"""Where similarity that a sweep found is looked up before it is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import AtlasError
from core.numerics.arrays import FloatArray
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery


@dataclass(frozen=True)
class StoredSimilarity:
    """Similarity of all pairs of runs at one layer and checkpoint, as a sweep found it.

    runs:   names
    values: (n_runs, n_runs) float64, symmetric; NaN = undefined; the diagonal is 1, NaN for a run
        that has no value with any other
    flaws:  per run why it has none, empty = it has
    """

    runs: tuple[str, ...]
    values: FloatArray
    flaws: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ValueError where values and labels do not fit: they may come from a file."""
        m = len(self.runs)
        if self.values.shape != (m, m) or len(self.flaws) != m:
            raise ValueError(f"values {self.values.shape}, {m} runs, {len(self.flaws)} flaws")


class SimilarityStore(Protocol):
    """What sweeps found of one study's representations; see `core.similarity.sweep`."""

    def find(self, runs: Sequence[str], query: SimilarityQuery) -> StoredSimilarity | None:
        """The cell at the query's place that has these runs; None: compute them now.

        Raises SweepNeededError where that would take too long.
        """


class SweepNeededError(AtlasError):
    """Similarity that takes a sweep first: nobody should wait for it."""

    def __init__(self, measure: Measure, *, debiased: bool) -> None:
        self.measure = measure
        self.debiased = debiased
        super().__init__(
            "the similarity of these models is not computed yet: `python -m core cka` does it, and"
            " so does the dashboard where a figure asks for it"
        )
