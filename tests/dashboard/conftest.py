"""An app context over small studies, with a cache that keeps nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cache.result_cache import ResultCache
from core.io import open_study
from core.study import Study
from dashboard.state.context import AppContext
from dashboard.state.study_library import StudyLibrary
from tests.studies import StudyWriter

EXAMPLE = Path(__file__).parents[2] / "examples" / "atlantis" / "study"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks waits for news of the files, however busy this machine is."""
    monkeypatch.setattr("dashboard.state.study_library.LOOK_PATIENCE_S", 60.0)


@pytest.fixture
def tiny(write_study: StudyWriter) -> Study:
    """Two tasks, one seed, CKA."""
    return open_study(write_study(cka=True).folder)


@pytest.fixture(scope="session")
def example() -> Study:
    return open_study(EXAMPLE)


@pytest.fixture
def app_context_of() -> Callable[..., AppContext]:
    """`app_context_of(folder, ...)`: an app context over these studies."""

    def make(*folders: Path) -> AppContext:
        return AppContext(StudyLibrary(folders), ResultCache(None))

    return make


@pytest.fixture(scope="session")
def app_context() -> AppContext:
    """An app context over the example study."""
    return AppContext(StudyLibrary([EXAMPLE]), ResultCache(None))


@pytest.fixture(scope="session")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    """The same, which computes nothing twice: for tests that change nothing of how it is done.

    Workers of xdist share what it keeps.
    """
    of_this_run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_this_run = of_this_run.parent
    return AppContext(StudyLibrary([EXAMPLE]), ResultCache(of_this_run / "example-cache"))
