"""Who computes for long lets pass what is quick, and for a moment only."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from core.numerics.interrupt import breathe
from dashboard.server.access import precedence, shares
from dashboard.server.access.precedence import LONGEST_S, Precedence


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waits(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each would have waited, in seconds; that time passes at once."""
    found: list[float] = []

    def wait_for(_self: object, predicate: object, timeout: float) -> bool:
        found.append(timeout)
        clock.now += timeout
        return False

    monkeypatch.setattr(threading.Condition, "wait_for", wait_for)
    return found


def begin_elsewhere(first: Precedence) -> None:
    thread = threading.Thread(target=first.begin)
    thread.start()
    thread.join()


def test_it_waits_until_the_click_has_its_answer(monkeypatch):
    monkeypatch.setattr(precedence, "LONGEST_S", 60.0)
    first, order = Precedence(clock=Clock()), []
    waiting = threading.Event()

    def figure() -> None:
        waiting.set()
        first.let_pass()
        order.append("figure")

    first.begin()
    with first._none:  # held until the figure stands in line
        computing = threading.Thread(target=figure)
        computing.start()
        waiting.wait()
    order.append("click")
    first.end()
    computing.join()
    assert order == ["click", "figure"]


def test_nobody_waits_where_nothing_is_quick(clock, waits):
    first = Precedence(clock=clock)
    first.let_pass()
    begin_elsewhere(first)
    first.end()
    first.let_pass()
    assert waits == []


def test_a_click_waits_for_no_click(clock, waits):
    first = Precedence(clock=clock)
    begin_elsewhere(first)
    first.begin()
    first.let_pass()
    assert waits == []
    first.end()
    first.let_pass()  # another one is under way, and this is none any more
    assert waits == [pytest.approx(LONGEST_S)]


def test_what_takes_longer_is_waited_for_no_more(clock, waits):
    first = Precedence(clock=clock)
    begin_elsewhere(first)
    clock.now = 0.75 * LONGEST_S
    first.let_pass()
    assert waits == [pytest.approx(0.25 * LONGEST_S)]
    clock.now = 2 * LONGEST_S
    first.let_pass()
    assert waits[1:] == [0.0]


def test_half_of_the_time_is_left_to_who_computes(clock, waits):
    first = Precedence(clock=clock)
    begin_elsewhere(first)
    first.let_pass()
    begin_elsewhere(first)
    clock.now = 1.9 * LONGEST_S
    first.let_pass()
    assert len(waits) == 1
    clock.now = 2.1 * LONGEST_S
    begin_elsewhere(first)
    first.let_pass()
    assert waits[1:] == [pytest.approx(LONGEST_S)]


def test_clicks_go_before_figures_and_after_them_nobody_waits():
    server, told = Flask("precedence"), []

    class Spy(Precedence):
        def begin(self) -> None:
            told.append("begin")
            super().begin()

        def end(self) -> None:
            told.append("end")
            super().end()

        def let_pass(self) -> None:
            told.append("let pass")
            super().let_pass()

    def answer() -> str:
        told.append("answer")
        breathe()
        return "made"

    def fail() -> str:
        raise ZeroDivisionError

    shares.install(server, precedence=Spy())
    for path, view in (("/panel/story", answer), ("/take/data", answer), ("/panel/none", fail)):
        server.add_url_rule(path, path, view)
    assert server.test_client().get("/panel/story").status_code == 200
    assert told == ["begin", "answer", "end"]
    told.clear()
    assert server.test_client().get("/take/data").status_code == 200
    assert told == ["answer", "let pass"]
    breathe()
    told.clear()
    assert server.test_client().get("/panel/none").status_code == 500
    assert told == ["begin", "end"]
