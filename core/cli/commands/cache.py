"""python -m core cache: what is kept of earlier computations."""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from core.cache.environment import size_limit
from core.cache.result_cache import ResultCache
from core.cli.options import FOLDER, JSON
from core.cli.output import show_json
from core.errors import RequestError


@click.group()
def cache() -> None:
    """What is kept of earlier computations; it may be cleared at any time."""


@cache.command()
@FOLDER
@JSON
def stats(folder: Path, as_json: bool) -> None:
    """How many results it holds, and their size."""
    kept = _cache(folder)
    found = kept.stats() if kept is not None else None
    entries, size = (found.entries, found.size) if found is not None else (0, 0)
    limit = found.size_limit if found is not None else size_limit()
    if as_json:
        show_json({"folder": str(folder), "entries": entries, "bytes": size, "limit": limit})
    else:
        click.echo(
            f"{folder}: {entries:,} result{'s' if entries != 1 else ''},"
            f" {size / 2**20:,.1f} MB of at most {limit / 2**20:,.0f} MB"
        )


@cache.command()
@FOLDER
def clear(folder: Path) -> None:
    """Remove every result."""
    kept = _cache(folder)
    count = kept.clear() if kept is not None else 0
    click.echo(f"{folder}: removed {count:,} result{'s' if count != 1 else ''}")


def _cache(folder: Path) -> ResultCache | None:
    """The cache in a folder; None where nothing was kept there yet: looking makes none.

    Raises RequestError where somebody named a folder that has none.
    """
    if (folder / "results").is_dir():
        return ResultCache(folder, size_limit=size_limit())
    named = click.get_current_context().get_parameter_source("folder")
    if named is ParameterSource.COMMANDLINE:
        raise RequestError(f"there is no cache in {folder}; name another with --folder")
    return None
