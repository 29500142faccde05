"""One reading finds everything, and says it in one order."""

from __future__ import annotations

import tomllib

import pytest

from core.errors import StudyError
from core.io import open_study
from core.io.problems import in_toml
from tests.studies import StudyWriter


def test_everything_is_reported_at_once(write_study: StudyWriter) -> None:
    study = write_study(cka=True)
    study.append("study.toml", "colour = 1\n")
    study.append("runs.csv", "x,m,zoo,pt1,1,,\ny,m,distance,pt8,1,,\n")
    study.append("evaluations.csv", "pt1,distance,standard,1,bad\nx,distance,shifted,1,1\n")
    study.append("cka_summary.csv", "pt,pt1-1,x,five,0.5\n")
    with pytest.raises(StudyError) as caught:
        open_study(study.folder)
    problems = caught.value.problems
    assert [problem.file for problem in problems if problem.is_error] == [
        "runs.csv",
        "runs.csv",
        "evaluations.csv",
        "cka_summary.csv",
    ]
    # The run whose row is broken is not called unknown on top of that.
    assert not any("`x`, which" in str(problem) for problem in problems)
    assert "colour" in str(problems[4])


@pytest.mark.parametrize("name", ["a\u00a0b", "a\u00adb", "a\U000e0001b", 'a"b\\', "é 日"])
def test_what_to_write_is_toml_also_of_signs_that_nobody_sees(name):
    written = in_toml(name)
    assert written.isprintable()
    assert tomllib.loads(f"name = {written}") == {"name": name}
