"""Sheets that are called after tasks or after methods are one table; others stay themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from core.io import open_study
from core.io.dialects.raw_table import ReadOptions
from core.io.dialects.sheet_names import is_called_notes
from core.io.dialects.workbook import read_workbook
from core.io.recognition.called_sheets import with_called_sheets, with_sides_of_sheets
from tests.cases.test_peoples_files import init, values

TASKS = ["de", "fr"]
CELLS = {("de", "de"): 0.9, ("de", "fr"): 0.4, ("fr", "de"): 0.3, ("fr", "fr"): 0.8}
ALL = {f"{source}→{target}": value for (source, target), value in CELLS.items()}
MATRIX = pd.DataFrame([[CELLS[s, t] for t in TASKS] for s in TASKS], TASKS, TASKS)


def book(path: Path, **sheets: pd.DataFrame) -> Path:
    with pd.ExcelWriter(path) as writer:
        for name, frame in sheets.items():
            frame.to_excel(
                writer, sheet_name=name, index=not isinstance(frame.index, pd.RangeIndex)
            )
    return path


def long(name: str, pairs: list[tuple[str, str]]) -> pd.DataFrame:
    return pd.DataFrame({name: TASKS, "acc": [CELLS[pair] for pair in pairs]})


def of_source(source: str, **beside: list[object]) -> pd.DataFrame:
    return pd.DataFrame({**beside, **{t: [CELLS[source, t]] * 2 for t in TASKS}})


@pytest.mark.parametrize(
    ("sheets", "field"),
    [
        (
            {
                s: pd.DataFrame({"target": TASKS, "acc": [CELLS[s, t] for t in TASKS]})
                for s in TASKS
            },
            "sources",
        ),
        (
            {
                t: pd.DataFrame({"source": TASKS, "acc": [CELLS[s, t] for s in TASKS]})
                for t in TASKS
            },
            "target",
        ),
        ({s: of_source(s, seed=[0, 1]) for s in TASKS}, "sources"),
        ({s: of_source(s, method=["a", "b"]) for s in TASKS}, "sources"),
    ],
)
def test_sheets_called_after_tasks_are_the_other_side(tmp_path, sheets, field):
    file = book(tmp_path / "r.xlsx", **sheets)
    told = json.loads(init(file, "--metric", "accuracy"))
    on = {"sources": "trained on", "target": "tested on"}[field]
    assert told["recognized"] == [
        f"an Excel workbook, its sheets de, fr called after what was {on}"
    ]
    assert f'sheet = "{{{field}}}"' in (tmp_path / "study.toml").read_text()
    assert values(open_study(tmp_path)) == ALL


def test_that_sheets_are_sources_where_nothing_says_so_is_told_with_what_turns_them(tmp_path):
    sheets = {one: of_source(one, method=["a", "b"]) for one in TASKS}
    told = json.loads(init(book(tmp_path / "r.xlsx", **sheets), "--metric", "accuracy"))
    (said,) = [one for one in told["assumed"] if "sheets" in one]
    as_told = values(open_study(tmp_path))
    manifest = tmp_path / "study.toml"
    text = manifest.read_text().replace('value = "{target}"', 'value = "{sources}"')
    text = text.replace('sources = "sources"', 'target = "target"')
    manifest.write_text(text.replace('sheet = "{sources}"', 'sheet = "{target}"'))
    for line in ('value = "{sources}"', 'target = "target"', 'sheet = "{target}"'):
        assert line in said
        assert line in manifest.read_text()
    turned = values(open_study(tmp_path))
    assert turned == {"→".join(reversed(pair.split("→"))): as_told[pair] for pair in as_told}


def test_sheets_of_the_same_matrix_are_methods(tmp_path):
    file = book(tmp_path / "r.xlsx", LoRA=MATRIX, full=MATRIX / 2)
    told = json.loads(init(file, "--metric", "accuracy"))
    assert told["methods"] == ["LoRA", "full"]
    assert values(open_study(tmp_path)) == ALL


@pytest.mark.parametrize(
    "names",
    [
        ("Sheet1", "Sheet2"),
        ("accuracy", "loss"),
        ("mean", "std"),
        ("train", "test"),
        ("A", "notes"),
    ],
)
def test_sheets_called_after_anything_else_stay_themselves(tmp_path, names):
    other = pd.DataFrame({"x": ["a note"]}) if "notes" in names else MATRIX
    data = book(tmp_path / "r.xlsx", **{names[0]: MATRIX, names[1]: other}).read_bytes()
    raw = read_workbook(data, ReadOptions())
    found = with_called_sheets(raw, lambda one: read_workbook(data, ReadOptions(sheet=one)))
    assert found is raw
    assert with_sides_of_sheets(raw) is raw


def test_a_template_that_somebody_chose_has_its_side_in_a_column(tmp_path):
    frame = pd.DataFrame({"target": TASKS, "acc": [0.1, 0.2]})
    data = book(tmp_path / "r.xlsx", de=frame, fr=frame).read_bytes()
    found = with_sides_of_sheets(read_workbook(data, ReadOptions(sheet="{sources}")))
    assert found.header == ("sources", "target", "acc")
    assert list(found.columns[0]) == ["de", "de"]


def test_the_head_of_a_column_beside_names_is_no_title(tmp_path):
    frame = pd.DataFrame({"acc": [0.1, 0.2, 0.3]}, index=["de", "fr", "it"])
    data = book(tmp_path / "r.xlsx", only=frame).read_bytes()
    assert read_workbook(data, ReadOptions()).header == ("", "acc")


NOTES = pd.DataFrame({"Author": ["Version", "Sheets are called after sources"], "Jane": [2, None]})
BY_SOURCE = {s: pd.DataFrame({"target": TASKS, "acc": [CELLS[s, t] for t in TASKS]}) for s in TASKS}


@pytest.mark.parametrize("name", ["README", "Notes (v2)", "0_readme", "Hinweise", "说明"])
@pytest.mark.parametrize("first", [True, False])
def test_a_sheet_of_notes_beside_results_is_none(tmp_path, name, first):
    sheets = {name: NOTES, **BY_SOURCE} if first else {**BY_SOURCE, name: NOTES}
    told = json.loads(init(book(tmp_path / "r.xlsx", **sheets), "--json"))
    assert values(open_study(tmp_path)) == ALL
    assert f"sheet {name} not read" in told["recognized"]


def test_notes_beside_one_matrix_and_beside_methods_are_none(tmp_path):
    for i, sheets in enumerate(({"acc": MATRIX}, {"ft": MATRIX, "lora": MATRIX})):
        folder = tmp_path / str(i)
        folder.mkdir()
        init(book(folder / "r.xlsx", README=NOTES, **sheets), "--metric", "accuracy")
        study = open_study(folder)
        assert len(study.tested_methods) == len(sheets)
        assert values(study) == ALL


def test_a_workbook_of_notes_alone_is_read_as_it_is(tmp_path):
    init(book(tmp_path / "r.xlsx", Notes=MATRIX), "--metric", "accuracy")
    assert values(open_study(tmp_path)) == ALL


@pytest.mark.parametrize("name", ["noteworthy", "Information retrieval", "A", "titles"])
def test_what_begins_as_notes_do_may_be_a_name(name):
    assert not is_called_notes(name)


def test_a_sheet_of_spreads_that_stands_first_is_not_the_one(tmp_path):
    spread = pd.DataFrame(0.01, TASKS, TASKS)
    init(book(tmp_path / "r.xlsx", std=spread, mean=MATRIX), "--metric", "accuracy")
    assert values(open_study(tmp_path)) == ALL
