from __future__ import annotations

from core.similarity.measures import EVERY_FORM, SVD_WORK, Measure, similarity_work


def test_cka_is_the_cheaper_of_features_and_grams():
    assert similarity_work(1000, [10, 20]) == 1000 * 30**2
    assert similarity_work(10, [1000, 2000]) == 10**2 * 3000 + 2**2 * 10**2 / 2


def test_procrustes_is_a_product_and_a_decomposition_a_pair():
    assert similarity_work(100, [4, 8, 8], Measure.PROCRUSTES) == 3 * (100 * 8**2 + SVD_WORK * 8**3)
    assert similarity_work(4, [8, 8], Measure.PROCRUSTES) == 4 * 8**2 + SVD_WORK * 4**3
    assert similarity_work(4, [], Measure.PROCRUSTES) == 0


def test_every_form_is_each_measure_with_the_debiased_one_that_exists():
    assert EVERY_FORM == (
        (Measure.CKA, False), (Measure.CKA, True), (Measure.PROCRUSTES, False),
    )  # fmt: skip
