"""Keys and columns that say target and measure at once, as trainers and trackers write them."""

from __future__ import annotations

import json

import pytest

from core.errors import RequestError
from core.io.layouts.file_tree import numbers_of_targets
from core.io.recognition.measured_names import measured_templates
from tests.core.io.recognition.test_forms import PLAIN, read, read_folder, rows, written

KEYS = (
    "{t}_accuracy",
    "eval_{t}_acc",
    "eval/{t}/accuracy",
    "test_{t}_f1",
    "{t}/acc,none",
    "acc/{t}",
)
BESIDE = {"epoch": 3.0, "eval_loss": 0.4, "eval_runtime": 12.5, "train_loss": 0.2}


def runs(key, beside=None):
    """What each of the two runs wrote."""
    return {
        source: {key.format(t=t): v for (s, t), v in PLAIN.items() if s == source} | (beside or {})
        for source in ("A", "B")
    }


@pytest.mark.parametrize("key", KEYS)
def test_a_file_a_run_by_its_folder_by_its_name_or_by_what_it_says(tmp_path, key):
    for kind in ("folders", "names", "inside"):
        (tmp_path / kind).mkdir()
        for i, (source, numbers) in enumerate(runs(key, BESIDE).items()):
            named = {"folders": f"{source}/all_results", "names": source, "inside": f"run{i}"}[kind]
            place = tmp_path / kind / f"{named}.json"
            place.parent.mkdir(exist_ok=True)
            more = {"source": source} if kind == "inside" else {}
            written(place, json.dumps({**more, **numbers}))
        report, found = read_folder(tmp_path / kind)
        assert found == {"scores": PLAIN}
        assert report["better"] == "higher"


@pytest.mark.parametrize("key", KEYS)
def test_objects_by_their_runs_and_columns_by_their_rows(tmp_path, key):
    by_run = runs(key)
    columns = {name: {run: by_run[run][name] for run in by_run} for name in by_run["A"]}
    for i, document in enumerate((by_run, columns)):
        _, found = read(written(tmp_path / f"{i}.json", json.dumps(document)), "--force")
        assert found == {"scores": PLAIN}


def test_seeds_and_methods_above_the_runs(tmp_path):
    low, high = ({s: {k: v + d for k, v in one.items()} for s, one in runs(KEYS[0]).items()}
                 for d in (-0.125, 0.125))  # fmt: skip
    for names, expected in (
        (("seed1", "seed2"), {"scores": PLAIN}),
        (("ft", "lora"), None),
    ):
        document = dict(zip(names, (low, high), strict=True))
        _, found = read(written(tmp_path / "r.json", json.dumps(document)), "--force")
        assert found == expected if expected else found["ft"]["A", "B"] == 0.275


def test_accuracies_count_beside_losses(tmp_path):
    losses = {"eval_A_loss": 0.25, "eval_B_loss": 0.75}
    document = [{"train_task": s, **losses, **one} for s, one in runs("eval_{t}_accuracy").items()]
    _, found = read(written(tmp_path / "r.json", json.dumps(document)))
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize(
    "names",
    [
        ["train_loss", "eval_loss"],
        ["macro_f1", "micro_f1"],
        ["clean_acc", "robust_acc"],
        ["acc_0", "acc_1"],
        ["layer1_acc", "layer2_acc"],
        ["bleu_score", "rouge_score"],
        ["acc,none", "acc_stderr,none"],
        ["A_acc"],
        ["x{}_acc", "y{}_acc", "z" * 300 + "_acc"],
        ["MMLU - EM", "BoolQ - EM"],
    ],
)
def test_kinds_of_one_measure_are_no_targets(names):
    assert measured_templates(names) == {}


def test_runs_that_are_only_numbered_are_asked_about(tmp_path):
    for i, numbers in enumerate(runs("eval/{t}/accuracy").values()):
        place = tmp_path / "runs" / f"run-{i}" / "files" / "wandb-summary.json"
        place.parent.mkdir(parents=True)
        written(place, json.dumps({**numbers, "_step": 100, "_runtime": 33.5}))
    report, _ = read_folder(tmp_path / "runs")
    assert "runs are numbered, and nothing says what each was trained on" in report["unknown"][0]


def test_which_of_two_texts_is_the_source_is_asked(tmp_path):
    text = "name,note,A_acc,B_acc\nx,new,0.9,0.4\ny,old,0.3,0.8\n"
    with pytest.raises(RequestError, match="no column for sources"):
        read(written(tmp_path / "r.csv", text))


@pytest.mark.parametrize(
    ("document", "way"),
    [
        ({"eval_A_acc": 0.5, "eval_B_acc": 0.25, "eval_loss": 1}, "eval_{target}_acc"),
        ({"r": {"A_acc": 0.5, "B_acc": 0.25, "n": 1}}, "r.{target}_acc"),
        ({"eval.A_acc": 0.5, "eval.B_acc": 0.25}, "eval.{target}_acc"),
        ({"A": {"acc": 0.5}, "B": {"acc": 0.25}}, "{target}.acc"),
    ],
)
def test_a_target_within_a_key(document, way):
    assert numbers_of_targets(document, way)[0] == {"A": 0.5, "B": 0.25}


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        ("{t}_val_acc", "{t}_test_acc"),
        ("val/{t}/acc", "test/{t}/acc"),
        ("dev_{t}_acc", "{t}_acc"),
        ("train_{t}_acc", "eval_{t}_acc"),
        ("eval_{t}_acc", "test_{t}_acc"),
    ],
)
def test_the_test_counts_beside_other_parts_of_the_data(tmp_path, other, counts):
    header = ",".join(f"{other.format(t=t)},{counts.format(t=t)}" for t in "AB")
    text = f"source,{header}\nA,.99,.9,.99,.4\nB,.99,.3,.99,.8\n"
    _, found = read(written(tmp_path / "r.csv", text))
    assert found == {"scores": PLAIN}


def test_the_test_counts_beside_the_validation(tmp_path):
    text = "source,target,val,test\n" + rows("{s},{t},.99,{v}")
    report, found = read(written(tmp_path / "r.csv", text), "--yes")
    assert found == {"scores": PLAIN}
    assert "test is the score; val is left aside: --map score=val" in report["assumed"]
