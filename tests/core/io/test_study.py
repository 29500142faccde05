"""A whole study: every warning with its message, and what leads out of its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.io import inspect_study, open_study
from core.remembered import MOST_REMEMBERED, remembered
from core.similarity.query import SimilarityQuery
from core.study import Study
from core.transfer.query import TransferQuery
from tests.core.io.damage import (
    CELL,
    EVALUATION,
    SHIFTED,
    Damage,
    add,
    manifest,
    problems_of,
    put,
    put_json,
    remove,
    table,
    without_rows,
)
from tests.studies import StudyFiles, StudyWriter

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


@pytest.mark.parametrize(("layout", "damage", "messages"), WARNINGS)
def test_warnings(
    write_study: StudyWriter, layout: str, damage: Damage, messages: list[str]
) -> None:
    study = write_study(layout)
    damage(study)
    assert problems_of(study) == [f"warning: {message}" for message in messages]
    assert [str(w) for w in open_study(study.folder).warnings] == messages


def test_folder_that_is_none(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    file = tmp_path / "file"
    file.write_text("")
    assert problems_of(StudyFiles(missing)) == [
        f"error: {missing}: no such folder; give the folder that holds study.toml"
    ]
    assert problems_of(StudyFiles(file)) == [
        "error: file: nothing in it; give a table of results with at least sources, targets and"
        " scores, or a matrix"
    ]
    assert inspect_study("a\0b").study is None
    assert inspect_study("x" * 5000).study is None


def test_a_way_round_is_refused_for_what_it_is(write_study: StudyWriter) -> None:
    study = write_study()
    study.replace("study.toml", '"evaluations.csv"', '"sub/../evaluations.csv"')
    assert problems_of(study) == [
        "error: study.toml, evaluations.path: `sub/../evaluations.csv` takes a way round by ..; "
        "write `evaluations.csv`"
    ]


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        ("runs.csv", "table"),
        ("evaluations.csv", "table"),
        ("study.toml", "table"),
        ("cka_summary.csv", "table"),
        (EVALUATION, "runs"),
    ],
)
def test_links_out_of_the_folder_are_not_followed(
    write_study: StudyWriter, tmp_path: Path, name: str, layout: str
) -> None:
    study = write_study(layout, cka=True)
    outside = tmp_path / "outside"
    study.path(name).rename(outside)
    study.path(name).symlink_to(outside)
    errors = [line for line in problems_of(study) if line.startswith("error")]
    assert len(errors) == 1
    assert errors[0].endswith("leaves the study's folder; move the data into the folder")


def test_folders_linked_out_are_not_followed(write_study: StudyWriter, tmp_path: Path) -> None:
    study = write_study("runs")
    study.path("experiments/pt1").rename(tmp_path / "pt1")
    study.path("experiments/pt1").symlink_to(tmp_path / "pt1")
    errors = problems_of(study)
    assert len(errors) == 4
    assert all("a link leaves the study's folder" in line for line in errors)

    study.path("experiments").rename(tmp_path / "all")
    study.path("experiments").symlink_to(tmp_path / "all")
    assert problems_of(study) == [
        "error: study.toml, evaluations.root: `experiments` leaves the study's folder; "
        "move the data into the folder"
    ]


def test_links_inside_the_folder_are_fine(write_study: StudyWriter) -> None:
    study = write_study()
    study.path("evaluations.csv").rename(study.path("data.csv"))
    study.path("evaluations.csv").symlink_to("data.csv")
    assert problems_of(study) == []


def test_a_study_may_be_reached_through_a_link(write_study: StudyWriter, tmp_path: Path) -> None:
    study = write_study(cka=True, representations=True)
    (tmp_path / "link").symlink_to(study.folder)
    assert problems_of(StudyFiles(tmp_path / "link")) == []


def test_odd_files(write_study: StudyWriter) -> None:
    study = write_study()
    study.remove("runs.csv")
    study.path("runs.csv").symlink_to("runs.csv")
    assert problems_of(study)[0].startswith("error: runs.csv: cannot be read: ")
    study.remove("runs.csv")
    study.path("runs.csv").symlink_to("nowhere")
    assert problems_of(study)[0] == (
        "error: runs.csv: cannot be read: a link that leads nowhere; put a readable file there"
    )
    study.remove("runs.csv")
    os.mkfifo(study.path("runs.csv"))
    assert problems_of(study)[0] == (
        "error: runs.csv: cannot be read: not a regular file; put a readable file there"
    )


def test_what_a_study_was_asked_is_remembered_with_it(write_study: StudyWriter) -> None:
    asked: list[tuple[object, ...]] = []

    @remembered
    def count(study: Study, size: int, *, twice: bool = False) -> int:
        asked.append((study.digest, size, twice))
        if size < 0:
            raise ValueError(size)
        return len(study.tasks) * size * (2 if twice else 1)

    study, other = (open_study(write_study(layout).folder) for layout in ("runs", "table"))
    for _ in range(2):
        assert count(study, 1) == len(study.tasks)
        assert count(study, 1, twice=True) == 2 * len(study.tasks)
        assert count(other, 0) == 0
    assert len(asked) == 3
    for _ in range(2):
        with pytest.raises(ValueError, match="-1"):
            count(study, -1)
    assert len(asked) == 5
    for size in range(2 * MOST_REMEMBERED):
        assert count(study, size) == len(study.tasks) * size
    kept = [value for name, value in vars(study).items() if name.startswith("remembered ")]
    assert sum(map(len, kept)) <= MOST_REMEMBERED * len(kept)


def test_a_question_with_lists_is_the_same_as_one_with_tuples():
    assert SimilarityQuery(seeds=[1, 2]) == SimilarityQuery(seeds=(1, 2))
    listed = TransferQuery("ftwb1", seeds=[42], exclude=["x"])
    assert hash(listed) == hash(TransferQuery("ftwb1", seeds=(42,), exclude=("x",)))
