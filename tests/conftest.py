"""Fixtures for all tests."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

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


# Nothing that is imported or collected becomes garbage. To look for some among all of it again and
# again is a third of what it costs to collect the tests. What began xdist's workers looks no more.
gc.disable()
MADE_UNTIL_LOOKED = 10_000
"""Objects: Python looks for garbage after 700, and among all that tests left not much later."""


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(MADE_UNTIL_LOOKED)
    gc.enable()
    hold_linear_algebra()


def hold_linear_algebra() -> None:
    """BLAS computes with one thread in this process, as in a server; not in those it starts.

    Tests run side by side: its threads wait for cores that others have, and cost while they wait.
    """
    importlib.import_module("scipy.linalg")  # whose BLAS is another than NumPy's
    threadpool_limits(limits=1, user_api="blas")


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
    *(
        f"tests/core/{name}.py"
        for name in (
            "similarity/sweep/test_cluster",
            "cli/commands/test_cka",
            "io/test_anything",
            "cache/test_result_cache",
            "analyses/association/test_relabelling",
            "similarity/sweep/test_runner",
            "io/trackers/test_mlflow_store",
            "similarity/test_cka",
            "io/dialects/test_dialects_alike",
            "analyses/association/test_specifications",
            "io/dialects/test_markup_tables",
            "analyses/test_balance",
            "analyses/test_covariates",
            "io/table_cells/test_text_columns",
            "io/recognition/test_forms",
            "transfer/test_shrinkage",
        )
    ),
    "tests/faults/test_running.py",
    "tests/dashboard/test_raw_scores.py",
    "tests/faults/test_taken.py",
    "tests/dashboard/jobs/test_celery_backend.py",
    "tests/dashboard/ui/test_fetched.py",
    "tests/dashboard/jobs/test_process_backend.py",
    "tests/dashboard/export/test_export.py",
    "tests/dashboard/server/test_serving.py",
    "tests/simulation",
    "tests/test_benchmarks.py",
    "tests/dashboard/export/test_commands.py",
    "tests/test_start_up.py",
    "tests/faults",
    "tests/dashboard/server/access/test_guard.py",
    "tests/dashboard/jobs",
    "tests/dashboard/server",
    "tests/dashboard/pages/test_predictors.py",
    "tests/dashboard/state/test_remote_studies.py",
    "tests/dashboard/export",
    "tests/dashboard/pages/test_representations.py",
    "tests/test_forks.py",
    "tests/examples",
    "tests/dashboard/details/test_routes.py",
    "tests/test_documents.py",
    "tests/dashboard/uploads",
    "tests/test_deployment.py",
    "tests/dashboard/boards",
    "tests/dashboard/ui/test_page.py",
    "tests/test_mirror.py",
    *(
        f"tests/browser/test_{name}.py"
        for name in ("access", "selection", "state", "pairs", "tabs", "enlarge", "export", "words")
    ),
    *(
        f"tests/browser/test_{name}.py"
        for name in (
            "uploads",
            "network",
            "downloads",
            "predictors",
            "lost_answers",
            "long_addresses",
            "study_versions",
            "jobs",
            "image_files",
        )
    ),
)
"""Files that take longest, whatever number of tests they have: begun last, one worker would be busy
with them alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; the tests of each, and of all others, in their order."""

    def place(item: pytest.Item) -> int:
        ranks = (n for n, name in enumerate(LONGEST_FIRST) if item.nodeid.startswith(name))
        return next(ranks, len(LONGEST_FIRST))

    items.sort(key=place)
