"""Linear centred kernel alignment (CKA) of many representations at once, plain and debiased."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.arrays import BoolArray, FloatArray
from core.centring import MEMORY, Array, blocks, centre, checked, working_precision

PANEL = 1024
"""Columns of a tile of ZᵀZ: wide enough for the full speed of a matrix product, 4 MiB a tile."""

SUMMED = 65_536
"""Products added up in the working precision before float64 takes over."""


def linear_cka(x: npt.ArrayLike, y: npt.ArrayLike, *, debiased: bool = False) -> float:
    """Linear CKA of two representations of the same items; NaN where it is undefined.

    x: (n_items, p), y: (n_items, q). Range, precision and errors as in `cka_matrix`.
    """
    return float(cka_matrix([np.asarray(x), np.asarray(y)], debiased=debiased)[0, 1])


def cka_matrix(
    representations: Sequence[npt.NDArray[np.number]], *, debiased: bool = False
) -> FloatArray:
    """Linear CKA of every pair of models: (M, M) float64, symmetric, diagonal 1, NaN = undefined.

    representations: M arrays (n_items, n_features_m), left as they are; feature counts may
        differ. Memory-mapped ones are read one at a time: once, or once for every 96 MiB of
        centred representations or 192 MiB of Gram matrices where there is more than that.
    debiased: False: ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F) with centred columns, range 0 to 1 (Kornblith
        et al. 2019). True: the same ratio of unbiased HSIC estimates (Song et al. 2012; Murphy et
        al. 2024), range −1 to 1, about 0 for independent noise; undefined below 4 items.

    Undefined is the row and column of a constant representation and, debiased, of one whose
    items are all equally far apart (its own estimate is 0).

    Precision: products in float32 (error at most 1e-6 beside float64, at column offsets up to 1e4
    and any scale) if all representations are float16 or float32, else in float64. Debiased, the
    error grows where single items carry nearly all of a representation.
    Memory: 192 MiB of centred representations and one tile (4 MiB in float32) at most, or two
    representations where these alone are larger.

    Raises ComputationError (naming the position of the model) for a shape that does not fit and
    for values that are not finite.
    """
    models = checked(representations, "CKA")
    if not models:
        return np.zeros((0, 0))
    n, size, width = len(models[0]), len(models), sum(x.shape[1] for x in models)
    # Multiplications of either way; ‖YᵀX‖²_F = <XXᵀ, YYᵀ>.
    by_features = width * width <= n * (width + size * size / 2)
    products = _by_features(models, debiased) if by_features else _by_grams(models, debiased)
    return _normalized(products, n, working_precision(models), debiased)


@dataclass(frozen=True)
class _Products:
    """What CKA is made of, for M centred models of n items.

    inner:  (M, M) <XXᵀ, YYᵀ>; without the diagonals of XXᵀ and YYᵀ if debiased
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
    return np.asarray((values + values.T) / 2)


# -- features: ‖YᵀX‖²_F from tiles of ZᵀZ, Z all models side by side -------------------------------


@dataclass(frozen=True)
class _Panel:
    """Columns of centred models: values (n, ≤ PANEL); model `models[k]` begins at `starts[k]`."""

    values: Array
    models: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]


def _by_features(models: Sequence[Array], debiased: bool) -> _Products:
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
        return list(_panels(stacked, owner))

    runs = list(blocks([n * x.shape[1] * precision.itemsize for x in models], MEMORY))
    for at, run in enumerate(runs):
        own = stack(run)
        _add_products(inner, own, own, tile)
        for later in runs[at + 1 :]:
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


# -- items: <XXᵀ, YYᵀ> from strips of Gram matrices ------------------------------------------------


def _by_grams(models: Sequence[Array], debiased: bool) -> _Products:
    n, size, precision = len(models[0]), len(models), working_precision(models)
    inner, varies = np.zeros((size, size)), np.zeros(size, dtype=bool)
    diagonals = np.zeros((size, n))
    widest = max(x.shape[1] for x in models)
    centred = np.empty(n * widest, dtype=precision)
    # Every strip reads every model again, so as few as memory allows.
    room = MEMORY - centred.nbytes if centred.nbytes < MEMORY // 2 else MEMORY // 2
    height = min(n, max(1, room // (size * n * precision.itemsize)))
    buffer = np.empty(size * height * n, dtype=precision)
    for first in range(0, n, height):
        last = min(first + height, n)
        # Right of the diagonal only: XXᵀ is symmetric.
        strip = buffer[: size * (last - first) * (n - first)]
        strip = strip.reshape(size, last - first, n - first)
        for at, x in enumerate(models):
            z = centred[: x.size].reshape(x.shape)
            square = centre(x, at, z)
            varies[at] = square > 0
            np.matmul(z[first:last], z[first:].T, out=strip[at])
            strip[at] *= 1 / square if square > 0 else 0.0
        diagonal = np.einsum("mii->mi", strip[:, :, : last - first])
        diagonals[:, first:last] = diagonal
        if debiased:
            diagonal[:] = 0
        strip[:, :, last - first :] *= math.sqrt(2)
        flat = strip.reshape(size, -1)
        for start in range(0, flat.shape[1], SUMMED):
            part = flat[:, start : start + SUMMED]
            inner += part @ part.T
    whole = np.diag(inner) + np.square(diagonals).sum(axis=1) * debiased
    return _Products(inner, diagonals if debiased else diagonals[:0], whole, varies)
