"""The names in a table of scores: training sets, targets, methods, and the tasks they make."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.io.dialects.raw_table import distinct
from core.io.names.name_rules import flaw_in_name, flaw_in_task_name, near_names, near_twins
from core.io.names.source_words import whole_among
from core.io.problems import ProblemCollector, in_toml, quoted
from core.io.runs import advise_tasks, parse_tasks
from core.io.table_cells.cells import each_once
from core.io.tables import Names, Table
from core.metrics import Metric
from core.numerics.arrays import IntArray
from core.study import Method, Task

METHOD = "scores"
"""The name of the method of scores that name none."""
LONGEST_LABEL = 40
"""Characters of a title that stand for that method in a sentence."""
PLUS = "\uff0b"
"""What stands for a + in the name of a task, a wide one: the sign itself joins tasks."""
SIGNS = (";", "&", ",", "|", "/", " and ", " then ", "∪", "->", "→", PLUS, "、", "，")
"""What joins the names of a training set where it is not `+`."""
MAY_JOIN = ("_", "-", " ", ":", ".")
"""What joins them, too, and stands in the names of tasks just as often."""
_ITEM = r"""(?:'[^']*'|"[^"]*")"""
_LIST = re.compile(
    rf"(?:\[\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*,?\s*\]|\(\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*,?\s*\)"
    rf"|\{{\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*,?\s*\}}|frozenset\(\{{\s*{_ITEM}(?:\s*,\s*{_ITEM})*\s*\}}\))"
)
_BARE_LIST = re.compile(r"\[[^\[\]'\"]+\]|\([^()'\"]+\)|\{[^{}'\"]+\}")
_IN_LIST = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def with_plain_sets(findings: ProblemCollector, table: Table, joined_by: str) -> Table:
    """Training sets as `A+B`, however they are written: `['A', 'B']`, or with a sign of theirs."""
    cells = table.texts("sources")
    names = distinct(cells)
    known = {*names, *distinct(table.texts("target"))}
    lists = {name: "+".join(inner) for name in names if (inner := names_in_list(name, known))}
    if lists:
        table.note("lists of names as training sets")
    if joined_by != "+":
        table.note(f"training sets joined by {joined_by.strip()}")
    elif sign := joining_sign(names, distinct(table.texts("target"))):
        one = next(name for name in names if sign in name)
        findings.warn(
            table.file,
            "",
            f"source {quoted(one)}, whose parts are tasks: one task by that name",
            f"if it is a training set, write joined_by = {in_toml(sign)} under [evaluations]",
        )
    elif found := _may_be_joined(names, distinct(table.texts("target"))):
        one, sign = found
        findings.warn(
            table.file,
            "",
            f"source {quoted(one)}, whose parts are targets: one task by that name",
            f"if it is a training set, write joined_by = {in_toml(sign)} under [evaluations];"
            " else nothing is to do",
        )
    if not lists and joined_by == "+":
        return table

    def plain(name: str) -> str:
        if name in lists:
            return lists[name]
        if joined_by == "+":
            return name
        return "+".join(part.strip() for part in name.split(joined_by))

    return replace(table, columns={**table.columns, "sources": each_once(cells, plain)})


def names_in_list(text: str, known: Collection[str] = ()) -> list[str]:
    """The names in a list as programs write it, `['A', 'B']`; none where it is no list.

    A tuple or a set, too, and without quotation marks, `[A, B]`, where all of it is in `known`.
    """
    if text[:1] not in ("[", "(", "{", "f"):
        return []
    if _LIST.fullmatch(text):
        return [a or b for a, b in _IN_LIST.findall(text)]
    bare = [part.strip() for part in text[1:-1].split(",")] if _BARE_LIST.fullmatch(text) else []
    return bare if all(one in known for one in bare) else []


def _may_be_joined(sources: Sequence[str], targets: Sequence[str]) -> tuple[str, str] | None:
    """A source of targets with a sign between them that names may hold, and the sign.

    None where fewer than two are, or one of them is a target itself.
    """
    tested = {*targets}
    for sign in MAY_JOIN:
        found = [
            name
            for name in sources
            if sign in name
            and name not in tested
            and len(parts := name.split(sign)) > 1
            and all(part in tested for part in parts)
        ]
        if len(found) > 1:
            return found[0], sign
    return None


def joining_sign(sources: Sequence[str], targets: Sequence[str]) -> str:
    """What joins names of tasks in a source, `&` in `A & B`; empty where none are joined so."""
    known = {*sources, *targets}
    for sign in SIGNS:
        for name in sources:
            parts = [part.strip() for part in name.split(sign)] if sign in name else []
            if len(parts) > 1 and all(part in known for part in parts):
                return sign
    return ""


