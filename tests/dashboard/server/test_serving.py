"""Real processes: where they listen, and why some do not start."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner
from gunicorn.config import Config

from core.io import inspect_study
from dashboard.__main__ import main
from dashboard.server.access.bind_check import ExposedError, place_of, places_of, refuse_exposed
from dashboard.server.access.users import add_user
from dashboard.server.serving import HARDENING, described
from dashboard.server.settings import Auth, Settings
from dashboard.state.study_library import StudyEntry
from tests.processes import (
    APPLICATION,
    COMPUTE_BUDGET_S,
    DASHBOARD,
    GUNICORN,
    ROOT,
    ended,
    environment_of,
    free_port,
    running,
)
from tests.studies import write_study_files

GOOD = "a long enough one"
WHY = (
    "refusing to listen on {}: AUTH is none, so everybody who reaches this address could read the"
    " studies; set AUTH=basic or AUTH=proxy, listen on 127.0.0.1, or set ALLOW_ANONYMOUS=1 if that"
    " is what you want\n"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return str(write_study_files(tmp_path_factory.mktemp("served") / "one").folder)


def own_address() -> str | None:
    """An address of this machine that is no loopback; None where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address


# -- what is exposed -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["0.0.0.0", "::", "10.0.0.1", "::ffff:0.0.0.0", "a socket of x"])  # noqa: S104
def test_a_place_that_others_reach_is_refused(place):
    with pytest.raises(ExposedError) as error:
        refuse_exposed(Settings(), ["127.0.0.1", place])
    assert f"{error.value}\n" == WHY.format(place)
    refuse_exposed(Settings(allow_anonymous=True), [place])
    refuse_exposed(Settings(auth=Auth.PROXY), [place])
    refuse_exposed(Settings(auth=Auth.BASIC), [place])


def test_places_of_this_host_are_fine():
    refuse_exposed(Settings(), ["127.0.0.1", "127.1.2.3", "::1", ""])


