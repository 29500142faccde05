"""The named analyses: everything the pages and the command line ask for.

Each has a name, the queries it takes and which of their fields it reads, and a result type;
`core.cache` fetches them.
"""

from __future__ import annotations

from typing import Any

from core.analyses import balance as balances
from core.analyses.analysis import Analysis, Takes
from core.analyses.answers import (
    association_of,
    balance_of,
    covariates_of,
    graph_of,
    graph_structure_of,
    item_influence_of,
    item_maps_of,
    next_experiment_of,
    pairs_of,
    plan_of,
    plan_sizes_of,
    predictors_of,
    profile_of,
    specifications_of,
    sweep_of,
    together_of,
)
from core.analyses.association import association as associations
from core.analyses.association.by_layer import AssociationSweep
from core.analyses.association.choices import CurveCost
from core.analyses.association.influence import ItemInfluence
from core.analyses.association.mrqap import Mrqap
from core.analyses.association.specifications import Specifications
from core.analyses.comparison import Comparison, compare
from core.analyses.cost import CostModel, every_place
from core.analyses.covariates import CovariateTests
from core.analyses.data_quality import DataQuality, data_quality
from core.analyses.details.pair import PairDetail, pair_detail
from core.analyses.details.task import TaskDetail, task_detail
from core.analyses.graph import TransferGraph
from core.analyses.graph_structure import GraphStructure
from core.analyses.next_experiment import NextExperiment
from core.analyses.overview import Overview, overview
from core.analyses.pairs.table import PairTable
from core.analyses.plan import Plan, PlanQuery, PlanSizes
from core.analyses.predictor_scores import PredictorScores
from core.analyses.query import (
    DetailQuery,
    MapQuery,
    SimilarityQuery,
    TransferQuery,
)
from core.analyses.several_tasks import SeveralTasks, several_tasks
from core.similarity.item_maps import ItemMaps
from core.similarity.matrix import SimilarityMatrix, similarity_matrix
from core.similarity.task_pair_profile import TaskPairProfile
from core.similarity.trajectories import Trajectories, trajectories
from core.transfer.build import transfer_matrix
from core.transfer.matrix import TransferMatrix


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
_PLANNING = CostModel(us=1.0)
_CELL = Takes(TransferQuery, frozenset({"method", "seeds", "checkpoint"}))

TRANSFER = Analysis(
    "transfer",
    TransferMatrix,
    transfer_matrix,
    (_transfer("kind", "prediction", "other"),),
    costs=CostModel(us=0.5),
)
SIMILARITY = Analysis(
    "similarity",
    SimilarityMatrix,
    similarity_matrix,
    (_similarity("layer", "checkpoint", "seeds", "trained", "measure", "debiased"),),
    looks_up=True,
    costs=CostModel(us=0.5),
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
    association_of,
    (_INCLUDED, _PREDICTED),
    looks_up=True,
    relabels=True,
    costs=CostModel(us=5.0),
)
ASSOCIATION_SWEEP = Analysis(
    "association-sweep",
    AssociationSweep,
    sweep_of,
    (_INCLUDED, _similarity("measure", "debiased", "predictor")),
    looks_up=True,
    relabels=True,
    costs=CostModel(us=3.0, bytes_=200.0, places=every_place),
)
SPECIFICATIONS = Analysis(
    "specifications",
    Specifications,
    specifications_of,
    (_INCLUDED, _PREDICTED),
    looks_up=True,
    relabels=True,
    costs=CurveCost(),
)
ITEM_INFLUENCE = Analysis(
    "item-influence", ItemInfluence, item_influence_of, (_INCLUDED, _MEASURED)
)
ITEM_MAPS = Analysis(
    "item-maps",
    ItemMaps,
    item_maps_of,
    (
        _similarity("layer", "checkpoint", "seeds"),
        Takes(MapQuery, frozenset({"tasks", "over_training", "components"})),
    ),
)
BALANCE = Analysis("balance", balances.Balance, balance_of, (_INCLUDED,), costs=CostModel(us=1.0))
GRAPH = Analysis("graph", TransferGraph, graph_of, (_INCLUDED, _PLACE), looks_up=True)
GRAPH_STRUCTURE = Analysis(
    "graph-structure",
    GraphStructure,
    graph_structure_of,
    (_INCLUDED,),
    costs=CostModel(us=2.5),
)
PAIRS = Analysis(
    "pairs",
    PairTable,
    pairs_of,
    (_transfer("hidden_sources", "hidden_targets"), _PLACE),
    looks_up=True,
    costs=CostModel(us=1.5),
)
_OF_A_PLAN = (_INCLUDED, Takes(PlanQuery, _ASKED | {"shrunken"}))
PLAN = Analysis("plan", Plan, plan_of, _OF_A_PLAN, costs=_PLANNING)
PLAN_SIZES = Analysis("plan-sizes", PlanSizes, plan_sizes_of, _OF_A_PLAN, costs=_PLANNING)
NEXT_EXPERIMENT = Analysis(
    "next-experiment",
    NextExperiment,
    next_experiment_of,
    (_INCLUDED, Takes(PlanQuery, _ASKED)),
    costs=CostModel(us=1.5),
)
PREDICTORS = Analysis(
    "predictors",
    PredictorScores,
    predictors_of,
    (_INCLUDED,),
    looks_up=True,
    costs=CostModel(us=1.5),
)
TOGETHER = Analysis("mrqap", Mrqap, together_of, (_INCLUDED, _MEASURED), looks_up=True)
SEVERAL_TASKS = Analysis("several-tasks", SeveralTasks, several_tasks, (_transfer(),))
COVARIATES = Analysis(
    "teachers",
    CovariateTests,
    covariates_of,
    (_INCLUDED, _PLACE),
    looks_up=True,
    costs=CostModel(us=2.0),
)
OVERVIEW = Analysis(
    "overview",
    Overview,
    overview,
    (Takes(TransferQuery, _INCLUDED.reads - {"method"}),),
    costs=CostModel(us=2.0),
)
CONDITION = Analysis("data-quality", DataQuality, data_quality, costs=CostModel(us=2.5))
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
    profile_of,
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
