"""A matrix: names down, names across, numbers between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from core.errors import RequestError, listed, shortened
from core.io.dialects.raw_table import MOST_COLUMNS, distinct
from core.io.layouts.score_names import joining_sign
from core.io.layouts.square import side_of_rows
from core.io.names.sides_in_text import side_of_rows_in
from core.io.names.source_words import whole_sets
from core.io.names.usual_words import is_called_model, side_of, usual_column, usual_word
from core.io.recognition.both_sides import (
    SAID_OF_ROWS,
    Dressed,
    aliases_of,
    dressed_among,
    plus_names,
    said_of_dressed,
    twins_across,
    undressed,
)
from core.io.recognition.column_words import (
    IS_TRANSFER,
    IS_ZERO,
    NOT_SCORES,
    OF_MODELS,
    averages,
    baseline_question,
    direction_of,
    is_spread,
    itself_word,
    said_of_averages,
    said_of_itself,
    said_of_sign,
    said_of_twins,
    split_of,
)
from core.io.recognition.joint_pairs import joint_pair
from core.io.recognition.looked_table import MOST_LOOKED_AT, LookedTable, has_digit
from core.io.recognition.measured_names import measured_templates, templates_of
from core.io.recognition.numbered_columns import numbered_columns
from core.io.recognition.recognized import Recognized
from core.io.recognition.summaries import said_of_summaries, summaries

_IS_RANK = re.compile(r"(?:^|_)(?:rank|ranks|ranking|place|position|pos|rang)(?:_|$)")
MOST_COMPARED = 500
"""Tasks of a matrix whose two directions are compared."""


def as_matrix(look: LookedTable) -> Recognized | None:
    """A matrix: names down, numbers across; None where it is something else."""
    found = _down_and_across(look)
    if found is None:
        return None
    first, names = found
    header, common = look.raw.header, len({*first} & {*names})
    above, rows = {*names}, {*first}
    spreads = [name for name in names if is_spread(name, above)]
    spreads += [name for name in first if name not in above and is_spread(name, rows)]
    gone = [*spreads, *averages([*names, *first]), *_counts(look, names, first)]
    gone += _rows_of_counts(look, names, first)
    down = [name for name in first if name not in gone]
    across = [name for name in names if name not in gone]
    made = summaries(look, down, across) if common else {}
    gone += made
    ranks = _ranks(look, [name for name in across if name not in down], len(down))
    gone += ranks
    down = [name for name in down if name not in made]
    across = [name for name in across if name not in (*made, *ranks)]
    told = side_of_rows(header[0]) or side_of_rows_in(look.raw.around)
    targets = look.sides == "targets" if look.sides else told == "target"
    whole = whole_sets(*((across, down) if targets else (down, across)))
    gone += whole.leave_out
    down = [name for name in down if name not in gone]
    across = [name for name in across if name not in gone]
    if header.count(header[0]) == 1 and (dressed := undressed(down, across)):
        return _undressed(look, dressed, gone)
    sides = (across, down) if targets else (down, across)
    itself = itself_word(*sides) if common and not _has_diagonal(look, down, across) else ""
    twins = twins_across(*sides)
    beside = None if twins else dressed_among(*sides)
    shape = (
        f"{len(down)} targets down, {len(across)} sources across, as {_who_says(look)}"
        if targets
        else f"{len(down)} sources down, {len(across)} targets across"
    )
    return Recognized(
        form="square",
        path="",
        leave_out=tuple(gone),
        rows=look.sides or ("targets" if targets else ""),
        joined_by=(sign := joining_sign(*sides)),
        itself=itself,
        everything=whole.everything,
        told_by=_direction_at(header[0]),
        understood=(f"a matrix, {shape}",),
        aliases={one: [other] for one, other in twins.items()}
        | aliases_of(beside)
        | plus_names(*sides),
        unknown=(*baseline_question(*sides), *_questions(look, down, across)),
        assumed=(
            *((SAID_OF_ROWS,) if common and not (look.sides or told) else ()),
            *said_of_sign(sign),
            *said_of_averages([n for n in gone if n not in (*whole.leave_out, *made, *ranks)]),
            *(f"{name} is no task but the order of the rows, and left out" for name in ranks),
            *said_of_summaries(made),
            *whole.assumed,
            *said_of_itself(itself),
            *said_of_twins(twins),
            *said_of_dressed(beside),
        ),
    )


def _who_says(look: LookedTable) -> str:
    """How it is known what the rows are."""
    if look.sides:
        return "was said"
    corner = look.raw.header[0]
    return f"{corner} says" if side_of_rows(corner) else "the text beside the table says"


def _down_and_across(look: LookedTable) -> tuple[list[str], list[str]] | None:
    """The names of rows and of columns, None where a table is something else than a matrix.

    Raises RequestError where it is one on its side, or has a column twice.
    """
    header = look.raw.header
    if look.mapped or len(header) < 3 or len(look.raw.rows) > MOST_COLUMNS:
        return None
    names = [name for name in header[1:] if name]
    if len(set(names) & set(look.cells[0])) > 1:
        _words_of_matrix(look)
    if usual_column("seed", names) and usual_column("seed", names) not in look.cells[0]:
        return None
    if len(set(look.cells[0])) < len(look.cells[0]) and "" not in look.cells[0]:
        return None
    numeric = [look.numbers(column) is not None for column in look.cells[1:]]
    if not names or not all(numeric) or len(set(names)) < len(names):
        return None
    first = [cell for cell in look.cells[0] if cell]
    if len(first) < 3 and all(map(direction_of, first)) and any(map(side_of, header[0].split("/"))):
        rows = listed((*header[0].split("/"), *first))
        raise RequestError(
            f"a table on its side: its rows are {rows}; turn it, so that these are its columns"
        )
    _check_numbered_again(names, first)
    there = set(names)
    few = len(first) * len(names) <= MOST_LOOKED_AT
    if not set(first) & there and few and templates_of(names, set(first)):
        return None
    common = len(set(first) & set(names))
    if common == 0 and sum(map(len, measured_templates(names).values())) * 2 > len(names):
        return None
    if common == 0 and joint_pair(look, header[:1]):
        return None
    if common == 0 and (numbered := numbered_columns(names)) and numbered.told:
        return None
    words = [usual_column(word, header[1:]) for word in ("target", "score")]
    if common * 2 < min(len(set(first)), len(names)) and (
        any(words) or len(set(first)) < len(first) or look.numbers(first) is not None
    ):
        return None
    if common == 0 and any(split_of(name) for name in names):
        return None
    return first, names


_AGAIN = re.compile(r"(.+)\.\d+")


def _check_numbered_again(names: Sequence[str], rows: Sequence[str]) -> None:
    """Raises RequestError where columns are called the same, as pandas numbers them: A and A.1."""
    down = {*rows}
    cut = ((name, match[1]) for name in names if (match := _AGAIN.fullmatch(name)))
    for name, one in cut:
        if one in names and one in down and name not in down:
            raise RequestError(
                f"two columns {shortened(one)}, the second called {shortened(name)} as pandas"
                " numbers them; keep one, or say what they are, such as"
                f" {shortened(one)}_seed1 and {shortened(one)}_seed2"
            )


def _undressed(
    look: LookedTable, dressed: tuple[Dressed, Dressed], gone: Sequence[str]
) -> Recognized:
    """A matrix whose names say their side, `train_de` down and `test_de` across."""
    down, across = dressed
    targets = down.side == "target" or across.side == "sources"
    if look.sides:
        targets = look.sides == "targets"
    words = ("target", "sources") if targets else ("sources", "target")
    columns = {down.template(words[0]): look.raw.header[0]}
    if not down.before + down.after:
        columns = {words[0]: look.raw.header[0]}
    return Recognized(
        form="wide",
        path="",
        value=across.template(words[1]),
        columns=columns,
        leave_out=tuple(gone),
        told_by=_direction_at(look.raw.header[0]),
        understood=(
            f"a matrix, {len(down.names)} {words[0].rstrip('s')}s down as"
            f" {down.template(words[0])}, {len(across.names)} {words[1].rstrip('s')}s across as"
            f" {across.template(words[1])}",
        ),
        assumed=said_of_averages(gone),
    )


def _has_diagonal(look: LookedTable, down: Sequence[str], across: Sequence[str]) -> bool:
    """Some task has a number of its own: no row need stand for it."""
    rows = {name: i for i, name in enumerate(look.cells[0])}
    own = [look.column(name)[rows[name]] for name in across if name in down]
    return any(text is not None for text in look.texts_of_numbers(own).values())


def _counts(look: LookedTable, names: Sequence[str], first: Sequence[str]) -> list[str]:
    """Columns of how many there are, `n` or `train size`: whole numbers, where no other is."""
    there = {*first}
    if len(there & {*names}) < 2:
        return []
    whole = [name for name in names if _is_whole(look, name)]
    if len(whole) * 2 >= len(names):
        return []
    return [name for name in whole if name not in there and NOT_SCORES.search(usual_word(name))]


def _rows_of_counts(look: LookedTable, names: Sequence[str], first: Sequence[str]) -> list[str]:
    """Rows of how many there are, `n` or `# examples`: whole numbers, whatever else there is."""
    there = {*names}
    if len(there & {*first}) < 2:
        return []
    found = []
    for name in first:
        if name in there or not (name[:1] == "#" or NOT_SCORES.search(usual_word(name))):
            continue
        at = look.cells[0].index(name)
        values = look.finite([cells[at] for cells in look.cells[1:]])
        if len(values) and (values > 1).all() and (values == np.round(values)).all():
            found.append(name)
    return found


def _ranks(look: LookedTable, names: Sequence[str], rows: int) -> list[str]:
    """Columns called ranks that hold places of rows: whole numbers from 1, at most as many as
    there are rows.
    """
    found = []
    for name in names:
        there = look.finite(look.column(name))
        is_place = len(there) > 1 and there.min() == 1 and there.max() <= rows
        if is_place and (there == np.round(there)).all() and _IS_RANK.search(usual_word(name)):
            found.append(name)
    return found


def _is_whole(look: LookedTable, name: str) -> bool:
    values = look.finite(look.column(name))
    return bool(len(values) and (values > 1).all() and (values == np.round(values)).all())


def _questions(look: LookedTable, down: Sequence[str], across: Sequence[str]) -> tuple[str, ...]:
    """What the numbers ask: are they differences, and of transfer at all."""
    both = [name for name in down if name in {*across}]
    if not both and is_called_model(look.raw.header[0]):
        return (OF_MODELS,)
    if not 3 <= len(both) <= MOST_COMPARED or len(both) < len(down):
        return ()
    rows = [look.cells[0].index(name) for name in both]
    columns = [look.numbers(look.column(name)) for name in both]
    values = np.array([[np.nan if c is None else c[row] for c in columns] for row in rows])
    beside = ~np.eye(len(both), dtype=bool) & np.isfinite(values)
    if not beside.any():
        return ()
    signs = {*np.sign(values[beside]).tolist()}
    if {-1.0, 1.0} <= signs and not np.diagonal(values).any():
        return (f"whether 0 {IS_ZERO}, as of differences: --zero 0",)
    if not np.array_equal(values[beside.T & beside], values.T[beside.T & beside]):
        return ()
    if len(np.unique(values[beside])) < 3 or (beside != beside.T).any():
        return ()
    return (
        f"{IS_TRANSFER}: both directions of a pair are the same, as of a"
        " similarity or distance, which belongs under [predictors]",
    )


def _direction_at(corner: str) -> str:
    """The corner where it tells the direction; arrows say there what is down and what across."""
    bare = re.sub("[↓→↑←]", "", corner) if side_of_rows(corner) else corner
    return corner if direction_of(bare) else ""


def _words_of_matrix(look: LookedTable) -> None:
    """Take the few words between the numbers of a matrix for none, such as `x`."""
    # A column without any number is one of names, such as the model.
    with_numbers = [
        cells
        for cells in look.cells[1:]
        if any(text is not None for text in look.texts_of_numbers(distinct(cells)).values())
    ]
    texts = look.texts_of_numbers([cell for cells in with_numbers for cell in distinct(cells)])
    words = [cell for cell, text in texts.items() if text is None]
    if words and len(words) <= 3 and len(texts) > len(words) and not any(map(has_digit, words)):
        look.missing |= {word.lower() for word in words}
        look.assumed.append(f"{listed(words)} stands for no number")
