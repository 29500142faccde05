"""Permutations of labels: all of them where they are few, seeded ones beyond."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from itertools import islice

import numpy as np

from core.numerics.arrays import IntArray
from core.numerics.interrupt import breathe

EXHAUSTIVE_UP_TO = 8
SAMPLED_PERMUTATIONS = 10_000
HIT_TOLERANCE = 1e-12
LEVEL = 0.05
"""Of a p up to this one speaks of more than chance."""
BLOCK = 500
"""Permutations that are drawn with one seed, and relabelled by one worker."""
_BATCH_ELEMENTS = 4_000_000


def drawing_error(p: float, made: int, *, exhaustive: bool) -> float:
    """Standard error of a p by drawing `made` permutations: 0 of all there are, NaN without a p."""
    if exhaustive or math.isnan(p):
        return p * 0.0
    return math.sqrt(p * (1 - p) / made)


def permutations(size: int, *, exhaustive: bool, seed: int) -> Iterator[IntArray]:
    """Batches (batch, size) of permutations of range(size), bounded in memory.

    All size! of them, or `SAMPLED_PERMUTATIONS` drawn with `seed`, block by block.
    """
    if exhaustive:
        batch = max(1, _BATCH_ELEMENTS // max(size * size, 1))
        every = itertools.permutations(range(size))
        while chunk := list(islice(every, batch)):
            yield np.array(chunk, dtype=np.int64)
        return
    for block in range(blocks_of(SAMPLED_PERMUTATIONS)):
        yield drawn(size, SAMPLED_PERMUTATIONS, seed=seed, block=block)


def permutations_of(size: int) -> int:
    """How many relabellings of so many tasks are looked at: all of them, or those drawn."""
    return math.factorial(size) if size <= EXHAUSTIVE_UP_TO else SAMPLED_PERMUTATIONS


def blocks_of(count: int) -> int:
    """In how many blocks so many permutations are drawn."""
    return -(-count // BLOCK)


def drawn(size: int, count: int, *, seed: int, block: int) -> IntArray:
    """(≤ BLOCK, size): one block of `count` permutations of range(size).

    Each block has a seed of its own, so that any worker can draw it without those before it.
    """
    breathe()
    rows = min(BLOCK, count - block * BLOCK)
    rng = np.random.default_rng((seed, block))
    return np.asarray(rng.permuted(np.tile(np.arange(size), (rows, 1)), axis=1))
