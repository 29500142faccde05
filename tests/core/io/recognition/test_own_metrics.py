"""Rows of several metrics, one for each target, and seeds that two columns tell together."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.io import open_study
from tests.core.io.recognition.test_forms import read, written

OWN = {"A": "acc", "B": "wer", "C": "bleu"}


def table(*more: str) -> str:
    rows = [f"{s},{t},{m},{at}.5" for at, (t, m) in enumerate(OWN.items()) for s in OWN]
    return "\n".join(["source,target,metric,value", *rows, *more, ""])


def directions(folder: Path) -> dict[str, bool]:
    return {task.name: task.metric.higher_is_better for task in open_study(folder).tasks}


def test_each_target_is_read_by_its_own_metric(tmp_path):
    path = written(tmp_path / "r.csv", table("none,A,acc,0.1", "D,B,wer,0.7"))
    report, found = read(path)
    assert {target for _, target in found["scores"]} == {*OWN}
    assert found["scores"]["D", "B"] == 0.7
    # Names without a metric of their own are tasks as they are.
    own = {"A": True, "B": False, "C": True, "D": True, "none": True}
    assert directions(tmp_path) == own
    said = "each target by its own metric: A by acc, B by wer, C by bleu"
    assert said in report["understood"]
    read(path, "--metric", "error", "--force")
    assert set(directions(tmp_path).values()) == {False}


@pytest.mark.parametrize("more", ["A,A,wer,0.1", "A,E,unheard,3"])
def test_of_several_metrics_of_a_target_one_counts(tmp_path, more):
    report, found = read(written(tmp_path / "r.csv", table(more)))
    assert {target for _, target in found["scores"]} == {"A"}
    assert any("rows with metric = acc count" in text for text in report["assumed"])


@pytest.mark.parametrize(("other", "methods"), [("fold", 1), ("lr", 2)])
def test_a_fold_beside_a_seed_is_a_part_of_it(tmp_path, other, methods):
    runs = [(seed, fold) for seed in (1, 2) for fold in (3, 4)]
    rows = [f"{s},{t},{seed},{fold},0.5" for s in "AB" for t in "AB" for seed, fold in runs]
    path = written(tmp_path / "r.csv", "\n".join([f"source,target,seed,{other},acc", *rows, ""]))
    report, _ = read(path)
    assert len(report["methods"]) == methods
    together = f"seed and {other} together are a seed: {{seed}}{{{other}}}"
    assert (together in report["assumed"]) is (methods == 1)
    assert report["seeds"] == ([13, 14, 23, 24] if methods == 1 else [1, 2])


def test_seeds_that_would_be_mixed_up_are_not_joined(tmp_path):
    runs = [(1, 12), (11, 2)]
    rows = [f"{s},{t},{seed},{fold},0.5" for s in "AB" for t in "AB" for seed, fold in runs]
    rows += [f"{s},{t},1,2,0.5" for s in "AB" for t in "AB"]
    path = written(tmp_path / "r.csv", "\n".join(["source,target,seed,fold,acc", *rows, ""]))
    report, _ = read(path)
    assert len(report["methods"]) == 2


def test_columns_of_groups_are_said_to_be_left_aside(tmp_path):
    rows = "".join(f"{s},{t},x,y,0.5\n" for s in "AB" for t in "AB")
    text = f"source,target,source_group,target_group,acc\n{rows}"
    report, _ = read(written(tmp_path / "r.csv", text))
    said = "source_group, target_group are left aside: groups stand as group under [tasks.NAME]"
    assert report["assumed"] == [said]
