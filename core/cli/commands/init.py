"""python -m core init: look at a file of results, and write the manifest that reads it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from core.cli.options import Registered
from core.errors import RequestError, listed
from core.io import inspect_study, listing
from core.io.files import MANIFEST
from core.io.layouts.score_directions import is_doubt
from core.io.layouts.scores import REPEATS
from core.io.methods import own_predictions, said_of_own_predictions
from core.io.recognition import Recognized, recognize
from core.io.trackers import Tracker, tracker_of
from core.io.trackers.recognize_runs import recognize_runs
from core.io.trackers.tracked_runs import (
    RUN_TABLE,
    RunTable,
    merged,
    read_run_table,
    write_run_table,
)
from core.metrics import METRICS, by_logarithms
from core.study import Study, ValueScale

SHOWN = 8
"""Rows and columns of the preview."""


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        # A template of words may hold the sign: {sources}=>{target}=COLUMN.
        left, equals, right = text.rpartition("=") if text[:1] == "{" else text.partition("=")
        if not equals or not left or not right:
            raise click.UsageError(f"{option} {text}: write it as {option} NAME=VALUE")
        found[left.strip()] = right.strip()
    return found


@click.command()
@click.argument("source", metavar="SOURCE")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder the manifest is written to, the file's or one above it.  [default: beside it]",
)
@click.option("--map", "mapped", multiple=True, metavar="WORD=COLUMN", help="Their column.")
@click.option("--sheet", metavar="NAME", help="Of a workbook.  [default: the first with results]")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only such rows count.")
@click.option(
    "--metric", type=Registered(lambda: METRICS), help="Direction; error: lower is better."
)
@click.option("--zero", metavar="Z", help="What no transfer reaches: a number, or source:NAME.")
@click.option("--one", metavar="O", help="What counts as full: a number, source:NAME, diagonal.")
@click.option(
    "--repeats", type=click.Choice(REPEATS), help="What the same cell again is.  [default: told]"
)
@click.option("--force", is_flag=True, help="Replace a manifest that is there.")
@click.option("--yes", is_flag=True, help="Take higher for better where nothing tells.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of sentences.")
def init(
    source: str,
    out: Path | None,
    mapped: tuple[str, ...],
    sheet: str | None,
    where: tuple[str, ...],
    metric: str | None,
    zero: str | None,
    one: str | None,
    repeats: str | None,
    force: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Look at a file or folder of results and write study.toml beside it.

    Says what it understood, what it assumed and what it cannot know. The file itself is neither
    changed nor copied.

    SOURCE can also be mlflow:URI (a tracking store, SQLite or folder) or wandb:FOLDER (exported
    runs): the runs become a Parquet table beside the manifest, and once more adds what is new.
    """
    choices = _Choices(_pairs("--map", mapped), _pairs("--where", where), metric, zero, one)
    rules = _Rules(repeats or "", yes=yes)
    tracker = tracker_of(source)
    if tracker is None:
        _from_file(Path(source), out, choices, rules, sheet=sheet, force=force, as_json=as_json)
    elif sheet is not None:
        raise click.UsageError("--sheet is of a workbook; a tracker has none")
    else:
        _from_tracker(*tracker, out, choices, rules, force=force, as_json=as_json)


@dataclass(frozen=True)
class _Choices:
    """What the options say about how to read."""

    mapped: Mapping[str, str]
    where: Mapping[str, str]
    metric: str | None
    zero: str | None
    one: str | None


