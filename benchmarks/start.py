"""A fresh server's first answer and its workers' memory, beside a plain Dash app.

python -m benchmarks.start [--runs N]

All are started in turn, with an empty cache. A figure counts from the program's start to the
answer at `/`: seconds by the clock, and processor time, which is what can be compared on a machine
with other work. Memory is asked for when nothing is left to read: resident, and proportional (what
processes share is counted once).
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE_S = 120
LOOK_EVERY_S = 0.004
PLAIN = """
from dash import Dash, Input, Output, dcc, html
import plotly.graph_objects as go

app = Dash("plain")
app.layout = html.Div([dcc.Dropdown(["a", "b"], "a", id="choice"), dcc.Graph(id="graph")])

@app.callback(Output("graph", "figure"), Input("choice", "value"))
def draw(_choice):
    return go.Figure(go.Heatmap(z=[[1, 2], [3, 4]]))

server = app.server
"""
GUNICORN = [sys.executable, "-m", "gunicorn"]
COMMANDS = {
    "plain Dash, gunicorn": [*GUNICORN, "--preload", "--threads", "4", "plain:server"],
    "python -m dashboard": [sys.executable, "-m", "dashboard"],
    "Procfile, 2 workers": [*GUNICORN, "--config", "gunicorn.conf.py", "dashboard.app:server"],
}


@dataclass(frozen=True)
class Start:
    """seconds, processor: until the first answer. resident, proportional: MB of each process."""

    seconds: float
    processor: float
    resident: tuple[float, ...]
    proportional: tuple[float, ...]


def started(name: str) -> Start:
    """One start of one of COMMANDS."""
    with tempfile.TemporaryDirectory() as folder:
        plain = name.startswith("plain")
        (Path(folder) / "plain.py").write_text(PLAIN)
        port = free_port()
        environment = {
            **os.environ,
            "CACHE_DIR": f"{folder}/cache",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "LOG_LEVEL": "WARNING",
            "PYTHONDONTWRITEBYTECODE": "",  # compiled once, as an installation is
        }
        bind = ["--bind", f"127.0.0.1:{port}"] if plain else []
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*COMMANDS[name], *bind],
            cwd=folder if plain else ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until(process, port, "/")
            seconds = time.perf_counter() - begun
            spent = sum(map(processor, family(process.pid)))
            until(process, port, "/" if plain else "/readyz")
            time.sleep(1)  # the scripts are compressed
            held = [memory(pid) for pid in family(process.pid)]
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
    return Start(seconds, spent, *map(tuple, zip(*held, strict=True)))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Wait for an answer at a path; SystemExit when there is none."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        with suppress(OSError):
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(LOOK_EVERY_S)
    raise SystemExit(f"the server did not answer at {path}")


def family(pid: int) -> list[int]:
    """A process and all it started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(member for child in children for member in family(child))]


def processor(pid: int) -> float:
    """Seconds of a core a process took."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> tuple[float, float]:
    """(resident, proportional) MB of a process."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = dict(re.findall(r"^(Rss|Pss):\s+(\d+)", text, re.MULTILINE))
    return int(kilobytes["Rss"]) / 1024, int(kilobytes["Pss"]) / 1024


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    starts: dict[str, list[Start]] = {name: [] for name in COMMANDS}
    for run in range(options.runs + 1):
        for name in COMMANDS:
            start = started(name)
            if run:  # the first compiles what has changed
                starts[name].append(start)
    rows = {
        name: {
            "seconds": statistics.median(start.seconds for start in found),
            "processor": statistics.median(start.processor for start in found),
            "resident": [round(mb) for mb in found[-1].resident],
            "proportional": [round(mb) for mb in found[-1].proportional],
        }
        for name, found in starts.items()
    }
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"{datetime.date.today()}, medians of {options.runs}, load {load}\n")
    print("| | first answer, s | processor, s | resident, MB | proportional, MB |")
    print("|---|---|---|---|---|")
    for name, row in rows.items():
        held = " | ".join(" + ".join(map(str, row[key])) for key in ("resident", "proportional"))
        print(f"| {name} | {row['seconds']:.2f} | {row['processor']:.2f} | {held} |")


if __name__ == "__main__":
    main()
