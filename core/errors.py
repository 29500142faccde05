"""What can be wrong, in one form: where, at which row or key, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error stops the study; a warning leaves a cell empty."""

    ERROR = "error"
    WARNING = "warning"


class About(StrEnum):
    """What kind of thing a problem is about, for those that are counted apart."""

    MISSING = "missing evaluation"
    FAILED = "failed run"
    CONFLICT = "two that stand for the same"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a study.

    `file` is relative to the study's folder, `at` names the row, key or cell in it (may be
    empty), `found` says what stands there, `todo` what to do about it. `run` and `task` are the
    names of those a missing evaluation or a failed run is about, else empty.
    """

    severity: Severity
    file: str
    at: str
    found: str
    todo: str
    about: About = About.OTHER
    run: str = ""
    task: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, {self.at}" if self.at else self.file
        return one_line(f"{place}: {self.found}; {self.todo}")

    @property
    def is_error(self) -> bool:
        """True where the study cannot be used because of this."""
        return self.severity is Severity.ERROR


class AtlasError(Exception):
    """Base of every error this program raises on purpose; its text is fit to be shown."""


class StudyError(AtlasError):
    """A study that cannot be read: every problem at once, warnings included."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems if problem.is_error))


class RequestError(AtlasError):
    """Something was asked of a study that it does not have (a method, a seed, a layer ...)."""


class ComputationError(AtlasError):
    """A computation was given data it cannot work on (shapes, non-finite values)."""


def one_line(text: str) -> str:
    """`text` with control characters and line breaks made visible, so it stays one line."""
    if text.isprintable():  # nearly all: letter by letter 10,000 problems take 0.1 s
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


LONGEST_NAME = 80
"""Letters of a name that a message shows."""


def shortened(text: str) -> str:
    """A text as it is, cut where it is long."""
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"


def told_apart(names: Sequence[str]) -> list[str]:
    """Each name `shortened`, or where others would look alike then, by its beginning and its end.

    What is alike there, too, is numbered: names that differ stay different.
    """
    found: dict[str, str] = {}
    seen: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        seen.setdefault(shortened(name), []).append(name)
    for short, alike in seen.items():
        if len(alike) == 1:
            found[alike[0]] = short
            continue
        half = LONGEST_NAME // 2
        ends: dict[str, int] = {}
        for name in alike:
            # One of them may be as long as what is shown, and end as the cut of another.
            cut = name if len(name) <= LONGEST_NAME + 1 else f"{name[:half]}…{name[-half:]}"
            ends[cut] = ends.get(cut, 0) + 1
            found[name] = cut if ends[cut] == 1 else f"{cut} ({ends[cut]})"
    return [found[name] for name in names]


def listed(names: Iterable[object], *, most: int = 8) -> str:
    """Names for a message: `a, b, c`, cut after `most`; `none` where there are none.

    Long ones are cut so that they stay different (`told_apart`).
    """
    return joined(told_apart([str(name) for name in names]), most=most)


def joined(shown: Sequence[str], *, most: int = 8) -> str:
    """The same of what is short already."""
    if not shown:
        return "none"
    rest = len(shown) - most
    return ", ".join(shown[:most]) + (f" and {rest} more" if rest > 0 else "")
