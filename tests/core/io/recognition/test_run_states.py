"""Runs that crashed, or still run, are no results: whatever the file, they do not count."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from core.io import inspect_study
from core.io.recognition import recognize

WIDE = """Name,{column},seed,langs,eval/de/f1,eval/fr/f1
a,{done},0,de,0.9,0.4
b,{done},0,fr,0.3,0.8
c,{other},0,de+fr,0.1,0.2
d,{done},1,de,0.7,0.5
e,{done},1,fr,0.4,0.7
f,{done},1,de+fr,0.8,0.6
"""
"""As wandb exports runs: what they were trained on under a name of one's own."""


@pytest.mark.parametrize(
    ("column", "done", "other"),
    [
        ("State", "finished", "crashed"),
        ("state", "finished", "running"),
        ("status", "FINISHED", "KILLED"),
        ("run_state", "finished", "preempted"),
        ("info.status", "COMPLETED", "OUT_OF_MEMORY"),
    ],
)
def test_runs_that_are_not_finished_do_not_count(tmp_path, column, done, other):
    file = tmp_path / "runs.csv"
    file.write_text(WIDE.format(column=column, done=done, other=other))
    found = recognize(file)
    assert dict(found.where) == {column: done}
    said = f"1 row that is not {done.lower()} ({column} is {other}) does not count"
    assert said in found.assumed
    # As a file that is opened as it is, and in the line above the figures.
    inspection = inspect_study(file)
    study = inspection.study
    counted = [0.3, 0.4, 0.4, 0.5, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9]
    assert sorted(study.evaluations.value) == counted
    assert inspection.reading.fact("Rows that count") == f"{column} = {done}"
    assert any(said in line for line in inspection.reading.recognized)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("acc.csv", "task,de,fr,state\nde,0.9,0.4,finished\nfr,0.3,0.8,finished\nde,0,0,failed\n"),
        (
            "long.csv",
            "source,target,acc,status\nde,de,0.9,FINISHED\nde,fr,0.4,FINISHED\n"
            "fr,de,0.3,FINISHED\nfr,fr,0.8,FINISHED\nde,fr,0,FAILED\nfr,de,0,FAILED\n",
        ),
        (
            "shift.csv",
            "run,de_standard,fr_standard,de_shifted,fr_shifted,status\n"
            "a,0.9,0.4,0.1,0.2,FINISHED\nb,0.9,0.4,0.1,0.2,FAILED\n",
        ),
    ],
)
def test_whatever_form_the_table_has(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    found = recognize(tmp_path / name)
    assert [*found.where.values()] in (["finished"], ["FINISHED"])
    assert any("do not count" in one or "does not count" in one for one in found.assumed)
    assert "[evaluations.where]" in found.manifest("x")
    if name != "shift.csv":
        study = inspect_study(tmp_path / name).study
        assert sorted(study.evaluations.value) == [0.3, 0.4, 0.8, 0.9]


def test_what_is_no_column_of_states_stays_as_it_is(tmp_path):
    file = tmp_path / "runs.csv"
    # A value that is no state; all crashed; two words for the end; a choice of one's own.
    for column, done, other in [
        ("State", "finished", "Bavaria"),
        ("State", "failed", "crashed"),
        ("State", "finished", "FINISHED"),
        ("place", "finished", "crashed"),
    ]:
        file.write_text(WIDE.format(column=column, done=done, other=other))
        assert not recognize(file).where
    file.write_text(WIDE.format(column="State", done="failed", other="crashed"))
    assert "all rows count, whatever their State (failed, crashed)" in " ".join(
        recognize(file).assumed
    )
    file.write_text(WIDE.format(column="State", done="finished", other="crashed"))
    assert dict(recognize(file, where={"State": "crashed"}).where) == {"State": "crashed"}
    assert not recognize(file, mapped={"method": "State"}).where


def test_sources_are_the_one_column_of_names_that_columns_are_called_after(tmp_path):
    file = tmp_path / "runs.csv"
    text = WIDE.format(column="State", done="finished", other="crashed")
    file.write_text(text)
    found = recognize(file)
    assert found.columns["sources"] == "langs"
    assert found.value == "eval/{target}/f1"
    assert "langs is what rows were trained on: it holds names of columns" in found.assumed
    # Two of the kind: nobody can tell which.
    file.write_text(
        "\n".join(
            f"{line},{line.split(',')[3] if i else 'twin'}"
            for i, line in enumerate(text.splitlines())
        )
    )
    with pytest.raises(RequestError, match="no column for sources"):
        recognize(file)


@pytest.mark.parametrize(
    "both", ['"de, fr"', "de;fr", "de & fr", '"[""de"", ""fr""]"', "\"['de', 'fr']\""]
)
@pytest.mark.parametrize("column", ["langs", "train"])
def test_several_names_in_a_cell_are_a_training_set_however_they_are_joined(tmp_path, both, column):
    file = tmp_path / "runs.csv"
    text = WIDE.format(column="State", done="finished", other="crashed")
    file.write_text(text.replace("de+fr", both).replace("langs", column))
    inspection = inspect_study(file)
    assert {task.name for task in inspection.study.tasks} == {"de", "fr"}
    assert {run.trained for run in inspection.study.runs} == {("de",), ("fr",), ("de", "fr")}
    assert not inspection.problems
