"""Pinned figures, drawn again from their address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import RequestError
from dashboard.boards.figures import now, shown_now, then
from dashboard.boards.store import Pinned
from dashboard.pages import PAGES
from dashboard.state.computing import BusyError

QUERY = {"study": ["atlantis"], "tab": ["balance"], "method": ["ftwb1"]}


def test_now_is_the_card_of_exports_and_then_is_what_was_kept(app_context):
    shown = shown_now(app_context, PAGES, QUERY, "balance-scatter")
    assert shown.study == "atlantis"
    pinned = Pinned("1", shown, "", "", "2026-11-27")
    found = now(app_context, PAGES, pinned)
    assert found.digest == shown.digest
    assert found.item.finding == shown.finding
    assert found.item.dark is not None
    kept = then(pinned).content
    assert kept.size == found.item.content.size
    assert kept.figure.layout.xaxis.title.text == found.item.content.figure.layout.xaxis.title.text


def test_a_table_alone_has_no_drawing(app_context):
    shown = shown_now(app_context, PAGES, QUERY, "balance-scatter")
    assert then(Pinned("1", replace(shown, drawing=None), "", "", "")).content.figure is None


def test_what_cannot_be_shown_is_said(app_context):
    shown = shown_now(app_context, PAGES, QUERY, "balance-scatter")
    for changed, why in (
        ({"study": "elsewhere"}, "is not open here"),
        ({"card": "nothing"}, "no figure called nothing"),
        ({"query": {**QUERY, "seeds": ["none"]}}, "no seed chosen"),
    ):
        found = now(app_context, PAGES, Pinned("1", replace(shown, **changed), "", "", ""))
        assert why in found.item.absent
        assert not found.digest
    with pytest.raises(RequestError, match="changed since"):
        shown_now(app_context, PAGES, {**QUERY, "digest": ["0000"]}, "balance-scatter")


def test_a_figure_that_has_to_wait_leaves_the_others_their_places(app_context, monkeypatch):
    def busy(*_):
        raise BusyError

    shown = shown_now(app_context, PAGES, QUERY, "balance-scatter")
    monkeypatch.setattr(type(app_context), "view_context", busy)
    found = now(app_context, PAGES, Pinned("1", shown, "", "", ""))
    assert "reload the page" in found.item.absent
