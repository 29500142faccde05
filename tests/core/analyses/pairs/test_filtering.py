from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.analyses import PAIRS
from core.analyses.pairs.columns import column_kinds
from core.analyses.pairs.filtering import Filter, FilterOperator, SortKey, find_rows
from core.analyses.pairs.table import PairTable, _numbered
from core.analyses.query import TransferQuery
from core.errors import RequestError
from core.io import open_study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind
from core.transfer.normalization import Scale
from core.transfer.shrinkage import shrink
from tests.core.similarity.test_predictor_matrix import predictor_of
from tests.core.small import square_study
from tests.studies import StudyWriter

TRANSFER = [[[1.0, 0.4, 0.2], [0.1, 1.0, np.nan], [0.3, 2.0, 1.0]]]
CKA = [[1.0, 0.5, 0.25], [0.5, 1.0, 0.75], [0.25, 0.75, 1.0]]


def pairs_of(transfer=TRANSFER, *, names=None, cka=CKA, **params) -> PairTable:
    study = square_study(transfer, names=names, cka=cka)
    return PAIRS.compute(study, TransferQuery("ft1", **params))


def rows(pairs, *conditions, sort=()) -> list[str]:
    found = find_rows(pairs, conditions, sort)
    return ["".join([*pairs.pair(row)[0], ">", pairs.pair(row)[1]]) for row in found.tolist()]


def test_a_row_for_every_training_set_and_target():
    pairs = pairs_of()
    assert len(pairs) == 9
    assert pairs.pair(5) == (("b",), "c")
    assert pairs.row_of(("b",), "c") == 5
    assert pairs.row_of(("a", "b"), "c") is None
    assert pairs.row_of(("a",), "z") is None
    frame = pairs.frame()
    assert frame["source"].tolist() == list("aaabbbccc")
    assert frame["target"].tolist() == list("abcabcabc")
    assert frame["trained on the target"].tolist()[:4] == ["yes", "no", "no", "no"]


def test_way_back_asymmetry_and_cka_of_a_pair():
    frame = pairs_of(scale=Scale.STRICT).frame()
    there, back, itself, gap = frame.iloc[1], frame.iloc[3], frame.iloc[0], frame.iloc[7]
    assert there["transfer"] == 0.4
    assert there["reverse transfer"] == back["transfer"] == 0.1
    assert there["asymmetry"] == pytest.approx(0.3)
    assert there["CKA, layer 5"] == back["CKA, layer 5"] == 0.5
    # A task is neither its own way back nor similar to itself.
    for column in ("reverse transfer", "asymmetry", "CKA, layer 5"):
        assert math.isnan(itself[column])
    assert gap["transfer"] == 2.0
    assert math.isnan(gap["reverse transfer"])
    assert math.isnan(gap["asymmetry"])


def test_raw_values_and_why_a_value_is_cut_or_missing():
    frame = pairs_of().frame()
    assert frame.iloc[7][["raw value", "baseline (0)", "reference (1)"]].tolist() == [2, 0, 1]
    assert frame.iloc[7]["transfer"] == 1.5
    assert frame.iloc[7]["note"] == "cut to the scale in 1 of 1 seeds"
    assert "is not a finite number" in frame.iloc[5]["note"]
    assert math.isnan(frame.iloc[5]["transfer"])
    assert frame.iloc[1]["note"] == ""


@pytest.mark.parametrize("codes", [[7, 3, 7, 0, 3], [7, 3, 10**12, 3], []])
def test_codes_are_numbered_as_sorting_would(codes):
    codes = np.array(codes, dtype=np.int64)
    for ours, sorted_ in zip(_numbered(codes), np.unique(codes, return_inverse=True), strict=True):
        np.testing.assert_array_equal(ours, sorted_)


def test_seeds_are_columns_and_make_an_interval():
    rng = np.random.default_rng(0)
    transfer = rng.random((3, 2, 2))
    transfer[1, 0, 1] = np.nan
    pairs = pairs_of(transfer, cka=None)
    matrix = transfer_matrix(square_study(transfer), TransferQuery("ft1"))
    frame = pairs.frame()
    low, high = matrix.interval
    np.testing.assert_array_equal(frame["95 % low"], low.ravel())
    np.testing.assert_array_equal(frame["95 % high"], high.ravel())
    np.testing.assert_array_equal(frame["transfer, seed 2"], transfer[2].ravel())
    assert frame["seeds"].tolist() == [3, 2, 3, 3]
    assert frame.iloc[1]["note"].startswith("1 of 3 seeds missing: shifted value of ft-a-1 on b")
    # Raw is the mean over the seeds the transfer is a mean of.
    assert frame.iloc[1]["raw value"] == pytest.approx(transfer[[0, 2], 0, 1].mean())
    assert "transfer, seed 0" not in pairs.columns
    one = pairs_of(transfer, cka=None, seeds=(2,))
    assert [c.key for c in one.columns if c.seed is not None] == []


