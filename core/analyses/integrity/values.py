"""Bases that are shared, values that are of something else, and covariates that are of values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from core.analyses.integrity.finding import IntegrityFinding, IntegrityKind, finding
from core.errors import listed
from core.evaluations import Split
from core.numerics.rank_tests import mean_ranks
from core.study import Run, Study

LOW_VALID_RATIO = 0.9
"""Below this share of valid answers a value is about something else than the task."""

FEWEST_RANKED = 5
"""Tasks from which on the same order is no coincidence: of 5 one in 60 orders."""


def shared_bases(study: Study) -> Iterator[IntegrityFinding]:
    """Bases that runs of several seeds started from: these seeds agree by birth."""
    heirs: dict[str, list[Run]] = defaultdict(list)
    for run in study.runs:
        if run.base is not None and not run.failed:
            heirs[run.base].append(run)
    for base, runs in heirs.items():
        seeds = sorted({run.seed for run in runs})
        if len(seeds) > 1:
            yield finding(
                IntegrityKind.SHARED_BASE,
                f"runs of seeds {listed(seeds)} share the base {base}: they agree by birth, and"
                " there is no interval over these seeds",
                [(base, ""), *((run.name, "") for run in runs)],
            )


def valid_ratios(study: Study) -> Iterator[IntegrityFinding]:
    """Values that few valid answers are behind."""
    ratio = study.evaluations.details.get("valid_ratio")
    if ratio is None:
        return
    records = study.evaluations.grid(Split.SHIFTED).records
    low: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for i, j in np.argwhere(records >= 0):
        share = float(ratio[records[i, j]])
        if share < LOW_VALID_RATIO and not study.runs[i].failed:
            low[study.tasks[j].name].append((study.runs[i].name, share))
    for task, cells in low.items():
        yield finding(
            IntegrityKind.VALID_RATIO,
            f"{task}: in {len(cells)} run{'s' * (len(cells) > 1)} fewer than {LOW_VALID_RATIO:.0%}"
            f" of the answers were valid, down to {min(share for _, share in cells):.0%}",
            [(run, task) for run, _ in sorted(cells, key=lambda cell: cell[1])],
        )


def no_room(study: Study) -> Iterator[IntegrityFinding]:
    """Bases that are no better on what they know than on what is new."""
    shifted = study.evaluations.grid(Split.SHIFTED).values
    standard = study.evaluations.grid(Split.STANDARD).values
    names = {run.base for run in study.runs if not run.failed}
    used = [i for i, run in enumerate(study.runs) if run.name in names]
    for j, task in enumerate(study.tasks):
        room = standard[used, j] - shifted[used, j]
        if not task.metric.higher_is_better:
            room = -room
        none = np.flatnonzero(np.isfinite(room) & (room <= 0)).tolist()
        bases = [study.runs[used[at]].name for at in none]
        if bases:
            yield finding(
                IntegrityKind.NO_ROOM,
                f"{task.name}: {listed(bases)} is no better on known entities than on new ones, so"
                " there is no room for improvement",
                [(base, task.name) for base in bases],
            )


def exposed(study: Study) -> Iterator[IntegrityFinding]:
    """Targets some samples of which were seen in training, and that count as transfer."""
    seen: dict[Hashable, list[tuple[str, str]]] = defaultdict(list)
    for run in study.runs:
        if not run.is_base and not run.failed:
            for task in run.exposed:
                if task not in run.trained:
                    seen[run.method].append((run.name, task))
    for method, cells in seen.items():
        tasks: Sequence[str] = sorted({task for _, task in cells})
        yield finding(
            IntegrityKind.EXPOSED,
            f"{method}: {len(cells):,} value{'s count' if len(cells) > 1 else ' counts'} as"
            " transfer although samples of the target"
            f" ({listed(tasks)}) were seen in training",
            cells,
        )


def ordered_as_base(study: Study) -> Iterator[tuple[str, Split, list[int]]]:
    """Numbers of the manifest that order tasks just as a value of their base does, or reversed.

    (name, split, the tasks that have both); of at least FEWEST_RANKED tasks, none of them equal.
    """
    bases = [i for i, run in enumerate(study.runs) if run.is_base and len(run.trained) > 1]
    names = dict.fromkeys(name for task in study.tasks for name in task.covariates)
    for split in Split if names and bases else ():
        values = study.evaluations.grid(split).values[bases]
        present = np.isfinite(values)
        count = np.maximum(present.sum(axis=0), 1)
        means = np.where(
            present.any(axis=0), np.where(present, values, 0).sum(axis=0) / count, np.nan
        )
        for name in names:
            given = np.array([task.covariates.get(name, np.nan) for task in study.tasks])
            both = np.isfinite(given) & np.isfinite(means)
            if both.sum() < FEWEST_RANKED or len(np.unique(given[both])) < both.sum():
                continue
            ranks, others = mean_ranks(given[both]), mean_ranks(means[both])
            if (ranks == others).all() or (ranks == both.sum() + 1 - others).all():
                yield name, split, np.flatnonzero(both).tolist()


def ratio_covariates(study: Study) -> Iterator[IntegrityFinding]:
    """Numbers of the manifest that order tasks just as a value of their base does.

    What a task receives is a ratio to these values: a covariate made of them goes with it by
    arithmetic, not by nature.
    """
    for name, split, both in ordered_as_base(study):
        yield finding(
            IntegrityKind.RATIO_COVARIATE,
            f"covariate {name} orders all {len(both)} tasks as the base's {split}"
            " value does: what is received is a ratio to that value, so the two go together"
            " by arithmetic",
            [("", study.tasks[j].name) for j in both],
        )
