"""People at the page without a browser: recorded sessions sent again, some questions changed."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from benchmarks.sessions import CALLBACKS, Recorded, Session
from core.study import Study

UNCACHED_SHARE = 0.22
"""Of all callbacks; a fifth is to be reached."""
LONGEST_PAUSE = 10.0
CONNECTIONS = 6
"""A browser has no more to one host."""
IDLE_SECONDS = 1.5
"""Connections that waited longer are not used again: gunicorn closes them after two seconds."""


@dataclass(frozen=True)
class Asked:
    """One answer. kind: page, file, cached, uncached or other."""

    kind: str
    name: str
    status: int
    began: float
    seconds: float


@dataclass
class Crowd:
    """What all people share: what was asked before, and what came of it."""

    port: int
    study: Study
    draw: random.Random
    answered: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    asked: list[Asked] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    callbacks: int = 0
    uncached: int = 0
    reopened: int = 0

    def body(self, request: Recorded) -> tuple[str, str]:
        """The body to send for a callback, and whether it is `cached`, `uncached` or neither."""
        self.callbacks += 1
        body = request.body
        if self.uncached < UNCACHED_SHARE * self.callbacks and self.draw.random() < 0.5:
            body = self._changed(body)
        if body in self.answered:
            return body, "cached"
        # Asked for the first time, or still under way for somebody else.
        first = body not in self.tried
        self.tried.add(body)
        if first and _computes(json.loads(body)):
            self.uncached += 1
            return body, "uncached"
        return body, "other"

    def _changed(self, body: str) -> str:
        """The same question about other seeds, tasks, checkpoints: one that nobody asked."""
        document = json.loads(body)
        if not _computes(document):
            return body
        query = document["inputs"][0]["value"]["query"]
        for _ in range(50):
            for key, values in self._variations().items():
                if key in query:
                    query[key] = values
            changed = json.dumps(document, separators=(",", ":"))
            if changed not in self.tried:
                return changed
        return body

    def _variations(self) -> dict[str, list[str]]:
        draw, study = self.draw, self.study
        seeds = sorted({run.seed for run in study.runs})
        tasks = [task.name for task in study.tasks]
        chosen = draw.sample(seeds, draw.randint(2, len(seeds)))
        return {
            "seeds": [",".join(map(str, sorted(chosen)))],
            "exclude": draw.sample(tasks, draw.randint(0, 2)) or [""],
            "scale": [draw.choice(("published", "strict"))],
            "method": [draw.choice(("ft1", "ftwb1", "ftwb2", "ftwb3"))],
            "layer": [str(draw.choice((3, 4, 5, 6)))],
        }


def _computes(document: Any) -> bool:
    """Whether it is a figure's callback: told by a store what to show, and there is something."""
    inputs = document.get("inputs") or [{}]
    query = (inputs[0].get("value") or {}) if isinstance(inputs[0], dict) else {}
    query = query.get("query") if isinstance(query, dict) else None
    fed = str(inputs[0].get("id", "")).startswith("figure-input-")
    # The panel beside the figures shows what is selected.
    empty = "panel" in str(inputs[0].get("id", "")) and query and not any(query.get("select", ()))
    return bool(fed and query and not empty)


class Visitor:
    """One browser: its connections, what it has kept, one session after the other."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._tags: dict[str, str] = {}
        self._kept: set[str] = set()

    async def replay(self, session: Session, until: float) -> None:
        """Send every request as long after those it waited for as it was recorded."""
        done = [asyncio.Event() for _ in session]
        ends = sorted((request.ended, n) for n, request in enumerate(session))
        async with asyncio.TaskGroup() as tasks:
            for n, request in enumerate(session):
                before = [m for ended, m in ends if ended <= request.began]
                latest = session[before[-1]].ended if before else request.began
                pause = min(request.began - latest, LONGEST_PAUSE)
                tasks.create_task(
                    self._one(request, pause, [done[m] for m in before], done[n], until)
                )

    async def _one(
        self,
        request: Recorded,
        pause: float,
        before: Sequence[asyncio.Event],
        done: asyncio.Event,
        until: float,
    ) -> None:
        try:
            for event in before:
                await event.wait()
            await asyncio.sleep(max(0.0, min(pause, until - time.monotonic())))
            if time.monotonic() < until and request.path not in self._kept:
                await self._ask(request)
        finally:
            done.set()

    async def _ask(self, request: Recorded) -> None:
        crowd, body, kind = self._crowd, request.body, _kind(request)
        if kind == "callback":
            body, kind = crowd.body(request)
        began = time.monotonic()
        try:
            async with self._free:
                status = await self._answered(request, body.encode())
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            crowd.failed.append(f"{request.method} {request.path[:80]}: {error!r}")
            return
        seconds = time.monotonic() - began
        if status >= 400:
            crowd.failed.append(f"{request.method} {request.path[:80]}: {status}")
        elif request.body:
            crowd.answered.add(body)
        crowd.asked.append(Asked(kind, _name(request), status, began, seconds))

    async def _answered(self, request: Recorded, body: bytes) -> int:
        """The status. A connection that was closed while nobody used it is opened again.

        Browsers do the same with what they sent into one before any answer came.
        """
        while self._idle:
            reader, writer, since = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS:
                try:
                    return await self._exchange(request, body, reader, writer)
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    writer.close()
                    if getattr(error, "partial", b""):
                        raise
                    self._crowd.reopened += 1
                    break
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._crowd.port, limit=2**20)
        return await self._exchange(request, body, reader, writer)

    async def _exchange(
        self,
        request: Recorded,
        body: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> int:
        lines = [
            f"{request.method} {request.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._crowd.port}",
            "Accept-Encoding: gzip, deflate, br",
            *[f"{name}: {text}" for name, text in request.headers.items()],
        ]
        if tag := self._tags.get(request.path):
            lines.append(f"If-None-Match: {tag}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split()[1])
        headers = {
            name.lower(): text.strip() for name, _, text in (line.partition(":") for line in head)
        }
        if headers.get("transfer-encoding") == "chunked":
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readexactly(2)
        elif status not in (204, 304):
            await reader.readexactly(int(headers["content-length"]))
        if "immutable" in headers.get("cache-control", ""):
            self._kept.add(request.path)
        elif status == 200 and "etag" in headers:
            self._tags[request.path] = headers["etag"]
        if headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((reader, writer, time.monotonic()))
        return status

    def leave(self) -> None:
        """Close every connection."""
        for _, writer, _ in self._idle:
            writer.close()
        self._idle.clear()


def _kind(request: Recorded) -> str:
    path = urlsplit(request.path).path
    if path == CALLBACKS:
        return "callback"
    if path.startswith(("/assets/", "/_dash-component-suites/")):
        return "file"
    return "page" if path in ("/", "/_dash-layout", "/_dash-dependencies") else "other"


def _name(request: Recorded) -> str:
    """The first output of a callback; of anything else its path."""
    if urlsplit(request.path).path != CALLBACKS:
        return urlsplit(request.path).path
    output = str(json.loads(request.body)["output"])
    return output.strip(".").split("...")[0]
