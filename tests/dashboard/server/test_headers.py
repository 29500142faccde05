"""Headers of every answer; what is answered to nonsense and to failures; files nobody can name."""

from __future__ import annotations

import json
import logging
import os
import re
import sys

import brotli
import pytest
from flask import Flask, Response, abort
from flask_compress import Compress

from dashboard.app import create_app
from dashboard.server import errors, headers
from dashboard.server.come_again import WAITS
from dashboard.server.settings import Settings
from dashboard.state.computing import BusyError, ClientGoneError
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("responses")
    study = write_study_files(folder / "one", cka=True)
    return create_app(Settings(studies=(study.folder,), cache_dir=folder / "cache"))


@pytest.fixture(scope="module")
def client(app):
    return app.server.test_client()


def test_headers_of_every_answer(client):
    for address in ("/", "/healthz", "/nothing", "/_dash-layout", "/metrics"):
        headers = client.get(address, buffered=True).headers
        assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Set-Cookie" not in headers


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"output": 3}', '{"outputs": []}'])
def test_a_callback_that_is_none_is_refused(client, body):
    answer = client.post(
        "/_dash-update-component", data=body, content_type="application/json", buffered=True
    )
    assert answer.status_code == 400
    assert answer.get_data(as_text=True) == "This is no request of this page.\n"


def test_a_page_from_before_an_update_is_told_to_reload(client):
    answer = client.post("/_dash-update-component", json={"output": "gone.children"})
    assert answer.status_code == 400
    assert "reload it" in answer.get_data(as_text=True)


def test_too_large_a_request_is_refused(app, client):
    output = next(iter(app.callback_map))
    body = json.dumps({"output": output, "inputs": "x" * headers.LARGEST_REQUEST})
    answer = client.post(
        "/_dash-update-component", data=body, content_type="application/json", buffered=True
    )
    assert answer.status_code in (400, 413)


def test_brackets_without_end_are_refused(client):
    body = "[" * 100_000 + "]" * 100_000
    answer = client.post(
        "/_dash-update-component", data=body, content_type="application/json", buffered=True
    )
    assert answer.status_code == 400
    assert answer.get_data(as_text=True) == "This is no request of this page.\n"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"outputs": []},
        {"outputs": 7, "inputs": []},
        {"outputs": {}, "inputs": []},
        {"outputs": [{}], "inputs": []},
        {"inputs": [7]},
        {"inputs": [], "state": "x"},
        {"inputs": [{}]},
        {"inputs": [{"id": [], "property": {}}]},
        {"inputs": [[[]]]},
        {"changedPropIds": [[]]},
        {"changedPropIds": ["x"]},
    ],
)
def test_a_callback_with_half_its_parts_is_refused(app, client, parts, caplog):
    several = next(name for name in app.callback_map if name.startswith(".."))
    one = next(name for name in app.callback_map if not name.startswith(".."))
    for name in (several, one):
        wrong = {**parts, "output": name}
        if name == one and wrong.get("outputs") == {}:
            wrong["outputs"] = [{}]
        answer = client.post("/_dash-update-component", json=wrong, buffered=True)
        assert answer.status_code == 400
        assert answer.get_data(as_text=True) == "This is no request of this page.\n"
    assert not [r for r in caplog.records if r.exc_info]


JUNK = [
    *(None, 7, 0.5, "x", {}, [None], [7, {}], True),
    {"query": [], "mode": []},
    {"query": {"tab": [[]], "study": [{}]}, "mode": {}},
    {"query": {"method": {}}},
    "\ud800",
]


