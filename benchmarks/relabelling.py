"""What 10,000 relabellings of the tasks cost, beside the least that drawing them one by one does.

python -m benchmarks.relabelling [--tasks 45,196,1000] [--rounds 5]

The yardstick: the transfer of one relabelling taken into a buffer and one dot product with the
similarity, 10,000 times (timed over fewer where tasks are many, and scaled). Beside it, in turns in
the same process with one thread, r* of 10,000 relabellings as the association has them, of complete
tables and of tables in which a tenth of the transfers is missing. Seconds of a core.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from core.analyses.association.dyads import DyadTable
from core.analyses.association.relabelling import relabelled_r
from core.numerics.permutation import SAMPLED_PERMUTATIONS

TAKEN_ELEMENTS = 10**9


def table_of(tasks: int, *, missing: float) -> DyadTable:
    """Symmetric similarity and transfer that have nothing to do with each other."""
    rng = np.random.default_rng(tasks)
    cka = rng.random((tasks, tasks))
    transfer = rng.normal(size=(tasks, tasks))
    transfer[rng.random((tasks, tasks)) < missing] = np.nan
    names = tuple(str(at) for at in range(tasks))
    return DyadTable(names, (cka + cka.T) / 2, transfer, transfer[None])


def made_of(tasks: int) -> int:
    """How many relabellings a test makes: all there are where these are fewer."""
    return min(SAMPLED_PERMUTATIONS, math.factorial(tasks))


def bare(tasks: int) -> float:
    """`take` into a buffer, rows then columns, and one dot product, for each relabelling."""
    table = table_of(tasks, missing=0.0)
    weights = table.cka.ravel()
    rows, moved = np.empty((tasks, tasks)), np.empty((tasks, tasks))
    asked = made_of(tasks)
    made = min(asked, max(50, TAKEN_ELEMENTS // tasks**2))
    rng = np.random.default_rng(0)
    orders = [rng.permutation(tasks) for _ in range(made)]
    begun = time.process_time()
    for order in orders:
        np.take(table.transfer, order, axis=0, out=rows, mode="clip")
        np.take(rows, order, axis=1, out=moved, mode="clip")
        _ = moved.ravel() @ weights
    return (time.process_time() - begun) * asked / made


def ours(tasks: int, *, missing: float) -> float:
    """r* of each relabelling."""
    table = table_of(tasks, missing=missing)
    begun = time.process_time()
    made = sum(len(batch) for batch in relabelled_r([table], 0))
    assert made == made_of(tasks)
    return time.process_time() - begun


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", default="45,196,1000")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    ways: list[Callable[[int], float]] = [
        bare,
        lambda tasks: ours(tasks, missing=0.0),
        lambda tasks: ours(tasks, missing=0.1),
    ]
    print("| tasks | take and dot, s | ours, s | ratio | ours with gaps, s | ratio |")
    print("|---|---|---|---|---|---|")
    for tasks in (int(word) for word in asked.tasks.split(",")):
        rounds = [[way(tasks) for way in ways] for _ in range(asked.rounds)]
        one, whole, gaps = (statistics.median(own) for own in zip(*rounds, strict=True))
        print(
            f"| {tasks:,} | {one:.3g} | {whole:.3g} | {whole / one:.2f}"
            f" | {gaps:.3g} | {gaps / one:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
