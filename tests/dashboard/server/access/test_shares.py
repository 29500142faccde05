"""Who used much of late waits for others who did, and for nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

from dashboard.server.access import shares
from dashboard.server.access.shares import FORGET_S, LARGE, Shares, weigh
from dashboard.server.come_again import WAITS
from dashboard.state.computing import BusyError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def used(held: Shares, person: str, seconds: float) -> None:
    much = held.take(person)
    assert much is not None
    held.give(person, seconds, much=much)


def test_who_used_much_shares_few_threads_with_those_who_did():
    held = Shares(2, clock=Clock())
    for person in ("ada", "bob", "cid"):
        used(held, person, 30.0)
    assert held.take("ada") is True
    assert held.take("bob") is True
    assert held.take("cid") is None
    assert held.take("dan") is False  # who used nothing finds one
    held.give("ada", 1.0, much=True)
    assert held.take("cid") is True


def test_it_is_forgotten():
    clock = Clock()
    held = Shares(1, clock=clock)
    used(held, "ada", 4.0)
    assert held.take("ada") is True
    held.give("ada", 0.0, much=True)
    clock.now = 3 * FORGET_S
    assert held.take("ada") is False


def test_many_requests_of_one_person_at_once_are_many():
    held = Shares(2, clock=Clock())
    used(held, "bob", 0.5)
    assert [held.take("ada") for _ in range(5)] == [False, False, True, True, None]


def test_who_is_alone_has_all_threads():
    clock = Clock()
    held = Shares(2, clock=clock)
    used(held, "bob", 0.5)
    clock.now = 20 * FORGET_S
    assert [held.take("ada") for _ in range(5)] == [False, False, True, True, True]
    # Whoever comes meanwhile is somebody.
    assert held.take("cid") is False
    assert held.take("ada") is None


@pytest.mark.parametrize(("told", "status"), [({}, 503), ({WAITS: "1"}, 202)])
def test_the_server_asks_who_used_much_to_come_again(told, status):
    server, held = Flask("shares"), Shares(1)
    shares.install(server, held)
    inner = []

    @server.get("/take/<name>")
    def take(name: str) -> str:
        if name == "outer":
            asked = server.test_client()
            for place in (request.remote_addr, "10.0.0.1"):
                base = {"REMOTE_ADDR": place}
                inner.append(asked.get("/take/inner", environ_base=base, headers=told))
            inner.append(asked.get("/take/inner?cacheKey=x"))
            inner.append(asked.get("/elsewhere"))
        return "made"

    used(held, "from 127.0.0.1", 30.0)
    used(held, "from 10.0.0.1", 0.5)
    assert server.test_client().get("/take/outer").status_code == 200
    assert [answer.status_code for answer in inner] == [status, 200, 200, 404]
    assert inner[0].headers["Retry-After"] == "1"
    assert server.test_client().get("/take/again").status_code == 200


class StudyOf:
    """As much of a study as counts."""

    def __init__(self, tasks: int, evaluations: int) -> None:
        self.tasks, self.evaluations = range(tasks), range(evaluations)


@pytest.mark.parametrize("large", [StudyOf(1000, 0), StudyOf(2, LARGE)])
def test_a_question_to_a_large_study_counts_from_its_start(large):
    server, held = Flask("shares"), Shares(1)
    shares.install(server, held)
    inner = []

    @server.get("/take/<name>")
    def take(name: str) -> str:
        weigh(StudyOf(30, 2000) if name == "small" else large)
        weigh(large if name == "outer" else StudyOf(1, 1))  # once, however often it is said
        if name == "outer":
            with ThreadPoolExecutor(1) as elsewhere:
                for number, inside in enumerate(("large", "small")):
                    inner.append(elsewhere.submit(ask, f"10.0.0.{number}", inside).result())
        return "made"

    def ask(person: str, what: str) -> object:
        try:
            place = {"REMOTE_ADDR": person}
            return server.test_client().get(f"/take/{what}", environ_base=place).status_code
        except BusyError:
            return "busy"

    server.testing = True
    used(held, "from 10.0.0.9", 0.5)
    for _ in range(2):  # it was given back
        assert server.test_client().get("/take/outer").status_code == 200
    assert inner == ["busy", 200] * 2
    weigh(large)  # outside a request nobody waits


def test_a_click_waits_for_no_figure_only_for_other_clicks():
    server, figures, clicks = Flask("shares"), Shares(1), Shares(1)
    shares.install(server, figures, of_clicks=clicks)
    large, inner = StudyOf(1000, 0), []

    def ask(path: str) -> object:
        try:
            place = {"REMOTE_ADDR": "10.0.0.1"}
            return server.test_client().get(path, environ_base=place).status_code
        except BusyError:
            return "busy"

    def answer(*within: str) -> str:
        weigh(large)
        with ThreadPoolExecutor(1) as elsewhere:
            inner.extend(elsewhere.submit(ask, path).result() for path in within)
        return "made"

    server.add_url_rule("/take/outer", "figure", lambda: answer("/take/inner", "/panel/story"))
    server.add_url_rule("/take/inner", "other", answer)
    server.add_url_rule("/panel/story", "click", answer)
    server.add_url_rule("/panel/long", "long", lambda: answer("/panel/story", "/take/inner"))
    server.testing = True
    # They used much, and somebody else was here.
    for held in (figures, clicks):
        used(held, "from 10.0.0.1", 30.0)
        used(held, "from 10.0.0.9", 0.5)
    assert server.test_client().get("/take/outer").status_code == 200
    assert inner == [503, 200]
    inner.clear()
    assert server.test_client().get("/panel/long").status_code == 200
    assert inner == [503, 200]


def test_who_asks_for_figures_is_not_alone_where_others_click():
    figures, clicks = Shares(1, clock=Clock()), Shares(1, clock=Clock())
    clicks.beside(figures)
    used(clicks, "ada", 0.5)
    used(figures, "bob", 30.0)
    assert [figures.take("bob") for _ in range(2)] == [True, None]
    # And the other way round.
    used(clicks, "bob", 30.0)
    assert [clicks.take("bob") for _ in range(2)] == [True, None]


def test_who_clicks_and_asks_for_figures_is_still_alone():
    figures, clicks = Shares(1, clock=Clock()), Shares(1, clock=Clock())
    clicks.beside(figures)
    used(clicks, "bob", 30.0)
    used(figures, "bob", 30.0)
    assert [held.take("bob") for held in (figures, clicks) for _ in range(3)] == [True] * 6
