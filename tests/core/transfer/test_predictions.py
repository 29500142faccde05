"""What single sources predict, worked out by hand: the best, the mean, the sum."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.peers import study
from core.analyses.details.pair import pair_detail
from core.analyses.query import DetailQuery, TransferQuery
from core.errors import RequestError
from core.io import open_study
from core.metrics import Metric
from core.study import Method, Run, Task
from core.transfer.build import transfer_matrix
from core.transfer.matrix import matrix_kinds
from core.transfer.normalization import Scale
from core.transfer.predictions import PREDICTIONS
from core.transfer.run_scores import RunScores
from tests.core.small import square_study, study_of

SOURCES = ("a", "b")


def reaching(
    a: float, b: float, both: float, *, missing: tuple[str, ...] = (), standard: float = 1.0
):
    """a, b, a+b reach c so far, on a base with 0 and 1; in each of two seeds the same."""
    tasks = tuple(Task(n, n.upper(), Metric.ACCURACY) for n in "abc")
    runs, cells = [], {}
    for seed in (0, 1):
        runs.append(Run(f"base{seed}", "pretrain", ("a", "b", "c"), None, seed))
        cells[f"base{seed}", "c", "shifted", 9] = 0.0
        cells[f"base{seed}", "c", "standard", 9] = standard
        for name, method, trained, value in (
            ("a", "one", ("a",), a),
            ("b", "one", ("b",), b),
            ("ab", "two", SOURCES, both),
        ):
            runs.append(Run(f"{name}{seed}", method, trained, f"base{seed}", seed))
            if name not in missing:
                cells[f"{name}{seed}", "c", "shifted", 9] = value
    methods = (Method("one", "One"), Method("two", "Two", predicted_from="one"))
    return study_of(tasks, runs, cells, methods=methods)


def value(study, kind, **options):
    matrix = transfer_matrix(study, TransferQuery("two", kind=kind, **options))
    return float(matrix.values[0, matrix.targets.index("c")])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("predicted", 0.5), ("cross-fitted", 0.5), ("mean", 0.4), ("sum", 0.8)],
)
def test_each_prediction_by_hand(kind, expected):
    study = reaching(0.3, 0.5, 0.7)
    assert value(study, kind) == pytest.approx(expected)
    gap = value(study, "difference", prediction=kind)
    assert gap == pytest.approx(0.7 - expected)
    cell = pair_detail(study, TransferQuery("two"), DetailQuery(SOURCES, "c"))
    found = next(one for one in cell.predictions if one.kind == kind)
    assert found.summary.published.mean == pytest.approx(expected)
    assert found.difference.published.value == pytest.approx(0.7 - expected)
    chosen = {best.task for best in found.best}
    assert chosen == ({"b"} if PREDICTIONS[kind].choose else {""})
    assert [part.value for part in found.best[0].parts] == [0.3, 0.5]


def test_a_sum_is_cut_at_the_reference_and_not_at_zero():
    assert value(reaching(0.7, 0.8, 0.9), "sum") == 1.0
    harmful = reaching(-0.7, 0.2, 0.9)
    assert value(harmful, "sum", scale=Scale.STRICT) == pytest.approx(-0.5)
    assert value(harmful, "mean", scale=Scale.STRICT) == pytest.approx(-0.25)


@pytest.mark.parametrize("kind", ["mean", "sum"])
def test_a_missing_member_is_named(kind):
    matrix = transfer_matrix(
        reaching(0.3, 0.5, 0.7, missing=("b",)), TransferQuery("two", kind=kind)
    )
    column = matrix.targets.index("c")
    assert np.isnan(matrix.values[0, column])
    code = matrix.reason[0, 0, column]
    assert matrix.reasons[code] == "no shifted evaluation of b0 on c"


@pytest.mark.parametrize("kind", sorted(PREDICTIONS))
def test_a_base_without_room_is_the_reason(kind):
    study = reaching(0.3, 0.5, 0.7, standard=-1.0)
    matrix = transfer_matrix(study, TransferQuery("two", kind=kind, scale=Scale.STRICT))
    reasons = {cell.reason for cell in matrix.missing if cell.target == "c"}
    sentence = "undefined: no room for improvement (base standard -1 ≤ base shifted 0)"
    assert reasons == {sentence}
    assert len([one for one in matrix.missing if one.target == "c"]) == 2


def given(tmp_path, scale: str):
    (tmp_path / "study.toml").write_text(
        'title = "Scores"\n[methods.one]\n[methods.two]\npredicted_from = "one"\n'
        f'[evaluations]\nlayout = "scores"\npath = "scores.csv"\n{scale}'
    )
    rows = ("a,c,0.4,one", "b,c,0.7,one", "a+b,c,0.5,two", "a,b,0.1,one")
    (tmp_path / "scores.csv").write_text("\n".join(("sources,target,score,method", *rows)) + "\n")

    return open_study(tmp_path)


def test_scores_without_a_zero_have_a_mean_and_no_sum(tmp_path):
    study = given(tmp_path, "")
    assert value(study, "mean") == pytest.approx(0.55)
    matrix = transfer_matrix(study, TransferQuery("two", kind="sum"))
    assert np.isnan(matrix.values).all()
    assert "scores without a zero have no sum" in matrix.reasons


def test_gains_add_up_without_a_cut(tmp_path):
    study = given(tmp_path, "[scale]\nzero = 0.1\n")
    assert value(study, "sum") == pytest.approx(0.3 + 0.6)
    assert value(study, "mean") == pytest.approx(0.45)


def test_the_source_of_normalized_scores_is_found(tmp_path):
    study = given(tmp_path, "[scale]\nzero = 0.1\none = 1.0\n")
    cell = pair_detail(study, TransferQuery("two"), DetailQuery(SOURCES, "c"))
    assert cell.predictions[0].best[0].task == "b"


def test_what_is_not_registered_is_named():
    study = square_study([[[1, 0.2], [0.1, 1]]])
    with pytest.raises(RequestError, match="no kind of matrix 'median'; there are actual"):
        transfer_matrix(study, TransferQuery("ft1", kind="median"))
    with pytest.raises(RequestError, match="no prediction 'median'"):
        transfer_matrix(study, TransferQuery("ft1", kind="difference", prediction="median"))


def test_every_prediction_is_a_kind_of_matrix():
    assert matrix_kinds() == ("actual", *PREDICTIONS, "difference", "versus")
    for name, rule in PREDICTIONS.items():
        assert rule.name == name
        assert (rule.choose is None) != (rule.combine is None)


@pytest.mark.parametrize("kind", tuple(PREDICTIONS))
@pytest.mark.parametrize(("scale", "seeds"), [(Scale.PUBLISHED, 1), (Scale.STRICT, 2)])
def test_why_cells_are_empty_is_told_at_once_as_cell_by_cell(
    tmp_path, monkeypatch, kind, scale, seeds
):
    study.write(tmp_path, 6, seeds, missing=0.2)
    opened, asked = open_study(tmp_path), TransferQuery("again", kind=kind, scale=scale)
    at_once = transfer_matrix(opened, asked)
    monkeypatch.setattr(
        RunScores, "has_scale", lambda _self, _run: np.zeros(len(opened.tasks), dtype=bool)
    )
    one_by_one = transfer_matrix(opened, asked)
    assert told(at_once) == told(one_by_one)
    if (kind, seeds) == ("cross-fitted", 1):
        assert all("cross-fitting needs" in text for text in np.unique(told(at_once)))


def told(matrix):
    return [[[matrix.reasons[of] for of in row] for row in seed] for seed in matrix.reason]


def test_the_only_run_of_a_study_has_no_members(tmp_path):
    (tmp_path / "study.toml").write_text(
        'title = "One"\n[methods.one]\n[methods.two]\npredicted_from = "one"\n'
        '[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
    )
    (tmp_path / "s.csv").write_text("sources,target,method,score\na,a,two,0.4\n")
    matrix = transfer_matrix(open_study(tmp_path), TransferQuery("two", kind="predicted"))
    assert np.isnan(matrix.values).all()
    assert matrix.missing[0].reason == "no run of one on a alone with seed 0"
