"""Columns called after targets: what must not be passed over, or taken for scores, in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from core.errors import RequestError, listed, shortened
from core.io.names.name_templates import pattern_of
from core.io.names.usual_words import usual_word
from core.io.recognition.column_words import NOT_SCORES, direction_of
from core.io.recognition.looked_table import LookedTable
from core.io.recognition.sides import between_numbers


def check_numbers(look: LookedTable, names: Collection[str], numeric: Collection[str]) -> None:
    """Raises RequestError where a column called as one of `names` has text between its numbers.

    numeric: columns of numbers alone. One without any number is a column of names.
    """
    mixed = [
        name
        for name in dict.fromkeys(look.raw.header)
        if name in names
        and name not in numeric
        and any(one is not None for one in look.texts_of_numbers(look.column(name)).values())
    ]
    if odd := between_numbers(look, mixed):
        raise RequestError(odd)


def check_no_flags(look: LookedTable, value: str, numeric: Sequence[str]) -> None:
    """Raises RequestError where columns that fit `value` say what rows were trained on: `use_A`.

    They are 0 or 1, their names say no measure, and another column is the score.
    """
    fits = pattern_of(value, whole=True)
    flags = [name for name in numeric if fits.match(name)]
    others = [name for name in numeric if name not in flags and direction_of(name)]
    if not others or direction_of(value) or len(flags) < 2:
        return
    if all({*look.finite(look.counted(name)).tolist()} <= {0.0, 1.0} for name in flags):
        raise RequestError(
            f"{listed(flags)} are 0 or 1 beside {shortened(others[0])}, as if they said what a row"
            " was trained on; write the names of these tasks, joined by +, into one column sources"
        )


def measured_otherwise(
    templates: Mapping[str, Sequence[str]], value: str, numeric: Sequence[str]
) -> list[str]:
    """Columns of targets that have none of the measure that counts: `B (F1)` beside `A (acc)`.

    templates: of names of columns -> the targets in them; value: the one that counts.
    """
    there = {*templates.get(value, ())}
    found = [
        column
        for template, targets in templates.items()
        for target in targets
        if target not in there
        and direction_of(template)
        and not NOT_SCORES.search(usual_word(template.replace("{target}", "x")))
        and (column := template.replace("{target}", target)) in numeric
    ]
    return list(dict.fromkeys(found)) if there else []


def of_other_templates(templates: Mapping[str, Sequence[str]], value: str) -> list[str]:
    """Columns that fit `value` and are of another template: `dev_A_acc` beside `{target}_acc`.

    templates: of names of columns -> the targets in them.
    """
    fits = pattern_of(value, whole=True)
    meant = {value.replace("{target}", target) for target in templates.get(value, ())}
    found = [
        column
        for template, targets in templates.items()
        if template != value and len(targets) > 1
        for target in targets
        if fits.match(column := template.replace("{target}", target)) and column not in meant
    ]
    return list(dict.fromkeys(found)) if meant else []
