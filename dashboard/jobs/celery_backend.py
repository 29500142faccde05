"""Jobs as tasks of Celery workers: Dash's CeleryManager, shared between hosts through one Redis.

Whoever writes to that Redis can have workers compute, and no more: everything in it is JSON, or
arrays as core.cache.codec writes them, and never a pickle.
"""

from __future__ import annotations

import json
import mmap
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import redis
from celery import Celery
from celery.signals import worker_shutting_down
from dash import CeleryManager
from kombu.exceptions import KombuError

from core.cache.codec import CodecError, decode, encode
from dashboard.jobs.jobs import JobManager, JobsError
from dashboard.jobs.timeouts import RESEND_SECONDS
from dashboard.server.shared_store import SharedStoreError

if TYPE_CHECKING:
    from core.cache.result_cache import ResultCache


R = TypeVar("R")

TASK = "perform"
QUEUE = "transfer-atlas"
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
GRACE_SECONDS = 60
"""A task that goes on for so long after its deadline is killed by Celery."""

PING_SECONDS = 1.0
PINGED_SECONDS = 15.0
"""How long a worker's answer counts: anybody may ask /readyz, and threads wait for it meanwhile."""

SHELF_SECONDS = 30 * 24 * 3600
LARGEST_SHELVED = 64 * 2**20

_closing = mmap.mmap(-1, 1)
"""Shared with the processes a worker forks: 1 once it was told to end."""


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _close(**_: Any) -> None:
    """Celery waits for its tasks; ours are told to end."""
    _closing[0] = 1


def connect(url: str) -> redis.Redis:
    """A client that does not keep anybody waiting; it connects when it is first used."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS
    )


class RedisStore:
    """A board for all hosts that know the same Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def read(self, name: str) -> Any:
        """What stands there, None where nothing does."""
        try:
            found: Any = self._client.get(name)
            return None if found is None else json.loads(found)
        except (redis.RedisError, ValueError) as fault:
            raise SharedStoreError(str(fault)) from fault

    def write(self, name: str, value: Any, seconds: float) -> None:
        """Put something there, for so long."""
        try:
            self._client.set(name, json.dumps(value), px=round(seconds * 1000))
        except redis.RedisError as fault:
            raise SharedStoreError(str(fault)) from fault

    def add(self, name: str, value: Any, seconds: float | None) -> bool:
        """Put something where nothing stands; False, and nothing done, where something does."""
        px = None if seconds is None else round(seconds * 1000)
        try:
            return bool(self._client.set(name, json.dumps(value), px=px, nx=True))
        except redis.RedisError as fault:
            raise SharedStoreError(str(fault)) from fault

    def remove(self, *names: str) -> None:
        """Take it away."""
        try:
            self._client.delete(*names)
        except redis.RedisError as fault:
            raise SharedStoreError(str(fault)) from fault


class RedisKeyValueStore:
    """core.similarity.sweep.Shelf for several hosts: what one of them computed, all of them find.

    It stands on this host's cache and keeps there what it fetched. Without Redis it is that cache.
    """

    def __init__(self, cache: ResultCache, client: redis.Redis) -> None:
        self._cache = cache
        self._client = client

    def read(self, key: str, kind: type[R]) -> R | None:
        """What `keep` put under a key, here or on another host; None where there is nothing."""
        if (found := self._cache.read(key, kind)) is not None:
            return found
        try:
            data: Any = self._client.get(f"kept-{key}")
            if data is None:
                return None
            fetched = decode(data, kind)
        except (redis.RedisError, CodecError):
            return None
        self._cache.keep(key, fetched)
        return fetched

    def keep(self, key: str, value: Any) -> bool:
        """Put a value under a key that is free; False, and nothing done, where it is taken."""
        data = encode(value)
        if len(data) <= LARGEST_SHELVED:
            try:
                if not self._client.set(f"kept-{key}", data, ex=SHELF_SECONDS, nx=True):
                    return False
            except redis.RedisError:
                pass  # this host's cache has it all the same
        return self._cache.keep(key, value)


class CeleryJobs(JobManager, CeleryManager):
    """Dash's CeleryManager, whose tasks are watched, begun once and begun again where they died.

    Dash's own starts a task for every tab and revokes it when that tab goes on. A message that was
    lost with its worker would come back when Redis' visibility timeout is over, an hour later; here
    the tabs that watch send it again, and one that nobody sends again runs out.

    Each worker does `most` tasks at once and kills what goes on long after its deadline.
    """

    def __init__(
        self,
        url: str,
        *,
        identify: Callable[[Sequence[Any]], str] = str,
        most: int,
        deadline: float,
    ) -> None:
        self.board = RedisStore(connect(url))
        self.identify = identify
        self.most = most
        self.deadline = deadline
        self._pinged = -PINGED_SECONDS
        self._unattended = ""
        super().__init__(_celery(url, most, deadline))  # type: ignore[no-untyped-call]

    def send(self, key: str, arguments: Sequence[Any]) -> None:
        """Put the job in the queue. Raises JobsError where there is none."""
        try:
            self.handle.send_task(
                f"background_callback_{TASK}",
                args=[key, f"{key}-progress", [key, *arguments], {}],
                queue=QUEUE,
                expires=2 * RESEND_SECONDS,
                retry=False,
            )
        # RuntimeError is what Celery says after it has tried to reconnect for a while.
        except (OSError, redis.RedisError, KombuError, RuntimeError) as fault:
            raise JobsError(f"the job queue does not answer: {fault}") from fault

    def waiting_text(self, _key: str) -> str:
        """Why a job that was sent has not begun. Raises SharedStoreError."""
        return "In the queue: it begins as soon as a worker is free."

    def unattended(self) -> str:
        """That no worker answers, as it was within the last `PINGED_SECONDS`.

        Raises SharedStoreError.
        """
        if time.monotonic() - self._pinged > PINGED_SECONDS:
            try:
                answers = self.handle.control.ping(timeout=PING_SECONDS, limit=1)
            except (OSError, redis.RedisError, KombuError) as fault:
                raise SharedStoreError(str(fault)) from fault
            self._unattended = "" if answers else "no worker answers; long computations wait"
            self._pinged = time.monotonic()
        return self._unattended

    def closing(self) -> bool:
        """Whether this worker was told to end."""
        return _closing[0] == 1


def _celery(url: str, most: int, deadline: float) -> Celery:
    app = Celery("transfer_atlas", broker=url, backend=url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options={"socket_connect_timeout": CONNECT_SECONDS},
        redis_socket_connect_timeout=CONNECT_SECONDS,
        redis_socket_timeout=ANSWER_SECONDS,
        result_backend_transport_options={"retry_policy": {"timeout": ANSWER_SECONDS}},
        result_expires=3600,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_publish_retry=False,
        task_time_limit=round(deadline) + GRACE_SECONDS,
        worker_concurrency=most,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_redirect_stdouts=False,
    )
    return app
