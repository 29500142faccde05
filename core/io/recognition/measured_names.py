"""Names that say target and measure at once, `eval_{target}_acc`, whatever targets are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.io.names.usual_words import usual_word
from core.io.recognition.column_words import NOT_SCORES, SPLITS, direction_of, is_average
from core.io.recognition.numbered_columns import numbered_columns

_PART = r"(?:eval|test|val|valid|validation|dev|final|best|last|metrics?|results?)[/_.:-]"
_BEHIND = re.compile(rf"(?i)({_PART})?(\S|\S.*?\S)([/_.:-]([^\s/_.:-]+))")
_BEFORE = re.compile(rf"(?i)((?:{_PART})?([^\s/_.:-]+)[/_.:-])(\S.*)")
_NO_TARGETS = SPLITS | frozenset(
    ("macro", "micro", "weighted", "balanced", "top", "best", "last", "final", "total", "exact",
     "clean", "robust", "adv", "in", "out", "id", "ood", "seen", "unseen", "grad", "global",
     "overall", "word", "char", "token", "sequence", "sentence", "positive", "negative", "step",
     "epoch", "self", "cross", "raw", "norm", "normalized", "class", "zero", "few", "start", "end",
     "init", "initial", "min", "max", "std", "baseline", "teacher", "student", "aux", "reg",
     "layer", "layers", "head", "shot", "shots", "k")
)  # fmt: skip
"""What stands beside a measure and says which kind of it is."""
LONGEST_NAME = 200


def measured_templates(names: Sequence[str]) -> dict[str, list[str]]:
    """Templates with `{target}` -> the targets in the names that fit, of at least two targets each.

    Nothing where what stands beside the measure is a split, a kind of mean, or a number.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        if "{" in name or len(name) > LONGEST_NAME:
            continue
        if (match := _BEHIND.fullmatch(name)) and direction_of(match[4]):
            found.setdefault(f"{match[1] or ''}{{target}}{match[3]}", []).append(match[2])
        elif (match := _BEFORE.fullmatch(name)) and direction_of(match[2]):
            found.setdefault(f"{match[1]}{{target}}", []).append(match[3])
    return {way: targets for way, targets in found.items() if _are_targets(way, targets)}


def _are_targets(way: str, targets: Sequence[str]) -> bool:
    names = [way.replace("{target}", target) for target in targets]
    if len({*targets}) < 2 or numbered_columns(names) is not None:
        return False
    if NOT_SCORES.search(usual_word(way.replace("{target}", "x"))):
        return False
    return not any(
        direction_of(target)
        or is_average(target)
        or usual_word(target).rstrip("_0123456789") in _NO_TARGETS
        or NOT_SCORES.search(f"x_{usual_word(target)}")
        for target in targets
    )


def templates_of(columns: Sequence[str], names: set[str]) -> dict[str, list[str]]:
    """Columns that hold a name between other characters, as templates -> names found in them."""
    found: dict[str, list[str]] = {}
    for column in columns:
        if "{" in column:
            continue
        for name in names:
            at = column.find(name) if name and name != column else -1
            if at < 0:
                continue
            before, after = column[:at], column[at + len(name) :]
            if not (before[-1:].isalnum() or after[:1].isalnum()):
                found.setdefault(f"{before}{{target}}{after}", []).append(name)
    return found
