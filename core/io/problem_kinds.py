"""Problems by kind: what one cause does to a thousand rows is one line, the cause first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from core.errors import Problem, Severity, listed, one_line
from core.io.files import MANIFEST

PLACES_SHOWN = 3
LINES_SHOWN = 18
"""Lines a list of problems has at most; a summary and what to do next make it twenty."""

_VARIES = re.compile(
    r"^.*(?= a second time: )"  # the names of a cell
    r"|`[^`]*`?|(?<!\w)'[^']*'"
    r"|[-+]?\b(?:\d[\d.,]*(?:e[-+]?\d+)?|nan|inf)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(`[^`]*`)")
_LIST = re.compile(r"…(?:(?:, | and )…)*(?: more)?")
_WHOLE_FILE = ("", "row 1", "line 1")


@dataclass(frozen=True)
class ProblemKind:
    """Problems that say the same of different names, numbers or places; at least one."""

    problems: tuple[Problem, ...]

    @property
    def first(self) -> Problem:
        """The problem that stands for all."""
        return self.problems[0]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.problems)

    @property
    def files(self) -> tuple[str, ...]:
        """The files they are in, in order of appearance."""
        return tuple(dict.fromkeys(problem.file for problem in self.problems))

    @property
    def found(self) -> str:
        """What the first is about, and how many are like it."""
        if self.count == 1:
            return self.first.found
        if all(problem.found == self.first.found for problem in self.problems):
            return f"{self.first.found}, {self.count:,} times"
        return self._with_names or f"{self.first.found}, and {self.count - 1:,} alike"

    @property
    def todo(self) -> str:
        """What to do about the first; of a few, about each."""
        if self.count > PLACES_SHOWN:
            return self.first.todo
        parts = [problem.todo.split("; ") for problem in self.problems]
        return "; ".join(dict.fromkeys(part for row in zip_longest(*parts) for part in row if part))

    @property
    def _with_names(self) -> str:
        """What was found with the first three names, where they differ in one; else empty."""
        pieces = [_QUOTED.split(problem.found) for problem in self.problems]
        if len({len(piece) for piece in pieces}) > 1:
            return ""
        differing = [i for i, texts in enumerate(zip(*pieces, strict=True)) if len({*texts}) > 1]
        if len(differing) != 1 or not differing[0] % 2:
            return ""
        names = dict.fromkeys(piece[differing[0]] for piece in pieces)
        first = pieces[0]
        first[differing[0]] = listed(names, most=PLACES_SHOWN)
        return "".join(first)

    @property
    def places(self) -> str:
        """The first three places with their files: `a.csv, row 2, row 3; b.csv, row 7`."""
        by_file: dict[str, list[str]] = {}
        for problem in self.problems[:PLACES_SHOWN]:
            by_file.setdefault(problem.file, []).append(problem.at)
        named = [
            f"{file}, {_joined(places)}" if any(places) else file
            for file, places in by_file.items()
        ]
        if len({(problem.file, problem.at) for problem in self.problems}) == 1:
            return "; ".join(named)  # all of one place
        return "; ".join(named) + self._rest

    @property
    def places_in_file(self) -> str:
        """The first three places without their files; empty where no row or key is meant."""
        places = _joined([problem.at for problem in self.problems[:PLACES_SHOWN]])
        return places + self._rest if places else ""

    @property
    def _rest(self) -> str:
        rest = self.count - PLACES_SHOWN
        return f" and {rest:,} more" if rest > 0 else ""

    def __str__(self) -> str:
        return one_line(f"{self.places}: {self.found}; {self.todo}")


def problem_kinds(problems: Iterable[Problem]) -> tuple[ProblemKind, ...]:
    """Problems by kind: errors before warnings, causes before what follows from them.

    Two are of one kind where they say the same but for what stands in backquotes and numbers.
    The manifest decides how files are read, a whole file (or its header) how its rows are: they
    come first. All else stays in the order it was found in.
    """
    kinds: dict[tuple[Severity, int, str], list[Problem]] = {}
    for problem in problems:
        key = (problem.severity, _rank(problem), _without_particulars(problem.found))
        kinds.setdefault(key, []).append(problem)
    ordered = sorted(kinds, key=lambda key: (key[0] is not Severity.ERROR, key[1]))
    return tuple(ProblemKind(tuple(kinds[key])) for key in ordered)


def listing(problems: Iterable[Problem], *, every: bool = False) -> list[str]:
    """Problems as lines, `error: …` and `warning: …`: one a kind, or one each where `every`.

    At most `LINES_SHOWN` of kinds; the last then says how many kinds and problems are not told.
    """
    if every:
        return [f"{problem.severity}: {problem}" for problem in problems]
    kinds = problem_kinds(problems)
    shown = kinds if len(kinds) <= LINES_SHOWN else kinds[: LINES_SHOWN - 1]
    lines = [f"{kind.first.severity}: {kind}" for kind in shown]
    rest = kinds[len(shown) :]
    if rest:
        count = sum(kind.count for kind in rest)
        lines.append(f"and {len(rest):,} more kinds of problems, {count:,} in all")
    return lines


def _rank(problem: Problem) -> int:
    """0 the manifest, 1 a whole file or its header, 2 what is in a file."""
    if problem.file == MANIFEST:
        return 0
    return 1 if problem.at in _WHOLE_FILE else 2


def _without_particulars(found: str) -> str:
    return _LIST.sub("…", _VARIES.sub("…", found))


def _joined(places: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(place for place in places if place))
