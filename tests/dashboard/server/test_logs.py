from __future__ import annotations

import json
import logging
import re
import sys
from dataclasses import replace

import pytest
from flask import Flask, g

from dashboard.server import logs
from dashboard.server.access import guard
from dashboard.server.logs import RequestFilter, TextFormatter, json_formatter
from dashboard.server.settings import LogFormat, Settings


@pytest.fixture
def server():
    server = Flask("logged")
    logs.watch(server)

    @server.get("/")
    @server.get("/assets/<name>")
    @server.get("/<name>")
    def page(name: str = "") -> str:
        g.user = "ada"
        logging.getLogger("inside").info("working")
        return name

    return server


@pytest.fixture
def lines(caplog):
    """What the log would hold, as lines of text and as objects."""
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(RequestFilter())

    def read():
        text, objects = TextFormatter(), json_formatter()
        return [
            (text.format(record), json.loads(objects.format(record))) for record in caplog.records
        ]

    return read


def test_a_request_is_one_line_with_id_user_path_status_and_time(server, lines):
    answer = server.test_client().get("/", headers={"X-Request-ID": "abcd-1234"})
    assert answer.headers["X-Request-ID"] == "abcd-1234"
    (inside, inside_object), (line, found) = lines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d [\d:,]+ INFO dashboard\.server\.logs \[abcd-1234 ada\]:"
        r" GET / 200 [\d.]+ ms",
        line,
    )
    assert found["request_id"] == "abcd-1234"
    assert (found["user"], found["path"], found["method"]) == ("ada", "/", "GET")
    assert found["status"] == 200
    assert found["duration_ms"] >= 0
    assert found["address"] == "127.0.0.1"
    assert (found["level"], found["logger"]) == ("INFO", "dashboard.server.logs")
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", found["time"])
    assert inside.endswith("INFO inside [abcd-1234 ada]: working")
    assert inside_object["request_id"] == "abcd-1234"


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space", "evil\\n", "ünïcode1"])
def test_an_id_that_cannot_be_used_is_replaced(server, given):
    sent = given.encode().decode("latin-1")
    answer = server.test_client().get("/", headers={"X-Request-ID": sent})
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])


def test_ids_are_all_different(server):
    client = server.test_client()
    assert len({client.get("/").headers["X-Request-ID"] for _ in range(20)}) == 20


def test_nobody_writes_lines_of_their_own(server, lines):
    server.test_client().get("/x%0A2026-01-01 INFO all is well%1b[31m")
    text, found = lines()[-1]
    assert "\n" not in text
    assert "\x1b" not in text
    assert "\\n2026-01-01" in text
    assert found["path"].startswith("/x\n")


def test_a_traceback_keeps_its_lines_and_is_one_object(lines, caplog):
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("x").exception("failed\nbadly")
    text, found = lines()[0]
    assert "failed\\nbadly\nTraceback" in text
    assert "ValueError: broken" in found["exc_info"]
    assert found["request_id"] is None


def test_what_is_asked_all_the_time_is_quiet_unless_it_fails(server, caplog):
    caplog.set_level(logging.INFO, logger="dashboard.server.logs")
    server.test_client().get("/assets/style.css")
    server.test_client().get("/healthz")
    assert not [r for r in caplog.records if r.name == "dashboard.server.logs"]
    server.test_client().get("/assets/a/b")
    assert [r.status for r in caplog.records if r.name == "dashboard.server.logs"] == [404]


def test_requests_of_our_own_are_not_logged(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.test_client().get("/", environ_base=guard.INSIDE)
    assert not [r for r in caplog.records if r.name == "dashboard.server.logs"]


@pytest.mark.parametrize("kind", LogFormat)
def test_the_log_goes_to_standard_error_in_the_format_of_the_settings(kind, capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        root.handlers = []
        logs.configure_logging(replace(Settings(), log_format=kind, log_level="WARNING"))
        assert root.handlers[0].stream is sys.stderr
        logging.getLogger("x").info("unheard")
        logging.getLogger("x").warning("heard")
    finally:
        root.handlers = before
        root.setLevel(level)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    if kind is LogFormat.JSON:
        assert json.loads(said.err)["message"] == "heard"
    else:
        assert said.err.endswith(" WARNING x: heard\n")
