"""r of relabelled tables: all relabellings of few tasks, drawn ones of more, by shifts of many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from propcache.api import cached_property

from core.analyses.association.dyads import DyadTable
from core.numerics.arrays import BoolArray, FloatArray, IntArray, largest
from core.numerics.blockwise import in_blocks
from core.numerics.interrupt import breathe
from core.numerics.permutation import (
    BLOCK,
    EXHAUSTIVE_UP_TO,
    SAMPLED_PERMUTATIONS,
    blocks_of,
    drawn,
    permutations,
    permutations_of,
)

SHIFTED_FROM = 100
"""Of so many tasks, each drawn order stands for all its cyclic shifts."""

_AT_ONCE = 12
_BUFFER_ELEMENTS = 80_000
_DIAGONAL_ELEMENTS = 50_000
_NOTHING_VARIES = 1e-12
_ONE_S, _TASK_S = 1e-6, 5e-7
"""Seconds of a relabelling, and of one for each task in it."""

_Null = Callable[[IntArray], FloatArray]
"""(batch, n_tasks) relabellings -> (batch, k) r* of k tables."""


def relabelled_r(
    tables: Sequence[DyadTable], seed: int, *, executor: Executor | None = None
) -> Iterator[FloatArray]:
    """Batches (batch, n_tables) of r* after relabelling the CKA of tables of the same tasks.

    NaN where a relabelling leaves r* undefined. Up to 8 tasks all relabellings, beyond
    `SAMPLED_PERMUTATIONS` drawn with `seed`. From `SHIFTED_FROM` tasks on an order is drawn and
    all its cyclic shifts are taken (`shifts_of`): each by itself is as likely as any relabelling,
    and r* of two of them correlate by at most 1/(n − 3), mostly below 0, so that a share of
    them is about as exact as of relabellings drawn one by one.

    executor: as in `in_blocks`; the numbers are the same bits whoever does it.

    Source: docs/methods.md, "Does similarity predict transfer?"; random cosets of a group of
    permutations, Hemerik & Goeman 2018.
    """
    size = len(tables[0].tasks)
    # The transfer of each seed is nothing a worker needs.
    work = _Work(tuple(replace(table, per_seed=table.per_seed[:0]) for table in tables), seed)
    if size <= EXHAUSTIVE_UP_TO:
        for batch in permutations(size, exhaustive=True, seed=seed):
            yield from work.batches(batch)
        return
    blocks = range(
        blocks_of(SAMPLED_PERMUTATIONS)
        if size < SHIFTED_FROM
        else -(-SAMPLED_PERMUTATIONS // (size * _orders_a_block(size)))
    )
    yield from in_blocks(work, blocks, executor)


def relabelling_seconds(_study: object, _queries: Sequence[Any], tasks: int) -> float:
    """About what the relabellings of tables of so many tasks take on one core.

    From `SHIFTED_FROM` tasks on they are products that a cost by pairs holds.
    """
    if tasks >= SHIFTED_FROM:
        return 0.0
    return permutations_of(tasks) * (_ONE_S + _TASK_S * tasks)


def _orders_a_block(size: int) -> int:
    """Orders of which one block takes all shifts."""
    return max(1, BLOCK // size)


@dataclass(frozen=True)
class _Work:
    """What a worker is given once for each block: tables of the same tasks, and the seed."""

    tables: tuple[DyadTable, ...]
    seed: int

    def __call__(self, block: int) -> FloatArray:
        """(batch, n_tables) r* of a block of relabellings."""
        size = len(self.tables[0].tasks)
        if size < SHIFTED_FROM:
            labels = drawn(size, SAMPLED_PERMUTATIONS, seed=self.seed, block=block)
            return np.concatenate(list(self.batches(labels)))
        rng = np.random.default_rng((self.seed, block))
        first = block * _orders_a_block(size) * size
        last = min(first + _orders_a_block(size) * size, SAMPLED_PERMUTATIONS)
        return np.concatenate(
            [
                self._null(rng.permutation(size)[None], min(size, last - done))
                for done in range(first, last, size)
            ]
        )

    def batches(self, labels: IntArray) -> Iterator[FloatArray]:
        """The same of given relabellings, one by one, as many at once as memory allows."""
        at_once = max(1, _BUFFER_ELEMENTS // max(labels.shape[1] ** 2, 1))
        for start in range(0, len(labels), at_once):
            part = labels[start : start + at_once]
            yield self._null(part, len(part))

    def _null(self, labels: IntArray, found: int) -> FloatArray:
        breathe()
        null = np.empty((found, len(self.tables)))
        for members, part in self._parts:
            null[:, members] = part(labels)[:found]
        return null

    @cached_property
    def _parts(self) -> list[tuple[list[int], _Null]]:
        """Positions of tables, and the function of all of them."""
        together: dict[bytes, list[int]] = {}
        gaps: list[list[int]] = []
        for at, table in enumerate(self.tables):
            if (table.paired == table.pairs).all():
                together.setdefault(table.transfer.tobytes(), []).append(at)
            else:
                gaps.append([at])
        shifted = len(self.tables[0].tasks) >= SHIFTED_FROM
        complete, with_gaps = (
            (_complete_by_shifts, _with_gaps_by_shifts) if shifted else (_complete, _with_gaps)
        )
        parts = [(own, complete([self.tables[at] for at in own])) for own in together.values()]
        return parts + [(own, with_gaps(self.tables[own[0]])) for own in gaps]

    def __getstate__(self) -> dict[str, Any]:
        """Without what a worker makes for itself."""
        return {"tables": self.tables, "seed": self.seed}


def shifts_of(labels: IntArray) -> IntArray:
    """(n, n): the relabellings that an order of n tasks stands for, itself first."""
    size = len(labels)
    return np.asarray((labels - np.arange(size)[:, None]) % size)


def relabelled(square: FloatArray, labels: IntArray) -> FloatArray:
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
    cka, transfer = _standardized_squares(tables)
    against = cka.reshape(len(tables), -1).T

    def null(labels: IntArray) -> FloatArray:
        return np.asarray(relabelled(transfer, np.argsort(labels, axis=1)) @ against)

    return null


def _complete_by_shifts(tables: Sequence[DyadTable]) -> _Null:
    """The same of many tasks: r* of all shifts of one order, (n_tasks, n_tables)."""
    cka, transfer = _standardized_squares(tables)
    products = _ShiftedProducts(cka, transfer[None])

    def null(labels: IntArray) -> FloatArray:
        return products.of(labels[0])[:, :, 0]

    return null


def _standardized_squares(tables: Sequence[DyadTable]) -> tuple[FloatArray, FloatArray]:
    """CKA (n_tables, n, n) and the one transfer (n, n), so that their products are r."""
    pairs = tables[0].pairs
    cka = np.zeros((len(tables), *pairs.shape))
    cka[:, pairs] = _standardized(np.array([table.cka[pairs] for table in tables]))
    transfer = np.zeros(pairs.shape)
    transfer[pairs] = _standardized(tables[0].transfer[pairs])
    return cka, transfer


def _standardized(values: FloatArray) -> FloatArray:
    """Centred and of unit norm along the last axis, so that products are correlations."""
    values = values / largest(values)
    centred = values - values.mean(axis=-1, keepdims=True)
    centred /= np.abs(centred).max(axis=-1, keepdims=True)
    return np.asarray(centred / np.linalg.norm(centred, axis=-1, keepdims=True))


class _ShiftedProducts:
    """Σ over pairs of a square in its order times another relabelled, for all shifts of an order.

    A cyclic shift of the tasks moves each diagonal of a square along itself, so that the sums of
    all n shifts are one cross-correlation a diagonal: O(n² log n) for n relabellings, not n³.
    Of symmetric squares half of the diagonals are enough, with the other square's X→Y and Y→X
    added up.
    """

    def __init__(self, kept: FloatArray, moved: FloatArray) -> None:
        """kept: (k, n, n), moved: (m, n, n), both 0 on the diagonal."""
        size = kept.shape[1]
        symmetric = all(np.array_equal(one, one.T) for one in kept)
        self._moved = np.ascontiguousarray(moved + moved.swapaxes(1, 2) if symmetric else moved)
        diagonals = np.arange(1, size // 2 + 1 if symmetric else size)
        blocks = max(1, math.ceil(len(diagonals) * size / _DIAGONAL_ELEMENTS))
        order = np.arange(size)
        self._spectra: list[tuple[IntArray, npt.NDArray[np.complex128]]] = []
        for block in np.array_split(diagonals, blocks):
            breathe()
            along = kept[:, order[:, None], (order[:, None] + block) % size]
            if symmetric:
                # The middle diagonal of an even number of tasks is its own other half.
                along[:, :, 2 * block == size] /= 2
            spectrum = np.fft.rfft(along, axis=1).conj()
            self._spectra.append((block, np.ascontiguousarray(spectrum.transpose(1, 0, 2))))

    def of(self, labels: IntArray) -> FloatArray:
        """(n, k, m): row by row the sums of `shifts_of(labels)`, of each kept and moved square."""
        size = len(labels)
        order = np.argsort(labels)
        twice = np.concatenate([order, order])
        rows = order[:, None] * size
        places = np.arange(size)[:, None]
        total = np.zeros((), dtype=np.complex128)
        for block, kept in self._spectra:
            breathe()
            along = self._moved.reshape(len(self._moved), -1)[:, rows + twice[places + block]]
            spectrum = np.fft.rfft(along, axis=1).transpose(1, 2, 0)
            total = np.asarray(total + kept @ spectrum)
        return np.asarray(np.fft.irfft(total, n=size, axis=0))


def _with_gaps(table: DyadTable) -> _Null:
    """Of a table in which some pair lacks CKA or transfer: sums over the pairs that have both."""
    x, in_x = filled(table.cka, table.pairs)
    y, in_y = filled(table.transfer, table.pairs)
    of_y = np.stack([in_y.ravel(), y.ravel(), (y * y).ravel()])
    whole = bool((in_x.astype(bool) == table.pairs).all())

    def null(labels: IntArray) -> FloatArray:
        moved = relabelled(x, labels)
        total_x, product = of_y[:2] @ moved.T
        square_x = np.square(moved, out=moved) @ of_y[0]
        n, total_y, square_y = of_y.sum(axis=1) if whole else of_y @ relabelled(in_x, labels).T
        return r_of_sums(n, total_x, total_y, square_x, square_y, product)[:, None]

    return null


def _with_gaps_by_shifts(table: DyadTable) -> _Null:
    """The same of many tasks: r* of all shifts of one order, (n_tasks, 1)."""
    x, in_x = filled(table.cka, table.pairs)
    y, in_y = filled(table.transfer, table.pairs)
    products = _ShiftedProducts(np.stack([in_x, x, x * x]), np.stack([in_y, y, y * y]))

    def null(labels: IntArray) -> FloatArray:
        sums = products.of(labels[0])
        # A whole number, but for the rounding of the transform.
        n = np.round(sums[:, 0, 0])
        r = r_of_sums(n, sums[:, 1, 0], sums[:, 0, 1], sums[:, 2, 0], sums[:, 0, 2], sums[:, 1, 1])
        return r[:, None]

    return null


def r_of_sums(
    n: FloatArray,
    total_x: FloatArray,
    total_y: FloatArray,
    square_x: FloatArray,
    square_y: FloatArray,
    product: FloatArray,
) -> FloatArray:
    """r of n pairs from their sums, (batch,) each; NaN where either is constant."""
    with np.errstate(invalid="ignore", divide="ignore"):
        varies_x, varies_y = square_x - total_x**2 / n, square_y - total_y**2 / n
        r = (product - total_x * total_y / n) / np.sqrt(varies_x * varies_y)
        constant = (varies_x <= _NOTHING_VARIES * square_x) | (
            varies_y <= _NOTHING_VARIES * square_y
        )
    return np.where(constant | (n < 2), np.nan, r)


def filled(values: FloatArray, pairs: BoolArray) -> tuple[FloatArray, FloatArray]:
    """(values about their mean with 0 where there is none, 1 where there is one); no diagonal.

    values: (n, n) float64; pairs: (n, n) bool, where a value counts. Both answers are (n, n)
    float64, in units of the largest, so that squares stay in the range of floats.
    """
    there = pairs & np.isfinite(values)
    square = np.zeros(values.shape)
    if there.any():
        known = values[there] / largest(values[there])
        square[there] = known - known.mean()
        square /= max(float(np.abs(square).max()), np.finfo(float).tiny)
    return square, there.astype(np.float64)
