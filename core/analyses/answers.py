"""How each question is answered: what an analysis needs of a study, gathered for it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np

from core.analyses import balance as balances
from core.analyses import task_covariates
from core.analyses.association import association as associations
from core.analyses.association.by_layer import AssociationSweep, sweep_associations
from core.analyses.association.choices import specification_curve
from core.analyses.association.dyads import dyad_table
from core.analyses.association.influence import ItemInfluence, leave_items_out
from core.analyses.association.mrqap import Mrqap, mrqap
from core.analyses.association.specifications import Specifications
from core.analyses.covariates import CovariateTests, covariate_tests
from core.analyses.graph import TransferGraph
from core.analyses.graph_structure import GraphStructure, graph_structure
from core.analyses.network import transfer_graph as build_graph
from core.analyses.next_experiment import NextExperiment, next_experiment
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
from core.study import Checkpoint, Layer, Study
from core.transfer.build import actual_matrices, actual_on_scales, transfer_matrix
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


def _shown_and_strict(study: Study, query: TransferQuery) -> tuple[TransferMatrix, TransferMatrix]:
    """`_pair_matrix`, not oriented, on the query's scale and on the strict one."""
    method = single_source_method(study, query.method)
    of_all = replace(query, method=method, exclude=())
    # Given scores are on one scale, and it may be asked for.
    one = query.scale is Scale.STRICT or study.has_given_scores
    scales = (query.scale,) if one else (query.scale, Scale.STRICT)
    shown, *others = (one.single_sources() for one in actual_on_scales(study, of_all, scales))
    return shown, others[0] if others else shown


def association_of(
    study: Study,
    query: TransferQuery,
    place: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> associations.Association:
    """r of transfer with a predictor, whole, without each seed and without each task."""
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
    return associations.associate(
        transfer, similarity, table, labels, without_seed=without, executor=executor
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
        executor=executor,
    )


def specifications_of(
    study: Study,
    query: TransferQuery,
    how: SimilarityQuery,
    *,
    stored: SimilarityStore | None,
    executor: Executor | None = None,
) -> Specifications:
    """r under every choice one could make."""
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
            executor=executor,
        )


def item_influence_of(study: Study, query: TransferQuery, place: SimilarityQuery) -> ItemInfluence:
    """r and similarity without each group of items."""
    return leave_items_out(
        study,
        _pair_matrix(study, query),
        included_tasks(study, query),
        place.of_seeds(query.seeds),
    )


def balance_of(study: Study, query: TransferQuery) -> balances.Balance:
    """What each task gives and takes."""
    return _balance_from(study, query, _pair_matrix(study, query))


def _balance_from(study: Study, query: TransferQuery, transfer: TransferMatrix) -> balances.Balance:
    """The same of a transfer matrix that is there already."""
    tasks = included_tasks(study, query)
    return balances.balance(transfer, tasks, both_only=study.has_given_scores)


def graph_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> TransferGraph:
    """The transfer graph, with arrows on the scale asked for and their signs on the strict one."""
    # Arrows carry scores as they are, whichever direction is better.
    transfer, strict = _shown_and_strict(study, query)
    similarity = _similarity_if_any(study, place.of_seeds(query.seeds), stored)
    tasks = included_tasks(study, query)
    return build_graph(
        transfer,
        strict,
        judged(strict, study, tasks),
        _balance_from(study, query, transfer.oriented()),
        tasks,
        similarity,
    )


def graph_structure_of(study: Study, query: TransferQuery) -> GraphStructure:
    """Tree, leaders and communities of the graph."""
    transfer = _pair_matrix(study, query)
    strict = _pair_matrix(study, replace(query, scale=Scale.STRICT))
    return graph_structure(transfer, strict, included_tasks(study, query))


def pairs_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> PairTable:
    """The list of all pairs, with what predicts them where something does."""

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


def covariates_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> CovariateTests:
    """What goes with what a task gives and takes: the manifest's covariates and measured ones."""
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
    return covariate_tests(_balance_from(study, query, transfer), covariates)


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


def plan_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> Plan:
    """The sources that cover the targets best, and the best sets really trained."""
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


def plan_sizes_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> PlanSizes:
    """The best sources of every size."""
    transfer, tasks, asked = _planned(study, query, wanted)
    values_of = ShrunkenValues(study) if wanted.shrunken else means
    return plan_sizes(transfer, tasks, values_of=values_of, **asked)


def next_experiment_of(study: Study, query: TransferQuery, wanted: PlanQuery) -> NextExperiment:
    """The cells with which the plan may gain most."""
    transfer, tasks, asked = _planned(study, query, wanted)
    return next_experiment(transfer, study, tasks, **asked)


def predictors_of(
    study: Study, query: TransferQuery, *, stored: SimilarityStore | None
) -> PredictorScores:
    """What is lost by believing each predictor."""
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


def together_of(
    study: Study, query: TransferQuery, place: SimilarityQuery, *, stored: SimilarityStore | None
) -> Mrqap:
    """Similarity and every given predictor in one regression."""
    predictors = list(given_predictors(study, query.seeds))
    if similarity_layers(study, place):
        asked = replace(place, predictor="", seeds=query.seeds)
        predictors.insert(0, predictor_matrix(study, asked, stored=stored))
    return mrqap(_pair_matrix(study, query), predictors, included_tasks(study, query))


def profile_of(
    study: Study, place: SimilarityQuery, tasks: DetailQuery, *, stored: SimilarityStore | None
) -> TaskPairProfile:
    """Similarity of two tasks over layers and over training."""
    (first,) = tasks.sources
    return task_pair_profile(study, first, tasks.target, place, stored=stored)


def item_maps_of(study: Study, place: SimilarityQuery, wanted: MapQuery) -> ItemMaps:
    """Where models put the items, side by side or over training."""
    if wanted.over_training:
        (task, *_) = wanted.tasks
        return item_maps_over_training(study, place, task=task, components=wanted.components)
    return item_maps(study, place, tasks=wanted.tasks, components=wanted.components)
