"""How alike two tasks' models are, layer by layer and checkpoint by checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.errors import RequestError, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray, IntArray
from core.similarity.matrix import (
    ANY,
    at_known_layer,
    similarity_checkpoints,
    similarity_layers,
)
from core.similarity.measures import Measure, measure_name
from core.similarity.query import SimilarityQuery
from core.similarity.run_similarity import RunPairs, run_pairs
from core.similarity.store import SimilarityStore
from core.study import Layer, Run, Study


@dataclass(frozen=True)
class TaskPairProfile:
    """Similarity of two tasks' single-task models over layers and over their training.

    by_layer: (n_layers,) float64, at `checkpoint`; over_training: (n_checkpoints,) float64, at
    `layer`. Means over pairs of runs, NaN = no pair. n: pairs of runs at `layer` and
    `checkpoint`; n_over_training: (n_checkpoints,) int64, the same at `layer`. floor: what
    independent noise would have there, NaN = unknown, or not plain CKA.
    """

    first: str
    second: str
    layer: Layer
    checkpoint: Checkpoint
    layers: tuple[Layer, ...]
    by_layer: FloatArray
    checkpoints: tuple[int, ...]
    over_training: FloatArray
    n_over_training: IntArray
    n: int
    floor: float
    measure: Measure = Measure.CKA
    debiased: bool = False

    @property
    def name(self) -> str:
        """What is shown: `CKA`, `debiased CKA` or `Procrustes similarity`."""
        return measure_name(self.measure, debiased=self.debiased)

    @property
    def value(self) -> float:
        """The similarity at `layer` and `checkpoint`; NaN = none."""
        return float(self.by_layer[self.layers.index(self.layer)])


def task_pair_profile(
    study: Study,
    first: str,
    second: str,
    query: SimilarityQuery = ANY,
    *,
    stored: SimilarityStore | None = None,
) -> TaskPairProfile:
    """Similarity of two tasks at every layer (at one checkpoint) and checkpoint (at one layer).

    The values are those of `similarity_matrix`, but of the two tasks' models alone, so that no
    other representation is read. Of a task with itself: across seeds. Where these tasks
    have no pair of the query's seeds, of all there are. Always of single-task models.

    Raises RequestError for a task, layer, checkpoint or measure that is not there.
    """
    tasks = {study.task(first).name, study.task(second).name}
    query = at_known_layer(study, replace(query, trained=1))
    at_layer, checkpoint = query.place
    layers, steps = similarity_layers(study, query), similarity_checkpoints(study, query)
    if checkpoint != "last" and checkpoint not in steps:
        raise RequestError(
            f"no {query.name} at checkpoint {checkpoint} of layer {at_layer};"
            f" there are {listed(steps)}"
        )
    models = [run for run in study.single_task_models if run.trained[0] in tasks]
    wanted = query.seeds
    chosen = [run for run in models if wanted is None or run.seed in wanted]

    def at(layer: Layer, checkpoint: Checkpoint) -> tuple[float, int, float]:
        def of(runs: Sequence[Run]) -> tuple[float, int, float]:
            at = [study.run_index[run.name] for run in runs]
            pairs = run_pairs(study, at, query.at(layer, checkpoint), stored=stored)
            return _mean_between(study, pairs, tasks)

        found = of(chosen)
        return found if found[1] or len(chosen) == len(models) else of(models)

    by_layer = {layer: at(layer, checkpoint) for layer in layers}
    over_training = [at(at_layer, step) for step in steps]
    return TaskPairProfile(
        first=first,
        second=second,
        layer=at_layer,
        checkpoint=checkpoint,
        layers=layers,
        by_layer=np.array([value for value, _, _ in by_layer.values()], dtype=np.float64),
        checkpoints=steps,
        over_training=np.array([value for value, _, _ in over_training], dtype=np.float64),
        n_over_training=np.array([n for _, n, _ in over_training], dtype=np.int64),
        n=by_layer[at_layer][1],
        floor=by_layer[at_layer][2],
        measure=query.measure,
        debiased=query.debiased,
    )


def _mean_between(study: Study, pairs: RunPairs, tasks: set[str]) -> tuple[float, int, float]:
    """Mean similarity, number and mean floor of the pairs of runs between these tasks."""
    of = [set(run.trained) for run in study.runs]
    own = [of[a] | of[b] == tasks for a, b in zip(pairs.first, pairs.second, strict=True)]
    between = np.array(own, dtype=bool)
    values, floors = pairs.value[between], pairs.floor[between]
    known = floors[np.isfinite(floors)]
    return (
        float(values.mean()) if values.size else np.nan,
        len(values),
        float(known.mean()) if known.size else np.nan,
    )
