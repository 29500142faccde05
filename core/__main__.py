"""python -m core: everything without the dashboard, for scripts and notebooks.

Standard output holds the result and nothing else; what is wrong goes to standard error, one line
each. Exit 0, 1 where the study or the request is wrong, 2 for a command line that makes no sense.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np

from core import reports
from core.analyses import (
    ASSOCIATION,
    ASSOCIATION_SWEEP,
    BALANCE,
    GRAPH,
    SIMILARITY,
    TRANSFER,
    AssociationParams,
    GraphParams,
    PairsParams,
    SimilarityParams,
    SweepParams,
    TransferParams,
)
from core.cache import ResultCache, default_folder, size_limit
from core.cka_command import cka
from core.errors import AtlasError, RequestError, StudyError, listed, one_line
from core.export_command import (
    DEBIASED,
    FORCE,
    FORMAT,
    MEASURE,
    STYLE,
    export_study,
    report_study,
)
from core.loading import inspect_study, open_study
from core.measures import Measure
from core.normalization import Convention
from core.study import Checkpoint, Study
from core.transfer import Kind

F = TypeVar("F", bound=Callable[..., Any])

EXIT_WRONG, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class CheckpointType(click.ParamType[Checkpoint]):
    """`last` or a training step."""

    name = "last|STEP"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Checkpoint:
        """The checkpoint; a usage error where it is neither."""
        if value == "last":
            return "last"
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        return self.fail(f"{value!r} is neither `last` nor a training step", param, ctx)


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order given."""

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


STUDY = click.argument("folder", metavar="STUDY", type=click.Path(path_type=Path))
METHOD = click.option("--method", help="May be left out where the study has one.")
SEEDS = click.option("--seed", "seeds", type=int, multiple=True, help="Only these seeds.")
EXCLUDE = click.option("--exclude", multiple=True, metavar="T", help="Leave out this task.")
INCLUDE = click.option(
    "--include", multiple=True, metavar="T", help="Bring back a task the manifest excludes."
)
CONVENTION = click.option(
    "--convention",
    type=click.Choice([c.value for c in Convention]),
    default=Convention.PUBLISHED.value,
    show_default=True,
    help="Scale of normalized improvement: published is clipped to [0, 1.5], strict is not.",
)
CHECKPOINT = click.option(
    "--checkpoint",
    type=CheckpointType(),
    default="last",
    show_default=True,
    help="Of the fine-tuned and single-source runs; bases stand at their last.",
)
LAYER = click.option("--layer", type=int, help="Layer of the CKA.  [default: the manifest's]")
CKA_CHECKPOINT = click.option(
    "--cka-checkpoint",
    type=CheckpointType(),
    default="last",
    show_default=True,
    help="Of the single-task models whose CKA it is.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table to read.")
PAIRS = _options(STUDY, METHOD, SEEDS, EXCLUDE, INCLUDE, CONVENTION, CHECKPOINT)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Which task teaches which: the numbers of a study, without the dashboard."""


@cli.command()
@STUDY
@JSON
def check(folder: Path, as_json: bool) -> None:
    """Read a study and name every problem; exit 1 if it cannot be used.

    Problems go to standard error, a summary of the study to standard output; with --json all of
    it is one JSON object on standard output.
    """
    inspection = inspect_study(_study_folder(folder))
    if as_json:
        _print_json(reports.check_report(inspection))
    else:
        for line in reports.listing(inspection.problems):
            click.echo(line, err=True)
        if inspection.study is not None:
            click.echo(_summary(inspection.study, len(inspection.problems)))
    if inspection.study is None:
        raise click.exceptions.Exit(EXIT_WRONG)


@cli.command()
@_options(STUDY, METHOD)
@click.option(
    "--kind",
    type=click.Choice([k.value for k in Kind]),
    default=Kind.ACTUAL.value,
    show_default=True,
)
@click.option("--other", metavar="METHOD", help="The method to subtract, with --kind versus.")
@_options(SEEDS, EXCLUDE, CONVENTION, CHECKPOINT, JSON)
@click.option("--csv", "as_csv", is_flag=True, help="The means as CSV.")
def matrix(
    folder: Path,
    method: str | None,
    kind: str,
    other: str | None,
    seeds: tuple[int, ...],
    exclude: tuple[str, ...],
    convention: str,
    checkpoint: Checkpoint,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Normalized improvement of training sets (rows) on targets (columns), all tasks."""
    if as_json and as_csv:
        raise click.UsageError("--json and --csv: choose one")
    study = open_study(_study_folder(folder))
    result = TRANSFER.compute(
        study,
        TransferParams(
            method=_method(study, method),
            kind=Kind(kind),
            other=other,
            seeds=seeds or None,
            exclude=exclude,
            convention=Convention(convention),
            checkpoint=checkpoint,
        ),
    )
    if as_csv:
        click.echo(reports.matrix_csv(result), nl=False)
    else:
        _print(as_json, result, reports.matrix_report, reports.matrix_text)


