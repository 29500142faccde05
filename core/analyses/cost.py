"""About how long an analysis computes, and how much memory it takes meanwhile.

Measured on made-up studies of 200 and 500 tasks with three seeds (AMD EPYC, one core, Python 3.11,
2026-11-27). They are to tell a second from minutes and a megabyte from gigabytes; who computes
compares them with what happened (`dashboard.state.computing`). Similarity that has to be computed
from representations first is not in them: `core.similarity.sweep` says what that takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.analyses.query import included_tasks
from core.similarity.matrix import (
    at_known_layer,
    similarity_checkpoints,
    similarity_layers,
)
from core.similarity.query import SimilarityQuery
from core.study import Study
from core.transfer.query import TransferQuery


@dataclass(frozen=True)
class Cost:
    """Seconds on one core, and bytes beyond those of the study."""

    seconds: float
    bytes: float


@dataclass(frozen=True)
class CostModel:
    """What an analysis costs by the ordered pairs of its tasks.

    us: microseconds a pair; bytes_: a pair; places: how often it is done, by study and queries.
    """

    us: float = 4.0
    bytes_: float = 700.0
    places: Callable[[Study, Sequence[Any]], int] = lambda _study, _queries: 1

    def of(self, study: Study, queries: Sequence[Any]) -> Cost:
        """The cost of one question. Raises RequestError for one that names what is not there."""
        tasks = len(study.tasks)
        for query in queries:
            if isinstance(query, TransferQuery):
                tasks = len(included_tasks(study, query))
        pairs = tasks * tasks * self.places(study, queries)
        # Whatever is asked, all evaluations are read once.
        evaluations = len(study.evaluations)
        return Cost(self.us * 1e-6 * pairs + 1e-7 * evaluations, self.bytes_ * pairs)


USUAL_COST = CostModel()


def own_places(study: Study, queries: Sequence[Any]) -> int:
    """Layers at one checkpoint and checkpoints at one layer, of the similarity asked for."""
    how = at_known_layer(study, next(one for one in queries if isinstance(one, SimilarityQuery)))
    return len(similarity_layers(study, how)) + len(similarity_checkpoints(study, how))


def every_place(study: Study, queries: Sequence[Any]) -> int:
    """Layers and checkpoints of the similarity asked for."""
    how = next(query for query in queries if isinstance(query, SimilarityQuery))
    return sum(
        1 + len(similarity_checkpoints(study, how.at(layer, "last")))
        for layer in similarity_layers(study, how)
    )
