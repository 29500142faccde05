"""The same matrix in plain Dash, as written in an afternoon: what `scale` is measured beside.

python -m benchmarks.plain_dash STUDY PORT

Reads a made-up study's evaluations with pandas when it starts, and shows the normalized
improvement of every source on every target, mean over seeds, as a Plotly heatmap.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import plotly.express as px
from dash import Dash, dcc, html


def improvement(study: Path) -> pd.DataFrame:
    """Sources × targets: clipped to [0, 1.5] per seed, before the mean."""
    table = study / "evaluations.parquet"
    rows = pd.read_parquet(table) if table.exists() else pd.read_csv(study / "evaluations.csv")
    runs = pd.read_csv(study / "runs.csv").set_index("run")
    bases = rows[rows["run"].map(runs["base"]).isna()]
    scale = bases.pivot_table(index=["run", "task"], columns="split", values="value")
    tuned = rows[rows["run"].map(runs["base"]).notna()].copy()
    own = pd.MultiIndex.from_arrays([tuned["run"].map(runs["base"]), tuned["task"]])
    zero, one = (scale[split].reindex(own).to_numpy() for split in ("shifted", "standard"))
    tuned["source"] = tuned["run"].map(runs["trained"])
    tuned["value"] = ((tuned["value"] - zero) / (one - zero)).clip(0, 1.5)
    return tuned.pivot_table(index="source", columns="task", values="value")


def app(study: Path) -> Dash:
    """One page with one heatmap."""
    found = Dash("plain")
    found.layout = html.Div(
        [html.H1("Transfer"), dcc.Graph(figure=px.imshow(improvement(study), aspect="equal"))]
    )
    return found


if __name__ == "__main__":
    app(Path(sys.argv[1])).run(port=int(sys.argv[2]), debug=False)
