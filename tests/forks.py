"""Processes of the program that need not import it: forks of one that has done nothing else.

To import it takes 1.5 s of a core, as long as most tests of a real process take for the rest. What
is forked has its own arguments, environment, folder and files, and everything that `tests.imported`
imports. Tests of what a start imports, or of a start itself, ask for a fresh process.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
FORKED = (
    "celery",
    "dashboard",
    "dashboard.jobs.process_main",
    "gunicorn",
    "tests.faults.taken",
)
"""Modules that are run as programs in a fork."""
ONCE = ("PYTHON", "LD_", "OMP_", "OPENBLAS_", "MALLOC_")
"""How names of variables begin that are read when an interpreter or a library is loaded."""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.imported"])


class Fork:
    """A process that was forked, as far as tests ask one of `subprocess.Popen`."""

    def __init__(
        self, process: multiprocessing.context.ForkServerProcess, stdin: IO[bytes] | None = None
    ) -> None:
        self._process = process
        self.stdin = stdin
        self.pid = process.pid
        self.terminate = process.terminate
        self.kill = process.kill

    @property
    def returncode(self) -> int | None:
        """The exit code, below 0 for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired."""
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)


class _File:
    """An open file that is passed on to a fork."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (DupFd(self.number),)


def _received(passed: Any) -> _File:
    return _File(passed.detach())


def can_fork(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a fork is as good as what this command starts."""
    known = list(command[:2]) == [sys.executable, "-m"] and command[2] in FORKED
    names = {name for name in {*environment, *os.environ} if name.startswith(ONCE)}
    return known and all(environment.get(name) == os.environ.get(name) for name in names)


def fork(command: Sequence[str], environment: Mapping[str, str], out: int, error: int) -> Fork:
    """Run a command that `can_fork` in the project's folder. out, error: where it writes."""
    given = (list(command[2:]), dict(environment), _File(out), _File(error))
    process = FORKS.Process(target=_become, args=given)
    process.start()
    return Fork(process)


def forked_job(command: Sequence[str], **_as_usual: Any) -> Fork:
    """What `dashboard.jobs.process_backend` starts; the order goes to its stdin, as there."""
    assert can_fork(command, os.environ)
    read, write = os.pipe()
    with Path(os.devnull).open("wb") as nowhere:
        given = (list(command[2:]), dict(os.environ), _File(nowhere.fileno()), _File(2))
        process = FORKS.Process(target=_become, args=(*given, _File(read)))
        process.start()
    os.close(read)
    return Fork(process, os.fdopen(write, "wb"))


def _become(
    arguments: list[str],
    environment: dict[str, str],
    out: _File,
    error: _File,
    stdin: _File | None = None,
) -> None:
    """In the fork: be the program, one with a stdin of its own in a session of its own."""
    for file, place in ((out, 1), (error, 2), (stdin, 0)):
        if file is not None:
            os.dup2(file.number, place)
            os.close(file.number)
    if stdin is not None:
        os.setsid()
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  (a fork has none)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    tempfile.tempdir = None
    sys.argv = arguments
    if not hasattr(sys.modules.get(arguments[0]), "__path__"):
        sys.modules.pop(arguments[0], None)  # it is run, not imported
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    finally:
        atexit._run_exitfuncs()  # a fork ends without them
