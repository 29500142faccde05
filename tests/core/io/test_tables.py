"""Tables of any kind: what cannot be read is said, and not repeated."""

from __future__ import annotations

from tests.core.io.damage import (
    problems_of,
)
from tests.studies import StudyWriter


def test_an_unreadable_parquet(write_study: StudyWriter) -> None:
    study = write_study()
    study.write("evaluations.csv", b"PAR1nonsense")
    (line,) = problems_of(study)
    assert line.startswith("error: evaluations.csv: not a Parquet file: ")
    assert line.endswith("; write the file again")


def test_a_header_of_megabytes_is_not_repeated(write_study: StudyWriter) -> None:
    study = write_study()
    study.write("evaluations.csv", "x" * 2_000_000)
    problems = problems_of(study)
    assert problems
    assert max(map(len, problems)) < 1000
