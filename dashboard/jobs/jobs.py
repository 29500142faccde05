"""What this program asks of a background callback manager beyond Dash's own.

Dash starts a process or task for every request, hands its progress and its result to whoever asks
first, and kills it by its number when one tab goes on. Here tabs *watch* a job instead:

- Tabs that ask for the same thing watch the same job, and each of them gets its result.
- A tab that cancels stops watching. A job that nobody watches ends by itself: also where a tab was
  closed, a browser crashed or a web host went away, none of which Dash is told.
- A job says that it lives. Where it does not any more (killed, out of memory, its host gone), the
  next tab that looks after it has it started again, so that what it kept is not lost on anybody.
- A job has a deadline, and no more than JOBS run at once; how is the managers' own matter.

Wherever a job runs, it is `dashboard.jobs.job_kinds.perform` that does it: processes and workers
need no Dash application.

Names on the board, for a job with the key K (Dash's hash; here of what is to be done, and of
nothing else):

    K           its result, as Dash writes it
    K-progress  how far it is, as Dash writes it
    K-order     the arguments to start it with
    K-sent      it was started, and has RESEND_SECONDS to say that it lives, or that it waits
    K-alive     it runs; says which run of it, and runs out where it does not say so again
    K-watched   somebody looks after it
    K-runs      how often it was begun and did not come to an end
    K-left-T    the tab T cancelled
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from hashlib import sha256
from typing import Any

from core.errors import AtlasError
from dashboard.jobs.timeouts import (
    ALIVE_SECONDS,
    BEAT_SECONDS,
    MOST_RUNS,
    ORDER_SECONDS,
    RESEND_SECONDS,
    RESULT_SECONDS,
    UNWATCHED_SECONDS,
    WATCH_SECONDS,
    WRITTEN_SECONDS,
)
from dashboard.server.shared_store import SharedStore, SharedStoreError
from dashboard.state.context import log_failure

log = logging.getLogger(__name__)

NOT_DONE = {"not": "done"}
"""In place of a result: this run ended without one, for reasons of its own."""

STARTING = "Starting …"


class JobOverError(Exception):
    """A job is to end now: `reason` says why, for people; empty where nobody is there to read."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class JobsError(Exception):
    """A job cannot be started."""


