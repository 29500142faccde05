"""What looks as if a study were not what it says: to be looked at before a number is believed.

Nothing here is an error: each finding is something that rarely happens by itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

import numpy as np

from core.errors import listed
from core.numerics.arrays import FloatArray
from core.numerics.rank_tests import mean_ranks
from core.study import FINAL, Run, Split, Study

Pair = TypeVar("Pair", bound=Hashable)

LOW_VALID_RATIO = 0.9
"""Below this share of valid answers a value is about something else than the task."""

FEWEST_EQUAL = 3
"""So many distinct values have to be equal before two runs or tasks count as copies."""

FEWEST_RANKED = 5
"""Tasks from which on the same order is no coincidence: of 5 one in 60 orders."""

MOST_CELLS = 50
"""How many cells of one finding are listed."""


class IntegrityKind(StrEnum):
    """What a finding is about."""

    NAME = "name"
    CHECKPOINT = "checkpoint"
    SEED = "seed"
    EQUAL_RUNS = "equal-runs"
    COPIED_TASK = "copied-task"
    COPIED_CKA = "copied-cka"
    SHARED_BASE = "shared-base"
    VALID_RATIO = "valid-ratio"
    NO_ROOM = "no-room"
    EXPOSED = "exposed"
    RATIO_COVARIATE = "ratio-covariate"


@dataclass(frozen=True)
class IntegrityCell:
    """What a finding points at: a run, and a task where it is about one; "" = all of them."""

    run: str
    task: str = ""


@dataclass(frozen=True)
class IntegrityFinding:
    """One finding: its kind, a sentence, and the cells it is about (at most MOST_CELLS)."""

    kind: IntegrityKind
    text: str
    cells: tuple[IntegrityCell, ...] = ()


def integrity(study: Study) -> tuple[IntegrityFinding, ...]:
    """Everything that looks doubtful in a study, at each run's last checkpoint.

    Given scores have no runs, bases or checkpoints: of them only copies are looked for.
    """
    finders = [_equal_runs, _copied_tasks, _copied_cka]
    if not study.has_given_scores:
        finders = [
            _names,
            _checkpoints,
            _seeds,
            *finders,
            _shared_bases,
            _valid_ratios,
            _no_room,
            _exposed,
            _ratio_covariates,
        ]
    return tuple(finding for finder in finders for finding in finder(study))


def _finding(kind: IntegrityKind, text: str, cells: Iterable[tuple[str, str]]) -> IntegrityFinding:
    listed_cells = [IntegrityCell(*cell) for cell in dict.fromkeys(cells)]
    return IntegrityFinding(kind, text, tuple(listed_cells[:MOST_CELLS]))


def _on(run: Run) -> str:
    return " + ".join(run.trained)


# -- what runs are called, when they ended, which seeds there are ------------------------------


def _names(study: Study) -> Iterator[IntegrityFinding]:
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
            yield _finding(
                IntegrityKind.NAME,
                f"run {run.name} is named after {listed(sorted(named))} and listed as trained on"
                f" {_on(run)}",
                [(run.name, "")],
            )
    for runs in _alike_but_for_the_seed(study.runs):
        sets = Counter(run.trained for run in runs)
        if len(sets) < 2 or len({run.seed for run in runs}) < len(runs):
            continue
        usual, count = sets.most_common(1)[0]
        odd = [run for run in runs if run.trained != usual] if count > 1 else runs
        yield _finding(
            IntegrityKind.NAME,
            "names that differ in their seed alone stand for different tasks: "
            + listed(f"{run.name} for {_on(run)}" for run in runs),
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


def _checkpoints(study: Study) -> Iterator[IntegrityFinding]:
    """Runs whose last checkpoint is not that of most runs of their method and kind."""
    steps = study.evaluations.grid(Split.SHIFTED).checkpoints
    kinds: dict[tuple[str, bool, int], list[tuple[Run, int]]] = defaultdict(list)
    for i, run in enumerate(study.runs):
        if not run.failed and (steps[i] >= 0).any():
            kinds[run.method, run.is_base, len(run.trained)].append((run, int(steps[i].max())))
            early = [
                t for t, s in zip(study.tasks, steps[i], strict=True) if 0 <= s < steps[i].max()
            ]
            if early:
                yield _finding(
                    IntegrityKind.CHECKPOINT,
                    f"run {run.name} was tested on {listed(t.name for t in early)} before its last"
                    f" checkpoint {int(steps[i].max())} alone: that older value stands for it",
                    [(run.name, task.name) for task in early],
                )
    for (method, _, _), runs in kinds.items():
        usual, count = Counter(step for _, step in runs).most_common(1)[0]
        odd = [(run, step) for run, step in runs if step != usual]
        if odd and count > len(odd):
            yield _finding(
                IntegrityKind.CHECKPOINT,
                f"{method}: the last checkpoint is {usual} in {count} runs and another in "
                + listed(f"{run.name} ({step})" for run, step in odd),
                [(run.name, "") for run, _ in odd],
            )


def _seeds(study: Study) -> Iterator[IntegrityFinding]:
    """Seeds whose models are compared and whose transfer is missing, or failed altogether."""
    tuned = [run for run in study.runs if not run.is_base and run.is_single_source]
    usable = {run.seed for run in tuned if not run.failed}
    models = study.single_task_models
    if not usable or not models or (study.cka is None and study.representations is None):
        return
    for seed in sorted({run.seed for run in models} - usable):
        why = "all of them failed" if any(r.seed == seed for r in tuned) else "there is none"
        yield _finding(
            IntegrityKind.SEED,
            f"seed {seed} counts in the similarity of single-task models, but has no fine-tuned"
            f" run on one task: {why}",
            [(run.name, "") for run in models if run.seed == seed],
        )


# -- the same numbers twice --------------------------------------------------------------------


def _equal_runs(study: Study) -> Iterator[IntegrityFinding]:
    """Runs with the same values on every task both have."""
    values = study.evaluations.grid(Split.SHIFTED).values
    for first, second in _equal_rows(values):
        a, b = study.runs[first], study.runs[second]
        if a.trained == b.trained and a.method == b.method and a.seed != b.seed:
            what = f"seeds {a.seed} and {b.seed} of {a.method} on {_on(a)}"
        else:
            what = f"runs {a.name} ({_on(a)}) and {b.name} ({_on(b)})"
        failed = "".join(f"; {run.name} is marked failed" for run in (a, b) if run.failed)
        yield _finding(
            IntegrityKind.EQUAL_RUNS,
            f"{what} have the same value on every task: one may be a copy of the other{failed}",
            [(a.name, ""), (b.name, "")],
        )


def _copied_tasks(study: Study) -> Iterator[IntegrityFinding]:
    """Tasks with the same value in every run that has both."""
    values = study.evaluations.grid(Split.SHIFTED).values.T
    for first, second in _equal_rows(np.ascontiguousarray(values)):
        a, b = study.tasks[first].name, study.tasks[second].name
        both = np.flatnonzero(np.isfinite(values[first]) & np.isfinite(values[second]))
        yield _finding(
            IntegrityKind.COPIED_TASK,
            f"tasks {a} and {b} have the same value in all {len(both)} runs that have both",
            [(study.runs[i].name, name) for i in both for name in (a, b)],
        )


def _equal_rows(values: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows that agree in every column both have, in FEWEST_EQUAL distinct values at least.

    Each is compared with the first row it equals as a whole and the first it equals in some column,
    so that many copies of one row are as many pairs. 0 and 1, where metrics end, are no sign of a
    copy.
    """
    width = values.shape[1]
    telling = np.isfinite(values) & (values != 0) & (values != 1)
    partners: set[tuple[int, int]] = set()
    whole: dict[bytes, int] = {}
    for row, held in enumerate(values):
        if (first := whole.setdefault(held.tobytes(), row)) != row:
            partners.add((first, row))
    for column in range(width):
        owner: dict[float, int] = {}
        for row in np.flatnonzero(telling[:, column]).tolist():
            first = owner.setdefault(float(values[row, column]), row)
            if first != row:
                partners.add((first, row))
    found = []
    for a, b in sorted(partners):
        both = np.isfinite(values[a]) & np.isfinite(values[b])
        same = values[a, both] == values[b, both]
        distinct = len(np.unique(values[a][both & telling[a]]))
        if same.all() and distinct >= max(min(FEWEST_EQUAL, width), 1):
            found.append((a, b))
    return found


