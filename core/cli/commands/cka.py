"""python -m core cka: sweeps from the command line, as the tables a study reads."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import click

from core.cache.environment import default_folder, size_limit
from core.cache.result_cache import ResultCache
from core.cli.formatters.study import problem_json
from core.cli.numbers import WholeNumber
from core.cli.opening import opened
from core.cli.options import EVERY, SCHEDULER, STUDY, LayerType
from core.cli.output import as_text
from core.cli.progress import shown
from core.cli.workers import cores, workers
from core.errors import RequestError
from core.evaluations import Checkpoint
from core.io import listing
from core.io.files import written_at_once
from core.similarity.sweep import Measure, Progress, SweepCancelledError, SweepResult, sweep
from core.study import Layer

_PAIR = "exp1,exp2,layer"


class CheckpointsType(click.ParamType[Checkpoint | Literal["all"]]):
    """`last`, `all` or a training step."""

    name = "last|all|STEP"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Checkpoint | Literal["all"]:
        """The checkpoint; a usage error where it is none of these."""
        if value == "last":
            return "last"
        if value == "all":
            return "all"
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return self.fail(f"{value!r} is neither `last`, `all` nor a training step", param, ctx)


@dataclass(frozen=True)
class Tables:
    """Where a sweep goes: None = that table was not asked for.

    Plain CKA has the names and columns of STUDY_FORMAT.md. Debiased CKA has other names and a
    column `measure` beside them; Procrustes has columns of its own, which no study reads as CKA.
    """

    summary: Path | None
    checkpoints: Path | None
    measure: Measure
    debiased: bool

    @property
    def paths(self) -> list[Path]:
        """The files to write."""
        return [path for path in (self.summary, self.checkpoints) if path is not None]

    def write(self, result: SweepResult) -> None:
        """Write them, each at once: a reader sees the old file or the whole new one.

        Raises RequestError where a file cannot be written.
        """
        tag = ",debiased" if self.debiased else ""
        column = ",measure" if self.debiased else ""
        value = self.measure.value
        if self.summary is not None:
            with _replacing(self.summary) as write:
                write(f"{_PAIR},final_{value}{column}\n")
                for cell in result.cells:
                    if cell.checkpoint == "last":
                        for a, b, v in cell.pairs():
                            write(f"{_field(a)},{_field(b)},{_field(str(cell.layer))},{v!r}{tag}\n")
        if self.checkpoints is not None:
            with _replacing(self.checkpoints) as write:
                write(f"{_PAIR},checkpoint,{value}{column}\n")
                for cell in result.cells:
                    if cell.checkpoint != "last":
                        at = f"{_field(str(cell.layer))},{cell.checkpoint}"
                        for a, b, v in cell.pairs():
                            write(f"{_field(a)},{_field(b)},{at},{v!r}{tag}\n")


@click.command()
@STUDY
@click.option("--layer", "layers", type=LayerType(), multiple=True, help="Only these layers.")
@click.option(
    "--checkpoint",
    "checkpoints",
    type=CheckpointsType(),
    multiple=True,
    help="A step compares runs at that step, `last` each at its own largest; `all` is every step."
    "  [default: all and last]",
)
@click.option("--debiased", is_flag=True, help="CKA with the unbiased HSIC estimator.")
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Folder the tables are written to.  [default: the current one]",
)
@click.option("--force", is_flag=True, help="Replace tables that are there.")
@click.option(
    "--jobs", type=WholeNumber(1), help="Processes on this machine.  [default: its cores]"
)
@SCHEDULER
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a line for each table.")
@EVERY
def cka(
    folder: Path,
    layers: tuple[Layer, ...],
    checkpoints: tuple[Checkpoint | Literal["all"], ...],
    debiased: bool,
    measure: str,
    out: Path,
    force: bool,
    jobs: int | None,
    scheduler: str | None,
    as_json: bool,
    every: bool,
) -> None:
    """Compute CKA of all pairs of runs, layers and checkpoints from the representations.

    Writes cka_summary.csv (each run's last checkpoint) and cka_checkpoints.csv (runs at the same
    checkpoint), with --debiased cka_debiased_*.csv, with --measure procrustes procrustes_*.csv.
    Finished blocks are kept in the result cache: stopped with Ctrl-C, the same command goes on
    where it was, and a new run costs only its own pairs.
    """
    chosen = Measure(measure)
    if debiased and not chosen.kind.has_debiased:
        raise click.UsageError("--debiased and --measure procrustes: only CKA has a debiased form")
    asked = checkpoints or ("all", "last")
    name = chosen.value + ("_debiased" if debiased else "")
    tables = Tables(
        summary=out / f"{name}_summary.csv" if "last" in asked else None,
        checkpoints=out / f"{name}_checkpoints.csv" if set(asked) != {"last"} else None,
        measure=chosen,
        debiased=debiased,
    )
    _check_out(out, tables, force)
    study = opened(folder.parent if folder.name == "study.toml" else folder)
    cache = ResultCache(default_folder(), size_limit=size_limit())
    try:
        with (
            _stoppable() as stopped,
            workers(jobs or cores(), scheduler) as executor,
            _shown() as show,
        ):
            result = sweep(
                study,
                layers=layers or None,
                checkpoints=asked,
                measure=chosen,
                debiased=debiased,
                cache=cache,
                executor=executor,
                on_progress=show,
                cancelled=lambda: bool(stopped),
            )
    except SweepCancelledError as fault:
        click.echo(f"{fault}; what was finished is kept, run it again to go on", err=True)
        raise click.exceptions.Exit(128 + stopped[0]) from None
    finally:
        cache.close()
    for line in listing(result.problems, every=every):
        click.echo(line, err=True)
    if not result.pairs:
        raise RequestError("nothing could be computed: no two runs have usable representations")
    tables.write(result)
    click.echo(_json(result, tables) if as_json else _text(result, tables), nl=False)


# -- files -------------------------------------------------------------------------------------


def _check_out(out: Path, tables: Tables, force: bool) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise RequestError(f"{out} cannot be made: {fault.strerror or fault}") from None
    for path in tables.paths:
        if not force and os.path.lexists(path):
            raise RequestError(
                f"{path} is there already: choose another folder with --out, or replace it with"
                " --force"
            )


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Callable[[str], object]]:
    """A function that writes to a new file, which takes the place of `path` at the end."""
    try:
        with written_at_once(path) as file:
            yield lambda text: file.write(text.encode())
    except OSError as fault:
        raise RequestError(f"{path} cannot be written: {fault.strerror or fault}") from None


def _field(text: str) -> str:
    """A cell of a CSV file."""
    if any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(result: SweepResult, tables: Tables) -> str:
    lines = [f"{path}\n" for path in tables.paths]
    counts = f"{result.pairs} pairs, {result.computed} computed, {result.kept} from the cache"
    click.echo(counts, err=True)
    return "".join(lines)


def _json(result: SweepResult, tables: Tables) -> str:
    report = {
        "files": {
            name: str(path) if path else None
            for name, path in (("summary", tables.summary), ("checkpoints", tables.checkpoints))
        },
        "measure": result.measure.value,
        "debiased": result.debiased,
        "pairs": result.pairs,
        "computed": result.computed,
        "from_cache": result.kept,
        "cells": [
            {"layer": c.layer, "checkpoint": c.checkpoint, "runs": list(c.runs)}
            for c in result.cells
        ],
        "warnings": [problem_json(problem) for problem in result.problems],
    }
    return as_text(report)


# -- how it is stopped -------------------------------------------------------------------------


@contextlib.contextmanager
def _stoppable() -> Iterator[list[int]]:
    """A list that gets the number of the signal that asks to stop; a second one stops at once."""
    asked: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- how far it is -----------------------------------------------------------------------------


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    with shown("pairs") as show:
        yield lambda progress: show(progress.pairs_done, progress.pairs, _rest(progress))


def _rest(progress: Progress) -> str:
    text = f"{progress.layers_done} of {progress.layers} layers"
    if progress.seconds_left is None or progress.pairs_done == progress.pairs:
        return text
    return f"{text}, {_duration(progress.seconds_left)} left"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
