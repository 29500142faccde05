"""Columns that are one value by seed or by checkpoint: `seed_0`, `seed_1`; `acc_step_100`, …."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.io.recognition.column_words import direction_of

_SEEDS = frozenset(
    [
        "seed",
        "run",
        "rep",
        "replicate",
        "repeat",
        "repetition",
        "fold",
        "trial",
        "split",
        "s",
        "r",
        "cv",
        "init",
        "try",
    ]
)
_STEPS = frozenset(
    ["step", "steps", "epoch", "epochs", "ckpt", "checkpoint", "iter", "iteration", "round"]
)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"([A-Za-z]*)[\s_.=#/-]*$")
LONGEST_NAME = 200


@dataclass(frozen=True)
class NumberedColumns:
    """Columns that differ in one number.

    value: their names with a field for it; word: seed or checkpoint; told: the name says which.
    """

    value: str
    word: str
    columns: tuple[str, ...]
    told: bool


def numbered_columns(names: Sequence[str]) -> NumberedColumns | None:
    """The columns of values by seed or checkpoint, of several such the most; None without."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for name in names:
        if "{" in name or len(name) > LONGEST_NAME:
            continue
        for match in _NUMBER.finditer(name):
            around = name[: match.start()], name[match.end() :]
            if around[1][:1].isalnum():
                continue
            found.setdefault(around, []).append((name, int(match[0])))
    every = []
    for (before, after), members in found.items():
        word = _meant_by(before, sorted(number for _, number in members))
        if word is None or len(members) < 2:
            continue
        told = bool(word_before(before))
        columns = tuple(name for name, _ in members)
        every.append(NumberedColumns(f"{before}{{{word}}}{after}", word, columns, told))
    return max(every, key=lambda one: (one.told, len(one.columns)), default=None)


def by_value(value: str, names: Sequence[str]) -> NumberedColumns | None:
    """The columns that fit a template somebody gave: `seed_{seed}`; None where none does."""
    word = "seed" if "{seed}" in value else "checkpoint"
    before, field, after = value.partition(f"{{{word}}}")
    fits = re.compile(re.escape(before) + r"\w*?\d+" + re.escape(after))
    columns = tuple(name for name in names if field and fits.fullmatch(name))
    return NumberedColumns(value, word, columns, told=True) if columns else None


def word_before(before: str) -> str | None:
    """What the last word of a text says of a number behind it: seed or checkpoint; None else."""
    match = _WORD.search(before)
    word = match[1].lower() if match else ""
    # accSeed0
    tail = re.split(r"(?<=[a-z])(?=[A-Z])", match[1])[-1].lower() if match and match[1] else word
    for one in (word, tail):
        if one in _SEEDS:
            return "seed"
        if one in _STEPS:
            return "checkpoint"
    return None


def told_before(before: str) -> str | None:
    """What a text says of a number behind it, as `word_before`; a number alone is a seed."""
    return word_before(before) if before else "seed"


def _meant_by(before: str, numbers: Sequence[int]) -> str | None:
    """What numbers behind a text are; None where they may belong to a name, as in rouge1."""
    told = told_before(before)
    if told:
        return told
    if direction_of(before) is None:
        return None
    in_order = list(numbers) == list(range(len(numbers)))
    return "seed" if in_order or (before.endswith(".") and numbers[0] <= 1) else None


_ENDS_IN_NUMBER = re.compile(r"(.*?)\d+")


def field_of_numbers(names: Sequence[str]) -> str:
    """What stands beside targets: `{seed}` where they are numbers alone, `step {checkpoint}`."""
    cut = [_ENDS_IN_NUMBER.fullmatch(name) for name in names]
    words = {match[1] for match in cut if match}
    if not all(cut) or len(words) != 1:
        return "{method}"
    word = words.pop()
    field = told_before(word)
    return f"{word}{{{field}}}" if field else "{method}"
