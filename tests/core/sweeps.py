"""Studies with many representations, for tests of sweeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.studies import StudyFiles

ITEMS = 24
MANIFEST = """\
title = "Sweep"
[tasks.one]
label = "1"
metric = "accuracy"
[tasks.two]
label = "2"
metric = "accuracy"
[evaluations]
layout = "table"
path = "evaluations.csv"
[cka]
representations = "representations"
"""


def write_sweep_study(
    folder: Path,
    runs: int = 5,
    layers: tuple[int, ...] = (1, 2),
    steps: tuple[int, ...] = (10, 20),
    *,
    items: int = ITEMS,
    features: int = 4,
) -> StudyFiles:
    """Runs r0, r1 ... (every third on both tasks), all with representations of one shape."""
    study = StudyFiles(folder)
    study.write("study.toml", MANIFEST)
    study.write("evaluations.csv", "run,task,split,checkpoint,value\nr0,one,standard,20,0.5\n")
    study.write("representations/items.csv", "item\n" + "".join(f"i{i}\n" for i in range(items)))
    study.write("runs.csv", "run,method,trained,base,seed\n")
    for i in range(runs):
        add_run(study, i, layers, steps, items=items, features=features)
    return study


def add_run(
    study: StudyFiles,
    number: int,
    layers: tuple[int, ...] = (1, 2),
    steps: tuple[int, ...] = (10, 20),
    *,
    items: int = ITEMS,
    features: int = 4,
) -> None:
    """One more run; what its representations hold follows from its number."""
    trained = ("one+two", "one", "two")[number % 3]
    study.append("runs.csv", f"r{number},pretrain,{trained},,{number}\n")
    draw = np.random.default_rng(number)
    shared = np.random.default_rng(1000).standard_normal((items, features))
    for layer in layers:
        for step in steps:
            values = shared + draw.standard_normal((items, features))
            save(study, f"r{number}", layer, step, values.astype(np.float32))


def save(study: StudyFiles, run: str, layer: int, step: int, values: np.ndarray) -> None:
    """Store one representation."""
    path = study.path(f"representations/{run}/layer{layer}/checkpoint-{step}.npy")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)
