"""Published files in another dress: other names of columns, order, dialect and packing.

What `init` makes of each is what it makes of the file as it was published.
"""

from __future__ import annotations

import csv
import gzip
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.analyses.query import TransferQuery
from core.io import open_study
from core.io.recognition import recognize
from core.study import Study
from core.transfer.build import transfer_matrix

REAL = Path(__file__).parent / "real"
FILES: Mapping[str, Mapping[str, str]] = {
    "agent.csv": {"convention": "test_split"},
    "fake.csv": {"condition": "raw"},
    "fire.csv": {},
    "mbert.csv": {},
    "audiofm_cka.csv": {},
    "raw_metrics.csv": {},
}
"""Files, and the rows of each that count."""
SQUARES = ("mbert.csv", "audiofm_cka.csv")


def camel(name: str) -> str:
    first, *rest = re.split(r"[_ ]", name)
    return first + "".join(map(str.capitalize, rest))


def reordered(frame: pd.DataFrame, *, names_first: bool) -> pd.DataFrame:
    """Rows and columns in another order; the names of rows of a matrix stay where they are."""
    frame = frame.iloc[np.random.default_rng(7).permutation(len(frame))]
    columns = list(frame)
    return frame[[*columns[:1], *columns[:0:-1]]] if names_first else frame[columns[::-1]]


def semicolons(frame: pd.DataFrame) -> tuple[str, bytes]:
    text = frame.to_csv(sep=";", decimal=",", index=False, lineterminator="\r\n")
    return ".csv", b"\xef\xbb\xbf" + text.encode()


def packed_tabs(frame: pd.DataFrame) -> tuple[str, bytes]:
    return ".tsv.gz", gzip.compress(frame.to_csv(sep="\t", index=False).encode())


def utf16(frame: pd.DataFrame) -> tuple[str, bytes]:
    text = frame.to_csv(sep="|", index=False, quoting=csv.QUOTE_ALL, lineterminator="\r")
    return ".txt", f"# from a server;, a\n{text}".encode("utf-16")


def twice(frame: pd.DataFrame) -> tuple[str, bytes]:
    half = len(frame) // 2
    text = frame[:half].to_csv(index=False) + frame[half:].to_csv(index=False)
    return ".csv", f"sep=,\n{text}".encode()


def lines(frame: pd.DataFrame) -> tuple[str, bytes]:
    text = frame.to_json(orient="records", lines=True)
    return ".jsonl.gz", gzip.compress(text.encode())


def named_index(frame: pd.DataFrame) -> tuple[str, bytes]:
    first = frame.columns[0]
    return ".parquet", frame.set_index(first).rename_axis(first or None).to_parquet()


DRESSES: tuple[Callable[[pd.DataFrame], tuple[str, bytes]], ...] = (
    semicolons,
    packed_tabs,
    utf16,
    twice,
    lines,
    named_index,
)


def read(path: Path, where: Mapping[str, str]) -> Study:
    found = recognize(path, where=where)
    (path.parent / "study.toml").write_text(found.manifest(path.stem), encoding="utf-8")
    return open_study(path.parent)


def facts(study: Study) -> dict[tuple[str, ...], float]:
    """Each value by method, sources and target; and the direction of each task."""
    found: dict[tuple[str, ...], float] = {}
    for task in study.tasks:
        found[(task.name,)] = float(task.metric.higher_is_better)
    for method in study.methods:
        matrix = transfer_matrix(study, TransferQuery(method.name))
        for i, j in np.argwhere(np.isfinite(matrix.values)).tolist():
            place = (method.name, "+".join(sorted(matrix.sources[i])), matrix.targets[j])
            found[place] = float(matrix.values[i, j])
    return found


@pytest.mark.parametrize("name", FILES)
def test_siblings_of_a_published_file_are_the_same_study(tmp_path, name):
    where = FILES[name]
    (tmp_path / "as published").mkdir()
    original = shutil.copy(REAL / name, tmp_path / "as published" / name)
    expected = facts(read(original, where))
    frame = pd.read_csv(original, comment="#", keep_default_na=False, na_values=[""])
    frame = frame.rename(columns=lambda column: "" if "Unnamed" in column else column)
    for dress in DRESSES:
        square = name in SQUARES
        sibling = reordered(frame, names_first=square or dress is named_index)
        wanted = where
        if not square and name != "raw_metrics.csv":
            sibling = sibling.rename(columns=camel)
            wanted = {camel(column): value for column, value in where.items()}
        suffix, data = dress(sibling)
        folder = tmp_path / dress.__name__
        folder.mkdir()
        path = folder / (Path(name).stem + suffix)
        path.write_bytes(data)
        assert facts(read(path, wanted)) == pytest.approx(expected), (dress.__name__, suffix)
