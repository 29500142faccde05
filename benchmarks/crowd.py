"""Ten people at a study of 1,000 tasks, and what an eleventh at a small one notices.

python -m benchmarks.crowd [--tasks 1000] [--people 10] [--seconds 120]

gunicorn as the Procfile starts it, with an empty cache, over a made-up study and the example. Each
of the people opens one tab of the large study after the other, with seeds of their own, as the page
does: all callbacks of the tab at once, asked again where the server is busy, a job ordered and
followed where a figure needs one. The eleventh clicks once a second through the tabs of the small
study, every third time at something nobody asked before. Clients and server share the machine.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.tabs import TABS
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "atlantis" / "study"
NEWS = "/_dash-update-component"
START_SECONDS = 300.0
PAUSE_S = 1.0
POLL_S = 1.0
WORKERS = {"WEB_CONCURRENCY": "2"}


@dataclass
class Said:
    """What came of it: seconds of each click of the eleventh, and of the crowd what it was told."""

    clicks: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    crowd: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """Once more."""
        with self.lock:
            self.crowd[what] += 1


class Person:
    """Somebody with a browser, at an address of their own."""

    def __init__(self, port: int, number: int, callbacks: list[dict[str, Any]]) -> None:
        self._port, self._number, self._callbacks = port, number, callbacks

    def ask(self, body: dict[str, Any], **query: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and the answer as JSON."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=600)
        try:
            headers = {
                "Content-Type": "application/json",
                "X-Forwarded-For": f"10.0.0.{self._number + 1}",
                "X-Forwarded-Host": "127.0.0.1",
            }
            path = f"{NEWS}?{urlencode(query)}" if query else NEWS
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            found = json.loads(text) if text[:1] == b"{" else None
            return answer.status, dict(answer.getheaders()), found
        finally:
            connection.close()

    def of_tab(self, tab: str, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """The requests a page makes for a tab."""
        told = {"query": {**query, "tab": [tab]}, "mode": "light"}
        return [
            _body(one, told)
            for one in self._callbacks
            if one["inputs"]
            and not one["clientside_function"]
            and one["inputs"][0]["id"].startswith(f"figure-input-{tab}")
        ]

    def follow(self, wanted: dict[str, Any], said: Said, until: float) -> None:
        """Order a job as the card does, and wait for its end."""
        (order,) = (one for one in self._callbacks if one["output"] == "job-ended.data")
        body = _body(order, {"times": 1, "work": wanted["work"]})
        _, _, begun = self.ask(body)
        if not begun or "cacheKey" not in begun:
            said.count("job refused")
            return
        keys = {"cacheKey": begun["cacheKey"], "job": begun["job"]}
        while time.monotonic() < until:
            time.sleep(POLL_S)
            status, _, found = self.ask(body, **keys)
            if status == 200 and found and found.get("response"):
                said.count("job done")
                return
        said.count("job still running at the end")

    def open(self, tab: str, query: dict[str, list[str]], said: Said, until: float) -> None:
        """Open a tab and wait until its figures are there, or the run is over."""
        waiting = self.of_tab(tab, query)
        with ThreadPoolExecutor(6) as connections:
            while waiting and time.monotonic() < until:
                answers = list(connections.map(self.ask, waiting))
                later, wanted = [], None
                for body, (status, headers, found) in zip(waiting, answers, strict=True):
                    needs = job_wanted(found)
                    if status == 503 and "Retry-After" in headers:
                        said.count("asked again")
                        later.append(body)
                    elif needs:
                        said.count("left to a job")
                        wanted = needs
                        later.append(body)
                    else:
                        said.count(f"answered {status}")
                waiting = later
                if wanted:
                    self.follow(wanted, said, until)
                elif waiting:
                    time.sleep(1.0)


def job_wanted(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """The job that an answer asks for, if it does."""
    side = (found or {}).get("sideUpdate") or {}
    wanted: dict[str, Any] | None = side.get("job-wanted.data")
    return wanted or side.get("job-wanted", {}).get("data")


def _body(callback: dict[str, Any], told: Any) -> dict[str, Any]:
    output = callback["output"]
    parts = [part.partition("@")[0].rpartition(".") for part in output.strip(".").split("...")]
    outputs = [{"id": name, "property": prop} for name, _, prop in parts]
    first, *others = callback["inputs"]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [{**first, "value": told}, *[{**one, "value": None} for one in others]],
        "state": [{**one, "value": None} for one in callback["state"]],
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }


def crowd(person: Person, number: int, method: str, said: Said, until: float) -> None:
    """One of the people at the large study."""
    draw = random.Random(number)  # noqa: S311  (no secret)
    tabs = itertools.cycle(TABS[number % len(TABS) :] + TABS[: number % len(TABS)])
    while time.monotonic() < until:
        seeds = ",".join(map(str, sorted(draw.sample((1, 2, 3), draw.randint(1, 3)))))
        query = {
            "study": ["made"],
            "method": [method],
            "scale": [draw.choice(("published", "strict"))],
            "seeds": [draw.choice(("all", seeds))],
        }
        with suppress(OSError, HTTPException):
            person.open(next(tabs), query, said, until)


def eleventh(person: Person, said: Said, until: float) -> None:
    """Clicks at the small study; the first round, in which everything is new, is warming up."""
    study = open_study(EXAMPLE)
    methods = [one.name for one in study.single_source_methods]
    tasks = [task.name for task in study.tasks if task.exclude is None]
    draw = random.Random(0)  # noqa: S311  (no secret)
    usual = {"study": ["atlantis"], "method": [methods[0]]}
    tabs = ("transfer", "balance", "predictors")
    for tab in tabs:
        for body in person.of_tab(tab, usual):
            person.ask(body)
    for number, tab in zip(itertools.count(), itertools.cycle(tabs)):
        if time.monotonic() > until:
            return
        fresh = number % 3 == 2
        query = usual
        if fresh:
            query = {**usual, "exclude": draw.sample(tasks, 2), "method": [draw.choice(methods)]}
        begun = time.monotonic()
        for body in person.of_tab(tab, query)[:1]:
            status, _, _ = person.ask(body)
            if status != 200:
                said.count(f"eleventh was answered {status}")
        (said.new if fresh else said.clicks).append(time.monotonic() - begun)
        time.sleep(PAUSE_S)


def memory(server: subprocess.Popen[bytes]) -> list[int]:
    """MiB resident of the server's processes."""
    found = []
    for child in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            fields = child.read_text().rpartition(")")[2].split()
            if int(fields[1]) == server.pid:
                found.append(int(fields[21]) * os.sysconf("SC_PAGE_SIZE") >> 20)
    return sorted(found)