def _copied_cka(study: Study) -> Iterator[IntegrityFinding]:
    """Layers, or seeds, whose CKA is the same number for number."""
    table = study.cka
    if table is None:
        return
    names = [run.name for run in study.runs]
    by_place: dict[tuple[int, int], dict[tuple[int, int], float]] = defaultdict(dict)
    for first, second, layer, step, value in zip(
        table.first.tolist(),
        table.second.tolist(),
        table.layer.tolist(),
        table.checkpoint.tolist(),
        table.value.tolist(),
        strict=True,
    ):
        if np.isfinite(value) and value not in (0.0, 1.0):
            by_place[layer, step][first, second] = value
    for (a, at), (b, step) in combinations(sorted(by_place), 2):
        if at == step and _same(by_place[a, at], by_place[b, step]):
            runs = {run for pair in by_place[a, at] for run in pair}
            yield _finding(
                IntegrityKind.COPIED_CKA,
                f"CKA at layers {a} and {b}{_at(at)} is the same for every pair of runs",
                [(names[run], "") for run in sorted(runs)],
            )
    for (layer, step), pairs in sorted(by_place.items()):
        seeds: dict[int, dict[tuple[Hashable, Hashable], float]] = defaultdict(dict)
        for (i, j), value in pairs.items():
            one, other = study.runs[i], study.runs[j]
            if one.seed == other.seed:
                a_set, b_set = sorted((one.trained, other.trained))
                seeds[one.seed][a_set, b_set] = value
        for one_seed, other_seed in combinations(sorted(seeds), 2):
            if _same(seeds[one_seed], seeds[other_seed]):
                yield _finding(
                    IntegrityKind.COPIED_CKA,
                    f"CKA of seeds {one_seed} and {other_seed} at layer {layer}{_at(step)} is the"
                    " same for every pair of training sets",
                    [
                        (run.name, "")
                        for run in study.models_of(1)
                        if run.seed in (one_seed, other_seed)
                    ],
                )


