"""Linear centred kernel alignment (CKA) of many representations at once, plain and debiased."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from core.numerics.arrays import BoolArray, FloatArray
from core.numerics.threads import blas_threads, one_thread
from core.similarity.preprocessing import (
    MEMORY,
    Array,
    blocks,
    centre,
    checked,
    room_for_two,
    working_precision,
)

PANEL = 1024
"""Columns of a tile of ZᵀZ: wide enough for the full speed of a matrix product, 4 MiB a tile."""

TILES = 48 * 2**20
"""Bytes for a tile of every Gram matrix: large ones, for a BLAS that waits for other programs."""

OWN_THREADS = 4
"""Up to so many threads of BLAS each has tiles of its own, which share the bytes, …"""

TILES_A_THREAD = 4
"""… where there are at least so many for each, lest some wait for the last."""

DIAGONAL = 2
"""Parts of the side of a tile on the diagonal …"""

FEWEST_ROWS = 64
"""… of at least so many rows each."""

SUMMED = 4096
"""Products added up in the working precision before float64 takes over."""

GROUP = 16
"""Models whose Gram matrices are compared with those of as many others in one small product."""

SMALL = 1_000_000
"""Multiplications of a product that OpenBLAS still does where it lies: no copy, no threads."""

FEW = 256
"""Models up to which many small products are faster than one that BLAS copies and shares out."""


# Multiplications of a matrix product in the time that each of these takes.

STANDARDIZED = 50
"""Per value that is centred and scaled."""

WRITTEN = 20
"""Per value of a Gram matrix, beside its product: written, and read again from main memory."""

COMPARED = 2.5
"""Per value of a Gram matrix and pair of models: small products are slower than large ones."""


def linear_cka(x: npt.ArrayLike, y: npt.ArrayLike, *, debiased: bool = False) -> float:
    """Linear CKA of two representations of the same items: how alike they are.

    ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) of centred columns: 1 for a rotation, shift or isotropic scaling
    of the same representation. With few items and many features even noise has some.

    Parameters: `x` (n_items, p) and `y` (n_items, q), rows the same items in the same order.
    debiased: by unbiased estimates, about 0 for independent noise; needs 4 items.

    Returns a float from 0 to 1 (debiased from −1), NaN where one of the two is constant.

    Raises ComputationError for shapes that do not fit and for values that are not finite.

    Source: Kornblith et al. 2019; debiased Song et al. 2012, Murphy et al. 2024. Precision and
    memory: `cka_matrix`.

    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 3.0]]
    >>> turned = [[-b, a] for a, b in x]
    >>> round(linear_cka(x, turned), 12)
    1.0
    >>> round(linear_cka(x, [[1.0], [1.0], [4.0], [9.0]]), 4)
    0.5177
    >>> linear_cka(x, [[7.0]] * 4)
    nan
    """
    return float(cka_matrix([np.asarray(x), np.asarray(y)], debiased=debiased)[0, 1])


def cka_matrix(
    representations: Sequence[npt.NDArray[np.number]], *, debiased: bool = False
) -> FloatArray:
    """Linear CKA of every pair of models.

    Parameters: `representations`, M arrays (n_items, n_features_m), left as they are; feature
        counts may differ. Memory-mapped ones are read one at a time: once, or once for every 96
        MiB of centred representations or 192 MiB of Gram matrices where there is more than that.
    debiased: False: ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) with centred columns, range 0 to 1 (Kornblith
        et al. 2019). True: the same ratio of unbiased HSIC estimates (Song et al. 2012; Murphy et
        al. 2024), range −1 to 1, about 0 for independent noise; undefined below 4 items.

    Returns (M, M) float64, symmetric, diagonal 1, NaN = undefined.
    Undefined is the row and column of a constant representation and, debiased, of one whose
    items are all equally far apart (its own estimate is 0).

    Precision: products in float32 (error at most 1e-6 beside float64, at column offsets up to 1e4
    and any scale) if all representations are float16 or float32, else in float64. Debiased, the
    error grows where single items carry nearly all of a representation.
    Memory: 192 MiB of centred representations or Gram matrices and 48 MiB of tiles at most, or
    two representations where these alone are larger.

    Raises ComputationError (naming the position of the model) for a shape that does not fit and
    for values that are not finite.

    >>> rng = np.random.default_rng(0)
    >>> model = rng.standard_normal((50, 4))
    >>> cka_matrix([model, 3 * model + 1, rng.standard_normal((50, 2))]).round(3)
    array([[1.  , 1.  , 0.05],
           [1.  , 1.  , 0.05],
           [0.05, 0.05, 1.  ]])
    """
    models = checked(representations, "CKA")
    values = _cka(models, None, debiased)
    return (values + values.T) / 2


def cka_between(
    left: Sequence[npt.NDArray[np.number]],
    right: Sequence[npt.NDArray[np.number]],
    *,
    debiased: bool = False,
) -> FloatArray:
    """Linear CKA of every model of one set with every model of another: (A, B) float64.

    What `cka_matrix` of both has off its diagonal blocks, without the cost of these. left: A
    arrays, right: B; n_items are the same in all. Range, precision, memory and errors as in
    `cka_matrix`; the position of a model counts through `left`, then `right`.
    """
    models = checked([*left, *right], "CKA")
    if not left or not right:
        return np.zeros((len(left), len(right)))
    return _cka(models, len(left), debiased)[: len(left), len(left) :]


def _cka(models: Sequence[Array], split: int | None, debiased: bool) -> FloatArray:
    """(M, M) values: of all pairs, or of the first `split` models with the others, the rest 0."""
    if not models:
        return np.zeros((0, 0))
    by_features = _cost_by_features(models, split) <= _cost_by_grams(models, split)
    products = (_by_features if by_features else _by_grams)(models, split, debiased)
    return _normalized(products, len(models[0]), working_precision(models), debiased)


# -- which way is cheaper --------------------------------------------------------------------------


def _cost_by_features(models: Sequence[Array], split: int | None) -> float:
    n, width = len(models[0]), [x.shape[1] for x in models]
    total, (runs, _) = sum(width), _runs(models, split)
    if split is None:
        products = total * total / 2
        stacked = sum(sum(width[run]) * (at + 1) for at, run in enumerate(runs))
    else:
        left = sum(width[:split])
        products = left * (total - left) + sum(w * w for w in width) / 2
        stacked = left + (total - left) * len(runs)
    return float(n * (products + STANDARDIZED * stacked))


def _cost_by_grams(models: Sequence[Array], split: int | None) -> float:
    n, size, total = len(models[0]), len(models), sum(x.shape[1] for x in models)
    times = 1 if _is_held(models) else len(_tiles(models))
    pairs = size * size / 2 if split is None else split * (size - split)
    half = n * n / 2 * (total + WRITTEN * size + COMPARED * pairs)
    return float(half + STANDARDIZED * n * total * times)


@dataclass(frozen=True)
class _Products:
    """What CKA is made of, for M centred models of n items.

    inner:  (M, M) <XXᵀ, YYᵀ>, 0 where not asked for; without the diagonals of XXᵀ and YYᵀ if
            debiased
    traces: (M, n) diagonals of XXᵀ, empty if not debiased
    whole:  (M,) <XXᵀ, XXᵀ> with its diagonal
    varies: (M,) False = constant
    """

    inner: FloatArray
    traces: FloatArray
    whole: FloatArray
    varies: BoolArray


def _normalized(
    products: _Products, n: int, precision: np.dtype[np.floating], debiased: bool
) -> FloatArray:
    inner, defined = products.inner, products.varies
    if debiased and n < 4:
        return np.full_like(inner, np.nan)
    if debiased:
        # n (n − 3) HSIC: the rows of a centred XXᵀ sum to 0, without its diagonal to minus that.
        total = products.traces.sum(axis=1)
        inner = inner - 2 / (n - 2) * (products.traces @ products.traces.T)
        inner += np.outer(total, total) / ((n - 1) * (n - 2))
        # What is left may be rounding only.
        defined = defined & (np.diag(inner) > 64 * np.finfo(precision).eps * products.whole)
    norm = np.where(defined, np.sqrt(np.where(defined, np.diag(inner), 1.0)), np.nan)
    values = inner / np.outer(norm, norm)
    if not debiased:
        values = np.clip(values, 0.0, 1.0)
    values[defined, defined] = 1.0
    return np.asarray(values)


# -- features: ‖YᵀX‖²_F from tiles of ZᵀZ, Z all models side by side -------------------------------


@dataclass(frozen=True)
class _Panel:
    """Columns of centred models: values (n, ≤ PANEL); model `models[k]` begins at `starts[k]`."""

    values: Array
    models: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]


def _runs(models: Sequence[Array], split: int | None) -> tuple[list[slice], list[slice]]:
    """Runs of models of which two fit into memory, of the left side and of the right."""
    sizes = [x.size * working_precision(models).itemsize for x in models]
    room = room_for_two(sizes, MEMORY)
    if split is None:
        return blocks(sizes, room), []
    shifted = [slice(r.start + split, r.stop + split) for r in blocks(sizes[split:], room)]
    return blocks(sizes[:split], room), shifted


def _by_features(models: Sequence[Array], split: int | None, debiased: bool) -> _Products:
    n, size, precision = len(models[0]), len(models), working_precision(models)
    inner, varies = np.zeros((size, size)), np.zeros(size, dtype=bool)
    traces = np.zeros((size if debiased else 0, n))
    tile = np.empty(PANEL * PANEL, dtype=precision)

    def stack(run: slice) -> list[_Panel]:
        width = [x.shape[1] for x in models[run]]
        owner = np.repeat(np.arange(run.start, run.stop), width)
        stacked: Array = np.empty((n, len(owner)), dtype=precision)
        # Centred side by side they would be far apart in memory at every step.
        scratch = np.empty(n * max(width), dtype=precision)
        ends = np.cumsum(width).tolist()
        for at, last in zip(range(run.start, run.stop), ends, strict=True):
            z: Array = scratch[: models[at].size].reshape(models[at].shape)
            square = centre(models[at], at, z)
            varies[at] = square > 0
            scale = 1 / math.sqrt(square) if square > 0 else 0.0
            columns = stacked[:, last - z.shape[1] : last]
            np.multiply(z, scale, out=columns)
            if debiased:
                traces[at] = np.einsum("ij,ij->i", z, z) * scale**2
            if split is not None and not inner[at, at]:
                alone = list(_panels(columns, np.full(z.shape[1], at)))
                _add_products(inner, alone, alone, tile)
        return list(_panels(stacked, owner))

    runs, others = _runs(models, split)
    for at, run in enumerate(runs):
        own = stack(run)
        if split is None:
            _add_products(inner, own, own, tile)
        for later in runs[at + 1 :] if split is None else others:
            _add_products(inner, own, stack(later), tile)
        # Or it would be there beside the next two.
        del own
    whole = np.diag(inner).copy()
    if debiased:
        inner -= traces @ traces.T
    return _Products(inner, traces, whole, varies)


def _panels(stacked: Array, owner: npt.NDArray[np.intp]) -> Iterator[_Panel]:
    for first in range(0, len(owner), PANEL):
        of = owner[first : first + PANEL]
        found, starts = np.unique(of, return_index=True)
        yield _Panel(stacked[:, first : first + PANEL], found, starts)


def _add_products(inner: FloatArray, left: list[_Panel], right: list[_Panel], tile: Array) -> None:
    """Add what the models of `left` have with those of `right`, both ways, to `inner`."""
    for at, panel in enumerate(left):
        for other in left[at:] if right is left else right:
            _add_tile(inner, panel, other, tile)


def _add_tile(inner: FloatArray, left: _Panel, right: _Panel, buffer: Array) -> None:
    """Add the squares of leftᵀ right, summed model by model, to both halves of `inner`."""
    shape = left.values.shape[1], right.values.shape[1]
    tile = np.matmul(left.values.T, right.values, out=buffer[: shape[0] * shape[1]].reshape(shape))
    sums = np.empty((len(left.models), len(right.models)))
    ends = [*right.starts[1:].tolist(), shape[1]]
    for k, (first, last) in enumerate(zip(right.starts.tolist(), ends, strict=True)):
        part = tile[:, first:last]
        rows = np.einsum("ij,ij->i", part, part).astype(np.float64)
        sums[:, k] = np.add.reduceat(rows, left.starts)
    inner[np.ix_(left.models, right.models)] += sums
    if left is not right:
        inner[np.ix_(right.models, left.models)] += sums.T


# -- items: <XXᵀ, YYᵀ> from tiles of all Gram matrices, the same tile of each at a time ------------

_Tile = tuple[slice, slice]
"""Rows and columns of a Gram matrix, on its diagonal (both the same) or right of it."""


def _is_held(models: Sequence[Array]) -> bool:
    """All centred models are kept, rather than centred again for every strip of Gram matrices."""
    stacked, n = sum(x.size for x in models), len(models[0])
    fits = stacked * working_precision(models).itemsize <= MEMORY
    return fits and len(models) * n * n > stacked


def _tiles(models: Sequence[Array], threads: int = 1) -> list[list[_Tile]]:
    """The upper half of a Gram matrix, what is computed together in one list.

    threads: how many of these lists are in memory at once, where all models are held.
    """
    n, precision = len(models[0]), working_precision(models)
    if _is_held(models):
        room = TILES // threads
        return list(_squares(n, math.isqrt(room // (len(models) * precision.itemsize))))
    # Every strip reads every model again, so as few as memory allows.
    scratch = n * max(x.shape[1] for x in models) * precision.itemsize
    room = max(MEMORY - scratch, MEMORY // 2)
    return list(_strips(n, room // (len(models) * n * precision.itemsize)))


def _tiles_apart(models: Sequence[Array]) -> int:
    """How many threads have tiles of their own; 1 = BLAS shares out each product itself.

    What is beside the products, centring and comparing, is then done by all of them, too.
    """
    # Before BLAS is asked, for which it has to be found: most that is compared is small.
    if len(models) > FEW or not _is_held(models) or len(_tiles(models, 2)) < 2 * TILES_A_THREAD:
        return 1
    threads = blas_threads()
    if threads > OWN_THREADS or len(_tiles(models, threads)) < threads * TILES_A_THREAD:
        return 1
    return threads


def _by_grams(models: Sequence[Array], split: int | None, debiased: bool) -> _Products:
    n, size, precision = len(models[0]), len(models), working_precision(models)
    varies, diagonals = np.zeros(size, dtype=bool), np.zeros((size, n))
    upper = np.zeros((size, size))
    scratch: Array = np.empty(0, dtype=precision)

    def centred(at: int, out: Array) -> Array:
        z: Array = out[: models[at].size].reshape(models[at].shape)
        square = centre(models[at], at, z)
        varies[at] = square > 0
        z *= 1 / math.sqrt(square) if square > 0 else 0.0
        return z

    threads = _tiles_apart(models)
    groups, (pairs, alone) = _tiles(models, threads), _model_pairs(size, split)
    step = min(SUMMED, SMALL // GROUP**2)
    held: list[Array] = []
    buffers: SimpleQueue[Array] = SimpleQueue()

    def centred_apart(at: int) -> Array:
        return centred(at, np.empty(models[at].size, dtype=precision))

    def compared(group: list[_Tile]) -> FloatArray:
        """(M, M) what these tiles of all Gram matrices give to the upper half of `inner`."""
        found = np.zeros((size, size))
        buffer = buffers.get()
        try:
            for at in range(size):
                z = held[at] if held else centred(at, scratch)
                _fill(buffer[at], z, group, diagonals[at], without_diagonal=debiased)
            first = 0
            for tile in group:
                last = first + _length([tile])
                weight = 1 if tile[0] == tile[1] else 2
                for start in range(first, last, step):
                    part = buffer[:, start : min(start + step, last)]
                    for a, b in pairs:
                        found[a, b] += weight * (part[a] @ part[b].T)
                    for at in alone:
                        found[at, at] += weight * float(part[at] @ part[at])
                first = last
        finally:
            buffers.put(buffer)
        return found

    with _mapping(threads) as mapped:
        if _is_held(models):
            held.extend(mapped(centred_apart, range(size)))
        else:
            scratch = np.empty(n * max(x.shape[1] for x in models), dtype=precision)
        for _ in range(threads):
            # A length that is no power of two, lest the same place in all tiles fall on one
            # cache set.
            buffers.put(np.empty((size, max(map(_length, groups)) + 16), dtype=precision))
        for found in mapped(compared, groups):
            upper += found
    inner = np.triu(upper) + np.triu(upper, 1).T
    whole = np.diag(inner) + np.square(diagonals).sum(axis=1) * debiased
    return _Products(inner, diagonals if debiased else diagonals[:0], whole, varies)


@contextmanager
def _mapping(threads: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map`, or one that works in so many threads, in each of which BLAS has one."""
    if threads == 1:
        yield map
        return
    with one_thread(), ThreadPoolExecutor(threads) as executor:
        yield executor.map


