"""The figures in Vizro: pages, custom charts, a parameter; data cached by its data manager.

STUDY=folder gunicorn benchmarks.peers.vizro_app:server
"""

from __future__ import annotations

import pandas as pd
import vizro.models as vm
from flask_caching import Cache
from vizro import Vizro
from vizro.managers import data_manager
from vizro.models.types import capture

from benchmarks.peers import shown

FOLDER = shown.study()
data_manager.cache = Cache(config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 3600})


def table() -> pd.DataFrame:
    """All improvements; the data manager keeps it."""
    return shown.improvements(FOLDER)


data_manager["improvements"] = table


@capture("graph")
def heatmap(data_frame: pd.DataFrame, method: str, kind: str):  # noqa: ARG001
    """One matrix."""
    return shown.heatmap(FOLDER, method, kind)


@capture("graph")
def scatter(data_frame: pd.DataFrame, method: str):  # noqa: ARG001
    """Transfer against CKA."""
    return shown.scatter(FOLDER, method)


@capture("graph")
def bars(data_frame: pd.DataFrame, method: str):  # noqa: ARG001
    """Given and taken."""
    return shown.bars(FOLDER, method)


def choice(*graphs: str) -> vm.Parameter:
    """The choice of a method for these graphs."""
    return vm.Parameter(
        targets=[f"{graph}.method" for graph in graphs],
        selector=vm.RadioItems(options=list(shown.METHODS), value=shown.METHODS[1]),
    )


def page(title: str, charts: dict) -> vm.Page:
    """Charts side by side under one choice."""
    return vm.Page(
        title=title,
        layout=vm.Grid(grid=[list(range(len(charts)))]),
        components=[vm.Graph(id=name, figure=figure) for name, figure in charts.items()],
        controls=[choice(*charts)],
    )


start = shown.METHODS[1]
dashboard = vm.Dashboard(
    pages=[
        page(
            "Transfer",
            {k: heatmap("improvements", method=start, kind=k) for k in shown.MATRICES},
        ),
        page("Predictors", {"scatter": scatter("improvements", method=start)}),
        page("Balance", {"bars": bars("improvements", method=start)}),
    ]
)
app = Vizro().build(dashboard)
server = app.dash.server
