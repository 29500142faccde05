"""What the cards of the Representations tab show."""

from __future__ import annotations

import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from core.similarity.matrix import similarity_matrix
from dashboard.pages import representations
from dashboard.pages.representations import item_maps
from tests.dashboard.pages.test_transfer import figure_input, said
from tests.models import TASKS, write_models
from tests.studies import write_study_files


@pytest.fixture(scope="module")
def app_context(remembering):
    return remembering


def cards(app_context, study="atlantis", **query):
    context = app_context.view_context(figure_input(**{"study": [study], **query}))
    found = representations.PAGE.card_contents(app_context, context)
    return found[representations.MATRIX], found[representations.TRAINING]


def test_no_card_depends_on_the_controls_the_tab_leaves_out(app_context):
    before = cards(app_context)
    after = cards(app_context, method=["ftwb3"], at=["400"], scale=["strict"])
    for one, other in zip(before, after, strict=True):
        assert (one.finding, one.caption) == (other.finding, other.caption)
        assert one.figure == other.figure


@pytest.fixture
def models(app_context_of, tmp_path):
    return app_context_of(write_models(tmp_path / "models").folder)


def test_the_example_shows_all_tasks_and_how_far_above_noise(app_context, example):
    matrix, training = cards(app_context)
    found = similarity_matrix(example)
    np.testing.assert_array_equal(matrix.figure.data[0].z, found.values)
    assert "that independent noise has" in matrix.finding
    assert "CKA of single-task models · layer 3 · last checkpoint · 4 seeds" in matrix.caption
    assert "independent noise of these shapes: 0.1" in matrix.caption
    assert "same training set, other seed" in said(matrix.above)
    # Beside lines of one seed, the means of the matrix are of all.
    assert said(matrix.above).count(", 4 seeds") == 2
    assert training.figure.layout.xaxis.ticktext[-1] == "<br>last · 4 seeds"
    first = next(one for one in training.figure.data if one.name == "after 1 task")
    assert ", 1 seed<br>" in first.hovertext[0]
    assert ", 4 seeds<br>" in first.hovertext[-1]
    assert isinstance(training.figure, go.Figure)
    assert training.finding.startswith(
        "Models trained on more tasks are more alike: at step 4,000 (1 seed), mean CKA 0.663 after"
        " 1 task (n = 15 pairs), 0.754 after 2 (n = 9), 0.806 after 3 (n = 3); of pairs without a"
        " common task."
    )
    assert "grow more alike" in said(training.more)
    assert "lines: seed 42, last: 4 seeds" in training.caption
    assert "n = 15 pairs" in training.caption
    assert "without crossing" in training.caption


def test_any_measure_layer_and_checkpoint(app_context):
    query = {"measure": ["debiased"], "layer": ["2"], "cka_at": ["800"]}
    matrix, training = cards(app_context, **query)
    assert matrix.caption.startswith(
        "Debiased CKA of single-task models · layer 2 · checkpoint 800 · seed 42"
    )
    assert "independent noise" not in matrix.caption
    assert "21 runs (no representation at checkpoint 800 of layer 2)" in matrix.caption
    assert "Debiased CKA over training" in said(training.above)
    assert "lines: seed 42, last: 4 seeds" in training.caption
    matrix, _ = cards(app_context, measure=["procrustes"])
    assert "Procrustes similarity" in matrix.finding


def test_clustered_rows_have_their_tree(app_context):
    matrix, _ = cards(app_context, order=["cluster"])
    assert any(trace.name == "tree" for trace in matrix.figure.data)
    assert "average linkage" in matrix.caption
    as_it_is, _ = cards(app_context)
    assert matrix.size[0] > as_it_is.size[0]
    assert sorted(matrix.figure.layout.yaxis.ticktext) == sorted(
        as_it_is.figure.layout.yaxis.ticktext
    )


def test_rows_by_net_put_givers_first_and_what_has_no_net_last(app_context):
    matrix, _ = cards(app_context, order=["net"])
    rows = matrix.figure.layout.yaxis.ticktext
    assert rows[-1] == "Cr"
    assert rows != cards(app_context)[0].figure.layout.yaxis.ticktext


def test_without_a_balance_the_order_is_that_of_the_study(app_context_of, tmp_path):
    files = write_models(tmp_path / "models")
    names = [*TASKS, next(iter(TASKS))]
    for i, (one, other) in enumerate(itertools.pairwise(names)):
        files.replace("runs.csv", f"ft-{i},ft1,{one},base", f"ft-{i},ft1,{one}+{other},base")
    matrix, _ = cards(app_context_of(files.folder), "models", order=["net"])
    assert "In the order of the study" in said(matrix.above)
    assert matrix.figure.layout.yaxis.ticktext == ("N", "S", "E", "W")


