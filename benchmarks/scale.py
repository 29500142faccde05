"""What a study costs without a browser, beside what one would write: pandas, numpy, a package.

A part of `python -m benchmarks.peers`. Everything in fresh processes with one BLAS thread, in
milliseconds of a core, which what else the machine does changes little. Reading counts from the
start of the process, imports included, for both; of what a worker imports before anybody asks, the
rest counts once, in a row of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.by_size import ROOT

OURS, SCRIPT = "Transfer Atlas", "a script"
INSTALLED = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
"""For every program: compiled once, as an installation is, which uv leaves to the first start."""
LARGEST_TESTED = 2_000
"""Tasks up to which an association, with its permutations, is part of a round."""
ITEMS, FEATURES, MODELS = 1_000, 64, 45
"""Of representations whose CKA is taken: a model a task, so many at most."""

ROWS = {
    "read": "read the files, ms of a core",
    "copy": "read them again (ours: the copy), ms of a core",
    "matrices": "the three matrices, ms of a core",
    "cka": f"CKA ({ITEMS:,} × {FEATURES}), µs of a core a pair",
    "permutations": "relabellings of one table (10,000, or all there are), ms of a core",
    "export": "the five figures as SVG, ms",
    "values": "evaluations",
    "read memory": "memory of the process that read, MB",
    "copy memory": "the same of one that read again and made a matrix, MB",
    "prepared": "imports and themes, which a worker does behind the first study, ms of a core",
    "balance_ms": "balance and SRM, ms of a core",
    "network_ms": "network with layout, ms of a core",
    "pairs_ms": "table of pairs, ms of a core",
    "association": "association, 3 × 10,000 relabellings, ms of a core",
    "figure": "matrix as JSON for the browser, ms of a core",
    "kilobytes": "that JSON, kB",
}
"""The first six beside a script's, and the memory."""

PEAK = """
from pathlib import Path

def peak():  # of this program; ru_maxrss is also that of who started it
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
"""

WORKER = """
import json, sys, time
from core import analyses
from core.analyses.query import SimilarityQuery, TransferQuery
from core.cache.study_copies import StudyCopies

folder, kept, part, largest = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
study = StudyCopies(kept, worth_s=0.0).inspect(folder).study
study.evaluations
found = {part: time.process_time()}

def timed(name, work):
    begun = time.process_time()
    result = work()
    found[name] = time.process_time() - begun
    return result

def compute(analysis, **asked):
    queries = {TransferQuery: TransferQuery("again", **asked), SimilarityQuery: SimilarityQuery()}
    return analysis.compute(study, *[queries[one.query] for one in analysis.takes])

matrix = timed("matrices", lambda: compute(analyses.TRANSFER))
if part == "read":
    others = ("predicted", "difference")
    timed("others", lambda: [compute(analyses.TRANSFER, kind=kind) for kind in others])
    found["matrices"] += found.pop("others")
    memory = peak()  # of what a script does as well
    from dashboard.server.warm_up import prepare
    timed("prepared", prepare)
    timed("balance_ms", lambda: compute(analyses.BALANCE))
    timed("network_ms", lambda: compute(analyses.GRAPH))
    timed("pairs_ms", lambda: compute(analyses.PAIRS))
    if len(study.tasks) <= largest:
        timed("association", lambda: compute(analyses.ASSOCIATION))
    from dashboard.figures.parts.theme import theme
    from dashboard.figures.transfer import transfer_heatmap
    shown = lambda: transfer_heatmap(matrix, study, theme("light", "screen")).to_json()
    text = timed("figure", shown)
    found = {name: 1000 * seconds for name, seconds in found.items()}
    found["values"], found["kilobytes"] = len(study.evaluations), len(text) / 1000
else:
    found, memory = {part: 1000 * found[part]}, peak()
found[part + " memory"] = memory
print(json.dumps(found))
"""

SCRIPTED = """
import json, sys, time
import pandas
begun = time.process_time()
import plotly.graph_objects
drawing = time.process_time() - begun  # which reading does without
from benchmarks.peers import shown

folder, part = Path(sys.argv[1]), sys.argv[2]
shown.improvements(folder)
found = {part: 1000 * (time.process_time() - drawing)}
begun = time.process_time()
kinds = shown.MATRICES if part == "read" else shown.MATRICES[:1]
tables = [shown.matrix(folder, "again", kind) for kind in kinds]
if part == "read":
    found["matrices"] = 1000 * (time.process_time() - begun)
found[part + " memory"] = peak()
print(json.dumps(found))
"""

RELABELLED = """
import json, sys
from benchmarks import relabelling
tasks = int(sys.argv[1])
print(json.dumps([1000 * relabelling.ours(tasks, missing=0.0), 1000 * relabelling.bare(tasks)]))
"""


def one_round(study: Path, tasks: int, *, environments: Path) -> dict[str, dict[str, float]]:
    """Everything once, by OURS and SCRIPT, which has plain Dash's pandas (`make peers`)."""
    own = environments / "dash" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    with tempfile.TemporaryDirectory() as kept:
        given = [str(study), kept]
        ours = _said([sys.executable, "-c", PEAK + WORKER, *given, "read", str(LARGEST_TESTED)])
        script = _said([python, "-c", PEAK + SCRIPTED, str(study), "read"])
        ours |= _said([sys.executable, "-c", PEAK + WORKER, *given, "copy", str(LARGEST_TESTED)])
        script |= _said([python, "-c", PEAK + SCRIPTED, str(study), "copy"])
    command = [sys.executable, "-c", RELABELLED, str(tasks)]
    ours["permutations"], script["permutations"] = _said(command)
    return {OURS: ours, SCRIPT: script}


def similarity(
    tasks: int, *, environments: Path, repeats: int = 5
) -> tuple[dict[str, dict[str, float]], str]:
    """CKA of a pair, ours and the fastest peer's, and that peer's name; medians."""
    own = environments / "cka" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    size = f"{ITEMS},{FEATURES},{min(tasks, MODELS)}"
    options = ("--one-thread", "--json", "--repeats", str(repeats), "--sizes", size)
    told = _said([python, "-m", "benchmarks.cka", *options])
    (ours,) = (one["pair"] for one in told if one["name"] == f"**{OURS}**")
    best = min((one for one in told if OURS not in one["name"]), key=lambda one: one["pair"])
    found = {OURS: {"cka": 1e6 * ours}, SCRIPT: {"cka": 1e6 * best["pair"]}}
    return found, best["name"]


def _said(command: Sequence[str]):
    environment = {**os.environ, **INSTALLED, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout)
