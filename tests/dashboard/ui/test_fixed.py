"""What stays as it is on the page becomes one component, and what callbacks name does not."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc
import pytest
from dash import Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from dashboard.ui.fixed import Fixed, fixed, folded, named_by


def page() -> Component:
    return html.Main(
        id="main",
        className="all",
        children=[
            html.H1("Title", id="title", hidden=True, **{"data-a": "b", "aria-label": "c"}),
            html.Div(
                id="group",
                hidden=True,
                children=[html.Label("Method", htmlFor="method"), dcc.Input(id="method")],
            ),
            html.P(id="said"),
            html.Div(html.Span(["a ", html.B(7), None]), id="body"),
            dbc.Offcanvas(html.P("in it"), id="drawer", title=html.Span("Help", id="head")),
            dcc.Store(id="store"),
        ],
    )


NAMED = {
    "group": {"hidden"},
    "said": {"children"},
    "body": {"children", "hidden"},
    "method": {"value"},
    "store": {"data"},
}


def test_elements_that_nobody_names_are_one_tree_with_the_others_in_its_slots():
    whole = folded(page(), NAMED)
    assert isinstance(whole, Fixed)
    assert whole.tree == {
        "type": "Main",
        "props": {
            "id": "main",
            "className": "all",
            "children": [
                {
                    "type": "H1",
                    "props": {
                        "children": "Title",
                        "id": "title",
                        "hidden": True,
                        "data-a": "b",
                        "aria-label": "c",
                    },
                },
                *[{"slot": at} for at in range(5)],
            ],
        },
    }
    group, said, body, drawer, store = whole.children
    kinds = [Fixed, html.P, html.Div, dbc.Offcanvas, dcc.Store]
    assert [type(one) for one in whole.children] == kinds
    # Only whether it is hidden is changed: the tree bears the name itself.
    assert (group.id, group.hidden) == ("group", True)
    assert "hidden" not in group.tree["props"]
    label = {"type": "Label", "props": {"children": "Method", "htmlFor": "method"}}
    assert group.tree == {"type": "Div", "props": {"children": [label, {"slot": 0}]}}
    assert [one.id for one in group.children] == ["method"]
    assert said.children is None
    assert body.children.tree["props"]["children"] == [
        "a ",
        {"type": "B", "props": {"children": 7}},
        None,
    ]
    assert drawer.children.tree == {"type": "P", "props": {"children": "in it"}}
    assert drawer.title.tree == {"type": "Span", "props": {"children": "Help", "id": "head"}}
    assert store.id == "store"


def test_the_layout_itself_is_left_alone():
    given = page()
    folded(given, NAMED)
    plain = (json.loads(json.dumps(one, cls=PlotlyJSONEncoder)) for one in (given, page()))
    assert next(plain) == next(plain)


@pytest.mark.parametrize(
    "plain", [None, "text", 7, ["a", "b"], {"a": 1}, [{"value": 1, "label": "x"}], True, []]
)
def test_what_has_no_elements_stays_as_it_is(plain):
    assert fixed(plain) == plain


def test_components_alone_stay_components():
    chosen = dcc.Input(id="a")
    assert fixed(chosen).id == "a"
    assert type(fixed(chosen)) is dcc.Input
    assert [type(one) for one in fixed([chosen, "text"])] == [dcc.Input, str]


def test_what_a_callback_sends_is_one_component():
    sent = fixed([html.P("one"), "two", html.P(["three", dcc.Input(id="x")])])
    assert sent.tree == [
        {"type": "P", "props": {"children": "one"}},
        "two",
        {"type": "P", "props": {"children": ["three", {"slot": 0}]}},
    ]
    assert [one.id for one in sent.children] == ["x"]


def test_what_callbacks_of_the_page_name():
    app = Dash("named")
    layout = html.Div([html.P(id=one) for one in ("a", "b", "c", "d", "e")])

    @app.callback(Output("a", "children"), Input("b", "n_clicks"), State("c", "title"))
    def one(*_: object) -> None: ...

    @app.callback(
        [Output("a", "hidden"), Output("b", "children")], Input("b", "n_clicks"), Input("x", "data")
    )
    def two(*_: object) -> None: ...

    # Nothing it asks of stands on the page: it is none of Dash's.
    @app.callback(Output("d", "children"), Input("elsewhere", "data"))
    def three(*_: object) -> None: ...

    app.clientside_callback("() => 1", Input("b", "title"))
    named = named_by(app.callback_map, layout)
    assert {name: named[name] for name in ("a", "b", "c")} == {
        "a": {"children", "hidden"},
        "b": {"n_clicks", "children", "title"},
        "c": {"title"},
    }
    assert not {"d", "e"} & set(named)
    whole = folded(layout, named)
    assert [one.id for one in whole.children] == ["a", "b", "c"]
