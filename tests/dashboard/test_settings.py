from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.settings import EXAMPLE_STUDY, SETTINGS, Settings, SettingsError

ROOT = Path(__file__).parents[2]


def test_defaults():
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)
    assert settings.studies == (EXAMPLE_STUDY,)
    assert settings.url == "http://127.0.0.1:8050"


def test_an_empty_variable_is_one_that_was_not_set():
    assert Settings.from_environment(dict.fromkeys(SETTINGS, "")) == Settings()


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
        ("HOST", "a b", "host name"),
        ("STUDY", " , ", "folder of at least one study"),
    ],
)
def test_a_bad_value_is_one_line_that_says_what_to_do(name, value, todo):
    with pytest.raises(SettingsError) as error:
        Settings.from_environment({name: value})
    assert str(error.value).startswith(f"{name} is ")
    assert todo in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:8050"), ("::1", "http://[::1]:8050")],  # noqa: S104
)
def test_the_address_is_one_a_browser_can_open(host, url):
    assert Settings(host=host).url == url


def test_every_setting_is_in_the_table_of_the_readme():
    rows = re.findall(r"^\|\s*`(\w+)`", (ROOT / "README.md").read_text(), flags=re.MULTILINE)
    assert set(SETTINGS) <= set(rows), f"README lacks {set(SETTINGS) - set(rows)}"


def test_the_program_ends_with_2_for_a_setting_and_1_for_a_taken_port(tmp_path):
    import socket

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dashboard"],
            cwd=ROOT,
            env={**os.environ, "CACHE_DIR": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    bad = run(PORT="x")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "PORT is 'x'; give a whole number from 1 to 65535\n"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy = run(PORT=str(port), STUDY=str(tmp_path))
    assert (busy.returncode, busy.stdout) == (1, "")
    assert busy.stderr.startswith(f"cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert busy.stderr.count("\n") == 1
