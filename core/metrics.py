"""The metrics tasks are measured by, each with what every surface asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic_core import CoreSchema, core_schema

from core.numerics.arrays import FloatArray


@dataclass(frozen=True)
class Metric:
    """What a task's values are: their direction, and how they are put on the scale.

    name: in the manifest. label: in sentences. logarithmic: normalized improvement is a ratio of
    logarithms rather than of differences. sentence: what it is, for the glossary. error: values ->
    how far they are from perfect, at least 0; None where nobody knows what perfect is.

    >>> Metric.ERROR.better
    'lower is better'
    >>> Metric.named("accuracy") is Metric.ACCURACY
    True
    """

    name: str
    label: str
    higher_is_better: bool
    logarithmic: bool
    sentence: str
    error: Callable[[FloatArray], FloatArray] | None = None

    ACCURACY: ClassVar[Metric]
    ERROR: ClassVar[Metric]
    SCORE: ClassVar[Metric]

    @property
    def better(self) -> str:
        """`higher is better` or `lower is better`."""
        return f"{'higher' if self.higher_is_better else 'lower'} is better"

    @staticmethod
    def named(name: str) -> Metric:
        """The registered metric of that name. Raises ValueError where there is none."""
        if name not in METRICS:
            raise ValueError(f"no metric {name!r}; there are {', '.join(METRICS)}")
        return METRICS[name]

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> CoreSchema:
        """In stored results a metric is its name."""
        return core_schema.no_info_plain_validator_function(
            cls.named,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda one: one.name),
        )


def _from_one(values: FloatArray) -> FloatArray:
    return 1 - values


def _itself(values: FloatArray) -> FloatArray:
    return values


Metric.ERROR = Metric(
    "error",
    "error",
    higher_is_better=False,
    logarithmic=True,
    sentence="a distance from what is right, in a unit; improvement is on a logarithmic scale",
    error=_itself,
)
Metric.ACCURACY = Metric(
    "accuracy",
    "accuracy",
    higher_is_better=True,
    logarithmic=False,
    sentence="a share of what is right, 1 = all of it",
    error=_from_one,
)
Metric.SCORE = Metric(
    "score",
    "score",
    higher_is_better=True,
    logarithmic=False,
    sentence="any number of which more is better",
)

METRICS: dict[str, Metric] = {
    metric.name: metric for metric in (Metric.ERROR, Metric.ACCURACY, Metric.SCORE)
}
"""By name: what a manifest may say. A new metric is one object here."""


def by_logarithms(metrics: Iterable[Metric]) -> str:
    """How what is measured so is normalized, to end a sentence with; empty where by differences.

    >>> by_logarithms([Metric.ERROR])
    ', by logarithms'
    >>> by_logarithms([Metric.ERROR, Metric.SCORE])
    ', errors by logarithms'
    """
    so = [metric.logarithmic for metric in metrics]
    if not any(so):
        return ""
    return ", by logarithms" if all(so) else ", errors by logarithms"


def are_fractions(values: FloatArray) -> bool:
    """Values between 0 and 1, (N,), at least one: shares as they are."""
    return bool(values.min() >= 0 and values.max() <= 1)


def are_per_cent(values: FloatArray) -> bool:
    """Values that look like shares in per cent, (N,), at least one: to 100, most above 10."""
    return bool(values.min() > 1 and values.max() <= 100 and np.median(values) > 10)
