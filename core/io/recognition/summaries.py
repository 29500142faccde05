"""Rows and columns of a matrix that are made of the others: their mean, largest or smallest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.errors import listed
from core.io.recognition.looked_table import LookedTable
from core.numerics.arrays import FloatArray

FEWEST = 3
"""So many others, and so many values beside them: fewer may agree by chance."""
SURE = 0.05
"""A mean is told where its rounding is at most so much of the range of the others."""
MOST = 500
"""Rows and columns of a matrix that is looked at so closely."""
_MADE: Mapping[str, Callable[..., FloatArray]] = {
    "mean": np.mean,
    "largest": np.max,
    "smallest": np.min,
}


def summaries(look: LookedTable, down: Sequence[str], across: Sequence[str]) -> dict[str, str]:
    """Names on one side alone whose values are the mean, largest or smallest of all before them.

    down, across: names of rows and columns that count, each once. What a name says does not matter:
    `Max`, `Schnitt`, `best` are told by their numbers.
    """
    if max(len(down), len(across)) > MOST or len({*down}) < len(down):
        return {}
    rows = {name: at for at, name in reversed([*enumerate(look.cells[0])])}
    numbers = [look.numbers(look.column(name)) for name in across]
    if any(column is None for column in numbers) or not numbers:
        return {}
    at = [rows[name] for name in down]
    values = np.array(numbers, dtype=np.float64).T[at]
    texts = np.array([look.column(name) for name in across], dtype=object).T[at]
    return _made(values, texts, down, {*across}) | _made(values.T, texts.T, across, {*down})


def said_of_summaries(found: Mapping[str, str]) -> tuple[str, ...]:
    """What is assumed of them; nothing without."""
    made: dict[str, list[str]] = {}
    for name, what in found.items():
        made.setdefault(what, []).append(name)
    return tuple(
        f"{listed(names)} is the {what} of those before it throughout, no task, and left out"
        for what, names in made.items()
    )


def _made(
    values: FloatArray, texts: np.ndarray, names: Sequence[str], both: set[str]
) -> dict[str, str]:
    """Rows of an array that are made of the others: name -> how. both: names of the other side."""
    found: dict[str, str] = {}
    # Of a training set of several nobody would guess that it is made of these.
    likely = [at for at, name in enumerate(names) if name not in both and "+" not in name]
    if len(likely) == len(names):
        # No name comes on both sides: the last alone.
        likely = likely[-1:]
    for at in likely:
        # What is made of others stands behind them, and more of its kind behind it.
        others = [i for i in range(at) if names[i] not in found]
        known = np.isfinite(values[at])
        if len(others) < FEWEST or known.sum() < FEWEST:
            continue
        rest = values[others][:, known]
        own = values[at, known]
        if not np.isfinite(rest).all() or (rest == own).all(axis=1).any():
            continue
        rounded = 0.5001 * 10.0 ** -max(map(_decimals, texts[at, known].tolist()))
        if rounded > SURE * float(np.ptp(rest)):
            continue
        for what, does in _MADE.items():
            within = rounded if what == "mean" else 0.0
            if (np.abs(does(rest, axis=0) - own) <= within).all():
                found[names[at]] = what
                break
    return found


def _decimals(text: str) -> int:
    """How many digits stand behind the point, or the comma."""
    digits = text.replace(",", ".").rpartition(".")[2] if {*",."} & {*text} else ""
    return len(digits) if digits.isdigit() else 0
