"""A whole study as files: every figure and table of every tab, and one report to mail or keep."""

from __future__ import annotations

import math
from pathlib import Path

from core.cache.environment import default_folder, size_limit
from core.cache.result_cache import ResultCache
from dashboard.export.collect import ExportItem, ExportRequest, Progress, StudyExport, collect
from dashboard.export.images import check_images
from dashboard.export.report import report_html
from dashboard.export.write import (
    ExportResult,
    ImageFormat,
    check_folder,
    check_report,
    write_report,
    write_study,
)
from dashboard.figures.parts.theme import Style
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary

__all__ = [
    "ExportItem",
    "ExportRequest",
    "ExportResult",
    "ImageFormat",
    "Progress",
    "StudyExport",
    "Style",
    "app_context_of",
    "check_folder",
    "check_images",
    "check_report",
    "collect",
    "report_html",
    "write_report",
    "write_study",
]


def app_context_of(folder: Path) -> AppContext:
    """One study, with the results on disk; it computes similarity for as long as that takes."""
    cache = ResultCache(default_folder(), size_limit=size_limit())
    return AppContext(StudyLibrary([folder]), cache, compute_budget_s=math.inf)
