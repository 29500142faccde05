"""A column that is the same in every row says nothing of what was trained or tested."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from core.io.recognition import recognize

LANGUAGES = ("de", "fr", "it")


def sides(tmp_path, header, rows):
    """The columns of sources and targets, and what was assumed."""
    path = tmp_path / "results.csv"
    lines = [",".join(header), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = recognize(path)
    columns = {word: word for word in ("sources", "target") if word in header} | found.columns
    return columns.get("sources"), columns.get("target"), found


def pairs(*before):
    """A row a pair of languages, with `before` in each."""
    return [
        (*before, a, b, (i + 2 * j) / 10)
        for i, a in enumerate(LANGUAGES)
        for j, b in enumerate(LANGUAGES)
    ]


@pytest.mark.parametrize(
    "constant", ["model", "run", "name", "exp", "dataset", "split", "checkpoint", "task"]
)
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("src_lang", "lang"), ("src_lang", "lang")),
        (("source", "lang"), ("source", "lang")),
        (("lang", "test_lang"), ("lang", "test_lang")),
        (("lang", "target"), ("lang", "target")),
    ],
)
def test_a_constant_column_is_no_side_where_another_holds_the_names(
    tmp_path, constant, names, expected
):
    source, target, found = sides(tmp_path, (constant, *names, "acc"), pairs("bert"))
    assert (source, target) == expected
    told = "trained on" if names[0] == "lang" else "tested on"
    assert f"lang is what was {told}: it holds the names of" in " ".join(found.assumed)


@pytest.mark.parametrize("constant", ["model", "training", "name", "exp", "dataset", "split"])
@pytest.mark.parametrize("column", ["{}", "eval/{}/acc"])
def test_a_constant_column_is_no_training_set_of_a_wide_table(tmp_path, constant, column):
    header = (constant, "lang", *map(column.format, LANGUAGES))
    rows = [("x", name, 0.1, 0.2, 0.3) for name in LANGUAGES]
    source, _, found = sides(tmp_path, header, rows)
    assert (source, found.value) == ("lang", column.format("{target}"))


def test_a_constant_run_is_not_what_tells_rows_of_splits_apart(tmp_path):
    header = ("model", "lang", "de_id", "de_ood", "fr_id", "fr_ood")
    rows = [("bert", name, 0.1, 0.2, 0.3, 0.4) for name in ("de", "fr")]
    assert sides(tmp_path, header, rows)[0] == "lang"
    header = ("model", "run", *header[2:])
    rows = [("bert", name, 0.1, 0.2, 0.3, 0.4) for name in ("a", "b")]
    assert sides(tmp_path, header, rows)[0] == "run"
    rows = [("bert", "a", 0.1, 0.2, 0.3, 0.4)] * 2
    assert sides(tmp_path, header, rows)[0] == "model"


@pytest.mark.parametrize("target", ["task", "test_lang", "dataset"])
def test_one_model_in_every_row_is_not_what_was_trained_on(tmp_path, target):
    rows = [("bert", name, 0.5) for name in LANGUAGES]
    with pytest.raises(RequestError) as refused:
        sides(tmp_path, ("model", target, "acc"), rows)
    assert str(refused.value) == (
        f"results.csv: no column for sources among model, {target}, acc (model is bert in every"
        " row, which does not say what was trained); name it with --map sources=COLUMN"
    )


def test_one_source_that_is_called_so_or_is_a_task_is_one(tmp_path):
    rows = [("de", name, 0.5) for name in LANGUAGES]
    for source in ("source", "src_lang", "model"):
        assert sides(tmp_path, (source, "test_lang", "acc"), rows)[:2] == (source, "test_lang")
    for target in ("target", "dataset"):
        rows = [(name, "xnli", 0.5) for name in LANGUAGES]
        assert sides(tmp_path, ("source", target, "acc"), rows)[:2] == ("source", target)


def test_several_models_are_methods_where_another_column_holds_the_names(tmp_path):
    rows = pairs("mbert") + pairs("xlmr")
    source, target, found = sides(tmp_path, ("model", "lang", "target", "acc"), rows)
    assert (source, target, found.columns["method"]) == ("lang", "target", "model")
    rows = [(model, name, 0.5) for model in ("de-bert", "fr-bert") for name in LANGUAGES]
    source, target, _ = sides(tmp_path, ("model", "task", "acc"), rows)
    assert (source, target) == ("model", "task")
