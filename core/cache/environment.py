"""Where results are kept and how large they may grow, as the environment says it."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

SOURCES = Path(str(files("core")))
"""The root of all sources that a result can depend on, wherever this module stands in it."""
DEFAULT_SIZE_LIMIT = 2**30


def default_folder() -> Path:
    """Where results go unless told otherwise: `.cache/results` beside the sources."""
    return Path(os.environ.get("CACHE_DIR") or SOURCES.parent / ".cache" / "results")


def size_limit() -> int:
    """How large it may grow, in bytes: CACHE_SIZE_MB, where that is a number."""
    text = os.environ.get("CACHE_SIZE_MB", "")
    return int(text) * 2**20 if text.isascii() and text.isdigit() else DEFAULT_SIZE_LIMIT
