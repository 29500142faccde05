"""The association at every layer and checkpoint."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.analyses.analysis import INCLUDED, Analysis, of_similarity
from core.analyses.association.correlation import correlation_of, why_no_correlation
from core.analyses.association.dyads import DyadTable, dyad_table
from core.analyses.association.noise_ceiling import NoiseCeiling, ceiling_of
from core.analyses.association.qap import qap_all, qap_of_maximum
from core.analyses.association.relabelling import relabelling_seconds
from core.analyses.cost import CostModel, every_place
from core.analyses.inputs import pair_matrix
from core.analyses.query import TransferQuery, included_tasks
from core.errors import AtlasError
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray, IntArray
from core.similarity.matrix import default_layer, similarity_checkpoints, similarity_layers
from core.similarity.measures import Measure
from core.similarity.predictor_matrix import PredictorMatrix, predictor_matrix, predictor_places
from core.similarity.query import SimilarityQuery
from core.similarity.store import SimilarityStore, SweepNeededError
from core.study import Layer, Study
from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class AssociationSweep:
    """How strongly CKA at each layer and checkpoint goes with the same transfer.

    r, r_squared, qap_p: (n_layers, n_checkpoints) float64, NaN = undefined
    qap_error:   same shape, standard error of qap_p by drawing; 0 of all permutations there are
    max_p:       same shape, p of that r as the largest of all places: what looking at many costs
    max_error:   same shape, standard error of max_p by drawing, as qap_error
    n:           (n_layers, n_checkpoints) int64, ordered pairs
    reason:      (n_layers, n_checkpoints) int64, index into `reasons`: why there is no r; 0 = it is
    checkpoints: training steps of the single-task models, then `last`
    cka_seeds:   seeds of the CKA, layer by layer, checkpoint by checkpoint
    ceiling:     over the pairs of the first place that has CKA
    Of a given predictor, which has no measure, the same; its only layer is None where it has none.
    """

    method: str
    predictor: str
    label: str
    measure: Measure | None
    debiased: bool
    seeds: tuple[int, ...]
    layers: tuple[Layer | None, ...]
    checkpoints: tuple[Checkpoint, ...]
    r: FloatArray
    r_squared: FloatArray
    qap_p: FloatArray
    qap_error: FloatArray
    max_p: FloatArray
    max_error: FloatArray
    n: IntArray
    reason: IntArray
    reasons: tuple[str, ...]
    cka_seeds: tuple[tuple[tuple[int, ...], ...], ...]
    ceiling: NoiseCeiling

    def why(self, row: int, column: int) -> str:
        """Why there is no r at a place (by position); empty where there is."""
        return self.reasons[int(self.reason[row, column])]


def sweep_associations(
    transfer: TransferMatrix,
    similarity_at: Callable[[SimilarityQuery], PredictorMatrix],
    tasks: Sequence[str],
    query: SimilarityQuery,
    *,
    label: str,
    layers: Sequence[Layer | None],
    checkpoints: Sequence[Checkpoint],
    executor: Executor | None = None,
) -> AssociationSweep:
    """r, R² and QAP p of one transfer with the similarity at every layer and checkpoint.

    query: what predicts, called `label`. similarity_at: what it is at a layer and checkpoint; where
    it raises an AtlasError there is none, and that is the place's reason. Raises SweepNeededError
    where it does: that is about this moment, not about the study. executor: makes the permutations.
    """
    shape = (len(layers), len(checkpoints))
    r, p, error, max_p, max_error = (np.full(shape, np.nan) for _ in range(5))
    n = np.zeros(shape, dtype=np.int64)
    reasons = {"": 0}
    reason = np.zeros(shape, dtype=np.int64)
    tables: dict[tuple[int, int], DyadTable] = {}
    seeds: list[list[tuple[int, ...]]] = [[() for _ in checkpoints] for _ in layers]
    for i, layer in enumerate(layers):
        for j, checkpoint in enumerate(checkpoints):
            try:
                similarity = similarity_at(query.at(layer, checkpoint))
            except SweepNeededError:
                raise
            except AtlasError as none:
                reason[i, j] = reasons.setdefault(str(none), len(reasons))
                continue
            table = tables[i, j] = dyad_table(transfer, similarity, tasks)
            seeds[i][j] = similarity.seeds
            r[i, j], n[i, j] = correlation_of(table), table.paired.sum()
            reason[i, j] = reasons.setdefault(why_no_correlation(table), len(reasons))
    every = list(tables.values())
    for place, found in zip(tables, qap_all(every, executor=executor), strict=True):
        p[place], error[place] = found.p, found.error
    largest = qap_of_maximum(every, executor=executor)
    for place, of_maximum in zip(tables, largest, strict=True):
        max_p[place], max_error[place] = of_maximum.p, of_maximum.error
    first = next(iter(tables.values()), None)
    return AssociationSweep(
        method=transfer.method,
        predictor=query.predictor or query.measure.value,
        label=label,
        measure=None if query.predictor else query.measure,
        debiased=query.debiased and not query.predictor,
        seeds=transfer.seeds,
        layers=tuple(layers),
        checkpoints=tuple(checkpoints),
        r=r,
        r_squared=r * r,
        qap_p=p,
        qap_error=error,
        max_p=max_p,
        max_error=max_error,
        n=n,
        reason=reason,
        reasons=tuple(reasons),
        cka_seeds=tuple(tuple(row) for row in seeds),
        ceiling=NoiseCeiling(math.nan, math.nan) if first is None else ceiling_of(first),
    )


def sweep_of(
    study: Study,
    query: TransferQuery,
    how: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> AssociationSweep:
    """r at every layer and checkpoint that the predictor has."""
    tasks = included_tasks(study, query)
    transfer = pair_matrix(study, query)
    layers: Sequence[Layer | None]
    checkpoints: Sequence[Checkpoint]
    if how.predictor:
        predictor = study.predictor(how.predictor)
        label = predictor.label
        layers, checkpoints = predictor_places(predictor)
    else:
        label = how.name
        default_layer(study, how)  # raises where there is none at all
        known = layers = similarity_layers(study, how)
        steps = {
            step for layer in known for step in similarity_checkpoints(study, how.at(layer, "last"))
        }
        checkpoints = (*sorted(steps), "last")
    return sweep_associations(
        transfer,
        lambda place: predictor_matrix(study, place, stored=stored),
        tasks,
        how.of_seeds(query.seeds),
        label=label,
        layers=layers or (None,),
        checkpoints=checkpoints,
        executor=executor,
    )


ASSOCIATION_SWEEP = Analysis(
    "association-sweep",
    AssociationSweep,
    sweep_of,
    (INCLUDED, of_similarity("measure", "debiased", "predictor")),
    looks_up=True,
    relabels=True,
    costs=CostModel(us=3.0, bytes_=200.0, places=every_place, more=relabelling_seconds),
)
