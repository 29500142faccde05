"""python -m core: the fixed forms, their keys, and what is said when something is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from core.analyses.association.correlation import correlation_of
from core.analyses.query import TransferQuery
from core.analyses.registry import TRANSFER
from core.cache.result_cache import ResultCache
from core.cli.commands import main
from core.io import open_study
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from core.transfer.shrinkage import shrink

ROOT = Path(__file__).parents[3]
NAMES = ("east", "north", "south", "west")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Four tasks (two of each metric), two seeds, ft1 and ft2, CKA of seed 1; west excluded."""
    folder = tmp_path_factory.mktemp("compass")
    rng = np.random.default_rng(3)
    manifest = ['title = "Compass"']
    for name in NAMES:
        metric = "error" if name in ("east", "west") else "accuracy"
        manifest += [f"[tasks.{name}]", f'label = "{name[0].upper()}"', f'metric = "{metric}"']
        manifest += ['exclude = "unstable"'] if name == "west" else []
    manifest += ["[methods.ft1]", 'label = "FT1"', "[methods.ft2]", 'label = "FT2"']
    manifest += ['predicted_from = "ft1"', "[evaluations]", 'layout = "table"']
    manifest += ['path = "evaluations.csv"', "[cka]", 'summary = "cka.csv"', "default_layer = 2"]
    (folder / "study.toml").write_text("\n".join(manifest))
    runs, rows, cka = [], [], []
    for seed in (1, 2):
        runs.append((f"base{seed}", "pretrain", "+".join(NAMES), "", seed))
        runs += [(f"one-{n}-{seed}", "pretrain", n, "", seed) for n in NAMES]
        sets = [(n,) for n in NAMES] + [("north", "east"), ("south", "west")]
        for trained in sets:
            method = f"ft{len(trained)}"
            runs.append(
                (
                    f"{method}-{'-'.join(trained)}-{seed}",
                    method,
                    "+".join(trained),
                    f"base{seed}",
                    seed,
                )
            )
    for run, method, trained, base, _ in runs:
        for task in NAMES:
            error = task in ("east", "west")
            standard, shifted = (0.1, 2.0) if error else (0.95, 0.3)
            if base:
                own = task in trained.split("+")
                shifted = (
                    (0.12 if own else rng.uniform(0.1, 3))
                    if error
                    else (0.9 if own else rng.uniform(0.2, 0.9))
                )
            if base or method == "pretrain":
                rows += [(run, task, "standard", 10, standard), (run, task, "shifted", 10, shifted)]
                rows += [(run, task, "shifted", 5, shifted * 1.01)]
    for layer in (1, 2):
        cka += [
            (f"one-{a}-1", f"one-{b}-1", layer, rng.uniform(0.1, 0.9))
            for i, a in enumerate(NAMES)
            for b in NAMES[:i]
        ]
    pd.DataFrame(runs, columns=["run", "method", "trained", "base", "seed"]).to_csv(
        folder / "runs.csv", index=False
    )
    pd.DataFrame(rows, columns=["run", "task", "split", "checkpoint", "value"]).to_csv(
        folder / "evaluations.csv", index=False
    )
    pd.DataFrame(cka, columns=["exp1", "exp2", "layer", "final_cka"]).to_csv(
        folder / "cka.csv", index=False
    )
    return folder


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process: (exit code, standard output, standard error)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["core", *map(str, arguments)])
        code = main()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def run_json(run):
    def call(*arguments):
        code, out, err = run(*arguments)
        assert (code, err) == (0, "")
        return json.loads(out, parse_constant=lambda token: pytest.fail(f"{token} in JSON"))

    return call


def test_check_names_what_is_there(run, run_json, folder):
    code, out, err = run("check", folder)
    assert (code, err) == (0, "")
    assert out == (
        "Compass: 4 tasks, 22 runs (0 failed), methods ft1, ft2, seeds 1, 2,"
        " 264 evaluations; 0 warnings\n"
        f"next: STUDY={folder} make run shows it\n"
    )
    report = run_json("check", folder, "--json")
    assert report["ok"] is True
    assert report["errors"] == report["warnings"] == []
    assert report["study"]["excluded"] == {"west": "unstable"}


