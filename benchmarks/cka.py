"""What CKA of all pairs costs, beside a plain version and its peers, as a table in Markdown.

python -m benchmarks.cka [--quick] [--sizes N,D,M ...] [--repeats R] [--one-thread] [--json]

Everything in one run, on one machine, with the BLAS threads as they are: look at the ratios. On a
machine with other work, where threads wait for each other, `--one-thread` is what can be compared:
one thread for everyone, and the CPU time it takes.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.contenders import (
    Contender,
    Models,
    Pair,
    all_pairs,
    installed,
    netrep_formula,
    plain,
)
from core.similarity.cka import cka_matrix

SIZES = ((4413, 128, 21), (4413, 512, 21), (1000, 64, 7), (500, 2048, 12))
QUICK = ((1000, 64, 7), (300, 600, 5))


@dataclass(frozen=True)
class Measured:
    """One row: seconds for all pairs (median), MiB beyond the input, largest error."""

    name: str
    seconds: float
    peak: float | None
    error: float
    note: str = ""


def representations(n: int, d: int, models: int, seed: int = 0) -> list[np.ndarray]:
    """Float32 models that share a part, more or less, with columns off zero."""
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, d), dtype=np.float32)
    return [
        shared
        + np.float32(0.3 + 0.1 * m) * rng.standard_normal((n, d), dtype=np.float32)
        + rng.standard_normal(d, dtype=np.float32)
        for m in range(models)
    ]


def reference(models: Models, pairs: Sequence[Pair], *, debiased: bool) -> np.ndarray:
    """The values in float64, pair by pair, with nothing taken from the engine."""
    n = len(models[0])
    centred = [x.astype(np.float64) - x.astype(np.float64).mean(axis=0) for x in models]

    def inner(x: np.ndarray, y: np.ndarray) -> float:
        if x.shape[1] * y.shape[1] <= n * n:
            value = float(np.sum(np.square(x.T @ y)))
        else:
            value = float(np.sum((x @ x.T) * (y @ y.T)))
        if debiased:
            k, m = np.square(x).sum(axis=1), np.square(y).sum(axis=1)
            value += -(k @ m) * n / (n - 2) + k.sum() * m.sum() / ((n - 1) * (n - 2))
        return value

    own = {i: inner(centred[i], centred[i]) for i in {i for pair in pairs for i in pair}}
    return np.array([inner(centred[i], centred[j]) / np.sqrt(own[i] * own[j]) for i, j in pairs])


Clock = Callable[[], float]


def seconds(call: Callable[[], object], clock: Clock) -> float:
    """Seconds of one call."""
    start = clock()
    call()
    return clock() - start


def peak_beyond(call: Callable[[], object]) -> float | None:
    """MiB of resident memory that a call takes beyond what there is; None where not known."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not reset.exists():
        call()
        return None
    # Memory that was freed but kept would hide what the call needs.
    ctypes.CDLL(None).malloc_trim(0)
    reset.write_text("5")

    def kib(key: str) -> int:
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key))

    before = kib("VmRSS")
    call()
    return (kib("VmHWM") - before) / 1024


def sgemm(size: int = 2048) -> Callable[[], object]:
    """A square float32 product: the speed to compare with."""
    a, b = np.random.default_rng(1).random((2, size, size), dtype=np.float32)
    out = np.empty_like(a)
    return lambda: np.matmul(a, b, out=out)


def operations(n: int, d: int, models: int) -> float:
    """Floating-point operations that cannot be avoided, the cheaper way, each pair once."""
    features = n * d * d * models * (models + 1)
    grams = n * n * d * models + n * n * models * (models + 1) / 2
    return min(features, grams)


def engine_rows(
    models: Models, pairs: Sequence[Pair], repeats: int, clock: Clock
) -> tuple[list[Measured], float]:
    """The engine, plain and debiased, and the rate of sgemm; in turns, so that load hits all."""
    product = sgemm()
    calls = {False: lambda: cka_matrix(models), True: lambda: cka_matrix(models, debiased=True)}
    peaks = {debiased: peak_beyond(call) for debiased, call in calls.items()}
    product()
    times: dict[object, list[float]] = {False: [], True: [], "sgemm": []}
    for _ in range(repeats):
        for debiased, call in calls.items():
            times["sgemm"].append(seconds(product, clock))
            times[debiased].append(seconds(call, clock))
    at = tuple(np.array(pairs).T)
    rows = [
        Measured(
            "Transfer Atlas, debiased" if debiased else "**Transfer Atlas**",
            statistics.median(times[debiased]),
            peaks[debiased],
            error(calls[debiased]()[at], reference(models, pairs, debiased=debiased)),
        )
        for debiased in calls
    ]
    return rows, 2 * 2048**3 / statistics.median(times["sgemm"])


