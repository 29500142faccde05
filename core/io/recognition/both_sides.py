"""Names that stand on both sides, however each side writes them: `train_de` and `test_de`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product, takewhile

from core.io.layouts.score_names import PLUS, without_plus
from core.io.names.name_rules import LONGEST_NAME, near_twins
from core.io.names.usual_words import side_of
from core.io.recognition.joint_pairs import ARROWS

MOST_COMPARED = 1_000_000
"""Pairs of a source and a target whose names are compared."""
SAID_OF_ROWS = (
    'rows are what was trained on, as nothing says else; rows = "targets" under [evaluations]'
    " turns them"
)
SAID_OF_OUTER = (
    "the outer names are what was trained on, as nothing says else: --map sources=target"
    " --map target=sources turns them"
)


@dataclass(frozen=True)
class Dressed:
    """Names of one side with what they all begin or end with: `train_`; names: without it."""

    before: str
    after: str
    names: tuple[str, ...]

    def template(self, word: str) -> str:
        """`train_{sources}`."""
        return f"{self.before}{{{word}}}{self.after}"

    @property
    def side(self) -> str | None:
        """The side the words around the names say."""
        return _side_around(self.before) or _side_around(self.after)


def undressed(one: Sequence[str], other: Sequence[str]) -> tuple[Dressed, Dressed] | None:
    """Two sides without the words that say which they are; None where names are alike as they are,
    or are not without them either.
    """
    if not one or not other or len({*one} & {*other}) > 1:
        return None
    bare = _bare(one), _bare(other)
    both = len({*bare[0].names} & {*bare[1].names})
    least = min(len({*one}), len({*other}))
    if both < 2 or both * 2 < least:
        return None
    sides = {dressed.side for dressed in bare}
    return bare if len(sides) == 2 or sides == {None} else None


def _bare(names: Sequence[str]) -> Dressed:
    before = _shared_start(names)
    after = _shared_start([name[::-1] for name in names])[::-1]
    before = before if _tells(before) else ""
    after = after if _tells(after) else ""
    stop = [len(name) - len(after) for name in names]
    if len({*names}) < 2 or any(end <= len(before) for end in stop):
        return Dressed("", "", tuple(names))
    cut = tuple(name[len(before) : end] for name, end in zip(names, stop, strict=True))
    return Dressed(before, after, cut)


def _tells(text: str) -> bool:
    return _side_around(text) is not None or text.strip() in ARROWS


def _side_around(text: str) -> str | None:
    alone = re.sub(r"\W", "", text).lower()
    return {"from": "sources", "to": "target"}.get(alone) or side_of(text)


def dressed_among(
    sources: Sequence[str], targets: Sequence[str], *, any_word: bool = False
) -> Dressed | None:
    """Sources of which most, not all, are a target with the same words around: `ft-A`, `ft-B`
    and `base` beside `A`, `B`. names: of those, also where none is tested. None without.

    At least two, half of those on the shorter side, while no name stands on both. any_word:
    whatever the words are; else those that say which side they are of.
    """
    if {*sources} & {*targets} or len(sources) * len(targets) > MOST_COMPARED:
        return None
    around: dict[tuple[str, str], int] = {}
    for source, target in product(dict.fromkeys(sources), dict.fromkeys(targets)):
        before, held, after = source.partition(target)
        # Words end at a sign: `raft` is no `ft` with something before it.
        if not held or not target or before[-1:].isalnum() or after[:1].isalnum():
            continue
        if any_word or _side_around(before or after) == "sources":
            around[before, after] = around.get((before, after), 0) + 1
    if not around:
        return None
    (before, after), often = max(around.items(), key=lambda one: one[1])
    least = min(len({*sources}), len({*targets}))
    if often < 2 or often * 2 < least:
        return None
    fits = re.compile(f"{re.escape(before)}([^+]+){re.escape(after)}", re.DOTALL).fullmatch
    names = [match[1] for source in dict.fromkeys(sources) if (match := fits(source))]
    joined = any("+" in source for source in sources)
    return None if joined or {*names} & {*sources} else Dressed(before, after, tuple(names))


def aliases_of(dressed: Dressed | None) -> dict[str, list[str]]:
    """Task -> what it is called as a source."""
    if dressed is None:
        return {}
    return {name: [f"{dressed.before}{name}{dressed.after}"] for name in dressed.names}


def said_of_dressed(dressed: Dressed | None) -> tuple[str, ...]:
    """What is assumed of such names; nothing without."""
    if dressed is None:
        return ()
    return (f"names are what stands in {dressed.template('sources')}, of sources called so",)


def _shared_start(names: Sequence[str]) -> str:
    """What all names begin with, up to a sign between words: `train_`, not `train_s`."""
    first, last = min(names)[:LONGEST_NAME], max(names)[:LONGEST_NAME]
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    start = "".join(sign for sign, _ in same)
    return start.rstrip("".join(filter(str.isalnum, start)))


def plus_names(sources: Sequence[str], targets: Sequence[str]) -> dict[str, list[str]]:
    """Task -> its name in the file, of those that hold a `+`, which joins names elsewhere."""
    held = {name: name.replace("+", PLUS) for name in targets if "+" in name}
    for source in sources:
        if "" in map(str.strip, without_plus(source, held).split("+")) and source:
            held[source] = source.replace("+", PLUS)
    return {name: [other] for other, name in held.items()}


def twins_across(sources: Sequence[str], targets: Sequence[str]) -> Mapping[str, str]:
    """Source -> target that is the same but for case and the like, where no name is on both sides
    and most have such a twin.
    """
    if {*sources} & {*targets}:
        return {}
    found: dict[str, str] = {}
    for one, other, why in near_twins([*dict.fromkeys(sources), *dict.fromkeys(targets)]):
        if one in sources and other in targets and not why.startswith("a suffix"):
            found[one] = other
    enough = len(found) > 1 and len(found) * 2 >= min(len({*sources}), len({*targets}))
    return found if enough else {}
