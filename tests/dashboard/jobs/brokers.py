"""A Redis of our own, and Celery workers at it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from dashboard.jobs.celery_backend import connect
from tests.dashboard.jobs.tabs import until
from tests.forks import Fork
from tests.processes import free_port, started


class Redis:
    """A server on a free port of this host; it keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        name = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
        if name is None and (name := shutil.which("valkey-server")) is None:
            pytest.fail("there is no redis-server: install one, or set REDIS_SERVER")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self.process = subprocess.Popen(
            [name, *options, str(self.folder)], stdout=subprocess.DEVNULL
        )
        with connect(self.url) as client:
            until(lambda: answers(client))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def answers(client) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


@contextlib.contextmanager
def working(
    server, folder, studies, *, fresh=False, **settings
) -> Iterator[subprocess.Popen[bytes] | Fork]:
    """A worker with a cache of its own, as if it were another host. fresh: as `started`."""
    folder.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "REDIS_URL": server.url,
        "STUDY": os.pathsep.join(str(study.folder) for study in studies),
        "CACHE_DIR": str(folder / "cache"),
        **settings,
    }
    with (folder / "log").open("w") as log:
        command = [sys.executable, "-m", "celery", "-A", "dashboard.jobs.worker", "worker"]
        process = started(command, environment, log, log, fresh=fresh)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in (folder / "log").read_text()
