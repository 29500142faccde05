"""Figures as SVG, PDF and PNG, drawn by a Chrome through Kaleido."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import RequestError
from dashboard.export.collect import ExportItem
from dashboard.export.html_page import HERE, PLOTLY, typeface
from dashboard.server.settings import PROJECT
from dashboard.ui.card import DEFAULT_HEIGHT

SCRIPTS = (PROJECT / "assets" / "js" / "page" / "image-export.js", HERE / "print.js")

SCREEN_WIDTH = 900
"""Pixels of a figure that is as wide as its page, where there is none."""

PNG_SCALE = 4
"""PNG pixels for one of the figure: 460 of them printed 9 cm wide are 500 dots per inch."""

SECONDS_TO_START, SECONDS_A_FIGURE, SECONDS_TO_CLOSE = 60, 120, 30

LONGEST_PLACE = 60
"""Letters of a temporary folder below which Chromium can make its sockets (of at most 107)."""

NOWHERE = "http://127.0.0.1:9"
"""The proxy the browser is given: what it draws is here, and nothing else is to be asked for."""

NO_CHROME = (
    "SVG, PDF and PNG are drawn by a Chrome, and none was found: install Chromium, or say where one"
    " is with CHROMIUM=/path/to/chromium; --format html needs none"
)

Draw = Callable[[ExportItem, str], bytes]


def check_images() -> None:
    """Raises RequestError where nothing can draw images."""
    _browser()


@contextlib.contextmanager
def drawing() -> Iterator[Draw]:
    """A function that draws an item's figure in a format; one browser for all of them.

    Raises RequestError where there is no browser, or it does not start or draw.
    """
    from kaleido import Kaleido  # a second of imports that HTML does not need
    from kaleido.errors import JavascriptError, KaleidoError

    path = _browser()
    browser = Kaleido(
        path=path,
        page_generator=_page(),
        proxy_server=NOWHERE,
        timeout=SECONDS_A_FIGURE,
    )

    def draw(item: ExportItem, form: str) -> bytes:
        figure = item.content.figure
        assert figure is not None  # noqa: S101  (only figures are drawn)
        width, height = item.content.size or (
            SCREEN_WIDTH,
            int(figure.layout.height or DEFAULT_HEIGHT),
        )
        scale = PNG_SCALE if form == "png" else 1
        options: Any = {"format": form, "width": width, "height": height, "scale": scale}
        try:
            return bytes(runner.run(browser.calc_fig(figure, opts=options)))
        except (RuntimeError, OSError, TimeoutError, KaleidoError, JavascriptError) as fault:
            raise RequestError(f"{path} could not draw {item.name}: {_why(fault)}") from None

    # Kaleido's own thread for callers without asyncio waits for ever for a browser that died.
    with asyncio.Runner() as runner:
        try:
            runner.run(asyncio.wait_for(browser.open(), SECONDS_TO_START))
        except (RuntimeError, OSError, TimeoutError) as fault:
            with contextlib.suppress(Exception):
                runner.run(asyncio.wait_for(browser.close(), SECONDS_TO_CLOSE))
            raise RequestError(f"{path} could not be started: {_why(fault)}{_place()}") from None
        try:
            yield draw
        finally:
            with contextlib.suppress(TimeoutError):
                runner.run(asyncio.wait_for(browser.close(), SECONDS_TO_CLOSE))


def _page() -> Any:
    """The page figures are drawn in: our plotly.js and typeface, and nothing from other hosts."""
    from kaleido import PageGenerator

    others = [script.as_uri() for script in SCRIPTS]
    generator = PageGenerator(plotly=PLOTLY.as_uri(), mathjax=False, others=others)
    generator.header += f'<style id="typeface">{typeface()}</style>'
    return generator


def _why(fault: Exception) -> str:
    """The first sentence of what went wrong."""
    said = str(fault.args[0]) if fault.args else ""
    return said.splitlines()[0] if said else "it did not answer in time"


def _place() -> str:
    """What to do where the temporary folder may be why it did not start."""
    place = tempfile.gettempdir()
    if len(place) <= LONGEST_PLACE:
        return ""
    return f"; {place} may be too long a path for the sockets it makes there: set TMPDIR=/tmp"


def _browser() -> str:
    """The Chrome to draw with. Raises RequestError where there is none."""
    asked = os.environ.get("CHROMIUM")
    if asked:
        found = shutil.which(asked)
        if found is None:
            raise RequestError(f"CHROMIUM={asked} is no program that can be started")
        return found
    from choreographer.browsers.chromium import Chromium

    found = Chromium.find_browser(skip_local=False)
    if not found or not Path(found).is_file():
        raise RequestError(NO_CHROME)
    return str(found)
