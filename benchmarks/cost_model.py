"""What grows how with the number of tasks, and what that says of 10,000 (docs/scale.md).

python -m benchmarks.cost_model [--tasks 250,500,1000,2000] [--rounds 3] [--out docs/benchmarks]

Made-up studies of two seeds (`core synth`). Each round has a fresh process that reads the files
and leaves a copy, and one that opens the copy and computes each analysis in turn: seconds of a
core with one BLAS thread, and the highest memory meanwhile beyond what the program itself takes.
Sizes take turns; medians. The growth is the slope of the last three sizes, both logarithmic; what
10,000 tasks would need is the last size times the ratio of tasks to the power that the design says
(`ROWS`), which the measured growth has to bear out: it is printed beside it. Writes `cost_model.md`
and `cost_model.svg`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, log10
from pathlib import Path

from benchmarks import by_size
from benchmarks.by_size import ROOT, SEEDS, number

FAR = 10_000
LARGEST_CURVE = 500
"""Tasks up to which the curve of choices is measured: minutes beyond."""


@dataclass(frozen=True)
class Row:
    """A line of the table: words, unit, and the power of the number of tasks it should grow by."""

    words: str
    unit: str
    power: float


ROWS = {
    "values": Row("values", "", 2),
    "files": Row("Parquet and CSV on the disk", "MB", 2),
    "copy_disk": Row("copy on the disk", "MB", 2),
    "read": Row("read the files, once", "s", 2),
    "read_memory": Row("memory while reading", "MB", 2),
    "copy": Row("open the copy", "s", 2),
    "copy_memory": Row("memory with it, mapped pages too", "MB", 2),
    "transfer": Row("transfer matrix", "s", 2),
    "transfer_memory": Row("memory with the matrix", "MB", 2),
    "figure": Row("matrix as JSON for the browser", "s", 2),
    "browser": Row("that JSON", "MB", 2),
    "balance": Row("balance", "s", 2),
    "graph": Row("network with layout", "s", 2),
    "pairs": Row("table of pairs", "s", 2),
    "pairs_memory": Row("memory with the table of pairs", "MB", 2),
    "overview": Row("Overview", "s", 2),
    "data-quality": Row("Data: what is missing, cut, copied", "s", 2),
    "predictors": Row("scoreboard of predictors", "s", 2),
    "association": Row("association, three tests of 10,000 relabellings", "s", 2),
    "association_memory": Row("memory with the association", "MB", 2),
    "specifications": Row("curve of choices, 1,000 relabellings of each", "s", 2),
    "pair": Row("panel of a pair", "s", 2),
    "task": Row("panel of a task", "s", 2),
}
"""Everything is over pairs of tasks; from 300 on relabelling is n² log n, of n at a time."""

WORKER = """
import json, sys, time
from pathlib import Path
from core.analyses import registry
from core.analyses.query import DetailQuery, SimilarityQuery, TransferQuery
from core.cache.study_copies import StudyCopies
from dashboard.figures.parts.theme import theme
from dashboard.figures.transfer import transfer_heatmap

folder, kept, part, largest = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
found = {}

