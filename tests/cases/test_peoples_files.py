"""Files as programs and people write them: what is silently wrong in none of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from core.analyses.query import TransferQuery
from core.cli import cli
from core.io import inspect_study, open_study
from core.io.recognition import recognize
from core.study import Study
from core.transfer.build import transfer_matrix

PAIRS = "A,A,0.9\nA,B,{}\nB,A,0.3\nB,B,0.8\n"


def values(study: Study) -> dict[str, float]:
    """`A→B` -> the value of each cell that has one."""
    matrix = transfer_matrix(study, TransferQuery(study.tested_methods[0].name))
    return {
        f"{'+'.join(sources)}→{target}": round(float(value), 6)
        for sources, row in zip(matrix.sources, matrix.values, strict=True)
        for target, value in zip(matrix.targets, row, strict=True)
        if value == value
    }


def init(place: Path, *more: str) -> str:
    done = CliRunner().invoke(cli, ["init", str(place), "--json", *more])
    return done.stdout if done.exit_code == 0 else str(done.exception)


def test_a_loss_beside_numbers_that_may_be_the_score_is_not_taken_for_it(tmp_path):
    file = tmp_path / "delta.csv"
    file.write_text(
        "source,target,delta,baseline,final,n_train,loss\n"
        "A,B,0.1,0.5,0.6,100,0.4\nB,A,-0.05,0.7,0.65,100,0.5\n"
    )
    assert "several columns may be the score (delta, baseline, final, loss)" in init(file)
    told = json.loads(init(file, "--map", "score=final", "--metric", "score"))
    assert values(open_study(tmp_path)) == {"A→B": 0.6, "B→A": 0.65}
    assert told["assumed"] == []


@pytest.mark.parametrize("beside", ["n_train,p_value,hours", "seconds,lr,ci_low"])
def test_a_loss_beside_numbers_that_are_no_scores_is_the_score(tmp_path, beside):
    file = tmp_path / "r.csv"
    file.write_text(f"source,target,{beside},loss\nA,B,1,0.05,0.5,2.5\nB,A,1,0.05,0.5,3.5\n")
    init(file)
    assert values(open_study(tmp_path)) == {"A→B": 2.5, "B→A": 3.5}


def test_all_numbers_that_are_not_used_are_named(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text(
        "source,target,gap_closed,acc,loss,acc_std,n\nA,B,0.5,0.6,1.5,0.1,9\nB,A,0.2,0.4,2.5,0.1,9\n"
    )
    said = "acc is the score; loss, gap_closed is left aside: --map score=loss"
    assert said in json.loads(init(file))["assumed"]
    assert said in " ".join(inspect_study(file).recognized)


def test_folders_of_checkpoints_are_steps_and_no_seeds(tmp_path):
    for source, target in ("ab", "ba", "aa", "bb"):
        for step in (500, 1000):
            place = tmp_path / f"{source}_to_{target}" / f"checkpoint-{step}"
            place.mkdir(parents=True)
            (place / "eval_results.json").write_text(json.dumps({"eval_accuracy": step / 2000}))
    told = json.loads(init(tmp_path))
    path = "{sources}_to_{target}/checkpoint-{checkpoint}/eval_results.json"
    assert path in told["understood"][0]
    # The last checkpoint counts, not the mean over both.
    assert set(values(open_study(tmp_path)).values()) == {0.5}


def test_all_that_a_trainer_writes_is_one_result(tmp_path):
    for at, (source, target) in enumerate(("ab", "ba", "aa", "bb")):
        place = tmp_path / source / target
        place.mkdir(parents=True)
        results = {"epoch": 3.0, "eval_accuracy": at / 8, "eval_loss": 0.5}
        history = [{"loss": 0.3, "step": 1}, {"eval_accuracy": 0.01, "step": 2}]
        for name, held in {
            "all_results": {**results, "train_loss": 0.1, "train_runtime": 9.0},
            "eval_results": results,
            "train_results": {"epoch": 3.0, "train_loss": 0.1, "train_runtime": 9.0},
            "trainer_state": {"best_metric": 0.9, "log_history": history},
            "config": {"hidden_size": 768},
        }.items():
            (place / f"{name}.json").write_text(json.dumps(held))
    assert "of each folder eval_results.json counts" in json.loads(init(tmp_path))["assumed"][0]
    assert values(open_study(tmp_path)) == {"a→a": 0.25, "a→b": 0.0, "b→a": 0.125, "b→b": 0.375}


@pytest.mark.parametrize(
    "word",
    ["#DIV/0!", "#VALUE!", "#N/A N/A", "1.#QNAN", "-1.#IND", "nan(ind)", "<NA>", "n.a.", "(null)"],
)
def test_what_programs_write_for_no_number_is_an_empty_cell(tmp_path, word):
    file = tmp_path / "r.csv"
    file.write_text("source,target,acc\n" + PAIRS.format(word))
    found = inspect_study(file)
    assert found.study is not None, found.problems
    assert values(found.study) == {"A→A": 0.9, "B→A": 0.3, "B→B": 0.8}


def test_per_cents_with_one_that_is_none_are_per_cents(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("source,target,acc\nA,A,90%\nA,B,NaN%\nB,A,30%\nB,B,80%\n")
    assert values(open_study(file)) == {"A→A": 0.9, "B→A": 0.3, "B→B": 0.8}


SETS = {
    "set": "{A,B}",
    "tuple": "(A, B)",
    "list": "[A, B]",
    "python tuple": "('A', 'B')",
    "python set": "{'A', 'B'}",
    "frozen": "frozenset({'A', 'B'})",
    "union": "A∪B",
    "wide plus": "A＋B",
    "arrow": "A -> B",
}


@pytest.mark.parametrize("text", SETS.values(), ids=SETS)
def test_a_training_set_is_known_however_it_is_written(tmp_path, text):
    file = tmp_path / "r.csv"
    rows = PAIRS.format("0.4") + f'"{text}",A,0.7\n"{text}",B,0.6\n'
    file.write_text(f"source,target,acc\n{rows}")
    study = open_study(file)
    assert [task.name for task in study.tasks] == ["A", "B"]
    assert values(study)["A+B→B"] == 0.6


def test_brackets_around_what_is_no_task_are_part_of_a_name(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("source,target,acc\n(x),A,0.5\nA,A,0.9\n[B],A,0.4\n")
    assert {run.trained for run in open_study(file).runs} == {("(x)",), ("A",), ("[B]",)}


@pytest.mark.parametrize("sign", ["_", "-", " "])
def test_a_sign_that_names_may_hold_is_asked_about(tmp_path, sign):
    file = tmp_path / "r.csv"
    rows = "".join(
        f"{source},{target},0.5\n"
        for source in ("A", "B", f"A{sign}B", f"B{sign}C")
        for target in "ABC"
    )
    file.write_text(f"source,target,acc\n{rows}")
    warnings = [str(one) for one in inspect_study(file).problems]
    assert any(f'joined_by = "{sign}" under [evaluations]' in one for one in warnings)
    # A name that holds the sign alone, or is tested itself, is what it says.
    file.write_text(f"source,target,acc\n{PAIRS.format('0.4')}A{sign}B,A,0.7\n")
    assert not any("joined_by" in str(one) for one in inspect_study(file).problems)


def test_a_column_of_ranks_is_no_task(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("source,A,B,Rank\nA,0.9,0.4,1\nB,0.3,0.8,2\n")
    told = json.loads(init(file, "--metric", "accuracy"))
    assert "Rank is no task but the order of the rows, and left out" in told["assumed"]
    assert told["targets"] == ["A", "B"]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("source,A,B,rank", "A,0.9,0.4,0.7\nB,0.3,0.8,0.2\n"),
        ("source,rank,B,C", "rank,1,2,3\nB,2,1,3\n"),
    ],
)
def test_a_task_called_rank_stays_one(tmp_path, header, rows):
    file = tmp_path / "r.csv"
    file.write_text(f"{header}\n{rows}")
    assert "rank" not in recognize(file).leave_out


def test_check_names_the_setting_that_differs_in_rows_of_a_cell(tmp_path):
    file = tmp_path / "r.csv"
    rows = "".join(
        f"{source},{target},{1e-5 * (1 + at):.2e},{0.5 + at / 100}\n"
        for at, (source, target) in enumerate(("AA", "AB", "BA", "BB") * 4)
    )
    file.write_text(f"source,target,lr,accuracy\n{rows}")
    done = CliRunner().invoke(cli, ["check", str(file)])
    assert done.exit_code == 1
    assert "rows of the same cell differ in lr, which looks like a setting" in done.stderr
    assert "--repeats mean" in done.stderr


MTEB = {
    "dataset_revision": "abc",
    "mteb_version": "1.12.75",
    "scores": {"test": [{"hf_subset": "en", "accuracy": 0.5, "main_score": 0.5}]},
    "task_name": "STS12",
}
OF_ONE: dict[str, tuple[str, str]] = {
    "run-rte-tag-eval_acc.csv": (
        "Wall time,Step,Value\n1.5,100,0.5\n2.5,200,0.6\n",
        'score = "Value", checkpoint = "Step"',
    ),
    "wandb_export.csv": (
        '"Step","a - eval/acc","a - eval/acc__MIN","a - eval/acc__MAX"\n"100","0.5","0.5","0.5"\n',
        "export the table of runs instead",
    ),
    "STS12.json": (json.dumps(MTEB), 'value = "scores.test.0.main_score"'),
    "all_results.json": (
        json.dumps({"epoch": 3.0, "eval_accuracy": 0.5, "eval_loss": 1.5, "train_loss": 0.5}),
        "in a folder that is called after what it was trained and tested on",
    ),
    "results.json": (
        json.dumps({"results": {"arc": {"acc,none": 0.5, "acc_stderr,none": 0.1}}, "versions": {}}),
        "what lm-eval writes of one model",
    ),
}


@pytest.mark.parametrize("name", OF_ONE)
def test_what_a_program_writes_of_one_run_says_what_is_missing(tmp_path, name):
    text, said = OF_ONE[name]
    (tmp_path / name).write_text(text)
    assert said in init(tmp_path / name)
    assert said in " ".join(map(str, inspect_study(tmp_path / name).problems))


def test_curves_of_tensorboard_are_read_as_the_message_says(tmp_path):
    for source, target in ("ab", "ba", "aa", "bb"):
        last = 0.25 if source == target else 0.75
        name = f"run-{source}-tag-eval_{target}_accuracy.csv"
        (tmp_path / name).write_text(f"Wall time,Step,Value\n1.5,100,0.5\n2.5,200,{last}\n")
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "scores"\npath = "run-{sources}-tag-eval_{target}_accuracy.csv"\n'
        '[evaluations.columns]\nscore = "Value"\ncheckpoint = "Step"\n'
    )
    found = values(open_study(tmp_path))
    assert found == {"a→a": 0.25, "a→b": 0.75, "b→a": 0.75, "b→b": 0.25}


def test_results_of_mteb_are_read_as_the_message_says(tmp_path):
    for at, (source, target) in enumerate(("ab", "ba", "aa", "bb")):
        place = tmp_path / source
        place.mkdir(exist_ok=True)
        scores = {"test": [{"hf_subset": "en", "main_score": at / 8}]}
        (place / f"{target}.json").write_text(json.dumps({**MTEB, "scores": scores}))
    assert 'value = "scores.test.0.main_score"' in init(tmp_path)
    (tmp_path / "study.toml").write_text(
        '[evaluations]\nlayout = "tree"\npath = "{sources}/{target}.json"\n'
        'value = "scores.test.0.main_score"\n'
    )
    assert values(open_study(tmp_path)) == {"a→a": 0.25, "a→b": 0.0, "b→a": 0.125, "b→b": 0.375}


def test_results_of_mteb_by_model_and_revision_are_read_as_the_message_says(tmp_path):
    for at, (source, target) in enumerate(("ab", "ba", "aa", "bb")):
        place = tmp_path / source / f"rev{source}"
        place.mkdir(parents=True, exist_ok=True)
        scores = {"test": [{"hf_subset": "en", "main_score": at / 8}]}
        (place / f"{target}.json").write_text(json.dumps({**MTEB, "scores": scores}))
        (place / "model_meta.json").write_text('{"name": "x", "revision": "y"}')
    told = init(tmp_path)
    path, way = 'path = "{sources}/*/{target}.json"', 'value = "scores.test.0.main_score"'
    where = 'target = ["a", "b"]'
    assert all(said in told for said in (path, way, f"[evaluations.where] with {where}"))
    (tmp_path / "study.toml").write_text(
        f'[evaluations]\nlayout = "tree"\n{path}\n{way}\n[evaluations.where]\n{where}\n'
    )
    assert values(open_study(tmp_path)) == {"a→a": 0.25, "a→b": 0.0, "b→a": 0.125, "b→b": 0.375}


NO_TRANSFER = {
    "matrix of models": "Model,CoLA,SST-2,RTE\nbert,52.5,93.5,66.5\nt5,60.5,94.5,70.5\n",
    "long": "model,task,acc\nbert,CoLA,0.5\nbert,RTE,0.6\nt5,CoLA,0.4\nt5,RTE,0.7\n",
    "similarity": ",A,B,C\nA,1,0.4,0.5\nB,0.4,1,0.2\nC,0.5,0.2,1\n",
}


@pytest.mark.parametrize("text", NO_TRANSFER.values(), ids=NO_TRANSFER)
def test_what_may_be_no_transfer_is_said_by_check(tmp_path, text):
    file = tmp_path / "r.csv"
    file.write_text(text)
    assert "not known: whether this is transfer at all" in " ".join(inspect_study(file).recognized)


def test_models_called_after_tasks_are_not_asked_about(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("model,task,acc\nbert-rte,RTE,0.5\nbert-rte,MRPC,0.6\nbert-mrpc,RTE,0.4\n")
    assert "transfer at all" not in " ".join(inspect_study(file).recognized)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (r"40.5{\scriptsize$\pm$0.3}", 40.5),
        (r"40.5{\tiny (0.5)}", 40.5),
        (r"40.5$^{\dagger}$", 40.5),
        ("40.5^{**}", 40.5),
        ("40.5<sup>*</sup>", 40.5),
    ],
)
def test_what_is_set_small_or_high_beside_a_number_is_left_out(tmp_path, cell, number):
    file = tmp_path / "r.csv"
    file.write_text(f'source,target,acc\nA,A,90.5\nA,B,"{cell}"\nB,A,30.5\nB,B,80.5\n')
    assert values(open_study(file))["A→B"] == number


@pytest.mark.parametrize("cell", ["10<sup>3</sup>", "10^3", "2^a", r"10{\tiny 300}", "10^{th}"])
def test_what_may_be_a_power_or_more_digits_is_no_number(tmp_path, cell):
    file = tmp_path / "r.csv"
    file.write_text(f'source,target,acc\nA,A,90.5\nA,B,"{cell}"\nB,A,30.5\nB,B,80.5\n')
    assert "not a number" in init(file)


@pytest.mark.parametrize("rows", ["source", None])
def test_names_of_levels_of_columns_are_not_taken_for_the_name_of_rows(tmp_path, rows):
    index = pd.Index(["A", "B"], name=rows)
    columns = pd.MultiIndex.from_product([[*"AB"], ["acc", "f1"]], names=["target", "metric"])
    frame = pd.DataFrame([[0.9, 0.1, 0.4, 0.1], [0.3, 0.1, 0.8, 0.1]], index=index, columns=columns)
    file = tmp_path / "pivot.csv"
    frame.to_csv(file)
    told = json.loads(init(file))
    assert told["understood"][0].startswith("a row a training set: sources is column source")
    right = {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}
    assert values(open_study(tmp_path)) == right
    # And the other way round, where the levels say that sources stand across.
    frame.index.name = rows and "target"
    frame.columns.names = ["source", "metric"]
    frame.to_csv(file)
    init(file, "--force")
    assert values(open_study(tmp_path)) == {f"{k[2]}→{k[0]}": v for k, v in right.items()}


@pytest.mark.parametrize(
    ("sign", "differ"),
    [("\u00ad", "signs that nobody sees"), ("\u00a0", "case, spaces or underscores")],
)
def test_names_that_look_alike_are_two_tasks_and_the_advice_makes_them_one(tmp_path, sign, differ):
    file = tmp_path / "r.csv"
    plain = "nat inf" if sign == "\u00a0" else "natinf"
    twin = f"nat{sign}inf"
    file.write_text(
        f"source,target,score\n{plain},{plain},0.9\n{twin},rte,0.4\nrte,{plain},0.3\nrte,rte,0.8\n"
    )
    init(file)
    assert len(open_study(tmp_path).tasks) == 3
    warned = [p for p in inspect_study(tmp_path).problems if "differ only in" in p.found]
    assert [differ in p.found for p in warned] == [True]
    said = re.fullmatch(
        r"if they are one, write (aliases = .*) under (\[tasks\..*\])", warned[0].todo
    )
    assert said is not None
    manifest = tmp_path / "study.toml"
    manifest.write_text(f"{manifest.read_text()}\n{said[2]}\n{said[1]}\n")
    # The names of the others, too: a table of tasks is one of all.
    manifest.write_text(f"{manifest.read_text()}\n[tasks.rte]\n")
    assert len(open_study(tmp_path).tasks) == 2


def test_tables_below_each_other_are_read_as_the_files_that_are_advised(tmp_path):
    table = "train,A,B\nA,0.9,{}\nB,0.3,0.8\n"
    both = tmp_path / "both.csv"
    both.write_text(f"# LoRA\n{table.format(0.4)}# full\n{table.format(0.5)}")
    said = init(both, "--metric", "accuracy")
    assert "tables one below the other, the next under full; write each into a file" in said
    assert "such as full.csv, and give their folder" in said
    both.unlink()
    (tmp_path / "LoRA.csv").write_text(table.format(0.4))
    (tmp_path / "full.csv").write_text(table.format(0.5))
    told = json.loads(init(tmp_path, "--metric", "accuracy"))
    assert told["methods"] == ["LoRA", "full"]


def test_a_file_that_was_appended_to_itself_is_one_run(tmp_path):
    file = tmp_path / "r.csv"
    rows = PAIRS.format(0.4)
    file.write_text("source,target,acc\n" + rows + rows)
    told = json.loads(init(file))
    assert told["seeds"] == [0]
    assert values(open_study(tmp_path)) == {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}
    file.write_text("source,target,acc\n" + rows + PAIRS.format(0.5))
    assert json.loads(init(file, "--force"))["seeds"] == [1, 2]


def test_runs_whose_state_says_they_failed_do_not_count(tmp_path):
    file = tmp_path / "r.csv"
    text = "source,target,acc,status\nA,A,0.9,ok\nA,B,0.0,FAILED\nB,A,0.3,ok\nB,B,0.8,ok\n"
    file.write_text(text)
    told = json.loads(init(file))
    assert told["assumed"][0] == "1 row that is not ok (status is FAILED) does not count"
    assert "A→B" not in values(open_study(tmp_path))
    file.write_text(text.replace("0.3,ok", "0.3,odd"))
    told = json.loads(init(file, "--force"))
    assert told["assumed"][0].startswith("all rows count, whatever their status (ok, FAILED, odd)")


def test_tasks_of_mteb_with_several_languages_are_not_read_by_the_first(tmp_path):
    one = {"hf_subset": "en", "main_score": 0.5}
    for model in "ab":
        place = tmp_path / model / "rev"
        place.mkdir(parents=True)
        both = {**MTEB, "scores": {"test": [one, {**one, "hf_subset": "de"}]}}
        (place / "Massive.json").write_text(json.dumps(both))
        (place / "STS12.json").write_text(json.dumps(MTEB))
    told = init(tmp_path)
    assert '[evaluations.where] with target = ["STS12"]: Massive has a score for each' in told
    for model in "ab":
        (tmp_path / model / "rev" / "STS12.json").unlink()
        (tmp_path / model / "rev" / "Other.json").write_text(json.dumps(both))
    told = init(tmp_path)
    assert "write a table source,target,score with the main_score of each hf_subset" in told


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("0.9 -1 0.3 0.8 0.7 0.6 0.5 0.4 0.3", 'missing = ["-1"]'),
        ("0.9 -999 0.3 0.8 0.7 0.6 0.5 0.4 0.3", 'missing = ["-999"]'),
        ("0.9 -1 -1 0.8 0.7 0.6 0.5 0.4 0.3", ""),
        ("0.9 -0.2 0.3 0.8 0.7 0.6 0.5 0.4 0.3", ""),
        ("0.9 0.1 0.3 0.8 0.7 0.6 0.5 0.4 0.3", ""),
    ],
)
def test_a_number_that_may_stand_for_none_is_asked_about(tmp_path, cells, said):
    pairs = [(s, t) for s in "ABC" for t in "ABC"]
    rows = "".join(f"{s},{t},{x}\n" for (s, t), x in zip(pairs, cells.split(), strict=True))
    (tmp_path / "r.csv").write_text(f"source,target,acc\n{rows}")
    warnings = json.loads(init(tmp_path / "r.csv"))["warnings"]
    found = [text for text in warnings if "where all others are 0 or above" in text]
    assert [said in text for text in found] == ([True] if said else [])
    if said:
        manifest = tmp_path / "study.toml"
        manifest.write_text(f"{manifest.read_text()}\n[evaluations.read]\n{said}\n")
        assert "A→B" not in values(open_study(tmp_path))