def test_names_are_all_the_addresses_they_stand_for(monkeypatch):
    answers = [(2, 1, 6, "", ("127.0.1.1", 0)), (2, 1, 6, "", ("10.0.0.5", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert places_of("box") == ("127.0.1.1", "10.0.0.5")

    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert places_of("box") == ("box",)
    with pytest.raises(ExposedError, match="listen on box"):
        refuse_exposed(Settings(host="box"), places_of("box"))


def test_sockets_say_where_they_are(socket_path):
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as tcp:
        unix.bind(str(socket_path))
        tcp.bind(("127.0.0.1", 0))
        assert (place_of(unix), place_of(tcp)) == ("", "127.0.0.1")
    left, right = socket.socketpair(socket.AF_UNIX)
    left.close()
    right.close()


# -- processes that do not start -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "place"),
    [("0.0.0.0", "0.0.0.0"), ("::", "::"), ("nowhere.invalid", "nowhere.invalid")],  # noqa: S104
)
def test_python_m_dashboard_refuses_and_says_why(tmp_path, study, host, place):
    fresh = host == "0.0.0.0"  # noqa: S104
    port = str(free_port())
    result = ended(DASHBOARD, tmp_path, fresh=fresh, STUDY=study, HOST=host, PORT=port)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == WHY.format(place)


def procfile() -> list[str]:
    line = next(
        line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:")
    )
    program, *arguments = line.removeprefix("web:").split()
    assert program == "gunicorn"
    return [*GUNICORN, *arguments]


def exposed_ways(port: int) -> dict[str, tuple[list[str], dict[str, str]]]:
    plain = [*GUNICORN, APPLICATION]
    everywhere = f"0.0.0.0:{port}"
    return {
        "procfile, HOST": (procfile(), {"HOST": "0.0.0.0", "PORT": str(port)}),  # noqa: S104
        "procfile, HOST v6": (procfile(), {"HOST": "::", "PORT": str(port)}),
        "procfile, -b": ([*procfile(), "-b", everywhere], {}),
        "procfile, two": ([*procfile(), "-b", "127.0.0.1:0", "-b", everywhere], {}),
        "arguments of the environment": (
            procfile(),
            {"GUNICORN_CMD_ARGS": f"--bind {everywhere}"},
        ),
        "reuse port": ([*plain, "--reuse-port", "-b", everywhere], {}),
    }


@pytest.mark.parametrize("way", exposed_ways(0))
def test_gunicorn_refuses_and_says_why(tmp_path, study, way):
    command, given = exposed_ways(free_port())[way]
    fresh = way == "procfile, HOST"
    result = ended(command, tmp_path, fresh=fresh, STUDY=study, LOG_LEVEL="WARNING", **given)
    assert result.returncode == 2, result.stderr
    place = "::" if "v6" in way else "0.0.0.0"  # noqa: S104
    assert WHY.format(place) in result.stderr
    assert "Traceback" not in result.stderr
    assert "Booting worker" not in result.stderr


def test_gunicorn_refuses_a_socket_that_was_opened_for_it(tmp_path, study):
    with socket.socket() as opened:
        opened.bind(("0.0.0.0", 0))  # noqa: S104
        opened.listen()
        result = subprocess.run(
            [*GUNICORN, APPLICATION, "-b", f"fd://{opened.fileno()}"],
            cwd=ROOT,
            env=environment_of(tmp_path, STUDY=study),
            pass_fds=[opened.fileno()],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert result.returncode == 2
    assert WHY.format("0.0.0.0") in result.stderr  # noqa: S104


def test_a_bad_setting_or_no_users_end_gunicorn_with_one_line(tmp_path, study):
    result = ended(procfile(), tmp_path, STUDY=study, CACHE_SIZE_MB="much")
    assert result.returncode == 2
    assert result.stderr == "CACHE_SIZE_MB is 'much'; give a whole number from 1 to 10000000\n"
    path = tmp_path / "users"
    for command in (procfile(), DASHBOARD):
        result = ended(
            command, tmp_path, STUDY=study, PORT=str(free_port()), AUTH="basic", AUTH_FILE=str(path)
        )
        assert result.returncode == 2
        assert result.stderr == (
            f"there is no file of users at {path}; make it with: python -m dashboard user add"
            " NAME\n"
        )


# -- processes that start --------------------------------------------------------------------------


def test_gunicorn_on_this_host_needs_no_login(tmp_path, study):
    port = free_port()
    with running(procfile(), tmp_path, port, fresh=True, STUDY=study, PORT=str(port)) as server:
        assert server.ask("/")[0].status == 200
        assert server.ask("/", headers={"Host": "atlas.example"})[0].status == 403
        # gunicorn itself believes no header about who asks, and drops look-alikes.
        answer, text = server.ask(
            "/",
            headers={"SCRIPT_NAME": "/x", "X-Forwarded-Proto": "https", "Remote_Addr": "1.1.1.1"},
        )
        assert answer.status == 200
        assert 'src="/' in text
        # The whole state of a large study is in the address.
        long = f"/?select={'x' * 8000}"
        assert server.ask(long)[0].status == 200
        assert server.ask(f"{long}{'x' * 300}")[0].status == 414
    assert "Traceback" not in server.said()


def test_gunicorn_on_a_unix_socket_needs_no_login_and_keeps_others_off(
    tmp_path, socket_path, study
):
    path = str(socket_path)
    with running([*procfile(), "-b", f"unix:{path}"], tmp_path, path, STUDY=study) as server:
        assert server.ask("/")[0].status == 200
        assert server.ask("/", headers={"Host": "atlas.example"})[0].status == 403
        assert os.stat(path).st_mode & 0o007 == 0  # noqa: PTH116


def test_gunicorn_everywhere_with_a_login(tmp_path, study):
    port = free_port()
    users = tmp_path / "users"
    add_user(users, "ada", GOOD)
    everywhere = {"HOST": "0.0.0.0", "PORT": str(port)}  # noqa: S104
    login = base64.b64encode(f"ada:{GOOD}".encode()).decode()
    with running(
        procfile(), tmp_path, port, STUDY=study, AUTH="basic", AUTH_FILE=str(users), **everywhere
    ) as server:
        assert server.ask("/")[0].status == 401
        assert server.ask("/metrics")[0].status == 401
        assert server.ask("/healthz")[0].status == 200
        assert server.ask("/", headers={"Authorization": f"Basic {login}"})[0].status == 200


def test_a_header_that_only_looks_like_the_proxys_does_not_arrive(tmp_path, study):
    port = free_port()
    settings = {"AUTH": "proxy", "TRUSTED_PROXIES": "127.0.0.1", "PORT": str(port)}
    with running(procfile(), tmp_path, port, STUDY=study, **settings) as server:
        assert server.ask("/", headers={"X-Forwarded-User": "ada"})[0].status == 200
        assert server.ask("/", headers={"X-Forwarded_User": "ada"})[0].status == 401
        assert server.ask("/", headers={"X_Forwarded_User": "ada"})[0].status == 401


def test_python_m_dashboard_everywhere_where_it_is_meant(tmp_path, study):
    port = free_port()
    given = {"HOST": "0.0.0.0", "PORT": str(port), "ALLOW_ANONYMOUS": "1"}  # noqa: S104
    with running(DASHBOARD, tmp_path, port, fresh=True, STUDY=study, **given) as server:
        assert server.ask("/", headers={"Host": "atlas.example"})[0].status == 200
        assert server.ask(f"/?select={'x' * 8000}")[0].status == 200


def test_with_a_configuration_of_somebodys_own_the_application_still_refuses(tmp_path, study):
    """Without our gunicorn.conf.py nothing keeps gunicorn from listening; nobody is let in."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    port = free_port()
    empty = tmp_path / "empty.conf.py"
    empty.touch()
    command = [*GUNICORN, "-c", str(empty), "-b", f"0.0.0.0:{port}", APPLICATION]
    with running(command, tmp_path, port, STUDY=study) as server:
        assert server.ask("/")[0].status == 200
        with socket.create_connection((address, port), timeout=60) as other:
            other.sendall(b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert other.recv(100).startswith(b"HTTP/1.0 403")


def test_a_reload_does_not_open_it_to_others(tmp_path, study):
    """SIGHUP reads the configuration again, and with it perhaps another address."""
    port = free_port()
    config = tmp_path / "changing.conf.py"
    ours = (ROOT / "gunicorn.conf.py").read_text()
    config.write_text(ours)
    command = [*GUNICORN, "-c", str(config), APPLICATION]
    with running(command, tmp_path, port, STUDY=study, PORT=str(port)) as server:
        config.write_text(f"{ours}\nbind = '0.0.0.0:{free_port()}'\n")
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(COMPUTE_BUDGET_S) == 2
        assert WHY.format("0.0.0.0").strip() in server.said()  # noqa: S104


def test_why_a_study_cannot_be_read_is_printed(tmp_path):
    file = tmp_path / "notes.csv"
    file.write_text("what,where\nfirst,here\n")
    head, why = described(StudyEntry("notes", file, None, inspect_study(file).problems)).split("\n")
    assert head == "notes: cannot be read, 1 problem"
    assert why.startswith("  notes.csv: no column for sources among what, where")


def test_python_m_dashboard_says_what_it_can_do():
    result = subprocess.run(
        [sys.executable, "-m", "dashboard", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "user" in result.stdout
    assert "Serve the dashboard" in result.stdout


@pytest.mark.parametrize("option", HARDENING)
def test_gunicorn_takes_every_option_that_it_is_started_with(option):
    # It counts the arguments of a hook, for one, and does not start where they are others.
    Config().set(option, HARDENING[option])


def test_a_file_that_is_not_there_is_not_called_a_command_alone():
    done = CliRunner().invoke(main, ["resluts.csv"])
    assert done.exit_code == 2
    assert done.stderr.endswith(
        "Error: no file or folder 'resluts.csv' is here, and no command has that name;"
        " there is user\n"
    )
