"""/opening: what the address alone says of the page that opens, before its scripts are there.

The head of the page asks for it (assets/boot/opening.js): the tab that is shown, and word for word
what cards.js asks for it. `arrange` (url_sync.py) says the same and all else when Dash has started.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, Response, request

from dashboard.figures.parts.theme import Mode
from dashboard.server.headers import uncached_json
from dashboard.state.context import AppContext
from dashboard.state.fields import Query
from dashboard.ui import card
from dashboard.ui.ids import input_store_id, part
from dashboard.ui.page import CardGroup, FigureInput, Page
from dashboard.ui.url_sync import shown_page

PATH = "/opening"


def register(server: Flask, app_context: AppContext, pages: Sequence[Page]) -> None:
    """Answer `{tab, study, version, slides, query, questions}`; 204 where no tab can be shown."""

    @server.get(PATH)
    def opening() -> Response:
        query = parse_qs(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)
        # The last one is of opening.js: an address may have any key.
        mode = query.pop("mode", [Mode.LIGHT.value])[-1]
        shown = shown_page(app_context, pages, query)
        if shown is None:
            return Response(status=204)
        return uncached_json(
            {
                "tab": shown.page.name,
                "study": shown.entry.title,
                "version": shown.entry.version,
                "slides": shown.slides,
                "query": shown.query,
                "questions": [
                    question(figure_input, group, shown.query, mode, shown.entry.version)
                    for figure_input, group in shown.page.fillings
                    if group is not None and group.opener is None
                ],
            }
        )


def question(
    figure_input: FigureInput, group: CardGroup, query: Query, mode: str, version: str
) -> str:
    """What the page asks for a group of cards, letter for letter as answers.js writes it."""
    store = input_store_id(figure_input.name)
    told = {key: query[key] for key in figure_input.told if key in query}
    outputs = [
        {"id": part(name, one), "property": prop}
        for name in group.cards
        for one, prop in card.PARTS
    ]
    names = "...".join(f"{one['id']}.{one['property']}" for one in outputs)
    return _as_browsers_write(
        {
            "output": f"..{names}..",
            "outputs": outputs,
            "inputs": [
                {
                    "id": store,
                    "property": "data",
                    "value": {"query": told, "mode": mode, "version": version},
                }
            ],
            "changedPropIds": [f"{store}.data"],
        }
    )


def _as_browsers_write(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