def _model_pairs(size: int, split: int | None) -> tuple[list[tuple[slice, slice]], list[int]]:
    """What to compare: rectangles of models, and the models that none has with themselves."""
    side = GROUP if size <= FEW else size

    def cut(first: int, last: int) -> list[slice]:
        count = -(-(last - first) // side)
        edges = [first + (last - first) * k // count for k in range(count + 1)]
        return [slice(a, b) for a, b in itertools.pairwise(edges)]

    if split is not None:
        return list(itertools.product(cut(0, split), cut(split, size))), list(range(size))
    groups = cut(0, size)
    # One row less: for a matrix with itself BLAS has a way that is slower where it is small.
    squares = [(slice(g.start, g.stop - 1), g) for g in groups if g.stop - g.start > 1]
    return [*itertools.combinations(groups, 2), *squares], [g.stop - 1 for g in groups]


def _fill(
    row: Array, z: Array, group: list[_Tile], diagonal: FloatArray, *, without_diagonal: bool
) -> None:
    """Write the tiles of zzᵀ to `row`, one after the other, and its diagonal to `diagonal`."""
    first = 0
    for rows, columns in group:
        last = first + _length([(rows, columns)])
        tile = row[first:last].reshape(rows.stop - rows.start, -1)
        np.matmul(z[rows], z[columns].T, out=tile)
        if rows == columns:
            diagonal[rows] = np.diag(tile)
            if without_diagonal:
                np.fill_diagonal(tile, 0)
        first = last


def _length(group: list[_Tile]) -> int:
    return sum((r.stop - r.start) * (c.stop - c.start) for r, c in group)


def _squares(n: int, side: int) -> Iterator[list[_Tile]]:
    """The upper half of an n x n matrix in squares of about equal size, at most `side` wide."""
    count = -(-n // max(1, min(side, n)))
    edges = [n * k // count for k in range(count + 1)]
    cuts = [slice(first, last) for first, last in itertools.pairwise(edges)]
    for rows, columns in itertools.combinations_with_replacement(cuts, 2):
        yield _upper(rows) if rows == columns else [(rows, columns)]


def _upper(rows: slice) -> list[_Tile]:
    """A square on the diagonal in parts, without what is below it.

    BLAS does a matrix with itself at little more than half of its speed, the more so the larger
    it is, and gives both halves of it.
    """
    size = rows.stop - rows.start
    parts = DIAGONAL if size >= DIAGONAL * FEWEST_ROWS else 1
    edges = [rows.start + size * k // parts for k in range(parts + 1)]
    cuts = [slice(first, last) for first, last in itertools.pairwise(edges)]
    return list(itertools.combinations_with_replacement(cuts, 2))


def _strips(n: int, height: int) -> Iterator[list[_Tile]]:
    """The upper half of an n x n matrix in strips of full length, square and rest of each."""
    for first in range(0, n, max(1, height)):
        rows = slice(first, min(first + max(1, height), n))
        rest = slice(rows.stop, n)
        yield [(rows, rows), (rows, rest)] if rows.stop < n else [(rows, rows)]
