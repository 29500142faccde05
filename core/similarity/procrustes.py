"""Orthogonal Procrustes similarity of representations: a second measure beside CKA."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from core.numerics.arrays import FloatArray
from core.numerics.threads import one_thread
from core.similarity.preprocessing import (
    MEMORY,
    Array,
    blocks,
    centre,
    checked,
    room_for_two,
    working_precision,
)


def procrustes_similarity(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Orthogonal Procrustes similarity of two representations of the same items.

    How well one of the two, turned and mirrored at best, lies on the other: ‖XᵀY‖_* of centred
    columns with ‖X‖_F = ‖Y‖_F = 1.

    Parameters: `x` (n_items, p) and `y` (n_items, q), rows the same items in the same order.

    Returns a float from 0 to 1, NaN where one of the two is constant.

    Raises ComputationError for shapes that do not fit and for values that are not finite.

    Source: Williams et al. 2021, Ding et al. 2021. Precision and cost: `procrustes_matrix`.

    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 3.0]]
    >>> round(procrustes_similarity(x, [[5 - b, 2 * a] for a, b in x]), 4)
    0.9678
    >>> round(procrustes_similarity(x, [[5 - 2 * b, 2 * a] for a, b in x]), 12)
    1.0
    """
    return float(procrustes_matrix([np.asarray(x), np.asarray(y)])[0, 1])


def procrustes_matrix(representations: Sequence[npt.NDArray[np.number]]) -> FloatArray:
    """Orthogonal Procrustes similarity of every pair of models: (M, M) float64, symmetric.

    ‖XᵀY‖_* (sum of singular values) with centred columns and ‖X‖_F = ‖Y‖_F = 1: the largest
    tr(XᵀYQ) over orthogonal Q. Range 0 to 1; 1 for a rotation, reflection, shift or isotropic
    scaling of the same representation, and on the diagonal. It is the cosine of the angular
    Procrustes distance of Williams et al. (2021) and 1 − d/2 of the squared distance d of Ding et
    al. (2021). Features may differ in number: columns of zeros, which would make them equal, do
    not change it. Like plain CKA it is inflated by few items and many features.

    representations: M arrays (n_items, n_features_m), left as they are. Row and column of a
    constant representation are NaN. Products are in float32 if all representations are float16 or
    float32 (error about 1e-6), else in float64; singular values in float64. Cost: one singular
    value decomposition of min(p, n) × min(q, n) a pair.

    Raises ComputationError (naming the position of the model) for a shape that does not fit and
    for values that are not finite.
    """
    models = checked(representations, "Procrustes similarity")
    precision = working_precision(models)
    values = np.full((len(models), len(models)), np.nan)
    runs = _runs(models)
    with one_thread():
        for at, run in enumerate(runs):
            own = _factors(models, run, precision)
            for later in runs[at:]:
                others = own if later is run else _factors(models, later, precision)
                for i, x in own.items():
                    for j, y in others.items():
                        if i < j:
                            values[i, j] = values[j, i] = _nuclear(x, y)
            for i in own:
                values[i, i] = 1.0
    return values


def procrustes_between(
    left: Sequence[npt.NDArray[np.number]], right: Sequence[npt.NDArray[np.number]]
) -> FloatArray:
    """Orthogonal Procrustes similarity of every model of one set with every one of another.

    (A, B) float64: what `procrustes_matrix` of both has off its diagonal blocks, without the cost
    of these. left: A arrays, right: B; n_items are the same in all. Range, precision and errors as
    there; the position of a model counts through `left`, then `right`.
    """
    models = checked([*left, *right], "Procrustes similarity")
    precision, split = working_precision(models), len(left)
    values = np.full((split, len(right)), np.nan)
    runs = _runs(models, split)
    with one_thread():
        for run in (run for run in runs if run.stop <= split):
            own = _factors(models, run, precision)
            for other in (other for other in runs if other.start >= split):
                for j, y in _factors(models, other, precision).items():
                    for i, x in own.items():
                        values[i, j - split] = _nuclear(x, y)
    return values


def _runs(models: Sequence[Array], split: int = 0) -> list[slice]:
    """Runs of models of which two fit into memory, none with models on both sides of `split`."""
    sizes = [x.size * working_precision(models).itemsize for x in models]
    room = room_for_two(sizes, MEMORY)
    right = [slice(r.start + split, r.stop + split) for r in blocks(sizes[split:], room)]
    return blocks(sizes[:split], room) + right


def _factors(
    models: Sequence[Array], run: slice, precision: np.dtype[np.floating]
) -> dict[int, Array]:
    """Position to centred representation, of norm 1 and at most n columns; no constant ones."""
    found = {}
    for at in range(run.start, run.stop):
        z = np.empty(models[at].shape, dtype=precision)
        square = centre(models[at], at, z)
        if square == 0:
            continue
        z *= 1 / math.sqrt(square)
        # More features than items: X = LQ, and Q does not change ‖XᵀY‖_*.
        found[at] = np.asarray(np.linalg.qr(z.T, mode="r")).T if z.shape[1] > len(z) else z
    return found


def _nuclear(x: Array, y: Array) -> float:
    cross = (x.T @ y).astype(np.float64)
    return float(min(np.linalg.svd(cross, compute_uv=False).sum(), 1.0))
