"""/editions: the versions of all studies, so that a page notices when its own has changed.

Asked by assets/js/state/study-versions.js every few seconds; it offers the new data and takes
nothing away from who is reading.
"""

from __future__ import annotations

from flask import Flask, Response

from dashboard.server.headers import uncached_json
from dashboard.state.study_library import StudyLibrary

PATH = "/editions"


def register(server: Flask, library: StudyLibrary) -> None:
    """Answer with `{slug: {"version": text, "readable": bool}}`."""

    @server.get(PATH)
    def versions() -> Response:
        return uncached_json(
            {
                entry.slug: {"version": entry.version, "readable": entry.study is not None}
                for entry in library.entries(wait_s=0)
            }
        )
