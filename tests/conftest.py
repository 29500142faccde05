"""Fixtures for all tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from core.cli.commands import main
from tests.studies import StudyFiles, StudyWriter, write_study_files

# What a machine does besides must not fail a property: no deadline, and slow draws are no fault.
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", settings.get_profile("ci"), max_examples=2_000)
settings.load_profile("ci")


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


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process: (exit code, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
