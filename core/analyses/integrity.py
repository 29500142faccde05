"""What looks as if a study were not what it says: to be looked at before a number is believed.

Nothing here is an error: each finding is something that rarely happens by itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

import numpy as np

from core.errors import listed
from core.evaluations import Split
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.rank_tests import mean_ranks
from core.study import FINAL, Run, Study
from core.transfer.copied_seeds import FEWEST_EQUAL, copied_seeds
from core.transfer.last_steps import last_steps

LOW_VALID_RATIO = 0.9
"""Below this share of valid answers a value is about something else than the task."""

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

    Given scores have no runs or bases: of them only copies and where they end are looked for.
    """
    finders = [_checkpoints, _equal_runs, _copied_tasks, _copied_cka]
    if not study.has_given_scores:
        finders = [
            _names,
            finders[0],
            _seeds,
            *finders[1:],
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
    last = steps.max(axis=1, initial=-1)
    older = (steps >= 0) & (steps < last[:, None])
    some_older = older.any(axis=1)
    for i, run in enumerate(study.runs):
        if not run.failed and last[i] >= 0:
            kinds[run.method, run.is_base, len(run.trained)].append((run, int(last[i])))
            if some_older[i]:
                early = [study.tasks[j].name for j in np.flatnonzero(older[i]).tolist()]
                yield _finding(
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
            yield _finding(
                IntegrityKind.CHECKPOINT,
                f"{method}: the last checkpoint is {usual} in {count} runs and another in "
                + listed(f"{run.name} ({step})" for run, step in odd)
                + shared,
                [(run.name, "") for run, _ in odd],
            )
        else:
            low, high = min(step for _, step in runs), max(step for _, step in runs)
            yield _finding(
                IntegrityKind.CHECKPOINT,
                f"{method}: runs end at different checkpoints, {low} to {high}, and each stands"
                f" with its own last one: what differs may be how long they were trained{shared}",
                [(run.name, "") for run, _ in runs],
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
    """Runs with the same values on every task both have; of two whole seeds once."""
    values = study.evaluations.grid(Split.SHIFTED).values
    whole = {
        (method.name, one.first, one.second)
        for method in study.tested_methods
        for one in copied_seeds(study, method.name)
        if one.alike > 1
    }
    yield from _copied_seeds(study)
    for first, second in equal_rows(values):
        a, b = study.runs[first], study.runs[second]
        seeds = a.method, *sorted((a.seed, b.seed))
        if seeds in whole and a.trained == b.trained and a.method == b.method:
            continue
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


def _copied_seeds(study: Study) -> Iterator[IntegrityFinding]:
    """Seeds of a method that are the same in more than one run."""
    for method in study.tested_methods:
        for one in copied_seeds(study, method.name):
            if one.alike > 1:
                runs = [r for r in study.runs_of(method.name) if r.seed in (one.first, one.second)]
                yield _finding(
                    IntegrityKind.EQUAL_RUNS,
                    f"{one} of {method.name}: one may be a copy of the other, and what is told over"
                    " seeds is surer than it should be",
                    [(run.name, "") for run in runs],
                )


def _copied_tasks(study: Study) -> Iterator[IntegrityFinding]:
    """Tasks with the same value in every run that has both."""
    values = study.evaluations.grid(Split.SHIFTED).values.T
    for first, second in equal_rows(np.ascontiguousarray(values)):
        a, b = study.tasks[first].name, study.tasks[second].name
        both = np.flatnonzero(np.isfinite(values[first]) & np.isfinite(values[second]))
        yield _finding(
            IntegrityKind.COPIED_TASK,
            f"tasks {a} and {b} have the same value in all {len(both)} runs that have both",
            [(study.runs[i].name, name) for i in both for name in (a, b)],
        )


def equal_rows(values: FloatArray) -> list[tuple[int, int]]:
    """Pairs of rows that agree in every column both have, in FEWEST_EQUAL distinct values at least.

    values: (n_rows, n_columns) float64, NaN = none. Positions (earlier, later).

    Each is compared with the first row it equals as a whole and the first it equals in some column,
    so that many copies of one row are as many pairs. 0 and 1, where metrics end, are no sign of a
    copy.
    """
    n_rows, width = values.shape
    present = np.isfinite(values)
    telling = present & (values != 0) & (values != 1)
    # A pair as one number: with values of two digits there are millions of them.
    partners = [np.empty(0, dtype=np.int64)]
    whole: dict[bytes, int] = {}
    for row, held in enumerate(values):
        if (first := whole.setdefault(held.tobytes(), row)) != row:
            partners.append(np.array([first * n_rows + row]))
    for column in range(width):
        rows = np.flatnonzero(telling[:, column])
        held = values[rows, column]
        order = np.argsort(held, kind="stable")
        rows, held = rows[order], held[order]
        new = np.ones(len(rows), dtype=bool)
        new[1:] = held[1:] != held[:-1]
        # Stable: the first of equal ones is the first of the rows.
        owner = rows[np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))]
        partners.append((owner * n_rows + rows)[~new])
    pairs = np.unique(np.concatenate(partners))
    # Most of them differ in some of the first columns.
    start = 0
    for end in (8, 64, width):
        keep = []
        for part in np.array_split(pairs, max(1, len(pairs) // 4096)):
            a, b = np.divmod(part, n_rows)
            some = slice(start, end)
            both = present[a, some] & present[b, some]
            keep.append(~(both & (values[a, some] != values[b, some])).any(axis=1))
        pairs = pairs[np.concatenate(keep)]
        start = end
    found = []
    for a, b in zip(*(at.tolist() for at in np.divmod(pairs, n_rows)), strict=True):
        distinct = len(np.unique(values[a][present[b] & telling[a]]))
        if distinct >= max(min(FEWEST_EQUAL, width), 1):
            found.append((a, b))
    return found


def _copied_cka(study: Study) -> Iterator[IntegrityFinding]:
    """Layers, or seeds, whose CKA is the same number for number."""
    table = study.cka
    if table is None:
        return
    names = [run.name for run in study.runs]
    usable = np.isfinite(table.value) & (table.value != 0) & (table.value != 1)
    by_place: dict[tuple[int, int], _Values] = {}
    for layer in np.unique(table.layer[usable]).tolist():
        at_layer = usable & (table.layer == layer)
        for step in np.unique(table.checkpoint[at_layer]).tolist():
            rows = np.flatnonzero(at_layer & (table.checkpoint == step))
            by_place[layer, step] = _Values(
                table.first[rows] * len(names) + table.second[rows], table.value[rows]
            )
    for (a, at), (b, step) in combinations(sorted(by_place), 2):
        if at == step and _same(by_place[a, at], by_place[b, step]):
            runs = np.unique(np.divmod(by_place[a, at].keys, len(names))).tolist()
            yield _finding(
                IntegrityKind.COPIED_CKA,
                f"CKA at layers {a} and {b}{_at(at)} is the same for every pair of runs",
                [(names[run], "") for run in runs],
            )
    sets = {trained: code for code, trained in enumerate(sorted({r.trained for r in study.runs}))}
    of_set = np.array([sets[run.trained] for run in study.runs], dtype=np.int64)
    seed_of = np.array([run.seed for run in study.runs], dtype=np.int64)
    for (layer, step), pairs in sorted(by_place.items()):
        first, second = np.divmod(pairs.keys, len(names))
        low, high = np.sort([of_set[first], of_set[second]], axis=0)
        seeds = {}
        for seed in np.unique(seed_of[first[seed_of[first] == seed_of[second]]]).tolist():
            own = (seed_of[first] == seed) & (seed_of[second] == seed)
            seeds[seed] = _Values(low[own] * len(sets) + high[own], pairs.values[own])
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


class _Values:
    """A value for each pair, pairs as whole numbers, ascending; of a pair twice the last one."""

    def __init__(self, keys: IntArray, values: FloatArray) -> None:
        self.keys, last = np.unique(keys[::-1], return_index=True)
        self.values = values[::-1][last]


def _same(a: _Values, b: _Values) -> bool:
    """The values of all pairs both have are equal, and there are enough of them."""
    _, in_a, in_b = np.intersect1d(a.keys, b.keys, assume_unique=True, return_indices=True)
    shared = a.values[in_a]
    return bool((shared == b.values[in_b]).all()) and len(np.unique(shared)) >= FEWEST_EQUAL


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
    names = {run.base for run in study.runs if not run.failed}
    used = [i for i, run in enumerate(study.runs) if run.name in names]
    for j, task in enumerate(study.tasks):
        room = standard[used, j] - shifted[used, j]
        if not task.metric.higher_is_better:
            room = -room
        none = np.flatnonzero(np.isfinite(room) & (room <= 0)).tolist()
        bases = [study.runs[used[at]].name for at in none]
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


def _ratio_covariates(study: Study) -> Iterator[IntegrityFinding]:
    """Numbers of the manifest that order tasks just as a value of their base does.

    What a task receives is a ratio to these values: a covariate made of them goes with it by
    arithmetic, not by nature.
    """
    for name, split, both in ordered_as_base(study):
        yield _finding(
            IntegrityKind.RATIO_COVARIATE,
            f"covariate {name} orders all {len(both)} tasks as the base's {split}"
            " value does: what is received is a ratio to that value, so the two go together"
            " by arithmetic",
            [("", study.tasks[j].name) for j in both],
        )
