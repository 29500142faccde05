"""Several features of one file at once: each with the numbers that a person reads in it."""

from __future__ import annotations

import datetime
import gzip
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from core.analyses.query import TransferQuery
from core.io import inspect_study
from core.transfer.build import transfer_matrix

Content = str | Callable[[Path], object]
SQUARE = pd.DataFrame(
    [[0.9, 0.4], [0.3, 0.8]], index=pd.Index(["A", "B"], name="train"), columns=["A", "B"]
)
FULL = {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "B→B": 0.8}
DAYS = [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)]
BY_DAY = {"2020-01-01→2021-01-01": 0.5, "2021-01-01→2020-01-01": 0.25}


def parquet(frame: pd.DataFrame) -> Callable[[Path], object]:
    return lambda path: frame.to_parquet(path)


def packed(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(gzip.compress(text.encode()))


def workbook(*rows: tuple[object, ...]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)

    return write


def of(layout: str, path: str, more: str = "") -> str:
    return f'[evaluations]\nlayout = "{layout}"\npath = "{path}"\n{more}'


CASES: Mapping[str, tuple[dict[str, Content], str, dict[str, float]]] = {
    "a square with rows that count and a seed": (
        {
            "m.csv": "metric;lang;seed;A;B\nf1;A;1;90%;30%\nf1;A;2;90%;50%\nf1;B;1;30%;80%\n"
            "loss;A;1;9%;9%\n"
        },
        of("square", "m.csv", '[evaluations.columns]\nseed = "seed"\n')
        + '[evaluations.where]\nmetric = "f1"\n',
        FULL,
    ),
    "a square whose rows have names of two columns": (
        {"m.csv": "lang,domain,A,B\nA,x,0.1,0.2\nB,x,0.3,0.4\n"},
        of("square", "m.csv", '[evaluations.columns]\nsources = "{lang}-{domain}"\n'),
        {"A-x→A": 0.1, "A-x→B": 0.2, "B-x→A": 0.3, "B-x→B": 0.4},
    ),
    "a square with the named index of pandas": (
        {"m.parquet": parquet(SQUARE)},
        of("square", "m.parquet"),
        FULL,
    ),
    "two squares one below the other": (
        {"m.csv": ",A,B\nA,0.9,0.4\n,A,B\nB,0.3,0.8\n"},
        of("square", "m.csv"),
        FULL,
    ),
    "columns called after targets with a slash": (
        {
            "w.csv": "train,eval/org/A/f1,eval/org/A/dev/f1,eval/B/f1\norg/A,0.9,0.1,0.4\n"
            "B,0.3,0.1,0.8\n"
        },
        of("wide", "w.csv", 'value = "eval/{target}/f1"\n')
        + '[evaluations.columns]\nsources = "train"\n',
        {"org/A→org/A": 0.9, "org/A→B": 0.4, "B→org/A": 0.3, "B→B": 0.8},
    ),
    "a score that is there once, in the first column": (
        {"w.csv": "eval/B,train,eval/A\n0.4,A,0.9\n,B,0.3\n,C,0.2\n"},
        of("wide", "w.csv", 'value = "eval/{target}"\n')
        + '[evaluations.columns]\nsources = "train"\n',
        {"A→A": 0.9, "A→B": 0.4, "B→A": 0.3, "C→A": 0.2},
    ),
    "thousands, by the decimal sign that the manifest tells": (
        {"s.csv": "sources;target;score;seed\nA;B;1.234;1,0\nA;B;1.236;2,0\n"},
        of("scores", "s.csv", '[evaluations.read]\ndecimal = ","\n'),
        {"A→B": 1235.0},
    ),
    "names with a decimal comma": (
        {"s.csv": "sources;target;score\n1,5;2,5;0,5\n2,5;1,5;0,25\n"},
        of("scores", "s.csv"),
        {"1,5→2,5": 0.5, "2,5→1,5": 0.25},
    ),
    "days as names, in Parquet": (
        {
            "d.parquet": parquet(
                pd.DataFrame({"sources": DAYS, "target": DAYS[::-1], "score": [0.5, 0.25]})
            )
        },
        of("scores", "d.parquet"),
        BY_DAY,
    ),
    "days as names, in a workbook": (
        {"d.xlsx": workbook(("sources", "target", "score"), (*DAYS, 0.5), (*DAYS[::-1], 0.25))},
        of("scores", "d.xlsx"),
        BY_DAY,
    ),
    "training sets of numbers in JSON lines": (
        {
            "r.jsonl": "\n".join(
                json.dumps({"sources": sources, "target": target, "score": score})
                for sources, target, score in (([1, 2], "1", 0.9), ([1], "2", 0.2), ([2], "1", 0.3))
            )
        },
        of("scores", "r.jsonl"),
        {"1+2→1": 0.9, "1→2": 0.2, "2→1": 0.3},
    ),
    "a line end of Unicode in JSON lines": (
        {"r.jsonl": '{"sources": "A\u2028", "target": "B", "score": 0.5}\n'},
        of("scores", "r.jsonl"),
        {"A→B": 0.5},
    ),
    "comments by a mark of theirs between rows": (
        {"s.csv": "% of May\nsources,target,score\nA,B,0.5\n% again, with more\nB,A,0.25\n% end\n"},
        of("scores", "s.csv", '[evaluations.read]\ncomment = "%"\n'),
        {"A→B": 0.5, "B→A": 0.25},
    ),
    "files of which one alone has seeds": (
        {
            "a.csv": "target,score,sources,seed\nB,0.5,A,1\nB,0.75,A,2\n",
            "b.csv": "sources,target,score\nB,A,0.25\n",
        },
        of("scores", "*.csv"),
        {"A→B": 0.625, "B→A": 0.25},
    ),
    "a glob with some letters": (
        {
            "s1.csv": "sources,target,score\nA,B,0.5\n",
            "s2.csv": "sources,target,score\nB,A,0.25\n",
            "s3.csv": "notes\n",
        },
        of("scores", "s[12].csv"),
        {"A→B": 0.5, "B→A": 0.25},
    ),
    "a file with brackets in its name": (
        {"s[1].csv": "sources,target,score\nA,B,0.5\n"},
        of("scores", "s[1].csv"),
        {"A→B": 0.5},
    ),
    "a reference on a target by another name": (
        {
            "s.csv": "sources,target,score\nrandom,A (in-dist),0.5\nrandom,B,0.2\n"
            "A,A (in-dist),0.9\nA,B,0.6\nC,B,0.4\n"
        },
        of("scores", "s.csv")
        + '[scale]\nzero = "source:random"\none = 1.0\n[tasks.A]\naliases = ["A (in-dist)"]\n',
        {"A→A": 0.8, "A→B": 0.5, "C→B": 0.25},
    ),
    "a reference by a number, on targets by numbers": (
        {"s.csv": "sources,target,score\n0.0,1.0,0.5\n0.0,2.0,0.2\n1.0,1.0,0.9\n1.0,2.0,0.6\n"},
        of("scores", "s.csv") + '[scale]\nzero = "source:0"\none = 1.0\n',
        {"1→1": 0.8, "1→2": 0.5},
    ),
    "a reference in another form of Unicode": (
        {"s.csv": "sources,target,score\nZufällig,B,0.2\nA,B,0.6\n"},
        of("scores", "s.csv") + '[scale]\nzero = "source:Zufa\u0308llig"\none = 1.0\n',
        {"A→B": 0.5},
    ),
    "a no-break space and a joiner in names": (
        {"s.csv": "sources,target,score\nA\u00a0b,\u0645\u06cc\u200c\u062e,0.5\n"},
        of("scores", "s.csv"),
        {"A\u00a0b→\u0645\u06cc\u200c\u062e": 0.5},
    ),
    "names of the manifest in another form of Unicode": (
        {"s.csv": "sources,target,é\nZürich,B,0.5\nB,Zürich,0.25\nWaldstätte,B,1\n"},
        of("scores", "s.csv", 'leave_out = ["Waldsta\u0308tte"]\n')
        + '[evaluations.columns]\nscore = "e\u0301"\n'
        + '[tasks."Zu\u0308rich"]\nlabel = "Z"\n[tasks.B]\nlabel = "B"\n',
        {"Zürich→B": 0.5, "B→Zürich": 0.25},
    ),
    "columns of any name in a template, nested in JSON": (
        {
            "s.json": json.dumps(
                [
                    {"run": {"train lang": a, "domain": "web"}, "target": f"{b}-web", "score": c}
                    for a, b, c in (("de", "fr", 0.5), ("fr", "de", 0.25))
                ]
            )
        },
        of("scores", "s.json")
        + '[evaluations.columns]\nsources = "{run.train lang}-{run.domain}"\n',
        {"de-web→fr-web": 0.5, "fr-web→de-web": 0.25},
    ),
    "a tree of packed files, of which some count": (
        {
            f"{target}-{source}-{split}.json.gz": packed(json.dumps({"f1": value}))
            for target, source, split, value in (
                ("A", "B", "ood", 0.5),
                ("B", "A", "ood", 0.25),
                ("B", "A", "id", 1.0),
            )
        },
        of("tree", "{target}-{sources}-{split}.json.gz", 'value = "f1"\n')
        + '[evaluations.where]\nsplit = "ood"\n',
        {"B→A": 0.5, "A→B": 0.25},
    ),
    "checkpoints called by words": (
        {
            "s.csv": "sources,target,score,checkpoint\nA,B,0.5,checkpoint-1000\n"
            "A,B,1,checkpoint-900\n"
        },
        of("scores", "s.csv"),
        {"A→B": 0.5},
    ),
    "scales of some tasks alone, each with its direction": (
        {"s.csv": "sources,target,score\nA,acc,0.6\nA,loss,2\nB,acc,0.9\nB,loss,8\n"},
        of("scores", "s.csv")
        + '[tasks.acc]\nmetric = "accuracy"\nzero = 0.5\none = 1\n'
        + '[tasks.loss]\nmetric = "error"\nzero = 4\none = 1\n',
        {"A→acc": 0.2, "B→acc": 0.8, "A→loss": 0.5, "B→loss": math.log(4 / 8) / math.log(4)},
    ),
}


@pytest.fixture
def written(tmp_path):
    """A function: files and a manifest in a folder of their own."""

    def write(files: Mapping[str, Content], manifest: str) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8")
            else:
                content(path)
        (tmp_path / "study.toml").write_text(manifest, encoding="utf-8")
        return tmp_path

    return write


@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_those_of_the_file(written, name):
    files, manifest, expected = CASES[name]
    found = inspect_study(written(files, manifest))
    # Only where sources look like targets and none is one that is said.
    alike = (
        ["no source is a target"] if name == "a square whose rows have names of two columns" else []
    )
    assert [problem.found.split(" (")[0] for problem in found.problems] == alike
    matrix = transfer_matrix(found.study, TransferQuery("scores"))
    cells = {
        f"{'+'.join(sources)}→{target}": float(matrix.values[i, j])
        for i, sources in enumerate(matrix.sources)
        for j, target in enumerate(matrix.targets)
        if not math.isnan(matrix.values[i, j])
    }
    assert cells == pytest.approx(expected)


ROWS = "sources,target,score\nA,B,0.5\nB,A,0.25\n"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[scale]\nbounds = [1, 0]\n", "scale.bounds: bounds = `[1, 0]`; write what is least"),
        ("[scale]\none = 1\n", "`one` without `zero`"),
        ("[tasks.A]\nzero = 0.1\n", "no `zero` for `B`, which other targets have"),
        ("[scale]\nzero = 0\n[tasks.A]\none = 1\n", "no `one` for `B`, which other targets have"),
    ],
)
def test_half_a_scale_is_said(written, more, said):
    problems = inspect_study(written({"s.csv": ROWS}, of("scores", "s.csv") + more)).problems
    assert [said in str(problem) for problem in problems] == [True]


