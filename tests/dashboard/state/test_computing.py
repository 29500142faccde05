from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core.analyses import ASSOCIATION, BALANCE, PAIR, SHRINKAGE
from core.analyses.query import DetailQuery, TransferQuery
from core.cache.result_cache import ResultCache
from dashboard.state.computing import (
    NO_JOB_S,
    BusyError,
    ClientGoneError,
    ComputationNeededError,
    Estimates,
    Limits,
    Places,
    TooLargeError,
)
from dashboard.state.context import AppContext, log_failure
from dashboard.state.study_library import StudyLibrary

QUERY = TransferQuery("ftwb1", include=("crossing",))


@pytest.fixture
def limited(tiny, tmp_path):
    """`limited(**limits)`: an app context of one small study that answers as slowly as is said."""

    def make(seconds: float = 0.0, **limits: object) -> AppContext:
        estimates = Estimates()
        if seconds:
            cost = BALANCE.cost(tiny, QUERY).seconds
            estimates._factors["balance"] = seconds / cost
        cache = ResultCache(tmp_path / "cache")
        library = StudyLibrary([tiny.folder])
        return AppContext(library, cache, limits=Limits(estimates=estimates, **limits))

    return make


def test_what_takes_long_is_left_to_a_job_and_is_there_afterwards(limited, tiny):
    app_context = limited(seconds=60.0)
    with pytest.raises(ComputationNeededError) as needed:
        app_context.fetch(BALANCE, tiny, QUERY)
    assert needed.value.seconds == pytest.approx(60.0)
    assert str(needed.value).startswith("This takes about 60 s, too long to wait for here. Where a")
    computed = app_context.compute(BALANCE, tiny, QUERY)
    assert str(app_context.fetch(BALANCE, tiny, QUERY)) == str(computed)


def test_what_no_job_computes_may_take_a_minute(limited, tiny):
    app_context = limited(seconds=NO_JOB_S - 1)
    with pytest.raises(ComputationNeededError):
        app_context.fetch(BALANCE, tiny, QUERY)
    found = app_context.fetch(BALANCE, tiny, QUERY, seconds=NO_JOB_S)
    assert str(found) == str(app_context.compute(BALANCE, tiny, QUERY))


def test_what_no_job_computes_is_refused_where_it_takes_longer(limited, tiny):
    with pytest.raises(ComputationNeededError, match="`python -m core` computes it"):
        limited(seconds=NO_JOB_S * 2).fetch(BALANCE, tiny, QUERY, seconds=NO_JOB_S)


def test_a_study_that_took_long_to_read_lets_nobody_hold_a_thread_longer(limited, tiny):
    """At a load of 17 a thousand tasks took a minute to read, and so a minute in a request."""
    app_context = limited(seconds=5.0)
    with (
        pytest.raises(ComputationNeededError),
        app_context.limits.admit(BALANCE, tiny, (QUERY,), reading=60.0),
    ):
        pass
    with limited(seconds=3.5).limits.admit(BALANCE, tiny, (QUERY,), reading=60.0):
        pass


def test_what_would_not_fit_is_refused_with_a_sentence(limited, tiny):
    with pytest.raises(TooLargeError, match=r"MEMORY_MB\): leave tasks out under Controls"):
        limited(memory=1000).fetch(BALANCE, tiny, QUERY)


def test_who_has_gone_is_not_computed_for(limited, tiny):
    def gone() -> None:
        raise ClientGoneError

    with pytest.raises(ClientGoneError):
        limited(check=gone).fetch(ASSOCIATION, tiny, QUERY)


def test_places_are_few_and_one_for_each_person(limited, tiny):
    places = Places(2)
    app_context = limited(seconds=1.0, places=places, person=lambda: "ada")
    with places.one("ada"):
        with pytest.raises(BusyError):
            app_context.fetch(BALANCE, tiny, QUERY)
        with places.one("bob"), pytest.raises(BusyError), places.one("cid", 0.0):
            pass
    app_context.fetch(BALANCE, tiny, QUERY)


def test_what_is_asked_is_weighed_by_its_study(limited, tiny):
    def weigh(study: object) -> None:
        asked.append(study.digest)
        raise BusyError

    asked: list[str] = []
    with pytest.raises(BusyError):
        limited(weigh=weigh).view_context({"query": {}})
    assert asked == [tiny.digest]


def test_a_result_that_is_not_there_is_looked_for_twice(limited, tiny, monkeypatch):
    """Once before it is weighed, once when nobody else makes it: each time costs a click."""
    app_context = limited()
    read, looked = app_context.cache._read, []
    monkeypatch.setattr(app_context.cache, "_read", lambda *a: looked.append(a) or read(*a))
    app_context.fetch(BALANCE, tiny, QUERY)
    assert len(looked) == 2


def test_what_is_short_needs_no_place(limited, tiny):
    places = Places(1)
    with places.one("ada"):
        limited(places=places, person=lambda: "ada").fetch(BALANCE, tiny, QUERY)


def test_a_click_waits_for_no_place_once_there_is_what_all_clicks_need(tiny, tmp_path):
    places, estimates = Places(1), Estimates()
    estimates._factors["shrinkage"] = 0.5 / SHRINKAGE.cost(tiny, QUERY).seconds
    limits = Limits(places=places, estimates=estimates)
    cache = ResultCache(tmp_path / "cache")
    app_context = AppContext(StudyLibrary([tiny.folder]), cache, limits=limits)
    tasks = ("crossing", "distance")
    first, second = (DetailQuery((one,), other) for one, other in (tasks, tasks[::-1]))
    with places.one("bob"):
        with pytest.raises(BusyError):
            app_context.fetch(PAIR, tiny, QUERY, first)
        cache.fetch(SHRINKAGE, tiny, QUERY)
        for detail in (first, second):
            found = app_context.fetch(PAIR, tiny, QUERY, detail)
            assert found.forward.sources == detail.sources


def test_a_place_that_comes_free_is_taken():
    places, entered = Places(1), threading.Event()

    def second() -> None:
        with places.one("bob", 300.0):
            entered.set()

    with places.one("ada"):
        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.is_set()
    thread.join()
    assert entered.is_set()


def test_estimates_learn_from_what_happened(tiny):
    estimates = Estimates()
    before = estimates.of(BALANCE, tiny, [QUERY]).seconds
    estimates.took("balance", 1.0, 5.0)
    assert estimates.of(BALANCE, tiny, [QUERY]).seconds == pytest.approx(5 * before)
    estimates.took("balance", 1.0, 1.25)
    assert estimates.factor("balance") == pytest.approx(2.5)
    estimates.took("balance", 0.01, 0.2)  # too short to tell
    assert estimates.factor("balance") == pytest.approx(2.5)
    assert estimates.of(BALANCE, tiny, [replace(QUERY, include=("gone",))]).seconds == 0


def test_no_answer_is_no_failure(caplog):
    with pytest.raises(BusyError):
        log_failure("a figure", BusyError())
    assert not caplog.records
