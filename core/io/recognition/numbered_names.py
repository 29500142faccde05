"""Names of files and folders that differ in a number: seeds, checkpoints, or methods."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.recognition.numbered_columns import word_before
from core.io.recognition.settings import is_called_setting

_WORD = re.compile(r"([^\W\d_]+)[\W_]*$")
_ONE_SEED = re.compile(r"(?:seed|run|rep|fold|trial|split|s)[\s_=.-]*\d+", re.IGNORECASE)
_OTHERS = frozenset(
    ("layer", "layers", "block", "shot", "top", "n", "v", "ver", "version", "part", "task", "size",
     "length", "len", "width", "depth", "level", "stage", "phase", "model", "config", "setting")
)  # fmt: skip
"""What is numbered and no repetition: the mean over layers, or versions, is of nothing."""


def field_before(start: str) -> str:
    """The field for numbers behind a text: `seed`, as behind none, `checkpoint` or `method`."""
    if word := word_before(start):
        return word
    match = _WORD.search(start)
    last = match[1].lower() if match else ""
    return "method" if last in _OTHERS or is_called_setting(last) else "seed"


def are_seeds(names: Sequence[str]) -> bool:
    """Each name is a word for one and its number, each written as somebody likes: seed_0, seed1."""
    return all(map(_ONE_SEED.fullmatch, names))


def template_of_folders(around: str, names: Sequence[str]) -> str:
    """A template for names of folders, by the names that stand in the braces of `around`."""
    if all(name.isascii() and name.isdigit() for name in names):
        return around.replace("{}", f"{{{field_before(around.partition('{}')[0])}}}")
    return "{seed}" if around == "{}" and are_seeds(names) else "{method}"
