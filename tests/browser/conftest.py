"""A served dashboard and a real Chromium, each started once."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from tests.browser.kept import opened, spoil
from tests.browser.pages import PATIENCE_MS
from tests.forks import Fork
from tests.processes import DASHBOARD, free_port, started
from tests.studies import write_study_files

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
EXAMPLE = EXAMPLES / "atlantis" / "study"
START_SECONDS = 300
CHROMIUMS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
"""Which is taken, in the order of find_chromium.sh. The first has no windows: a page load takes
a fifth less."""
OFF = (
    # Two pages that Chromium opens with every context, for the list below a bar that nobody sees:
    # a second of a core each time.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # Of two such lists the last counts: these are Playwright's own.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""Features of Chromium that are switched off."""
JS_FLAGS = (
    # A page does little that is worth to be compiled with care: what compilers save it less than
    # they cost. Nor is there much to collect before it is left.
    "--no-opt",
    "--no-maglev",
    "--initial-heap-size=400",
    "--min-semi-space-size=64",
)
"""Of V8, sizes in MB: a page load takes a seventh less."""
FLAGS = (
    f"--disable-features={','.join(OFF)}",
    f"--js-flags={' '.join(JS_FLAGS)}",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass(frozen=True)
class Served:
    """A running dashboard: the examples, one study that cannot be read, and some small ones."""

    url: str
    log: Path

    def says(self, text: str) -> bool:
        """Whether it writes that before long."""
        deadline = time.monotonic() + START_SECONDS
        while text not in self.log.read_text():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True


@contextlib.contextmanager
def serving(folder: Path, studies: Sequence[Path], **settings: str) -> Iterator[Served]:
    """A dashboard over these studies, with cache and log in a folder of its own."""
    port = free_port()
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "STUDY": os.pathsep.join(map(str, studies)),
        "CACHE_DIR": str(folder / "cache"),
        "DATA_DIR": str(folder / "data"),
        "LOG_LEVEL": "WARNING",
        **settings,
    }
    log = folder / "server.log"
    with log.open("wb") as out:
        process = started(DASHBOARD, environment, out, out)
    try:
        wait_until_served(process, log)
        yield Served(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()[-3000:]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where results about the studies of `served` are kept: no worker computes them anew."""
    of_this_run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_this_run = of_this_run.parent
    return of_this_run / "served-cache"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, results: Path) -> Iterator[Served]:
    if not EXAMPLE.is_dir():
        pytest.fail(f"the example study is not at {EXAMPLE}")
    folder = tmp_path_factory.mktemp("studies")
    broken = write_study_files(folder / "unreadable")
    broken.replace("study.toml", 'metric = "error"', 'metric = "eror"')
    broken.append("runs.csv", "pt1_x,ftwb1,nowhere,pt1,42,,\n")
    write_study_files(folder / "scored", layout="scores")
    studies = [EXAMPLE, folder / "unreadable", folder / "scored", parted(folder / "parted")]
    studies += [named(folder / "named"), large(folder / "large")]
    # Last, so that no page begins with one of them.
    studies += [EXAMPLES / "digits" / "study", EXAMPLES / "published"]
    folder = tmp_path_factory.mktemp("served")
    with serving(folder, studies, CACHE_DIR=str(results)) as dashboard:
        yield dashboard


def parted(folder: Path) -> Path:
    """A study without groups, of two communities of three tasks."""
    folder.mkdir()
    (folder / "study.toml").write_text(
        '[scale]\nmetric = "score"\nzero = 0.0\none = 1.0\n'
        '[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    rows = [
        f"{source},{target},{0.9 if (source < 'd') == (target < 'd') else 0.1}"
        for source, target in itertools.permutations(("ant", "bee", "cat", "dog", "elk", "fox"), 2)
    ]
    (folder / "scores.csv").write_text("\n".join(["sources,target,score", *rows]) + "\n")
    return folder


def named(folder: Path) -> Path:
    """A study whose tasks are called as JavaScript calls parts of every object."""
    write_study_files(folder, cka=True)
    for path in folder.rglob("*"):
        if path.suffix in (".csv", ".toml"):
            text = path.read_text(encoding="utf-8")
            text = text.replace("distance", "__proto__").replace("crossing", "constructor")
            path.write_text(text, encoding="utf-8")
    return folder


KEPT = ("alpha", "beta", "gamma", "delta", *(f"kept {i}" for i in range(60)))
LEFT_OUT = tuple(
    f"task {i} {'whose name is as long as file names happen to be' * 3}" for i in range(60)
)
"""As long an address as it gets: of fewer that are kept, those would be named."""


def large(folder: Path) -> Path:
    """A study of which half the tasks can be left out: KEPT and LEFT_OUT."""
    folder.mkdir()
    (folder / "study.toml").write_text(
        'title = "Large"\n[evaluations]\nlayout = "scores"\npath = "scores.csv"\n'
    )
    rows = [
        f"{source},{target},{(i * 7 + j * 3) % 11 / 10 - 0.3}"
        for i, source in enumerate(KEPT[:4])
        for j, target in enumerate((*KEPT, *LEFT_OUT))
        if source != target
    ]
    rows += [f"{source},{KEPT[i % 4]},0.1" for i, source in enumerate((*KEPT[4:], *LEFT_OUT))]
    (folder / "scores.csv").write_text("\n".join(["sources,target,score", *rows]) + "\n")
    return folder


def wait_until_served(process: subprocess.Popen[bytes] | Fork, log: Path) -> None:
    """Wait for the line in which the server says where it is."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if any(line.startswith("Transfer Atlas:") for line in log.read_text().splitlines()):
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.fail("there is no Chromium: install one, or set CHROMIUM")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A page in which a test failed may be as nobody knows: it is not kept."""
    report = yield
    if report.failed:
        spoil()
    return report


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page of 1440 pixels in light colours; fails the test for anything that went wrong."""
    yield from opened(browser, served, viewport={"width": 1440, "height": 900})


@pytest.fixture
def open_page(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The same, where the test before of the same file left the dashboard open: see `go_on`."""
    size: ViewportSize = {"width": 1440, "height": 900}
    yield from opened(browser, served, stays_for=request.node.path.name, viewport=size)


@pytest.fixture
def fresh_page(browser: Browser, served: Served) -> Iterator[Page]:
    """The same in a browser that has been nowhere: nothing is in its cache."""
    yield from opened(browser, served, fresh=True, viewport={"width": 1440, "height": 900})


@pytest.fixture
def phone(browser: Browser, served: Served) -> Iterator[Page]:
    """The same at 390 pixels, touched by fingers."""
    yield from opened(
        browser,
        served,
        viewport={"width": 390, "height": 844},
        has_touch=True,
    )
