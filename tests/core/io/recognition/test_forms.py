"""Files of people who do this job, small: each is read by `init` as pandas would be told to."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner

from core.cli import cli
from core.errors import RequestError
from core.io import inspect_study, open_study
from core.io.recognition.both_sides import SAID_OF_OUTER
from core.io.recognition.column_words import direction_of_file
from core.io.recognition.numbered_columns import numbered_columns
from core.transfer.build import transfer_matrix
from core.transfer.query import TransferQuery

PLAIN = {("A", "A"): 0.9, ("A", "B"): 0.4, ("B", "A"): 0.3, ("B", "B"): 0.8}
"""What each of the files holds, as means over seeds where there are some."""


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_folder(folder, *options):
    return read(folder, *options, home=folder)


def read(path, *options, home=None):
    """The report of `init`, and the values of each method: {method: {(source, target): value}}."""
    done = CliRunner().invoke(cli, ["init", str(path), *options, "--json"], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    study = open_study(home or path.parent)
    found = {}
    for method in study.tested_methods:
        matrix = transfer_matrix(study, TransferQuery(method.name))
        found[method.name] = {
            ("+".join(sources), target): round(float(value), 12)
            for sources, row in zip(matrix.sources, matrix.values, strict=True)
            for target, value in zip(matrix.targets, row, strict=True)
            if value == value
        }
    return json.loads(done.output), found


def rows(template, values=PLAIN):
    return "".join(template.format(s=s, t=t, v=v) + "\n" for (s, t), v in values.items())


def two_seeds(template):
    """The same means from two seeds, 0.05 below and above."""
    return "".join(
        template.format(s=s, t=t, low=round(v - 0.05, 3), high=round(v + 0.05, 3)) + "\n"
        for (s, t), v in PLAIN.items()
    )


@pytest.mark.parametrize(
    "text",
    [
        "pair,accuracy\n" + rows("{s}->{t},{v}"),
        "transfer,f1\n" + rows("{s} → {t},{v}"),
        "name,acc\n" + rows("{s}_to_{t},{v}") + "average,0.6\n",
        "run,acc\n" + rows("{s}2{t},{v}"),
        "name,acc\n" + rows("{s}-{t},{v}"),
        "pair,source,target,acc\n" + rows("{s}->{t},{s},{t},{v}"),
        "Train DB,Test DB,Metric,Value\n" + rows("{s},{t},AUC,{v}"),
        "model,Tasks,acc\n" + rows("{s},{t},{v}"),
        "src,tgt,rmse,pearson_r\n" + rows("{s},{t},7,{v}"),
        "source,target,acc_mean,acc_std,acc_count\n" + rows("{s},{t},{v},0.1,3"),
        "source,target,acc\n"
        + rows("{s},{t},{v}").replace("A,A", "A,self").replace("B,B", "B,self"),
        "source,target,acc\n" + rows("{s},{t},{v}") + "A,macro average,0.5\n",
        "AUROC,A,B\nA,0.9,0.4\nB,0.3,0.8\n",
        "number,params_source,params_target,state,metrics/acc\n" + rows("7,{s},{t},COMPLETE,{v}"),
        "Name,source,target,_step,eval/acc,eval/loss\n" + rows("r,{s},{t},10,{v},7"),
        "source,target,metric,value\nA,B,loss,9\n" + rows("{s},{t},acc,{v}"),
        "exp,acc\n" + rows("train_{s}_test_{t},{v}"),
        "exp,acc\n" + rows('"source={s}, target={t}",{v}'),
        "pair,acc\n" + rows("\"('{s}', '{t}')\",{v}"),
        ",acc\n" + rows("{s}-to-{t},{v}"),
        "pretrained,finetuned,acc\n" + rows("{s},{t},{v}"),
        "transfer_from,transfer_to,acc\n" + rows("{s},{t},{v}"),
        "Quellaufgabe;Zielaufgabe;F-Score\n" + rows("{s};{t};{v}"),
        "source,target,acc_step_100,acc_step_1000\n" + rows("{s},{t},0.1,{v}"),
        "source,target,mean_test_score,split0_test_score,split1_test_score,rank_test_score\n"
        + two_seeds("{s},{t},0.5,{low},{high},1"),
        "source,target,acc.0,acc.1\n" + two_seeds("{s},{t},{low},{high}"),
        "pair,acc_seed1,acc_seed2\n" + two_seeds("{s}->{t},{low},{high}"),
        "sources,A_acc_seed0,A_acc_seed1,B_acc_seed0,B_acc_seed1\n"
        "A,0.85,0.95,0.35,0.45\nB,0.25,0.35,0.75,0.85\n",
    ],
)
def test_a_file_whose_columns_say_it(tmp_path, text):
    report, found = read(written(tmp_path / "r.csv", text))
    assert list(found.values()) == [PLAIN]
    assert report["better"] == "higher"


@pytest.mark.parametrize(
    "text",
    [
        "source,target,seed_0,seed_1,mean,std\n" + two_seeds("{s},{t},{low},{high},0.5,0.1"),
        "source,target,42,43\n" + two_seeds("{s},{t},{low},{high}"),
        "pair,fold 1,fold 2\n" + two_seeds("{s} -> {t},{low},{high}"),
        "source,target,epoch1,epoch10\n" + rows("{s},{t},0.1,{v}"),
    ],
)
def test_a_column_a_seed_or_a_checkpoint(tmp_path, text):
    _, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    assert list(found.values()) == [PLAIN]


def test_several_methods_across(tmp_path):
    text = "source,x/A,x/B,y/A,y/B\nA,0.9,0.4,1,1\nB,0.3,0.8,1,1\n"
    _, found = read(written(tmp_path / "m.csv", text), "--metric", "accuracy")
    assert found == {"x": PLAIN, "y": dict.fromkeys(PLAIN, 1.0)}


def test_a_leaderboard_with_ranks(tmp_path):
    text = "Rank,Model,Params (M),STS12,NFCorpus,Avg\n1,e5,110,0.5,0.6,0.55\n2,gte,9,0.4,0.3,0.35\n"
    _, found = read(written(tmp_path / "m.csv", text), "--metric", "accuracy")
    expected = {("e5", "STS12"): 0.5, ("e5", "NFCorpus"): 0.6}
    expected |= {("gte", "STS12"): 0.4, ("gte", "NFCorpus"): 0.3}
    assert found == {"scores": expected}


def test_a_baseline_is_asked_about(tmp_path):
    path = written(tmp_path / "m.csv", "source,A,B\nA,0.9,0.4\nB,0.3,0.8\nscratch,0.1,0.2\n")
    report, _ = read(path, "--metric", "accuracy")
    question = "whether scratch is what no transfer reaches: --zero source:scratch"
    assert report["unknown"] == [question]


@pytest.mark.parametrize(
    "text",
    [
        "metric,train,A,B\nloss,A,9,9\nacc,A,0.9,0.4\nacc,B,0.3,0.8\nloss,B,9,9\n",
        "src,trg,met,value\n" + rows("{s},{t},mse,9") + rows("{s},{t},r2,{v}"),
        "src,trg,split,r2\n" + rows("{s},{t},0,{v}") + rows("{s},{t},1,{v}"),
        "tâche source;tâche cible;précision\n" + rows("{s};{t};{v}"),
        "ソース,ターゲット,精度\n" + rows("{s},{t},{v}"),
        "model_id,dataset,acc\n" + rows("{s},{t},{v}"),
        "source,target,method,seed,acc\n" + rows("{s},{t},,,{v}"),
        "Accuracy,A,B\nafter A,0.9,0.4\nafter B,0.3,0.8\n",
    ],
)
def test_metrics_splits_and_words_of_other_languages(tmp_path, text):
    report, found = read(written(tmp_path / "r.csv", text))
    assert list(found.values()) == [PLAIN]
    assert (report["better"], len(found)) == ("higher", 1)


def test_rows_that_differ_in_a_text_are_methods_across_targets_too(tmp_path):
    text = "lang,net,A,B\nA,x,0.9,0.4\nB,x,0.3,0.8\nA,y,1,1\nB,y,1,1\n"
    _, found = read(written(tmp_path / "r.csv", text), "--map", "sources=lang", "--yes")
    assert found == {"x": PLAIN, "y": dict.fromkeys(PLAIN, 1.0)}


def test_losses_that_were_trained_with_are_methods(tmp_path):
    text = "source,target,objective,acc\n" + rows("{s},{t},mse,{v}") + rows("{s},{t},mae,1")
    _, found = read(written(tmp_path / "r.csv", text))
    assert found == {"mse": PLAIN, "mae": dict.fromkeys(PLAIN, 1.0)}


def test_a_list_of_numbers_is_one_of_each_seed(tmp_path):
    records = [{"src": s, "tgt": t, "acc": [v - 0.25, v + 0.25]} for (s, t), v in PLAIN.items()]
    report, found = read(written(tmp_path / "r.json", json.dumps(records)))
    assert (report["seeds"], found) == ([0, 1], {"scores": PLAIN})


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("wer_matrix.csv", "error"),
        ("test-accuracy.csv", "accuracy"),
        ("scores.csv", None),
        ("accuracy_loss.csv", None),
        ("r.csv", None),
    ],
)
def test_the_name_of_a_file_tells_where_nothing_else_does(name, metric):
    assert direction_of_file(name) == metric


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A,B,C\n1,2,3\n1,2,3\n1,2,3\n", "a matrix without names of rows"),
        ("source,A,A,B\ntarget,A,B,A\nacc,0.9,0.4,0.3\n", "a table on its side: its rows are"),
    ],
)
def test_what_lacks_names_or_lies_on_its_side_is_said(tmp_path, text, sentence):
    with pytest.raises(RequestError, match=sentence):
        read(written(tmp_path / "r.csv", text), "--yes")


def test_years_are_names_and_shares_are_none(tmp_path):
    text = "train_year,test_year,acc\n" + "".join(
        f"{2020 + (s == 'B')},{2020 + (t == 'B')},{v}\n" for (s, t), v in PLAIN.items()
    )
    _, found = read(written(tmp_path / "r.csv", text))
    assert found["scores"]["2020", "2021"] == 0.4
    text = "model,dataset,train,test\nx,A,0.9,0.4\ny,A,0.8,0.3\n"
    with pytest.raises(RequestError, match=r"several columns may be the score \(train, test\)"):
        read(written(tmp_path / "s.csv", text), "--force")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("source,A,B\nA,92,40\nB,50,88\n", "50"),
        ("source,A,B\nA,0.92,0.4\nB,0.5,0.88\n", "0.5"),
        ("source,A,B\nA,92%,40%\nB,50%,88%\n", "0.5"),  # read as shares
        ("source,A,B\nA,1200,900\nB,-50,300\n", "6e+02"),
        ("source,target,acc\nA,A,92\nA,B,40\nB,A,50\n", "50"),
        ("model,seed,acc/A,acc/B\nA,1000,92,40\nB,2000,50,88\n", "50"),
        ("model,steps,acc/A,acc/B\nA,1000,0.92,0.4\nB,2000,0.5,0.88\n", "0.5"),
    ],
)
def test_the_hint_for_zero_is_in_the_unit_of_the_values(tmp_path, text, hint):
    read(written(tmp_path / "r.csv", text), "--metric", "score")
    manifest = tmp_path / "study.toml"
    assert f"\n# zero = {hint}  # what no transfer reaches" in manifest.read_text()
    assert "logarithms" not in manifest.read_text()
    manifest.write_text(manifest.read_text().replace("# zero", "zero"))
    assert not open_study(tmp_path).warnings
    # Intermediate tasks that are tested on others.
    table = "sources,target,score\nmnli,rte,0.7\nmnli,cola,0.5\nqqp,rte,0.6\nqqp,cola,0.4\n"
    assert not open_study(written(tmp_path / "others.csv", table)).warnings


def test_errors_are_said_to_be_normalized_by_logarithms(tmp_path):
    path = written(tmp_path / "wer.csv", "source,A,B\nA,12,40\nB,50,8\n")

    def said(*options):
        done = CliRunner().invoke(cli, ["init", str(path), *options], catch_exceptions=False)
        return done.output

    assert "lower is better, as given; with zero and one normalized by logarithms" in said()
    assert (
        "# with zero and one, errors are normalized by log" in (tmp_path / "study.toml").read_text()
    )
    gain = said("--zero", "60", "--force")
    assert "lower is better, a gain over zero; with one normalized by logarithms" in gain
    assert "lower is better, by logarithms" in said("--zero", "60", "--one", "5", "--force")
    reading = inspect_study(tmp_path).reading
    assert reading.fact("Scale") == "zero = 60, one = 5, by logarithms"


ONCE_MORE = "source,target,acc\nA,A,0.9\nA,B,0.4\nB,A,0.3\nB,B,0.8\nA,B,0.2\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ONCE_MORE, r"1 of 4 given .* not look like seeds: A → B \(rows 3 and 6\); keep one"),
        (
            "src,seed,acc/A,acc/B\nA,1,0.9,0.4\nB,1,0.3,0.8\nC,1,0.3,0.8\nA,1,0.9,0.5\n",
            r"1 of 3 given .*: A → 1 \(rows 2 and 5\); keep one of the rows, or say --repeats mean",
        ),
    ],
)
def test_a_repeated_row_is_a_conflict_and_no_seed(tmp_path, text, sentence):
    path = written(tmp_path / "r.csv", text)
    with pytest.raises(RequestError, match=sentence):
        read(path)
    assert not (tmp_path / "study.toml").exists()


@pytest.mark.parametrize(("repeats", "seeds"), [("mean", [0]), ("seeds", [1, 2])])
def test_what_a_repeated_row_is_can_be_said(tmp_path, repeats, seeds):
    report, found = read(written(tmp_path / "r.csv", ONCE_MORE), "--repeats", repeats)
    assert (report["seeds"], found["scores"]["A", "B"]) == (seeds, 0.3)
    assert not report["assumed"]


def test_repeats_are_seeds_where_nearly_every_cell_is_and_nothing_where_equal(tmp_path):
    report, found = read(written(tmp_path / "r.csv", ONCE_MORE.replace("0.2", "0.4")))
    assert (report["seeds"], report["assumed"], found) == ([0], [], {"scores": PLAIN})
    cells = [f"S{i},T{j},0.{i}{j}" for i in range(1, 6) for j in range(1, 6)]
    text = "source,target,acc\n" + "\n".join([*cells, *(f"{c}9" for c in cells[1:])]) + "\n"
    report, _ = read(written(tmp_path / "r.csv", text), "--force")
    assert report["seeds"] == [1, 2]


def test_what_is_no_number_is_counted_as_no_score(tmp_path):
    told = ("--metric", "score", "--map", "score=x")
    path = written(tmp_path / "r.csv", "source,target,x\nA,A,0.9\nA,B,\nB,A,n/a\nB,B,0.8\n")
    done = CliRunner().invoke(cli, ["init", str(path), *told], catch_exceptions=False)
    assert "\n2 scores (2 empty), 2 sources, 2 targets," in done.output
    assert "; higher is better, as given\n" in done.output
    report, _ = read(path, *told, "--force")
    assert (report["rows"], report["scores"]) == (4, 2)


@pytest.mark.parametrize(
    "name", ["no intermediate task", "w/o transfer", "none (direct)", "base model", "vanilla"]
)
def test_baselines_under_other_names_are_asked_about(tmp_path, name):
    path = written(tmp_path / "m.csv", f"source,A,B\nA,0.9,0.4\nB,0.3,0.8\n{name},0.1,0.2\n")
    report, _ = read(path, "--metric", "accuracy")
    assert report["unknown"] == [
        f"whether {name} is what no transfer reaches: --zero source:{name}"
    ]


def test_norwegian_is_no_baseline_and_a_row_in_domain_no_diagonal(tmp_path):
    text = "source,A,B\nA,0.9,0.4\nB,0.3,0.8\nno,0.1,0.2\nin-domain,0.7,0.6\n"
    report, found = read(written(tmp_path / "m.csv", text), "--metric", "accuracy")
    assert not report["unknown"]
    assert found["scores"]["in-domain", "A"] == 0.7


def test_names_that_differ_in_case_across_sides_are_one(tmp_path):
    report, found = read(written(tmp_path / "m.csv", ",A,B\na,0.9,0.4\nb,0.3,0.8\n"), "--yes")
    assert {"A is a", "B is b"} <= {*report["assumed"]}
    assert found == {"scores": {(s.lower(), t.lower()): v for (s, t), v in PLAIN.items()}}


@pytest.mark.parametrize(
    "text",
    ["source,target,acc\n" + rows("{s},{t},{v}") + "A+B,A,0.7\n", ",A,B\nA,.9,.4\nB,.3,.8\n"],
)
def test_a_name_with_the_sign_that_joins_names(tmp_path, text):
    path = written(tmp_path / "r.csv", text.replace("B", "C++"))
    _, found = read(path, "--metric", "accuracy")
    study = open_study(tmp_path)
    assert {task.label for task in study.tasks} == {"A", "C++"}
    wide = next(task.name for task in study.tasks if task.label == "C++")
    expected = {(s.replace("B", wide), t.replace("B", wide)): v for (s, t), v in PLAIN.items()}
    expected |= {(f"{wide}+A", "A"): 0.7} if text.startswith("source") else {}
    assert found == {"scores": expected}
    manifest = (tmp_path / "study.toml").read_text()
    (tmp_path / "study.toml").write_text(manifest.partition("[tasks.")[0])
    problems = "".join(map(str, inspect_study(tmp_path).problems))
    assert 'or call it otherwise: aliases = ["C++"] under [tasks."' in problems


def test_what_is_no_number_in_a_matrix_is_said(tmp_path):
    for cell, todo in (
        ("(0.9)", "brackets are a minus"),
        ("0.9x4", "write the number"),
        ("a1", "write numbers alone"),
    ):
        with pytest.raises(
            RequestError, match=rf"row 2: A is {re.escape(cell)}, not a number; {todo}"
        ):
            read(written(tmp_path / "m.csv", f",A,B\nA,{cell},0.4\nB,0.3,0.8\n"), "--yes")


def test_numbers_under_no_word_that_are_nearly_read_say_what_to_write(tmp_path):
    rows = "A,A,(0.1)\nA,B,0.4\nB,A,0.2\nB,B,(0.3)\n"
    with pytest.raises(RequestError, match=r"row 2: delta is \(0.1\); .*write -0.1 or 0.1"):
        read(written(tmp_path / "r.csv", f"source,target,delta\n{rows}"), "--yes")


def test_a_source_without_a_name_is_said(tmp_path):
    text = LONG + ",A,0.1\n,B,0.2\n"
    with pytest.raises(RequestError, match="sources: no task; write what it was trained on, or"):
        read(written(tmp_path / "r.csv", text))


def test_which_level_of_json_is_the_source_is_assumed(tmp_path):
    path = written(tmp_path / "r.json", json.dumps(NESTED))
    report, _ = read(path, "--yes")
    assert SAID_OF_OUTER in report["assumed"]
    _, turned = read(path, "--yes", "--force", "--map", "sources=target", "--map", "target=sources")
    assert turned == {"scores": {(t, s): v for (s, t), v in PLAIN.items()}}


def test_pairs_by_a_template_of_somebody(tmp_path):
    path = written(tmp_path / "r.csv", "exp,acc\nA=>B (x),0.4\nB=>A (x),0.3\n")
    _, found = read(path, "--map", "{sources}=>{target} (x)=exp")
    assert found == {"scores": {("A", "B"): 0.4, ("B", "A"): 0.3}}
    with pytest.raises(RequestError, match="not all of exp fits"):
        read(path, "--map", "{sources}~{target}=exp", "--force")


@pytest.mark.parametrize(
    "text",
    [
        "name,acc\na-b-c,0.1\nb-c-a,0.2\n",
        "day,acc\n2024-05,0.1\n2024-06,0.2\n",
        "exp,acc\nA->B,0.1\nno pair,0.2\n",
    ],
)
def test_what_may_be_no_pair_is_asked(tmp_path, text):
    with pytest.raises(RequestError, match="no column for sources"):
        read(written(tmp_path / "r.csv", text))


def test_numbers_in_names_are_no_seeds():
    for names in (
        ["rouge1", "rouge2"],
        ["top1", "top5"],
        ["task_1", "task_2"],
        ["layer0", "layer1"],
    ):
        assert numbered_columns(names) is None


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def as_bytes(write):
    """The long table as `write(frame, file)` writes it."""
    frame = pd.DataFrame(
        [(s, t, v) for (s, t), v in PLAIN.items()], columns=("source", "target", "acc")
    )
    out = io.BytesIO()
    write(frame, out)
    return out.getvalue()


def stream(frame, out):
    table = pa.Table.from_pandas(frame)
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)


def nested(frame, out):
    frame.assign(metrics=[{"acc": v} for v in frame.pop("acc")]).to_parquet(out)


LONG = "source,target,acc\n" + rows("{s},{t},{v}")
NESTED = {"A": {"A": 0.9, "B": 0.4}, "B": {"A": 0.3, "B": 0.8}}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.zip", zipped({"out/r.csv": LONG, "README.md": "hi", "__MACOSX/._r.csv": "x"})),
        ("r.csv.zip", zipped({"r.csv": LONG})),
        ("m.csv", ";A;B\nA;0,9;0,4\nB;0,3;0,8\n"),
        ("m.csv", "Accuracy, May 2024\n\n,A,B\nA,0.9,0.4\nB,0.3,0.8\n"),
        ("m.txt", '"A" "B"\n"A" 0.9 0.4\n"B" 0.3 0.8\n'),
        ("r.txt", '"source" "target" "acc"\n' + rows('"1" "{s}" "{t}" {v}')),
        ("m.csv", ",A,B\nA,0.9↑,0.4\nB,0.3,$0.8_{\\pm 0.1}$\n"),
        ("m.csv", ",,A,B\n,A,0.9,0.4\n,B,0.3,0.8\n"),
        ("g.csv", ",,acc,acc\n,,mean,std\nsource,target,,\n" + rows("{s},{t},{v},0.1")),
        ("r.json", json.dumps({"config": {"lr": 1}, "results": NESTED})),
        ("r.json", json.dumps({f"{s}->{t}": v for (s, t), v in PLAIN.items()})),
        ("r.csv", "'source','target','acc'\n" + rows("'{s}','{t}',{v}")),
        ("r.csv", "source,target,acc\n" + rows("`{s}`,`{t}`,{v}")),
        ("r.csv", "# made by x\n# source,target,acc\n" + rows("{s},{t},{v}")),
        ("m.csv", "#,A,B\nA,0.9,0.4\nB,0.3,0.8\n"),
        ("r.csv", LONG + "\nTotal rows: 4\n* p < 0.05\n"),
        ("r.csv", "source,target,acc\nA,A,0.9\n,B,0.4\nB,A,0.3\n,B,0.8\n"),
        ("r.csv", "source,target,acc\n" + rows("{s},{t},{v} pts")),
        (
            "r.txt",
            "┏━━┳━━┳━━┓\n┃ source ┃ target ┃ acc ┃\n┡━━╇━━╇━━┩\n" + rows("│ {s} │ {t} │ {v} │"),
        ),
        (
            "r.txt",
            "shape: (4, 3)\n┌──┐\n│ source ┆ target ┆ acc │\n│ --- ┆ --- ┆ --- │\n"
            "│ str ┆ str ┆ f64 │\n" + rows("│ {s} ┆ {t} ┆ {v} │"),
        ),
        (
            "r.txt",
            " source | target | acc \n---+---+---\n" + rows(" {s} | {t} | {v}") + "(4 rows)\n",
        ),
        ("m.rst", "== === ===\n   A   B\n== === ===\nA  0.9 0.4\nB  0.3 0.8\n== === ===\n"),
        ("r.feather", as_bytes(pd.DataFrame.to_feather)),
        ("r.arrow", as_bytes(stream)),
        ("r.parquet", as_bytes(nested)),
        ("m.csv", ",test_A,test_B\ntrain_A,0.9,0.4\ntrain_B,0.3,0.8\n"),
        ("m.csv", ",from A,from B\nto A,0.9,0.3\nto B,0.4,0.8\n"),
        ("m.csv", "task,A,B\ntrained on A,0.9,0.4\ntrained on B,0.3,0.8\nMean,0.6,0.6\n"),
        ("m.csv", ",A,B,n\nA,0.9,0.4,1000\nB,0.3,0.8,2000\n"),
        ("r.csv", "source,target,acc\n" + rows("train_{s},test_{t},{v}")),
        ("r.json", json.dumps({f"train_{s}": r for s, r in NESTED.items()})),
        ("r.json", json.dumps({f"('{s}', '{t}')": v for (s, t), v in PLAIN.items()})),
        ("r.json", json.dumps({f"{s}|{t}": v for (s, t), v in PLAIN.items()})),
        ("r.json", json.dumps([["from", "to", "acc"], *([*at, v] for at, v in PLAIN.items())])),
        ("m.csv", "Train↓ Test→,A,B\nA,0.9,0.4\nB,0.3,0.8\n"),
        ("m.csv", "Tested on,A,B\nA,0.9,0.3\nB,0.4,0.8\n"),
        ("w.csv", "test,train_A,train_B\nA,0.9,0.3\nB,0.4,0.8\n"),
        ("r.csv", LONG.replace("acc", "split,acc").replace(",0.", ",test,0.") + "A,B,train,1\n"),
        ("r.txt", "source target  acc\n" + rows("    {s}      {t} {v:.3f}")),
        ("m.md", "| | [A](x) | **B** |\n|---|---|---|\n| **A** | 0.9 | 0.4 |\n| B | 0.3 | 0.8 |\n"),
        ("r.json", json.dumps({"accuracy": NESTED})),
        (
            "r.json",
            json.dumps(
                {
                    str(i): {"source": s, "target": t, "acc": v}
                    for i, ((s, t), v) in enumerate(PLAIN.items())
                }
            ),
        ),
    ],
)
def test_a_file_in_another_dress(tmp_path, name, content):
    _, found = read(written(tmp_path / name, content), "--metric", "accuracy")
    assert list(found.values()) == [PLAIN]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("r.zip", zipped({"a.csv": LONG, "b.csv": LONG}), "an archive with a.csv, b.csv"),
        ("r.zip", zipped({"notes.md": "x"}), "an archive without a table"),
        ("r.npz", zipped({"m.npy": "x"}), "without names of tasks"),
        (
            "m.md",
            "| a | b |\n|---|---|\n| x | 1 |\n\n| a | b |\n|---|---|\n| y | 2 |\n",
            "2 Markdown",
        ),
        ("m.csv", ",A,A ,B\nA,1,2,3\nB,1,2,3\n", "two columns A; keep one"),
        ("r.feather", b"ARROW1\0\0", "not an Arrow file"),
        ("r.feather", b"FEA1abc", "a Feather file of version 1"),
        ("r.yaml", "A:\n  B: 1\n", "a YAML file, not a table; write it as CSV"),
        ("r.txt", "{'A': {'B': 0.4}}", "a Python dictionary"),
        ("r.csv", LONG + "A", "1 values where the header has 3"),
        ("r.pkl", b"\x80\x04\x95abc", "a Python pickle"),
    ],
)
def test_what_is_no_table_is_called_what_it_is(tmp_path, name, content, sentence):
    with pytest.raises(RequestError, match=sentence):
        read(written(tmp_path / name, content), "--yes")


@pytest.mark.parametrize(
    ("names", "path"),
    [
        (["acc_seed1.csv", "acc_seed12.csv"], "acc_seed{seed}.csv"),
        (["mbert.csv", "xlmr.csv"], "{method}.csv"),
        (["ft_a_s1.csv", "ft_b_s1.csv"], "{method}_s{seed}.csv"),
    ],
)
def test_files_alike_are_told_apart_by_their_names(tmp_path, names, path):
    for i, name in enumerate(names):
        written(tmp_path / name, f"source,A,B\nA,0.{i},0.4\nB,0.3,0.8\n")
    written(tmp_path / "README.txt", "what these are\n")
    done = CliRunner().invoke(cli, ["init", str(tmp_path), "--metric", "accuracy"])
    assert done.exit_code == 0
    assert f'path = "{path}"' in (tmp_path / "study.toml").read_text()
    study = open_study(tmp_path)
    assert len(study.tested_methods) * len({run.seed for run in study.runs}) == 2


def write_tree(folder: Path, place: str) -> None:
    """A file of results for each value; place: where, with {s} and {t} for source and target."""
    for (s, t), v in PLAIN.items():
        file = folder / place.format(s=s, t=t)
        file.parent.mkdir(parents=True, exist_ok=True)
        written(file, json.dumps({"epoch": 3, "eval_loss": 9, "eval_accuracy": v}))


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("{s}/{t}/eval_results.json", "{sources}/{target}/eval_results.json"),
        ("out/test_{t}/train_{s}/m.json", "out/test_{target}/train_{sources}/m.json"),
    ],
)
def test_a_tree_with_a_file_for_each_value(tmp_path, place, path):
    write_tree(tmp_path, place)
    report, found = read_folder(tmp_path)
    assert found == {"scores": PLAIN}
    assert f'path = "{path}"' in (tmp_path / "study.toml").read_text()
    assert (report["better"], report["assumed"]) == (
        "higher",
        ["eval_loss is left aside: --map score=eval_loss"],
    )


@pytest.mark.parametrize(
    "place",
    [
        "{s}-{t}.json",
        "{s}__{t}.json",
        "out/{s}_to_{t}.json",
        "{s}2{t}/eval_results.json",
        "train_{s}_eval_{t}/eval_results.json",
        "multirun/source={s},target={t}/m.json",
    ],
)
def test_a_tree_whose_names_are_pairs(tmp_path, place):
    write_tree(tmp_path, place)
    report, found = read_folder(tmp_path)
    assert found == {"scores": PLAIN}
    assert report["form"] == "tree"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("{s}.json", json.dumps),
        ("org__{s}/r.json", lambda row: json.dumps({"results": {t: {"acc": row[t]} for t in row}})),
        ("{s}.csv", lambda row: "task,acc\n" + "".join(f"{t},{v}\n" for t, v in row.items())),
        ("{s}/r.csv", lambda row: "task,acc\n" + "".join(f"{t},{v}\n" for t, v in row.items())),
        ("train_{s}.csv", lambda row: "task,acc\n" + "".join(f"{t},{v}\n" for t, v in row.items())),
    ],
)
def test_a_file_called_after_what_was_trained_on(tmp_path, place, text):
    for s, row in NESTED.items():
        file = tmp_path / place.format(s=s)
        file.parent.mkdir(exist_ok=True)
        written(file, text(row))
    done = CliRunner().invoke(cli, ["init", str(tmp_path), "--metric", "accuracy"])
    assert done.exit_code == 0, done.output
    matrix = transfer_matrix(open_study(tmp_path), TransferQuery("scores"))
    assert dict(zip(matrix.sources, matrix.values.tolist(), strict=True)) == {
        ("A",): [0.9, 0.4],
        ("B",): [0.3, 0.8],
    }


def test_files_that_are_tables_of_their_own_stay_so(tmp_path):
    for seed in (1, 2):
        written(tmp_path / f"run{seed}.json", json.dumps(NESTED))
    _, found = read(tmp_path, "--metric", "accuracy", home=tmp_path)
    assert found == {"scores": PLAIN}


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("0/m.json", "0/.hydra", "runs of Hydra, whose folders do not say"),
        ("A/trainer_state.json", "", "histories of a Trainer; give its eval_results.json"),
    ],
)
def test_a_tree_that_does_not_say_its_sources(tmp_path, name, more, sentence):
    for other in (name, name.translate(str.maketrans("0A", "1B"))):
        (tmp_path / other).parent.mkdir()
        written(tmp_path / other, '{"acc": 0.5, "log_history": []}' if more else '{"epoch": 3}')
    if more:
        (tmp_path / more).mkdir()
    with pytest.raises(RequestError, match=sentence):
        read_folder(tmp_path)


def test_a_tree_with_a_file_for_each_model(tmp_path):
    for model, scores in NESTED.items():
        (tmp_path / model).mkdir()
        results = {
            t: {"acc,none": v, "acc_stderr,none": 0.1, "alias": t} for t, v in scores.items()
        }
        text = json.dumps({"results": results, "versions": dict.fromkeys(scores, 1)})
        written(tmp_path / model / f"results_2024{model}.json", text)
    _, found = read_folder(tmp_path)
    assert found == {"scores": PLAIN}
    text = (tmp_path / "study.toml").read_text()
    assert 'value = "results.{target}.acc,none"' in text


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (
            "outputs/__models__ft-{}/results_2026-0{month}-01T00-1{month}-00.{month}12.json",
            "outputs/__models__ft-{sources}/results_*.json",
        ),
        (
            "__m__llama3-ft-{}/results_2026-01-31T00-10-00.json",
            "__m__llama3-ft-{sources}/results_*.json",
        ),
        ("ft-{}/__models__ft-{}/results_2026-01-0{month}.json", "ft-{sources}/*/results_*.json"),
        ("{}/2026-0{month}-11_10-00-00/eval.json", "{sources}/*/eval.json"),
        ("{}/20260{month}11-1000_eval.json", "{sources}/*_eval.json"),
        ("{}/eval.json", "{sources}/eval.json"),
    ],
)  # fmt: skip
def test_models_by_their_paths_and_runs_by_their_times(tmp_path, name, path):
    for month, (model, scores) in enumerate(NESTED.items(), start=1):
        file = tmp_path / name.replace("{}", model).replace("{month}", str(month))
        file.parent.mkdir(parents=True)
        written(file, json.dumps({"results": {t: {"acc,none": v} for t, v in scores.items()}}))
    report, found = read_folder(tmp_path)
    assert found == {"scores": PLAIN}
    assert f'path = "{path}"' in (tmp_path / "study.toml").read_text()
    assert not report["warnings"]


def test_it_is_said_that_no_source_is_a_target(tmp_path):
    written(tmp_path / "s.csv", "sources,target,score\nA-ft,A,0.9\nA-ft,B,0.4\nB-ft,B,0.8\n")
    manifest = '[evaluations]\nlayout = "scores"\npath = "s.csv"\n'
    (tmp_path / "study.toml").write_text(manifest)
    (warning,) = open_study(tmp_path).warnings
    assert warning.found.startswith("no source is a target (sources such as `A-ft`")
    assert warning.todo.startswith('if `A-ft` is `A`, write aliases = ["A-ft"] under [tasks."A"]')
    with (tmp_path / "study.toml").open("a") as file:
        file.write('\n[tasks.A]\naliases = ["A-ft"]\n[tasks.B]\naliases = ["B-ft"]\n')
    assert not open_study(tmp_path).warnings


@pytest.mark.parametrize(
    ("table", "choice"),
    [
        ("model,A_id,A_ood,B_id,B_ood,k\nm,.9,.5,.8,.4,1\nn,.8,.4,.7,.3,2\n", "method=k"),
        ("lang,k,e/A/acc,e/B/acc\nA,1,.9,.5\nB,2,.4,.8\n", "checkpoint=k"),
    ],
)
def test_a_column_that_a_form_has_no_place_for_is_refused(tmp_path, table, choice):
    path = written(tmp_path / "r.csv", table)
    with pytest.raises(RequestError, match=f"--map {choice}: read as layout wide, it has no place"):
        read(path, "--map", choice, "--metric", "accuracy")


def test_sources_called_as_such_beside_one_that_is_not(tmp_path):
    rows = "".join(f"train_{s},{t},{v}\n" for (s, t), v in PLAIN.items())
    for text in (
        f"source,target,acc\n{rows}base,A,0.1\nbase,B,0.2\n",
        "x,A,B\ntrain_A,0.9,0.4\ntrain_B,0.3,0.8\nbase,0.1,0.2\n",
    ):
        report, found = read(written(tmp_path / "r.csv", text), "--metric", "accuracy", "--force")
        assert {pair: v for pair, v in found["scores"].items() if pair[0] != "base"} == PLAIN
        said = "names are what stands in train_{sources}, of sources called so"
        assert said in report["assumed"]


def test_of_names_with_nothing_in_common_nothing_is_said(tmp_path):
    path = written(tmp_path / "r.csv", "source,target,acc\nA,X,0.9\nB,Y,0.8\n")
    report, _ = read(path)
    assert not report["warnings"]


def test_a_tree_without_a_score_is_said(tmp_path):
    for name in "AB":
        (tmp_path / name).mkdir()
        written(tmp_path / name / "c.json", '{"x": {"lr": 0.1}, "y": {"wd": 2}}')
    with pytest.raises(RequestError, match="no number in it that is known as a score"):
        read_folder(tmp_path)


def test_how_columns_were_read_is_said(tmp_path):
    text = "pair,seed_0,seed_1\n" + two_seeds("{s}->{t},{low},{high}")
    read(written(tmp_path / "r.csv", text), "--metric", "accuracy")
    reading = inspect_study(tmp_path).reading
    assert reading.form == "a wide table, a row a pair"
    assert reading.fact("Columns") == "pair as {sources}->{target}"


def test_somebody_says_that_sources_are_across(tmp_path):
    path = written(tmp_path / "w.csv", "lang,train_A,train_B\nA,0.9,0.3\nB,0.4,0.8\n")
    _, found = read(path, "--map", "target=lang", "--metric", "accuracy")
    assert found == {"scores": PLAIN}


def test_the_preview_has_no_two_rows_of_one_name(tmp_path):
    a, b = (f"{'x' * 40}{sign}{'y' * 40}" for sign in "12")
    path = written(tmp_path / "m.csv", f",{a},{b}\n{a},0.9,0.4\n{b},0.3,0.8\n")
    done = CliRunner().invoke(cli, ["init", str(path), "--metric", "accuracy"])
    assert "…xxx1yyyy…" in done.output
    assert "…xxx2yyyy…" in done.output