def test_check_prints_errors_and_warnings_alike_each_once(run, write_study):
    study = write_study()
    study.replace(
        "runs.csv",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,,",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,failed,",
    )
    code, out, err = run("check", study.folder)
    assert code == 0
    assert out.startswith("Tiny: 2 tasks")
    lines = err.splitlines()
    assert any(line.startswith("warning: runs.csv, row 6: ") for line in lines)
    assert len(set(lines)) == len(lines)

    study.replace("runs.csv", "pt1-1,pretrain,distance,,42", "pt1-1,pretrain,distanse,,42")
    code, out, err = run("check", study.folder)
    assert code == 1
    assert out == ""
    assert any(line.startswith("error: runs.csv, row 3: ") for line in err.splitlines())
    code, out, err = run("check", study.folder, "--json")
    report = json.loads(out)
    assert (code, err, report["ok"], report["study"]) == (1, "", False, None)
    assert report["errors"][0]["file"] == "runs.csv"
    assert report["warnings"]


def test_one_cause_is_one_line_whatever_is_wrong(run, write_study):
    study = write_study("scores")
    rows = "".join(f"distance,crossing,about {n}\n" for n in range(1, 5000))
    study.write("scores.csv", "sources,target,score\n" + rows)
    code, out, err = run("check", study.folder)
    assert (code, out) == (1, "")
    line, after = err.splitlines()
    assert line.startswith(
        "error: scores.csv, row 2, row 3, row 4 and 4,996 more: score is `about 1`"
    )
    assert after == (
        f"next: solve the first line, then python -m core check {study.folder} again;"
        f" every place: python -m core check {study.folder} --all"
    )
    _, _, err = run("check", study.folder, "--all")
    assert len(err.splitlines()) == 5000
    code, out, err = run("matrix", study.folder)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        line, "next: python -m core check STUDY --all names every place"
    ]  # fmt: skip


def test_rows_that_cannot_be_read_are_not_missing_too(run, write_study):
    study = write_study("scores")
    study.write("scores.csv", "sources,target,score\n" + "distance,crossing,0,5\n" * 3000)
    _, _, err = run("check", study.folder)
    cause, _ = err.splitlines()
    assert cause.startswith("error: scores.csv, row 2, row 3, row 4 and 2,997 more: 4 values where")


def test_problems_of_given_scores_speak_of_no_runs_splits_or_checkpoints(run, write_study):
    study = write_study("scores")
    study.append("scores.csv", "distance,crossing,0.75\n")
    _, _, err = run("check", study.folder)
    assert "a second time with another value, first distance → crossing" in err
    assert "shifted" not in err
    assert "checkpoint 0" not in err


def test_matrix_json_has_the_fixed_keys_and_the_numbers_of_the_core(run_json, folder):
    report = run_json("matrix", folder, "--method", "ft1", "--json")
    assert list(report) == [
        "method", "kind", "other", "convention", "scale", "better", "checkpoint", "seeds",
        "targets", "rows",
        "mean", "trained_mean", "transfer_mean", "clipped", "missing",
    ]  # fmt: skip
    matrix = transfer_matrix(open_study(folder), TransferQuery("ft1"))
    assert report["targets"] == list(NAMES)
    assert [row["sources"] for row in report["rows"]] == [[name] for name in NAMES]
    np.testing.assert_allclose([row["values"] for row in report["rows"]], matrix.values)
    assert [row["trained"] for row in report["rows"]] == np.eye(4, dtype=bool).tolist()
    assert report["rows"][0]["n"] == [2, 2, 2, 2]
    np.testing.assert_allclose([row["sd"] for row in report["rows"]], matrix.sd)
    assert report["transfer_mean"] == matrix.transfer_mean
    assert report["checkpoint"] == "last"


def test_matrix_says_what_is_left_of_each_cell_and_of_its_sign(run, run_json, folder):
    asked = ("matrix", folder, "--method", "ft1", "--convention", "strict")
    rows = run_json(*asked, "--width", 0.5, "--json")["rows"]
    study = open_study(folder)
    found = shrink(transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT)), study)
    np.testing.assert_allclose([row["shrunken"] for row in rows], found.values)
    np.testing.assert_allclose([row["false_sign_rate"] for row in rows], found.false_sign_rate)
    ends = [[(cell["low"], cell["high"]) for cell in row["shrunken_interval"]] for row in rows]
    np.testing.assert_allclose(ends, np.stack([found.low, found.high], axis=-1))
    assert [row["seeds_needed"] for row in rows] == found.seeds_for(0.5).tolist()
    assert "seeds_needed" not in run_json(*asked, "--json")["rows"][0]
    code, text, _ = run(*asked, "--width", "0.5")
    assert code == 0
    assert "of 16 cells have a sign that is wrong with at most 5 %" in text
    assert "a 95 % interval no wider than 0.500 takes 2 seeds" in text
    one_seed = run_json(*asked, "--seed", 1, "--json")["rows"][0]
    assert [one_seed[key] for key in ("shrunken", "false_sign_rate", "shrunken_interval")] == (
        [None] * 3
    )
    assert "one seed says nothing" in run(*asked, "--seed", "1")[1]


