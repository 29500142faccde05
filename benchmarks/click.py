"""From a click on a cell to what is painted, in Chromium, on the example study.

python -m benchmarks.click [--clicks N] [--tab transfer] [--method ftwb2]

A real server and a real browser, both on this machine: the figures count what both take. Times
run from the browser's own time of the mouse's release to the frame after the change was painted:
the mark in every figure that is seen, the panel with all that is known of the pair, and the
similarity that follows it. Each cell is clicked twice: the first time nothing of it is in the
cache, the second time all of it.
"""

from __future__ import annotations

import argparse
import datetime
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.sessions import SEEN_STEPS

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "atlantis" / "study"
FLAGS = ("--no-sandbox", "--disable-background-networking")
PATIENCE_MS = 60_000
REST_MS = 250
GOAL_MS = 100

WATCH = """() => {
  const clock = { at: {} };
  const painted = (name) => requestAnimationFrame(() => {
    const after = new MessageChannel();
    after.port1.onmessage = () => { clock.at[name] = clock.at[name] || performance.now(); };
    after.port2.postMessage(0);
  });
  document.addEventListener("pointerup", (event) => {
    clock.at = { click: event.timeStamp };
  }, true);
  document.addEventListener("atlas:selection", () => painted("mark"));
  const until = (id, name, there) => new MutationObserver(() => {
    const element = document.getElementById(id);
    if (clock.at.click && !clock.at[name] && there(element)) {
      painted(name);
    }
  }).observe(document.getElementById(id), { childList: true, characterData: true, subtree: true });
  until("panel-body", "panel", (body) => body.querySelector(".seed"));
  until("panel-similarity", "similarity", (part) => part.querySelector("img"));
  window.clickClock = clock;
}"""

CELLS = """(card) => {
  const gd = document.querySelector(`#${card}-graph .js-plotly-plot`);
  const { rows, columns } = gd.data.find((t) => t.meta?.selects?.rows).meta.selects;
  const { xaxis, yaxis } = gd._fullLayout;
  return rows.flatMap((row, i) => columns.map((column, j) => ({
    row, column, x: xaxis._offset + xaxis.c2p(j), y: yaxis._offset + yaxis.c2p(i),
  })));
}"""


@dataclass(frozen=True)
class Times:
    """Milliseconds from one click to the mark, the panel and the similarity in it."""

    mark: float
    panel: float
    similarity: float


@contextmanager
def served() -> Iterator[str]:
    """The address of a server over the example study with an empty cache."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "STUDY": str(EXAMPLE),
            "CACHE_DIR": f"{folder}/cache",
        }
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "dashboard"],
                cwd=ROOT,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            while "Transfer Atlas:" not in log.read_text():
                if process.poll() is not None:
                    raise SystemExit(f"the server did not start:\n{log.read_text()}")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def chromium() -> str:
    """Where the system's Chromium is."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise SystemExit("there is no Chromium: install one, or set CHROMIUM")
    return found


def click(page: Page, card: str, cell: dict[str, Any]) -> Times:
    """Click one cell and wait until everything is painted."""
    graph = page.locator(f"#{card}-graph .js-plotly-plot")
    box = graph.bounding_box()
    assert box is not None
    x, y = box["x"] + cell["x"], box["y"] + cell["y"]
    # A person's pointer is on the cell before the button goes down.
    page.mouse.move(x + 2, y + 2)
    page.mouse.move(x, y)
    page.wait_for_timeout(REST_MS)
    page.mouse.click(x, y)
    page.wait_for_function(
        "() => ['mark', 'panel', 'similarity'].every((name) => window.clickClock.at[name])"
    )
    at = page.evaluate("clickClock.at")
    page.wait_for_timeout(REST_MS)
    return Times(*(at[name] - at["click"] for name in ("mark", "panel", "similarity")))


def measure(url: str, tab: str, method: str, clicks: int) -> tuple[list[Times], list[Times]]:
    """(first, second) clicks on the same cells, in a fresh browser."""
    card = {"transfer": "transfer-actual", "predictors": "predictors-scatter"}[tab]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(SEEN_STEPS)
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{url}/?study=atlantis&tab={tab}&method={method}")
        page.locator(f"#{card}-graph .js-plotly-plot.selects").wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        page.evaluate(WATCH)
        seen = [c for c in page.evaluate(CELLS, card) if c["y"] < 420 and c["row"] != c["column"]]
        chosen = random.Random(0).sample(seen, min(clicks + 1, len(seen)))  # noqa: S311
        # The first click opens the panel, which moves the figures: it is not counted.
        click(page, card, chosen[0])
        rounds = [[click(page, card, cell) for cell in chosen[1:]] for _ in range(2)]
        browser.close()
    return rounds[0], rounds[1]


def row(name: str, values: list[float]) -> str:
    """Median and 95th percentile as a line of the table."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    return f"| {name} | {statistics.median(values):.0f} | {p95:.0f} |"


def main() -> None:
    """Measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--clicks", type=int, default=20, help="cells, each clicked twice")
    parser.add_argument("--tab", choices=("transfer", "predictors"), default="transfer")
    parser.add_argument("--method", default="ftwb2")
    asked = parser.parse_args()
    with served() as url:
        first, second = measure(url, asked.tab, asked.method, asked.clicks)
    print(
        f"{datetime.date.today()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f},"
        f" {len(first)} cells of {asked.tab}, {asked.method}; goal: {GOAL_MS} ms\n"
    )
    print("| from the click to | median, ms | p95, ms |\n|---|---|---|")
    for times, when in ((first, "first time"), (second, "again")):
        print(row(f"the mark in all figures, {when}", [t.mark for t in times]))
        print(row(f"the panel, {when}", [t.panel for t in times]))
        print(row(f"the similarity in it, {when}", [t.similarity for t in times]))


if __name__ == "__main__":
    main()
