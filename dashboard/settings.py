"""What the environment says: host, port, studies, cache, log."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import AtlasError

PROJECT = Path(__file__).resolve().parent.parent
EXAMPLE_STUDY = PROJECT / "examples" / "atlantis" / "study"
DEFAULT_CACHE = PROJECT / ".cache" / "results"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

SETTINGS: Mapping[str, str] = {
    "HOST": "address to listen on",
    "PORT": "port to listen on",
    "STUDY": "folder of a study, or several, separated by the path separator or a comma",
    "CACHE_DIR": "folder of the results on disk",
    "CACHE_SIZE_MB": "how large that folder may grow, in MB",
    "LOG_LEVEL": "least severe messages in the log",
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
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment. Raises SettingsError for the first value that cannot be used."""
        given = os.environ if environment is None else environment

        def text(name: str, default: str) -> str:
            # An empty variable is one that was not set: shells and compose files write them so.
            return given.get(name, "").strip() or default

        return cls(
            host=_host(text("HOST", cls.host)),
            port=_whole("PORT", text("PORT", str(cls.port)), 1, 65535),
            studies=_folders(text("STUDY", "")) or cls.studies,
            cache_dir=Path(text("CACHE_DIR", str(cls.cache_dir))).expanduser(),
            cache_size_mb=_whole(
                "CACHE_SIZE_MB", text("CACHE_SIZE_MB", str(cls.cache_size_mb)), 1, 10_000_000
            ),
            log_level=_log_level(text("LOG_LEVEL", cls.log_level)),
        )

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def configure_logging(settings: Settings) -> None:
    """Log to standard error at the settings' level."""
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


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
