"""The page of a board where there is little on it."""

from __future__ import annotations

from dashboard.boards.board_page import board_html, list_html
from dashboard.boards.store import Board

BOARD = Board("ab12", "Kept", "", "", "2026-11-27T08:00:00")


def test_an_empty_board_says_how_to_fill_it():
    page = board_html(BOARD, {}, served=("x.js",))
    assert "Nothing is pinned here yet" in page
    assert "data-present" not in page
    assert "Made 2026-11-27</p>" in page


def test_the_list_says_why_there_is_no_form():
    page = list_html((), (), "Boards cannot be kept here", served=("x.js",))
    assert "Boards cannot be kept here." in page
    assert "<form" not in page
    assert "<form" in list_html((BOARD,), (), "", served=("x.js",))
