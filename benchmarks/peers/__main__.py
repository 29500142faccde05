"""Ours beside what a user would pick instead: the same numbers as the same figures.

python -m benchmarks.peers [--tasks 7,45,196,1000] [--rounds 5] [--out docs/benchmarks]

`make peers` has made their environments (.cache/peers). At each size every contender has one
server, which was visited once before; in a round each is visited by a fresh browser and started
once more for its first page, one after the other, and what needs no browser is measured beside a
script of pandas, numpy and seaborn (`benchmarks.scale`). The table has the medians, and beside each
of our numbers its ratio to the best peer's. Writes `peers.md`, `peers.svg` and what was measured as
`peers.json`, anew after each size.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error

from benchmarks import scale, waiting
from benchmarks.by_size import medians
from benchmarks.peers import report, study
from benchmarks.peers.browser import Program, UnreachedError, visit
from benchmarks.start import family, free_port, memory, processor, until
from benchmarks.tabs import TABS

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".cache" / "peers"
SEEDS = {1_000: 1}
"""Two else: a method's values at 1,000 tasks are a million a seed."""


@dataclass(frozen=True)
class Contender:
    """A server's command ({port}, {root} and {bin} are filled in), and how it is looked at."""

    environment: str | None
    command: tuple[str, ...]
    program: Program
    variables: tuple[tuple[str, str], ...] = ()

    def there(self) -> bool:
        """Whether its environment was made."""
        return self.environment is None or (ENVIRONMENTS / self.environment).exists()


GUNICORN = ("{bin}/gunicorn", "--preload", "--threads", "4", "--bind")
BOUND = "127.0.0.1:{port}"


