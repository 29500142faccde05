"""Columns of a table by our words."""

from __future__ import annotations

import numpy as np
import pytest

from core.io.column_finder import ColumnFinder
from core.io.dialects.raw_table import RawTable
from core.io.names.joint_columns import taken_apart
from core.io.problems import ProblemCollector
from core.io.sections import SourceSection


@pytest.fixture
def found():
    """Finders over one table of two rows, and what they reported."""
    findings = ProblemCollector()
    raw = RawTable(
        header=("Train Lang", "target", "model", "size"),
        columns=(["de", "en"], ["en", "de"], ["bert", "xlmr"], ["S", "L"]),
        rows=np.array([2, 3]),
    )

    def finder(**section):
        given = SourceSection(path="a.csv", **section)
        return ColumnFinder(findings, given, "a_1.csv", {"seed": "1"}, raw, "evaluations")

    return finder, findings


def told(findings):
    return [f"{problem.found}; {problem.todo}" for problem in findings.problems]


def test_a_column_is_named_made_of_several_or_in_the_name_of_the_file(found):
    finder, findings = found
    columns = finder(columns={"sources": "Train Lang", "method": "{model}-{size}"})
    assert list(columns.get("sources", needed=True)) == ["de", "en"]
    assert list(columns.get("method", needed=False)) == ["bert-S", "xlmr-L"]
    assert list(columns.get("seed", needed=False)) == ["1", "1"]
    assert columns.get("checkpoint", needed=False) is None
    assert not columns.failed
    assert not told(findings)


def test_what_is_needed_and_has_another_name_is_told_with_the_line_to_write(found):
    finder, findings = found
    columns = finder()
    assert columns.has("sources")
    assert not columns.is_there("sources")
    assert columns.get("sources", needed=True) is None
    assert columns.failed
    assert 'write sources = "Train Lang" under [evaluations.columns]' in told(findings)[0]


def test_rows_count_by_value_and_a_filter_that_leaves_none_says_what_is_there(found):
    finder, findings = found
    assert finder(where={"size": "L"}).rows_that_count().tolist() == [False, True]
    assert finder(where={"seed": 1.0}).rows_that_count().tolist() == [True, True]
    assert finder().rows_that_count() is None
    columns = finder(where={"size": "XL"})
    columns.rows_that_count()
    assert columns.failed
    assert "there is `S`, `L`" in told(findings)[0]


@pytest.mark.parametrize("cell", ["-" * 20_000, " " * 20_000 + "x", "- " * 20_000])
def test_a_template_fits_or_not_in_one_pass(cell):
    apart = taken_apart("{sources}-{target}-{seed} to {method}.")
    assert apart(cell) is None
    assert apart("a - b-1 to m.") == {"sources": "a", "target": "b", "seed": "1", "method": "m"}
    assert apart("a-b-c-1 to m.") is None
