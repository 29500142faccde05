"""The measures of how alike two representations are."""

from __future__ import annotations

from enum import StrEnum


class Measure(StrEnum):
    """Linear CKA, plain or debiased, or orthogonal Procrustes similarity."""

    CKA = "cka"
    PROCRUSTES = "procrustes"
