"""Folders of results that are told apart by a number or a name: what each file is one of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.io import open_study
from core.study import Study
from tests.cases.test_peoples_files import init, values

MATRIX = ",A,B\nA,0.9,0.4\nB,0.3,0.8\n"


def study_of(folder: Path, names: list[str]) -> Study:
    """The study that `init` makes of files with the values of MATRIX."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(MATRIX)
    done = CliRunner().invoke(cli, ["init", str(folder), "--metric", "score"])
    assert done.exit_code == 0, done.output
    return open_study(folder)


def seeds_of(study: Study) -> list[int]:
    return sorted({run.seed for run in study.runs})


@pytest.mark.parametrize(
    "names",
    [
        ["seed_0.csv", "seed1.csv", "Seed-2.csv"],
        ["seed_0/r.csv", "seed_1/r.csv", "seed_2/r.csv"],
        ["seed0/r.csv", "seed_1/r.csv", "seed 2/r.csv"],
        ["0/r.csv", "1/r.csv", "2/r.csv"],
        ["results_run0.csv", "results_run1.csv", "results_run2.csv"],
    ],
)
def test_files_and_folders_called_after_seeds_are_seeds_of_one_method(tmp_path, names):
    study = study_of(tmp_path, names)
    assert [method.name for method in study.methods] == ["scores"]
    assert seeds_of(study) == [0, 1, 2]


@pytest.mark.parametrize(
    "names", [["step_100.csv", "step_200.csv"], ["ckpt-100/r.csv", "ckpt-200/r.csv"]]
)
def test_files_and_folders_called_after_steps_are_checkpoints(tmp_path, names):
    study = study_of(tmp_path, names)
    assert seeds_of(study) == [0]
    assert sorted({*study.evaluations.checkpoint.tolist()}) == [100, 200]


@pytest.mark.parametrize(
    ("names", "methods"),
    [
        (["layer_1.csv", "layer_2.csv"], ["layer_1", "layer_2"]),
        (["layer1/r.csv", "layer2/r.csv"], ["layer1", "layer2"]),
        (["top1.csv", "top5.csv"], ["top1", "top5"]),
        (["lora/r.csv", "full/r.csv"], ["full", "lora"]),
    ],
)
def test_numbers_of_layers_and_settings_are_no_seeds(tmp_path, names, methods):
    study = study_of(tmp_path, names)
    assert [method.name for method in study.methods] == methods
    assert seeds_of(study) == [0]


def test_a_folder_of_a_run_that_is_one_pair_is_no_method(tmp_path):
    for i, (source, target, score) in enumerate(["AA9", "AB4", "BA3", "BB8"]):
        place = tmp_path / f"train_fn_{i:05}_source={source}"
        place.mkdir()
        (place / "progress.csv").write_text(
            "mean_accuracy,training_iteration,trial_id,pid,config/source,config/target\n"
            f"0.1,1,a{i},7,{source},{target}\n0.{score},2,a{i},7,{source},{target}\n"
        )
    told = init(tmp_path)
    study = open_study(tmp_path)
    assert [method.name for method in study.methods] == ["scores"], told
    assert values(study) == {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}


def test_a_number_of_each_row_is_no_seed(tmp_path):
    rows = [("A", "A", 0.9), ("A", "B", 0.4), ("B", "A", 0.3), ("B", "B", 0.8)]
    records = [
        {"trial": i, "source": source, "target": target, "accuracy": value}
        for i, (source, target, value) in enumerate(rows)
    ]
    file = tmp_path / "sweep.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    init(file)
    study = open_study(tmp_path)
    assert seeds_of(study) == [0]
    assert len(values(study)) == 4


def test_counts_of_ever_other_totals_are_no_scores(tmp_path):
    file = tmp_path / "counts.csv"
    file.write_text("source,target,correct,total\nA,A,90,100\nA,B,4,10\nB,A,30,100\nB,B,8,10\n")
    assert "correct counts of how many there are in total, which is not the same" in init(file)
    init(file, "--map", "score=correct", "--metric", "score")
    assert values(open_study(tmp_path))["A→B"] == 4


@pytest.mark.parametrize(
    "rows", ["A,A,0.9,100\nA,B,0.4,10\n", "A,A,90,100\nA,B,40,100\n", "A,A,90,5\nA,B,40,6\n"]
)
def test_shares_and_counts_of_one_total_are_scores(tmp_path, rows):
    file = tmp_path / "counts.csv"
    file.write_text(f"source,target,correct,total\n{rows}")
    init(file)
    assert len(values(open_study(tmp_path))) == 2


def test_the_mean_of_a_group_of_lm_eval_is_no_task_beside_its_parts(tmp_path):
    for name, score in (("arc", 0.5), ("boolq", 0.6)):
        result = {
            task: {"acc,none": score, "alias": task} for task in ("mmlu", "stem", "law", "arc")
        }
        place = tmp_path / f"ft-{name}"
        place.mkdir()
        document = {
            "results": result,
            "group_subtasks": {"mmlu": ["stem", "law"], "arc": [], "x": 3},
        }
        (place / "results.json").write_text(json.dumps(document))
    told = json.loads(init(tmp_path))
    said = "mmlu is the mean of a group of tasks, 2 of which are there, too, and left out"
    assert said in " ".join(told["assumed"])
    assert {pair.partition("→")[2] for pair in values(open_study(tmp_path))} == {
        "stem",
        "law",
        "arc",
    }


def test_the_mean_of_a_group_that_was_trained_on_is_told(tmp_path):
    for name in ("mmlu", "arc"):
        result = {task: {"acc,none": 0.5, "alias": task} for task in ("mmlu", "stem", "arc")}
        place = tmp_path / f"ft-{name}"
        place.mkdir()
        document = {"results": result, "group_subtasks": {"mmlu": ["stem"]}}
        (place / "results.json").write_text(json.dumps(document))
    assert "1 of which are there, too, and counts beside them" in init(tmp_path)
    assert "mmlu→mmlu" in values(open_study(tmp_path))
