"""Representations made comparable: columns centred, norms known, few in memory at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import ComputationError

Array = npt.NDArray[Any]

CONSTANT = 1e-12
"""A column is constant if its range is at most this share of its largest absolute value."""

MEMORY = 192 * 2**20
"""Bytes of centred representations held at a time, unless two of them alone are larger."""

ROWS_PER_SUM = 256
"""Items added up in the working precision before float64 takes over."""


def checked(representations: Sequence[npt.NDArray[np.number]], measure: str) -> list[Array]:
    """The representations as plain arrays, of fitting shapes; memory-mapped ones are not read.

    Raises ComputationError (naming the position of the model) for an array that is not
    items x features, is empty or holds no real numbers, and for item counts that differ.
    """
    models = [np.asarray(x) for x in representations]
    for at, x in enumerate(models):
        if x.ndim != 2 or not x.size:
            raise ComputationError(
                f"representation {at} has shape {x.shape}; it must be items x features, not empty"
            )
        if x.dtype.kind not in "fiub":
            raise ComputationError(f"representation {at} is {x.dtype}; it must be real numbers")
    if len(counts := sorted({len(x) for x in models})) > 1:
        raise ComputationError(f"{measure} needs the same items everywhere: item counts {counts}")
    return models


def working_precision(models: Sequence[Array]) -> np.dtype[Any]:
    """float32 where every model is float16 or float32, else float64."""
    narrow = all(x.dtype.kind == "f" and x.dtype.itemsize <= 4 for x in models)
    return np.dtype(np.float32 if narrow else np.float64)


def centre(x: Array, at: int, out: Array) -> float:
    """Write `x` with its columns centred to `out`; return its squared Frobenius norm.

    x: (n_items, n_features); out: the same shape, float32 or float64. Beyond the range where
    squares are safe in that type, `out` is scaled by a power of 2. The norm is exact to some
    digits; it is 0 where `x` is constant, and then `out` is too.
    Raises ComputationError naming `at`, the model's position, if a value is not finite.
    """
    # Overflow and NaN show in the norm, which is looked at.
    with np.errstate(all="ignore"):
        square = _centre_columns(x, out)
        limits = np.finfo(out.dtype)
        if not float(limits.tiny) ** 0.5 < square < float(limits.max) ** 0.75:
            if not np.isfinite(x).all():
                raise ComputationError(f"representation {at} has values that are not finite")
            # Squares of these leave the range of the type: bring the largest value below 1 first.
            scaled = x.astype(out.dtype)
            square = _centre_columns(np.ldexp(scaled, -np.frexp(np.abs(scaled).max())[1]), out)
            if square == 0:
                out[:] = 0
    return square


def _centre_columns(x: Array, out: Array) -> float:
    """Centre the columns of `x` into `out`; return its squared Frobenius norm, roughly."""
    if x.dtype != out.dtype:
        np.copyto(out, x, casting="same_kind")
        mean = _mean(out)
        np.subtract(out, mean, out=out)
    else:
        mean = _mean(x)
        np.subtract(x, mean, out=out)
    # A second pass takes away what rounding left of a large offset.
    np.subtract(out, _mean(out), out=out)
    squares = np.einsum("ij,ij->j", out, out)
    # Of a constant column rounding leaves next to nothing, but that would count in the norm.
    doubtful = np.flatnonzero((squares <= len(x) * np.square(1e-6 * mean)) & (squares > 0))
    if doubtful.size:
        columns = x[:, doubtful].astype(np.float64)
        spread = columns.max(axis=0) - columns.min(axis=0)
        constant = doubtful[spread <= CONSTANT * np.abs(columns).max(axis=0)]
        out[:, constant] = 0
        squares[constant] = 0
    return float(squares.sum(dtype=np.float64))


def _mean(x: Array) -> Array:
    """Mean of every column, in the type of `x`."""
    # No product with ones: BLAS would wake its threads for every one of them.
    total = np.zeros(x.shape[1])
    for first in range(0, len(x), ROWS_PER_SUM):
        total += x[first : first + ROWS_PER_SUM].sum(axis=0)
    return np.asarray((total / len(x)).astype(x.dtype))


def blocks(sizes: Sequence[int], room: int) -> list[slice]:
    """Runs of models, in order, that fit into `room` bytes each; a larger model has its own.

    sizes: bytes of each model.
    """
    runs: list[slice] = []
    first, held = 0, 0
    for at, size in enumerate(sizes):
        if at > first and held + size > room:
            runs.append(slice(first, at))
            first, held = at, 0
        held += size
    return [*runs, slice(first, len(sizes))] if sizes else []


def room_for_two(sizes: Sequence[int], limit: int) -> int:
    """Bytes for each run: `limit` where all models fit into it at once, else half, for two runs."""
    return limit if sum(sizes) <= limit else limit // 2
