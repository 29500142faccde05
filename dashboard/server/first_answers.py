"""What every page begins with: the frame, the layout, the callbacks. Made once, kept as bytes."""

from __future__ import annotations

import re
from collections.abc import Collection

from flask import Flask, Response, request
from werkzeug.test import Client

from dashboard.server import headers
from dashboard.server.access import guard

PATHS = ("/", "/_dash-layout", "/_dash-dependencies")


class FirstAnswers:
    """The answers to PATHS, the same for everybody as long as the program runs.

    Register it behind the guard; nothing is kept before `make`.
    """

    def __init__(self, server: Flask) -> None:
        self._server = server
        self._kept: dict[str, tuple[bytes, str]] = {}
        server.before_request(self._look)

    def make(self) -> Collection[str]:
        """Make them, and return the addresses of the scripts and styles they name.

        Dash knows its scripts by the first page it made: a threaded worker without one can answer
        its first, concurrent requests for scripts with 500.
        """
        client = Client(self._server)
        for path in PATHS:
            answer = client.get(path, environ_base=guard.INSIDE, buffered=True)
            self._kept[path] = answer.get_data(), answer.content_type
        page, layout = (self._kept[path][0].decode() for path in PATHS[:2])
        found = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        # Some scripts are named in the layout, and loaded when they are needed.
        known = "|".join(map(re.escape, (headers.ASSETS, headers.BUNDLES)))
        later = re.findall(rf'"((?:{known})[^"]+)"', layout.replace("\\u002f", "/"))
        addresses = (*(address.replace("&amp;", "&") for address in found), *later)
        headers.learn(self._server, addresses)
        return addresses

    def _look(self) -> Response | None:
        if request.method not in ("GET", "HEAD") or request.path not in self._kept:
            return None
        body, content_type = self._kept[request.path]
        return Response(body, content_type=content_type)
