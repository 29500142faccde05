"""Blocks that are finished, kept in the result cache: a stopped sweep goes on where it was.

Values are found by the contents of the two files, never by name or place, so that a file that
changed never meets an old value and a new run costs its own pairs alone. To know where to look,
blocks are filed on numbered slots of a *store* for each layer and checkpoint; what lies there
under the wrong label is never used, and what is not found there is computed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from core.evaluations import Checkpoint
from core.similarity.measures import Measure
from core.similarity.sweep.blocks import BlockValues
from core.study import Layer, RepresentationIndex

R = TypeVar("R")

_GAP = 4
"""Empty or damaged slots in a row that end a store: what was evicted leaves gaps."""


class KeyValueStore(Protocol):
    """Where values stand by a key that says all of what they are; a ResultCache is one."""

    def read(self, key: str, kind: type[R]) -> R | None:
        """What `keep` put there; None where there is nothing, or nothing readable."""

    def keep(self, key: str, value: Any) -> bool:
        """Put a value under a key that is free; False, and nothing done, where it is taken."""


class BlockCache:
    """The blocks of one measure for one list of items; a `cache` of None keeps nothing."""

    def __init__(
        self,
        cache: KeyValueStore | None,
        index: RepresentationIndex,
        measure: Measure,
        debiased: bool,
        engine: str,
    ) -> None:
        self._cache = cache
        self._next: dict[tuple[Layer, Checkpoint], int] = {}
        label = "\0".join(("sweep", measure.value, str(debiased), engine, *index.items))
        self._label = sha256(label.encode(errors="surrogatepass")).hexdigest()

    def read(self, layer: Layer, checkpoint: Checkpoint) -> Iterator[BlockValues]:
        """Every readable block of a store."""
        if self._cache is None:
            return
        slot = gap = 0
        while gap < _GAP:
            found = self._cache.read(self._key(layer, checkpoint, slot), BlockValues)
            slot, gap = slot + 1, 0 if found is not None else gap + 1
            if found is not None:
                yield found

    def add(self, layer: Layer, checkpoint: Checkpoint, values: BlockValues) -> None:
        """File a block on the first slot that is free, also while other sweeps do the same."""
        if self._cache is None:
            return
        slot = self._next.get((layer, checkpoint), 0)
        while not self._cache.keep(self._key(layer, checkpoint, slot), values):
            slot += 1
        self._next[layer, checkpoint] = slot + 1

    def _key(self, layer: Layer, checkpoint: Checkpoint, slot: int) -> str:
        return sha256(f"{self._label} {layer} {checkpoint} {slot}".encode()).hexdigest()
