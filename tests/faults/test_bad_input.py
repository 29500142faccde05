"""A study with something wrong in it says so, or gives the numbers its files give by hand.

That nothing is raised, whatever stands in a file, is in tests/core/io/test_anything.py; that
any query is a view of the study, in tests/dashboard/state/test_view.py.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import logging
import math
import random
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.analyses.query import TransferQuery
from core.io import inspect_study
from core.study import Study
from core.transfer.build import transfer_matrix
from core.transfer.matrix import MatrixKind, TransferMatrix
from core.transfer.normalization import Scale
from dashboard.app import create_app
from dashboard.server.settings import Settings
from dashboard.state.view import clean_query, parse_view, query_of
from tests.faults.plain import Plain
from tests.properties import cases
from tests.studies import StudyFiles, write_study_files

MANIFEST = """\
title = "Three"
[tasks.a]
metric = "error"
[tasks.b]
metric = "accuracy"
[tasks.c]
metric = "error"
[methods.single]
label = "S"
[methods.double]
label = "D"
predicted_from = "single"
[evaluations]
"""
LAYOUTS = {
    "table": 'layout = "table"\npath = "evaluations.csv"\n',
    "runs": 'layout = "runs"\nroot = "experiments"\nshifted_prefix = "atlantis_"\n',
}
TASKS = ("a", "b", "c")
RUNS, EVALUATIONS = "runs.csv", "evaluations.csv"


def write_three(folder: Path, layout: str) -> StudyFiles:
    """Three tasks, two seeds, one and two tasks trained on; no problem in it."""
    draw = random.Random(0)
    files = StudyFiles(folder)
    files.write("study.toml", MANIFEST + LAYOUTS[layout])
    runs = [["run", "method", "trained", "base", "seed", "status"]]
    for seed in (1, 2):
        runs.append([f"base{seed}", "pretrain", "a+b+c", "", str(seed), ""])
        for n, task in enumerate(TASKS):
            runs.append([f"s{n}-{seed}", "single", task, f"base{seed}", str(seed), ""])
        for n, pair in enumerate(itertools.combinations(TASKS, 2)):
            runs.append([f"d{n}-{seed}", "double", "+".join(pair), f"base{seed}", str(seed), ""])
    files.write(RUNS, as_csv(runs))
    rows = [["run", "task", "split", "checkpoint", "value"]]
    for run, task, split in itertools.product(
        [row[0] for row in runs[1:]], TASKS, ("standard", "shifted")
    ):
        metric = "accuracy" if task == "b" else "error"
        low, high = (0.7, 0.9) if (metric == "accuracy") == (split == "standard") else (0.1, 0.3)
        values = {step: round(draw.uniform(low, high), 4) for step in (10, 20)}
        if not run.startswith("base"):
            values = {20: round(draw.uniform(0.1, 0.9), 4)}
        rows += [[run, task, split, str(step), repr(v)] for step, v in values.items()]
        if layout == "runs":
            name = ("atlantis_" if split == "shifted" else "") + task
            files.write(
                f"experiments/{run}/evals/{name}/eval_data/evaluation_results.json",
                json.dumps(
                    {f"checkpoint-{s}": {f"eval_{task}_metric_mean": v} for s, v in values.items()}
                ),
            )
    if layout == "table":
        files.write(EVALUATIONS, as_csv(rows))
    return files


def as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.fixture(scope="module", params=LAYOUTS)
def three(request, tmp_path_factory) -> StudyFiles:
    return write_three(tmp_path_factory.mktemp("three") / "study", request.param)


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> StudyFiles:
    return write_three(tmp_path_factory.mktemp("table") / "study", "table")


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> StudyFiles:
    return write_three(tmp_path_factory.mktemp("tree") / "study", "runs")


def check(files: StudyFiles) -> bool:
    """Errors, or the same numbers twice; True where there were numbers."""
    inspection = inspect_study(files.folder)
    if inspection.study is None:
        assert any(problem.is_error for problem in inspection.problems)
        return False
    study, plain = inspection.study, Plain(files.folder)
    assert [m.name for m in study.tested_methods] == [
        m.name for m in study.methods if m.name in plain.methods()
    ]
    for method in plain.methods():
        for scale in Scale:
            strict = scale is Scale.STRICT
            actual = plain.actual(method, strict=strict)
            compare(study, method, MatrixKind.ACTUAL, scale, actual)
            if plain.predicted_from(method) in plain.methods():
                predicted = plain.predicted(method, strict=strict)
                compare(study, method, "predicted", scale, predicted)
                difference = {cell: actual[cell] - value for cell, value in predicted.items()}
                compare(study, method, MatrixKind.DIFFERENCE, scale, difference)
    return True


def compare(study: Study, method: str, kind: MatrixKind, scale: Scale, expected: dict) -> None:
    matrix = transfer_matrix(study, TransferQuery(method, kind=kind, scale=scale))
    found = cells_of(matrix)
    for cell, number in found.items():
        wanted = expected.get(cell, math.nan)
        same = math.isnan(number) and math.isnan(wanted)
        assert same or math.isclose(number, wanted, rel_tol=1e-9, abs_tol=1e-9), (
            method, kind, scale, cell, number, wanted,
        )  # fmt: skip
    assert set(expected) <= set(found), "cells are left out"
    for row, column in np.ndindex(matrix.values.shape):
        seeds = [v for v in matrix.per_seed[:, row, column].tolist() if math.isfinite(v)]
        mean = sum(seeds) / len(seeds) if seeds else math.nan
        assert matrix.values[row, column] == pytest.approx(mean, rel=1e-9, abs=1e-9, nan_ok=True)


def cells_of(matrix: TransferMatrix) -> dict[tuple[int, tuple[str, ...], str], float]:
    return {
        (seed, sources, target): float(matrix.per_seed[i, j, k])
        for i, seed in enumerate(matrix.seeds)
        for j, sources in enumerate(matrix.sources)
        for k, target in enumerate(matrix.targets)
    }


def test_the_two_ways_agree_where_nothing_is_wrong(three):
    assert check(three)
    assert not inspect_study(three.folder).problems


numbers = st.sampled_from(
    ["0", "-0.5", "0.25", "0.5", "1", "1e-3", "1e3", "5e-324", "1e308", "-1e308", "1.5", " 0.5",
     "+1", ".5", "5.", "1E2", "0x1", "1_0", "1,5", "٣", "nan", "NaN", "inf", "-Infinity", "1e999",
     "", "-", "true", "10", "20", "30", "10.0", "2", "1", "2.5"]
)  # fmt: skip
names = st.sampled_from(
    ["a", "b", "c", "a+b", "b+a", "a+b+c", "a+a", "+", "A", " a", "base1", "base2", "s0-1", "s1-2",
     "d0-1", "d2-2", "pretrain", "single", "double", "failed", "standard", "shifted", "nowhere", ""]
)  # fmt: skip
texts = st.one_of(numbers, names, st.text(max_size=4))
edits = st.tuples(
    st.sampled_from(["cell", "cell", "cell", "cell", "drop", "repeat", "swap", "move"]),
    st.integers(0, 200),
    st.integers(0, 200),
    texts,
)


def edited(rows: list[list[str]], edit: tuple[str, int, int, str]) -> None:
    """One edit in a table; the header is a row like any other."""
    what, one, other, text = edit
    if not rows:
        return
    at, to = one % len(rows), other % len(rows)
    if what == "cell" and rows[at]:
        rows[at][other % len(rows[at])] = text
    elif what == "drop":
        del rows[at]
    elif what == "repeat":
        rows.insert(to, list(rows[at]))
    elif what == "swap":
        rows[at], rows[to] = rows[to], rows[at]
    else:
        rows.append(rows.pop(at))


@cases(80)
@given(name=st.sampled_from([RUNS, EVALUATIONS]), changes=st.lists(edits, min_size=1, max_size=3))
@example(name=RUNS, changes=[("cell", 3, 3, "base2")])
@example(name=RUNS, changes=[("cell", 1, 5, "failed")])
@example(name=EVALUATIONS, changes=[("cell", 2, 4, "nan")])
def test_tables(table, name, changes):
    before = table.read(name)
    rows = list(csv.reader(io.StringIO(before)))
    for change in changes:
        edited(rows, change)
    table.write(name, as_csv(rows).encode("utf-8", "surrogatepass"))
    try:
        check(table)
    finally:
        table.write(name, before)


lines = st.one_of(
    st.sampled_from(
        ['metric = "accuracy"', 'metric = "error"', 'metric = "eror"', "metric = 1", "[tasks.d]",
         "[tasks.a]", '[methods."double"]', 'predicted_from = "single"',
         'predicted_from = "double"', 'predicted_from = "none"',
         'label = "X"', 'label = ""', 'exclude = "why"', 'unit = "km"',
         'layout = "scores"', 'layout = "runs"', 'path = "runs.csv"', 'path = "../x"', "x = 1", "[",
         'color = "#123456"', "[tasks.a.covariates]", "difficulty = nan", "# nothing", "", "\x00",
         'root = "/"', 'shifted_prefix = ""', "[cka]", "default_layer = 5"]
    ),
    st.text(max_size=8),
)  # fmt: skip
line_edits = st.tuples(
    st.sampled_from(["set", "insert", "drop", "swap"]),
    st.integers(0, 20),
    st.integers(0, 20),
    lines,
)


@cases(60)
@given(changes=st.lists(line_edits, min_size=1, max_size=3))
@example(changes=[("set", 2, 0, 'metric = "accuracy"')])
@example(changes=[("drop", 11, 0, "")])
@example(changes=[("drop", 12, 0, ""), ("set", 16, 0, "[cka]")])
@example(changes=[("set", 0, 0, "[cka]"), ("set", 12, 0, 'metric = "accuracy"')])
@example(changes=[("drop", 8, 0, ""), ("drop", 8, 0, "")])
def test_manifests(three, changes):
    before = three.read("study.toml")
    text = before.splitlines()
    for what, one, other, line in changes:
        at, to = one % len(text), other % len(text)
        if what == "set":
            text[at] = line
        elif what == "insert":
            text.insert(at, line)
        elif what == "drop" and len(text) > 1:
            del text[at]
        else:
            text[at], text[to] = text[to], text[at]
    three.write("study.toml", "\n".join(text).encode("utf-8", "surrogatepass"))
    try:
        check(three)
    finally:
        three.write("study.toml", before)


values = st.one_of(
    st.floats(),
    st.integers(-(10**400), 10**400),
    st.none(),
    st.booleans(),
    texts,
    st.just([0.5]),
    st.just({}),
)
keys = st.sampled_from(
    ["checkpoint-10", "checkpoint-20", "checkpoint-030", "checkpoint-30", "checkpoint-1e2",
     "checkpoint--1", "checkpoint-", "checkpoint-9" + "9" * 20, "checkpoint-٣", "", "eval"]
)  # fmt: skip
entries = st.one_of(
    values,
    st.fixed_dictionaries({}, optional={f"eval_{t}_metric_mean": values for t in TASKS}),
)


@cases(60)
@given(
    run=st.sampled_from(["base1", "base2", "s0-1", "s1-2", "d0-1"]),
    task=st.sampled_from(TASKS),
    split=st.sampled_from(["", "atlantis_"]),
    changes=st.dictionaries(keys, entries, max_size=2),
    cut=st.none() | st.integers(0, 60),
)
def test_trees(tree, run, task, split, changes, cut):
    name = f"experiments/{run}/evals/{split}{task}/eval_data/evaluation_results.json"
    before = tree.read(name)
    document = json.loads(before) | changes
    tree.write(name, json.dumps(document)[:cut].encode("utf-8", "surrogatepass"))
    try:
        check(tree)
    finally:
        tree.write(name, before)


# -- addresses -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("addresses")
    study = write_study_files(folder / "study", cka=True, representations=True)
    has_given_scores = write_study_files(folder / "scored", "scores")
    broken = write_study_files(folder / "broken")
    broken.remove("runs.csv")
    studies = (study.folder, has_given_scores.folder, broken.folder)
    return create_app(Settings(studies=studies, cache_dir=folder / "cache"))


KEYS = [
    "study", "tab", "method", "seeds", "scale", "at", "layer", "cka_at", "measure", "size",
    "exclude", "include", "not_source", "not_target", "order", "prediction", "against", "split",
    "threshold", "signs", "style", "select", "predictor", "predictor_layer",
]  # fmt: skip
VALUES = [
    "addresses", "study", "scored", "broken", "overview", "transfer", "compare", "predictors",
    "similarity", "balance", "network", "pairs", "teachers", "representations", "ftwb1", "ftwb2",
    "scores", "all",
    "none", "42", "42,42", "0", "strict", "published", "last", "9000", "5", "4", "cka", "debiased",
    "procrustes", "1", "2", "distance", "crossing", "distance+crossing", "net", "cluster",
    "cross-fitted", "auto", "0.1", "-1", "nan", "1e999", "paper", "bare", "../..", "<img src=x>",
    "%00", "", "=1+1",
]  # fmt: skip
queries = st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=4),
    st.lists(st.sampled_from(VALUES) | st.text(max_size=6), max_size=3),
    max_size=7,
)
addresses = st.one_of(
    queries,
    # As somebody types it, or as a mail program cuts it.
    st.text(alphabet="&=%+,;?#abctdismo0249", max_size=40).map(parse_qs),
)


def post(app, output: str, store: str, data: object, headers: dict[str, str] | None = None):
    parts = [name.rpartition(".") for name in output.strip(".").split("...")]
    outputs = [{"id": name, "property": prop} for name, _, prop in parts]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [{"id": store, "property": "data", "value": data}],
        "state": [{**one, "value": None} for one in app.callback_map[output]["state"]],
        "changedPropIds": [f"{store}.data"],
    }
    client = app.server.test_client()
    return client.post("/_dash-update-component", json=body, headers=headers, buffered=True)


def fed(app) -> dict[str, str]:
    """Output of each callback that a store tells what to show -> that store."""
    return {
        output: found["inputs"][0]["id"]
        for output, found in app.callback_map.items()
        if len(found["inputs"]) == 1  # what waits for a click as well is shown in its own tests
        and found["inputs"][0]["id"].startswith("figure-input-")
        and "callback" in found
    }


@cases(50)
@given(query=addresses, choice=st.integers(0, 1000))
def test_addresses(app, query, choice):
    """Whatever is asked is answered, and shows what the address it is corrected to shows."""
    callbacks = fed(app)
    output = sorted(callbacks)[choice % len(callbacks)]
    store = callbacks[output]
    failures: list[str] = []
    watch = logging.Handler()
    watch.emit = lambda record: failures.append(record.getMessage())  # type: ignore[method-assign]
    watch.setLevel(logging.ERROR)
    logging.getLogger().addHandler(watch)
    try:
        arranged = post(
            app,
            next(name for name in app.callback_map if "page-state.data" in name),
            "state",
            {"query": query, "from": "address"},
        )
        shown = post(app, output, store, {"query": query, "mode": "light"})
        assert arranged.status_code == 200
        assert shown.status_code in (200, 204)
        asked = app.server.config["APP_CONTEXT"].resolve(clean_query(query))
        if asked.view is None:
            assert shown.status_code == 204
        else:
            again = parse_view(query_of(asked.view), asked.entry.study)
            assert again == (asked.view, ())
            canonical = query_of(asked.view) | {"study": [asked.entry.slug]}
            same = post(app, output, store, {"query": canonical, "mode": "light"})
            assert same.get_json() == shown.get_json()
    finally:
        logging.getLogger().removeHandler(watch)
    assert not failures
