"""What a task, a method or a run may be called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

LONGEST_NAME = 1000
"""Letters of a name: it stands in every row, cell and hover, and in a report thousands of times."""

UNSEEN = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Marks of direction and of no width; a joiner, which Persian and Hindi need, is none of them."""
_APART = re.compile(r"[\s_\-]+")
_SUFFIX = re.compile(r"(?<!\s)\s*+[(\[{][^()\[\]{}]*+[)\]}]\s*+$")

_DIGITS = re.compile(r"\d+")
_RARE, _FAR_MORE, _MOST_MISTYPED = 2, 5, 10
"""How often a mistyped name occurs at most, how many times as often the right one, how many do."""


def flaw_in_name(name: str) -> str | None:
    """What keeps `name` from naming anything in a table, None where nothing does."""
    if not name:
        return "an empty name"
    if len(name) > LONGEST_NAME:
        return f"a name of {len(name):,} letters, {LONGEST_NAME:,} are allowed"
    if not name.isprintable() and (control := next(filter(_is_control, name), "")):
        if control in UNSEEN:
            return f"a name with {sign_name(control)}, a sign that nobody sees"
        return "a name with control characters"
    if name != name.strip():
        return "a name with spaces around it"
    return None


def sign_name(sign: str) -> str:
    """What a sign that cannot be shown is called: `U+200B`."""
    return f"U+{ord(sign):04X}"


def _is_control(sign: str) -> bool:
    """A sign that nobody sees and that changes what is seen, or where lines end."""
    return sign in UNSEEN or unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")


def flaw_in_task_name(name: str) -> str | None:
    """What keeps `name` from being a task: as any name, and `+` joins tasks."""
    return "a task name with `+`, which joins tasks" if "+" in name else flaw_in_name(name)


def flaw_in_folder_name(name: str) -> str | None:
    """What keeps `name` from being the name of a folder inside the study."""
    if name == "." or any(part in name for part in ("/", "\\", "..")):
        return "a name that cannot be a folder's, with / or \\ or .."
    return flaw_in_name(name)


def near_twins(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Pairs of names that are likely one: (first, second, what they differ in)."""
    rules: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("a suffix in brackets", lambda name: _SUFFIX.sub("", name)),
        ("signs that nobody sees", _seen),
        ("case, spaces or underscores", lambda name: _APART.sub("", name).casefold()),
    )
    for differ, fold in rules:
        seen: dict[str, str] = {}
        for name in sorted(names, key=len) if differ.startswith("a suffix") else names:
            if len(name) > LONGEST_NAME:
                continue
            key = fold(name)
            if not key:
                continue
            twin = seen.setdefault(key, name)
            if twin != name:
                yield twin, name, differ


def _seen(name: str) -> str:
    """A name without soft hyphens and joiners; they are part of it, and seldom on purpose."""
    if name.isprintable():
        return name
    return "".join(sign for sign in name if unicodedata.category(sign) != "Cf")


def near_names(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Names that look mistyped, each with the one it is likely to be, by how often each occurs.

    One that occurs once or twice and differs by a letter, or of eight letters on by two, from one
    that occurs far more often. Numbers in names tell them apart: `task11` is not `task1`. Where
    many are as rare, that is how the names are, and none is told.
    """
    rare = [name for name, count in counts.items() if count <= _RARE]
    if len(rare) > _MOST_MISTYPED:
        return []
    found = []
    for name in rare:
        usual = [
            other
            for other, count in counts.items()
            if count >= _FAR_MORE * counts[name] and _DIGITS.findall(other) == _DIGITS.findall(name)
        ]
        apart = {other: _letters_apart(name, other) for other in usual}
        nearest = min(apart, key=apart.__getitem__, default="")
        most = 0 if len(name) < 4 else 1 if len(name) < 8 else 2
        if nearest and 0 < apart[nearest] <= most:
            found.append((name, nearest))
    return found


def _letters_apart(name: str, other: str) -> int:
    """How many letters of the longer one do not stand in the other, in its order."""
    longer = max(len(name), len(other))
    if abs(len(name) - len(other)) > 2:
        return longer
    blocks = SequenceMatcher(None, name, other, autojunk=False).get_matching_blocks()
    return longer - sum(block.size for block in blocks)
