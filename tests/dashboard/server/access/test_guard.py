"""Every route is closed to who has no identity or a wrong one."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from dataclasses import replace

import pytest
from flask import Flask

from dashboard.app import create_app
from dashboard.server import health
from dashboard.server.access import guard
from dashboard.server.access.proxies import TrustedProxies
from dashboard.server.access.throttle import FREE_FAILURES, Throttle
from dashboard.server.access.users import UsersError, add_user, remove_user
from dashboard.server.settings import Auth, Settings
from tests.studies import write_study_files

GOOD = "a long enough one"
PROXY = "10.1.2.3"
ELSEWHERE = "192.0.2.9"
OPEN = {"/healthz"}
STATUS_ONLY = {"/readyz"}


def basic(name: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def settings(folder):
    study = write_study_files(folder / "secretstudy", cka=True)
    return Settings(studies=(study.folder,), cache_dir=folder / "cache")


@pytest.fixture(scope="module")
def by_password(settings, folder):
    add_user(folder / "users", "ada", GOOD)
    # Nobody fails to log in as her: for ada it depends on the time how long she has to wait.
    add_user(folder / "users", "grace", GOOD)
    return create_app(replace(settings, auth=Auth.BASIC, auth_file=folder / "users")).server


@pytest.fixture(scope="module")
def by_proxy(settings):
    trusted = TrustedProxies.parse(PROXY)
    return create_app(replace(settings, auth=Auth.PROXY, trusted_proxies=trusted)).server


@pytest.fixture(scope="module")
def by_nobody(settings):
    return create_app(settings).server


def small(throttle: Throttle | None = None, **changes) -> Flask:
    """A server with one route and nothing else but the doors."""
    server = Flask("small")
    server.get("/")(lambda: f"for {guard.user()}")
    guard.install(server, replace(Settings(), **changes), throttle=throttle)
    return server


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users"
    add_user(path, "ada", GOOD)
    return path


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def login(users, clock):
    server = small(Throttle(clock=clock), auth=Auth.BASIC, auth_file=users)

    def get(name="ada", password=GOOD, address="192.0.2.1"):
        return server.test_client().get(
            "/", headers=basic(name, password), environ_base={"REMOTE_ADDR": address}
        )

    return get


# -- every route -----------------------------------------------------------------------------------

WRONG_PASSWORDS = {
    "none": {},
    "wrong password": basic("ada", "wrong"),
    "no password": basic("ada", ""),
    "nobody of that name": basic("eve", GOOD),
    "no name": basic("", GOOD),
    "not Base64": {"Authorization": "Basic %%%"},
    "no colon": {"Authorization": "Basic YWRh"},
    "another scheme": {"Authorization": f"Bearer {GOOD}"},
    "a proxy's word": {"X-Forwarded-User": "ada", "X-Forwarded-For": "127.0.0.1"},
}
WRONG_WAYS = {
    "past the proxy": (ELSEWHERE, {}),
    "past the proxy, with its header": (ELSEWHERE, {"X-Forwarded-User": "ada"}),
    "from this host, with its header": ("127.0.0.1", {"X-Forwarded-User": "ada"}),
    "pretending an address": (
        ELSEWHERE,
        {"X-Forwarded-User": "ada", "X-Forwarded-For": PROXY, "X-Real-IP": PROXY},
    ),
    "the proxy says nothing": (PROXY, {}),
    "the proxy says an empty name": (PROXY, {"X-Forwarded-User": " "}),
    "two names": (PROXY, {"X-Forwarded-User": "ada,eve"}),
    "an endless name": (PROXY, {"X-Forwarded-User": "x" * 300}),
    "another header": (PROXY, {"Remote-User": "ada"}),
    "a password": (PROXY, basic("ada", GOOD)),
}


def addresses(server):
    """One address for every route, and some that no route has."""
    for rule in server.url_map.iter_rules():
        values = {name: "dash" if name == "package_name" else "x.js" for name in rule.arguments}
        with server.test_request_context():
            built = rule.build(values, append_unknown=False)
        assert built is not None, rule
        for method in sorted(rule.methods | {"GET", "POST", "DELETE"}):
            yield method, built[1]
    for path in ("/no/such/route", "/assets/../dashboard/app.py", "//healthz", "/healthz/", "/%00"):
        yield "GET", path
    yield "GET", "/assets/favicon.svg"


def ask_everything(server, headers, address):
    client = server.test_client()
    seen = []
    for method, path in addresses(server):
        answer = client.open(
            path,
            method=method,
            headers=headers,
            environ_base={"REMOTE_ADDR": address},
            data=b"{}" if method == "POST" else None,
            content_type="application/json" if method == "POST" else None,
            buffered=True,
        )
        text = answer.get_data(as_text=True)
        if path in OPEN:
            assert answer.status_code in (200, 405)
            continue
        if path in STATUS_ONLY and answer.status_code not in (403, 405):
            assert json.loads(text) == {"status": "ready"} if text else method != "GET"
            continue
        assert answer.status_code in (401, 403, 405, 429), (method, path, answer.status)
        assert len(text) < 300
        assert "secretstudy" not in text
        assert "Tiny" not in text
        assert "no-store" in answer.headers["Cache-Control"] or answer.status_code == 405
        seen.append((path, answer.status_code))
    paths = {path for path, status in seen if status != 405}
    assert {"/", "/_dash-update-component", "/_dash-layout", "/metrics"} <= paths
    assert "/assets/favicon.svg" in paths


@pytest.mark.parametrize("identity", WRONG_PASSWORDS)
def test_without_a_right_password_every_route_is_closed(by_password, identity):
    ask_everything(by_password, WRONG_PASSWORDS[identity], f"192.0.2.{len(identity)}")


@pytest.mark.parametrize("way", WRONG_WAYS)
def test_without_the_proxys_word_every_route_is_closed(by_proxy, way):
    address, headers = WRONG_WAYS[way]
    ask_everything(by_proxy, headers, address)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        (ELSEWHERE, "localhost"),
        ("127.0.0.1", "rebound.example:8050"),
        ("127.0.0.1", "127.0.0.1.example"),
        ("127.0.0.1", "localhost.example"),
        ("", "atlas.example"),
        ("127.0.0.1", "[2001:db8::1]:8050"),
        ("127.0.0.1", ""),
    ],
)
def test_without_a_login_every_route_is_closed_to_other_hosts(by_nobody, address, host):
    ask_everything(by_nobody, {"Host": host}, address)


def test_with_a_right_password_everything_is_there(by_password):
    client = by_password.test_client()
    headers = basic("grace", GOOD)
    for path in ("/", "/_dash-layout", "/metrics", "/assets/favicon.svg", "/readyz"):
        answer = client.get(path, headers=headers, buffered=True)
        assert answer.status_code == 200, path
        assert "Set-Cookie" not in answer.headers
    assert client.get("/", headers=headers).headers["Cache-Control"] == "private, no-cache"
    page = client.get("/", headers=headers).get_data(as_text=True)
    script = re.search(r'src="(/assets/[^"]+)"', page).group(1).replace("&amp;", "&")
    answer = client.get(script, headers=headers, buffered=True)
    assert answer.headers["Cache-Control"].startswith("private, ")


def test_a_path_of_nothing_is_closed_like_any_other(by_password):
    client = by_password.test_client()
    assert client.get("/nonsense/path").status_code == 401
    assert client.get("/nonsense/path", headers=basic("grace", GOOD)).status_code == 404


def test_with_the_proxys_word_everything_is_there(by_proxy):
    client = by_proxy.test_client()
    for path in ("/", "/_dash-layout", "/metrics", "/assets/favicon.svg", "/readyz"):
        answer = client.get(
            path,
            headers={"X-Forwarded-User": "ada"},
            environ_base={"REMOTE_ADDR": PROXY},
            buffered=True,
        )
        assert answer.status_code == 200, path


def test_every_way_to_name_this_host_is_open(by_nobody):
    client = by_nobody.test_client()
    hosts = ("localhost", "localhost:8050", "127.0.0.1:8050", "[::1]:8050", "[::1]", "a.localhost")
    for host in hosts:
        assert client.get("/", headers={"Host": host}).status_code == 200, host
    by_name = small(host="atlas.internal").test_client()
    assert by_name.get("/", headers={"Host": "Atlas.Internal:8050"}).status_code == 200
    assert by_name.get("/", headers={"Host": "other.internal:8050"}).status_code == 403


def test_anonymous_where_it_is_allowed():
    client = small(allow_anonymous=True).test_client()
    answer = client.get(
        "/", headers={"Host": "atlas.example"}, environ_base={"REMOTE_ADDR": ELSEWHERE}
    )
    assert answer.get_data(as_text=True) == "for None"


def test_what_the_refusals_say(by_password, by_proxy, by_nobody):
    asked = by_password.test_client().get("/")
    assert asked.headers["WWW-Authenticate"] == 'Basic realm="Transfer Atlas", charset=UTF-8'
    assert asked.get_data(as_text=True) == "Log in to see this.\n"
    wrong = by_password.test_client().get("/", headers=basic("bob", "x" * 12))
    assert wrong.get_data(as_text=True) == "Name or password is wrong.\n"
    past = by_proxy.test_client().get("/")
    assert past.get_data(as_text=True) == (
        "This address is open to the proxy alone that knows who you are.\n"
    )
    assert "WWW-Authenticate" not in past.headers
    silent = by_proxy.test_client().get("/", environ_base={"REMOTE_ADDR": PROXY})
    assert silent.get_data(as_text=True) == "The proxy did not say who you are.\n"
    local = by_nobody.test_client().get("/", headers={"Host": "x.example"})
    assert local.get_data(as_text=True) == (
        "Without a login this is open to its own host alone: ask for it on localhost, or have it"
        " set AUTH, or ALLOW_ANONYMOUS=1.\n"
    )


def test_requests_of_our_own_cannot_be_pretended(by_password):
    name = next(iter(guard.INSIDE))
    for environ in ({name: "1"}, {name: True}, {f"HTTP_{name}": "1"}, {name: object()}):
        assert by_password.test_client().get("/", environ_base=environ).status_code == 401
    assert by_password.test_client().get("/", environ_base=guard.INSIDE).status_code == 200


# -- who it is -------------------------------------------------------------------------------------


def test_the_name_is_known_to_the_request(login):
    assert login().get_data(as_text=True) == "for ada"
    proxy = small(
        auth=Auth.PROXY, trusted_proxies=TrustedProxies.parse("unix"), auth_header="Remote-User"
    ).test_client()
    answer = proxy.get(
        "/",
        headers={"Remote-User": "Zoë".encode().decode("latin-1")},
        environ_base={"REMOTE_ADDR": ""},
    )
    assert answer.get_data(as_text=True) == "for Zoë"


def test_a_removed_user_is_out_at_once(login, users):
    add_user(users, "bob", GOOD)
    assert login("bob").status_code == 200
    remove_user(users, "bob")
    assert login("bob").status_code == 401
    assert login("ada").status_code == 200


def test_without_a_user_nothing_starts(tmp_path, users):
    with pytest.raises(UsersError, match="there is no file of users"):
        small(auth=Auth.BASIC, auth_file=tmp_path / "gone")
    remove_user(users, "ada")
    with pytest.raises(UsersError, match=r"there is no user in .*; add one with: python -m"):
        small(auth=Auth.BASIC, auth_file=users)


# -- guessing --------------------------------------------------------------------------------------


def test_after_some_failures_one_has_to_wait_even_with_the_right_password(login, clock):
    for _ in range(FREE_FAILURES):
        assert login(password="wrong").status_code == 401
    slowed = login(password="wrong")
    assert slowed.status_code == 429
    assert slowed.headers["Retry-After"] == "1"
    assert "try again in 1 second." in slowed.get_data(as_text=True)
    assert login().status_code == 429
    clock.now += 1
    assert login(password="wrong").status_code == 401
    assert "try again in 2 seconds." in login().get_data(as_text=True)
    clock.now += 2
    assert login().status_code == 200


def test_a_user_is_guarded_against_many_addresses(login):
    for n in range(FREE_FAILURES):
        login(password="wrong", address=f"198.51.100.{n}")
    assert login(address="198.51.100.200").status_code == 429


def test_an_address_cannot_go_through_many_users(login, users):
    add_user(users, "bob", GOOD)
    for n in range(FREE_FAILURES):
        login(name=f"user{n}", password="wrong")
    assert login("bob").status_code == 429
    assert login("bob", address="192.0.2.77").status_code == 200


def test_who_is_logged_in_stays_so_while_others_guess(login):
    assert login().status_code == 200
    for n in range(3 * FREE_FAILURES):
        login(password=f"wrong{n}", address=f"198.51.100.{n}")
    assert login(address="198.51.100.1").status_code == 200


def test_the_open_status_is_no_place_to_guess(users, clock):
    server = small(Throttle(clock=clock), auth=Auth.BASIC, auth_file=users)
    health.register(server, {})

    def guess(path):
        return server.test_client().get(path, headers=basic("zed", "x"))

    statuses = [guess("/readyz").get_json() for _ in range(FREE_FAILURES)]
    assert statuses == [{"status": "ready"}] * FREE_FAILURES
    assert guess("/").status_code == 429


def test_threads_that_guess_at_once_get_no_more_tries(users, clock, monkeypatch):
    server = small(Throttle(clock=clock), auth=Auth.BASIC, auth_file=users)
    statuses = []

    def guess(n):
        answer = server.test_client().get("/", headers=basic("ada", f"wrong{n}"))
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(4 * FREE_FAILURES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses.count(401) == FREE_FAILURES
    assert statuses.count(429) == 3 * FREE_FAILURES


def test_a_queue_that_is_too_long_is_sent_away(login, monkeypatch):
    monkeypatch.setattr(guard, "CHECK_SECONDS", 0.01)
    original = guard.Passwords.is_right
    inside, go = threading.Event(), threading.Event()

    def slow(self, name, password):
        inside.set()
        go.wait(300)
        return original(self, name, password)

    monkeypatch.setattr(guard.Passwords, "is_right", slow)
    first = threading.Thread(target=login)
    first.start()
    assert inside.wait(300)
    second = login(password="another one")
    go.set()
    first.join()
    assert second.status_code == 429
    assert login().status_code == 200


def test_failures_are_logged_without_what_was_typed(login, caplog):
    with caplog.at_level(logging.WARNING):
        login(password="typed-secret")
        login(name="typed-secret", password="x")
    assert [record.getMessage() for record in caplog.records] == [
        "login of ada from 192.0.2.1 failed",
        "login of an unknown user from 192.0.2.1 failed",
    ]


# -- origins ---------------------------------------------------------------------------------------

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "nonsense", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:9999"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "ftp://localhost"},
    {"Origin": "http://[broken"},
    {"Origin": ""},
]
OURS = [
    {},
    {"Origin": "http://localhost"},
    {"Origin": "https://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://seen-outside.example"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_callbacks_refuse_pages_of_other_origins(by_nobody, headers):
    answer = by_nobody.test_client().post("/_dash-update-component", headers=headers, json={})
    assert answer.status_code == 403
    assert answer.get_data(as_text=True) == "This was asked from a page of another site.\n"


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_callbacks_answer_our_own_pages(by_nobody, headers):
    answer = by_nobody.test_client().post("/_dash-update-component", headers=headers, json={})
    assert answer.status_code == 400


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_is_read_is_refused_to_them_as_well(by_nobody, headers):
    # A browser that says no more than Origin says it of every fetch by another site's script.
    known = headers.get("Sec-Fetch-Site") not in (None, "cross-site", "same-site")
    answer = by_nobody.test_client().get("/editions", headers=headers)
    assert answer.status_code == (200 if known else 403)


@pytest.mark.parametrize("headers", OURS, ids=str)
def test_what_is_read_is_answered_to_our_own_pages(by_nobody, headers):
    assert by_nobody.test_client().get("/editions", headers=headers).status_code == 200


def test_behind_a_proxy_the_origin_is_what_the_browser_sees(by_proxy):
    headers = {"X-Forwarded-User": "ada", "X-Forwarded-Host": "atlas.example"}
    ask = by_proxy.test_client()

    def post(origin):
        return ask.post(
            "/_dash-update-component",
            headers={**headers, "Origin": origin},
            environ_base={"REMOTE_ADDR": PROXY},
            json={},
        ).status_code

    assert post("https://atlas.example") == 400
    assert post("http://localhost") == 403


def test_a_link_from_elsewhere_is_followed(by_nobody):
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert by_nobody.test_client().get("/", headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("kind", ["iframe", "image", "script", "empty"])
@pytest.mark.parametrize("address", ["/", "/report.html", "/take/x.csv", "/panel/pair"])
def test_another_page_makes_nothing_compute(by_nobody, site, kind, address):
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind}
    assert by_nobody.test_client().get(address, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "given", [b"Basic \xff\xfe", b"Basic /////w==", b"Basic", b"Basic =", b"\xff"]
)
def test_an_authorization_that_is_none_is_asked_for_again(by_password, caplog, given):
    answer = by_password.test_client().get("/", headers={"Authorization": given.decode("latin-1")})
    assert answer.status_code == 401
    assert "Traceback" not in caplog.text


def test_cookies_would_have_the_usual_flags(by_password):
    config = by_password.config
    assert config["SESSION_COOKIE_HTTPONLY"]
    assert config["SESSION_COOKIE_SECURE"]
    assert config["SESSION_COOKIE_SAMESITE"] == "Strict"
