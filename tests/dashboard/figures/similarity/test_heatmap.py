"""A matrix of similarity is right before it is drawn: values, colours, marks, tree."""

import itertools
from dataclasses import replace

import numpy as np

from core.numerics.clustering import cluster_by_similarity
from dashboard.figures.parts.theme import Mode, theme
from dashboard.figures.similarity.heatmap import similarity_heatmap
from dashboard.figures.transfer import figure_size
from tests.dashboard.figures.samples import (
    EVIL,
    NAN,
    cells_of,
    named,
    shape,
    similarity,
    study,
)

LIGHT = theme(Mode.LIGHT)


def test_similarity_is_linear_from_zero_to_one():
    found = similarity([[0.95, 0.4], [0.4, NAN]], floor=0.1)
    figure = similarity_heatmap(found, study(("distance", "angle")), LIGHT)
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (0.0, 1.0)
    np.testing.assert_array_equal(figure.data[0].z, found.values)
    hover = figure.data[0].hovertext
    assert "distance with itself, across seeds" in hover[0][0]
    assert "CKA none: only one run of it" in hover[1][1]
    assert "distance and angle" in hover[0][1]
    assert "over 3 pairs of runs" in hover[0][1]
    assert "independent noise 0.100" in hover[0][1]
    assert "CKA 0.400" in hover[0][1]
    height = figure_size(found, study(("distance", "angle")))[1]
    assert figure.layout.height == height


def test_negative_similarity_diverges_and_none_is_said():
    figure = similarity_heatmap(similarity([[NAN, -0.4], [-0.4, NAN]]), study(), LIGHT)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmid) == (-1.0, 0.0)
    barely = similarity_heatmap(similarity([[NAN, -0.05], [-0.05, NAN]]), study(), LIGHT)
    assert barely.layout.coloraxis.cmin == 0.0
    assert barely.layout.coloraxis.colorbar.ticktext[0] == "≤ 0"
    nothing = similarity_heatmap(similarity(np.empty((0, 0)), ()), study(), LIGHT)
    assert nothing.layout.annotations[0].text == "no models to compare"


def models(names, values):
    """Similarity of models of two tasks each; names: two letters a row."""
    found = similarity(values, tasks=[name[0] for name in names])
    return replace(found, sets=tuple(tuple(name) for name in names))


def test_pairs_that_share_tasks_have_a_dot_and_the_same_set_an_outline():
    found = models(["ab", "bc", "cd"], [[0.9, 0.6, 0.1], [0.6, 0.9, NAN], [0.1, NAN, 0.9]])
    figure = similarity_heatmap(found, study("abcd"), LIGHT)
    dots = named(figure, "some tasks shared")
    assert {(round(y), round(x)) for x, y in zip(dots.x, dots.y, strict=True)} == {(0, 1), (1, 0)}
    assert cells_of(shape(figure, "same training set").path) == {(0, 0), (1, 1), (2, 2)}
    hover = figure.data[0].hovertext
    assert "tasks in common b" in hover[0][1]
    assert "tasks in common none" in hover[0][2]
    assert figure.layout.yaxis.ticktext == ("A+B", "B+C", "C+D")
    single = similarity_heatmap(similarity([[0.9, 0.4], [0.4, NAN]]), study(), LIGHT)
    assert named(single, "some tasks shared") is None


def test_the_tree_stands_at_its_rows():
    found = similarity(
        [[0.9, 0.2, 0.8], [0.2, 0.9, 0.3], [0.8, 0.3, 0.9]], tasks=("distance", "angle", "compass")
    )
    tree = cluster_by_similarity(found.values)
    ordered = found.reordered(tree.order)
    figure = similarity_heatmap(ordered, study(), LIGHT, tree=tree)
    drawn_tree = named(figure, "tree")
    assert len(drawn_tree.x) == 2 * 5
    assert (np.asarray(drawn_tree.x, dtype=float)[~np.isnan(drawn_tree.x)] > 2.5).all()
    first = sorted(int(i) for i in tree.along[0, [0, 3]])
    assert {ordered.sets[i] for i in first} == {("distance",), ("compass",)}
    assert "joined at a mean CKA of 0.800" in drawn_tree.hovertext
    scale = [a.text for a in figure.layout.annotations]
    assert scale == ["1", "0.250", "joined at CKA"]
    plain, with_tree = figure_size(ordered, study()), figure_size(ordered, study(), tree=tree)
    assert with_tree[0] > plain[0]
    assert with_tree[1] == plain[1]
    named_rows = named(figure, "values").meta["selects"]["rows"]
    assert named_rows == ["+".join(tasks) for tasks in ordered.sets]


def test_a_tree_that_joins_far_from_1_begins_before_its_first_merge():
    found = similarity(
        [[0.4, 0.3, 0.2], [0.3, 0.4, 0.2], [0.2, 0.2, 0.4]], tasks=("distance", "angle", "compass")
    )
    tree = cluster_by_similarity(found.values)
    figure = similarity_heatmap(found.reordered(tree.order), study(), LIGHT, tree=tree)
    assert [a.text for a in figure.layout.annotations][:2] == ["0.325", "0.200"]


def test_a_large_matrix_of_sets_keeps_its_names_and_marks():
    names = ["".join(three) for three in itertools.combinations("abcdefg", 3)]
    values = np.full((35, 35), 0.5)
    figure = similarity_heatmap(models(names, values), study("abcdefg"), LIGHT)
    assert len(figure.layout.yaxis.ticktext) == 35
    assert figure_size(models(names, values))[0] < 1120
    assert len(named(figure, "some tasks shared").x) == 35 * 35 - 35 - 35 * 4
    assert named(figure, "numbers") is None


def test_names_of_sets_are_text():
    found = models(["ab", "cd"], [[NAN, 0.5], [0.5, NAN]])
    evil = replace(found, sets=((EVIL, "b"), ("c", "d")))
    tree = cluster_by_similarity(evil.values)
    assert "<script>" not in similarity_heatmap(evil, study(), LIGHT, tree=tree).to_json()
