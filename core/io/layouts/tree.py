"""Layout `runs`: the research repository's tree, one JSON file per run, task and split."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.evaluations import AT_CHECKPOINT, Evaluations, Split
from core.io.dialects.json_records import check_brackets
from core.io.dialects.raw_table import DialectError
from core.io.files import StudyFolder, below
from core.io.layouts.missing_evaluations import SPLITS, warn_of_missing
from core.io.layouts.records import DETAILS, EvaluationRecords, build_evaluations, number
from core.io.problems import ProblemCollector, quoted
from core.io.runs import RunList
from core.io.sections import Section
from core.study import Run, Task

_CHECKPOINT = re.compile(r"checkpoint-([0-9]+)", re.ASCII)
_ABSENT = object()
_IN_EVALUATION = ("eval_data", "evaluation_results.json")
_FIELDS = ("mean", *DETAILS)


class _Repeated(dict[str, Any]):
    """A JSON object that has a key more than once; `pairs` has all of them."""

    pairs: list[tuple[str, Any]]


class RunsLayout(Section):
    """`[evaluations]` with `layout = "runs"`: the research repository's own tree."""

    layout: Literal["runs"]
    root: str
    shifted_prefix: str


def read_runs_tree(
    folder: StudyFolder, section: RunsLayout, tasks: Sequence[Task], run_list: RunList
) -> Evaluations | None:
    """All evaluations below the root; None, with an error, without it."""
    root = folder.name_of(section.root, at="evaluations.root")
    if root is None:
        return None
    return read_evaluation_tree(folder, root, section.shifted_prefix, tasks, run_list)


def evaluation_files(folder: StudyFolder, section: RunsLayout) -> Iterator[str]:
    """All `<run>/evals/<task>/eval_data/evaluation_results.json` below the root.

    As text: a Path each would take as long as asking for their state, and there may be 20,000.
    """
    root = folder.name_of(section.root, at="evaluations.root")
    if root is None:
        return
    start = f"{folder.path}{os.sep}"
    rest = f"/{'/'.join(_IN_EVALUATION)}"
    for run in _entries(start + root):
        evaluations = start + below(root, run, "evals")
        yield from [f"{evaluations}/{task}{rest}" for task in _entries(evaluations)]


