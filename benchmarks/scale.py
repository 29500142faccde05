"""What 7, 45, 196 and 1,000 tasks cost: reading, analyses, the first figure, memory.

python -m benchmarks.scale [--tasks 7,45,196,1000] [--rounds 5] [--out docs/benchmarks]

Made-up studies of two seeds (`core synth`), the same in every round. Every number is of a fresh
process; sizes and programs take turns within a round, and the table has the medians. Computing is
in seconds of a core, which what else the machine does changes little; starting is wall time, ours
and plain Dash's in turn, and therefore only good to compare the two. Writes `scale.md` and
`scale.svg`.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path

from benchmarks import by_size
from benchmarks.by_size import ROOT, number

PATIENCE_S = 300.0
LARGEST_TESTED = 2_000
"""Tasks up to which an association, with its permutations, is part of a round."""

ROWS = {
    "values": "evaluations",
    "read": "read the files, s",
    "copy": "open the copy, s",
    "matrix": "transfer matrix, s",
    "balance": "balance and SRM, s",
    "network": "network with layout, s",
    "pairs": "table of pairs, s",
    "association": "association, 3 × 10,000 relabellings, s",
    "figure": "matrix as JSON for the browser, s",
    "kilobytes": "that JSON, kB",
    "memory": "memory of the process that read, MB",
    "memory_copy": "memory of one that opened the copy and made the matrix, MB",
    "start": "start → first page, ours, wall s",
    "start_copy": "the same with a copy, wall s",
    "start_plain": "start → first page, plain Dash, wall s",
}

WORKER = """
import json, resource, sys, time
from pathlib import Path
from core import analyses
from core.analyses.query import SimilarityQuery, TransferQuery
from core.cache.study_copies import StudyCopies
from dashboard.figures.parts.theme import theme
from dashboard.figures.transfer import transfer_heatmap

folder, kept, part, largest = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
found = {}

def timed(name, work):
    begun = time.process_time()
    result = work()
    found[name] = time.process_time() - begun
    return result

def compute(analysis):
    asked = {TransferQuery: TransferQuery("ft1"), SimilarityQuery: SimilarityQuery()}
    return analysis.compute(study, *[asked[one.query] for one in analysis.takes])

study = timed(part, lambda: StudyCopies(kept, worth_s=0.0).inspect(folder)).study
matrix = timed("matrix", lambda: compute(analyses.TRANSFER))
if part == "read":
    found["values"] = len(study.evaluations)
    timed("balance", lambda: compute(analyses.BALANCE))
    timed("network", lambda: compute(analyses.GRAPH))
    timed("pairs", lambda: compute(analyses.PAIRS))
    if len(study.tasks) <= largest:
        timed("association", lambda: compute(analyses.ASSOCIATION))
    figure = lambda: transfer_heatmap(matrix, study, theme("light", "screen")).to_json()
    found["kilobytes"] = len(timed("figure", figure)) / 1000
else:
    found.pop("matrix")
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found["memory" if part == "read" else "memory_copy"] = memory
print(json.dumps(found))
"""


def worker(study: Path, kept: Path, part: str, largest: int = LARGEST_TESTED) -> dict[str, float]:
    """What one fresh process measured; part: `read` or `copy`."""
    said = subprocess.run(
        [sys.executable, "-c", WORKER, str(study), str(kept), part, str(largest)],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=900,
    ).stdout
    measured: dict[str, float] = json.loads(said)
    return measured


def started(command: Sequence[str], port: int, **environment: str) -> float:
    """Wall seconds from starting a program until its first page is answered."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            while time.perf_counter() - begun < PATIENCE_S:
                assert process.poll() is None, f"{command} ended by itself"
                if _answers(port):
                    return time.perf_counter() - begun
                time.sleep(0.02)
            raise TimeoutError(f"{command} does not answer")
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/_dash-layout")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_round(study: Path, folder: Path) -> dict[str, float]:
    """Everything once, for one study; folder: empty, for caches."""
    kept = folder / "copies"
    found = {**worker(study, kept, "read"), **worker(study, kept, "copy")}
    ours = [sys.executable, "-m", "dashboard"]
    for name in ("start", "start_copy"):
        port = free_port()
        given = {"STUDY": str(study), "PORT": str(port), "CACHE_DIR": str(folder / "cache")}
        found[name] = started(ours, port, **given)
    port = free_port()
    plain = [sys.executable, "-m", "benchmarks.plain_dash", str(study), str(port)]
    found["start_plain"] = started(plain, port)
    return found


def as_markdown(found: Mapping[int, Mapping[str, float]], *, rounds: int, machine: str) -> str:
    """One table: a row a measurement, a column a size."""
    sizes = list(found)
    lines = [
        f"Medians of {rounds}; {machine}.",
        "",
        "| | " + " | ".join(f"{size:,} tasks" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for name, words in ROWS.items():
        cells = [number(found[size].get(name), 3) for size in sizes]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def as_plot(found: Mapping[int, Mapping[str, float]]) -> str:
    """Seconds of a core against tasks, both logarithmic, as an SVG."""
    names = ("read", "copy", "matrix", "balance", "network", "pairs", "association", "figure")
    width, height, left, top = 640, 400, 60, 20
    low, high = log10(min(found)), log10(max(found))

    def x(tasks: int) -> float:
        return left + 360 * (log10(tasks) - low) / max(high - low, 1e-9)

    def y(seconds: float) -> float:
        return top + 340 * (2 - log10(max(seconds, 1e-4))) / 6

    parts = []
    for seconds in (0.001, 0.01, 0.1, 1, 10, 100):
        at = y(seconds)
        parts.append(f'<line x1="{left}" x2="420" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{left - 6}" y="{at + 4:.1f}" text-anchor="end">{seconds:g} s</text>'
        )
    parts += [
        f'<text x="{x(size):.1f}" y="{height - 20}" text-anchor="middle">{size:,}</text>'
        for size in found
    ]
    for name in names:
        at = [(x(size), y(one[name])) for size, one in found.items() if name in one]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
        words = ROWS[name].removesuffix(", s")
        parts.append(f'<polyline points="{line}" fill="none" stroke="#2166ac"/>')
        parts.append(f'<text x="{at[-1][0] + 6:.1f}" y="{at[-1][1] + 4:.1f}">{words}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="11">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        + "\n".join(parts)
        + f'\n<text x="240" y="{height - 4}" text-anchor="middle">tasks</text>\n</svg>\n'
    )


def measure(sizes: Sequence[int], rounds: int, scratch: Path) -> dict[int, dict[str, float]]:
    """Medians by size; sizes take turns within each round."""
    return by_size.in_turns(one_round, sizes, rounds, scratch)


if __name__ == "__main__":
    by_size.run(
        "scale",
        __doc__.splitlines()[0],
        tasks="7,45,196,1000",
        rounds=5,
        measure=measure,
        as_markdown=as_markdown,
        as_plot=as_plot,
    )