def test_models_of_two_tasks(models):
    matrix, training = cards(models, "models", size=["2"])
    assert matrix.figure.layout.yaxis.ticktext == ("N+S", "N+E", "N+W", "S+E", "S+W", "E+W")
    assert "some tasks in common" in said(matrix.above)
    assert "CKA of models trained on 2 tasks" in matrix.caption
    assert "noise floor unknown" in matrix.caption
    assert training.finding.startswith("Models trained on more tasks are more alike")
    shared = matrix.table["training tasks in common"]
    assert shared.value_counts().to_dict() == {"some": 12, "all": 6, "none": 3}


def test_leaving_out_a_task_leaves_out_its_models(models):
    matrix, training = cards(models, "models", size=["2"], exclude=["north"])
    assert matrix.figure.layout.yaxis.ticktext == ("S+E", "S+W", "E+W")
    assert "without north" in matrix.caption
    assert "without north" in training.caption


def test_a_selected_pair_takes_the_place_of_the_examples(app_context):
    _, training = cards(app_context, select=["distance", "perimeter"])
    assert [t.name for t in training.figure.data if t.mode == "lines+markers"] == [
        "after 1 task",
        "across seeds",
        "after 2 tasks",
        "after 3 tasks",
        "D–P",
    ]
    assert "thin lines" not in training.caption
    _, unknown = cards(app_context, select=["distance"])
    assert "thin lines" in unknown.caption


def test_a_size_without_representations_is_named_and_the_rest_goes_on(app_context_of, tmp_path):
    folder = write_models(tmp_path / "models", representations=True).folder
    matrix, training = cards(app_context_of(folder), "models", measure=["debiased"])
    assert "are most alike (debiased CKA" in matrix.finding
    assert "Models trained on 2 tasks have no debiased CKA at this layer." in said(training.message)
    plain, _ = cards(app_context_of(folder), "models")
    assert "above the" in plain.finding


def test_tables_hold_plain_values(app_context, example):
    matrix, training = cards(app_context)
    found = similarity_matrix(example)
    row = matrix.table.iloc[1]
    assert (row["first training set"], row["second training set"]) == ("distance", "trianglearea")
    assert row["CKA"] == found.values[0, 1]
    assert row["independent noise"] == found.floor[0, 1]
    assert len(matrix.table) == 7 * 8 / 2
    assert {"line", "checkpoint", "mean CKA", "sd", "n"} <= set(training.table.columns)


def test_a_study_without_cka_says_what_to_do(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "atlantis").folder)
    matrix, training = cards(app_context)
    assert "Add [cka] to study.toml" in said(matrix.message)
    assert training.hidden


def test_one_checkpoint_is_said_and_not_drawn(app_context_of, tmp_path):
    study = write_study_files(tmp_path / "atlantis", cka=True)
    head, *rows = study.read("cka_checkpoints.csv").splitlines()
    study.write(
        "cka_checkpoints.csv", "\n".join([head, *(row for row in rows if ",10000," in row)]) + "\n"
    )
    matrix, training = cards(app_context_of(study.folder), include=["crossing"])
    assert matrix.figure is not None
    assert "Known at one checkpoint only" in said(training.message)
    assert training.figure is None


def test_given_scores_have_no_models_to_compare(app_context_of, tmp_path):
    app_context = app_context_of(write_study_files(tmp_path / "scored", layout="scores").folder)
    matrix, training = cards(app_context, "scored")
    assert matrix.message is not None
    assert training.hidden


def test_the_map_of_the_world_that_each_task_builds(app_context):
    context = app_context.view_context(
        {"query": {"layer": ["4"], "select": ["compass"]}, "mode": "light"}
    )
    cards = representations.PAGE.card_contents(app_context, context)
    side, course = cards[representations.MAPS], cards[representations.COURSE]
    assert side.finding.startswith("compass holds the map of the items best: R² of a linear probe")
    assert "inside least" in side.finding
    for part in ("each item by a linear probe that has not seen it", "300 items", "drawn: seed 42"):
        assert part in side.caption
    table = side.table
    assert len(table) == 6 * 300
    assert {"east_km", "north_km", "east_km, by the model", "R² of the probe"} <= {*table.columns}
    assert table.loc[table["task"] == "compass", "R² of the probe"].iloc[0] > 0.95
    assert course.finding.startswith("compass over training: R² from ")
    assert course.table["checkpoint"].nunique() == 5


def test_components_are_a_choice_where_items_have_places(app_context):
    context = app_context.view_context({"query": {"plane": ["components"]}, "mode": "light"})
    (side,) = item_maps.maps_contents(app_context, context)
    assert side.finding.startswith("Two components hold most of ")
    assert "laid on each other by Procrustes" in side.caption
    assert "share of variance" in side.table.columns


def test_maps_say_what_they_need(app_context_of, write_study):
    app_context = app_context_of(write_study(cka=True).folder)
    context = app_context.view_context({"query": {}, "mode": "light"})
    (side,) = item_maps.maps_contents(app_context, context)
    assert "No representation of a model of one task alone is stored." in said(side.message)
    assert item_maps.course_contents(app_context, context)[0].hidden
