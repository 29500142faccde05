"""QAP: the permutation test of a correlation between matrices (Krackhardt 1988)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.analyses.association.correlation import correlation_of
from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import FloatArray, IntArray, largest
from core.numerics.interrupt import breathe
from core.numerics.permutation import (
    EXHAUSTIVE_UP_TO,
    HIT_TOLERANCE,
    SAMPLED_PERMUTATIONS,
    permutations,
)

LEVEL = 0.05
POWER_FACTOR = 2.8
"""How many standard deviations of r* an r must be away from 0 to be found in 80 of 100 studies:
the 97.5 % and the 80 % quantile of a normal distribution, 1.96 + 0.84."""

SEQUENTIAL_FROM = 300
ENOUGH_HITS = 400
"""Of so many tasks, drawing stops once as many relabellings reached |r|: p is then known to 5 %."""

_AT_ONCE = 12
_BUFFER_ELEMENTS = 80_000
_STRIP_ELEMENTS = 12_000
_SINGLE_DOUBT = 2e-5
"""float32 r* nearer than this to an r that they are counted against are computed in float64."""
_NOTHING_VARIES = 1e-12

_Null = Callable[[IntArray], FloatArray]
"""(batch, n_tasks) relabellings -> (batch, k) r* of k tables."""


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
        if self.exhaustive:
            return 0.0 if math.isfinite(self.p) else math.nan
        return math.sqrt(self.p * (1 - self.p) / self.permutations) if self.p == self.p else self.p

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
    p = hits / n!. Beyond, 10,000 drawn ones: (1 + hits) / (1 + 10,000). NaN where r is
    undefined. From 300 tasks on drawing stops after 400 hits (Besag & Clifford 1991): `error` says
    how exact p is. Where values are missing, r* is over the pairs that have both after relabelling;
    a relabelling that leaves r* undefined counts as a hit (so that p is never too small).

    Source: METHODS, "Does similarity predict transfer?"; Krackhardt 1988.
    """
    return qap_all([table], seed=seed)[0]


