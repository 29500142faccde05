"""Large tables are read by pyarrow, small ones cell by cell: both give the same study."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.io import inspect_study, tables
from core.io.dialects import delimited, read_raw, splitting
from core.io.problems import ProblemCollector
from core.io.study import Inspection
from core.io.table_cells import cells, text_columns
from core.io.table_cells.text_columns import TextColumn, combined, concatenated

NEVER = 2**60
NAMES = (
    "a",
    "B",
    "x y",
    " b",
    "b ",
    "e\u0301",
    "\u00e9",
    "1",
    "1.0",
    "01",
    "a+b",
    "",
    "null",
    "0x1",
)
SCORES = ("0.5", "-1", "+2", "1e3", ".5", "1_0", " 7", "nan", "NaN", "inf", "", "NA", "-", "87%")
ODD = (
    '"',
    '""',
    '"q"',
    'a"b',
    '"a""b"',
    "\u00a0z",
    "\x1fz",
    "\u0085",
    "\ufeff",
    "\u0661",
    "nan(1)",
)


@contextmanager
def read_by(*, pyarrow: bool) -> Iterator[None]:
    least = 0 if pyarrow else NEVER
    with (
        mock.patch.object(splitting, "LARGE_TEXT", least),
        mock.patch.object(tables, "MANY_NUMBERS", least),
        mock.patch.object(cells, "MANY_ROWS", least),
        mock.patch.object(text_columns, "MANY", least),
    ):
        yield


def told(inspection: Inspection) -> list[object]:
    study = inspection.study
    found: list[object] = [inspection.problems, inspection.recognized, inspection.reading]
    if study is not None:
        values = study.evaluations
        found += [study.tasks, study.methods, study.runs, study.digest, values.files]
        for name in ("run", "task", "shifted", "checkpoint", "value", "file", "row"):
            found.append([repr(one) for one in getattr(values, name).tolist()])
    return found


def both_ways(folder: Path) -> Inspection:
    with read_by(pyarrow=False):
        slow = inspect_study(folder)
    with read_by(pyarrow=True):
        fast = inspect_study(folder)
    assert told(fast) == told(slow)
    return fast


def written(folder: Path, data: str, *, more: str = "", name: str = "scores.csv") -> Path:
    (folder / name).write_bytes(data.encode())
    manifest = f'[evaluations]\nlayout = "scores"\npath = "{name}"\n{more}'
    (folder / "study.toml").write_text(manifest)
    return folder


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(NAMES),
            st.sampled_from(NAMES),
            st.sampled_from(SCORES),
            st.sampled_from(("m", "n", "")),
            st.sampled_from(("0", "1", "seed2", "3.0")),
        ),
        min_size=1,
        max_size=12,
    ),
    odd=st.one_of(
        st.none(), st.tuples(st.integers(0, 11), st.integers(0, 4), st.sampled_from(ODD))
    ),
    quoted=st.booleans(),
    alike=st.booleans(),
    delimiter=st.sampled_from((",", ";", "\t", "|")),
    end=st.sampled_from(("\n", "\r\n", "\r", "\n\n")),
    last=st.sampled_from(("", "\n", "\n\n", "\n  \n", ",,,,\n", "x\n")),
    more=st.sampled_from(
        (
            "",
            'repeats = "mean"\n',
            'repeats = "seeds"\n[scale]\nbounds = [0, 1]\n',
            '[scale]\nzero = "source:a"\n[evaluations.where]\nmethod = ["m", "n"]\n',
            '[evaluations.columns]\nsources = "{sources}-{seed}"\n',
            '[evaluations.read]\nmissing = ["87%"]\n[tasks.B]\naliases = ["b"]\n[tasks.a]\n',
        )
    ),
)
def test_both_ways_give_the_same_study_and_the_same_problems(
    tmp_path: Path,
    rows: Sequence[tuple[str, ...]],
    odd: tuple[int, int, str] | None,
    quoted: bool,
    alike: bool,
    delimiter: str,
    end: str,
    last: str,
    more: str,
) -> None:
    cells = [["sources", "target", "score", "method", "seed"], *map(list, rows)]
    if alike:  # texts that stand one below the other are numbered at once
        cells[1:] = [[*rows[0][:1], *row[1:3], *rows[0][3:]] for row in rows]
    if odd is not None:
        row, column, text = odd
        cells[row % len(cells)][column] = text
    form = '"{}"' if quoted else "{}"
    data = end.join(delimiter.join(form.format(cell) for cell in row) for row in cells) + last
    both_ways(written(tmp_path, data, more=more))


def test_a_clean_large_table_is_read_by_pyarrow_quoted_or_not(tmp_path: Path) -> None:
    rows = "".join(f'"t{i % 7}","t{i // 7}",{i / 49}\n' for i in range(49))
    with read_by(pyarrow=True):
        for data in (rows, rows.replace('"', "")):
            raw = read_raw("scores.csv", f"sources,target,score\n{data}".encode())
            assert all(isinstance(column, TextColumn) for column in raw.columns)
            assert raw.header == ("sources", "target", "score")
            assert raw.rows.tolist() == list(range(2, 51))
    assert both_ways(written(tmp_path, f"sources,target,score\n{rows}")).study is not None


@pytest.mark.parametrize(
    "odd", ['a,"b\nc",1\n', 'a,b"c,1\n', '"a""b",c,1\n', "a,b\n", "a,b,1,2\n", "\na,b,1\n"]
)
def test_what_is_odd_is_left_to_the_careful_way(tmp_path: Path, odd: str) -> None:
    both_ways(written(tmp_path, f"sources,target,score\nx,y,0.5\n{odd}z,y,0.25\n"))


@pytest.mark.parametrize(
    "late",
    [
        "a,b,1\n",
        "a,b\n",
        "\n\nNotes: none\n",
        "sources,target,score\na,b,1\n",
        "'a','b',1\n",
        "é,b,1\n",
        'a,"b,c",1\n',
        "# a remark\n",
        "<b>,b,1\n",
        "a,b,\0\n",
        "a,b,1\r\n",
    ],
)
@pytest.mark.parametrize("start", ["", "\ufeff", "# about\n", "sep=,\n", "A title\n\n"])
def test_what_stands_late_in_a_large_file_is_read_as_in_a_small_one(start: str, late: str) -> None:
    rows = "".join(f"t{i % 7},t{i % 11},{i}\n" for i in range(500))
    data = f"{start}sources,target,score\n{rows}{late}".encode()
    with read_by(pyarrow=False):
        slow = read_raw("scores.csv", data)
    with (
        read_by(pyarrow=True),
        mock.patch.object(delimited, "_BEGINNING", 1000),
        mock.patch.object(delimited, "LOOKED_AT", 100),
    ):
        fast = read_raw("scores.csv", data)
    assert [list(column) for column in fast.columns] == [list(column) for column in slow.columns]
    for name in ("header", "ragged", "decimal_comma", "recognized"):
        assert getattr(fast, name) == getattr(slow, name)
    assert fast.rows.tolist() == slow.rows.tolist()


@pytest.mark.parametrize("kind", ["str", "category"])
def test_parquet_is_read_the_same_in_both_ways(tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame(
        {
            "sources": pd.Series(["a ", "b", None, "e\u0301", "a"] * 3, dtype=kind),
            "target": [1.0, 2.0, 1.0, 3.0, 4.0] * 3,
            "score": [0.1, np.nan, 0.3, 0.4, 0.5] * 3,
            "seed": np.repeat([1, 2, 3], 5),
        }
    )
    written(tmp_path, "", name="scores.parquet")
    frame.to_parquet(tmp_path / "scores.parquet")
    both_ways(tmp_path)


def test_several_files_are_one_column(tmp_path: Path) -> None:
    more = 'repeats = "mean"\n'
    written(tmp_path, "", name="{method}_s{seed}.csv", more=more)
    (tmp_path / "{method}_s{seed}.csv").unlink()
    for name in ("m_s1", "m_s2", "n_s1"):
        (tmp_path / f"{name}.csv").write_text("sources,target,score\na,b,0.5\nb,a,0.25\na,b,0.75\n")
    study = both_ways(tmp_path).study
    assert study is not None
    assert len(study.runs) == 6


def test_many_numbers_are_those_that_float_reads() -> None:
    draw = np.random.default_rng(0)
    texts = [repr(float(x)) for x in draw.normal(size=3000) * 10.0 ** draw.integers(-30, 30, 3000)]
    texts += ["", "NA", "nan", "1e400"]
    column = TextColumn(np.arange(len(texts)), texts)
    frame = {"score": column, "plain": texts}
    rows = np.arange(1, len(texts) + 1)
    table = tables.Table(("f.csv",), np.zeros(len(texts), dtype=np.int64), rows, frame)
    findings = ProblemCollector()
    for name in ("score", "plain"):
        values, readable = table.numbers(name, findings)
        assert readable.all()
        expected = [np.nan if text in ("", "NA", "nan") else float(text) for text in texts]
        np.testing.assert_array_equal(values, expected)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(st.sampled_from(["a", "", "é", None]), st.integers(1, 30)))))
def test_a_column_of_arrow_has_its_texts_in_order_of_first_appearance(
    parts: list[list[tuple[str | None, int]]],
) -> None:
    blocks = [[text for text, times in part for _ in range(times)] for part in parts]
    column = TextColumn.of_arrow(pa.chunked_array(blocks, type=pa.string()))
    texts = [text or "" for block in blocks for text in block]
    assert list(column) == texts
    assert column.texts == list(dict.fromkeys(texts))


def test_rows_that_are_taken_leave_no_text_that_is_not_there() -> None:
    column = TextColumn(np.array([0, 1, 2, 1]), ["a", "b", "c"])
    taken = column.take(np.array([3, 2]))
    assert (taken.texts, taken.codes.tolist()) == (["b", "c"], [0, 1])
    assert list(column[1:3]) == ["b", "c"]
    assert column[-1] == "b"
    assert "c" in column
    assert "d" not in column
    assert list(taken.changed(lambda text: "x")) == ["x", "x"]
    assert taken.changed(lambda text: "x").texts == ["x"]


def test_columns_are_joined_below_and_beside_each_other() -> None:
    one = TextColumn(np.array([0, 1]), ["a", "b"])
    other = TextColumn(np.array([0, 0]), ["b"])
    both = concatenated([one, other])
    assert (both.texts, list(both)) == (["a", "b"], ["a", "b", "b", "b"])
    beside = combined([other, one], "-".join)
    assert list(beside) == ["b-a", "b-b"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=3), min_size=1))
def test_white_space_is_what_strip_takes_for_it(texts: list[str]) -> None:
    index = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    column = TextColumn(np.array([index[text] for text in texts]), list(index))
    with read_by(pyarrow=True):
        assert list(column.stripped()) == [text.strip() for text in texts]
