"""What every peer shows, from the same files, in pandas as a user would write it.

Transfer is normalized improvement: (value − shifted) / (standard − shifted) of the run's base on
the target, clipped to [0, 1.5], mean over seeds. Plotly figures are made by the same functions in
all peers: what differs is the program around them.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go

METHODS = ("ft1", "again")
MATRICES = ("actual", "predicted", "difference")
TABS = ("Transfer", "Predictors", "Balance")
WEBGL_FROM = 2_000


def study() -> Path:
    """The folder of the study, from the environment."""
    return Path(os.environ["STUDY"])


@cache
def improvements(folder: Path) -> pd.DataFrame:
    """Columns method, seed, source, task, value: a row a fine-tuned run and target; read once."""
    table = folder / "evaluations.parquet"
    rows = pd.read_parquet(table) if table.exists() else pd.read_csv(folder / "evaluations.csv")
    runs = pd.read_csv(folder / "runs.csv").set_index("run")
    base = rows["run"].map(runs["base"])
    scale = rows[base.isna()].pivot_table(index=["run", "task"], columns="split", values="value")
    tuned = rows[base.notna()].copy()
    own = pd.MultiIndex.from_arrays([base[base.notna()], tuned["task"]])
    zero, one = (scale[split].reindex(own).to_numpy() for split in ("shifted", "standard"))
    tuned["value"] = ((tuned["value"] - zero) / (one - zero)).clip(0, 1.5)
    for column, of in (("source", "trained"), ("method", "method"), ("seed", "seed")):
        tuned[column] = tuned["run"].map(runs[of])
    return tuned[["method", "seed", "source", "task", "value"]]


def reached(folder: Path, method: str) -> pd.DataFrame:
    """Sources × targets: means over seeds."""
    rows = improvements(folder)
    rows = rows[rows["method"] == method]
    return rows.pivot_table(index="source", columns="task", values="value")


def matrix(folder: Path, method: str, kind: str) -> pd.DataFrame:
    """One of MATRICES; what predicts a method here is the other one."""
    actual = reached(folder, method)
    if kind == "actual":
        return actual
    other = reached(folder, next(name for name in METHODS if name != method))
    return other if kind == "predicted" else actual - other


def pairs(folder: Path, method: str) -> pd.DataFrame:
    """Columns source, task, value, cka: a row a pair of different tasks, means over seeds."""
    summary = pd.read_csv(folder / "cka_summary.csv")
    trained = pd.read_csv(folder / "runs.csv").set_index("run")["trained"]
    first, second = summary["exp1"].map(trained), summary["exp2"].map(trained)
    both = pd.concat(
        [
            pd.DataFrame({"source": first, "task": second, "cka": summary["final_cka"]}),
            pd.DataFrame({"source": second, "task": first, "cka": summary["final_cka"]}),
        ]
    )
    mean = both.groupby(["source", "task"], as_index=False)["cka"].mean()
    values = reached(folder, method).stack().rename("value").rename_axis(["source", "task"])
    return values.reset_index().merge(mean, on=["source", "task"])


def balance(folder: Path, method: str) -> pd.DataFrame:
    """Columns given, taken: means over a task's pairs, the diagonal left out."""
    table = reached(folder, method)
    values = table.to_numpy(copy=True)
    np.fill_diagonal(values, np.nan)
    frame = {"given": np.nanmean(values, axis=1), "taken": np.nanmean(values, axis=0)}
    return pd.DataFrame(frame, index=table.index)


def seeds(folder: Path, source: str, target: str, method: str) -> pd.DataFrame:
    """Columns seed, value of one pair: what a click tells."""
    rows = improvements(folder)
    own = (rows["method"] == method) & (rows["source"] == source) & (rows["task"] == target)
    return rows.loc[own, ["seed", "value"]]


def heatmap(folder: Path, method: str, kind: str) -> go.Figure:
    """One matrix; as float32, which halves what travels."""
    table = matrix(folder, method, kind)
    limits = {"zmin": -0.5, "zmax": 0.5} if kind == "difference" else {"zmin": 0, "zmax": 1}
    trace = go.Heatmap(
        z=table.to_numpy(np.float32),
        x=list(table.columns),
        y=list(table.index),
        colorscale="RdBu" if kind == "difference" else "Viridis",
        **limits,
    )
    figure = go.Figure(trace)
    figure.update_layout(title=f"{method}: {kind}", margin={"l": 40, "r": 10, "t": 40, "b": 40})
    figure.update_yaxes(autorange="reversed")
    return figure


def scatter(folder: Path, method: str) -> go.Figure:
    """Transfer against CKA."""
    table = pairs(folder, method)
    of = go.Scattergl if len(table) > WEBGL_FROM else go.Scatter
    names = table["source"] + " → " + table["task"]
    figure = go.Figure(of(x=table["cka"], y=table["value"], text=names, mode="markers"))
    return figure.update_layout(title=f"{method}: transfer against CKA")


def bars(folder: Path, method: str) -> go.Figure:
    """What each task gives and takes."""
    table = balance(folder, method)
    traces = [go.Bar(x=table.index, y=table[name], name=name) for name in table]
    return go.Figure(traces).update_layout(title=f"{method}: given and taken", barmode="group")


def marked(source: str, target: str, folder: Path) -> list[dict[str, object]]:
    """The frame around a cell, as shapes of plotly."""
    names = list(reached(folder, METHODS[0]).index)
    column, row = names.index(target), names.index(source)
    return [
        {
            "type": "rect",
            "x0": column - 0.5,
            "x1": column + 0.5,
            "y0": row - 0.5,
            "y1": row + 0.5,
            "line": {"color": "black", "width": 2},
        }
    ]
