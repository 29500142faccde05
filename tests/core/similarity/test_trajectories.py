from __future__ import annotations

import math

import numpy as np
import pytest

from core.analyses import TRAJECTORIES
from core.analyses.query import SimilarityQuery
from core.cache.codec import decode, encode
from core.errors import RequestError
from core.io import open_study
from core.similarity.matrix import TaskOverlap, similarity_matrix
from core.similarity.measures import Measure
from core.similarity.run_similarity import noise_floor
from core.similarity.trajectories import Trajectories, common_checkpoint, trajectories
from core.study import FINAL, Run
from tests.core.small import study_of, tasks_named

SETS = ("ab", "cd", "bc")

ROWS = [
    ("a1", "b1", 3, 100, 0.1),
    ("a1", "b1", 3, 200, 0.3),
    ("a1", "b1", 3, 300, 0.5),
    ("a1", "c1", 3, 100, 0.2),
    ("a1", "c1", 3, 200, 0.4),
    ("a1", "c1", 3, 300, 0.6),
    ("b1", "c1", 3, 200, 0.8),
    ("b1", "c1", 3, 300, 0.9),
    ("a2", "b2", 3, 300, 0.7),
    ("a1", "b1", 3, FINAL, 0.5),
    ("a2", "b2", 3, FINAL, 0.7),
    ("a1", "a2", 3, FINAL, 0.9),
    ("ab1", "cd1", 3, 100, 0.5),
    ("ab1", "cd1", 3, 200, 0.7),
    ("ab1", "bc1", 3, 200, 0.75),
    ("ab1", "bc1", 3, 300, 0.8),
]


def study():
    runs = [Run(f"{t}{k}", "pretrain", (t,), None, k) for k in (1, 2) for t in "abc"]
    runs += [Run(f"{names}1", "pretrain", tuple(names), None, 1) for names in SETS]
    return study_of(tasks_named("abcd"), runs, {}, cka=ROWS)


def test_the_mean_and_spread_of_the_pairs_without_common_tasks():
    found = trajectories(study())
    curve = found.sharing(TaskOverlap.NONE)
    assert found.checkpoints == (100, 200, 300, "last")
    assert curve.mean.tolist() == pytest.approx([0.15, 0.5, 2 / 3, 0.7])
    assert curve.sd[:2].tolist() == pytest.approx(
        [np.std([0.1, 0.2], ddof=1), np.std([0.3, 0.4, 0.8], ddof=1)]
    )
    assert curve.n.tolist() == [2, 3, 3, 3]


def test_a_chosen_pair_is_the_mean_over_its_runs():
    found = trajectories(study())
    curve = found.pair(("a",), ("b",))
    # The other seed, known of 300 alone, is in `last` and does not bend the line.
    assert curve.mean.tolist() == pytest.approx([0.1, 0.3, 0.5, 0.6])
    assert curve.n.tolist() == [1, 1, 1, 2]
    assert math.isnan(curve.sd[2])
    assert curve.sd[3] == pytest.approx(np.std([0.5, 0.7], ddof=1))
    assert curve.known.tolist() == [True] * 4
    assert found.pair(("a",), ("d",)) is None
    assert (found.pair(("b",), ("a",)).mean == curve.mean).all()


def test_one_training_set_across_seeds():
    found = trajectories(study())
    assert found.pair(("a",), ("a",)).known.tolist() == [False, False, False, True]
    across = found.sharing(TaskOverlap.ALL)
    assert across.mean[3] == pytest.approx(0.9)
    assert across.n.tolist() == [0, 0, 0, 1]
    assert math.isnan(across.sd[3])


def test_models_of_two_tasks_and_how_they_share():
    found = trajectories(study(), SimilarityQuery(trained=2))
    none = found.sharing(TaskOverlap.NONE)
    assert none.mean[[0, 1, 3]].tolist() == pytest.approx([0.5, 0.7, 0.7])
    assert not none.known[2]
    assert found.sharing(TaskOverlap.SOME).n.tolist() == [0, 1, 1, 1]
    assert found.seeds == ((1,),) * 4


def test_last_stands_apart_only_where_it_tells_more():
    assert trajectories(study(), SimilarityQuery(seeds=[1])).checkpoints == (100, 200, 300)


def test_only_a_summary_has_one_point():
    rows = [row for row in ROWS if row[3] == FINAL]
    runs = [Run(f"{t}{k}", "pretrain", (t,), None, k) for k in (1, 2) for t in "abc"]
    found = trajectories(study_of(tasks_named("abc"), runs, {}, cka=rows))
    assert found.checkpoints == ("last",)
    assert found.values.shape == (1, 3, 3)


