"""What a browser asks a server for, and what stands in the figures that come."""

from __future__ import annotations

import json
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
    status, text = _answer(server, "feed-transfer", **query)
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
    answer, text = server.ask(
        NEWS, method="POST", headers={"Content-Type": "application/json"}, body=json.dumps(body)
    )
    return answer.status, text


def figures(server: Running, **query: str) -> dict[str, Any]:
    """What the Transfer tab shows. A failure is no figure."""
    shown = asked(server, "feed-transfer", **query)
    assert "transfer-actual-graph" in shown, str(shown)[:1500]
    assert shown["transfer-actual-graph"]["figure"]["data"], shown
    return shown