def waited(server: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Seconds the server's processes had a processor, and seconds they were ready and had none."""
    had = wanted = 0
    for task in Path("/proc").glob("[0-9]*/task/[0-9]*"):
        with suppress(OSError, ValueError):
            fields = (task / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == server.pid:
                ran, queued, _ = map(int, (task / "schedstat").read_text().split())
                had, wanted = had + ran, wanted + queued
    return had / 1e9, wanted / 1e9


def share(values: list[float], part: float) -> float:
    """A quantile in ms."""
    return 1000 * sorted(values)[min(int(part * len(values)), len(values) - 1)] if values else 0.0


def main() -> None:
    """Run it and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        made = write_synthetic_study(SyntheticStudy(tasks=asked.tasks), Path(place) / "made").parent
        port = 20_000 + os.getpid() % 20_000
        environment = {
            **os.environ,
            **WORKERS,
            "STUDY": f"{made}:{EXAMPLE}",
            "CACHE_DIR": str(Path(place) / "cache"),
            "TRUSTED_PROXIES": "127.0.0.1",
            "ALLOW_ANONYMOUS": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        log = Path(place) / "log"
        command = [sys.executable, "-m", "gunicorn", "dashboard.app:server"]
        with log.open("w") as out:
            server = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT
            )
        try:
            report(server, port, asked, made)
            faults = [line for line in log.read_text().splitlines() if "Traceback" in line]
            print(f"tracebacks in the log: {len(faults)}")
            if faults:
                print(log.read_text()[-3000:])
        finally:
            server.terminate()
            server.wait(60)


def report(
    server: subprocess.Popen[bytes], port: int, asked: argparse.Namespace, made: Path
) -> None:
    """Wait for the server, let everybody in, print what was measured."""
    begun = time.monotonic()
    while time.monotonic() < begun + START_SECONDS:
        time.sleep(0.5)
        with suppress(OSError, HTTPException):
            if _get(port, "/readyz")[0] == 200 and b"reading" not in _get(port, "/editions")[1]:
                break
    print(f"ready after {time.monotonic() - begun:.0f} s")
    callbacks = json.loads(_get(port, "/_dash-dependencies")[1])
    method = open_study(made).tested_methods[0].name
    for people in (0, asked.people):
        said = Said()
        before, since = waited(server), time.monotonic()
        until = time.monotonic() + (asked.seconds if people else asked.seconds / 4)
        others = [
            threading.Thread(
                target=crowd, args=(Person(port, n, callbacks), n, method, said, until)
            )
            for n in range(people)
        ]
        for one in others:
            one.start()
        eleventh(Person(port, 100, callbacks), said, until)
        print(f"{people} people at {asked.tasks} tasks, {datetime.date.today()}")
        print(f"  workers, MiB: {memory(server)}")
        had, wanted = (after - b for after, b in zip(waited(server), before, strict=True))
        print(
            f"  workers in {time.monotonic() - since:.0f} s: {had:.0f} s of processor,"
            f" {wanted:.0f} s waited for one; load {os.getloadavg()[0]:.1f}"
        )
        for name, values in (("asked before", said.clicks), ("new", said.new)):
            told = [share(values, part) for part in (0.5, 0.95, 1.0)]
            print(f"  {name}: {len(values)}, ms median, p95, longest {[round(ms) for ms in told]}")
        for one in others:
            one.join(120)
        print(f"  the crowd: {dict(said.crowd)}")
    print(platform.processor() or platform.machine(), platform.python_version())


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


if __name__ == "__main__":
    main()
