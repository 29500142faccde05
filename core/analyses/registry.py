"""The named analyses: everything the pages and the command line ask for.

Each has a name, the queries it takes and which of their fields it reads, and a result type;
`core.cache` fetches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.analyses import balance as balances
from core.analyses import task_covariates
from core.analyses.analysis import Analysis, Takes
from core.analyses.association import association as associations
from core.analyses.association.by_layer import AssociationSweep, sweep_associations
from core.analyses.association.choices import CurveCost, specification_curve
from core.analyses.association.dyads import dyad_table
from core.analyses.association.influence import ItemInfluence, leave_items_out
from core.analyses.association.mrqap import Mrqap, mrqap
from core.analyses.association.specifications import Specifications
from core.analyses.comparison import Comparison, compare
from core.analyses.cost import CostModel, every_place
from core.analyses.covariates import CovariateTests, covariate_tests
from core.analyses.data_quality import DataQuality, data_quality
from core.analyses.details.pair import PairDetail, pair_detail
from core.analyses.details.task import TaskDetail, task_detail
from core.analyses.graph import TransferGraph
from core.analyses.graph_structure import GraphStructure, graph_structure
from core.analyses.network import transfer_graph as build_graph
from core.analyses.next_experiment import NextExperiment, next_experiment
from core.analyses.overview import Overview, overview
from core.analyses.pairs.table import PairTable, pair_table
from core.analyses.plan import (
    Plan,
    PlanQuery,
    PlanSizes,
    ShrunkenValues,
    known_costs,
    means,
    plan_sizes,
    plan_sources,
    really_trained,
)
from core.analyses.predictor_scores import PredictorScores, predictor_scores
from core.analyses.query import (
    DetailQuery,
    MapQuery,
    SimilarityQuery,
    TransferQuery,
    included_tasks,
    own_seeds,
    single_source_method,
)
from core.analyses.several_tasks import SeveralTasks, several_tasks
from core.analyses.standouts import judged
from core.numerics.threads import one_thread
from core.similarity.item_maps import ItemMaps, item_maps, item_maps_over_training
from core.similarity.matrix import (
    SimilarityMatrix,
    default_layer,
    similarity_checkpoints,
    similarity_layers,
    similarity_matrix,
)
from core.similarity.measures import Measure
from core.similarity.predictor_matrix import (
    PredictorMatrix,
    given_predictors,
    predictor_matrix,
    predictor_places,
)
from core.similarity.store import SimilarityStore
from core.similarity.task_pair_profile import TaskPairProfile, task_pair_profile
from core.similarity.trajectories import Trajectories, trajectories
from core.study import Checkpoint, Layer, Study
from core.transfer.build import actual_matrices, transfer_matrix
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale
from core.transfer.predictions import USUAL


def _pair_matrix(
    study: Study, query: TransferQuery, *, oriented: bool = True, provenance: bool = False
) -> TransferMatrix:
    """X→Y of single sources, of all tasks. Raises RequestError for a method without.

    oriented: more is better, as in every effect, rank and correlation. provenance: with `records`.
    """
    method = single_source_method(study, query.method)
    of_all = replace(query, exclude=())
    if provenance:
        matrix = transfer_matrix(study, of_all)
    else:
        (matrix,) = actual_matrices(study, of_all, (method,))
    matrix = matrix.single_sources()
    return matrix.oriented() if oriented else matrix


def _association(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> associations.Association:
    tasks = included_tasks(study, query)
    transfer = _pair_matrix(study, query)
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
    return associations.associate(transfer, similarity, table, labels, without_seed=without)


def _association_sweep(
    study: Study, query: TransferQuery, how: SimilarityQuery, *, stored: SimilarityStore | None
) -> AssociationSweep:
    tasks = included_tasks(study, query)
    transfer = _pair_matrix(study, query)
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
    )


def _specifications(
    study: Study, query: TransferQuery, how: SimilarityQuery, *, stored: SimilarityStore | None
) -> Specifications:
    if how.predictor:
        layers, _ = predictor_places(study.predictor(how.predictor))
        layer = how.layer if how.layer is not None or not layers else layers[-1]
    else:
        layer = default_layer(study, how) if how.layer is None else how.layer
    # Thousands of small products and decompositions: threads would wait for each other.
    with one_thread():
        return specification_curve(
            study,
            query,
            how.at(layer, how.checkpoint),
            transfer_of=lambda asked: _pair_matrix(study, asked),
            similarity_of=lambda place: predictor_matrix(study, place, stored=stored),
        )


def _item_influence(study: Study, query: TransferQuery, place: SimilarityQuery) -> ItemInfluence:
    return leave_items_out(
        study,
        _pair_matrix(study, query),
        included_tasks(study, query),
        place.of_seeds(query.seeds),
    )


def _balance(study: Study, query: TransferQuery) -> balances.Balance:
    return _balance_of(study, query, _pair_matrix(study, query))


def _balance_of(study: Study, query: TransferQuery, transfer: TransferMatrix) -> balances.Balance:
    tasks = included_tasks(study, query)
    return balances.balance(transfer, tasks, both_only=study.has_given_scores)


def _graph(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> TransferGraph:
    # Arrows carry scores as they are, whichever direction is better.
    transfer = _pair_matrix(study, query, oriented=False)
    strict = transfer
    if query.scale is not Scale.STRICT and not study.has_given_scores:
        strict = _pair_matrix(study, replace(query, scale=Scale.STRICT))
    similarity = _similarity_if_any(study, place.of_seeds(query.seeds), stored)
    tasks = included_tasks(study, query)
    return build_graph(
        transfer,
        strict,
        judged(strict, study, tasks),
        _balance_of(study, query, transfer.oriented()),
        tasks,
        similarity,
    )


def _graph_structure(study: Study, query: TransferQuery) -> GraphStructure:
    transfer = _pair_matrix(study, query)
    strict = _pair_matrix(study, replace(query, scale=Scale.STRICT))
    return graph_structure(transfer, strict, included_tasks(study, query))


def _pairs(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> PairTable:
    def matrix(kind: str) -> TransferMatrix:
        return transfer_matrix(study, replace(query, kind=kind))

    predicted = study.method(query.method).predicted_from is not None
    return pair_table(
        study,
        matrix(MatrixKind.ACTUAL),
        predicted=matrix(USUAL) if predicted else None,
        difference=matrix(MatrixKind.DIFFERENCE) if predicted else None,
        similarity=_similarity_if_any(study, place.of_seeds(query.seeds), stored),
        predictors=given_predictors(study, query.seeds),
        sources_out=query.hidden_sources,
        targets_out=query.hidden_targets,
    )


def _similarity_if_any(
    study: Study, place: SimilarityQuery, stored: SimilarityStore | None
) -> SimilarityMatrix | None:
    """CKA at the layer and checkpoint asked for; None where the study has none at all."""
    if not similarity_layers(study):
        return None
    return similarity_matrix(study, place, stored=stored)


def _covariates(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> CovariateTests:
    tasks = included_tasks(study, query)
    transfer = _pair_matrix(study, query, provenance=True)
    place = place.of_seeds(query.seeds)
    similarity = _similarity_if_any(study, place, stored)
    runs = (run for run in study.runs_of(query.method) if run.is_single_source)
    steps = study.evaluations.steps(study.run_index[run.name] for run in runs)
    strict = [
        (step, _pair_matrix(study, replace(query, checkpoint=step, scale=Scale.STRICT)))
        for step in ([] if study.has_given_scores else steps)
    ]
    index = study.representations
    layer = place.layer if similarity is None else similarity.layer
    if layer is None and index is not None and index.layers:
        layer = index.layers[-1]
    covariates = (
        *task_covariates.from_manifest(study, tasks),
        task_covariates.base_standard(study, transfer, tasks),
        task_covariates.base_loss(study, transfer, tasks),
        *(() if study.has_given_scores else (task_covariates.half_improvement(strict, tasks),)),
        replace(
            task_covariates.representation_dimension(study, tasks, replace(place, layer=layer)),
            layers=max(len(index.layers), 1) if index is not None else 1,
        ),
        replace(
            task_covariates.mean_similarity(similarity, tasks),
            layers=max(len(similarity_layers(study)), 1),
        ),
    )
    return covariate_tests(_balance_of(study, query, transfer), covariates)


def _planned(
    study: Study, query: TransferQuery, wanted: PlanQuery
) -> tuple[TransferMatrix, tuple[str, ...], dict[str, Any]]:
    """What every plan is made of: transfers, tasks, and what is asked of a plan."""
    tasks = included_tasks(study, query)
    asked = {
        "size": wanted.size,
        "targets": [study.task(name).name for name in wanted.targets],
        "goal": wanted.goal,
        "costs": known_costs(study, tasks, wanted.costs),
        "budget": wanted.budget,
    }
    return _pair_matrix(study, query), tasks, asked


def _plan(study: Study, query: TransferQuery, wanted: PlanQuery) -> Plan:
    transfer, tasks, asked = _planned(study, query, wanted)
    shrinking = ShrunkenValues(study)
    values_of = shrinking if wanted.shrunken else means
    plan = plan_sources(transfer, tasks, values_of=values_of, **asked)
    why = shrinking.why
    trained = []
    for method in study.tested_methods:
        if query.method not in (method.name, method.predicted_from):
            continue
        sizes = {len(run.trained) for run in study.runs_of(method.name)}
        if len(plan.sources) not in sizes - {1}:
            continue
        seeds = own_seeds(study, method.name, query.seeds)
        of_sets = replace(query, method=method.name, seeds=seeds, exclude=())
        matrix = transfer_matrix(study, of_sets).oriented()
        if found := really_trained(plan, matrix, values_of(matrix), tasks):
            trained.append(found)
    return replace(
        plan,
        shrunken=wanted.shrunken and not why,
        why=why,
        lower_targets=study.lower_targets,
        trained=tuple(trained),
    )


def _plan_sizes(study: Study, query: TransferQuery, wanted: PlanQuery) -> PlanSizes:
    transfer, tasks, asked = _planned(study, query, wanted)
    values_of = ShrunkenValues(study) if wanted.shrunken else means
    return plan_sizes(transfer, tasks, values_of=values_of, **asked)


def _next_experiment(study: Study, query: TransferQuery, wanted: PlanQuery) -> NextExperiment:
    transfer, tasks, asked = _planned(study, query, wanted)
    return next_experiment(transfer, study, tasks, **asked)


def _predictors(
    study: Study, query: TransferQuery, *, stored: SimilarityStore | None
) -> PredictorScores:
    kinds = (
        SimilarityQuery(measure=measure, debiased=debiased, seeds=query.seeds)
        for measure, debiased in (
            (Measure.CKA, False),
            (Measure.CKA, True),
            (Measure.PROCRUSTES, False),
        )
    )
    similarities = [
        similarity_matrix(study, kind.at(layer, "last"), stored=stored)
        for kind in kinds
        for layer in similarity_layers(study, kind)
    ]
    tasks = included_tasks(study, query)
    given, labels = [], {}
    for predictor in study.predictors:
        for layer in predictor.layers or (None,):
            asked = SimilarityQuery(layer, seeds=query.seeds, predictor=predictor.name)
            found = predictor_matrix(study, asked)
            at = "" if layer is None else f", layer {layer}"
            # Of a distance the nearest is believed to be the best.
            better = found.of(tasks) if found.higher_is_better else -found.of(tasks)
            given.append((f"{predictor.name}{at}", better))
            labels[f"{predictor.name}{at}"] = f"{predictor.label}{at}"
    return predictor_scores(_pair_matrix(study, query), tasks, similarities, given, labels)


def _together(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> Mrqap:
    predictors = list(given_predictors(study, query.seeds))
    if similarity_layers(study, place):
        asked = replace(place, predictor="", seeds=query.seeds)
        predictors.insert(0, predictor_matrix(study, asked, stored=stored))
    return mrqap(_pair_matrix(study, query), predictors, included_tasks(study, query))


def _task_pair_profile(
    study: Study, place: SimilarityQuery, tasks: DetailQuery, *, stored: SimilarityStore | None
) -> TaskPairProfile:
    (first,) = tasks.sources
    return task_pair_profile(study, first, tasks.target, place, stored=stored)


def _item_maps(study: Study, place: SimilarityQuery, wanted: MapQuery) -> ItemMaps:
    if wanted.over_training:
        (task, *_) = wanted.tasks
        return item_maps_over_training(study, place, task=task, components=wanted.components)
    return item_maps(study, place, tasks=wanted.tasks, components=wanted.components)


def _transfer(*more: str) -> Takes:
    reads = frozenset({"method", "seeds", "exclude", "scale", "checkpoint", *more})
    return Takes(TransferQuery, reads)


def _similarity(*reads: str) -> Takes:
    return Takes(SimilarityQuery, frozenset(reads))


_INCLUDED = _transfer("include")
_PLACE = _similarity("layer", "checkpoint")
_MEASURED = _similarity("layer", "checkpoint", "measure", "debiased")
_PREDICTED = _similarity("layer", "checkpoint", "measure", "debiased", "predictor")
_ASKED = frozenset({"size", "targets", "goal", "costs", "budget"})
_PLANNING = CostModel(us=4.0)
_CELL = Takes(TransferQuery, frozenset({"method", "seeds", "checkpoint"}))

TRANSFER = Analysis(
    "transfer", TransferMatrix, transfer_matrix, (_transfer("kind", "prediction", "other"),)
)
SIMILARITY = Analysis(
    "similarity",
    SimilarityMatrix,
    similarity_matrix,
    (_similarity("layer", "checkpoint", "seeds", "trained", "measure", "debiased"),),
    looks_up=True,
)
TRAJECTORIES = Analysis(
    "trajectories",
    Trajectories,
    trajectories,
    (_similarity("layer", "seeds", "trained", "measure", "debiased"),),
    looks_up=True,
)
ASSOCIATION = Analysis(
    "association",
    associations.Association,
    _association,
    (_INCLUDED, _PREDICTED),
    looks_up=True,
    costs=CostModel(us=5.0),
)
ASSOCIATION_SWEEP = Analysis(
    "association-sweep",
    AssociationSweep,
    _association_sweep,
    (_INCLUDED, _similarity("measure", "debiased", "predictor")),
    looks_up=True,
    costs=CostModel(us=3.0, bytes_=200.0, places=every_place),
)
SPECIFICATIONS = Analysis(
    "specifications",
    Specifications,
    _specifications,
    (_INCLUDED, _PREDICTED),
    looks_up=True,
    costs=CurveCost(),
)
ITEM_INFLUENCE = Analysis("item-influence", ItemInfluence, _item_influence, (_INCLUDED, _MEASURED))
ITEM_MAPS = Analysis(
    "item-maps",
    ItemMaps,
    _item_maps,
    (
        _similarity("layer", "checkpoint", "seeds"),
        Takes(MapQuery, frozenset({"tasks", "over_training", "components"})),
    ),
)
BALANCE = Analysis("balance", balances.Balance, _balance, (_INCLUDED,))
GRAPH = Analysis("graph", TransferGraph, _graph, (_INCLUDED, _PLACE), looks_up=True)
GRAPH_STRUCTURE = Analysis("graph-structure", GraphStructure, _graph_structure, (_INCLUDED,))
PAIRS = Analysis(
    "pairs",
    PairTable,
    _pairs,
    (_transfer("hidden_sources", "hidden_targets"), _PLACE),
    looks_up=True,
)
_OF_A_PLAN = (_INCLUDED, Takes(PlanQuery, _ASKED | {"shrunken"}))
PLAN = Analysis("plan", Plan, _plan, _OF_A_PLAN, costs=_PLANNING)
PLAN_SIZES = Analysis("plan-sizes", PlanSizes, _plan_sizes, _OF_A_PLAN, costs=_PLANNING)
NEXT_EXPERIMENT = Analysis(
    "next-experiment",
    NextExperiment,
    _next_experiment,
    (_INCLUDED, Takes(PlanQuery, _ASKED)),
    costs=_PLANNING,
)
PREDICTORS = Analysis(
    "predictors",
    PredictorScores,
    _predictors,
    (_INCLUDED,),
    looks_up=True,
)
TOGETHER = Analysis("mrqap", Mrqap, _together, (_INCLUDED, _MEASURED), looks_up=True)
SEVERAL_TASKS = Analysis("several-tasks", SeveralTasks, several_tasks, (_transfer(),))
COVARIATES = Analysis("teachers", CovariateTests, _covariates, (_INCLUDED, _PLACE), looks_up=True)
OVERVIEW = Analysis(
    "overview",
    Overview,
    overview,
    (Takes(TransferQuery, _INCLUDED.reads - {"method"}),),
)
CONDITION = Analysis("data-quality", DataQuality, data_quality)
COMPARISON = Analysis(
    "comparison",
    Comparison,
    compare,
    (_transfer("other", "split", "hidden_sources", "hidden_targets"),),
)
PAIR = Analysis(
    "pair",
    PairDetail,
    pair_detail,
    (_CELL, Takes(DetailQuery, frozenset({"sources", "target", "other"}))),
)
TASK = Analysis(
    "task", TaskDetail, task_detail, (_CELL, Takes(DetailQuery, frozenset({"sources"})))
)
TASK_PAIR_PROFILE = Analysis(
    "task-pair-profile",
    TaskPairProfile,
    _task_pair_profile,
    (
        _similarity("layer", "checkpoint", "seeds"),
        Takes(DetailQuery, frozenset({"sources", "target"})),
    ),
    looks_up=True,
)

ANALYSES: dict[str, Analysis[Any]] = {
    analysis.name: analysis
    for analysis in (
        TRANSFER,
        SIMILARITY,
        TASK_PAIR_PROFILE,
        TRAJECTORIES,
        ASSOCIATION,
        ASSOCIATION_SWEEP,
        SPECIFICATIONS,
        ITEM_INFLUENCE,
        ITEM_MAPS,
        BALANCE,
        GRAPH,
        GRAPH_STRUCTURE,
        OVERVIEW,
        CONDITION,
        COMPARISON,
        PAIRS,
        PLAN,
        PLAN_SIZES,
        NEXT_EXPERIMENT,
        PREDICTORS,
        TOGETHER,
        SEVERAL_TASKS,
        COVARIATES,
        PAIR,
        TASK,
    )
}
