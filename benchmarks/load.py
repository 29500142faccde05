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
import os
import platform
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.served import EXAMPLE, START_SECONDS, forked, gunicorn, processor_seconds, resident
from benchmarks.sessions import CALLBACKS, Session, kept, read, recorded
from benchmarks.visitors import Crowd, Visitor
from core.io import open_study
from core.study import Study

ARRIVAL_SECONDS = 10.0
"""In which everybody opens the page for the first time."""
PARTS = 8
"""Of the run, told apart in the report."""
MEMORY_EVERY = 30.0
"""Seconds after which the workers' memory is read again."""


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
