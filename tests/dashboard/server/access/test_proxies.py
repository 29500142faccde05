from __future__ import annotations

import pytest

from dashboard.server.access.proxies import (
    NO_PROXIES,
    THROUGH_PROXY,
    Forwarded,
    TrustedProxies,
    is_local,
    neighbourhood,
)


def test_networks_addresses_and_the_unix_socket():
    peers = TrustedProxies.parse("127.0.0.1, 10.0.0.7/8,2001:db8::/32 , unix")
    for inside in ("127.0.0.1", "10.200.0.1", "::ffff:10.1.1.1", "2001:db8::5", ""):
        assert inside in peers
    for outside in ("127.0.0.2", "11.0.0.1", "2001:db9::1", "unix", "10.0.0.1, 127.0.0.1", None):
        assert outside not in peers
    assert "" not in TrustedProxies.parse("127.0.0.1")


def test_nobody():
    assert not TrustedProxies.parse(" , ")
    assert not NO_PROXIES
    assert "" not in NO_PROXIES
    assert TrustedProxies.parse("unix")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10.0.0.0/33", "'10.0.0.0/33' is no address and no network"),
        ("proxy.example", "'proxy.example' is no address and no network"),
        ("10.0.0.1,0.0.0.0/0", "'0.0.0.0/0' is everybody"),
        ("::/0", "'::/0' is everybody"),
    ],
)
def test_what_is_no_peer(text, said):
    with pytest.raises(ValueError, match="is ") as error:
        TrustedProxies.parse(text)
    assert str(error.value) == said


@pytest.mark.parametrize("remote", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", ""])
def test_of_this_host(remote):
    assert is_local(remote)


@pytest.mark.parametrize(
    "remote",
    ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0", "localhost"],  # noqa: S104
)
def test_not_of_this_host(remote):
    assert not is_local(remote)


def test_one_guesser_has_a_whole_ipv6_network():
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2:ffff::") != ""
    assert neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")
    assert neighbourhood("") == "unix"


def seen_by_application(remote, headers, trusted="10.0.0.1"):
    seen = {}

    def application(environ, start_response):
        seen.update(environ)
        start_response("200 OK", [])
        return []

    environ = {"REMOTE_ADDR": remote, "wsgi.url_scheme": "http", **headers}
    forwarded = Forwarded(application, TrustedProxies.parse(trusted), identity_header="Remote-User")
    forwarded(environ, lambda *_: None)
    return seen


FORWARDED = {
    "HTTP_HOST": "inner:8050",
    "HTTP_X_FORWARDED_FOR": "192.0.2.7",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "atlas.example",
    "HTTP_REMOTE_USER": "ada",
}


def test_a_trusted_proxy_is_believed():
    seen = seen_by_application("10.0.0.1", FORWARDED)
    assert seen["REMOTE_ADDR"] == "192.0.2.7"
    assert seen["wsgi.url_scheme"] == "https"
    assert seen["HTTP_HOST"] == "atlas.example"
    assert seen["HTTP_REMOTE_USER"] == "ada"
    assert seen[THROUGH_PROXY] is True


def test_only_the_last_address_counts_the_others_are_the_clients_own_words():
    chain = {"HTTP_X_FORWARDED_FOR": "127.0.0.1, 192.0.2.7"}
    assert seen_by_application("10.0.0.1", chain)["REMOTE_ADDR"] == "192.0.2.7"


@pytest.mark.parametrize("remote", ["10.0.0.2", "127.0.0.1", "", "10.0.0.1 "])
def test_nobody_else_is_believed(remote):
    seen = seen_by_application(
        remote, {**FORWARDED, "HTTP_FORWARDED": "for=1.1.1.1", "HTTP_X_REAL_IP": "1.1.1.1"}
    )
    assert seen["REMOTE_ADDR"] == remote
    assert seen["wsgi.url_scheme"] == "http"
    assert seen["HTTP_HOST"] == "inner:8050"
    assert not [name for name in seen if "FORWARDED" in name or "REAL_IP" in name]
    assert "HTTP_REMOTE_USER" not in seen
    assert THROUGH_PROXY not in seen
