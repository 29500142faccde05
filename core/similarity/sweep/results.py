"""What a sweep says: how far it is, and what it found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import AtlasError, Problem
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray
from core.similarity.measures import Measure
from core.study import Layer


@dataclass(frozen=True)
class Progress:
    """How far a sweep is; `pairs_done` and `layers_done` never fall and end at their totals.

    pairs_done counts pairs computed, found in the cache, or undefined. layer, checkpoint: what
    was finished last. seconds_left: from the pace of what was computed, None before that.
    """

    pairs_done: int
    pairs: int
    layers_done: int
    layers: int
    layer: Layer | None = None
    checkpoint: Checkpoint | None = None
    seconds_left: float | None = None


@dataclass(frozen=True)
class SweepCell:
    """All pairs of runs at one layer and checkpoint.

    values: (n_runs, n_runs) float64, symmetric, diagonal 1; NaN = undefined
    """

    layer: Layer
    checkpoint: Checkpoint
    runs: tuple[str, ...]
    values: FloatArray

    def __post_init__(self) -> None:
        """Raise ValueError where values and labels do not fit."""
        if self.values.shape != (len(self.runs), len(self.runs)):
            raise ValueError(f"values {self.values.shape}, {len(self.runs)} runs")

    def pairs(self) -> Iterator[tuple[str, str, float]]:
        """Run, run, value of every pair that has one, each pair once."""
        for i, j in np.argwhere(np.triu(np.isfinite(self.values), k=1)).tolist():
            yield self.runs[i], self.runs[j], float(self.values[i, j])


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found; a `last` cell compares each run at its own largest checkpoint.

    computed, kept: pairs that were computed now, that came from the cache
    problems:       everything that left a pair without a value, each once
    """

    measure: Measure
    debiased: bool
    cells: tuple[SweepCell, ...]
    computed: int
    kept: int
    problems: tuple[Problem, ...]

    @property
    def pairs(self) -> int:
        """How many pairs have a value, over all cells."""
        return sum(int(np.triu(np.isfinite(c.values), k=1).sum()) for c in self.cells)


class SweepCancelledError(AtlasError):
    """A sweep was told to stop; the blocks that were finished are in the cache."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        super().__init__(f"stopped after {progress.pairs_done} of {progress.pairs} pairs")
