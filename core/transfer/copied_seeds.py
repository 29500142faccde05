"""Seeds of a method that hold the same values: one may be a copy, and is no replication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.evaluations import Split
from core.numerics.arrays import FloatArray, IntArray
from core.remembered import remembered
from core.study import Study

FEWEST_EQUAL = 3
"""So many distinct values have to be equal before two runs or tasks count as copies."""

_LOOKED_AT_FIRST = 16


@dataclass(frozen=True)
class CopiedSeeds:
    """Two seeds and in how many of the training sets that both have their values are the same."""

    first: int
    second: int
    alike: int
    of: int

    def __str__(self) -> str:
        """`seeds 1 and 2 hold the same values in all 7 runs`."""
        of = "all" if self.alike == self.of > 1 else f"{self.alike:,} of"
        runs = f"{of} {self.of:,} run{'s' * (self.of > 1)}"
        return f"seeds {self.first} and {self.second} hold the same values in {runs}"


@remembered
def copied_seeds(study: Study, method: str) -> tuple[CopiedSeeds, ...]:
    """Pairs of seeds with runs on one training set that agree in every shifted value both have.

    In three distinct values at least (or all there are); 0 and 1, where metrics end, are no sign
    of a copy. At each run's last checkpoint; failed runs are no seeds. Such seeds are *not* left
    out of any number: what is normalized is each seed's own base, and two true seeds of a coarse
    metric may agree. What is said over seeds is surer than it should be.
    """
    runs = [
        (at, run) for at, run in enumerate(study.runs) if run.method == method and not run.failed
    ]
    at_seed: dict[int, dict[tuple[str, ...], int]] = {}
    for at, run in runs:
        if not run.is_base:
            at_seed.setdefault(run.seed, {})[run.trained] = at
    if len(at_seed) < 2:
        return ()
    values = study.evaluations.grid(Split.SHIFTED).values
    found = []
    for first, second in combinations(sorted(at_seed), 2):
        shared = [trained for trained in at_seed[first] if trained in at_seed[second]]
        rows = np.array([[at_seed[seed][one] for one in shared] for seed in (first, second)])
        alike = _alike(values, rows.astype(np.int64))
        if alike:
            found.append(CopiedSeeds(first, second, alike, len(shared)))
    return tuple(found)


def copied_among(study: Study, method: str, seeds: Sequence[int]) -> tuple[CopiedSeeds, ...]:
    """Those of `copied_seeds` both of which are among `seeds`."""
    chosen = frozenset(seeds)
    return tuple(one for one in copied_seeds(study, method) if {one.first, one.second} <= chosen)


def _alike(values: FloatArray, rows: IntArray) -> int:
    """How many pairs of rows agree in all that both have.

    values: (n_runs, n_tasks), NaN = none. rows: (2, n) int64, positions of both of each pair.
    """
    # Hardly a pair of runs is alike in its first tasks already: the rest is not looked at.
    for tasks in (slice(_LOOKED_AT_FIRST), slice(None)):
        first, second = (values[one, tasks] for one in rows)
        both = np.isfinite(first) & np.isfinite(second)
        same = ~(both & (first != second)).any(axis=1)
        rows = rows[:, same]
    first, telling = first[same], (both & (first != 0) & (first != 1))[same]
    fewest = min(FEWEST_EQUAL, values.shape[1])
    return sum(
        len({*own[there].tolist()}) >= fewest for own, there in zip(first, telling, strict=True)
    )
