"""Our scripts as one file, and our style sheets: a page asks twice for what it asked sixty times.

Each request costs a browser and the server a millisecond or two before the page can start, and what
is compressed together is smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response

from dashboard.server.headers import ASSETS

MARK_LENGTH = 16


@dataclass(frozen=True)
class JoinedFiles:
    """The files of a folder with one ending, as they are when the program starts.

    name: of the whole, beside the others: what a style sheet names relative to itself is there.
    """

    name: str
    content_type: str
    body: bytes

    @property
    def mark(self) -> str:
        """Another one whenever any of the files is another."""
        return sha256(self.body).hexdigest()[:MARK_LENGTH]


def joined(folder: Path, name: str, content_type: str) -> JoinedFiles:
    """Those below the folder that end like `name`: folder by folder, in the order of their names.

    name: of the whole.
    """
    files = sorted(folder.rglob(f"*{Path(name).suffix}"), key=lambda path: (path.parent, path.name))
    return JoinedFiles(name, content_type, b"\n".join(path.read_bytes() for path in files))


def scripts(assets: Path) -> JoinedFiles:
    """All of assets/js. Each is a function that is called: none sees the names of another."""
    return joined(assets / "js", "js/all.js", "text/javascript; charset=utf-8")


def styles(assets: Path) -> JoinedFiles:
    """All of assets/css."""
    return joined(assets / "css", "css/all.css", "text/css; charset=utf-8")


def register(server: Flask, files: JoinedFiles) -> None:
    """Answer it among the assets."""
    server.add_url_rule(
        f"{ASSETS}{files.name}",
        endpoint=files.name.replace(".", "-"),
        view_func=lambda: Response(files.body, content_type=files.content_type),
    )