def contender_row(contender: Contender, models: Models, repeats: int, clock: Clock) -> Measured:
    """One other way, run once and `repeats` times more; scaled where only some pairs are timed."""
    used = models[: contender.models]
    pairs = all_pairs(len(used))
    scale, note = 1.0, ""
    if contender.models and len(used) < len(models):
        # Linear in the models, as if comparing cost nothing: to its advantage.
        scale, note = len(models) / len(used), f"models timed: {len(used)}"
    elif contender.pairs and contender.pairs < len(pairs):
        scale, note = len(pairs) / contender.pairs, f"pairs timed: {contender.pairs}"
        pairs = pairs[:: len(pairs) // contender.pairs][: contender.pairs]
    values: list[float] = []
    times = []

    def once() -> None:
        values[:] = contender.run(used, pairs)

    peak = peak_beyond(lambda: times.append(seconds(once, clock)))
    times += [seconds(once, clock) for _ in range(repeats)]
    spent = statistics.median(times)
    wrong = error(values, reference(used, pairs, debiased=contender.debiased))
    return Measured(contender.name, spent * scale, peak, wrong, note)


def error(values: Sequence[float] | np.ndarray, true: np.ndarray) -> float:
    """Largest absolute difference."""
    return float(np.abs(np.asarray(values) - true).max())


def measured(
    n: int, d: int, size: int, repeats: int, clock: Clock, peers: Sequence[Contender]
) -> tuple[list[Measured], float]:
    """A row a contender, the engine's two first and the plain one last; and the rate of sgemm."""
    models, pairs = representations(n, d, size), all_pairs(size)
    engine, rate = engine_rows(models, pairs, repeats, clock)
    # What takes seconds to minutes is run once: chance matters less there.
    few = 0 if n > 2000 else 4
    others = [
        Contender("netrep's formula", netrep_formula, pairs=3),
        *peers,
        Contender("plain, n × n", plain, pairs=1 if n > 2000 else 3),
    ]
    return [*engine, *(contender_row(other, models, few, clock) for other in others)], rate


def table(
    n: int, d: int, size: int, repeats: int, clock: Clock, peers: Sequence[Contender]
) -> None:
    """Measure one size and print its table."""
    rows, rate = measured(n, d, size, repeats, clock, peers)
    pairs = all_pairs(size)
    slowest = rows[-1].seconds
    print(f"\n**n = {n}, d = {d}, M = {size}** ({len(pairs)} pairs)\n")
    print(
        "| | s a pair | × plain | share of sgemm | peak beyond input, MiB | max error | |\n"
        "|---|---|---|---|---|---|---|"
    )
    for row in rows:
        share = operations(n, d, size) / row.seconds / rate
        print(
            f"| {row.name} | {row.seconds / len(pairs):.3g} | {_times(slowest / row.seconds)}"
            f" | {share:.2f} | {'–' if row.peak is None else f'{row.peak:.0f}'}"
            f" | {row.error:.0e} | {row.note} |"
        )
    extra = rows[1].seconds / rows[0].seconds - 1
    print(f"\nsgemm {rate / 1e9:.0f} GFLOP/s; debiased {extra:+.0%}.", flush=True)


def named(
    size: Sequence[int], options: argparse.Namespace, clock: Clock, peers: Sequence[Contender]
) -> list[dict[str, object]]:
    """Name and seconds a pair of every contender at a size."""
    n, d, models = size
    rows, _ = measured(n, d, models, options.repeats, clock, peers)
    pairs = len(all_pairs(models))
    return [{"name": row.name, "pair": row.seconds / pairs} for row in rows]


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 99.5 else f"{ratio:.2g}"


def machine(threads: str) -> str:
    """CPU, cores, versions, threads and date, in one line."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = named[0].split(":")[1].strip() if named else cpu
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    return (
        f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()},"
        f" numpy {np.__version__}, {blas['name']} {blas['version']}, {threads};"
        f" {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d}, load {load}"
    )


def main() -> None:
    """Read the options and print a table for every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two small sizes, under 30 s")
    parser.add_argument("--sizes", nargs="+", metavar="N,D,M", help="items, features, models")
    parser.add_argument("--repeats", type=int, default=9, help="of the engine, median taken")
    parser.add_argument(
        "--one-thread", action="store_true", help="no threads, and CPU time: for a busy machine"
    )
    parser.add_argument("--json", action="store_true", help="names and seconds a pair, no table")
    options = parser.parse_args()
    sizes: Sequence[Sequence[int]] = QUICK if options.quick else SIZES
    if options.sizes:
        sizes = [[int(part) for part in size.split(",")] for size in options.sizes]
    clock: Clock = time.process_time if options.one_thread else time.perf_counter
    # Before the limit: it holds for the libraries that are loaded.
    peers = installed()
    with threadpool_limits(1 if options.one_thread else None):
        if options.json:
            print(json.dumps([one for size in sizes for one in named(size, options, clock, peers)]))
            return
        print(machine("one thread, CPU time" if options.one_thread else "all threads, wall time"))
        print(
            "\nMedians. Share of sgemm: operations that cannot be avoided (each pair once) over"
            " what a float32 product of 2,048 × 2,048 matrices does. Error: against float64. Where"
            " only some pairs or models are timed the rest is scaled."
        )
        for n, d, size in sizes:
            table(n, d, size, options.repeats, clock, peers)


if __name__ == "__main__":
    main()
