"""r under every choice somebody could have made: the specification curve, with one p for all of it.

Layer, checkpoint, measure, seeds, tasks and scale are chosen before r is computed, and who looks
for a large r finds a choice that has one. So all of them are made, and each relabelling of the
tasks is applied to all of them at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from propcache.api import cached_property

from core.analyses.association.relabelling import filled, r_of_sums, relabelled
from core.errors import RequestError
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.blockwise import in_blocks
from core.numerics.interrupt import breathe
from core.numerics.permutation import LEVEL, drawing_error, permutations

EXHAUSTIVE_UP_TO = 6
DRAWN = 1_000
DRAWN_AT_ONCE = 50
"""Of these, drawn with one seed and relabelled by one worker."""
MOST_CELLS = 8_000_000
"""Of relabellings × specifications that are held at once, four bytes each."""
BAND_POINTS = 100
_BATCH_ELEMENTS = 2_000_000
_TOLERANCE = 1e-6
"""r* are kept in float32: nearer than this to an r they reach it."""


class Dimension(StrEnum):
    """What is chosen before r is computed."""

    LAYER = "layer"
    CHECKPOINT = "checkpoint"
    MEASURE = "measure"
    SEEDS = "seeds"
    TASKS = "tasks"
    SCALE = "scale"


@dataclass(frozen=True)
class Side:
    """One matrix over all tasks, and the choices it was made by, in words.

    values: (n_tasks, n_tasks) float64, NaN = none. choices: one of each dimension it is about.
    """

    values: FloatArray
    choices: dict[Dimension, str]


@dataclass(frozen=True)
class Specifications:
    """r of one method's transfer and similarity under every choice, by size, smallest first.

    levels: per dimension of `Dimension`, what was chosen from, in words
    at:     (n, 6) int64, position in the levels of each dimension
    r, p:   (n,) float64; p of that r alone, two-sided, over the relabellings of the curve
    n:      (n,) int64, ordered pairs
    chosen: position of the one that is shown elsewhere; −1 where r is undefined there
    median: of r; median_p: share of relabellings with at least such a |median|: the p of the curve
    significant: how many have p ≤ 0.05 in the direction that more of them have; significant_p:
        share of relabellings with as many
    band_at, low, high: (k,) ranks, and between what 95 % of relabelled curves lie there
    undefined: how many more have no r; reduced: what was not varied, as there were too many
    """

    method: str
    label: str
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    at: IntArray
    r: FloatArray
    p: FloatArray
    n: IntArray
    chosen: int
    median: float
    median_p: float
    significant: int
    significant_p: float
    permutations: int
    exhaustive: bool
    band_at: IntArray
    low: FloatArray
    high: FloatArray
    undefined: int
    reduced: tuple[str, ...] = ()

    @property
    def error(self) -> float:
        """Standard error of the curve's p by drawing: 0 of all relabellings."""
        return self.error_of(self.median_p)

    def error_of(self, p: float) -> float:
        """The same of any p of these relabellings, that of one choice say."""
        if math.isnan(p):
            return 0.0
        return drawing_error(p, self.permutations, exhaustive=self.exhaustive)

    def choices(self, at: int) -> tuple[str, ...]:
        """What was chosen in the specification at a position, dimension by dimension."""
        places = self.at[at].tolist()
        return tuple(level[place] for level, place in zip(self.levels, places, strict=True))


def _every_r(
    similarities: Sequence[Side],
    transfers: Sequence[Side],
    exclusions: Sequence[tuple[str, tuple[str, ...]]],
    tasks: Sequence[str],
    seed: int,
    executor: Executor | None,
) -> tuple[npt.NDArray[np.float32], IntArray, list[dict[Dimension, str]]]:
    """r* of each relabelling (rows, the first changes nothing) and specification (columns).

    With them the pairs that each specification looks at, and its choices in words.
    """
    of_seeds: dict[str, list[Side]] = {}
    for side in similarities:
        of_seeds.setdefault(side.choices[Dimension.SEEDS], []).append(side)
    compared = [
        (transfer, alike)
        for transfer in transfers
        if (alike := of_seeds.get(transfer.choices[Dimension.SEEDS]))
    ]
    words = [
        {**side.choices, **transfer.choices, Dimension.TASKS: name}
        for transfer, alike in compared
        for name, _ in exclusions
        for side in alike
    ]
    size = len(tasks)
    if not words:
        return np.empty((relabellings(size), 0), dtype=np.float32), np.empty(0, np.int64), words
    work = _Work(
        similarities=tuple(np.array([side.values for side in own]) for own in of_seeds.values()),
        transfers=tuple(
            (list(of_seeds).index(transfer.choices[Dimension.SEEDS]), transfer.values)
            for transfer, _ in compared
        ),
        looked_at=tuple(np.isin(tasks, kept) for _, kept in exclusions),
        seed=seed,
    )
    blocks = 1 if size <= EXHAUSTIVE_UP_TO else DRAWN // DRAWN_AT_ONCE
    found = list(in_blocks(work, range(blocks), executor))
    return np.concatenate([null for null, _ in found]), found[0][1], words


