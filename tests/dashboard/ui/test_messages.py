"""What stands in place of a study that cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Problem, Severity
from dashboard.state.study_library import StudyEntry
from dashboard.ui.messages import problem_page
from tests.dashboard.figures.samples import square_study


def entry(slug: str, *problems: Problem, readable: bool = False) -> StudyEntry:
    study = replace(square_study([[[1.0, 0.5], [0.5, 1.0]]]), title=slug) if readable else None
    return StudyEntry(slug, Path(slug), study, problems)


def error(row: int) -> Problem:
    return Problem(Severity.ERROR, "a.csv", f"row {row}", "no number", "write one")


def written(broken: StudyEntry, *others: StudyEntry) -> str:
    return json.dumps(problem_page(broken, others).to_plotly_json(), default=repr)


def test_one_problem_is_spoken_of_as_one_and_needs_no_list_of_places():
    text = written(entry("x", error(1)))
    assert "It has one problem. Nothing of it is shown until it is solved" in text
    assert "can be chosen" not in text
    assert "--all" not in text


def test_many_places_of_a_kind_are_listed_by_a_command():
    text = written(entry("x", *map(error, range(1, 9))))
    assert "It has 8 problems. Nothing of it is shown until they are solved" in text
    assert "--all" in text


@pytest.mark.parametrize(
    ("names", "said"),
    [(("one",), "At the top one can"), (("a", "b"), "At the top 2 other studies")],
)
def test_other_studies_are_named_or_counted(names, said):
    others = [entry(name, readable=True) for name in names]
    assert said in written(entry("x", error(1)), *others, entry("y", error(2)))
