"""Fixtures for all tests."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from core.cli.commands import main
from tests.studies import StudyFiles, StudyWriter, write_study_files

# Neither what a machine does besides nor chance must fail a property: no deadline, slow draws are
# no fault, and the cases are the same each time. Others are looked for at night.
settings.register_profile(
    "ci",
    max_examples=50,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci")


LONGEST_PLACE = 60
"""A socket has a path of at most 107 bytes: Chromium makes some below the temporary folder."""
if len(tempfile.gettempdir()) > LONGEST_PLACE:
    os.environ["TMPDIR"] = tempfile.tempdir = "/tmp"  # noqa: S108


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
def socket_path() -> Iterator[Path]:
    """Where a Unix socket can be: the path of one has 107 bytes at most, that of a test more."""
    with tempfile.TemporaryDirectory(prefix="atlas-", dir="/tmp") as folder:
        yield Path(folder) / "web.sock"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process: (exit code, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


LONGEST_FIRST = (
    "tests/core/cli/test_cka.py",
    "tests/core/io/test_anything.py",
    "tests/core/cache/test_result_cache.py",
    "tests/core/similarity/sweep",
    "tests/core/io/trackers",
    "tests/faults/test_running.py",
    "tests/dashboard/jobs/test_process_backend.py",
    "tests/dashboard/test_raw_scores.py",
    "tests/faults",
    "tests/dashboard/jobs",
    "tests/dashboard/ui/test_fetched.py",
    "tests/dashboard/server",
    *(
        f"tests/browser/test_{name}.py"
        for name in ("access", "selection", "state", "tabs", "enlarge", "pairs", "words")
    ),
    *(
        f"tests/browser/test_{name}.py"
        for name in (
            "network",
            "export",
            "uploads",
            "downloads",
            "image_files",
            "jobs",
            "study_versions",
        )
    ),
)
"""Files that take longest, whatever number of tests they have: begun last, one worker would be busy
with them alone at the end."""


FORMS = ("tests/cases/", "tests/core/io/")
"""Tests whose cases are forms of files, each with a reader of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the tests of each, and of all others, in their order.

    The lines that a property runs are not counted, as those of a few costly tests are not: counting
    takes as long again as its cases do, and what nothing but made-up cases runs has no test of its
    own. Of a test with many cases the first is counted: the others seldom run lines that nothing
    else does, but where each is a form of file. The mark is pytest-cov's.
    """
    counted = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        made_up = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if made_up or (test in counted and not test.startswith(FORMS)):
            item.add_marker("no_cover")
        counted.add(test)

    def place(item: pytest.Item) -> int:
        ranks = (n for n, name in enumerate(LONGEST_FIRST) if item.nodeid.startswith(name))
        return next(ranks, len(LONGEST_FIRST))

    items.sort(key=place)
