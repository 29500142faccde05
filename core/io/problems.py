"""ProblemCollector: the problems of one study as they are found, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from core.errors import (
    LONGEST_NAME,
    About,
    Problem,
    Severity,
    joined,
    one_line,
    shortened,
    told_apart,
)

if TYPE_CHECKING:
    from core.io.reading import Reading

_MOST_HINTS = 50
_MOST_KNOWN = 1000
MOST_PROBLEMS = 50_000
"""Errors, and warnings, that are kept; the rest is counted, for it takes memory and no reader."""


class ProblemCollector:
    """Collects problems; the same problem found twice is listed once."""

    def __init__(self) -> None:
        # A dict is an ordered set: problems are listed in the order they were found.
        self._errors: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}
        self._hints = 0
        self._more = {Severity.ERROR: 0, Severity.WARNING: 0}
        self._recognized: dict[str, None] = {}
        self.study_id = ""
        """What the study calls itself, known before it is known whether it can be read."""
        self.reading: Reading | None = None
        """How its values were read, where they were."""

    def recognize(self, file: str, what: Iterable[str]) -> None:
        """Note what is not plain in a file, and was understood all the same."""
        parts = list(what)
        if parts:
            self._recognized[f"{_printable(file)}: {_printable(', '.join(parts))}"] = None

    @property
    def recognized(self) -> tuple[str, ...]:
        """What was understood without being told, a line a file."""
        return tuple(self._recognized)

    def error(self, file: str, at: str, found: str, todo: str) -> None:
        """Note something that stops the study."""
        if len(self._errors) < MOST_PROBLEMS:
            self._errors[_problem(Severity.ERROR, file, at, found, todo)] = None
        else:
            self._more[Severity.ERROR] += 1

    def failed(self, file: str, fault: Exception) -> None:
        """Note what nobody foresaw: an exception that reading `file` raised."""
        if len(self._errors) >= MOST_PROBLEMS:
            self._errors.popitem()
        self.error(file, "", *flaw_of(fault))

    def more_warnings(self, count: int) -> None:
        """Count warnings that are not spelled out."""
        self._more[Severity.WARNING] += count

    def warn(
        self,
        file: str,
        at: str,
        found: str,
        todo: str,
        *,
        about: About = About.OTHER,
        run: str = "",
        task: str = "",
    ) -> None:
        """Note something that leaves a cell empty; run, task: names of those it is about."""
        if len(self._warnings) >= MOST_PROBLEMS:
            self._more[Severity.WARNING] += 1
            return
        problem = _problem(Severity.WARNING, file, at, found, todo)
        self._warnings[replace(problem, about=about, run=run, task=task)] = None

    def did_you_mean(self, name: str, known: Iterable[str]) -> str:
        """`did you mean `x`? ` where a known name is close, else nothing.

        Only for the first few names of a study: the comparison is slow, and after fifty hints
        another one helps nobody.
        """
        candidates = [candidate for candidate in known if len(candidate) <= LONGEST_NAME]
        if self._hints >= _MOST_HINTS or len(candidates) > _MOST_KNOWN:
            return ""
        self._hints += 1
        close = get_close_matches(name[:LONGEST_NAME], candidates, n=1)
        return f"did you mean {quoted(close[0])}? " if close else ""

    @property
    def has_errors(self) -> bool:
        """True where the study cannot be used."""
        return bool(self._errors)

    @property
    def n_errors(self) -> int:
        """How many errors there are so far."""
        return len(self._errors)

    @property
    def n_problems(self) -> int:
        """How many problems there are so far, those that are not listed among them."""
        return len(self._errors) + len(self._warnings) + sum(self._more.values())

    def has_errors_in(self, file: str) -> bool:
        """True where an error was found in `file`."""
        return any(problem.file == file for problem in self._errors)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors first, then warnings, each in the order they were found."""
        return (*self._errors, *self._uncounted(Severity.ERROR), *self.warnings)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The warnings alone."""
        return (*self._warnings, *self._uncounted(Severity.WARNING))

    def _uncounted(self, severity: Severity) -> Iterable[Problem]:
        if more := self._more[severity]:
            found = f"{more:,} more {severity}s, which are not listed"
            yield _problem(severity, "study", "", found, "see to those that are")


def flaw_of(fault: Exception) -> tuple[str, str]:
    """What an exception that nobody foresaw says of a file, and what to do."""
    if isinstance(fault, MemoryError):
        return "does not fit into memory", "make it smaller, or give the program more"
    if isinstance(fault, RecursionError):
        return "nested too deeply", "write it as the documentation says"
    reason = shortened(str(fault).split("\n", 1)[0])
    return (
        f"cannot be read: {type(fault).__name__}" + (f", {reason}" if reason else ""),
        "write it as the documentation says",
    )


def quoted(value: object) -> str:
    """What stands in a file, for a message: in backquotes, cut where it is long."""
    try:
        text = str(value)
    except ValueError:  # a whole number beyond 4,300 digits
        return "a number of too many digits"
    if not text:
        return "(empty)"
    return f"`{shortened(text)}`"


def listed_quoted(names: Iterable[str]) -> str:
    """`listed`, each in backquotes."""
    return joined([f"`{name}`" if name else "(empty)" for name in told_apart([*names])])


def listed_columns(names: Iterable[str]) -> str:
    """`listed`, of a header: columns may have no name."""
    return joined([name or "(no name)" for name in told_apart([*names])])


def quoted_text(text: str) -> str:
    """A text as TOML writes it; bare, quotation marks and backslashes would make another of it."""
    return json.dumps(text, ensure_ascii=False)


def in_toml(text: str) -> str:
    """The same of what stands in a file, where a message says what to write: cut as `quoted`.

    Signs that nobody sees are escaped as TOML has them: `\\xa0`, as messages do, is none there.
    """
    return "".join(
        sign if sign.isprintable() else _escaped(sign) for sign in quoted_text(shortened(text))
    )


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}" if ord(sign) < 2**16 else f"\\U{ord(sign):08x}"


def rows_in(count: int) -> str:
    """A number of rows, for a message."""
    return f"{count} row" if count == 1 else f"{count} rows"


def _problem(severity: Severity, file: str, at: str, found: str, todo: str) -> Problem:
    # Made printable here and not only when shown: pages use the parts on their own.
    return Problem(severity, _printable(file), _printable(at), _printable(found), _printable(todo))


def _printable(text: str) -> str:
    return text if text.isprintable() else one_line(text)
