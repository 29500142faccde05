"""Runs as Weights & Biases exports them: CSV of the table, the documented snippet, JSON."""

from __future__ import annotations

import gzip
import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core import open_study
from core.cli import cli
from core.errors import RequestError
from core.io.trackers.wandb_export import read_wandb

RUNS = [
    {
        "id": f"r{i}{j}",
        "name": f"run-{i}{j}",
        "state": "finished",
        "config": {"source": source, "target": target, "seed": 42, "optim": {"lr": 0.1}},
        "summary": {"test": {"accuracy": 0.5 + i / 10 + j / 100}, "_runtime": 3, "_step": 9},
    }
    for i, source in enumerate(("cola", "mrpc"))
    for j, target in enumerate(("cola", "mrpc", "rte"))
]


def init(*options):
    done = CliRunner().invoke(cli, ["init", *options], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def as_table(runs):
    """As the button `Export to CSV` writes the table of runs."""
    lines = [
        '"Name","State","Notes","User","Created","optim.lr","seed","source","target","test.accuracy"'
    ]
    lines += [
        f'"{run["name"]}","{run["state"]}","-","ada","2026-01-0{i + 1}T10:00:00.000Z","0.1","42",'
        f'"{run["config"]["source"]}","{run["config"]["target"]}",'
        f'"{run["summary"]["test"]["accuracy"]}"'
        for i, run in enumerate(runs)
    ]
    return "\n".join(lines)


def as_snippet(runs):
    """As the snippet of W&B's documentation writes them, with pandas."""
    return pd.DataFrame(
        {word: [run[word] for run in runs] for word in ("summary", "config", "name")}
    )


def write(path, form, runs):
    if form == "table":
        path.with_suffix(".csv").write_text(as_table(runs))
    elif form == "snippet":
        as_snippet(runs).to_csv(path.with_suffix(".csv"))
    elif form == "snippet json":
        as_snippet(runs).to_json(path.with_suffix(".json"))
    elif form == "records":
        path.with_suffix(".json").write_text(json.dumps(runs))
    elif form == "gz":
        path.with_suffix(".json.gz").write_bytes(gzip.compress(json.dumps(runs).encode()))
    else:
        lines = [json.dumps(run) for run in runs]
        path.with_suffix(".jsonl").write_text("\n".join(lines))


@pytest.mark.parametrize("form", ["table", "snippet", "snippet json", "records", "lines", "gz"])
def test_every_export_is_one_study_and_a_later_one_adds_to_it(tmp_path, form):
    write(tmp_path / "export", form, RUNS[:4])
    report = json.loads(init(f"wandb:{tmp_path}", "--json"))
    assert (report["form"], report["rows"], report["metric"]) == ("scores", 4, "accuracy")
    assert report["sources"] == ["cola", "mrpc"]
    write(tmp_path / "later", form, RUNS)
    report = json.loads(init(f"wandb:{tmp_path}", "--json"))
    assert (report["added"], report["changed"], report["runs"]) == (2, 0, 6)
    study = open_study(tmp_path)
    assert np.sort(study.evaluations.value) == pytest.approx([0.5, 0.51, 0.52, 0.6, 0.61, 0.62])
    assert "nothing new" in init(f"wandb:{tmp_path}")


def test_what_is_not_a_number_or_not_finished_is_told_apart(tmp_path):
    runs = [
        {**RUNS[0], "summary": {"accuracy": "NaN", "best": "yes", "on": True}},
        {
            **RUNS[1],
            "config": {"source": {"desc": None, "value": ["cola", "rte"]}, "target": "mrpc"},
        },
        {**RUNS[2], "state": "crashed"},
    ]
    (tmp_path / "runs.json").write_text(json.dumps({"runs": runs}))
    first, second, third = read_wandb(str(tmp_path))
    assert np.isnan(first.values["accuracy"])
    assert (first.values["best"], first.values["on"]) == ("yes", "true")
    assert "_runtime" not in second.values
    assert second.values["source"] == "cola+rte"
    assert second.values["test.accuracy"] == 0.51
    assert third.values["status"] == "crashed"


def test_how_many_runs_are_not_finished_is_said(tmp_path):
    runs = [*RUNS[:-1], {**RUNS[-1], "state": "crashed"}]
    (tmp_path / "runs.json").write_text(json.dumps({"runs": runs}))
    report = json.loads(init(f"wandb:{tmp_path}", "--json"))
    assert "1 run that is not finished does not count" in report["understood"]
    assert report["rows"] == len(RUNS) - 1


def test_nan_in_the_snippets_cells_is_read(tmp_path):
    runs = [{**RUNS[0], "summary": {"accuracy": float("nan"), "loss": 2.0}}]
    write(tmp_path / "export", "snippet", runs)
    (run,) = read_wandb(str(tmp_path))
    assert np.isnan(run.values["accuracy"])
    assert run.values["loss"] == 2.0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "Name,State\nx", "1 values"),
        ("a.json", "{", "not JSON"),
        ("a.json", "[" * 3_000_001, "lists and objects"),
        ("a.csv", "Name,State,acc\nx,finished,0.5\n", "was trained on"),
        ("a.json", "[]", "no runs"),
        ("a.json", "3", "no list of runs"),
        ("a.bin", "x", "no export"),
    ],
)
def test_a_bad_export_is_one_sentence(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(RequestError, match=message) as error:
        init(f"wandb:{tmp_path}")
    assert "\n" not in str(error.value)
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_a_project_is_asked_from_the_service_through_its_package(tmp_path, monkeypatch):
    """With a package that stands in for wandb: there is no key and no network here."""
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(RequestError, match="pip install wandb"):
        read_wandb("lab/transfer")
    asked = []

    class Api:
        def runs(self, path):
            asked.append(path)
            return [SimpleNamespace(**run) for run in RUNS]

    package = ModuleType("wandb")
    package.Api = Api
    monkeypatch.setitem(sys.modules, "wandb", package)
    out = tmp_path / "study"
    report = json.loads(init("wandb:lab/transfer", "--out", str(out), "--json"))
    assert (asked, report["runs"], report["rows"]) == (["lab/transfer"], 6, 6)
    with pytest.raises(RequestError, match="--out DIR"):
        init("wandb:lab/transfer")

    def refused(self, path):
        raise ValueError("no key\nlong story")

    Api.runs = refused
    with pytest.raises(RequestError, match=r"^wandb:lab/transfer: no key$"):
        read_wandb("lab/transfer")


def test_a_manifest_that_is_there_is_no_trackers_and_other_runs_are_not_mixed_in(tmp_path):
    write(tmp_path / "export", "records", RUNS)
    (tmp_path / "study.toml").write_text("title = 'mine'")
    with pytest.raises(RequestError, match="is there already"):
        init(f"wandb:{tmp_path}")
    out = tmp_path / "out"
    init(f"wandb:{tmp_path}", "--out", str(out))
    with pytest.raises(RequestError, match="holds the runs of"):
        init(f"wandb:{tmp_path}/export.json", "--out", str(out))
    (out / "tracked_runs.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(RequestError, match="--force writes it"):
        init(f"wandb:{tmp_path}", "--out", str(out))
    init(f"wandb:{tmp_path}", "--out", str(out), "--force")
