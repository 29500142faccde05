"""About how long an analysis computes, and how much memory it takes meanwhile.

Measured on made-up studies of 7 to 500 tasks with two and three seeds (AMD EPYC, one core, Python
3.11); `python -m benchmarks.costs` tells them beside what happens. They are to tell a moment from a
second, a second from minutes and a megabyte from gigabytes; who computes compares them with what
happened (`dashboard.state.computing`). Similarity that has to be computed from representations
first is not in them: `core.similarity.sweep` says what that takes.
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
    ms: milliseconds of a question, however few its tasks are. more: seconds of what does not grow
    with the pairs, by study, queries and number of tasks: relabellings, sets that are tried.
    """

    us: float = 4.0
    bytes_: float = 700.0
    places: Callable[[Study, Sequence[Any]], int] = lambda _study, _queries: 1
    ms: float = 3.0
    more: Callable[[Study, Sequence[Any], int], float] = lambda _study, _queries, _tasks: 0.0

    def of(self, study: Study, queries: Sequence[Any]) -> Cost:
        """The cost of one question. Raises RequestError for one that names what is not there."""
        tasks = len(study.tasks)
        for query in queries:
            if isinstance(query, TransferQuery):
                tasks = len(included_tasks(study, query))
        pairs = tasks * tasks * self.places(study, queries)
        # Whatever is asked of transfer, all evaluations are read once.
        of_transfer = any(isinstance(query, TransferQuery) for query in queries)
        evaluations = len(study.evaluations) if of_transfer else 0
        seconds = self.us * 1e-6 * pairs + self.ms * 1e-3 + 1e-7 * evaluations
        return Cost(seconds + self.more(study, queries, tasks), self.bytes_ * pairs)


USUAL_COST = CostModel()


def training_sets(study: Study, methods: Sequence[str]) -> int:
    """Sets of several tasks that some methods were trained on: each has to be predicted."""
    several = (run for run in study.runs if run.method in methods and len(run.trained) > 1)
    return len({(run.method, run.trained) for run in several})


def seeds_asked(study: Study, queries: Sequence[Any]) -> int:
    """How many seeds of its method a question is about, as far as it has them."""
    query = next(one for one in queries if isinstance(one, TransferQuery))
    seeds = study.seeds_of(query.method)
    return len(seeds if query.seeds is None else set(query.seeds) & set(seeds))


def own_places(study: Study, queries: Sequence[Any]) -> int:
    """Layers at one checkpoint and checkpoints at one layer, of the similarity asked for."""
    how = at_known_layer(study, next(one for one in queries if isinstance(one, SimilarityQuery)))
    return len(similarity_layers(study, how)) + len(similarity_checkpoints(study, how))


def own_checkpoints(study: Study, queries: Sequence[Any]) -> int:
    """Checkpoints at one layer, of the similarity asked for; one where there is the last alone."""
    how = at_known_layer(study, next(one for one in queries if isinstance(one, SimilarityQuery)))
    return max(1, len(similarity_checkpoints(study, how)))


def every_place(study: Study, queries: Sequence[Any]) -> int:
    """Layers and checkpoints of the similarity asked for."""
    how = next(query for query in queries if isinstance(query, SimilarityQuery))
    return sum(
        1 + len(similarity_checkpoints(study, how.at(layer, "last")))
        for layer in similarity_layers(study, how)
    )
