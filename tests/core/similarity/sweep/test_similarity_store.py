from __future__ import annotations

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.errors import RequestError
from core.io import open_study
from core.similarity.measures import Measure
from core.similarity.run_similarity import run_pairs
from core.similarity.store import SweepNeededError
from core.similarity.sweep import (
    keep_cells,
    similarity_store,
    stored_similarities,
    sweep,
    sweep_size,
)
from tests.core.sweeps import add_run, save


def pairs_of(study, stored=None, **options):
    query = SimilarityQuery(layer=1, **options)
    return run_pairs(study, range(len(study.runs)), query, stored=stored)


def kept(study, cache, **options):
    keep_cells(cache, study, sweep(study, **options))
    return stored_similarities(study, cache, compute_budget_s=0.0)


@pytest.mark.parametrize("checkpoint", ["last", 10])
@pytest.mark.parametrize(
    "options", [{}, {"debiased": True}, {"measure": Measure.PROCRUSTES}], ids=str
)
def test_what_a_sweep_found_is_what_would_be_computed(files, cache, checkpoint, options):
    study = open_study(files.folder)
    at_once = pairs_of(study, checkpoint=checkpoint, **options)
    found = pairs_of(study, kept(study, cache, **options), checkpoint=checkpoint, **options)
    np.testing.assert_array_equal(found.first, at_once.first)
    np.testing.assert_array_equal(found.second, at_once.second)
    np.testing.assert_allclose(found.value, at_once.value, atol=1e-9)
    np.testing.assert_array_equal(found.floor, at_once.floor)
    assert (found.origin, found.left_out) == (at_once.origin, at_once.left_out)


def test_what_no_sweep_found_is_computed_while_it_is_quick(files, cache):
    study = open_study(files.folder)
    at_once = pairs_of(study)
    patient = stored_similarities(study, cache, compute_budget_s=60.0)
    np.testing.assert_array_equal(pairs_of(study, patient).value, at_once.value)


def test_beyond_its_budget_it_names_the_sweep_that_is_needed(files, cache):
    study = open_study(files.folder)
    stored = stored_similarities(study, cache, compute_budget_s=0.0)
    with pytest.raises(SweepNeededError, match="python -m core cka") as refused:
        pairs_of(study, stored, debiased=True)
    assert refused.value.measure is Measure.CKA
    assert refused.value.debiased


def test_the_budget_is_for_the_whole_question_not_for_each_cell(files, cache):
    study = open_study(files.folder)
    one = similarity_store._seconds(study.representations, 5, None, Measure.CKA)
    asked = stored_similarities(study, cache, compute_budget_s=1.5 * one)
    pairs_of(study, asked, checkpoint=10)
    with pytest.raises(SweepNeededError):
        pairs_of(study, asked, checkpoint=20)


def test_a_changed_file_never_meets_an_old_cell(files, cache):
    kept(open_study(files.folder), cache)
    save(files, "r0", 1, 20, np.random.default_rng(77).standard_normal((24, 4)))
    changed = open_study(files.folder)
    with pytest.raises(SweepNeededError):
        pairs_of(changed, stored_similarities(changed, cache, compute_budget_s=0.0))


def test_a_run_that_cannot_be_used_is_named_with_its_reason(files, cache):
    save(files, "r1", 1, 20, np.full((24, 4), np.nan, dtype=np.float32))
    save(files, "r2", 1, 20, np.ones((24, 4), dtype=np.float32))
    study = open_study(files.folder)
    left_out = pairs_of(study, kept(study, cache)).left_out
    assert [lacking.run for lacking in left_out] == ["r1", "r2"]
    assert "values that are not finite" in left_out[0].reason
    assert "the same values for every item" in left_out[1].reason


def test_a_cell_without_a_run_that_is_asked_for_does_not_answer(files, cache):
    whole = kept(open_study(files.folder), cache)
    where = SimilarityQuery(layer=1, checkpoint=10)
    assert whole.find(["r0", "r1"], where).runs == ("r0", "r1", "r2", "r3", "r4")
    with pytest.raises(SweepNeededError):
        whole.find(["r0", "r9"], where)


def test_size_of_a_sweep(files):
    add_run(files, 5, layers=(1,), steps=(10,))
    size = sweep_size(open_study(files.folder), measure=Measure.CKA)
    assert (size.models, size.layers, size.checkpoints) == (6, 2, 2)
    # At layer 1, checkpoint 10 has six runs and 20 five of them; the sixth ends at 10, so that last
    # adds its five pairs. At layer 2 there are five runs, and last adds nothing.
    assert size.pairs == 15 + 10 + 5 + 2 * 10
    assert 0 < size.seconds < 1


def test_a_study_without_representations_has_nothing_to_sweep(write_study, cache):
    study = open_study(write_study().folder)
    assert stored_similarities(study, cache, compute_budget_s=0.0) is None
    with pytest.raises(RequestError, match="no representations"):
        sweep_size(study, measure=Measure.CKA)
