"""/boards: pages of boards, and what they and assets/js/page/pin.js ask for.

Like every route behind the guard: nobody who may not come in, and no page of another site.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from typing import Any

from flask import Flask, Response, request

from core.errors import AtlasError
from dashboard.boards.board_page import HERE, board_html, list_html
from dashboard.boards.figures import now, shown_now
from dashboard.boards.store import BoardStore
from dashboard.export.file_names import slug
from dashboard.export.html_page import DRAWING
from dashboard.server.access import guard
from dashboard.server.errors import plain
from dashboard.server.headers import uncached_json
from dashboard.state.context import AppContext
from dashboard.state.view import clean_query
from dashboard.text.names import sentence
from dashboard.ui.bar.destinations import Destination
from dashboard.ui.page import Page

PATH = "/boards"
SCRIPT = "boards.js"
PLOTLY = "assets/plotly/plotly-atlas.min.js"


def destinations_of(store: BoardStore) -> Callable[[], list[Destination]]:
    """The boards as *Go to* finds them."""

    def found() -> list[Destination]:
        try:
            boards = store.boards()
        except AtlasError:
            boards = ()
        each = [Destination("board", one.title, href=f"boards/{one.id}") for one in boards]
        return [Destination("page", "Boards", href="boards"), *each]

    return found


def register(
    server: Flask, app_context: AppContext, pages: Sequence[Page], store: BoardStore
) -> None:
    """Show boards, pin to them, change them."""
    _show(server, app_context, pages, store)
    _add(server, app_context, pages, store)
    _change(server, store)


def _show(server: Flask, app_context: AppContext, pages: Sequence[Page], store: BoardStore) -> None:
    """Boards as pages and files, and their list."""

    @server.get(f"/{SCRIPT}")
    def boards_script() -> Response:
        return Response(_script(), content_type="text/javascript; charset=utf-8")

    @server.get(PATH)
    def board_list() -> Response:
        # What was deleted can be put back only where something can be written.
        problem = store.problem
        boards, deleted = ((), ()) if problem else (store.boards(), store.boards(deleted=True))
        return _page(list_html(boards, deleted, problem, served=(SCRIPT,)))

    @server.get(f"{PATH}.json")
    @_problems_told
    def boards_known() -> Response:
        if problem := store.problem:
            return uncached_json({"boards": [], "problem": f"{problem}."})
        return uncached_json({"boards": [{"id": b.id, "title": b.title} for b in store.boards()]})

    @server.get(f"{PATH}/<board>")
    def board_page(board: str) -> Response:
        return _board(board, served=(f"../{PLOTLY}", f"../{SCRIPT}"))

    @server.get(f"{PATH}/<board>/board.html")
    def board_file(board: str) -> Response:
        return _board(board, served=())

    def _board(board: str, *, served: Sequence[str]) -> Response:
        try:
            found = store.board(board)
        except AtlasError as error:
            return plain(404, f"{error}.")
        shown = {one.number: now(app_context, pages, one) for one in found.figures}
        answer = _page(board_html(found, shown, served=served))
        if not served:
            name = f"{slug(found.title)}.html"
            answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def _add(server: Flask, app_context: AppContext, pages: Sequence[Page], store: BoardStore) -> None:
    """New boards, and figures pinned to some."""

    @server.post(PATH)
    @_problems_told
    def make_board() -> Response:
        return uncached_json({"board": store.make(_text("title"), _author())})

    @server.post(f"{PATH}/pin")
    @_problems_told
    def pin() -> Response:
        asked = _asked()
        query = clean_query(asked.get("query"))
        shown = shown_now(app_context, pages, query, _text("card"))
        board, note = _text("board"), _text("note")
        if board:
            store.pin(board, shown, note, _author())
        else:
            board = store.pin_to_new(_text("title"), shown, note, _author())
        return uncached_json({"board": board})


def _change(server: Flask, store: BoardStore) -> None:
    """Boards and their figures as somebody changes them."""

    @server.post(f"{PATH}/<board>/<what>")
    @_problems_told
    def change_board(board: str, what: str) -> Response:
        changes: dict[str, Callable[[], None]] = {
            "write": lambda: store.write(board, _text("title"), _text("text")),
            "delete": lambda: store.delete(board),
            "restore": lambda: store.delete(board, undo=True),
        }
        return _done(changes, what)

    @server.post(f"{PATH}/<board>/figures/<number>/<what>")
    @_problems_told
    def change_figure(board: str, number: str, what: str) -> Response:
        changes: dict[str, Callable[[], None]] = {
            "note": lambda: store.note(board, number, _text("note")),
            "up": lambda: store.move(board, number, up=True),
            "down": lambda: store.move(board, number, up=False),
            "remove": lambda: store.remove(board, number),
            "restore": lambda: store.remove(board, number, undo=True),
        }
        return _done(changes, what)


@cache
def _script() -> str:
    """What draws the figures, presents them, and changes a board."""
    files = (*DRAWING, HERE / "present.js", HERE / "board.js")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _done(changes: Mapping[str, Callable[[], None]], what: str) -> Response:
    if what not in changes:
        return plain(404, "There is nothing of that name to do.")
    changes[what]()
    return uncached_json({"done": True})


def _problems_told(view: Callable[..., Response]) -> Callable[..., Response]:
    """What cannot be done is an answer."""

    @wraps(view)
    def told(**parts: str) -> Response:
        try:
            return view(**parts)
        except AtlasError as error:
            answer = uncached_json({"problem": sentence(error)})
            answer.status_code = 400
            return answer

    return told


def _asked() -> Mapping[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, Mapping) else {}


def _text(key: str) -> str:
    value = _asked().get(key)
    return value if isinstance(value, str) else ""


def _author() -> str:
    return guard.user() or ""


def _page(text: str) -> Response:
    made = Response(text, content_type="text/html; charset=utf-8")
    made.headers["Cache-Control"] = "no-store"
    return made
