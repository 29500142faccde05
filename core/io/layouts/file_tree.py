"""Layout `tree`: a tree of JSON files, one value a file, its fields in the path."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from core.errors import listed
from core.evaluations import Evaluations, Split
from core.io.column_finder import plain
from core.io.dialects.json_records import check_brackets
from core.io.dialects.packing import packing_of, unpacked
from core.io.dialects.raw_table import Cells, DialectError
from core.io.file_patterns import matching_files
from core.io.files import MANIFEST, StudyFolder
from core.io.layouts.scores import OPTIONAL, Scores, ScoresOptions, scores_of
from core.io.layouts.table import evaluations_of
from core.io.layouts.task_scales import TasksNamed
from core.io.names.name_templates import filled
from core.io.problems import ProblemCollector, quoted
from core.io.runs import RunList
from core.io.sections import Scalar
from core.io.tables import Table
from core.study import Task


class TreeLayout(ScoresOptions):
    """`[evaluations]` with `layout = "tree"`.

    path: with fields in braces, `{target}/{source}/{method}-s{seed}/eval_results.json`. value: the
    way to the number in a file, `eval.{target}.accuracy` or `eval_{target}_acc`; where the path has
    no target, one for each key there. columns: our word -> a template of
    fields, where the path has other words. where: a field of the path -> its value, or values, in
    files that count. splits: our word for a split -> theirs.
    """

    layout: Literal["tree"]
    path: str
    value: str
    columns: dict[str, str] = {}
    where: dict[str, Scalar | list[Scalar]] = {}
    splits: dict[str, str] = {}

    @property
    def gives_scores(self) -> bool:
        """The path has a target, not a run that runs.csv knows."""
        words = {*self.columns}
        return "run" not in words and "{run}" not in self.path


def read_tree_scores(folder: StudyFolder, section: TreeLayout, named: TasksNamed) -> Scores | None:
    """Scores: one per file."""
    table = _table(folder, section, ("sources", "target"), OPTIONAL, "score")
    if table is None:
        return None
    return scores_of(folder.findings, table, named, section)


def read_tree_evaluations(
    folder: StudyFolder, section: TreeLayout, tasks: Sequence[Task], run_list: RunList
) -> Evaluations | None:
    """Evaluations: one per file."""
    table = _table(folder, section, ("run", "task"), ("split", "checkpoint"), "value")
    if table is None:
        return None
    ours = {theirs: word for word, theirs in section.splits.items()}
    columns = dict(table.columns)
    columns["split"] = (
        [ours.get(cell, cell) for cell in table.texts("split")]
        if "split" in table
        else [Split.SHIFTED.value] * len(table)
    )
    columns.setdefault("checkpoint", ["0"] * len(table))
    return evaluations_of(
        folder, Table(table.files, table.file_of, table.rows, columns), tasks, run_list
    )


def _table(
    folder: StudyFolder,
    section: TreeLayout,
    needed: tuple[str, ...],
    optional: tuple[str, ...],
    value: str,
) -> Table | None:
    findings = folder.findings
    files = _files(folder, section)
    if not files:
        return None
    before = findings.n_errors
    columns: dict[str, list[str]] = {}
    without: dict[str, str] = {}
    for name, fields in files:
        if not _counts(section, fields):
            continue
        row = _words(section, fields, (*needed, *optional))
        if "target" in needed and "target" not in row and "{target}" in section.value:
            found = _by_target(folder, name, filled(section.value, fields))
            without = dict.fromkeys(found.without, name) | without
            _add_each(columns, {**row, "file": name}, found.numbers, value)
            continue
        lacking = [word for word in needed if word not in row]
        if lacking:
            findings.error(
                MANIFEST,
                "evaluations.path",
                f"no field {quoted('{' + lacking[0] + '}')}",
                f"put it into the path, or write evaluations.columns.{lacking[0]}",
            )
            return None
        number = _value(folder, name, filled(section.value, fields))
        if number is None:
            continue
        for word, text in (*row.items(), ("file", name), (value, number)):
            columns.setdefault(word, []).append(text)
    if not columns and findings.n_errors == before:
        told = listed(f"{field} = {value}" for field, value in section.where.items())
        todo = "correct evaluations.where"
        findings.error(MANIFEST, "evaluations.where", f"no file with {told}", todo)
    if findings.n_errors > before or not columns:
        return None
    _tell_without(findings, section, without, {*columns.get("target", ())})
    return _as_table(columns, len(files))


def _files(folder: StudyFolder, section: TreeLayout) -> list[tuple[str, dict[str, str]]]:
    """Those that fit the path, each with the fields of its name; with an error where none does."""
    path = folder.name_of(section.path, at="evaluations.path")
    if path is None:
        return []
    files = matching_files(folder, path)
    if not files:
        folder.findings.error(
            MANIFEST,
            "evaluations.path",
            f"no file fits {quoted(section.path)}",
            "correct it: fields stand in braces, * is any name",
        )
    return files


def _as_table(columns: Mapping[str, list[str]], n_files: int) -> Table:
    """The table of such columns, of which `file` says where each row stands."""
    names = columns["file"]
    cells: dict[str, Cells] = {word: texts for word, texts in columns.items() if word != "file"}
    return Table(
        files=tuple(names),
        file_of=np.arange(len(names)),
        rows=np.zeros(len(names), dtype=np.int64),
        columns=cells,
        recognized=[f"{n_files:,} files" if n_files > 1 else "1 file"],
    )


def _add_each(
    columns: dict[str, list[str]], row: Mapping[str, str], found: Mapping[str, str], value: str
) -> None:
    """Add a row for each target of one file; row: what all of them have."""
    of_each = {word: [text] * len(found) for word, text in row.items()}
    for word, texts in (*of_each.items(), ("target", found), (value, found.values())):
        if found:
            columns.setdefault(word, []).extend(texts)


def _counts(section: TreeLayout, fields: Mapping[str, str]) -> bool:
    """The fields of a file's path have the values that `where` asks for."""
    return all(
        plain(fields.get(field, ""))
        in set(map(plain, given if isinstance(given, list) else [given]))
        for field, given in section.where.items()
    )


