"""The same values under two names: of runs, of seeds, of tasks, of tables of CKA."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from core.analyses.integrity.finding import IntegrityFinding, IntegrityKind, finding, trained_on
from core.evaluations import Split
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe, breathing
from core.study import FINAL, Study
from core.transfer.copied_seeds import FEWEST_EQUAL, copied_seeds


def equal_runs(study: Study) -> Iterator[IntegrityFinding]:
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
            what = f"seeds {a.seed} and {b.seed} of {a.method} on {trained_on(a)}"
        else:
            what = f"runs {a.name} ({trained_on(a)}) and {b.name} ({trained_on(b)})"
        failed = "".join(f"; {run.name} is marked failed" for run in (a, b) if run.failed)
        yield finding(
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
                yield finding(
                    IntegrityKind.EQUAL_RUNS,
                    f"{one} of {method.name}: one may be a copy of the other, and what is told over"
                    " seeds is surer than it should be",
                    [(run.name, "") for run in runs],
                )


def copied_tasks(study: Study) -> Iterator[IntegrityFinding]:
    """Tasks with the same value in every run that has both."""
    values = study.evaluations.grid(Split.SHIFTED).values.T
    for first, second in equal_rows(np.ascontiguousarray(values)):
        a, b = study.tasks[first].name, study.tasks[second].name
        both = np.flatnonzero(np.isfinite(values[first]) & np.isfinite(values[second]))
        yield finding(
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
        breathe()
        rows: IntArray = np.flatnonzero(telling[:, column])
        held = values[rows, column]
        order: IntArray = np.argsort(held, kind="stable")
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
            breathe()
            a, b = np.divmod(part, n_rows)
            some = slice(start, end)
            both = present[a, some] & present[b, some]
            keep.append(~(both & (values[a, some] != values[b, some])).any(axis=1))
        pairs = pairs[np.concatenate(keep)]
        start = end
    found = []
    suspects = zip(*(at.tolist() for at in np.divmod(pairs, n_rows)), strict=True)
    for a, b in breathing(suspects):
        distinct = len(np.unique(values[a][present[b] & telling[a]]))
        if distinct >= max(min(FEWEST_EQUAL, width), 1):
            found.append((a, b))
    return found


def copied_cka(study: Study) -> Iterator[IntegrityFinding]:
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
            breathe()
            rows = np.flatnonzero(at_layer & (table.checkpoint == step))
            by_place[layer, step] = _Values(
                table.first[rows] * len(names) + table.second[rows], table.value[rows]
            )
    for (a, at), (b, step) in combinations(sorted(by_place), 2):
        breathe()
        if at == step and _same(by_place[a, at], by_place[b, step]):
            runs = np.unique(np.divmod(by_place[a, at].keys, len(names))).tolist()
            yield finding(
                IntegrityKind.COPIED_CKA,
                f"CKA at layers {a} and {b}{_at(at)} is the same for every pair of runs",
                [(names[run], "") for run in runs],
            )
    sets = {trained: code for code, trained in enumerate(sorted({r.trained for r in study.runs}))}
    of_set: IntArray = np.array([sets[run.trained] for run in study.runs], dtype=np.int64)
    seed_of: IntArray = np.array([run.seed for run in study.runs], dtype=np.int64)
    for (layer, step), pairs in sorted(by_place.items()):
        first, second = np.divmod(pairs.keys, len(names))
        breathe()
        low, high = np.sort([of_set[first], of_set[second]], axis=0)
        seeds = {}
        alike: BoolArray = seed_of[first] == seed_of[second]
        compared: IntArray = seed_of[first[alike]]
        for seed in np.unique(compared).tolist():
            breathe()
            own = (seed_of[first] == seed) & (seed_of[second] == seed)
            breathe()
            seeds[seed] = _Values(low[own] * len(sets) + high[own], pairs.values[own])
        for one_seed, other_seed in combinations(sorted(seeds), 2):
            if _same(seeds[one_seed], seeds[other_seed]):
                yield finding(
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
        breathe()
        self.keys, last = np.unique(keys[::-1], return_index=True)
        self.values = values[::-1][last]


def _same(a: _Values, b: _Values) -> bool:
    """The values of all pairs both have are equal, and there are enough of them."""
    breathe()
    _, in_a, in_b = np.intersect1d(a.keys, b.keys, assume_unique=True, return_indices=True)
    shared = a.values[in_a]
    return bool((shared == b.values[in_b]).all()) and len(np.unique(shared)) >= FEWEST_EQUAL


def _at(step: int) -> str:
    return "" if step == FINAL else f", checkpoint {step}"
