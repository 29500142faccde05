"""Workbooks whose few bytes stand for billions of cells."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from core.io.dialects import read_raw
from core.io.dialects import workbook as dialect
from core.io.dialects.raw_table import DialectError

SHEET = "xl/worksheets/sheet1.xml"


def workbook(cells: str, merged: str = "") -> bytes:
    """A workbook whose one sheet holds this XML."""
    plain, written = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(written, "w") as target:
        for name in source.namelist():
            if name != SHEET:
                target.writestr(name, source.read(name))
        rows = f"<sheetData>{cells}</sheetData>{merged}"
        target.writestr(SHEET, f'<worksheet xmlns="{space}">{rows}</worksheet>')
    return written.getvalue()


ROWS = "".join(
    f'<row r="{i}"><c r="A{i}"><v>{i}</v></c><c r="B{i}"><v>{i}</v></c></row>' for i in (1, 2, 3)
)
MANY = "<mergeCells>" + '<mergeCell ref="A1:Z9999"/>' * 99 + "</mergeCells>"


def test_a_sheet_as_people_write_it_is_read() -> None:
    table = read_raw("f.xlsx", workbook(ROWS, '<mergeCells><mergeCell ref="A2:A3"/></mergeCells>'))
    assert [list(column) for column in table.columns] == [["2", "2"], ["2", "3"]]
    assert "merged cells filled" in table.recognized


def test_a_workbook_without_merged_cells_is_not_opened_for_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialect, "_fill_merged", lambda *_: pytest.fail("it was opened again"))
    assert "merged cells filled" not in read_raw("f.xlsx", workbook(ROWS)).recognized


@pytest.mark.parametrize(
    ("cells", "merged", "found"),
    [
        (
            f'{ROWS}<row r="1048576"><c s="1" r="XFD1048576"><v>1</v></c></row>',
            "",
            "a sheet of 1,048,576 rows and 16,384 columns",
        ),
        (ROWS, '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>', "merged cells over"),
        (ROWS, MANY, "merged cells"),
    ],
)
def test_cells_far_out_are_refused_before_they_are_made(
    cells: str, merged: str, found: str
) -> None:
    with pytest.raises(DialectError, match=found):
        read_raw("f.xlsx", workbook(cells, merged))


def test_a_workbook_is_looked_through_once_however_many_of_its_sheets_are_read(monkeypatch):
    book = openpyxl.Workbook()
    for name in ("seed_0", "seed_1", "seed_2"):
        sheet = book.create_sheet(name)
        sheet.append(["source", "target", name])
        sheet.append(["A", "B", 0.5])
    file = io.BytesIO()
    book.save(file)
    looked, check = [], dialect._check_extent
    monkeypatch.setattr(dialect, "_check_extent", lambda a: looked.append(a) or check(a))
    for name in ("seed_0", "seed_1", "seed_2"):
        raw = read_raw("results.xlsx", file.getvalue(), dialect.ReadOptions(sheet=name))
        assert raw.header == ("source", "target", name)
    assert len(looked) == 1


@pytest.mark.parametrize("formula", ["=0.9*1", None])
def test_formulas_that_nobody_has_calculated_are_told(formula):
    book = openpyxl.Workbook()
    for row in (["", "A", "B"], ["A", formula or 0.9, 0.4], ["B", 0.3, 0.8]):
        book.active.append(row)
    data = io.BytesIO()
    book.save(data)
    told = "".join(read_raw("r.xlsx", data.getvalue()).recognized)
    assert ("formulas without a value, read as empty" in told) == (formula is not None)
