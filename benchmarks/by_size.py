"""Measuring made-up studies of several sizes in turns, and writing what came out."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = 2

Found = Mapping[int, Mapping[str, float]]
"""Size -> name -> number."""


def machine() -> str:
    """Processor, cores and day."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    day = datetime.datetime.now(tz=datetime.UTC).date()
    return f"{model}, {os.cpu_count()} cores, {day}"


def machine_in_words() -> str:
    """Processor, cores, day and load."""
    return f"{machine()}, load {os.getloadavg()[1]:.0f}"


def medians(rounds: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Of each number over the rounds that have it."""
    several = list(rounds)
    names = {name for one in several for name in one}
    return {n: statistics.median(one[n] for one in several if n in one) for n in names}


def number(value: float | None, digits: int) -> str:
    """As it stands in a table: whole from 100 on, else of so many digits."""
    if value is None:
        return "—"
    return f"{value:,.0f}" if value >= 99.5 else f"{value:.{digits}g}"


def in_turns(
    one_round: Callable[[Path, Path], dict[str, float]],
    sizes: Sequence[int],
    rounds: int,
    scratch: Path,
) -> dict[int, dict[str, float]]:
    """Medians by size; sizes take turns within each round.

    one_round: what a study and an empty folder for caches have to say, by name.
    """
    studies = {size: scratch / f"tasks-{size}" for size in sizes}
    for size, study in studies.items():
        command = ["core", "synth", str(study), "--tasks", str(size), "--seeds", str(SEEDS)]
        subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
    time.sleep(0.2)  # files that changed just now are not trusted: no copy of them is kept
    found: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
    for turn in range(rounds):
        for size, study in studies.items():
            folder = scratch / f"round-{turn}-{size}"
            folder.mkdir()
            found[size].append(one_round(study, folder))
            print(f"round {turn + 1}, {size} tasks: {found[size][-1]}", file=sys.stderr, flush=True)
    return {size: medians(several) for size, several in found.items()}


def run(
    name: str,
    about: str,
    *,
    tasks: str,
    rounds: int,
    measure: Callable[[Sequence[int], int, Path], dict[int, dict[str, float]]],
    as_markdown: Callable[..., str],
    as_plot: Callable[[Found], str],
) -> None:
    """Measure and write NAME.md and NAME.svg. tasks, rounds: unless told otherwise.

    as_markdown: of what was found, with `rounds` and `machine`.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--tasks", default=tasks)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    options = parser.parse_args()
    sizes = [int(text) for text in options.tasks.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(sizes, options.rounds, Path(scratch))
    options.out.mkdir(parents=True, exist_ok=True)
    table = as_markdown(found, rounds=options.rounds, machine=machine_in_words())
    (options.out / f"{name}.md").write_text(table, encoding="utf-8")
    (options.out / f"{name}.svg").write_text(as_plot(found), encoding="utf-8")
    print(table)
