"""A study on disk whose base models were trained on one task or on two, for similarity."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from tests.studies import StudyFiles

TASKS = {"north": "N", "south": "S", "east": "E", "<b>west</b>": "W"}
SEEDS = (1, 2)
STEPS = (100, 200)


def cka_of(one: tuple[str, ...], other: tuple[str, ...], step: int) -> float:
    """A number for every two training sets: more tasks, common tasks and steps make it larger."""
    names = list(TASKS)
    common = len({*one} & {*other}) / len(one)
    apart = abs(sum(map(names.index, one)) - sum(map(names.index, other)))
    return 0.1 + 0.2 * len(one) + 0.2 * common - 0.01 * apart + 0.0005 * step


def write_models(folder: Path, *, representations: bool = False) -> StudyFiles:
    """All single tasks and all pairs of four tasks, two seeds; steps are known of seed 1 alone.

    The tables end with the last step, which has all seeds. representations: of the models of
    single tasks too, at the last step.
    """
    study = StudyFiles(folder)
    manifest = 'title = "Models"\ndescription = ""\n'
    for name, label in TASKS.items():
        manifest += f'[tasks."{name}"]\nlabel = "{label}"\nmetric = "accuracy"\n'
    manifest += '[methods.ft1]\nlabel = "FT1"\n[evaluations]\nlayout = "table"\n'
    manifest += 'path = "evaluations.csv"\n[cka]\nsummary = "last.csv"\ncheckpoints = "steps.csv"\n'
    if representations:
        manifest += 'representations = "representations"\n'
    study.write("study.toml", manifest)
    sets = [s for size in (1, 2) for s in itertools.combinations(TASKS, size)]
    models = [(f"m{i}-{seed}", s, seed) for i, s in enumerate(sets) for seed in SEEDS]
    runs = ["run,method,trained,base,seed", f"base,pretrain,{'+'.join(TASKS)},,1"]
    runs += [f"{name},pretrain,{'+'.join(s)},,{seed}" for name, s, seed in models]
    runs += [f"ft-{i},ft1,{task},base,1" for i, task in enumerate(TASKS)]
    study.write("runs.csv", "\n".join(runs) + "\n")
    rows = ["run,task,split,checkpoint,value"]
    for j, task in enumerate(TASKS):
        rows += [f"base,{task},standard,9,0.9", f"base,{task},shifted,9,0.1"]
        rows += [f"ft-{i},{task},shifted,9,{0.2 + 0.1 * i + 0.05 * j}" for i in range(len(TASKS))]
    study.write("evaluations.csv", "\n".join(rows) + "\n")
    last, steps = ["exp1,exp2,layer,final_cka"], ["exp1,exp2,layer,checkpoint,cka"]
    for (a, one, k), (b, other, m) in itertools.combinations(models, 2):
        if len(one) == len(other):
            last.append(f"{a},{b},3,{cka_of(one, other, STEPS[-1])}")
            if k == m == 1:
                steps += [f"{a},{b},3,{step},{cka_of(one, other, step)}" for step in STEPS]
    study.write("last.csv", "\n".join(last) + "\n")
    study.write("steps.csv", "\n".join(steps) + "\n")
    if representations:
        study.write("representations/items.csv", "item\n" + "".join(f"i{i}\n" for i in range(30)))
        draw = np.random.default_rng(0)
        shared = draw.normal(size=(30, 4))
        for name, trained, _ in models:
            if len(trained) == 1:
                path = study.path(f"representations/{name}/layer3/checkpoint-{STEPS[-1]}.npy")
                path.parent.mkdir(parents=True, exist_ok=True)
                np.save(path, shared + draw.normal(size=(30, 4)))
    return study
