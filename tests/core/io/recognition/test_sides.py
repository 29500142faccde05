"""A column that is the same in every row says nothing of what was trained or tested."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from core.cli import cli
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


def test_rows_of_logs_that_name_no_target_are_told_with_what_counts_the_others(tmp_path):
    path = tmp_path / "log.jsonl"
    rows = [{"event": "start", "source": "a"}, {"event": "train", "source": "a", "acc": 0.1}]
    rows += [{"event": "eval", "source": s, "target": t, "acc": 0.5} for s in "ab" for t in "ab"]
    path.write_text("\n".join(map(json.dumps, rows)))
    done = CliRunner().invoke(cli, ["init", str(path)])
    assert str(done.exception) == (
        "log.jsonl: 2 of 6 rows name no target in target; the others all have event = eval:"
        " --where event=eval counts these alone"
    )
    assert CliRunner().invoke(cli, ["init", str(path), "--where", "event=eval"]).exit_code == 0


def test_rows_that_name_no_source_alone_are_not_said_to_be_left_out(tmp_path):
    path = tmp_path / "scores.csv"
    rows = ["kind,source,target,acc", "base,,a,0.3", "base,,b,0.2"]
    rows += [f"ft,{source},{target},0.5" for source in "ab" for target in "ab"]
    path.write_text("\n".join(rows))
    done = CliRunner().invoke(cli, ["init", str(path)])
    assert "sources: no task; write what it was trained on" in str(done.exception)
    assert 'zero = "source:none"' in str(done.exception)


def test_two_measures_in_a_cell_are_told(tmp_path):
    path = tmp_path / "glue.csv"
    path.write_text("Intermediate,CoLA (Mcc),MRPC (F1/Acc),RTE\nNone,56.3,88.6/84.1,67.2\n")
    done = CliRunner().invoke(cli, ["init", str(path)])
    assert str(done.exception) == (
        "glue.csv, row 2: MRPC (F1/Acc) is 88.6/84.1, two numbers; keep one of the two, or give"
        " each a column of its own"
    )


def test_columns_with_measures_behind_their_names_are_read_as_targets_where_asked(tmp_path):
    path = tmp_path / "glue.csv"
    path.write_text("Intermediate,CoLA (Mcc),RTE (Acc),QNLI\nNone,56.3,67.2,91.1\nRTE,1,2,3\n")
    done = CliRunner().invoke(cli, ["init", str(path)])
    assert str(done.exception).endswith(
        "name it with --map target=COLUMN, or, where columns are what was tested on, say --map"
        " 'score={target}'"
    )
    asked = ["--map", "score={target}", "--metric", "accuracy", "--json"]
    done = CliRunner().invoke(cli, ["init", str(path), *asked])
    assert json.loads(done.stdout)["targets"] == ["CoLA (Mcc)", "RTE (Acc)", "QNLI"]