@pytest.mark.parametrize("kind", ["actual", "predicted", "cross-fitted", "difference"])
def test_matrix_options_reach_the_core(run_json, folder, kind):
    report = run_json(
        "matrix", folder, "--method", "ft2", "--kind", kind, "--seed", 2, "--exclude", "west",
        "--convention", "strict", "--checkpoint", 5, "--json",
    )  # fmt: skip
    query = TransferQuery(
        "ft2",
        kind=kind,
        seeds=[2],
        exclude=["west"],
        scale=Scale.STRICT,
        checkpoint=5,
    )
    matrix = transfer_matrix(open_study(folder), query)
    assert report["kind"] == kind
    assert report["convention"] == "strict"
    assert (report["seeds"], report["checkpoint"]) == ([2], 5)
    assert report["targets"] == ["east", "north", "south"]
    assert [row["sources"] for row in report["rows"]] == [["east", "north"]]
    np.testing.assert_allclose([r["values"] for r in report["rows"]], matrix.values)
    assert report["rows"][0]["sd"] == [None, None, None]


def test_matrix_versus(run, run_json, folder):
    code, _, err = run("matrix", folder, "--method", "ft2", "--kind", "versus", "--other", "ft1")
    assert (code, err) == (1, "error: ft2 and ft1 share no training set\n")
    report = run_json(
        "matrix", folder, "--method", "ft1", "--kind", "versus", "--other", "ft1", "--json"
    )
    assert report["other"] == "ft1"
    assert {value for row in report["rows"] for value in row["values"]} == {0.0}


def test_matrix_csv_and_text(run, folder):
    _, out, _ = run("matrix", folder, "--method", "ft2", "--csv")
    lines = out.splitlines()
    assert lines[0] == "sources,east,north,south,west"
    assert [line.split(",")[0] for line in lines[1:]] == ["east+north", "south+west"]
    matrix = transfer_matrix(open_study(folder), TransferQuery("ft2"))
    assert float(lines[1].split(",")[3]) == matrix.values[0, 2]
    _, out, _ = run("matrix", folder, "--method", "ft2")
    assert "south+west" in out
    assert f"trained mean {matrix.trained_mean:.3f}" in out


def test_missing_values_are_null_with_their_reason(run_json, write_study):
    study = write_study()
    study.replace(
        "runs.csv",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,,",
        "pt1_ftwb1-2,ftwb1,crossing,pt1,42,failed,",
    )
    report = run_json("matrix", study.folder, "--method", "ftwb1", "--json")
    assert report["rows"][1]["values"] == [None, None]
    assert report["missing"] == [
        {"sources": ["crossing"], "target": target, "seed": 42, "reason": "run pt1_ftwb1-2 failed"}
        for target in ("distance", "crossing")
    ]


def test_association_json(run_json, folder):
    report = run_json("association", folder, "--method", "ft1", "--json")
    assert {
        "method", "layer", "seeds", "cka_seeds", "tasks", "n", "pearson", "r_squared", "slope",
        "intercept", "spearman", "qap", "interval", "ceiling", "points",
    } <= set(report)  # fmt: skip
    assert report["tasks"] == ["east", "north", "south"]
    assert (report["layer"], report["n"], report["cka_seeds"]) == (2, 6, [1])
    assert report["qap"] == {**report["qap"], "permutations": 6, "exhaustive": True}
    x = [point["cka"] for point in report["points"]]
    y = [point["transfer"] for point in report["points"]]
    assert report["pearson"]["r"] == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert report["points"][0]["label"] == "E→N"
    assert report["interval"]["over"] == "seeds"
    included = run_json(
        "association", folder, "--method", "ft1", "--include", "west", "--layer", 1,
        "--seed", 2, "--exclude", "east", "--json",
    )  # fmt: skip
    assert (included["tasks"], included["layer"]) == (["north", "south", "west"], 1)
    assert (included["seeds"], included["cka_seeds"]) == ([2], [1])
    assert included["interval"] == {"low": None, "high": None, "over": "seeds"}


