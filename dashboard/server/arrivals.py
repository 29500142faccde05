"""gunicorn's threads are given requests that have arrived, and their answers are taken off them.

gunicorn's own threaded worker hands a connection to a thread as soon as a byte is there, and the
thread reads the rest, however long that takes: eight clients that send a byte a second hold all
threads of two workers. Here the loop that accepts connections collects each request, headers and
body, and a thread gets it when it is whole. Only bodies too large to be collected (uploads) are
read by a thread itself, one at a time in each worker. All of them have a time by which they are
there; who is later, or sends more than there is room for, is told so and let go. And what a client
does not read at once of its answer is sent by the loop, when the client does.

With TLS or HTTP/2 in gunicorn itself (nothing here sets either) it is gunicorn's own worker.
"""

from __future__ import annotations

import contextlib
import errno
import re
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn import http  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from dashboard.server.headers import LARGEST_REQUEST

HEAD_S = 10.0
"""In this time the headers are there, from when the connection was ready for them."""
BODY_S = 20.0
BYTES_A_SECOND = 2**14
"""A body has so long, and this speed beyond."""
LONGEST_HEAD = 2**16
RECEIVED = 2**16
ROOM = 64 * 2**20
"""Bytes that all requests under way may have together, in each worker."""
TO_SEND = 64 * 2**20
"""Bytes of answers that wait for their clients, in each worker; beyond, a thread sends itself."""
LINGER_S = 2.0
"""What has not arrived by then when the worker stops is given up; a client has so long to close."""
MOST_LEFT_OVER = 2**20
"""Bytes a client may send behind the end of its answer."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_LENGTH = -1
_MOST_DIGITS = 18
"""Of a length; a longer one is counted where the body is read, by the server itself."""


def _patience(size: int) -> float:
    """Seconds that so many bytes may take."""
    return BODY_S + max(0, size) / BYTES_A_SECOND


class Connection(TConn):  # type: ignore[misc]
    """One client. What came behind the request that is being answered is kept for the next."""

    def __init__(self, *asked: Any, linger: Callable[[Connection], None]) -> None:
        super().__init__(*asked)
        self.surplus = b""
        self.is_large = False
        self.left_over = 0
        self.answer: Answer | None = None
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        """End it; gracefully is what gunicorn waits for in its loop, and here nothing waits."""
        if graceful:
            self._linger(self)
        else:
            super().close()


@dataclass
class Arrival:
    """A request as far as it is there.

    longest_line: bytes of the request line that the server takes
    """

    longest_line: int
    data: bytearray = field(default_factory=bytearray)
    due: float = 0.0
    head: int = 0
    """Length of the headers; 0 while they are not whole."""
    body: int = 0
    """Bytes of the body; _NO_LENGTH where only reading it tells."""

    def take(self, received: bytes, now: float) -> None:
        """Some more bytes; a whole head sets the time by which the body is there."""
        looked = max(0, len(self.data) - len(_END))
        self.data += received
        if self.head or (found := self.data.find(_END, looked)) < 0:
            return
        self.head = found + len(_END)
        head = bytes(self.data[: self.head])
        if length := _LENGTH.search(head):
            self.body = int(length[1]) if len(length[1]) <= _MOST_DIGITS else _NO_LENGTH
        if _CHUNKED.search(head):
            self.body = _NO_LENGTH
        self.due = now + _patience(self.body)

    @property
    def expects_word(self) -> bool:
        """Whether the client waits for a word before it sends the body."""
        there = len(self.data) > self.head
        return not there and bool(_EXPECTS.search(bytes(self.data[: self.head])))

    @property
    def is_large(self) -> bool:
        """Whether its body is too large to be collected, or nobody says how large it is."""
        return bool(self.head) and not 0 <= self.body <= LARGEST_REQUEST

    @property
    def is_there(self) -> bool:
        """Whether a thread would not wait for anything."""
        if not self.head:
            # A line that never ends: gunicorn says what is wrong with it.
            line = self.data.find(b"\r\n", 0, self.longest_line + 2)
            return line < 0 and len(self.data) > self.longest_line + 2
        return 0 <= self.body <= len(self.data) - self.head

    def split(self) -> tuple[bytes, bytes]:
        """The request, and what came behind it."""
        if not self.head or self.is_large:
            return bytes(self.data), b""
        end = self.head + self.body
        return bytes(self.data[:end]), bytes(self.data[end:])


class Collected:
    """What gunicorn's parser reads instead of a socket: what has arrived, then what `more` has."""

    def __init__(self, data: bytes, more: TimedSocket | None = None) -> None:
        self._data, self._more = memoryview(data), more

    def recv(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        if self._data:
            part, self._data = bytes(self._data[:size]), self._data[size:]
            return part
        return self._more.recv(size) if self._more else b""


@dataclass(frozen=True)
class TimedSocket:
    """A socket from which a large body is read, by a time; later it has ended."""

    sock: socket.socket
    due: float

    def recv(self, size: int) -> bytes:
        """At most so many bytes; none at the end."""
        left = self.due - time.monotonic()
        if left <= 0:
            return b""
        self.sock.settimeout(left)
        try:
            return self.sock.recv(size)
        except TimeoutError:
            return b""
        finally:
            self.sock.settimeout(None)


class Room:
    """So many bytes for all of a worker; safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._left, self._lock = most, threading.Lock()

    def take(self, size: int) -> bool:
        """Whether there was room, which is then taken."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give(self, size: int) -> None:
        """Room is free again."""
        with self._lock:
            self._left += size


class Answer:
    """A socket for a thread to write its answer to: what the client does not take yet is kept."""

    def __init__(self, sock: socket.socket, room: Room) -> None:
        self._sock, self._room = sock, room
        self._kept = bytearray()
        self._sent = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    @property
    def left(self) -> int:
        """Bytes that are still to be sent."""
        return len(self._kept) - self._sent

    def sendall(self, data: Any) -> None:
        """Send it, or keep it. Raises OSError where the client has gone, or too many are slow."""
        part = memoryview(data).cast("B")
        if not self.left:
            part = part[self._send(part) :]
        if not part:
            return
        if self._room.take(len(part)):
            self._kept += part
            return
        self._sock.settimeout(_patience(self.left + len(part)))
        try:
            with memoryview(self._kept) as kept:
                self._sock.sendall(kept[self._sent :])
            self.drop()
            self._sock.sendall(part)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client does not read") from None
        finally:
            self._sock.settimeout(None)

    def go_on(self) -> None:
        """Send what the client takes now. Raises OSError where it has gone."""
        with memoryview(self._kept) as kept:
            self._sent += self._send(kept[self._sent :])
        if not self.left:
            self.drop()

    def drop(self) -> None:
        """Keep nothing more."""
        self._room.give(len(self._kept))
        self._kept, self._sent = bytearray(), 0

    def _send(self, data: memoryview) -> int:
        sent = 0
        with contextlib.suppress(BlockingIOError):
            while sent < len(data):
                sent += self._sock.send(data[sent:], socket.MSG_DONTWAIT)
        return sent


class ArrivalWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a loop that collects requests."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: dict[Connection, Arrival] = {}
        self._collected = 0  # bytes of all of them
        self._large: deque[tuple[Connection, Arrival]] = deque()
        self._reads_large = False
        self._to_send = Room(TO_SEND)
        self._sending: dict[Connection, tuple[Future[Any], float]] = {}
        self._lingering: dict[Connection, float] = {}
        self._looked = 0.0
        self._stopping: float | None = None
        self._collects = not self.cfg.is_ssl and not _speaks_otherwise(self.cfg)

    def accept(self, listener: socket.socket) -> None:
        """A new connection: nothing of it has arrived."""
        if not self._collects:
            super().accept(listener)
            return
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        named = listener.getsockname()
        self._await(Connection(self.cfg, sock, address, named, linger=self._linger))

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """The next request on a connection that was kept."""
        if not self._collects:
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Answer it, in a thread; the loop sends what the client does not take at once."""
        if not self._collects:
            return super().handle_request(req, conn)
        sock = conn.sock
        conn.sock = conn.answer = Answer(sock, self._to_send)
        try:
            return super().handle_request(req, conn)
        finally:
            conn.sock = sock

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """A thread is done with it; with the client, when it has its answer."""
        if self._collects and conn.answer is not None and conn.answer.left:
            due = time.monotonic() + _patience(conn.answer.left)
            self._sending[conn] = fs, due
            try:
                conn.sock.setblocking(False)
                self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._send, conn))
            except (OSError, ValueError):  # closed by the thread, in the middle of its answer
                self._give_up(conn)
            return
        super().finish_request(conn, fs)
        if not self._collects:
            return
        self._done_with(conn)
        if conn.surplus and self.keepalived_conns and self.keepalived_conns[-1] is conn:
            self.on_client_socket_readable(conn, conn.sock)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Whether there may be another request; not where a thread would wait for a body's rest."""
        large = self._collects and conn.is_large
        return not large and super()._keepalive_after(conn, keepalive)

    def murder_pending(self) -> None:
        """Let go who is late. gunicorn's loop asks about once a second, and after each event."""
        super().murder_pending()
        now = time.monotonic()
        if now - self._looked < 0.5:
            return
        self._looked = now
        if not self.alive:
            self._stopping = self._stopping or now + LINGER_S
        for conn, arrival in list(self._arriving.items()):
            if now > min(arrival.due, self._stopping or arrival.due):
                self._let_go(conn, b"408 Request Timeout" if arrival.data else b"")
        for conn, (_, due) in list(self._sending.items()):
            if now > due:
                self._give_up(conn)
        for conn, due in list(self._lingering.items()):
            if now > due or not self.alive:
                self._end(conn)
        while self._large and now > self._large[0][1].due:
            conn, _ = self._large.popleft()
            self._refuse(conn, b"503 Service Unavailable")

    def _await(self, conn: Connection) -> None:
        """Collect a request, of what came behind the one before and what comes."""
        arrival = Arrival(self.cfg.limit_request_line, due=time.monotonic() + HEAD_S)
        self._arriving[conn] = arrival
        try:
            conn.sock.setblocking(False)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        except (OSError, ValueError):
            self._let_go(conn)
            return
        begun, conn.surplus = conn.surplus, b""
        if begun:
            self._take(conn, arrival, begun)

    def _receive(self, conn: Connection, _sock: Any) -> None:
        try:
            received = conn.sock.recv(RECEIVED)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            received = b""
        if received:
            self._take(conn, self._arriving[conn], received)
        else:
            self._let_go(conn)

    def _take(self, conn: Connection, arrival: Arrival, received: bytes) -> None:
        had_head = bool(arrival.head)
        self._collected += len(received)
        arrival.take(received, time.monotonic())
        if arrival.head and not had_head and arrival.expects_word and not arrival.is_large:
            with contextlib.suppress(OSError):
                conn.sock.send(_GO_ON)
        if arrival.is_there:
            self._leave_loop(conn)
            self._hand_over(conn, arrival)
        elif arrival.is_large:
            self._leave_loop(conn)
            self._large.append((conn, arrival))
            self._next_large()
        elif not arrival.head and len(arrival.data) > LONGEST_HEAD:
            self._let_go(conn, b"431 Request Header Fields Too Large")
        elif self._collected > ROOM:
            self._let_go(conn, b"503 Service Unavailable")

    def _next_large(self) -> None:
        if self._large and not self._reads_large:
            conn, arrival = self._large.popleft()
            conn.is_large = self._reads_large = True
            # It waited for its turn, and is read from now on.
            due = time.monotonic() + _patience(arrival.body)
            self._hand_over(conn, arrival, TimedSocket(conn.sock, due))

    def _hand_over(
        self, conn: Connection, arrival: Arrival, more: TimedSocket | None = None
    ) -> None:
        """Give it to a thread, with a parser that reads what was collected."""
        request, conn.surplus = arrival.split()
        source = Collected(request, more)
        if conn.parser is None:
            conn.parser = http.get_parser(self.cfg, source, conn.client)
        else:
            conn.parser.unreader = SocketUnreader(source)
        conn.initialized = conn.data_ready = True
        self.enqueue_req(conn)

    def _send(self, conn: Connection, _sock: Any) -> None:
        assert conn.answer is not None  # noqa: S101  (or it would not be among those)
        try:
            conn.answer.go_on()
        except OSError:
            self._give_up(conn)
            return
        if not conn.answer.left:
            self.poller.unregister(conn.sock)
            done, _ = self._sending.pop(conn)
            self.finish_request(conn, done)

    def _give_up(self, conn: Connection) -> None:
        """Its client does not read its answer, or has gone."""
        del self._sending[conn]
        self._unwatch(conn)
        if conn.answer is not None:
            conn.answer.drop()
        self._done_with(conn)
        self.nr_conns -= 1
        conn.close()

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more comes, and look away what the client still sends.

        Closed at once, the client could lose the end of its answer.
        """
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._look_away, conn))
        except (OSError, KeyError, ValueError):
            conn.close()
            return
        self.nr_conns += 1
        self._lingering[conn] = time.monotonic() + LINGER_S

    def _look_away(self, conn: Connection, _sock: Any) -> None:
        try:
            received = len(conn.sock.recv(RECEIVED))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            received = 0
        conn.left_over += received
        if not received or conn.left_over > MOST_LEFT_OVER:
            self._end(conn)

    def _end(self, conn: Connection) -> None:
        del self._lingering[conn]
        self._unwatch(conn)
        self.nr_conns -= 1
        conn.close()

    def _unwatch(self, conn: Connection) -> None:
        with contextlib.suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _done_with(self, conn: Connection) -> None:
        """If its body was the large one that is being read, the next may be."""
        if conn.is_large:
            conn.is_large = self._reads_large = False
            self._next_large()

    def _leave_loop(self, conn: Connection) -> None:
        self._collected -= len(self._arriving.pop(conn).data)
        self._unwatch(conn)

    def _let_go(self, conn: Connection, status: bytes = b"") -> None:
        self._leave_loop(conn)
        self._refuse(conn, status)

    def _refuse(self, conn: Connection, status: bytes) -> None:
        if status:
            with contextlib.suppress(OSError):
                conn.sock.send(
                    b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                )
        self.nr_conns -= 1
        conn.close()


def _speaks_otherwise(config: Any) -> bool:
    """Whether gunicorn was told to speak something that has no end this module knows."""
    return config.protocol != "http" or tuple(config.http_protocols) != ("h1",)
