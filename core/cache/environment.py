"""Where results are kept and how large they may grow, as the environment says it."""

from __future__ import annotations

import os

from core.io.remote import SOURCES as SOURCES
from core.io.remote import default_folder as default_folder

DEFAULT_SIZE_LIMIT = 2**30
STUDIES = "studies"
"""The folder of the cache in which studies are kept as they were read, for all programs."""


def size_limit() -> int:
    """How large it may grow, in bytes: CACHE_SIZE_MB, where that is a number."""
    text = os.environ.get("CACHE_SIZE_MB", "")
    return int(text) * 2**20 if text.isascii() and text.isdigit() else DEFAULT_SIZE_LIMIT
