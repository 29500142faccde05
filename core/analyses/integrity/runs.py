"""What runs are called, when they ended, which seeds there are."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from core.analyses.integrity.finding import IntegrityFinding, IntegrityKind, finding, trained_on
from core.errors import listed
from core.evaluations import Split
from core.numerics.interrupt import breathe
from core.study import Run, Study
from core.transfer.last_steps import last_steps


def names(study: Study) -> Iterator[IntegrityFinding]:
    """Run names that say one thing where the list of runs says another.

    A name that holds a task's name as a word of its own, while the run was trained on others;
    and of runs whose names differ in their seed alone, the one trained on something else.
    """
    words = {task.name.lower(): task.name for task in study.tasks if not task.name.isdigit()}
    for run in study.runs:
        if len(run.trained) > 1 and run.is_base:
            continue
        parts = set(re.split(r"[^0-9a-z]+", run.name.lower()))
        named = {words[part] for part in parts & words.keys()}
        if named and named.isdisjoint(run.trained):
            yield finding(
                IntegrityKind.NAME,
                f"run {run.name} is named after {listed(sorted(named))} and listed as trained on"
                f" {trained_on(run)}",
                [(run.name, "")],
            )
    for runs in _alike_but_for_the_seed(study.runs):
        sets = Counter(run.trained for run in runs)
        if len(sets) < 2 or len({run.seed for run in runs}) < len(runs):
            continue
        usual, count = sets.most_common(1)[0]
        odd = [run for run in runs if run.trained != usual] if count > 1 else runs
        yield finding(
            IntegrityKind.NAME,
            "names that differ in their seed alone stand for different tasks: "
            + listed(f"{run.name} for {trained_on(run)}" for run in runs),
            [(run.name, "") for run in odd],
        )


def _alike_but_for_the_seed(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Groups of runs of a method whose names differ in nothing but their seed.

    Where in a name the seed stands is learned from all names of a method: a number that is the
    seed in one name may be the number of a task.
    """
    by_method: dict[Hashable, list[tuple[Run, list[str]]]] = defaultdict(list)
    for run in runs:
        if not all(name in run.name for name in run.trained):
            parts = re.split(r"(\d+)", run.name)
            by_method[run.method, run.is_base, len(run.trained), len(parts)].append((run, parts))
    for named in by_method.values():
        size = len(named[0][1])
        seeds = [
            at
            for at in range(1, size, 2)
            if all(int(parts[at]) == run.seed for run, parts in named)
        ]
        if len(seeds) != 1:
            continue
        alike: dict[Hashable, list[Run]] = defaultdict(list)
        for run, parts in named:
            alike[tuple(parts[: seeds[0]]), tuple(parts[seeds[0] + 1 :])].append(run)
        yield from alike.values()


def checkpoints(study: Study) -> Iterator[IntegrityFinding]:
    """Runs whose last checkpoint is not that of most runs of their method and kind."""
    steps = study.evaluations.grid(Split.SHIFTED).checkpoints
    kinds: dict[tuple[str, bool, int], list[tuple[Run, int]]] = defaultdict(list)
    breathe()
    last = steps.max(axis=1, initial=-1)
    older = (steps >= 0) & (steps < last[:, None])
    breathe()
    some_older = older.any(axis=1)
    for i, run in enumerate(study.runs):
        if not run.failed and last[i] >= 0:
            kinds[run.method, run.is_base, len(run.trained)].append((run, int(last[i])))
            if some_older[i]:
                early = [study.tasks[j].name for j in np.flatnonzero(older[i]).tolist()]
                yield finding(
                    IntegrityKind.CHECKPOINT,
                    f"run {run.name} was tested on {listed(early)} before its last"
                    f" checkpoint {int(last[i])} alone: that older value stands for it",
                    [(run.name, task) for task in early],
                )
    for (method, _, _), runs in kinds.items():
        usual, count = Counter(step for _, step in runs).most_common(1)[0]
        odd = [(run, step) for run, step in runs if step != usual]
        if not odd:
            continue
        ends = last_steps(study, [method])
        shared = f"; all have {ends.shared}" if ends and ends.shared is not None else ""
        if count > len(odd):
            yield finding(
                IntegrityKind.CHECKPOINT,
                f"{method}: the last checkpoint is {usual} in {count} runs and another in "
                + listed(f"{run.name} ({step})" for run, step in odd)
                + shared,
                [(run.name, "") for run, _ in odd],
            )
        else:
            low, high = min(step for _, step in runs), max(step for _, step in runs)
            yield finding(
                IntegrityKind.CHECKPOINT,
                f"{method}: runs end at different checkpoints, {low} to {high}, and each stands"
                f" with its own last one: what differs may be how long they were trained{shared}",
                [(run.name, "") for run, _ in runs],
            )


def seeds(study: Study) -> Iterator[IntegrityFinding]:
    """Seeds whose models are compared and whose transfer is missing, or failed altogether."""
    tuned = [run for run in study.runs if not run.is_base and run.is_single_source]
    usable = {run.seed for run in tuned if not run.failed}
    models = study.single_task_models
    if not usable or not models or (study.cka is None and study.representations is None):
        return
    for seed in sorted({run.seed for run in models} - usable):
        why = "all of them failed" if any(r.seed == seed for r in tuned) else "there is none"
        yield finding(
            IntegrityKind.SEED,
            f"seed {seed} counts in the similarity of single-task models, but has no fine-tuned"
            f" run on one task: {why}",
            [(run.name, "") for run in models if run.seed == seed],
        )
