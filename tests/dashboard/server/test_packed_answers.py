"""A packed answer says what the JSON says; who does not ask for one is sent that."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import brotli
import numpy as np
import plotly.graph_objects as go
import pytest

from dashboard.app import ASSETS, create_app
from dashboard.server import packed_answers
from dashboard.server.packed_answers import LONG, PACKED, packed
from dashboard.server.settings import Settings
from tests.dashboard.server.test_response_cache import STORE
from tests.faults.test_bad_input import fed, post
from tests.studies import write_study_files

WANTED = {"Accept": f"{PACKED}, application/json"}


def unpacked(body: bytes) -> Any:
    """What packed.js makes of it, in JSON's own words."""
    (size,) = struct.unpack_from("<I", body)
    lists = np.frombuffer(body[4 + size :], np.uint8)

    def whole(value: dict[str, Any]) -> dict[str, Any]:
        if isinstance(value.get("bdata"), list):
            at, length, width = value["bdata"]
            numbers = lists[at : at + length].reshape(width, -1).T.tobytes()
            value["bdata"] = base64.b64encode(numbers).decode()
        return value

    return json.loads(body[4 : 4 + size], object_hook=whole)


def test_a_packed_answer_says_what_the_text_says():
    random = np.random.default_rng(0)
    matrix = random.normal(size=(80, 90))
    figure = go.Figure(
        [
            go.Heatmap(z=matrix, customdata=np.dstack([matrix, matrix])),
            go.Heatmap(z=matrix.astype(np.float32)),
            go.Scatter(
                x=np.arange(9000, dtype=np.int16), y=(np.arange(20_000) % 7).astype(np.int8)
            ),
            go.Scatter(x=np.arange(16_384) % 251, y=[1.5, None], text=["→", '"bdata":"', "<b>"]),
        ]
    )
    text = json.dumps({"rest": "→ ä"}).encode()[:-1] + b', "figure": '
    text += figure.to_json(engine="json").replace("/", "\\u002f").encode() + b"}"
    body = packed(text)
    assert body is not None
    assert unpacked(body) == json.loads(text)
    (size,) = struct.unpack_from("<I", body)
    assert size < len(text) / 10
    assert len(body) < 0.8 * len(text)


def test_short_lists_and_what_only_looks_like_one_stay_as_they_are():
    short = base64.b64encode(bytes(3 * LONG // 4 - 3)).decode()
    assert packed(json.dumps({"dtype": "f4", "bdata": short}).encode()) is None
    looks = json.dumps({"dtype": "u1", "bdata": "A" * LONG})
    assert packed(looks.encode()) is not None
    assert packed(json.dumps([looks, {"dtype": "<U", "bdata": "A" * LONG}]).encode()) is None
    assert packed(b"{}") is None


@pytest.fixture
def app(tmp_path, monkeypatch):
    # The lists of a small study are short.
    monkeypatch.setattr(packed_answers, "LONG", 8)
    files = write_study_files(tmp_path / "study")
    return create_app(Settings(studies=(files.folder,), cache_dir=tmp_path / "cache"))


def test_only_who_can_read_it_is_sent_one_each_from_memory(app):
    output = next(output for output, store in fed(app).items() if store == STORE)
    told = {"query": {"method": ["ftwb1"]}, "mode": "light"}
    for _ in range(2):  # computed, then from memory
        plain = post(app, output, STORE, told)
        assert plain.mimetype == "application/json"
        sent = post(app, output, STORE, told, {**WANTED, "Accept-Encoding": "br"})
        assert sent.mimetype == PACKED
        assert sent.headers["Content-Encoding"] == "br"
        assert "Accept" in sent.headers["Vary"].split(", ")
        assert unpacked(brotli.decompress(sent.data)) == plain.get_json()
        other = post(app, output, STORE, told, {**WANTED, "Accept-Encoding": "identity"})
        assert unpacked(other.data) == plain.get_json()


def test_the_scripts_ask_for_what_is_sent():
    for script in ("boot/opening.js", "js/page/packed.js"):
        assert f'"{PACKED}' in (ASSETS / script).read_text(encoding="utf-8")
    known = (ASSETS / "js/page/requests.js").read_text(encoding="utf-8").replace("\\", "")
    assert PACKED.removeprefix("application/") in known
