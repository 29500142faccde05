"""The study that all contenders show: made up, two methods, each predicted from the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from core.io.synthetic import SyntheticStudy, write_synthetic_study

METHODS = ("ft1", "again")
NOISE = 0.03


def write(folder: Path, tasks: int, seeds: int, *, missing: float = 0.0) -> Path:
    """`core synth`, and its fine-tuning done a second time; returns the manifest.

    With two methods a choice of the other repaints three matrices in any program: what was
    reached, what the other method reached, the difference.
    """
    manifest = write_synthetic_study(
        SyntheticStudy(tasks=tasks, seeds=seeds, missing=missing), folder
    )
    runs = pd.read_csv(folder / "runs.csv")
    tuned = runs[runs["method"] == METHODS[0]]
    second = tuned.assign(run=tuned["run"] + "-again", method=METHODS[1])
    pd.concat([runs, second]).to_csv(folder / "runs.csv", index=False, lineterminator="\n")
    table = next(folder.glob("evaluations.*"))
    rows = pd.read_csv(table) if table.suffix == ".csv" else pd.read_parquet(table)
    more = rows[rows["run"].isin(tuned["run"])]
    noise = np.random.default_rng(1).normal(0, NOISE, len(more))
    more = more.assign(run=more["run"] + "-again", value=more["value"] + noise)
    rows = pd.concat([rows, more], ignore_index=True)
    if table.suffix == ".csv":
        rows.to_csv(table, index=False, float_format="%.6f", lineterminator="\n")
    else:
        rows.to_parquet(table, index=False)
    text = manifest.read_text(encoding="utf-8")
    first = '[methods.ft1]\nlabel = "FT1"\n'
    text = text.replace(
        first,
        f'{first}predicted_from = "again"\n\n'
        '[methods.again]\nlabel = "Again"\npredicted_from = "ft1"\n',
    )
    manifest.write_text(text, encoding="utf-8")
    return manifest
