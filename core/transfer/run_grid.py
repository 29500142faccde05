"""The runs of a method by seed and training set, and those on each of its tasks alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import RequestError, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import IntArray
from core.study import Run, Study, failed_first
from core.transfer.run_scores import NO_RUN

NOT_A_MEMBER, NO_MEMBER_RUN = -1, -2


@dataclass(frozen=True)
class RunGrid:
    """The runs of a method by seed and training set.

    run: (n_seeds, n_sources) int64, index into Study.runs, -1 = none
    """

    method: str
    seeds: tuple[int, ...]
    sources: tuple[tuple[str, ...], ...]
    run: IntArray

    def of_several_tasks(self) -> RunGrid:
        """Only the training sets of more than one task; there may be none."""
        rows = [at for at, sources in enumerate(self.sources) if len(sources) > 1]
        sources = tuple(self.sources[at] for at in rows)
        return replace(self, sources=sources, run=self.run[:, rows])

    def why_no_run(self, seed: int) -> str:
        """Why a cell of a seed (position) is empty where there is no run at all."""
        return f"no run of {self.method} on this training set with seed {self.seeds[seed]}"


def run_grid(
    study: Study,
    method: str,
    seeds: tuple[int, ...] | None,
    *,
    checkpoint: Checkpoint = "last",
    only: tuple[str, ...] | None = None,
) -> RunGrid:
    """The runs of these seeds (None = all), or of these the ones on one training set alone.

    Raises RequestError for a method, seed or training set without runs, and for a checkpoint that
    none of them has.
    """
    study.method(method)
    runs = study.runs_of(method)
    if not runs:
        raise RequestError(f"method {method} has no fine-tuned runs")
    available = study.seeds_of(method)
    chosen = available if seeds is None else seeds
    unknown = [seed for seed in chosen if seed not in available]
    if unknown or not chosen:
        asked = f"no run with seed {listed(unknown)}" if unknown else "no seed chosen"
        raise RequestError(f"method {method}: {asked}; it has {listed(available)}")
    if only is not None and not any(run.trained == only for run in runs):
        raise RequestError(f"method {method} has no run trained on {' + '.join(only)}")
    runs = tuple(
        run for run in runs if run.seed in chosen and (only is None or run.trained == only)
    )
    _check_checkpoint(study, method, runs, checkpoint)
    order = study.task_index
    sources = sorted({run.trained for run in runs}, key=lambda s: (len(s), [order[t] for t in s]))
    row_of = {s: i for i, s in enumerate(sources)}
    seed_of = {seed: i for i, seed in enumerate(chosen)}
    grid = np.full((len(chosen), len(sources)), NO_RUN, dtype=np.int64)
    for run in failed_first(runs):
        grid[seed_of[run.seed], row_of[run.trained]] = study.run_index[run.name]
    return RunGrid(method, tuple(chosen), tuple(sources), grid)


def _check_checkpoint(
    study: Study, method: str, runs: Sequence[Run], checkpoint: Checkpoint
) -> None:
    if checkpoint == "last":
        return
    steps = study.evaluations.steps(study.run_index[run.name] for run in runs)
    if checkpoint not in steps:
        raise RequestError(
            f"no run of {method} has checkpoint {checkpoint}; they have {listed(steps)}"
        )


def single_source_runs(study: Study, single: str) -> dict[tuple[int, str], int]:
    """(seed, task) -> index of the run of method `single` trained on that task alone."""
    return {
        (run.seed, run.trained[0]): study.run_index[run.name]
        for run in failed_first(study.runs_of(single))
        if run.is_single_source
    }


def member_runs(study: Study, grid: RunGrid, single: str) -> IntArray:
    """(n_seeds, n_sources, n_tasks) int64: for each task of the training set the index of
    its single-source run of that seed, or NOT_A_MEMBER, or NO_MEMBER_RUN.
    """
    index, runs = study.task_index, single_source_runs(study, single)
    members = np.full((*grid.run.shape, len(study.tasks)), NOT_A_MEMBER, dtype=np.int64)
    for row, sources in enumerate(grid.sources):
        for seed_at, seed in enumerate(grid.seeds):
            for name in sources:
                members[seed_at, row, index[name]] = runs.get((seed, name), NO_MEMBER_RUN)
    return members
