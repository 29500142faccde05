"""One transfer matrix minus another, seed by seed.

Source: docs/methods.md, "Matrices".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.errors import RequestError, listed
from core.transfer.matrix import MatrixKind, TransferMatrix


def minus_prediction(actual: TransferMatrix, predicted: TransferMatrix) -> TransferMatrix:
    """actual - predicted per seed, over the training sets that have a prediction.

    predicted: of the same method, seeds and targets; its rows are among those of `actual`.
    """
    actual = actual.named(predicted.sources, predicted.targets)
    return _subtract(actual, predicted, MatrixKind.DIFFERENCE, ("", "prediction: "))


def shared_cells(
    first: TransferMatrix, second: TransferMatrix
) -> tuple[TransferMatrix, TransferMatrix]:
    """Two matrices of one study cut to the training sets and seeds that both have.

    Raises RequestError where they share no training set or no seed.
    """
    known = set(second.sources)
    rows = [sources for sources in first.sources if sources in known]
    seeds = [seed for seed in first.seeds if seed in second.seeds]
    if not rows:
        raise RequestError(f"{first.method} and {second.method} share no training set")
    if not seeds:
        raise RequestError(
            f"{first.method} and {second.method} share no seed:"
            f" {listed(first.seeds)} against {listed(second.seeds)}"
        )
    return _aligned(first, rows, seeds), _aligned(second, rows, seeds)


def minus_method(first: TransferMatrix, second: TransferMatrix) -> TransferMatrix:
    """first - second per seed, over the training sets both have; raises as `shared_cells`."""
    words = (f"{first.method}: ", f"{second.method}: ")
    difference = _subtract(*shared_cells(first, second), MatrixKind.VERSUS, words)
    return replace(difference, other=second.method)


def _aligned(
    matrix: TransferMatrix, rows: Sequence[tuple[str, ...]], seeds: Sequence[int]
) -> TransferMatrix:
    """The matrix with these rows and seeds only; both are there."""
    for seed in set(matrix.seeds) - set(seeds):
        matrix = matrix.without_seed(seed)
    position = {sources: at for at, sources in enumerate(matrix.sources)}
    return matrix.take([position[sources] for sources in rows], range(len(matrix.targets)))


def _subtract(
    first: TransferMatrix, second: TransferMatrix, kind: str, words: tuple[str, str]
) -> TransferMatrix:
    """first - second per seed, cell by cell; both have the same labels.

    Clipped where either is; missing where either is, with the reason of the first that is.
    """
    reasons = {"": 0}
    reason = np.zeros(first.reason.shape, dtype=np.int64)
    for matrix, word in zip((second, first), reversed(words), strict=True):
        codes = [0] + [reasons.setdefault(word + text, len(reasons)) for text in matrix.reasons[1:]]
        reason = np.where(matrix.reason > 0, np.array(codes)[matrix.reason], reason)
    return replace(
        first,
        kind=kind,
        per_seed=first.per_seed - second.per_seed,
        exposed=first.exposed | second.exposed,
        clipped=first.clipped | second.clipped,
        reason=reason,
        reasons=tuple(reasons),
        records=None,
        starts=tuple(
            tuple(sorted({*one, *two}))
            for one, two in zip(first.starts, second.starts, strict=True)
        ),
    )
