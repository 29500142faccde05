"""The same matrix in plain Dash, as written in an afternoon: what `scale` is measured beside.

python -m benchmarks.plain_dash STUDY PORT

Reads a made-up study's evaluations with pandas when it starts, and shows the normalized
improvement of every source on every target, mean over seeds, as a Plotly heatmap.
"""

from __future__ import annotations

import sys
from pathlib import Path

import plotly.express as px
from dash import Dash, dcc, html

from benchmarks.peers import shown

METHOD = "ft1"


def app(study: Path) -> Dash:
    """One page with one heatmap."""
    found = Dash("plain")
    found.layout = html.Div(
        [
            html.H1("Transfer"),
            dcc.Graph(figure=px.imshow(shown.reached(study, METHOD), aspect="equal")),
        ]
    )
    return found


if __name__ == "__main__":
    app(Path(sys.argv[1])).run(port=int(sys.argv[2]), debug=False)
