"""Servers as they are really started, and what they say when they do not start."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import IO

from tests.forks import Fork, can_fork, fork

ROOT = Path(__file__).parents[1]
COMPUTE_BUDGET_S = 300
"""For a machine with much else to do: who waits so long waits for nothing."""
DASHBOARD = (sys.executable, "-m", "dashboard")
GUNICORN = (sys.executable, "-m", "gunicorn")
APPLICATION = "dashboard.app:server"
OURS = ("HOST", "PORT", "AUTH", "ALLOW_ANONYMOUS", "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY")
OUR_PORTS = range(10_240, 32_768)
"""Below those that a system gives to whoever connects somewhere."""


def free_port() -> int:
    """A port that is free, and stays so for who asked: until this process ends.

    A datagram socket of the same number keeps other runs of tests off it.
    """
    for port in random.SystemRandom().sample(OUR_PORTS, 1000):
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("", port))
        except OSError:
            claim.close()
            continue
        claim.detach()
        return port
    raise AssertionError("no port is free")


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    process: subprocess.Popen[bytes] | Fork
    log: Path
    address: str | int

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> tuple[HTTPResponse, str]:
        """The answer and its text."""
        connection = _UnixConnection(self.address) if isinstance(self.address, str) else None
        connection = connection or HTTPConnection("127.0.0.1", int(self.address), timeout=60)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    def said(self) -> str:
        """Everything it has written."""
        return self.log.read_text()

    def says(self, text: str) -> bool:
        """Whether it writes that before long."""
        deadline = time.monotonic() + COMPUTE_BUDGET_S
        while not (found := text in self.said()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self._path)


def environment_of(folder: Path, **given: str) -> dict[str, str]:
    """The environment of a server: nothing of ours but what is given, and a cache in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    own = {"CACHE_DIR": str(folder / "cache"), "DATA_DIR": str(folder / "data")}
    return {**inherited, **own, **given}


def started(
    command: Sequence[str],
    environment: Mapping[str, str],
    out: IO[bytes],
    error: IO[bytes],
    *,
    fresh: bool = False,
) -> subprocess.Popen[bytes] | Fork:
    """A process in the project's folder. fresh: it imports by itself what it needs."""
    if not fresh and can_fork(command, environment):
        return fork(command, environment, out.fileno(), error.fileno())
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=error)


def ended(
    command: Sequence[str], folder: Path, *, fresh: bool = False, **given: str
) -> subprocess.CompletedProcess[str]:
    """A server that is expected to end by itself. fresh: see `started`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        process = started(command, environment_of(folder, **given), out, error, fresh=fresh)
        try:
            code = process.wait(COMPUTE_BUDGET_S)
        finally:
            process.kill()
        out.seek(0)
        error.seek(0)
        said = out.read().decode(), error.read().decode()
    return subprocess.CompletedProcess(command, code, *said)


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    address: str | int,
    *,
    fresh: bool = False,
    **given: str,
) -> Iterator[Running]:
    """A server, from when it answers until it is told to stop.

    address: a port or a socket. fresh: see `started`.
    """
    log = folder / f"server-{time.monotonic_ns()}.log"
    with log.open("wb") as out:
        process = started(command, environment_of(folder, **given), out, out, fresh=fresh)
    server = Running(process, log, address)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Running) -> None:
    deadline = time.monotonic() + COMPUTE_BUDGET_S
    while time.monotonic() < deadline:
        assert server.process.poll() is None, f"it did not start:\n{server.said()}"
        try:
            answer, _ = server.ask("/healthz")
        except OSError:
            time.sleep(0.1)
            continue
        if answer.status == 200:
            return
    raise AssertionError(f"it does not answer:\n{server.said()}")