def test_what_is_left_without_luck_is_what_the_matrix_says():
    transfer = np.random.default_rng(0).random((3, 4, 4))
    study = square_study(transfer)
    left = shrink(transfer_matrix(study, TransferQuery("ft1")), study)
    frame = pairs_of(transfer, cka=None).frame()
    np.testing.assert_array_equal(frame["left without luck"], left.values.ravel())
    np.testing.assert_array_equal(frame["left, 95 % low"], left.low.ravel())
    np.testing.assert_array_equal(frame["wrong sign (probability)"], left.false_sign_rate.ravel())
    one = pairs_of(transfer, cka=None, seeds=(2,)).column("shrunken")
    assert one.empty
    assert "one seed" in one.why_empty


def test_kinds_of_columns_are_those_of_the_list():
    pairs = pairs_of([TRANSFER[0], TRANSFER[0]])
    kinds = column_kinds(pairs.seeds)
    assert {column.key: column.is_text for column in pairs.columns} == kinds


def test_columns_without_any_value_say_what_they_need(write_study: StudyWriter):
    columns = {c.key: c for c in pairs_of(cka=None).columns}
    assert columns["cka"].empty
    assert columns["cka"].why_empty == "the study has no CKA of single-task models"
    assert "no `predicted_from`" in columns["predicted"].why_empty
    assert columns["low"].why_empty == "one seed has no interval"
    assert columns["unit"].empty
    assert not columns["reverse"].empty
    study = open_study(write_study("scores").folder)
    has_given_scores = {c.key: c for c in PAIRS.compute(study, TransferQuery("scores")).columns}
    assert has_given_scores["raw"].why_empty == "given scores have no raw values"
    assert not has_given_scores["values"].empty


def test_several_sources_have_a_prediction_and_no_way_back(write_study: StudyWriter):
    study = open_study(write_study(cka=True).folder)
    pairs = PAIRS.compute(study, TransferQuery("ftwb2"))
    frame = pairs.frame()
    assert frame["source"].tolist() == ["distance + crossing"] * 2
    assert frame["unit"].tolist() == ["km", ""]
    predicted = transfer_matrix(study, TransferQuery("ftwb2", kind="predicted")).values.ravel()
    np.testing.assert_array_equal(frame["predicted"], predicted)
    difference = transfer_matrix(
        study, TransferQuery("ftwb2", kind=MatrixKind.DIFFERENCE)
    ).values.ravel()
    np.testing.assert_array_equal(frame["actual − predicted"], difference)
    assert frame["CKA, layer 5"].isna().all()
    assert pairs.column("cka").why_empty == "no run is trained on one task"


def test_exposed_targets_are_told_apart(write_study: StudyWriter):
    study = open_study(write_study().folder)
    frame = PAIRS.compute(study, TransferQuery("ftwb1")).frame()
    assert frame["trained on the target"].tolist() == ["yes", "few samples", "no", "yes"]


def test_hidden_tasks_are_no_rows_but_still_come_back():
    pairs = pairs_of(hidden_sources=("a",), hidden_targets=("c",), scale=Scale.STRICT)
    assert rows(pairs) == ["b>a", "b>b", "c>a", "c>b"]
    frame = pairs.frame()
    assert frame["reverse transfer"].tolist()[0] == 0.4
    assert frame["asymmetry"].tolist()[0] == pytest.approx(-0.3)
    assert pairs_of(hidden_sources=("a",), exclude=("b",)).sources == (("c",),)
    with pytest.raises(RequestError, match="no task 'z'"):
        pairs_of(hidden_targets=("z",))


def test_nothing_is_left_where_all_is_hidden():
    pairs = pairs_of(hidden_sources=("a", "b", "c"))
    assert len(pairs) == 0
    assert rows(pairs, Filter("source", FilterOperator.CONTAINS, "a"), sort=[SortKey("note")]) == []
    assert pairs.frame().empty


# -- looking for rows ------------------------------------------------------------------------------


def test_numbers_are_found_and_missing_ones_pass_no_test():
    pairs = pairs_of()

    def found(test, value=0.0, upto=math.nan):
        return rows(pairs, Filter("values", test, value, upto))

    assert found(FilterOperator.LESS, 0.3) == ["a>c", "b>a"]
    assert found(FilterOperator.LESS_OR_EQUAL, 0.3) == ["a>c", "b>a", "c>a"]
    assert found(FilterOperator.GREATER, 1) == ["c>b"]
    assert found(FilterOperator.GREATER_OR_EQUAL, "1.5") == ["c>b"]
    assert found(FilterOperator.EQUALS, 0.4) == ["a>b"]
    assert len(found(FilterOperator.NOT_EQUAL, 1.0)) == 5
    assert found(FilterOperator.IN_RANGE, 0.3, 0.4) == ["a>b", "c>a"]
    assert found(FilterOperator.BLANK) == ["b>c"]
    assert len(found(FilterOperator.NOT_BLANK)) == 8


