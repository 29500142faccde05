"""Where a request is until a thread has it, and an answer until its client has taken it."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from dashboard.server.headers import LARGEST_REQUEST

BODY_S = 20.0
BYTES_A_SECOND = 2**14
"""A body has so long, and this speed beyond."""

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_NO_LENGTH = -1
_MOST_DIGITS = 18
"""Of a length; a longer one is counted where the body is read, by the server itself."""


def seconds_for(size: int) -> float:
    """How long so many bytes may take to come or to be taken."""
    return BODY_S + max(0, size) / BYTES_A_SECOND


@dataclass
class RequestBuffer:
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
        self.due = now + seconds_for(self.body)

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


class ByteBudget:
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
        """So much room is free again."""
        with self._lock:
            self._left += size


class AnswerBuffer:
    """A socket for a thread to write its answer to: what the client does not take yet is kept."""

    def __init__(self, sock: socket.socket, room: ByteBudget) -> None:
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
        self._sock.settimeout(seconds_for(self.left + len(part)))
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
