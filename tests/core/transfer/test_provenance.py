"""Where a value was read has one wording, whoever says it."""

from __future__ import annotations

import math

import pytest

from core.evaluations import Split
from core.io import open_study
from core.transfer.build import transfer_matrix
from core.transfer.provenance import RawValue, raw_value
from core.transfer.query import TransferQuery


@pytest.mark.parametrize("layout", ["table", "runs"])
def test_a_cell_and_its_record_say_the_same(write_study, layout):
    study = open_study(write_study(layout).folder)
    matrix = transfer_matrix(study, TransferQuery("ftwb1"))
    column = matrix.targets.index("crossing")
    raw = matrix.records.raw((0, 0, column))
    run, task = study.run_index[raw.run], study.task_index["crossing"]
    record = int(study.evaluations.grid(Split.SHIFTED).records[run, task])
    assert raw == raw_value(study.evaluations, record, run=raw.run, split=Split.SHIFTED)
    assert raw.source == study.evaluations.source(record)
    assert raw.source == f"{raw.file}, {raw.place}"
    assert raw.place.startswith("row " if layout == "table" else "key checkpoint-")


def test_what_was_not_read_stands_nowhere(write_study):
    study = open_study(write_study().folder)
    none = raw_value(study.evaluations, -1, run="pt1", split=Split.STANDARD)
    assert none.source == ""
    assert math.isnan(none.value)
    assert none.checkpoint == -1


def test_a_file_about_one_value_is_its_own_place():
    assert RawValue("a", Split.SHIFTED, 5, 0.5, "a/b.json").source == "a/b.json"
