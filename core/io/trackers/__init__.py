"""Experiment trackers: what runs they recorded, as a table. One module per tracker, listed here.

A source is written `mlflow:URI` or `wandb:FOLDER`. `tracker_of` finds the tracker, its `read`
gives the runs, `tracked_runs` keeps them in a Parquet file beside the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.io.trackers.mlflow_store import mlflow_home, read_mlflow
from core.io.trackers.tracked_runs import TrackedRun
from core.io.trackers.wandb_export import read_wandb, wandb_home


@dataclass(frozen=True)
class Tracker:
    """One tracker.

    name: what stands before the colon. read: all runs behind what stands after it; raises
    RequestError. home: the folder the manifest is written to unless somebody says another; None
    where the runs are not on this disk. finished: the status of a run that came to its end.
    """

    name: str
    read: Callable[[str], Sequence[TrackedRun]]
    home: Callable[[str], Path | None]
    finished: str


TRACKERS: Mapping[str, Tracker] = {
    tracker.name: tracker
    for tracker in (
        Tracker("mlflow", read_mlflow, mlflow_home, "FINISHED"),
        Tracker("wandb", read_wandb, wandb_home, "finished"),
    )
}


def tracker_of(source: str) -> tuple[Tracker, str] | None:
    """The tracker a source names, and what it says to it; None where it names a file."""
    name, colon, rest = source.partition(":")
    tracker = TRACKERS.get(name)
    return (tracker, rest) if tracker is not None and colon and rest else None


__all__ = ["TRACKERS", "TrackedRun", "Tracker", "tracker_of"]
