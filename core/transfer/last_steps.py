"""At which training steps `last` stands: each run has a last one of its own.

Runs that stopped early are then compared with runs that did not, which is a comparison of how long
they were trained as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluations import Checkpoint
from core.remembered import remembered
from core.study import Study


@dataclass(frozen=True)
class LastSteps:
    """The last steps of runs that are compared, where they are not all the same.

    by_method: method -> (the earliest last step of its runs, the latest). shared: the latest step
    at which every run was evaluated on all that it was evaluated on at all; None = there is none.
    """

    by_method: tuple[tuple[str, int, int], ...]
    shared: int | None

    @property
    def first(self) -> int:
        """The earliest last step of any run."""
        return min(low for _, low, _ in self.by_method)

    @property
    def last(self) -> int:
        """The latest."""
        return max(high for _, _, high in self.by_method)


def last_steps(
    study: Study,
    methods: Sequence[str],
    seeds: Sequence[int] | None = None,
    *,
    checkpoint: Checkpoint = "last",
) -> LastSteps | None:
    """Where runs of these methods end; None where all end at one step, or a step was asked for.

    seeds: theirs alone, None = all. Runs that failed, and bases, are not looked at.
    """
    steps = study.evaluations.checkpoint
    if checkpoint != "last" or not len(steps) or steps.min() == steps.max():
        return None
    return _ends(study, tuple(dict.fromkeys(methods)), None if seeds is None else tuple(seeds))


@remembered
def _ends(
    study: Study, methods: tuple[str, ...], seeds: tuple[int, ...] | None
) -> LastSteps | None:
    """`last_steps` of a study with several checkpoints: a look at all its evaluations."""
    evaluations = study.evaluations
    steps = evaluations.checkpoint
    counts = np.zeros(evaluations.n_runs, dtype=bool)
    owner = np.full(evaluations.n_runs, -1, dtype=np.int64)
    named = {name: at for at, name in enumerate(methods)}
    for at, one in enumerate(study.runs):
        wanted = one.method in named and (seeds is None or one.seed in seeds)
        counts[at] = wanted and not one.failed and not one.is_base
        owner[at] = named.get(one.method, -1)
    chosen = np.flatnonzero(counts[evaluations.run] & evaluations.shifted)
    if not len(chosen):
        return None
    run, task = evaluations.run[chosen], evaluations.task[chosen]
    # Sorted by run, task and checkpoint: the last of each pair stands before another one.
    ends = np.append((run[1:] != run[:-1]) | (task[1:] != task[:-1]), True)
    last, of = steps[chosen][ends], owner[run[ends]]
    if last.min() == last.max():
        return None
    every, count = np.unique(steps[chosen], return_counts=True)
    shared = every[count == int(ends.sum())]
    ranges = tuple(
        (name, int(last[of == one].min()), int(last[of == one].max()))
        for name, one in named.items()
        if (of == one).any()
    )
    return LastSteps(ranges, int(shared[-1]) if len(shared) else None)
