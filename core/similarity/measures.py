"""The measures of how alike two representations are, each with what every surface asks of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.errors import RequestError
from core.numerics.arrays import FloatArray
from core.similarity.cka import cka_between, cka_matrix
from core.similarity.procrustes import procrustes_between, procrustes_matrix

SVD_WORK = 25
"""Multiplications of the singular values of a d × d matrix, in d³."""

WORK_SECOND = 4e10
"""Multiplications that one core does in a second, about."""


class Measure(StrEnum):
    """Linear CKA, plain or debiased, or orthogonal Procrustes similarity."""

    CKA = "cka"
    PROCRUSTES = "procrustes"

    @property
    def kind(self) -> MeasureKind:
        """What is known of it."""
        return KINDS[self]


@dataclass(frozen=True)
class MeasureKind:
    """A measure: its words, whether it has a debiased form, how it is computed, what it costs.

    at_one:  what two representations have in common whose similarity is 1
    matrix:  M arrays (n_items, n_features_m) -> (M, M) float64, symmetric, NaN = undefined
    between: A and B arrays -> (A, B) float64; both take `debiased` where there is such a form
    work:    (n_items, the number of features of each model) -> multiplications for all pairs
    """

    label: str
    at_one: str
    has_debiased: bool
    matrix: Callable[..., FloatArray]
    between: Callable[..., FloatArray]
    work: Callable[[int, Sequence[int]], float]


def _cka_work(n_items: int, widths: Sequence[int]) -> float:
    """The cheaper of the two ways that `core.similarity.cka.cka_matrix` chooses from."""
    size, whole = len(widths), sum(widths)
    return min(n_items * whole**2, n_items**2 * whole + size**2 * n_items**2 / 2)


def _procrustes_work(n_items: int, widths: Sequence[int]) -> float:
    """A product and the singular values of each pair."""
    size, width = len(widths), max(widths, default=0)
    svd = SVD_WORK * min(n_items, width) ** 3
    return size * (size - 1) / 2 * (n_items * width**2 + svd)


KINDS = {
    Measure.CKA: MeasureKind(
        "CKA", "the same up to rotation and scale", True, cka_matrix, cka_between, _cka_work
    ),
    Measure.PROCRUSTES: MeasureKind(
        "Procrustes similarity",
        "one is the other, rotated and scaled",
        False,
        procrustes_matrix,
        procrustes_between,
        _procrustes_work,
    ),
}

EVERY_FORM = tuple(
    (measure, debiased)
    for measure, kind in KINDS.items()
    for debiased in ((False, True) if kind.has_debiased else (False,))
)
"""Every measure, plain and where there is such a form debiased."""


def similarity_work(n_items: int, widths: Sequence[int], measure: Measure = Measure.CKA) -> float:
    """About how many multiplications the similarity of all pairs of models takes.

    widths: the number of features of each model. One core of a present machine does 10¹⁰ to 10¹¹
    a second.
    """
    return measure.kind.work(n_items, widths)


def measure_options(measure: Measure, *, debiased: bool = False) -> dict[str, bool]:
    """What `matrix` and `between` are called with.

    Raises RequestError for a debiased form that does not exist.
    """
    measure_name(measure, debiased=debiased)
    return {"debiased": True} if debiased else {}


def measure_name(measure: Measure, *, debiased: bool = False) -> str:
    """`CKA`, `debiased CKA` or `Procrustes similarity`.

    Raises RequestError for debiased Procrustes, which does not exist.
    """
    kind = measure.kind
    if debiased and not kind.has_debiased:
        raise RequestError("only CKA has a debiased form")
    return f"debiased {kind.label}" if debiased else kind.label


class Measured:
    """What was measured with a measure, or is asked for: its name in words."""

    measure: Measure
    debiased: bool

    @property
    def name(self) -> str:
        """`CKA`, `debiased CKA` or `Procrustes similarity`.

        Raises RequestError for a measure without that form.
        """
        return measure_name(self.measure, debiased=self.debiased)

    @property
    def is_plain(self) -> bool:
        """Plain CKA: what tables hold, and what noise inflates by a known amount."""
        return is_plain(self.measure, debiased=self.debiased)


def is_plain(measure: Measure, *, debiased: bool = False) -> bool:
    """Plain CKA: what tables hold, and what independent noise inflates by a known amount."""
    return measure is Measure.CKA and not debiased
