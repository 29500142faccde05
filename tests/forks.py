"""Processes of the program that need not import it: forks of one that has done nothing else.

To import it takes 1.5 s of a core, as long as most tests of a real process take for the rest. What
is forked has its own arguments, environment, folder and files, and everything imported but what
decides by the environment how it counts (`dashboard.server.metrics`, and `dashboard.app` with it).
Tests of what a start imports, or of a start itself, ask for a fresh process.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORKED = ("dashboard", "gunicorn")
"""Modules that are run as programs in a fork."""
ONCE = ("PYTHON", "LD_", "OMP_", "OPENBLAS_", "MALLOC_")
"""How names of variables begin that are read when an interpreter or a library is loaded."""
_HEAD, _PID, _ENDED = struct.Struct("=Q"), struct.Struct("=q"), struct.Struct("=i")


class Fork:
    """A process that was forked, as far as tests ask one of `subprocess.Popen`."""

    def __init__(self, pid: int, told: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._told = told

    def poll(self) -> int | None:
        """The exit code, below 0 for a signal; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            try:
                said = self._told.recv(_ENDED.size)
            except OSError as late:
                raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0) from late
            assert said, f"nobody knows how {self.pid} ended"
            (self.returncode,) = _ENDED.unpack(said)
            self._told.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def can_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a fork is as good as what this command starts."""
    known = list(command[:2]) == [sys.executable, "-m"] and command[2] in FORKED
    names = {name for name in {*environment, *os.environ} if name.startswith(ONCE)}
    return known and all(environment.get(name) == os.environ.get(name) for name in names)


def fork(command: Sequence[str], environment: Mapping[str, str], out: int, error: int) -> Fork:
    """Run a command that `can_fork` in the project's folder. out, error: where it writes."""
    order = {"arguments": list(command[2:]), "environment": dict(environment)}
    text = json.dumps(order).encode()
    ours, theirs = socket.socketpair()
    with theirs, open(os.devnull, "rb") as nothing:  # noqa: PTH123
        files = [theirs.fileno(), nothing.fileno(), out, error]
        socket.send_fds(_stem(), [_HEAD.pack(len(text))], files)
        _stem().sendall(text)
    said = ours.recv(_PID.size)
    assert said, "the process that is forked is gone"
    return Fork(*_PID.unpack(said), ours)


@cache
def _stem() -> socket.socket:
    """The way to the process that is forked: one for each process that asks, and ends with it."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", "tests.forks", str(theirs.fileno())]
        stem = subprocess.Popen(
            command,
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    atexit.register(stem.wait)
    atexit.register(ours.shutdown, socket.SHUT_RDWR)
    return ours


# -- in the process that is forked -----------------------------------------------------------------


def _import_all() -> None:
    """Everything that needs no variable of the environment."""
    sys.modules["prometheus_client"] = None  # type: ignore[assignment]  # cannot be imported
    importlib.import_module("gunicorn.app.wsgiapp")
    for name in ("core", "dashboard"):
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(ImportError):
                    importlib.import_module(module.name)
    del sys.modules["prometheus_client"]
    gc.collect()
    gc.freeze()


def _next_order(orders: socket.socket) -> list[str] | None:
    """Fork for every order: in a fork its arguments, where nobody orders any more None."""
    noticed, notice = socket.socketpair()
    noticed.setblocking(False)
    notice.setblocking(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(notice.fileno())
    running: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([orders, noticed], [], [])
        if noticed in ready:
            noticed.recv(4096)
            _tell_ends(running)
        if orders not in ready:
            continue
        head, files, _, _ = socket.recv_fds(orders, _HEAD.size, 4)
        if not head:
            return None
        size = _HEAD.unpack(head)[0]
        order = json.loads(orders.recv(size, socket.MSG_WAITALL))
        asker = socket.socket(fileno=files[0])
        with warnings.catch_warnings(action="ignore"):  # of threads: linear algebra has some
            pid = os.fork()
        if pid == 0:
            for one in (orders, noticed, notice, asker, *running.values()):
                one.close()
            return _become(order, files[1:])
        asker.sendall(_PID.pack(pid))
        running[pid] = asker
        for file in files[1:]:
            os.close(file)


def _tell_ends(running: dict[int, socket.socket]) -> None:
    """Tell those who wait for a fork how it ended."""
    for pid in list(running):
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone:
            with running.pop(pid) as asker, contextlib.suppress(OSError):
                asker.sendall(_ENDED.pack(os.waitstatus_to_exitcode(status)))


def _become(order: Mapping[str, object], files: Sequence[int]) -> list[str]:
    """Make a fork the process of an order; its arguments."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    tempfile.tempdir = None
    gc.enable()
    return order["arguments"]


def _serve(orders: socket.socket) -> None:
    gc.disable()
    _import_all()
    arguments = _next_order(orders)
    if arguments is not None:
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
