"""Jobs as processes of this host: Dash's DiskcacheManager, shared and bounded."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dash import DiskcacheManager
from dash.background_callback.managers import BaseBackgroundCallbackManager

from dashboard.jobs.jobs import STARTING, JobManager, JobsError
from dashboard.jobs.timeouts import WAITS
from dashboard.server.shared_store import DiskStore

END_SECONDS = 3.0


class LocalJobs(JobManager, DiskcacheManager):
    """Dash's DiskcacheManager, whose jobs are fresh processes and end with the server.

    Dash forks. A fork of a server with threads can hold a lock that no thread of it will ever let
    go, and it holds the server's sockets. So a job is an interpreter of its own
    (dashboard/jobs/process_main.py). It waits until one of the host's `most` places is free, and
    needs next to nothing for it. Where the server ends, so do its jobs; where it cannot see to
    that, they miss being watched.

    folder: of the job store. observer: is told `started` and, once for each, `ended` or `died`, in
    the process that started the job. setting: what `factory.app_context_of` makes a context from
    """

    def __init__(
        self,
        folder: Path,
        *,
        identify: Callable[[Sequence[Any]], str] = str,
        most: int,
        deadline: float,
        setting: Mapping[str, Any],
        observer: Callable[[str], None] = lambda _event: None,
    ) -> None:
        self.board: DiskStore = DiskStore(folder)
        self.identify = identify
        self.most = most
        self.deadline = deadline
        self._setting = setting
        self._observer = observer
        self._children: list[subprocess.Popen[bytes]] = []
        self._guard = threading.Lock()
        self._ends_in: int | None = None
        # As DiskcacheManager begins, but for importing psutil and multiprocess to see that they are
        # there, which is a twentieth of a start: Dash imports psutil where it ends a job, and
        # these jobs do not come from multiprocess.
        self.handle, self.expire = self.board.store, None
        BaseBackgroundCallbackManager.__init__(self, None)  # type: ignore[no-untyped-call]

    def send(self, key: str, arguments: Sequence[Any]) -> None:
        """Start a process. Raises JobsError where the host has none to give."""
        order = {
            "folder": str(self.board.folder),
            "most": self.most,
            "deadline": self.deadline,
            "key": key,
            "arguments": list(arguments),
            "setting": self._setting,
        }
        with self._guard:
            self._reap()
            if self._ends_in != os.getpid():
                atexit.register(self.end)
                self._ends_in = os.getpid()
            try:
                # A session of its own: Ctrl-C in a terminal is for the server, which ends it.
                child = subprocess.Popen(
                    [sys.executable, "-m", "dashboard.jobs.process_main", key],
                    cwd=Path(__file__).parents[2],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError as fault:
                raise JobsError(f"no process for a job: {fault}") from fault
            self._children.append(child)
            self._observer("started")
        assert child.stdin is not None  # noqa: S101  (a pipe was asked for)
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(json.dumps(order).encode())

    def waiting_text(self, key: str) -> str:
        """Why a job that was sent has not begun. Raises BoardError."""
        if self.board.read(f"{key}-sent") != WAITS:
            return STARTING
        jobs = "job runs" if self.most == 1 else "jobs run"
        return f"Waiting for its turn: at most {self.most} {jobs} at once."

    def get_result(self, key: str, job: str | None) -> Any:
        """As JobManager; processes that have ended are let go of."""
        with self._guard:
            self._reap()
        return super().get_result(key, job)

    def end(self) -> None:
        """End the processes that were started here; called where the server ends."""
        with self._guard:
            self._reap()
            children, self._children = self._children, []
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            self._observer("ended")

    def _reap(self) -> None:
        for child in list(self._children):
            if child.poll() is not None:
                self._children.remove(child)
                self._observer("died" if child.returncode else "ended")
