"""Formulas with their numbers filled in, so that they can be checked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.metrics import Metric
from core.study import ValueScale
from core.transfer.normalization import (
    FormulaCase,
    Improvement,
    Scale,
    given_improvement,
    normalized_improvement,
)
from dashboard.text.numbers import MINUS, number, signed

if TYPE_CHECKING:
    from core.analyses.details.cell import NormalizedValue, SeedResult
    from core.analyses.details.estimates import DifferenceEstimate


FEWEST_DIGITS, MOST_DIGITS = 3, 8

_WRITTEN: dict[FormulaCase, str] = {
    FormulaCase.LINEAR: f"({{v}} {MINUS} {{b}}) / ({{s}} {MINUS} {{b}})",
    FormulaCase.LOG_RATIO: "log({b} / {v}) / log({b} / {s})",
    FormulaCase.NO_ROOM: "0, as {s} {worse} {b}",
    FormulaCase.NOT_BELOW_BASE: "0, as {v} {worse} {b}",
    FormulaCase.REFERENCE_REACHED: "1, as {v} {better} {s}",
    FormulaCase.BETWEEN: f"({{b}} {MINUS} {{v}}) / ({{b}} {MINUS} {{s}})",
    FormulaCase.GAIN: f"{{v}} {MINUS} {{b}}",
    FormulaCase.REDUCTION: f"{{b}} {MINUS} {{v}}",
}
"""What stands in the definition; v: the run, b: its base shifted, s: its base standard.

Of given scores x: the score, z: zero, o: one.

better, worse: the sign of what is no worse, no better.
"""


def written(rule: FormulaCase, v: str, b: str, s: str, metric: Metric) -> str:
    """A line of the definition with its three values, or their letters."""
    better, worse = ("≥", "≤") if metric.higher_is_better else ("≤", "≥")
    return _WRITTEN[rule].format(v=v, b=b, s=s, better=better, worse=worse)


_BY_CASE = (FormulaCase.NO_ROOM, FormulaCase.NOT_BELOW_BASE, FormulaCase.REFERENCE_REACHED)
"""These say their result themselves."""
LETTERS, GIVEN_LETTERS = ("v", "b", "s"), ("x", "z", "o")


def formula(
    seed: SeedResult, scale: Scale, metric: Metric, given: ValueScale | None = None
) -> list[str]:
    """Lines that lead from the three raw values to the improvement; its reason without one.

    The numbers have as many digits as the result needs to come out of them. given: what given
    scores are on, None of runs.
    """
    placed = seed.normalized.on(scale)
    if placed.rule is FormulaCase.NONE or seed.baseline is None:
        return [placed.reason] if placed.reason else []
    one = math.nan if seed.reference is None else seed.reference.value
    raw = (seed.result.value, seed.baseline.value, one)

    def again(values: Sequence[Sequence[float]]) -> Improvement:
        return _improvement(values, scale, metric, given)

    digits = _digits(raw, placed, again)
    v, b, s = (_in_formula(rounded(value, digits)) for value in raw)
    letters = written(placed.rule, *(GIVEN_LETTERS if given else LETTERS), metric)
    filled = written(placed.rule, v, b, s, metric)
    if placed.rule in _BY_CASE:
        return [letters, filled]
    result = f"= {number(placed.unclipped)}"
    if placed.clipped:
        result += f", cut to {number(placed.value)}"
    return [letters, f"= {filled}", result]


def difference(gap: DifferenceEstimate, first: str, second: str) -> list[str]:
    """Lines that lead from two means, called `first` and `second`, to their difference.

    None without a value. As in `formula`, with as many digits as the result needs.
    """
    if not math.isfinite(gap.value):
        return []
    digits = _enough((gap.first, gap.second), lambda one, two: one - two, gap.value)
    filled = (_in_formula(rounded(value, digits)) for value in (gap.first, gap.second))
    return [
        f"{first} {MINUS} {second}",
        f"= {f' {MINUS} '.join(filled)}",
        f"= {signed(gap.value)}",
    ]


def mean(values: Sequence[float], result: float) -> list[str]:
    """Lines that lead from the seeds' values to their mean; none for fewer than two."""
    if len(values) < 2:
        return []
    digits = _enough(values, lambda *rows: sum(rows) / len(rows), result)
    filled = " + ".join(_in_formula(rounded(value, digits)) for value in values)
    return [
        f"mean over {len(values)} seeds",
        f"= ({filled}) / {len(values)}",
        f"= {number(result)}",
    ]


def _enough(values: Sequence[float], result: Callable[..., float], wanted: float) -> int:
    """The fewest significant digits of the values that give the same result."""
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        found = result(*(float(rounded(x, digits)) for x in values))
        if _reads_the_same(found, wanted):
            return digits
    return MOST_DIGITS


def _digits(
    raw: tuple[float, float, float],
    placed: NormalizedValue,
    improvement: Callable[[Sequence[Sequence[float]]], Improvement],
) -> int:
    """The fewest significant digits of the raw values that give the same result."""
    tried = range(FEWEST_DIGITS, MOST_DIGITS)
    # All at once: that takes as long as one of them.
    again = improvement([[float(rounded(x, d)) for d in tried] for x in raw])
    for digits, rule, found in zip(tried, again.rule, again.unclipped, strict=True):
        if int(rule) == placed.rule and _reads_the_same(float(found), placed.unclipped):
            return digits
    return MOST_DIGITS


def _reads_the_same(found: float, wanted: float) -> bool:
    # A result of few digits may read the same and still be some per cent off.
    return number(found) == number(wanted) and math.isclose(found, wanted, rel_tol=5e-3)


def _improvement(
    raw: Sequence[Sequence[float]], scale: Scale, metric: Metric, given: ValueScale | None
) -> Improvement:
    """Of values, zeros and ones, as many of each."""
    v, b, s = (np.array(value) for value in raw)
    higher, in_logs = np.array(metric.higher_is_better), np.array(metric.logarithmic)
    if given is not None:
        return given_improvement(v, b, s, higher, on=given, logarithmic=in_logs)
    return normalized_improvement(v, b, s, higher, logarithmic=in_logs, scale=scale)


def rounded(value: float, digits: int) -> str:
    """So many significant digits, as Python reads them: `131`, `0.8125`, `1.2e-09`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if not 1e-5 <= abs(value) < 1e9:
        return f"{value:.{digits - 1}e}"
    return np.format_float_positional(
        value, precision=digits, unique=False, fractional=False, trim="-"
    )


def _in_formula(text: str) -> str:
    """A number beside a minus or a slash: a negative one in brackets."""
    return f"({MINUS}{text[1:]})" if text.startswith("-") else text
