"""Findings and captions about similar models say what core computed."""

from dataclasses import replace

import numpy as np
import pytest

from core.analyses.query import SimilarityQuery
from core.io import open_study
from core.similarity.matrix import TaskOverlap, similarity_matrix
from core.similarity.run_similarity import SkippedRun
from core.similarity.trajectories import trajectories
from dashboard.text.findings import similarity as findings
from dashboard.text.numbers import number
from tests.dashboard.figures.samples import NAN, similarity
from tests.models import cka_of, write_models


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return open_study(write_models(tmp_path_factory.mktemp("models")).folder)


def test_the_finding_says_how_far_above_noise():
    found = similarity(
        [[NAN, 0.9, 0.2], [0.9, NAN, 0.1], [0.2, 0.1, NAN]], tasks=("a", "b", "c"), floor=0.15
    )
    assert findings.representations_finding(found) == (
        "2 of 3 pairs are more alike than noise; a and b most (CKA 0.900); b and c least (0.100);"
        " the mean of 0.400 lies 0.250 above the 0.150 that independent noise has."
    )


def test_the_finding_says_how_many_pairs_are_above_the_same_tasks_with_another_seed():
    found = similarity([[0.88, 0.76, 0.5], [0.76, 0.73, 0.45], [0.5, 0.45, 0.39]], tasks="abc")
    assert found.above_own == (3, 3)
    told = (
        "across seeds the same tasks are alike by 0.390 to 0.880, and 3 of 3 pairs are more alike"
        " than one of its two is across seeds"
    )
    assert told in findings.representations_finding(found)
    unknown = similarity([[0.88, 0.70, 0.5], [0.70, 0.73, 0.45], [0.5, 0.45, NAN]], tasks="abc")
    assert unknown.above_own == (0, 1)


def test_one_pair_has_no_least_and_none_is_said():
    found = similarity([[NAN, 0.9], [0.9, NAN]], tasks=("a", "b"))
    text = "a and b have a CKA of 0.900."
    assert findings.representations_finding(found) == text
    level = similarity([[NAN, 0.5, 0.5], [0.5, NAN, 0.5], [0.5, 0.5, NAN]], tasks="abc")
    assert findings.representations_finding(level) == "All 3 pairs are as alike (CKA 0.500)."
    tied = similarity([[NAN, 0.5, 0.5], [0.5, NAN, 0.2], [0.5, 0.2, NAN]], tasks="abc")
    assert findings.representations_finding(tied) == (
        "a and b, with 1 other, are most alike (CKA 0.500); b and c least (0.200)."
    )
    nothing = similarity([[0.9, NAN], [NAN, 0.9]], tasks=("a", "b"))
    assert findings.representations_finding(nothing) == "No pair of models has a CKA at layer 5."


def test_pairs_with_and_without_common_tasks_are_told_apart(study):
    matrix = similarity_matrix(study, SimilarityQuery(trained=2))
    none, some, _ = matrix.mean_by_overlap()
    text = findings.representations_finding(matrix)
    assert f"pairs that share training tasks reach {number(some.mean)} on average" in text
    assert text.endswith(f"those without a common one {number(none.mean)}.")


def test_sharing_in_words(study):
    none, some, same = similarity_matrix(study, SimilarityQuery(trained=2)).mean_by_overlap()
    assert findings.sharing_text(none).endswith("over 3 pairs")
    assert findings.sharing_text(some).endswith("over 12 pairs")
    assert findings.sharing_text(same).endswith("over 6 training sets")
    empty = similarity([[NAN, NAN], [NAN, NAN]]).mean_by_overlap()
    assert [findings.sharing_text(mean) for mean in empty] == ["no value", "no value"]


def test_more_tasks_more_alike_with_numbers(study):
    found = [trajectories(study, SimilarityQuery(trained=size)) for size in (1, 2)]
    ends = [number(float(one.sharing(TaskOverlap.NONE).mean[-1])) for one in found]
    text = findings.training_finding(found)
    assert text.startswith(
        f"Models trained on more tasks are more alike: at the last checkpoint (2 seeds), mean CKA"
        f" {ends[0]} after 1 task (n = 6 pairs), {ends[1]} after 2 (n = 3); of pairs without a"
        " common task."
    )
    note = findings.training_note(found)
    assert "single-task models without a common task grow more alike: mean CKA" in note
    assert "at step 100" in note
    same = number(cka_of(("north",), ("north",), 200))
    assert note.endswith(f"; the same task with another seed reaches {same}.")
    assert "less alike" in findings.training_finding(found[::-1])


def test_one_checkpoint_of_one_seed_has_a_mean_and_no_course(study):
    whole = trajectories(study)
    # The other seeds' models stand on the diagonal.
    values = np.where(np.eye(len(whole.sets), dtype=bool), NAN, whole.values)
    values[:-1] = NAN
    curve = whole.sharing(TaskOverlap.NONE)
    assert findings.training_finding([replace(whole, values=values)]) == (
        "Known at one checkpoint only: at the last checkpoint, pairs without a common task have a"
        f" mean CKA of {number(float(curve.mean[-1]))} (n = 6 pairs)."
    )


def test_nothing_over_training_is_said():
    assert findings.training_finding([]) == "No similarity over training is known."


def test_runs_left_out_are_grouped_by_reason():
    left = [SkippedRun(f"r{i}", "no CKA at checkpoint 8") for i in range(5)]
    assert findings.left_out_text([*left, SkippedRun("bad", "the file is cut")]) == (
        "left out: 5 runs (no CKA at checkpoint 8); bad (the file is cut)"
    )
    assert findings.left_out_text(()) == ""


def test_models_in_words():
    assert findings.models_text(1) == "single-task models"
    assert findings.models_text(3) == "models trained on 3 tasks"
