"""What people do with the dashboard, recorded from a browser request by request."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request, sync_playwright

CALLBACKS = "/_dash-update-component"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Who has seen the first steps clicks what they would cover.
SEEN_STEPS = "try { window.localStorage.setItem('transfer-atlas-steps', 'done'); } catch {}"
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
PATIENCE_MS = 60_000
KEPT_HEADERS = ("accept", "content-type", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")


@dataclass(frozen=True)
class Recorded:
    """One request of a session. began, ended: seconds since the session began."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    began: float
    ended: float


Session = tuple[Recorded, ...]
Walk = Callable[["Person"], None]


class Person:
    """Somebody at a page, who looks at what came before doing the next thing.

    pause: seconds of looking. The server's own time is not part of it.
    """

    def __init__(self, page: Page, url: str, pause: float) -> None:
        self._page = page
        self._url = url
        self._pause = pause

    def open(self, query: str) -> None:
        """Come by an address."""
        self._page.goto(f"{self._url}/{query}")
        self._look()

    def tab(self, name: str) -> None:
        """Open a tab."""
        self._page.locator(f"#tab-{name}").click()
        self._look()

    def choose(self, control: str, value: str | int) -> None:
        """By value; a number counts the options that can be chosen."""
        if isinstance(value, int):
            options = self._page.locator(f"select#{control} option:enabled")
            value = options.nth(value).get_attribute("value") or ""
        self._page.locator(f"select#{control}").select_option(value)
        self._look()

    def step(self, key: str) -> None:
        """Move the slider over checkpoints of the Transfer tab."""
        self._page.locator("#transfer-checkpoints [role=slider]").press(key)
        self._look()

    def tick(self, control: str, value: str) -> None:
        """Tick or untick one box, or choose one of several."""
        self._page.locator(f"#group-{control} input[value='{value}']").click()
        self._look()

    def caption(self, card: str) -> None:
        """Copy the caption of a figure."""
        self._page.locator(f"[data-card='{card}'][data-take='txt']").click()
        self._look()

    def back(self) -> None:
        """Go back one step."""
        self._page.go_back()
        self._look()

    def _look(self) -> None:
        self._page.wait_for_load_state("networkidle")
        self._page.wait_for_timeout(self._pause * 1000)


def tour(person: Person) -> None:
    """Somebody new: one tab after the other."""
    person.open("")
    for tab in ("transfer", "compare", "predictors", "representations"):
        person.tab(tab)
    for tab in ("balance", "teachers", "network", "pairs", "overview"):
        person.tab(tab)


def methods(person: Person) -> None:
    """Somebody who compares methods of fine-tuning."""
    person.open("?tab=transfer")
    for method in ("ft1", "ftwb1", "ftwb2"):
        person.choose("method", method)
    person.tick("scale", "strict")
    person.tick("prediction", "cross-fitted")
    person.tick("order", "net")
    person.step("Home")
    person.step("ArrowRight")
    person.caption("transfer-actual")
    person.back()


def similarity(person: Person) -> None:
    """Somebody who asks whether similarity predicts transfer."""
    person.open("?tab=predictors&method=ftwb1&select=distance&select=angle")
    for layer in (0, 1, 2):
        person.choose("layer", layer)
    person.choose("measure", "debiased")
    person.tick("tasks", "compass")
    person.tab("representations")
    person.choose("cka-checkpoint", 1)
    person.tick("seeds", "45")
    person.tab("pairs")


def teachers(person: Person) -> None:
    """Somebody who looks for the task to train on."""
    person.open("?tab=balance&method=ftwb1")
    person.tick("seeds", "42")
    person.tick("scale", "strict")
    person.tab("network")
    person.tick("tasks", "inside")
    person.tick("tasks", "inside")
    person.tab("teachers")
    person.tab("balance")
    person.back()


def link(person: Person) -> None:
    """Somebody who got a link."""
    person.open("?tab=network&method=ft1&seeds=42,43&select=perimeter&select=angle")
    person.choose("method", "ftwb1")
    person.tab("transfer")
    person.tab("compare")
    person.choose("method", "ftwb2")
    person.choose("method", "ftwb1")
    person.tick("tasks", "compass")


WALKS: tuple[Walk, ...] = (tour, methods, similarity, teachers, link)


def recorded(url: str, *, pause: float) -> tuple[Session, ...]:
    """The sessions of all walks, each in a browser that was never here before.

    pause: seconds between what came and what is done next.
    """
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("there is no Chromium to record with: install one, or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        sessions = []
        for walk in WALKS:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.set_default_timeout(PATIENCE_MS)
            context.add_init_script(SEEN_STEPS)
            page = context.new_page()
            requests: list[Request] = []
            page.on("requestfinished", lambda sent, kept=requests: kept.append(sent))
            walk(Person(page, url, pause))
            sessions.append(tuple(_told(requests)))
            context.close()
        browser.close()
    return tuple(sessions)


def _told(requests: list[Request]) -> Iterator[Recorded]:
    sent = [(request.timing, request) for request in requests if request.timing["responseEnd"] >= 0]
    first = min(timing["startTime"] for timing, _ in sent)
    for timing, request in sorted(sent, key=lambda pair: pair[0]["startTime"]):
        address = urlsplit(request.url)
        began = (timing["startTime"] - first) / 1000
        yield Recorded(
            request.method,
            address.path + (f"?{address.query}" if address.query else ""),
            {name: text for name, text in request.headers.items() if name in KEPT_HEADERS},
            request.post_data or "",
            began,
            began + timing["responseEnd"] / 1000,
        )


def kept(file: Path, sessions: tuple[Session, ...]) -> None:
    """Write sessions to a file."""
    file.write_text(json.dumps([[asdict(request) for request in session] for session in sessions]))


def read(file: Path) -> tuple[Session, ...]:
    """The sessions `kept` wrote."""
    return tuple(
        tuple(Recorded(**request) for request in session)
        for session in json.loads(file.read_text())
    )