def status(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1000

at_rest = status("VmRSS")

def measured(name, work):
    Path("/proc/self/clear_refs").write_text("5")
    begun = time.process_time()
    result = work()
    found[name] = time.process_time() - begun
    found[name + "_memory"] = max(0.0, status("VmHWM") - at_rest)
    return result

study = measured(part, lambda: StudyCopies(kept, worth_s=0.0).inspect(folder)).study
if part == "read":
    found["values"] = len(study.evaluations)
else:
    first, second = study.tasks[0].name, study.tasks[1].name
    asked = {
        "TransferQuery": TransferQuery("ft1"),
        "SimilarityQuery": SimilarityQuery(),
        "DetailQuery": DetailQuery(sources=(first,), target=second),
    }
    for analysis in registry.ANALYSES.values():
        if analysis.name not in json.loads(sys.argv[5]):
            continue
        if analysis.name == "specifications" and len(study.tasks) > largest:
            continue
        given = [asked[one.query.__name__] for one in analysis.takes]
        result = measured(analysis.name, lambda: analysis.compute(study, *given))
        if analysis.name == "transfer":
            draw = lambda: transfer_heatmap(result, study, theme("light", "screen")).to_json()
            found["browser"] = len(measured("figure", draw)) / 1e6
print(json.dumps(found))
"""


def worker(study: Path, kept: Path, part: str) -> dict[str, float]:
    """What one fresh process measured; part: `read` or `copy`."""
    arguments = [str(study), str(kept), part, str(LARGEST_CURVE), json.dumps(list(ROWS))]
    said = subprocess.run(
        [sys.executable, "-c", WORKER, *arguments],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=1800,
    ).stdout
    measured: dict[str, float] = json.loads(said)
    return measured


def size_of(folder: Path) -> float:
    """Megabytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def one_round(study: Path, folder: Path) -> dict[str, float]:
    """Everything once, for one study; folder: empty, for its copy."""
    one = worker(study, folder, "read")
    one |= {"files": size_of(study), "copy_disk": size_of(folder)}
    one |= worker(study, folder, "copy")
    return {name: one[name] for name in ROWS if name in one}


def measure(sizes: Sequence[int], rounds: int, scratch: Path) -> dict[int, dict[str, float]]:
    """Medians by size; sizes take turns within each round."""
    return by_size.in_turns(one_round, sizes, rounds, scratch)


def growth(found: Mapping[int, Mapping[str, float]], name: str) -> float | None:
    """The power of the number of tasks, by least squares over the last three sizes that have it."""
    points = [(log(size), log(one[name])) for size, one in found.items() if one.get(name, 0) > 0]
    points = points[-3:]
    if len(points) < 2:
        return None
    x, y = (sum(own) / len(points) for own in zip(*points, strict=True))
    spread = sum((a - x) ** 2 for a, _ in points)
    return sum((a - x) * (b - y) for a, b in points) / spread if spread else None


def far(found: Mapping[int, Mapping[str, float]], name: str) -> float:
    """What 10,000 tasks would need, from the largest size measured."""
    size = max(size for size, one in found.items() if name in one)
    return float(found[size][name] * (FAR / size) ** ROWS[name].power)


def as_markdown(found: Mapping[int, Mapping[str, float]], *, rounds: int, machine: str) -> str:
    """A row a measurement, a column a size, the growth and the arithmetic."""
    sizes = sorted(found)
    head = ["", *(f"{size:,} tasks" for size in sizes), "grows as n^", f"{FAR:,}, arithmetic"]
    lines = [
        f"Medians of {rounds}, {SEEDS} seeds; {machine}.",
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for name, row in ROWS.items():
        if not any(name in found[size] for size in sizes):
            continue
        power = growth(found, name)
        cells = [number(found[size].get(name), 2) for size in sizes]
        cells += ["—" if power is None else f"{power:.1f}", number(far(found, name), 2)]
        unit = f", {row.unit}" if row.unit else ""
        lines.append(f"| {row.words}{unit} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def as_plot(found: Mapping[int, Mapping[str, float]]) -> str:
    """Measured seconds and memory as dots, the model as lines to 10,000 tasks; an SVG."""
    sizes = sorted(found)
    left, top, wide, high = 60, 20, 330, 300
    parts = []

    def panel(at: int, names: Sequence[str], low: float, top_value: float, unit: str) -> None:
        start, decades = left + at * 620, log10(top_value / low)

        def x(tasks: float) -> float:
            return start + wide * log10(tasks / sizes[0]) / max(log10(FAR / sizes[0]), 1e-9)

        def y(value: float) -> float:
            return top + high * (1 - log10(max(value, low) / low) / decades)

        step = low
        while step <= top_value * 1.001:
            parts.append(
                f'<line x1="{start}" x2="{start + wide}" y1="{y(step):.1f}" y2="{y(step):.1f}"'
                f' stroke="#ddd"/><text x="{start - 6}" y="{y(step) + 4:.1f}"'
                f' text-anchor="end">{step:,.10g} {unit}</text>'
            )
            step *= 10
        parts.extend(
            f'<text x="{x(n):.1f}" y="{top + high + 16}" text-anchor="middle">{n:,}</text>'
            for n, following in zip((*sizes, FAR), (*sizes[1:], FAR, 10 * FAR), strict=False)
            if x(following) - x(n) > 34
        )
        taken: list[float] = []
        for name in sorted((n for n in names if any(n in o for o in found.values())), key=_far_of):
            own = [(size, found[size][name]) for size in sizes if name in found[size]]
            size, value = own[-1]
            ends = f"{x(size):.1f},{y(value):.1f} {x(FAR):.1f},{y(far(found, name)):.1f}"
            parts.append(f'<polyline points="{ends}" stroke="#999" stroke-dasharray="4 3"/>')
            line = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in own)
            parts.append(f'<polyline points="{line}" stroke="#2166ac"/>')
            parts.extend(
                f'<circle cx="{x(n):.1f}" cy="{y(v):.1f}" r="2.5" fill="#2166ac"/>' for n, v in own
            )
            place = y(far(found, name)) + 4
            while any(abs(place - other) < 11 for other in taken):
                place += 1
            taken.append(place)
            words = ROWS[name].words.split(",")[0]
            parts.append(f'<text x="{start + wide + 8}" y="{place:.1f}">{words}</text>')

    def _far_of(name: str) -> float:
        return -far(found, name)

    seconds = [name for name, row in ROWS.items() if row.unit == "s"]
    panel(0, seconds, 0.001, 10_000, "s")
    panel(1, ["read_memory", "transfer_memory", "copy_disk", "browser"], 0.1, 100_000, "MB")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="360"'
        ' font-family="sans-serif" font-size="11" fill="none">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n<g fill="#222" stroke="none">\n'
        + "\n".join(part for part in parts if not part.startswith("<poly"))
        + "\n</g>\n"
        + "\n".join(part for part in parts if part.startswith("<poly"))
        + '\n<text x="225" y="354" fill="#222" text-anchor="middle">tasks: seconds of a core</text>'
        '\n<text x="845" y="354" fill="#222" text-anchor="middle">tasks: memory and bytes</text>'
        "\n</svg>\n"
    )


if __name__ == "__main__":
    by_size.run(
        "cost_model",
        __doc__.splitlines()[0],
        tasks="250,500,1000,2000",
        rounds=3,
        measure=measure,
        as_markdown=as_markdown,
        as_plot=as_plot,
    )
