"""python -m core: everything without the dashboard, for scripts and notebooks.

Standard output holds the result and nothing else; what is wrong goes to standard error, one line
each. Exit 0, 1 where the study or the request is wrong, 2 for a command line that makes no sense.
"""

from __future__ import annotations

import importlib
import json
import math
import os
import shlex
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from core.analyses.integrity import integrity
from core.analyses.network import Signs
from core.analyses.query import SimilarityQuery, TransferQuery
from core.analyses.registry import (
    ASSOCIATION,
    ASSOCIATION_SWEEP,
    BALANCE,
    GRAPH,
    GRAPH_STRUCTURE,
    SIMILARITY,
    SPECIFICATIONS,
    TRANSFER,
)
from core.cache.result_cache import ResultCache, size_limit
from core.cli import formatters
from core.cli.options import (
    CHECKPOINT,
    CKA_CHECKPOINT,
    EVERY,
    EXCLUDE,
    FOLDER,
    JSON,
    LAYER,
    METHOD,
    PAIRS,
    PREDICTOR,
    SCALE,
    SEEDS,
    STUDY,
    CheckpointType,
    Registered,
    options,
    study_folder,
)
from core.errors import AtlasError, RequestError, StudyError, listed, one_line
from core.io import Inspection, inspect_study, listing, open_study
from core.similarity.measures import Measure
from core.study import Checkpoint, Layer, Study
from core.transfer.matrix import MatrixKind, matrix_kinds
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS, USUAL
from core.transfer.shrinkage import shrink

DOUBTS_SHOWN = 6
EXIT_WRONG, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


LATER = {
    "cka": "core.cli.cka:cka",
    "export": "dashboard.export.commands:export",
    "plan": "core.cli.planning:plan",
    "predictors": "core.cli.planning:predictors",
    "init": "core.cli.init:init",
    "several": "core.cli.several:several",
    "report": "dashboard.export.commands:report",
    "synth": "core.cli.synth:synth",
}
"""Commands that are imported when somebody asks for them, by name.

What draws stands above the core, which knows neither Plotly nor an address of the dashboard.
"""


class Commands(click.Group):
    """The commands of this module, and those of `LATER`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*super().list_commands(ctx), *LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported where it is not here."""
        if cmd_name not in LATER:
            return super().get_command(ctx, cmd_name)
        module, name = LATER[cmd_name].split(":")
        try:
            importlib.import_module(module.rpartition(".")[0])  # so that its name is told
            found: click.Command = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as fault:
            return _lacking(cmd_name, str(fault.name))
        return found


def _lacking(command: str, module: str) -> click.Command:
    """A command that cannot be done here, and says so when it is asked for."""

    def tell(**_: Any) -> None:
        raise RequestError(
            f"{command} draws figures and needs {module}: python -m pip install -r"
            " requirements.txt, and run it from the project's folder"
        )

    return click.Command(
        command,
        callback=tell,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        help=f"Needs {module}, which is not here.",
    )


MOST_READ = 20
"""How many files are told of that were not plain, unless all are asked for."""


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
def cli() -> None:
    """Which task teaches which: the numbers of a study, without the dashboard."""


@cli.command()
@STUDY
@JSON
@EVERY
def check(folder: Path, as_json: bool, every: bool) -> None:
    """Read a study and name its problems, by kind; exit 1 if it cannot be used.

    Problems go to standard error, causes first, at most twenty lines with what to do next; a
    summary of the study goes to standard output. With --json all of it, each problem by itself,
    is one JSON object on standard output.
    """
    inspection = inspect_study(study_folder(folder))
    if as_json:
        _print_json(formatters.check_report(inspection))
    else:
        lines = listing(inspection.problems, every=every)
        for line in lines:
            click.echo(line, err=True)
        recognized = inspection.recognized
        for line in recognized if every else recognized[:MOST_READ]:
            click.echo(f"read as: {line}", err=True)
        if len(recognized) > MOST_READ and not every:
            click.echo(f"read as: and {len(recognized) - MOST_READ:,} more files", err=True)
        if inspection.study is not None:
            for line in _doubts(inspection.study, every=every):
                click.echo(line, err=True)
            click.echo(_summary(inspection.study, len(inspection.problems)))
        told = len(lines) == len(inspection.problems)
        click.echo(_next(folder, inspection, told=told), err=inspection.study is None)
    if inspection.study is None:
        raise click.exceptions.Exit(EXIT_WRONG)


