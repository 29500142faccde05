"""Who used much of late waits for others who did, and for nobody else."""

from __future__ import annotations

from flask import Flask, request

from dashboard.server.access import shares
from dashboard.server.access.shares import FORGET_S, Shares


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


def test_the_server_asks_who_used_much_to_come_again():
    server, held = Flask("shares"), Shares(1)
    shares.install(server, held)
    inner = []

    @server.get("/take/<name>")
    def take(name: str) -> str:
        if name == "outer":
            asked = server.test_client()
            for place in (request.remote_addr, "10.0.0.1"):
                inner.append(asked.get("/take/inner", environ_base={"REMOTE_ADDR": place}))
            inner.append(asked.get("/take/inner?cacheKey=x"))
            inner.append(asked.get("/elsewhere"))
        return "made"

    used(held, "from 127.0.0.1", 30.0)
    used(held, "from 10.0.0.1", 0.5)
    assert server.test_client().get("/take/outer").status_code == 200
    assert [answer.status_code for answer in inner] == [503, 200, 200, 404]
    assert inner[0].headers["Retry-After"] == "1"
    assert server.test_client().get("/take/again").status_code == 200