def test_other_seeds_never_stand_in():
    found = trajectories(study(), SimilarityQuery(seeds=[2]))
    assert found.seeds == ((), (), (), (2,))
    assert found.sharing(TaskOverlap.NONE).n.tolist() == [0, 0, 0, 1]


def test_every_point_is_that_of_the_matrix():
    found = trajectories(study(), SimilarityQuery(trained=2))
    for at, checkpoint in enumerate(found.checkpoints):
        matrix = similarity_matrix(study(), SimilarityQuery(trained=2, checkpoint=checkpoint))
        np.testing.assert_array_equal(found.values[at], matrix.values)
        np.testing.assert_array_equal(found.n[at], matrix.n)


def test_the_change_is_over_the_pairs_known_at_both_ends():
    change = trajectories(study()).change(TaskOverlap.NONE)
    assert (change.first, change.last, change.n) == (100, 300, 2)
    # b-c has no value at 100: it must not make the others look as if they had grown.
    assert (change.before, change.after) == (pytest.approx(0.15), pytest.approx(0.55))
    assert trajectories(study()).change(TaskOverlap.ALL) is None


def test_telling_pairs_are_the_extremes_and_the_one_that_moved_most():
    rows = [
        ("a1", "b1", 3, 100, 0.1),
        ("a1", "b1", 3, 200, 0.5),
        ("a1", "c1", 3, 100, 0.85),
        ("a1", "c1", 3, 200, 0.9),
        ("b1", "c1", 3, 100, 0.15),
        ("b1", "c1", 3, 200, 0.2),
    ]
    runs = [Run(f"{t}1", "pretrain", (t,), None, 1) for t in "abcd"]
    found = trajectories(study_of(tasks_named("abcd"), runs, {}, cka=rows))
    assert found.telling_pairs() == ((("a",), ("c",)), (("b",), ("c",)), (("a",), ("b",)))
    assert found.without_tasks("abc").telling_pairs() == ()


def test_leaving_out_a_task_leaves_out_its_sets():
    rest = trajectories(study(), SimilarityQuery(trained=2)).without_tasks(["a"])
    assert rest.sets == (("b", "c"), ("c", "d"))
    assert rest.values.shape == rest.n.shape == (4, 2, 2)


def test_from_representations_with_any_measure(write_study):
    files = write_study(representations=True)
    found = open_study(files.folder)
    debiased = trajectories(found, SimilarityQuery(debiased=True))
    assert debiased.checkpoints == (9000, 10000)
    assert set(debiased.origins) == {"representations"}
    assert np.isnan(debiased.floor).all()
    assert not debiased.is_plain
    assert (
        trajectories(found, SimilarityQuery(measure=Measure.PROCRUSTES)).name
        == "Procrustes similarity"
    )
    plain = trajectories(found)
    assert plain.origins == ("table", "table")
    assert plain.is_plain
    assert plain.sharing(TaskOverlap.NONE).floor.tolist() == pytest.approx(
        [noise_floor(5, 3, 3)] * 2
    )


def test_a_size_that_is_not_there():
    with pytest.raises(RequestError, match="no CKA of models trained on 4 tasks"):
        trajectories(study(), SimilarityQuery(trained=4))


def test_the_analysis_survives_the_cache():
    found = TRAJECTORIES.compute(study(), SimilarityQuery(trained=2))
    back = decode(encode(found), Trajectories)
    np.testing.assert_array_equal(back.values, found.values)
    assert (back.checkpoints, back.sets, back.measure) == (
        found.checkpoints,
        found.sets,
        found.measure,
    )


def test_sizes_are_compared_where_their_pairs_are_of_the_same_seeds():
    one, two = trajectories(study()), trajectories(study(), SimilarityQuery(trained=2))
    # Both have pairs without a common task at 100, 200 and last; last has another seed in one.
    assert one.seeds[-1] != two.seeds[-1]
    assert common_checkpoint([one, two], TaskOverlap.NONE) == 200
    assert common_checkpoint([one], TaskOverlap.NONE) == "last"
    assert common_checkpoint([two], TaskOverlap.SOME) == "last"
    assert common_checkpoint([], TaskOverlap.NONE) is None
    assert common_checkpoint([one, two], TaskOverlap.SOME) is None
