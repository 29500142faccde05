"""Made-up studies: valid, the same for the same seed, and what was put in comes out."""

import json

import numpy as np
import pytest

from core.analyses.query import TransferQuery
from core.errors import RequestError
from core.io import inspect_study, open_study
from core.io.synthetic import SyntheticStudy, draw_effects, task_names, write_synthetic_study
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale


def made(folder, **changes):
    asked = SyntheticStudy(**({"tasks": 6, "seeds": 2} | changes))
    write_synthetic_study(asked, folder, force=True)
    return asked


def transfer_matrix_of(folder, method):
    return transfer_matrix(open_study(folder), TransferQuery(method, scale=Scale.STRICT))


def test_a_study_is_valid_says_that_it_is_made_and_has_what_was_asked_for(tmp_path):
    made(tmp_path, sizes=(1, 2, 3))
    found = inspect_study(tmp_path)
    assert found.problems == ()
    assert found.study.title == "Made up: 6 tasks, 2 seeds"
    assert "No network was trained" in found.study.description
    assert [m.name for m in found.study.tested_methods] == ["ft1", "ft2", "ft3"]
    assert len(found.study.runs_of("ft3")) == 20 * 2


def test_without_noise_the_effects_come_out_as_they_went_in(tmp_path):
    asked = made(tmp_path, noise=0.0, seeds=1)
    effects = draw_effects(asked)
    matrix = transfer_matrix_of(tmp_path, "ft1")
    np.testing.assert_allclose(matrix.values, effects.transfer, atol=1e-5)
    truth = json.loads((tmp_path / "truth.json").read_text())
    np.testing.assert_allclose(truth["giver"], effects.giver)


def test_a_run_of_several_tasks_does_as_well_as_the_best_of_them(tmp_path):
    made(tmp_path, noise=0.0, seeds=1, sizes=(2,))
    single = transfer_matrix_of(tmp_path, "ft1").values
    double = transfer_matrix_of(tmp_path, "ft2")
    for row, sources in enumerate(double.sources):
        members = [list(task_names(6)).index(task) for task in sources]
        np.testing.assert_allclose(double.values[row], single[members].max(axis=0), atol=1e-5)


def test_the_same_seed_writes_the_same_bytes_and_another_other_ones(tmp_path):
    texts = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        made(tmp_path / name, random_seed=seed)
        texts.append((tmp_path / name / "evaluations.csv").read_bytes())
    assert texts[0] == texts[1] != texts[2]


def test_many_rows_are_parquet_and_many_sets_are_drawn(tmp_path):
    made(tmp_path, tasks=60, seeds=2, sizes=(2,))
    study = open_study(tmp_path)
    assert (tmp_path / "evaluations.parquet").exists()
    assert len(study.runs_of("ft2")) == 2 * 1770
    assert len({run.trained for run in study.runs_of("ft2")}) == 1770


def test_what_is_missing_is_left_out(tmp_path):
    made(tmp_path, tasks=20, missing=0.3)
    found = inspect_study(tmp_path)
    gone = sum(problem.about == "missing evaluation" for problem in found.problems)
    assert found.study is not None
    assert 0.2 < gone / (20 * 20 * 2) < 0.4


def test_groups_are_in_the_manifest_give_more_within_and_leave_the_other_effects(tmp_path):
    asked = made(tmp_path, tasks=12, seeds=1, groups=3, within=0.2)
    effects, bare = draw_effects(asked), draw_effects(SyntheticStudy(tasks=12, seeds=1))
    assert set(effects.groups.tolist()) == {0, 1, 2}
    groups = [task.group for task in open_study(tmp_path).tasks]
    assert groups == [f"Made up {group + 1}" for group in effects.groups]
    apart = ~np.eye(12, dtype=bool)
    more = (effects.transfer - bare.transfer)[apart]
    inside = (effects.groups[:, None] == effects.groups[None, :])[apart]
    np.testing.assert_allclose(more, np.where(inside, 0.2, 0.0), atol=1e-12)
    np.testing.assert_array_equal(effects.cka, bare.cka)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"tasks": 1}, "at least 2"),
        ({"seeds": 0}, "at least 1"),
        ({"missing": 1.0}, "a share"),
        ({"cka_r": 2.0}, "from -1 to 1"),
        ({"groups": 4}, "4 groups of 3 tasks"),
    ],
)
def test_what_cannot_be_made_is_said(changes, text):
    with pytest.raises(RequestError, match=text):
        SyntheticStudy(**({"tasks": 3} | changes))


def test_a_study_that_is_there_stays(tmp_path):
    made(tmp_path)
    with pytest.raises(RequestError, match="--force"):
        write_synthetic_study(SyntheticStudy(tasks=3), tmp_path)
