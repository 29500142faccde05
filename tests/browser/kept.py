"""Pages that are watched, and kept for the next test: a page that was used needs half of the time.

A Chromium compiles the scripts of a page anew in each new one. What a test may leave behind is
taken away after it; where that cannot be known, after a test that failed, the page is closed.
Within a file of tests the dashboard may stay open: the next test goes on in it (`pages.go_on`).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize

from tests.browser.pages import context_of, prepared

USUAL_VIEW: ViewportSize = {"width": 1280, "height": 720}
"""Playwright's own, where the options of a context name none."""
COLOURS = "light"


class Watch:
    """What went wrong in a page: what its console says, answers from 400 up, requests elsewhere."""

    def __init__(self, page: Page) -> None:
        self.home = ""
        self.faults: list[str] = []
        page.on("console", lambda m: self._note("console", m.text, wrong=wrong(m)))
        page.on("pageerror", lambda e: self._note("exception", str(e), wrong=True))
        page.on("response", lambda r: self._note(str(r.status), r.url, wrong=r.status >= 400))
        page.on(
            "request",
            lambda r: self._note(
                "foreign", r.url, wrong=not r.url.startswith((self.home, "data:", "blob:"))
            ),
        )

    def _note(self, what: str, text: str, *, wrong: bool) -> None:
        if wrong and self.home:
            self.faults.append(f"{what}: {text}")


def wrong(message: ConsoleMessage) -> bool:
    """Errors and warnings, but for those of a graphics driver that is made of software."""
    return message.type in ("error", "warning") and not message.text.startswith("[.WebGL")


class KeptPage:
    """A page in a context of its own, as a new one at the beginning of every test."""

    def __init__(self, browser: Browser, options: dict[str, Any]) -> None:
        context = context_of(browser, color_scheme=COLOURS, **options)
        prepared(context)
        self.page = context.new_page()
        self.watch = Watch(self.page)
        self._devtools = context.new_cdp_session(self.page)
        self._devtools.send("Page.enable")
        self._script = ""
        self._view = options.get("viewport", USUAL_VIEW)
        self.spoilt = False
        self.stays_for = ""

    def close(self) -> None:
        self.page.context.close()

    def begin(self, stays_for: str, script: str) -> None:
        """Leave the dashboard, but where it stayed open for what comes now; run a script first."""
        if self.stays_for and self.stays_for != stays_for:
            self.page.goto("about:blank")
        self.stays_for = stays_for
        if script:
            # Playwright keeps its own for good.
            added = self._devtools.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
            self._script = added["identifier"]

    def renewed(self) -> bool:
        """Take away what a test leaves behind; False where the page is in no state for that."""
        try:
            self._renew()
        except Error:
            return False
        return True

    def _renew(self) -> None:
        page, context = self.page, self.page.context
        if self._script:
            self._devtools.send(
                "Page.removeScriptToEvaluateOnNewDocument", {"identifier": self._script}
            )
            self._script = ""
        page.unroute_all(behavior="ignoreErrors")
        for other in context.pages:
            if other is not page:
                other.close()
        page.evaluate("window.sessionStorage.clear()")
        origin = page.evaluate("window.location.origin")
        if not self.stays_for:
            page.goto("about:blank")
        self._devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        self._devtools.send("Page.resetNavigationHistory")
        context.clear_cookies()
        context.clear_permissions()
        page.emulate_media(media="null", color_scheme=COLOURS)
        page.set_viewport_size(self._view)
        # Or the next page would begin with a mouse over whatever stands there.
        page.mouse.move(0, 0)


FREE: dict[str, list[KeptPage]] = {}
USED: list[KeptPage] = []


def opened(
    browser: Browser,
    served: Any,
    *,
    script: str = "",
    fresh: bool = False,
    watched: bool = True,
    stays_for: str = "",
    **options: Any,
) -> Iterator[Page]:
    """A page that is watched; script: runs in it before its own. options: of its context.

    fresh: of a browser that has been nowhere, whose cache is empty too.
    watched: False where something goes wrong in it on purpose.
    stays_for: the file whose next test may go on in what is open; left where that is another.
    """
    alike = [] if fresh else FREE.setdefault(json.dumps(options, sort_keys=True), [])
    kept = alike.pop() if alike else KeptPage(browser, options)
    # What stayed open of another server asks that one until it is left.
    kept.begin(stays_for, script)
    kept.watch.home = served.url if watched else ""
    USED.append(kept)
    try:
        yield kept.page
    finally:
        USED.remove(kept)
        with contextlib.suppress(Error):
            # What the page has told by now is heard when it is asked something.
            kept.page.evaluate("0")
        faults, kept.watch.faults = kept.watch.faults, []
        kept.watch.home = ""
        if fresh or kept.spoilt or faults or not kept.renewed():
            kept.close()
        else:
            alike.append(kept)
    assert not faults, "\n".join(faults)


def spoil() -> None:
    """Let no page that is in use be used once more."""
    for kept in USED:
        kept.spoilt = True
