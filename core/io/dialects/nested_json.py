"""Results as objects within objects: `{"bert": {"de": {"fr": 0.7}}}`, a name a level."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from core.io.dialects.json_lists import check_seeds

DEEPEST = 5
# fmt: off
_MEASURES = frozenset((
    "accuracy", "acc", "f1", "macro_f1", "micro_f1", "auc", "auroc", "precision", "recall",
    "loss", "error", "mse", "rmse", "mae", "r2", "mean", "std", "stderr", "sd", "se", "score",
    "value", "median", "reward", "return", "bleu", "rouge", "wer", "cer", "perplexity", "ppl",
    "mcc", "n", "count", "eval_accuracy", "eval_loss", "eval_f1", "test_accuracy", "test_loss",
    "em", "map", "iou", "dice",
))
# fmt: on
SEED = re.compile(r"(?:seed|run|rep|fold|trial)?[\s_=-]*\d+", re.IGNORECASE)
_PARTS = re.compile(r"[/_.:,\s|-]+")

Path_ = tuple[str, ...]


def nested_records(document: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str] | None:
    """Records of nested objects and what they are; None where they are nested otherwise.

    Two levels are sources and targets; of three, those two that share most names, and the rest
    is the method, or the seed where it is numbers. A last level of measures (`accuracy`, `f1`) is
    columns. A list of numbers is one of each seed. Columns as pandas writes them are those.
    """
    leaves = list(_leaves(document))
    depths = {len(path) for path, _ in leaves}
    if len(depths) != 1 or not 2 <= (depth := depths.pop()) <= DEEPEST:
        return None
    names = [list(dict.fromkeys(path[i] for path, _ in leaves)) for i in range(depth)]
    if depth == 2 and (table := _table(document, names)):
        return table, "JSON columns, as pandas writes them"
    if depth <= 3 and (columns := _by_columns(leaves, names)):
        return columns
    if depth > 2 and all(map(is_measure, names[0])):
        # The measure stands first: {"accuracy": {"A": {"B": 0.4}}, "loss": …}.
        leaves = [((*path[1:], path[0]), value) for path, value in leaves]
        names = [*names[1:], names[0]]
    by_measure = any(map(is_measure, names[-1])) and not (
        set(names[-1]) & {name for level in names[:-1] for name in level}
    )
    levels = names[:-1] if by_measure else names
    if not all(_is_value(value) for _, value in leaves):
        return None
    words = ["task"] if len(levels) == 1 and by_measure else _words(levels)
    if words is None:
        return None
    records: dict[Path_, dict[str, Any]] = {}
    same = by_measure or len(names[-1]) == 1
    for name in dict.fromkeys(path[-1] if same else "" for path, _ in leaves):
        lists = [v for path, v in leaves if isinstance(v, list) and name in ("", path[-1])]
        check_seeds(name, lists)
    for path, value in leaves:
        at = path[:-1] if by_measure else path
        column = path[-1] if by_measure else "value"
        values = value if isinstance(value, list) else [value]
        for i, one in enumerate(values):
            key = (*at, str(i)) if isinstance(value, list) else at
            record = records.setdefault(key, dict(zip(words, at, strict=True)))
            if isinstance(value, list):
                record["seed"] = i
            record[column] = one
    said = f"JSON nested by {', then '.join(words)}"
    return list(records.values()), said


def _by_columns(
    leaves: Sequence[tuple[Path_, Any]], names: Sequence[Sequence[str]]
) -> tuple[list[dict[str, Any]], str] | None:
    """Records of a run each whose keys are `eval_{target}_acc`, or of such columns by their runs.

    None where names on no level, or on both, say target and measure together.
    """
    if len(names) == 2 and are_measured(names[0]) and not are_measured(names[1]):
        leaves, names = [(path[::-1], value) for path, value in leaves], names[::-1]
    *above, last = names
    if not are_measured(last) or any(map(are_measured, above)):
        return None
    words = ["sources"] * len(above)
    if len(above) == 2:
        there = {part for name in last for part in _PARTS.split(name)}
        shared = [len({*level} & there) for level in above]
        other = 0 if shared[1] >= shared[0] else 1
        words[other] = "seed" if all(map(SEED.fullmatch, above[other])) else "method"
    records: dict[Path_, dict[str, Any]] = {}
    for path, value in leaves:
        at = path[:-1]
        records.setdefault(at, dict(zip(words, at, strict=True)))[path[-1]] = value
    return list(records.values()), f"JSON nested by {words[0]}, then columns"


def are_measured(names: Sequence[str]) -> bool:
    """Most names say target and measure at once: `A_accuracy`, `eval/de/f1`."""
    found = [name for name in names if not is_measure(name) and _says_measure(name)]
    return len(found) > 1 and 2 * len(found) > len(names)


def _says_measure(name: str) -> bool:
    first, *rest = (part for part in _PARTS.split(name.lower()) if part)
    return bool(rest) and not _MEASURES.isdisjoint((first, *rest[-2:]))


def is_measure(name: str) -> bool:
    """`accuracy`, and as lm-eval writes it `acc,none`."""
    lower = name.lower()
    return lower in _MEASURES or lower.split(",")[0] in _MEASURES


def _leaves(value: Mapping[str, Any], above: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and len(above) < DEEPEST:
            yield from _leaves(inner, (*above, name))
        else:
            yield (*above, name), inner


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, int | float) for one in value)
    return value is None or isinstance(value, int | float | str)


def _table(
    document: Mapping[str, Any], names: Sequence[Sequence[str]]
) -> list[dict[str, Any]] | None:
    """Rows of a table by columns, where it is one: all have the same rows, told by their number."""
    columns, rows = names
    if any(list(document[column]) != list(rows) for column in columns):
        return None
    numbered = list(rows) == [str(i) for i in range(len(rows))]
    if not numbered or set(columns) <= set(rows):
        return None
    return [{column: document[column][row] for column in columns} for row in rows]


def _words(levels: Sequence[Sequence[str]]) -> list[str] | None:
    """What each level is called as a column."""
    if len(levels) < 2:
        return None

    def shared(pair: tuple[int, int]) -> float:
        one, other = set(levels[pair[0]]), set(levels[pair[1]])
        return len(one & other) / min(len(one), len(other))

    last = len(levels) - 1
    pairs = list(combinations(range(len(levels)), 2))
    best = max(pairs, key=lambda pair: (shared(pair), pair == (last - 1, last)))
    words = [""] * len(levels)
    words[best[0]], words[best[1]] = "sources", "target"
    for i, level in enumerate(levels):
        if not words[i]:
            word = "seed" if all(SEED.fullmatch(name) for name in level) else "method"
            if word in words:
                return None
            words[i] = word
    return words