@pytest.mark.parametrize("value", JUNK)
def test_no_value_of_a_control_makes_a_callback_fail(app, client, value, caplog):
    for asked in client.get("/_dash-dependencies").get_json():
        if asked["clientside_function"]:
            continue
        body = callback_body(asked, value)
        answer = client.post("/_dash-update-component", json=body, buffered=True)
        assert answer.status_code in (200, 204, 400), asked["output"]
        assert not [r for r in caplog.records if r.exc_info], asked["output"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"title": "\\ud800"}', 400),
        ('["\\uDFFF\\ud800"]', 400),
        ('{"\\udc00": ' + "[" * 100_000, 400),  # nested too deeply to be looked at
        ('{"title": "\\ud83d\\ude00"}', 405),
        ('{"title": "\\\\ud800"}', 405),
    ],
)
def test_half_a_letter_is_no_text(client, text, status):
    # Nothing can be written of it, nor stored: it failed wherever it came to.
    answer = client.post("/boards/x/y/z", data=text, content_type="application/json", buffered=True)
    assert answer.status_code == status


def test_what_the_browser_does_by_itself_is_not_asked_for(client, caplog):
    found = client.get("/_dash-dependencies").get_json()
    own = [one for one in found if one["clientside_function"] and one["output"].count(".") == 1]
    for asked in own[:2]:
        body = callback_body(asked, None)
        answer = client.post("/_dash-update-component", json=body, buffered=True)
        assert answer.status_code == 400
    assert own
    assert not [r for r in caplog.records if r.exc_info]


def callback_body(asked, value):
    """A request as Dash's page makes it, with one value for all inputs and states."""
    parts = [name.rsplit(".", 1) for name in asked["output"].strip(".").split("...")]
    outputs = [{"id": part, "property": of.partition("@")[0]} for part, of in parts]
    return {
        "output": asked["output"],
        "outputs": outputs if asked["output"].startswith("..") else outputs[0],
        "inputs": [{**one, "value": value} for one in asked["inputs"]],
        "state": [{**one, "value": value} for one in asked["state"]],
        "changedPropIds": [f"{one['id']}.{one['property']}" for one in asked["inputs"][:1]],
    }


def failing() -> Flask:
    server = Flask("failing")
    errors.answer_failures(server, callbacks={})

    @server.get("/fails")
    def fails() -> str:
        raise ValueError("secret detail")

    @server.get("/aborts")
    def aborts() -> str:
        abort(500, "secret detail")

    @server.get("/after")
    def after() -> str:
        return "fine"

    @server.after_request
    def break_after(response):
        from flask import request

        if request.path == "/after":
            raise ValueError("secret detail")
        return response

    return server


@pytest.mark.parametrize("path", ["/fails", "/aborts", "/after"])
def test_a_failure_anywhere_is_a_number_in_the_browser_and_all_in_the_log(path, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing().test_client().get(path)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    found = re.fullmatch(
        r"The program failed on that\. The log has the details under ([0-9a-f]{8})\.\n", text
    )
    assert found, text
    assert f"GET {path} failed, reference {found.group(1)}" in caplog.text
    assert "secret detail" in caplog.text


def test_other_errors_stay_what_they_are():
    server = failing()
    assert server.test_client().get("/nothing").status_code == 404
    assert server.test_client().post("/fails").status_code == 405


# -- callbacks cannot name a file ------------------------------------------------------------------

MARK = "planted-7f3a"
_opened: list[str] | None = None


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _opened is not None and event in ("open", "os.listdir", "os.scandir"):
        _opened.append(str(arguments[0]))


@pytest.fixture
def opened(monkeypatch):
    """Every path Python opens or lists."""
    names: list[str] = []
    sys.addaudithook(_note)  # it cannot be taken away; it notes nothing outside this fixture
    monkeypatch.setattr(sys.modules[__name__], "_opened", names)
    return names


def paths_of(folder):
    secret = folder / f"{MARK}.txt"
    secret.write_text(f"contents of {MARK}")
    up = "../" * 12
    return [str(secret), f"{up}{secret}", f"{up}{secret}\0", f"file://{secret}", str(folder)]


def body_of(dependency, value):
    """A callback as the browser would ask for it, with one value wherever it takes one."""
    output = dependency["output"]
    names = output.strip(".").split("...")
    outputs = [dict(zip(("id", "property"), n.rsplit(".", 1), strict=True)) for n in names]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [{**i, "value": value} for i in dependency["inputs"]],
        "state": [{**s, "value": value} for s in dependency["state"]],
        "changedPropIds": [f"{i['id']}.{i['property']}" for i in dependency["inputs"]],
    }


