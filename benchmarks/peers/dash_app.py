"""The figures in plain Dash, as written in an afternoon; with CACHED set, lru_cache around them.

STUDY=folder gunicorn benchmarks.peers.dash_app:server
"""

from __future__ import annotations

import os
from functools import lru_cache

from dash import ALL, Dash, Input, Output, Patch, State, ctx, dcc, html, no_update

from benchmarks.peers import shown

kept = lru_cache(maxsize=64) if os.environ.get("CACHED") else lambda function: function
FOLDER = shown.study()
if not os.environ.get("CACHED"):
    shown.improvements(FOLDER)  # a table in a global is what every first app has


@kept
def heatmap(method: str, kind: str):
    """One figure."""
    return shown.heatmap(FOLDER, method, kind)


@kept
def other(method: str, tab: str):
    """The figure of the second or the third tab."""
    return (shown.scatter if tab == "Predictors" else shown.bars)(FOLDER, method)


app = Dash("peer", suppress_callback_exceptions=True)
app.layout = html.Div(
    [
        dcc.Tabs(
            id="tab",
            value="Transfer",
            children=[dcc.Tab(label=name, value=name) for name in shown.TABS],
        ),
        dcc.RadioItems(list(shown.METHODS), shown.METHODS[1], id="method"),
        html.Div(id="page"),
        html.Div(id="panel", className="pair-panel"),
    ]
)


@app.callback(Output("page", "children"), Input("tab", "value"), State("method", "value"))
def page(tab, method):
    """A tab's figures."""
    if tab == "Transfer":
        return html.Div(
            style={"display": "flex"},
            children=[
                dcc.Graph(
                    id={"kind": kind},
                    figure=heatmap(method, kind),
                    style={"width": "33%", "height": "450px"},
                )
                for kind in shown.MATRICES
            ],
        )
    return dcc.Graph(id="other", figure=other(method, tab))


@app.callback(
    Output({"kind": ALL}, "figure"),
    Input("method", "value"),
    State("tab", "value"),
    prevent_initial_call=True,
)
def repaint(method, tab):
    """Three matrices of another method."""
    if tab != "Transfer":
        return no_update
    return [heatmap(method, kind) for kind in shown.MATRICES]


@app.callback(
    Output("other", "figure"),
    Input("method", "value"),
    State("tab", "value"),
    prevent_initial_call=True,
)
def repaint_other(method, tab):
    """The figure of another tab for another method."""
    return no_update if tab == "Transfer" else other(method, tab)


@app.callback(
    Output({"kind": ALL}, "figure", allow_duplicate=True),
    Output("panel", "children"),
    Input({"kind": ALL}, "clickData"),
    State("method", "value"),
    prevent_initial_call=True,
)
def clicked(_clicks, method):
    """A frame in all three matrices, and the pair's seeds below."""
    click = ctx.triggered[0]["value"]
    if not click:
        return [no_update] * 3, no_update
    source, target = click["points"][0]["y"], click["points"][0]["x"]
    patch = Patch()
    patch["layout"]["shapes"] = shown.marked(source, target, FOLDER)
    rows = shown.seeds(FOLDER, source, target, method)
    told = [html.Li(f"seed {row.seed}: {row.value:.3f}") for row in rows.itertuples()]
    return [patch] * 3, [html.H3(f"{source} → {target}"), html.Ul(told)]


server = app.server