def _same(a: Mapping[Pair, float], b: Mapping[Pair, float]) -> bool:
    """The values of all pairs both have are equal, and there are enough of them."""
    shared = [(a[pair], b[pair]) for pair in a if pair in b]
    distinct = len({value for value, _ in shared})
    return distinct >= FEWEST_EQUAL and all(one == other for one, other in shared)


def _at(step: int) -> str:
    return "" if step == FINAL else f", checkpoint {step}"


# -- what a normalized value stands on ---------------------------------------------------------


def _shared_bases(study: Study) -> Iterator[IntegrityFinding]:
    """Bases that runs of several seeds started from: these seeds agree by birth."""
    heirs: dict[str, list[Run]] = defaultdict(list)
    for run in study.runs:
        if run.base is not None and not run.failed:
            heirs[run.base].append(run)
    for base, runs in heirs.items():
        seeds = sorted({run.seed for run in runs})
        if len(seeds) > 1:
            yield _finding(
                IntegrityKind.SHARED_BASE,
                f"runs of seeds {listed(seeds)} share the base {base}: they agree by birth, and"
                " there is no interval over these seeds",
                [(base, ""), *((run.name, "") for run in runs)],
            )


def _valid_ratios(study: Study) -> Iterator[IntegrityFinding]:
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
        yield _finding(
            IntegrityKind.VALID_RATIO,
            f"{task}: in {len(cells)} run{'s' * (len(cells) > 1)} fewer than {LOW_VALID_RATIO:.0%}"
            f" of the answers were valid, down to {min(share for _, share in cells):.0%}",
            [(run, task) for run, _ in sorted(cells, key=lambda cell: cell[1])],
        )


def _no_room(study: Study) -> Iterator[IntegrityFinding]:
    """Bases that are no better on what they know than on what is new."""
    shifted = study.evaluations.grid(Split.SHIFTED).values
    standard = study.evaluations.grid(Split.STANDARD).values
    used = {run.base for run in study.runs if not run.failed}
    for j, task in enumerate(study.tasks):
        room = standard[:, j] - shifted[:, j]
        if not task.metric.higher_is_better:
            room = -room
        bases = [
            run.name
            for i, run in enumerate(study.runs)
            if run.name in used and np.isfinite(room[i]) and room[i] <= 0
        ]
        if bases:
            yield _finding(
                IntegrityKind.NO_ROOM,
                f"{task.name}: {listed(bases)} is no better on known entities than on new ones, so"
                " there is no room for improvement",
                [(base, task.name) for base in bases],
            )


def _exposed(study: Study) -> Iterator[IntegrityFinding]:
    """Targets some samples of which were seen in training, and that count as transfer."""
    seen: dict[Hashable, list[tuple[str, str]]] = defaultdict(list)
    for run in study.runs:
        if not run.is_base and not run.failed:
            for task in run.exposed:
                if task not in run.trained:
                    seen[run.method].append((run.name, task))
    for method, cells in seen.items():
        tasks: Sequence[str] = sorted({task for _, task in cells})
        yield _finding(
            IntegrityKind.EXPOSED,
            f"{method}: {len(cells):,} value{'s count' if len(cells) > 1 else ' counts'} as"
            " transfer although samples of the target"
            f" ({listed(tasks)}) were seen in training",
            cells,
        )


def _ratio_covariates(study: Study) -> Iterator[IntegrityFinding]:
    """Numbers of the manifest that order tasks just as a value of their base does.

    What a task receives is a ratio to these values: a covariate made of them goes with it by
    arithmetic, not by nature.
    """
    bases = [i for i, run in enumerate(study.runs) if run.is_base and len(run.trained) > 1]
    names = dict.fromkeys(name for task in study.tasks for name in task.covariates)
    for split in Split:
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
                yield _finding(
                    IntegrityKind.RATIO_COVARIATE,
                    f"covariate {name} orders all {int(both.sum())} tasks as the base's {split}"
                    " value does: what is received is a ratio to that value, so the two go together"
                    " by arithmetic",
                    [("", study.tasks[j].name) for j in np.flatnonzero(both)],
                )
