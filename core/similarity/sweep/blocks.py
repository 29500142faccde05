"""One block of a sweep: some pairs of representations, computed wherever the files are.

A block is small, frozen and picklable; `compute_block` is what a worker runs, be it a process of
this machine or one of a cluster. What it returns says by content what it is about.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from core.errors import ComputationError
from core.io import load_representation
from core.io.changes.digest import StudyChangedError
from core.numerics.arrays import FloatArray, IntArray
from core.numerics.blockwise import WorkerMismatchError
from core.numerics.program import digest_of_modules, modules_of
from core.similarity.measures import Measure, measure_options
from core.study import Layer, RepresentationIndex

FileKey = tuple[str, Layer, int]
"""Run name, layer, checkpoint: what a RepresentationIndex calls a file."""

NOT_FINITE = "values that are not finite"
CONSTANT = "the same values for every item"
NO_DEBIASED = "no debiased CKA: constant, fewer than 4 items, or all of them equally far apart"


@dataclass(frozen=True)
class Block:
    """Pairs to compute: `left` with `right`, or all pairs within `left` where `right` is empty.

    index: the files of this block and no others; its items are counted, their names are not used
    keys:  the files; left, right: positions in `keys`, without common ones
    engine: what `engine_digest` said where the sweep runs
    """

    index: RepresentationIndex
    keys: tuple[FileKey, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    measure: Measure
    debiased: bool
    engine: str


@dataclass(frozen=True)
class BlockValues:
    """What became of a block, by content.

    digests: per file `content_digest` of the very bytes that were used, empty = not readable
    flaws:   per file why it has no similarity to anything, empty = none
    left, right: (a,), (b,) int64, positions in `digests`; the same twice for pairs within a set
    values:  (a, b) float64, NaN = undefined
    """

    digests: tuple[str, ...]
    flaws: tuple[str, ...]
    left: IntArray
    right: IntArray
    values: FloatArray

    def __post_init__(self) -> None:
        """Raise ValueError where the parts do not fit: they may come from a file."""
        if self.values.shape != (len(self.left), len(self.right)):
            raise ValueError(f"values {self.values.shape}, {len(self.left)} x {len(self.right)}")
        if len(self.flaws) != len(self.digests):
            raise ValueError(f"{len(self.flaws)} flaws, {len(self.digests)} digests")
        for at in (self.left, self.right):
            if at.size and not 0 <= at.min() <= at.max() < len(self.digests):
                raise ValueError(f"positions that {len(self.digests)} digests do not have")


def compute_block(block: Block) -> tuple[BlockValues, tuple[str, ...]]:
    """The values of a block, and per file why it could not be read (empty where it could).

    Reads each of its files once and holds all of them in memory. BLAS is held to one thread: the
    other cores have blocks of their own. Raises WorkerMismatchError where this process has
    other sources than the one that made the block, ComputationError where the measure refuses.
    """
    if engine_digest(block.measure) != block.engine:
        raise WorkerMismatchError.here()
    arrays: list[npt.NDArray[Any]] = []
    digests, flaws, failures = [], [], []
    for key in block.keys:
        array, failure = np.zeros((0, 0)), ""
        try:
            # A copy: the digest must be of what is computed with, also if the file is rewritten.
            array = np.array(load_representation(block.index, *key))
        except (ComputationError, StudyChangedError) as fault:
            failure = str(fault)
        arrays.append(array)
        failures.append(failure)
        digests.append("" if failure else content_digest(array))
        flaws.append("" if failure or np.isfinite(array).all() else NOT_FINITE)
    good = {at for at in range(len(arrays)) if digests[at] and not flaws[at]}
    left = [at for at in block.left if at in good]
    right = [at for at in block.right if at in good]
    values, undefined = _values(arrays, left, right, block)
    for at in undefined:
        flaws[at] = NO_DEBIASED if block.debiased else CONSTANT
    found = BlockValues(
        digests=tuple(digests),
        flaws=tuple(flaws),
        left=np.array(left, dtype=np.int64),
        right=np.array(right if block.right else left, dtype=np.int64),
        values=values,
    )
    return found, tuple(failures)


def _values(
    arrays: Sequence[npt.NDArray[Any]], left: list[int], right: list[int], block: Block
) -> tuple[FloatArray, set[int]]:
    """Values as in BlockValues, and the positions of arrays that have none."""
    options = measure_options(block.measure, debiased=block.debiased)
    kind = block.measure.kind

    def is_undefined(at: int) -> bool:
        return bool(np.isnan(kind.matrix([arrays[at]], **options)).all())

    with threadpool_limits(limits=1, user_api="blas"):
        if not block.right:
            if not left:
                return np.zeros((0, 0)), set()
            values = kind.matrix([arrays[at] for at in left], **options)
            return values, {left[k] for k in np.flatnonzero(np.isnan(np.diagonal(values)))}
        if not left or not right:
            return np.full((len(left), len(right)), np.nan), set()
        values = kind.between([arrays[at] for at in left], [arrays[at] for at in right], **options)
        # One that has no value with any other may be to blame, or all of the others are.
        missing = np.isnan(values)
        suspects = [left[k] for k in np.flatnonzero(missing.all(axis=1))]
        suspects += [right[k] for k in np.flatnonzero(missing.all(axis=0))]
        return values, {at for at in suspects if is_undefined(at)}


def content_digest(array: npt.NDArray[Any]) -> str:
    """sha256 over type, shape and values of an array, as hex; the file's format does not matter."""
    total = sha256(f"{array.dtype.str} {array.shape}\n".encode())
    total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()


@cache
def engine_digest(measure: Measure) -> str:
    """sha256 over all sources a value of this measure depends on, as hex.

    That is this module, the one that holds the measure with what it takes from `core` in turn,
    and the versions of numpy and scipy: an edit elsewhere does not cost days of results. Nor does
    a module that is moved or renamed: what counts is what the statements compute.
    """
    return digest_of_modules((sys.modules[__name__], *modules_of(measure.kind.matrix.__module__)))