def test_the_sweep_is_the_association_of_every_layer_and_checkpoint(run_json, run, folder):
    sweep = run_json("association", folder, "--method", "ft1", "--sweep", "--json")
    assert set(sweep) == {
        "method", "measure", "debiased", "seeds", "layers", "checkpoints", "r", "r_squared",
        "qap_p", "max_p", "n", "reason",
    }  # fmt: skip
    assert sweep["max_p"][0][0] >= sweep["qap_p"][0][0]
    assert (sweep["layers"], sweep["checkpoints"]) == ([1, 2], ["last"])
    one = run_json(
        "association", folder, "--method", "ft1", "--layer", 1, "--cka-checkpoint", "last", "--json"
    )
    assert sweep["r"][0][0] == one["pearson"]["r"]
    assert sweep["qap_p"][0][0] == one["qap"]["p"]
    assert (one["cka_checkpoint"], one["measure"], one["debiased"]) == ("last", "cka", False)
    assert set(one["without_task"]) == set(one["tasks"])
    two = ("--exclude", "east", "--method", "ft1", "--sweep")
    undefined = run_json("association", folder, *two, "--json")
    assert undefined["r"] == [[None], [None]]
    assert undefined["reason"] == [["the similarity is the same for every pair"]] * 2
    code, text, _ = run("association", folder, *two)
    assert code == 0
    assert "layer 2, last checkpoint" in text
    assert text.endswith("\nthe similarity is the same for every pair\n")
    code, _, said = run("association", folder, "--sweep", "--layer", "1")
    assert code == 2
    assert said == "error: --sweep is over all layers and checkpoints: name none\n"


def test_association_of_two_tasks_is_null_where_it_is_undefined(run_json, folder):
    report = run_json("association", folder, "--method", "ft1", "--exclude", "east", "--json")
    assert report["n"] == 2
    assert report["pearson"] == {"r": None, "p": None}
    assert report["qap"]["p"] is None
    assert report["r_squared"] is None


def test_balance_json(run_json, folder):
    report = run_json("balance", folder, "--method", "ft1", "--json")
    assert [row["task"] for row in report["tasks"]] == ["east", "north", "south"]
    assert sum(row["net"] for row in report["tasks"]) == pytest.approx(0.0)
    values = transfer_matrix(open_study(folder), TransferQuery("ft1")).values
    assert report["tasks"][0]["given"] == pytest.approx(values[0, 1] + values[0, 2])
    again = run_json("balance", folder, "--layer", 1, "--seed", 1, "--include", "west", "--json")
    assert len(again["tasks"]) == 4


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_graph_files_are_read_back_by_networkx(run, folder, tmp_path, form):
    out = tmp_path / f"graph.{form}"
    options = ("--method", "ft1", "--threshold", 0.3, "--format", form)
    assert run("graph", folder, *options, "--out", out) == (0, "", "")
    graph = getattr(nx, f"read_{form}")(out)
    matrix = transfer_matrix(open_study(folder), TransferQuery("ft1", exclude=["west"]))
    strict = transfer_matrix(
        open_study(folder), TransferQuery("ft1", exclude=["west"], scale=Scale.STRICT)
    )
    expected = {
        (matrix.sources[i][0], matrix.targets[j])
        for i, j in np.ndindex(3, 3)
        if i != j and (matrix.values[i, j] >= 0.3 or strict.values[i, j] <= -0.3)
    }
    assert set(graph.edges) == expected
    for source, target in graph.edges:
        i, j = matrix.sources.index((source,)), matrix.targets.index(target)
        assert graph.edges[source, target]["transfer"] == pytest.approx(matrix.values[i, j])
    printed = run("graph", folder, *options)
    assert printed[0] == 0
    assert printed[1].count("<edge ") == len(expected)


def test_graph_json_is_in_node_link_form(run_json, folder):
    report = run_json("graph", folder, "--method", "ft1", "--format", "json")
    graph = nx.node_link_graph(report, edges="edges")
    assert set(graph.nodes) == {"east", "north", "south"}
    assert graph.is_directed()
    assert graph.number_of_edges() == 6
    assert graph.edges["east", "north"]["interval"]["over"] == "seeds"
    assert len(report["teaching_tree"]) == 2