@dataclass(frozen=True)
class _Rules:
    """What is to be made of what nothing tells: of repeated cells, of the direction."""

    repeats: str
    yes: bool

    def undoubted(self, found: Recognized, study: Study) -> Recognized:
        """With a direction guessed from a name as asked for, where the values contradict it.

        Raises RequestError where nobody can be asked.
        """
        doubt = next(filter(is_doubt, study.warnings), None)
        if doubt is None or self.yes or not found.is_direction_guessed:
            return found
        if not sys.stdin.isatty():
            raise RequestError(
                f"{doubt.found}: say which is better with --metric {'|'.join(sorted(METRICS))}, or"
                " --yes to take it as its name says"
            )
        click.echo(str(doubt), err=True)
        return found.directed(_asked_for_better())

    def settled(self, found: Recognized) -> Recognized:
        """Raises RequestError where something is still to be decided."""
        found = found.with_repeats(self.repeats)
        if found.conflict:
            raise RequestError(
                f"{found.conflict}; keep one of the rows, or say --repeats mean or --repeats seeds"
            )
        return _directed(found, yes=self.yes)


def _from_file(
    source: Path,
    out: Path | None,
    choices: _Choices,
    rules: _Rules,
    *,
    sheet: str | None,
    force: bool,
    as_json: bool,
) -> None:
    if not source.exists():
        raise RequestError(f"{source}: no such file or folder")
    found = rules.settled(recognize(source, **vars(choices), sheet=sheet))
    home = source if source.is_dir() else source.parent
    folder = out or home
    manifest = folder / MANIFEST
    if manifest.exists() and not force:
        raise RequestError(
            f"{manifest} is there already; --force replaces it, --out writes elsewhere"
        )
    if folder.resolve() != home.resolve():
        found = replace(found, path=_path_from(folder, home, found.path))
    folder.mkdir(parents=True, exist_ok=True)
    with _opening(folder, manifest) as study_of:
        found, study = _written(found, manifest, title_of(source), study_of, rules)
    _tell(found, manifest, study, as_json=as_json)


def _written(
    found: Recognized, manifest: Path, title: str, study_of: Callable[[], Study], rules: _Rules
) -> tuple[Recognized, Study]:
    """Write the manifest; what it says by then, and the study.

    Methods with runs on one task and on several are predicted from themselves, and values may
    contradict their direction: only the study tells.
    """
    manifest.write_text(found.manifest(title), encoding="utf-8")
    study = study_of()
    asked = replace(rules.undoubted(found, study), has_logarithms=_has_logarithms(study))
    if asked != found:
        found = asked
        manifest.write_text(found.manifest(title), encoding="utf-8")
        study = study_of()
    text = found.manifest(title)
    if own := own_predictions(study):
        manifest.write_text(text + own, encoding="utf-8")
        found = replace(found, assumed=(*found.assumed, *said_of_own_predictions(study)))
    return found, study


@contextmanager
def _opening(folder: Path, *files: Path) -> Iterator[Callable[[], Study]]:
    """For writing a study: gives what reads it; on any error the files are as they were."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}

    def study_of() -> Study:
        inspection = inspect_study(folder)
        if inspection.study is None:
            errors = [str(problem) for problem in inspection.problems if problem.is_error]
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise RequestError(f"{errors[0]}{more}")
        return inspection.study

    try:
        yield study_of
    except BaseException:
        # Nothing is left behind that does not open.
        for path, data in before.items():
            if data is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(data)
        raise


def _from_tracker(
    tracker: Tracker,
    given: str,
    out: Path | None,
    choices: _Choices,
    rules: _Rules,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write the runs of a tracker and the manifest, or add to runs that are there."""
    source = f"{tracker.name}:{given}"
    folder = out or tracker.home(given)
    if folder is None:
        raise RequestError(f"{source}: say with --out DIR where the study is to be written")
    manifest, kept = folder / MANIFEST, folder / RUN_TABLE
    if manifest.exists() and not force:
        if not kept.exists():
            raise RequestError(
                f"{manifest} is there already; --force replaces it, --out writes elsewhere"
            )
        _add_runs(source, tracker, given, folder, as_json=as_json)
        return
    runs = tuple(tracker.read(given))
    found, table = recognize_runs(RunTable(source, runs), tracker.finished, **vars(choices))
    found = replace(rules.settled(found), path=RUN_TABLE)
    folder.mkdir(parents=True, exist_ok=True)
    with _opening(folder, manifest, kept) as study_of:
        write_run_table(kept, table)
        found, study = _written(found, manifest, title_of(Path(given)), study_of, rules)
    _tell(found, manifest, study, as_json=as_json, runs={"runs": len(table.runs)})


