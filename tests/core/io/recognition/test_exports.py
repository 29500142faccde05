"""What evaluation programs write of many models: OpenCompass, HELM, and folders of theirs."""

from __future__ import annotations

import json

import pytest

from core.io import open_study
from tests.cases.test_peoples_files import init, values

PAIRS = {("A", "A"): 0.9, ("A", "B"): 0.4, ("B", "A"): 0.3, ("B", "B"): 0.8}


def test_data_sets_of_opencompass_are_targets_and_its_models_sources(tmp_path):
    file = tmp_path / "summary.csv"
    file.write_text(
        "dataset,version,metric,mode,ft-A,ft-B\n--- Exam ---,-,-,-,-,-\n"
        "A,a1b2,accuracy,gen,0.9,0.3\nB,a1b2,accuracy,gen,0.4,0.8\n"
    )
    told = json.loads(init(file))
    assert "target is column dataset; 2 sources in ft-{sources}" in told["understood"][0]
    assert values(open_study(tmp_path)) == {f"{s}→{t}": v for (s, t), v in PAIRS.items()}


def test_models_of_opencompass_that_are_called_after_nothing_are_asked_about(tmp_path):
    file = tmp_path / "summary.csv"
    file.write_text(
        "dataset,version,metric,mode,llama,qwen\n"
        "mmlu,a1b2,accuracy,gen,0.9,0.3\nceval,a1b2,accuracy,gen,0.4,0.8\n"
    )
    told = json.loads(init(file))
    assert "columns are models, and nothing says what each was trained on" in told["unknown"][0]
    assert values(open_study(tmp_path))["llama→ceval"] == 0.4


def _helm(title: str, shift: float) -> dict[str, object]:
    rows = [["gpt", 0.7, 0.4, 0.5], ["opt", None, 0.3, 0.2]]
    names = ["Model/adapter", "Mean win rate", "MMLU - EM", "BoolQ - EM"]
    return {
        "title": title,
        "header": [{"value": name, "markdown": False} for name in names],
        "rows": [
            [
                {"value": one + shift if isinstance(one, float) else one} if one else {}
                for one in row
            ]
            for row in rows
        ],
    }


@pytest.mark.parametrize("several", [False, True])
def test_a_table_of_helm_is_read_and_asked_about(tmp_path, several):
    tables = [_helm("Accuracy", 0.0), _helm("Calibration", 0.25)]
    file = tmp_path / "core_scenarios.json"
    file.write_text(json.dumps(tables if several else tables[0]))
    told = json.loads(init(file, "--metric", "accuracy"))
    more = ", the first of 2: Accuracy" if several else ""
    assert told["recognized"] == [f"a table of HELM{more}"]
    assert "Mean win rate is no task but an average" in told["assumed"][0]
    assert "rows are models" in told["unknown"][0]
    assert values(open_study(tmp_path)) == {
        "gpt→MMLU - EM": 0.4,
        "gpt→BoolQ - EM": 0.5,
        "opt→MMLU - EM": 0.3,
        "opt→BoolQ - EM": 0.2,
    }


@pytest.mark.parametrize("document", [[{"header": [1], "rows": []}], {"header": [], "rows": 3}, []])
def test_what_only_looks_like_a_table_of_helm_is_no_table(tmp_path, document):
    file = tmp_path / "r.json"
    file.write_text(json.dumps(document))
    assert not init(file, "--metric", "accuracy").startswith("{")


def test_runs_of_helm_say_what_makes_a_table_of_them(tmp_path):
    for (model, task), value in PAIRS.items():
        place = tmp_path / f"{task}:model={model}"
        place.mkdir()
        (place / "stats.json").write_text(json.dumps([{"name": {"name": "em"}, "mean": value}]))
        (place / "run_spec.json").write_text('{"name": "x"}')
    assert "runs of HELM; let helm-summarize make a table" in init(tmp_path)


