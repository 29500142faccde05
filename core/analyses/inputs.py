"""What most analyses are of: transfer of pairs, and similarity where the study has any."""

from __future__ import annotations

from dataclasses import replace

from core.analyses.query import SimilarityQuery, TransferQuery, single_source_method
from core.similarity.matrix import SimilarityMatrix, similarity_layers, similarity_matrix
from core.similarity.store import SimilarityStore
from core.study import Study
from core.transfer.build import actual_matrices, actual_on_both_scales, transfer_matrix
from core.transfer.matrix import TransferMatrix
from core.transfer.normalization import Scale


def pair_matrix(study: Study, query: TransferQuery, *, provenance: bool = False) -> TransferMatrix:
    """X→Y of single sources, of all tasks. Raises RequestError for a method without.

    More is better, as in every effect, rank and correlation. provenance: with `records`.
    """
    method = single_source_method(study, query.method)
    of_all = replace(query, exclude=())
    if provenance:
        matrix = transfer_matrix(study, of_all)
    else:
        (matrix,) = actual_matrices(study, of_all, (method,))
    return matrix.single_sources().oriented()


def shown_and_strict(study: Study, query: TransferQuery) -> tuple[TransferMatrix, TransferMatrix]:
    """`pair_matrix`, not oriented, on the query's scale and on the strict one."""
    method = single_source_method(study, query.method)
    of_all = replace(query, method=method, exclude=())
    if query.scale is Scale.STRICT:
        (strict,) = (one.single_sources() for one in actual_matrices(study, of_all, (method,)))
        return strict, strict
    both = actual_on_both_scales(study, of_all)
    shown = both.published.single_sources()
    # Given scores are on one scale.
    return shown, shown if both.strict is both.published else both.strict.single_sources()


def similarity_if_any(
    study: Study, place: SimilarityQuery, stored: SimilarityStore | None
) -> SimilarityMatrix | None:
    """CKA at the layer and checkpoint asked for; None where the study has none at all."""
    if not similarity_layers(study):
        return None
    return similarity_matrix(study, place, stored=stored)
