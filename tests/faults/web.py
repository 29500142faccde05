"""What a browser asks a server for, and what stands in the figures that come."""

from __future__ import annotations

import itertools
import json
import time
from typing import Any

from tests.processes import Running

NEWS = "/_dash-update-component"
QUERY = {"study": ["small"], "tab": ["transfer"], "method": ["ftwb2"], "scale": ["strict"]}


def answers(server: Running) -> None:
    """The page itself is there, with the callbacks that belong to it."""
    for path in ("/", "/_dash-layout", "/_dash-dependencies"):
        answer, text = server.ask(path)
        assert answer.status == 200, (path, text[:500])
    assert "Transfer Atlas" in server.ask("/")[1]


def is_shown(server: Running, **query: str) -> bool:
    """Whether the Transfer tab has figures; where it has none the page says why elsewhere."""
    status, text = _answer(server, "figure-input-transfer", **query)
    assert status in (200, 204), text[:500]
    return status == 200


def asked(server: Running, store: str, **query: str) -> dict[str, Any]:
    """The answer of the callback that listens to a store, by component."""
    status, text = _answer(server, store, **query)
    assert status == 200, text[:500]
    found: dict[str, Any] = json.loads(text)["response"]
    return found


def _answer(server: Running, store: str, **query: str) -> tuple[int, str]:
    callbacks = json.loads(server.ask("/_dash-dependencies")[1])
    listening = (c["output"] for c in callbacks if c["inputs"] and c["inputs"][0]["id"] == store)
    # The one that fills the cards: others listen for what a script or a slider needs.
    output = max(listening, key=len)
    outputs = [name.rpartition(".") for name in output.strip(".").split("...")]
    told = QUERY | {key: value.split("|") for key, value in query.items()}
    body = {
        "output": output,
        "outputs": [{"id": name, "property": prop} for name, _, prop in outputs],
        "inputs": [{"id": store, "property": "data", "value": {"query": told, "mode": "light"}}],
        "changedPropIds": [f"{store}.data"],
    }
    return news(server, body)


def news(server: Running, body: dict[str, Any]) -> tuple[int, str]:
    """The answer to a callback, asked again where the server is busy, as the page does."""
    headers = {"Content-Type": "application/json"}
    while True:
        answer, text = server.ask(NEWS, method="POST", headers=headers, body=json.dumps(body))
        if answer.status != 503 or "Retry-After" not in answer.headers:
            return answer.status, text
        time.sleep(0.1)


def questions(server: Running, views: list[dict[str, list[str]]], most: int) -> list[Any]:
    """Bodies of callbacks that figures are filled by, of one view after the other."""
    callbacks = json.loads(server.ask("/_dash-dependencies")[1])
    fed = [
        c
        for c in callbacks
        if c["inputs"]
        and c["inputs"][0]["id"].startswith("figure-input-")
        and not c["clientside_function"]
    ]
    bodies = []
    for view, callback in itertools.product(views, fed):
        output = callback["output"]
        parts = [name.partition("@")[0].rpartition(".") for name in output.strip(".").split("...")]
        outputs = [{"id": name, "property": prop} for name, _, prop in parts]
        told = {"query": QUERY | view, "mode": "light"}
        first, *others = callback["inputs"]
        bodies.append(
            {
                "output": output,
                "outputs": outputs if output.startswith("..") else outputs[0],
                "inputs": [{**first, "value": told}, *[{**one, "value": None} for one in others]],
                "state": [{**one, "value": None} for one in callback["state"]],
                "changedPropIds": [f"{first['id']}.{first['property']}"],
            }
        )
    return bodies[:most]


def figures(server: Running, **query: str) -> dict[str, Any]:
    """What the Transfer tab shows. A failure is no figure."""
    shown = asked(server, "figure-input-transfer", **query)
    assert "transfer-actual-graph" in shown, str(shown)[:1500]
    assert shown["transfer-actual-graph"]["figure"]["data"], shown
    return shown
