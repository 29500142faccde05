"""A study with representations to sweep, and where results are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cache.result_cache import ResultCache
from tests.core.sweeps import write_sweep_study
from tests.studies import StudyFiles


@pytest.fixture
def files(tmp_path: Path) -> StudyFiles:
    return write_sweep_study(tmp_path / "study")


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ResultCache]:
    kept = ResultCache(tmp_path / "cache")
    yield kept
    kept.close()