def test_texts_are_found_without_regard_to_case_and_underscores(write_study: StudyWriter):
    pairs = pairs_of(names=["big_City", "=1+1", "sea"])

    def found(test, value=""):
        return len(find_rows(pairs, [Filter("source", test, value)])) // 3

    assert found(FilterOperator.CONTAINS, "BIG CITY") == 1
    assert found(FilterOperator.CONTAINS, "g_c") == 1
    assert found(FilterOperator.NOT_CONTAINS, "i") == 2
    pairs = pairs_of(names=["angle", "trianglearea", "sea"])
    assert found(FilterOperator.CONTAINS, "Angle") == 1, "a whole name means that one"
    assert found(FilterOperator.CONTAINS, "angl") == 2
    assert found(FilterOperator.NOT_CONTAINS, "angle") == 2
    pairs = pairs_of(names=["big_City", "=1+1", "sea"])
    assert found(FilterOperator.EQUALS, "sea") == 1
    assert found(FilterOperator.NOT_EQUAL, "sea") == 2
    assert found(FilterOperator.STARTS_WITH, "=1") == 1
    assert found(FilterOperator.ENDS_WITH, "a") == 1
    assert found(FilterOperator.BLANK) == 0
    assert found(FilterOperator.NOT_BLANK) == 3
    assert len(find_rows(pairs, [Filter("note", FilterOperator.NOT_BLANK)])) == 2


def test_conditions_go_together_and_rows_are_sorted_with_missing_ones_last():
    pairs = pairs_of()
    off = Filter("trained", FilterOperator.EQUALS, "no")
    falling = [SortKey("values", descending=True)]
    assert rows(pairs, off, sort=falling) == ["c>b", "a>b", "c>a", "a>c", "b>a", "b>c"]
    assert rows(pairs, off, sort=[SortKey("values")])[-1] == "b>c"
    assert rows(pairs, off, Filter("source", FilterOperator.EQUALS, "c")) == ["c>a", "c>b"]
    by_two = rows(pairs, sort=[SortKey("target", descending=True), SortKey("values")])
    assert by_two == ["a>c", "c>c", "b>c", "a>b", "b>b", "c>b", "b>a", "c>a", "a>a"]
    assert rows(pairs, sort=[SortKey("note", descending=True)])[:2] == ["b>c", "c>b"]


def test_what_cannot_be_asked_is_refused():
    pairs = pairs_of()
    for condition, message in (
        (Filter("nothing", FilterOperator.BLANK), "no column 'nothing'; there are source, target"),
        (Filter("source", FilterOperator.LESS, 1.0), "source is text: lessThan is no test of it"),
        (
            Filter("values", FilterOperator.CONTAINS, 1.0),
            "values is a number: contains is no test of it",
        ),
        (Filter("values", FilterOperator.EQUALS, "much"), "values: 'much' is no number"),
    ):
        with pytest.raises(RequestError) as caught:
            find_rows(pairs, [condition])
        assert message in str(caught.value)
    with pytest.raises(RequestError, match="no column"):
        find_rows(pairs, sorting=[SortKey("nothing")])


def test_rows_as_a_table_in_the_order_asked_for():
    frame = pairs_of().frame(np.array([7, 1]), keys=["target", "values"])
    assert frame.to_dict("list") == {"target": ["b", "b"], "transfer": [1.5, 0.4]}


def test_predictors_of_the_manifest_are_columns_whatever_they_are_called():
    pairs = [(i, j) for i in range(3) for j in range(3) if i != j]
    rows_of = [(i, j, 3.0 * i - j) for i, j in pairs]
    layered = [(i, j, float(i + layer), layer) for i, j in pairs for layer in (0, 1)]
    given = (
        predictor_of(rows_of, name="transfer"),
        predictor_of(layered, name="__proto__", layers=("in", "out")),
    )
    given = (replace(given[0], label="transfer"), replace(given[1], label="<b>"))
    study = replace(square_study(TRANSFER, cka=CKA), predictors=given)
    found = PAIRS.compute(study, TransferQuery("ft1"))
    titles = [found.column(f"predictor:{at}").title for at in range(2)]
    assert titles == ["transfer (predictor)", "<b>, layer out"]
    assert len({column.title for column in found.columns}) == len(found.columns)
    frame = found.frame(keys=("source", "target", "predictor:0", "predictor:1"))
    assert frame.iloc[1].tolist() == ["a", "b", -1.0, 1.0]
    assert math.isnan(frame.iloc[0, 2])
    most = (Filter("predictor:0", FilterOperator.GREATER, "4"),)
    assert rows(found, *most, sort=(SortKey("predictor:0", descending=True),)) == ["c>a", "c>b"]
    kinds = column_kinds(found.seeds, 2)
    assert {column.key for column in found.columns} <= {*kinds}
