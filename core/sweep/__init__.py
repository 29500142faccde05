"""Sweeps: the similarity of every pair of runs at every layer and checkpoint.

`sweep` computes them from a study's representations, on this machine or on a cluster, keeps what
is finished and goes on where it was. `keep_cells` leaves the finished sweep where `with_found`
finds it.
"""

from __future__ import annotations

from core.measures import Measure
from core.sweep.found import SweepSize, keep_cells, sweep_size, with_found
from core.sweep.kept import Shelf
from core.sweep.results import Progress, SweepCancelledError, SweepCell, SweepResult
from core.sweep.running import sweep

__all__ = [
    "Measure",
    "Progress",
    "Shelf",
    "SweepCancelledError",
    "SweepCell",
    "SweepResult",
    "SweepSize",
    "keep_cells",
    "sweep",
    "sweep_size",
    "with_found",
]
