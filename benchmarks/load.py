"""Many people at once: sessions recorded from a browser, replayed against gunicorn.

python -m benchmarks.load [--people 50] [--seconds 120] [--cold-starts 10] [--sessions FILE]

A server of its own is started as the Procfile does, with an empty cache. Chromium walks through
the page and every request it makes is recorded; then each person replays one session after the
other: the same requests, each as long after those it waited for as in the browser. More than a
fifth of the callbacks are changed to ask for what nobody asked before, so that core computes.
Clients and server share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import itertools
import json
import os
import platform
import random
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

from benchmarks.sessions import CALLBACKS, Recorded, Session, kept, read, recorded
from core.io import open_study
from core.study import Study

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "atlantis" / "study"
UNCACHED_SHARE = 0.22
"""Of all callbacks; a fifth is to be reached."""
LONGEST_PAUSE = 10.0
CONNECTIONS = 6
"""A browser has no more to one host."""
IDLE_SECONDS = 1.5
"""Connections that waited longer are not used again: gunicorn closes them after two seconds."""
START_SECONDS = 120
ARRIVAL_SECONDS = 10.0
"""In which everybody opens the page for the first time."""
PARTS = 8
"""Of the run, told apart in the report."""
MEMORY_EVERY = 30.0
"""Seconds after which the workers' memory is read again."""
FAULTS = ("Traceback", ", reference ", "[CRITICAL]")


@dataclass(frozen=True)
class Asked:
    """One answer. kind: page, file, cached, uncached or other."""

    kind: str
    name: str
    status: int
    began: float
    seconds: float


@dataclass
class Crowd:
    """What all people share: what was asked before, and what came of it."""

    port: int
    study: Study
    draw: random.Random
    answered: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    callbacks: int = 0
    uncached: int = 0
    reopened: int = 0

    def body(self, request: Recorded) -> tuple[str, str]:
        """The body to send for a callback, and whether it is `cached`, `uncached` or neither."""
        self.callbacks += 1
        body = request.body
        if self.uncached < UNCACHED_SHARE * self.callbacks and self.draw.random() < 0.5:
            body = self._changed(body)
        if body in self.answered:
            return body, "cached"
        # Asked for the first time, or still under way for somebody else.
        first = body not in self.tried
        self.tried.add(body)
        if first and _computes(json.loads(body)):
            self.uncached += 1
            return body, "uncached"
        return body, "other"

    def _changed(self, body: str) -> str:
        """The same question about other seeds, tasks, checkpoints: one that nobody asked."""
        document = json.loads(body)
        if not _computes(document):
            return body
        query = document["inputs"][0]["value"]["query"]
        for _ in range(50):
            for key, values in self._variations().items():
                if key in query:
                    query[key] = values
            changed = json.dumps(document, separators=(",", ":"))
            if changed not in self.tried:
                return changed
        return body

    def _variations(self) -> dict[str, list[str]]:
        draw, study = self.draw, self.study
        seeds = sorted({run.seed for run in study.runs})
        tasks = [task.name for task in study.tasks]
        chosen = draw.sample(seeds, draw.randint(2, len(seeds)))
        return {
            "seeds": [",".join(map(str, sorted(chosen)))],
            "exclude": draw.sample(tasks, draw.randint(0, 2)) or [""],
            "scale": [draw.choice(("published", "strict"))],
            "method": [draw.choice(("ft1", "ftwb1", "ftwb2", "ftwb3"))],
            "layer": [str(draw.choice((3, 4, 5, 6)))],
        }


def _computes(document: Any) -> bool:
    """Whether it is a figure's callback: told by a store what to show, and there is something."""
    inputs = document.get("inputs") or [{}]
    query = (inputs[0].get("value") or {}) if isinstance(inputs[0], dict) else {}
    query = query.get("query") if isinstance(query, dict) else None
    fed = str(inputs[0].get("id", "")).startswith("figure-input-")
    # The panel beside the figures shows what is selected.
    empty = "panel" in str(inputs[0].get("id", "")) and query and not any(query.get("select", ()))
    return bool(fed and query and not empty)