@cli.command()
@options(STUDY, METHOD)
@click.option(
    "--kind",
    type=Registered(matrix_kinds),
    default=MatrixKind.ACTUAL,
    show_default=True,
)
@click.option(
    "--prediction",
    type=Registered(lambda: PREDICTIONS),
    default=USUAL,
    show_default=True,
    help="What --kind difference subtracts.",
)
@click.option("--other", metavar="METHOD", help="The method to subtract, with --kind versus.")
@options(SEEDS, EXCLUDE, SCALE, CHECKPOINT, JSON)
@click.option("--csv", "as_csv", is_flag=True, help="The means as CSV.")
@click.option(
    "--width",
    type=click.FloatRange(min=0, min_open=True, max=sys.float_info.max),
    help="Also say how many seeds 95 % intervals no wider than this would take.",
)
def matrix(
    folder: Path,
    method: str | None,
    kind: str,
    prediction: str,
    other: str | None,
    seeds: tuple[int, ...],
    exclude: tuple[str, ...],
    scale: str,
    checkpoint: Checkpoint,
    as_json: bool,
    as_csv: bool,
    width: float | None,
) -> None:
    """Normalized improvement of training sets (rows) on targets (columns), all tasks."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv: choose one")
    study = open_study(study_folder(folder))
    result = TRANSFER.compute(
        study,
        TransferQuery(
            method=method_of(study, method),
            kind=kind,
            prediction=prediction,
            other=other,
            seeds=seeds or None,
            exclude=exclude,
            scale=Scale(scale),
            checkpoint=checkpoint,
        ),
    )
    if as_csv:
        click.echo(formatters.matrix_csv(result), nl=False)
    else:
        shrunken = shrink(result, study)
        report = partial(formatters.matrix_report, shrunken=shrunken, width=width)
        text = partial(formatters.matrix_text, shrunken=shrunken, width=width)
        _print(as_json, result, report, text)


@cli.command()
@options(PAIRS, PREDICTOR, LAYER, CKA_CHECKPOINT)
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    help="Of similarity.  [default: cka]",
)
@click.option("--debiased", is_flag=True, help="Debiased CKA; from representations.")
@click.option(
    "--sweep", is_flag=True, help="r, R² and QAP p at every layer and CKA checkpoint instead."
)
@click.option(
    "--specifications",
    is_flag=True,
    help="r under every choice of layer, checkpoint, measure, seeds, tasks and scale instead.",
)
@JSON
def association(
    predictor: str,
    layer: Layer | None,
    cka_checkpoint: Checkpoint,
    measure: str | None,
    debiased: bool,
    sweep: bool,
    specifications: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Does CKA, or what else predicts, tell transfer? Correlation over all ordered pairs."""
    if sweep and (layer is not None or cka_checkpoint != "last"):
        raise click.UsageError("--sweep is over all layers and checkpoints: name none")
    if sweep and specifications:
        raise click.UsageError("--sweep and --specifications: choose one")
    if predictor and (measure or debiased):
        raise click.UsageError("--predictor is given, and no similarity: take --measure away")
    study, pairs = study_and_pairs(shared)
    place = SimilarityQuery(
        layer,
        cka_checkpoint,
        measure=Measure(measure or Measure.CKA),
        debiased=debiased,
        predictor=predictor,
    )
    if sweep:
        swept = ASSOCIATION_SWEEP.compute(study, pairs, place)
        _print(as_json, swept, formatters.sweep_report, formatters.sweep_text)
        return
    if specifications:
        curve = SPECIFICATIONS.compute(study, pairs, place)
        report, text = formatters.specifications_report, formatters.specifications_text
        _print(as_json, curve, report, text)
        return
    result = ASSOCIATION.compute(study, pairs, place)
    _print(as_json, result, formatters.association_report, formatters.association_text)


