"""The figures in Panel, with its own cache. STUDY=folder panel serve panel_app.py."""

from __future__ import annotations

import sys
from pathlib import Path

import panel as pn
import plotly.graph_objects as go

sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers import shown

pn.extension("plotly")
FOLDER = shown.study()


@pn.cache
def heatmap(method: str, kind: str):
    """One figure."""
    return shown.heatmap(FOLDER, method, kind)


@pn.cache
def other(method: str, tab: str):
    """The figure of the second or the third tab."""
    return (shown.scatter if tab == "Predictors" else shown.bars)(FOLDER, method)


method = pn.widgets.RadioBoxGroup(options=list(shown.METHODS), value=shown.METHODS[1], inline=True)
panes = {
    kind: pn.pane.Plotly(heatmap(method.value, kind), width=450, height=450)
    for kind in shown.MATRICES
}
panel = pn.pane.HTML("", css_classes=["pair-panel"])


def repaint(event):
    """Three matrices of another method."""
    for kind, pane in panes.items():
        pane.object = heatmap(event.new, kind)


def clicked(event):
    """A frame in all three matrices, and the pair's seeds below."""
    if not event.new:
        return
    source, target = event.new["points"][0]["y"], event.new["points"][0]["x"]
    for kind, pane in panes.items():
        figure = go.Figure(heatmap(method.value, kind))
        pane.object = figure.update_layout(shapes=shown.marked(source, target, FOLDER))
    rows = shown.seeds(FOLDER, source, target, method.value)
    told = "".join(f"<li>seed {row.seed}: {row.value:.3f}</li>" for row in rows.itertuples())
    panel.object = f"<h3>{source} → {target}</h3><ul>{told}</ul>"


method.param.watch(repaint, "value")
for pane in panes.values():
    pane.param.watch(clicked, "click_data")


def drawn(tab: str):
    """The second or third tab, made when it is opened."""
    return pn.pane.Plotly(pn.bind(other, method, tab), width=1300, height=450)


pn.Column(
    method,
    pn.Tabs(
        ("Transfer", pn.Row(*panes.values())),
        ("Predictors", drawn("Predictors")),
        ("Balance", drawn("Balance")),
        dynamic=True,
    ),
    panel,
).servable()
