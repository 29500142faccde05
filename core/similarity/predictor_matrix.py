"""What a predictor says of every ordered pair of tasks: similarity of models, or a given number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import RequestError, listed
from core.evaluations import Checkpoint
from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.similarity.matrix import SimilarityMatrix, similarity_matrix
from core.similarity.measures import Measure
from core.similarity.query import SimilarityQuery
from core.similarity.store import SimilarityStore
from core.study import FINAL, Layer, Predictor, Study


@dataclass(frozen=True)
class PredictorMatrix:
    """What tells in advance how well X→Y works, as a matrix over tasks.

    values: (n_tasks, n_tasks) float64, row source, column target, mean over what there is; NaN =
        none. The diagonal is not looked at
    name: of the given predictor, else of the measure; label: what figures and texts call it
    measure: what similarity of models it is, None = given by the manifest
    layer: None where none are told apart; seeds: those its values are of, empty = of none
    """

    name: str
    label: str
    values: FloatArray
    tasks: tuple[str, ...]
    layer: Layer | None
    checkpoint: Checkpoint
    seeds: tuple[int, ...]
    directed: bool = False
    higher_is_better: bool = True
    measure: Measure | None = None
    debiased: bool = False

    def __post_init__(self) -> None:
        if self.values.shape != (len(self.tasks), len(self.tasks)):
            raise ValueError(f"values {self.values.shape}, {len(self.tasks)} tasks")

    @property
    def known(self) -> BoolArray:
        """(n_tasks, n_tasks): where a pair of two different tasks has a value."""
        return np.isfinite(self.values) & ~np.eye(len(self.tasks), dtype=bool)

    def of(self, tasks: Sequence[str]) -> FloatArray:
        """(len(tasks), len(tasks)) values in this order, NaN = unknown."""
        position = {name: i for i, name in enumerate(self.tasks)}
        at = np.array([position.get(name, -1) for name in tasks], dtype=np.int64)
        known = at >= 0
        return np.asarray(np.where(known[:, None] & known, self.values[np.ix_(at, at)], np.nan))

    @classmethod
    def of_models(cls, similarity: SimilarityMatrix) -> PredictorMatrix:
        """Similarity of single-task models as a predictor: the more alike, the better."""
        return cls(
            name=similarity.measure.value,
            label=similarity.name,
            values=similarity.values,
            tasks=similarity.tasks,
            layer=similarity.layer,
            checkpoint=similarity.checkpoint,
            seeds=similarity.seeds,
            measure=similarity.measure,
            debiased=similarity.debiased,
        )


def predictor_matrix(
    study: Study, query: SimilarityQuery, *, stored: SimilarityStore | None = None
) -> PredictorMatrix:
    """The given predictor that the query names, else the similarity of single-task models.

    A given one: at its last layer where the query names none; `last` is the largest checkpoint of
    each pair; of the query's seeds where it has any of them, else of all.

    Raises RequestError for a predictor, layer, checkpoint or measure that is not there.
    """
    if not query.predictor:
        return PredictorMatrix.of_models(similarity_matrix(study, query, stored=stored))
    predictor = study.predictor(query.predictor)
    layer = query.layer
    if layer is None and predictor.layers:
        layer = predictor.layers[-1]
    rows = _at_layer(predictor, layer)
    rows = _at_checkpoint(predictor, rows, query.checkpoint)
    rows = rows[_of_seeds(predictor, rows, query.seeds)]
    size = (len(study.tasks), len(study.tasks))
    total, count = np.zeros(size), np.zeros(size)
    cells = predictor.source[rows], predictor.target[rows]
    np.add.at(count, cells, 1.0)
    # Each its share of the mean: a sum of large numbers would leave the range of floats.
    np.add.at(total, cells, predictor.value[rows] / count[cells])
    seeds = np.unique(predictor.seed[rows][predictor.seeded[rows]]).tolist()
    return PredictorMatrix(
        name=predictor.name,
        label=predictor.label,
        values=np.where(count > 0, total, np.nan),
        tasks=tuple(task.name for task in study.tasks),
        layer=layer,
        checkpoint=query.checkpoint,
        seeds=tuple(seeds),
        directed=predictor.directed,
        higher_is_better=predictor.higher_is_better,
    )


def given_predictors(study: Study, seeds: tuple[int, ...] | None) -> tuple[PredictorMatrix, ...]:
    """Every predictor of the manifest, each at its last layer and checkpoint."""
    return tuple(
        predictor_matrix(study, SimilarityQuery(seeds=seeds, predictor=predictor.name))
        for predictor in study.predictors
    )


def predictor_places(predictor: Predictor) -> tuple[tuple[Layer, ...], tuple[Checkpoint, ...]]:
    """The layers and the checkpoints a given predictor can be looked at; `last` is always one."""
    steps = np.unique(predictor.checkpoint[predictor.checkpoint != FINAL])
    return predictor.layers, (*(int(step) for step in steps), "last")


def _at_layer(predictor: Predictor, layer: Layer | None) -> IntArray:
    if layer is None:
        return np.arange(len(predictor))
    if not predictor.layers:
        raise RequestError(f"{predictor.label} has no layers; name none")
    if layer not in predictor.layers:
        there = listed(predictor.layers)
        raise RequestError(f"no {predictor.label} at layer {layer}; there are layers {there}")
    return np.flatnonzero(predictor.layer == predictor.layers.index(layer))


def _at_checkpoint(predictor: Predictor, rows: IntArray, checkpoint: Checkpoint) -> IntArray:
    """Rows (positions) of the checkpoint; of `last`, the largest of each pair and seed."""
    steps = predictor.checkpoint[rows]
    if checkpoint != "last":
        chosen: IntArray = rows[steps == checkpoint]
        if not len(chosen):
            there = [step for step in np.unique(steps).tolist() if step != FINAL]
            known = f"there are {listed(there)}" if there else "it has no checkpoints"
            raise RequestError(f"no {predictor.label} at checkpoint {checkpoint}; {known}")
        return chosen
    keys = [predictor.source, predictor.target, predictor.seeded, predictor.seed]
    columns = [key[rows] for key in keys]
    order = np.lexsort((steps, *reversed(columns)))
    last = np.ones(len(order), dtype=bool)
    same = np.ones(max(len(order) - 1, 0), dtype=bool)
    for column in columns:
        ordered = column[order]
        same &= ordered[1:] == ordered[:-1]
    last[:-1] = ~same
    return np.sort(rows[order[last]])


def _of_seeds(predictor: Predictor, rows: IntArray, seeds: tuple[int, ...] | None) -> IntArray:
    """Positions in `rows` of these seeds; of all where there is none of them."""
    every = np.arange(len(rows))
    if seeds is None:
        return every
    wanted = predictor.seeded[rows] & np.isin(predictor.seed[rows], np.array(seeds, dtype=np.int64))
    return np.flatnonzero(wanted) if wanted.any() else every
