"""Words of a text that was read in an encoding it is not in: `µÂÓï`, `£ódŸ`, `ZŸrich`."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Of Western languages no word has a sign within it, three accents in a row, or a capital behind a
# small letter that is followed by one.
_LETTER = r"[^\W\d_]"
_ACCENTED = r"[À-ÖØ-öø-ÿŠŒŽšœžŸƒ]"
_SIGN = r"[¢-©¬-±´-¹¼-¾×÷ˆ˜]"
_GARBLED = re.compile(
    rf"{_LETTER}{_SIGN}{_LETTER}|{_ACCENTED}{_SIGN}|{_SIGN}{_ACCENTED}|{_ACCENTED}{{3}}"
    rf"|[a-zß-öø-ÿ][À-ÖØ-ÞŠŒŽŸ](?:[a-z]|\b)|\b[A-Z]Ÿ[a-z]|ƒ[A-Za-z]+ƒ|[a-z][‚„†‡‰][a-z]"
)
LONGEST = 1_000
"""Characters of a text that are looked at."""


def garbled_word(texts: Iterable[str]) -> str:
    """The first text with such a word, empty without."""
    odd = (text for text in texts if not text.isascii())
    return next((text for text in odd if _GARBLED.search(text[:LONGEST])), "")