def test_no_callback_opens_a_file_a_browser_names(client, tmp_path, opened):
    dependencies = json.loads(client.get("/_dash-dependencies", buffered=True).data)
    served = [d for d in dependencies if not d.get("clientside_function")]
    assert len(served) >= 5
    shapes = (
        lambda path: path,
        lambda path: {"query": {"study": [path], "method": [path], "at": [path]}, "mode": path},
        lambda path: {"query": {key: [path] for key in ("tab", "sel", "seeds", "exclude")}},
        lambda path: [path],
    )
    paths = paths_of(tmp_path)
    opened.clear()
    answers = 0
    for dependency in served:
        for path in paths:
            for shape in shapes:
                body = body_of(dependency, shape(path))
                answer = client.post("/_dash-update-component", json=body, buffered=True)
                assert f"contents of {MARK}" not in answer.get_data(as_text=True)
                answers += answer.status_code == 200
    assert answers
    assert not [name for name in opened if MARK in name or str(tmp_path) == name]


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../dashboard/server/settings.py",
        "/assets/..%2fdashboard/settings.py",
        "/assets/%2e%2e/README.md",
        "/assets//etc/passwd",
        "/static/../dashboard/server/settings.py",
        "/_dash-component-suites/dash/../../dash/dash.py",
        "/_dash-component-suites/dash/dash.py",
        "/_dash-component-suites/os/os.py",
        "/_dash-component-suites/dashboard/server/settings.py",
    ],
)
def test_no_address_is_a_file_outside_the_assets(client, path, caplog):
    answer = client.get(path, buffered=True)
    text = answer.get_data(as_text=True)
    assert "SettingsError" not in text
    assert "root:" not in text
    assert "import " not in text
    assert answer.status_code < 500


def kept_files(app):
    """What is kept compressed, by key."""
    (kept,) = (
        function.__self__.cache._kept
        for function in app.server.after_request_funcs[None]
        if isinstance(getattr(function, "__self__", None), Compress)
    )
    return kept


def test_a_large_answer_is_compressed_as_a_small_one_is():
    server = Flask(__name__)
    headers.prepare(server, script_hashes=(), private=False)
    server.add_url_rule("/<int:size>", view_func=lambda size: {"text": "ab c" * size})

    @server.get("/kept")
    def kept():
        body = brotli.compress(os.urandom(2 * headers.LARGE), quality=1)
        return Response(body, mimetype="application/json", headers={"Content-Encoding": "br"})

    client = server.test_client()
    # One from memory is compressed already.
    kept_one = client.get("/kept", headers={"Accept-Encoding": "br"}).data
    assert len(brotli.decompress(kept_one)) == 2 * headers.LARGE
    for size in (2_000, headers.LARGE):
        found = client.get(f"/{size}", headers={"Accept-Encoding": "gzip, br"})
        assert found.headers["Content-Encoding"] == "br"
        assert found.headers["Vary"] == "Accept-Encoding"
        assert json.loads(brotli.decompress(found.data)) == {"text": "ab c" * size}
        assert int(found.headers["Content-Length"]) == len(found.data)
        for spoken in ("gzip", "br;q=0, gzip"):
            other = client.get(f"/{size}", headers={"Accept-Encoding": spoken})
            assert other.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in client.get(f"/{size}").headers


