"""Folders of results that are told apart by a number or a name: what each file is one of."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from core.cli import cli
from core.io import inspect_study, open_study
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


def workbook(path: Path, *names: str, long: bool = False) -> Path:
    """A sheet a name; those with a number hold MATRIX, its values greater by a tenth a sheet."""
    with pd.ExcelWriter(path) as book:
        for i, name in enumerate(names):
            if not name[-1:].isdigit():
                pd.DataFrame([["what this is", 1]]).to_excel(book, sheet_name=name)
                continue
            matrix = pd.DataFrame(
                [[0.1 * i, 0.4], [0.3, 0.8]], index=["A", "B"], columns=["A", "B"]
            )
            table = matrix.rename_axis("source").reset_index().melt("source", var_name="target")
            frame = table if long else matrix
            frame.to_excel(book, sheet_name=name, index=not long)
    return path


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    ("names", "sheet", "seeds"),
    [
        (["seed_0", "seed_1", "seed_2"], "seed_{seed}", [0, 1, 2]),
        (["Run 3", "Run 5"], "Run {seed}", [3, 5]),
        (["0", "1"], "{seed}", [0, 1]),
        (["seed0", "seed_1", "Seed-2"], "{seed}", [0, 1, 2]),
        (["About", "fold1", "fold2", "Summary"], "fold{seed}", [1, 2]),
    ],
)
def test_sheets_called_after_seeds_are_seeds_of_one_method(tmp_path, names, sheet, seeds, long):
    path = workbook(tmp_path / "r.xlsx", *names, long=long)
    told = json.loads(init(path, "--metric", "score"))
    assert f'sheet = "{sheet}"' in (tmp_path / "study.toml").read_text()
    study = open_study(tmp_path)
    assert seeds_of(study) == seeds
    numbered = [i for i, name in enumerate(names) if name[-1].isdigit()]
    assert values(study)["A→A"] == pytest.approx(0.1 * sum(numbered) / len(numbered))
    assert f"{len(seeds)} sheets" in " ".join(inspect_study(tmp_path).recognized)
    beside = [name for name in names if not name[-1].isdigit()]
    assert any("not read" in one for one in told["recognized"]) == bool(beside)
    # A row is told with its sheet.
    label = f"r.xlsx, sheet {names[numbered[0]]}"
    assert label in study.evaluations.files


def test_sheets_of_steps_are_checkpoints_and_the_last_counts(tmp_path):
    init(workbook(tmp_path / "r.xlsx", "step_100", "step_20"), "--metric", "score")
    study = open_study(tmp_path)
    assert sorted({*study.evaluations.checkpoint.tolist()}) == [20, 100]
    assert values(study)["A→A"] == 0.0


@pytest.mark.parametrize("names", [["Sheet1", "Sheet2"], ["layer1", "layer2"]])
def test_sheets_whose_numbers_say_nothing_are_no_seeds(tmp_path, names):
    path = workbook(tmp_path / "r.xlsx", *names)
    told = json.loads(init(path, "--metric", "score"))
    assert told["recognized"][1] == f"sheet `{names[1]}` not read"
    told = json.loads(init(path, "--metric", "score", "--force", "--sheet", "{method}"))
    assert told["methods"] == names


def test_sheets_that_are_not_alike_are_no_seeds(tmp_path):
    with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
        pd.DataFrame([[1, 2], [3, 4]], ["A", "B"], ["A", "B"]).to_excel(book, sheet_name="run1")
        pd.DataFrame([[1, 2], [3, 4]], ["C", "D"], ["C", "D"]).to_excel(book, sheet_name="run2")
    told = json.loads(init(tmp_path / "r.xlsx", "--metric", "score"))
    assert told["recognized"] == ["an Excel workbook, its sheet `run1`", "sheet `run2` not read"]


def test_a_table_that_names_seeds_itself_is_one_over_all_sheets(tmp_path):
    with pd.ExcelWriter(tmp_path / "r.xlsx") as book:
        for seed in (1, 2):
            rows = [["A", "B", seed + 10, seed / 10], ["B", "A", seed + 10, 0.4]]
            frame = pd.DataFrame(rows, columns=["source", "target", "seed", "acc"])
            frame.to_excel(book, sheet_name=f"run{seed}", index=False)
    init(tmp_path / "r.xlsx")
    assert 'sheet = "run*"' in (tmp_path / "study.toml").read_text()
    assert seeds_of(open_study(tmp_path)) == [11, 12]


def test_a_template_that_no_sheet_fits_says_which_there_are(tmp_path):
    path = workbook(tmp_path / "r.xlsx", "seed_0", "seed_1")
    assert "no sheet `x{seed}`; it has seed_0, seed_1" in init(path, "--sheet", "x{seed}")
    init(path, "--metric", "score")
    manifest = tmp_path / "study.toml"
    manifest.write_text(manifest.read_text().replace("seed_{seed}", "x{seed}"))
    problems = [str(one) for one in inspect_study(tmp_path).problems]
    assert problems == ["r.xlsx: no sheet `x{seed}`; it has seed_0, seed_1"]


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("train_{}_test_{}_seed{}", "train_{sources}_test_{target}_seed{seed}"),
        ("{}2{}_s{}", "{sources}2{target}_s{seed}"),
        ("{}_to_{}/seed={}", "{sources}_to_{target}/seed={seed}"),
        ("{} -> {}, run {}", "{sources}->{target}, run {seed}"),
    ],
)
def test_pairs_in_one_column_may_end_in_a_seed(tmp_path, name, template):
    rows = [
        f'"{name.format(source, target, seed)}",{value + seed / 10}\n'
        for (source, target), value in zip(
            ("AA", "AB", "BA", "BB"), (0.7, 0.3, 0.2, 0.6), strict=True
        )
        for seed in (0, 2)
    ]
    (tmp_path / "r.csv").write_text("experiment,acc\n" + "".join(rows))
    told = json.loads(init(tmp_path / "r.csv"))
    assert (template in told["understood"][0], told["seeds"]) == (True, [0, 2])
    assert values(open_study(tmp_path)) == pytest.approx(
        {"A→A": 0.8, "A→B": 0.4, "B→A": 0.3, "B→B": 0.7}
    )


def test_columns_of_tasks_that_end_in_s_and_a_number_are_seeds(tmp_path):
    (tmp_path / "r.csv").write_text("source,A_s1,A_s2,B_s1,B_s2\nA,1,3,2,4\nB,5,7,6,8\n")
    init(tmp_path / "r.csv", "--metric", "score")
    assert values(open_study(tmp_path)) == {"A→A": 2, "A→B": 3, "B→A": 6, "B→B": 7}
    assert seeds_of(open_study(tmp_path)) == [1, 2]


def test_columns_that_pandas_numbered_are_the_same_again_and_refused(tmp_path):
    (tmp_path / "r.csv").write_text("train,A,A.1,B,B.1\nA,1,3,2,4\nB,5,7,6,8\n")
    said = init(tmp_path / "r.csv", "--metric", "score")
    assert said.startswith("two columns A, the second called A.1 as pandas numbers them; keep one")
    assert said.endswith("A_seed1 and A_seed2")
    (tmp_path / "r.csv").write_text("train,A,A.1\nA,1,3\nA.1,5,7\n")
    told = json.loads(init(tmp_path / "r.csv", "--metric", "score"))
    assert told["targets"] == ["A", "A.1"]
