"""Studies to sweep: one in no time, one that takes longer than any test waits."""

from __future__ import annotations

import pytest

from tests.core.sweeps import write_sweep_study
from tests.studies import StudyFiles


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> StudyFiles:
    return write_sweep_study(tmp_path_factory.mktemp("studies") / "quick")


@pytest.fixture(scope="session")
def medium(tmp_path_factory: pytest.TempPathFactory) -> StudyFiles:
    """Four blocks of 91 singular value decompositions of 250 × 250 matrices."""
    return write_sweep_study(
        tmp_path_factory.mktemp("studies") / "medium", 14, items=250, features=250
    )


@pytest.fixture(scope="session")
def slow(tmp_path_factory: pytest.TempPathFactory) -> StudyFiles:
    """2,340 singular value decompositions of 400 × 400 matrices, a few in a block."""
    return write_sweep_study(
        tmp_path_factory.mktemp("studies") / "slow",
        40,
        layers=(1,),
        steps=(10, 20, 30),
        items=400,
        features=400,
    )
