"""Does similarity predict transfer? Correlation over ordered pairs, honest about dependence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.analyses.analysis import INCLUDED, PREDICTED, Analysis
from core.analyses.association.correlation import (
    ConfidenceBand,
    Correlation,
    correlation_of,
    fit_band,
    least_squares,
    leave_tasks_out,
    textbook_p,
)
from core.analyses.association.dyads import DyadTable, Points, dyad_table, points_of
from core.analyses.association.noise_ceiling import NoiseCeiling, ceiling_of
from core.analyses.association.pair_effects import of_pair_effects, of_ranks
from core.analyses.association.qap import PermutationTest, qap_all
from core.analyses.association.relabelling import relabelling_seconds
from core.analyses.cost import CostModel
from core.analyses.inputs import pair_matrix
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.evaluations import Checkpoint
from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval, ResamplingUnit, jackknife_correlation
from core.numerics.rank_tests import spearman
from core.similarity.matrix import default_layer
from core.similarity.measures import Measure
from core.similarity.predictor_matrix import PredictorMatrix, predictor_matrix
from core.similarity.store import SimilarityStore
from core.study import Layer, Study
from core.transfer.matrix import TransferMatrix


@dataclass(frozen=True)
class Association:
    """How similarity and transfer go together over all ordered pairs of the included tasks.

    Where it says CKA, it is what predicts: CKA, another `measure`, or a given predictor, which has
    no measure and is called `label`; `layer` is None where it has none. `seeds` are those of the
    transfer, `cka_seeds` those of the CKA. r_squared in [0, 1]; slope is transfer per unit of
    CKA. without_task: (n_tasks,) float64, r with each task left out in turn. NaN = undefined.
    rank_qap: the QAP of ρ, which withstands tasks that are erratic in both. pair_effects: r and QAP
    p of what is left of both without giver and taker effects: it alone speaks of pairs
    (pair_effects_qap: the test of it).
    seeds_of_one_base: seeds that share their base; where there are any, nothing is said of seeds.
    """

    method: str
    predictor: str
    label: str
    directed: bool
    higher_is_better: bool
    layer: Layer | None
    cka_checkpoint: Checkpoint
    measure: Measure | None
    debiased: bool
    seeds: tuple[int, ...]
    cka_seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    n: int
    pearson: Correlation
    r_squared: float
    slope: float
    intercept: float
    band: ConfidenceBand
    spearman: Correlation
    qap: PermutationTest
    rank_qap: PermutationTest
    pair_effects: Correlation
    pair_effects_qap: PermutationTest
    interval: Interval
    interval_tasks: Interval
    without_task: FloatArray
    ceiling: NoiseCeiling
    points: Points
    seeds_of_one_base: tuple[int, ...] = ()

    @property
    def detectable_r(self) -> float:
        """The |r| this study would have found in 80 of 100; NaN where it could not find any."""
        return self.qap.detectable

    @property
    def r_squared_interval(self) -> Interval:
        """The 95 % interval of R² over seeds, from that of r; from 0 where that holds zero."""
        low, high = self.interval.low, self.interval.high
        ends = sorted((low * low, high * high))
        least = 0.0 if low <= 0 <= high else ends[0]
        return Interval(least, ends[1], self.interval.over)


def associate(
    transfer: TransferMatrix,
    predictor: PredictorMatrix,
    table: DyadTable,
    labels: Sequence[str],
    *,
    without_seed: Sequence[DyadTable] = (),
    executor: Executor | None = None,
) -> Association:
    """Everything there is to say about one scatter of CKA against transfer.

    labels: short names, one per task of `table`. without_seed: the same table with each seed
    left out in turn (of transfer and CKA), for the interval over seeds; with fewer than two
    there is none. executor: makes the permutations, see `relabelled_r`.

    Source: docs/methods.md, "Does similarity predict transfer?" and "Intervals".
    """
    paired = table.paired
    x, y = table.cka[paired], table.transfer[paired]
    r = correlation_of(table)
    defined = math.isfinite(r)
    slope, intercept = least_squares(table)
    without_task = leave_tasks_out(table)
    beyond = of_pair_effects(table)
    tests = qap_all([table, of_ranks(table), beyond], executor=executor)
    pearson_p = spearman_rho = spearman_p = math.nan
    if defined and len(x) >= 3:
        pearson_p = textbook_p(r, len(x))
        spearman_rho, spearman_p = spearman(x, y)
    return Association(
        method=transfer.method,
        predictor=predictor.name,
        label=predictor.label,
        directed=predictor.directed,
        higher_is_better=predictor.higher_is_better,
        layer=predictor.layer,
        cka_checkpoint=predictor.checkpoint,
        measure=predictor.measure,
        debiased=predictor.debiased,
        seeds=transfer.seeds,
        cka_seeds=predictor.seeds,
        tasks=table.tasks,
        n=len(x),
        pearson=Correlation(r=r, p=pearson_p),
        r_squared=r * r,
        slope=slope,
        intercept=intercept,
        band=fit_band(table),
        spearman=Correlation(r=spearman_rho, p=spearman_p),
        qap=tests[0],
        rank_qap=tests[1],
        pair_effects=Correlation(r=correlation_of(beyond), p=tests[2].p),
        pair_effects_qap=tests[2],
        interval=jackknife_correlation(
            r, np.array([correlation_of(part) for part in without_seed]), ResamplingUnit.SEEDS
        ),
        interval_tasks=jackknife_correlation(r, without_task, ResamplingUnit.TASKS),
        without_task=without_task,
        ceiling=ceiling_of(table),
        points=points_of(table, labels),
        seeds_of_one_base=transfer.seeds_of_one_base,
    )


def association_of(
    study: Study,
    query: TransferQuery,
    place: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> Association:
    """r of transfer with a predictor, whole, without each seed and without each task."""
    tasks = included_tasks(study, query)
    transfer = pair_matrix(study, query)
    if place.layer is None and not place.predictor:
        place = place.at(default_layer(study, place), place.checkpoint)

    def similarity_of(seeds: tuple[int, ...] | None) -> PredictorMatrix:
        return predictor_matrix(study, place.of_seeds(seeds), stored=stored)

    similarity = similarity_of(query.seeds)
    table = dyad_table(transfer, similarity, tasks)
    without = []
    # A seed without a value in any pair (all its runs failed) is no seed.
    known = np.flatnonzero(np.isfinite(table.per_seed[:, table.paired]).any(axis=1))
    seeds = [transfer.seeds[at] for at in known.tolist()]
    if seeds and len(seeds) < len(transfer.seeds):
        for seed in set(transfer.seeds) - set(seeds):
            transfer = transfer.without_seed(seed)
        table = dyad_table(transfer, similarity, table.tasks)
    # Seeds of one base agree by birth: leaving one of them out says nothing of other seeds.
    if len(seeds) > 1 and not transfer.seeds_of_one_base:
        for seed in seeds:
            rest = transfer.without_seed(seed)
            # The tasks stay those of the whole table: the interval is over seeds alone.
            without.append(dyad_table(rest, similarity_of(rest.seeds), table.tasks))
    labels = [study.task(name).label for name in table.tasks]
    return associate(transfer, similarity, table, labels, without_seed=without, executor=executor)


ASSOCIATION = Analysis(
    "association",
    Association,
    association_of,
    (INCLUDED, PREDICTED),
    looks_up=True,
    relabels=True,
    costs=CostModel(us=5.0, ms=10.0, more=relabelling_seconds),
)
