"""python -m core matrix, association, balance, graph: their fixed keys and the core's numbers."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from core.analyses.association.correlation import correlation_of
from core.analyses.query import TransferQuery
from core.io import open_study
from core.transfer.build import transfer_matrix
from core.transfer.normalization import Scale
from core.transfer.shrinkage import shrink

NAMES = ("east", "north", "south", "west")


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
        "qap_p", "qap_error", "max_p", "max_error", "n", "reason",
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


def test_the_association_is_that_of_the_core(run_json, folder):
    from core.analyses import SIMILARITY
    from core.analyses.association.dyads import dyad_table
    from core.analyses.query import SimilarityQuery
    from core.similarity.predictor_matrix import PredictorMatrix

    study = open_study(folder)
    transfer = transfer_matrix(study, TransferQuery("ft1", scale=Scale.STRICT))
    similarity = PredictorMatrix.of_models(SIMILARITY.compute(study, SimilarityQuery(layer=1)))
    table = dyad_table(transfer, similarity, ["east", "north", "south"])
    report = run_json(
        "association", folder, "--method", "ft1", "--layer", 1, "--convention", "strict", "--json"
    )
    assert report["pearson"]["r"] == pytest.approx(correlation_of(table))


def test_what_rounding_leaves_of_a_sum_is_printed_as_zero(run, run_json, tmp_path):
    rows = "a,b,0.1\na,c,0.2\nb,a,0.3\nc,a,0\nb,c,0.00001\nc,b,0\n"
    (tmp_path / "scores.csv").write_text(f"sources,target,score\n{rows}")
    (tmp_path / "study.toml").write_text('[evaluations]\nlayout = "scores"\npath = "scores.csv"\n')
    net = run_json("balance", tmp_path, "--json")["tasks"][0]["net"]
    assert 0 < abs(net) < 1e-15
    text = run("balance", tmp_path)[1]
    assert "e-17" not in text
    line = next(line for line in text.splitlines() if line.startswith("a "))
    assert line.split()[-1] == "0.000"


def test_balance_of_errors_says_that_their_sign_is_turned(run, tmp_path):
    turned = "errors count with their sign turned, so that more is better"
    for metric, said in (("error", True), ("accuracy", False)):
        rows = "".join(f"{a},{b},{ord(a) - 60}.{ord(b)}\n" for a in "ABC" for b in "ABC")
        (tmp_path / "s.csv").write_text("sources,target,score\n" + rows)
        (tmp_path / "study.toml").write_text(
            f'[evaluations]\nlayout = "scores"\npath = "s.csv"\n[scale]\nmetric = "{metric}"\n'
        )
        assert (turned in run("balance", tmp_path)[1]) is said
