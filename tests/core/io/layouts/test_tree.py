"""What is said of a tree of results: what is broken -> the whole message."""

from __future__ import annotations

import pytest

from tests.core.io.damage import (
    EVALUATION,
    Damage,
    ids,
    manifest,
    problems_of,
    put,
    put_json,
)
from tests.studies import StudyWriter

TREE_ERRORS: list[tuple[Damage, str]] = [
    (
        manifest('root = "experiments"', 'root = "runs"'),
        "runs: no such folder; correct evaluations.root, the folder of all runs",
    ),
    (
        manifest('root = "experiments"\n', ""),
        "study.toml, evaluations.root: is missing; "
        "write the folder that holds one folder per run, in quotes",
    ),
    (
        manifest('shifted_prefix = "atlantis_"\n', ""),
        "study.toml, evaluations.shifted_prefix: is missing; "
        'write what precedes the task in shifted folders: "atlantis_"',
    ),
    (
        manifest('shifted_prefix = "atlantis_"', 'shifted_prefix = ""'),
        "study.toml, evaluations.shifted_prefix: an empty name; "
        'write what precedes the task in shifted folders: "atlantis_"',
    ),
    (
        manifest("[tasks.crossing]", '[tasks."a/b"]\nmetric = "error"\n[tasks.crossing]'),
        'study.toml, tasks."a/b": a name that cannot be a folder\'s, with / or \\ or ..; '
        "choose another name",
    ),
    (
        manifest(
            "[tasks.crossing]", '[tasks.atlantis_distance]\nmetric = "error"\n[tasks.crossing]'
        ),
        "study.toml, evaluations.shifted_prefix: "
        "`atlantis_` makes task `distance` into another task; "
        "choose another prefix or other names: tasks are distance, atlantis_distance, crossing",
    ),
    (
        put(EVALUATION, '{"checkpoint-9000": {"eval_dist'),
        f"{EVALUATION}, line 1, column 22: the file is cut; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, ""),
        f"{EVALUATION}, line 1, column 1: the file is cut; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, '{"checkpoint-9000": x}'),
        f"{EVALUATION}, line 1, column 21: not JSON: Expecting value; "
        "evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, b'\xff{"checkpoint-9000": {}}'),
        f"{EVALUATION}, line 1: byte 0xff is not UTF-8; save the file as UTF-8",
    ),
    (
        put_json(EVALUATION, [1]),
        f"{EVALUATION}: a list instead of an object; "
        "write one object with a key checkpoint-<number> per checkpoint",
    ),
    *[
        (
            put_json(EVALUATION, {key: {}, "checkpoint-9000": {"eval_distance_metric_mean": 1}}),
            f"{EVALUATION}, `{key}`: a key without a training step; name it checkpoint-<number>",
        )
        for key in (
            "checkpoint-final",
            "checkpoint-",
            "checkpoint-1 ",
            "Checkpoint-1",
            "checkpoint--1",
            "checkpoint-1.5",
            "checkpoint-١",
            "checkpoint-99999999999999999999",
            "best",
        )
    ],
    (
        put_json(EVALUATION, {"checkpoint-9000": 3.5}),
        f"{EVALUATION}, checkpoint-9000: the number 3.5 instead of an object; "
        "evaluate the checkpoint again",
    ),
    *[
        (
            put_json(EVALUATION, {"checkpoint-9000": {"eval_distance_metric_mean": value}}),
            f"{EVALUATION}, checkpoint-9000.eval_distance_metric_mean: {shown} instead of a "
            "number; write a number",
        )
        for value, shown in [
            ("3", "text `3`"),
            (True, "true"),
            ([1], "a list"),
            ({}, "an object"),
        ]
    ],
    (
        put_json(
            EVALUATION,
            {
                "checkpoint-9000": {
                    "eval_distance_metric_mean": 1,
                    "eval_distance_metric_std": "low",
                }
            },
        ),
        f"{EVALUATION}, checkpoint-9000.eval_distance_metric_std: text `low` instead of a number; "
        "write a number",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1},'
            ' "checkpoint-0100": {"eval_distance_metric_mean": 2}}',
        ),
        f"{EVALUATION}, checkpoint-0100: checkpoint 100 a second time: 2.0 after 1.0; "
        "keep one of the two",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1},'
            ' "checkpoint-100": {"eval_distance_metric_mean": NaN}}',
        ),
        f"{EVALUATION}, checkpoint-100: checkpoint 100 a second time: NaN after 1.0; "
        "keep one of the two",
    ),
    (
        put(
            EVALUATION,
            '{"checkpoint-100": {"eval_distance_metric_mean": 1, "eval_distance_metric_mean": 2}}',
        ),
        f"{EVALUATION}, checkpoint-100.eval_distance_metric_mean: twice with different values; "
        "keep one of the two",
    ),
    (
        put(EVALUATION, '{"checkpoint-100": {"a": ' + "1" * 5000 + "}}"),
        f"{EVALUATION}: a number of too many digits; evaluate again, or delete the file",
    ),
    (
        put(EVALUATION, "[" * 100_000),
        f"{EVALUATION}: nested too deeply; evaluate again, or delete the file",
    ),
]


@pytest.mark.parametrize(("damage", "message"), TREE_ERRORS, ids=ids(TREE_ERRORS))
def test_tree_errors(write_study: StudyWriter, damage: Damage, message: str) -> None:
    study = write_study("runs")
    damage(study)
    assert problems_of(study)[0] == f"error: {message}"
    assert len([x for x in problems_of(study) if x.startswith("error")]) == 1