def test_addresses_that_were_made_up_are_not_kept(app, client):
    page = client.get("/", buffered=True).get_data(as_text=True)
    found = re.findall(r'src="(/[^"]+\.js[^"]*)"', page)
    asset = next(
        address for address in found if address.startswith("/assets/") and "?m=" in address
    )
    bundle = next(a for a in found if re.search(r"\.v\w+m\d+\.", a))
    accept = {"Accept-Encoding": "br, gzip"}
    for address in (asset, bundle):
        true = client.get(address, headers=accept, buffered=True)
        assert "immutable" in true.headers["Cache-Control"]
    for form in ("br", "gzip"):
        client.get(re.sub(r"m\d+\.", "m1.", bundle), headers={"Accept-Encoding": form})
    kept = kept_files(app)
    entries, size = len(kept), kept.currsize
    for n in range(100):
        for address in (
            f"{asset.partition('?')[0]}?m={n}",
            f"{asset}&n={n}",
            re.sub(r"m\d+\.", f"m{n}.", bundle),
        ):
            answer = client.get(address, headers=accept, buffered=True)
            assert answer.status_code == 200
            assert "immutable" not in answer.headers["Cache-Control"]
    assert (len(kept), kept.currsize) == (entries, size)


def test_what_has_not_changed_says_little_and_fonts_are_asked_for_once_a_day(client):
    font = client.get("/assets/fonts/inter-latin-wght-normal.woff2", buffered=True)
    assert font.headers["Cache-Control"] == "public, max-age=86400"
    assert set(headers.POLICIES) <= set(font.headers.keys())
    same = client.get(
        "/assets/fonts/inter-latin-wght-normal.woff2",
        headers={"If-None-Match": font.headers["ETag"]},
        buffered=True,
    )
    assert same.status_code == 304
    assert same.headers["Cache-Control"] == "public, max-age=86400"
    assert not set(headers.POLICIES) & set(same.headers.keys())


def test_what_is_kept_compressed_has_a_bound():
    files = headers.CompressedFiles(most=10)
    for n in range(10):
        files.set(f"br;{n}", b"12345")
    files.set("br;", b"1")
    files.set("br;large", b"x" * 11)
    assert [n for n in range(10) if files.get(f"br;{n}")] == [8, 9]
    assert files.get("br;large") is files.get("br;") is None


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (BusyError, 503, "ask again"),
        (ClientGoneError, 503, "ask again"),
        (MemoryError, 507, "memory"),
    ],
)
def test_what_is_no_failure_has_no_traceback(caplog, fault, status, words):
    server = Flask("busy")
    errors.answer_failures(server, callbacks={})

    @server.get("/take")
    def take() -> str:
        raise fault

    answer = server.test_client().get("/take")
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)
    # To the page, which asks again, what is not there yet is no failure.
    waiting = server.test_client().get("/take", headers={WAITS: "1"})
    assert waiting.status_code == (202 if status == 503 else status)
    assert waiting.get_data() == answer.get_data()
    assert waiting.headers.get("Retry-After") == answer.headers.get("Retry-After")
    assert not [record for record in caplog.records if record.exc_info]


def test_a_callback_that_is_busy_is_to_be_asked_again(app, client, monkeypatch):
    def busy(*_args: object, **_kwargs: object) -> None:
        raise BusyError

    monkeypatch.setattr(app.server.config["APP_CONTEXT"].cache, "find", busy)
    output = next(
        name
        for name, found in app.callback_map.items()
        if found["inputs"] and found["inputs"][0]["id"] == "figure-input-balance" and ".." in name
    )
    outputs = [part.rpartition(".") for part in output.strip(".").split("...")]
    body = {
        "output": output,
        "outputs": [{"id": name, "property": prop} for name, _, prop in outputs],
        "inputs": [{"id": "figure-input-balance", "property": "data", "value": {"query": {}}}],
        "changedPropIds": ["figure-input-balance.data"],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    answer = client.post("/_dash-update-component", json=body, headers={WAITS: "1"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (202, "1")
    assert answer.headers["Cache-Control"] == "no-store"
