"""Source and target in one column: `en->de`, `en_to_de`, `en-de`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.io.dialects.raw_table import distinct
from core.io.names.joint_columns import taken_apart
from core.io.recognition.column_words import averages
from core.io.recognition.looked_table import LookedTable

ARROWS = ("-->", "->", "=>", "→", "⟶", "⇒", "➔", "➜", ">>")
"""Signs that say which is the source and which the target."""
SIGNS = (
    "_to_", "-to-", " to ", "2", "_on_", " on ", "_vs_", " vs ", "--", "__", ">", "/", ":", "|",
    "-", "_",
)  # fmt: skip
"""Signs that may, or may stand in a name: taken where what they part comes on both sides."""
WORDED = (
    "('{sources}', '{target}')",
    *(
        f"{one}{is_}{{sources}}{apart}{other}{is_}{{target}}"
        for one, other in (
            ("train", "test"), ("train", "eval"), ("source", "target"), ("src", "tgt"),
            ("from", "to"), ("pretrain", "finetune"), ("trained_on", "tested_on"), ("s", "t"),
        )
        for is_ in ("=", "_", "-", ":")
        for apart in ("_", "-", ",", ", ", "__", "/", " ")
    ),
)  # fmt: skip
"""Pairs that say which name is which, `train_en_test_de`."""
MOST_PAIRS = 200_000
_SEED = re.compile(r"(.+?)([\s_\-/.,]+(?:seed|run|fold|rep|trial|s)[\s_=\-]?)\d+", re.IGNORECASE)


@dataclass(frozen=True)
class JointPair:
    """Which column holds pairs, and how: template of our words; leave_out: cells that are none.

    seeds: the end of the template that is of a seed, `_seed{seed}`.
    """

    column: str
    template: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    leave_out: tuple[str, ...] = ()
    seeds: str = ""

    @property
    def is_clear(self) -> bool:
        """The sign says the direction, or words do."""
        return self.template.removesuffix(self.seeds) in WORDED or any(
            sign in self.template for sign in ARROWS
        )


def joint_pair(look: LookedTable, columns: Sequence[str]) -> JointPair | None:
    """The first of some columns that holds pairs; None where none does."""
    texts = {}
    for column in columns:
        cells = distinct(look.counted(column))
        if 1 < len(cells) <= MOST_PAIRS and look.numbers(cells) is None:
            texts[column] = cells
    ways = (worded_pair, partial(_signed, signs=ARROWS, clear=True), partial(_signed, signs=SIGNS))
    for way in ways:
        for column, cells in texts.items():
            bare, seeds = _without_seeds(cells)
            if (found := way(column, bare)) is not None:
                return replace(found, template=found.template + seeds, seeds=seeds)
    return None


def _without_seeds(cells: Sequence[str]) -> tuple[Sequence[str], str]:
    """Cells without the seed that all of them end in, and what of a template it is."""
    cut = [_SEED.fullmatch(cell) for cell in cells if cell]
    words = {match[2] for match in cut if match}
    if not all(cut) or len(words) != 1:
        return cells, ""
    return list(dict.fromkeys(match[1] for match in cut if match)), f"{words.pop()}{{seed}}"


def pair_in(names: Sequence[str]) -> JointPair | None:
    """Pairs in names that stand in no column; None where they are none."""
    return (
        worded_pair("", names)
        or _signed("", names, signs=ARROWS, clear=True)
        or _signed("", names, signs=SIGNS)
    )


def _signed(
    column: str, cells: Sequence[str], *, signs: Sequence[str], clear: bool = False
) -> JointPair | None:
    found = (_parted(column, cells, sign, clear=clear) for sign in signs)
    return next((pair for pair in found if pair is not None), None)


def worded_pair(column: str, cells: Sequence[str]) -> JointPair | None:
    """Pairs as words say them, `source=en,target=de`; None where they do not."""
    for template in WORDED:
        if cells[-1].startswith(template[: template.index("{")]):
            found = _fitting(column, cells, template, clear=True)
            if found is not None:
                return found
    return None


def pair_by(look: LookedTable, column: str, template: str) -> JointPair | None:
    """The pairs of a column by a template somebody gave; None where a cell does not fit."""
    return _fitting(column, distinct(look.counted(column)), template, clear=True)


def _parted(column: str, cells: Sequence[str], sign: str, *, clear: bool) -> JointPair | None:
    if sign not in cells[0] and sign not in cells[-1]:
        return None
    return _fitting(column, cells, f"{{sources}}{sign}{{target}}", clear=clear)


def _fitting(column: str, cells: Sequence[str], template: str, *, clear: bool) -> JointPair | None:
    gone = averages(cells)
    apart = taken_apart(template)
    pairs = [apart(cell) for cell in cells if cell and cell not in gone]
    if not pairs or any(pair is None for pair in pairs):
        return None
    sources = tuple(dict.fromkeys(pair["sources"] for pair in pairs if pair))
    targets = tuple(dict.fromkeys(pair["target"] for pair in pairs if pair))
    there = {name.strip() for source in sources for name in source.split("+")}
    both = len(there & {*targets})
    if not clear and (both < 2 or both * 2 < min(len(there), len(targets))):
        return None
    return JointPair(column, template, sources, targets, tuple(gone))
