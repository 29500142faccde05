"""Which evaluations a study should have and has not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.errors import About
from core.evaluations import Split
from core.io.problems import ProblemCollector, quoted
from core.numerics.arrays import BoolArray
from core.study import Run, Task

# The order of the last axis below.
SPLITS = (Split.STANDARD, Split.SHIFTED)
MOST_SPELLED = 20_000
"""Missing evaluations that are named one by one; a study without any has millions."""


def warn_of_missing(
    findings: ProblemCollector,
    runs: Sequence[Run],
    tasks: Sequence[Task],
    present: BoolArray,
    *,
    place: Callable[[Run, Task, Split], tuple[str, str, str]],
) -> None:
    """Warn of each evaluation that is expected and not there.

    present: (n_runs, n_tasks, 2) bool, the last axis standard, shifted. Expected is what a cell
    is computed from: the shifted evaluation of every fine-tuned run that did not fail and both
    of every base that one starts from, on every task. `place(run, task, split)` gives file,
    place and what is found there.
    """
    bases = {run.base for run in runs}
    tuned = np.array([not r.failed and r.base is not None for r in runs], dtype=bool)
    started_from = np.array([not r.failed and r.name in bases for r in runs], dtype=bool)
    expected = np.stack([started_from, started_from | tuned], axis=1)[:, None, :]
    lacking = np.argwhere(expected & ~present)
    if len(lacking) > MOST_SPELLED:
        findings.more_warnings(len(lacking) - MOST_SPELLED)
    for i, j, k in lacking[:MOST_SPELLED]:
        run, task, split = runs[i], tasks[j], SPLITS[k]
        file, at, found = place(run, task, split)
        if split is Split.STANDARD:
            findings.warn(
                file,
                at,
                f"{found}: base {quoted(run.name)} has no standard evaluation on "
                f"{quoted(task.name)}",
                "evaluate it: without, nothing that starts from it can be normalized there",
                about=About.MISSING,
                run=run.name,
                task=task.name,
            )
        else:
            findings.warn(
                file,
                at,
                f"{found}: run {quoted(run.name)} has no {split} evaluation on {quoted(task.name)}",
                "evaluate it, or mark the run failed; the cell stays empty",
                about=About.MISSING,
                run=run.name,
                task=task.name,
            )
