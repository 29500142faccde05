"""Boards in SQLite under `DATA_DIR`: who pinned what, when, and what it showed then.

What is removed can be put back for `UNDO_DAYS`. Several processes may write at once: each change
is one transaction, and counts are looked at inside of it.
"""

from __future__ import annotations

import errno
import json
import secrets
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import RequestError

FILE = "boards.sqlite3"
MOST_BOARDS = 200
MOST_FIGURES = 60
LONGEST_TITLE = 120
LONGEST_TEXT = 10_000
LONGEST_NOTE = 4_000
LONGEST_QUERY = 64 * 2**10
MOST_BYTES = 256 * 2**20
"""Of all figures as they were when they were pinned, compressed."""
UNDO_DAYS = 30
GONE = "This is no longer here: keep what you wrote, then reload the page"
WAIT_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS board (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, text TEXT NOT NULL, author TEXT NOT NULL,
    made TEXT NOT NULL, deleted TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS figure (
    number INTEGER PRIMARY KEY AUTOINCREMENT, board TEXT NOT NULL REFERENCES board (id),
    place REAL NOT NULL, card TEXT NOT NULL, query TEXT NOT NULL, study TEXT NOT NULL,
    title TEXT NOT NULL, digest TEXT NOT NULL, note TEXT NOT NULL, author TEXT NOT NULL,
    made TEXT NOT NULL, finding TEXT NOT NULL, caption TEXT NOT NULL, drawing BLOB,
    deleted TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS of_board ON figure (board, place);
"""


@dataclass(frozen=True)
class Shown:
    """What a card showed when it was pinned. drawing: its figure as JSON, None where it had none.

    digest: of the study's files, and of those of another study that stood beside it.
    """

    card: str
    query: Mapping[str, Sequence[str]]
    study: str
    title: str
    digest: str
    finding: str
    caption: str
    drawing: str | None


@dataclass(frozen=True)
class Pinned:
    """A figure on a board. author: empty where nobody logs in; made: the day, ISO."""

    number: str
    shown: Shown
    note: str
    author: str
    made: str


@dataclass(frozen=True)
class Board:
    """A board. figures: in their order; removed: those that can be put back."""

    id: str
    title: str
    text: str
    author: str
    made: str
    figures: tuple[Pinned, ...] = ()
    removed: tuple[Pinned, ...] = ()


class BoardStore:
    """The boards of a data folder. Every method raises RequestError where that cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    @property
    def problem(self) -> str:
        """Why no board can be kept here, as a sentence; empty where it can."""
        try:
            with self._change():
                return ""
        except RequestError as error:
            return str(error)

    def boards(self, *, deleted: bool = False) -> tuple[Board, ...]:
        """All boards without their figures, the newest first; deleted: those that were deleted."""
        with self._read() as db:
            rows = db.execute(
                "SELECT id, title, text, author, made FROM board WHERE (deleted <> '') = ?"
                " ORDER BY made DESC, rowid DESC",
                (deleted,),
            )
            return tuple(Board(*row) for row in rows)

    def board(self, board: str) -> Board:
        """A board with its figures. Raises RequestError where there is none."""
        with self._read() as db:
            row = db.execute(
                "SELECT id, title, text, author, made FROM board WHERE id = ? AND deleted = ''",
                (board,),
            ).fetchone()
            if row is None:
                raise RequestError("There is no such board here")
            figures = [
                (_pinned(one), bool(one["deleted"]))
                for one in db.execute(
                    "SELECT * FROM figure WHERE board = ? ORDER BY place, number", (board,)
                )
            ]
        kept, removed = ([f for f, gone in figures if gone is side] for side in (False, True))
        return replace(Board(*row), figures=tuple(kept), removed=tuple(removed))

    def make(self, title: str, author: str) -> str:
        """A new board; its id."""
        with self._change() as db:
            return _new(db, title, author)

    def write(self, board: str, title: str, text: str) -> None:
        """Another title and text."""
        named = _checked(title, LONGEST_TITLE, "title")
        if not named:
            raise RequestError("Give the board a title")
        text = _checked(text, LONGEST_TEXT, "text")
        with self._change() as db:
            _one(
                db.execute(
                    "UPDATE board SET title = ?, text = ? WHERE id = ? AND deleted = ''",
                    (named, text, board),
                )
            )

    def delete(self, board: str, *, undo: bool = False) -> None:
        """Delete a board, or put it back."""
        with self._change() as db:
            _one(
                db.execute(
                    "UPDATE board SET deleted = ? WHERE id = ?", ("" if undo else _now(), board)
                )
            )

    def pin(self, board: str, shown: Shown, note: str, author: str) -> str:
        """Put a figure at the end of a board; its number."""
        with self._change() as db:
            return _put(db, board, shown, note, author)

    def pin_to_new(self, title: str, shown: Shown, note: str, author: str) -> str:
        """A new board with a figure, or neither; its id."""
        with self._change() as db:
            board = _new(db, title, author)
            _put(db, board, shown, note, author)
            return board

    def note(self, board: str, number: str, note: str) -> None:
        """Another note."""
        note = _checked(note, LONGEST_NOTE, "note")
        with self._change() as db:
            _one(
                db.execute(
                    "UPDATE figure SET note = ? WHERE board = ? AND number = ?",
                    (note, board, number),
                )
            )

    def remove(self, board: str, number: str, *, undo: bool = False) -> None:
        """Take a figure off a board, or put it back."""
        with self._change() as db:
            _one(
                db.execute(
                    "UPDATE figure SET deleted = ? WHERE board = ? AND number = ?",
                    ("" if undo else _now(), board, number),
                )
            )

    def move(self, board: str, number: str, *, up: bool) -> None:
        """One place up or down; nothing at the end."""
        with self._change() as db:
            rows = db.execute(
                "SELECT number FROM figure WHERE board = ? AND deleted = '' ORDER BY place, number",
                (board,),
            )
            order = [str(one) for (one,) in rows]
            if number not in order:
                raise RequestError(GONE)
            at = order.index(number)
            other = min(max(at + (-1 if up else 1), 0), len(order) - 1)
            order[at], order[other] = order[other], order[at]
            for place, one in enumerate(order):
                db.execute("UPDATE figure SET place = ? WHERE number = ?", (place, one))

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        # Where nothing was ever kept, reading makes no file.
        where = f"{self._path.absolute().as_uri()}?mode=ro" if self._path.exists() else ":memory:"
        try:
            db = sqlite3.connect(where, uri=True, timeout=WAIT_SECONDS)
            db.row_factory = sqlite3.Row
            try:
                if where == ":memory:":
                    db.executescript(_SCHEMA)
                yield db
            finally:
                db.close()
        except (OSError, sqlite3.Error) as error:
            raise RequestError(_unusable(error)) from None

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction. What was removed long ago goes with it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            db = sqlite3.connect(self._path, timeout=WAIT_SECONDS, isolation_level=None)
            try:
                db.executescript(_SCHEMA)
                db.execute("BEGIN IMMEDIATE")
                old = (datetime.now(UTC) - timedelta(days=UNDO_DAYS)).isoformat()
                db.execute("DELETE FROM figure WHERE deleted <> '' AND deleted < ?", (old,))
                gone = "SELECT id FROM board WHERE deleted <> '' AND deleted < ?"
                db.execute(f"DELETE FROM figure WHERE board IN ({gone})", (old,))  # noqa: S608
                db.execute("DELETE FROM board WHERE deleted <> '' AND deleted < ?", (old,))
                yield db
                db.execute("COMMIT")
            finally:
                # What was not committed is rolled back.
                db.close()
        except (OSError, sqlite3.Error) as error:
            raise RequestError(_unusable(error)) from None


def _new(db: sqlite3.Connection, title: str, author: str) -> str:
    named = _checked(title, LONGEST_TITLE, "title")
    if not named:
        raise RequestError("Give the board a title")
    (count,) = db.execute("SELECT count(*) FROM board").fetchone()
    if count >= MOST_BOARDS:
        raise RequestError(
            f"There are {MOST_BOARDS} boards already, those deleted in the last {UNDO_DAYS} days"
            " among them"
        )
    name = secrets.token_hex(8)
    db.execute(
        "INSERT INTO board (id, title, text, author, made) VALUES (?, ?, '', ?, ?)",
        (name, named, author, _now()),
    )
    return name


def _put(db: sqlite3.Connection, board: str, shown: Shown, note: str, author: str) -> str:
    note = _checked(note, LONGEST_NOTE, "note")
    query = json.dumps(shown.query)
    if len(query) > LONGEST_QUERY:
        raise RequestError("This address is too long to be kept")
    drawing = None if shown.drawing is None else zlib.compress(shown.drawing.encode(), 6)
    _one(db.execute("UPDATE board SET id = id WHERE id = ? AND deleted = ''", (board,)))
    count, last = db.execute(
        "SELECT count(*), coalesce(max(place), 0) FROM figure WHERE board = ?", (board,)
    ).fetchone()
    if count >= MOST_FIGURES:
        raise RequestError(f"A board has at most {MOST_FIGURES} figures, removed ones among them")
    (kept,) = db.execute("SELECT coalesce(sum(length(drawing)), 0) FROM figure").fetchone()
    if kept + len(drawing or b"") > MOST_BYTES:
        raise RequestError(
            f"All boards together keep {MOST_BYTES // 2**20} MB of figures, those removed in the"
            f" last {UNDO_DAYS} days among them"
        )
    found = db.execute(
        "INSERT INTO figure (board, place, card, query, study, title, digest, note, author,"
        " made, finding, caption, drawing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(board, last + 1, shown.card, query, shown.study, shown.title, shown.digest),
            *(note, author, _now(), shown.finding, shown.caption, drawing),
        ),
    )
    return str(found.lastrowid)


def _unusable(error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return "Somebody else is changing boards; try again in a moment"
    if "disk is full" in str(error) or getattr(error, "errno", None) == errno.ENOSPC:
        return "The disk of the server is full, so nothing is kept; try again when it has room"
    return "Boards cannot be kept here: the folder DATA_DIR cannot be written to"


def _pinned(row: sqlite3.Row) -> Pinned:
    drawing = row["drawing"]
    shown = Shown(
        card=row["card"],
        query=json.loads(row["query"]),
        study=row["study"],
        title=row["title"],
        digest=row["digest"],
        finding=row["finding"],
        caption=row["caption"],
        drawing=None if drawing is None else zlib.decompress(drawing).decode(),
    )
    return Pinned(str(row["number"]), shown, row["note"], row["author"], row["made"])


def _one(found: sqlite3.Cursor) -> None:
    if found.rowcount != 1:
        raise RequestError(GONE)


def _checked(text: str, longest: int, what: str) -> str:
    text = text.strip()
    if len(text) > longest:
        raise RequestError(f"A {what} has at most {longest:,} characters, this one {len(text):,}")
    return text


def _now() -> str:
    return datetime.now(UTC).isoformat()
