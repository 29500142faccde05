"""gunicorn as the Procfile starts it, over the example study, with a cache of its own."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "atlantis" / "study"
START_SECONDS = 120
FAULTS = ("Traceback", ", reference ", "[CRITICAL]")


@dataclass(frozen=True)
class Server:
    """gunicorn, as the Procfile starts it."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[int]:
        """The process numbers of its workers."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [int(child) for child in children]

    def faults(self) -> list[str]:
        """What it said went wrong."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(word in line for word in FAULTS)]

    def cache_events(self) -> dict[str, int]:
        """Hits, misses and faults of the cache, of all workers."""
        with urlopen(f"{self.url}/metrics", timeout=60) as answer:  # noqa: S310  (our own server)
            text = answer.read().decode()
        found = re.findall(r'atlas_cache_events_total\{event="(\w+)"\} ([\d.e+]+)', text)
        return {event: int(float(count)) for event, count in found}


def resident(pid: int) -> float:
    """MiB of memory a process has, what it shares with its parent included."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def processor_seconds(pid: int) -> float:
    """Processor time a process has had."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def gunicorn(folder: Path, *, workers: int, threads: int, wait: bool = True) -> Iterator[Server]:
    """A server on the example study with its cache in `folder`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / f"server-{port}.log"
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "STUDY": str(EXAMPLE),
        "CACHE_DIR": str(folder / "cache"),
        "WEB_CONCURRENCY": str(workers),
        "LOG_LEVEL": "WARNING",
    }
    command = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--threads", str(threads), "dashboard.app:server"],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log)
    try:
        if wait:
            listening(server)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def listening(server: Server) -> None:
    """Wait until something listens; nothing is asked."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"the server did not start:\n{server.log.read_text()[-3000:]}")


def forked(server: Server, count: int) -> list[int]:
    """Wait for the workers; their process numbers."""
    deadline = time.monotonic() + START_SECONDS
    while len(workers := server.workers()) < count:
        if time.monotonic() > deadline:
            raise SystemExit("the workers did not start")
        time.sleep(0.05)
    return workers
