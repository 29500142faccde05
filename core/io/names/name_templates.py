"""Templates of names, of files, sheets and columns: `*`, `?`, `**` and fields in braces."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

FIELD = re.compile(r"\{(\w+)\}")
"""A field of a template, `{target}`."""
TOKEN = re.compile(r"\{(\w+)\}|(?:\*\*/)+|\*\*|\*|\?|\[(!?[^\]/\\]+)\]")
"""What stands for several texts: a field (1), stars, `?`, or one sign of some (2)."""
_NUMBER = r"[A-Za-z]*[\s_=.-]*\d+"
"""What a field for numbers stands for; as names of files have it, `run 3` is one."""
_FIXED, _STAR, _DEEP, _NAMED, _AGAIN = "fixed", "star", "deep", "named", "again"
_NUMBERED = "numbered"


def pattern_of(
    template: str, *, classes: bool = False, whole: bool = False, numbers: Collection[str] = ()
) -> re.Pattern[str]:
    """What names fit a template with `*`, `?`, `**` and fields in braces.

    classes: `[12]` is one of its signs; else it is itself. whole: a field may hold a `/`, as names
    of columns do. numbers: fields that stand for a number, with or without a word before it.
    """
    field = ".+?" if whole else "[^/]+?"
    tokens, at, seen = [], 0, set()
    for match in TOKEN.finditer(template):
        tokens.append((_FIXED, re.escape(template[at : match.start()])))
        at = match.end()
        name = match[1]
        if name and not name.isidentifier():  # `{0}` is no field: a group cannot be called so
            tokens.append((_FIXED, re.escape(match[0])))
        elif name in seen:
            tokens.append((_AGAIN, f"(?P={name})"))
        elif name:
            seen.add(name)
            kind, fits = (_NUMBERED, _NUMBER) if name in numbers else (_NAMED, field)
            tokens.append((kind, f"(?P<{name}>{fits})"))
        elif classes and match[2]:
            inside = re.sub(r"([\^\[&~|])", r"\\\1", match[2].removeprefix("!"))
            tokens.append((_FIXED, f"[{'^/' if match[2][0] == '!' else ''}{inside}]"))
        elif match[2]:
            tokens.append((_FIXED, re.escape(match[0])))
        elif match[0] == "?":
            tokens.append((_FIXED, "[^/]"))
        elif match[0][:2] == "**":
            tokens.append((_DEEP, "(?:.*/)?" if match[0][-1] == "/" else ".*"))
        else:
            tokens.append((_STAR, "[^/]*"))
    tokens.append((_FIXED, re.escape(template[at:])))
    return re.compile(_joined_tokens(tokens) + r"\Z")


def _joined_tokens(tokens: Sequence[tuple[str, str]]) -> str:
    """The expression of a pattern's parts.

    Of stars alone, or of fields alone, each ends where what is written behind it comes first: the
    same names fit, and none takes longer than its length (a name can be one that fits nowhere in
    very many ways). Of both, the longest a star can be decides what is in a field.
    """
    kinds = {kind for kind, _ in tokens} - {_FIXED}
    if kinds not in ({_STAR}, {_NAMED}):
        return "".join(text for _, text in tokens)
    parts: list[list[str]] = [[]]
    for kind, text in tokens:
        if kind != _FIXED:
            parts.append([])
        parts[-1].append(text.replace("[^/]*", "[^/]*?"))
    first, *others, last = ("".join(part) for part in parts)
    return first + "".join(f"(?>{part})" for part in others) + last


def filled(template: str, fields: Mapping[str, str]) -> str:
    """A template with its fields in place; a field that is not there stays as it is written."""
    return FIELD.sub(lambda match: fields.get(match[1], match[0]), template)
