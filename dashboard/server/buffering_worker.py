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
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import http  # type: ignore[import-untyped]
from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from dashboard.server.buffers import (
    AnswerBuffer,
    ByteBudget,
    Collected,
    RequestBuffer,
    TimedSocket,
    seconds_for,
)

HEAD_S = 10.0
"""In this time the headers are there, from when the connection was ready for them."""
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

_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(TConn):  # type: ignore[misc]
    """One client. What came behind the request that is being answered is kept for the next."""

    def __init__(self, *asked: Any, linger: Callable[[Connection], None]) -> None:
        super().__init__(*asked)
        self.surplus = b""
        self.is_large = False
        self.left_over = 0
        self.answer: AnswerBuffer | None = None
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        """End it; gracefully is what gunicorn waits for in its loop, and here nothing waits."""
        if graceful:
            self._linger(self)
        else:
            super().close()


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with a loop that collects requests."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arriving: dict[Connection, RequestBuffer] = {}
        self._collected = 0  # bytes of all of them
        self._large: deque[tuple[Connection, RequestBuffer]] = deque()
        self._reads_large = False
        self._to_send = ByteBudget(TO_SEND)
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
        conn.sock = conn.answer = AnswerBuffer(sock, self._to_send)
        try:
            return super().handle_request(req, conn)
        finally:
            conn.sock = sock

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """A thread is done with it; with the client, when it has its answer."""
        if self._collects and conn.answer is not None and conn.answer.left:
            due = time.monotonic() + seconds_for(conn.answer.left)
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
        arrival = RequestBuffer(self.cfg.limit_request_line, due=time.monotonic() + HEAD_S)
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

    def _take(self, conn: Connection, arrival: RequestBuffer, received: bytes) -> None:
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
            due = time.monotonic() + seconds_for(arrival.body)
            self._hand_over(conn, arrival, TimedSocket(conn.sock, due))

    def _hand_over(
        self, conn: Connection, arrival: RequestBuffer, more: TimedSocket | None = None
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
