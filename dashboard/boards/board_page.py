"""The page of a board, the same as one file to take along, and the list of all boards."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from dashboard.boards.figures import Now, then
from dashboard.boards.notes import note_html
from dashboard.boards.store import LONGEST_NOTE, LONGEST_TEXT, LONGEST_TITLE, Board, Pinned
from dashboard.export.collect import ExportItem
from dashboard.export.html_page import article, page
from dashboard.text import numbers

HERE = Path(__file__).resolve().parent
ICON = "assets/favicon.svg"
DIGITS = 10
"""Of a digest."""


def board_html(board: Board, shown: Mapping[str, Now], *, served: Sequence[str] = ()) -> str:
    """A board with its figures as they are now, and as they were where the data have changed.

    served: addresses of its scripts; then there are buttons to change it. Without, a file that
    works alone.
    """
    figures: list[ExportItem] = []
    sections = []
    for at, pinned in enumerate(board.figures):
        now = shown[pinned.number]
        figures.append(now.item)
        before = then(pinned) if _changed(pinned, now) else None
        if before is not None:
            figures.append(before)
        place = (at, len(board.figures)) if served else None
        sections.append(_section(pinned, now, before, place))
    many = len(figures) > 0
    tools = (
        (_button("Present", "data-present") if many else "")
        + _button("Dark", 'id="appearance"')
        + (_live_tools(board.id) if served else "")
    )
    text = note_html(board.text)
    head = (
        f'<div class="head"><h1>{html.escape(board.title)}</h1><div class="tools">{tools}</div>'
        f'</div><p class="about">{html.escape(_signed("Made", board.author, board.made))}</p>'
    )
    change = _change(board) if served else ""
    empty = (
        ""
        if many
        else '<p class="description">Nothing is pinned here yet: <em>Pin</em> stands below every'
        " figure of the dashboard.</p>"
    )
    body = (
        f"<header>{head}</header>{ALARM if served else ''}<main>"
        f'<div class="board-text">{text}</div>{change}{empty}{"".join(sections)}'
        f"{_removed(board) if served else ''}</main>"
    )
    return page(
        board.title,
        body,
        figures=figures,
        style=_file("board.css"),
        script="" if served else _file("present.js"),
        served=served,
        icon=f"../{ICON}" if served else "",
    )


def list_html(
    boards: Sequence[Board], deleted: Sequence[Board], problem: str, *, served: Sequence[str]
) -> str:
    """All boards, a form for a new one, and those that can be put back."""
    lines = "".join(
        f'<li><a href="boards/{one.id}">{html.escape(one.title)}</a> '
        f'<span class="about">{html.escape(_signed("made", one.author, one.made))}</span></li>'
        for one in boards
    )
    back = "".join(
        f"<li>{html.escape(one.title)} "
        + _button("Put back", f'data-post="boards/{one.id}/restore"')
        + "</li>"
        for one in deleted
    )
    gone = (
        f'<details id="deleted"><summary>Deleted ({len(deleted)})</summary>'
        f"<ul>{back}</ul></details>"
        if deleted
        else ""
    )
    new = (
        f'<p class="absent">{html.escape(problem)}.</p>'
        if problem
        else '<form method="dialog" data-post="boards" class="board-new">'
        '<label for="new-title">New board</label>'
        f'<input id="new-title" name="title" required maxlength="{LONGEST_TITLE}">'
        '<button class="tool" type="submit">Make it</button></form>'
    )
    body = (
        '<header><div class="head"><h1>Boards</h1><div class="tools">'
        '<a class="tool" href=".">Dashboard</a></div></div>'
        '<p class="description">What was found, kept: figures with a note each.</p></header>'
        f'{ALARM}<main>{new}<ul class="board-list">{lines}</ul>{gone}</main>'
    )
    return page("Boards", body, style=_file("board.css"), served=served, icon=ICON)


ALARM = '<p id="alarm" role="alert" class="absent" hidden></p>'


def _section(
    pinned: Pinned, now: Now, before: ExportItem | None, place: tuple[int, int] | None
) -> str:
    shown = pinned.shown
    parts = []
    if before is not None:
        parts.append(
            '<p class="changed">The data have changed since this was pinned: it was made from'
            f" {_digest(shown.digest)}, now they are {_digest(now.digest)}.</p>"
        )
    if now.notices:
        parts.append(f'<p class="changed">{html.escape(" ".join(now.notices))}</p>')
    parts.append(article(now.item, heading="h2"))
    if before is not None or now.item.absent:
        was = before or then(pinned)
        figure = article(was, heading="h3") if before is not None else _words(was)
        parts.append(
            f'<details class="then"><summary>As it was on {html.escape(pinned.made[:10])}'
            f"</summary>{figure}</details>"
        )
    parts.append(f'<div class="note">{note_html(pinned.note)}</div>')
    link = ""
    if place is not None:
        asked = html.escape(urlencode(shown.query, doseq=True))
        link = f' · <a href="../?{asked}">Open in the dashboard</a>'
    about = f"{_signed('Pinned', pinned.author, pinned.made)} · {shown.title}"
    parts.append(f'<p class="about">{html.escape(about)} · {_digest(shown.digest)}{link}</p>')
    if place is not None:
        parts.append(_tools(pinned, *place))
    return f'<section class="pinned" id="pin-{pinned.number}">{"".join(parts)}</section>'


def _words(was: ExportItem) -> str:
    """What is left of a figure whose study is gone: its finding and its caption."""
    return f'<p class="caption">{html.escape(was.caption)}</p>'


def _changed(pinned: Pinned, now: Now) -> bool:
    return bool(now.digest) and now.digest != pinned.shown.digest


def _tools(pinned: Pinned, at: int, count: int) -> str:
    number = pinned.number
    named = html.escape(f"figure {at + 1}")
    up = _post("↑", number, "up", f"Move {named} up", off=at == 0)
    down = _post("↓", number, "down", f"Move {named} down", off=at == count - 1)
    remove = _post("Remove", number, "remove", f"Remove {named}")
    note = (
        f'<details class="edit"><summary>Note of {named}</summary>'
        f'<form method="dialog" data-post="figures/{number}/note">'
        f'<label for="note-{number}">Note, in Markdown</label>'
        f'<textarea id="note-{number}" name="note" rows="4" maxlength="{LONGEST_NOTE}">'
        f"{html.escape(pinned.note)}</textarea>"
        '<button class="tool" type="submit">Save the note</button></form></details>'
    )
    return f'<div class="board-tools"><div class="tools">{up}{down}{remove}</div>{note}</div>'


def _change(board: Board) -> str:
    return (
        '<details class="edit board-tools"><summary>Title and text</summary>'
        '<form method="dialog" data-post="write">'
        '<label for="title">Title</label>'
        f'<input id="title" name="title" required maxlength="{LONGEST_TITLE}"'
        f' value="{html.escape(board.title)}">'
        '<label for="text">Text, in Markdown</label>'
        f'<textarea id="text" name="text" rows="6" maxlength="{LONGEST_TEXT}">'
        f"{html.escape(board.text)}</textarea>"
        '<button class="tool" type="submit">Save</button></form></details>'
    )


def _removed(board: Board) -> str:
    if not board.removed:
        return ""
    lines = "".join(
        f"<li>{html.escape(one.shown.finding or one.shown.title)} "
        + _post("Put back", one.number, "restore", f"Put back: {one.shown.finding}")
        + "</li>"
        for one in board.removed
    )
    what = numbers.counted(len(board.removed), "figure")
    return (
        f'<details class="board-tools"><summary>Removed: {what}</summary><ul>{lines}</ul></details>'
    )


def _live_tools(board: str) -> str:
    return (
        _button("Print", "data-print")
        + f'<a class="tool" href="{board}/board.html" download>Save as one file</a>'
        + _button("Delete", f'data-post="{board}/delete" data-next="../boards#deleted"')
        + '<a class="tool" href="../boards">All boards</a>'
        + '<a class="tool" href="..">Dashboard</a>'
    )


def _post(text: str, number: str, what: str, label: str, *, off: bool = False) -> str:
    disabled = " disabled" if off else ""
    return _button(
        text,
        f'data-post="figures/{number}/{what}" aria-label="{html.escape(label)}"{disabled}',
    )


def _button(text: str, attributes: str) -> str:
    return f'<button class="tool" type="button" {attributes}>{html.escape(text)}</button>'


def _signed(did: str, author: str, made: str) -> str:
    return f"{did} {made[:10]}" + (f" by {author}" if author else "")


def _digest(digest: str) -> str:
    parts = [part[:DIGITS] for part in digest.split("+")]
    return html.escape(f"digest {' and '.join(parts)}")


def _file(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
