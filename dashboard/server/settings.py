"""What the environment says: host, port, studies, cache, who may come in, log."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

from core.cache.environment import STUDIES
from core.errors import AtlasError
from core.io.remote import is_address, mirror_of
from dashboard.server.access.proxies import NO_PROXIES, TrustedProxies

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE_STUDY = PROJECT / "examples" / "atlantis" / "study"
DEFAULT_CACHE = PROJECT / ".cache" / "results"
DEFAULT_DATA = PROJECT / ".data"
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


class SettingsError(AtlasError):
    """A setting that cannot be used: which, what it is, what it should be."""


@dataclass(frozen=True)
class Setting:
    """One variable of the environment.

    read: its value from its name and text; raises SettingsError. words: what it means, in Markdown.
    shown: its default where that is not written as it is
    """

    name: str
    read: Callable[[str, str], Any]
    words: str
    shown: str | None = None

    def row(self, default: object) -> str:
        """Its row of README's table."""
        shown = str(default) if self.shown is None else self.shown
        return f"| `{self.name}` | {f'`{shown}` ' if shown else ''}| {self.words} |"


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}")
        return number

    return read


def _choice(kind: type[Choice]) -> Callable[[str, str], Choice]:
    def read(name: str, text: str) -> Choice:
        try:
            return kind(text.lower())
        except ValueError:
            raise SettingsError(f"{name} is {text!r}; give one of {', '.join(kind)}") from None

    return read


def _host(name: str, text: str) -> str:
    if any(c.isspace() or c in "/@" for c in text):
        raise SettingsError(
            f"{name} is {text!r}; give a host name or an address, such as 127.0.0.1"
        )
    return text


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


def _redis(name: str, text: str) -> str:
    if not text.startswith(("redis://", "rediss://")):
        # Not the text itself: it may hold a password.
        raise SettingsError(f"{name} is no address of a Redis; give redis://HOST:PORT/NUMBER")
    return text


