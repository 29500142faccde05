"""Trees of JSON files: models by their folders, targets by their keys, and what else is in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.errors import RequestError
from core.io import open_study
from tests.core.io.recognition.test_forms import PLAIN, read_folder, written

LM_EVAL = {
    "A": {"acc,none": 0.5, "acc_norm,none": 0.6, "acc_stderr,none": 0.1},
    "B": {"acc,none": 0.4, "perplexity,none": 9.5},
    "W": {"word_perplexity,none": 19.5, "word_perplexity_stderr,none": 1.0},
}


def write_models(folder: Path, *models: str) -> None:
    """A file of lm-eval for each model, called after its path."""
    for model in models:
        (folder / f"__models__{model}").mkdir()
        text = json.dumps({"results": LM_EVAL, "config": {"random_seed": 0}})
        written(folder / f"__models__{model}" / "results_2025-01-01T10-00-00.json", text)


@pytest.mark.parametrize(
    ("models", "more"),
    [
        (["ft-A", "ft-B", "ft-W"], []),
        (["ft-A", "ft-B", "ft-W", "base"], ["base"]),
        (["A-ft", "B-ft", "W-ft", "base"], ["base"]),
        (["A_lora", "B_lora", "W_lora"], []),
    ],
)
def test_models_are_tasks_also_beside_one_of_another_name(tmp_path, models, more):
    write_models(tmp_path, *models)
    report, found = read_folder(tmp_path)
    assert {(s, t) for s, t in found["scores"] if s == t} == {("A", "A"), ("B", "B")}
    assert {s for s, _ in found["scores"]} == {"A", "B", "W", *more}
    assert open_study(tmp_path).untrained == tuple(more)
    assert [text for text in report["unknown"] if "no transfer" in text] == [
        f"whether {one} is what no transfer reaches: --zero source:{one}" for one in more
    ]


def test_folders_of_pairs_beside_a_model_of_another_name(tmp_path):
    for s, t in [*PLAIN, ("base", "A"), ("base", "B")]:
        model = s if s == "base" else f"ft-{s}"
        (tmp_path / model / t).mkdir(parents=True)
        written(tmp_path / model / t / "r.json", json.dumps({"acc": PLAIN.get((s, t), 0.1)}))
    _, found = read_folder(tmp_path, "--zero", "source:base")
    gains = {pair: round(value + 0.1, 6) for pair, value in found["scores"].items()}
    assert gains == PLAIN


def test_a_target_with_another_metric_is_named(tmp_path):
    write_models(tmp_path, "ft-A", "ft-B", "ft-W")
    report, _ = read_folder(tmp_path)
    assert report["targets"] == ["A", "B"]
    assert report["assumed"] == [
        "results.{target}.acc_norm,none, results.{target}.perplexity,none,"
        " results.{target}.word_perplexity,none is left aside:"
        " --map score=results.{target}.acc_norm,none",
        "W has no acc,none and is no target; it has word_perplexity,none",
    ]
    (warning,) = report["warnings"]
    assert warning == (
        "__models__ft-A/results_2025-01-01T10-00-00.json: `W` has other numbers, but no `acc,none`:"
        " it is no target; name with evaluations.value what all have; else nothing is to do"
    )


def test_another_number_of_a_tree_counts_where_somebody_names_it(tmp_path):
    write_models(tmp_path, "ft-A", "ft-B", "ft-W")
    way = "results.{target}.word_perplexity,none"
    report, found = read_folder(tmp_path, "--map", f"score={way}")
    assert found == {"scores": {(s, "W"): 19.5 for s in "ABW"}}
    assert report["better"] == "lower"
    assert "A has no word_perplexity,none and is no target" in " ".join(report["assumed"])


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        ("--map score=acc,none", "write {target} where its name stands; the files have results."),
        ("--map score=results.{target}.f1", "no number there; the files have results.{target}.acc"),
        ("--map seed=x", "--map seed=x: files in folders have no columns but the path"),
        ("--where seed=1", "--where seed=1: no such field; the path __models__ft-{sources}/"),
    ],
)
def test_a_choice_that_a_tree_cannot_follow_is_refused(tmp_path, choice, sentence):
    write_models(tmp_path, "ft-A", "ft-B", "ft-W")
    with pytest.raises(RequestError, match=re.escape(sentence)):
        read_folder(tmp_path, *choice.split())


def test_rows_of_a_tree_that_count(tmp_path):
    for s, t in PLAIN:
        for seed in "12":
            (tmp_path / s / t / seed).mkdir(parents=True)
            written(tmp_path / s / t / seed / "r.json", json.dumps({"acc": float(seed) / 4}))
    report, found = read_folder(tmp_path, "--where", "seed=2")
    assert set(found["scores"].values()) == {0.5}
    assert report["seeds"] == [2]


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("{s}/{t}.json", "{sources}/{target}.json"),
        ("train_{s}/eval_{t}.json", "train_{sources}/eval_{target}.json"),
        ("bert-{s}-seed{k}/{t}/r.json", "bert-{sources}-seed{seed}/{target}/r.json"),
        ("{s}_seed{k}/{t}.json", "{sources}_seed{seed}/{target}.json"),
        ("b-{s}-lr1e-5-s{k}/{t}/r.json", "b-{sources}-lr1e-5-s{seed}/{target}/r.json"),
        ("seed_{k}/{s}/{t}.json", "seed_{seed}/{sources}/{target}.json"),
    ],
)
def test_seeds_behind_names_and_files_called_after_targets_are_read(tmp_path, place, path):
    seeds = (13, 21) if "{k}" in place else (0,)
    for (s, t), value in PLAIN.items():
        for k in seeds:
            file = tmp_path / place.format(s=s, t=t, k=k)
            file.parent.mkdir(parents=True, exist_ok=True)
            written(file, json.dumps({"eval_accuracy": value, "eval_loss": 0.5, "epoch": 3}))
    report, found = read_folder(tmp_path)
    assert found["scores"] == PLAIN
    assert f"a file a value: {path}, in it eval_accuracy" in report["understood"]
    if len(seeds) > 1:
        assert report["seeds"] == [13, 21]


def test_seeds_before_steps_of_the_training_are_seeds(tmp_path):
    for (s, t), value in PLAIN.items():
        for k, step in ((1, 100), (1, 200), (2, 100), (2, 200)):
            folder = tmp_path / f"{s}-seed{k}" / f"checkpoint-{step}" / t
            folder.mkdir(parents=True)
            written(folder / "r.json", json.dumps({"acc": value}))
    report, found = read_folder(tmp_path)
    assert found["scores"] == PLAIN
    assert report["seeds"] == [1, 2]
    assert "{sources}-seed{seed}/checkpoint-{checkpoint}/{target}/r.json" in report["understood"][0]


def test_a_run_evaluated_twice_is_no_target(tmp_path):
    for model in ("ft-A", "ft-B"):
        write_models(tmp_path, model)
        place = tmp_path / f"__models__{model}"
        again = (place / "results_2025-01-01T10-00-00.json").read_text().replace("0.5", "0.7")
        written(place / "results_2025-01-02T10-00-00.json", again)
    with pytest.raises(RequestError, match="a second time with another value"):
        read_folder(tmp_path)
