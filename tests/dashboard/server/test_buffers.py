"""Requests are collected before a thread has them; a real worker is tried in tests/faults."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from dashboard.server.buffers import (
    BODY_S,
    BYTES_A_SECOND,
    AnswerBuffer,
    ByteBudget,
    Collected,
    RequestBuffer,
    TimedSocket,
)
from dashboard.server.headers import LARGEST_REQUEST

LINE = 8190


def arrived(*parts: bytes, now: float = 0.0) -> RequestBuffer:
    arrival = RequestBuffer(LINE)
    for part in parts:
        arrival.take(part, now)
    return arrival


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_request_is_there_with_its_last_byte_and_not_before(size):
    whole = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"
    parts = [whole[n : n + size] for n in range(0, len(whole), size)]
    assert [arrived(*parts[:n]).is_there for n in range(1, len(parts))] == [False] * (
        len(parts) - 1
    )
    assert arrived(*parts).is_there
    assert arrived(*parts).split() == (whole, b"")


def test_what_comes_behind_it_is_kept_apart():
    first, second = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /b HTTP/1.1\r\n"
    assert arrived(first + second).split() == (first, second)


def test_headers_say_by_when_a_body_is_there():
    head = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
    assert arrived(head % 3, now=5.0).due == pytest.approx(5 + BODY_S, abs=0.1)
    size = 10 * BYTES_A_SECOND
    assert arrived(head % size, now=5.0).due == pytest.approx(5 + BODY_S + 10)


def test_large_bodies_and_those_of_unknown_length_are_not_collected():
    head = b"POST /uploads HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
    assert not arrived(head % LARGEST_REQUEST).is_large
    assert arrived(head % (LARGEST_REQUEST + 1)).is_large
    # A length written as nobody does is no length of 0: its body would be the next request.
    odd = arrived(b"GET / HTTP/1.1\r\nContent-Length: 0000000000000000005\r\n\r\nGET /")
    assert odd.is_large
    assert odd.split() == (bytes(odd.data), b"")
    begun = arrived(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab")
    assert begun.is_large
    assert not begun.is_there
    assert begun.split()[0].endswith(b"\r\n4\r\nab")


def test_a_line_without_end_is_handed_over_to_be_refused():
    assert not arrived(b"GET /" + b"x" * (LINE - 100)).is_there
    assert arrived(b"GET /" + b"x" * LINE).is_there


def test_who_waits_for_a_word_is_known_by_the_headers():
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    assert arrived(head).expects_word
    assert not arrived(head + b"a").expects_word
    assert not arrived(head.replace(b"Expect", b"X-Other")).expects_word


def test_what_was_collected_is_read_first_and_then_the_rest_by_its_time():
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"cd")
        source = Collected(b"ab", TimedSocket(here, time.monotonic() + 60))
        assert [source.recv(1), source.recv(9), source.recv(9)] == [b"a", b"b", b"cd"]
        over = Collected(b"", TimedSocket(here, time.monotonic() + 0.01))
        assert over.recv(9) == b""  # nothing came in its time
        there.sendall(b"ef")
        assert over.recv(9) == b""  # its time is over
    assert [Collected(b"ab").recv(9), Collected(b"").recv(9)] == [b"ab", b""]


def test_nobody_waits_for_longer_than_a_body_may_take():
    here, there = socket.socketpair()
    with here, there:
        source = TimedSocket(here, time.monotonic() + 30)
        sender = threading.Timer(0.05, there.sendall, (b"x",))
        sender.start()
        assert source.recv(5) == b"x"
        sender.join()


def everything(sock: socket.socket) -> bytes:
    found = b""
    while part := sock.recv(2**16):
        found += part
    return found


@pytest.mark.parametrize("room", [0, 50_000_000])
def test_an_answer_is_sent_or_kept_and_comes_whole(room):
    """Where there is no room to keep it the thread sends it itself."""
    here, there = socket.socketpair()
    data = bytes(range(256)) * 12_000
    with here, there:
        found: list[bytes] = []
        reader = threading.Thread(target=lambda: found.append(everything(there)))
        answer = AnswerBuffer(here, ByteBudget(room))
        if not room:
            reader.start()
        answer.sendall(data)
        answer.sendall(memoryview(data))
        if room:
            assert answer.left > len(data)
            reader.start()
        deadline = time.monotonic() + 60
        while answer.left:
            assert time.monotonic() < deadline
            answer.go_on()
        here.shutdown(socket.SHUT_WR)
        reader.join(60)
    assert found == [data * 2]


def test_room_is_given_back():
    here, there = socket.socketpair()
    room = ByteBudget(10)
    with here, there:
        answer = AnswerBuffer(here, room)
        while answer._send(memoryview(b"x" * 2**16)):
            pass
        answer.sendall(b"12345")
        answer.sendall(b"12345")
        assert (answer.left, room.take(1)) == (10, False)
        answer.drop()
        assert room.take(10)
    assert not room.take(1)
