"""Transfer Atlas, the computing core: from a study's files to the numbers that are shown."""

from __future__ import annotations

from core.io import open_study

__all__ = ["open_study"]
