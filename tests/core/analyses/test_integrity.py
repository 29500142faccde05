"""Studies with the accidents that happen, each caught; and none reported where there is none."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from core.analyses.integrity import integrity
from core.analyses.integrity.copies import equal_rows
from core.analyses.integrity.finding import IntegrityKind
from core.cli.commands import cli
from core.io import open_study
from core.metrics import Metric
from core.study import FINAL, Run, Study, Task
from core.transfer.copied_seeds import FEWEST_EQUAL
from tests.core.small import study_of, tasks_named
from tests.studies import StudyWriter

NAMES = "abcd"
SEEDS = (1, 2, 3)


class Made:
    """A sound study of four tasks and three seeds, to be spoilt: runs, values and CKA."""

    def __init__(self) -> None:
        draw = np.random.default_rng(0)
        self.tasks: tuple[Task, ...] = tasks_named(NAMES)
        self.runs: dict[str, Run] = {}
        self.values: dict[tuple[str, str, str, int], float] = {}
        self.cka: list[tuple[str, str, int, int, float]] = []
        for seed in SEEDS:
            base = Run(f"pt{seed}", "pretrain", tuple(NAMES), None, seed)
            self.runs[base.name] = base
            for number, name in enumerate(NAMES, start=1):
                single = Run(f"pt{seed}-{number}", "pretrain", (name,), None, seed)
                tuned = Run(f"pt{seed}_ft1-{number}", "ft1", (name,), base.name, seed)
                self.runs |= {single.name: single, tuned.name: tuned}
                self.values[base.name, name, "standard", 100] = 0.9 + draw.uniform(0, 0.1)
                self.values[base.name, name, "shifted", 100] = draw.uniform(0, 0.1)
                for target in NAMES:
                    for step in (50, 100):
                        value = draw.uniform(0.1, 0.9)
                        self.values[tuned.name, target, "shifted", step] = value
            for layer in (1, 2):
                for i in range(1, 5):
                    for j in range(1, i):
                        value = draw.uniform(0.1, 0.9)
                        self.cka.append((f"pt{seed}-{i}", f"pt{seed}-{j}", layer, FINAL, value))

    def change(self, name: str, **fields: object) -> None:
        self.runs[name] = replace(self.runs[name], **fields)

    def copy(self, taken: str, into: str) -> None:
        for (run, task, split, step), value in list(self.values.items()):
            if run == taken:
                self.values[into, task, split, step] = value

    @property
    def study(self) -> Study:
        return study_of(self.tasks, [*self.runs.values()], self.values, cka=self.cka)

    def found(self) -> list[tuple[IntegrityKind, str, list[tuple[str, str]]]]:
        return [
            (finding.kind, finding.text, [(cell.run, cell.task) for cell in finding.cells])
            for finding in integrity(self.study)
        ]


@pytest.fixture
def made() -> Made:
    return Made()


def test_in_a_sound_study_nothing_is_found(made):
    assert made.found() == []


# -- the four accidents of the research log ----------------------------------------------------


def test_the_wrong_checkpoint(made):
    for target in NAMES:
        del made.values["pt2_ft1-3", target, "shifted", 100]
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.CHECKPOINT
    assert (
        text
        == "ft1: the last checkpoint is 100 in 11 runs and another in pt2_ft1-3 (50); all have 50"
    )
    assert cells == [("pt2_ft1-3", "")]


def test_a_swapped_mapping(made):
    made.change("pt3_ft1-1", trained=("b",))
    made.change("pt3_ft1-2", trained=("a",))
    found = made.found()
    assert [kind for kind, _, _ in found] == [IntegrityKind.NAME] * 2
    assert [cells for _, _, cells in found] == [[("pt3_ft1-1", "")], [("pt3_ft1-2", "")]]
    assert "pt1_ft1-1 for a, pt2_ft1-1 for a, pt3_ft1-1 for b" in found[0][1]


def test_a_failed_seed_under_another_name(made):
    made.change("pt2_ft1-1", failed=True)
    made.copy("pt2_ft1-1", "pt3_ft1-1")
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.EQUAL_RUNS
    assert text == (
        "seeds 2 and 3 of ft1 on a have the same value on every task: one may be a copy of the"
        " other; pt2_ft1-1 is marked failed"
    )
    assert cells == [("pt2_ft1-1", ""), ("pt3_ft1-1", "")]


def test_a_copied_cka(made):
    first = {
        (a[3:], b[3:]): value
        for a, b, layer, _, value in made.cka
        if a.startswith("pt1") and layer == 1
    }
    made.cka = [
        (a, b, layer, step, first[a[3:], b[3:]])
        if a.startswith("pt2") and layer == 1
        else (a, b, layer, step, value)
        for a, b, layer, step, value in made.cka
    ]
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.COPIED_CKA
    assert "seeds 1 and 2 at layer 1 is the same" in text
    assert cells == [(f"pt{seed}-{i}", "") for seed in (1, 2) for i in range(1, 5)]


# -- the others --------------------------------------------------------------------------------


def test_a_layer_that_is_a_copy_of_another(made):
    first = {(a, b): value for a, b, layer, _, value in made.cka if layer == 1}
    made.cka = [(a, b, layer, step, first[a, b]) for a, b, layer, step, _ in made.cka]
    ((kind, text, _),) = made.found()
    assert kind is IntegrityKind.COPIED_CKA
    assert text.startswith("CKA at layers 1 and 2 is the same")


def test_a_name_that_says_another_task():
    tasks = (Task("distance", "D", Metric.ACCURACY), Task("angle", "A", Metric.ACCURACY))
    runs = [
        Run("base", "pretrain", ("distance", "angle"), None, 1),
        Run("ft-distance", "ft1", ("angle",), "base", 1),
    ]
    values = {("ft-distance", name, "shifted", 1): 0.5 for name in ("distance", "angle")}
    (finding,) = integrity(study_of(tasks, runs, values))
    assert finding.text == (
        "run ft-distance is named after distance and listed as trained on angle"
    )


def test_one_task_tested_at_an_older_checkpoint(made):
    del made.values["pt1_ft1-1", "d", "shifted", 100]
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.CHECKPOINT
    assert text.startswith("run pt1_ft1-1 was tested on d before its last checkpoint 100")
    assert cells == [("pt1_ft1-1", "d")]


def test_a_seed_with_cka_and_without_transfer(made):
    for name, run in list(made.runs.items()):
        if run.seed == 3 and not run.is_base:
            made.change(name, failed=True)
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.SEED
    assert text.startswith("seed 3 counts in the similarity")
    assert text.endswith("all of them failed")
    assert cells == [(f"pt3-{i}", "") for i in range(1, 5)]


def test_a_task_that_is_a_copy_of_another(made):
    for run, task, split, step in list(made.values):
        if task == "b":
            made.values[run, "b", split, step] = made.values[run, "a", split, step]
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.COPIED_TASK
    assert text == "tasks a and b have the same value in all 15 runs that have both"
    assert ("pt1_ft1-1", "a") in cells


def test_equal_scores_at_the_ends_of_a_metric_are_no_copies(made):
    for run, task, split, step in list(made.values):
        if "ft1" in run:
            made.values[run, task, split, step] = 1.0 if run.endswith(("1", "2")) else 0.0
    assert made.found() == []


def test_without_any_run_no_task_is_a_copy():
    assert integrity(study_of(tasks_named("abc"), [], {})) == ()


def test_a_base_that_several_seeds_share(made):
    for i in range(1, 5):
        made.change(f"pt2_ft1-{i}", base="pt1")
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.SHARED_BASE
    assert text.startswith("runs of seeds 1, 2 share the base pt1")
    assert cells[0] == ("pt1", "")


def test_few_valid_answers(made):
    study = made.study
    ratio = np.ones(len(study.evaluations))
    grid = study.evaluations.grid("shifted")
    ratio[grid.records[study.run_index["pt1_ft1-1"], 1]] = 0.25
    evaluations = replace(study.evaluations, details={"valid_ratio": ratio})
    (finding,) = integrity(replace(study, evaluations=evaluations))
    assert finding.kind is IntegrityKind.VALID_RATIO
    assert finding.text == "b: in 1 run fewer than 90% of the answers were valid, down to 25%"
    assert [(cell.run, cell.task) for cell in finding.cells] == [("pt1_ft1-1", "b")]


def test_a_baseline_without_room(made):
    made.values["pt2", "c", "standard", 100] = made.values["pt2", "c", "shifted", 100]
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.NO_ROOM
    assert text.startswith("c: pt2 is no better on known entities")
    assert cells == [("pt2", "c")]


def test_a_target_seen_in_training(made):
    made.change("pt1_ft1-1", exposed=("a", "b"))
    ((kind, text, cells),) = made.found()
    assert kind is IntegrityKind.EXPOSED
    assert text.startswith("ft1: 1 value counts as transfer although samples of the target (b)")
    assert cells == [("pt1_ft1-1", "b")]


def test_a_covariate_made_of_the_bases_own_values(made):
    made.tasks = tasks_named("abcdefg")
    order = [3, 1, 4, 0, 5, 2, 6]
    for task, place in zip(made.tasks, order, strict=True):
        for seed in SEEDS:
            made.values[f"pt{seed}", task.name, "shifted", 100] = 0.1 + place / 100
    made.tasks = tuple(
        replace(task, covariates={"loss": 50.0 - place, "age": float(at)})
        for at, (task, place) in enumerate(zip(made.tasks, order, strict=True))
    )
    kind, text, cells = made.found()[-1]
    assert kind is IntegrityKind.RATIO_COVARIATE
    assert text.startswith("covariate loss orders all 7 tasks as the base's shifted value does")
    assert cells == [("", name) for name in "abcdefg"]


def test_of_given_scores_only_copies_are_looked_for(write_study: StudyWriter):
    assert integrity(open_study(write_study("scores").folder)) == ()


def test_check_prints_it(write_study: StudyWriter):
    files = write_study()
    done = CliRunner().invoke(cli, ["check", str(files.folder), "--json"], standalone_mode=False)
    found = json.loads(done.stdout)["integrity"]
    assert {"kind", "text", "cells"} == set(found[0])
    exposed = next(entry for entry in found if entry["kind"] == "exposed")
    assert exposed["cells"] == [{"run": "pt1_ftwb1-1", "task": "crossing"}]
    told = CliRunner().invoke(cli, ["check", str(files.folder)], standalone_mode=False).stderr
    assert f"look at: {exposed['text']}\n" in told


@pytest.mark.parametrize("width", [2, 7, 90])
def test_all_equal_rows_at_once_are_those_found_one_by_one(width):
    draw = np.random.default_rng(width)
    values = draw.integers(0, 6, (40, width)) / 5
    values[draw.random(values.shape) < 0.3] = np.nan
    values[20:30] = values[:10]
    values[25:35][draw.random((10, width)) < 0.2] = np.nan

    def telling(row):
        return np.isfinite(row) & (row != 0) & (row != 1)

    pairs = set()
    for row in range(len(values)):
        whole = [b for b in range(row) if values[b].tobytes() == values[row].tobytes()]
        pairs.update((b, row) for b in whole[:1])
        for column in np.flatnonzero(telling(values[row])):
            same = np.flatnonzero(values[:row, column] == values[row, column])
            pairs.update((int(b), row) for b in same[:1])
    expected = []
    for a, b in sorted(pairs):
        both = np.isfinite(values[a]) & np.isfinite(values[b])
        distinct = len(np.unique(values[a][both & telling(values[a])]))
        if (values[a] == values[b])[both].all() and distinct >= min(FEWEST_EQUAL, width):
            expected.append((a, b))
    assert equal_rows(values) == expected
    assert expected
