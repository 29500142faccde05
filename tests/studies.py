"""Studies on disk, small and valid in each layout, for tests that read or damage them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TASKS = ("distance", "crossing")
PREFIX = "atlantis_"
STEPS = (9000, 10000)
ITEMS = 5
ROOT = "experiments"

MANIFEST = """\
title = "Tiny"
description = "Two tasks, one seed."

[tasks.distance]
label = "D"
metric = "error"
unit = "km"
color = "#D86756"
[tasks.distance.covariates]
difficulty = 2

[tasks.crossing]
label = "Cr"
metric = "accuracy"
exclude = "training instabilities"

[methods.ftwb1]
label = "FTWB1"
[methods.ftwb2]
label = "FTWB2"
predicted_from = "ftwb1"
"""

LAYOUTS = {
    "runs": f'layout = "runs"\nroot = "{ROOT}"\nshifted_prefix = "{PREFIX}"\n',
    "table": 'layout = "table"\npath = "evaluations.csv"\n',
    "scores": 'layout = "scores"\npath = "scores.csv"\n',
}

CKA = """
[cka]
summary = "cka_summary.csv"
checkpoints = "cka_checkpoints.csv"
default_layer = 5
"""

RUNS = """\
run,method,trained,base,seed,status,exposed
pt1,pretrain,distance+crossing,,42,,
pt1-1,pretrain,distance,,42,,
pt1-2,pretrain,crossing,,42,,
pt1_ftwb1-1,ftwb1,distance,pt1,42,,distance+crossing
pt1_ftwb1-2,ftwb1,crossing,pt1,42,,
pt1_ftwb2-1,ftwb2,crossing+distance,pt1,42,,
"""

EVALUATED = ("pt1", "pt1_ftwb1-1", "pt1_ftwb1-2", "pt1_ftwb2-1")
SINGLE = ("pt1-1", "pt1-2")

SCORES = """\
sources,target,score
distance,crossing,0.5
crossing,distance,-0.25
crossing+distance,distance,1.0
"""

CKA_SUMMARY = """\
prefix,exp1,exp2,layer,final_cka
pt,pt1-1,pt1-2,4,0.25
pt,pt1-1,pt1-2,5,0.5
"""

CKA_CHECKPOINTS = """\
exp1,exp2,layer,checkpoint,cka
pt1-1,pt1-2,5,9000,0.375
pt1-2,pt1-1,5,10000,0.5
"""

StudyWriter = Callable[..., "StudyFiles"]
"""The fixture `write_study`: layout and what is to be there beside it -> files."""

TREE_MANIFEST = """\
[tasks.a]
metric = "accuracy"
[tasks.b]
metric = "accuracy"
[evaluations]
layout = "tree"
path = "results/{target}/{source}-s{seed}/eval.json"
value = "accuracy"
"""
"""Of results in a tree of JSON files, as other programs write them."""


@dataclass(frozen=True)
class StudyFiles:
    """A study's folder, with what tests do to it."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / name

    def read(self, name: str) -> str:
        return self.path(name).read_text(encoding="utf-8")

    def write(self, name: str, content: str | bytes) -> None:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def replace(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new, 1))

    def append(self, name: str, text: str) -> None:
        self.write(name, self.read(name) + text)

    def remove(self, name: str) -> None:
        self.path(name).unlink()


def value_of(run: str, task: str, split: str, step: int) -> float:
    """A number for each cell, all different, none of them round."""
    runs = [line.split(",")[0] for line in RUNS.splitlines()]
    cell = runs.index(run) * 100 + TASKS.index(task) * 10 + (split == "shifted")
    return 1.0 + cell / 7 + step / 30_000


def results_of(run: str, task: str, split: str = "standard") -> str:
    """The name of an evaluation's file in layout `runs`."""
    folder = (PREFIX if split == "shifted" else "") + task
    return f"{ROOT}/{run}/evals/{folder}/eval_data/evaluation_results.json"


def write_study_files(
    folder: Path, layout: str = "table", *, cka: bool = False, representations: bool = False
) -> StudyFiles:
    """A valid study without any problem."""
    study = StudyFiles(folder)
    manifest = f"{MANIFEST}\n[evaluations]\n{LAYOUTS[layout]}"
    if cka or representations:
        manifest += CKA
    if representations:
        manifest += 'representations = "representations"\n'
    study.write("study.toml", manifest)
    if layout == "scores":
        study.write("scores.csv", SCORES)
        return study
    study.write("runs.csv", RUNS)
    rows = ["run,task,split,checkpoint,value"]
    for run in EVALUATED:
        for task in TASKS:
            for split in ("standard", "shifted"):
                values = {step: value_of(run, task, split, step) for step in STEPS}
                rows += [f"{run},{task},{split},{step},{v!r}" for step, v in values.items()]
                if layout == "runs":
                    entries = {
                        f"checkpoint-{step}": {f"eval_{task}_metric_mean": v, "eval_loss": 0.5}
                        for step, v in values.items()
                    }
                    study.write(results_of(run, task, split), json.dumps(entries))
    if layout == "table":
        study.write("evaluations.csv", "\n".join(rows) + "\n")
    if cka or representations:
        study.write("cka_summary.csv", CKA_SUMMARY)
        study.write("cka_checkpoints.csv", CKA_CHECKPOINTS)
    if representations:
        items = "".join(f"item{i},{'ab'[i % 2]}\n" for i in range(ITEMS))
        study.write("representations/items.csv", f"item,group\n{items}")
        draw = np.random.default_rng(0)
        for run in SINGLE:
            for step in STEPS:
                path = study.path(f"representations/{run}/layer5/checkpoint-{step}.npy")
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, draw.standard_normal((ITEMS, 3)).astype(np.float32))
    return study
