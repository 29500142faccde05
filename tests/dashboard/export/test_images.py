"""Images: the browser starts beside its caller, and is closed however that ends."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

import plotly.graph_objects as go
import pytest

from core.errors import RequestError
from dashboard.export.collect import ExportItem
from dashboard.export.images import drawing
from dashboard.ui.card import CardContent

ITEM = ExportItem("card", "Tab", "", CardContent(figure=go.Figure()), None, "")


class Browser:
    """In Kaleido's place: starts when it may, and keeps what it was asked."""

    may_start: threading.Event
    fault: Exception | None
    asked: list[str]

    def __init__(self, **_: object) -> None:
        self.drawn = asyncio.Event()

    async def open(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.may_start.wait)
        self.asked.append("open")
        if self.fault is not None:
            raise self.fault

    async def calc_fig(self, _figure: go.Figure, opts: dict[str, object]) -> bytes:
        self.asked.append(f"{opts['format']}")
        if opts["format"] == "never":
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # Ctrl+C
            try:
                await self.drawn.wait()
            except asyncio.CancelledError:
                self.asked.append("left")
                raise
        return b"drawn"

    async def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def browser(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)
    monkeypatch.setattr("kaleido.Kaleido", Browser)
    for name, value in (("may_start", threading.Event()), ("fault", None), ("asked", [])):
        monkeypatch.setattr(Browser, name, value, raising=False)
    return Browser


def test_a_browser_starts_while_its_caller_goes_on(browser):
    with drawing() as draw:
        assert browser.asked == []
        browser.may_start.set()
        assert draw(ITEM, "svg") == b"drawn"
        assert draw(ITEM, "pdf") == b"drawn"
    assert browser.asked == ["open", "svg", "pdf", "close"]


def test_one_that_is_never_drawn_in_is_closed_when_it_has_started(browser):
    with drawing():
        browser.may_start.set()
    assert browser.asked == ["open", "close"]


def test_one_that_does_not_start_is_one_sentence_at_the_first_figure(browser):
    browser.fault = OSError("no such place")
    browser.may_start.set()
    with drawing() as draw, pytest.raises(RequestError, match="could not be started: no such"):
        draw(ITEM, "svg")
    assert browser.asked == ["open", "close"]


def test_who_is_interrupted_waits_for_no_figure(browser):
    browser.may_start.set()
    with drawing() as draw, pytest.raises(KeyboardInterrupt):
        draw(ITEM, "never")
    assert browser.asked[:2] == ["open", "never"]
    assert {*browser.asked[2:]} == {"left", "close"}
