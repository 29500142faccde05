"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studies import StudyFiles, StudyWriter, write_study_files


@pytest.fixture
def write_study(tmp_path: Path) -> StudyWriter:
    """`write_study(layout="table", cka=False, representations=False)`: a valid study on disk."""

    def write(
        layout: str = "table", *, cka: bool = False, representations: bool = False
    ) -> StudyFiles:
        return write_study_files(
            tmp_path / "study", layout, cka=cka, representations=representations
        )

    return write