class Visitor:
    """One browser: its connections, what it has kept, one session after the other."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._tags: dict[str, str] = {}
        self._kept: set[str] = set()

    async def replay(self, session: Session, until: float) -> None:
        """Send every request as long after those it waited for as it was recorded."""
        done = [asyncio.Event() for _ in session]
        ends = sorted((request.ended, n) for n, request in enumerate(session))
        async with asyncio.TaskGroup() as tasks:
            for n, request in enumerate(session):
                before = [m for ended, m in ends if ended <= request.began]
                latest = session[before[-1]].ended if before else request.began
                pause = min(request.began - latest, LONGEST_PAUSE)
                tasks.create_task(
                    self._one(request, pause, [done[m] for m in before], done[n], until)
                )

    async def _one(
        self,
        request: Recorded,
        pause: float,
        before: Sequence[asyncio.Event],
        done: asyncio.Event,
        until: float,
    ) -> None:
        try:
            for event in before:
                await event.wait()
            await asyncio.sleep(max(0.0, min(pause, until - time.monotonic())))
            if time.monotonic() < until and request.path not in self._kept:
                await self._ask(request)
        finally:
            done.set()

    async def _ask(self, request: Recorded) -> None:
        crowd, body, kind = self._crowd, request.body, _kind(request)
        if kind == "callback":
            body, kind = crowd.body(request)
        began = time.monotonic()
        try:
            async with self._free:
                status = await self._answered(request, body.encode())
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            crowd.failed.append(f"{request.method} {request.path[:80]}: {error!r}")
            return
        seconds = time.monotonic() - began
        if status >= 400:
            crowd.failed.append(f"{request.method} {request.path[:80]}: {status}")
        elif request.body:
            crowd.answered.add(body)
        crowd.asked.append(Asked(kind, _name(request), status, began, seconds))

    async def _answered(self, request: Recorded, body: bytes) -> int:
        """The status. A connection that was closed while nobody used it is opened again.

        Browsers do the same with what they sent into one before any answer came.
        """
        while self._idle:
            reader, writer, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS:
                try:
                    return await self._exchange(request, body, reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    writer.close()
                    if getattr(error, "partial", b""):
                        raise
                    self._crowd.reopened += 1
                    break
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._crowd.port, limit=2**20)
        return await self._exchange(request, body, reader, writer)

    async def _exchange(
        self,
        request: Recorded,
        body: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> int:
        lines = [
            f"{request.method} {request.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._crowd.port}",
            "Accept-Encoding: gzip, deflate, br",
            *[f"{name}: {text}" for name, text in request.headers.items()],
        ]
        if tag := self._tags.get(request.path):
            lines.append(f"If-None-Match: {tag}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = {
            name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head)
        }
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        elif status not in (204, 304):
            await reader.readexactly(int(headers["content-length"]))
        if "immutable" in headers.get("cache-control", ""):
            self._kept.add(request.path)
        elif status == 200 and "etag" in headers:
            self._tags[request.path] = headers["etag"]
        if headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer, time.monotonic()))
        return status

    def leave(self) -> None:
        """Close every connection."""
        for _, writer, _ in self._idle:
            writer.close()
        self._idle.clear()


def _kind(request: Recorded) -> str:
    path = urlsplit(request.path).path
    if path == CALLBACKS:
        return "callback"
    if path.startswith(("/assets/", "/_dash-component-suites/")):
        return "file"
    return "page" if path in ("/", "/_dash-layout", "/_dash-dependencies") else "other"


def _name(request: Recorded) -> str:
    """The first output of a callback; of anything else its path."""
    if urlsplit(request.path).path != CALLBACKS:
        return urlsplit(request.path).path
    output = str(json.loads(request.body)["output"])
    return output.strip(".").split("...")[0]


async def crowd_of(
    crowd: Crowd, sessions: Sequence[Session], *, people: int, seconds: float, workers: list[int]
) -> list[tuple[float, list[float]]]:
    """Let people come and walk for so long; returns the workers' memory in MiB as it went."""
    began = time.monotonic()
    memory: list[tuple[float, list[float]]] = []

    async def person(number: int) -> None:
        visitor = Visitor(crowd)
        await asyncio.sleep(min(ARRIVAL_SECONDS, seconds / 4) * number / people)
        for session in itertools.islice(itertools.cycle(sessions), number, None):
            if time.monotonic() - began >= seconds:
                break
            await visitor.replay(session, began + seconds)
        visitor.leave()

    async def watch() -> None:
        for at in range(1, int(seconds // MEMORY_EVERY) + 1):
            await asyncio.sleep(max(0.0, at * MEMORY_EVERY - (time.monotonic() - began)))
            memory.append((at * MEMORY_EVERY, [resident(pid) for pid in workers]))

    await asyncio.gather(watch(), *[person(number) for number in range(people)])
    return memory


# -- the server ------------------------------------------------------------------------------------


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


def cold_starts(sessions: Sequence[Session], study: Study, *, starts: int, people: int) -> str:
    """Start servers while people are at the door already; in words what came of it."""
    answers: Counter[int] = Counter()
    failed: list[str] = []
    for start in range(starts):
        with tempfile.TemporaryDirectory() as folder:
            with gunicorn(Path(folder), workers=2, threads=4) as server:
                crowd = Crowd(server.port, study, random.Random(start))  # noqa: S311
                firsts = [first_visit(session) for session in sessions]
                asyncio.run(_rush(crowd, firsts, people))
            answers.update(asked.status for asked in crowd.asked)
            failed += [*crowd.failed, *server.faults()]
    for line in failed[:10]:
        print(f"  {line}", file=sys.stderr)
    counts = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
    return f"{starts} cold starts, {people} people at the door: {counts}; {len(failed)} failures"


def first_visit(session: Session) -> Session:
    """The requests until the first figures stand: what comes before anybody has looked around."""
    for earlier, later in itertools.pairwise(session):
        if earlier.path.startswith(CALLBACKS) and later.began - earlier.ended > 1:
            return tuple(request for request in session if request.began <= earlier.began)
    return session


async def _rush(crowd: Crowd, sessions: Sequence[Session], people: int) -> None:
    async def person(number: int) -> None:
        visitor = Visitor(crowd)
        await visitor.replay(sessions[number % len(sessions)], time.monotonic() + START_SECONDS)
        visitor.leave()

    await asyncio.gather(*[person(number) for number in range(people)])


# -- what it says ----------------------------------------------------------------------------------

ROWS = {
    "cached": "callbacks asked before",
    "uncached": "callbacks nobody asked before",
    "other": "other callbacks, downloads, news of the files",
    "page": "page, layout, dependencies",
    "file": "scripts, styles, fonts",
}


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that is at least as large as that share of all."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def row(name: str, seconds: Sequence[float]) -> str:
    """One row of the table, in milliseconds."""
    if not seconds:
        return f"| {name} | 0 | | | | |"
    parts = (
        statistics.median(seconds),
        quantile(seconds, 0.95),
        quantile(seconds, 0.99),
        max(seconds),
    )
    return f"| {name} | {len(seconds)} | " + " | ".join(f"{1000 * s:.0f}" for s in parts) + " |"


HEADER = "| | requests | median ms | p95 ms | p99 ms | longest ms |\n|---|---|---|---|---|---|"


def slices(crowd: Crowd, began: float, seconds: float) -> Iterator[str]:
    """The callbacks asked before, as the run went: a row for each part of it."""
    parts: dict[int, list[float]] = defaultdict(list)
    for asked in crowd.asked:
        if asked.kind == "cached":
            parts[int(PARTS * (asked.began - began) / seconds)].append(asked.seconds)
    for part, found in sorted(parts.items()):
        yield row(f"from {seconds * part / PARTS:.0f} s", found)


def report(crowd: Crowd, began: float, seconds: float, slowest: int) -> None:
    """The tables: by kind of request, and the callbacks that take longest."""
    kinds: dict[str, list[float]] = defaultdict(list)
    names: dict[str, list[float]] = defaultdict(list)
    for asked in crowd.asked:
        kinds[asked.kind].append(asked.seconds)
        if asked.kind == "cached":
            names[asked.name].append(asked.seconds)
    print(HEADER)
    for kind, name in ROWS.items():
        print(row(name, kinds[kind]))
    print(f"\n{len(crowd.asked) / seconds:.0f} requests a second;", end=" ")
    print(
        f"{crowd.uncached} of {crowd.callbacks} callbacks"
        f" ({crowd.uncached / max(crowd.callbacks, 1):.0%}) with keys nobody asked before;"
        f" {len(crowd.failed)} failures, {crowd.reopened} connections opened again"
    )
    for line in crowd.failed[:10]:
        print(f"  {line}", file=sys.stderr)
    print(f"\nCallbacks asked before, as the run went\n\n{HEADER}")
    print("\n".join(slices(crowd, began, seconds)))
    if slowest:
        print(f"\nCached callbacks by their first output\n\n{HEADER}")
        order = sorted(names, key=lambda name: -sum(names[name]))
        for name in order[:slowest]:
            print(row(name, names[name]))


def machine() -> str:
    """What it ran on, when, and what else ran there."""
    models = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return (
        f"{models[0] if models else platform.processor()}, {os.cpu_count()} cores;"
        f" Python {platform.python_version()};"
        f" {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC, load {load}"
    )


def main() -> None:
    """Run it and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--cold-starts", type=int, default=10)
    parser.add_argument("--door", type=int, default=12, help="people who wait for a cold start")
    parser.add_argument("--pause", type=float, default=4.0, help="seconds people look at a figure")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--slowest", type=int, default=12, help="callbacks to list")
    parser.add_argument("--sessions", type=Path, help="read them there; record them if not there")
    options = parser.parse_args()
    study = open_study(EXAMPLE)
    print(f"{machine()}, before\n")
    with tempfile.TemporaryDirectory() as folder:
        if options.sessions and options.sessions.exists():
            sessions = read(options.sessions)
        else:
            with gunicorn(Path(folder), workers=1, threads=4) as server:
                sessions = recorded(server.url, pause=options.pause)
            if options.sessions:
                kept(options.sessions, sessions)
    with tempfile.TemporaryDirectory() as folder:
        with gunicorn(Path(folder), workers=options.workers, threads=options.threads) as server:
            workers = forked(server, options.workers)
            crowd = Crowd(server.port, study, random.Random(0))  # noqa: S311
            spent = [processor_seconds(pid) for pid in workers]
            own, began = time.process_time(), time.monotonic()
            memory = asyncio.run(
                crowd_of(
                    crowd,
                    sessions,
                    people=options.people,
                    seconds=options.seconds,
                    workers=workers,
                )
            )
            own = time.process_time() - own
            spent = [processor_seconds(pid) - s for pid, s in zip(workers, spent, strict=True)]
            events = server.cache_events()
        print(
            f"{machine()}, at the end\n{options.people} people for {options.seconds:.0f} s,"
            f" {options.workers} workers × {options.threads} threads\n"
        )
        report(crowd, began, options.seconds, options.slowest)
        print("\nMemory of the workers, MiB:", end=" ")
        sizes = ("+".join(f"{size:.0f}" for size in at) for _, at in memory)
        whens = (f"{when:.0f} s" for when, _ in memory)
        print(", ".join(f"{size} at {when}" for when, size in zip(whens, sizes, strict=True)))
        counts = ", ".join(f"{count} {event}" for event, count in sorted(events.items()))
        print(f"Cache: {counts}")
        print(f"Processor seconds: {sum(spent):.0f} of the workers, {own:.0f} of the clients")
        print(f"Faults in the server's log: {len(server.faults())}")
        for line in server.faults()[:10]:
            print(f"  {line}", file=sys.stderr)
    if options.cold_starts:
        print(cold_starts(sessions, study, starts=options.cold_starts, people=options.door))
    print(f"\n{machine()}, after")


if __name__ == "__main__":
    main()
