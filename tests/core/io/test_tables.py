"""Tables of any kind: what cannot be read is said, and not repeated."""

from __future__ import annotations

import numpy as np

from core.io.table_cells.cells import below_each_other
from core.io.table_cells.text_columns import TextColumn
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


def test_columns_below_each_other_stay_what_all_of_them_are():
    numbers = below_each_other([np.array([1.0, 0.5]), np.array([2.0])])
    assert isinstance(numbers, np.ndarray)
    assert numbers.tolist() == [1.0, 0.5, 2.0]
    texts = below_each_other([TextColumn.constant("a", 2), TextColumn.constant("b", 1)])
    assert isinstance(texts, TextColumn)
    assert list(texts) == ["a", "a", "b"]
    assert below_each_other([np.array([1.0, 0.5]), ["b", ""]]) == ["1", "0.5", "b", ""]
