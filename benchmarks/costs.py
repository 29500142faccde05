"""What analyses are estimated to cost beside what they cost: `core.analyses.cost` against a clock.

python -m benchmarks.costs [--tasks 7,60,196] [--study FOLDER …] [--rounds 3]

A fresh process for each study computes every analysis of the registry, once for the imports and
then `--rounds` times: the least of them, seconds of a core with one BLAS thread. What is refused
where a request asks for it is estimated all the same; what a study does not have is told as such.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.by_size import ROOT, SEEDS, machine_in_words, number
from core.analyses.query import (
    DetailQuery,
    MapQuery,
    PlanQuery,
    SimilarityQuery,
    TransferQuery,
)
from core.analyses.registry import ANALYSES
from core.errors import AtlasError
from core.io import open_study
from core.io.synthetic import task_names
from core.study import Study

LONGEST_S = 20.0
"""What is estimated to take longer is not computed."""
REPEATED_BELOW_S = 5.0
"""Who took longer is computed once."""

Found = Mapping[str, Mapping[str, float]]
"""Analysis -> `estimated` and, where it was computed, `measured`; seconds."""


def question(study: Study, name: str) -> dict[str, Any]:
    """Of each kind of query the one that is asked first, by the name of its class."""
    first, second = (task.name for task in study.tasks[:2])
    methods = study.tested_methods
    if name == "several-tasks":
        methods = sorted(methods, key=lambda method: method.predicted_from is None)
    others = study.single_source_methods[1:] if name == "comparison" else ()
    other = others[0].name if others else None
    return {
        "TransferQuery": TransferQuery(methods[0].name, other=other),
        "SimilarityQuery": SimilarityQuery(),
        "DetailQuery": DetailQuery(sources=(first,), target=second),
        "PlanQuery": PlanQuery(size=3),
        "MapQuery": MapQuery(tasks=(first, second)),
    }


def seconds_of(study: Study, name: str, rounds: int) -> dict[str, float]:
    """Estimate and the least of what was measured; {} for what the study does not have."""
    analysis, asked = ANALYSES[name], question(study, name)
    queries = [asked[one.query.__name__] for one in analysis.takes]
    try:
        estimated = analysis.cost(study, *queries).seconds
        found = {"estimated": estimated}
        if estimated > LONGEST_S:
            return found
        needed = analysis.needs and analysis.needs.compute(study, *analysis.needs_of(*queries))
        for turn in range(rounds + 1):
            begun = time.process_time()
            analysis.compute(study, *queries, needed=needed)
            took = time.process_time() - begun
            found["measured"] = min(took, found["measured"]) if turn > 1 else took
            if took > REPEATED_BELOW_S:
                break
    except AtlasError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return {}
    return found


def measure(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """All analyses of one study, in a fresh process with one BLAS thread."""
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.costs", "--worker", str(folder), str(rounds)],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    found: dict[str, dict[str, float]] = json.loads(said)
    return found


def as_markdown(found: Mapping[str, Found], machine: str) -> str:
    """A row an analysis, and three columns a study: estimated, measured, how many times longer."""
    head = ["", *(f"{study}: ms estimated | measured | ×" for study in found)]
    lines = [f"{machine}.", "", f"| {' | '.join(head)} |", "|---" * (1 + 3 * len(found)) + "|"]
    for name in ANALYSES:
        cells = [name]
        for study in found.values():
            own = study.get(name, {})
            estimated, measured = own.get("estimated"), own.get("measured")
            times = measured / estimated if measured is not None and estimated else None
            milliseconds = (None if one is None else 1000 * one for one in (estimated, measured))
            cells += [*(number(one, 2) for one in milliseconds), number(times, 2)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def worker(folder: Path, rounds: int) -> None:
    """Print what was found as JSON."""
    study = open_study(folder)
    json.dump({name: seconds_of(study, name, rounds) for name in ANALYSES}, sys.stdout)


def write_made(folder: Path, tasks: int) -> Path:
    """A made-up study with a predictor of its own beside CKA; the folder."""
    out = folder / str(tasks)
    command = ["core", "synth", str(out), "--tasks", str(tasks), "--seeds", str(SEEDS)]
    subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    names = task_names(tasks)
    draws = np.random.default_rng(0).normal(size=(tasks, tasks))
    lines = [f"{a},{b},{draws[i, j]}\n" for i, a in enumerate(names) for j, b in enumerate(names)]
    (out / "drawn.csv").write_text("source,target,value\n" + "".join(lines))
    with (out / "study.toml").open("a") as manifest:
        manifest.write('\n[predictors.drawn]\npath = "drawn.csv"\n')
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default="7,60,196", help="made-up studies of so many")
    parser.add_argument("--study", type=Path, action="append", default=[], help="another one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        worker(Path(options.worker[0]), int(options.worker[1]))
        return
    with tempfile.TemporaryDirectory() as scratch:
        sizes = [int(text) for text in options.tasks.split(",") if text]
        folders = {f"{size} tasks": write_made(Path(scratch), size) for size in sizes}
        folders |= {str(path): path.resolve() for path in options.study}
        found = {name: measure(folder, options.rounds) for name, folder in folders.items()}
    print(as_markdown(found, machine_in_words()))


if __name__ == "__main__":
    main()