def test_a_word_for_a_column_that_is_none_of_ours_is_said(written):
    more = '[evaluations.columns]\nsrc = "sources"\n'
    (problem,) = inspect_study(written({"s.csv": ROWS}, of("scores", "s.csv") + more)).problems
    assert "`src` is no word of ours for a column; did you mean `source`?" in str(problem)


def test_another_value_of_a_cell_in_another_file_is_said_with_that_file(written):
    files = {"a.csv": "sources,target,score\nA,B,0.5\n", "b.csv": "sources,target,score\nA,B,1\n"}
    (problem,) = inspect_study(written(files, of("scores", "*.csv"))).problems
    assert str(problem).startswith("b.csv, row 2: ")
    assert "1.0, a.csv, row 2 has 0.5" in str(problem)


@pytest.mark.parametrize(
    ("bounds", "warned"), [("", True), ("[scale]\nbounds = [0, 100]\n", False)]
)
def test_bounds_say_that_per_cents_beside_fractions_are_right(written, bounds, warned):
    rows = "sources,target,score,method\nA,B,0.5,m\nB,A,0.6,m\nA,B,55,n\nB,A,70,n\n"
    problems = inspect_study(written({"s.csv": rows}, of("scores", "s.csv") + bounds)).problems
    assert ["in per cent" in str(problem) for problem in problems] == [True] * warned
