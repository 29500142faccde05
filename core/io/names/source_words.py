"""Sources that are no task: `scratch`, trained on none, and `multitask`, trained on all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import listed
from core.io.names.usual_words import LONGEST_NAME, usual_word

_BASELINES = frozenset(
    (
        "scratch", "from_scratch", "random", "random_init", "randominit", "untrained", "baseline",
        "none", "chance", "majority", "majority_class", "zero", "zero_shot", "from_random", "base",
        "base_model", "vanilla", "direct", "target_only", "only_target", "raw_model", "null",
        "random_baseline", "random_initialization", "pretrained_only", "plain",
    )
)  # fmt: skip
_WITHOUT = re.compile(r"(?:no|none|without|w_o|scratch|baseline|untrained)(?:_.*)?|.*_none")
# fmt: off
_WHOLE = frozenset((
    "all", "everything", "every", "multitask", "multi", "mtl", "multilingual", "multidomain",
    "multisource", "joint", "jointly", "mixed", "mix", "mixture", "combined", "union", "pooled",
    "merged", "together", "unified",
))
_BESIDE = frozenset((
    "task", "tasks", "language", "languages", "lang", "langs", "domain", "domains", "dataset",
    "datasets", "data", "source", "sources", "training", "trained", "train", "model", "learning",
    "on", "the", "of", "in", "one", "finetuning", "finetuned", "ft", "baseline",
))
# fmt: on
_AVERAGED = frozenset(("all", "everything", "every"))
"""What as a target is the average of all, and no task."""


def untrained_among(sources: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Sources such as `scratch`, which may be no task, where there are two others."""
    there = {*targets}
    words = {name: usual_word(name[:LONGEST_NAME]).replace("(", "") for name in sources}
    found = [
        name
        for name, word in words.items()
        # `no` alone is Norwegian.
        if name not in there and (word in _BASELINES or (word != "no" and _WITHOUT.fullmatch(word)))
    ]
    return found if len({*sources}) - len(found) > 1 else []


def _words(name: str) -> list[str]:
    return [part for part in re.split(r"[_()\[\]:]+", usual_word(name[:LONGEST_NAME])) if part]


def _says(name: str, words: frozenset[str]) -> bool:
    parts = _words(name) if len(name) <= LONGEST_NAME else []
    return any(part in words for part in parts) and all(part in _WHOLE | _BESIDE for part in parts)


def whole_among(sources: Sequence[str], targets: Sequence[str]) -> list[str]:
    """Sources that are a word for all tasks, where there are two others.

    One that is a target, too, is a task, unless it says `all` of both sides.
    """
    tested = {*targets}
    found = [
        name
        for name in dict.fromkeys(sources)
        if _says(name, _WHOLE) and (name not in tested or _says(name, _AVERAGED))
    ]
    return found if len({*sources}) - len(found) > 1 else []


@dataclass(frozen=True)
class WholeSets:
    """What to make of such names: one is the run on all tasks, the rest cannot be told apart.

    everything: the key of the manifest, empty = none. leave_out: names that are no tasks and are
    not read. assumed: sentences.
    """

    everything: str = ""
    leave_out: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def whole_sets(
    sources: Sequence[str], targets: Sequence[str], gone: Sequence[str] = ()
) -> WholeSets:
    """What to make of names for all tasks on either side; gone: names left out already."""
    sources = [name for name in dict.fromkeys(sources) if name and name not in gone]
    targets = [name for name in dict.fromkeys(targets) if name and name not in gone]
    found = whole_among(sources, targets)
    averaged = [name for name in targets if _says(name, _AVERAGED)]
    averaged = averaged if len(targets) - len(averaged) > 1 else []
    said = []
    if len(found) == 1:
        said.append(f"{found[0]} {_stands(sources, targets, found[0])}")
    elif found:
        said.append(
            f"{listed(found)} may each be a run trained on all tasks, are no tasks and left out;"
            ' everything = "NAME" under [evaluations] takes one of them for it'
        )
    if averaged:
        is_are = "is no target but" if len(averaged) == 1 else "are no targets but"
        said.append(f"{listed(averaged)} {is_are} an average over all, and left out")
    several = found if len(found) > 1 else []
    return WholeSets(
        everything=found[0] if len(found) == 1 else "",
        leave_out=tuple(dict.fromkeys((*several, *averaged))),
        assumed=tuple(said),
    )


def _stands(sources: Sequence[str], targets: Sequence[str], name: str) -> str:
    """How a name stands for all tasks that others are trained on; which of the tested are not."""
    alone = [one for one in sources if one != name]
    said = "is no task but a run trained on all tasks that other rows are trained on"
    known = {part.strip() for one in alone for part in one.split("+")}
    # Where the sides share no name, nobody expects it.
    rest = [one for one in targets if one not in known and not _says(one, _AVERAGED)]
    return f"{said}, not on {listed(rest)}" if rest and known & {*targets} else said
