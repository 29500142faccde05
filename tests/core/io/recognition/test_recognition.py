"""Files looked at without a manifest: `init` and opening a file as it is."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from core.cli import cli
from core.errors import RequestError
from core.evaluations import Split
from core.io import inspect_study, open_study, study_files
from core.io.dialects.packing import TABLES
from core.io.recognition import direction_of, folder_tables, recognize
from core.io.recognition.both_sides import SAID_OF_ROWS
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery

REAL = Path(__file__).parents[3] / "cases" / "real"


def init(path, *options):
    done = CliRunner().invoke(cli, ["init", str(path), *options], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_words_for_nothing_are_told_whatever_form_it_is(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("sources,seed,A,B\nA,0,0.9,x\nA,1,0.8,x\nB,0,x,0.8\n")
    said = init(path, "--zero", "0", "--metric", "accuracy")
    assert "x stands for no number" in said
    study = open_study(tmp_path)
    assert np.isnan(study.evaluations.grid(Split.SHIFTED).values).sum() == 3


@pytest.fixture
def real(tmp_path):
    def copied(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        return Path(shutil.copy(REAL / f"{name}.csv", folder))

    return copied


def same_as(folder: Path, method: str, frame: pd.DataFrame, *, scale: float = 1.0) -> None:
    """A method's matrix is the frame's, rows sources and columns targets."""
    matrix = transfer_matrix(open_study(folder), TransferQuery(method))
    rows = ["+".join(sources) for sources in matrix.sources]
    assert set(rows) == set(frame.index)
    expected = frame.reindex(index=rows, columns=list(matrix.targets))
    np.testing.assert_allclose(matrix.values, expected.to_numpy(dtype=float) * scale)


@pytest.mark.parametrize("name", ["mbert", "audiofm_cka", "ldnd"])
def test_a_square_table_as_it_was_published(real, name):
    path = real(name)
    report = json.loads(init(path, "--yes", "--json"))
    assert report["form"] == "square"
    assert report["assumed"] == [
        # The corner of one says it: train_lang.
        *([] if name == "mbert" else [SAID_OF_ROWS]),
        "higher is better: nothing tells, and --yes was given",
    ]
    asked = [text for text in report["unknown"] if text.startswith("whether this is transfer")]
    assert len(asked) == (name != "mbert")
    frame = pd.read_csv(path, index_col=0)
    same_as(path.parent, "scores", frame)


@pytest.mark.parametrize(
    ("name", "source", "target", "score", "method", "better"),
    [
        ("agent", "src", "dst", "macro_f1", "convention", "higher"),
        ("fake", "train_on", "test_on", "macro_f1", "condition", "higher"),
        ("fire", "train_region", "test_region", "mean_reward", None, "higher"),
        ("xpos", "lang_train", "lang_pred", "score", None, "higher"),
    ],
)
def test_a_long_table_as_it_was_published(real, name, source, target, score, method, better):
    path = real(name)
    report = json.loads(init(path, "--json"))
    assert (report["form"], report["better"]) == ("scores", better)
    frame = pd.read_csv(path)
    frame[target] = frame[target].str.replace(r" \(in-dist\)$", "", regex=True)
    parts = frame.groupby(method) if method else [("scores", frame)]
    for one, part in parts:
        same_as(path.parent, one, part.pivot(index=source, columns=target, values=score))


def test_a_wide_table_as_it_was_published(real):
    path = real("raw_metrics")
    report = json.loads(init(path, "--metric", "score", "--json"))
    assert report["form"] == "wide"
    assert report["seeds"] == [0, 1, 2, 3]
    frame = pd.read_csv(path, comment="#").drop(columns="seed").groupby("model").mean()
    frame = frame[[column for column in frame if column.endswith("_ood")]]
    frame = frame.rename(columns=lambda name: name.removesuffix("_ood"))
    same_as(path.parent, "scores", frame)
    assert any("looks like a model without transfer" in text for text in report["warnings"])


def test_baselines_as_rows_give_a_zero(real):
    path = real("fire")
    init(path, "--zero", "source:random_saudi")
    text = (path.parent / "study.toml").read_text()
    assert 'zero = "source:random_saudi"' in text
    assert "random_saudi" not in {task.name for task in open_study(path.parent).tasks}


def test_conditions_are_filtered_by(real):
    path = real("agent")
    init(path, "--where", "convention=test_split")
    study = open_study(path.parent)
    assert [method.name for method in study.tested_methods] == ["scores"]
    assert len(study.evaluations) == (pd.read_csv(path).convention == "test_split").sum()


def test_a_direction_that_nothing_tells_is_an_error_unless_yes(real):
    path = real("mbert")
    with pytest.raises(RequestError, match="nothing tells whether higher is better"):
        init(path)
    assert not (path.parent / "study.toml").exists()
    assert "lower is better" in init(path, "--metric", "error")


def test_nothing_is_overwritten_unless_it_was_asked_for(real):
    path = real("mbert")
    init(path, "--yes")
    with pytest.raises(RequestError, match="--force"):
        init(path, "--yes")
    init(path, "--yes", "--force")


def test_a_study_may_be_written_above_its_file(real, tmp_path):
    path = real("mbert")
    init(path, "--yes", "--out", str(tmp_path))
    assert 'path = "mbert/mbert.csv"' in (tmp_path / "study.toml").read_text()
    with pytest.raises(RequestError, match="files of its own folder"):
        init(path, "--yes", "--out", str(tmp_path / "elsewhere"))


@pytest.mark.parametrize(
    ("column", "metric"),
    [
        ("macro_f1", "accuracy"),
        ("Test Accuracy", "accuracy"),
        ("val_loss", "error"),
        ("RMSE", "error"),
        ("mean_reward", "score"),
        ("accuracy drop", "error"),
        ("acc_gap", "error"),
        ("error reduction", "score"),
        ("-RMSE", "score"),
        ("negative log likelihood", "error"),
        ("log-likelihood", "score"),
        ("false positive rate", "error"),
        ("steps to threshold", "error"),
        ("R^2", "score"),
        ("exact match", "accuracy"),
        ("top-1", "accuracy"),
        ("1 - AUC", "error"),
        ("100-acc", "error"),
        ("1-WER", "score"),
        ("inverse error", "score"),
        ("1/loss", "score"),
        ("test loss (neg.)", "score"),
        ("loss_negated", "score"),
        ("inv_ppl", "score"),
        ("inverse_perplexity", "score"),
        ("error (negative examples)", "error"),
        ("Brier skill score", "score"),
        ("interval score", "error"),
        ("KL divergence", "error"),
        ("MedR", "error"),
        ("AER", "error"),
        ("value", None),
        ("mapping", None),
        ("DROP", None),
        ("gap", None),
    ],
)
def test_a_columns_name_tells_the_direction(column, metric):
    assert direction_of(column) == metric


@pytest.mark.parametrize("name", ["mbert", "fake", "raw_metrics"])
def test_a_file_opens_as_it_is_and_nothing_is_written(real, name):
    path = real(name)
    before = sorted(path.parent.iterdir())
    found = inspect_study(path)
    assert found.study is not None
    assert found.study.title == name
    assert found.recognized
    assert sorted(path.parent.iterdir()) == before
    assert study_files(path) == (path,)
    path.write_text(path.read_text().replace("0.9", "0.8"))
    assert inspect_study(path).study.digest != found.study.digest


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "nothing in it"),
        (b"a\n1\n2\n", "one column"),
        (b"src,dst,score\n", "a header and no row"),
        (b"a,b,c\nx,y,z\nx,y,w\n", "no column for sources"),
        (b"src,dst,score\na,b,1,2\na,b\n", "4 values where the header has 3"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a PNG picture"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "with a password"),
        (b"PK\x03\x04" + b"\0" * 50, "not an Excel workbook"),
        (b"src,dst,score\na,b,high\n", "score is high, not a number"),
        (b"%PDF-1.4", "a PDF document"),
        (b"src,dst\xff,score\na,b,1\n", "not UTF-8"),
    ],
)
def test_what_is_no_table_is_one_clear_sentence(tmp_path, content, sentence):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=sentence):
        recognize(path)
    (problem,) = inspect_study(path).problems
    assert sentence in str(problem)


def test_a_thousand_columns_of_no_use_are_one_sentence(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{i}" for i in range(1_000)) + "\n" + ",".join("x" * 1_000) + "\n")
    (problem,) = inspect_study(path).problems
    assert len(str(problem)) < 400


def test_a_folder_of_tables_alike_is_one_study(tmp_path):
    for seed in (1, 2):
        text = f"src_lang,tgt_lang,f1,seed\nA,B,0.{seed},{seed}\nB,A,0.{seed + 2},{seed}\n"
        (tmp_path / f"s{seed}.csv").write_text(text)
    init(tmp_path)
    study = open_study(tmp_path)
    assert study.seeds_of("scores") == (1, 2)
    assert study.evaluations.source(0) == "s1.csv, row 2"


@pytest.mark.parametrize("ending", TABLES)
def test_a_folder_is_looked_through_for_every_kind_of_table(tmp_path, ending):
    table = pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"], "f1": [0.5, 0.25]})
    path = tmp_path / f"results{ending}"
    if ending in (".parquet", ".pq"):
        table.to_parquet(path)
    elif ending == ".xlsx":
        table.to_excel(path, index=False)
    elif "json" in ending:
        table.to_json(path, orient="records", lines=ending != ".json")
    else:
        table.to_csv(path, index=False, sep="\t" if ending == ".tsv" else ",")
    init(tmp_path)
    assert len(open_study(tmp_path).evaluations.value) == 2


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--map", "color=src", "words are"),
        ("--map", "sources=nowhere", "columns are"),
        ("--where", "src=nobody", "no such row"),
        ("--where", "nowhere=1", "columns are"),
        ("--zero", "low", "write a number"),
        ("--one", "high", 'or "diagonal"'),
    ],
)
def test_options_that_make_no_sense(real, option, value, sentence):
    with pytest.raises(RequestError, match=sentence):
        init(real("agent"), option, value)


ACROSS = (
    "trained,seed,steps,eval/de/acc,eval/zh_hans/acc,eval/de/loss,eval/zh_hans/loss\n"
    "de,1,10,0.5,0.25,2,3\nzh_hans,1,10,0.3,0.75,2,3\nde+zh_hans,1,10,0.6,0.7,1,1\n"
)


def test_a_row_a_training_set_with_a_column_a_target(tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text(ACROSS)
    report = json.loads(init(path, "--map", "sources=trained", "--json"))
    assert report["form"] == "wide"
    assert report["targets"] == ["de", "zh_hans"]
    assert report["sources"] == ["de", "zh_hans", "de+zh_hans"]
    assert report["metric"] == "accuracy"
    assert "eval/{target}/loss is left aside" in report["assumed"]
    told = ("--map", "sources=trained", "--map", "score=eval/{target}/loss", "--force", "--json")
    assert json.loads(init(path, *told))["better"] == "lower"
    with pytest.raises(RequestError, match="columns of numbers are"):
        init(path, "--map", "sources=trained", "--map", "score={target}_f1", "--force")


def test_a_number_is_written_as_toml_has_numbers(real):
    path = real("mbert")
    assert recognize(path, zero=".5", one="1_0").zero == "0.5"
    with pytest.raises(RequestError, match="--zero nan: write a number"):
        recognize(path, zero="nan")


def test_columns_called_after_methods_with_another_sign(tmp_path):
    path = tmp_path / "w.csv"
    path.write_text("train,mb::A,mb::B,xl::A,xl::B\nA,0.9,0.4,0.8,0.1\nB,0.3,0.8,0.2,0.7\n")
    assert recognize(path).value == "{method}::{target}"


def test_matrices_of_a_folder_in_another_order_of_columns_are_alike(tmp_path):
    (tmp_path / "m_s1.csv").write_text("train,A,B\nA,0.9,0.4\nB,0.3,0.8\n")
    (tmp_path / "m_s2.csv").write_text("src,B,A\nB,0.6,0.1\nA,0.2,0.7\n")
    assert recognize(tmp_path, metric="score").path == "m_s{seed}.csv"


def test_of_tables_of_a_folder_only_the_beginning_tells_the_header(tmp_path, monkeypatch):
    rows = "".join(f"a,b,{i / 7:.9f}\n" for i in range(5_000))
    for method in ("fresh", "frozen", "full"):
        (tmp_path / f"{method}.csv").write_text(f"source,target,accuracy\n{rows}")
    looked = []
    real = folder_tables.read_raw
    monkeypatch.setattr(
        folder_tables, "read_raw", lambda name, data: looked.append(len(data)) or real(name, data)
    )
    place, pattern = folder_tables.one_of_folder(tmp_path)
    assert (place.name, pattern) == ("fresh.csv", "{method}.csv")
    assert len(looked) == 3 < len(rows) / max(looked) + 2
    # Cut inside a field of several lines, a table is read as a whole.
    long = '"' + "said\n" * 20_000 + '"'
    (tmp_path / "full.csv").write_text(f"source,target,accuracy,note\na,b,0.5,{long}\n")
    with pytest.raises(RequestError, match="not alike"):
        folder_tables.one_of_folder(tmp_path)
    assert looked[-1] > len(long)


@pytest.mark.parametrize("note", ["# lr 0.1, batch 32, of {}\n", "# of {}\n", "\n"])
def test_more_notes_than_the_beginning_holds_are_no_header(tmp_path, note):
    for method in ("fresh", "frozen"):
        notes = note.format(method) * (folder_tables.ENOUGH_FOR_A_HEADER // len(note) + 100)
        (tmp_path / f"{method}.csv").write_text(
            f"{notes}source,target,accuracy\na,b,0.5\nb,a,0.25\n"
        )
        header = folder_tables.header_of(tmp_path / f"{method}.csv")
        assert header == ("source", "target", "accuracy")
    assert folder_tables.one_of_folder(tmp_path)[1] == "{method}.csv"