class Job:
    """What a background callback gets as its first argument: how far it is, and whether to end."""

    def __init__(
        self,
        board: SharedStore,
        key: str,
        run: str,
        *,
        tell: Callable[[Any], None],
        deadline: float,
        closing: Callable[[], bool],
    ) -> None:
        self._board, self._key, self._run = board, key, run
        self._tell, self._deadline, self._closing = tell, deadline, closing
        self._next_told = 0.0
        self._begun = self._watched = self._heard = time.monotonic()
        self._over: str | None = None
        self._left = threading.Event()

    def progress(self, done: int, total: int, text: str) -> None:
        """Say how far it is; twice a second at most reaches the board."""
        now = time.monotonic()
        if now >= self._next_told or done >= total:
            self._next_told = now + 0.5
            # Where nobody can be told, the job goes on nevertheless.
            with contextlib.suppress(Exception):
                self._tell([str(done), str(max(total, 1)), text])

    def is_over(self) -> bool:
        """True once it has to end: to be asked often; `check` says why."""
        return self._over is not None

    def check(self) -> None:
        """Raise JobOverError once it has to end."""
        if self._over is not None:
            raise JobOverError(self._over)

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """Say that it lives and see who watches, in a thread: also while files are read."""
        thread = threading.Thread(target=self._beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._left.set()
            thread.join()

    def _beat(self) -> None:
        while self._over is None and not self._left.wait(BEAT_SECONDS):
            self._look()

    def _look(self) -> None:
        now = time.monotonic()
        if self._closing():
            self._over = ""
            return
        if now - self._begun > self._deadline:
            self._over = f"it took longer than the {duration(self._deadline)} a job may take"
            return
        try:
            if self._board.read(f"{self._key}-alive") not in (None, self._run):
                self._over = ""  # taken for dead, and another run does the same
                return
            self._board.write(f"{self._key}-alive", self._run, ALIVE_SECONDS)
            if self._board.read(f"{self._key}-watched"):
                self._watched = now
            self._heard = now
        except SharedStoreError:
            if now - self._heard < WATCH_SECONDS:
                self._watched = now  # the board may come back
        if now - self._watched > UNWATCHED_SECONDS:
            self._over = ""


class JobManager:
    """To be put before one of Dash's managers; see the top of this module.

    identify: the arguments of a background callback -> what is to be done, as text; equal texts
        are the same job. Raises AtlasError for arguments that mean nothing.
    most: jobs at once; deadline: seconds a job may take
    """

    board: SharedStore
    identify: Callable[[Sequence[Any]], str]
    most: int
    deadline: float
    UNDEFINED: object

    # -- what Dash calls -----------------------------------------------------------------------

    def build_cache_key(self, fn: Any, args: Any, _ignored: Any, _triggered: Any) -> str:
        """The key of a job: Dash's, but of what is to be done and nothing else."""
        given = list(args.values()) if isinstance(args, dict) else list(args)
        what = json.dumps([getattr(fn, "__name__", ""), self.identify(given)])
        return sha256(what.encode()).hexdigest()

    def make_job_fn(self, fn: Any, _progress: Any, key: str | None = None) -> Any:
        """Dash's job function around one that takes a Job in place of `set_progress`."""
        return super().make_job_fn(self._begun(fn), True, key)  # type: ignore[misc]

    def call_job_fn(self, key: str, _job_fn: Any, args: Any, _context: Any) -> str:
        """Watch a job, and start it unless it runs; returns the handle Dash gives to the tab."""
        given = list(args.values()) if isinstance(args, dict) else list(args)
        try:
            if self.board.read(f"{key}-alive") is None:
                # What an earlier run left is not the answer to a question asked now.
                self.board.remove(key, f"{key}-progress", f"{key}-runs")
            self.board.write(f"{key}-order", given, ORDER_SECONDS)
            self.board.write(f"{key}-watched", True, WATCH_SECONDS)
            self._ensure(key)
        except SharedStoreError as fault:
            raise JobsError(f"the job store does not answer: {fault}") from fault
        return f"{key}.{secrets.token_hex(8)}"

    def get_progress(self, key: str) -> Any:
        """How far a job is, for every tab that asks: Dash's own takes it away with the first."""
        try:
            if self.board.read(f"{key}-alive") is not None:
                return self.board.read(f"{key}-progress")
            return ["0", "1", self.waiting_text(key)]
        except SharedStoreError:
            return None

    def get_result(self, key: str, job: str | None) -> Any:
        """The result, for every tab that watches; looking after a job is done here as well."""
        if job is None or not self.job_running(job):
            return self.UNDEFINED
        try:
            self.board.write(f"{key}-watched", True, WATCH_SECONDS)
            result = self._result(key)
            if result is None:
                self._ensure(key)
                return self.UNDEFINED
            self.board.write(f"{key}-left-{job.rpartition('.')[2]}", True, RESULT_SECONDS)
            return result
        except SharedStoreError:
            return self.UNDEFINED
        except JobsError as fault:
            log.warning("%s; tried again in %.0f s", fault, RESEND_SECONDS)
            return self.UNDEFINED

    def job_running(self, job: str) -> bool:
        """Whether a tab has a job to wait for."""
        key, _, tab = job.rpartition(".")
        try:
            if self.board.read(f"{key}-left-{tab}"):
                return False
            return self.board.read(f"{key}-order") is not None
        except SharedStoreError:
            return True  # no news is no end

    def terminate_job(self, job: str | None) -> None:
        """A tab goes: it cancelled, has its result, or asks for something else."""
        if job is None:
            return
        key, _, tab = job.rpartition(".")
        with contextlib.suppress(SharedStoreError):
            if not self.board.read(f"{key}-left-{tab}"):
                self.board.write(f"{key}-left-{tab}", True, ORDER_SECONDS)
                # Whoever else watches says so again before the job misses it.
                self.board.remove(f"{key}-watched")

    def terminate_unhealthy_job(self, _job: str) -> bool:
        """Never: a job that does not live is started again, or its tabs are told."""
        return False

    def clear_cache_entry(self, _key: str) -> None:
        """Nothing: results run out, and every tab that watches gets them."""

    def get_updated_props(self, _key: str | None) -> dict[str, Any]:
        """Nothing: jobs say what they have to say by progress and result."""
        return {}

    def get_or_create_signing_secret(self, generate: Callable[[], bytes]) -> str:
        """The secret that all web processes sign handles with."""
        name = "signing-secret"
        self.board.add(name, generate().decode(), None)
        return str(self.board.read(name))

    # -- what the managers do ------------------------------------------------------------------

    def send(self, key: str, arguments: Sequence[Any]) -> None:
        """Have a job started somewhere. Raises JobsError where that cannot be done."""
        raise NotImplementedError

    def waiting_text(self, key: str) -> str:
        """Why a job that was sent has not begun. Raises SharedStoreError."""
        raise NotImplementedError

    def unattended(self) -> str:
        """Why nobody would do a job at present; empty where somebody does.

        Raises SharedStoreError.
        """
        return ""

    def closing(self) -> bool:
        """Whether the process this is called in has been told to end."""
        return False

    # -- within ----------------------------------------------------------------------------------

    def _ensure(self, key: str) -> None:
        """Start a job unless it runs, has ended, or was started just now."""
        if self._runs_or_has_ended(key):
            return
        order = self.board.read(f"{key}-order")
        if order is None or not self.board.add(f"{key}-sent", True, RESEND_SECONDS):
            return
        # A job takes that name away when it begins: perhaps between the first look and the adding.
        if self._runs_or_has_ended(key):
            self.board.remove(f"{key}-sent")
            return
        self.send(key, order)

    def _runs_or_has_ended(self, key: str) -> bool:
        return self.board.read(f"{key}-alive") is not None or self._result(key) is not None

    def _result(self, key: str) -> Any:
        result = self.board.read(key)
        return None if result == NOT_DONE else result

    def _left_as_it_is(self, key: str) -> Any:
        """What a run without a result of its own returns: Dash writes it over what stands there."""
        with contextlib.suppress(SharedStoreError):
            return self._result(key) or NOT_DONE
        return NOT_DONE

    def _begun(self, fn: Any) -> Any:
        @wraps(fn)
        def begun(set_progress: Callable[[Any], None], key: str, *arguments: Any) -> Any:
            try:
                with self._running(key, set_progress) as job:
                    return fn(job, *arguments)
            except JobOverError as over:
                return {"ended": over.reason} if over.reason else self._left_as_it_is(key)
            except AtlasError as error:
                return {"ended": str(error)}
            except Exception as error:
                reference = log_failure("a job", error)
                return {"ended": f"the program failed; the log has the details under {reference}"}

        return begun

    @contextlib.contextmanager
    def _running(self, key: str, tell: Callable[[Any], None]) -> Iterator[Job]:
        """A Job. Raises JobOverError where another run does or did it, or nobody waits for it."""
        run = secrets.token_hex(8)
        if not self.board.read(f"{key}-watched") or self._result(key) is not None:
            raise JobOverError("")
        if not self.board.add(f"{key}-alive", run, ALIVE_SECONDS):
            raise JobOverError("")
        begun = int(self.board.read(f"{key}-runs") or 0) + 1
        self.board.write(f"{key}-runs", begun, ORDER_SECONDS)
        self.board.remove(f"{key}-sent", f"{key}-progress")
        try:
            if begun > MOST_RUNS:
                raise JobOverError(f"it was killed {MOST_RUNS} times; its host's log may say why")
            job = Job(self.board, key, run, tell=tell, deadline=self.deadline, closing=self.closing)
            with job.alive():
                yield job
        finally:
            with contextlib.suppress(SharedStoreError):
                self.board.remove(f"{key}-runs")
                if self.board.read(f"{key}-alive") == run:
                    # Not taken away: first Dash writes the result, and until then it is not lost.
                    self.board.write(f"{key}-alive", run, WRITTEN_SECONDS)


def duration(seconds: float) -> str:
    """`5 s`, `3 min`, `2 h 10 min`: no more exact than an estimate is."""
    if seconds < 59.5:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