@dataclass(frozen=True)
class _OfTargets:
    """What one file has at `{target}`: the number of each, and keys with other numbers alone."""

    numbers: Mapping[str, str]
    without: tuple[str, ...] = ()


def _by_target(folder: StudyFolder, name: str, way: str) -> _OfTargets:
    """Target and number of each key that stands at `{target}` in a way; an error without any."""
    read_as = f"{way}\0each, and without"
    part, state = folder.known_part(name, read_as)
    if part is not None:
        count = len(part.steps[0])
        numbers = dict(zip(part.names[:count], map(repr, part.steps[0]), strict=True))
        return _OfTargets(numbers, part.names[count:])
    problems = folder.findings.n_problems
    document = _read(folder, name)
    if document is _NOWHERE:
        return _OfTargets({})
    found, without = numbers_of_targets(document, way)
    if not found:
        folder.findings.error(name, way, "no number there", "correct evaluations.value")
    elif folder.findings.n_problems == problems:
        folder.keep_part(name, read_as, state, {0: tuple(found.values())}, (*found, *without))
    return _OfTargets({key: repr(number) for key, number in found.items()}, without)


def numbers_of_targets(document: Any, way: str) -> tuple[dict[str, float], tuple[str, ...]]:
    """The number of each key that stands at `{target}` in a way, and the keys with others alone."""
    before, _, after = way.partition("{target}")
    if before[-1:] not in ("", ".") or after[:1] not in ("", "."):
        return _numbers_in_keys(document, before, after), ()
    within = _follow(document, before.removesuffix("."))
    within = within if isinstance(within, dict) else {}
    there = {str(key): number_at(held, after.removeprefix(".")) for key, held in within.items()}
    found = {key: number for key, number in there.items() if number is not None}
    without = [str(key) for key, held in within.items() if key not in found and _has_number(held)]
    return found, tuple(without if after else ())