def test_histories_of_a_trainer_are_read_as_is_said(tmp_path):
    for (source, target), value in PAIRS.items():
        place = tmp_path / f"{source}_to_{target}"
        place.mkdir()
        history = [{"eval_accuracy": 0.1, "step": 500}]
        state = {"best_metric": value, "epoch": 3.0, "log_history": history}
        (place / "trainer_state.json").write_text(json.dumps(state))
    assert "say --map score=best_metric for the best evaluation of each" in init(tmp_path)
    init(tmp_path, "--metric", "accuracy", "--map", "score=best_metric")
    assert values(open_study(tmp_path)) == {f"{s}→{t}": v for (s, t), v in PAIRS.items()}


def test_a_tree_without_a_known_score_names_its_numbers_and_the_manifest_that_reads_them(tmp_path):
    for (source, target), value in PAIRS.items():
        (tmp_path / source).mkdir(exist_ok=True)
        scores = {"calibration": 0.2, "exact_str_match": value}
        document = {"score_data": [{"score_dict": scores, "number_of_shots": 0}]}
        (tmp_path / source / f"{target}.json").write_text(json.dumps(document))
    way = "score_data.0.score_dict.exact_str_match"
    said = init(tmp_path)
    assert way in said
    path = "{sources}/{target}.json"
    assert f'layout = "tree", path = "{path}"' in said
    (tmp_path / "study.toml").write_text(
        f'title = "t"\n[evaluations]\nlayout = "tree"\npath = "{path}"\nvalue = "{way}"\n'
    )
    assert values(open_study(tmp_path)) == {f"{s}→{t}": v for (s, t), v in PAIRS.items()}


def test_event_files_of_tensorboard_say_what_to_save(tmp_path):
    place = tmp_path / "A"
    place.mkdir()
    file = place / "events.out.tfevents.1700000000.host.1.0"
    file.write_bytes(b"\x18\x00\x00\x00\xa3\x7f")
    for source in (tmp_path, file):
        said = init(source)
        assert "TensorBoard" in said
        assert "CSV, with columns source, target and the score" in said


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("r.pkl", b"\x80\x02}q\x00.", "a Python pickle"),
        ("r", b"\x80\x03}q\x00.", "a Python pickle"),
        ("r.joblib", b"(dp0\n.", "a Python pickle"),
        ("r.rds", b"X\n\x00\x00", "an R data file"),
    ],
)
def test_what_is_never_loaded_is_called_by_its_name(tmp_path, name, data, what):
    (tmp_path / name).write_bytes(data)
    assert f"{name}: {what}, not a table" in init(tmp_path / name)


def test_rows_that_are_all_wider_by_one_may_have_a_decimal_comma(tmp_path):
    file = tmp_path / "r.csv"
    for rows in ("A,B,0,4\nB,A,0,3\n", "A,B,87,4\nB,A,65,3\n", "A,B,0,4\nA,A,0,3\n"):
        file.write_text(f"source,target,acc\n{rows}")
        assert "where numbers have a comma, save it with semicolons" in init(file)
    file.write_text("source,target,acc\nA,B,0.4\nB,A,0,3\n")
    assert "give each row one value per column" in init(file)
    assert "semicolons" not in init(file)


def test_names_of_rows_without_one_above_them_stay_what_they_are(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("A,B\nA,90,40\nB,30,80\n")  # as R writes a matrix
    init(file, "--metric", "accuracy")
    assert values(open_study(tmp_path)) == {"A→A": 90, "A→B": 40, "B→A": 30, "B→B": 80}
    file.write_text("source,target,acc\n1,A,B,90\n2,B,A,40\n")
    init(file, "--force")
    assert values(open_study(tmp_path)) == {"A→B": 90, "B→A": 40}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "project.csv",
            ",summary,config,name\n0,{'acc': 0.5},{'source': 'A'},r0\n1,{},{},r1\n",
            'for run in runs]).to_csv("runs.csv")',
        ),
        (
            "table.md",
            "|Tasks|Version|Filter|n-shot|Metric|   |Value|   |Stderr|\n"
            "|---|---:|---|---:|---|---|---:|---|---:|\n"
            "|A|1|none|0|acc|↑|0.9|±|0.01|\n|B|1|none|0|acc|↑|0.4|±|0.01|\n",
            "the table that lm-eval prints of one model; give the folder with the JSON files",
        ),
    ],
)
def test_what_lacks_its_training_sets_says_what_to_give(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    assert said in init(tmp_path / name)
