"""QAP: the permutation test of a correlation between matrices (Krackhardt 1988)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.analyses.association.correlation import correlation_of
from core.analyses.association.dyads import DyadTable
from core.analyses.association.relabelling import relabelled_r
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    LEVEL,
    SAMPLED_PERMUTATIONS,
    drawing_error,
)

POWER_FACTOR = 2.8
"""How many standard deviations of r* an r must be away from 0 to be found in 80 of 100 studies:
the 97.5 % and the 80 % quantile of a normal distribution, 1.96 + 0.84."""

SEQUENTIAL_FROM = 300
ENOUGH_HITS = 400
"""Of so many tasks, drawing stops once as many relabellings reached |r|: p is then known to 5 %."""


@dataclass(frozen=True)
class PermutationTest:
    """QAP: p of r when the tasks of the CKA matrix are relabelled.

    permutations: how many were made; of very many tasks fewer than 10,000, where enough of them
    reached |r| (Besag & Clifford 1991). spread: standard deviation of r* over the relabellings,
    NaN where r is undefined.
    """

    p: float
    permutations: int
    exhaustive: bool
    spread: float = math.nan

    @property
    def error(self) -> float:
        """Standard error of p by drawing: 0 of all relabellings, NaN where p is undefined."""
        return drawing_error(self.p, self.permutations, exhaustive=self.exhaustive)

    @property
    def stopped(self) -> bool:
        """Whether drawing ended before all 10,000, as enough of them had reached |r|."""
        return not self.exhaustive and self.permutations < SAMPLED_PERMUTATIONS

    @property
    def detectable(self) -> float:
        """The |r| that this study would have found (p ≤ 0.05) with a probability of 80 %.

        2.8 standard deviations of r*; NaN where no r would have been: where too few tasks can
        be relabelled for any p ≤ 0.05, or where it would have to be larger than 1.
        """
        least = 1 / self.permutations if self.exhaustive else 1 / (1 + self.permutations)
        needed = POWER_FACTOR * self.spread
        return needed if least <= LEVEL and needed < 1 else math.nan


def qap(table: DyadTable, *, seed: int = 0) -> PermutationTest:
    """Two-sided p of r under relabelling the tasks of the CKA matrix, rows and columns together.

    A hit is |r*| ≥ |r| − 1e-12. Up to 8 tasks all n! permutations, the identity included:
    p = hits / n!. Beyond, 10,000 drawn ones (`relabelled_r`): (1 + hits) / (1 + 10,000). NaN
    where r is undefined. From 300 tasks on drawing stops after 400 hits (Besag & Clifford 1991):
    `error` says how exact p is. Where values are missing, r* is over the pairs that have both after
    relabelling; a relabelling that leaves r* undefined counts as a hit (so that p is never too
    small).

    Source: docs/methods.md, "Does similarity predict transfer?"; Krackhardt 1988.
    """
    return qap_all([table], seed=seed)[0]


def qap_all(
    tables: Sequence[DyadTable], *, seed: int = 0, executor: Executor | None = None
) -> tuple[PermutationTest, ...]:
    """`qap` of each table, in order; executor: as in `relabelled_r`.

    Tables of the same tasks and the same transfer, as those of a sweep, share the permutations:
    where no pair lacks a value, all of them cost little more than one.
    """
    r = np.array([correlation_of(table) for table in tables], dtype=np.float64)
    found = [_significance(math.nan, len(table.tasks), math.nan) for table in tables]
    groups: dict[tuple[tuple[str, ...], bytes], list[int]] = {}
    for at in np.flatnonzero(np.isfinite(r)).tolist():
        # Of very many tasks each transfer stops by itself.
        alone = len(tables[at].tasks) >= SEQUENTIAL_FROM
        key = tables[at].tasks, tables[at].transfer.tobytes() if alone else b""
        groups.setdefault(key, []).append(at)
    for (tasks, _), members in groups.items():
        made = 0
        least = np.abs(r[members]) - HIT_TOLERANCE
        hits = np.zeros(len(members), dtype=np.int64)
        moments = np.zeros((3, len(members)))
        for null in relabelled_r([tables[at] for at in members], seed, executor=executor):
            hits += (~(np.abs(null) < least)).sum(axis=0)
            known = np.where(np.isfinite(null), null, 0.0)
            moments += np.stack([np.isfinite(null).sum(axis=0), known.sum(0), (known**2).sum(0)])
            made += len(null)
            if len(tasks) >= SEQUENTIAL_FROM and (hits >= ENOUGH_HITS).all():
                break
        # The relabelling that changes nothing has an r, so there is always one.
        mean, square = moments[1:] / np.maximum(moments[0], 1)
        # Rounded, as the order of summing differs with the size of batches.
        spread = np.round(np.sqrt((square - mean**2).clip(min=0.0)), 12)
        for at, own, sd in zip(members, hits.tolist(), spread.tolist(), strict=True):
            found[at] = _significance(own, len(tasks), sd, made=made)
    return tuple(found)


def qap_of_maximum(
    tables: Sequence[DyadTable], *, seed: int = 0, executor: Executor | None = None
) -> tuple[PermutationTest, ...]:
    """Of each table the p of its r as the largest of all: what looking at many places costs.

    Each relabelling is applied to all tables at once; p of a table is the share of them in which
    the largest |r*| of all tables reaches its |r|. Counted as in `qap`. Tables of different tasks
    are relabelled over all tasks that any has. p is NaN where r is undefined; spread always is.

    Source: docs/methods.md, "Many places looked at"; Westfall & Young 1993.
    """
    r = np.array([correlation_of(table) for table in tables], dtype=np.float64)
    known: list[int] = np.flatnonzero(np.isfinite(r)).tolist()
    found = [_significance(math.nan, len(table.tasks), math.nan) for table in tables]
    if not known:
        return tuple(found)
    every = tuple(dict.fromkeys(task for at in known for task in tables[at].tasks))
    least = np.abs(r[known]) - HIT_TOLERANCE
    hits = np.zeros(len(known), dtype=np.int64)
    shared = [_among(tables[at], every) for at in known]
    for null in relabelled_r(shared, seed, executor=executor):
        largest_r = np.where(np.isfinite(null), np.abs(null), np.inf).max(axis=1)
        hits += (largest_r[:, None] >= least).sum(axis=0)
    for at, own in zip(known, hits.tolist(), strict=True):
        found[at] = _significance(own, len(every), math.nan)
    return tuple(found)


def _among(table: DyadTable, tasks: tuple[str, ...]) -> DyadTable:
    """The table with rows and columns for all of `tasks`, NaN where it has none."""
    if table.tasks == tasks:
        return table
    place = np.ix_(*[[tasks.index(task) for task in table.tasks]] * 2)
    cka, transfer = (np.full((len(tasks), len(tasks)), np.nan) for _ in range(2))
    cka[place], transfer[place] = table.cka, table.transfer
    return DyadTable(tasks=tasks, cka=cka, transfer=transfer, per_seed=transfer[None])


def _significance(
    hits: float, size: int, spread: float, *, made: int = SAMPLED_PERMUTATIONS
) -> PermutationTest:
    if size <= EXHAUSTIVE_UP_TO:
        count = math.factorial(size)
        return PermutationTest(hits / count, count, exhaustive=True, spread=spread)
    count = made
    return PermutationTest((1 + hits) / (1 + count), count, exhaustive=False, spread=spread)