@cli.command()
@options(PAIRS, LAYER, JSON)
def balance(layer: Layer | None, as_json: bool, **shared: Any) -> None:  # noqa: ARG001
    """What each task gives to and receives from the others.

    --layer changes nothing here: it is taken so that association's options fit.
    """
    study, pairs = study_and_pairs(shared)
    result = BALANCE.compute(study, pairs)
    _print(as_json, result, formatters.balance_report, formatters.balance_text)


@cli.command()
@options(PAIRS, LAYER)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0.0, max=sys.float_info.max),
    default=0.0,
    show_default=True,
    help="Only edges at least this strong; an edge that harms by its size on the strict scale.",
)
@click.option(
    "--sure",
    is_flag=True,
    help="Only edges whose sign is wrong with a probability of at most 5 %.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["graphml", "gexf", "json"]),
    default="json",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def graph(
    layer: Layer | None,
    threshold: float,
    sure: bool,
    form: str,
    out: Path | None,
    **shared: Any,
) -> None:
    """The directed transfer graph."""
    if not math.isfinite(threshold):
        raise click.BadParameter("it must be a number", param_hint="'--threshold'")
    study, pairs = study_and_pairs(shared)
    result = GRAPH.compute(study, pairs, SimilarityQuery(layer))
    if sure and not result.tells_signs:
        raise RequestError(
            "--sure: of no edge it is known how sure its sign is: that takes at least two seeds,"
            " each with its own base, and a scale with a zero"
        )
    result = result.of_signs(Signs.SURE if sure else Signs.ANY)
    if form == "json":
        structure = GRAPH_STRUCTURE.compute(study, pairs)
        report = formatters.graph_report(result, threshold=threshold, structure=structure)
        text = as_text(report)
    else:
        text = formatters.graph_markup(result, threshold=threshold, form=form)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise RequestError(f"{out} cannot be written: {fault.strerror or fault}") from None


@cli.command()
@options(STUDY, LAYER, SEEDS)
@click.option("--checkpoint", type=CheckpointType(), default="last", show_default=True)
@click.option(
    "--trained",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Compare the base runs trained on so many tasks.",
)
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
    help="All but plain CKA is computed from the representations.",
)
@click.option("--debiased", is_flag=True, help="CKA from the unbiased HSIC estimator.")
def similarity(
    folder: Path,
    layer: Layer | None,
    seeds: tuple[int, ...],
    checkpoint: Checkpoint,
    trained: int,
    measure: str,
    debiased: bool,
) -> None:
    """Similarity of the models of single tasks (or of more) at one layer, as JSON."""
    study = open_study(study_folder(folder))
    query = SimilarityQuery(
        layer=layer,
        checkpoint=checkpoint,
        seeds=seeds or None,
        trained=trained,
        measure=Measure(measure),
        debiased=debiased,
    )
    _print_json(formatters.similarity_report(SIMILARITY.compute(study, query)))


# -- shared ------------------------------------------------------------------------------------


def method_of(study: Study, asked: str | None) -> str:
    """The method asked for; where none was, the only one there is."""
    names = [m.name for m in study.tested_methods]
    return asked if names and asked is not None else _only(names)


def _single_source_method(study: Study, asked: str | None) -> str:
    """The same among the methods that have X→Y values."""
    if asked is not None and study.tested_methods:
        return asked
    return _only([m.name for m in study.single_source_methods])


def study_and_pairs(shared: dict[str, Any]) -> tuple[Study, TransferQuery]:
    """The study asked for, and what the options of PAIRS ask for."""
    study = open_study(study_folder(shared["folder"]))
    return study, TransferQuery(
        method=_single_source_method(study, shared["method"]),
        seeds=shared["seeds"] or None,
        exclude=shared["exclude"],
        include=shared["include"],
        scale=Scale(shared["scale"]),
        checkpoint=shared["checkpoint"],
    )


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise RequestError(
            "this study has no transfer yet: add [evaluations] to study.toml, with scores or with"
            " fine-tuned runs; similarity and cka need none"
        )
    raise RequestError(f"say which method with --method: {listed(names)}")


