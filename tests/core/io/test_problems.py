"""One reading finds everything, and says it in one order."""

from __future__ import annotations

import pytest

from core.errors import StudyError
from core.io import open_study
from tests.core.io.damage import (
    CELL,
    EVALUATION,
    SHIFTED,
    Damage,
    add,
    manifest,
    put,
    put_json,
    remove,
    table,
    without_rows,
)
from tests.studies import StudyWriter

WARNINGS: list[tuple[str, Damage, list[str]]] = [
    (
        "table",
        without_rows("pt1_ftwb1-1,crossing,shifted"),
        [
            "evaluations.csv, run pt1_ftwb1-1, task crossing, shifted: no row: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "runs",
        remove(SHIFTED),
        [
            f"{SHIFTED}: no such file: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "runs",
        put(SHIFTED, "{}"),
        [
            f"{SHIFTED}: no checkpoint in it: "
            "run `pt1_ftwb1-1` has no shifted evaluation on `crossing`; "
            "evaluate it, or mark the run failed; the cell stays empty"
        ],
    ),
    (
        "table",
        without_rows("pt1,crossing,standard"),
        [
            "evaluations.csv, run pt1, task crossing, standard: no row: "
            "base `pt1` has no standard evaluation on `crossing`; "
            "evaluate it: without, nothing that starts from it can be normalized there"
        ],
    ),
    (
        "runs",
        remove(EVALUATION),
        [
            f"{EVALUATION}: no such file: base `pt1` has no standard evaluation on `distance`; "
            "evaluate it: without, nothing that starts from it can be normalized there"
        ],
    ),
    *[
        (
            "table",
            table(CELL, text),
            [
                f"evaluations.csv, row 33: value is {shown}, not a finite number; "
                "evaluate it again; the cell stays empty"
            ],
        )
        for text, shown in [
            ("", "(empty)"),
            ("NA", "`NA`"),
            ("nan", "`nan`"),
            ("-inf", "`-inf`"),
            ("Infinity", "`Infinity`"),
            ("1e999", "`1e999`"),
        ]
    ],
    *[
        (
            "runs",
            put(
                SHIFTED,
                f'{{"checkpoint-1": {{"eval_crossing_metric_mean": {text}}}}}',
            ),
            [f"{SHIFTED}, checkpoint-1.eval_crossing_metric_mean: {found}"],
        )
        for text, found in [
            ("NaN", "NaN is not a finite number; evaluate it again; the cell stays empty"),
            ("Infinity", "inf is not a finite number; evaluate it again; the cell stays empty"),
            ("-Infinity", "-inf is not a finite number; evaluate it again; the cell stays empty"),
            (
                "1" + "0" * 400,
                "inf is not a finite number; evaluate it again; the cell stays empty",
            ),
            ("null", "is null; evaluate it again; the cell stays empty"),
        ]
    ],
    (
        "runs",
        put_json(
            SHIFTED,
            {"checkpoint-1": {"eval_crossing_metric_mean": 1}, "checkpoint-2": {"eval_loss": 1}},
        ),
        [
            f"{SHIFTED}, checkpoint-2.eval_crossing_metric_mean: is missing; "
            "evaluate it again; the cell stays empty"
        ],
    ),
    (
        "table",
        lambda study: (
            without_rows("pt1_ftwb2-1,")(study),
            study.replace("runs.csv", "distance,pt1,42,,", "distance,pt1,42,failed,"),
            study.replace(
                "runs.csv", "crossing+distance,pt1,42,,", "crossing+distance,pt1,42,failed,"
            ),
        ),
        [
            f"runs.csv, row {row}: run `{run}` failed; "
            "it is listed and never averaged in; repeat it to fill its cells"
            for row, run in [(5, "pt1_ftwb1-1"), (7, "pt1_ftwb2-1")]
        ],
    ),
    (
        "table",
        add("evaluations.csv", "pt9,distance,standard,1,1\npt9,distance,standard,2,bad\n"[:26]),
        [
            "evaluations.csv, row 34: run `pt9`, which runs.csv does not know, in 1 row; "
            "did you mean `pt1`? the rows are ignored"
        ],
    ),
    (
        "table",
        add("evaluations.csv", "pt1,zoo,standard,1,1\npt1,zoo,shifted,1,1\n"),
        [
            "evaluations.csv, row 34: task `zoo`, which the manifest does not know, in 2 rows; "
            "the rows are ignored"
        ],
    ),
    (
        "table",
        manifest("color =", "colour ="),
        [
            "study.toml, tasks.distance.colour: unknown key `colour`; "
            "did you mean `color`? it is ignored"
        ],
    ),
    (
        "table",
        manifest('title = "Tiny"', 'author = "me"'),
        ["study.toml, author: unknown key `author`; it is ignored"],
    ),
    (
        "runs",
        manifest('root = "experiments"', 'root = "experiments"\npath = "x.csv"'),
        ["study.toml, evaluations.path: unknown key `path`; it is ignored"],
    ),
    (
        "scores",
        add("scores.csv", "crossing,crossing,\n"),
        [
            "scores.csv, row 5: score is (empty), not a finite number; "
            "evaluate it again; the cell stays empty"
        ],
    ),
    (
        "scores",
        add("study.toml", '[cka]\nsummary = "cka_summary.csv"\n'),
        [
            "study.toml, cka: a section [cka] beside layout scores, without runs.csv; "
            "write runs.csv with the single-task models; it is ignored"
        ],
    ),
]


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
