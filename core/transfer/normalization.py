"""Normalized improvement: 0 is the base on new entities, 1 its standard performance.

For one run, one target, one seed, with the run's own base: `v` the run's shifted value, `b` the
base's shifted value, `s` the base's standard value, all in the task's unit.

    accuracy (higher is better):  (v - b) / (s - b)
    error (lower is better):      log(b / v) / log(b / s)

Which of the two it is, and which way is better, a task's metric says: `core.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

import numpy as np

from core.numerics.arrays import BoolArray, FloatArray, IntArray
from core.numerics.interrupt import breathe
from core.study import ValueScale

CLIP_LOW, CLIP_HIGH = 0.0, 1.5

T = TypeVar("T")


class Scale(StrEnum):
    """Which of the two scales is used.

    `published` gives the research's own numbers: cells without room for improvement are decided
    by cases, everything is clipped to [0, 1.5] per seed. It has no negative values and so hides
    harm. `strict` clips nothing and leaves undefined what is undefined.
    """

    PUBLISHED = "published"
    STRICT = "strict"


@dataclass(frozen=True)
class PerScale(Generic[T]):
    """One quantity on both scales.

    >>> PerScale(published=0.0, strict=-0.5).on(Scale.STRICT)
    -0.5
    """

    published: T
    strict: T

    def on(self, scale: Scale) -> T:
        """The one on this scale."""
        return self.strict if scale is Scale.STRICT else self.published

    @classmethod
    def of(cls, quantity: Callable[[Scale], T]) -> PerScale[T]:
        """Each scale asked in turn."""
        return cls(quantity(Scale.PUBLISHED), quantity(Scale.STRICT))


class UndefinedReason(IntEnum):
    """Why a normalized improvement has no value, beside a missing metric."""

    DEFINED = 0
    MISSING = 1
    NO_ROOM = 2
    NOT_POSITIVE = 3
    OUT_OF_RANGE = 4


class FormulaCase(IntEnum):
    """Which line of the definition a value comes from; none where there is no value."""

    NONE = 0
    LINEAR = 1  # accuracy: (v - b) / (s - b)
    LOG_RATIO = 2  # error: log(b / v) / log(b / s)
    NO_ROOM = 3  # published accuracy with s <= b: 0
    NOT_BELOW_BASE = 4  # published error by cases, v >= b: 0
    REFERENCE_REACHED = 5  # published error by cases, v <= s: 1
    BETWEEN = 6  # published error by cases, else: (b - v) / (b - s)
    GAIN = 7  # given scores without a one: v - b
    REDUCTION = 8  # the same of errors: b - v


@dataclass(frozen=True)
class Improvement:
    """Normalized improvement, elementwise.

    values:  (...,) float64, dimensionless, NaN = missing or undefined
    unclipped:   (...,) float64, the same before the published scale cut it
    clipped: (...,) bool, True where the published scale cut the value at 0 or 1.5
    status:  (...,) int64, a value of `UndefinedReason`
    rule:    (...,) int64, a value of `FormulaCase`
    """

    values: FloatArray
    unclipped: FloatArray
    clipped: BoolArray
    status: IntArray
    rule: IntArray

    def columns(self, chosen: BoolArray) -> Improvement:
        """Of these alone of what stands last, (n,) bool; the same object where it is all."""
        if chosen.all():
            return self
        return Improvement(
            *(getattr(self, field.name)[..., chosen] for field in fields(Improvement))
        )


def normalized_improvement(
    value: FloatArray,
    baseline: FloatArray,
    reference: FloatArray,
    higher_is_better: BoolArray,
    *,
    logarithmic: BoolArray | None = None,
    scale: Scale = Scale.PUBLISHED,
) -> Improvement:
    """Place `value` on the scale from `baseline` (0) to `reference` (1).

    value, baseline, reference: broadcastable float arrays in the task's unit; anything not
        finite is missing and stays so.
    higher_is_better: broadcastable bool array, True for accuracy, False for error.
    logarithmic: the same, True for a ratio of logarithms; None = where lower is better.

    Published: accuracy with s <= b is 0. Error with s >= b, or with b, s or v not positive, is
    0 where v >= b, else 1 where v <= s, else (b - v) / (b - s). Then clipped to [0, 1.5].
    Strict: s <= b (accuracy) and s >= b (error) have no room, a logarithm of a value that is
    not positive is undefined; nothing is clipped.

    Source: docs/methods.md, "Normalized improvement".
    """
    v, b, s, higher, in_logs = _broadcast(value, baseline, reference, higher_is_better, logarithmic)
    breathe()
    present = np.isfinite(v) & np.isfinite(b) & np.isfinite(s)
    no_room = present & (s <= b if higher.all() else np.where(higher, s <= b, s >= b))
    plain = present & ~no_room
    # Most studies have no metric in logarithms.
    logs = bool(in_logs.any())
    not_positive = np.zeros_like(present)
    if logs:
        not_positive = present & in_logs & ((v <= 0) | (b <= 0) | (s <= 0))
        plain &= ~not_positive

    breathe()
    linear = plain & ~in_logs if logs else plain
    # Of all, and then chosen: picking a million first takes longer than dividing them.
    values = np.where(linear, _linear(v, b, s), np.nan)
    breathe()
    # Both count from 0: bool times number takes a fraction of choosing among two numbers.
    # Of one value products are numbers, which nothing can be written to.
    rule = np.asarray(linear * np.int64(FormulaCase.LINEAR))
    if logs:
        ratio = plain & in_logs
        values[ratio] = _log_ratio(b[ratio], v[ratio]) / _log_ratio(b[ratio], s[ratio])
        rule[ratio] = FormulaCase.LOG_RATIO
    status = np.asarray(~present * np.int64(UndefinedReason.MISSING))
    clipped = np.zeros(v.shape, dtype=bool)
    if scale is Scale.STRICT:
        status[no_room] = UndefinedReason.NO_ROOM
        status[not_positive & ~no_room] = UndefinedReason.NOT_POSITIVE
    else:
        flat = no_room & ~in_logs if logs else no_room
        values[flat] = 0.0
        rule[flat] = FormulaCase.NO_ROOM
        if logs:
            cases = (no_room | not_positive) & in_logs
            sign = np.where(higher, -1.0, 1.0)[cases]
            values[cases], rule[cases] = _error_by_cases(
                sign * v[cases], sign * b[cases], sign * s[cases]
            )
        clipped = plain & ((values < CLIP_LOW) | (values > CLIP_HIGH))
    breathe()
    unclipped = values
    if scale is not Scale.STRICT:
        values = np.asarray(np.clip(values, CLIP_LOW, CLIP_HIGH))
    overflow = present & (status == UndefinedReason.DEFINED) & ~np.isfinite(values)
    values[overflow] = np.nan
    status[overflow] = UndefinedReason.OUT_OF_RANGE
    rule[overflow] = FormulaCase.NONE
    return Improvement(
        values=values, unclipped=unclipped, clipped=clipped, status=status, rule=rule
    )


def strict_of(published: Improvement) -> Improvement | None:
    """The same on the strict scale; None where what is on the published one does not say it all.

    Where every cell with its metrics has its value by the formula of its metric, the strict scale
    is that value before it was cut, and what is missing is so on either scale.
    """
    missing = published.status == UndefinedReason.MISSING
    by_formula = (published.rule == FormulaCase.LINEAR) | (published.rule == FormulaCase.LOG_RATIO)
    if not (missing | (by_formula & np.isfinite(published.unclipped))).all():
        return None
    uncut = np.zeros_like(published.clipped)
    return replace(published, values=published.unclipped, clipped=uncut)


def on_both_scales(place: Callable[[Scale], Improvement]) -> PerScale[Improvement]:
    """Raw values placed on either scale; most often the strict one is a by-product."""
    published = place(Scale.PUBLISHED)
    return PerScale(published, strict_of(published) or place(Scale.STRICT))


def given_improvement(
    value: FloatArray,
    zero: FloatArray,
    one: FloatArray,
    higher_is_better: BoolArray,
    *,
    on: ValueScale,
    logarithmic: BoolArray | None = None,
) -> Improvement:
    """Given scores on what is known of them.

    value, zero, one: broadcastable float arrays in the metric's unit. Normalized: (x − z)/(o − z);
    error log(z/x)/log(z/o), and (z − x)/(z − o) where one of the three is not positive; without
    room (o no better than z) undefined. Gain: x − z, of an error z − x. Raw: x as it is. Nothing is
    clipped.

    Source: docs/methods.md, "The scale of given scores".
    """
    v, z, o, higher, in_logs = _broadcast(value, zero, one, higher_is_better, logarithmic)
    values = v.copy()
    rule = np.full(v.shape, FormulaCase.NONE, dtype=np.int64)
    status = np.where(np.isfinite(v), UndefinedReason.DEFINED, UndefinedReason.MISSING)
    if on is ValueScale.GAIN:
        values = np.where(higher, v - z, z - v)
        rule = np.where(higher, FormulaCase.GAIN, FormulaCase.REDUCTION).astype(np.int64)
        rule[~np.isfinite(values)] = FormulaCase.NONE
    elif on is ValueScale.NORMALIZED:
        present = np.isfinite(v) & np.isfinite(z) & np.isfinite(o)
        no_room = present & np.where(higher, o <= z, o >= z)
        ratio = present & ~no_room & in_logs & (v > 0) & (z > 0) & (o > 0)
        line = present & ~no_room & ~ratio
        values = np.full(v.shape, np.nan)
        values[line] = _linear(v[line], z[line], o[line])
        values[ratio] = _log_ratio(z[ratio], v[ratio]) / _log_ratio(z[ratio], o[ratio])
        rule[line & ~in_logs], rule[line & in_logs] = FormulaCase.LINEAR, FormulaCase.BETWEEN
        rule[ratio] = FormulaCase.LOG_RATIO
        status = np.where(present, UndefinedReason.DEFINED, UndefinedReason.MISSING)
        status[no_room] = UndefinedReason.NO_ROOM
    return Improvement(
        values=values,
        unclipped=values,
        clipped=np.zeros(v.shape, dtype=bool),
        status=status.astype(np.int64),
        rule=rule,
    )


def _broadcast(
    value: FloatArray,
    zero: FloatArray,
    one: FloatArray,
    higher_is_better: BoolArray,
    logarithmic: BoolArray | None,
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray, BoolArray]:
    """All of one shape; without `logarithmic` errors are."""
    higher = np.asarray(higher_is_better, dtype=bool)
    v, z, o, higher, in_logs = np.broadcast_arrays(
        np.asarray(value, dtype=np.float64),
        np.asarray(zero, dtype=np.float64),
        np.asarray(one, dtype=np.float64),
        higher,
        ~higher if logarithmic is None else np.asarray(logarithmic, dtype=bool),
    )
    return v, z, o, higher, in_logs


def _linear(v: FloatArray, b: FloatArray, s: FloatArray) -> FloatArray:
    """(v - b) / (s - b), also where a difference leaves the range of a float."""
    with np.errstate(all="ignore"):
        rise, room = v - b, s - b
        breathe()
        plain = np.asarray(rise / room)
        breathe()
        far = np.isinf(rise) | np.isinf(room)
        if far.any() and (far := far & np.isfinite(v) & np.isfinite(b) & np.isfinite(s)).any():
            # Halves differ by at most the largest float; halving is exact but for the tiniest.
            v, b, s = v[far], b[far], s[far]
            plain[far] = (v / 2 - b / 2) / (s / 2 - b / 2)
        return plain


def _log_ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """log(a / b) of positive values, also where the quotient leaves the range of a float."""
    with np.errstate(over="ignore", under="ignore"):
        quotient = a / b
    usable = (quotient > 0) & np.isfinite(quotient)
    return np.where(usable, np.log(np.where(usable, quotient, 1.0)), np.log(a) - np.log(b))


def _error_by_cases(v: FloatArray, b: FloatArray, s: FloatArray) -> tuple[FloatArray, IntArray]:
    """Values and rules of errors whose log-ratio cannot be used; all (n,)."""
    between = (v < b) & (v > s)
    result = np.where(v >= b, 0.0, 1.0)
    result[between] = _linear(v[between], b[between], s[between])
    rule = np.where(v >= b, FormulaCase.NOT_BELOW_BASE, FormulaCase.REFERENCE_REACHED).astype(
        np.int64
    )
    rule[between] = FormulaCase.BETWEEN
    return result, rule
