"""Sweeps: the similarity of every pair of runs at every layer and checkpoint.

`sweep` computes them from a study's representations, on this machine or on a cluster, keeps what
is finished and goes on where it was. `keep_cells` leaves the finished sweep where
`stored_similarities` finds it.
"""

from __future__ import annotations

from core.similarity.measures import Measure
from core.similarity.sweep.block_cache import KeyValueStore
from core.similarity.sweep.results import Progress, SweepCancelledError, SweepCell, SweepResult
from core.similarity.sweep.runner import sweep
from core.similarity.sweep.similarity_store import (
    SweepSize,
    keep_cells,
    similarity_by_blocks,
    stored_similarities,
    sweep_size,
)

__all__ = [
    "KeyValueStore",
    "Measure",
    "Progress",
    "SweepCancelledError",
    "SweepCell",
    "SweepResult",
    "SweepSize",
    "keep_cells",
    "similarity_by_blocks",
    "stored_similarities",
    "sweep",
    "sweep_size",
]
