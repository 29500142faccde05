"""Uploaded files on the disk: drafts, and the studies that were kept of them."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from core.errors import RequestError
from core.io.files import MANIFEST
from dashboard.state.study_library import kept_studies

MOST_FILES = 8
MOST_STUDIES = 100
MOST_DRAFTS = 50
"""Files that are open on pages; another takes the place of the oldest, or waits."""
DRAFT_SECONDS = 3600.0
"""A draft nobody kept is thrown away after so long."""
SAFE_SECONDS = 600.0
"""For so long nobody else's file takes the place of a draft."""
WAIT_SECONDS = 30.0
MOST_WAITING = 2
BUSY = "Another file is being looked at; try again in a moment"
GONE = "This file is no longer here; open it again"
_DRAFT, _GONE = ".draft-", ".gone-"
_TOKEN = re.compile(r"[0-9a-f]{16}")


class BusyError(RequestError):
    """Somebody else's file is being looked at."""


class Upload(Protocol):
    """A file as the web server hands it over."""

    filename: str | None
    stream: BinaryIO


class UploadStore:
    """A folder of studies that came from the page, and drafts that may become some.

    most: bytes of one upload. quota: bytes of all. Names of files are ours: of what the browser
    says only letters, digits, `.`, `_` and `-` are left, and never a path.
    """

    def __init__(self, folder: Path, *, most: int, quota: int) -> None:
        self.folder, self.most, self.quota = folder, most, quota
        self._one = threading.Lock()
        self._waiting = threading.Semaphore(MOST_WAITING)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One file at a time is looked at: each may take much memory. Raises BusyError.

        Few wait for it: each holds a thread.
        """
        if not self._waiting.acquire(blocking=False):
            raise BusyError(BUSY)
        try:
            came = self._one.acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting.release()
        if not came:
            raise BusyError(BUSY)
        try:
            yield
        finally:
            self._one.release()

    def take(self, uploads: Sequence[Upload]) -> tuple[str, Path]:
        """A new draft of these files: its token and its folder. Raises RequestError."""
        if not 0 < len(uploads) <= MOST_FILES:
            raise RequestError(f"Give one file, or up to {MOST_FILES} that belong together")
        self._throw_away_old()
        self._make_room()
        if len(kept_studies(self.folder)) >= MOST_STUDIES:
            raise RequestError(f"{MOST_STUDIES} studies are kept already; remove one")
        token = secrets.token_hex(8)
        draft = self.folder / f"{_DRAFT}{token}"
        left = min(self.most, self.quota - _size_of(self.folder))
        try:
            draft.mkdir(parents=True, mode=0o700)
            for upload in uploads:
                name = _unique(file_name(upload.filename or ""), draft)
                with (draft / name).open("xb") as file:
                    while chunk := upload.stream.read(2**20):
                        left -= len(chunk)
                        if left < 0:
                            raise RequestError(self._too_much())
                        file.write(chunk)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise RequestError(f"It cannot be kept here: {error.strerror}") from None
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return token, draft

    def _too_much(self) -> str:
        return (
            f"An upload has at most {self.most // 2**20} MB, all kept studies together"
            f" {self.quota // 2**20} MB; remove one, or use python -m core init"
        )

    def draft(self, token: str) -> Path:
        """The folder of a draft. Raises RequestError where there is none."""
        folder = self.folder / f"{_DRAFT}{token}"
        if not _TOKEN.fullmatch(token) or not folder.is_dir():
            raise RequestError(GONE)
        return folder

    def drop(self, draft: Path) -> None:
        """Throw a draft away."""
        shutil.rmtree(draft, ignore_errors=True)

    def keep(self, draft: Path, title: str) -> Path:
        """Make a study of a draft that has its manifest; its folder."""
        name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "results"
        folder = self.folder / f"{name}-{secrets.token_hex(3)}"
        try:
            draft.rename(folder)
        except FileNotFoundError:  # kept or thrown away by another worker meanwhile
            raise RequestError(GONE) from None
        return folder

    def remove(self, folder: Path) -> None:
        """Take a kept study away. Raises RequestError where it is none of ours."""
        if folder not in kept_studies(self.folder):
            raise RequestError("This study was not opened on the page: remove its folder instead")
        gone = self.folder / f"{_GONE}{secrets.token_hex(8)}"
        try:
            folder.rename(gone)
        except OSError as error:
            raise RequestError(f"It cannot be removed: {error.strerror}") from None
        shutil.rmtree(gone, ignore_errors=True)

    def _make_room(self) -> None:
        """There is a place for another draft. Raises BusyError."""
        drafts = sorted((changed, path) for path, changed in self._drafts())
        if len(drafts) < MOST_DRAFTS:
            return
        changed, oldest = drafts[0]
        if time.time() - changed < SAFE_SECONDS:
            raise BusyError(f"{MOST_DRAFTS} files are being opened already; try again in a while")
        self.drop(oldest)

    def _drafts(self) -> Iterator[tuple[Path, float]]:
        """Folder of each draft, and when it was last changed."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if path.name.startswith(_DRAFT):
                with suppress(OSError):  # another worker was faster
                    yield path, path.stat().st_mtime

    def _throw_away_old(self) -> None:
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if path.name.startswith((_DRAFT, _GONE)):
                try:
                    old = time.time() - path.stat().st_mtime > DRAFT_SECONDS
                except OSError:  # another worker was faster
                    continue
                if old or path.name.startswith(_GONE):
                    shutil.rmtree(path, ignore_errors=True)


def file_name(given: str) -> str:
    """The name a file gets here: of what the browser says, what no path and no pattern is made of.

    Endings stay, as they say what a file is.
    """
    last = re.split(r"[/\\]", given)[-1]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", last).strip("._-") or "results.csv"
    plain = plain[-80:].strip("._-") or "results.csv"
    return f"_{plain}" if plain.lower() in (MANIFEST, "runs.csv") else plain


def _unique(name: str, folder: Path) -> str:
    unique, n = name, 2
    while (folder / unique).exists():
        unique, n = f"{n}_{name}", n + 1
    return unique


def _size_of(folder: Path) -> int:
    """Bytes of all files below; what other workers remove meanwhile counts or does not."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118
    return total
