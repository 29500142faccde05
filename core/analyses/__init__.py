"""One module per question, its `Analysis` at its end; `query` is what can be asked.

What may be used from outside stands in `_HOMES` and is loaded when it is first asked for: an
analysis is asked with `compute(study, *queries)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.analyses.association.association import ASSOCIATION as ASSOCIATION
    from core.analyses.association.by_layer import ASSOCIATION_SWEEP as ASSOCIATION_SWEEP
    from core.analyses.association.choices import SPECIFICATIONS as SPECIFICATIONS
    from core.analyses.association.influence import ITEM_INFLUENCE as ITEM_INFLUENCE
    from core.analyses.association.mrqap import TOGETHER as TOGETHER
    from core.analyses.balance import BALANCE as BALANCE
    from core.analyses.comparison import COMPARISON as COMPARISON
    from core.analyses.covariates import COVARIATES as COVARIATES
    from core.analyses.data_quality import DATA_QUALITY as DATA_QUALITY
    from core.analyses.details.cell import SHRINKAGE as SHRINKAGE
    from core.analyses.details.pair import PAIR as PAIR
    from core.analyses.details.task import TASK as TASK
    from core.analyses.network.build import GRAPH as GRAPH
    from core.analyses.network.structure import GRAPH_STRUCTURE as GRAPH_STRUCTURE
    from core.analyses.overview import OVERVIEW as OVERVIEW
    from core.analyses.pairs.build import PAIRS as PAIRS
    from core.analyses.planning.next_experiment import NEXT_EXPERIMENT as NEXT_EXPERIMENT
    from core.analyses.planning.plan import PLAN as PLAN
    from core.analyses.planning.plan import PLAN_SIZES as PLAN_SIZES
    from core.analyses.predictor_scores import PREDICTORS as PREDICTORS
    from core.analyses.query import DetailQuery as DetailQuery
    from core.analyses.query import MapQuery as MapQuery
    from core.analyses.query import PlanQuery as PlanQuery
    from core.analyses.query import SimilarityQuery as SimilarityQuery
    from core.analyses.query import TransferQuery as TransferQuery
    from core.analyses.several_tasks import SEVERAL_TASKS as SEVERAL_TASKS
    from core.analyses.similarity import ITEM_MAPS as ITEM_MAPS
    from core.analyses.similarity import SIMILARITY as SIMILARITY
    from core.analyses.similarity import TASK_PAIR_PROFILE as TASK_PAIR_PROFILE
    from core.analyses.similarity import TRAJECTORIES as TRAJECTORIES
    from core.analyses.transfer import TRANSFER as TRANSFER

_HOMES = {
    "association.association": ("ASSOCIATION",),
    "association.by_layer": ("ASSOCIATION_SWEEP",),
    "association.choices": ("SPECIFICATIONS",),
    "association.influence": ("ITEM_INFLUENCE",),
    "association.mrqap": ("TOGETHER",),
    "balance": ("BALANCE",),
    "comparison": ("COMPARISON",),
    "covariates": ("COVARIATES",),
    "data_quality": ("DATA_QUALITY",),
    "details.cell": ("SHRINKAGE",),
    "details.pair": ("PAIR",),
    "details.task": ("TASK",),
    "network.build": ("GRAPH",),
    "network.structure": ("GRAPH_STRUCTURE",),
    "overview": ("OVERVIEW",),
    "pairs.build": ("PAIRS",),
    "planning.next_experiment": ("NEXT_EXPERIMENT",),
    "planning.plan": ("PLAN", "PLAN_SIZES"),
    "predictor_scores": ("PREDICTORS",),
    "several_tasks": ("SEVERAL_TASKS",),
    "similarity": ("ITEM_MAPS", "SIMILARITY", "TASK_PAIR_PROFILE", "TRAJECTORIES"),
    "transfer": ("TRANSFER",),
    "query": ("DetailQuery", "MapQuery", "PlanQuery", "SimilarityQuery", "TransferQuery"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """The analysis or query of that name, from its module. Raises AttributeError for another."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
