"""What the JSON files of a tree hold: the way to the score, and which targets it leads to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import RequestError, listed, shortened
from core.io.layouts.file_tree import number_at, numbers_of_targets
from core.io.names.usual_words import usual_word
from core.io.recognition.column_words import NOT_SCORES, PREFERENCE, direction_of
from core.io.recognition.measured_names import measured_templates

MOST_KEYS = 20_000
TARGET = "{target}"


def document_in(path: Path) -> Any:
    """The JSON in a file; None where it is too large, or none."""
    try:
        if path.stat().st_size > 2**24:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


@dataclass(frozen=True)
class TreeValue:
    """The way to the score in files of a tree.

    way: with {target} where the name of one stands; empty = no number that is known as a score.
    others: ways to other measures. targets: those it leads to, where the path says none. without:
    targets that have other numbers alone -> the ways to these.
    """

    way: str
    others: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    without: Mapping[str, Sequence[str]] | None = None

    @property
    def assumed(self) -> tuple[str, ...]:
        """What is left aside, and which targets with it."""
        said = []
        if self.others:
            more = f": --map score={self.others[0]}" if self.way else ""
            said.append(f"{listed(self.others)} is left aside{more}")
        for name, ways in (self.without or {}).items():
            has = listed(map(_end, ways))
            said.append(f"{name} has no {_end(self.way)} and is no target; it has {has}")
        return tuple(said)


def value_in(
    documents: Sequence[Any], names: Sequence[Sequence[str]], *, inside: bool, told: str = ""
) -> TreeValue:
    """The way to the score in some files of a tree.

    names: those in the levels of the path. inside: the targets are keys in the files. told: the way
    that somebody named; raises RequestError where it leads to no number.
    """
    ways = _ways(documents, names, inside=inside)
    if inside and not any(_may_be_score(way) and len(ways[way]) > 1 for way in ways):
        ways = _measured_ways(documents) or ways
    known = {way: direction_of(_last(way)) for way in ways}
    measures = [way for way in ways if _may_be_score(way)]
    likely = [way for way in measures if len(ways[way]) > 1 or not inside]
    if not likely and (len(ways) == 1 or TARGET in ways):
        likely = [TARGET] if TARGET in ways else list(ways)
    likely.sort(key=lambda way: (PREFERENCE.get(known[way] or "", 3), -len(ways[way])))
    way = told or next(iter(likely), "")
    rest = tuple(one for one in dict.fromkeys((*likely, *measures)) if one != way)
    if told and not _leads(documents, told, ways, inside=inside):
        there = f"; the files have {listed(likely or ways)}" if likely or ways else ""
        raise RequestError(f"--map score={shortened(told)}: {_why_not(told, inside)}{there}")
    if not (way and inside):
        return TreeValue(way, rest)
    found = [numbers_of_targets(document, way) for document in documents]
    targets = tuple(dict.fromkeys(name for numbers, _ in found for name in numbers))
    without = dict.fromkeys(name for _, names_without in found for name in names_without)
    start = way.partition(TARGET)[0]
    return TreeValue(
        way,
        rest,
        targets,
        {
            name: [
                one
                for one in ways
                if one.startswith(start) and name in ways[one] and not _is_no_score(one)
            ]
            for name in without
            if name not in targets
        },
    )


def groups_in(documents: Sequence[Any], targets: Sequence[str]) -> dict[str, int]:
    """The groups of tasks among the targets, as lm-eval writes them -> how many of their tasks are.

    A group has the mean of its tasks where a task has a result; one without any is none.
    """
    there = {*targets}
    found: dict[str, int] = {}
    for document in documents:
        members = document.get("group_subtasks") if isinstance(document, Mapping) else None
        for name, inside in members.items() if isinstance(members, Mapping) else ():
            if name in there and isinstance(inside, list):
                known = {one for one in inside if isinstance(one, str) and one != name}
                if count := len(known & there):
                    found[name] = max(count, found.get(name, 0))
    return found


def _why_not(way: str, inside: bool) -> str:
    if inside and TARGET not in way:
        return f"the path says no target, so write {TARGET} where its name stands"
    return "no number there"


def _leads(documents: Sequence[Any], way: str, ways: Mapping[str, object], *, inside: bool) -> bool:
    if inside:
        return TARGET in way and any(numbers_of_targets(one, way)[0] for one in documents)
    return way in ways or any(number_at(one, way) is not None for one in documents)


def _ways(
    documents: Sequence[Any], names: Sequence[Sequence[str]], *, inside: bool
) -> dict[str, set[str]]:
    """Ways to numbers, with {target} where a name stands -> the names that stand there."""
    every = {name for level in names for name in level}
    ways: dict[str, set[str]] = {}
    for keys in (keys for document in documents for keys in numbers_in(document)):
        if inside and not every & {*keys}:
            # One level of keys are the targets: the last but one, or the one with known names.
            if len(keys) < 2:
                continue
            name, turned = keys[-2], (*keys[:-2], TARGET, keys[-1])
        else:
            name = next((key for key in keys if key in every), "")
            turned = tuple(TARGET if key in every else key for key in keys)
        ways.setdefault(".".join(turned), set()).add(name)
    return ways


def _measured_ways(documents: Sequence[Any]) -> dict[str, set[str]]:
    """Ways to keys that say target and measure at once, `eval_{target}_acc` -> these targets."""
    return {
        ".".join((*place, way)): {*targets}
        for place, flat in _flat_keys(documents).items()
        for way, targets in measured_templates(list(flat)).items()
    }


def _flat_keys(documents: Sequence[Any]) -> dict[tuple[str, ...], dict[str, None]]:
    """Of each place in the documents the keys that are of numbers."""
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for keys in (keys for document in documents for keys in numbers_in(document)):
        found.setdefault(keys[:-1], {})[keys[-1]] = None
    return found


def _end(way: str) -> str:
    """`acc,none` of `results.{target}.acc,none`."""
    return way.rpartition(TARGET)[2].lstrip(".")


def _may_be_score(way: str) -> bool:
    return direction_of(_last(way)) is not None and not _is_no_score(way)


def _is_no_score(way: str) -> bool:
    return bool(NOT_SCORES.search(usual_word(_last(way))))


def _last(way: str) -> str:
    return way.rpartition(".")[2].partition(",")[0]


def numbers_in(document: Any, *, lists: bool = False) -> Iterator[tuple[str, ...]]:
    """The keys that lead to each number of a document, the outermost first.

    lists: also into lists, by positions.
    """
    todo: list[tuple[tuple[str, ...], Any]] = [((), document)]
    count = 0
    while todo and count < MOST_KEYS:
        keys, value = todo.pop(0)
        count += 1
        if isinstance(value, Mapping):
            todo += [((*keys, str(key)), inner) for key, inner in value.items()]
        elif lists and isinstance(value, list):
            todo += [((*keys, str(at)), inner) for at, inner in enumerate(value[:MOST_KEYS])]
        elif isinstance(value, int | float) and not isinstance(value, bool) and keys:
            yield keys
