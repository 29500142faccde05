"""Addresses: which are of this host, and from which of them forwarded headers are believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

UNIX = "unix"
"""What stands for a Unix socket where addresses are listed; its peers have none."""

THROUGH_PROXY = "transfer_atlas.through_proxy"
"""Set in a request's environ that a trusted proxy passed on; no header can set it."""

_FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


@dataclass(frozen=True)
class TrustedProxies:
    """Networks, and perhaps those who come through a Unix socket."""

    networks: tuple[Network, ...] = ()
    unix: bool = False

    @classmethod
    def parse(cls, text: str) -> TrustedProxies:
        """Of `127.0.0.1, 10.0.0.0/8, unix`. Raises ValueError that names what is none of these."""
        networks: list[Network] = []
        unix = False
        for part in filter(None, (part.strip() for part in text.split(","))):
            if part.lower() == UNIX:
                unix = True
                continue
            try:
                network = ipaddress.ip_network(part, strict=False)
            except ValueError:
                raise ValueError(f"{part!r} is no address and no network") from None
            if network.prefixlen == 0:
                raise ValueError(f"{part!r} is everybody")
            networks.append(network)
        return cls(tuple(networks), unix)

    def __bool__(self) -> bool:
        return bool(self.networks) or self.unix

    def __contains__(self, remote: object) -> bool:
        """Whether a REMOTE_ADDR is one of them; an empty one is a Unix socket's."""
        if not isinstance(remote, str):
            return False
        if not remote:
            return self.unix
        address = parse_address(remote)
        return address is not None and any(address in network for network in self.networks)


NO_PROXIES = TrustedProxies()


def parse_address(text: str) -> Address | None:
    """An IP address, IPv4 where it is an IPv4 one in IPv6's clothes; None for anything else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def is_local(remote: str) -> bool:
    """Whether a REMOTE_ADDR is of this host: loopback, or empty as through a Unix socket."""
    address = parse_address(remote)
    return not remote or (address is not None and address.is_loopback)


def neighbourhood(remote: str) -> str:
    """What one guesser can easily come from: an IPv4 address, the /64 of an IPv6 one."""
    address = parse_address(remote)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address or UNIX)


class Forwarded:
    """WSGI middleware: X-Forwarded-For, -Proto and -Host of trusted proxies; of others none.

    identity_header is taken away from all but trusted proxies, too.
    """

    def __init__(
        self, application: WSGIApplication, trusted: TrustedProxies, *, identity_header: str
    ) -> None:
        self._plain = application
        self._behind_proxy = ProxyFix(application, x_for=1, x_proto=1, x_host=1)
        self._trusted = trusted
        self._refused = (*_FORWARDED, environ_name(identity_header))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the application does, after it was settled what of the headers counts."""
        environ.pop(THROUGH_PROXY, None)
        if environ.get("REMOTE_ADDR", "") in self._trusted:
            environ[THROUGH_PROXY] = True
            return self._behind_proxy(environ, start_response)
        for name in self._refused:
            environ.pop(name, None)
        return self._plain(environ, start_response)


def environ_name(header: str) -> str:
    """`X-Forwarded-User` as WSGI calls it: HTTP_X_FORWARDED_USER."""
    return f"HTTP_{header.upper().replace('-', '_')}"
