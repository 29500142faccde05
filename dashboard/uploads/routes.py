"""/uploads: what assets/js/page/uploads.js asks. On only where files may be opened on the page.

Like every route behind the guard: nobody who may not come in, and no page of another site.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from flask import Flask, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from core.errors import RequestError
from dashboard.server.headers import uncached_json
from dashboard.state.study_library import StudyLibrary
from dashboard.uploads.store import GONE, BusyError, UploadStore

log = logging.getLogger(__name__)

PATH = "/uploads"
UNPACKED_TIMES = 4
"""So many times the largest upload a file may have once it is unpacked."""
_PAGE = "Atlas-Page"
"""Header of our own page: what cannot be done is an answer there, no fault for its console."""
_ENVELOPE = 64 * 2**10
"""Bytes a form may have around its files."""


def _preview() -> ModuleType:
    """What reads a file, loaded with the first upload: a server answers before that."""
    from dashboard.uploads import preview

    return preview


def register(server: Flask, library: StudyLibrary, store: UploadStore) -> None:
    """Take files, look at them, keep them as studies, remove those."""
    unpacked = store.most * UNPACKED_TIMES

    def kept_slugs() -> list[dict[str, str]]:
        return [
            {"study": entry.slug, "title": entry.title}
            for entry in library.entries(wait_s=0)
            if entry.folder.parent == store.folder
        ]

    @server.get(PATH)
    def uploads() -> Response:
        return uncached_json({"kept": kept_slugs(), "most_mb": store.most // 2**20})

    @server.post(PATH)
    @_problems_told
    def upload() -> Response:
        try:
            files = _files(store.most)
        except RequestEntityTooLarge:
            return _problem(413, f"An upload has at most {store.most // 2**20} MB")
        with store.turn():
            token, found = _first_look(store, files, unpacked)
        return uncached_json({"draft": token, **found.told})

    @server.post(f"{PATH}/<token>/look")
    @_problems_told
    def look_again(token: str) -> Response:
        with store.turn():
            draft = store.draft(token)
            found = _preview().preview_of(draft, _choices(), most=unpacked)
        return uncached_json({"draft": token, **found.told})

    @server.post(f"{PATH}/<token>/keep")
    @_problems_told
    def keep(token: str) -> Response:
        with store.turn():
            draft, choices = store.draft(token), _choices()
            title = _preview().write_again(draft, choices)
            if title is None:
                found = _preview().preview_of(draft, choices, most=unpacked)
                if found.manifest is None:
                    return uncached_json({"draft": token, **found.told})
                title = found.told["title"]
                if doubts := _preview().write_study(draft, found.manifest, title, choices):
                    return uncached_json({"draft": token, **found.told, "warnings": doubts})
            folder = store.keep(draft, title)
        entries = library.entries(wait_s=None)
        slug = next(entry.slug for entry in entries if entry.folder == folder)
        return uncached_json({"study": slug})

    @server.post(f"{PATH}/<slug>/remove")
    @_problems_told
    def remove(slug: str) -> Response:
        entry = library.find(slug)
        if entry is None:
            raise RequestError("There is no study of that name here")
        store.remove(entry.folder)
        return uncached_json({"kept": kept_slugs()})


def _files(most: int) -> list[FileStorage]:
    """Those of the request. Raises RequestEntityTooLarge for more than `most` bytes."""
    request.max_content_length = most + _ENVELOPE
    if (request.content_length or 0) > request.max_content_length:
        raise RequestEntityTooLarge
    return [one for one in request.files.getlist("file") if one.filename]


def _first_look(store: UploadStore, files: list[FileStorage], most: int) -> tuple[str, Any]:
    """The token of a new draft, and its preview; most: bytes a file may have unpacked."""
    token, draft = store.take(files)  # type: ignore[arg-type]
    try:
        choices = _preview().Choices(title=_title(files[0].filename or ""))
        return token, _preview().preview_of(draft, choices, most=most)
    except BaseException:
        store.drop(draft)
        raise


def _title(file: str) -> str:
    """The name of a file without folders, whatever system's, and without endings."""
    return file.replace("\\", "/").rpartition("/")[2].split(".")[0]


def _problems_told(view: Callable[..., Response]) -> Callable[..., Response]:
    """What cannot be done is an answer: 503 where a place comes free by itself, else 400.

    To our page 200 in place of 400: what somebody mistyped is said there and is nobody's fault.
    """

    @wraps(view)
    def told(**parts: str) -> Response:
        try:
            return view(**parts)
        except RequestError as error:
            return _problem(503 if isinstance(error, BusyError) else 400, str(error))
        except FileNotFoundError:
            return _problem(400, GONE)
        except OSError as error:
            log.warning("%s %s: %s", request.method, request.path, error)
            return _problem(400, f"It cannot be kept here: {error.strerror}")

    return told


def _choices() -> Any:
    return _preview().Choices.of(request.get_json(silent=True))


def _problem(status: int, sentence: str) -> Response:
    made = uncached_json({"problem": sentence if sentence.endswith(".") else f"{sentence}."})
    made.status_code = 200 if status == 400 and _PAGE in request.headers else status
    return made
