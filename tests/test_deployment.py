"""What is given to those who run it: container, compose file, nginx, systemd, documentation."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from http.client import HTTPSConnection
from importlib.metadata import distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dashboard.server.metrics import Metrics
from dashboard.server.settings import SETTINGS, Settings
from tests.processes import GUNICORN, free_port, running
from tests.studies import write_study_files

ROOT = Path(__file__).parents[1]
DIGEST = re.compile("sha256:[0-9a-f]{64}")
VARIABLES = {setting.name for setting in SETTINGS.values()}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, rest), continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1].strip()) for line in lines]


def last(instruction: str) -> str:
    return [rest for name, rest in instructions() if name == instruction][-1]


def procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: shlex.split(rest) for name, _, rest in (line.partition(":") for line in lines)}


# -- the image -------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_else_and_starts_what_the_procfile_starts():
    assert last("USER") == "10001"
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("CMD")
    assert yaml.safe_load(last("CMD")) == procfile()["web"]
    first, *others = [rest.split() for name, rest in instructions() if name == "FROM"]
    assert [rest[0] for rest in others] == [first[-1]] * len(others)
    major, minor = sys.version_info[:2]
    tag, _, digest = first[0].partition("@")
    assert tag == f"python:{major}.{minor}-slim-bookworm" or minor != 11
    assert DIGEST.fullmatch(digest)


def test_the_image_holds_what_the_program_is_made_of_and_no_more():
    copied = set()
    for name, rest in instructions():
        if name == "COPY" and not rest.startswith("--from"):
            copied |= set(rest.split()[:-1])
    assert copied == {
        "requirements.lock",
        "deploy/libraries.sh",
        "gunicorn.conf.py",
        "core",
        "dashboard",
        "assets",
        "examples/atlantis/study",
        "examples/digits/study",
    }
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[0] == "*"
    assert {line[1:] for line in allowed if line.startswith("!")} == copied


def test_the_images_settings_are_settings_and_ask_for_a_login():
    given = dict(re.findall(r"(\w+)=(\S+)", last("ENV")))
    ours = {name: value for name, value in given.items() if name in VARIABLES}
    assert set(given) - set(ours) == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    settings = Settings.from_environment(ours)
    assert settings.auth == "basic"
    assert not settings.allow_anonymous


def test_the_images_health_is_asked_for_where_it_listens(tmp_path):
    command = yaml.safe_load(last("HEALTHCHECK").partition("CMD")[2])
    assert command[:2] == ["python", "-c"]
    study = write_study_files(tmp_path / "one").folder
    port = free_port()
    check = [sys.executable, *command[1:]]
    with running(
        [*GUNICORN, "--config", "gunicorn.conf.py", "dashboard.app:server"],
        tmp_path,
        port,
        fresh=True,
        STUDY=str(study),
        PORT=str(port),
    ):
        healthy = subprocess.run(check, env={"PORT": str(port)}, check=False, timeout=60)
    assert healthy.returncode == 0
    gone = subprocess.run(
        check, env={"PORT": str(port)}, check=False, timeout=60, stderr=subprocess.DEVNULL
    )
    assert gone.returncode != 0


# -- compose ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_web_worker_and_redis(compose):
    assert set(compose["services"]) == {"web", "worker", "redis"}
    assert compose["services"]["worker"]["command"] == procfile()["worker"]
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert "privileged" not in service, name
        assert not service.get("image", "").endswith(":latest"), name
        if "build" not in service:
            assert DIGEST.fullmatch(service["image"].partition("@")[2]), name


def test_only_the_host_reaches_web_and_only_web_and_worker_reach_redis(compose):
    services = compose["services"]
    assert [port.startswith("127.0.0.1:") for port in services["web"]["ports"]] == [True]
    assert "ports" not in services["redis"]
    assert "ports" not in services["worker"]
    assert "--requirepass ${REDIS_PASSWORD}" in services["redis"]["command"]
    assert services["redis"]["networks"] == services["worker"]["networks"] == ["inside"]
    assert compose["networks"]["inside"]["internal"] is True


def test_compose_sets_nothing_but_settings_and_studies_cannot_be_written(compose):
    for name in ("web", "worker"):
        service = compose["services"][name]
        assert set(service["environment"]) <= VARIABLES, name
        assert service["env_file"] == [{"path": ".env", "required": False}]
        studies = [v for v in service["volumes"] if ":/studies/" in v]
        assert [v.endswith(":ro") for v in studies] == [True]
    defaults = {
        name: re.sub(r"\$\{\w+:[-?]([^}]*)\}", r"\1", str(value))
        for name, value in compose["services"]["web"]["environment"].items()
    }
    assert defaults["REDIS_URL"].endswith("@redis:6379/0")
    settings = Settings.from_environment(defaults)
    assert settings.auth == "basic"
    assert settings.studies == (Path("/studies/atlantis"),)


# -- systemd and nginx -----------------------------------------------------------------------------


def test_systemd_starts_what_the_procfile_starts_on_the_socket_nginx_asks():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(ROOT / "deploy" / "transfer-atlas.service")
    service = unit["Service"]
    command = shlex.split(service["ExecStart"])
    assert command[0].endswith("/bin/gunicorn")
    socket = command[command.index("--bind") + 1]
    without = [word for word in command if word not in ("--bind", socket)]
    assert without[1:] == procfile()["web"][1:]
    assert f"server {socket};" in (ROOT / "deploy" / "nginx.conf").read_text()
    assert service["User"] not in ("", "root")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx here")
def test_behind_nginx(tmp_path, socket_path):
    study = write_study_files(tmp_path / "one").folder
    socket, plain, secure = socket_path, free_port(), free_port()
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
            str(tmp_path / "key"),
            "-out",
            str(tmp_path / "certificate"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    (tmp_path / "htpasswd").write_text("ada:{PLAIN}a long enough one\n")
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        ("unix:/run/transfer-atlas/web.sock", f"unix:{socket}"),
        ("/etc/ssl/certs/atlas.example.org.pem", str(tmp_path / "certificate")),
        ("/etc/ssl/private/atlas.example.org.key", str(tmp_path / "key")),
        ("/etc/nginx/transfer-atlas.htpasswd", str(tmp_path / "htpasswd")),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
    ):
        assert old in config, old
        config = config.replace(old, new)
    (tmp_path / "nginx.conf").write_text(
        f"user root;\ndaemon off;\npid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/nginx.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n"
        + "".join(
            f"{name}_temp_path {tmp_path}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        + f"{config}\n}}\n"
    )
    with running(
        [*GUNICORN, "--config", "gunicorn.conf.py", "-b", f"unix:{socket}", "dashboard.app:server"],
        tmp_path,
        str(socket),
        STUDY=str(study),
        AUTH="proxy",
        TRUSTED_PROXIES="unix",
    ) as server:
        # Who is not nginx is told nothing.
        assert server.ask("/")[0].status == 401
        nginx = subprocess.Popen(["nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)])
        try:
            check_nginx(secure, server)
        finally:
            nginx.terminate()
            nginx.wait(timeout=30)


def check_nginx(port, server):
    login = {"Authorization": f"Basic {b64encode(b'ada:a long enough one').decode()}"}

    def ask(path, method="GET", body=None, **headers):
        connection = HTTPSConnection(
            "localhost",
            port,
            timeout=60,
            context=ssl._create_unverified_context(),  # noqa: S323
        )
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=named)
            answer = connection.getresponse()
            return answer, answer.read().decode()
        finally:
            connection.close()

    deadline = time.monotonic() + 60
    while True:
        try:
            assert ask("/healthz")[0].status == 200
            break
        except OSError:
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.1)
    assert ask("/")[0].status == 401
    assert ask("/_dash-layout", X_Forwarded_User="eve")[0].status == 401
    answer, _ = ask("/who-is-it", X_Forwarded_User="eve", **login)
    assert answer.status == 404
    assert answer.getheader("Strict-Transport-Security")
    assert f"{answer.getheader('X-Request-ID')} ada]: GET /who-is-it 404" in server.said()
    assert " eve]" not in server.said()
    # This host is allowed to, without being somebody.
    assert ask("/metrics")[0].status == 200
    assert " prometheus]" not in server.said()
    asked = {"Content-Type": "application/json", **login}
    ours, foreign = {"Origin": f"https://localhost:{port}"}, {"Origin": "https://evil.example"}
    update = "/_dash-update-component"
    assert ask(update, "POST", "{}", **asked, **ours)[0].status == 400
    assert ask(update, "POST", "{}", **asked, **foreign)[0].status == 403
    assert ask(update, "POST", "x" * (5 * 2**20), **asked)[0].status == 413


# -- the documentation -----------------------------------------------------------------------------


def test_the_page_on_deployment_names_what_there_is():
    text = (ROOT / "docs" / "deployment.md").read_text()
    exposed = Metrics().exposition("")[0].decode()
    kinds = re.findall(r"^# TYPE (atlas_\w+) (?:counter|histogram|gauge)$", exposed, re.MULTILINE)
    families = {name for name in kinds if not name.endswith("_created")}
    assert set(re.findall(r"`(atlas_\w+)`", text)) == families
    for name in re.findall(r"`([A-Z][A-Z_]{3,})[`=]", text):
        assert name in VARIABLES or name in {"GUNICORN_CMD_ARGS", "DEBUG", "SIGTERM"}, name
    for link in re.findall(r"\]\(([^)#]+)", text):
        if not link.startswith("https:"):
            assert (ROOT / "docs" / link).exists(), link


def test_every_package_that_comes_along_is_pinned():
    """Also those that another Python version or platform would bring."""
    names = [
        "requirements.txt",
        *(f"requirements-{of}.txt" for of in ("dev", "cluster", "mlflow", "redis", "s3")),
    ]
    pinned = {
        canonicalize_name(line.split("==")[0].split("[")[0])
        for name in [*names, "constraints.txt"]
        for line in (ROOT / name).read_text().splitlines()
        if "==" in line
    }
    pythons = [
        {"extra": "", "python_version": minor, "python_full_version": f"{minor}.{patch}"}
        for minor in ("3.11", "3.12", "3.13")
        for patch in (0, 9)
    ]
    wanted = {
        canonicalize_name(needed.name)
        for package in distributions()
        if canonicalize_name(package.metadata["Name"]) in pinned
        for needed in map(Requirement, package.requires or ())
        for python in pythons
        if needed.marker is None or needed.marker.evaluate(python)
    }
    assert wanted <= pinned, wanted - pinned


def pins(*names: str) -> dict[str, str]:
    """Versions by package, of files of requirements."""
    lines = (line.split("#")[0] for name in names for line in (ROOT / name).read_text().split("\n"))
    found = [re.match(r"([\w.-]+)(?:\[.*])?==([^\s;\\]+)", line) for line in lines]
    return {canonicalize_name(one[1]): one[2] for one in found if one}


def test_the_lock_holds_what_is_deployed_and_a_hash_of_each_of_its_files():
    locked = pins("requirements.lock")
    asked = pins("requirements.txt", "requirements-redis.txt")
    assert asked.items() <= locked.items()
    assert locked.items() <= (asked | pins("constraints.txt")).items()
    there = {canonicalize_name(one.metadata["Name"]): one for one in distributions()}
    along = {
        canonicalize_name(needed.name)
        for name in locked
        if name in there
        for needed in map(Requirement, there[name].requires or ())
        if needed.marker is None or needed.marker.evaluate({"extra": ""})
    }
    assert along <= set(locked), along - set(locked)
    text = (ROOT / "requirements.lock").read_text()
    for entry in re.split(r"\n(?=[\w-]+==)", text.split("make lock\n")[1].strip()):
        files = re.findall(r"--hash=(sha256:[0-9a-f]{64})(?: \\|$)", entry, re.MULTILINE)
        assert files, entry
        assert len(entry.splitlines()) == 1 + len(files), entry
