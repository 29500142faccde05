"""What is said of given scores: what is broken -> the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.analyses.planning.plan import plan_of
from core.analyses.query import PlanQuery, TransferQuery
from core.io import inspect_study
from core.io.study import Inspection
from tests.core.io.damage import (
    SCORED,
    Damage,
    add,
    ids,
    manifest,
    problems_of,
    put,
    remove,
)
from tests.studies import StudyWriter

SCORE_ERRORS: list[tuple[Damage, str]] = [
    (
        remove("scores.csv"),
        "scores.csv: no such file; write it, or correct evaluations.path: "
        "columns sources,target,score",
    ),
    (
        put("scores.csv", "sources,target,score\n"),
        "scores.csv: no scores; write one row per score: sources,target,score",
    ),
    (
        add("scores.csv", "distance,zoo,1\n"),
        "scores.csv, row 5: unknown target `zoo`; name a task of the manifest, or list it under"
        " [tasks], too",
    ),
    (
        add("scores.csv", "distance+zoo,distance,1\n"),
        "scores.csv, row 5: sources: unknown task `zoo`; "
        "list it under [tasks], too, or join tasks of the manifest with +: distance, crossing",
    ),
    (
        add("scores.csv", "distance,crossing,high\n"),
        "scores.csv, row 5: score is `high`, not a number; "
        "write a number; leave the cell empty where there is none",
    ),
    (
        add("scores.csv", "distance,crossing,0.75\n"),
        "scores.csv, row 5: 1 cell a second time with another value, first distance → crossing: "
        '0.75, row 2 has 0.5; write repeats = "mean" or repeats = "seeds" under [evaluations], or a'
        " column that tells them apart (method, seed, checkpoint)",
    ),
    (
        put("scores.csv", "sources,target,score,method\ndistance,crossing,1,\n"),
        "scores.csv, row 2: method: an empty name; name the method",
    ),
    (
        put("scores.csv", "sources,target,score,seed\ndistance,crossing,1,original\n"),
        "scores.csv, row 2: seed is `original`, not a whole number; "
        "write a number: 42 is 42, not original",
    ),
    (
        lambda study: (
            study.write("study.toml", SCORED),
            study.write("scores.csv", "sources,target,score\na,b+c,1\n"),
        ),
        "scores.csv, row 2: target is `b+c`: a task name with `+`, which joins tasks; "
        "write one task as target, one or several joined by + as sources, "
        'or call it otherwise: aliases = ["b+c"] under [tasks."b\uff0bc"]',
    ),
    (
        manifest('"scores.csv"', '"scores.parquet"'),
        "scores.parquet: no such file; write it, or correct evaluations.path: "
        "columns sources,target,score",
    ),
]


@pytest.mark.parametrize(("damage", "message"), SCORE_ERRORS, ids=ids(SCORE_ERRORS))
def test_score_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("scores")
    damage(study)
    assert problems_of(study) == [f"error: {message}"]


def test_scores_without_their_path_do_not_ask_for_a_list_of_runs(write_study: StudyWriter) -> None:
    study = write_study("scores")
    study.replace("study.toml", 'path = "scores.csv"', "")
    problems = problems_of(study)
    assert len(problems) == 1
    assert "evaluations.path: is missing" in problems[0]


def inspected(folder: Path, scores: str, manifest: str, layout: str = "scores") -> Inspection:
    (folder / "scores.csv").write_text(scores)
    section = f'[evaluations]\nlayout = "{layout}"\npath = "scores.csv"\n'
    (folder / "study.toml").write_text(section + manifest)
    return inspect_study(folder)


def test_one_task_with_a_metric_is_no_list_of_tasks(tmp_path: Path) -> None:
    scores = "sources,target,score\na,b,1\nb,a,2\n"
    one, both = '[tasks.a]\nmetric = "error"\n', '[tasks.c]\nmetric = "error"\n'
    study = inspected(tmp_path, scores, one).study
    assert study is not None
    assert {task.name for task in study.tasks} == {"a", "b"}
    assert inspected(tmp_path, scores, one + both).study is None


MISTYPED = "".join(
    f"{source},{target},0.{at}\n"
    for at, source in enumerate(("base", "angle", "perimeter", "inside", "count"), start=1)
    for target in ("angle", "perimeter", "inside", "count")
).replace("angle,perimeter", "angle,perimter")


def test_a_mistyped_target_is_told_with_its_row_and_takes_the_zero_of_all(tmp_path: Path) -> None:
    scale = '[scale]\nzero = "source:base"\n'
    scores = f"sources,target,score\n{MISTYPED}"
    told = (
        "scores.csv, row 7: `perimter` occurs once, `perimeter` 7 times: it looks mistyped;"
        ' correct it, or write aliases = ["perimter"] under [tasks."perimeter"];'
        " else nothing is to do"
    )
    read = inspected(tmp_path, scores, scale)
    assert told in [str(problem) for problem in read.problems]
    assert read.study is not None
    assert read.study.is_raw
    assert [task.name for task in read.study.lacking_zero] == ["perimter"]
    for right in ('[tasks.perimeter]\naliases = ["perimter"]\n', ""):
        texts = scores if right else scores.replace("perimter", "perimeter")
        mended = inspected(tmp_path, texts, scale + right)
        assert mended.problems == ()
        assert mended.study is not None
        assert mended.study.value_scale == "gain"
        assert mended.study.lacking_zero == ()
    raw = inspected(tmp_path, scores, "").study
    assert raw is not None
    assert raw.is_raw
    assert raw.lacking_zero == ()  # no target has one: none is to blame


def test_a_task_that_the_manifest_names_is_not_mistyped(tmp_path: Path) -> None:
    meant = '[tasks.perimter]\nmetric = "accuracy"\n[tasks.base]\nlabel = "B"\n'
    read = inspected(tmp_path, f"sources,target,score\n{MISTYPED}", meant)
    assert not [str(problem) for problem in read.problems if "mistyped" in str(problem)]


def test_a_source_that_may_be_zero_is_told_and_nothing_is_decided(tmp_path: Path) -> None:
    scores = f"sources,target,score\n{MISTYPED.replace('perimter', 'perimeter')}"
    read = inspected(tmp_path, scores, "")
    assert [str(problem) for problem in read.problems] == [
        "scores.csv, row 2: `base` counts as a task, and looks like a model without transfer; if so"
        ' write zero = "source:base" under [scale], if it is a task name it as [tasks."base"]; else'
        " nothing is to do"
    ]
    assert read.study is not None
    assert read.study.is_raw
    assert read.study.untrained == ("base",)
    assert "base" in [task.name for task in read.study.tasks]
    assert read.reading is not None
    assert read.reading.fact("Sources") == "base counts as a source, not as zero"
    # As zero it is one.
    named = inspected(tmp_path, scores, '[scale]\nzero = "source:base"\n')
    assert named.problems == ()
    assert named.study is not None
    assert named.study.untrained == ()
    # Where the zero is another, it is nothing to train on all the same.
    other = inspected(tmp_path, scores, "[scale]\nzero = 0.1\n")
    assert other.problems == ()
    assert other.study is not None
    assert other.study.untrained == ("base",)
    # A task of the manifest is one.
    meant = inspected(tmp_path, scores, '[tasks.base]\nmetric = "accuracy"\n')
    assert meant.problems == ()
    assert meant.study is not None
    assert meant.study.untrained == ()


def test_no_plan_trains_on_what_looks_like_no_transfer(tmp_path: Path) -> None:
    rows = "a,a,0.9\na,b,0.3\nb,a,0.4\nb,b,0.7\nscratch,a,0.5\nscratch,b,0.95"
    study = inspected(tmp_path, f"sources,target,score\n{rows}", "").study
    assert study is not None
    found = plan_of(study, TransferQuery(study.methods[0].name), PlanQuery(size=1))
    assert found.sources == ("a",)


def test_a_square_below_a_word_for_its_targets_has_their_names(tmp_path: Path) -> None:
    scores = ",target,target\nsource,x1,x2\nx1,1,0.2\nx2,0.1,1\n"
    for header, names in (
        (scores, {"x1", "x2"}),
        (scores.replace("target", "big"), {"x1", "x2", "big/x1", "big/x2"}),
    ):
        study = inspected(tmp_path, header, "", "square").study
        assert study is not None
        assert {task.name for task in study.tasks} == names
