"""What a similarity matrix costs, known from the shapes of the representations."""

from __future__ import annotations

from collections.abc import Sequence

from core.similarity.measures import Measure

SVD_WORK = 25
"""Multiplications of the singular values of a d × d matrix, in d³."""


def similarity_work(n_items: int, widths: Sequence[int], measure: Measure = Measure.CKA) -> float:
    """About how many multiplications the similarity of all pairs of models takes.

    widths: the number of features of each model. CKA: the cheaper of the two ways that
    `core.similarity.cka.cka_matrix` chooses from; Procrustes: a product and the singular values of
    each pair. One core of a present machine does 10¹⁰ to 10¹¹ a second.
    """
    size, whole = len(widths), sum(widths)
    if measure is Measure.PROCRUSTES:
        width = max(widths, default=0)
        svd = SVD_WORK * min(n_items, width) ** 3
        return size * (size - 1) / 2 * (n_items * width**2 + svd)
    return min(n_items * whole**2, n_items**2 * whole + size**2 * n_items**2 / 2)
