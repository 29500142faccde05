"""How long a large table of scores takes to open, beside what pandas takes to read it.

    python -m benchmarks.reading [ROWS]

Seconds of processor time, medians of seven each, in turns; pandas reads with its default engine
(C). The goal is three times that for a million rows. To cut the text and number the different texts
of each column takes pyarrow 1.2 times as long, to read the bytes and their digest 0.35.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.io import open_study

TASKS = 100
REPETITIONS = 7
MANIFEST = '[evaluations]\nlayout = "scores"\npath = "results.csv"\n'


def write(folder: Path, rows: int) -> Path:
    """A study of one method, all pairs of 100 tasks, as many seeds as the rows need."""
    pair = np.arange(rows) % TASKS**2
    names = np.array([f"task_{i}" for i in range(TASKS)])
    path = folder / "results.csv"
    pd.DataFrame(
        {
            "sources": names[pair // TASKS],
            "target": names[pair % TASKS],
            "score": np.random.default_rng(0).random(rows).round(4),
            "method": "ft",
            "seed": np.arange(rows) // TASKS**2,
        }
    ).to_csv(path, index=False)
    (folder / "study.toml").write_text(MANIFEST, encoding="utf-8")
    return path


def in_turns(*acts: Callable[[], object]) -> list[float]:
    """The median processor time of each, in seconds, beside the same other work."""
    taken: list[list[float]] = [[] for _ in acts]
    for _ in range(REPETITIONS + 1):
        for act, times in zip(acts, taken, strict=True):
            begun = time.process_time()
            act()
            times.append(time.process_time() - begun)
    return [median(times[1:]) for times in taken]  # the first of each also imports


def main() -> None:
    """Print both times and their ratio."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as place:
        path = write(Path(place), rows)
        pandas, study = in_turns(lambda: pd.read_csv(path), lambda: open_study(place))
    print(f"{rows:,} rows: pandas {pandas:.2f} s, study {study:.2f} s, {study / pandas:.2f} times")


if __name__ == "__main__":
    main()
