"""Every evaluation that is missing is named."""

from __future__ import annotations

from tests.core.io.damage import (
    problems_of,
)
from tests.studies import StudyWriter


def test_five_thousand_missing_evaluations_are_each_named(write_study: StudyWriter) -> None:
    study = write_study()
    rows = "".join(f"r{i},m{i},distance,pt1,42,,\n" for i in range(1250))
    study.append("runs.csv", rows)
    assert len(problems_of(study)) == 2500
