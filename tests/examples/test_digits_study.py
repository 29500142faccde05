"""The second example: what is committed, and what its README says of it."""

from pathlib import Path

import numpy as np
import pytest

from core.analyses.association.dyads import dyad_table
from core.analyses.association.noise_ceiling import ceiling_of
from core.analyses.inputs import pair_matrix
from core.analyses.query import SimilarityQuery, TransferQuery, included_tasks
from core.io import inspect_study
from core.similarity.predictor_matrix import predictor_matrix
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "digits"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def study():
    found = inspect_study(FOLDER / "study")
    assert found.problems == ()
    return found.study


def test_it_is_45_tasks_five_seeds_and_small(study):
    assert len(study.tasks) == 45
    assert {study.seeds_of(method.name) for method in study.tested_methods} == {(1, 2, 3, 4, 5)}
    assert len(study.runs) == 5 * (1 + 45 + 45 + 100 + 45 + 100)
    assert len(study.single_task_models) == 45 * 5
    assert study.representations is not None
    assert study.representations.layers == (1, 2)
    files = [path for path in (FOLDER / "study").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 5_000_000


@pytest.mark.parametrize(
    ("method", "trained", "transfer", "clipped"),
    [
        ("ft1", 0.927, 0.102, 2149),
        ("ft2", 0.910, 0.148, 4122),
        ("ftwb1", 0.906, 0.624, 244),
        ("ftwb2", 0.901, 0.635, 518),
    ],
)
def test_the_readmes_means(study, method, trained, transfer, clipped):
    found = transfer_matrix(study, TransferQuery(method))
    assert found.trained_mean == pytest.approx(trained, abs=5e-4)
    assert found.transfer_mean == pytest.approx(transfer, abs=5e-4)
    assert found.clipped_count == clipped


def test_the_published_scale_hides_that_one_pair_teaches_nothing(study):
    assert transfer_matrix(
        study, TransferQuery("ft1", scale=Scale.STRICT)
    ).transfer_mean == pytest.approx(-0.020, abs=5e-4)


@pytest.mark.parametrize(
    ("method", "kind", "transfer"),
    [
        ("ft2", MatrixKind.DIFFERENCE, -0.019),
        ("ftwb2", MatrixKind.DIFFERENCE, -0.033),
        ("ft2", "cross-fitted", 0.130),
        ("ftwb2", "cross-fitted", 0.635),
    ],
)
def test_the_readmes_predictions(study, method, kind, transfer):
    assert transfer_matrix(study, TransferQuery(method, kind=kind)).transfer_mean == pytest.approx(
        transfer, abs=5e-4
    )


def test_pairs_that_share_a_digit_teach_each_other_more(study):
    found = transfer_matrix(study, TransferQuery("ft1"))
    shared = np.array(
        [
            [len(set(source.split("-or-")) & set(target.split("-or-"))) for target in found.targets]
            for (source,) in found.sources
        ]
    )
    assert found.values[shared == 1].mean() == pytest.approx(0.150, abs=5e-4)
    assert found.values[shared == 0].mean() == pytest.approx(0.074, abs=5e-4)


@pytest.mark.parametrize(
    ("method", "r", "corrected", "symmetric"),
    [("ft1", 0.465, 0.442, 0.591), ("ftwb1", 0.249, 0.351, 0.477)],
)
def test_the_readmes_similarities_and_their_ceilings(study, method, r, corrected, symmetric):
    query, place = TransferQuery(method), SimilarityQuery(layer=2)
    tasks = included_tasks(study, query)
    table = dyad_table(pair_matrix(study, query), predictor_matrix(study, place), tasks)
    paired = table.paired
    assert np.corrcoef(table.cka[paired], table.transfer[paired])[0, 1] == pytest.approx(
        r, abs=5e-4
    )
    ceiling = ceiling_of(table)
    assert ceiling.corrected == pytest.approx(corrected, abs=5e-4)
    assert ceiling.symmetric == pytest.approx(symmetric, abs=5e-4)
    assert f"{100 * corrected:.0f} %" in README
    assert f"{r:.3f}" in README
