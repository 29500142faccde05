"""A study and a command line to run on it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

NAMES = ("east", "north", "south", "west")


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """Four tasks (two of each metric), two seeds, ft1 and ft2, CKA of seed 1; west excluded."""
    folder = tmp_path_factory.mktemp("compass")
    rng = np.random.default_rng(3)
    manifest = ['title = "Compass"']
    for name in NAMES:
        metric = "error" if name in ("east", "west") else "accuracy"
        manifest += [f"[tasks.{name}]", f'label = "{name[0].upper()}"', f'metric = "{metric}"']
        manifest += ['exclude = "unstable"'] if name == "west" else []
    manifest += ["[methods.ft1]", 'label = "FT1"', "[methods.ft2]", 'label = "FT2"']
    manifest += ['predicted_from = "ft1"', "[evaluations]", 'layout = "table"']
    manifest += ['path = "evaluations.csv"', "[cka]", 'summary = "cka.csv"', "default_layer = 2"]
    (folder / "study.toml").write_text("\n".join(manifest))
    runs, rows, cka = [], [], []
    for seed in (1, 2):
        runs.append((f"base{seed}", "pretrain", "+".join(NAMES), "", seed))
        runs += [(f"one-{n}-{seed}", "pretrain", n, "", seed) for n in NAMES]
        sets = [(n,) for n in NAMES] + [("north", "east"), ("south", "west")]
        for trained in sets:
            method = f"ft{len(trained)}"
            runs.append(
                (
                    f"{method}-{'-'.join(trained)}-{seed}",
                    method,
                    "+".join(trained),
                    f"base{seed}",
                    seed,
                )
            )
    for run, method, trained, base, _ in runs:
        for task in NAMES:
            error = task in ("east", "west")
            standard, shifted = (0.1, 2.0) if error else (0.95, 0.3)
            if base:
                own = task in trained.split("+")
                shifted = (
                    (0.12 if own else rng.uniform(0.1, 3))
                    if error
                    else (0.9 if own else rng.uniform(0.2, 0.9))
                )
            if base or method == "pretrain":
                rows += [(run, task, "standard", 10, standard), (run, task, "shifted", 10, shifted)]
                rows += [(run, task, "shifted", 5, shifted * 1.01)]
    for layer in (1, 2):
        cka += [
            (f"one-{a}-1", f"one-{b}-1", layer, rng.uniform(0.1, 0.9))
            for i, a in enumerate(NAMES)
            for b in NAMES[:i]
        ]
    pd.DataFrame(runs, columns=["run", "method", "trained", "base", "seed"]).to_csv(
        folder / "runs.csv", index=False
    )
    pd.DataFrame(rows, columns=["run", "task", "split", "checkpoint", "value"]).to_csv(
        folder / "evaluations.csv", index=False
    )
    pd.DataFrame(cka, columns=["exp1", "exp2", "layer", "final_cka"]).to_csv(
        folder / "cka.csv", index=False
    )
    return folder


@pytest.fixture
def run_json(run):
    def call(*arguments):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        return json.loads(out, parse_constant=lambda token: pytest.fail(f"{token} in JSON"))

    return call