def _numbers_in_keys(document: Any, before: str, after: str) -> dict[str, float]:
    """The number of each target whose name stands within a key, `eval_{target}_acc`.

    before: what stands before it, ways to the object with such keys among it; after: behind it.
    """
    place, _, start = before.rpartition(".")
    within = _follow(document, place)
    if not isinstance(within, dict):
        within, start = document if isinstance(document, dict) else {}, before
    return {
        name: float(value)
        for key, value in within.items()
        if _is_number(value) and str(key).startswith(start) and str(key).endswith(after)
        if (name := str(key)[len(start) : len(str(key)) - len(after)])
    }


def number_at(document: Any, way: str) -> float | None:
    """The number a way of keys leads to; None where it leads to none."""
    number = _follow(document, way)
    return float(number) if _is_number(number) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _has_number(value: object) -> bool:
    """An object of which some key is a number."""
    return isinstance(value, dict) and any(map(_is_number, value.values()))


def _tell_without(
    findings: ProblemCollector, section: TreeLayout, without: Mapping[str, str], targets: set[str]
) -> None:
    """Warn of keys at `{target}` that have no number in any file where others have theirs.

    without: key -> the first file with it.
    """
    end = section.value.partition("{target}")[2].removeprefix(".")
    for target, file in without.items():
        if target not in targets:
            findings.warn(
                file,
                "",
                f"{quoted(target)} has other numbers, but no {quoted(end)}: it is no target",
                "name with evaluations.value what all have; else nothing is to do",
            )


def _words(section: TreeLayout, fields: Mapping[str, str], words: Sequence[str]) -> dict[str, str]:
    row = {}
    for word in words:
        if word in section.columns:
            row[word] = filled(section.columns[word], fields)
        elif word in fields:
            row[word] = fields[word]
        elif word == "sources" and "source" in fields:
            row[word] = fields["source"]
    return row


def _value(folder: StudyFolder, name: str, way: str) -> str | None:
    """The number a way of keys leads to, as text; None, with an error, where it leads nowhere."""
    read_as = f"{way}\0"
    part, state = folder.known_part(name, read_as)
    if part is not None:
        return "".join(map(repr, part.steps[0]))
    before = folder.findings.n_problems
    document = _read(folder, name)
    if document is _NOWHERE:
        return None
    found = _follow(document, way)
    if isinstance(found, bool) or not isinstance(found, int | float | None):
        there = listed(document) if isinstance(document, dict) else "no object"
        folder.findings.error(
            name,
            way,
            "no number there" if found is not _NOWHERE else "no such key",
            f"correct evaluations.value; the file has {there}",
        )
        return None
    steps = {0: () if found is None else (float(found),)}
    if folder.findings.n_problems == before:
        folder.keep_part(name, read_as, state, steps)
    return "".join(map(repr, steps[0]))


_NOWHERE = object()


def _read(folder: StudyFolder, name: str) -> Any:
    """The JSON in a file; _NOWHERE, with an error, without."""
    data = folder.read(name, todo="put the file there")
    if data is None:
        return _NOWHERE
    if packing := packing_of(data):
        try:
            data = unpacked(data, packing)
        except DialectError as error:
            folder.findings.error(name, error.at, error.found, error.todo)
            return _NOWHERE
    text = folder.decode(name, data)
    if text is None:
        return _NOWHERE
    try:
        check_brackets(text)
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        folder.findings.error(name, "", f"not JSON: {reason}", "write the file again")
        return _NOWHERE


def _follow(document: Any, way: str) -> Any:
    """What stands at `a.b.c`; keys may hold points themselves."""
    if not way:
        return document
    if isinstance(document, list):
        head, _, rest = way.partition(".")
        at = int(head) if head.isascii() and head.isdigit() and len(head) < 9 else -1
        return _follow(document[at], rest) if 0 <= at < len(document) else _NOWHERE
    if not isinstance(document, dict):
        return _NOWHERE
    for key, value in document.items():
        if way == key:
            return value
        if way.startswith(f"{key}."):
            found = _follow(value, way[len(key) + 1 :])
            if found is not _NOWHERE:
                return found
    return _NOWHERE
