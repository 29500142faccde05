"""Permutations of labels: all of them where they are few, seeded ones beyond."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from itertools import islice

import numpy as np

from core.numerics.arrays import IntArray

EXHAUSTIVE_UP_TO = 8
SAMPLED_PERMUTATIONS = 10_000
HIT_TOLERANCE = 1e-12
_BATCH_ELEMENTS = 4_000_000


def permutations(size: int, *, exhaustive: bool, seed: int) -> Iterator[IntArray]:
    """Batches (batch, size) of permutations of range(size), bounded in memory.

    All size! of them, or `SAMPLED_PERMUTATIONS` drawn with `seed`.
    """
    batch = max(1, _BATCH_ELEMENTS // max(size * size, 1))
    if exhaustive:
        every = itertools.permutations(range(size))
        while chunk := list(islice(every, batch)):
            yield np.array(chunk, dtype=np.int64)
        return
    rng = np.random.default_rng(seed)
    left = SAMPLED_PERMUTATIONS
    while left:
        step = min(batch, left)
        yield rng.permuted(np.tile(np.arange(size), (step, 1)), axis=1)
        left -= step
