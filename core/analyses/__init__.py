"""One module per question; `registry` lists them, `query` is what can be asked.

What may be used from outside stands in `__all__`, loaded when it is first asked for: an analysis
is asked with `compute(study, *queries)`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "PlanQuery": "plan",
    **dict.fromkeys(("DetailQuery", "MapQuery", "SimilarityQuery", "TransferQuery"), "query"),
    **dict.fromkeys(
        (
            "ASSOCIATION",
            "ASSOCIATION_SWEEP",
            "BALANCE",
            "COMPARISON",
            "CONDITION",
            "GRAPH",
            "GRAPH_STRUCTURE",
            "ITEM_INFLUENCE",
            "ITEM_MAPS",
            "NEXT_EXPERIMENT",
            "OVERVIEW",
            "PAIR",
            "PAIRS",
            "PLAN",
            "PLAN_SIZES",
            "PREDICTORS",
            "SEVERAL_TASKS",
            "SIMILARITY",
            "TASK_PAIR_PROFILE",
            "SPECIFICATIONS",
            "TASK",
            "TOGETHER",
            "COVARIATES",
            "TRAJECTORIES",
            "TRANSFER",
        ),
        "registry",
    ),
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """The analysis or query of that name, from its module. Raises AttributeError for another."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