@dataclass(frozen=True)
class _Work:
    """What a worker is given for each block of relabellings.

    similarities: (k, n, n) of each choice of seeds; transfers: position there, (n, n) values;
    looked_at: (n,) bool, the tasks of each choice of them.
    """

    similarities: tuple[FloatArray, ...]
    transfers: tuple[tuple[int, FloatArray], ...]
    looked_at: tuple[BoolArray, ...]
    seed: int

    def __call__(self, block: int) -> tuple[npt.NDArray[np.float32], IntArray]:
        """(drawn, specifications) r* of a block, and the pairs of its first relabelling."""
        size = len(self.looked_at[0])
        pairs = ~np.eye(size, dtype=bool)
        # Inverses, which move a matrix; the same for every similarity and every choice of tasks.
        orders = [np.argsort(labels, axis=1) for labels in _orders(size, self.seed, block)]
        found = [
            _relabelled_r(
                self._sides[at],
                filled(np.where(there[:, None] & there, values, np.nan), pairs),
                orders,
            )
            for at, values in self.transfers
            for there in self.looked_at
        ]
        return np.concatenate([r for r, _ in found], axis=1), np.concatenate([n for _, n in found])

    @cached_property
    def _sides(self) -> list[tuple[FloatArray, FloatArray, FloatArray]]:
        """As `_relabelled_r` takes them."""
        sides = []
        for squares in self.similarities:
            pairs = ~np.eye(squares.shape[1], dtype=bool)
            both = [filled(values, pairs) for values in squares]
            x = np.array([values.ravel() for values, _ in both])
            sides.append((x, np.array([there.ravel() for _, there in both]), x * x))
        return sides

    def __getstate__(self) -> dict[str, Any]:
        """Without what a worker makes for itself."""
        return {name: value for name, value in self.__dict__.items() if name != "_sides"}


def _placed(
    words: Sequence[Mapping[Dimension, str]], order: IntArray
) -> tuple[tuple[tuple[str, ...], ...], IntArray]:
    """(the choices of each dimension, those of the specifications in `order` as places in these).

    words: of every specification. The second is (len(order), n_dimensions) int64.
    """
    levels = tuple(tuple(dict.fromkeys(one[key] for one in words)) for key in Dimension)
    places = [{word: at for at, word in enumerate(level)} for level in levels]
    at = [
        [place[words[i][key]] for key, place in zip(Dimension, places, strict=True)] for i in order
    ]
    return levels, np.array(at, dtype=np.int64)


