"""Which evaluations a study should have and has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.arrays import BoolArray
from core.loading.findings import Findings, quoted
from core.study import Run, Split, Task

SPLITS = (Split.STANDARD, Split.SHIFTED)


def warn_of_missing(
    findings: Findings,
    runs: Sequence[Run],
    tasks: Sequence[Task],
    present: BoolArray,
    *,
    place: Callable[[Run, Task, Split], tuple[str, str, str]],
) -> None:
    """Warn of each evaluation that is expected and not there.

    present: (n_runs, n_tasks, 2) bool, the last axis standard, shifted. Expected is every run
    that did not fail on every task, both splits. A base run that nobody starts from is there
    for its representations: nothing is expected of it. `place(run, task, split)` gives file,
    place and what is found there.
    """
    bases = {run.base for run in runs}
    expected = np.array(
        [not run.failed and (run.base is not None or run.name in bases) for run in runs],
        dtype=bool,
    )
    for i, j, k in np.argwhere(expected[:, None, None] & ~present):
        run, task, split = runs[i], tasks[j], SPLITS[k]
        file, at, found = place(run, task, split)
        if run.base is None and split is Split.STANDARD:
            findings.warn(
                file,
                at,
                f"{found}: base {quoted(run.name)} has no standard evaluation on "
                f"{quoted(task.name)}",
                "evaluate it: without, nothing that starts from it can be normalized there",
            )
        else:
            findings.warn(
                file,
                at,
                f"{found}: run {quoted(run.name)} has no {split} evaluation on {quoted(task.name)}",
                "evaluate it, or mark the run failed; the cell stays empty",
            )