def _doubts(study: Study, *, every: bool) -> list[str]:
    """What looks as if the study were not what it says, a line each; the rest is counted."""
    found = [one_line(f"look at: {finding.text}") for finding in integrity(study)]
    rest = 0 if every else len(found) - DOUBTS_SHOWN
    return found if rest <= 0 else [*found[:DOUBTS_SHOWN], f"look at: {rest:,} more (--all)"]


def _next(folder: Path, inspection: Inspection, *, told: bool) -> str:
    """What to do after a check; `told` where each problem had a line of its own."""
    named = shlex.quote(str(study_folder(folder)))
    more = "" if told else f"; every place: python -m core check {named} --all"
    if inspection.study is None:
        first = "solve the first line" if len(inspection.problems) > 1 else "solve it"
        return one_line(f"next: {first}, then python -m core check {named} again{more}")
    return one_line(f"next: STUDY={named} make run shows it{more}")


def _summary(study: Study, warnings: int) -> str:
    summary = formatters.study_summary(study)
    return one_line(
        f"{study.title}: {len(study.tasks)} tasks, {summary['runs']} runs"
        f" ({summary['failed']} failed), methods {listed(summary['methods'])},"
        f" seeds {listed(summary['seeds'])}, {summary['evaluations']} evaluations;"
        f" {warnings} warning{'' if warnings == 1 else 's'}"
    )


@cli.group()
def cache() -> None:
    """What is kept of earlier computations; it may be cleared at any time."""


@cache.command()
@FOLDER
@JSON
def stats(folder: Path, as_json: bool) -> None:
    """How many results it holds, and their size."""
    found = _cache(folder).stats()
    if as_json:
        _print_json(
            {
                "folder": found.folder,
                "entries": found.entries,
                "bytes": found.size,
                "limit": found.size_limit,
            }
        )
    else:
        click.echo(
            f"{found.folder}: {found.entries:,} result{'s' if found.entries != 1 else ''},"
            f" {found.size / 2**20:,.1f} MB of at most {found.size_limit / 2**20:,.0f} MB"
        )


@cache.command()
@FOLDER
def clear(folder: Path) -> None:
    """Remove every result."""
    count = _cache(folder).clear()
    click.echo(f"{folder}: removed {count:,} result{'s' if count != 1 else ''}")


def _cache(folder: Path) -> ResultCache:
    """The cache in a folder. Raises RequestError where there is none: looking makes none."""
    if not (folder / "results").is_dir():
        raise RequestError(f"there is no cache in {folder}; name another with --folder")
    return ResultCache(folder, size_limit=size_limit())


def _print(
    as_json: bool, result: Any, report: Callable[[Any], Any], text: Callable[[Any], str]
) -> None:
    click.echo(as_text(report(result)) if as_json else text(result), nl=False)


def _print_json(report: Any) -> None:
    click.echo(as_text(report), nl=False)


def as_text(report: Any) -> str:
    """A report as JSON, undefined as null."""
    return json.dumps(report, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _fail(lines: list[str], code: int) -> int:
    for line in lines:
        click.echo(f"error: {one_line(line)}", err=True)
    return code


def main() -> int:
    """Run the command line; returns its exit code."""
    try:
        # Numbers that leave the range of a float become null; numpy would also tell so on
        # standard error, which is for lines of ours.
        with np.errstate(all="ignore"):
            code = cli.main(standalone_mode=False, prog_name="python -m core")
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.ctx.get_help() if fault.ctx else "", err=True)
        return EXIT_USAGE
    except click.ClickException as fault:
        return _fail([fault.format_message()], EXIT_USAGE)
    except click.Abort:
        return EXIT_INTERRUPTED
    except StudyError as fault:
        errors = [problem for problem in fault.problems if problem.is_error]
        lines = listing(errors)
        for line in lines:
            click.echo(line, err=True)
        if len(lines) < len(errors):
            click.echo("next: python -m core check STUDY --all names every place", err=True)
        return EXIT_WRONG
    except AtlasError as fault:
        return _fail([str(fault)], EXIT_WRONG)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
