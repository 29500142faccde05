"""What the environment says: host, port, studies, cache, who may come in, log."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from core.errors import AtlasError
from dashboard.server.access.proxies import NO_PROXIES, TrustedProxies

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE_STUDY = PROJECT / "examples" / "atlantis" / "study"
DEFAULT_CACHE = PROJECT / ".cache" / "results"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

Choice = TypeVar("Choice", bound=StrEnum)


class Auth(StrEnum):
    """Who says who somebody is: nobody, our file of users, or a proxy in front of us."""

    NONE = "none"
    BASIC = "basic"
    PROXY = "proxy"


class LogFormat(StrEnum):
    """Lines for people, or one JSON object a line."""

    TEXT = "text"
    JSON = "json"


SETTINGS: Mapping[str, str] = {
    "HOST": "address to listen on",
    "PORT": "port to listen on",
    "STUDY": "folder of a study, or several, separated by the path separator or a comma",
    "CACHE_DIR": "folder of the results on disk",
    "CACHE_SIZE_MB": "how large that folder may grow, in MB",
    "AUTH": "who has to log in, and how: none, basic or proxy",
    "AUTH_FILE": "the file of users, with AUTH=basic",
    "AUTH_HEADER": "the header in which the proxy says who it is, with AUTH=proxy",
    "TRUSTED_PROXIES": "addresses and networks whose X-Forwarded headers are believed",
    "ALLOW_ANONYMOUS": "1: with AUTH=none, too, listen on other addresses than this host's own",
    "WEB_CONCURRENCY": "gunicorn's workers",
    "PATIENCE_S": "seconds a figure may compute similarity; a sweep that takes longer is a job",
    "JOBS": "jobs that run at once, each on one core",
    "JOB_DEADLINE_S": "seconds a job may take",
    "REDIS_URL": "the Redis through which Celery workers do the jobs; without it, this host does",
    "LOG_LEVEL": "least severe messages in the log",
    "LOG_FORMAT": "lines of text, or of json",
}
"""Every setting, in words; a test fails for one that README's table does not have."""


class SettingsError(AtlasError):
    """A setting that cannot be used: which, what it is, what it should be."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    host: str = "127.0.0.1"
    port: int = 8050
    studies: tuple[Path, ...] = (EXAMPLE_STUDY,)
    cache_dir: Path = DEFAULT_CACHE
    cache_size_mb: int = 1024
    auth: Auth = Auth.NONE
    auth_file: Path | None = None
    auth_header: str = "X-Forwarded-User"
    trusted_proxies: TrustedProxies = NO_PROXIES
    allow_anonymous: bool = False
    workers: int = 2
    compute_budget_s: float = 1.0
    jobs: int = 2
    job_deadline_s: int = 3600
    redis_url: str = field(default="", repr=False)
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.TEXT

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError for the first value that cannot be used."""
        given = os.environ if environment is None else environment

        def text(name: str, default: str) -> str:
            # An empty variable is one that was not set: shells and compose files write them so.
            return given.get(name, "").strip() or default

        auth = _choice(Auth, "AUTH", text("AUTH", cls.auth))
        auth_file = text("AUTH_FILE", "")
        if auth is Auth.BASIC and not auth_file:
            raise SettingsError(
                "AUTH_FILE is not set, and AUTH=basic needs it; give the file that"
                " python -m dashboard user add NAME --file FILE writes"
            )
        trusted = _peers("TRUSTED_PROXIES", text("TRUSTED_PROXIES", ""))
        if auth is Auth.PROXY and not trusted:
            raise SettingsError(
                "TRUSTED_PROXIES is not set, and AUTH=proxy needs it; give the address the proxy"
                " comes from, such as 127.0.0.1"
            )
        return cls(
            host=_host(text("HOST", cls.host)),
            port=_whole("PORT", text("PORT", str(cls.port)), 1, 65535),
            studies=_folders(text("STUDY", "")) or cls.studies,
            cache_dir=Path(text("CACHE_DIR", str(cls.cache_dir))).expanduser(),
            cache_size_mb=_whole(
                "CACHE_SIZE_MB", text("CACHE_SIZE_MB", str(cls.cache_size_mb)), 1, 10_000_000
            ),
            auth=auth,
            auth_file=Path(auth_file).expanduser() if auth_file else None,
            auth_header=_header("AUTH_HEADER", text("AUTH_HEADER", cls.auth_header)),
            trusted_proxies=trusted,
            allow_anonymous=_switch("ALLOW_ANONYMOUS", text("ALLOW_ANONYMOUS", "0")),
            workers=_whole("WEB_CONCURRENCY", text("WEB_CONCURRENCY", str(cls.workers)), 1, 256),
            compute_budget_s=_seconds("PATIENCE_S", text("PATIENCE_S", str(cls.compute_budget_s))),
            jobs=_whole("JOBS", text("JOBS", str(cls.jobs)), 1, 256),
            job_deadline_s=_whole(
                "JOB_DEADLINE_S", text("JOB_DEADLINE_S", str(cls.job_deadline_s)), 1, 10_000_000
            ),
            redis_url=_redis(text("REDIS_URL", "")),
            log_level=_log_level(text("LOG_LEVEL", cls.log_level)),
            log_format=_choice(LogFormat, "LOG_FORMAT", text("LOG_FORMAT", cls.log_format)),
        )

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def bind(self) -> str:
        """Host and port as gunicorn writes them: `127.0.0.1:8050`, `[::1]:8050`."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def _host(text: str) -> str:
    if any(c.isspace() or c in "/@" for c in text):
        raise SettingsError(f"HOST is {text!r}; give a host name or an address, such as 127.0.0.1")
    return text


def _whole(name: str, text: str, low: int, high: int) -> int:
    try:
        number = int(text)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}")
    return number


def _choice(kind: type[Choice], name: str, text: str) -> Choice:
    try:
        return kind(text.lower())
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; give one of {', '.join(kind)}") from None


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingsError(f"{name} is {text!r}; give 1 or 0")
    return text == "1"


def _header(name: str, text: str) -> str:
    # With an underscore it would arrive as the same variable as another header does.
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise SettingsError(f"{name} is {text!r}; give the name of a header, such as Remote-User")
    return text


def _peers(name: str, text: str) -> TrustedProxies:
    try:
        return TrustedProxies.parse(text)
    except ValueError as error:
        raise SettingsError(
            f"{name} is {text!r}, and {error}; give addresses or networks such as"
            " 127.0.0.1, 10.0.0.0/8, or unix for a Unix socket"
        ) from None


def _seconds(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise SettingsError(f"{name} is {text!r}; give a number of seconds, such as 1 or 0.5")
    return number


def _redis(text: str) -> str:
    if text and not text.startswith(("redis://", "rediss://")):
        # Not the text itself: it may hold a password.
        raise SettingsError("REDIS_URL is no address of a Redis; give redis://HOST:PORT/NUMBER")
    return text


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise SettingsError(f"LOG_LEVEL is {text!r}; give one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def _folders(text: str) -> tuple[Path, ...]:
    """Folders in the order given, each once."""
    if not text:
        return ()
    # A folder whose own name holds a separator is still one folder.
    parts = (
        [text]
        if Path(text).expanduser().is_dir()
        else text.replace(",", os.pathsep).split(os.pathsep)
    )
    folders = dict.fromkeys(Path(part.strip()).expanduser() for part in parts if part.strip())
    if not folders:
        raise SettingsError(f"STUDY is {text!r}; give the folder of at least one study")
    return tuple(folders)