def test_the_curve_of_specifications(run, run_json, tmp_path):
    run("synth", tmp_path / "made", "--tasks", "5", "--seeds", "2")
    asked = ("association", tmp_path / "made", "--method", "ft1", "--specifications")
    code, out, err = run(*asked)
    assert (code, err) == (0, "")
    assert "p of the curve = " in out
    report = run_json(*asked, "--json")
    assert report["exhaustive"]
    assert report["permutations"] == 120
    rows = report["specifications"]
    assert len(rows) == 3 * 2 * (1 + 5)
    assert rows[0].keys() == {
        "layer", "checkpoint", "measure", "seeds", "tasks", "scale", "n", "r", "p",
    }  # fmt: skip
    assert report["chosen"] in rows
    assert run(*asked, "--sweep")[0] == 2


def test_a_graph_of_edges_of_sure_sign(run, run_json, folder):
    asked = ("graph", folder, "--method", "ft1")
    every = run_json(*asked)["edges"]
    sure = run_json(*asked, "--sure")["edges"]
    assert sure == [one for one in every if one["false_sign_rate"] <= 0.05]
    code, out, err = run(*asked, "--sure", "--seed", "1")
    assert (code, out) == (1, "")
    assert "at least two seeds" in err


def test_undefined_is_null_in_json_and_left_out_of_graphml(run, run_json, write_study):
    study = write_study(layout="scores")
    report = run_json("graph", study.folder, "--format", "json", "--include", "crossing")
    assert all(edge["interval"]["low"] is None for edge in report["edges"])
    _, out, _ = run("graph", study.folder, "--format", "graphml", "--include", "crossing")
    assert "nan" not in out.lower()


def test_scores_need_no_method_and_are_shown_as_they_are(run_json, write_study):
    study = write_study(layout="scores")
    report = run_json("matrix", study.folder, "--json")
    assert report["clipped"] == 0
    cells = {
        ("+".join(row["sources"]), target): value
        for row in report["rows"]
        for target, value in zip(report["targets"], row["values"], strict=True)
    }
    assert cells["crossing", "distance"] == -0.25
    assert cells["distance+crossing", "distance"] == 1.0
    assert cells["distance", "distance"] is None


def test_similarity_json(run_json, folder):
    report = run_json("similarity", folder, "--layer", 1)
    assert report["tasks"] == list(NAMES)
    assert report["values"][0][0] is None
    assert report["values"][0][1] == report["values"][1][0]
    assert (report["measure"], report["debiased"], report["floor"]) == ("cka", False, None)
    assert report["shared"][0][:2] == ["all", "none"]


@pytest.mark.parametrize(
    ("options", "name"),
    [((), "cka"), (("--debiased",), "cka"), (("--measure", "procrustes"), "procrustes")],
)
def test_similarity_by_any_measure_from_representations(run_json, write_study, options, name):
    files = write_study(representations=True)
    report = run_json("similarity", files.folder, *options)
    assert report["measure"] == name
    assert report["debiased"] == ("--debiased" in options)
    assert report["origin"] == ("representations" if options else "table")
    assert (report["floor"] is None) == bool(options)


def test_similarity_of_models_of_several_tasks_that_are_not_there(run, folder):
    code, out, err = run("similarity", folder, "--trained", 2)
    assert (code, out) == (1, "")
    assert err.startswith("error: this study has no CKA of models trained on 2 tasks")


