"""Whether one person's slow question holds up another person's click.

python -m benchmarks.waiting [--tasks 196,1000]

`python -m dashboard`, one worker, with an empty cache, over a made-up study and the example. One
person asks the large study one thing after the other that nobody asked before: every group of
figures of every tab, each with two tasks left out; what is left to a job is ordered as the page
does, and followed for a while. Meanwhile another one, at an address of their own and in another
process, clicks on cells of the small study that nobody clicked on before, in views that somebody
looked at, ten times a second, and did so before while nobody else was there. The goal: no click
takes more than 100 ms longer than the median of those.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.by_size import machine_in_words
from benchmarks.crowd import EXAMPLE, Person, Said, job_wanted
from benchmarks.start import free_port, until
from benchmarks.tabs import TABS
from core.io import open_study
from core.io.synthetic import SyntheticStudy, write_synthetic_study

ROOT = Path(__file__).parents[1]
QUIET_CLICKS = 100
PAUSE_S = 0.1
SETTLED_S = 3.0
FOLLOWED_S = 8.0
"""For so long clicks go on beside a job, which may take minutes."""

APART = multiprocessing.get_context("fork")
"""Where a large answer is read no click of this process waits for it."""


@dataclass(frozen=True)
class Waited:
    """What a question took, and each click meanwhile, in ms."""

    question: str
    took: float
    clicks: tuple[float, ...]


class Clicker:
    """Somebody at the small study; every click is one that nobody did before.

    Of views that were looked at before: each is a method and some of its seeds.
    """

    def __init__(self, port: int) -> None:
        study = open_study(EXAMPLE)
        tasks = [task.name for task in study.tasks if task.exclude is None]
        self._port = port
        (first, *pairs) = itertools.permutations(tasks, 2)
        views = [
            {"method": method.name, "seeds": seeds}
            for method in study.single_source_methods
            for several in range(1, len(study.seeds_of(method.name)) + 1)
            for seeds in itertools.combinations(study.seeds_of(method.name), several)
        ]
        left = [{**view, "select": pair} for view in views for pair in pairs]
        # A view of more seeds takes longer.
        random.Random(0).shuffle(left)  # noqa: S311
        self._looked_at = [{**view, "select": first} for view in views]
        self._left = iter(left)

    def look(self) -> None:
        """At every view: what all clicks in it need was computed."""
        for one in self._looked_at:
            self._click(one)

    def click(self) -> float:
        """Milliseconds until the panel of a pair is there."""
        return self._click(next(self._left))

    def _click(self, asked: Mapping[str, object]) -> float:
        query = urlencode({"study": "atlantis", "mode": "light", **asked}, doseq=True)
        connection = HTTPConnection("127.0.0.1", self._port, timeout=600)
        begun = time.perf_counter()
        try:
            connection.request("GET", f"/panel/story?{query}", headers=_headers(100))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, (answer.status, text[:200])
        assert b"\xe2\x86\x92" in text, text[:500]  # source → target
        return 1000 * (time.perf_counter() - begun)


def _headers(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.0.0.{number + 1}", "X-Forwarded-Host": "127.0.0.1"}


def questions(person: Person, method: str, tasks: Sequence[str]) -> Iterator[tuple[str, dict]]:
    """Name and request of every group of figures of every tab, each of a view of its own."""
    left_out = itertools.combinations(tasks, 2)
    for tab in TABS:
        for at, _ in enumerate(person.of_tab(tab, {})):
            query = {"study": ["made"], "method": [method], "exclude": list(next(left_out))}
            body = person.of_tab(tab, query)[at]
            for opened in body["inputs"][1:]:  # what is folded away is unfolded
                opened["value"] = True
            yield body["inputs"][0]["id"].removeprefix("figure-input-"), body


def answered(person: Person, body: dict) -> None:
    """Ask until there is an answer; what is left to a job is ordered, and followed for a while."""
    end = time.monotonic() + FOLLOWED_S
    while True:
        status, headers, found = person.ask(body)
        if status == 503 and "Retry-After" in headers:
            time.sleep(1.0)
            continue
        wanted = job_wanted(found)
        if wanted:
            person.follow(wanted, Said(), end)
        return


def beside(clicker: Clicker, person: Person, name: str, body: dict) -> Waited:
    """Clicks for as long as a question is being answered, one at least."""
    asking = APART.Process(target=answered, args=(person, body))
    clicks = []
    begun = time.perf_counter()
    asking.start()
    time.sleep(0.02)  # it has arrived
    while True:
        clicks.append(clicker.click())
        if not asking.is_alive():
            break
        time.sleep(PAUSE_S)
    asking.join()
    assert asking.exitcode == 0, name
    return Waited(name, 1000 * (time.perf_counter() - begun), tuple(clicks))


def measured(tasks: int) -> tuple[tuple[float, ...], list[Waited]]:
    """The clicks with nobody else there, in ms, and what was waited beside each question."""
    with tempfile.TemporaryDirectory() as place:
        made = write_synthetic_study(SyntheticStudy(tasks, seeds=2), Path(place) / "made").parent
        names = [task.name for task in open_study(made).tasks]
        port = free_port()
        environment = {
            **os.environ,
            "STUDY": f"{made}:{EXAMPLE}",
            "CACHE_DIR": f"{place}/cache",
            "DATA_DIR": f"{place}/data",
            "TRUSTED_PROXIES": "127.0.0.1",
            "ALLOW_ANONYMOUS": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(process, port, "/readyz")
            callbacks = _asked(port, "/_dash-dependencies")
            person, clicker = Person(port, 1, callbacks), Clicker(port)
            # A first view of the study reads it; that is no question of somebody's.
            person.ask(person.of_tab("overview", {"study": ["made"]})[0])
            time.sleep(SETTLED_S)
            clicker.look()
            gc.freeze()  # to look through what was read here took 130 ms, in the middle of a click
            alone = tuple(_paused(clicker) for _ in range(QUIET_CLICKS))
            return alone, [
                beside(clicker, person, name, body)
                for name, body in questions(person, "ft1", names)
            ]
        finally:
            process.terminate()
            process.wait(60)


def longest(alone: Sequence[float], found: Sequence[Waited]) -> float:
    """By how many ms the slowest of all clicks was slower than the median of those `alone`."""
    return max(click for one in found for click in one.clicks) - statistics.median(alone)


def _paused(clicker: Clicker) -> float:
    time.sleep(PAUSE_S)
    return clicker.click()


def _asked(port: int, path: str) -> list:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    found: list = json.loads(connection.getresponse().read())
    connection.close()
    return found


def as_markdown(tasks: int, alone: Sequence[float], found: Sequence[Waited]) -> str:
    """A row a question; ms."""
    quiet = statistics.median(alone)
    lines = [
        f"**{tasks:,} tasks**; a click with nobody else there: {quiet:.0f} ms (median of"
        f" {len(alone)}; the longest {max(alone):.0f})",
        "",
        "| asked meanwhile | took, ms | clicks | median, ms | longest, ms |",
        "|---|---|---|---|---|",
    ]
    for one in found:
        middle, slowest = statistics.median(one.clicks), max(one.clicks)
        lines.append(
            f"| {one.question} | {one.took:,.0f} | {len(one.clicks)} | {middle:.0f}"
            f" | {slowest:.0f} |"
        )
    clicks = [click for one in found for click in one.clicks]
    lines += [
        "",
        f"All {len(clicks)}: {statistics.median(clicks) - quiet:+.0f} ms in the median,"
        f" {longest(alone, found):+.0f} ms at most.",
        "",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table a size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", default="196,1000")
    options = parser.parse_args(arguments)
    for text in options.tasks.split(","):
        print(as_markdown(int(text), *measured(int(text))), flush=True)
    print(machine_in_words())


if __name__ == "__main__":
    main()
