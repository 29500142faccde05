"""What sweeps found, for everything that reads similarity: nothing is computed a second time.

A finished sweep leaves its values in a key-value store, cell by cell, under the study's digest.
`StoredSimilarities` hands them to `core.similarity.run_similarity`; what is not there it
lets be computed while that is quick, and refuses where somebody would have to wait: that is
work for a sweep.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from core.evaluations import Checkpoint
from core.numerics.interrupt import breathe
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery
from core.similarity.store import SimilarityStore, StoredSimilarity, SweepNeededError
from core.similarity.sweep.block_cache import KeyValueStore
from core.similarity.sweep.blocks import engine_digest
from core.similarity.sweep.plan import place, plan_cells, seconds_of, stored
from core.similarity.sweep.results import SweepResult
from core.similarity.sweep.runner import sweep
from core.study import Layer, RepresentationIndex, Study

NO_VALUE = "no similarity to any other model"


@dataclass(frozen=True)
class SweepSize:
    """How much a whole sweep of a study is: every layer, every checkpoint and the last.

    checkpoints: training steps, `last` not counted; seconds: about, on one core
    """

    models: int
    layers: int
    checkpoints: int
    pairs: int
    seconds: float


def sweep_size(study: Study, *, measure: Measure) -> SweepSize:
    """The size of a sweep. Raises RequestError for a study without representations."""
    index = stored(study)
    cells, _ = plan_cells(study, None, ("all", "last"))
    pairs, seconds = 0, 0.0
    for cell in cells:
        new = all_pairs = _pairs(len(cell.keys))
        if cell.checkpoint == "last":
            # Two runs whose last checkpoint is the same one are compared there already.
            new -= sum(map(_pairs, Counter(step for _, _, step in cell.keys).values()))
        if new:
            pairs += new
            file = index.files[cell.keys[0]]
            seconds += new / all_pairs * _seconds(index, len(cell.keys), file, measure)
    steps = {cell.checkpoint for cell in cells if cell.checkpoint != "last"}
    return SweepSize(
        models=len({run for cell in cells for run in cell.runs}),
        layers=len({cell.layer for cell in cells}),
        checkpoints=len(steps),
        pairs=pairs,
        seconds=seconds,
    )


def _pairs(models: int) -> int:
    return models * (models - 1) // 2


def keep_cells(store: KeyValueStore, study: Study, result: SweepResult) -> None:
    """Keep what a sweep of a study found."""
    for cell, found in zip(result.cells, _as_stored(study, result), strict=True):
        key = _key(study, cell.layer, cell.checkpoint, result.measure, result.debiased)
        store.keep(key, found)


def _as_stored(study: Study, result: SweepResult) -> Iterator[StoredSimilarity]:
    """Each cell of a sweep, with the reason for each run without a value."""
    found = {problem.file: problem.found for problem in result.problems}
    index = study.representations
    for cell in result.cells:
        last = cell.checkpoint == "last"
        flaws = []
        for at, run in enumerate(cell.runs):
            flaw = ""
            if np.isnan(cell.values[at, at]):
                flaw = NO_VALUE
                step = index.last(run, cell.layer) if index and last else cell.checkpoint
                if index and isinstance(step, int):
                    file = place(study, index, (run, cell.layer, step))
                    flaw = found.get(file, flaw)
            flaws.append(flaw)
        yield StoredSimilarity(runs=cell.runs, values=cell.values, flaws=tuple(flaws))


class StoredSimilarities:
    """A SimilarityStore over a key-value store: of one question to a study, and not for longer.

    compute_budget_s: seconds that may be spent, by estimate, on what no sweep has found yet
    """

    def __init__(self, store: KeyValueStore, study: Study, *, compute_budget_s: float) -> None:
        self._store = store
        self._study = study
        self._left = compute_budget_s

    def find(self, runs: Sequence[str], query: SimilarityQuery) -> StoredSimilarity | None:
        """The cell that has these runs; None: compute them now.

        Raises SweepNeededError where that would take too long.
        """
        layer, checkpoint = query.place
        key = _key(self._study, layer, checkpoint, query.measure, query.debiased)
        cell = self._store.read(key, StoredSimilarity)
        if cell is not None and set(runs) <= set(cell.runs):
            return cell
        if (index := self._study.representations) is not None:
            step = index.last(runs[0], layer) if checkpoint == "last" else checkpoint
            self._left -= _seconds(
                index, len(runs), index.files.get((runs[0], layer, step or 0)), query.measure
            )
        if self._left < 0:
            raise SweepNeededError(query.measure, debiased=query.debiased)
        return None


def stored_similarities(
    study: Study, store: KeyValueStore, *, compute_budget_s: float
) -> SimilarityStore | None:
    """What sweeps found of a study, None where nothing can be: it has no representations."""
    if study.representations is None:
        return None
    return StoredSimilarities(store, study, compute_budget_s=compute_budget_s)


class _ByBlocks:
    """A SimilarityStore that has nothing, and computes what is asked for; of one question."""

    def __init__(self, study: Study, executor: Executor) -> None:
        self._study = study
        self._executor = executor
        self._found: dict[tuple[Layer, Checkpoint, Measure, bool], StoredSimilarity | None] = {}

    def find(self, runs: Sequence[str], query: SimilarityQuery) -> StoredSimilarity | None:
        """The cell of these runs at the query's place."""
        layer, checkpoint = query.place
        key = layer, checkpoint, query.measure, query.debiased
        found = self._found.get(key)
        index = self._study.representations
        if index is None or (found is not None and set(runs) <= set(found.runs)):
            return found
        wanted = set(runs)
        files = {key: path for key, path in index.files.items() if key[0] in wanted}
        part = replace(self._study, representations=replace(index, files=files))
        result = sweep(
            part,
            layers=[layer],
            checkpoints=[checkpoint],
            measure=query.measure,
            debiased=query.debiased,
            executor=self._executor,
            cancelled=_breathing,
        )
        self._found[key] = found = next(_as_stored(part, result), None)
        return found


def _breathing() -> bool:
    """Who waits no longer is told by what `breathe` raises."""
    breathe()
    return False


def similarity_by_blocks(study: Study, executor: Executor) -> SimilarityStore | None:
    """Similarity in blocks of a sweep, as an executor's workers compute them; nothing is kept.

    For one question to a study. None where nothing can be computed: it has no representations.
    """
    return None if study.representations is None else _ByBlocks(study, executor)


def _key(
    study: Study, layer: Layer, checkpoint: Checkpoint, measure: Measure, debiased: bool
) -> str:
    parts = ("swept", engine_digest(measure), study.digest, measure.value, debiased, layer)
    return sha256("\n".join(map(str, (*parts, checkpoint))).encode()).hexdigest()


def _seconds(index: RepresentationIndex, models: int, file: Path | None, measure: Measure) -> float:
    """Of one cell. Its files are about equally large: one of them tells."""
    size = 0
    if file is not None:
        with contextlib.suppress(OSError):
            size = file.stat().st_size
    return seconds_of(measure, models, len(index.items), size)
