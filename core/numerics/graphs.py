"""PageRank, hubs and a spring layout of weighted graphs given as matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe

DAMPING = 0.85
PAGERANK_ITERATIONS = 1000
PAGERANK_TOLERANCE = 1e-12
HUB_ITERATIONS, HUB_TOLERANCE = 60, 1e-15
NEAREST, SETTLED = 0.01, 1e-4
SINGLE_FROM = 500
"""Nodes from which forces are float32: positions are drawn, to a pixel."""
BLOCK = 65_536
"""Forces made at once, in whole rows: they stay in the cache of a core, and their products are too
small for BLAS to part among threads: springs magnify rounding until places differ."""


def attraction(weights: FloatArray) -> FloatArray:
    """(n, n) the positive part of weights, 1 for the largest; NaN and negatives pull nothing."""
    pull = np.nan_to_num(weights, nan=0.0).clip(min=0.0)
    return np.asarray(pull / max(pull.max(initial=0.0), np.finfo(float).tiny))


def in_unit_square(at: FloatArray) -> FloatArray:
    """(n, 2) positions stretched to the unit square; what has no extent in the middle."""
    span = np.ptp(at, axis=0)
    unit = (at - at.min(axis=0)) / np.where(span > 0, span, 1.0)
    unit[:, span == 0] = 0.5
    return np.asarray(unit)


def pagerank(weights: FloatArray) -> FloatArray:
    """(n,) float64 that sum to 1: PageRank of the graph whose edge i → j has `weights[i, j]`.

    weights: (n, n) float64, none negative, at least one positive. A node without edges goes on
    anywhere. Power iteration with damping 0.85.

    Source: Brin & Page 1998; the same as `networkx.pagerank`, without a Python object an edge.
    """
    size = len(weights)
    total = weights.sum(axis=1)
    dangling = total == 0
    steps = weights / np.where(dangling, 1.0, total)[:, None]
    rank = np.full(size, 1.0 / size)
    for _ in range(PAGERANK_ITERATIONS):
        gone_on = rank @ steps + rank[dangling].sum() / size
        fresh = DAMPING * gone_on + (1 - DAMPING) / size
        moved = float(np.abs(fresh - rank).sum())
        rank = fresh
        if moved < PAGERANK_TOLERANCE:
            break
    return np.asarray(rank / rank.sum())


def hubs(weights: FloatArray) -> FloatArray:
    """(n,) float64 that sum to 1: HITS hubs, the leading eigenvector of W Wᵀ.

    weights: (n, n) float64, none negative, at least one positive. By power iteration, whose steps
    are n²; where it is slow, or more than one vector may lead, by the decomposition, in n³.

    Source: Kleinberg 1999. `networkx.hits` starts at a random vector: not the same twice.
    """
    found = _by_power(weights)
    if found is None:
        from scipy import linalg

        last = len(weights) - 1
        _, leading = linalg.eigh(weights @ weights.T, subset_by_index=[last, last])
        found = np.abs(leading[:, 0])
    return np.asarray(found / found.sum())


def _by_power(weights: FloatArray) -> FloatArray | None:
    """The same, exact but for rounding; None where it is slow or W is in several pieces.

    Of one piece the leading vector is the only one without a negative (Perron), and a start
    without a zero has a part of it.
    """
    positive = weights > 0
    if pieces_of_cells(positive[positive.any(axis=1)][:, positive.any(axis=0)]).any():
        return None
    hub = np.full(len(weights), 1.0 / len(weights))
    for _ in range(HUB_ITERATIONS):
        fresh = weights @ (hub @ weights)
        fresh /= fresh.sum()
        moved = float(np.abs(fresh - hub).sum())
        hub = fresh
        if moved < HUB_TOLERANCE:
            return hub
    return None


def circle(size: int) -> FloatArray:
    """(n, 2): nodes on the unit circle, in order."""
    angle = 2 * np.pi * np.arange(size) / max(size, 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def spring_layout(pull: FloatArray, start: FloatArray, *, iterations: int) -> FloatArray:
    """(n, 2) float64 positions: strong edges pull together, all nodes push apart.

    pull: (n, n) float64, symmetric, none negative; start: (n, 2). The distance of two nodes is
    taken from products of their positions, so that no array has a third axis.

    Source: Fruchterman & Reingold 1991, as in `networkx.spring_layout(method="force")`.
    """
    kind: Any = np.float32 if len(pull) >= SINGLE_FROM else np.float64
    weights, at = pull.astype(kind), start.astype(kind)
    size = len(at)
    if size < 2:
        return np.asarray(start, dtype=np.float64)
    ideal = kind(1.0 / np.sqrt(size))
    weights = weights / ideal
    step = float(np.ptp(at, axis=0).max()) * 0.1
    cooling = step / (iterations + 1)
    height = min(max(BLOCK // size, 1), size)
    # Two nodes push each other alike: of each row of blocks what is from its diagonal on.
    blocks = [
        (first, min(first + height, size), weights[first : first + height, first:].copy())
        for first in range(0, size, height)
    ]
    buffers = np.empty((2, height * size), dtype=kind)
    here, there = np.ones((2, size, 4), dtype=kind)
    with_one = np.ones((size, 3), dtype=kind)
    for _ in range(iterations):
        # |x - y|² is one product, of (x, |x|², 1) and (-2y, 1, |y|²).
        here[:, :2], there[:, :2], with_one[:, :2] = at, at * kind(-2), at
        here[:, 2] = there[:, 3] = (at * at).sum(axis=1)
        drawn = np.zeros((size, 3), dtype=kind)
        # In place: arrays of a million, new or old, cost as much as their numbers.
        for first, end, own in blocks:
            breathe()
            force, pulled = (buffer[: own.size].reshape(own.shape) for buffer in buffers)
            np.matmul(here[first:end], there[first:].T, out=force)
            np.maximum(force, NEAREST**2, out=force)
            np.sqrt(force, out=pulled)
            pulled *= own
            np.divide(ideal * ideal, force, out=force)
            force -= pulled
            drawn[first:end] += force @ with_one[first:]
            drawn[end:] += force[:, end - first :].T @ with_one[first:end]
        moved = at * drawn[:, 2:] - drawn[:, :2]
        length = np.linalg.norm(moved, axis=1).clip(min=0.01)
        shift = moved * kind(step) / length[:, None]
        at += shift
        step -= cooling
        if float(np.linalg.norm(shift)) / size < SETTLED:
            break
    return np.asarray(at, dtype=np.float64)


def pieces_of_cells(present: BoolArray) -> IntArray:
    """Which rows and columns hang together by the cells there are.

    Rows and columns are two sets of nodes, cells the edges between them. present: (n, m) bool.
    Returns (n + m,) int64, the number of its piece for each row, then each column.
    """
    if _is_one_piece(present):
        return np.zeros(sum(present.shape), dtype=np.int64)
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    first, second = np.nonzero(present)
    edges = (np.ones(len(first)), (first, second + len(present)))
    _, labels = connected_components(
        csr_matrix(edges, shape=(sum(present.shape),) * 2), directed=False
    )
    return np.asarray(labels, dtype=np.int64)


def _is_one_piece(present: BoolArray) -> bool:
    """Whether all rows and columns are reached from the first row; told at once, most are."""
    if not present.size:
        return False
    rows, columns = np.arange(len(present)) == 0, present[0]
    while True:
        reached = rows | present[:, columns].any(axis=1)
        if reached.sum() == rows.sum():
            return bool(rows.all() and columns.all())
        rows = reached
        columns = present[rows].any(axis=0)