def _entries(path: Path | str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208 - as text
    except OSError:
        return []


def _records(
    keys: Sequence[tuple[int, int, int, int, int]], values: Sequence[tuple[float, ...]]
) -> EvaluationRecords:
    """keys: run, task, split, checkpoint and file of each; values: its score and details."""
    run, task, split, checkpoint, file = np.array(keys, dtype=np.int64).reshape(-1, 5).T
    columns = np.array(values, dtype=np.float64).reshape(-1, len(_FIELDS)).T
    return EvaluationRecords(
        run=run,
        task=task,
        shifted=split == 1,
        checkpoint=checkpoint,
        value=columns[0],
        file=file,
        row=np.full(len(keys), AT_CHECKPOINT, dtype=np.int64),
        details={
            name: column
            for name, column in zip(DETAILS, columns[1:], strict=True)
            if not np.isnan(column).all()
        },
    )


def read_evaluation_tree(
    folder: StudyFolder,
    root: str,
    shifted_prefix: str,
    tasks: Sequence[Task],
    run_list: RunList,
) -> Evaluations | None:
    """All evaluations of known runs on known tasks; None, with an error, without the root."""
    findings = folder.findings
    if not folder.folder_there(root, todo="correct evaluations.root, the folder of all runs"):
        return None
    runs = run_list.runs
    prefixes = {Split.STANDARD: "", Split.SHIFTED: shifted_prefix}
    present = np.zeros((len(runs), len(tasks), 2), dtype=bool)
    empty: set[str] = set()
    files: list[str] = []
    keys: list[tuple[int, int, int, int, int]] = []
    values: list[tuple[float, ...]] = []
    for i, run in enumerate(runs):
        for j, task in enumerate(tasks):
            for k, split in enumerate(SPLITS):
                name = evaluation_file(root, run.name, prefixes[split] + task.name)
                read_as = f"{task.name}\0{prefixes[split]}\0{run.failed}"
                part, state = folder.known_part(name, read_as)
                if part is not None:
                    present[i, j, k] = True
                    keys.extend((i, j, k, step, len(files)) for step in part.steps)
                    values.extend(part.steps.values())
                    files.append(name)
                    continue
                errors, before = findings.n_errors, findings.n_problems
                data = folder.read_if_there(name)
                if data is None:
                    present[i, j, k] = findings.n_errors > errors
                    continue
                steps = _read_steps(folder, name, data, task, prefixes[split], run)
                # A file that was reported as unreadable is not missing on top of that.
                present[i, j, k] = bool(steps) or findings.n_errors > errors
                if not steps:
                    empty.add(name)
                    continue
                keys.extend((i, j, k, step, len(files)) for step in steps)
                values.extend(steps.values())
                files.append(name)
                if findings.n_problems == before:
                    folder.keep_part(name, read_as, state, steps)
    evaluations = build_evaluations(
        _records(keys, values), files=files, runs=runs, tasks=tasks, findings=findings
    )

    def place(run: Run, task: Task, split: Split) -> tuple[str, str, str]:
        name = evaluation_file(root, run.name, prefixes[split] + task.name)
        return name, "", "no checkpoint in it" if name in empty else "no such file"

    warn_of_missing(findings, runs, tasks, present, place=place)
    return evaluations


def evaluation_file(root: str, run: str, evaluation: str) -> str:
    """The name of one evaluation's file; `evaluation` is a task, with the prefix where shifted."""
    return below(root, run, "evals", evaluation, *_IN_EVALUATION)


def _read_steps(
    folder: StudyFolder, name: str, data: bytes, task: Task, prefix: str, run: Run
) -> dict[int, tuple[float, ...]]:
    """Checkpoint -> mean and details (NaN where there are none) of one file."""
    findings = folder.findings
    document = _parse(folder, name, data)
    if document is None:
        return {}
    steps: dict[int, tuple[float, ...]] = {}
    for key, entry in _pairs(document):
        match = _CHECKPOINT.fullmatch(key)
        step = int(match[1]) if match and len(match[1]) < 400 else 2**63
        if match is None or step >= 2**63:
            findings.error(
                name, quoted(key), "a key without a training step", "name it checkpoint-<number>"
            )
            continue
        if not isinstance(entry, dict):
            findings.error(
                name, key, f"{_kind(entry)} instead of an object", "evaluate the checkpoint again"
            )
            continue
        values = _read_entry(findings, name, key, entry, task, prefix, warn=not run.failed)
        if values is None:
            continue
        before = steps.setdefault(step, values)
        if not np.array_equal(before, values, equal_nan=True):
            findings.error(
                name,
                key,
                f"checkpoint {step} a second time: {number(values[0])} after {number(before[0])}",
                "keep one of the two",
            )
    return steps


def _parse(folder: StudyFolder, name: str, data: bytes) -> dict[str, Any] | None:
    text = folder.decode(name, data)
    if text is None:
        return None
    findings = folder.findings
    try:
        check_brackets(text)
    except DialectError as error:
        findings.error(name, "", error.found, "evaluate again: a checkpoint has a few numbers")
        return None
    try:
        document = json.loads(text, object_pairs_hook=_keep_repeated)
    except json.JSONDecodeError as error:
        cut = not text.strip() or error.pos >= len(text.rstrip()) or "Unterminated" in error.msg
        findings.error(
            name,
            f"line {error.lineno}, column {error.colno}",
            "the file is cut" if cut else f"not JSON: {error.msg}",
            "evaluate again, or delete the file",
        )
        return None
    except RecursionError:
        findings.error(name, "", "nested too deeply", "evaluate again, or delete the file")
        return None
    except ValueError:  # what Python says of whole numbers beyond 4,300 digits
        findings.error(
            name, "", "a number of too many digits", "evaluate again, or delete the file"
        )
        return None
    if not isinstance(document, dict):
        findings.error(
            name,
            "",
            f"{_kind(document)} instead of an object",
            "write one object with a key checkpoint-<number> per checkpoint",
        )
        return None
    return document


def _read_entry(
    findings: ProblemCollector,
    name: str,
    key: str,
    entry: dict[str, Any],
    task: Task,
    prefix: str,
    *,
    warn: bool,
) -> tuple[float, ...] | None:
    """Mean and details of one checkpoint, None with errors where one is no number."""
    found = []
    usable = True
    for suffix in _FIELDS:
        metric = f"eval_{task.name}_metric_{suffix}"
        aliases = (metric, f"eval_{prefix}{task.name}_metric_{suffix}") if prefix else (metric,)
        value, where = _look_up(findings, name, key, entry, aliases)
        if value is None or value is _ABSENT:
            result = math.nan
            if suffix == "mean" and warn:
                state = "is null" if value is None else "is missing"
                findings.warn(
                    name, f"{key}.{where}", state, "evaluate it again; the cell stays empty"
                )
        elif isinstance(value, bool) or not isinstance(value, (int, float)):
            usable = False
            result = math.nan
            findings.error(
                name, f"{key}.{where}", f"{_kind(value)} instead of a number", "write a number"
            )
        else:
            result = _as_float(value)
            if suffix == "mean" and warn and not math.isfinite(result):
                findings.warn(
                    name,
                    f"{key}.{where}",
                    f"{number(result)} is not a finite number",
                    "evaluate it again; the cell stays empty",
                )
        found.append(result)
    return tuple(found) if usable else None


def _look_up(
    findings: ProblemCollector, name: str, key: str, entry: dict[str, Any], aliases: Sequence[str]
) -> tuple[Any, str]:
    """The value of the first alias that is there, and that alias."""
    for alias in aliases:
        if alias in entry:
            if isinstance(entry, _Repeated):
                values = [value for other, value in entry.pairs if other == alias]
                if any(not _same(value, values[0]) for value in values):
                    findings.error(
                        name, f"{key}.{alias}", "twice with different values", "keep one of the two"
                    )
            return entry[alias], alias
    return _ABSENT, aliases[0]


def _keep_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) == len(pairs):
        return document
    repeated = _Repeated(document)
    repeated.pairs = pairs
    return repeated


def _pairs(document: Mapping[str, Any]) -> Sequence[tuple[str, Any]]:
    return document.pairs if isinstance(document, _Repeated) else list(document.items())


def _same(one: object, other: object) -> bool:
    both_nan = one != one and other != other  # only NaN differs from itself
    return both_nan or (type(one) is type(other) and one == other)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _kind(value: object) -> str:
    """What a JSON value is, for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"text {quoted(value)}"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else f"the number {value}"
