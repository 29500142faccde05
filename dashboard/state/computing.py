"""What may be computed while somebody waits: so long, so large, and so many at once.

What takes longer than a request should is left to a job (`dashboard.jobs.analysis_job`); what
would not fit into memory is refused with a sentence; of what takes a while, few are computed at
once in each process, so that threads are left for everybody else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.analyses.cost import Cost
from core.errors import AtlasError
from core.study import Study

if TYPE_CHECKING:
    from core.analyses.analysis import Analysis


log = logging.getLogger(__name__)

COMPUTE_BUDGET_S = 1.0
MEMORY_BUDGET = 2 * 2**30
"""Bytes one question may take beside the studies."""
NO_JOB_S = 60.0
"""What no figure needs no job computes: who opens it waits."""
JOB_START_S = 2.0
"""A job is a process that has to start, and then to read the study."""
MOST_READING_S = 1.0
"""Of the reading, so much is for free: a job opens the copy, however long the files once took."""
HEAVY_S = 0.3
"""What takes longer, by estimate, waits for one of few places."""
MOST_HEAVY = 1
"""In each worker: Python computes in one thread at a time, and two would only take turns."""
WAIT_S = 0.5
"""Who waits holds a thread; the page asks again by itself."""
_LEARNS_FROM_S = 0.5
_FURTHEST = 16.0


class ComputationNeededError(AtlasError):
    """A result that takes a job first: nobody should wait for it in a request."""

    def __init__(
        self, analysis: Analysis[Any], study: Study, queries: Sequence[Any], seconds: float
    ) -> None:
        self.analysis, self.study, self.queries = analysis, study, tuple(queries)
        self.seconds = seconds
        super().__init__(
            f"This takes about {max(1, round(seconds))} s, too long to wait for here. Where a"
            " figure of the tab needs the same, it is computed in the background and stands here"
            " afterwards; else `python -m core` computes it, or a study of fewer tasks has it."
        )


class TooLargeError(AtlasError):
    """A question that would take more memory than one may."""

    def __init__(self, needed: float, budget: float) -> None:
        super().__init__(
            f"this would take about {needed / 2**30:.1f} GB of memory, and a question may take"
            f" {budget / 2**30:.1f} GB here (MEMORY_MB): leave tasks out under Controls, or give it"
            " more"
        )


class UnansweredError(Exception):
    """A request that gets no answer now, through no fault of anybody: nothing to show or log."""


class BusyError(UnansweredError):
    """As many long questions as may be are being answered: ask again in a moment."""


class ClientGoneError(UnansweredError):
    """Who asked has gone: nobody waits for the answer."""


class Places:
    """The few places for what takes a while; one for each person. Safe between threads."""

    def __init__(self, most: int = MOST_HEAVY) -> None:
        self._most = most
        self._free = threading.Condition()
        self._taken: list[str] = []

    @contextmanager
    def one(self, person: str, seconds: float = WAIT_S) -> Iterator[None]:
        """Hold a place. Raises BusyError where none comes free in that time."""
        with self._free:
            if not self._free.wait_for(lambda: self._is_free(person), seconds):
                raise BusyError("as many long questions as may be are being answered")
            self._taken.append(person)
        try:
            yield
        finally:
            with self._free:
                self._taken.remove(person)
                self._free.notify_all()

    def _is_free(self, person: str) -> bool:
        return len(self._taken) < self._most and person not in self._taken


class Estimates:
    """What analyses take by estimate, corrected by what they took. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._factors: dict[str, float] = {}

    def of(self, analysis: Analysis[Any], study: Study, queries: Sequence[Any]) -> Cost:
        """About what a question takes; nothing for one that will be refused anyway."""
        try:
            cost = analysis.cost(study, *queries)
        except AtlasError:
            return Cost(0.0, 0.0)
        return Cost(cost.seconds * self.factor(analysis.name), cost.bytes)

    def factor(self, name: str) -> float:
        """How many times longer than estimated an analysis took of late."""
        with self._lock:
            return self._factors.get(name, 1.0)

    def took(self, name: str, estimated: float, seconds: float) -> None:
        """Learn from what happened. estimated: what `of` said, without the learned factor."""
        if max(estimated, seconds) < _LEARNS_FROM_S:
            return
        ratio = min(max(seconds / max(estimated, 1e-3), 1 / _FURTHEST), _FURTHEST)
        with self._lock:
            before = self._factors.get(name, 1.0)
            # Too short an estimate holds others up: it is believed at once, the opposite by halves.
            self._factors[name] = ratio if ratio > before else (before * ratio) ** 0.5
        if not 1 / 3 < seconds / max(estimated * before, 1e-3) < 3:
            log.info("%s took %.1f s, %.1f s were expected", name, seconds, estimated * before)


def nobody() -> str:
    """Who asks where nobody is told apart."""
    return ""


def goes_on() -> None:
    """The check of those that nobody can leave."""


def weigh_nothing(_study: Study) -> None:
    """What is said of a question where all count the same."""


@dataclass(frozen=True)
class Limits:
    """What may be computed at once while somebody waits.

    seconds: by estimate, beside what a job would take to start; memory: bytes by estimate.
    places: None = as many as ask. person: who asks, where people take turns. check: raises
    ClientGoneError where nobody waits any more. weigh: is told which study is asked about; raises
    BusyError.
    """

    seconds: float = COMPUTE_BUDGET_S
    memory: float = MEMORY_BUDGET
    places: Places | None = None
    person: Callable[[], str] = nobody
    check: Callable[[], None] = goes_on
    weigh: Callable[[Study], None] = weigh_nothing
    estimates: Estimates = field(default_factory=Estimates)

    @contextmanager
    def admit(
        self, analysis: Analysis[Any], study: Study, queries: Sequence[Any], *, reading: float
    ) -> Iterator[None]:
        """Let a question be computed inside, or say why not.

        reading: seconds that a job would take to read the study. Raises TooLargeError,
        ComputationNeededError, BusyError, ClientGoneError.
        """
        cost = self.estimates.of(analysis, study, queries)
        if cost.bytes > self.memory:
            raise TooLargeError(cost.bytes, self.memory)
        if cost.seconds > self.seconds + JOB_START_S + min(reading, MOST_READING_S):
            raise ComputationNeededError(analysis, study, queries, cost.seconds)
        self.check()
        if self.places is None or cost.seconds <= HEAVY_S:
            yield
            return
        with self.places.one(self.person()):
            self.check()
            # Of this thread alone: what others do meanwhile is none of the analysis' time.
            begun = time.thread_time()
            yield
            took = time.thread_time() - begun
            estimated = cost.seconds / self.estimates.factor(analysis.name)
            self.estimates.took(analysis.name, estimated, took)
