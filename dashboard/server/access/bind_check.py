"""Without a login the dashboard listens on this host alone, unless somebody says it is meant."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from dashboard.server.access.proxies import is_local
from dashboard.server.settings import Auth, Settings, SettingsError


class ExposedError(SettingsError):
    """The address would be open to others, and nobody has to log in."""


def refuse_exposed(settings: Settings, places: Iterable[str]) -> None:
    """Raises ExposedError for the first place that is not of this host alone.

    places: as `place_of` writes them, an empty one for a Unix socket.
    """
    if settings.auth is not Auth.NONE or settings.allow_anonymous:
        return
    for place in places:
        if not is_local(place):
            raise ExposedError(
                f"refusing to listen on {place}: AUTH is none, so everybody who reaches this"
                " address could read the studies; set AUTH=basic or AUTH=proxy, listen on"
                " 127.0.0.1, or set ALLOW_ANONYMOUS=1 if that is what you want"
            )


def place_of(listener: socket.socket) -> str:
    """The address a socket really listens on; empty for a Unix socket, which has none."""
    if listener.family == socket.AF_UNIX:
        return ""
    if listener.family in (socket.AF_INET, socket.AF_INET6):
        return str(listener.getsockname()[0])
    return f"a socket of kind {listener.family}"


def places_of(host: str) -> tuple[str, ...]:
    """Every address a host name stands for; the name itself where it stands for none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return (host,)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
