"""One column that holds several of our words: `en->de`, read by `"{sources}->{target}"`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from core.io.names.name_templates import FIELD


def is_joint(word: str) -> bool:
    """A key of `columns` that is a template of our words, not one of them."""
    return FIELD.search(word) is not None


def words_in(template: str) -> tuple[str, ...]:
    """Our words in a template, in their order."""
    return tuple(dict.fromkeys(FIELD.findall(template)))


def joint_column(columns: Mapping[str, str], word: str) -> tuple[str, str] | None:
    """Template and column that hold a word with others; None where none does."""
    return next(
        ((key, column) for key, column in columns.items() if word in words_in(key)),
        None,
    )


def taken_apart(template: str) -> Callable[[str], Mapping[str, str] | None]:
    """What takes a cell apart: word -> its part, or None for a cell that does not fit.

    A cell that may be cut in several ways fits where one cut alone leaves no sign in its parts:
    `a-b-c` is none of `{sources}-{target}`.
    """
    first, *pieces = FIELD.split(template)
    words, literals = pieces[::2], pieces[1::2]
    signs = [sign.strip() for sign in literals[:-1] if sign.strip()]
    parts = [f"(?P<{w}>.+?){_literal(text)}" for w, text in zip(words, literals, strict=True)]
    # Each part ends where its sign comes first: a later end leaves the sign in the part. So no
    # cell takes longer than its length, which it could in very many ways of cutting it.
    whole = "".join([_literal(first), *(f"(?>{part})" for part in parts[:-1]), *parts[-1:]])
    fits = re.compile(whole, re.DOTALL)

    def apart(cell: str) -> Mapping[str, str] | None:
        match = fits.fullmatch(cell)
        if match is None:
            return None
        found = {word: text.strip() for word, text in match.groupdict().items()}
        # A number may hold the 2 of `en2de`.
        numbers = {word for word in ("seed", "checkpoint") if found.get(word, "").isdecimal()}
        names = [text for word, text in found.items() if word not in numbers]
        odd = any(sign in text for sign in signs for text in names)
        return None if odd or not all(found.values()) else found

    return apart


def _literal(text: str) -> str:
    """A text between words as a pattern; white space at its ends may be there or not."""
    bare = text.strip()
    if not bare:
        return re.escape(text)
    loose = re.escape(bare)
    if text[:1].isspace() and bare[:1].isalnum():
        loose = r"(?<!\s)\s+" + loose
    elif not bare[:1].isalnum():
        loose = r"(?<!\s)\s*" + loose
    if text[-1:].isspace() and bare[-1:].isalnum():
        loose += r"\s+"
    elif not bare[-1:].isalnum():
        loose += r"\s*"
    return loose


def cells_apart(
    template: str, cells: Sequence[str], kept_whole: Sequence[str]
) -> tuple[Mapping[str, Mapping[str, str]], Sequence[str]]:
    """Each different cell taken apart, and those that do not fit.

    kept_whole: cells that stand for all the words, such as an average that is left out.
    """
    words, apart = words_in(template), taken_apart(template)
    found: dict[str, Mapping[str, str]] = {}
    odd = []
    for cell in cells:
        parts = dict.fromkeys(words, cell) if cell in kept_whole else apart(cell)
        if parts is None and cell:
            odd.append(cell)
        found[cell] = parts or dict.fromkeys(words, "")
    return found, odd
