"""Which columns of a table hold the sources and the targets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.dialects.raw_table import distinct, rows_where
from core.io.names.joint_columns import is_joint
from core.io.names.usual_words import is_target_beside, side_of, usual_column, usual_word
from core.io.problems import listed_columns
from core.io.recognition.joint_pairs import JointPair, joint_pair, pair_by
from core.io.recognition.looked_table import LookedTable, is_number
from core.io.table_cells.cells import NOTHING
from core.io.table_cells.number_hints import number_hint

FEWEST_ACROSS = 3
"""So many columns of numbers may each be what was tested on."""
TARGETS_ACROSS = "say --map 'score={target}'"
_MODELS = frozenset(("model_id", "hub_id", "backbone", "model_path", "pretrained_model"))


def sides_of(
    look: LookedTable, name: str, assumed: list[str]
) -> tuple[dict[str, str], JointPair | None]:
    """The columns of source and target, or the one of both. Raises RequestError without."""
    header = look.raw.header
    given = next((word for word in look.mapped if is_joint(word)), None)
    if given is not None:
        joint = pair_by(look, look.mapped[given], given)
        if joint is None:
            raise RequestError(
                f"{name}: not all of {shortened(look.mapped[given])} fits {given}; correct --map,"
                " or leave out what is no pair with --where"
            )
        return {given: joint.column}, joint
    used = _called_sides(look)
    for word, other in (("sources", "target"), ("target", "sources")):
        if word not in used and other in used and (one := _by_names(look, word, used[other])):
            used[word] = one
            tested = "tested on" if word == "target" else "trained on"
            names = shortened(used[other])
            assumed.append(f"{shortened(one)} is what was {tested}: it holds the names of {names}")
    used = _called_sides(look, used, varying=False)
    if len(used) == 2:
        return used, None
    if not {"sources", "target"} & {*look.mapped}:
        named = [c for c in header if (c or header.count(c) == 1) and c not in look.mapped.values()]
        joint = joint_pair(look, named)
        if joint is not None:
            if not joint.is_clear:
                assumed.append(f"{shortened(joint.column)} names first the source, then the target")
            return {joint.template: joint.column}, joint
    free = [c for c in header if c not in look.mapped.values()]
    model = usual_column("method", free)
    model = model or next((c for c in free if usual_word(c) in _MODELS), None)
    if (
        "target" in used
        and model
        and used["target"] != model
        and "method" not in look.mapped
        and (look.varies(model) or {*look.counted(model)} <= {*look.counted(used["target"])})
    ):
        assumed.append(f"{shortened(model)} is what was transferred from, as nothing else says so")
        return {"sources": model, **used}, None
    raise RequestError(lacking(look, name, "sources" if "sources" not in used else "target"))


def _called_sides(
    look: LookedTable, known: Mapping[str, str] | None = None, *, varying: bool = True
) -> dict[str, str]:
    """The columns of source and target by what they are called, as far as they tell.

    known: those found already. varying: none that is the same in every row, which says nothing of
    what was trained or tested, but one called just so, or the one that somebody named.
    """
    used = dict(known or {})
    for word in ("sources", "target"):
        if word in used:
            continue
        rest = [c for c in look.raw.header if c not in {*used.values(), *look.mapped.values()}]
        rest = [c for c in rest if _may_be_names(look, c)]
        if varying:
            own = (word, word.removesuffix("s"), f"{word}s")
            rest = [c for c in rest if usual_word(c) in own or look.varies(c)]
        column = (
            look.mapped.get(word)
            or usual_column(word, rest)
            or _likely(look, word, rest, used.get("sources", ""))
        )
        if column is not None:
            used[word] = column
    return {word: used[word] for word in ("sources", "target") if word in used}


def _by_names(look: LookedTable, word: str, other: str) -> str | None:
    """The one column of text that holds the names of the `other` side, whatever it is called.

    At least two names and half of those of the shorter side, not alike in every row.
    """
    names = _parts(look, other)
    theirs = "sources" if word == "target" else "target"
    found = []
    for column in dict.fromkeys(look.raw.header):
        if not column or column in {other, *look.mapped.values(), *look.where}:
            continue
        cells = look.counted(column)
        if look.numbers(cells) is not None or side_of(column) == theirs:
            continue
        own = _parts(look, column)
        both = own & names
        enough = len(both) > 1 and 2 * len(both) >= min(len(own), len(names))
        if enough and any(a != b for a, b in zip(cells, look.counted(other), strict=True)):
            found.append(column)
    return found[0] if len(found) == 1 else None


def _parts(look: LookedTable, column: str) -> set[str]:
    """The names in a column, of several joined by a plus each."""
    cells = distinct(look.counted(column))
    return {part.strip() for cell in cells for part in cell.split("+")} - {""}


def _likely(look: LookedTable, word: str, columns: Sequence[str], source: str) -> str | None:
    """The one column of names whose words say which side it is: `Train DB`, `task_tested`.

    source: the column of what was trained on, where it is known.
    """
    texts = [c for c in columns if _may_be_names(look, c, few=True)]
    if word == "target" and source:
        found = [c for c in texts if side_of(c) == word] or [
            c for c in texts if is_target_beside(source, c)
        ]
    else:
        found = [c for c in texts if side_of(c) == word]
        found = [c for c in found if not any(is_target_beside(other, c) for other in found)]
    return found[0] if len(found) == 1 else None


def _may_be_names(look: LookedTable, column: str, *, few: bool = False) -> bool:
    """Text, or whole numbers, such as years; few: each of those several times."""
    cells = look.counted(column)
    numbers = look.numbers(cells)
    if numbers is None:
        return True
    filled = numbers[np.isfinite(numbers)]
    whole = bool((filled == np.round(filled)).all())
    return whole and not (few and 2 * len(np.unique(filled)) > len(cells))


_TWO = re.compile(r"[+\-−]?\d+(?:\.\d+)?%?\s*/\s*[+\-−]?\d+(?:\.\d+)?%?")


_WRITE_ALONE = "write numbers alone, or leave the cell empty where there is none"
_DATE = re.compile(r"\d{1,4}[-/:]\d")
"""How a day, a time or a span of whole numbers begins: no score."""


def _two_numbers(look: LookedTable) -> str:
    """Where the first cell is that holds two measures, `88.6/84.1`; empty without such a column."""
    for column, cells in zip(look.raw.header, look.cells, strict=True):
        filled = [cell for cell in distinct(cells) if cell and cell.lower() not in NOTHING]
        if filled and all(map(_TWO.fullmatch, filled)):
            row = look.raw.rows[int(np.flatnonzero(rows_where(cells, filled[0].__eq__))[0])]
            return f"row {row}: {shortened(column)} is {filled[0][:40]}, two numbers"
    return ""


def _nearly_numbers(look: LookedTable) -> str:
    """What to write in the first column of nothing but numbers in a form that is not read."""
    for column, cells in zip(look.raw.header, look.cells, strict=True):
        odd = [cell for cell, text in look.texts_of_numbers(cells).items() if text is None]
        if odd and all(map(number_hint, odd)) and not any(map(_DATE.match, odd)):
            row = look.raw.rows[int(np.flatnonzero(rows_where(cells, odd[0].__eq__))[0])]
            return f"row {row}: {shortened(column)} is {odd[0][:40]}; {number_hint(odd[0])}"
    return ""


def between_numbers(look: LookedTable, columns: Sequence[str]) -> str:
    """Where the first cell of some columns is that is no number, and what to write; or empty."""
    for column in columns:
        cells = look.column(column)
        odd = [c for c, text in look.texts_of_numbers(cells).items() if text is None]
        if odd:
            row = look.raw.rows[int(np.flatnonzero(rows_where(cells, odd[0].__eq__))[0])]
            hint = number_hint(odd[0]) or _WRITE_ALONE
            return f"row {row}: {shortened(column)} is {odd[0][:40]}, not a number; {hint}"
    return ""


def lacking(look: LookedTable, name: str, word: str) -> str:
    """Why a table `name` has no column for `word`, and what to do, as a sentence."""
    header = look.raw.header
    is_matrix = len({*header[1:]} & {*look.cells[0]}) > 1
    if is_matrix and (odd := between_numbers(look, header[1:])):
        return f"{name}, {odd}"
    if two := _two_numbers(look):
        return f"{name}, {two}; keep one of the two, or give each a column of its own"
    if word == "score" and (nearly := _nearly_numbers(look)):
        return f"{name}, {nearly}"
    first = [one for one in header if one]
    if any(is_number(one) for one in first) and not any(
        usual_column(known, header) for known in ("sources", "target", "score")
    ):
        return (
            f"{name}: its first row is no header but {listed(first)}; write one"
            " above it, such as sources,target,score, or the names of the targets for a matrix"
        )
    if len([*filter(None, header)]) == len(look.raw.rows) and all(
        look.numbers(cells) is not None for cells in look.cells
    ):
        return (
            f"{name}: a matrix without names of rows, or with numbers for them; write what each was"
            " trained on into a first column"
        )
    there = listed_columns(header)
    model = usual_column("method", header)
    same = ""
    if word == "sources" and model is not None and not look.varies(model):
        alike = shortened(look.counted(model)[0])
        same = f" ({shortened(model)} is {alike} in every row, which does not say what was trained)"
    said = f"{name}: no column for {word} among {there}{same}; name it with --map {word}=COLUMN"
    down = usual_column("sources", header)
    numeric = [c for c in dict.fromkeys(header) if c and look.numbers(look.column(c)) is not None]
    if word == "target" and down is not None and len(numeric) >= FEWEST_ACROSS:
        said += f", or, where columns are what was tested on, {TARGETS_ACROSS}"
    return said
