"""Clients that mean harm: what is made up without end is kept in part, who trickles holds nobody.

600 addresses in `make test`, 10,000 in `make nightly` (ADDRESSES=10000).
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import psutil
import pytest

from tests.dashboard.jobs.tabs import until
from tests.faults.web import QUERY, questions
from tests.processes import GUNICORN, ROOT, Running, free_port, running
from tests.studies import write_study_files

ASKED = int(os.environ.get("ADDRESSES", "600"))
SOME = ASKED // 3
"""After so many everything is loaded that answers need."""
ROOM_MIB = 48
"""What may be added by all the others: two thirds of what answers and files have room for."""


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Running]:
    """One worker, which believes everybody that they are somebody else, and has much patience.

    So who asks, and waits for a minute, is not answered because somebody slow was sent away.
    """
    tmp_path = tmp_path_factory.mktemp("clients")
    config = tmp_path / "patient.conf.py"
    ours = (ROOT / "gunicorn.conf.py").read_text()
    patience = (
        "from dashboard.server import buffering_worker, buffers\n"
        "buffering_worker.HEAD_S = buffers.BODY_S = 3600.0\n"
    )
    config.write_text(f"{ours}\n{patience}")
    write_study_files(tmp_path / "small", cka=True)
    port = free_port()
    with running(
        (*GUNICORN, "--config", str(config), "dashboard.app:server"),
        tmp_path,
        port,
        fresh=True,  # what it shares with others would not be counted as its own
        PORT=str(port),
        STUDY=str(tmp_path / "small"),
        WEB_CONCURRENCY="1",
        TRUSTED_PROXIES="127.0.0.1",
        ALLOW_ANONYMOUS="1",
    ) as one:
        until(lambda: "reading" not in one.ask("/editions")[1])
        yield one


def made_up(server: Running) -> Iterator[tuple[str, str, dict | None]]:
    """Method, address and body, each another one, of every kind there is."""
    page = server.ask("/")[1]
    found = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', page)
    asset = next(a for a in found if a.startswith("/assets/") and "?m=" in a)
    bundle = next(a for a in found if re.search(r"\.v\w+m\d+\.", a))
    known = questions(server, [QUERY], 46)
    n = 0
    while True:
        n += 1
        yield "GET", f"{asset.partition('?')[0]}?m={n}", None
        yield "GET", re.sub(r"m\d+\.", f"m{n}.", bundle), None
        yield "GET", f"/?study=small&tab=transfer&seeds={n}&note={'x' * (n % 2000)}", None
        yield "GET", f"/nothing/{n}.php?{n}", None
        yield "GET", f"/take/transfer-actual.csv?study=small&exclude=made{n}", None
        yield "GET", f"/take/card{n}.csv?study=small", None
        yield "GET", f"/panel/pair?study=small&source=a{n}&target=b{n}", None
        yield f"MADE{n}", f"/healthz?{n}", None
        yield "POST", "/go-to", {"query": {"study": ["small"], "exclude": [f"made{n}" * 300]}}
        body = known[n % len(known)]
        told = {"query": {**QUERY, "exclude": [f"made{n}"], "note": ["y" * 2000]}, "mode": "light"}
        inputs = [{**body["inputs"][0], "value": told}, *body["inputs"][1:]]
        yield "POST", "/_dash-update-component", {**body, "inputs": inputs}


def status_of(server: Running, method: str, address: str, headers: dict, body: dict | None) -> int:
    connection = HTTPConnection("127.0.0.1", int(server.address), timeout=60)
    try:
        connection.request(method, address, body and json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()  # compressed: it is not looked at
        return answer.status
    finally:
        connection.close()


def test_a_worker_keeps_a_bounded_part_of_what_was_made_up(server):
    (worker,) = psutil.Process(server.process.pid).children()
    sizes, said = {}, set()
    for n, (method, address, body) in zip(range(ASKED), made_up(server), strict=False):
        person = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "br" if n % 3 else "gzip",
            "X-Forwarded-For": person,
            "X-Request-ID": f"made-up-{n:08d}",
        }
        said.add((method[:4], status_of(server, method, address, headers, body)))
        if n + 1 in (SOME, ASKED) or n % 1000 == 999:
            sizes[n + 1] = worker.memory_info().rss >> 20
    print(f"MiB after so many: {sizes}")  # noqa: T201
    assert not [one for one in said if one[1] >= 500], said
    assert sizes[ASKED] - sizes[SOME] < ROOM_MIB, sizes
    assert "Traceback" not in server.said()


SLOW = {
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
    "bodies": b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{",
    "large bodies": b"POST /uploads HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 9000000\r\n\r\n{",
    "bodies of unknown length": b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n{",
    "who does not close": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}
AT_ONCE = 20


@pytest.mark.parametrize("begun", SLOW.values(), ids=list(SLOW))
def test_slow_clients_hold_nobody(server, begun):
    """Many more than there are threads; before, one a thread was enough for no answer at all."""
    port = int(server.address)
    with ExitStack() as slow:
        for _ in range(AT_ONCE):
            client = slow.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(begun)
        for _ in range(3):
            assert server.ask("/readyz")[0].status == 200


def test_who_does_not_read_an_answer_holds_nobody(server):
    """An answer larger than what the kernel keeps, and it comes whole to who reads it late."""
    page = server.ask("/")[1]
    script = re.findall(r'src="(/assets/plotly/[^"]+)"', page)[0]
    port = int(server.address)
    asked = f"GET {script} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    with ExitStack() as slow:
        clients = [slow.enter_context(socket.socket()) for _ in range(AT_ONCE)]
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", port))
            client.sendall(asked)
        for _ in range(3):
            assert server.ask("/readyz")[0].status == 200
        with clients[0].makefile("rb") as late:
            whole = late.read().partition(b"\r\n\r\n")[2]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", script)
    assert whole == connection.getresponse().read()
    connection.close()


def test_requests_sent_at_once_are_answered_in_turn(server):
    """Also where the second one arrives with the first, and is whole only later."""
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(server.address)), timeout=60) as client:
        client.sendall(one * 2 + one[:20])
        client.sendall(one[20:])
        said = b""
        while said.count(b"HTTP/1.1 200") < 3:
            received = client.recv(4096)
            assert received, said
            said += received


def test_who_waits_for_a_word_before_the_body_gets_it(server):
    head = (
        b"POST /_dash-update-component HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(server.address)), timeout=60) as client:
        client.sendall(head)
        assert client.recv(4096).startswith(b"HTTP/1.1 100")
        client.sendall(b"{}")
        said = b""
        while b"HTTP/1.1 400" not in said:
            received = client.recv(4096)
            assert received, said
            said += received


def test_headers_without_end_are_refused(server):
    with socket.create_connection(("127.0.0.1", int(server.address)), timeout=60) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 15_000)
        assert client.recv(4096).startswith(b"HTTP/1.1 431")
    with socket.create_connection(("127.0.0.1", int(server.address)), timeout=60) as client:
        client.sendall(b"GET /" + b"x" * 10_000)
        assert client.recv(4096).startswith(b"HTTP/1.1 414")
