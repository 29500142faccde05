"""One table in twenty dialects is one study; a file that is none is one clear sentence."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.cli import cli
from core.errors import RequestError
from core.io import inspect_study, open_study
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery

Row = tuple[str, str, float | None]
Written = tuple[str, bytes, str]
"""A file's name, what is in it, and what the manifest adds."""

HEADER = ("sources", "target", "score")
NAMES = ("Zürich", "a_b", "a b", "O'Neil", "x.y", "Ж")
MANIFEST = '[evaluations]\nlayout = "scores"\npath = "{name}"\n{more}'


def text_of(
    rows: Sequence[Row],
    *,
    delimiter: str = ",",
    decimal: str = ".",
    quoting: int = csv.QUOTE_MINIMAL,
    end: str = "\n",
    missing: str = "",
    percent: bool = False,
) -> str:
    def number(value: float | None) -> str:
        if value is None:
            return missing
        shown = f"{value * 100:.6f}%" if percent else repr(value)
        return shown.replace(".", decimal)

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(HEADER)
    writer.writerows([source, target, number(value)] for source, target, value in rows)
    return out.getvalue()


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(HEADER)).astype({"score": float})


def excel(rows: Sequence[Row]) -> bytes:
    out = io.BytesIO()
    frame_of(rows).to_excel(out, index=False)
    return out.getvalue()


def parquet(rows: Sequence[Row]) -> bytes:
    out = io.BytesIO()
    frame_of(rows).to_parquet(out, index=False)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as file:
        file.write(data)
    return bytes(out.getvalue())


def records(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [dict(zip(HEADER, row, strict=True)) for row in rows]


def plain(**options: object) -> Callable[[Sequence[Row]], Written]:
    return lambda rows: ("r.csv", text_of(rows, **options).encode(), "")  # type: ignore[arg-type]


def encoded(encoding: str, **options: object) -> Callable[[Sequence[Row]], Written]:
    return lambda rows: ("r.csv", text_of(rows, **options).encode(encoding), "")  # type: ignore[arg-type]


DIALECTS: Mapping[str, Callable[[Sequence[Row]], Written]] = {
    "semicolon": plain(delimiter=";"),
    "semicolon, decimal comma": plain(delimiter=";", decimal=","),
    "tab": plain(delimiter="\t"),
    "tab, decimal comma": plain(delimiter="\t", decimal=","),
    "pipe": plain(delimiter="|"),
    "all quoted": plain(quoting=csv.QUOTE_ALL),
    "CRLF": plain(end="\r\n"),
    "CR": plain(end="\r"),
    "UTF-8 with BOM": encoded("utf-8-sig"),
    "UTF-16": encoded("utf-16"),
    "UTF-16, tab": encoded("utf-16", delimiter="\t"),
    "sep= line": lambda rows: ("r.csv", f"sep=;\n{text_of(rows, delimiter=';')}".encode(), ""),
    "comments": lambda rows: ("r.csv", f"# by hand\n# twice\n{text_of(rows)}".encode(), ""),
    "header again": lambda rows: (
        "r.csv",
        (text_of(rows) + text_of(rows).split("\n", 1)[0] + "\n").encode(),
        "",
    ),
    "NA": plain(missing="NA"),
    "null": plain(missing="null"),
    "dash": plain(missing="-"),
    "a word for nothing": lambda rows: (
        "r.csv",
        text_of(rows, missing="crashed").encode(),
        '[evaluations.read]\nmissing = ["crashed"]\n',
    ),
    "per cent": plain(percent=True),
    "rows of delimiters": lambda rows: ("r.csv", f"{text_of(rows)},,\n,,\n".encode(), ""),
    "tsv": lambda rows: ("r.tsv", text_of(rows, delimiter="\t").encode(), ""),
    "txt": lambda rows: ("r.txt", text_of(rows, delimiter=";").encode(), ""),
    "gzip": lambda rows: ("r.csv.gz", gzip.compress(text_of(rows).encode()), ""),
    "zstd": lambda rows: ("r.csv.zst", zstd(text_of(rows).encode()), ""),
    "bzip2": lambda rows: ("r.csv.bz2", bz2.compress(text_of(rows).encode()), ""),
    "xz": lambda rows: ("r.tsv.xz", lzma.compress(text_of(rows, delimiter="\t").encode()), ""),
    "Excel": lambda rows: ("r.xlsx", excel(rows), ""),
    "Parquet": lambda rows: ("r.parquet", parquet(rows), ""),
    "JSON": lambda rows: ("r.json", json.dumps(records(rows)).encode(), ""),
    "JSON lines": lambda rows: (
        "r.jsonl",
        "".join(json.dumps(one) + "\n" for one in records(rows)).encode(),
        "",
    ),
}

scores = st.one_of(st.none(), st.floats(-5.0, 5.0).map(lambda value: round(value, 4)), st.just(0.0))
tables = st.dictionaries(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), scores, min_size=3, max_size=12
).filter(lambda cells: any(value not in (None, 0.0) for value in cells.values()))