def _add_runs(source: str, tracker: Tracker, given: str, folder: Path, *, as_json: bool) -> None:
    kept = folder / RUN_TABLE
    table = read_run_table(kept)
    if table.source != source:
        raise RequestError(
            f"{kept} holds the runs of {table.source}; --out writes elsewhere, --force replaces it"
        )
    table, new, changed, gone = merged(table, tracker.read(given))
    if new or changed:
        with _opening(folder, kept) as study_of:
            write_run_table(kept, table)
            study_of()
    if as_json:
        report = {
            "manifest": str(folder / MANIFEST),
            "runs": len(table.runs),
            "added": new,
            "changed": changed,
            "gone": gone,
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{new} new runs, {changed} changed, {len(table.runs)} in {kept}; the manifest is as it was"
        if new or changed
        else f"nothing new: {len(table.runs)} runs in {kept}"
    )
    if gone:
        click.echo(f"{gone} are no longer in {source} and stay; --force takes them out", err=True)


def title_of(source: Path) -> str:
    """A study's title: the name of its file or folder, without endings."""
    return source.resolve().name.split(".")[0] or "results"


def _path_from(folder: Path, home: Path, name: str) -> str:
    try:
        return (home.resolve() / name).relative_to(folder.resolve()).as_posix()
    except ValueError:
        raise RequestError(
            f"a study reads files of its own folder, and {home / name} is not in {folder}; give"
            " --out a folder above it, or leave it out"
        ) from None


def _higher_is_better(metric: str | None) -> bool:
    return metric is None or METRICS[metric].higher_is_better


def _directed(found: Recognized, *, yes: bool) -> Recognized:
    """With a direction: as told, asked for on a terminal, or assumed where that was allowed."""
    if found.metric is not None:
        return found
    unknown = tuple(text for text in found.unknown if not text.startswith("whether higher"))
    if yes:
        assumed = (*found.assumed, "higher is better: nothing tells, and --yes was given")
        return replace(found, metric="score", metric_assumed=True, unknown=unknown, assumed=assumed)
    if not sys.stdin.isatty():
        raise RequestError(
            "nothing tells whether higher is better; say --metric accuracy, --metric score"
            " (higher), --metric error (lower), or --yes to take higher for better"
        )
    return replace(found, metric=_asked_for_better(), unknown=unknown)


def _asked_for_better() -> str:
    metric: str = click.prompt("Which is better", type=Registered(lambda: METRICS), err=True)
    return metric


def _tell(
    found: Recognized,
    manifest: Path,
    study: Study,
    *,
    as_json: bool,
    runs: Mapping[str, int] | None = None,
) -> None:
    methods = [method.name for method in study.tested_methods]
    seeds = sorted({run.seed for run in study.runs})
    sources = list(dict.fromkeys("+".join(r.trained) for r in study.runs if not r.is_base))
    targets = [
        task.name for i, task in enumerate(study.tasks) if (study.evaluations.task == i).any()
    ]
    report: dict[str, Any] = {
        "manifest": str(manifest),
        "form": found.form,
        **(runs or {}),
        "rows": len(study.evaluations),
        "scores": int(np.isfinite(study.evaluations.value).sum()),
        "sources": sources,
        "targets": targets,
        "methods": methods,
        "seeds": seeds,
        "metric": found.metric,
        "better": "higher" if _higher_is_better(found.metric) else "lower",
        "recognized": list(found.dialect),
        "understood": list(found.understood),
        "assumed": list(found.assumed),
        "unknown": list(found.unknown),
        "warnings": list(map(str, study.warnings)),
    }
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
        return
    for title in ("recognized", "understood", "assumed", "unknown"):
        for text in report[title]:
            click.echo(f"{'not known' if title == 'unknown' else title}: {text}", err=True)
    for line in listing(study.warnings):
        click.echo(line, err=True)
    told_seeds = f", seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds[:8]))}"
    told_seeds = told_seeds if study.names_seeds else ""
    click.echo(
        f"{_scores_there(study)}, {len(sources)} sources, {len(targets)} targets,"
        f" method{'s' if len(methods) > 1 else ''} {', '.join(methods[:8])}{told_seeds};"
        f" {report['better']} is better{_but_for(study, found)}{_how_normalized(study)}"
    )
    click.echo(_preview(study, methods[0]))
    click.echo(f"{manifest} is written; next: STUDY={manifest.parent} make run")