def renamed(names: Names, aliases: Mapping[str, str], *, joined: bool = False) -> Names:
    """Names with aliases replaced; joined: each is one or several joined by `+`.

    An alias may hold the sign itself: `a+c++` is `a` and what is called `c++`.
    """
    if not aliases:
        return names
    called = [
        "+".join(
            aliases.get(part.strip(), part.strip())
            for part in without_plus(name, aliases).split("+")
        )
        if joined and name not in aliases
        else aliases.get(name, name)
        for name in names.names
    ]
    index = {name: i for i, name in enumerate(dict.fromkeys(called))}
    codes = np.array([index[name] for name in called], dtype=np.int64)
    first = np.full(len(index), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(first, codes, names.first)
    return Names(codes[names.codes], tuple(index), first)


def without_plus(name: str, aliases: Mapping[str, str]) -> str:
    """A training set with other names for those that hold a `+`."""
    held = sorted((re.escape(alias) for alias in aliases if "+" in alias), key=len, reverse=True)
    if not held or "+" not in name:
        return name
    whole = re.compile(rf"(?:(?<=\+)|^)\s*({'|'.join(held)})\s*(?=\+|$)")
    return whole.sub(lambda match: aliases[match[1]], name)


def warn_of_twins(findings: ProblemCollector, table: Table, tasks: Sequence[Task]) -> None:
    """Names of tasks that differ in nothing that can be seen, or only in case."""
    for name, twin, why in near_twins([task.name for task in tasks]):
        findings.warn(
            table.file,
            "",
            f"{quoted(name)} and {quoted(twin)} differ only in {why}: two tasks",
            f"if they are one, write aliases = [{in_toml(twin)}] under [tasks.{in_toml(name)}]",
        )


def warn_of_mistyped(
    findings: ProblemCollector,
    table: Table,
    known: Sequence[str],
    sources: Names,
    targets: Names,
) -> None:
    """Tasks that occur once or twice and are a letter or two from one that occurs far more often.

    known: tasks that the manifest names, which are meant.
    """
    counts: dict[str, int] = {}
    first: dict[str, int] = {}
    for names, joined in ((sources, True), (targets, False)):
        for name, count, at in zip(names.names, names.counts(), names.first, strict=True):
            for part in name.split("+") if joined else [name]:
                task = part.strip()
                counts[task] = counts.get(task, 0) + int(count)
                first[task] = min(int(at), first.get(task, int(at)))
    for name, meant in near_names(counts):
        if name not in known:
            often = "once" if counts[name] == 1 else "twice"
            findings.warn(
                table.file_at(first[name]),
                table.at(first[name]),
                f"{quoted(name)} occurs {often}, {quoted(meant)} {counts[meant]:,} times: it looks"
                " mistyped",
                f"correct it, or write aliases = [{in_toml(name)}] under"
                f" [tasks.{in_toml(meant)}]; else nothing is to do",
            )


def warn_of_untrained(
    findings: ProblemCollector, table: Table, sources: Names, untrained: Sequence[str]
) -> None:
    """Sources such as `none` or `base` that count as tasks while no zero is given."""
    for name in untrained:
        at = int(sources.first[sources.names.index(name)])
        findings.warn(
            table.file_at(at),
            table.at(at),
            f"{quoted(name)} counts as a task, and looks like a model without transfer",
            f'if so write zero = "source:{in_toml(name)[1:-1]}" under [scale], if it is a task name'
            f" it as [tasks.{in_toml(name)}]; else nothing is to do",
        )


def warn_of_sides(
    findings: ProblemCollector,
    table: Table,
    tasks: Sequence[str],
    sets: Sequence[tuple[str, ...]],
    tested: Sequence[bool],
) -> None:
    """Several training sets none of which holds a target, and names that look like targets.

    Intermediate tasks that are tested on others are a study as it should be: of those nothing is
    said.
    """
    trained = {name for one in sets for name in one}
    targets = [name for name, is_tested in zip(tasks, tested, strict=True) if is_tested]
    if len(sets) < 2 or len(targets) < 2 or trained & {*targets}:
        return
    longer = [(t, s) for t in targets for s in tasks if s in trained and t in s]
    if len({target for target, _ in longer}) < 2:
        return
    target, source = longer[0]
    like = (
        f"if {quoted(source)} is {quoted(target)}, write aliases = [{in_toml(source)}] under"
        f" [tasks.{in_toml(target)}], and so for the others; else nothing is to do"
    )
    findings.warn(
        table.file,
        "",
        f"no source is a target (sources such as {quoted(source)}, targets such as"
        f" {quoted(target)}): no diagonal, no balance",
        like,
    )


def warn_of_whole_sets(
    findings: ProblemCollector,
    table: Table,
    known: Sequence[str],
    sources: Sequence[str],
    targets: Sequence[str],
) -> None:
    """Sources such as `multitask` that nobody says are a task, or a run trained on all of them."""
    for name in whole_among(sources, targets):
        if name not in known:
            findings.warn(
                table.file,
                "",
                f"source {quoted(name)} is read as a task of its own",
                "if it is a run trained on all tasks that other rows are trained on, write"
                f" everything = {in_toml(name)} under [evaluations]; if it is a task, name it as"
                f" [tasks.{in_toml(name)}]",
            )


def tasks_found(
    findings: ProblemCollector,
    table: Table,
    sources: Names,
    targets: Names,
    known: Sequence[Task],
) -> tuple[Task, ...]:
    """Tasks the manifest does not name, in order of first appearance."""
    found: dict[str, None] = {}
    there = {task.name for task in known}
    mentions = [(first, 0, name) for name, first in zip(sources.names, sources.first, strict=True)]
    mentions += [(first, 1, name) for name, first in zip(targets.names, targets.first, strict=True)]
    for first, is_target, mention in sorted(mentions):
        names = [mention] if is_target else [part.strip() for part in mention.split("+")]
        for name in names:
            # An empty source is reported where the sources are read.
            if name in found or name in there or not (name or is_target):
                continue
            if flaw := flaw_in_task_name(name):
                column = "target" if is_target else "sources"
                findings.error(
                    table.file_at(first),
                    table.at(first),
                    f"{column} is {quoted(mention)}: {flaw}",
                    "write one task as target, one or several joined by + as sources"
                    + (
                        f", or call it otherwise: aliases = [{in_toml(name)}] under"
                        f" [tasks.{in_toml(name.replace('+', PLUS))}]"
                        if "+" in name
                        else ""
                    ),
                )
            found[name] = None
    return tuple(Task(name=name, label=name, metric=Metric.ACCURACY) for name in found)


def read_sources(
    findings: ProblemCollector,
    table: Table,
    names: Names,
    order: Mapping[str, int],
    *,
    ordered: bool,
) -> tuple[list[tuple[str, ...]], IntArray, IntArray]:
    """The sets of sources there are, which of them each row has (-1 = none), and its spelling.

    (N,) int64 each; A+B and B+A are one set in two spellings unless `ordered`.
    """
    sets: dict[tuple[str, ...], int] = {}
    position = np.full(len(names.names), -1, dtype=np.int64)
    for i, text in enumerate(names.names):
        trained, flaw = parse_tasks(text, order, ordered=ordered)
        if flaw:
            findings.error(
                table.file_at(names.first[i]),
                table.at(names.first[i]),
                f"sources: {flaw}",
                advise_tasks(findings, text, order)
                if text
                else "write what it was trained on, or a name such as none where it is nothing, and"
                ' zero = "source:none" where that is what no transfer reaches',
            )
        else:
            position[i] = sets.setdefault(trained, len(sets))
    return list(sets), position[names.codes], names.codes


def read_targets(
    findings: ProblemCollector, table: Table, names: Names, order: Mapping[str, int]
) -> IntArray:
    """Position of each row's target in `order`, -1 where it is unknown: (N,) int64."""
    for name, first in zip(names.names, names.first, strict=True):
        if name not in order:
            findings.error(
                table.file_at(first),
                table.at(first),
                f"unknown target {quoted(name)}",
                f"{findings.did_you_mean(name, order)}name a task of the manifest, or"
                " list it under [tasks], too",
            )
    return np.array([order.get(name, -1) for name in names.names], dtype=np.int64)[names.codes]


def read_methods(findings: ProblemCollector, table: Table) -> tuple[tuple[str, ...], IntArray]:
    """The methods there are, and which of them each row has, -1 = none: (N,) int64."""
    if "method" not in table:
        return (METHOD,), np.zeros(len(table), dtype=np.int64)
    names = table.names("method")
    position = np.arange(len(names.names), dtype=np.int64)
    for i, name in enumerate(names.names):
        if flaw := flaw_in_name(name):
            position[i] = -1
            findings.error(
                table.file_at(names.first[i]),
                table.at(names.first[i]),
                f"method: {flaw}",
                "name the method",
            )
    return names.names, position[names.codes]


def called_as_study(
    methods: Sequence[Method], declared: Sequence[Method], title: str
) -> tuple[Method, ...]:
    """The one method of scores that name none goes by the study's title: `scores` tells nothing.

    Its name stays, which links and commands have. declared: those the manifest names.
    """
    if declared or [method.name for method in methods] != [METHOD]:
        return tuple(methods)
    label = title if len(title) <= LONGEST_LABEL else f"{title[: LONGEST_LABEL - 1].rstrip()}…"
    return (replace(methods[0], label=label),)