def matrix_of(folder: Path) -> dict[tuple[str, str], float]:
    matrix = transfer_matrix(open_study(folder), TransferQuery("scores"))
    return {
        (sources[0], target): float(matrix.values[i, j])
        for i, sources in enumerate(matrix.sources)
        for j, target in enumerate(matrix.targets)
    }


def written(folder: Path, file: Written) -> Path:
    name, content, more = file
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    (folder / "study.toml").write_text(MANIFEST.format(name=name, more=more))
    return folder


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cells=tables)
def test_a_table_in_any_dialect_is_the_same_study(dialect, cells, tmp_path_factory):
    rows = [(source, target, value) for (source, target), value in cells.items()]
    folder = tmp_path_factory.mktemp("dialect")
    expected = matrix_of(written(folder / "plain", ("r.csv", text_of(rows).encode(), "")))
    found = matrix_of(written(folder / "other", DIALECTS[dialect](rows)))
    assert found.keys() == expected.keys()
    for pair, value in expected.items():
        assert found[pair] == pytest.approx(value, abs=1e-9, nan_ok=True)


def test_there_are_twenty_dialects():
    assert len(DIALECTS) >= 20


# -- files that are none -----------------------------------------------------------------------


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def many_columns() -> bytes:
    names = [f"c{i}" for i in range(1_000)]
    rows = [",".join(names)] + [",".join(["word"] * 1_000) for _ in range(3)]
    return "\n".join(rows).encode()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What a workbook with a password begins with: not an archive any more."""

BAD: Mapping[str, tuple[str, bytes]] = {
    "empty": ("r.csv", b""),
    "only lines": ("r.csv", b"\n\n\n"),
    "only a header": ("r.csv", b"sources,target,score\n"),
    "one column": ("r.csv", b"score\n0.5\n0.25\n"),
    "all text": ("r.csv", b"who,what,why\nme,this,so\nyou,that,because\n"),
    "ragged": ("r.csv", b"sources,target,score\nA,B,0.5\nB\nA,A,0.1,7,8,9\n"),
    "1,000 columns": ("r.csv", many_columns()),
    "a picture": ("r.csv", png()),
    "with a password": ("r.xlsx", OLE + b"\0" * 4096),
    "a text named xlsx": ("r.xlsx", b"sources,target,score\nA,B,0.5\n"),
    "cut JSON": ("r.json", b'[{"sources": "A", "target": "B"'),
    "cut zstd": ("r.csv.zst", b"\x28\xb5\x2f\xfd and no more"),
    "cut gzip": ("r.csv.gz", gzip.compress(b"sources,target,score\nA,B,0.5\n" * 50)[:40]),
}
LONGEST = 500
TRACES = ("Traceback", "Error:", "Exception", "codec", "0x")


def clear(sentence: str) -> None:
    """One sentence a person can act on, not what a library said."""
    assert sentence.strip()
    assert "\n" not in sentence.strip()
    assert len(sentence) <= LONGEST
    assert not [word for word in TRACES if word in sentence]


def bad_file(folder: Path, kind: str) -> Path:
    name, content = BAD[kind]
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_clear_sentence_when_opened(kind, tmp_path):
    inspection = inspect_study(bad_file(tmp_path, kind))
    errors = [problem for problem in inspection.problems if problem.is_error]
    assert inspection.study is None
    assert len(errors) == 1, [str(error) for error in errors]
    clear(str(errors[0]))


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_one_clear_sentence_of_init(kind, tmp_path):
    path = bad_file(tmp_path, kind)
    done = CliRunner().invoke(cli, ["init", str(path), "--yes"], standalone_mode=False)
    assert isinstance(done.exception, RequestError), done.output
    clear(str(done.exception))
    assert not (tmp_path / "study.toml").exists()


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_is_few_lines_of_check(kind, tmp_path):
    path = bad_file(tmp_path, kind)
    (tmp_path / "study.toml").write_text(MANIFEST.format(name=path.name, more=""))
    done = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert done.exit_code == 1
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert 1 <= len(errors) <= 2, errors
    for line in errors:
        clear(line)
    assert done.stderr.splitlines()[-1].startswith("next: ")


def test_a_folder_named_like_a_table_is_one_clear_sentence(tmp_path):
    (tmp_path / "r.csv").mkdir()
    (error,) = inspect_study(tmp_path / "r.csv").problems
    clear(str(error))
    done = CliRunner().invoke(
        cli, ["init", str(tmp_path / "r.csv"), "--yes"], standalone_mode=False
    )
    assert isinstance(done.exception, RequestError)
    clear(str(done.exception))