# -- what is wrong, in one line --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["matrix", "{}"], "say which method with --method: ft1, ft2"),
        (
            ["matrix", "{}", "--method", "ftwb9"],
            "no method 'ftwb9' in this study; it has ft1, ft2",
        ),
        (
            ["matrix", "{}", "--method", "pretrain"],
            "no method 'pretrain' in this study; it has ft1, ft2",
        ),
        (["matrix", "{}", "--method", "ft1", "--seed", "7"],
         "method ft1: no run with seed 7; it has 1, 2"),
        (["matrix", "{}", "--method", "ft1", "--checkpoint", "7"],
         "no run of ft1 has checkpoint 7; they have 5, 10"),
        (["matrix", "{}", "--method", "ft1", "--kind", "predicted"],
         "method ft1 has no `predicted_from` in study.toml: nothing predicts it"),
        (["association", "{}", "--method", "ft2", "--json"],
         "method ft2 has no run trained on one task alone, so it has no X→Y; use ft1"),
        (["association", "{}", "--method", "ft1", "--measure", "procrustes"],
         "Procrustes similarity of single-task models needs their representations: the"
         " study's tables hold plain CKA; add representations to [cka] in study.toml"),
        (["association", "{}", "--method", "ft1", "--layer", "9", "--json"],
         "no CKA at layer 9; there are layers 1, 2"),
        (["balance", "{}", "--method", "ft1", "--exclude", "up"],
         "no task 'up' in this study; it has east, north, south, west"),
        (["graph", "{}", "--method", "ft1", "--out", "/nowhere/graph"],
         "/nowhere/graph cannot be written: No such file or directory"),
    ],
)  # fmt: skip
def test_a_wrong_request_is_one_line_and_exit_1(run, folder, arguments, message):
    code, out, err = run(*(argument.format(folder) for argument in arguments))
    assert (code, out, err) == (1, "", f"error: {message}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["matrix"],
        ["matrix", "{}", "--kind", "wrong"],
        ["matrix", "{}", "--seed", "original"],
        ["matrix", "{}", "--checkpoint", "-5"],
        ["matrix", "{}", "--checkpoint", "final"],
        ["matrix", "{}", "--json", "--csv"],
        ["matrix", "{}", "--bogus"],
        ["graph", "{}", "--threshold", "-1"],
        ["graph", "{}", "--threshold", "inf"],
        ["graph", "{}", "--threshold", "nan"],
        ["nonsense", "{}"],
    ],
)
def test_a_command_line_that_makes_no_sense_is_one_line_and_exit_2(run, folder, arguments):
    code, out, err = run(*(argument.format(folder) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_an_unreadable_study_names_every_error_a_line_each(run, write_study):
    study = write_study()
    study.replace("study.toml", 'metric = "error"', 'metric = "rmse"')
    study.replace("study.toml", 'predicted_from = "ftwb1"', 'predicted_from = "ftwb7"')
    code, out, err = run("matrix", study.folder, "--method", "ftwb1", "--json")
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("error: study.toml, ") for line in lines)


def test_the_manifest_itself_may_be_named(run_json, folder):
    assert run_json("check", folder / "study.toml", "--json")["ok"]


def test_as_a_process_standard_output_holds_the_json_and_nothing_else(folder):
    command = [sys.executable, "-m", "core", "matrix", str(folder), "--method", "ft1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["method"] == "ft1"
    assert done.stderr == ""
    command[4] = str(folder / "nowhere")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_the_core_starts_without_dash(folder):
    code = (
        "import sys; sys.argv = ['core', 'check', sys.argv[1]];"
        "from core.cli.commands import main; main();"
        "print(sorted({'dash', 'plotly', 'flask'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.endswith("[]\n")


def test_the_association_is_that_of_the_core(run_json, folder):
    from core.analyses.association.dyads import dyad_table
    from core.analyses.query import SimilarityQuery
    from core.analyses.registry import SIMILARITY
    from core.similarity.predictor_matrix import PredictorMatrix

    study = open_study(folder)
    transfer = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
    similarity = PredictorMatrix.of_models(SIMILARITY.compute(study, SimilarityQuery(layer=1)))
    table = dyad_table(transfer, similarity, ["east", "north", "south"])
    report = run_json(
        "association", folder, "--method", "ft1", "--layer", 1, "--convention", "strict", "--json"
    )
    assert report["pearson"]["r"] == pytest.approx(correlation_of(table))


# -- the cache -------------------------------------------------------------------------------------


def run_cache(
    *arguments: str, folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "core", "cache", *arguments],
        cwd=ROOT,
        env={**os.environ, "CACHE_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_cache_is_told_of_and_cleared(folder, tmp_path):
    kept = tmp_path / "kept"
    cache = ResultCache(kept)
    cache.fetch(TRANSFER, open_study(folder), TransferQuery(method="ft1"))
    cache.close()
    said = run_cache("stats", folder=kept, CACHE_SIZE_MB="7")
    assert (said.returncode, said.stderr) == (0, "")
    assert re.fullmatch(rf"{kept}: 1 result, 0\.\d MB of at most 7 MB\n", said.stdout)
    report = json.loads(run_cache("stats", "--json", "--folder", str(kept), folder=tmp_path).stdout)
    assert report["folder"] == str(kept)
    assert report["entries"] == 1
    assert report["bytes"] > 0
    assert report["limit"] == 2**30
    assert run_cache("clear", folder=kept).stdout == f"{kept}: removed 1 result\n"
    assert run_cache("clear", folder=kept).stdout == f"{kept}: removed 0 results\n"


@pytest.mark.parametrize("command", ["stats", "clear"])
def test_looking_for_a_cache_makes_none(tmp_path, command):
    said = run_cache(command, folder=tmp_path / "none")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        f"error: there is no cache in {tmp_path / 'none'}; name another with --folder\n"
    )
    assert not (tmp_path / "none").exists()
