"""The named analyses: everything the pages and the command line ask for.

Each has a name, a frozen dataclass of parameters and a result type; `core.cache`
fetches them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from core.analyses import balance as balances
from core.analyses import comparison as comparisons
from core.analyses import covariates as giving
from core.analyses import overview as overviews
from core.analyses.association import association as associations
from core.analyses.association.by_layer import AssociationSweep, sweep_associations
from core.analyses.association.dyads import dyad_table
from core.analyses.association.influence import ItemInfluence, leave_items_out
from core.analyses.data_quality import DataQuality, data_quality
from core.analyses.details.pair import PairDetail, pair_detail
from core.analyses.details.task import TaskDetail, task_detail
from core.analyses.network import TransferGraph
from core.analyses.network import transfer_graph as build_graph
from core.analyses.pairs.table import PairTable, pair_table
from core.analyses.query import (
    AssociationParams,
    ComparisonParams,
    ConditionParams,
    GraphParams,
    OverviewParams,
    PairListParams,
    PairParams,
    PairsParams,
    PlaceParams,
    RowParams,
    SimilarityCourseParams,
    SimilarityParams,
    SweepParams,
    TeachersParams,
    TrajectoryParams,
    TransferParams,
    included_tasks,
    single_source_method,
)
from core.similarity.matrix import (
    SimilarityMatrix,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
    similarity_matrix,
)
from core.similarity.task_pair_profile import TaskPairProfile, task_pair_profile
from core.similarity.trajectories import Trajectories, trajectories
from core.study import Checkpoint, Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Analysis(Generic[P, R]):
    """A named computation: `compute(study, params) -> result`."""

    name: str
    params: type[P]
    result: type[R]
    compute: Callable[[Study, P], R]


def _pair_matrix(study: Study, params: PairsParams, scale: Scale) -> TransferMatrix:
    return transfer_matrix(
        study,
        single_source_method(study, params.method),
        seeds=params.seeds,
        scale=scale,
        checkpoint=params.checkpoint,
    ).single_sources()


def _transfer(study: Study, params: TransferParams) -> TransferMatrix:
    return transfer_matrix(
        study,
        params.method,
        kind=params.kind,
        other=params.other,
        seeds=params.seeds,
        exclude=params.exclude,
        scale=params.scale,
        checkpoint=params.checkpoint,
    )


def _similarity(study: Study, params: SimilarityParams) -> SimilarityMatrix:
    return similarity_matrix(
        study,
        layer=params.layer,
        checkpoint=params.checkpoint,
        seeds=params.seeds,
        trained=params.trained,
        measure=params.measure,
        debiased=params.debiased,
    )


def _trajectories(study: Study, params: TrajectoryParams) -> Trajectories:
    return trajectories(
        study,
        layer=params.layer,
        seeds=params.seeds,
        trained=params.trained,
        measure=params.measure,
        debiased=params.debiased,
    )


def _association(study: Study, params: AssociationParams) -> associations.Association:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.scale)
    measure, debiased = params.measure, params.debiased
    layer = params.layer
    if layer is None:
        layer = default_layer(study, measure=measure, debiased=debiased)

    def similarity_of(seeds: tuple[int, ...] | None) -> SimilarityMatrix:
        return similarity_matrix(
            study,
            layer=layer,
            checkpoint=params.cka_checkpoint,
            seeds=seeds,
            measure=measure,
            debiased=debiased,
        )

    similarity = similarity_of(params.seeds)
    table = dyad_table(transfer, similarity, tasks)
    without = []
    # A seed without a value in any pair (all its runs failed) is no seed.
    known = np.flatnonzero(np.isfinite(table.per_seed[:, table.paired]).any(axis=1))
    seeds = [transfer.seeds[at] for at in known.tolist()]
    if seeds and len(seeds) < len(transfer.seeds):
        for seed in set(transfer.seeds) - set(seeds):
            transfer = transfer.without_seed(seed)
        table = dyad_table(transfer, similarity, table.tasks)
    if len(seeds) > 1:
        for seed in seeds:
            rest = transfer.without_seed(seed)
            # The tasks stay those of the whole table: the interval is over seeds alone.
            without.append(dyad_table(rest, similarity_of(rest.seeds), table.tasks))
    labels = [study.task(name).label for name in table.tasks]
    return associations.associate(transfer, similarity, table, labels, without_seed=without)


def _association_sweep(study: Study, params: SweepParams) -> AssociationSweep:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.scale)
    measure, debiased = params.measure, params.debiased
    default_layer(study, measure=measure, debiased=debiased)  # raises where there is none at all
    layers = similarity_layers(study, measure=measure, debiased=debiased)
    steps = {
        step
        for layer in layers
        for step in similarity_checkpoints(study, layer, measure=measure, debiased=debiased)
    }

    def similarity_at(layer: int, checkpoint: Checkpoint) -> SimilarityMatrix:
        return similarity_matrix(
            study,
            layer=layer,
            checkpoint=checkpoint,
            seeds=params.seeds,
            measure=measure,
            debiased=debiased,
        )

    return sweep_associations(
        transfer,
        similarity_at,
        tasks,
        layers=layers,
        checkpoints=(*sorted(steps), "last"),
        measure=measure,
        debiased=debiased,
    )


def _item_influence(study: Study, params: AssociationParams) -> ItemInfluence:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    return leave_items_out(
        study,
        _pair_matrix(study, params, params.scale),
        tasks,
        layer=params.layer,
        checkpoint=params.cka_checkpoint,
        seeds=params.seeds,
        measure=params.measure,
        debiased=params.debiased,
    )


def _balance(study: Study, params: PairsParams) -> balances.Balance:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.scale)
    return balances.balance(transfer, tasks, both_only=study.has_given_scores)


def _graph(study: Study, params: GraphParams) -> TransferGraph:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.scale)
    strict = _pair_matrix(study, params, Scale.STRICT)
    similarity = None
    if similarity_layers(study):
        similarity = similarity_matrix(
            study, layer=params.layer, checkpoint=params.cka_checkpoint, seeds=params.seeds
        )
    balance = balances.balance(transfer, tasks, both_only=study.has_given_scores)
    return build_graph(transfer, strict, balance, tasks, similarity)


def _pairs(study: Study, params: PairListParams) -> PairTable:
    def matrix(kind: MatrixKind) -> TransferMatrix:
        return transfer_matrix(
            study,
            params.method,
            kind=kind,
            seeds=params.seeds,
            exclude=params.exclude,
            scale=params.scale,
            checkpoint=params.checkpoint,
        )

    predicted = study.method(params.method).predicted_from is not None
    return pair_table(
        study,
        matrix(MatrixKind.ACTUAL),
        predicted=matrix(MatrixKind.PREDICTED) if predicted else None,
        difference=matrix(MatrixKind.DIFFERENCE) if predicted else None,
        similarity=_similarity_of(study, params),
        sources_out=params.sources_out,
        targets_out=params.targets_out,
    )


def _similarity_of(study: Study, params: PlaceParams | PairListParams) -> SimilarityMatrix | None:
    """CKA at the layer and checkpoint asked for; None where the study has none at all."""
    if not similarity_layers(study):
        return None
    return similarity_matrix(
        study, layer=params.layer, checkpoint=params.cka_checkpoint, seeds=params.seeds
    )


def _teachers(study: Study, params: TeachersParams) -> giving.CovariateTests:
    tasks = included_tasks(study, exclude=params.exclude, include=params.include)
    transfer = _pair_matrix(study, params, params.scale)
    similarity = _similarity_of(study, params)
    runs = (run for run in study.runs_of(params.method) if run.is_single_source)
    steps = study.evaluations.steps(study.run_index[run.name] for run in runs)
    strict = [
        (step, _pair_matrix(study, replace(params, checkpoint=step), Scale.STRICT))
        for step in ([] if study.has_given_scores else steps)
    ]
    index = study.representations
    stored = params.layer if similarity is None else similarity.layer
    if stored is None and index is not None and index.layers:
        stored = index.layers[-1]
    covariates = (
        *giving.from_manifest(study, tasks),
        giving.base_standard(study, transfer, tasks),
        giving.base_loss(study, transfer, tasks),
        giving.half_improvement(strict, tasks),
        giving.representation_dimension(
            study, tasks, layer=stored, checkpoint=params.cka_checkpoint, seeds=params.seeds
        ),
        giving.mean_similarity(similarity, tasks),
    )
    balance = balances.balance(transfer, tasks, both_only=study.has_given_scores)
    return giving.covariate_tests(balance, covariates)


def _overview(study: Study, params: OverviewParams) -> overviews.Overview:
    return overviews.overview(
        study,
        included_tasks(study, exclude=params.exclude, include=params.include),
        seeds=params.seeds,
        exclude=params.exclude,
        scale=params.scale,
        checkpoint=params.checkpoint,
    )


def _condition(study: Study, _params: ConditionParams) -> DataQuality:
    return data_quality(study)


def _comparison(study: Study, params: ComparisonParams) -> comparisons.Comparison:
    return comparisons.compare(
        study,
        params.method,
        params.other,
        seeds=params.seeds,
        exclude=params.exclude,
        scale=params.scale,
        checkpoint=params.checkpoint,
        split=params.split,
        sources_out=params.sources_out,
        targets_out=params.targets_out,
    )


def _pair(study: Study, params: PairParams) -> PairDetail:
    return pair_detail(
        study,
        params.method,
        params.sources,
        params.target,
        seeds=params.seeds,
        checkpoint=params.checkpoint,
        other=params.other,
    )


def _task(study: Study, params: RowParams) -> TaskDetail:
    return task_detail(
        study, params.method, params.sources, seeds=params.seeds, checkpoint=params.checkpoint
    )


def _similarity_course(study: Study, params: SimilarityCourseParams) -> TaskPairProfile:
    return task_pair_profile(
        study,
        params.first,
        params.second,
        layer=params.layer,
        checkpoint=params.checkpoint,
        seeds=params.seeds,
        measure=params.measure,
        debiased=params.debiased,
    )


TRANSFER = Analysis("transfer", TransferParams, TransferMatrix, _transfer)
SIMILARITY = Analysis("similarity", SimilarityParams, SimilarityMatrix, _similarity)
TRAJECTORIES = Analysis("trajectories", TrajectoryParams, Trajectories, _trajectories)
ASSOCIATION = Analysis("association", AssociationParams, associations.Association, _association)
ASSOCIATION_SWEEP = Analysis("association-sweep", SweepParams, AssociationSweep, _association_sweep)
ITEM_INFLUENCE = Analysis("item-influence", AssociationParams, ItemInfluence, _item_influence)
BALANCE = Analysis("balance", PairsParams, balances.Balance, _balance)
GRAPH = Analysis("graph", GraphParams, TransferGraph, _graph)
PAIRS = Analysis("pairs", PairListParams, PairTable, _pairs)
TEACHERS = Analysis("teachers", TeachersParams, giving.CovariateTests, _teachers)
OVERVIEW = Analysis("overview", OverviewParams, overviews.Overview, _overview)
CONDITION = Analysis("data-quality", ConditionParams, DataQuality, _condition)
COMPARISON = Analysis("comparison", ComparisonParams, comparisons.Comparison, _comparison)
PAIR = Analysis("pair", PairParams, PairDetail, _pair)
TASK = Analysis("task", RowParams, TaskDetail, _task)
SIMILARITY_COURSE = Analysis(
    "similarity-course", SimilarityCourseParams, TaskPairProfile, _similarity_course
)

ANALYSES: dict[str, Analysis[Any, Any]] = {
    analysis.name: analysis
    for analysis in (
        TRANSFER,
        SIMILARITY,
        SIMILARITY_COURSE,
        TRAJECTORIES,
        ASSOCIATION,
        ASSOCIATION_SWEEP,
        ITEM_INFLUENCE,
        BALANCE,
        GRAPH,
        OVERVIEW,
        CONDITION,
        COMPARISON,
        PAIRS,
        TEACHERS,
        PAIR,
        TASK,
    )
}