@cli.command()
@_options(PAIRS, LAYER, CKA_CHECKPOINT)
@click.option(
    "--measure",
    type=click.Choice([m.value for m in Measure]),
    default=Measure.CKA.value,
    show_default=True,
)
@click.option("--debiased", is_flag=True, help="Debiased CKA; from representations.")
@click.option(
    "--sweep", is_flag=True, help="r, R² and QAP p at every layer and CKA checkpoint instead."
)
@JSON
def association(
    layer: int | None,
    cka_checkpoint: Checkpoint,
    measure: str,
    debiased: bool,
    sweep: bool,
    as_json: bool,
    **shared: Any,
) -> None:
    """Does CKA predict transfer? Correlation over all ordered pairs of the included tasks."""
    how: dict[str, Any] = {"measure": Measure(measure), "debiased": debiased}
    if sweep and (layer is not None or cka_checkpoint != "last"):
        raise click.UsageError("--sweep is over all layers and checkpoints: name none")
    study, pairs = _study_and_pairs(shared)
    if sweep:
        swept = ASSOCIATION_SWEEP.compute(study, SweepParams(**vars(pairs), **how))
        _print(as_json, swept, reports.sweep_report, reports.sweep_text)
        return
    params = AssociationParams(**vars(pairs), layer=layer, cka_checkpoint=cka_checkpoint, **how)
    result = ASSOCIATION.compute(study, params)
    _print(as_json, result, reports.association_report, reports.association_text)


@cli.command()
@_options(PAIRS, LAYER, JSON)
def balance(layer: int | None, as_json: bool, **shared: Any) -> None:  # noqa: ARG001
    """What each task gives to and receives from the others.

    --layer changes nothing here: it is taken so that association's options fit.
    """
    study, pairs = _study_and_pairs(shared)
    result = BALANCE.compute(study, pairs)
    _print(as_json, result, reports.balance_report, reports.balance_text)


@cli.command()
@_options(PAIRS, LAYER)
@click.option(
    "--threshold",
    type=click.FloatRange(min=0.0, max=sys.float_info.max),
    default=0.0,
    show_default=True,
    help="Only edges at least this strong; an edge that harms by its size on the strict scale.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["graphml", "gexf", "json"]),
    default="json",
    show_default=True,
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def graph(layer: int | None, threshold: float, form: str, out: Path | None, **shared: Any) -> None:
    """The directed transfer graph."""
    if not math.isfinite(threshold):
        raise click.BadParameter("it must be a number", param_hint="'--threshold'")
    study, pairs = _study_and_pairs(shared)
    result = GRAPH.compute(study, GraphParams(**vars(pairs), layer=layer))
    if form == "json":
        text = _json(reports.graph_report(result, threshold=threshold))
    else:
        text = reports.graph_markup(result, threshold=threshold, form=form)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise RequestError(f"{out} cannot be written: {fault.strerror or fault}") from None


cli.add_command(cka)

METHODS = click.option(
    "--method", "methods", multiple=True, metavar="M", help="Only these methods."
)
VIEW = _options(
    STUDY,
    METHODS,
    SEEDS,
    EXCLUDE,
    INCLUDE,
    CONVENTION,
    CHECKPOINT,
    LAYER,
    CKA_CHECKPOINT,
    MEASURE,
    DEBIASED,
    STYLE,
    FORCE,
)


@cli.command()
@VIEW
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder the files are written to.",
)
@FORMAT
@JSON
def export(folder: Path, **options: Any) -> None:
    """Write every figure and table of every tab, as the dashboard shows them.

    Figures as HTML, SVG, PDF or PNG, tables as CSV, index.html and captions.txt beside them; with
    --format html report.html, too. What differs between methods is written once for each.
    """
    export_study(_study_folder(folder), options.pop("out"), options.pop("form"), **options)


