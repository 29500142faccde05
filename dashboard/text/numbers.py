"""Numbers as people read them: digits, signs, units, intervals."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.numerics.arrays import FloatArray
from core.numerics.intervals import Interval

if TYPE_CHECKING:
    from core.analyses.association.association import Association
    from core.transfer.cell_means import CellMean
    from core.transfer.matrix import TransferMatrix


CHANCE = 0.05
"""A p above this is not told from chance."""
LEAST_PERCENT = 0.01
"""Nobody needs to know how much less a share is."""

MOST_DIGITS = 6
MOST_DIGITS_APART = 9
"""Ends of an interval that are the same in so many digits are the same but for rounding."""
SAME = 1e-12
"""Values that differ by less than this share are the same."""
MINUS = "−"
NOTHING = "—"
ARROW = "→"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# -- numbers -----------------------------------------------------------------------------------


def number(value: float) -> str:
    """Two or three significant digits: `0.354`, `0.055`, `−12.3`, `1,234`; `—` for none.

    Below 0.01 two that count, without a last zero: `0.0024`, `0.002`.
    """
    if not math.isfinite(value):
        return NOTHING
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 999_999.5 or size < 0.000_095:
        power = math.floor(math.log10(size))
        mantissa = f"{size / 10.0**power:.1f}" if power > -300 else "1.0"
        if mantissa == "10.0":
            mantissa, power = "1.0", power + 1
        text = f"{mantissa} × 10{str(power).translate(_SUPERSCRIPT)}"
    elif size >= 99.95:
        text = f"{size:,.0f}"
    elif size >= 9.995:
        text = f"{size:.1f}"
    elif size >= 0.9995:
        text = f"{size:.2f}"
    elif size >= 0.00995:
        text = f"{size:.3f}"
    else:
        text = f"{size:.{1 - math.floor(math.log10(size))}f}".rstrip("0")
    return (MINUS if value < 0 else "") + text


def signed(value: float) -> str:
    """`number` with a plus where it is positive."""
    return f"+{number(value)}" if math.isfinite(value) and value > 0 else number(value)


def two_decimals(value: float) -> str:
    """Beside others of its kind: `0.71`, `−0.12`; empty for none. Small ones keep their digits."""
    if math.isfinite(value) and 0 < abs(value) < 0.00995:
        return number(value)
    return in_cell(value)


def in_cell(value: float) -> str:
    """As it stands in a cell: `0.71`, `−0.12`, `−0.007`, `73.4`; empty for none.

    Where every value of a matrix is small, `in_power` tells them apart; beside larger ones a third
    decimal is what fits in a cell, and the hover has the others.
    """
    if not math.isfinite(value):
        return ""
    if 0.0005 <= abs(value) < 0.0095:
        return f"{MINUS if value < 0 else ''}{abs(value):.3f}"
    decimals = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    text = f"{abs(value):,.{decimals}f}"
    return MINUS + text if value < 0 and text != "0.00" else text


def signed_decimals(value: float) -> str:
    """`two_decimals` with its sign, for numbers that stand under each other: `+0.95`."""
    text = two_decimals(value)
    return f"+{text}" if value > 0 and text != "0.00" else text


def signed_column(values: Sequence[float]) -> list[str]:
    """Numbers that stand under each other, with signs and as many decimals: `+0.95`, `−0.12`.

    Two decimals; more where the largest would have fewer than three digits that count.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0 or largest >= 0.0995:
        return [signed_decimals(value) for value in values]
    decimals = 2 - math.floor(math.log10(largest))
    if decimals > 6:
        return [signed(value) for value in values]
    return [
        f"{'+' if v > 0 else MINUS if v < 0 else ''}{abs(v):.{decimals}f}"
        if math.isfinite(v)
        else ""
        for v in values
    ]