def qap_all(tables: Sequence[DyadTable], *, seed: int = 0) -> tuple[PermutationTest, ...]:
    """`qap` of each table, in order.

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
        for null in _relabelled_r([tables[at] for at in members], seed):
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


def qap_of_maximum(tables: Sequence[DyadTable], *, seed: int = 0) -> FloatArray:
    """(n_tables,) p of each r as the largest of all: what looking at many places costs.

    Each relabelling is applied to all tables at once; p of a table is the share of them in which
    the largest |r*| of all tables reaches its |r|. Counted as in `qap`. Tables of different tasks
    are relabelled over all tasks that any has. NaN where r is undefined.

    Source: METHODS, "Many places looked at"; Westfall & Young 1993.
    """
    r = np.array([correlation_of(table) for table in tables], dtype=np.float64)
    known: list[int] = np.flatnonzero(np.isfinite(r)).tolist()
    p = np.full(len(tables), np.nan)
    if not known:
        return p
    every = tuple(dict.fromkeys(task for at in known for task in tables[at].tasks))
    least = np.abs(r[known]) - HIT_TOLERANCE
    hits = np.zeros(len(known), dtype=np.int64)
    for null in _relabelled_r([_among(tables[at], every) for at in known], seed):
        largest_r = np.where(np.isfinite(null), np.abs(null), np.inf).max(axis=1)
        hits += (largest_r[:, None] >= least).sum(axis=0)
    p[known] = [_significance(own, len(every), math.nan).p for own in hits.tolist()]
    return p


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


def _relabelled_r(tables: Sequence[DyadTable], seed: int) -> Iterator[FloatArray]:
    """Batches (batch, n_tables) of r* after relabelling the CKA of tables of the same tasks."""
    size = len(tables[0].tasks)
    marks = np.array([abs(correlation_of(table)) for table in tables])
    together: dict[bytes, list[int]] = {}
    parts: list[tuple[list[int], _Null]] = []
    for at, table in enumerate(tables):
        if (table.paired == table.pairs).all():
            together.setdefault(table.transfer.tobytes(), []).append(at)
        else:
            parts.append(([at], _with_gaps(table)))
    build = _complete if size <= _AT_ONCE else partial(_complete_of_many, marks=marks)
    parts += [(members, build([tables[at] for at in members])) for members in together.values()]
    at_once = max(1, _BUFFER_ELEMENTS // max(size * size, 1))
    for batch in permutations(size, exhaustive=size <= EXHAUSTIVE_UP_TO, seed=seed):
        for start in range(0, len(batch), at_once):
            breathe()
            labels = batch[start : start + at_once]
            null = np.empty((len(labels), len(tables)))
            for members, part in parts:
                null[:, members] = part(labels)
            yield null


def _relabelled(square: FloatArray, labels: IntArray) -> FloatArray:
    """(batch, n²) of a square with rows and columns in the order of each of `labels`."""
    size = len(square)
    if size <= _AT_ONCE:
        return np.asarray(square[labels[:, :, None], labels[:, None, :]].reshape(len(labels), -1))
    out = np.empty((len(labels), size, size))
    rows = np.empty((size, size))
    for at, order in enumerate(labels):
        # `clip` writes into the buffer itself; the labels are in range.
        np.take(square, order, axis=0, out=rows, mode="clip")
        np.take(rows, order, axis=1, out=out[at], mode="clip")
    return out.reshape(len(labels), -1)


def _complete(tables: Sequence[DyadTable]) -> _Null:
    """Of tables with one transfer in which no pair lacks a value.

    To relabel every CKA is to relabel the one transfer the other way round, and r* of all tables
    is one product.
    """
    pairs = tables[0].pairs
    cka = np.zeros((len(tables), pairs.size))
    cka[:, pairs.ravel()] = _standardized(np.array([table.cka[pairs] for table in tables]))
    transfer = np.zeros(pairs.shape)
    transfer[pairs] = _standardized(tables[0].transfer[pairs])

    def null(labels: IntArray) -> FloatArray:
        return np.asarray(_relabelled(transfer, np.argsort(labels, axis=1)) @ cka.T)

    return null


def _complete_of_many(tables: Sequence[DyadTable], *, marks: FloatArray) -> _Null:
    """The same of many tasks: float32 and, of symmetric CKA, half of the pairs.

    marks: what r* are counted against; those in doubt are computed again in float64, so that the
    hits are those of `_complete`. The transfer of X→Y and Y→X counts as one where CKA is
    symmetric, and strips of rows keep what is moved in the processor's cache.
    """
    exact = _complete(tables)
    pairs = tables[0].pairs
    size = len(pairs)
    cka = np.zeros((len(tables), size, size))
    cka[:, pairs] = _standardized(np.array([table.cka[pairs] for table in tables]))
    transfer = np.zeros(pairs.shape)
    transfer[pairs] = _standardized(tables[0].transfer[pairs])
    symmetric = all(np.array_equal(one, one.T) for one in cka)
    if symmetric:
        transfer = transfer + transfer.T
        cka = np.triu(cka)
    moved = transfer.astype(np.float32)
    height = max(1, _STRIP_ELEMENTS // size)
    strips = [
        (top, min(top + height, size), top if symmetric else 0) for top in range(0, size, height)
    ]
    # Each strip of CKA lies as the strip of transfer is moved.
    against = [
        np.ascontiguousarray(cka[:, top:end, left:].reshape(len(tables), -1).T, dtype=np.float32)
        for top, end, left in strips
    ]
    buffer = np.empty(height * size, dtype=np.float32)

    def null(labels: IntArray) -> FloatArray:
        back = np.argsort(labels, axis=1)
        found = np.zeros((len(labels), len(tables)))
        for at, order in enumerate(back):
            for (top, end, left), weights in zip(strips, against, strict=True):
                part = buffer[: (end - top) * (size - left)]
                rows = moved.take(order[top:end], axis=0)
                # `clip` writes into the buffer itself; the labels are in range.
                out = part.reshape(end - top, size - left)
                rows.take(order[left:], axis=1, out=out, mode="clip")
                found[at] += part @ weights
        doubtful = (np.abs(np.abs(found)[:, :, None] - marks) < _SINGLE_DOUBT).any(axis=(1, 2))
        if doubtful.any():
            found[doubtful] = exact(labels[doubtful])
        return found

    return null


def _standardized(values: FloatArray) -> FloatArray:
    """Centred and of unit norm along the last axis, so that products are correlations."""
    values = values / largest(values)
    centred = values - values.mean(axis=-1, keepdims=True)
    centred /= np.abs(centred).max(axis=-1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=-1, keepdims=True))


def _with_gaps(table: DyadTable) -> _Null:
    """Of a table in which some pair lacks CKA or transfer: sums over the pairs that have both."""
    x, in_x = _filled(table.cka, table)
    y, in_y = _filled(table.transfer, table)
    of_y = np.stack([in_y.ravel(), y.ravel(), (y * y).ravel()])
    whole = bool((in_x.astype(bool) == table.pairs).all())

    def null(labels: IntArray) -> FloatArray:
        moved = _relabelled(x, labels)
        total_x, product = of_y[:2] @ moved.T
        square_x = np.square(moved, out=moved) @ of_y[0]
        n, total_y, square_y = of_y.sum(axis=1) if whole else of_y @ _relabelled(in_x, labels).T
        with np.errstate(invalid="ignore", divide="ignore"):
            varies_x, varies_y = square_x - total_x**2 / n, square_y - total_y**2 / n
            r = (product - total_x * total_y / n) / np.sqrt(varies_x * varies_y)
            constant = (varies_x <= _NOTHING_VARIES * square_x) | (
                varies_y <= _NOTHING_VARIES * square_y
            )
        return np.where(constant | (n < 2), np.nan, r)[:, None]

    return null


def _filled(values: FloatArray, table: DyadTable) -> tuple[FloatArray, FloatArray]:
    """(values about their mean with 0 where there is none, 1 where there is one); no diagonal.

    In units of the largest, so that squares stay in the range of floats.
    """
    there = table.pairs & np.isfinite(values)
    known = values[there] / largest(values[there])
    filled = np.zeros(values.shape)
    filled[there] = known - known.mean()
    filled /= max(float(np.abs(filled).max()), np.finfo(float).tiny)
    return filled, there.astype(np.float64)
