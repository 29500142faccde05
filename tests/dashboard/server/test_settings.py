from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest

from dashboard.server.settings import EXAMPLE_STUDY, SETTINGS, Auth, Settings, SettingsError
from tests.processes import DASHBOARD, ended

ROOT = Path(__file__).parents[3]


def test_defaults():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)
    assert settings.studies == (EXAMPLE_STUDY,)
    assert settings.url == "http://127.0.0.1:8050"


def test_an_empty_variable_is_one_that_was_not_set():
    assert (
        Settings.from_environment({setting.name: "" for setting in SETTINGS.values()}) == Settings()
    )


def test_several_studies_each_once(tmp_path):
    text = os.pathsep.join(["a", "b"]) + ",c, a"
    assert Settings.from_environment({"STUDY": text}).studies == (Path("a"), Path("b"), Path("c"))
    odd = tmp_path / "one,folder"
    odd.mkdir()
    assert Settings.from_environment({"STUDY": str(odd)}).studies == (odd,)


@pytest.mark.parametrize(
    ("name", "value", "todo"),
    [
        ("PORT", "80 80", "whole number from 1 to 65535"),
        ("PORT", "0", "whole number"),
        ("PORT", "70000", "whole number"),
        ("CACHE_SIZE_MB", "much", "whole number"),
        ("LOG_LEVEL", "loud", "one of DEBUG, INFO"),
        ("PATIENCE_S", "soon", "number of seconds"),
        ("PATIENCE_S", "-1", "number of seconds"),
        ("PATIENCE_S", "nan", "number of seconds"),
        ("MEMORY_MB", "much", "whole number from 1"),
        ("JOBS", "0", "whole number from 1"),
        ("JOB_DEADLINE_S", "1.5", "whole number from 1"),
        ("REDIS_URL", "localhost:6379", "give redis://HOST:PORT/NUMBER"),
        ("HOST", "a b", "host name"),
        ("STUDY", " , ", "folder of at least one study"),
        ("AUTH", "ldap", "one of none, basic, proxy"),
        ("AUTH_HEADER", "X_User", "name of a header, such as Remote-User"),
        ("TRUSTED_PROXIES", "proxy", "'proxy' is no address and no network; give addresses"),
        ("TRUSTED_PROXIES", "::/0", "'::/0' is everybody; give addresses or networks"),
        ("ALLOW_ANONYMOUS", "yes", "give 1 or 0"),
        ("WEB_CONCURRENCY", "0", "whole number from 1 to 256"),
        ("LOG_FORMAT", "xml", "one of text, json"),
    ],
)
def test_a_bad_value_is_one_line_that_says_what_to_do(name, value, todo):
    with pytest.raises(SettingsError) as error:
        Settings.from_environment({name: value})
    assert str(error.value).startswith(f"{name} is ")
    assert todo in str(error.value)
    assert "\n" not in str(error.value)


def test_what_a_way_to_log_in_needs():
    with pytest.raises(SettingsError, match=r"AUTH_FILE is not set, and AUTH=basic needs it; give"):
        Settings.from_environment({"AUTH": "basic"})
    with pytest.raises(SettingsError, match=r"TRUSTED_PROXIES is not set, and AUTH=proxy needs"):
        Settings.from_environment({"AUTH": "proxy"})
    basic = Settings.from_environment({"AUTH": "Basic", "AUTH_FILE": "~/users"})
    assert (basic.auth, basic.auth_file) == (Auth.BASIC, Path("~/users").expanduser())
    proxy = Settings.from_environment(
        {"AUTH": "proxy", "TRUSTED_PROXIES": "127.0.0.1, unix", "AUTH_HEADER": "Remote-User"}
    )
    assert proxy.auth_header == "Remote-User"
    assert "127.0.0.1" in proxy.trusted_proxies
    assert proxy.trusted_proxies.unix


def test_where_gunicorn_listens():
    assert Settings().bind == "127.0.0.1:8050"
    assert Settings(host="::1", port=80).bind == "[::1]:80"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8050"), ("::1", "http://[::1]:8050")],  # noqa: S104
)
def test_the_address_is_one_a_browser_can_open(host, url):
    assert Settings(host=host).url == url


def test_every_variable_the_program_reads_is_in_the_table_of_the_readme():
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.M))
    read = re.compile(r"""(?:environ\.get\(|environ\[|getenv\(|envvar=)["']([A-Z_]+)["']""")
    found = {
        name
        for folder in ("core", "dashboard")
        for path in (ROOT / folder).rglob("*.py")
        for name in read.findall(path.read_text())
    }
    assert {"CACHE_DIR", "CHROMIUM", "DASK_SCHEDULER_ADDRESS"} <= found
    assert found - {"REMOTE_ADDR"} <= table  # that one is a request's


def test_the_table_of_the_readme_is_made_of_the_settings():
    rows = "\n".join(setting.row(getattr(Settings, name)) for name, setting in SETTINGS.items())
    assert f"|---|---|---|\n{rows}\n" in (ROOT / "README.md").read_text()


def test_the_program_ends_with_2_for_a_setting_and_1_for_a_taken_port(tmp_path):
    bad = ended(DASHBOARD, tmp_path, PORT="x")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "PORT is 'x'; give a whole number from 1 to 65535\n"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy = ended(DASHBOARD, tmp_path, PORT=str(port), STUDY=str(tmp_path))
    assert (busy.returncode, busy.stdout) == (1, "")
    assert busy.stderr.startswith(f"cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert busy.stderr.count("\n") == 1