def common_power(values: Iterable[float]) -> int:
    """The power of ten that numbers of one matrix are written in; 0 = as they are.

    Where all are below 0.1, two decimals would leave one digit of the largest or none; where the
    largest has six digits and more it has no room.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if largest == 0 or 0.0995 <= largest < 99_999.5:
        return 0
    return math.floor(math.log10(largest))


def in_power(value: float, power: int) -> str:
    """`in_cell` of a value in a power of ten: `2.41` of 0.00241 and −3."""
    if not power or not math.isfinite(value):
        return in_cell(value)
    # Digits and exponent apart: a power below 1e-308 would be no number.
    digits, _, exponent = f"{value:.6e}".partition("e")
    return in_cell(float(digits) * 10.0 ** (int(exponent) - power))


def power_text(power: int) -> str:
    """`10⁻³`."""
    return f"10{str(power).translate(_SUPERSCRIPT)}"


def on_scale(value: float) -> str:
    """A round value as an axis has it, without zeros at its end: `1.5`, `−0.2`."""
    text, _, power = f"{abs(value):,.6g}".partition("e")
    times = f" × {power_text(int(power))}" if power else ""
    return (MINUS if value < 0 else "") + text + times


def percent(share: float) -> str:
    """`12.5 %` of 0.125; `< 0.01 %` of what is less than that and not 0."""
    if not math.isfinite(share):
        return NOTHING
    value = 100 * share
    if 0 < abs(value) < LEAST_PERCENT:
        return f"< {LEAST_PERCENT} %" if value > 0 else "0 %"
    text = f"{abs(value):.0f}" if abs(value) >= 99.95 else f"{abs(value):.3g}"
    return f"{MINUS if value < 0 and float(text) else ''}{text} %"


def unbroken(text: str) -> str:
    """The same text in which no line ends within `20 %`, `(r = 0.5` or `p < 0.001`."""
    return re.sub(r"(?<=\d) (?=%)|(?<=\w) (?=[=<] )|(?<= [=<]) ", "\N{NO-BREAK SPACE}", text)


def quantity(value: float) -> str:
    """What is known of a task; a whole number stays one: `4`, `0.622`."""
    whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e6
    return on_scale(value) if whole else number(value)


def p_value(p: float, name: str = "p") -> str:
    """`p = 0.055`, `p < 0.001`, `p undefined`; `p = 0.0503`, not 0.05, where it is no 0.05."""
    if not math.isfinite(p):
        return f"{name} undefined"
    if p < 0.001:
        return f"{name} < 0.001"
    return f"{name} = {1:.0f}" if p >= 0.995 else f"{name} = {_two_digits(p)}"


def drawing_error(p: float, error: float) -> str:
    """` ± 0.012` behind a p: its standard error by drawing; empty where all permutations were made.

    And behind a p below 0.001: that it is so small is all that is said of it.
    """
    return f" ± {number(error)}" if error > 0 and p >= 0.001 else ""


def drawn_p(p: float, error: float, name: str = "p") -> str:
    """`p = 0.055 ± 0.012`: a p of permutations, and how exact drawing them has made it."""
    return p_value(p, name) + drawing_error(p, error)


def _two_digits(p: float) -> str:
    digits = 1 - math.floor(math.log10(p))
    while digits < MOST_DIGITS and p != CHANCE and float(f"{p:.{digits}f}") == CHANCE:
        digits += 1  # on which side of the level it is stands in the number
    text = f"{p:.{digits}f}"
    return text.rstrip("0") if "." in text else text


def bounds(low: float, high: float) -> str:
    """`0.65 to 0.77`; `—` where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return NOTHING
    ends = number(low), number(high)
    if low != high and ends[0] == ends[1]:
        ends = _apart(low, high)
    return f"{ends[0]} to {ends[1]}"


