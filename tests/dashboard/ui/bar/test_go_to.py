"""What the dialog of Go to is answered."""

from __future__ import annotations

import pytest
from flask import Flask

from dashboard.pages import PAGES
from dashboard.ui.bar import go_to
from dashboard.ui.bar.destinations import Destination


@pytest.fixture(scope="module")
def client(request):
    app_context = request.getfixturevalue("app_context")
    server = Flask("small")
    go_to.register(
        server, app_context, PAGES, lambda: [Destination("board", "Kept", href="boards/1")]
    )
    return server.test_client()


def test_what_is_typed_is_found_at_the_address(client):
    answer = client.get("/go-to?study=atlantis&tab=network&typed=angle+compass")
    assert answer.headers["Cache-Control"] == "no-store"
    first = answer.get_json()["found"][0]
    assert (first["kind"], first["title"]) == ("pair", "angle → compass")
    method = client.get("/go-to?tab=network&typed=ft1").get_json()["found"][0]
    assert method["query"] == {"method": ["ft1"], "tab": ["network"]}


def test_a_long_address_comes_as_a_form(client):
    answer = client.post("/go-to", data={"study": "atlantis", "typed": "kept"})
    assert answer.get_json()["found"][0]["href"] == "boards/1"


@pytest.mark.parametrize("query", ["", "typed=%00&tab=%ff", "study=nowhere&typed=x&select=a"])
def test_whatever_is_asked_is_answered(client, query):
    assert client.get(f"/go-to?{query}").status_code == 200
