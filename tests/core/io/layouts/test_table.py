"""What is said of a table of evaluations: what is broken -> the whole message."""

from __future__ import annotations

import pytest

from core.io import open_study
from tests.core.io.damage import (
    CELL,
    EVALUATION,
    FIRST,
    LAST,
    ROW_2,
    Damage,
    add,
    ids,
    problems_of,
    table,
)
from tests.studies import StudyWriter

TABLE_ERRORS: list[tuple[Damage, str]] = [
    (
        table("run,task,split", "run,task,set"),
        "evaluations.csv, row 1: no column `split`; add it, or write split = their word for it"
        " under [evaluations.columns]; there is run, task, set, checkpoint, value",
    ),
    (
        table(CELL, "bad"),
        "evaluations.csv, row 33: value is `bad`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        table(CELL, '"1,5"'),
        "evaluations.csv, row 33: value is `1,5`, not a number; "
        "write it with a point and without thousands separators",
    ),
    (
        table(CELL, "1_000"),
        "evaluations.csv, row 33: value is `1_000`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        table(f"10000,{CELL}", f"checkpoint-10000,{CELL}"),
        "evaluations.csv, row 33: checkpoint is `checkpoint-10000`, not a whole number; "
        "write the training step, a whole number from 0 on",
    ),
    (
        table(f"10000,{CELL}", f"-1,{CELL}"),
        "evaluations.csv, row 33: checkpoint is `-1`, not a whole number; "
        "write the training step, a whole number from 0 on",
    ),
    (
        table(f"shifted,10000,{CELL}", f"test,10000,{CELL}"),
        "evaluations.csv, row 33: split `test` in 1 row; write standard or shifted",
    ),
    (
        add("evaluations.csv", "pt1,distance,standard,9000,7\n"),
        "evaluations.csv, row 34: run pt1, task distance, standard, checkpoint 9000 "
        f"a second time: 7.0, row 2 has {FIRST}; keep one of the two rows",
    ),
    (
        add("evaluations.csv", "pt1,distance,standard,9000,\n"),
        "evaluations.csv, row 34: run pt1, task distance, standard, checkpoint 9000 "
        f"a second time: NaN, row 2 has {FIRST}; keep one of the two rows",
    ),
    (
        add("evaluations.csv", "pt1,distance\n"),
        "evaluations.csv, row 34: 2 values where the header has 5; "
        "give each row one value per column, and quote text that holds commas",
    ),
]


@pytest.mark.parametrize(("damage", "message"), TABLE_ERRORS, ids=ids(TABLE_ERRORS))
def test_table_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("table")
    damage(study)
    assert [x for x in problems_of(study) if x.startswith("error")] == [f"error: {message}"]


def test_same_value_twice_is_fine(write_study: StudyWriter) -> None:
    study = write_study()
    study.append("evaluations.csv", f"{ROW_2}\n")
    assert problems_of(study) == []
    study.replace("evaluations.csv", f"{LAST},{CELL}", f"{LAST},nan")
    study.append("evaluations.csv", f"{LAST},\n")
    assert len(problems_of(study)) == 2  # one warning per row
    assert len(open_study(study.folder).evaluations) == 32

    tree = write_study("runs")
    cell = '{"eval_distance_metric_mean": NaN}'
    tree.write(EVALUATION, f'{{"checkpoint-010": {cell}, "checkpoint-10": {cell}}}')
    assert [line.split(":")[0] for line in problems_of(tree)] == ["warning"] * 2


def test_a_row_with_two_faults_has_both_reported(write_study: StudyWriter) -> None:
    study = write_study()
    study.append("runs.csv", "x,ftwb1,crosing,pt9,original,,\n")
    found = [problem.split(": ", 2)[2] for problem in problems_of(study)]
    assert len(found) == 3
    assert any("unknown task" in text for text in found)
    assert any("names base `pt9`, which is not there" in text for text in found)
    assert any("original" in text for text in found)
