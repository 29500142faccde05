"""Folders with several JSON files each, as a Trainer writes them: which of them holds the score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core.io.layouts.file_tree import number_at
from core.io.names.usual_words import usual_word
from core.io.recognition.column_words import NOT_SCORES, direction_of
from core.io.recognition.tree_values import document_in, numbers_in

HISTORY = "log_history"
"""Where a Trainer keeps what was measured at each step."""
MOST_FOLDERS = 20
"""Folders that are looked into."""


def one_of_each_folder(
    folder: Path, files: Sequence[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """The one file of each folder that has a score, and the names of the others; else all.

    `config.json` has none; `all_results.json` and `eval_results.json` have the same. Files of one
    folder with scores of their own are of several targets, and all count.
    """
    folders = list(dict.fromkeys(parts[:-1] for parts in files))
    counts = Counter(parts[-1] for parts in files)
    each = sorted(name for name, count in counts.items() if count == len(folders))
    if len(folders) < 2 or len(each) < 2:
        return list(files), []
    looked = folders[:MOST_FOLDERS]
    found = {name: [_measured(folder.joinpath(*at, name)) for at in looked] for name in each}
    scored = [name for name in each if all(found[name])]
    if not scored:
        return list(files), []
    # Of several that say the same the one of the evaluation, whose name says so.
    first = min(scored, key=lambda name: ("eval" not in name, each.index(name)))
    for name in scored:
        for one, other in zip(found[first], found[name], strict=True):
            shared = one.keys() & other.keys()
            if not shared or any(one[way] != other[way] for way in shared):
                return list(files), []
    chosen = [parts for parts in files if parts[-1] == first]
    return chosen, [name for name in counts if name != first]


def are_called_after_targets(files: Sequence[tuple[str, ...]]) -> bool:
    """The files of each folder are called alike, and several: `A/A.json`, `A/B.json`, `B/A.json`.

    Not after the time they were written at, which is ever another.
    """
    folders = {parts[:-1] for parts in files}
    counts = Counter(parts[-1] for parts in files)
    return len(folders) > 1 < len(counts) and min(counts.values()) * 2 > len(folders)


def _measured(path: Path) -> dict[str, float]:
    """The ways to numbers of a file that are called as a measure is -> these numbers.

    What was measured while it was trained is no result: `train_loss`, the history of a Trainer.
    """
    document = document_in(path)
    found: dict[str, float] = {}
    for keys in numbers_in(document):
        last = keys[-1].partition(",")[0]
        if usual_word(last).startswith("train_") or HISTORY in keys:
            continue
        number = number_at(document, ".".join(keys))
        is_score = direction_of(last) and not NOT_SCORES.search(usual_word(last))
        if is_score and "best" not in usual_word(last) and number is not None:
            found[".".join(keys)] = number
    return found
