"""Columns of settings, such as a learning rate: what tells rows of a cell apart, and no seeds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from core.errors import listed, shortened
from core.io.column_finder import COLUMN
from core.io.dialects.raw_table import distinct
from core.io.names.usual_words import usual_column, usual_word
from core.io.recognition.column_words import NOT_SCORES, direction_of, is_spread
from core.io.recognition.looked_table import LookedTable
from core.io.recognition.recognized import TOLD_APART

MOST_VALUES = 8
"""So many values of a number may each be a method; of more somebody says what they are."""
# fmt: off
_SETTINGS = frozenset((
    "lr", "learning_rate", "learningrate", "eta", "step_size", "weight_decay", "wd", "l2", "l1",
    "batch_size", "bs", "batch", "train_batch_size", "epochs", "num_epochs", "n_epochs",
    "num_train_epochs", "max_epochs", "max_steps", "num_steps", "n_steps", "dropout", "warmup",
    "warmup_steps", "warmup_ratio", "temperature", "temp", "alpha", "beta", "gamma", "lambda",
    "momentum", "rank", "lora_rank", "lora_r", "lora_alpha", "hidden_size", "hidden_dim", "dim",
    "num_layers", "n_layers", "k", "shots", "n_shots", "num_shots", "frac", "fraction",
    "train_size", "n_train", "num_samples", "label_smoothing", "max_length", "max_seq_length",
))
# fmt: on


def is_called_setting(column: str) -> bool:
    """A column is called as something that is set before training: `config.lr`, `batch size`."""
    return usual_word(column) in _SETTINGS or usual_word(column).split("_", 1)[-1] in (
        "lr",
        "learning_rate",
        "batch_size",
        "weight_decay",
    )


def columns_of(look: LookedTable, used: Iterable[str]) -> list[str]:
    """The columns that hold what is used: of a template those in its braces."""
    there = {*look.raw.header}
    return [
        part for c in used for part in ([c] if c in there else COLUMN.findall(c)) if part in there
    ]


def method_of(look: LookedTable, columns: Sequence[str], before: str = "") -> str:
    """A method for each value: texts as they stand, numbers behind what they are of, `lr={lr}`."""
    known = [] if not before else [before if "{" in before else f"{{{before}}}"]
    parts = [
        f"{{{c}}}" if look.numbers(look.counted(c)) is None else f"{c}={{{c}}}" for c in columns
    ]
    if len(parts) == 1 and not known and (parts[0][0] == "{" or {*"{}"} & {*columns[0]}):
        return columns[0]
    return " ".join([*known, *parts])


def said_of_methods(look: LookedTable, columns: Sequence[str]) -> str:
    """That each setting is a method, and how to take one alone or their mean, as a sentence."""
    first = columns[0]
    value = distinct(look.counted(first))[0]
    return (
        f"{TOLD_APART}{' and '.join(map(shortened, columns))} are methods of their own:"
        f" --where {shortened(first)}={shortened(value)} takes one, --repeats mean their mean"
    )


def names_each_row(look: LookedTable, column: str, cell: Sequence[str]) -> bool:
    """A column is another in each row, of several cells: the name of a run, no method.

    cell: the columns that tell cells apart.
    """
    cells = look.counted(column)
    return len(distinct(cells)) == len(cells) and _different(look, cell) > 1


def too_many(look: LookedTable, column: str) -> bool:
    """Numbers of a setting that take too many values for a method each."""
    numbers = look.numbers(look.counted(column))
    if numbers is None or len(distinct(look.counted(column))) <= MOST_VALUES:
        return False
    return is_called_setting(column) or bool((numbers != numbers.round()).any())


def of_a_grid(look: LookedTable, cell: Sequence[str], values: Collection[str]) -> list[str]:
    """Several columns of numbers that tell all rows of a cell apart together; empty without.

    Each of few values, all of them tried for most cells: `lr` × `batch_size`. cell: the columns
    that tell cells apart. values: columns that are scores.
    """
    found: list[str] = []
    count = _different(look, cell)
    for column in look.raw.header:
        if not _may_be_setting(look, column, {*cell, *values}) or too_many(look, column):
            continue
        if len(distinct(look.counted(column))) > MOST_VALUES:
            continue
        more = _different(look, [*cell, *found, column])
        if more == count:
            continue
        found, count = [*found, column], more
        if count == len(look.kept):
            tried = _different(look, found) * _different(look, cell)
            return found if tried <= 2 * count else []
    return []


def that_vary(look: LookedTable, cell: Sequence[str], values: Collection[str]) -> list[str]:
    """Columns called as settings are that take other values in rows of one cell."""
    count = _different(look, cell)
    return [
        column
        for column in dict.fromkeys(look.raw.header)
        if is_called_setting(column)
        and _may_be_setting(look, column, {*cell, *values})
        and _different(look, [*cell, column]) > count
    ]


def conflict_of(columns: Sequence[str]) -> str:
    """What is to be decided where rows of a cell differ in settings."""
    return (
        f"rows of the same cell differ in {listed(columns)}, which looks like a setting and not"
        " like a seed"
    )


def _may_be_setting(look: LookedTable, column: str, used: Collection[str]) -> bool:
    """A column of numbers that is not used, no score and nothing that was measured beside one."""
    if not column or column in used or column in look.where:
        return False
    if look.numbers(look.counted(column)) is None or is_spread(column, [*used]):
        return False
    if is_called_setting(column):
        return True
    odd = NOT_SCORES.search(usual_word(column)) or usual_column("seed", [column])
    return not odd and direction_of(column) is None


def _different(look: LookedTable, columns: Sequence[str]) -> int:
    return len({*zip(*(look.counted(column) for column in columns), strict=True)})
