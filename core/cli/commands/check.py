"""python -m core check: is the study whole, and what is wrong with it."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from core.analyses.integrity import integrity
from core.cli.commands import EXIT_WRONG
from core.cli.formatters.study import check_report, study_summary
from core.cli.opening import inspected
from core.cli.options import EVERY, JSON, STUDY, study_folder
from core.cli.output import show_json
from core.errors import listed, one_line
from core.io import Inspection, listing
from core.io.remote import origin_of
from core.study import Study

DOUBTS_SHOWN = 6
MOST_READ = 20
"""How many files are told of that were not plain, unless all are asked for."""


@click.command()
@STUDY
@JSON
@EVERY
def check(folder: Path, as_json: bool, every: bool) -> None:
    """Read a study and name its problems, by kind; exit 1 if it cannot be used.

    Problems go to standard error, causes first, at most twenty lines with what to do next; a
    summary of the study goes to standard output. With --json all of it, each problem by itself,
    is one JSON object on standard output.
    """
    inspection = inspected(study_folder(folder))
    if as_json:
        show_json(check_report(inspection))
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


def _doubts(study: Study, *, every: bool) -> list[str]:
    """What looks as if the study were not what it says, a line each; the rest is counted."""
    found = [one_line(f"look at: {finding.text}") for finding in integrity(study)]
    rest = 0 if every else len(found) - DOUBTS_SHOWN
    return found if rest <= 0 else [*found[:DOUBTS_SHOWN], f"look at: {rest:,} more (--all)"]


def _next(folder: Path, inspection: Inspection, *, told: bool) -> str:
    """What to do after a check; `told` where each problem had a line of its own."""
    at = study_folder(folder)
    named = shlex.quote(origin_of(at) or str(at))
    more = "" if told else f"; every place: python -m core check {named} --all"
    if inspection.study is None:
        first = "solve the first line" if len(inspection.problems) > 1 else "solve it"
        return one_line(f"next: {first}, then python -m core check {named} again{more}")
    return one_line(f"next: STUDY={named} make run shows it{more}")


def _summary(study: Study, warnings: int) -> str:
    summary = study_summary(study)
    seeds = f", seeds {listed(summary['seeds'])}" if study.names_seeds else ""
    return one_line(
        f"{study.title}: {len(study.tasks)} tasks, {summary['runs']} runs"
        f" ({summary['failed']} failed), methods {listed(summary['methods'])}"
        f"{seeds}, {summary['evaluations']} evaluations;"
        f" {warnings} warning{'' if warnings == 1 else 's'}"
    )