@cli.command()
@VIEW
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file, such as report.html.",
)
def report(folder: Path, **options: Any) -> None:
    """Write all tabs into one HTML file that needs nothing else, to mail or to keep."""
    report_study(_study_folder(folder), options.pop("out"), **options)


@cli.command()
@_options(STUDY, LAYER, SEEDS)
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
    layer: int | None,
    seeds: tuple[int, ...],
    checkpoint: Checkpoint,
    trained: int,
    measure: str,
    debiased: bool,
) -> None:
    """Similarity of the models of single tasks (or of more) at one layer, as JSON."""
    study = open_study(_study_folder(folder))
    params = SimilarityParams(
        layer=layer,
        checkpoint=checkpoint,
        seeds=seeds or None,
        trained=trained,
        measure=Measure(measure),
        debiased=debiased,
    )
    _print_json(reports.similarity_report(SIMILARITY.compute(study, params)))


# -- shared ------------------------------------------------------------------------------------


def _study_folder(path: Path) -> Path:
    """The folder of a study, also where its manifest was named."""
    return path.parent if path.name == "study.toml" and path.is_file() else path


def _method(study: Study, asked: str | None) -> str:
    """The method asked for; where none was, the only one there is."""
    return asked if asked is not None else _only([m.name for m in study.tested_methods])


def _single_source_method(study: Study, asked: str | None) -> str:
    """The same among the methods that have X→Y values."""
    return asked if asked is not None else _only([m.name for m in study.single_source_methods])


def _study_and_pairs(shared: dict[str, Any]) -> tuple[Study, PairsParams]:
    """The study asked for, and the parameters that the options of PAIRS stand for."""
    study = open_study(_study_folder(shared["folder"]))
    return study, PairsParams(
        method=_single_source_method(study, shared["method"]),
        seeds=shared["seeds"] or None,
        exclude=shared["exclude"],
        include=shared["include"],
        convention=Convention(shared["convention"]),
        checkpoint=shared["checkpoint"],
    )


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if not names:
        raise RequestError("this study has no fine-tuned runs")
    raise RequestError(f"say which method with --method: {listed(names)}")


def _summary(study: Study, warnings: int) -> str:
    summary = reports.study_summary(study)
    return one_line(
        f"{study.title}: {len(study.tasks)} tasks, {summary['runs']} runs"
        f" ({summary['failed']} failed), methods {listed(summary['methods'])},"
        f" seeds {listed(summary['seeds'])}, {summary['evaluations']} evaluations;"
        f" {warnings} warning{'' if warnings == 1 else 's'}"
    )


@cli.group()
def cache() -> None:
    """What is kept of earlier computations; it may be cleared at any time."""


FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=default_folder,
    show_default="CACHE_DIR, or .cache/results",
    help="The cache.",
)


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
    click.echo(_json(report(result)) if as_json else text(result), nl=False)


def _print_json(report: Any) -> None:
    click.echo(_json(report), nl=False)


def _json(report: Any) -> str:
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
        return _fail([str(p) for p in fault.problems if p.is_error], EXIT_WRONG)
    except AtlasError as fault:
        return _fail([str(fault)], EXIT_WRONG)
    except BrokenPipeError:
        # The reader (head, less) has seen enough; nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