def _apart(low: float, high: float) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart: `0.4128`, `0.4134`."""
    for digits in range(4, MOST_DIGITS_APART + 1):
        ends = tuple(f"{abs(value):,.{digits}g}" for value in (low, high))
        if ends[0] != ends[1] and not any("e" in end for end in ends):
            return (
                f"{MINUS if low < 0 else ''}{ends[0]}",
                f"{MINUS if high < 0 else ''}{ends[1]}",
            )
    return number(low), number(high)


def interval_text(interval: Interval) -> str:
    """`95 % over seeds: 0.65 to 0.77`, or that there is none.

    Of an approximate one also `, 3 of 6 clipped`: how many of its values were cut to the scale.
    """
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return f"no interval over {interval.over.value}"
    clipped = f", {interval.said_of_clipped}" if interval.is_approximate else ""
    return f"95 % over {interval.over.value}: {bounds(interval.low, interval.high)}{clipped}"


def told_bounds(interval: Interval) -> str:
    """`0.65 to 0.77`; in a sentence, why it may be narrower than it should be as well.

    Where most values were cut to the scale; where fewer were, the mark in tables and the number in
    hovers say it. Where every seed gives the same, which may be copies of one.
    """
    ends = bounds(interval.low, interval.high)
    if not interval.is_approximate or 2 * interval.clipped < interval.values:
        same = interval.high - interval.low <= SAME * max(abs(interval.low), abs(interval.high))
        return f"{ends}, the same with every seed" if same else ends
    how = "all values are clipped" if interval.all_clipped else interval.said_of_clipped
    return f"{ends}, approximate: {how}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 seed`, `3 seeds`, `1,000 tasks`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def alike(values: FloatArray | Sequence[float], value: float) -> int:
    """How many of some values are this one, but for rounding; NaN is none."""
    return int(np.isclose(values, value, rtol=SAME, atol=0.0).sum())


def rounding_of(matrix: TransferMatrix) -> float:
    """What a mean over cells of a matrix can be off 0 by rounding alone.

    +0.1 and −0.1 have a mean of 1e-17 as computers count: nobody is ahead by that.
    """
    known = np.abs(matrix.per_seed[np.isfinite(matrix.per_seed)])
    return SAME * float(known.max(initial=0.0))


def but_for_rounding(mean: CellMean, matrix: TransferMatrix) -> CellMean:
    """A mean of some cells of a matrix, and its interval: 0 where it is no more than rounding."""
    least = rounding_of(matrix)
    value = 0.0 if abs(mean.value) <= least else mean.value
    return replace(mean, value=value, interval=interval_but_for(mean.interval, least))


def interval_but_for(interval: Interval, least: float) -> Interval:
    """An interval whose ends are 0 where they are no more than `least` from it."""
    low, high = (0.0 if abs(end) <= least else end for end in (interval.low, interval.high))
    return replace(interval, low=low, high=high)


def may_be_luck(matrix: TransferMatrix) -> str:
    """`may be luck: one seed`: why what was measured is no finding, where no interval is known."""
    few = "seeds share a base" if matrix.seeds_of_one_base else matrix.one_seed
    return f"may be luck: {few}"


def others_alike(count: int) -> str:
    """`, with 2 others,` of three that are first together; empty where one is."""
    return f", with {counted(count - 1, 'other')}," if count > 1 else ""


def with_unit(value: float, unit: str) -> str:
    """`131 km`, `0.85`; a unit written `km^2` is said `km²`."""
    return f"{number(value)} {unit_text(unit)}" if unit and math.isfinite(value) else number(value)


def unit_text(unit: str) -> str:
    """A unit as it is printed: `10⁶ km²` of `10^6 km^2`."""
    return re.sub(r"\^(-?\d+)", lambda power: power[1].translate(_SUPERSCRIPT), unit)


def symmetric_ceiling(association: Association) -> tuple[float, bool]:
    """The ceiling of symmetry, not below 0, and whether what noise adds to it was taken off."""
    corrected = association.ceiling.corrected
    if math.isfinite(corrected):
        return max(corrected, 0.0), True
    return association.ceiling.symmetric, False


def seeds_agree(association: Association) -> str:
    """`the seeds agree to 90 %`, or that they do not: a reliability can be estimated below 0."""
    seeds = association.ceiling.seeds
    return f"the seeds agree to {percent(seeds)}" if seeds > 0 else "the seeds do not agree"


def bound(association: Association) -> tuple[float, str]:
    """What a symmetric measure can explain at most, and why, where its symmetry is not what binds.

    The lower of the two ceilings, in [0, 1]; NaN where that of symmetry is undefined. What noise
    adds to symmetry is taken off where there are seeds to know it from.
    """
    symmetric, seeds = symmetric_ceiling(association)[0], association.ceiling.seeds
    if seeds < symmetric:
        return max(seeds, 0.0), "the seeds agree no further"
    return symmetric, ""


def by_luck_text(found: int, wrong: float, luck: float) -> str:
    """How many of what was found are luck.

    wrong: how many are expected to have the wrong sign; luck: how many of no effect may be there.
    """
    if max(wrong, luck) > found - 0.5:
        return "as many as by luck alone"
    if max(wrong, luck) < 1:
        return "fewer than one of them by luck"
    return f"about {max(wrong, luck):,.0f} of them by luck"