def _log_level(name: str, text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise SettingsError(f"{name} is {text!r}; give one of {', '.join(LOG_LEVELS)}")
    return text.upper()


_BETWEEN = re.compile(r",|:(?!//)" if os.pathsep == ":" else r"[,;]")
"""What separates studies: no colon of an address does."""


def _folders(name: str, text: str) -> tuple[Path | str, ...]:
    """Folders in the order given, each once; what is an address stays a text."""
    # A folder whose own name holds a separator is still one folder.
    parts = [text] if Path(text).expanduser().is_dir() else _BETWEEN.split(text)
    folders = dict.fromkeys(
        part.strip() if is_address(part.strip()) else Path(part.strip()).expanduser()
        for part in parts
        if part.strip()
    )
    if not folders:
        raise SettingsError(f"{name} is {text!r}; give the folder of at least one study")
    return tuple(folders)


def _path(_name: str, text: str) -> Path:
    return Path(text).expanduser()


@dataclass(frozen=True)
class Settings:
    """The settings of one process; each stands here alone, README's table is made of them."""

    studies: Annotated[
        tuple[Path, ...],
        Setting(
            "STUDY",
            _folders,
            "folder of a study, or several, separated by `:`; also addresses such as"
            " `s3://bucket/study`; `make run` serves both examples",
            shown=str(EXAMPLE_STUDY.relative_to(PROJECT)),
        ),
    ] = (EXAMPLE_STUDY,)
    host: Annotated[str, Setting("HOST", _host, "address to listen on")] = "127.0.0.1"
    port: Annotated[int, Setting("PORT", _whole(1, 65535), "port to listen on")] = 8050
    cache_dir: Annotated[
        Path,
        Setting(
            "CACHE_DIR",
            _path,
            "where results are kept; may be deleted at any time",
            shown=str(DEFAULT_CACHE.relative_to(PROJECT)),
        ),
    ] = DEFAULT_CACHE
    cache_size_mb: Annotated[
        int,
        Setting(
            "CACHE_SIZE_MB",
            _whole(1, 10_000_000),
            "above this the least recently used results are dropped",
        ),
    ] = 1024
    data_dir: Annotated[
        Path,
        Setting(
            "DATA_DIR",
            _path,
            "its folder `studies` keeps the studies that were opened on the page,"
            " `boards.sqlite3` the boards",
            shown=str(DEFAULT_DATA.relative_to(PROJECT)),
        ),
    ] = DEFAULT_DATA
    uploads: Annotated[
        bool | None,
        Setting(
            "UPLOADS",
            _switch,
            "`1`: with a login, too, files may be opened on the page; `0`: nowhere. Without it only"
            " where the page is its owner's alone: on this host, without a login",
            shown="",
        ),
    ] = None
    upload_max_mb: Annotated[
        int, Setting("UPLOAD_MAX_MB", _whole(1, 1024), "MB that one upload may have")
    ] = 50
    upload_quota_mb: Annotated[
        int,
        Setting("UPLOAD_QUOTA_MB", _whole(1, 10_000_000), "MB that all kept studies may have"),
    ] = 1024
    boards: Annotated[
        bool | None,
        Setting(
            "BOARDS",
            _switch,
            "`0`: no figure can be pinned to a board. Without it boards are on wherever not"
            " anybody at all may come in: with a login, or on this host alone",
            shown="",
        ),
    ] = None
    auth: Annotated[
        Auth,
        Setting(
            "AUTH",
            _choice(Auth),
            "who has to log in: nobody, `basic` (users in a file) or `proxy` (a proxy says who it"
            " is)",
        ),
    ] = Auth.NONE
    auth_file: Annotated[
        Path | None, Setting("AUTH_FILE", _path, "the file of users, with `AUTH=basic`", shown="")
    ] = None
    auth_header: Annotated[
        str, Setting("AUTH_HEADER", _header, "the header that names the user, with `AUTH=proxy`")
    ] = "X-Forwarded-User"
    trusted_proxies: Annotated[
        TrustedProxies,
        Setting(
            "TRUSTED_PROXIES",
            _peers,
            "addresses and networks whose `X-Forwarded-*` headers count, such as"
            " `127.0.0.1,10.0.0.0/8`, or `unix` for a Unix socket",
            shown="",
        ),
    ] = NO_PROXIES
    allow_anonymous: Annotated[
        bool,
        Setting(
            "ALLOW_ANONYMOUS",
            _switch,
            "`1`: with `AUTH=none`, too, listen on an address that others reach",
            shown="0",
        ),
    ] = False
    compute_budget_s: Annotated[
        float,
        Setting(
            "PATIENCE_S",
            _seconds,
            "seconds, by estimate, that a figure may spend on computing; what takes longer becomes"
            " a job (an analysis where it takes 3 s longer, which a job takes to start and to open"
            " the study)",
            shown="1",
        ),
    ] = 1.0
    memory_mb: Annotated[
        int,
        Setting(
            "MEMORY_MB",
            _whole(1, 10_000_000),
            "memory, by estimate, that one question may take; a larger one is refused with a"
            " sentence",
        ),
    ] = 2048
    jobs: Annotated[
        int,
        Setting(
            "JOBS",
            _whole(1, 256),
            "jobs that run at once, each on one core; others wait for their turn",
        ),
    ] = 2
    job_deadline_s: Annotated[
        int,
        Setting(
            "JOB_DEADLINE_S",
            _whole(1, 10_000_000),
            "seconds after which a job is stopped; what it finished is kept",
        ),
    ] = 3600
    redis_url: Annotated[
        str,
        Setting(
            "REDIS_URL",
            _redis,
            "`redis://host:port/number`: Celery workers do the jobs, for several web hosts;"
            " without it, processes of this host do",
        ),
    ] = field(default="", repr=False)
    workers: Annotated[
        int,
        Setting("WEB_CONCURRENCY", _whole(1, 256), "gunicorn workers, with the `Procfile`"),
    ] = 2
    log_level: Annotated[
        str,
        Setting(
            "LOG_LEVEL",
            _log_level,
            f"what is logged: {', '.join(f'`{level}`' for level in LOG_LEVELS)}",
        ),
    ] = "INFO"
    log_format: Annotated[
        LogFormat, Setting("LOG_FORMAT", _choice(LogFormat), "`json`: one object a line")
    ] = LogFormat.TEXT

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError for the first value that cannot be used."""
        given = os.environ if environment is None else environment
        found = {}
        for field_name, setting in SETTINGS.items():
            # An empty variable is one that was not set: shells and compose files write them so.
            if text := given.get(setting.name, "").strip():
                found[field_name] = setting.read(setting.name, text)
        settings = cls(**found)
        settings = replace(
            settings,
            studies=tuple(
                mirror_of(one, settings.cache_dir) if isinstance(one, str) else one
                for one in settings.studies
            ),
        )
        if settings.auth is Auth.BASIC and settings.auth_file is None:
            raise SettingsError(
                "AUTH_FILE is not set, and AUTH=basic needs it; give the file that"
                " python -m dashboard user add NAME --file FILE writes"
            )
        if settings.auth is Auth.PROXY and not settings.trusted_proxies:
            raise SettingsError(
                "TRUSTED_PROXIES is not set, and AUTH=proxy needs it; give the address the proxy"
                " comes from, such as 127.0.0.1"
            )
        if settings.uploads and settings.is_public:
            raise SettingsError(
                "UPLOADS is 1, and with ALLOW_ANONYMOUS=1 anybody could upload; set AUTH"
            )
        if settings.boards and settings.is_public:
            raise SettingsError(
                "BOARDS is 1, and with ALLOW_ANONYMOUS=1 anybody could write on them; set AUTH"
            )
        return settings

    @property
    def is_public(self) -> bool:
        """Whether anybody at all may come in."""
        return self.auth is Auth.NONE and self.allow_anonymous

    @property
    def study_copies(self) -> Path:
        """Where studies are kept as they were read, for all workers."""
        return self.cache_dir / STUDIES

    @property
    def takes_uploads(self) -> bool:
        """Whether files may be opened on the page."""
        if self.auth is Auth.NONE:
            return not self.allow_anonymous and self.uploads is not False
        return bool(self.uploads)

    @property
    def kept_studies(self) -> Path | None:
        """The folder of studies opened on the page; None where that is off: none are served."""
        return (self.data_dir / "studies").absolute() if self.takes_uploads else None

    @property
    def boards_folder(self) -> Path | None:
        """Where boards are kept; None where that is off."""
        return None if self.is_public or self.boards is False else self.data_dir.absolute()

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def bind(self) -> str:
        """Host and port as gunicorn writes them: `127.0.0.1:8050`, `[::1]:8050`."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


SETTINGS: Mapping[str, Setting] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(Settings, include_extras=True).items()
}
"""Every setting, by its field."""
