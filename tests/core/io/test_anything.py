"""Whatever stands in the files, nothing is raised: only problems, each on one line."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.evaluations import Split
from core.io import fingerprint, inspect_study, open_study
from core.io.table_cells.cells import whole_number
from tests.properties import cases
from tests.studies import (
    EVALUATED,
    STEPS,
    TASKS,
    StudyFiles,
    results_of,
    write_study_files,
)

few = cases(25)

WORDS = [
    *EVALUATED, *TASKS, "", "run", "task", "split", "checkpoint", "value", "standard", "shifted",
    "nan", "inf", "1", "-1", "0.5", "1e999", "9000", "failed", "a+b", "+", "..", "/", "\\", "\0",
    '"', "\n", "\r", ";", "\u2028", "\ufeff", "é", "layout", "runs", "table", "scores", "metric",
    "error", "checkpoint-1", "eval_distance_metric_mean",
]  # fmt: skip

KEYS = [
    "title", "description", "tasks", "methods", "evaluations", "cka", "scale", "predictors",
    "layout", "path", "root", "shifted_prefix", "columns", "where", "read", "repeats", "ordered",
    "splits", "value", "distance", "crossing", "label", "metric", "unit", "color", "exclude",
    "covariates", "aliases", "predicted_from", "zero", "one", "bounds", "summary", "checkpoints",
    "representations", "default_layer", "layers", "delimiter", "encoding", "missing", '""', '"+"',
]  # fmt: skip

words = st.sampled_from(WORDS) | st.text(max_size=6)
cells = st.lists(st.lists(words, max_size=7).map(",".join), max_size=8).map("\n".join)
contents = st.binary(max_size=60) | cells.map(lambda text: text.encode("utf-8", "replace"))


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StudyFiles]:
    folder = tmp_path_factory.mktemp("anything")
    return {
        layout: write_study_files(
            folder / layout, layout, cka=layout != "scores", representations=layout == "table"
        )
        for layout in ("runs", "table", "scores")
    }


def check(study: StudyFiles) -> None:
    inspection = inspect_study(study.folder)
    for problem in inspection.problems:
        assert "\n" not in str(problem)
        assert str(problem).isprintable()
        for part in (problem.file, problem.found, problem.todo):
            assert part
            assert part.isprintable()
    assert len(set(inspection.problems)) == len(inspection.problems)
    assert (inspection.study is None) == any(p.is_error for p in inspection.problems)
    assert fingerprint(study.folder)


def with_content(study: StudyFiles, name: str, content: str | bytes) -> None:
    """Check the study with other content in one file, and put the old one back."""
    path = study.path(name)
    before = path.read_bytes()
    try:
        study.write(name, content)
        check(study)
    finally:
        path.write_bytes(before)


@few
@given(content=contents)
@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("table", "study.toml"),
        ("table", "runs.csv"),
        ("table", "evaluations.csv"),
        ("table", "cka_summary.csv"),
        ("table", "representations/items.csv"),
        ("runs", results_of("pt1", "distance")),
        ("scores", "scores.csv"),
    ],
)
def test_any_content(
    studies: dict[str, StudyFiles], layout: str, name: str, content: bytes
) -> None:
    with_content(studies[layout], name, content)


@few
@given(content=cells)
@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("table", "runs.csv"),
        ("table", "evaluations.csv"),
        ("table", "cka_checkpoints.csv"),
        ("scores", "scores.csv"),
    ],
)
def test_any_rows_below_a_header(
    studies: dict[str, StudyFiles], layout: str, name: str, content: str
) -> None:
    header = studies[layout].read(name).partition("\n")[0]
    text = f"{header}\n{content}"
    with_content(studies[layout], name, text.encode("utf-8", "surrogatepass"))


@few
@given(rows=st.lists(st.lists(words.filter(lambda w: "," not in w), min_size=5, max_size=5)))
def test_any_cells_in_their_columns(studies: dict[str, StudyFiles], rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    for layout, name, header in (
        ("table", "evaluations.csv", "run,task,split,checkpoint,value"),
        ("table", "runs.csv", "run,method,trained,base,seed"),
        ("table", "cka_checkpoints.csv", "exp1,exp2,layer,checkpoint,cka"),
        ("scores", "scores.csv", "sources,target,score,method,seed"),
    ):
        text = "\n".join([header, *quoted])
        with_content(studies[layout], name, text.encode("utf-8", "surrogatepass"))


scalars = st.none() | st.booleans() | st.integers() | st.floats() | words | st.just(10**400)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@few
@given(document=documents | st.dictionaries(words, documents, max_size=4))
def test_any_json(studies: dict[str, StudyFiles], document: Any) -> None:
    with_content(studies["runs"], results_of("pt1", "distance"), json.dumps(document))


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(k)} = {as_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, str):
        escaped = "".join(f"\\U{ord(c):08x}" for c in value)
        return f'"{escaped}"'
    return repr(value)


plain = st.characters(exclude_categories=["Cs"])
texts = st.sampled_from(WORDS) | st.text(plain, max_size=6)
values = st.booleans() | st.integers() | st.floats() | texts
keys = texts | st.sampled_from(
    ["title", "tasks", "methods", "evaluations", "cka", "label", "color", "predicted_from",
     "path", "root", "shifted_prefix", "summary", "default_layer", "representations",
     "covariates", "exclude", "model_config", "model_fields", "__init__", "[key]"]
)  # fmt: skip
sections = st.dictionaries(
    keys,
    values | st.dictionaries(keys, values | st.dictionaries(keys, values, max_size=3), max_size=3),
    max_size=3,
)


@few
@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "title": values,
            "tasks": sections,
            "methods": sections,
            "cka": sections | values,
            "predictors": sections | values,
            "evaluations": sections
            | st.fixed_dictionaries(
                {"layout": st.sampled_from(["runs", "table", "scores"])},
                optional={"path": values, "root": values, "shifted_prefix": values},
            ),
            "model_config": values,
        },
    )
)
@pytest.mark.parametrize("layout", ["runs", "table", "scores"])
def test_any_manifest(studies: dict[str, StudyFiles], layout: str, document: Any) -> None:
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in document.items())
    with_content(studies[layout], "study.toml", text)


@few
@given(content=st.binary(max_size=40), start=st.integers(0, 150))
def test_any_damage_to_an_array(studies: dict[str, StudyFiles], content: bytes, start: int) -> None:
    name = "representations/pt1-1/layer5/checkpoint-9000.npy"
    whole = studies["table"].path(name).read_bytes()
    with_content(studies["table"], name, whole[:start] + content + whole[start + len(content) :])


finite = st.floats(allow_nan=False, allow_infinity=False)


@few
@given(
    numbers=st.lists(
        finite,
        min_size=len(EVALUATED) * len(TASKS) * 2 * len(STEPS),
        max_size=len(EVALUATED) * len(TASKS) * 2 * len(STEPS),
    )
)
def test_the_layouts_agree(studies: dict[str, StudyFiles], numbers: list[float]) -> None:
    remaining = iter(numbers)
    rows = ["run,task,split,checkpoint,value"]
    for run in EVALUATED:
        for task in TASKS:
            for split in ("standard", "shifted"):
                values = {step: next(remaining) for step in STEPS}
                document = {
                    f"checkpoint-{s}": {f"eval_{task}_metric_mean": v} for s, v in values.items()
                }
                studies["runs"].write(results_of(run, task, split), json.dumps(document))
                rows += [f"{run},{task},{split},{s},{v!r}" for s, v in values.items()]
    studies["table"].write("evaluations.csv", "\n".join(rows))
    one = open_study(studies["runs"].folder).evaluations
    other = open_study(studies["table"].folder).evaluations
    for name in ("run", "task", "shifted", "checkpoint", "value"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    for split in Split:
        np.testing.assert_array_equal(one.grid(split).values, other.grid(split).values)


@few
@given(content=cells, end=st.sampled_from(["", "\n", "\r\n", "\n\n", "\n,,\n"]))
@example(content="split,\n,000\0,000\0", end="")
def test_quotes_do_not_change_what_is_read(
    studies: dict[str, StudyFiles], content: str, end: str
) -> None:
    # Files without any quote are split in another, faster way.
    rest = content.replace('"', "") + end
    found = []
    for header in ("sources,target,score", '"sources",target,score'):
        text = f"{header}\n{rest}".encode("utf-8", "replace")
        studies["scores"].write("scores.csv", text)
        inspection = inspect_study(studies["scores"].folder)
        found.append(inspection.problems)
    assert found[0] == found[1]


@given(number=st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_exact(number: int) -> None:
    assert whole_number(str(number)) == number
    assert whole_number(f"{number}.0") == number


@given(text=st.text(max_size=8) | st.floats().map(repr))
def test_whole_numbers_are_nothing_else(text: str) -> None:
    number = whole_number(text)
    assert number is None or number == float(text)


tables = st.recursive(
    st.one_of(
        st.sampled_from(["true", "nan", "-inf", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z"]),
        st.sampled_from(["0", "-1", "1e400", "0x" + "F" * 6000, "0b1", '""', "'''\n'''", "[0, 1]"]),
        words.map(lambda text: json.dumps(text, ensure_ascii=True).replace("\\u0000", "")),
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3).map(
            lambda found: "{" + ", ".join(f"{k} = {v}" for k, v in found.items()) + "}"
        )
    ),
    max_leaves=6,
)


@few
@given(
    document=st.dictionaries(st.sampled_from(KEYS), tables, max_size=6),
    layout=st.sampled_from(["runs", "table", "scores"]),
)
@example(document={"title": "0x" + "F" * 6000}, layout="table")
@example(document={"title": "[0x" + "F" * 6000 + "]"}, layout="table")
@example(document={"cka": "{default_layer = 0x" + "F" * 6000 + "}"}, layout="table")
def test_everything_toml_allows_in_a_manifest(studies, document, layout):
    """Alone, and in front of a manifest that is sound."""
    lines = "".join(f"{key} = {value}\n" for key, value in document.items())
    study = studies[layout]
    sound = study.read("study.toml").partition("\n")[2]  # without its title
    with_content(study, "study.toml", lines)
    with_content(study, "study.toml", lines + sound)


def test_no_reader_of_the_manifest_leaves_it_to_the_boundary(studies):
    """A number nobody can print is named at its key."""
    study = studies["table"]
    before = study.read("study.toml")
    try:
        study.write("study.toml", "title = [0x" + "F" * 6000 + "]\n" + before.partition("\n")[2])
        (problem,) = inspect_study(study.folder).problems
    finally:
        study.write("study.toml", before)
    assert str(problem) == (
        "study.toml, title: title = a number of too many digits; write a text in quotes"
    )