HOME = ':text-is("Transfer")'
WORDS = (
    ("predictors", ':text-is("Predictors")', ("drawn", "scatter")),
    ("balance", ':text-is("Balance")', ("drawn", "bar")),
)
DASH = Program("/", WORDS, HOME, clicks=True)
CONTENDERS = {
    scale.OURS: Contender(
        None,
        (sys.executable, "-m", "dashboard"),
        Program(
            "/?tab=transfer&method=again",
            tuple(
                (tab, f"#tab-{tab}", ("card", f"page-{tab}")) for tab in TABS if tab != "transfer"
            ),
            "#tab-transfer",
            clicks=True,
            select="#method",
        ),
    ),
    "plain Dash": Contender("dash", (*GUNICORN, BOUND, "benchmarks.peers.dash_app:server"), DASH),
    "Dash, lru_cache": Contender(
        "dash",
        (*GUNICORN, BOUND, "benchmarks.peers.dash_app:server"),
        DASH,
        (("CACHED", "1"),),
    ),
    "Vizro": Contender(
        "vizro",
        (*GUNICORN, BOUND, "benchmarks.peers.vizro_app:server"),
        Program("/", WORDS, HOME, clicks=False),
    ),
    "Panel": Contender(
        "panel",
        ("{bin}/panel", "serve", "{root}/benchmarks/peers/panel_app.py", "--port", "{port}"),
        Program("/panel_app", WORDS, HOME, clicks=True, deep=True),
    ),
    "Streamlit": Contender(
        "streamlit",
        (
            *("{bin}/streamlit", "run", "{root}/benchmarks/peers/streamlit_app.py"),
            *("--server.port", "{port}", "--server.headless", "true"),
            *("--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
        ),
        Program("/", WORDS, HOME, clicks=False),
    ),
}


@contextmanager
def served(contender: Contender, folder: Path, log: Path) -> Iterator[tuple[str, int, float]]:
    """(address, process, seconds until the first page was answered)."""
    port = free_port()
    own = contender.environment
    filled = {"port": port, "root": ROOT, "bin": ENVIRONMENTS / own / "bin" if own else ""}
    with tempfile.TemporaryDirectory() as cache, log.open("a") as out:
        environment = {
            **os.environ,
            **dict(contender.variables),
            "STUDY": str(folder),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "CACHE_DIR": cache,
            **scale.INSTALLED,
        }
        begun = time.perf_counter()
        process = subprocess.Popen(
            [part.format(**filled) for part in contender.command],
            cwd=cache if own else ROOT,  # gunicorn would read our gunicorn.conf.py
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until(process, port, contender.program.address)
            yield f"http://127.0.0.1:{port}", process.pid, time.perf_counter() - begun
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def one_start(contender: Contender, folder: Path, log: Path) -> dict[str, float]:
    """Wall seconds and seconds of a core until a fresh server's first page."""
    with served(contender, folder, log) as (_, process, seconds):
        spent = sum(map(processor, family(process)))
    return {"start": 1000 * seconds, "start, core": 1000 * spent}


def held(process: int) -> dict[str, float]:
    """MB of a server and all it started."""
    resident, proportional = zip(*map(memory, family(process)), strict=True)
    return {"resident": max(resident), "proportional": sum(proportional)}


def measure(
    size: int, rounds: int, scratch: Path, names: Sequence[str], until_s: float
) -> tuple[dict[str, list[dict[str, float]]], list[str]]:
    """What each contender did in each round; who failed has no more rounds, and is told of.

    No round but the first begins after `until_s` of time.monotonic.
    """
    folder, log = scratch / f"tasks-{size}", scratch / "servers.log"
    study.write(folder, size, SEEDS.get(size, 2))
    time.sleep(0.2)  # files that changed just now are not trusted: no copy of them is kept
    found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    failed = []
    with ExitStack() as stack:
        running = {}
        for name in names:
            try:
                running[name] = stack.enter_context(served(CONTENDERS[name], folder, log))
            except SystemExit as fault:
                failed.append(f"{name} did not start: {fault}.")
        for turn in range(rounds + 1):
            if turn > 1 and time.monotonic() > until_s:
                break
            for name in list(running):
                contender, (url, process, _) = CONTENDERS[name], running[name]
                try:
                    one = visit(url, contender.program, size)
                    if turn:  # the first visit warms the server
                        one |= one_start(contender, folder, log) | held(process)
                        found[name].append(one)
                except (Error, UnreachedError, SystemExit) as fault:
                    print(f"{name} at {size}: {str(fault)[:900]}", file=sys.stderr, flush=True)
                    failed.append(f"{name} was given up in round {turn}.")
                    del running[name]
                else:
                    said = {key: round(value) for key, value in one.items()}
                    print(f"{size}, round {turn}, {name}: {said}", file=sys.stderr, flush=True)
    return found, failed


def alone(
    size: int, rounds: int, scratch: Path, until_s: float
) -> tuple[dict[str, list[dict[str, float]]], str]:
    """What needs no browser, ours and a script's in turn, and which CKA is the script's.

    No round but the first begins after `until_s` of time.monotonic.
    """
    folder = scratch / f"tasks-{size}"
    similarity, fastest = scale.similarity(size, environments=ENVIRONMENTS)
    held_up = {scale.OURS: {"held up": waiting.longest(*waiting.measured(size))}}
    found: dict[str, list[dict[str, float]]] = {scale.OURS: [], scale.SCRIPT: []}
    for turn in range(rounds):
        if turn and time.monotonic() > until_s:
            break
        one = scale.one_round(folder, size, environments=ENVIRONMENTS)
        for name, several in found.items():
            several.append({**one[name], **similarity[name], **held_up.get(name, {})})
            several[-1] |= exported(name, folder, scratch / f"{size}-{turn}-{name}")
            print(f"{size}, round {turn + 1}, {name}: {several[-1]}", file=sys.stderr, flush=True)
    return found, fastest


EXPORTS = {
    scale.OURS: (sys.executable, "benchmarks.peers.atlas_export"),
    scale.SCRIPT: (str(ENVIRONMENTS / "seaborn/bin/python"), "benchmarks.peers.seaborn_export"),
}


def exported(name: str, folder: Path, out: Path) -> dict[str, float]:
    """Wall milliseconds of the program that writes the five figures as SVG, if it is there."""
    python, module = EXPORTS[name]
    if not Path(python).exists():
        return {}
    figures = out / "figures"
    figures.mkdir(parents=True)
    begun = time.perf_counter()
    subprocess.run(
        [python, "-m", module, figures],
        cwd=ROOT,
        env={
            **os.environ,
            **scale.INSTALLED,
            "STUDY": str(folder),
            "CACHE_DIR": str(out / "cache"),
        },
        check=True,
    )
    return {"export": 1000 * (time.perf_counter() - begun)}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", default="7,45,196,1000")
    parser.add_argument("--rounds", type=int, default=5, help="0: a visit each, for its form")
    parser.add_argument("--minutes", type=float, default=60, help="for all; fewer rounds then")
    everybody = (*CONTENDERS, scale.SCRIPT)
    parser.add_argument("--only", default=",".join(everybody), help="contenders, by comma")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    options = parser.parse_args()
    asked = [name for name in everybody if any(n in name for n in options.only.split(","))]
    names = [name for name in CONTENDERS if name in asked and CONTENDERS[name].there()]
    sizes = [int(text) for text in options.tasks.split(",")]
    found: dict[int, report.Size] = {}
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for at, size in enumerate(sizes, start=1):
            end = begun + 60 * options.minutes * at / len(sizes)
            before = os.getloadavg()[0]
            several, notes = measure(size, options.rounds, Path(scratch), names, end)
            every = {name: medians(rounds) for name, rounds in several.items() if rounds}
            if scale.SCRIPT in asked:
                lone, fastest = alone(size, options.rounds, Path(scratch), end)
                notes.append(f"The CKA of a script is that of {fastest}.")
                for name, rounds in lone.items():
                    every[name] = {**every.get(name, {}), **medians(rounds)}
            found[size] = report.Size(
                contenders=every,
                rounds=max(map(len, several.values()), default=0),
                load=(before, os.getloadavg()[0]),
                notes=notes,
            )
            report.write(found, options.out)


if __name__ == "__main__":
    main()
