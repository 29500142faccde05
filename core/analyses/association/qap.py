"""QAP: the permutation test of a correlation between matrices (Krackhardt 1988)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.analyses.association.correlation import correlation_of
from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import FloatArray, IntArray, largest
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    SAMPLED_PERMUTATIONS,
    permutations,
)


@dataclass(frozen=True)
class PermutationTest:
    """QAP: p of r when the tasks of the CKA matrix are relabelled."""

    p: float
    permutations: int
    exhaustive: bool


def qap(table: DyadTable, *, seed: int = 0) -> PermutationTest:
    """Two-sided p of r under relabelling the tasks of the CKA matrix, rows and columns together.

    A hit is |r*| ≥ |r| − 1e-12. Up to 8 tasks all n! permutations, the identity included:
    p = hits / n!. Beyond, 10,000 drawn ones: (1 + hits) / (1 + 10,000). NaN where r is
    undefined. Where values are missing, r* is over the pairs that have both after relabelling;
    a relabelling that leaves r* undefined counts as a hit (so that p is never too small).

    Source: METHODS, "Does similarity predict transfer?"; Krackhardt 1988.
    """
    return qap_all([table], seed=seed)[0]


def qap_all(tables: Sequence[DyadTable], *, seed: int = 0) -> tuple[PermutationTest, ...]:
    """`qap` of each table, in order.

    Tables of the same tasks and the same transfer, as those of a sweep, share the permutations:
    where no pair lacks a value, all of them cost little more than one.
    """
    found: list[PermutationTest | None] = [None] * len(tables)
    together: dict[tuple[tuple[str, ...], bytes], list[int]] = {}
    for at, table in enumerate(tables):
        size = len(table.tasks)
        exhaustive = size <= EXHAUSTIVE_UP_TO
        count = math.factorial(size) if exhaustive else SAMPLED_PERMUTATIONS
        if not math.isfinite(correlation_of(table)):
            found[at] = PermutationTest(p=math.nan, permutations=count, exhaustive=exhaustive)
        elif (table.paired == table.pairs).all():
            together.setdefault((table.tasks, table.transfer.tobytes()), []).append(at)
        else:
            found[at] = _significance(_hits_with_gaps(table, seed), size)
    for members in together.values():
        hits = _hits([tables[at] for at in members], seed)
        for at, own in zip(members, hits.tolist(), strict=True):
            found[at] = _significance(own, len(tables[at].tasks))
    return tuple(one for one in found if one is not None)


def _significance(hits: int, size: int) -> PermutationTest:
    if size <= EXHAUSTIVE_UP_TO:
        count = math.factorial(size)
        return PermutationTest(p=hits / count, permutations=count, exhaustive=True)
    count = SAMPLED_PERMUTATIONS
    return PermutationTest(p=(1 + hits) / (1 + count), permutations=count, exhaustive=False)


def _hits(tables: Sequence[DyadTable], seed: int) -> IntArray:
    """(n_tables,) hits of each: the tables have one transfer, and r and every pair are there.

    To relabel every CKA is to relabel the one transfer the other way round, and r* of all tables
    is one product.
    """
    rows, columns = np.nonzero(tables[0].pairs)
    cka = _standardized(np.array([table.cka[rows, columns] for table in tables]))
    transfer = np.zeros(tables[0].transfer.shape)
    transfer[rows, columns] = _standardized(tables[0].transfer[rows, columns])
    least = np.abs([correlation_of(table) for table in tables]) - HIT_TOLERANCE
    hits = np.zeros(len(tables), dtype=np.int64)
    size = len(transfer)
    for labels in permutations(size, exhaustive=size <= EXHAUSTIVE_UP_TO, seed=seed):
        back = np.argsort(labels, axis=1)
        permuted = transfer[back[:, rows], back[:, columns]]
        hits += (np.abs(permuted @ cka.T) >= least).sum(axis=0)
    return hits


def _standardized(values: FloatArray) -> FloatArray:
    """Centred and of unit norm along the last axis, so that products are correlations."""
    values = values / largest(values)
    centred = values - values.mean(axis=-1, keepdims=True)
    centred /= np.abs(centred).max(axis=-1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=-1, keepdims=True))


def _hits_with_gaps(table: DyadTable, seed: int) -> int:
    """Hits of a table in which some pair lacks CKA or transfer."""
    least, size = abs(correlation_of(table)) - HIT_TOLERANCE, len(table.tasks)
    return sum(
        int((~(np.abs(_permuted_correlations(table, labels)) < least)).sum())
        for labels in permutations(size, exhaustive=size <= EXHAUSTIVE_UP_TO, seed=seed)
    )


def _permuted_correlations(table: DyadTable, labels: IntArray) -> FloatArray:
    """(batch,) r of the relabelled CKA with transfer; labels: (batch, n_tasks)."""
    rows, columns = np.nonzero(table.pairs & np.isfinite(table.transfer))
    y = table.transfer[rows, columns] / largest(table.transfer)
    x = table.cka[labels[:, rows], labels[:, columns]] / largest(table.cka)
    there = np.isfinite(x)
    count = there.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(there, x, 0.0)
        x = np.where(there, x - x.sum(axis=1, keepdims=True) / count, 0.0)
        own = np.where(there, y, 0.0)
        own = np.where(there, own - own.sum(axis=1, keepdims=True) / count, 0.0)
        scale = np.sqrt(np.einsum("bp,bp->b", x, x) * np.einsum("bp,bp->b", own, own))
        return np.asarray(np.einsum("bp,bp->b", x, own) / scale)