def _but_for(study: Study, found: Recognized) -> str:
    """` (lower: B, D)`, of targets whose own metric goes the other way."""
    higher = _higher_is_better(found.metric)
    other = [task.name for task in study.tasks if task.metric.higher_is_better is not higher]
    return f" ({'lower' if higher else 'higher'}: {listed(other)})" if other else ""


def _has_logarithms(study: Study) -> bool:
    """No error is 0 or below."""
    errors = np.array([not task.metric.higher_is_better for task in study.tasks], dtype=bool)
    return not (study.evaluations.value[errors[study.evaluations.task]] <= 0).any()


def _how_normalized(study: Study) -> str:
    """What the scores are now, and that errors are or would be normalized by logarithms."""
    said = by_logarithms(task.metric for task in study.tasks) if _has_logarithms(study) else ""
    if not study.has_given_scores or study.value_scale is ValueScale.NORMALIZED:
        return said
    now = "as given" if study.is_raw else "a gain over zero"
    if not said:
        return f", {now}"
    needed = "zero and one" if study.is_raw else "one"
    return f", {now}; with {needed} normalized{said.removeprefix(',')}"


def _scores_there(study: Study) -> str:
    """`20 scores (4 empty)`: what is no number is no score."""
    there = int(np.isfinite(study.evaluations.value).sum())
    empty = len(study.evaluations) - there
    return f"{there:,} scores" + (f" ({empty:,} empty)" if empty else "")


def _preview(study: Study, method: str) -> str:
    """The upper left corner of the first method's matrix."""
    from core.transfer.build import transfer_matrix
    from core.transfer.query import TransferQuery

    matrix = transfer_matrix(study, TransferQuery(method))
    names = ["+".join(sources) for sources in matrix.sources[:SHOWN]]
    columns = matrix.targets[:SHOWN]
    down, across = _cut_apart(names), _cut_apart(columns)
    width = max(map(len, down), default=1)
    lines = [" " * width + "  " + "  ".join(f"{name:>10}" for name in across)]
    for i, name in enumerate(down):
        cells = [matrix.values[i, j] for j in range(len(columns))]
        shown = ["" if value != value else f"{value:.4g}" for value in cells]
        lines.append(f"{name:<{width}}  " + "  ".join(f"{text:>10}" for text in shown))
    rest = len(matrix.sources) - len(names), len(matrix.targets) - len(columns)
    if any(rest):
        lines.append(f"… and {rest[0]} more sources, {rest[1]} more targets")
    return "\n".join(lines)


def _cut_apart(names: Sequence[str]) -> list[str]:
    """Names cut, and those that would then be alike cut where they begin to differ."""
    found = [_cut(name) for name in names]
    for i, name in enumerate(names):
        alike = [other for j, other in enumerate(names) if _cut(other) == _cut(name) and j != i]
        if alike:
            at = max(_first_difference(name, other) for other in alike)
            start = max(0, at - 3)
            found[i] = f"{'…' if start else ''}{name[start : at + 5]}…"
    return found


def _first_difference(name: str, other: str) -> int:
    pairs = zip(name, other, strict=False)
    same = min(len(name), len(other))
    return next((i for i, (a, b) in enumerate(pairs) if a != b), same)


def _cut(name: str) -> str:
    """A long name, cut in the middle, where long names are mostly alike at both ends."""
    return name if len(name) <= 10 else f"{name[:4]}…{name[-5:]}"
