"""What the parts of the tab are called in Dash, and what the graph depends on."""

from __future__ import annotations

from dashboard.state.fields.keys import Key
from dashboard.ui.ids import part
from dashboard.ui.page import EVERYWHERE, FigureInput

NAME = "network"
GRAPH_ID = part(NAME, "graph")
HOLDER, SHOWN, SCRIPT_AT, EMPTY = (
    part(NAME, name) for name in ("holder", "shown", "script", "empty")
)
FINDING, NOTE, CAPTION, MESSAGE, BODY, TABLE, HOVER = (
    part(NAME, name) for name in ("finding", "note", "caption", "message", "body", "table", "hover")
)
LEGEND = part(NAME, "legend")
SEARCH, RESET = part(NAME, "search"), part(NAME, "reset")
CARD = part(NAME, "drawing")
GRAPH_INPUT = FigureInput(
    NAME,
    (
        *EVERYWHERE,
        Key.INCLUDE,
        Key.LAYER,
        Key.THRESHOLD,
        Key.SIGNS,
        Key.LAYOUT,
        Key.ARROWS,
        Key.FOLD,
        Key.OPENED,
        Key.MOVED,
    ),
)
STRUCTURE = part(NAME, "structure")
GRAPH_FILES = (("graphml", "GraphML"), ("gexf", "GEXF"))
"""Kinds of file that other programs read graphs from."""
