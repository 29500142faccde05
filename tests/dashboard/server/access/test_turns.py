"""One long question at a time for each person, and nobody waits for another's."""

from __future__ import annotations

import socket
import threading

import pytest
from flask import Flask, request

from dashboard.server.access import turns
from dashboard.server.access.turns import MOST_WAITING, Turns
from dashboard.state.computing import ClientGoneError


def test_a_turn_is_of_one_person_alone():
    held = Turns()
    assert held.take("a", 0)
    assert not held.take("a", 0)
    assert held.take("b", 0)
    held.give("a")
    assert held.take("a", 0)


def test_who_waits_comes_next():
    held = Turns()
    held.take("a", 0)
    came = []
    waiting = threading.Thread(target=lambda: came.append(held.take("a", 300)))
    waiting.start()
    held.give("a")
    waiting.join()
    assert came == [True]


def test_more_than_a_few_do_not_even_wait():
    held = Turns()
    held.take("a", 0)
    held._waiting["a"] = MOST_WAITING
    assert not held.take("a", 3600)
    assert held.take("b", 0)


@pytest.mark.parametrize("path", ["/take/inner", "/report.html", "/boards/0123"])
def test_a_second_long_question_is_told_to_wait(path):
    server = Flask("long")
    turns.install(server, wait=0.0)
    inner = []

    @server.get("/take/<name>")
    def take(name: str) -> str:
        if name == "outer":
            asked = server.test_client()
            for asked_for, place in (
                (path, request.remote_addr),
                ("/take/inner", "10.0.0.1"),
                ("/other", request.remote_addr),
            ):
                inner.append(asked.get(asked_for, environ_base={"REMOTE_ADDR": place}))
        if name == "fails":
            raise ValueError
        return "made"

    client = server.test_client()
    assert client.get("/take/outer").status_code == 200
    assert [answer.status_code for answer in inner] == [429, 200, 404]
    assert inner[0].headers["Retry-After"] == "5"
    assert client.get("/take/fails").status_code == 500
    assert client.get("/take/outer").status_code == 200  # also after a failure


def test_a_client_that_closed_its_connection_has_gone():
    server = Flask("gone")
    ours, theirs = socket.socketpair()
    with ours, server.test_request_context(environ_base={"gunicorn.socket": ours}):
        turns.check_client()
        theirs.sendall(b"GET /next")
        turns.check_client()
        assert ours.recv(9) == b"GET /next"
        theirs.close()
        with pytest.raises(ClientGoneError):
            turns.check_client()
    asked = server.test_request_context(environ_base={"gunicorn.socket": ours})
    with asked, pytest.raises(ClientGoneError):
        turns.check_client()
    turns.check_client()  # outside a request nobody can have gone


def test_people_are_told_apart_by_name_or_network():
    server = Flask("people")
    assert turns.person() == ""
    with server.test_request_context(environ_base={"REMOTE_ADDR": "10.1.2.3"}):
        assert turns.person().startswith("from 10.1.2.")
