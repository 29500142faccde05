r"""What is set small, raised or by a command beside a number: `90\std{2}` is not 902."""

from __future__ import annotations

import re

_NUMBER_ENDS = re.compile(r"(?:.*\D)?(\d[\d.]*)%?\Z", re.DOTALL)
_SPREAD = ("±", "\\pm", "$\\pm", "(", "[", "+/-", "↑", "↓")
LOOKED_AT = 40
"""Characters before it that may be a number."""


def set_beside(before: str, text: str) -> str:
    """What stands for `text` behind `before`, so that two numbers never become one.

    A number behind a number is in brackets, behind a 10 a power; all else is as it is set.
    """
    bare = text.strip()
    end = before[-LOOKED_AT:].rstrip(" $}~")
    number = _NUMBER_ENDS.fullmatch(end)
    if number is None or not any(map(str.isdigit, bare)):
        return text
    if bare.startswith(_SPREAD):
        return f" {bare}"
    return f"^{bare}" if number[1] == "10" else f" ({bare})"
