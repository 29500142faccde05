"""Boards on disk: kept, ordered, removed and put back, and not without end."""

from __future__ import annotations

import errno
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.errors import RequestError
from dashboard.boards import store as stores
from dashboard.boards.store import BoardStore, Shown

SHOWN = Shown(
    card="transfer-actual",
    query={"study": ["tiny"], "select": ["a", "b"]},
    study="tiny",
    title="Tiny",
    digest="abc",
    finding="A finding",
    caption="A caption.",
    drawing='{"data": []}',
)


@pytest.fixture
def store(tmp_path):
    return BoardStore(tmp_path / "data")


def order(store, board):
    return [one.number for one in store.board(board).figures]


def test_what_is_pinned_is_there_for_the_next_process(store, tmp_path):
    board = store.make("  What we found ", "ada")
    number = store.pin(board, SHOWN, "because", "eve")
    found = BoardStore(tmp_path / "data").board(board)
    assert (found.title, found.author) == ("What we found", "ada")
    (pinned,) = found.figures
    assert (pinned.number, pinned.shown, pinned.note, pinned.author) == (
        number,
        SHOWN,
        "because",
        "eve",
    )
    store.write(board, "Else", "A *text*")
    store.note(board, number, "why")
    found = store.board(board)
    assert (found.title, found.text, found.figures[0].note) == ("Else", "A *text*", "why")


def test_figures_are_moved(store):
    board = store.make("x", "")
    first, second, third = (store.pin(board, SHOWN, "", "") for _ in range(3))
    store.move(board, third, up=True)
    assert order(store, board) == [first, third, second]
    store.move(board, first, up=True)
    store.move(board, second, up=False)
    assert order(store, board) == [first, third, second]
    store.move(board, first, up=False)
    assert order(store, board) == [third, first, second]


def test_what_is_removed_can_be_put_back_for_a_while(store, monkeypatch):
    board = store.make("x", "")
    first, second = (store.pin(board, SHOWN, "", "") for _ in range(2))
    store.remove(board, first)
    found = store.board(board)
    assert [one.number for one in found.removed] == [first]
    store.remove(board, first, undo=True)
    assert order(store, board) == [first, second]
    store.delete(board)
    assert store.boards() == ()
    assert [one.id for one in store.boards(deleted=True)] == [board]
    with pytest.raises(RequestError):
        store.board(board)
    with pytest.raises(RequestError):
        store.pin(board, SHOWN, "", "")
    store.delete(board, undo=True)
    assert order(store, board) == [first, second]
    store.delete(board)
    monkeypatch.setattr(stores, "UNDO_DAYS", -1)
    store.make("another", "")
    assert store.boards(deleted=True) == ()


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (lambda s, b: s.make("", ""), "title"),
        (lambda s, b: s.make("x" * 121, ""), "at most 120"),
        (lambda s, b: s.write(b, "x", "y" * 10_001), "at most 10,000"),
        (lambda s, b: s.pin(b, SHOWN, "y" * 4_001, ""), "at most 4,000"),
        (lambda s, b: s.pin(b, replace(SHOWN, query={"a": ["x" * 70_000]}), "", ""), "too long"),
        (lambda s, b: s.pin("nowhere", SHOWN, "", ""), "no longer here"),
        (lambda s, b: s.note(b, "77", "x"), "no longer here"),
        (lambda s, b: s.note(b, "' OR 1=1", "x"), "no longer here"),
        (lambda s, b: s.move(b, "77", up=True), "no longer here"),
        (lambda s, b: s.remove(b, "77"), "no longer here"),
        (lambda s, b: s.board("nowhere"), "no such board"),
    ],
)
def test_what_cannot_be_done_is_said(store, what, why):
    board = store.make("x", "")
    with pytest.raises(RequestError, match=why):
        what(store, board)


def test_a_full_disk_is_said_and_loses_nothing(store, monkeypatch):
    board = store.make("x", "")
    store.pin(board, SHOWN, "before", "")
    connect = sqlite3.connect

    def on_a_full_disk(*path, **options):
        db = connect(*path, **options)
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        return db

    with monkeypatch.context() as full:
        full.setattr(stores.sqlite3, "connect", on_a_full_disk)
        with pytest.raises(RequestError, match="The disk of the server is full"):
            store.write(board, "x", "y" * 9_000)
    store.note(board, store.board(board).figures[0].number, "after")
    assert [one.note for one in store.board(board).figures] == ["after"]


def test_a_folder_without_room_is_a_full_disk(tmp_path, monkeypatch):
    def no_room(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(stores.Path, "mkdir", no_room)
    with pytest.raises(RequestError, match="is full"):
        BoardStore(tmp_path / "data").make("x", "")


def test_there_is_an_end_to_boards_figures_and_bytes(store, monkeypatch):
    monkeypatch.setattr(stores, "MOST_BOARDS", 2)
    monkeypatch.setattr(stores, "MOST_FIGURES", 2)
    board = store.make("x", "")
    store.make("y", "")
    with pytest.raises(RequestError, match="2 boards already"):
        store.make("z", "")
    for _ in range(2):
        store.pin(board, SHOWN, "", "")
    with pytest.raises(RequestError, match="at most 2 figures"):
        store.pin(board, SHOWN, "", "")
    monkeypatch.setattr(stores, "MOST_FIGURES", 9)
    monkeypatch.setattr(stores, "MOST_BYTES", 1)
    with pytest.raises(RequestError, match="MB of figures"):
        store.pin(board, SHOWN, "", "")


def test_many_at_once_do_not_exceed_it(store, monkeypatch):
    monkeypatch.setattr(stores, "MOST_FIGURES", 5)
    board = store.make("x", "")

    def pin(_):
        try:
            return store.pin(board, SHOWN, "", "")
        except RequestError:
            return None

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(pin, range(10)))
    assert sum(one is not None for one in made) == 5


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path):
    (tmp_path / "data").write_text("a file in its place")
    store = BoardStore(tmp_path / "data")
    assert "DATA_DIR cannot be written" in store.problem
    with pytest.raises(RequestError, match="DATA_DIR"):
        store.make("x", "")


def test_reading_makes_no_file_and_a_file_of_something_else_is_a_sentence(store, tmp_path):
    assert store.boards() == ()
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / stores.FILE).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(RequestError):
        store.boards()


def test_a_board_that_somebody_else_is_changing_is_waited_for_then_said(store, monkeypatch):
    store.make("x", "")
    monkeypatch.setattr(stores, "WAIT_SECONDS", 0.05)
    other = sqlite3.connect(store._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RequestError, match="try again"):
        store.make("y", "")
    other.close()
