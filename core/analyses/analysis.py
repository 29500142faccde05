"""What an analysis is: a name, what it takes of a query, what it costs, and how it is computed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.analyses.cost import USUAL_COST, Cost, CostModel
from core.analyses.kept import Kept
from core.analyses.query import (
    DetailQuery,
    MapQuery,
    PlanQuery,
    SimilarityQuery,
    TransferQuery,
)
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.query import ALWAYS_READ

R = TypeVar("R")

Query = TransferQuery | SimilarityQuery | DetailQuery | PlanQuery | MapQuery


@dataclass(frozen=True)
class Takes:
    """A kind of query an analysis takes, and the fields of it that it reads."""

    query: type[Query]
    reads: frozenset[str]

    def only(self, asked: Query) -> Query:
        """The query with every field at its default that is not read."""
        read = {name: getattr(asked, name) for name in self.reads}
        return self.query(**read)


@dataclass(frozen=True)
class Analysis(Generic[R]):
    """A named computation.

    takes: its queries, in the order of `function`'s parameters after the study. looks_up: it
    reads similarity of models, and `function` takes `stored`, where some may be already.
    relabels: it makes permutations, and `function` takes the `executor` that does. needs: another
    one that many of its questions share, whose result `function` takes as `needed`; it reads no
    other queries. costs: about what it takes to compute, without what it needs. kept: where.
    """

    name: str
    result: type[R]
    function: Callable[..., R]
    takes: tuple[Takes, ...] = ()
    looks_up: bool = False
    relabels: bool = False
    needs: Analysis[Any] | None = None
    costs: CostModel = USUAL_COST
    kept: Kept = Kept.ON_DISK

    @property
    def reads_representations(self) -> bool:
        """Whether stored representations may be opened for it: it looks up how similar models are,
        is asked how or where, or needs what does."""
        asked = {taken.query for taken in self.takes}
        needed = self.needs is not None and self.needs.reads_representations
        return self.looks_up or bool(asked & {SimilarityQuery, MapQuery}) or needed

    def cost(self, study: Study, *queries: Query) -> Cost:
        """About what `compute` takes. Raises RequestError for what is not in the study."""
        return self.costs.of(study, self.asked(*queries))

    def asked(self, *queries: Query) -> tuple[Query, ...]:
        """The queries as they count: unread fields at their defaults, missing ones default.

        What differs in nothing that is read is the same question, and one entry of the cache.
        Raises TypeError for a query that the analysis does not take.
        """
        given = {type(query): query for query in queries}
        if len(given) < len(queries) or not given.keys() <= {taken.query for taken in self.takes}:
            names = ", ".join(type(query).__name__ for query in queries)
            raise TypeError(f"analysis {self.name} does not take {names}")
        return tuple(taken.only(given.get(taken.query, taken.query())) for taken in self.takes)

    def compute(
        self,
        study: Study,
        *queries: Query,
        stored: SimilarityStore | None = None,
        executor: Executor | None = None,
        needed: object = None,
    ) -> R:
        """The result.

        Parameters: the study, and the queries it `takes`, in any order; one that is left out is
        asked at its defaults. stored: similarity of models that need not be computed again.
        executor: does the large parts, as in `sweep`: matrices of similarity that nothing is
        stored of, and permutations; these are the same bits whoever makes them. needed: the
        result of `needs` on the same study and queries, None = to be computed.

        Returns a `result`, frozen. Raises what `function` raises, RequestError above all for what
        the study does not have, and TypeError for a query it does not take.

        >>> from core import open_study
        >>> from core.analyses import BALANCE
        >>> study = open_study("examples/atlantis/study")
        >>> balance = BALANCE.compute(study, TransferQuery("ftwb1", seeds=(42,)))
        >>> max(balance.tasks, key=lambda task: task.net).task
        'angle'
        """
        asked = self.asked(*queries)
        given: dict[str, Any] = {}
        if self.looks_up:
            given["stored"] = stored
            if executor is not None and stored is None:
                # Here, as who asks without an executor need not load what sweeps.
                from core.similarity.sweep import similarity_by_blocks

                given["stored"] = similarity_by_blocks(study, executor)
        if self.relabels:
            given["executor"] = executor
        if self.needs is not None:
            own = self.needs_of(*queries)
            given["needed"] = self.needs.compute(study, *own) if needed is None else needed
        return self.function(study, *asked, **given)

    def needs_of(self, *queries: Query) -> tuple[Query, ...]:
        """Those of the queries that `needs` takes."""
        kinds = {taken.query for taken in self.needs.takes} if self.needs else set()
        return tuple(query for query in queries if type(query) in kinds)


def of_transfer(*more: str) -> Takes:
    """Which values: what is always read of a query, and what more is named."""
    return Takes(TransferQuery, frozenset({*ALWAYS_READ, *more}))


def of_similarity(*reads: str) -> Takes:
    """These fields of the question how similar models are."""
    return Takes(SimilarityQuery, frozenset(reads))


INCLUDED = of_transfer("include")
PLACE = of_similarity("layer", "checkpoint")
MEASURED = of_similarity("layer", "checkpoint", "measure", "debiased")
PREDICTED = of_similarity("layer", "checkpoint", "measure", "debiased", "predictor")
CELL = Takes(TransferQuery, frozenset({"method", "seeds", "checkpoint"}))
