"""Who has used much of late leaves threads to who has not.

A worker has few threads, and a page at a large study asks for many figures at once. What is
answered from memory is answered to everybody; of the rest, people who had more than their share of
the last seconds find few of the threads, in all, and are asked to come again a second later, which
the page does by itself. Who is alone has all of them. What is asked of a large study counts as much
from its start: nobody has used anything yet when ten people open one. So somebody at a small study
finds a thread. What a click is told takes some 10 ms: clicks have threads of their own, and wait
for other clicks, but not for figures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from cachetools import LRUCache
from flask import Flask, Response, g, has_request_context, request

from core.numerics.interrupt import giving_way
from core.study import Study
from dashboard.server.access import turns
from dashboard.server.access.precedence import Precedence
from dashboard.server.come_again import come_again
from dashboard.state.computing import BusyError

COMPUTED = (
    *("/_dash-update-component", "/panel/", "/fetched/", "/take/", "/report.html"),
    *("/boards/", "/go-to", "/uploads/"),
)
CLICKS = "/panel/"
FORGET_S = 10.0
"""In this time half of what somebody used is forgotten."""
SHARE_S = 1.0
"""So much processor time, remembered, makes somebody one of those who use much."""
NOTICED_S = 0.001
"""Who used less, remembered, has gone: somebody who used 4 s, after two minutes. By then whoever
else comes holds four threads at once. Who is alone may hold all eight, and whoever comes next waits
until one of them is free: a browser asks six at once of one host, and what takes long has one place
in a worker (computing.py), so that most of the eight are short."""
FOR_ALL_OF_THEM = 2
"""Threads of a worker that they may hold at once, and as many again for clicks; gunicorn.conf.py
gives it eight."""
LARGE = 100_000
"""Pairs of tasks, or evaluations, from which on a study is a large one."""
MOST_PEOPLE = 10_000


class Shares:
    """What people used of late, and how many of those who used much are being answered."""

    def __init__(
        self, most: int = FOR_ALL_OF_THEM, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._clock = most, clock
        self._lock = threading.Lock()
        self._used: LRUCache[str, tuple[float, float]] = LRUCache(MOST_PEOPLE)
        self._held = 0
        self._now: dict[str, int] = {}
        self._all: list[Shares] = [self]

    def beside(self, others: Shares) -> None:
        """People who ask the others are here as well: nobody is alone who meets them there."""
        self._lock = others._lock
        self._all = others._all = [self, others]

    def take(self, person: str) -> bool | None:
        """Whether a thread counts as one of those for many; None where there is none now."""
        with self._lock:
            busy = self._now.get(person, 0)
            much = busy >= self._most or self._left(person) > SHARE_S
            if much and self._held >= self._most and self._is_shared(person):
                return None
            self._held += much
            self._now[person] = busy + 1
            return much

    def take_as_much(self, person: str) -> bool:
        """Whether what got a thread as nothing much may go on as one of those for many."""
        with self._lock:
            if self._held >= self._most and self._is_shared(person):
                return False
            self._held += 1
            return True

    def give(self, person: str, seconds: float, *, much: bool) -> None:
        """It was answered, in so many seconds."""
        with self._lock:
            self._held -= much
            self._used[person] = self._left(person) + seconds, self._clock()
            self._now[person] -= 1
            if not self._now[person]:
                del self._now[person]

    def _is_shared(self, person: str) -> bool:
        """Whether anybody else was here of late: threads are left for somebody, not for nobody."""
        return any(one._is_used_beside(person) for one in self._all)

    def _is_used_beside(self, person: str) -> bool:
        others = {*self._now, *self._used} - {person}
        return any(self._now.get(one, 0) or self._left(one) > NOTICED_S for one in others)

    def _left(self, person: str) -> float:
        used, at = self._used.get(person, (0.0, 0.0))
        return float(used * 0.5 ** ((self._clock() - at) / FORGET_S))


@dataclass
class Share:
    """A request that has a thread. begun: what that thread had used before, in seconds.

    until: what holds for as long as it has.
    """

    held: Shares
    person: str
    begun: float
    much: bool
    until: ExitStack = field(default_factory=ExitStack)

    def give(self) -> None:
        """It was answered."""
        self.until.close()
        self.held.give(self.person, time.thread_time() - self.begun, much=self.much)


def weigh(study: Study) -> None:
    """The request under way is about this study. Raises BusyError where it has to come again."""
    share: Share | None = g.get("share") if has_request_context() else None
    if share is None or share.much or max(len(study.tasks) ** 2, len(study.evaluations)) < LARGE:
        return
    if not share.held.take_as_much(share.person):
        raise BusyError("as many questions to large studies as may be are being answered")
    share.much = True


def install(
    server: Flask,
    shares: Shares | None = None,
    *,
    of_clicks: Shares | None = None,
    precedence: Precedence | None = None,
) -> None:
    """Register it behind what answers from memory: that takes nobody's share.

    precedence: of clicks, before all else that is answered here.
    """
    first = precedence or Precedence()
    figures, clicks = shares or Shares(), of_clicks or Shares()
    clicks.beside(figures)

    @server.before_request
    def take() -> Response | None:
        # Whether a job is done is asked for by the second, and answered at once.
        if not request.path.startswith(COMPUTED) or "cacheKey" in request.args:
            return None
        person = turns.person()
        if not person:
            return None
        is_click = request.path.startswith(CLICKS)
        held = clicks if is_click else figures
        much = held.take(person)
        if much is None:
            return come_again("Others are waiting as well: ask again in a moment.")
        # Processor time of this thread: who waits for others has not used what they use.
        g.share = share = Share(held, person, time.thread_time(), much)
        if is_click:
            first.begin()
            share.until.callback(first.end)
        else:
            share.until.enter_context(giving_way(first.let_pass))
        return None

    @server.teardown_request
    def give(_error: BaseException | None) -> None:
        if (taken := g.pop("share", None)) is not None:
            taken.give()
