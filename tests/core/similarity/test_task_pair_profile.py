"""Similarity of two tasks over layers and over training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.errors import RequestError
from core.io import open_study
from core.similarity.matrix import similarity_layers, similarity_matrix
from core.similarity.measures import Measure
from core.similarity.task_pair_profile import task_pair_profile
from core.study import FINAL, Run
from tests.core.small import study_of, tasks_named


def study_with(*cka):
    runs = [Run(f"{t}{k}", "pretrain", (t,), None, k) for k in (1, 2) for t in "abc"]
    return study_of(tasks_named("abc"), runs, {}, cka=cka)


@pytest.mark.parametrize("representations", [False, True])
def test_a_course_has_the_values_of_the_matrices(write_study, representations):
    study = open_study(write_study(cka=True, representations=representations).folder)
    if representations:
        # Tables come first: without them the values are those of the representations.
        study = replace(study, cka=None)
    profile = task_pair_profile(study, "crossing", "distance", SimilarityQuery(layer=5, seeds=[42]))
    assert profile.layers == similarity_layers(study)
    assert profile.checkpoints == (9000, 10000)
    for layer, value in zip(profile.layers, profile.by_layer, strict=True):
        matrix = similarity_matrix(study, SimilarityQuery(layer=layer, seeds=[42]))
        assert value == pytest.approx(matrix.values[0, 1])
    for step, value in zip(profile.checkpoints, profile.over_training, strict=True):
        matrix = similarity_matrix(study, SimilarityQuery(layer=5, checkpoint=step))
        assert value == pytest.approx(matrix.values[0, 1])
    assert (profile.n, profile.value) == (1, profile.by_layer[profile.layers.index(5)])
    assert profile.n_over_training.tolist() == [1, 1]
    assert np.isfinite(profile.floor) == representations


def test_another_measure_is_taken_from_the_representations(write_study):
    study = open_study(write_study(representations=True).folder)
    profile = task_pair_profile(
        study, "crossing", "distance", SimilarityQuery(measure=Measure.PROCRUSTES)
    )
    matrix = similarity_matrix(study, SimilarityQuery(measure=Measure.PROCRUSTES))
    assert profile.value == pytest.approx(matrix.values[0, 1])
    assert profile.name == "Procrustes similarity"


def test_it_is_the_mean_over_pairs_of_runs_and_over_seeds_of_one_task():
    study = study_with(
        ("a1", "b1", 5, FINAL, 0.2),
        ("a2", "b1", 5, FINAL, 0.4),
        ("a1", "a2", 5, FINAL, 0.8),
        ("b1", "c1", 5, FINAL, 0.9),
    )
    profile = task_pair_profile(study, "a", "b")
    assert (profile.value, profile.n) == (pytest.approx(0.3), 2)
    assert task_pair_profile(study, "a", "b", SimilarityQuery(seeds=[1])).value == pytest.approx(
        0.2
    )
    # Without a pair of that seed, all there are.
    assert task_pair_profile(study, "a", "b", SimilarityQuery(seeds=[2])).value == pytest.approx(
        0.3
    )
    assert task_pair_profile(study, "a", "a").value == pytest.approx(0.8)
    assert np.isnan(task_pair_profile(study, "b", "b").value)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("z", SimilarityQuery()), "no task 'z'"),
        (("b", SimilarityQuery(layer=9)), "no CKA at layer 9"),
        (("b", SimilarityQuery(checkpoint=7)), "no CKA at checkpoint 7 of layer 5"),
        (("b", SimilarityQuery(measure=Measure.PROCRUSTES)), "hold plain CKA"),
    ],
)
def test_what_is_not_there_is_named(asked, says):
    study = study_with(("a1", "b1", 5, FINAL, 0.5))
    with pytest.raises(RequestError, match=says):
        task_pair_profile(study, "a", *asked)
