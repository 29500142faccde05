"""The measures of how alike two representations are."""

from __future__ import annotations

from enum import StrEnum

from core.errors import RequestError


class Measure(StrEnum):
    """Linear CKA, plain or debiased, or orthogonal Procrustes similarity."""

    CKA = "cka"
    PROCRUSTES = "procrustes"


def measure_name(measure: Measure, *, debiased: bool = False) -> str:
    """`CKA`, `debiased CKA` or `Procrustes similarity`.

    Raises RequestError for debiased Procrustes, which does not exist.
    """
    if measure is Measure.PROCRUSTES:
        if debiased:
            raise RequestError("only CKA has a debiased form")
        return "Procrustes similarity"
    return "debiased CKA" if debiased else "CKA"


def is_plain(measure: Measure, *, debiased: bool = False) -> bool:
    """Plain CKA: what tables hold, and what independent noise inflates by a known amount."""
    return measure is Measure.CKA and not debiased
