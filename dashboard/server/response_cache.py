"""Answers of figures kept in memory: the same question about the same files has the same answer.

A figure that was computed before still costs the time to build it, most of it in Plotly's checks.
What is kept is the answer as it was sent, compressed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from hashlib import sha256

from cachetools import LRUCache
from flask import Flask, Response, g, has_request_context, request

from dashboard.server import packed_answers
from dashboard.state.study_library import StudyEntry, StudyLibrary

CALLBACKS = "/_dash-update-component"
KEPT_BYTES = 16 * 2**20
"""In each process; an answer has some 5 to 50 kB."""
LARGE, KEPT_OF_LARGE = 2**20, 64 * 2**20
"""Three matrices of a thousand tasks are 7 MB: two methods would take the room of all others."""
FORESEEN = "Atlas-Foreseen"
FORESEEN_BYTES = {"likely": 100_000, "expected": LARGE}
"""Of a question nobody has asked yet (answers.js): only an answer that is kept is one, and a small
one unless somebody rests on the tab that shows it."""
KEPT_HEADERS = ("Content-Type", "Content-Encoding", "Vary")

Answer = tuple[bytes, dict[str, str]]


class ResponseCache:
    """The answers asked for last, up to so many bytes; safe to share between threads.

    Those of LARGE bytes and more have a room of their own, which only large studies fill.
    """

    def __init__(self, most: int = KEPT_BYTES, most_of_large: int = KEPT_OF_LARGE) -> None:
        self._lock = threading.Lock()
        self._answers: LRUCache[str, Answer] = LRUCache(most, getsizeof=lambda a: len(a[0]))
        self._large: LRUCache[str, Answer] = LRUCache(most_of_large, getsizeof=lambda a: len(a[0]))

    def find(self, question: str) -> Answer | None:
        """The answer to a question; None where it is not kept."""
        with self._lock:
            return self._answers.get(question) or self._large.get(question)

    def keep(self, question: str, answer: Answer) -> None:
        """Keep an answer; those that nobody asked for longest make room."""
        # One that is larger than all the room there is raises ValueError.
        with self._lock, contextlib.suppress(ValueError):
            (self._large if len(answer[0]) >= LARGE else self._answers)[question] = answer


def mark_cacheable(lasts: bool) -> None:
    """Say whether the answer under way follows from the question and the files alone.

    It is kept where all parts of it do: one that does not is enough.
    """
    if has_request_context():
        g.cacheable = g.get("cacheable", True) and lasts


def install(server: Flask, library: StudyLibrary, kept: ResponseCache | None = None) -> None:
    """Answer what was asked before from memory; register it behind the guard."""
    answers = kept or ResponseCache()

    @server.before_request
    def look() -> Response | None:
        if request.path != CALLBACKS or request.method != "POST":
            return None
        g.entries = library.entries(wait_s=0)
        g.question = _question(g.entries)
        found = answers.find(g.question)
        if (foreseen := request.headers.get(FORESEEN)) is not None:
            most = FORESEEN_BYTES.get(foreseen, 0)
            if found is None or len(found[0]) > most:
                g.question = ""
                return Response(status=204)
        if found is None:
            return None
        body, headers = found
        g.question = ""
        return Response(body, headers=headers)

    # Functions registered later run earlier: this one sees the answer compressed.
    @server.after_request
    def keep(response: Response) -> Response:
        question = g.get("question", "")
        if question and not g.get("cacheable", False):
            # Nor does the browser keep what is another answer the next time (cards.js).
            response.headers["Cache-Control"] = "no-store"
        elif question and response.status_code == 200:
            headers = {
                name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
            }
            body = response.get_data()
            # Files that changed meanwhile: nobody knows which of the two the answer is about.
            if _are_same(g.entries, library.entries(wait_s=0)):
                answers.keep(question, (body, headers))
        return response


def _are_same(before: Sequence[StudyEntry], now: Sequence[StudyEntry]) -> bool:
    """Whether no study was read meanwhile: also one that changed back has its version again.

    One that is still being read, however much of it by now, was not.
    """
    return len(before) == len(now) and all(
        one is other or (one.reading and other.reading and one.folder == other.folder)
        for one, other in zip(before, now, strict=True)
    )


def _question(entries: Sequence[StudyEntry]) -> str:
    """What is asked, of which files, and how the answer may be packed and compressed."""
    versions = "\n".join(entry.version for entry in entries)
    spoken = (request.headers.get("Accept-Encoding", ""), packed_answers.is_wanted())
    return sha256(f"{spoken}\n{versions}\n".encode() + request.get_data()).hexdigest()