def curve(
    similarities: Sequence[Side],
    transfers: Sequence[Side],
    exclusions: Sequence[tuple[str, tuple[str, ...]]],
    tasks: Sequence[str],
    *,
    chosen: dict[Dimension, str],
    method: str,
    label: str,
    seeds: tuple[int, ...],
    seed: int = 0,
    reduced: tuple[str, ...] = (),
    executor: Executor | None = None,
) -> Specifications:
    """Every similarity with every transfer of the same seeds, over each choice of tasks.

    exclusions: words, and the tasks that are looked at. The tasks of the similarity are relabelled
    among all `tasks`, the same way in all specifications; r* is over the pairs that are looked at.
    Up to 6 tasks all relabellings, beyond 1,000 drawn with `seed`, counted with the one that
    changes nothing. A relabelling that leaves r* undefined reaches every r. executor: makes them,
    as in `in_blocks`; the numbers are the same bits whoever does it.

    Raises RequestError where no specification has an r.

    Source: Simonsohn, Simmons & Nelson 2020; docs/methods.md, "Many places looked at".
    """
    exhaustive = len(tasks) <= EXHAUSTIVE_UP_TO
    drawn = relabellings(len(tasks))
    every, n, words = _every_r(similarities, transfers, exclusions, tasks, seed, executor)
    defined = np.flatnonzero(np.isfinite(every[0])) if every.size else np.empty(0, dtype=np.int64)
    if not len(defined):
        raise RequestError("no choice of layer, measure, seeds and tasks has a correlation")
    order = defined[np.argsort(every[0, defined], kind="stable")]
    levels, at = _placed(words, order)
    shown = next((k for k, i in enumerate(order.tolist()) if words[i] == chosen), -1)
    r, counts = every[0, order].astype(np.float64), n[order]
    undefined = every.shape[1] - len(order)
    every = every[:, order]
    p, significant, significant_p = _significant(every)
    band_at = np.unique(np.linspace(0, len(order) - 1, BAND_POINTS).round().astype(np.int64))
    every[~np.isfinite(every)] = 0.0
    every.sort(axis=1)
    middle = (every[:, (len(order) - 1) // 2] + every[:, len(order) // 2]) / 2
    low, high = np.quantile(every[:, band_at], [0.025, 0.975], axis=0)
    return Specifications(
        method=method,
        label=label,
        seeds=seeds,
        tasks=tuple(tasks),
        levels=levels,
        at=at,
        r=r,
        p=p,
        n=counts,
        chosen=shown,
        median=float(middle[0]),
        median_p=float((np.abs(middle) >= abs(middle[0]) - _TOLERANCE).mean()),
        significant=significant,
        significant_p=significant_p,
        permutations=drawn if exhaustive else DRAWN,
        exhaustive=exhaustive,
        band_at=band_at,
        low=low.astype(np.float64),
        high=high.astype(np.float64),
        undefined=undefined,
        reduced=reduced,
    )


def most_specifications(size: int) -> int:
    """How many can be held at once with the relabellings of so many tasks."""
    return MOST_CELLS // relabellings(size)


def relabellings(size: int) -> int:
    """How many are looked at, the one that changes nothing among them."""
    return math.factorial(size) if size <= EXHAUSTIVE_UP_TO else 1 + DRAWN


def _significant(null: npt.NDArray[np.float32]) -> tuple[FloatArray, int, float]:
    """p of each column's first row, how many are ≤ 0.05 in one direction, and the p of so many."""
    rows, columns = null.shape
    p = np.empty(columns)
    positive, negative = np.zeros(rows, dtype=np.int64), np.zeros(rows, dtype=np.int64)
    last = math.ceil((1 - LEVEL) * rows - 1e-9) - 1
    step = max(1, _BATCH_ELEMENTS // rows)
    for start in range(0, columns, step):
        breathe()
        part = null[:, start : start + step]
        size = np.where(np.isfinite(part), np.abs(part), np.float32(np.inf))
        p[start : start + step] = (size >= size[0] - _TOLERANCE).mean(axis=0)
        # What is larger than all but 5 % of a specification's own r* has p ≤ 0.05 in it.
        found = size > np.partition(size, last, axis=0)[last] + _TOLERANCE
        positive += (found & (part > 0)).sum(axis=1)
        negative += (found & (part < 0)).sum(axis=1)
    most = np.maximum(positive, negative)
    return p, int(most[0]), float((most >= most[0]).mean())


def _orders(size: int, seed: int, block: int) -> Iterator[IntArray]:
    """One block of relabellings in batches; the very first changes nothing."""
    if size <= EXHAUSTIVE_UP_TO:
        yield from permutations(size, exhaustive=True, seed=seed)
        return
    if block == 0:
        yield np.arange(size, dtype=np.int64)[None]
    rng = np.random.default_rng((seed, block))
    labels = rng.permuted(np.tile(np.arange(size), (DRAWN_AT_ONCE, 1)), axis=1)
    step = max(1, _BATCH_ELEMENTS // (size * size))
    for start in range(0, DRAWN_AT_ONCE, step):
        yield labels[start : start + step]


def _relabelled_r(
    similarities: tuple[FloatArray, FloatArray, FloatArray],
    transfer: tuple[FloatArray, FloatArray],
    orders: Sequence[IntArray],
) -> tuple[npt.NDArray[np.float32], IntArray]:
    """(drawn, k) r* of k similarities and one transfer; (k,) pairs of the first relabelling.

    similarities: (k, n²) values, which of them are there, and their squares. orders: inverses of
    the relabellings, in batches (batch, n).
    """
    x, in_x, x_squared = similarities
    y, in_y = transfer
    pairs = ~np.eye(len(y), dtype=bool)
    looked_at: FloatArray = np.asarray(in_y.any(axis=1), dtype=np.float64)
    whole = bool(
        in_x[:, pairs.ravel()].all() and (in_y == np.outer(looked_at, looked_at) * pairs).all()
    )
    found = np.empty((sum(map(len, orders)), len(x)), dtype=np.float32)
    n = np.zeros(len(x), dtype=np.int64)
    done = 0
    for back in orders:
        breathe()
        moved = relabelled(y, back)
        if whole:
            # All that is moved meets a value: only the similarities of the tasks looked at vary.
            shape = len(back), len(x)
            counts = np.full(shape, float(in_y.sum()))
            total_y, square_y = np.full(shape, y.sum()), np.full(shape, (y * y).sum())
            chosen = looked_at[back]
            total_x, square_x = _among(chosen, x), _among(chosen, x_squared)
        else:
            moved_in = relabelled(in_y, back)
            counts = moved_in @ in_x.T
            total_x, total_y = moved_in @ x.T, moved @ in_x.T
            square_x, square_y = moved_in @ x_squared.T, (moved * moved) @ in_x.T
        r = r_of_sums(counts, total_x, total_y, square_x, square_y, moved @ x.T)
        found[done : done + len(back)] = np.clip(r, -1.0, 1.0)
        if not done:
            n = np.round(counts[0]).astype(np.int64)
        done += len(back)
    return found, n


def _among(chosen: FloatArray, squares: FloatArray) -> FloatArray:
    """(batch, k): the sum of each square over the pairs of chosen tasks.

    chosen: (batch, n), 1 = chosen; squares: (k, n²), 0 on the diagonal.
    """
    size = chosen.shape[1]
    return np.stack(
        [((chosen @ one.reshape(size, size)) * chosen).sum(axis=1) for one in squares], axis=1
    )
